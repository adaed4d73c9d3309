//! One turn: a person says something, the assistant answers, plans, asks back or says that it cannot.

use std::time::Instant;

use ops::{Actor, Code, Error, Kept, Plan, Result, Wish};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    answer,
    assistant::Assistant,
    call::candidates,
    citations::Citation,
    events::Events,
    interpret::{self, Answer, Focus, Interpretation},
    prompt, remembered,
};

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Information; nothing changed.
    Answer,
    /// A plan waits for a person.
    Plan,
    /// Asked back; nothing changed.
    Clarify,
    /// Not understood, or will not do it.
    Refuse,
    /// It went wrong; says why.
    Error,
}

/// Whose words an answer is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// The product's own: rows, plans, questions back, refusals.
    Product,
    /// The documentation's, to the letter.
    Documentation,
    /// A model's; of what it says about the documentation, only what rests on passages is left.
    Model,
}

/// A tool that was called in the turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolUse {
    pub op: String,
    pub input: Value,
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One way to answer a question that was asked back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceRow {
    pub label: String,
    /// What choosing says.
    pub text: String,
}

/// What came of a turn.
#[derive(Clone, Debug)]
pub struct TurnResult {
    pub text: String,
    pub outcome: Outcome,
    pub plan: Option<Plan>,
    pub choices: Vec<ChoiceRow>,
    pub tools: Vec<ToolUse>,
    /// What the answer rests on, in the order of the numbers in its text.
    pub citations: Vec<Citation>,
    pub answered_by: AnsweredBy,
    /// What went wrong, when an operation did.
    pub error: Option<Code>,
    /// `none` when the built-in interpreter answered.
    pub model: String,
    pub ms: u64,
}

/// A turn while it runs.
pub(crate) struct Turn<'a> {
    pub(crate) assistant: &'a Assistant,
    pub(crate) actor: &'a Actor,
    /// Nothing for a question that nobody keeps (`ask` without a thread).
    pub(crate) thread: Option<&'a str>,
    pub(crate) id: String,
    pub(crate) cancel: CancellationToken,
    pub(crate) tools: Vec<ToolUse>,
    /// The model that took part.
    pub(crate) model: Option<String>,
    /// What the last query of a model brought, and which query.
    pub(crate) last_answer: Option<(&'static str, Value)>,
    /// What a model was shown of sources, in the order of the numbers it may cite.
    pub(crate) passages: Vec<Citation>,
    /// What is kept about what the turn is about, for its end.
    pub(crate) kept: Kept,
    /// The text asks for what stands in a documentation.
    pub(crate) asks_documentation: bool,
}

/// What the turn says at its end.
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) outcome: Outcome,
    pub(crate) plan: Option<Plan>,
    pub(crate) choices: Vec<ChoiceRow>,
    pub(crate) citations: Vec<Citation>,
    pub(crate) answered_by: AnsweredBy,
    pub(crate) error: Option<Code>,
    /// The text went out piece by piece already.
    pub(crate) streamed: bool,
}

impl Said {
    pub(crate) fn new(outcome: Outcome, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            outcome,
            plan: None,
            choices: Vec::new(),
            citations: Vec::new(),
            answered_by: AnsweredBy::Product,
            error: None,
            streamed: false,
        }
    }
}

