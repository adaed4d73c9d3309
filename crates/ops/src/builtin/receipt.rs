//! `runs.receipt`: what a run did, who consented, how it was before, and the way back.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Ctx,
    beside_chain::{self, RowDifference},
    newest, undo,
};
use crate::{
    actor::{Call, Role, Surface},
    audit::AuditRecord,
    contract::{Change, Query, Verdict, Wish},
    error::{Error, Result},
    left_out::LeftOut,
    run::{RunState, StepState},
};

/// Records of one run shown with its receipt; `audit.list` has the rest.
const RECORDS: usize = 1_000;
/// Differences that are told.
const DIFFERENCES: usize = 100;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The run, such as `r_…`, or `last` for your newest one.
    run: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct ReceiptStep {
    id: String,
    op: String,
    title: String,
    target: String,
    state: StepState,
    change: Vec<Change>,
    /// The world right before the step, as far as undo and verification rest on it.
    before: Option<Value>,
    upid: Option<String>,
    error: Option<String>,
    verify: Option<Verdict>,
    /// What takes the step back; nothing where there is no way back, or nothing happened.
    undo: Option<Wish>,
    started_at: Option<String>,
    finished_at: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    run: String,
    plan: String,
    digest: String,
    op: String,
    summary: String,
    state: RunState,
    created_by: String,
    approved_by: String,
    approved_on: Surface,
    approved_as: Role,
    approved_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    steps: Vec<ReceiptStep>,
    /// Targets that were wished for and got no step, each with its reason.
    left_out: Vec<LeftOut>,
    /// In the order in which they would be carried out; `runs.undo` makes a plan of them.
    undo: Vec<Wish>,
    /// What of the above is not as the audit chain says: the rows were edited, or records are gone.
    differs: Vec<RowDifference>,
    /// The same as one sentence; nothing where the rows and the chain agree.
    warning: Option<String>,
    /// The records of the plan and of the run in the audit chain.
    records: Vec<AuditRecord>,
}

pub(super) struct Receipt;

impl Query for Receipt {
    const NAME: &'static str = "runs.receipt";
    const SUMMARY: &'static str = "Show what a run did, who consented, and the way back";
    const PHRASES: &'static [&'static str] = &[
        "[show|show me] the receipt of the last run => run=last",
        "[show|show me] the receipt of [the] run {run:word}",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Output> {
        let id = newest::run(ctx, call, &input.run).await?.run.id;
        let compared = beside_chain::run(ctx, &id)
            .await?
            .ok_or_else(|| Error::not_found(format!("there is no run `{id}`")))?;
        let stored = compared.run;
        let plan =
            ctx.ledger.plan(&stored.run.plan_id).await?.ok_or_else(|| {
                Error::internal(format!("the plan of run {} is gone", stored.run.id))
            })?;
        let way_back = undo::way_back(&stored);
        let mut differs = compared.differences;
        let of_plan: Vec<AuditRecord> = compared
            .records
            .iter()
            .filter(|record| record.subject == plan.id)
            .cloned()
            .collect();
        for difference in beside_chain::of_plan(&plan, &of_plan) {
            if !differs.contains(&difference) {
                differs.push(difference);
            }
        }
        differs.truncate(DIFFERENCES);
        let mut records = compared.records;
        records.truncate(RECORDS);
        let steps = stored
            .run
            .steps
            .iter()
            .zip(&stored.memory)
            .map(|(step, memory)| ReceiptStep {
                id: step.id.clone(),
                op: step.op.clone(),
                title: step.title.clone(),
                target: step.target.clone(),
                state: step.state,
                change: plan
                    .step(&step.id)
                    .map(|planned| planned.change.clone())
                    .unwrap_or_default(),
                before: memory
                    .before
                    .as_ref()
                    .map(|before| serde_json::json!(before)),
                upid: step.upid.clone(),
                error: step.error.clone(),
                verify: step.verify.clone(),
                undo: memory
                    .undo
                    .clone()
                    .filter(|_| step.state == StepState::Done),
                started_at: step.started_at.map(|at| at.to_string()),
                finished_at: step.finished_at.map(|at| at.to_string()),
            })
            .collect();
        Ok(Output {
            digest: stored.approval.digest,
            approved_on: stored.approval.by.surface,
            approved_as: stored.approval.by.role,
            approved_at: stored.approval.at.to_string(),
            op: stored.run.op,
            summary: stored.run.summary,
            state: stored.run.state,
            created_by: stored.run.created_by,
            approved_by: stored.run.approved_by,
            started_at: stored.run.started_at.map(|at| at.to_string()),
            finished_at: stored.run.finished_at.map(|at| at.to_string()),
            plan: stored.run.plan_id,
            run: stored.run.id,
            steps,
            left_out: plan.left_out,
            undo: way_back,
            warning: warning(&differs),
            differs,
            records,
        })
    }
}

fn warning(differs: &[RowDifference]) -> Option<String> {
    beside_chain::sentence(differs)
        .map(|told| format!("this receipt is not as the audit chain says: {told}"))
}
