//! `plans.list`: plans, newest first.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Ctx;
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
