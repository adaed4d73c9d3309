//! The built-in interpreter: plain-English orders and questions about a Proxmox VE cluster,
//! understood at once, without a language model, and never guessed.
//!
//! The method is *rule and coverage*. A sentence becomes tokens; rules consume tokens from left to
//! right (verb, targets, exceptions, snapshot name, …); and the result counts only when **every**
//! token was consumed by a rule or is one of a few known filler words ("please"). What is left over
//! could change the meaning ("… if it is down", "… tomorrow", "… of the backup"), so the sentence is
//! then not an order. Safety does not hang on a list of dangerous words; such lists only serve to
//! say *why* nothing was planned.
//!
//! | step | file |
//! |---|---|
//! | text to tokens with places | `lexer` |
//! | verbs, nouns, fillers, reserved words | `lexicon` |
//! | names and groups that exist, near names | `vocabulary`, `spelling` |
//! | noun phrases to selectors | `items`, `identities`, `groups`, `filters`, `exceptions`, `targets` |
//! | sentence to wishes | `orders`, `snapshots` |
//! | what operations declare of how they are said | `phrases` |
//! | questions | `questions`, `place_questions`, `measures` |
//! | what is kept: about whom, what to forget, what restricts | `keeping` |
//! | asking back and refusing | `doubt` |
//!
//! Decisions about words: "stop" is PVE's own word and means what PVE means by it, the hard stop;
//! "shut down", "turn off" and "power off" are the graceful shutdown; "stop … gracefully" is a
//! shutdown and "shut down … hard" a stop. "VMs" as a group are qemu guests only. Spelling that
//! differs in nothing but case, separators and leading zeros ("web 2") means the one guest it fits;
//! any other difference is asked back. Groups leave templates out.
//!
//! Pure library: no I/O, no clock, no cluster. It looks nothing up but the words of the
//! [`Vocabulary`]; whether guest 101 exists is for the planner of the operation to find out.

mod cursor;
mod doubt;
mod exceptions;
mod filters;
mod groups;
mod identities;
mod items;
mod keeping;
mod lexer;
mod lexicon;
mod measures;
mod orders;
mod phrases;
mod place_questions;
mod questions;
mod snapshots;
mod spelling;
mod targets;
mod vocabulary;

use serde_json::Value;

use cursor::Cursor;
use doubt::Doubt;
use lexicon::is_a_question_s_word;
pub use measures::{Comparison, Measure};
pub use phrases::Phrasebook;
pub use vocabulary::{Vocabulary, VocabularyLists};

/// Longer texts are for a model, not for rules.
const LONGEST_TEXT_BYTES: usize = 2_000;

/// What the person looks at or spoke of last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Focus {
    /// Selectors of the guests that "it" (exactly one) or "them" may mean.
    pub guests: Vec<String>,
    /// The node that "here" or "this node" means.
    pub node: Option<String>,
    /// The name for a snapshot that was given none (the caller has the clock); without it the name
    /// is asked for.
    pub snapshot_name: Option<String>,
}

/// What a text means.
#[derive(Debug, Clone, PartialEq)]
pub enum Interpretation {
    /// Orders, in their order. Each is planned, and nothing happens without approval.
    Act(Vec<Wish>),
    /// Something to look up.
    Ask(Question),
    /// More than one meaning. Each choice's text is understood without a further question.
    Clarify {
        /// The question to the person.
        question: String,
        /// What to choose from; may be empty when the person has to type the missing part.
        options: Vec<Choice>,
    },
    /// No meaning that is certain.
    NotUnderstood {
        /// One sentence that says why.
        why: String,
        /// Names or sentences close to what was said, or examples of what is understood.
        nearest: Vec<String>,
    },
}

/// One operation that is wished for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The operation, such as `guests.reboot`.
    pub op: &'static str,
    /// Its input.
    pub input: Value,
    /// The selectors in the input, united.
    pub selectors: Vec<String>,
    /// What was understood, in English.
    pub said: String,
}

/// A read and how to answer with its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The query, such as `inventory.list`.
    pub op: &'static str,
    /// Its input.
    pub input: Value,
    /// How to answer.
    pub answer: Answer,
    /// What was understood, in English.
    pub said: String,
}

