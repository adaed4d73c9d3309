//! The text of PDF as chunks: sections by the outline of the file, else page by page, each with the page that
//! it stands on (`guide.pdf#page=12` opens there).
//!
//! Read is what a file says as text: not pictures, forms to fill in, notes in margins, nor attached files.
//! Lines come in the order in which they were written, so columns that a program wrote one after the other
//! are read so; tables lose their columns. Nothing here trusts a file: see `file.rs`.

mod bookmarks;
mod cmap;
mod content;
mod file;
mod filters;
mod font;
mod letters;
mod lines;
mod object;
mod pages;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use bookmarks::{Bookmark, bookmarks};
use content::Shown;
use file::File;
use lines::{Line, Paragraph, Setting, lines_of, without_running};
use object::{Object, text_of};

use crate::{
    chunk::{Chunk, Kind},
    outline::{Outline, one_line},
    page::PageError,
};

const MOST_LINES: usize = 500_000;
/// What is left of a section on its last page goes to the page before, if it is shorter than this.
const REST: usize = 200;
/// A line longer than this is no title.
const MOST_TITLE: usize = 100;
/// Titles are looked for in so many lines of their page.
const MOST_LOOKED_AT: usize = 400;
/// Lines that a title takes.
const MOST_TITLE_LINES: usize = 3;

/// Does a file begin as PDF? Some have a few bytes of something else in front.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    let head = bytes.get(..1_024).unwrap_or(bytes);
    head.windows(5).any(|window| window == b"%PDF-")
}

/// The chunks of a file in its order.
pub(crate) fn chunks(page: &str, bytes: &[u8]) -> Result<Vec<Chunk>, PageError> {
    let file = File::open(bytes)?;
    let root = file
        .dict(&file.trailer, b"Root")
        .ok_or(PageError::PdfBroken)?;
    let pages = pages::pages(&file, &root)?;
    file.check()?;
    if pages.is_empty() {
        return Err(PageError::PdfBroken);
    }
    let mut shown = Shown::new(&file);
    let mut lines = Vec::new();
    for (at, one) in pages.iter().enumerate() {
        if let Some(Object::Dict(dict)) = file.get(one.number) {
            let resources = one.resources(&file, &dict);
            let runs = shown.page(&dict, &resources);
            lines.extend(lines_of(at + 1, runs));
        }
        if lines.len() > MOST_LINES {
            return Err(PageError::PdfTooMuch);
        }
        file.check()?;
    }
    if shown.unknown > shown.letters {
        return Err(PageError::PdfLetters);
    }
    let has_text = lines
        .iter()
        .any(|line| line.text.contains(char::is_alphanumeric));
    if !has_text {
        return Err(PageError::PdfPictures);
    }
    let by_number: HashMap<u32, usize> = pages
        .iter()
        .enumerate()
        .map(|(at, page)| (page.number, at + 1))
        .collect();
    let marks = bookmarks(&file, &root, &by_number);
    let title = title_of(&file, &lines).unwrap_or_else(|| page.to_owned());
    let lines = without_running(lines, pages.len());
    file.check()?;
    let outline = Outline::new(page, title);
    let setting = Setting::of(&lines);
    Ok(if marks.is_empty() {
        by_page(outline, &setting.paragraphs(&lines))
    } else {
        by_section(outline, &setting, &lines, marks)
    })
}

/// What the file says of itself, else the largest line of its first page.
fn title_of(file: &File<'_>, lines: &[Line]) -> Option<String> {
    let told = file
        .dict(&file.trailer, b"Info")
        .and_then(|info| file.value(&info, b"Title"))
        .and_then(|title| Some(one_line(&text_of(title.string()?))))
        .filter(|title| is_title(title));
    told.or_else(|| {
        let first = lines.first()?.page;
        let mut best: Option<&Line> = None;
        for line in lines.iter().take_while(|line| line.page == first) {
            let is_larger = best.is_none_or(|best| line.size > best.size * 1.05);
            if is_larger && line.text.contains(char::is_alphanumeric) {
                best = Some(line);
            }
        }
        let text = &best?.text;
        (text.chars().count() <= MOST_TITLE).then(|| text.clone())
    })
}

/// Programs put the name of a file there, or their own.
fn is_title(title: &str) -> bool {
    let low = title.to_lowercase();
    let is_file = low.rsplit_once('.').is_some_and(|(_, extension)| {
        [
            "doc", "docx", "odt", "indd", "qxd", "tex", "dvi", "ps", "pdf", "rtf", "html", "txt",
        ]
        .contains(&extension)
    });
    !is_file
        && title.contains(char::is_alphanumeric)
        && !low.starts_with("untitled")
        && !low.starts_with("microsoft ")
}

fn place(page: usize) -> String {
    format!("page={page}")
}

fn by_page(mut outline: Outline, paragraphs: &[Paragraph]) -> Vec<Chunk> {
    say_pages(&mut outline, paragraphs);
    outline.finish()
}

