//! `schedules.delete`: takes a schedule out of the calendar. Runs it began go on.

use std::sync::Arc;

use ops::{
    Call, Error, Result, Risk, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    find,
    model::{Schedule, What},
    version,
};
use crate::{
    ctx::Ctx,
    own_row::{Planned, RowChange, maybe_changed},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The schedule: its name or id.
    schedule: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    name: String,
    version: i64,
    was: Schedule,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    name: String,
    deleted: bool,
}

pub(super) struct Delete;

impl RowChange for Delete {
    const NAME: &'static str = "schedules.delete";
    const SUMMARY: &'static str = "Take a schedule out of the calendar";
    const PHRASES: &'static [&'static str] =
        &["(delete|remove|cancel) [the] schedule {schedule:word}"];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::InPart {
        op: "schedules.create",
        lost: "the new one has no history",
    };
    const NOUN: &'static str = "schedule";
    const PROMISE: (&'static str, &'static str) = ("is gone", "is still there");
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Planned<Step>> {
        let row = find(ctx, &input.schedule).await?;
        Ok(Planned {
            title: format!("Delete the schedule {}", row.name),
            change: Vec::new(),
            step: Step {
                was: Schedule::of(&row)?,
                id: row.id,
                name: row.name,
                version: row.version,
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
            .schedules
            .delete(&step.id, step.version)
            .await
            .map_err(maybe_changed)?;
        Ok(deleted.then(|| Output {
            name: step.name.clone(),
            deleted,
        }))
    }

    async fn is_so(ctx: &Arc<Ctx>, step: &Step) -> Result<bool> {
        let row = ctx.schedules.find(&step.id).await.map_err(Error::from)?;
        Ok(row.is_none())
    }

    fn undo(step: &Step) -> Option<Wish> {
        let was = &step.was;
        let mut input = json!({
            "name": step.name, "calendar": was.calendar, "time_zone": was.time_zone,
            "missed": was.missed, "jitter_s": was.jitter_s, "windows": was.windows, "note": was.note,
        });
        let more = match &was.what {
            What::Operation { op, input } => json!({ "op": op, "input": input }),
            What::Runbook { name, parameters } => {
                json!({ "runbook": name, "parameters": parameters })
            }
        };
        if let (Some(input), Some(more)) = (input.as_object_mut(), more.as_object()) {
            input.extend(more.clone());
        }
        Some(Wish {
            op: super::create::Create::NAME.to_owned(),
            input,
        })
    }
}
