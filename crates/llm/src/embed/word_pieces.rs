//! Text to tokens as BERT reads it, without capitals: words and signs, then the longest pieces that
//! the vocabulary has.
//!
//! Source: Devlin et al., "BERT" (2018), and the format of `tokenizer.json`. Only the kind of
//! tokenizer that this family of models has is read; another one is refused.

use std::collections::HashMap;

#[cfg(any(feature = "minilm", test))]
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word longer than this is no word.
const MOST_LETTERS: usize = 100;
/// What stands before and after a text.
#[cfg(any(feature = "minilm", test))]
const BEGIN: &str = "[CLS]";
#[cfg(any(feature = "minilm", test))]
const END: &str = "[SEP]";

/// The vocabulary of a model.
#[derive(Debug)]
pub(crate) struct WordPieces {
    ids: HashMap<String, u32>,
    unknown: u32,
}

#[cfg(any(feature = "minilm", test))]
#[derive(Deserialize)]
struct File {
    model: Model,
    normalizer: Option<Normalizer>,
}

#[cfg(any(feature = "minilm", test))]
#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    vocab: HashMap<String, u32>,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
}

#[cfg(any(feature = "minilm", test))]
#[derive(Deserialize)]
struct Normalizer {
    #[serde(default = "yes")]
    lowercase: bool,
}

#[cfg(any(feature = "minilm", test))]
fn yes() -> bool {
    true
}

impl WordPieces {
    #[cfg(any(feature = "minilm", test))]
    /// Reads a `tokenizer.json`; says what is wrong with it.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let kind = file.model.kind.as_deref().unwrap_or("WordPiece");
        if kind != "WordPiece" {
            return Err(format!("a tokenizer of the kind {kind}, not WordPiece"));
        }
        if file
            .normalizer
            .is_some_and(|normalizer| !normalizer.lowercase)
        {
            return Err("a tokenizer that tells capitals apart".to_owned());
        }
        if let Some(prefix) = file.model.continuing_subword_prefix
            && prefix != "##"
        {
            return Err(format!(
                "pieces within words begin with `{prefix}`, not `##`"
            ));
        }
        let pieces = Self::new(file.model.vocab)?;
        match [BEGIN, END]
            .iter()
            .find(|mark| !pieces.ids.contains_key(**mark))
        {
            Some(mark) => Err(format!("the vocabulary has no {mark}")),
            None => Ok(pieces),
        }
    }

    /// From tokens with their ids; the one for unknown words must be there.
    pub(crate) fn new(ids: HashMap<String, u32>) -> Result<Self, String> {
        let unknown = ids.get("[UNK]").copied();
        let unknown = unknown.ok_or("the vocabulary has no [UNK]")?;
        Ok(Self { ids, unknown })
    }

    #[cfg(feature = "minilm")]
    /// The largest id and one: so many rows the model's table must have.
    pub(crate) fn size(&self) -> usize {
        self.ids.values().max().map_or(0, |most| *most as usize + 1)
    }

    #[cfg(any(feature = "minilm", test))]
    /// The tokens of a text between the marks of its beginning and its end, `most` in all.
    pub(crate) fn tokens(&self, text: &str, most: usize) -> Vec<u32> {
        let most = most.saturating_sub(1);
        let mark = |mark: &str| self.ids.get(mark).copied().unwrap_or(self.unknown);
        let mut tokens = vec![mark(BEGIN)];
        for word in words(text) {
            if tokens.len() >= most {
                break;
            }
            self.pieces(&word, &mut tokens);
        }
        tokens.truncate(most);
        tokens.push(mark(END));
        tokens
    }

    /// The tokens of the words that are known, without marks, `most` in all.
    pub(crate) fn known(&self, text: &str, most: usize) -> Vec<u32> {
        let mut tokens = Vec::new();
        for word in words(text) {
            self.pieces(&word, &mut tokens);
            tokens.retain(|token| *token != self.unknown);
            if tokens.len() >= most {
                tokens.truncate(most);
                break;
            }
        }
        tokens
    }

    fn pieces(&self, word: &str, tokens: &mut Vec<u32>) {
        let ends: Vec<usize> = word
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .collect();
        if ends.len() > MOST_LETTERS {
            tokens.push(self.unknown);
            return;
        }
        let before = tokens.len();
        let mut from = 0;
        while from < word.len() {
            let longest = ends
                .iter()
                .rev()
                .take_while(|end| **end > from)
                .find_map(|end| Some((*end, self.piece(word.get(from..*end)?, from > 0)?)));
            let Some((end, id)) = longest else {
                // A word with a part that is not known is not known.
                tokens.truncate(before);
                tokens.push(self.unknown);
                return;
            };
            tokens.push(id);
            from = end;
        }
    }

    fn piece(&self, part: &str, within: bool) -> Option<u32> {
        if within {
            self.ids.get(&format!("##{part}")).copied()
        } else {
            self.ids.get(part).copied()
        }
    }
}

