//! Plain text as chunks: cut at empty lines into parts that can be read and cited.

use crate::{
    chunk::{Chunk, Kind},
    outline::{Outline, one_line},
};

/// Paragraphs are put together up to this many bytes.
const PART: usize = 1_600;
/// A first line longer than this is text and no title.
const MOST_FIRST: usize = 100;

/// The chunks of a text in its order. The first line is its title when it stands alone, is short and more
/// follows.
pub fn chunks(page: &str, text: &str) -> Vec<Chunk> {
    let paragraphs = paragraphs(text);
    let goes_on = paragraphs.len() > 1;
    let mut paragraphs = paragraphs.into_iter().peekable();
    let mut outline = Outline::new(page, page.to_owned());
    if goes_on
        && let Some(first) = paragraphs.peek()
        && !first.contains('\n')
        && first.chars().count() <= MOST_FIRST
        && !first.ends_with(['.', ':', ',', ';'])
    {
        let title = one_line(first.trim_start_matches(['#', '=', ' ']));
        if title.chars().any(char::is_alphanumeric) {
            outline.set_page_title(title);
            paragraphs.next();
        }
    }
    let title = outline.page_title().to_owned();
    let mut part = 1;
    let mut bytes = 0;
    for paragraph in paragraphs {
        for piece in pieces(&paragraph) {
            if bytes > 0 && bytes + piece.len() > PART {
                part += 1;
                bytes = 0;
                outline.begin(1, format!("{title} ({part})"), None, Kind::Section);
            }
            bytes += piece.len() + 2;
            outline.say(piece);
            outline.say("\n\n");
        }
    }
    outline.finish()
}

/// What lies between empty lines, without those.
fn paragraphs(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = String::new();
    for line in text.lines().map(str::trim_end) {
        if line.trim().is_empty() {
            if !open.is_empty() {
                all.push(std::mem::take(&mut open));
            }
            continue;
        }
        if !open.is_empty() {
            open.push('\n');
        }
        open.push_str(line);
    }
    if !open.is_empty() {
        all.push(open);
    }
    all
}

/// A paragraph in pieces of at most [`PART`] bytes, cut at ends of lines, else at blanks, else anywhere.
fn pieces(paragraph: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = paragraph;
    while rest.len() > PART {
        let mut limit = PART;
        while !rest.is_char_boundary(limit) {
            limit -= 1;
        }
        let (head, _) = rest.split_at(limit);
        let cut = head
            .rfind('\n')
            .or_else(|| head.rfind(' '))
            .filter(|at| *at > 0)
            .unwrap_or(limit);
        let (piece, behind) = rest.split_at(cut);
        all.push(piece);
        rest = behind.trim_start_matches(['\n', ' ']);
    }
    if !rest.is_empty() {
        all.push(rest);
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_first_line_is_the_title_and_long_texts_have_parts() {
        let long = "word ".repeat(500);
        let text = format!("Night shift\n\nCall anna.\n\n{long}\n\nEnd.");
        let all: Vec<_> = chunks("shift.txt", &text)
            .into_iter()
            .map(|chunk| (chunk.section(), chunk.text.len()))
            .collect();
        assert_eq!(
            all,
            [
                ("Night shift".to_owned(), 10),
                ("Night shift > Night shift (2)".to_owned(), 1_599),
                ("Night shift > Night shift (3)".to_owned(), 905),
            ]
        );
    }

    #[test]
    fn a_text_that_begins_with_a_sentence_has_the_name_of_its_page() {
        let all: Vec<_> = chunks("x.txt", "Call anna at night.\n\nOr bert.")
            .into_iter()
            .map(|chunk| (chunk.section(), chunk.text))
            .collect();
        assert_eq!(
            all,
            [(
                "x.txt".to_owned(),
                "Call anna at night.\n\nOr bert.".to_owned()
            )]
        );
        assert_eq!(chunks("x.txt", " \n\n "), []);
        let line = chunks("x.txt", "The zebra door stays shut");
        assert_eq!(
            line.first().map(|chunk| chunk.text.as_str()),
            Some("The zebra door stays shut")
        );
    }

    proptest! {
        #[test]
        fn parts_are_small_titled_and_lose_no_character(text in "([a-zäß漢]{1,30}[ \n]{0,2}){0,400}") {
            let all = chunks("x", &text);
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            let mut said = String::new();
            for chunk in &all {
                prop_assert!(!chunk.title().is_empty());
                prop_assert!(chunk.text.len() <= PART + 2);
                said.push_str(&squeezed(&chunk.text));
            }
            let whole = squeezed(&text);
            // The title is not part of the text.
            prop_assert!(whole.ends_with(&said));
        }
    }
}
