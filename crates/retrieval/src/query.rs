//! From a question to weighted terms.

use std::collections::BTreeMap;

use crate::{glossary, stop_words::is_stop_word, words::Words};

/// How much a term counts that nobody typed, but that the documentation uses for what was typed.
const EXPANSION: f32 = 0.3;
/// A question longer than this is a log that was pasted: the rest is not looked at.
const MOST_CHARACTERS: usize = 4_000;
/// More terms than this make no question clearer.
const MOST_TERMS: usize = 96;

/// As it was asked, and followed by what the documentation calls it.
pub(crate) fn wordings(question: &str) -> Vec<String> {
    let text: String = question.chars().take(MOST_CHARACTERS).collect();
    let meanings: Vec<&str> = glossary::meanings(&text).collect();
    if meanings.is_empty() {
        return vec![text];
    }
    let with_meanings = format!("{text} {}", meanings.join(" "));
    vec![text, with_meanings]
}

/// A question as the index understands it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// What was typed, with weight 1.
    pub typed: Vec<String>,
    /// What the field calls it, with its weight.
    pub meant: Vec<(String, f32)>,
}

impl Query {
    pub fn parse(question: &str) -> Self {
        let words = Words::default();
        let text: String = question.chars().take(MOST_CHARACTERS).collect();
        let mut typed: Vec<String> = Vec::new();
        words.each(&text, &mut |term| {
            if !is_stop_word(&term) && !typed.contains(&term) && typed.len() < MOST_TERMS {
                typed.push(term);
            }
        });
        let mut meant: BTreeMap<String, f32> = BTreeMap::new();
        for said in glossary::meanings(&text) {
            words.each(said, &mut |term| {
                if !is_stop_word(&term) && !typed.contains(&term) {
                    meant.insert(term, EXPANSION);
                }
            });
        }
        Self {
            typed,
            meant: meant.into_iter().take(MOST_TERMS).collect(),
        }
    }

    /// Every term with its weight.
    pub fn terms(&self) -> impl Iterator<Item = (&str, f32)> {
        self.typed.iter().map(|term| (term.as_str(), 1.0)).chain(
            self.meant
                .iter()
                .map(|(term, weight)| (term.as_str(), *weight)),
        )
    }
}
