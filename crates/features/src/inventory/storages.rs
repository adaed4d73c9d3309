//! `storages.list`: storages of all clusters, or of one.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{AsOf, StorageRow};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Only of this cluster.
    #[arg(long)]
    cluster: Option<String>,
    /// Only what this node sees.
    #[arg(long)]
    node: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    storages: Vec<StorageRow>,
    as_of: Vec<AsOf>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "storages.list";
    const SUMMARY: &'static str = "List storages with their use";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        if let Some(id) = &input.cluster {
            ctx.inventory.cluster(id).await?;
        }
        let clusters = ctx
            .inventory
            .fresh(ctx.inventory.options().tick * 2)
            .await?;
        let wanted = clusters.iter().filter(|connected| {
            input
                .cluster
                .as_ref()
                .is_none_or(|id| &connected.row.id == id)
        });
        let mut output = Output {
            storages: Vec::new(),
            as_of: Vec::new(),
        };
        for connected in wanted {
            output.as_of.push(ctx.inventory.as_of(connected));
            if let Some(snapshot) = connected.snapshot() {
                output.storages.extend(
                    snapshot
                        .storages
                        .iter()
                        .filter(|row| {
                            input
                                .node
                                .as_ref()
                                .is_none_or(|node| row.nodes.contains(node))
                        })
                        .cloned(),
                );
            }
        }
        Ok(output)
    }
}
