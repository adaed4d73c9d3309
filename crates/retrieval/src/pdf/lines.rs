//! From pieces of text to lines, and from lines to paragraphs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::content::Run;

/// A gap of this part of the size of the letters is a blank.
const BLANK: f64 = 0.16;
/// What stands higher or lower than this part of the size is on another line.
const SAME_LINE: f64 = 0.45;
/// Lines at the top and the bottom of a page that may be headers and footers.
const EDGE: usize = 2;
/// On so many pages at least a line has to come again, and on one of so many between its first and its last:
/// the title of a chapter stands on the pages of that, perhaps on every second one.
const RUNNING_PAGES: usize = 3;
const RUNNING_PART: usize = 3;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// From 1 on.
    pub(super) page: usize,
    pub(super) text: String,
    pub(super) y: f64,
    pub(super) size: f64,
    along: (f64, f64),
    start: f64,
    end: f64,
    height: f64,
    is_mono: bool,
}

impl Line {
    fn is_upright(&self) -> bool {
        self.along.0 > 0.9
    }
}

/// The lines of a page in the order in which they are shown, which is the order of reading for what is
/// written by text programs, also in columns.
pub(super) fn lines_of(page: usize, runs: Vec<Run>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut last: Option<Run> = None;
    for run in runs {
        // Letters that are printed twice, a hair apart, are bold.
        let is_shadow = last.as_ref().is_some_and(|last| {
            last.text == run.text
                && (last.start - run.start).abs() < run.size * 0.2
                && (last.height - run.height).abs() < run.size * 0.2
        });
        if is_shadow {
            continue;
        }
        match lines.last_mut() {
            Some(line) if goes_on(line, &run) => join(line, &run),
            _ => lines.push(Line {
                page,
                text: run.text.clone(),
                y: run.y,
                size: run.size,
                along: run.along,
                start: run.start,
                end: run.end,
                height: run.height,
                is_mono: run.is_mono,
            }),
        }
        last = Some(run);
    }
    for line in &mut lines {
        line.text = super::one_line(&line.text);
    }
    lines.retain(|line| !line.text.is_empty() && !is_leader(&line.text));
    lines
}

fn goes_on(line: &Line, run: &Run) -> bool {
    let turned = line.along.0 * run.along.0 + line.along.1 * run.along.1;
    turned > 0.99
        && (line.height - run.height).abs() < line.size.max(run.size) * SAME_LINE
        && run.start > line.end - line.size
}

fn join(line: &mut Line, run: &Run) {
    let gap = run.start - line.end;
    if gap > line.size.min(run.size) * BLANK
        && !line.text.ends_with(' ')
        && !run.text.starts_with(' ')
    {
        line.text.push(' ');
    }
    line.text.push_str(&run.text);
    line.end = line.end.max(run.end);
    line.is_mono &= run.is_mono || run.text.trim().is_empty();
    // A small mark in front of a line does not say how large the line is.
    line.size = line.size.max(run.size);
}

/// A line of a table of contents: `2.1 Storage . . . . . 17`.
fn is_leader(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let dots = text
        .chars()
        .rev()
        .take_while(|c| matches!(c, '.' | ':' | '_' | ' ' | '·' | '…'))
        .filter(|c| *c != ' ')
        .count();
    dots >= 4
}

