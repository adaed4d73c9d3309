//! `plans.rehearse`: carries a plan out on a twin of the cluster and keeps the outcome on the plan.
//!
//! A query: the live cluster is only read. What is kept is no part of the digest, so whoever consents still
//! consents to the steps and not to what was foretold of them.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ctx, newest};
use crate::{
    actor::{Call, Role},
    bus::BusEvent,
    contract::Query,
    error::{Code, Error, Result},
    plan::{Plan, PlanState},
    rehearsal::Rehearsed,
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The plan, such as `p_…`, or `last` for your newest one.
    plan: String,
}

pub(super) struct Rehearse;

impl Query for Rehearse {
    const NAME: &'static str = "plans.rehearse";
    const SUMMARY: &'static str =
        "Carry a plan out on a twin of the cluster and tell what would happen";
    const PHRASES: &'static [&'static str] = &[
        "rehearse [it|that|this|the plan|this plan|that plan|the last plan] => plan=last",
        "rehearse [the] plan {plan:word}",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Rehearsed;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Rehearsed> {
        if call.actor.role < Role::Operator {
            return Err(Error::forbidden(format!(
                "{} is {} and may not rehearse plans: it costs the cluster requests",
                call.actor.name,
                call.actor.role.as_str()
            ))
            .hint("ask an operator or an admin"));
        }
        let Some(rehearsal) = &ctx.rehearsal else {
            return Err(Error::new(
                Code::Conflict,
                "this installation has no twin to rehearse on",
            ));
        };
        let plan = open_plan(ctx, call, &input.plan).await?;
        let rehearsed = rehearsal.rehearse(&plan, &call.cancel).await?;
        let kept = ctx
            .ledger
            .keep_rehearsal(&plan.id, &json!(rehearsed), &call.actor)
            .await?;
        if kept {
            ctx.bus.emit(BusEvent {
                plan_id: Some(plan.id.clone()),
                thread: plan.thread.clone(),
                summary: Some(rehearsed.sentence()),
                state: Some(json!(rehearsed.outcome)),
                ..BusEvent::new("plan.rehearsed")
            });
        }
        Ok(rehearsed)
    }
}

/// Only what can still be approved is worth its requests.
async fn open_plan(ctx: &Ctx, call: &Call, id: &str) -> Result<Plan> {
    let plan = newest::plan(ctx, call, id).await?;
    let closed = |code, what: &str| Error::new(code, format!("plan {} {what}", plan.id));
    match plan.state {
        PlanState::Proposed if ctx.clock.now() >= plan.expires_at => {
            Err(closed(Code::PlanExpired, "has expired").hint("plan again"))
        }
        PlanState::Proposed => Ok(plan),
        PlanState::Approved => Err(closed(
            Code::PlanAlreadyApproved,
            "was approved: its run tells what happens",
        )),
        PlanState::Rejected => Err(closed(Code::PlanRejected, "was rejected").hint("plan again")),
        PlanState::Expired => Err(closed(Code::PlanExpired, "has expired").hint("plan again")),
    }
}
