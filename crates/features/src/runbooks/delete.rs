//! `runbooks.delete`: takes a runbook away; its text is kept in the way back.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, DraftStep, Error, Found, Observed, Result,
    Risk, Scope, Started, Target, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{find, observed};
use crate::ctx::Ctx;

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

impl Action for Delete {
    const NAME: &'static str = "runbooks.delete";
    const SUMMARY: &'static str = "Delete a runbook; schedules that use it fail from then on";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "runbooks.create",
        note: "",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let row = find(ctx, &input.name).await?;
        let title = format!("Delete the runbook {}", row.name);
        Ok(Draft {
            left_out: Vec::new(),
            summary: title.clone(),
            steps: vec![DraftStep {
                target: Target {
                    reference: format!("runbook:{}", row.name),
                    name: row.name.clone(),
                    node: None,
                    storage: None,
                },
                title,
                depends_on: Vec::new(),
                change: Vec::new(),
                interruption: None,
                observed: observed(ctx, &row.name).await?,
                step: Step {
                    name: row.name,
                    digest: row.digest,
                    source: row.source,
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
            .runbooks
            .delete(&step.name, &step.digest)
            .await
            .map_err(|error| StartError::MaybeSent(error.into()))?;
        if !deleted {
            return Err(StartError::Refused(Error::new(
                Code::Conflict,
                format!("the runbook `{}` was changed meanwhile", step.name),
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
            Verdict::ok(format!("the runbook {} is gone", step.name))
        } else {
            Verdict::not_as_promised(format!("the runbook {} is still there", step.name))
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: super::create::Create::NAME.to_owned(),
            input: json!({ "source": step.source }),
        })
    }
}

async fn is_gone(ctx: &Ctx, step: &Step) -> Result<bool> {
    let there = ctx.runbooks.find(&step.name).await.map_err(Error::from)?;
    Ok(there.is_none())
}
