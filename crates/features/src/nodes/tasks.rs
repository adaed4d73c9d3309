//! `nodes.tasks`: what runs on a node and what ran there lately.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Call, Error, Query, Result};
use pve::{TaskFilter, TaskSource, TaskState, Vmid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at;
use crate::{cluster_error::call_error, ctx::Ctx};

const USUAL: u32 = 50;
const MOST: u32 = 500;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the node, or cluster/node.
    node: String,
    /// Only those that run now.
    #[arg(long)]
    #[serde(default)]
    running: bool,
    /// Only of this guest, by its id.
    #[arg(long)]
    guest: Option<u32>,
    /// Only of this kind, in PVE's word: qmstart, vzdump, imgdel …
    #[arg(long)]
    kind: Option<String>,
    /// At most this many; 50 without.
    #[arg(long)]
    limit: Option<u32>,
}

/// One task.
#[derive(Serialize, JsonSchema)]
struct Row {
    upid: String,
    kind: String,
    /// What it is about: a guest's id, a storage, a service …
    id: String,
    user: String,
    #[schemars(with = "Option<String>")]
    started_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    ended_at: Option<Timestamp>,
    /// `running`, `OK`, or how it ended in PVE's words.
    status: String,
    failed: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The newest first.
    tasks: Vec<Row>,
    #[schemars(with = "String")]
    read_at: Timestamp,
}

pub(super) struct Tasks;

impl Query for Tasks {
    const NAME: &'static str = "nodes.tasks";
    const SUMMARY: &'static str = "List the tasks of a node";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me] [the] tasks (of|on) {node:place}",
        "(which|what) tasks (run|are running) on {node:place} => running=true",
        "[list|show|show me] [the] running tasks (of|on) {node:place} => running=true",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let seen = at::one(ctx, &input.node).await?;
        seen.need_online()?;
        let filter = TaskFilter {
            source: if input.running {
                TaskSource::Active
            } else {
                TaskSource::All
            },
            vmid: input
                .guest
                .map(|id| {
                    Vmid::try_from(id)
                        .map_err(|error| Error::invalid(format!("`{id}` is no id: {error}")))
                })
                .transpose()?,
            kind: input.kind,
            limit: input.limit.unwrap_or(USUAL).min(MOST),
            ..TaskFilter::default()
        };
        let rows = seen
            .at
            .client(ctx)
            .await?
            .node_tasks(&seen.at.name()?, &filter)
            .await
            .map_err(|error| call_error(&seen.at.cluster, &error))?;
        let time = |seconds: u64| {
            i64::try_from(seconds)
                .ok()
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
        };
        Ok(Output {
            tasks: rows
                .into_iter()
                .map(|row| {
                    let (status, failed) = match &row.state {
                        TaskState::Running => ("running".to_owned(), false),
                        TaskState::Ended(pve::TaskOutcome::Failed(text)) => (text.clone(), true),
                        TaskState::Ended(outcome) => (outcome.to_string(), false),
                    };
                    Row {
                        kind: row.upid.kind().to_owned(),
                        id: row.upid.id().to_owned(),
                        user: row.upid.user().to_owned(),
                        started_at: time(u64::from(row.upid.start_time())),
                        ended_at: row.end_time.and_then(time),
                        upid: row.upid.as_str().to_owned(),
                        status,
                        failed,
                    }
                })
                .collect(),
            read_at: ctx.clock.now(),
        })
    }
}
