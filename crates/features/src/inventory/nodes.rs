//! `nodes.list`: nodes of all clusters, or of one.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{AsOf, NodeRow};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Only of this cluster.
    #[arg(long)]
    cluster: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    nodes: Vec<NodeRow>,
    as_of: Vec<AsOf>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "nodes.list";
    const SUMMARY: &'static str = "List nodes with their load";
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
            nodes: Vec::new(),
            as_of: Vec::new(),
        };
        for connected in wanted {
            output.as_of.push(ctx.inventory.as_of(connected));
            if let Some(snapshot) = connected.snapshot() {
                output.nodes.extend(snapshot.nodes.iter().cloned());
            }
        }
        Ok(output)
    }
}