/// Takes away what stands at the top or the bottom of many pages: headers, footers, numbers of pages.
pub(super) fn without_running(lines: Vec<Line>, pages: usize) -> Vec<Line> {
    let mut edges: BTreeMap<usize, Vec<(f64, usize)>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if line.is_upright() {
            edges.entry(line.page).or_default().push((line.y, at));
        }
    }
    let mut met: HashMap<String, BTreeSet<usize>> = HashMap::new();
    let mut at_edge = BTreeSet::new();
    for (page, mut found) in edges {
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let last = found.len().saturating_sub(EDGE);
        for (place, (_, at)) in found.iter().enumerate() {
            if let Some(line) = lines.get(*at)
                && (place < EDGE || place >= last)
            {
                met.entry(stamp(&line.text)).or_default().insert(page);
                at_edge.insert(*at);
            }
        }
    }
    let is_running = |line: &Line| {
        let stamp = stamp(&line.text);
        // A number alone is that of a page, also where only the first pages of chapters have it there.
        let is_number = stamp == "#" && pages >= RUNNING_PAGES;
        is_number
            || met.get(&stamp).is_some_and(|on| {
                let (Some(first), Some(last)) = (on.first(), on.last()) else {
                    return false;
                };
                on.len() >= RUNNING_PAGES && on.len() * RUNNING_PART > last - first
            })
    };
    lines
        .into_iter()
        .enumerate()
        .filter(|(at, line)| !(at_edge.contains(at) && is_running(line)))
        .map(|(_, line)| line)
        .collect()
}

/// What is the same on all pages of a line whose number changes.
fn stamp(text: &str) -> String {
    let is_roman = text.len() <= 6 && text.chars().all(|c| "ivxlc".contains(c));
    if is_roman {
        return "#".to_owned();
    }
    let mut stamp = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_digit() { '#' } else { c };
        if !(c == '#' && stamp.ends_with('#')) {
            stamp.extend(c.to_lowercase());
        }
    }
    stamp
}

/// A paragraph, and the page that it begins on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paragraph {
    pub(super) page: usize,
    pub(super) text: String,
}

/// How the lines of a file follow each other.
pub(super) struct Setting {
    /// From one line of a paragraph to the next, in sizes.
    step: f64,
    /// Words that are written with a hyphen where no line ends.
    hyphened: BTreeSet<String>,
}

impl Setting {
    pub(super) fn of(lines: &[Line]) -> Self {
        let mut steps: Vec<f64> = lines
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] if a.page == b.page && is_near(a.size, b.size) => {
                    Some((a.height - b.height) / a.size)
                }
                _ => None,
            })
            .filter(|step| (0.8..2.5).contains(step))
            .collect();
        steps.sort_by(f64::total_cmp);
        // Gaps between paragraphs are in here too, and only ever larger.
        let step = steps.get(steps.len() / 4).copied().unwrap_or(1.2);
        let hyphened = lines
            .iter()
            .flat_map(|line| line.text.split(' '))
            .filter(|word| word.trim_end_matches('-').contains('-'))
            .map(bare)
            .collect();
        Self { step, hyphened }
    }

    pub(super) fn paragraphs(&self, lines: &[Line]) -> Vec<Paragraph> {
        let mut all: Vec<Paragraph> = Vec::new();
        let mut last: Option<&Line> = None;
        // How far the lines of the open paragraph go.
        let mut right = f64::NEG_INFINITY;
        for line in lines {
            match (all.last_mut(), last) {
                (Some(open), Some(last)) if !self.breaks(last, line) => {
                    // Another page or column has an edge of its own.
                    if last.page != line.page || line.height >= last.height {
                        right = f64::NEG_INFINITY;
                    }
                    let is_new = is_item(&line.text)
                        || (last.is_mono && line.is_mono)
                        || ends_early(last, line, right);
                    self.add(&mut open.text, &line.text, is_new);
                    right = right.max(line.end);
                }
                _ => {
                    right = line.end;
                    all.push(Paragraph {
                        page: line.page,
                        text: line.text.clone(),
                    });
                }
            }
            last = Some(line);
        }
        all
    }

    /// Does a new paragraph begin with `line`?
    fn breaks(&self, last: &Line, line: &Line) -> bool {
        let larger = last.size.max(line.size);
        if !is_near(last.size, line.size) {
            return true;
        }
        let down = (last.height - line.height) / larger;
        if last.page != line.page
            || down < 0.0
            || !(0.99..).contains(&(last.along.0 * line.along.0 + last.along.1 * line.along.1))
        {
            // The next page or column: a sentence may go on there.
            return last.text.ends_with(['.', ':', '!', '?']) || is_item(&line.text);
        }
        down > self.step * 1.25 + 0.05
    }

    fn add(&self, text: &mut String, line: &str, is_new: bool) {
        if is_new {
            text.push('\n');
        } else if let Some(stem) = self.stem(text, line) {
            text.truncate(stem);
        } else {
            text.push(' ');
        }
        text.push_str(line);
    }

    /// Where the hyphen of a word stands that goes on in the next line: `back-` and `up`.
    fn stem(&self, text: &str, next: &str) -> Option<usize> {
        let stem = text.strip_suffix(['-', '\u{ad}', '‐'])?;
        let head = stem.rsplit([' ', '\n']).next().unwrap_or_default();
        let tail = next.split(' ').next().unwrap_or_default();
        let is_word = head.chars().count() >= 2
            && head.chars().all(char::is_alphabetic)
            && tail.chars().next().is_some_and(char::is_lowercase);
        if !is_word {
            // `--option` and `pve-manager` stay as they are, without a blank behind the hyphen.
            let is_part = !head.is_empty() && !head.ends_with('-') && !tail.is_empty();
            return is_part.then_some(text.len());
        }
        let whole = bare(&format!("{head}-{tail}"));
        Some(if self.hyphened.contains(&whole) {
            text.len()
        } else {
            stem.len()
        })
    }
}

