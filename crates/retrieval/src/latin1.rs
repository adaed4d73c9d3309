//! Text that is not UTF-8: Latin-1 as it is met, that is Windows-1252.

use crate::page::PageError;

/// The letters of the bytes 0x80 to 0x9f; those that stand for none are the replacement character.
const UPPER: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
    '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}',
    'ž', 'Ÿ',
];
/// So far from its start a page says how it is written.
const SAID_WITHIN: usize = 2_048;
/// What pages call it, and what is part of it.
const NAMES: [&str; 8] = [
    "iso-8859-1",
    "iso8859-1",
    "iso_8859-1",
    "latin1",
    "latin-1",
    "windows-1252",
    "cp1252",
    "us-ascii",
];

/// The text of bytes that are not UTF-8. Another encoding that the page names is refused by its name; bytes
/// that hardly can be text of western Europe are not guessed at.
pub(crate) fn read(bytes: &[u8]) -> Result<String, PageError> {
    match said(bytes) {
        Some(name) if NAMES.contains(&name.as_str()) => {}
        // It says so and is not.
        Some(name) if name == "utf-8" || name == "utf8" => {}
        Some(name) => return Err(PageError::OtherLetters(name)),
        None => {}
    }
    let upper = bytes.iter().filter(|byte| **byte >= 0x80).count();
    let text: String = bytes.iter().copied().map(letter).collect();
    let nothing = text.matches(char::REPLACEMENT_CHARACTER).count();
    if upper * 5 > bytes.len() * 2 || nothing * 50 > bytes.len() {
        return Err(PageError::UnknownLetters);
    }
    Ok(text)
}

fn letter(byte: u8) -> char {
    match byte {
        0x80..=0x9f => UPPER
            .get(usize::from(byte - 0x80))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

/// `charset=…` of the head of a page of HTML, `encoding=…` of XML.
fn said(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..SAID_WITHIN).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let head = head.trim_start();
    if !head.starts_with('<') {
        return None;
    }
    let (_, rest) = head
        .split_once("charset=")
        .or_else(|| head.split_once("encoding="))?;
    let name: String = rest
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(40)
        .collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_that_names_other_letters_is_not_read_with_wrong_ones() {
        let russian = b"<html><meta charset=\"windows-1251\"><p>\xcf\xf0\xe8\xe2\xe5\xf2</p>";
        assert_eq!(
            read(russian).unwrap_err().to_string(),
            "it is written in windows-1251: save it as UTF-8"
        );
        let western = b"<?xml version='1.0' encoding='ISO-8859-1'?><p>Gr\xfc\xdfe</p>";
        assert!(read(western).unwrap().ends_with("<p>Grüße</p>"));
        assert_eq!(
            read(b"\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0"),
            Err(PageError::UnknownLetters)
        );
    }

    proptest! {
        #[test]
        fn every_byte_becomes_one_letter(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(text) = read(&bytes) {
                prop_assert_eq!(text.chars().count(), bytes.len());
            }
        }
    }
}
