//! `nodes.services`: the services that PVE cares about, and how they are.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at;
use crate::{cluster_error::call_error, ctx::Ctx};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the node, or cluster/node.
    node: String,
}

#[derive(Serialize, JsonSchema)]
struct Row {
    service: String,
    description: Option<String>,
    /// `running`, `exited`, `dead`, `failed` …
    state: Option<String>,
    /// `enabled`, `disabled`, `masked`, `not-found` …
    unit_state: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    services: Vec<Row>,
    #[schemars(with = "String")]
    read_at: Timestamp,
}

pub(super) struct Services;

impl Query for Services {
    const NAME: &'static str = "nodes.services";
    const SUMMARY: &'static str = "List the services of a node";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me] [the|all] services (of|on) {node:place}",
        "which services (run|are running) on {node:place}",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let seen = at::one(ctx, &input.node).await?;
        seen.need_online()?;
        let rows = seen
            .at
            .client(ctx)
            .await?
            .services(&seen.at.name()?)
            .await
            .map_err(|error| call_error(&seen.at.cluster, &error))?;
        Ok(Output {
            services: rows
                .into_iter()
                .map(|row| Row {
                    service: row.service,
                    description: row.description,
                    state: row.state,
                    unit_state: row.unit_state,
                })
                .collect(),
            read_at: ctx.clock.now(),
        })
    }
}
