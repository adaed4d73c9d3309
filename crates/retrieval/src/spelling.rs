//! Slips of the fingers in a question: a word that is one slip away from a word that is known is that word.

use std::borrow::Cow;

use crate::{
    fold_letters::folded,
    index::Index,
    neighbours::is_neighbour,
    ordinary::is_ordinary,
    query::Language,
    words::{Words, is_part_of_word},
};

/// Short words are one letter away from too many others; two letters that were swapped are told earlier.
const LEAST_LETTERS: usize = 6;
const LEAST_LETTERS_SWAPPED: usize = 5;
const MOST_LETTERS: usize = 24;
/// A question with more unknown words than this is not mistyped but about something else.
const MOST_CORRECTED: usize = 4;
/// In another language many words look like their English sisters.
const MOST_FOREIGN: usize = 8;
/// A word that only one chunk holds may be a slip itself.
const LEAST_CHUNKS: usize = 2;

/// The question with its slips mended. Names of other things stay: they are further away than one letter.
pub(crate) fn mended<'a>(question: &'a str, index: &Index, language: &Language) -> Cow<'a, str> {
    let known = Known {
        index,
        language,
        words: Words::default(),
        is_foreign: language.is_foreign(question),
    };
    let most = if known.is_foreign {
        MOST_FOREIGN
    } else {
        MOST_CORRECTED
    };
    let mut slips: Vec<(usize, &str, String)> = Vec::new();
    let mut start = 0;
    for word in question.split(|c: char| !is_part_of_word(c)) {
        let at = start;
        start += word.len()
            + question
                .get(at + word.len()..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
        let Some(plain) = plain(word) else {
            continue;
        };
        if slips.len() > most {
            break;
        }
        if known.is_without_its_accents(word, &plain) {
            slips.push((at, word, plain));
        } else if !known.holds(&plain)
            && let Some(meant) = known.nearest(&plain)
        {
            slips.push((at, word, meant));
        }
    }
    if slips.is_empty() || slips.len() > most {
        return Cow::Borrowed(question);
    }
    let mut text = String::with_capacity(question.len());
    let mut end = 0;
    for (at, word, meant) in slips {
        text.push_str(question.get(end..at).unwrap_or_default());
        text.push_str(&meant);
        end = at + word.len();
    }
    text.push_str(question.get(end..).unwrap_or_default());
    Cow::Owned(text)
}

/// Lower case without accents; none for what is no plain word.
fn plain(word: &str) -> Option<String> {
    if word.len() < LEAST_LETTERS_SWAPPED || word.len() > 2 * MOST_LETTERS {
        return None;
    }
    let plain = folded(word);
    let fits = (LEAST_LETTERS_SWAPPED..=MOST_LETTERS).contains(&plain.len())
        && plain.bytes().all(|byte| byte.is_ascii_lowercase());
    fits.then_some(plain)
}

/// The words that a slip may have been.
struct Known<'a> {
    index: &'a Index,
    language: &'a Language,
    words: Words,
    /// Words of other languages are looked at in questions of theirs alone: `restroe` begins as a French
    /// word does.
    is_foreign: bool,
}

impl Known<'_> {
    fn holds(&self, word: &str) -> bool {
        self.index.knows(&self.words.stem(word))
            || is_neighbour(word)
            || is_ordinary(word, &self.words)
            || self.language.knows(word, &self.words)
            || self.is_foreign && self.language.knows_elsewhere(word)
    }

    /// The most common word that is one slip away, two swapped letters before any other slip, the first of the
    /// alphabet where two are. Other slips are looked for in stems: with an ending more or less, words would
    /// be made that nobody uses, but whose stem is known.
    fn nearest(&self, word: &str) -> Option<String> {
        let is_explained = |word: &String| {
            self.language.knows(word, &self.words)
                || is_ordinary(word, &self.words)
                || self.is_foreign && self.language.knows_elsewhere(word)
        };
        // A long word with two letters swapped is no other word, however seldom it is.
        let least = if word.len() > LEAST_LETTERS {
            1
        } else {
            LEAST_CHUNKS
        };
        let holders = |word: String| (self.holders(&self.words.stem(&word)), word);
        let swapped_of_documentation = most_common(least, swapped(word).map(holders));
        let meant = swapped_of_documentation.or_else(|| swapped(word).find(is_explained));
        if meant.is_some() || word.len() < LEAST_LETTERS {
            return meant;
        }
        if self.is_foreign
            && let Some(sister) = self.sister(word)
        {
            return Some(sister.to_owned());
        }
        let stem = self.words.stem(word);
        let others = one_less(&stem)
            .chain(one_more(&stem))
            .chain(one_other(&stem));
        most_common(
            LEAST_CHUNKS,
            others.map(|term| (self.commonness(&term), term)),
        )
    }

    /// A word of the documentation that is written with accents elsewhere: `clúster`.
    fn is_without_its_accents(&self, word: &str, plain: &str) -> bool {
        !word.is_ascii()
            && !self.index.knows(&word.to_lowercase())
            && self.index.knows(&self.words.stem(plain))
    }

    /// The stem of the documentation that a word of another language begins with: `certificat`,
    /// `privilegiados`.
    fn sister<'b>(&self, word: &'b str) -> Option<&'b str> {
        let least = LEAST_LETTERS.max((word.len() * 3).div_ceil(5));
        (least..word.len())
            .rev()
            .filter_map(|end| word.get(..end))
            .find(|stem| self.index.holders(stem) >= LEAST_CHUNKS)
    }

    /// The number of chunks that hold a term that is long enough to be told from its neighbours.
    fn holders(&self, term: &str) -> usize {
        if term.len() < LEAST_LETTERS_SWAPPED - 1 {
            return 0;
        }
        self.index.holders(term)
    }

    /// The same for a stem one letter away; everyday words count as seldom ones.
    fn commonness(&self, stem: &str) -> usize {
        if stem.len() < LEAST_LETTERS_SWAPPED {
            return 0;
        }
        let many = self.index.holders(stem);
        if many < LEAST_CHUNKS && self.language.is_everyday_stem(stem) {
            return LEAST_CHUNKS;
        }
        many
    }
}

