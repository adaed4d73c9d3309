//! `runs.list`: runs, newest first.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ctx;
use crate::{
    actor::Call,
    contract::Query,
    error::Result,
    run::{Run, RunState, StepState},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// At most this many (default 50).
    #[arg(long)]
    limit: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct RunRow {
    id: String,
    plan_id: String,
    op: String,
    summary: String,
    state: RunState,
    created_by: String,
    approved_by: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    /// What the run touches: `cluster/node/vmid` for guests.
    targets: Vec<String>,
    steps_done: usize,
    steps: usize,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    runs: Vec<RunRow>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "runs.list";
    const SUMMARY: &'static str = "List runs, newest first";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let runs = ctx
            .ledger
            .runs(input.limit.unwrap_or(50).clamp(1, 500))
            .await?;
        Ok(Output {
            runs: runs.into_iter().map(row).collect(),
        })
    }
}

fn row(run: Run) -> RunRow {
    RunRow {
        steps_done: run
            .steps
            .iter()
            .filter(|step| step.state == StepState::Done)
            .count(),
        steps: run.steps.len(),
        targets: run.steps.iter().map(|step| step.target.clone()).collect(),
        id: run.id,
        plan_id: run.plan_id,
        op: run.op,
        summary: run.summary,
        state: run.state,
        created_by: run.created_by,
        approved_by: run.approved_by,
        started_at: run.started_at.map(|at| at.to_string()),
        finished_at: run.finished_at.map(|at| at.to_string()),
    }
}
