//! `pve.get`: one GET of the PVE API.

use std::sync::Arc;

use ops::{Call, Code, Error, Query, Result, Role};
use pve::{ApiPath, Method, Params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{cluster_error::call_error, ctx::Ctx};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Path below /api2/json, for instance /nodes/pve1/status.
    path: String,
    /// Parameters, each key=value.
    #[serde(default)]
    params: Vec<String>,
    /// Which cluster; needed only when several are connected.
    #[arg(long)]
    cluster: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    data: Value,
    /// Number of all rows, where PVE pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

pub(super) struct Get;

impl Query for Get {
    const NAME: &'static str = "pve.get";
    const SUMMARY: &'static str = "Read any path of the PVE API";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Output> {
        // Some GETs reach further than looking (files inside guests, console tickets): not for viewers.
        if call.actor.role < Role::Operator {
            return Err(Error::forbidden(format!(
                "{} is a viewer and may not use `pve.get`",
                call.actor.name
            ))
            .hint("the typed operations show what a viewer may see"));
        }
        let (path, params) = request(&input.path, &input.params)?;
        let cluster = match input.cluster {
            Some(cluster) => cluster,
            None => the_only_cluster(ctx).await?,
        };
        let client = ctx.inventory.client(&cluster).await?;
        let reply = client
            .call(Method::Get, &path, &params)
            .await
            .map_err(|error| call_error(&cluster, &error))?;
        Ok(Output {
            data: reply.data,
            total: reply.total,
        })
    }
}

/// Path and parameters as people write them.
fn request(path: &str, pairs: &[String]) -> Result<(ApiPath, Params)> {
    let parsed: ApiPath = path
        .parse()
        .map_err(|error| Error::invalid(format!("`{path}` is no API path: {error}")))?;
    let mut params = Params::new();
    for pair in pairs {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Error::invalid(format!("parameter `{pair}` is not key=value")))?;
        params = params.with(key, value);
    }
    Ok((parsed, params))
}

pub(crate) async fn the_only_cluster(ctx: &Ctx) -> Result<String> {
    ctx.inventory.reload().await?;
    let ids: Vec<String> = ctx
        .inventory
        .connected()
        .iter()
        .map(|c| c.row.id.clone())
        .collect();
    match ids.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Error::new(Code::NoCluster, "no cluster is connected")
            .hint("connect one with `proxmox-ai connect https://NODE:8006`")),
        several => Err(Error::invalid("several clusters are connected")
            .hint(format!("say which with cluster: {}", several.join(", ")))),
    }
}
