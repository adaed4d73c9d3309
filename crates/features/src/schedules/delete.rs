//! `schedules.delete`: takes a schedule out of the calendar. Runs it began go on.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, DraftStep, Error, Found, Observed, Result,
    Risk, Scope, Started, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    find,
    model::{Schedule, What},
    observed, target,
};
use crate::ctx::Ctx;

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

impl Action for Delete {
    const NAME: &'static str = "schedules.delete";
    const SUMMARY: &'static str = "Take a schedule out of the calendar";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "schedules.create",
        note: "the new one has no history",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let row = find(ctx, &input.schedule).await?;
        let title = format!("Delete the schedule {}", row.name);
        Ok(Draft {
            left_out: Vec::new(),
            summary: title.clone(),
            steps: vec![DraftStep {
                target: target(&row.name),
                title,
                depends_on: Vec::new(),
                change: Vec::new(),
                interruption: None,
                observed: observed(ctx, &row.name).await?,
                step: Step {
                    was: Schedule::of(&row)?,
                    id: row.id,
                    name: row.name,
                    version: row.version,
                },
            }],
            preflight: Vec::new(),
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observed(ctx, &step.name).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<Output>, StartError> {
        let step = step.step();
        let deleted = ctx
            .schedules
            .delete(&step.id, step.version)
            .await
            .map_err(|error| StartError::MaybeSent(error.into()))?;
        if !deleted {
            return Err(StartError::Refused(Error::new(
                Code::Conflict,
                format!("the schedule `{}` was changed meanwhile", step.name),
            )));
        }
        Ok(Started::Done(Output {
            name: step.name.clone(),
            deleted,
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if is_gone(ctx, step).await? {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(if is_gone(ctx, step).await? {
            Verdict::ok(format!("the schedule {} is gone", step.name))
        } else {
            Verdict::not_as_promised(format!("the schedule {} is still there", step.name))
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
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

async fn is_gone(ctx: &Ctx, step: &Step) -> Result<bool> {
    let row = ctx.schedules.find(&step.id).await.map_err(Error::from)?;
    Ok(row.is_none())
}
