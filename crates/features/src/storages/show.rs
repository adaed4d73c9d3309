//! `storages.show`: one storage, as it is configured and as each node sees it.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{Call, Code, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::place::{self, Narrow};
use crate::{cluster_error::call_error, ctx::Ctx, node_work::node_name};

const ASK_AT_ONCE: usize = 8;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the storage.
    storage: String,
    /// Which cluster, when several are connected.
    #[arg(long)]
    cluster: Option<String>,
}

/// How a storage does on one node. Figures of a storage that is not active are null.
#[derive(Serialize, JsonSchema)]
struct OnNode {
    node: String,
    active: Option<bool>,
    total_bytes: Option<u64>,
    used_bytes: Option<u64>,
    available_bytes: Option<u64>,
    /// Why nothing is known.
    error: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    cluster: String,
    storage: String,
    #[serde(rename = "type")]
    kind: String,
    content: Vec<String>,
    enabled: bool,
    shared: bool,
    /// The nodes that have it by its configuration; empty: all.
    restricted_to: Vec<String>,
    /// All other options by PVE's names.
    options: BTreeMap<String, String>,
    nodes: Vec<OnNode>,
    #[schemars(with = "String")]
    read_at: Timestamp,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "storages.show";
    const SUMMARY: &'static str = "Show one storage: its configuration and how each node sees it";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let narrow = Narrow {
            cluster: input.cluster.as_deref(),
            node: None,
        };
        let rows = place::all(ctx, Some(&input.storage), narrow).await?;
        let mut clusters: Vec<&str> = rows.iter().map(|(row, _)| row.cluster.as_str()).collect();
        clusters.dedup();
        let [cluster] = clusters.as_slice() else {
            return Err(Error::new(
                Code::Ambiguous,
                format!(
                    "{} clusters have a storage `{}`",
                    clusters.len(),
                    input.storage
                ),
            )
            .hint("say which with `cluster`")
            .candidates(clusters.iter().map(|id| json!({ "cluster": id })).collect()));
        };
        let client = ctx.inventory.client(cluster).await?;
        let config = client
            .storage_config(&input.storage)
            .await
            .map_err(|error| call_error(cluster, &error))?;
        let names: Vec<String> = rows
            .iter()
            .flat_map(|(row, _)| row.nodes.iter().cloned())
            .collect();
        let (client, storage) = (&client, &input.storage);
        let readings: Vec<_> = names
            .into_iter()
            .map(|node| async move {
                let status = match node_name(&node) {
                    Ok(name) => client
                        .storage_status(&name, storage)
                        .await
                        .map_err(|error| call_error(cluster, &error)),
                    Err(error) => Err(error),
                };
                match status {
                    Ok(status) => {
                        let known = |figure: Option<u64>| figure.filter(|_| status.active);
                        OnNode {
                            node,
                            active: Some(status.active),
                            total_bytes: known(status.total_bytes),
                            used_bytes: known(status.used_bytes),
                            available_bytes: known(status.available_bytes),
                            error: None,
                        }
                    }
                    Err(error) => OnNode {
                        node,
                        active: None,
                        total_bytes: None,
                        used_bytes: None,
                        available_bytes: None,
                        error: Some(error.sentence()),
                    },
                }
            })
            .collect();
        let nodes = stream::iter(readings).buffered(ASK_AT_ONCE).collect().await;
        Ok(Output {
            cluster: (*cluster).to_owned(),
            storage: config.storage,
            kind: config.plugin.as_str().to_owned(),
            content: config
                .content
                .iter()
                .map(|content| content.as_str().to_owned())
                .collect(),
            enabled: !config.disabled,
            shared: config.shared,
            restricted_to: config
                .nodes
                .iter()
                .map(|node| node.as_str().to_owned())
                .collect(),
            options: config.options,
            nodes,
            read_at: ctx.clock.now(),
        })
    }
}