impl Turn<'_> {
    /// Runs the turn to its end. Errors of operations become answers; only a failing store is an error.
    pub(crate) async fn run(mut self, text: &str) -> Result<TurnResult> {
        let begun = Instant::now();
        let mut opening = self.events().message("user", text);
        opening.push(self.events().started());
        self.emit(opening).await?;
        let said = match self.answer(text).await {
            Ok(said) => said,
            Err(error) => Said {
                error: Some(error.code),
                ..Said::new(Outcome::Error, sentence(&error))
            },
        };
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut result = TurnResult {
            model: self.model.clone().unwrap_or_else(|| "none".to_owned()),
            tools: std::mem::take(&mut self.tools),
            text: said.text,
            outcome: said.outcome,
            plan: said.plan,
            choices: said.choices,
            citations: said.citations,
            answered_by: said.answered_by,
            error: said.error,
            ms,
        };
        let mut closing = Vec::new();
        if !said.streamed && !result.text.is_empty() {
            closing.extend(self.events().message("assistant", &result.text));
        }
        if let Some(kept) = answer::kept(&self.kept) {
            let message = self
                .events()
                .message_of(remembered::MESSAGE, "assistant", &kept);
            closing.extend(message);
            result.text = if result.text.is_empty() {
                kept
            } else {
                format!("{}\n\n{kept}", result.text.trim_end())
            };
        }
        if !result.choices.is_empty() {
            let value = json!({ "question": result.text, "options": result.choices });
            closing.push(self.events().custom("choices", &value));
        }
        if !result.citations.is_empty() {
            let value = json!({ "citations": result.citations });
            closing.push(self.events().custom("citations", &value));
        }
        closing.push(self.events().finished(&json!({
            "text": result.text, "outcome": result.outcome,
            "plan_id": result.plan.as_ref().map(|plan| &plan.id),
            "model": result.model, "ms": result.ms,
        })));
        self.emit(closing).await?;
        Ok(result)
    }

    async fn answer(&mut self, text: &str) -> Result<Said> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Said::new(
                Outcome::Clarify,
                "Say what you want to know or do.",
            ));
        }
        let call = self.call();
        let vocabulary = match self.assistant.vocabulary(&call).await {
            Ok(vocabulary) => vocabulary,
            // Without a cluster a model may still answer questions; orders cannot be understood.
            Err(error) if self.assistant.has_model() => {
                return self.ask_model(text, &sentence(&error)).await;
            }
            // What was read can be asked without any cluster.
            Err(error) => {
                let asked = self.ask_documentation(text).await?;
                return asked.flatten().ok_or(error);
            }
        };
        let focus = self.assistant.focus(self.thread);
        match interpret::interpret(text, &vocabulary, &focus) {
            Interpretation::Act(wishes) => {
                let wishes: Vec<Wish> = wishes
                    .into_iter()
                    .map(|wish| Wish {
                        op: wish.op.to_owned(),
                        input: wish.input,
                    })
                    .collect();
                match self.propose(wishes).await {
                    Ok(plan) => {
                        self.remember_plan(&plan);
                        self.recall_plan(&plan.id).await;
                        Ok(Said {
                            plan: Some(plan.clone()),
                            ..Said::new(Outcome::Plan, answer::plan(&plan))
                        })
                    }
                    Err(error) => Ok(ask_which(text, &error, &vocabulary, &focus)),
                }
            }
            Interpretation::Ask(question) => {
                let input = answer::narrowed(&question);
                let rows = match self.query(question.op, input).await {
                    Ok(rows) => rows,
                    Err(error) => return Ok(ask_which(text, &error, &vocabulary, &focus)),
                };
                if question.answer == Answer::Forget {
                    let (text, choices) = answer::forget(&rows);
                    let outcome = if choices.is_empty() {
                        Outcome::Answer
                    } else {
                        Outcome::Clarify
                    };
                    let choices = choices
                        .into_iter()
                        .map(|(label, text)| ChoiceRow { label, text })
                        .collect();
                    return Ok(Said {
                        choices,
                        ..Said::new(outcome, text)
                    });
                }
                if question.answer == Answer::Restrictions {
                    let policy = self.query("policy.show", json!({})).await?;
                    let told = answer::restrictions(&rows, &policy);
                    return Ok(Said::new(Outcome::Answer, told));
                }
                self.remember_rows(&rows);
                let now = self.assistant.registry.clock().now();
                let told = answer::question(&question, &rows, now);
                // One guest is asked about: what is kept of it belongs to the answer.
                if question.op == "guests.show" {
                    self.recall_question(text).await;
                }
                Ok(Said::new(Outcome::Answer, told))
            }
            Interpretation::Clarify { question, options } => Ok(Said {
                choices: options
                    .into_iter()
                    .map(|choice| ChoiceRow {
                        label: choice.label,
                        text: choice.text,
                    })
                    .collect(),
                ..Said::new(Outcome::Clarify, question)
            }),
            Interpretation::NotUnderstood { why, nearest } => {
                let fallback = answer::not_understood(&why, &nearest);
                if self.assistant.has_model() {
                    return self.ask_model(text, &fallback).await;
                }
                match self.ask_documentation(text).await? {
                    Some(Some(said)) => Ok(said),
                    Some(None) => Ok(Said::new(Outcome::Refuse, answer::not_documented(&why))),
                    None => Ok(Said::new(Outcome::Refuse, fallback)),
                }
            }
        }
    }

    /// What "it" and "them" mean next.
    pub(crate) fn remember_plan(&self, plan: &Plan) {
        let mut guests: Vec<String> = plan.steps.iter().map(|step| step.target.clone()).collect();
        guests.dedup();
        self.assistant.remember(self.thread, guests);
    }

    fn remember_rows(&self, rows: &Value) {
        let one = rows.get("guest").into_iter();
        let many = rows
            .get("guests")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let guests: Vec<String> = one
            .chain(many)
            .take(prompt::FOCUS_GUESTS + 1)
            .filter_map(|guest| {
                let field = |name: &str| guest.get(name).and_then(Value::as_str);
                Some(format!(
                    "{}/{}/{}",
                    field("cluster")?,
                    field("node")?,
                    guest.get("vmid")?
                ))
            })
            .collect();
        // A list of everything is not something that "them" can mean.
        if (1..=prompt::FOCUS_GUESTS).contains(&guests.len()) {
            self.assistant.remember(self.thread, guests);
        }
    }

    pub(crate) fn events(&self) -> Events<'_> {
        Events {
            clock: self.assistant.registry.clock().as_ref(),
            thread: self.thread.unwrap_or_default(),
            turn: &self.id,
        }
    }

    /// Stores events, so that they are seen and replayed.
    pub(crate) async fn emit(&self, events: Vec<Value>) -> Result<()> {
        if let Some(thread) = self.thread {
            self.assistant.transcript.append(thread, &events).await?;
        }
        Ok(())
    }
}

