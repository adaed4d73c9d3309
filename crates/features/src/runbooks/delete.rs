//! `runbooks.delete`: takes a runbook away; its text is kept in the way back.

use std::sync::Arc;

use ops::{
    Call, Error, Result, Risk, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{find, version};
use crate::{
    ctx::Ctx,
    own_row::{Planned, RowChange, maybe_changed},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The runbook.
    name: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    name: String,
    digest: String,
    source: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    name: String,
    deleted: bool,
}

pub(super) struct Delete;

impl RowChange for Delete {
    const NAME: &'static str = "runbooks.delete";
    const SUMMARY: &'static str = "Delete a runbook; schedules that use it fail from then on";
    const PHRASES: &'static [&'static str] = &["(delete|remove) [the] runbook {name:word}"];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "runbooks.create",
        note: "",
    };
    const NOUN: &'static str = "runbook";
    const PROMISE: (&'static str, &'static str) = ("is gone", "is still there");
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Planned<Step>> {
        let row = find(ctx, &input.name).await?;
        Ok(Planned {
            title: format!("Delete the runbook {}", row.name),
            change: Vec::new(),
            step: Step {
                name: row.name,
                digest: row.digest,
                source: row.source,
            },
        })
    }

    fn name(step: &Step) -> &str {
        &step.name
    }

    async fn version(ctx: &Arc<Ctx>, step: &Step) -> Result<Value> {
        version(ctx, &step.name).await
    }

    async fn change(ctx: &Arc<Ctx>, step: &Step, _by: &str) -> Result<Option<Output>, StartError> {
        let deleted = ctx
            .runbooks
            .delete(&step.name, &step.digest)
            .await
            .map_err(maybe_changed)?;
        Ok(deleted.then(|| Output {
            name: step.name.clone(),
            deleted,
        }))
    }

    async fn is_so(ctx: &Arc<Ctx>, step: &Step) -> Result<bool> {
        let there = ctx.runbooks.find(&step.name).await.map_err(Error::from)?;
        Ok(there.is_none())
    }

    fn undo(step: &Step) -> Option<Wish> {
        Some(Wish {
            op: super::create::Create::NAME.to_owned(),
            input: json!({ "source": step.source }),
        })
    }
}
