//! Removing one snapshot of one guest: what deleting and pruning share.

use ops::{
    BeforeState, Change, DraftStep, Found, Result, Started, TaskRef, Verdict, contract::StartError,
};
use pve::{TaskOutcome, TaskState};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{SnapshotRow, snapshots_of};
use crate::{
    cluster_error::start_error,
    ctx::Ctx,
    guests::{GuestRef, Looked, new_traces},
};

const TASK_KINDS: [&str; 2] = ["qmdelsnapshot", "vzdelsnapshot"];

/// The step: one guest, one snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) guest: GuestRef,
    pub(super) name: String,
}

pub(super) fn draft(looked: &Looked, snapshot: &SnapshotRow) -> DraftStep<Step> {
    DraftStep {
        target: looked.guest.target(),
        title: format!(
            "Delete snapshot {} of {} ({})",
            snapshot.name, looked.guest.name, looked.guest.vmid
        ),
        depends_on: Vec::new(),
        change: vec![Change {
            field: format!("snapshot {}", snapshot.name),
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
            name: snapshot.name.clone(),
        },
    }
}

pub(super) async fn start(ctx: &Ctx, step: &Step) -> Result<Started<()>, StartError> {
    let Step { guest, name } = step;
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

pub(super) async fn recover(ctx: &Ctx, step: &Step, before: &BeforeState) -> Result<Found> {
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

pub(super) async fn verify(ctx: &Ctx, step: &Step) -> Result<Verdict> {
    let rows = snapshots_of(ctx, &step.guest).await?;
    let (guest, name) = (&step.guest.name, &step.name);
    Ok(match rows.into_iter().find(|row| &row.name == name) {
        None => Verdict::ok(format!("{guest} has no snapshot {name} any more")),
        Some(row) => Verdict::not_as_promised(match row.unfinished {
            Some(state) => {
                format!("{guest} still has snapshot {name}, which is unfinished ({state})")
            }
            None => format!("{guest} still has snapshot {name}"),
        }),
    })
}