/// What has no title but that of the file.
fn say_pages(outline: &mut Outline, paragraphs: &[Paragraph]) {
    for part in paragraphs.chunk_by(|a, b| a.page == b.page) {
        if let Some(first) = part.first() {
            let title = format!("Page {}", first.page);
            outline.begin(1, title, Some(place(first.page)), Kind::Section);
            say(outline, part);
        }
    }
    outline.close_to(1);
}

fn say(outline: &mut Outline, paragraphs: &[Paragraph]) {
    for paragraph in paragraphs {
        outline.say(&paragraph.text);
        outline.say("\n\n");
    }
}

fn by_section(
    mut outline: Outline,
    setting: &Setting,
    lines: &[Line],
    marks: Vec<Bookmark>,
) -> Vec<Chunk> {
    let mut sections = starts_of(lines, marks);
    sections.sort_by_key(|section| section.start);
    let first = sections.first().map_or(lines.len(), |it| it.start);
    let before = setting.paragraphs(lines.get(..first).unwrap_or_default());
    say_pages(&mut outline, &before);
    let tops = sections.iter().filter(|it| it.mark.level == 1).count();
    let mut rest = sections.iter().peekable();
    while let Some(section) = rest.next() {
        let end = rest.peek().map_or(lines.len(), |next| next.start);
        let from = (section.start + section.title_lines).min(end);
        let paragraphs = setting.paragraphs(lines.get(from..end).unwrap_or_default());
        // A file that names itself at the top of its outline says its title once.
        let is_whole = section.mark.level == 1
            && tops == 1
            && key(&section.mark.title) == key(outline.page_title());
        if is_whole {
            say_pages(&mut outline, &paragraphs);
            continue;
        }
        let Bookmark {
            level, title, page, ..
        } = &section.mark;
        outline.begin(*level, title.clone(), Some(place(*page)), Kind::Section);
        for (at, part) in parts(&paragraphs).enumerate() {
            let page = part.first().map_or(*page, |first| first.page);
            // Each page of a section is cited by itself.
            if at > 0 {
                outline.begin(*level, title.clone(), Some(place(page)), Kind::Section);
            }
            say(&mut outline, part);
        }
    }
    outline.finish()
}

/// The paragraphs of a section, page by page.
fn parts(paragraphs: &[Paragraph]) -> impl Iterator<Item = &[Paragraph]> {
    let mut cuts = Vec::new();
    let mut from = 0;
    for part in paragraphs.chunk_by(|a, b| a.page == b.page) {
        let length: usize = part.iter().map(|it| it.text.len()).sum();
        if from > 0 && length >= REST {
            cuts.push(from);
        }
        from += part.len();
    }
    cuts.push(paragraphs.len());
    let mut last = 0;
    cuts.into_iter().filter_map(move |cut| {
        let part = paragraphs.get(last..cut);
        last = cut;
        part
    })
}

struct Section {
    mark: Bookmark,
    /// Its first line.
    start: usize,
    /// Lines of the title, which is no text of the section.
    title_lines: usize,
}

/// Where sections begin: at the line that says their title, else at the height that is told, else at the page.
fn starts_of(lines: &[Line], marks: Vec<Bookmark>) -> Vec<Section> {
    let keys: Vec<String> = lines.iter().map(|line| key(&line.text)).collect();
    let mut sections: Vec<Section> = Vec::with_capacity(marks.len());
    for mark in marks {
        let begin = lines.partition_point(|line| line.page < mark.page);
        let end = lines.partition_point(|line| line.page <= mark.page);
        let behind = sections
            .last()
            .filter(|last| last.mark.page == mark.page)
            .map_or(begin, |last| last.start + last.title_lines);
        let title = key(&mark.title);
        let found = (behind..end)
            .chain(begin..behind.min(end))
            .take(MOST_LOOKED_AT)
            .find_map(|at| Some((at, title_lines(&title, keys.get(at..end)?)?)));
        let (start, title_lines) = found.unwrap_or_else(|| {
            let below = |top: f64| {
                let told = lines.get(behind..end)?;
                told.iter().position(|line| line.y <= top)
            };
            let from = mark.top.and_then(below).map_or(begin, |at| behind + at);
            (from.max(begin), 0)
        });
        sections.push(Section {
            mark,
            start,
            title_lines,
        });
    }
    sections
}

/// How many lines say a title, if they do. Numbers of chapters may stand in one and not in the other.
fn title_lines(title: &str, lines: &[String]) -> Option<usize> {
    let mut rest = without_number(title);
    for (at, line) in lines.iter().take(MOST_TITLE_LINES).enumerate() {
        let line = if at == 0 { without_number(line) } else { line };
        rest = rest.strip_prefix(line).filter(|_| !line.is_empty())?;
        if rest.is_empty() {
            return Some(at + 1);
        }
    }
    None
}

fn without_number(text: &str) -> &str {
    let bare = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if bare.is_empty() { text } else { bare }
}

/// Letters and digits alone: outlines and pages differ in blanks and marks.
fn key(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
