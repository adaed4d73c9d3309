//! Traces of a step in the node's task list: how a lost answer is found again.
//!
//! Clocks of two machines are not compared. What was in the list before the request is remembered; a task of
//! ours that was not there is the trace of the request.

use std::collections::BTreeSet;

use ops::{BeforeState, Observed, Result, TaskRef};
use pve::{TaskFilter, TaskRow, TaskSource};
use serde_json::json;

use super::subject::GuestRef;
use crate::{cluster_error::call_error, ctx::Ctx};

const SEEN: &str = "tasks_seen";
/// The engine holds the guest's lock, so hardly more than one new task can appear.
const LOOK_BACK: u32 = 25;

/// The observed facts, and the newest tasks of the guest before the request.
pub(crate) async fn before_with_traces(
    ctx: &Ctx,
    guest: &GuestRef,
    observed: &Observed,
) -> Result<BeforeState> {
    let seen: Vec<String> = tasks_of(ctx, guest)
        .await?
        .into_iter()
        .map(|task| task.upid.as_str().to_owned())
        .collect();
    let mut before = BeforeState::from(observed);
    before.0.insert(SEEN.to_owned(), json!(seen));
    Ok(before)
}

/// Tasks of ours of one of the kinds (as `qmstart`) that were not there before, newest first.
pub(crate) async fn new_traces(
    ctx: &Ctx,
    guest: &GuestRef,
    kinds: &[&str],
    before: &BeforeState,
) -> Result<Vec<(TaskRef, TaskRow)>> {
    let seen: BTreeSet<&str> = before
        .0
        .get(SEEN)
        .and_then(|value| value.as_array())
        .map(|list| list.iter().filter_map(|upid| upid.as_str()).collect())
        .unwrap_or_default();
    let me = ctx
        .inventory
        .cluster(&guest.cluster)
        .await?
        .row
        .identity
        .clone();
    Ok(tasks_of(ctx, guest)
        .await?
        .into_iter()
        .filter(|task| {
            kinds.contains(&task.upid.kind())
                && task.upid.user() == me
                && !seen.contains(task.upid.as_str())
        })
        .map(|task| {
            let reference = TaskRef {
                cluster: guest.cluster.clone(),
                id: task.upid.as_str().to_owned(),
            };
            (reference, task)
        })
        .collect())
}

async fn tasks_of(ctx: &Ctx, guest: &GuestRef) -> Result<Vec<TaskRow>> {
    let client = guest.client(ctx).await?;
    let at = guest.at()?;
    let filter = TaskFilter {
        source: TaskSource::All,
        vmid: Some(at.vmid),
        limit: LOOK_BACK,
        ..TaskFilter::default()
    };
    client
        .node_tasks(&at.node, &filter)
        .await
        .map_err(|error| call_error(&guest.cluster, &error))
}
