//! `runs.undo`: the way back from a run, as a plan like any other.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ctx, newest};
use crate::{
    actor::Call,
    contract::{Composed, Composite, Level, Signal, Wish},
    error::{Code, Error, Result},
    ports::StoredRun,
    risk::Risk,
    run::StepState,
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The run to take back, such as `r_…`, or `last` for your newest one.
    run: String,
}

pub(super) struct Undo;

impl Composite for Undo {
    const NAME: &'static str = "runs.undo";
    const SUMMARY: &'static str = "Take back what a run did, as far as there is a way back";
    const PHRASES: &'static [&'static str] = &[
        "undo [it|that|this] => run=last",
        "undo [the|my] last (run|change|action) => run=last",
        "(undo|take back) [the] run {run:word}",
        "take back [the|my] last (run|change|action) => run=last",
    ];
    const RISK: Risk = Risk::Destructive;
    type Ctx = Ctx;
    type Input = Input;

    async fn wishes(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Composed> {
        let stored = newest::run(ctx, call, &input.run).await?;
        if !stored.run.state.is_final() {
            return Err(Error::new(
                Code::Conflict,
                format!("run {} has not ended yet", stored.run.id),
            )
            .hint("wait for its end, or cancel it first"));
        }
        let wishes = way_back(&stored);
        if wishes.is_empty() {
            return Err(Error::new(
                Code::Conflict,
                match done(&stored).next() {
                    None => format!("run {} changed nothing", stored.run.id),
                    Some(_) => format!("nothing that run {} did can be taken back", stored.run.id),
                },
            )
            .hint("`runs.receipt` tells what each step did"));
        }
        let preflight = done(&stored)
            .filter(|(_, undo)| undo.is_none())
            .map(|(title, _)| Signal {
                signal: "no_way_back".to_owned(),
                level: Level::Warning,
                text: format!("`{title}` cannot be taken back and stays as it is"),
                target: None,
            })
            .collect();
        Ok(Composed {
            summary: format!("take back: {}", stored.run.summary),
            wishes,
            preflight,
            left_out: Vec::new(),
        })
    }
}

/// Titles of the steps that took effect, in their order, with their inverse.
fn done(stored: &StoredRun) -> impl Iterator<Item = (&str, Option<&Wish>)> {
    stored
        .run
        .steps
        .iter()
        .zip(&stored.memory)
        .filter(|(step, _)| step.state == StepState::Done)
        .map(|(step, memory)| (step.title.as_str(), memory.undo.as_ref()))
}

/// The inverses in reverse order. Neighbours that differ only in their guests become one wish, so that
/// five hundred guests are looked up once.
pub(crate) fn way_back(stored: &StoredRun) -> Vec<Wish> {
    let mut wishes: Vec<Wish> = Vec::new();
    let inverses: Vec<&Wish> = done(stored).filter_map(|(_, undo)| undo).collect();
    for wish in inverses.into_iter().rev() {
        let joined = match wishes.last() {
            Some(last) if last.op == wish.op => join(&last.input, &wish.input),
            Some(_) | None => None,
        };
        match (joined, wishes.last_mut()) {
            (Some(input), Some(last)) => last.input = input,
            (_, _) => wishes.push(wish.clone()),
        }
    }
    wishes
}

/// Two inputs as one, if they differ in `guests` alone.
fn join(one: &Value, other: &Value) -> Option<Value> {
    let (mut joined, mut other) = (one.as_object()?.clone(), other.as_object()?.clone());
    let (Some(Value::Array(mut guests)), Some(Value::Array(more))) =
        (joined.remove("guests"), other.remove("guests"))
    else {
        return None;
    };
    if joined != other {
        return None;
    }
    guests.extend(more);
    joined.insert("guests".to_owned(), Value::Array(guests));
    Some(Value::Object(joined))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wishes_that_differ_only_in_their_guests_become_one() {
        assert_eq!(
            join(
                &json!({ "guests": ["a"], "name": "x" }),
                &json!({ "guests": ["b", "c"], "name": "x" })
            ),
            Some(json!({ "guests": ["a", "b", "c"], "name": "x" }))
        );
        assert_eq!(
            join(
                &json!({ "guests": ["a"], "name": "x" }),
                &json!({ "guests": ["b"], "name": "y" })
            ),
            None
        );
        assert_eq!(join(&json!({ "vmid": 1 }), &json!({ "vmid": 2 })), None);
    }
}