/// Words without capitals and accents; each sign and each Han character is a word of its own.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let plain = text
        .chars()
        .filter(|c| !is_noise(*c))
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase);
    for c in plain {
        if c.is_whitespace() {
            finish(&mut word, &mut words);
        } else if is_sign(c) || is_han(c) {
            finish(&mut word, &mut words);
            words.push(c.to_string());
        } else {
            word.push(c);
        }
    }
    finish(&mut word, &mut words);
    words
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// Characters that are no part of a text.
fn is_noise(c: char) -> bool {
    c == '\0'
        || c == char::REPLACEMENT_CHARACTER
        || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0xfeff)
}

/// Punctuation, as far as texts of this world have it.
fn is_sign(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(
            u32::from(c),
            0xa1 | 0xa7 | 0xab | 0xb6 | 0xb7 | 0xbb | 0xbf
                | 0x2010..=0x2027
                | 0x2030..=0x2043
                | 0x2045..=0x2051
                | 0x2053..=0x205e
                | 0x3001..=0x3003
                | 0x3008..=0x3011
                | 0x3014..=0x301f
                | 0x3030
                | 0x303d
                | 0x30a0
                | 0x30fb
                | 0xff01..=0xff03
                | 0xff05..=0xff0a
                | 0xff0c..=0xff0f
                | 0xff1a..=0xff1b
                | 0xff1f..=0xff20
                | 0xff3b..=0xff3d
                | 0xff3f
                | 0xff5b
                | 0xff5d
                | 0xff5f..=0xff65
        )
}

fn is_han(c: char) -> bool {
    matches!(
        u32::from(c),
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x2ceaf | 0x2f800..=0x2fa1f
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(vocabulary: &[&str]) -> WordPieces {
        let ids = ["[UNK]", "[CLS]", "[SEP]"]
            .iter()
            .chain(vocabulary)
            .zip(0..)
            .map(|(token, id)| ((*token).to_owned(), id))
            .collect();
        WordPieces::new(ids).unwrap()
    }

    #[test]
    fn words_lose_capitals_and_accents_and_signs_stand_alone() {
        assert_eq!(
            words("Für das  Backup: qm clone --full\tÉté\u{0} ゲスト 移行。"),
            [
                "fur",
                "das",
                "backup",
                ":",
                "qm",
                "clone",
                "-",
                "-",
                "full",
                "ete",
                "ケスト",
                "移",
                "行",
                "。"
            ]
        );
    }

    #[test]
    fn the_longest_piece_comes_first_and_a_word_with_an_unknown_part_is_unknown() {
        let pieces = pieces(&["snap", "##shot", "##shots", "##s", "a"]);
        assert_eq!(pieces.tokens("Snapshots snaps", 16), [1, 3, 5, 3, 6, 2]);
        assert_eq!(pieces.tokens("snapx a", 16), [1, 0, 7, 2]);
        assert_eq!(pieces.tokens(&"a".repeat(101), 16), [1, 0, 2]);
        assert_eq!(pieces.tokens("", 16), [1, 2]);
        assert_eq!(pieces.known("snapx snapshot a a", 3), [3, 4, 7]);
    }

    #[test]
    fn a_tokenizer_of_another_kind_is_refused() {
        let read = |json: &str| WordPieces::read(json.as_bytes()).unwrap_err();
        assert_eq!(
            read(r#"{"model": {"type": "BPE", "vocab": {}, "merges": []}}"#),
            "a tokenizer of the kind BPE, not WordPiece"
        );
        assert_eq!(
            read(r#"{"model": {"vocab": {"[UNK]": 0, "[CLS]": 1}}}"#),
            "the vocabulary has no [SEP]"
        );
        assert_eq!(
            read(r#"{"model": {"vocab": {}}, "normalizer": {"lowercase": false}}"#),
            "a tokenizer that tells capitals apart"
        );
    }

    proptest! {
        #[test]
        fn any_text_becomes_at_most_so_many_tokens(text in ".{0,200}", most in 2_usize..40) {
            let pieces = pieces(&["a", "##a", "e", "-"]);
            let tokens = pieces.tokens(&text, most);
            prop_assert!(tokens.len() <= most);
            prop_assert_eq!((tokens.first(), tokens.last()), (Some(&1), Some(&2)));
        }
    }
}
