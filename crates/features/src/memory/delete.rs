//! `memory.delete`: deletes a fact for good. Nothing of its wording is left in the product's data.

use std::sync::Arc;

use ops::{
    Call, Error, Result, Risk, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{find_to_change, model::called};
use crate::{
    ctx::Ctx,
    own_row::{Planned, RowChange, maybe_changed},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The fact, such as `f_…`.
    fact: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    fact: String,
    deleted: bool,
}

pub(super) struct Delete;

impl RowChange for Delete {
    const NAME: &'static str = "memory.delete";
    const SUMMARY: &'static str = "Delete a kept fact for good; this cannot be undone";
    const PHRASES: &'static [&'static str] = &["forget [the] [fact] {fact:word}"];
    // Whoever kept it may delete it: an operator consents to this much.
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "it is deleted for good, which is the point of it",
    };
    const NOUN: &'static str = "fact";
    const PROMISE: (&'static str, &'static str) = ("is gone", "is still there");
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Planned<Step>> {
        let row = find_to_change(ctx, call, &input.fact).await?;
        Ok(Planned {
            title: format!("Delete for good {}", called(&row)),
            change: Vec::new(),
            step: Step { id: row.id },
        })
    }

    fn name(step: &Step) -> &str {
        &step.id
    }

    fn said(_step: &Step) -> String {
        "fact".to_owned()
    }

    async fn version(ctx: &Arc<Ctx>, step: &Step) -> Result<Value> {
        let row = ctx.memory.find(&step.id).await.map_err(Error::from)?;
        Ok(json!(row.map(|row| row.digest)))
    }

    async fn change(ctx: &Arc<Ctx>, step: &Step, _by: &str) -> Result<Option<Output>, StartError> {
        let deleted = ctx.memory.delete(&step.id).await.map_err(maybe_changed)?;
        Ok(deleted.then(|| Output {
            fact: step.id.clone(),
            deleted,
        }))
    }

    async fn is_so(ctx: &Arc<Ctx>, step: &Step) -> Result<bool> {
        let row = ctx.memory.find(&step.id).await.map_err(Error::from)?;
        Ok(row.is_none())
    }

    fn undo(_step: &Step) -> Option<Wish> {
        None
    }
}
