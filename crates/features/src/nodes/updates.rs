//! `nodes.updates`: packages for which a node knows a newer version.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{Call, Query, Result};
use pve::{ErrorKind, TaskFilter, TaskSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at::{self, Seen};
use crate::{cluster_error::call_error, ctx::Ctx};

const ASK_AT_ONCE: usize = 8;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Names of nodes, or cluster/node; all without.
    #[serde(default)]
    nodes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Update {
    package: String,
    title: Option<String>,
    installed: Option<String>,
    available: Option<String>,
    origin: Option<String>,
    /// A new kernel is used only after a reboot.
    kernel: bool,
}

#[derive(Serialize, JsonSchema)]
struct OfNode {
    cluster: String,
    node: String,
    /// Null when the node could not be asked.
    updates: Option<Vec<Update>>,
    /// When the lists were last fetched, as far as the node's tasks tell; null when they do not.
    #[schemars(with = "Option<String>")]
    lists_fetched_at: Option<Timestamp>,
    error: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    nodes: Vec<OfNode>,
    #[schemars(with = "String")]
    read_at: Timestamp,
}

pub(super) struct Updates;

impl Query for Updates {
    const NAME: &'static str = "nodes.updates";
    const SUMMARY: &'static str = "List the updates that nodes know of";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me|check for] [the] [available|pending] updates [(of|on|for) {nodes:places}]",
        "(which|what) updates are (available|pending) [(on|for) {nodes:places}]",
        "are there [any] updates [(on|for) {nodes:places}]",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let names = if input.nodes.is_empty() {
            vec!["all".to_owned()]
        } else {
            input.nodes
        };
        let readings: Vec<_> = at::several(ctx, &names)
            .await?
            .into_iter()
            .map(|seen| async move {
                let (cluster, node) = (seen.at.cluster.clone(), seen.at.node.clone());
                match of_node(ctx, &seen).await {
                    Ok((updates, lists_fetched_at)) => OfNode {
                        cluster,
                        node,
                        updates: Some(updates),
                        lists_fetched_at,
                        error: None,
                    },
                    Err(error) => OfNode {
                        cluster,
                        node,
                        updates: None,
                        lists_fetched_at: None,
                        error: Some(error.sentence()),
                    },
                }
            })
            .collect();
        Ok(Output {
            nodes: stream::iter(readings).buffered(ASK_AT_ONCE).collect().await,
            read_at: ctx.clock.now(),
        })
    }
}

async fn of_node(ctx: &Ctx, seen: &Seen) -> Result<(Vec<Update>, Option<Timestamp>)> {
    seen.need_online()?;
    let client = seen.at.client(ctx).await?;
    let node = seen.at.name()?;
    let filter = TaskFilter {
        source: TaskSource::Archive,
        kind: Some("aptupdate".to_owned()),
        limit: 5,
        ..TaskFilter::default()
    };
    let said = |error: pve::Error| call_error(&seen.at.cluster, &error);
    let packages = client.apt_updates(&node).await.map_err(said)?;
    // Whoever may not see tasks still sees updates; their age is not known then.
    let fetched = match client.node_tasks(&node, &filter).await {
        Err(error) if matches!(error.kind(), ErrorKind::Forbidden { .. }) => Vec::new(),
        fetched => fetched.map_err(said)?,
    };
    let fetched_at = fetched
        .iter()
        .find(|task| matches!(&task.state, pve::TaskState::Ended(outcome) if outcome.is_success()))
        .and_then(|task| task.end_time)
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    let rows = packages
        .into_iter()
        .map(|row| Update {
            kernel: row.package.starts_with("proxmox-kernel-")
                || row.package.starts_with("pve-kernel-"),
            package: row.package,
            title: row.title,
            installed: row.old_version,
            available: row.version,
            origin: row.origin,
        })
        .collect();
    Ok((rows, fetched_at))
}
