//! `snapshots.delete_policy`: ends a snapshot policy. The snapshots that it made stay.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Found, Level, Observed, Result, Risk, Scope,
    Signal, Started, Verdict, WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    policy::Policies,
    policy_step::{self, Step},
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the policy.
    name: String,
}

pub(super) struct DeletePolicy;

impl Action for DeletePolicy {
    const NAME: &'static str = "snapshots.delete_policy";
    const SUMMARY: &'static str = "End a snapshot policy; the snapshots that it made stay";
    const PHRASES: &'static [&'static str] =
        &["(delete|remove|end) [the] snapshot policy {name:word}"];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "snapshots.set_policy",
        note: "",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let policies = Policies::read(ctx).await?;
        let present = policies.find(&input.name)?;
        let summary = format!("end snapshot policy {}", input.name);
        let step = Step {
            name: input.name,
            policy: None,
        };
        Ok(Draft {
            left_out: Vec::new(),
            steps: vec![policy_step::draft(summary.clone(), step, Some(present))],
            summary,
            preflight: vec![Signal {
                signal: "snapshots_stay".to_owned(),
                level: Level::Info,
                text: format!(
                    "snapshots `{}…` stay, and nothing prunes them any more",
                    present.prefix
                ),
                target: None,
            }],
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        policy_step::observe(ctx, step).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        policy_step::start(ctx, step.step()).await
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        policy_step::recover(ctx, step).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        policy_step::verify(ctx, step).await
    }

    fn undo(_step: &Step, before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: "snapshots.set_policy".to_owned(),
            input: json!(policy_step::earlier(before)?),
        })
    }
}
