//! What the codes of a font stand for, as the font itself tells it.

use super::{
    letters::spelled_out_all,
    object::{Lexer, Object, Token, utf16},
};

/// A code that stands for more letters than this is a mistake, or an attempt.
const MOST_LETTERS: usize = 16;
const MOST_ENTRIES: usize = 200_000;

enum Text {
    /// The first code of the range stands for this, the next one for the next letter.
    From(String),
    Each(Vec<String>),
}

/// Ranges of codes in their order.
#[derive(Default)]
pub(super) struct CMap {
    ranges: Vec<(u32, u32, Text)>,
    /// Are all codes of one byte?
    pub(super) is_narrow: bool,
}

impl CMap {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut lexer = Lexer::new(bytes, 0);
        let mut held: Vec<Object> = Vec::new();
        let mut map = Self::default();
        let mut widest = 0;
        loop {
            match lexer.next() {
                Token::End => break,
                Token::Object(object) => {
                    if held.len() < MOST_ENTRIES {
                        held.push(object);
                    }
                }
                Token::Word(word) => {
                    match word {
                        b"endcodespacerange" => {
                            for code in held.iter().filter_map(Object::string) {
                                widest = widest.max(code.len());
                            }
                        }
                        b"endbfchar" => map.chars(&held),
                        b"endbfrange" => map.ranges_of(&held),
                        _ => {}
                    }
                    held.clear();
                }
            }
        }
        map.is_narrow = widest == 1;
        map.ranges.sort_by_key(|(first, _, _)| *first);
        map
    }

    fn put(&mut self, first: u32, last: u32, text: Text) {
        if first <= last && self.ranges.len() < MOST_ENTRIES {
            self.ranges.push((first, last, text));
        }
    }

    fn chars(&mut self, held: &[Object]) {
        for pair in held.chunks_exact(2) {
            if let [Object::String(code), Object::String(text)] = pair
                && let Some(code) = code_of(code)
            {
                self.put(code, code, Text::From(letters(text)));
            }
        }
    }

    fn ranges_of(&mut self, held: &[Object]) {
        for triple in held.chunks_exact(3) {
            let [Object::String(first), Object::String(last), text] = triple else {
                continue;
            };
            let (Some(first), Some(last)) = (code_of(first), code_of(last)) else {
                continue;
            };
            match text {
                Object::String(text) => self.put(first, last, Text::From(letters(text))),
                Object::Array(all) => {
                    let all = all.iter().filter_map(Object::string).map(letters);
                    self.put(first, last, Text::Each(all.collect()));
                }
                _ => {}
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        let entries = |text: &Text| match text {
            Text::From(_) => 1,
            Text::Each(all) => 1 + all.len(),
        };
        self.ranges.iter().map(|(_, _, text)| entries(text)).sum()
    }

    pub(super) fn text(&self, code: u32) -> Option<String> {
        let behind = self.ranges.partition_point(|(first, _, _)| *first <= code);
        let (first, last, text) = self.ranges.get(behind.checked_sub(1)?)?;
        if code > *last {
            return None;
        }
        let offset = code - first;
        let text = match text {
            Text::From(text) if offset == 0 => text.clone(),
            Text::From(text) => {
                let mut text = text.clone();
                let c = text.pop()?;
                text.push(char::from_u32(u32::from(c).checked_add(offset)?)?);
                text
            }
            Text::Each(all) => all.get(offset as usize)?.clone(),
        };
        Some(spelled_out_all(&text))
    }
}

fn code_of(bytes: &[u8]) -> Option<u32> {
    (1..=4).contains(&bytes.len()).then(|| {
        bytes
            .iter()
            .fold(0, |code, byte| (code << 8) | u32::from(*byte))
    })
}

fn letters(bytes: &[u8]) -> String {
    let text = match bytes {
        [byte] => char::from(*byte).to_string(),
        bytes => utf16(bytes.get(..MOST_LETTERS * 2).unwrap_or(bytes)),
    };
    text.chars().filter(|c| *c != '\0').collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_found_alone_in_ranges_and_in_lists() {
        let map = CMap::read(
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap
1 begincodespacerange <0000> <FFFF> endcodespacerange
2 beginbfchar <0003> <0020> <0011> <FB03> endbfchar
2 beginbfrange <0024> <003D> <0041> <0050> <0052> [<00660069> <00E4> <D83DDE00>] endbfrange
endcmap",
        );
        let text = |code| map.text(code);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            [0x03, 0x11, 0x24, 0x3d, 0x50, 0x51, 0x52].map(text),
            [" ", "ffi", "A", "Z", "fi", "ä", "😀"].map(some)
        );
        assert_eq!(
            [0x00, 0x3e, 0x53, 0xffff].map(text),
            [None, None, None, None]
        );
        assert!(!map.is_narrow);
    }

    #[test]
    fn a_range_without_end_takes_no_room() {
        let map = CMap::read(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange");
        assert_eq!(map.text(1), Some("B".to_owned()));
        assert_eq!(map.text(u32::MAX), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_map(bytes in proptest::collection::vec(any::<u8>(), 0..200), code: u32) {
            let mut text = b"1 beginbfrange ".to_vec();
            text.extend(&bytes);
            text.extend(b" endbfrange");
            let _ = CMap::read(&text).text(code);
        }
    }
}