/// An error of an operation as an answer; two guests of one name become a question.
fn ask_which(text: &str, error: &Error, vocabulary: &interpret::Vocabulary, focus: &Focus) -> Said {
    let candidates = candidates(error);
    if candidates.is_empty() {
        let outcome = match error.code {
            Code::NoMatch | Code::Conflict | Code::Forbidden | Code::InvalidInput => {
                Outcome::Refuse
            }
            _ => Outcome::Error,
        };
        return Said {
            error: Some(error.code),
            ..Said::new(outcome, sentence(error))
        };
    }
    // The ambiguous word stands in backquotes at the start of the message.
    let name = error.message.split('`').nth(1).unwrap_or_default();
    let choices = interpret::choices_for(text, name, &candidates, vocabulary, focus);
    Said {
        choices: choices
            .into_iter()
            .map(|choice| ChoiceRow {
                label: choice.label,
                text: choice.text,
            })
            .collect(),
        ..Said::new(
            Outcome::Clarify,
            format!(
                "Several guests are called `{name}`: {}. Which one do you mean?",
                candidates.join(", ")
            ),
        )
    }
}

/// An error as a sentence that begins and ends like one. A name at its beginning stays as it is.
pub(crate) fn sentence(error: &Error) -> String {
    let text = error.sentence();
    let mut words = text.split(' ');
    let first = words.next().unwrap_or_default();
    let is_a_name = !first.chars().all(char::is_alphabetic)
        || words.next().is_some_and(|second| second.starts_with('('));
    let begun = if is_a_name {
        text
    } else {
        let mut characters = text.chars();
        characters
            .next()
            .map(|first| first.to_uppercase().chain(characters).collect())
            .unwrap_or_default()
    };
    if begun.ends_with(['.', '?', '!']) {
        begun
    } else {
        format!("{begun}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_sentences_and_names_keep_their_case() {
        let said = |text: &str| sentence(&Error::not_found(text));
        assert_eq!(said("there is no plan `x`"), "There is no plan `x`.");
        assert_eq!(
            said("db-01 (main/n1/103) is locked"),
            "db-01 (main/n1/103) is locked."
        );
        assert_eq!(
            said("gitlab (main/n1/106) is locked"),
            "gitlab (main/n1/106) is locked."
        );
    }
}
