//! Slips of the fingers in a question: a word that is one letter away from a word of the documentation is
//! that word.

use std::borrow::Cow;

use crate::{
    index::Index,
    query::Language,
    words::{Words, is_part_of_word},
};

/// Short words are one letter away from too many others.
const LEAST_LETTERS: usize = 6;
/// A question with more unknown words than this is not mistyped but about something else.
const MOST_CORRECTED: usize = 4;
/// A word that only one chunk holds may be a slip itself.
const LEAST_CHUNKS: usize = 2;

/// The question with its slips mended. Names of other things stay: they are further away than one letter.
pub(crate) fn mended<'a>(question: &'a str, index: &Index, language: &Language) -> Cow<'a, str> {
    let words = Words::default();
    let mut slips: Vec<(usize, &str, String)> = Vec::new();
    let mut start = 0;
    for word in question.split(|c: char| !is_part_of_word(c)) {
        let at = start;
        start += word.len()
            + question
                .get(at + word.len()..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
        if !is_plain(word) {
            continue;
        }
        let stem = words.stem(&word.to_ascii_lowercase());
        if index.knows(&stem) || language.knows(&word.to_ascii_lowercase(), &words) {
            continue;
        }
        if let Some(meant) = nearest(&stem, index, language) {
            slips.push((at, word, meant));
        }
    }
    if slips.is_empty() || slips.len() > MOST_CORRECTED {
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

fn is_plain(word: &str) -> bool {
    word.len() >= LEAST_LETTERS
        && word.len() <= 24
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The most common term that is one slip away, the first of the alphabet where two are.
fn nearest(stem: &str, index: &Index, language: &Language) -> Option<String> {
    let of_documentation = index
        .terms()
        .filter(|(term, chunks)| *chunks >= LEAST_CHUNKS && is_one_slip_away(stem, term));
    let of_language = language
        .everyday_stems()
        .filter(|term| is_one_slip_away(stem, term))
        .map(|term| (term, LEAST_CHUNKS));
    of_documentation
        .chain(of_language)
        .max_by(|(a, many), (b, more)| many.cmp(more).then(b.cmp(a)))
        .map(|(term, _)| term.to_owned())
}

/// One letter too many, one too few, another one, or two swapped; the first letter is seldom wrong.
fn is_one_slip_away(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.first() != b.first() || a.len().abs_diff(b.len()) > 1 || a.len() < 5 || b.len() < 5 {
        return false;
    }
    let front = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let back = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count()
        .min(a.len().min(b.len()) - front.min(a.len().min(b.len())));
    let (rest_a, rest_b) = (
        a.get(front..a.len() - back).unwrap_or_default(),
        b.get(front..b.len() - back).unwrap_or_default(),
    );
    match (rest_a, rest_b) {
        ([], [_]) | ([_], [] | [_]) => true,
        ([one, two], [first, second]) => one == second && two == first,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_slip_is_mended_and_two_are_another_word() {
        for (typed, meant) in [
            ("corosnyc", "corosync"),
            ("quorun", "quorum"),
            ("snapsho", "snapshot"),
            ("backkup", "backup"),
        ] {
            assert!(is_one_slip_away(typed, meant), "{typed}");
        }
        for (typed, other) in [
            ("restic", "restrict"),
            ("veeam", "team"),
            ("quorum", "quorum"),
            ("nakivo", "native"),
        ] {
            assert!(!is_one_slip_away(typed, other), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn swapping_two_letters_is_one_slip(word in "[a-z]{6,12}", at in 1_usize..4) {
            let mut swapped = word.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            prop_assert_eq!(is_one_slip_away(&word, &swapped), word != swapped);
        }

        #[test]
        fn mending_keeps_what_is_no_plain_word(question in ".{0,80}") {
            let index = Index::default();
            let language = Language::default();
            let text = mended(&question, &index, &language);
            let others = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_alphabetic()).collect() };
            prop_assert_eq!(others(&text), others(&question));
        }
    }
}