/// The form of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// How many rows.
    Count,
    /// The rows.
    List,
    /// Everything about one thing.
    Show,
    /// In which state: with `expected`, whether all are in that state. `about` names the node,
    /// storage or cluster among the rows; empty: all.
    Status {
        /// `running`, `stopped`, `online`, … when the person asked "is it …?".
        expected: Option<String>,
        /// Names of the rows it is about.
        about: Vec<String>,
    },
    /// One figure or field of each row. `about` as above.
    Field {
        /// Which one.
        measure: Measure,
        /// Names of the rows it is about.
        about: Vec<String>,
    },
    /// The rows for which the comparison holds.
    Which {
        /// Which figure.
        measure: Measure,
        /// How it is compared.
        comparison: Comparison,
        /// With what, in the unit of the figure: bytes, seconds, a fraction (0..1), or a count.
        value: f64,
    },
    /// The rows with the largest or smallest figure.
    Extreme {
        /// Which figure.
        measure: Measure,
        /// The largest ones first, else the smallest.
        largest: bool,
        /// How many rows.
        count: usize,
    },
    /// Whatever the query brought, as it is.
    Told,
    /// What is kept, to choose from what is deleted.
    Forget,
    /// What is kept that restricts, and the rules in force.
    Restrictions,
    /// What can be said here.
    Help,
}

/// One answer to a question that was asked back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Short, for a button.
    pub label: String,
    /// The sentence that choosing sends.
    pub text: String,
}

/// What the interpreter understands, as example sentences.
pub fn examples() -> Vec<String> {
    [
        "restart web-01",
        "stop all VMs tagged test on pve2 except db-1",
        "shut down containers 105-110",
        "snapshot web-01 called before-upgrade and then restart it",
        "delete snapshot before-upgrade of web-01",
        "which containers are stopped?",
        "how many VMs run on pve1?",
        "status of web-01",
        "list nodes, storages, clusters, snapshots or runs",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Understands a text, or says why not. Never fails and never guesses.
pub fn interpret(text: &str, vocabulary: &Vocabulary, focus: &Focus) -> Interpretation {
    match first_reading(text, vocabulary, focus) {
        Ok(meaning) => meaning,
        Err(doubt) => doubt.into_interpretation(|choice| first_reading(choice, vocabulary, focus)),
    }
}

/// Adapts a sentence to the candidates that a planner found for a name in it (an error
/// `ambiguous`): one choice per candidate (`cluster/node/id`), each the sentence with the name
/// replaced. Choices that would not be understood are left out.
pub fn choices_for(
    text: &str,
    name: &str,
    candidates: &[String],
    vocabulary: &Vocabulary,
    focus: &Focus,
) -> Vec<Choice> {
    let tokens = lexer::tokens(text);
    let mut cursor = Cursor::new(text, &tokens, vocabulary, focus);
    // The name as the person spelled it, "web 2" for web-02 too.
    let place = (0..tokens.len()).find_map(|at| {
        cursor.at = at;
        let found = items::hit(&cursor)?;
        (found.names.first().map(String::as_str) == Some(name)).then_some((at, at + found.length))
    });
    let Some((from, to)) = place else {
        return Vec::new();
    };
    let possessive = tokens.get(to - 1).is_some_and(|token| token.possessive);
    candidates
        .iter()
        .filter_map(|candidate| {
            let written = if possessive {
                format!("{candidate}'s")
            } else {
                candidate.clone()
            };
            let choice = cursor.replaced(from, to, &written);
            first_reading(&choice, vocabulary, focus).ok()?;
            Some(Choice {
                label: candidate.clone(),
                text: choice,
            })
        })
        .collect()
}

/// The reading of a text as it stands: orders first, then questions.
fn first_reading(
    text: &str,
    vocabulary: &Vocabulary,
    focus: &Focus,
) -> Result<Interpretation, Doubt> {
    if text.len() > LONGEST_TEXT_BYTES {
        return Err(Doubt::no(
            "This is longer than the built-in interpreter reads",
        ));
    }
    let tokens = lexer::tokens(text);
    let mut cursor = Cursor::new(text, &tokens, vocabulary, focus);
    cursor.skip_fillers();
    if cursor.ended() {
        return Err(Doubt::no("There is nothing to do in this message"));
    }
    // What an operation declares as a question is one, whatever else its first word can mean.
    let mut asked = Cursor {
        question: true,
        ..cursor.clone()
    };
    orders::opening(&mut asked);
    if let Ok(question) = phrases::question(&mut asked) {
        return Ok(Interpretation::Ask(question));
    }
    if let Some(question) = keeping::question(&mut asked)? {
        return Ok(Interpretation::Ask(question));
    }
    if let Some(wishes) = orders::sentence(&mut cursor)? {
        return keeping::about(wishes, &cursor).map(Interpretation::Act);
    }
    let halt = cursor.halt.take();
    questions::question(text, &tokens, vocabulary, focus)
        .map(Interpretation::Ask)
        .map_err(|doubt| match halt {
            Some((_, said @ Doubt::Ask { .. })) => said,
            // "give me …" begins an order as well as a question.
            Some((at, said))
                if at > cursor.at
                    && matches!(doubt, Doubt::No { .. })
                    && !is_a_question_s_word(cursor.word()) =>
            {
                said
            }
            _ => doubt,
        })
}

#[cfg(test)]
mod tests;
