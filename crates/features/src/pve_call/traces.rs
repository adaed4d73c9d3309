//! What a call whose answer was lost left behind: a task of ours on its node that was not there before.

use std::collections::BTreeSet;

use ops::{BeforeState, Code, Error, Found, Result, TaskRef};
use pve::{ApiPath, Client, NodeName, TaskFilter, TaskOutcome, TaskRow, TaskSource, TaskState};
use serde_json::json;

use crate::{cluster_error::call_error, ctx::Ctx};

const SEEN: &str = "tasks_seen";
const LOOK_BACK: u32 = 50;

/// Adds the newest tasks of the node to what is kept of the world before the call.
pub(super) async fn remember(
    client: &Client,
    cluster: &str,
    path: &ApiPath,
    before: &mut BeforeState,
) -> Result<()> {
    let Some(node) = node_of(path) else {
        return Ok(());
    };
    match client.node_tasks(&node, &filter()).await {
        Ok(tasks) => {
            let seen: Vec<&str> = tasks.iter().map(|task| task.upid.as_str()).collect();
            before.0.insert(SEEN.to_owned(), json!(seen));
            Ok(())
        }
        // Whoever may not read tasks may still call; a lost answer then stays unknown.
        Err(error) => match call_error(cluster, &error) {
            refused if refused.code == Code::ClusterRefused => Ok(()),
            error => Err(error),
        },
    }
}

/// Asks the node what became of the call.
pub(super) async fn find(
    ctx: &Ctx,
    cluster: &str,
    path: &ApiPath,
    before: &BeforeState,
) -> Result<Option<Found>> {
    let (Some(node), Some(seen)) = (node_of(path), before.0.get(SEEN)) else {
        return Ok(None);
    };
    let seen: BTreeSet<&str> = seen
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|upid| upid.as_str())
        .collect();
    let connected = ctx.inventory.cluster(cluster).await?;
    let me = &connected.row.identity;
    let tasks = connected
        .client
        .node_tasks(&node, &filter())
        .await
        .map_err(|error| call_error(cluster, &error))?;
    let subject = guest_number(path);
    let new: Vec<TaskRow> = tasks
        .into_iter()
        .filter(|task| task.upid.user() == me && !seen.contains(task.upid.as_str()))
        .filter(|task| subject.is_none_or(|number| task.upid.id() == number))
        .collect();
    // Two new tasks cannot be told apart: only one is a trace.
    let [only] = new.as_slice() else {
        return Ok(None);
    };
    let task = TaskRef {
        cluster: cluster.to_owned(),
        id: only.upid.as_str().to_owned(),
    };
    Ok(Some(match &only.state {
        TaskState::Running => Found::Running(task),
        TaskState::Ended(outcome) if outcome.is_success() => Found::Done(Some(task)),
        TaskState::Ended(TaskOutcome::Failed(text)) => Found::Failed {
            task: Some(task),
            text: text.clone(),
        },
        TaskState::Ended(outcome) => {
            return Err(Error::new(
                Code::OutcomeUnknown,
                format!("the task of the call ended {outcome}"),
            ));
        }
    }))
}

fn node_of(path: &ApiPath) -> Option<NodeName> {
    path.node_name()?.parse().ok()
}

/// Tasks of a guest carry its number.
fn guest_number(path: &ApiPath) -> Option<&str> {
    let mut segments = path.segments().skip(2);
    match (segments.next(), segments.next()) {
        (Some("qemu" | "lxc"), number) => number,
        _ => None,
    }
}

fn filter() -> TaskFilter {
    TaskFilter {
        source: TaskSource::All,
        limit: LOOK_BACK,
        ..TaskFilter::default()
    }
}
