//! `clusters.list`: connected clusters, how they are, and what we cost them.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Call, Code, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{connections::Connected, model::Freshness};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ClusterState {
    Online,
    /// A node is away, the quorum is lost, or the state is old.
    Degraded,
    Unreachable,
}

/// What this process asked of the cluster since it started.
#[derive(Serialize, JsonSchema)]
struct Requests {
    count: u64,
    failed: u64,
    bytes_received: u64,
    per_second_limit: u32,
}

#[derive(Serialize, JsonSchema)]
struct ClusterRow {
    id: String,
    url: String,
    pve_version: Option<String>,
    state: ClusterState,
    error: Option<String>,
    #[schemars(with = "Option<String>")]
    at: Option<Timestamp>,
    age_s: Option<u64>,
    quorate: Option<bool>,
    nodes_online: Option<usize>,
    nodes: Option<usize>,
    guests_running: Option<usize>,
    guests: Option<usize>,
    /// The pinned certificate, when it is pinned.
    fingerprint: Option<String>,
    requests: Requests,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    clusters: Vec<ClusterRow>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "clusters.list";
    const SUMMARY: &'static str = "List connected clusters, their health and what we cost them";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        // A cluster that is away is the very thing this list must show; only "none connected" is empty.
        match ctx.inventory.fresh(ctx.inventory.options().tick * 2).await {
            Ok(_) => {}
            Err(error) if error.code == Code::NoCluster && ctx.inventory.broken().is_empty() => {
                return Ok(Output {
                    clusters: Vec::new(),
                });
            }
            Err(error) => tracing::debug!(%error, "no cluster could be read"),
        }
        let mut clusters: Vec<ClusterRow> = ctx
            .inventory
            .connected()
            .iter()
            .map(|connected| row(ctx, connected))
            .collect();
        clusters.extend(
            ctx.inventory
                .broken()
                .into_iter()
                .map(|(id, error)| broken(ctx, id, &error)),
        );
        clusters.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Output { clusters })
    }
}

fn row(ctx: &Ctx, connected: &Connected) -> ClusterRow {
    let as_of = ctx.inventory.as_of(connected);
    let snapshot = connected.snapshot();
    let nodes_online = snapshot.as_ref().map(|snapshot| {
        snapshot
            .nodes
            .iter()
            .filter(|node| node.status == "online")
            .count()
    });
    let nodes = snapshot.as_ref().map(|snapshot| snapshot.nodes.len());
    let quorate = connected.quorate();
    let state = match as_of.state {
        Freshness::Unreachable => ClusterState::Unreachable,
        Freshness::Fresh if nodes_online == nodes && quorate != Some(false) => ClusterState::Online,
        Freshness::Fresh | Freshness::Stale => ClusterState::Degraded,
    };
    let counters = connected.client.requests();
    ClusterRow {
        id: connected.row.id.clone(),
        url: connected.row.url.clone(),
        pve_version: connected.version(),
        state,
        error: as_of.error,
        at: as_of.at,
        age_s: as_of.age_s,
        quorate,
        nodes_online,
        nodes,
        guests_running: snapshot.as_ref().map(|snapshot| {
            snapshot
                .guests
                .iter()
                .filter(|guest| guest.is_running())
                .count()
        }),
        guests: snapshot.as_ref().map(|snapshot| snapshot.guests.len()),
        fingerprint: match &connected.row.trust {
            store::Trust::Fingerprint(fingerprint) => Some(fingerprint.clone()),
            store::Trust::CaPem(_) | store::Trust::System => None,
        },
        requests: Requests {
            count: counters.count,
            failed: counters.failed,
            bytes_received: counters.bytes_received,
            per_second_limit: ctx.inventory.options().budget.foreground_per_second,
        },
    }
}

fn broken(ctx: &Ctx, id: String, error: &ops::Error) -> ClusterRow {
    ClusterRow {
        id,
        url: String::new(),
        pve_version: None,
        state: ClusterState::Unreachable,
        error: Some(error.sentence()),
        at: None,
        age_s: None,
        quorate: None,
        nodes_online: None,
        nodes: None,
        guests_running: None,
        guests: None,
        fingerprint: None,
        requests: Requests {
            count: 0,
            failed: 0,
            bytes_received: 0,
            per_second_limit: ctx.inventory.options().budget.foreground_per_second,
        },
    }
}