/// The first word of the next line would have had room: whoever wrote this ended the line. So the entries of
/// a list are told apart whose marks are drawn and not written.
fn ends_early(last: &Line, line: &Line, right: f64) -> bool {
    let letters = |text: &str| text.chars().count() as f64;
    let word = line.text.split(' ').next().unwrap_or_default();
    let width = (line.end - line.start) * letters(word) / letters(&line.text).max(1.0);
    let is_parted = last.text.ends_with(['-', '\u{ad}', '‐']);
    !is_parted && width > 0.0 && last.end + width + line.size < right
}

/// Letters of running text differ less than this; a title is larger.
fn is_near(one: f64, other: f64) -> bool {
    let larger = one.max(other);
    larger > 0.0 && larger - one.min(other) <= larger * 0.15
}

/// Without the marks around a word.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

/// An entry of a list.
fn is_item(text: &str) -> bool {
    let mut words = text.splitn(2, ' ');
    let (Some(mark), Some(_)) = (words.next(), words.next()) else {
        return false;
    };
    let is_number = mark.len() <= 4
        && mark.strip_suffix(['.', ')']).is_some_and(|number| {
            !number.is_empty()
                && (number.chars().all(|c| c.is_ascii_digit())
                    || (number.len() == 1 && number.chars().all(|c| c.is_ascii_lowercase())))
        });
    matches!(mark, "•" | "◦" | "▪" | "■" | "–" | "-" | "*" | "∗") || is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, start: f64, end: f64, height: f64) -> Run {
        Run {
            text: text.to_owned(),
            along: (1.0, 0.0),
            start,
            end,
            height,
            size: 10.0,
            y: height,
            is_mono: false,
        }
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    /// A page of full lines, one under the other.
    fn page(number: usize, all: &[&str]) -> Vec<Line> {
        let runs = (0..)
            .zip(all)
            .map(|(at, text)| run(text, 0.0, 300.0, 800.0 - 12.0 * f64::from(at)));
        lines_of(number, runs.collect())
    }

    fn said(lines: &[Line]) -> Vec<String> {
        let all = Setting::of(lines).paragraphs(lines);
        all.into_iter().map(|paragraph| paragraph.text).collect()
    }

    #[test]
    fn pieces_on_one_height_are_a_line_with_blanks_where_gaps_are() {
        let lines = lines_of(
            1,
            vec![
                run("Back", 0.0, 20.0, 100.0),
                run("up", 20.5, 30.0, 100.0),
                run("jobs", 33.0, 50.0, 100.0),
                // A mark above the line.
                run("1", 50.0, 53.0, 104.0),
                run("Next", 0.0, 20.0, 88.0),
                run("Next", 0.3, 20.3, 88.0),
            ],
        );
        assert_eq!(texts(&lines), ["Backup jobs1", "Next"]);
    }

    #[test]
    fn headers_footers_and_numbers_of_pages_are_taken_away() {
        let lines: Vec<Line> = (1..=6)
            .flat_map(|number| {
                let unique = format!("Text of {} alone.", "x".repeat(number));
                let footer = format!("Page {number} of 6");
                let mut lines = page(number, &["House rules", &unique, "Same on all.", "End."]);
                lines.extend(lines_of(number, vec![run(&footer, 0.0, 50.0, 20.0)]));
                lines
            })
            .collect();
        let kept = without_running(lines, 6);
        let first: Vec<&str> = kept
            .iter()
            .filter(|line| line.page == 2)
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(first, ["Text of xx alone.", "Same on all."]);
        // A chapter has its own, on every second page.
        let chapters: Vec<Line> = (1..=40)
            .flat_map(|number| {
                let body = format!("Text {}.", "y".repeat(number));
                let top = if (10..=20).contains(&number) && number % 2 == 0 {
                    "Chapter 2: Copies"
                } else {
                    "Another beginning"
                };
                let top = match top {
                    "Another beginning" => format!("{top} {body}"),
                    top => format!("{top} {number}"),
                };
                page(number, &[top.as_str(), "Same on all.", body.as_str()])
            })
            .collect();
        let kept = without_running(chapters, 40);
        assert!(!texts(&kept).contains(&"Chapter 2: Copies 10"));
        assert_eq!(kept.len(), 40 * 2 - 6);
        // Two pages prove nothing.
        let two = [page(1, &["Same", "a"]), page(2, &["Same", "b"])].concat();
        assert_eq!(texts(&without_running(two, 2)), ["Same", "a", "Same", "b"]);
    }

    #[test]
    fn words_that_lines_part_are_whole_again() {
        let lines = page(
            1,
            &[
                "A back-",
                "up of a well-known guest and of a well-",
                "known node runs with vzdump --",
                "all or a pve-manager or a pve-",
                "manager and 10-",
                "20 others.",
            ],
        );
        assert_eq!(
            said(&lines),
            [
                "A backup of a well-known guest and of a well-known node runs with vzdump -- all or a pve-manager or a pve-manager and 10-20 others."
            ]
        );
    }

    #[test]
    fn a_sentence_goes_on_over_the_end_of_a_page_and_a_list_keeps_its_lines() {
        let mut lines = page(1, &["The first sentence ends.", "The second goes"]);
        lines.extend(page(2, &["on here.", "• one", "• two"]));
        assert_eq!(
            said(&lines),
            ["The first sentence ends. The second goes on here.\n• one\n• two"]
        );
    }

    #[test]
    fn entries_without_marks_are_told_apart_by_lines_that_end_early() {
        let lines = lines_of(
            1,
            vec![
                run("The first entry goes on", 0.0, 230.0, 100.0),
                run("and ends here", 0.0, 130.0, 88.0),
                run("The second one", 0.0, 140.0, 76.0),
                run("unbreakable-and-very-long", 0.0, 230.0, 64.0),
            ],
        );
        assert_eq!(
            said(&lines),
            ["The first entry goes on and ends here\nThe second one unbreakable-and-very-long"]
        );
    }

    #[test]
    fn a_gap_and_a_change_of_size_begin_a_paragraph() {
        let mut runs = vec![
            run("Title", 0.0, 50.0, 100.0),
            run("One", 0.0, 50.0, 86.0),
            run("two", 0.0, 50.0, 74.0),
            run("three.", 0.0, 50.0, 62.0),
            run("Four", 0.0, 50.0, 42.0),
        ];
        runs[0].size = 16.0;
        assert_eq!(
            said(&lines_of(1, runs)),
            ["Title", "One two three.", "Four"]
        );
    }

    #[test]
    fn lines_of_a_table_of_contents_are_left_out() {
        assert!(is_leader("2.1 Storage . . . . . . 17"));
        assert!(is_leader("Storage........ 17"));
        assert!(is_leader("Storage:::::::::: 17"));
        assert!(!is_leader("It takes a while... 17"));
        assert!(!is_leader("See 10.0.0.1"));
    }
}
