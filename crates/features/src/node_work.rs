//! Tasks of nodes that belong to no guest: how a lost answer is found again.
//!
//! As with guests, clocks of two machines are not compared: a task of ours that was not in the node's list
//! before the request is the trace of the request.

use std::collections::BTreeSet;

use ops::{BeforeState, Found, Observed, Result, TaskRef};
use pve::{NodeName, TaskFilter, TaskOutcome, TaskRow, TaskSource, TaskState};
use serde_json::json;

use crate::{cluster_error::call_error, ctx::Ctx};

const SEEN: &str = "tasks_seen";
/// Other steps of ours, and other people, work on the node at the same time.
const LOOK_BACK: u32 = 200;

/// Whose tasks are looked for: kinds as `imgdel`, and the id that the task carries where it is known.
pub(crate) struct Traces<'a> {
    pub(crate) cluster: &'a str,
    pub(crate) node: &'a str,
    pub(crate) kinds: &'a [&'a str],
    pub(crate) id: Option<&'a str>,
}

impl Traces<'_> {
    /// The observed facts, and the newest tasks of the node before the request.
    pub(crate) async fn before(&self, ctx: &Ctx, observed: &Observed) -> Result<BeforeState> {
        let seen: Vec<String> = self
            .tasks(ctx)
            .await?
            .into_iter()
            .filter(|task| self.kinds.contains(&task.upid.kind()))
            .map(|task| task.upid.as_str().to_owned())
            .collect();
        let mut before = BeforeState::from(observed);
        before.0.insert(SEEN.to_owned(), json!(seen));
        Ok(before)
    }

    /// What became of the request. `landed`: the world shows what was wished, and did not before.
    pub(crate) async fn find(
        &self,
        ctx: &Ctx,
        before: &BeforeState,
        landed: bool,
    ) -> Result<Found> {
        let seen: BTreeSet<&str> = before
            .0
            .get(SEEN)
            .and_then(|value| value.as_array())
            .map(|list| list.iter().filter_map(|upid| upid.as_str()).collect())
            .unwrap_or_default();
        let me = ctx
            .inventory
            .cluster(self.cluster)
            .await?
            .row
            .identity
            .clone();
        let new: Vec<TaskRow> = self
            .tasks(ctx)
            .await?
            .into_iter()
            .filter(|task| self.kinds.contains(&task.upid.kind()) && task.upid.user() == me)
            .filter(|task| self.id.is_none_or(|id| task.upid.id() == id))
            .filter(|task| !seen.contains(task.upid.as_str()))
            .collect();
        let named = |row: &TaskRow| TaskRef {
            cluster: self.cluster.to_owned(),
            id: row.upid.as_str().to_owned(),
        };
        Ok(match new.as_slice() {
            [] if landed => Found::Done(None),
            [] => Found::NotSent,
            [only] => match &only.state {
                TaskState::Running => Found::Running(named(only)),
                TaskState::Ended(outcome) if outcome.is_success() || landed => {
                    Found::Done(Some(named(only)))
                }
                TaskState::Ended(TaskOutcome::Failed(text)) => Found::Failed {
                    task: Some(named(only)),
                    text: text.clone(),
                },
                TaskState::Ended(outcome) => Found::Unknown(outcome.to_string()),
            },
            // Several of one kind cannot be told apart; the world can.
            _ if landed => Found::Done(None),
            several => Found::Unknown(format!(
                "{} new tasks of this kind run under our name on node {}",
                several.len(),
                self.node
            )),
        })
    }

    async fn tasks(&self, ctx: &Ctx) -> Result<Vec<TaskRow>> {
        let client = ctx.inventory.client(self.cluster).await?;
        let filter = TaskFilter {
            source: TaskSource::All,
            limit: LOOK_BACK,
            kind: match self.kinds {
                [only] => Some((*only).to_owned()),
                _ => None,
            },
            ..TaskFilter::default()
        };
        client
            .node_tasks(&node_name(self.node)?, &filter)
            .await
            .map_err(|error| call_error(self.cluster, &error))
    }
}

/// A stored name of a node.
pub(crate) fn node_name(text: &str) -> Result<NodeName> {
    text.parse()
        .map_err(|error| ops::Error::invalid(format!("`{text}` is no name of a node: {error}")))
}
