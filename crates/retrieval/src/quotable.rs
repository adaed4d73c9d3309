//! A text cut into what can be quoted: sentences, entries of lists, blocks of code.

use std::ops::Range;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// In bytes, on borders of characters.
    pub(crate) range: Range<usize>,
    pub(crate) characters: usize,
    pub(crate) has_number: bool,
    /// A block of several lines, or a line that is typed.
    pub(crate) is_code: bool,
}

impl Passage {
    pub(crate) fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.range.clone()).unwrap_or_default()
    }
}

/// A text without the arrows and numbers by which pages lead back, at its front: `↑`, `[4]`. Nothing where no
/// word is left.
pub(crate) fn quotable(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let rest = text.trim_start_matches(|c: char| LEADS_BACK.contains(&c) || c.is_whitespace());
        let rest = without_number(rest).unwrap_or(rest);
        if rest.len() == text.len() {
            break;
        }
        text = rest;
    }
    if text.contains(char::is_alphanumeric) {
        text
    } else {
        ""
    }
}

const LEADS_BACK: [char; 4] = ['↑', '↩', '⤴', '\u{fe0e}'];

/// Behind the number of a footnote.
fn without_number(text: &str) -> Option<&str> {
    let (number, rest) = text.strip_prefix('[')?.split_once(']')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(rest)
}

/// A paragraph longer than this is cut into its sentences.
const LONG: usize = 160;
/// A block of lines longer than this is cut into its lines.
const LONG_BLOCK: usize = 400;

/// The passages of a text in their order; blank space between them belongs to none.
pub(crate) fn passages(text: &str) -> Vec<Passage> {
    let mut all = Vec::new();
    let mut start = 0;
    for block in text.split("\n\n") {
        let end = start + block.len();
        cut_block(text, start..end, &mut all);
        start = end + 2;
    }
    all
}

fn cut_block(text: &str, block: Range<usize>, all: &mut Vec<Passage>) {
    let Some(said) = text.get(block.clone()) else {
        return;
    };
    let has_lines = said.trim().contains('\n');
    if has_lines && said.len() > LONG_BLOCK {
        let mut start = block.start;
        for line in said.split_inclusive('\n') {
            push(text, start..start + line.len(), true, all);
            start += line.len();
        }
    } else if !has_lines && said.len() > LONG {
        let mut start = block.start;
        for end in sentence_ends(said) {
            push(text, start..block.start + end, false, all);
            start = block.start + end;
        }
        push(text, start..block.end, false, all);
    } else {
        push(text, block, has_lines, all);
    }
}

fn push(text: &str, range: Range<usize>, has_lines: bool, all: &mut Vec<Passage>) {
    let Some(said) = text.get(range.clone()) else {
        return;
    };
    let front = said.len() - said.trim_start().len();
    let trimmed = said.trim();
    if trimmed.is_empty() {
        return;
    }
    let start = range.start + front;
    all.push(Passage {
        range: start..start + trimmed.len(),
        characters: trimmed.chars().count(),
        has_number: trimmed.bytes().any(|byte| byte.is_ascii_digit()),
        is_code: has_lines || is_typed(trimmed),
    });
}

/// A line that begins with a lower-case word and holds a flag or a place to fill in.
fn is_typed(line: &str) -> bool {
    line.starts_with(['#', '$'])
        || line.starts_with(|c: char| c.is_ascii_lowercase() || c == '/')
            && (line.contains(" --") || line.contains(" <") || line.contains(": "))
}

/// Where sentences end, behind their point and blank. Abbreviations end none.
fn sentence_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    for (at, c) in text.char_indices() {
        if !matches!(c, '.' | '?' | '!' | ':' | ';') {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let next = rest.trim_start();
        let begins = next.starts_with(|c: char| !c.is_ascii_lowercase());
        if !rest.starts_with(' ') || matches!(c, ':' | ';') || !begins {
            continue;
        }
        let before = text.get(..at).unwrap_or_default();
        let word = before.rsplit(' ').next().unwrap_or_default();
        if word.contains('.') || ABBREVIATIONS.contains(&word) {
            continue;
        }
        ends.push(text.len() - next.len());
    }
    ends
}

const ABBREVIATIONS: &[&str] = &["etc", "vs", "cf", "approx", "resp", "No", "Fig"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str) -> Vec<&str> {
        passages(text)
            .iter()
            .map(|passage| passage.of(text))
            .collect()
    }

    #[test]
    fn sentences_entries_and_code_are_passages() {
        let long = "Copies are made at night, when nobody works and the disks have nothing else to do. They are kept for a week, e.g. \
                    Until Monday. Then the oldest one goes, whatever it holds.";
        let text = format!("{long}\n\n- one entry\n\n- two\n\nrun --now \\\n  all");
        assert_eq!(
            said(&text),
            [
                "Copies are made at night, when nobody works and the disks have nothing else to do.",
                "They are kept for a week, e.g. Until Monday.",
                "Then the oldest one goes, whatever it holds.",
                "- one entry",
                "- two",
                "run --now \\\n  all",
            ]
        );
        assert!(passages(&text).last().unwrap().is_code);
    }

    #[test]
    fn what_leads_back_at_the_front_is_not_quoted() {
        assert_eq!(quotable("↑\nThe wheel turns [4]."), "The wheel turns [4].");
        assert_eq!(quotable("[12] ↑ A footnote."), "A footnote.");
        assert_eq!(quotable("[n] of many"), "[n] of many");
        assert_eq!(quotable(" ↑ [4]\n"), "");
    }

    proptest! {
        #[test]
        fn passages_stand_in_order_and_leave_out_nothing_but_blanks(text in "([a-zé0-9 .:?-]{0,90}\n{0,3}){0,8}") {
            let all = passages(&text);
            let mut end = 0;
            for passage in &all {
                prop_assert!(passage.range.start >= end);
                prop_assert!(!passage.of(&text).is_empty());
                end = passage.range.end;
            }
            let kept: String = all.iter().map(|passage| passage.of(&text)).collect();
            let without = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(without(&kept), without(&text));
        }
    }
}
