//! `snapshots.set_policy`: makes or changes a snapshot policy.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, Error, Found, Observed, Result, Risk, Scope,
    Started, Verdict, WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    policy::{Policies, Policy},
    policy_step::{self, Step},
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the policy.
    name: String,
    /// Guests: ids, names or selectors such as `tag=web`; looked up anew each time.
    #[arg(long, required = true)]
    guests: Vec<String>,
    /// When: a calendar event of PVE, such as `mon..fri 02:30`.
    #[arg(long)]
    schedule: String,
    /// So many snapshots of this policy stay for each guest.
    #[arg(long)]
    keep: u32,
    /// How the names of its snapshots begin; `auto-NAME-` without.
    #[arg(long)]
    prefix: Option<String>,
    /// Keep the memory of running virtual machines too.
    #[arg(long)]
    #[serde(default)]
    memory: bool,
    /// Refuse running virtual machines whose file systems cannot be frozen by their agent.
    #[arg(long)]
    #[serde(default)]
    quiesce: bool,
}

pub(super) struct SetPolicy;

impl Action for SetPolicy {
    const NAME: &'static str = "snapshots.set_policy";
    const SUMMARY: &'static str = "Make or change a snapshot policy";
    const PHRASES: &'static [&'static str] = &[
        "{schedule:calendar} (snapshot|take a snapshot of|take snapshots of) {guests:guests} (keep|and keep|keeping) [the last] {keep:number} [of them] => name=@said",
        "(snapshot|take a snapshot of|take snapshots of) {guests:guests} {schedule:calendar} (keep|and keep|keeping) [the last] {keep:number} [of them] => name=@said",
        "+ (called|named|as policy) {name:word}",
        "+ with memory => memory=true",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "snapshots.set_policy",
        note: "a new one is ended by `snapshots.delete_policy`",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let policies = Policies::read(ctx).await?;
        let policy = Policy {
            prefix: input
                .prefix
                .unwrap_or_else(|| Policy::prefix_of(&input.name)),
            name: input.name,
            guests: input.guests,
            schedule: input.schedule,
            keep: input.keep,
            memory: input.memory,
            quiesce: input.quiesce,
        };
        policy.check(&policies)?;
        let present = policies.0.get(&policy.name);
        if present == Some(&policy) {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "nothing to do: snapshot policy `{}` is so already",
                    policy.name
                ),
            ));
        }
        let verb = if present.is_some() { "change" } else { "make" };
        let step = Step {
            name: policy.name.clone(),
            policy: Some(policy),
        };
        let summary = format!("{verb} snapshot policy {}", step.name);
        Ok(Draft {
            left_out: Vec::new(),
            steps: vec![policy_step::draft(summary.clone(), step, present)],
            summary,
            preflight: Vec::new(),
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

    fn undo(step: &Step, before: &BeforeState) -> Option<Wish> {
        Some(match policy_step::earlier(before) {
            Some(policy) => Wish {
                op: "snapshots.set_policy".to_owned(),
                input: json!(policy),
            },
            None => Wish {
                op: "snapshots.delete_policy".to_owned(),
                input: json!({ "name": step.name }),
            },
        })
    }
}