fn most_common(least: usize, candidates: impl Iterator<Item = (usize, String)>) -> Option<String> {
    candidates
        .filter(|(many, _)| *many >= least)
        .max_by(|(many, a), (more, b)| many.cmp(more).then(b.cmp(a)))
        .map(|(_, word)| word)
}

/// Slips of one kind. The first letter is seldom wrong.
fn swapped(word: &str) -> impl Iterator<Item = String> {
    (1..word.len().saturating_sub(1)).filter_map(|at| {
        let mut letters = word.as_bytes().to_vec();
        letters.swap(at, at + 1);
        (letters != word.as_bytes())
            .then(|| String::from_utf8(letters).ok())
            .flatten()
    })
}

fn one_less(word: &str) -> impl Iterator<Item = String> {
    (1..word.len()).filter_map(|at| Some(format!("{}{}", word.get(..at)?, word.get(at + 1..)?)))
}

fn one_more(word: &str) -> impl Iterator<Item = String> {
    (1..=word.len()).flat_map(move |at| {
        ('a'..='z').filter_map(move |letter| {
            Some(format!("{}{letter}{}", word.get(..at)?, word.get(at..)?))
        })
    })
}

fn one_other(word: &str) -> impl Iterator<Item = String> {
    (1..word.len()).flat_map(move |at| {
        ('a'..='z').filter_map(move |letter| {
            let other = format!("{}{letter}{}", word.get(..at)?, word.get(at + 1..)?);
            (other != word).then_some(other)
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Chunk, Kind, Location};

    fn index_of(text: &str) -> Index {
        let chunk = |page: &str| Chunk {
            at: Location {
                page: page.to_owned(),
                anchor: None,
            },
            kind: Kind::Section,
            path: vec!["A".to_owned()],
            text: text.to_owned(),
            also: Vec::new(),
        };
        Index::build(
            &[chunk("a.html"), chunk("b.html")],
            crate::Weights::default(),
        )
    }

    #[test]
    fn one_slip_is_mended_and_two_are_another_word() {
        let index = index_of(
            "corosync quorum snapshots backups restrict team native guest restore compression fencing",
        );
        let language = Language::default();
        for (typed, meant) in [
            ("my corosnyc", "my corosync"),
            ("snapshod!", "snapshot!"),
            ("snapsho of it", "snapshot of it"),
            ("backkup", "backup"),
            ("a geust", "a guest"),
            ("restroe", "restore"),
            ("Compresison", "compression"),
            ("fenicng", "fencing"),
            ("seevral", "several"),
            ("sutbly", "subtly"),
            (
                "wie viel spiecher brauche ich",
                "wie viel speicher brauche ich",
            ),
        ] {
            assert_eq!(mended(typed, &index, &language), meant);
        }
        let sisters = index_of("certificates of a cluster, automatically");
        assert_eq!(
            mended("le certificat automatique du clúster", &sisters, &language),
            "le certificat automat du cluster"
        );
        for other in ["restic", "veeam", "quorum", "nakivo", "gasts"] {
            assert_eq!(mended(other, &index, &language), other);
        }
    }

    proptest! {
        #[test]
        fn swapping_twice_is_what_was_typed(word in "[a-z]{5,12}") {
            for other in swapped(&word) {
                prop_assert!(other != word);
                prop_assert_eq!(other.len(), word.len());
                prop_assert!(swapped(&other).any(|again| again == word));
            }
        }

        #[test]
        fn every_other_slip_is_one_letter_away(word in "[a-z]{6,12}") {
            for longer in one_more(&word) {
                prop_assert!(one_less(&longer).any(|again| again == word));
            }
            prop_assert_eq!(one_other(&word).count(), 25 * (word.len() - 1));
        }

        #[test]
        fn mending_keeps_what_is_no_plain_word(question in ".{0,80}") {
            let index = index_of("corosync quorum");
            let language = Language::default();
            let text = mended(&question, &index, &language);
            let others = |text: &str| -> String { text.chars().filter(|c| !c.is_alphabetic()).collect() };
            prop_assert_eq!(others(&text), others(&question));
        }
    }
}
