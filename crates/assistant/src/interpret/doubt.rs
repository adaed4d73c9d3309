//! When a sentence is not certain: the question to ask back, or the reason for doing nothing.

use super::cursor::Cursor;
use super::lexer::{Token, TokenKind};
use super::lexicon::{Hindrance, Verb, hindrance, verb};
use super::{Choice, Interpretation, examples};

/// More options than this do not help anybody to choose.
const MOST_OPTIONS: usize = 6;

/// Why a rule stopped.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Doubt {
    Ask {
        question: String,
        options: Vec<Choice>,
    },
    No {
        why: String,
        nearest: Vec<String>,
    },
}

/// The result of a rule that must succeed.
pub(super) type Reading<T> = Result<T, Doubt>;

impl Doubt {
    pub(super) fn no(why: impl Into<String>) -> Self {
        Self::No {
            why: why.into(),
            nearest: Vec::new(),
        }
    }

    pub(super) fn ask(question: impl Into<String>, options: Vec<Choice>) -> Self {
        Self::Ask {
            question: question.into(),
            options,
        }
    }

    /// The interpretation to hand out. Options that are themselves in doubt are dropped; when the
    /// person's sentence has a second flaw that makes every option a refusal, that refusal is the
    /// honest answer.
    pub(super) fn into_interpretation(
        self,
        reading: impl Fn(&str) -> Reading<Interpretation>,
    ) -> Interpretation {
        match self {
            Self::No { why, mut nearest } => {
                if nearest.is_empty() {
                    nearest = examples();
                }
                Interpretation::NotUnderstood { why, nearest }
            }
            Self::Ask { question, options } => {
                let mut certain: Vec<Choice> = Vec::new();
                let mut refusal = None;
                let offered = !options.is_empty();
                for option in options {
                    if certain.len() == MOST_OPTIONS || certain.contains(&option) {
                        continue;
                    }
                    match reading(&option.text) {
                        Ok(_) => certain.push(option),
                        Err(Self::No { why, nearest }) => refusal = Some((why, nearest)),
                        Err(Self::Ask { .. }) => {}
                    }
                }
                match refusal {
                    Some((why, nearest)) if certain.is_empty() && offered => {
                        Self::No { why, nearest }.into_interpretation(reading)
                    }
                    _ => Interpretation::Clarify {
                        question,
                        options: certain,
                    },
                }
            }
        }
    }
}

/// One option.
pub(super) fn choice(label: impl Into<String>, text: impl Into<String>) -> Choice {
    Choice {
        label: label.into(),
        text: text.into(),
    }
}

/// The reason why the rest of the sentence, from the cursor on, keeps it from being understood.
pub(super) fn left_over(cursor: &Cursor<'_>) -> Doubt {
    let rest = cursor.tokens.get(cursor.at..).unwrap_or_default();
    // What keeps an order from being one does not keep a question from being answered.
    let reason = if cursor.question { None } else { explain(rest) };
    let then = if cursor.question {
        "I cannot answer"
    } else {
        "nothing is planned"
    };
    reason.unwrap_or_else(|| {
        let typed = cursor.typed(cursor.at, cursor.tokens.len());
        if typed.is_empty() {
            return Doubt::no("The sentence ends too early: a part is missing");
        }
        Doubt::no(format!(
            "I did not understand \"{}\", so {then}",
            shortened(typed)
        ))
    })
}

/// The reason the words themselves give.
pub(super) fn explain(tokens: &[Token]) -> Option<Doubt> {
    let words: Vec<&str> = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.text.as_str())
        .collect();
    let is_time = |word: &str| {
        word.split_once(':').is_some_and(|(hour, minute)| {
            hour.parse::<u8>().is_ok()
                && minute
                    .get(..2)
                    .is_some_and(|part| part.parse::<u8>().is_ok())
        })
    };
    let found = |wanted: Hindrance| words.iter().any(|word| hindrance(word) == Some(wanted));
    let why = if found(Hindrance::Negation) {
        "I do not act on a sentence with a negation in it; say what to do, and to which guests"
    } else if found(Hindrance::Time) || words.iter().any(|word| is_time(word)) {
        "I cannot do things later or repeatedly; I plan what is to be done now"
    } else if found(Hindrance::Condition) {
        "I do not act on conditions; say it when the condition holds"
    } else if found(Hindrance::Past) {
        "That asks about the past, which I cannot answer; try \"list runs\""
    } else if words
        .first()
        .is_some_and(|word| hindrance(word) == Some(Hindrance::Question))
    {
        "That reads as a question about doing something, not as an order; nothing is planned"
    } else if tokens.iter().any(|token| token.kind == TokenKind::Quoted) {
        "I do not act on quoted text"
    } else if let Some(Verb::Cannot(what)) = words
        .iter()
        .find_map(|word| verb(&[word]).map(|(found, _)| found))
    {
        return Some(Doubt::no(format!("I cannot {what}")));
    } else {
        return None;
    };
    Some(Doubt::no(why))
}

/// Text of a stranger, cut to what a sentence can carry.
pub(super) fn shortened(typed: &str) -> String {
    let plain = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if plain.chars().count() <= 60 {
        return plain;
    }
    plain.chars().take(59).chain(['…']).collect()
}
