//! `snapshots.delete`: removes one snapshot, by name, of each guest. There is no way back.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Observed,
    Result, Risk, Started, TaskRef, Verdict, WayBack, Wish, contract::StartError,
};
use pve::{TaskOutcome, TaskState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{SnapshotRow, snapshots_of};
use crate::{
    cluster_error::start_error,
    ctx::Ctx,
    guests::{
        GuestRef, before_with_traces, listing, look_at_all, new_traces, observe, refuse_locked,
        signals,
    },
};

const ASK_AT_ONCE: usize = 16;
const TASK_KINDS: [&str; 2] = ["qmdelsnapshot", "vzdelsnapshot"];

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Name of the snapshot.
    #[arg(long)]
    name: String,
}

/// The step: one guest, one snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    name: String,
}

pub(super) struct Delete;

impl Action for Delete {
    const NAME: &'static str = "snapshots.delete";
    const SUMMARY: &'static str = "Delete a snapshot of guests; this cannot be undone";
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "a deleted snapshot is gone with what only it held",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let rows = ctx.inventory.choose(&input.guests).await?;
        let looked = look_at_all(ctx, &rows).await?;
        refuse_locked(&looked)?;
        let searches: Vec<_> = looked
            .iter()
            .map(|looked| find(ctx, &looked.guest, &input.name))
            .collect();
        let snapshots: Vec<SnapshotRow> = stream::iter(searches)
            .buffered(ASK_AT_ONCE)
            .try_collect()
            .await?;
        let names: Vec<&str> = looked
            .iter()
            .map(|looked| looked.guest.name.as_str())
            .collect();
        let summary = format!("delete snapshot `{}` of {}", input.name, listing(&names));
        let steps = looked
            .iter()
            .zip(&snapshots)
            .map(|(looked, snapshot)| DraftStep {
                target: looked.guest.target(),
                title: format!(
                    "Delete snapshot {} of {} ({})",
                    input.name, looked.guest.name, looked.guest.vmid
                ),
                depends_on: Vec::new(),
                change: vec![Change {
                    field: format!("snapshot {}", input.name),
                    before: json!(
                        snapshot
                            .created_at
                            .map_or_else(|| "there".to_owned(), |at| format!("of {at}"))
                    ),
                    after: json!(null),
                }],
                interruption: None,
                observed: looked.observed.clone(),
                step: Step {
                    guest: looked.guest.clone(),
                    name: input.name.clone(),
                },
            })
            .collect();
        let preflight = looked
            .iter()
            .flat_map(|looked| signals(looked, false))
            .collect();
        Ok(Draft {
            summary,
            steps,
            preflight,
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observe(ctx, &step.guest).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        before_with_traces(ctx, &step.guest, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let Step { guest, name } = step.step();
        let client = guest.client(ctx).await.map_err(StartError::NotSent)?;
        let at = guest.at().map_err(StartError::NotSent)?;
        let upid = client
            .delete_snapshot(&at, name)
            .await
            .map_err(|error| start_error(&guest.cluster, &error))?;
        Ok(Started::Task(TaskRef {
            cluster: guest.cluster.clone(),
            id: upid.as_str().to_owned(),
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        let traces = new_traces(ctx, &step.guest, &TASK_KINDS, before).await?;
        let gone = !snapshots_of(ctx, &step.guest)
            .await?
            .into_iter()
            .any(|row| row.name == step.name);
        Ok(match traces.as_slice() {
            [(task, row)] => match &row.state {
                TaskState::Running => Found::Running(task.clone()),
                TaskState::Ended(outcome) if outcome.is_success() || gone => {
                    Found::Done(Some(task.clone()))
                }
                TaskState::Ended(TaskOutcome::Failed(text)) => Found::Failed {
                    task: Some(task.clone()),
                    text: text.clone(),
                },
                TaskState::Ended(outcome) => Found::Unknown(outcome.to_string()),
            },
            [] if gone => Found::Done(None),
            [] => Found::NotSent,
            several => Found::Unknown(format!(
                "{} new snapshot tasks run under our name on {}",
                several.len(),
                step.guest.subject()
            )),
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let rows = snapshots_of(ctx, &step.guest).await?;
        let (guest, name) = (&step.guest.name, &step.name);
        Ok(if rows.iter().any(|row| &row.name == name) {
            Verdict::not_as_promised(format!("{guest} still has snapshot {name}"))
        } else {
            Verdict::ok(format!("{guest} has no snapshot {name} any more"))
        })
    }

    /// The data is gone.
    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

async fn find(ctx: &Ctx, guest: &GuestRef, name: &str) -> Result<SnapshotRow> {
    let rows = snapshots_of(ctx, guest).await?;
    let known: Vec<String> = rows.iter().take(10).map(|row| row.name.clone()).collect();
    rows.into_iter()
        .find(|row| row.name == name)
        .ok_or_else(|| {
            Error::new(
                Code::NoMatch,
                format!("{} has no snapshot `{name}`", guest.subject()),
            )
            .hint(if known.is_empty() {
                "it has no snapshots at all".to_owned()
            } else {
                format!("it has {}", known.join(", "))
            })
        })
}
