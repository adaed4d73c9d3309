//! `plans.list`: plans, newest first. `plans.show`: one of them.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ctx, newest};
use crate::{
    actor::Call,
    contract::Query,
    error::Result,
    plan::{Plan, PlanState, PlanView},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Only plans in this state: proposed, approved, rejected or expired.
    #[arg(long, value_parser = parse_state)]
    state: Option<PlanState>,
    /// At most this many (default 50).
    #[arg(long)]
    limit: Option<u32>,
}

fn parse_state(text: &str) -> Result<PlanState, String> {
    serde_json::from_value(Value::from(text))
        .map_err(|_| "expected proposed, approved, rejected or expired".to_owned())
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    #[schemars(with = "Vec<PlanView>")]
    plans: Vec<Value>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "plans.list";
    const SUMMARY: &'static str = "List plans, newest first";
    const PHRASES: &'static [&'static str] = &["[list|show|show me] [the|my|all|all the] plans"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let limit = input.limit.unwrap_or(50).clamp(1, 500);
        let mut plans = ctx.ledger.plans(input.state, limit).await?;
        if input.state == Some(PlanState::Expired) {
            plans.extend(ctx.ledger.plans(Some(PlanState::Proposed), limit).await?);
            plans.sort_by_key(|plan| std::cmp::Reverse(plan.created_at));
        }
        let now = ctx.clock.now();
        let plans = plans.into_iter().map(|plan| as_of(now, plan));
        let wanted = plans.filter(|plan| input.state.is_none_or(|state| plan.state == state));
        Ok(Output {
            plans: wanted
                .take(usize::try_from(limit).unwrap_or(usize::MAX))
                .map(|plan| plan.to_view())
                .collect(),
        })
    }
}

/// A plan whose time is over: its row says so as soon as somebody wants to approve it.
fn as_of(now: Timestamp, mut plan: Plan) -> Plan {
    if plan.state == PlanState::Proposed && now >= plan.expires_at {
        plan.state = PlanState::Expired;
    }
    plan
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    /// The plan, such as `p_…`, or `last` for your newest one.
    plan: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Shown {
    #[schemars(with = "PlanView")]
    plan: Value,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "plans.show";
    const SUMMARY: &'static str = "Show a plan and what a rehearsal foretold of it";
    const PHRASES: &'static [&'static str] = &[
        "show [me] [the] plan {plan:word}",
        "show [me] the last plan => plan=last",
    ];
    type Ctx = Ctx;
    type Input = One;
    type Output = Shown;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: One) -> Result<Shown> {
        let plan = newest::plan(ctx, call, &input.plan).await?;
        Ok(Shown {
            plan: as_of(ctx.clock.now(), plan).to_view(),
        })
    }
}
