//! Whether a passage says what a sentence says, as far as its words, figures and options tell.

use std::collections::HashSet;

use crate::citations::Citation;

/// A sentence without a citation gets the number of the passage that holds so much of its words.
const SHARE_HELD: f64 = 0.75;
/// Fewer words than this stand in many passages by chance.
const LEAST_WORDS: usize = 4;
/// Shorter words stand everywhere.
const LEAST_LETTERS: usize = 4;

/// The passage, from 1, that a sentence without a citation repeats: it holds most of its words and every figure
/// and option that does not come from `beside` (the question, what a tool brought).
pub(crate) fn holder(sentence: &str, passages: &[Citation], beside: &str) -> Option<usize> {
    let said: HashSet<String> = words(sentence).collect();
    if said.len() < LEAST_WORDS {
        return None;
    }
    let mut best: Option<(usize, usize)> = None;
    for (at, passage) in passages.iter().enumerate() {
        let there: HashSet<String> = words(&passage.section)
            .chain(words(&passage.quote))
            .collect();
        let held = said.intersection(&there).count();
        let is_enough = held as f64 >= SHARE_HELD * said.len() as f64;
        let is_better = best.is_none_or(|(_, most)| held > most);
        if is_enough && is_better && facts_stand(sentence, &[passage], beside) {
            best = Some((at + 1, held));
        }
    }
    best.map(|(number, _)| number)
}

/// Whether each option and each figure of two digits or more stands in one of the passages or beside them.
pub(crate) fn facts_stand(sentence: &str, passages: &[&Citation], beside: &str) -> bool {
    let texts: Vec<&str> = passages
        .iter()
        .flat_map(|passage| [passage.section.as_str(), passage.quote.as_str()])
        .chain([beside])
        .collect();
    let figures_stand = figures(sentence).all(|figure| {
        texts
            .iter()
            .any(|text| figures(text).any(|there| there == figure))
    });
    figures_stand
        && options(sentence).all(|option| {
            texts
                .iter()
                .any(|text| options(text).any(|there| there == option))
        })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| {
            word.chars().count() >= LEAST_LETTERS || word.bytes().any(|b| b.is_ascii_digit())
        })
        .map(str::to_lowercase)
}

/// `3000` and `16` of `from 3000 to 16 GiB`; one digit alone may count what the text lists.
fn figures(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() > 1)
}

/// `--online` of `qm migrate --online`.
fn options(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
        .filter(|word| word.len() > 2 && word.starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(quote: &str) -> Citation {
        Citation {
            title: "T".to_owned(),
            section: "Guide > Limits".to_owned(),
            page: "guide.html#limits".to_owned(),
            url: None,
            quote: quote.to_owned(),
            ..Citation::default()
        }
    }

    #[test]
    fn a_sentence_that_repeats_a_passage_is_its_own_and_an_invented_figure_is_nobodys() {
        let all = [
            passage("The daemon waits before it gives up."),
            passage("A copy stops after 180 minutes unless --patience says otherwise."),
        ];
        let held = |sentence: &str| holder(sentence, &all, "What if I wait 15 minutes?");
        assert_eq!(
            held("Any copy stops after 180 minutes unless told otherwise."),
            Some(2)
        );
        assert_eq!(
            held("A copy stops after 240 minutes unless told otherwise."),
            None
        );
        assert_eq!(
            held("A copy stops after 15 minutes unless said otherwise."),
            Some(2)
        );
        assert_eq!(held("Copies are red."), None);
        assert_eq!(held("Bananas are yellow because they ripen slowly."), None);
    }

    #[test]
    fn an_option_stands_to_the_letter_or_not_at_all() {
        let one = passage("Say --patience 90, or `--quick`.");
        let stand = |sentence: &str| facts_stand(sentence, &[&one], "");
        assert!(stand("Use --patience=90."));
        assert!(stand("Use `--quick`, 3 times."));
        assert!(!stand("Use --patient."));
        assert!(!stand("Use --patience 900."));
    }
}
