//! From text to terms.
//!
//! Compounds of the field (`repeat-missed`, `/etc/pve/storage.cfg`, `qm.conf`, `net[n]`) count as a whole and
//! by their parts; plain words are stemmed with Porter's algorithm, as full text search of SQLite and
//! PostgreSQL do for English. Scripts without blanks between words (Chinese, Japanese) become pairs of
//! characters.

use rust_stemmers::{Algorithm, Stemmer};

/// A term longer than this is no word but a blob, and is left out.
const MOST_LETTERS: usize = 64;

/// Makes terms of text. Cheap to build; keeps nothing.
pub struct Words {
    stemmer: Stemmer,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
        }
    }
}

impl Words {
    /// The terms of `text` in their order; a compound stands before its parts.
    pub fn terms(&self, text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        self.each(text, &mut |term| terms.push(term));
        terms
    }

    /// Calls `take` with each term.
    pub fn each(&self, text: &str, take: &mut dyn FnMut(String)) {
        for raw in text.split(|c: char| !(c.is_alphanumeric() || is_joint(c))) {
            self.compound(raw, take);
        }
    }

    fn compound(&self, raw: &str, take: &mut dyn FnMut(String)) {
        let raw = raw.trim_matches(is_joint);
        if raw.is_empty() || raw.len() > 4 * MOST_LETTERS {
            return;
        }
        let lower = raw.to_lowercase();
        if lower.chars().any(is_unspaced) {
            pairs(&lower, take);
            return;
        }
        if lower.contains(is_joint) {
            if lower.chars().count() <= MOST_LETTERS {
                take(lower.clone());
            }
            for part in lower.split(is_joint).filter(|part| !part.is_empty()) {
                self.plain(part, take);
            }
        } else {
            self.plain(&lower, take);
        }
    }

    fn plain(&self, word: &str, take: &mut dyn FnMut(String)) {
        if word.chars().count() > MOST_LETTERS {
            return;
        }
        take(self.stem(word));
    }

    /// `migrations`, `migrating` and `migrate` are one term; numbers and short words stay.
    pub fn stem(&self, word: &str) -> String {
        if word.len() <= 3 || word.bytes().any(|byte| byte.is_ascii_digit()) || !word.is_ascii() {
            return word.to_owned();
        }
        self.stemmer.stem(word).into_owned()
    }
}

/// Whether a word goes on with this character.
pub(crate) fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_joint(c)
}

/// Without what joins at the ends: the point that ends a sentence is no part of its last word.
pub(crate) fn trimmed(raw: &str) -> &str {
    raw.trim_matches(is_joint)
}

/// Whether it is written without blanks between words.
pub(crate) fn is_unspaced_word(word: &str) -> bool {
    word.chars().any(is_unspaced)
}

/// The parts of a word that are not written so: `zfs` of `zfsの`.
pub(crate) fn spaced_parts(word: &str) -> impl Iterator<Item = &str> {
    word.split(is_unspaced)
        .map(trimmed)
        .filter(|part| !part.is_empty())
}

/// What joins the parts of one name.
pub(crate) fn is_joint(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | '/')
}

/// Han, kana and hangul have no blanks between words.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xff66..=0xff9f)
}

/// Two neighbours at a time; Latin words in between stay whole.
fn pairs(text: &str, take: &mut dyn FnMut(String)) {
    let mut latin = String::new();
    let mut before: Option<char> = None;
    let flush = |latin: &mut String, take: &mut dyn FnMut(String)| {
        if !latin.is_empty() {
            take(std::mem::take(latin));
        }
    };
    for c in text.chars() {
        if is_unspaced(c) {
            flush(&mut latin, take);
            if let Some(before) = before {
                take([before, c].iter().collect());
            }
            before = Some(c);
        } else {
            before = None;
            if c.is_alphanumeric() {
                latin.push(c);
            } else {
                flush(&mut latin, take);
            }
        }
    }
    flush(&mut latin, take);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compounds_count_as_a_whole_and_by_their_parts() {
        assert_eq!(
            Words::default().terms("Set repeat-missed in /etc/pve/jobs.cfg."),
            [
                "set",
                "repeat-missed",
                "repeat",
                "miss",
                "in",
                "etc/pve/jobs.cfg",
                "etc",
                "pve",
                "job",
                "cfg"
            ]
        );
    }

    #[test]
    fn forms_of_a_word_are_one_term_and_numbers_stay() {
        let words = Words::default();
        assert_eq!(words.terms("migrations migrating migrate"), ["migrat"; 3]);
        assert_eq!(words.terms("9.1 vmbr0"), ["9.1", "9", "1", "vmbr0"]);
    }

    #[test]
    fn scripts_without_blanks_become_pairs() {
        assert_eq!(
            Words::default().terms("VMのバックアップ"),
            ["vm", "のバ", "バッ", "ック", "クア", "アッ", "ップ"]
        );
    }
}
