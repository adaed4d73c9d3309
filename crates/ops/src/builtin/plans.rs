//! `plans.list`: plans, newest first. `plans.show`: one of them.

use std::sync::Arc;

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
        let plans = ctx.ledger.plans(input.state, limit).await?;
        Ok(Output {
            plans: plans.iter().map(Plan::to_view).collect(),
        })
    }
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
        let mut plan = newest::plan(ctx, call, &input.plan).await?;
        // Its row says so as soon as somebody wants to approve it.
        if plan.state == PlanState::Proposed && ctx.clock.now() >= plan.expires_at {
            plan.state = PlanState::Expired;
        }
        Ok(Shown {
            plan: plan.to_view(),
        })
    }
}
