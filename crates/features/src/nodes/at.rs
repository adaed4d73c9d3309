//! Which node somebody means, and how it is.

use std::{sync::Arc, time::Duration};

use ops::{Code, Error, Result, Target};
use pve::{Client, NodeName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    ctx::Ctx,
    inventory::{GuestRow, NodeRow},
    node_work::node_name,
};

/// What somebody decides must not rest on an older list of nodes than this.
const AGE: Duration = Duration::from_secs(3);

/// A node of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NodeAt {
    pub(super) cluster: String,
    pub(super) node: String,
}

impl NodeAt {
    /// `main/pve1`: what a step on it locks.
    pub(super) fn reference(&self) -> String {
        format!("{}/{}", self.cluster, self.node)
    }

    pub(super) fn target(&self) -> Target {
        Target {
            reference: self.reference(),
            name: self.node.clone(),
            node: Some(self.node.clone()),
            storage: None,
        }
    }

    pub(super) fn name(&self) -> Result<NodeName> {
        node_name(&self.node)
    }

    pub(super) async fn client(&self, ctx: &Ctx) -> Result<Client> {
        ctx.inventory.client(&self.cluster).await
    }
}

/// A node with what the cluster says of it and its neighbours.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) at: NodeAt,
    pub(super) row: NodeRow,
    /// All nodes of its cluster, itself included.
    pub(super) cluster: Vec<NodeRow>,
    /// The guests on it.
    pub(super) guests: Vec<GuestRow>,
}

impl Seen {
    pub(super) fn is_online(&self) -> bool {
        self.row.status == "online"
    }

    pub(super) fn running(&self) -> impl Iterator<Item = &GuestRow> {
        self.guests.iter().filter(|guest| guest.is_running())
    }

    /// Refuses a node that nobody can ask.
    pub(super) fn need_online(&self) -> Result<()> {
        if self.is_online() {
            return Ok(());
        }
        Err(Error::new(
            Code::ClusterUnreachable,
            format!("node {} is {}", self.at.reference(), self.row.status),
        )
        .hint("switch it on first; `nodes.wake` does so where wake-on-LAN is set up"))
    }
}

/// The nodes that somebody names: `pve1`, `main/pve1`, or `all`.
pub(super) async fn several(ctx: &Ctx, names: &[String]) -> Result<Vec<Seen>> {
    let all = every(ctx).await?;
    if let [word] = names
        && word == "all"
    {
        return Ok(all);
    }
    let mut chosen: Vec<Seen> = Vec::new();
    for name in names {
        let seen = pick(&all, name)?;
        if !chosen.iter().any(|other| other.at == seen.at) {
            chosen.push(seen);
        }
    }
    if chosen.is_empty() {
        return Err(Error::invalid("no node is named").hint("give names, or `all`"));
    }
    Ok(chosen)
}

/// The node that somebody names: `pve1` or `main/pve1`.
pub(super) async fn one(ctx: &Ctx, name: &str) -> Result<Seen> {
    pick(&every(ctx).await?, name)
}

/// The node of a stored step, read this moment.
pub(super) async fn now(ctx: &Ctx, at: &NodeAt) -> Result<Option<Seen>> {
    let connected = ctx.inventory.cluster(&at.cluster).await?;
    ctx.inventory.read_now(&connected).await;
    if let Some(error) = connected.error() {
        return Err(error);
    }
    Ok(seen_of(&connected).into_iter().find(|seen| seen.at == *at))
}

async fn every(ctx: &Ctx) -> Result<Vec<Seen>> {
    let clusters = ctx.inventory.fresh_for_a_plan(AGE).await?;
    Ok(clusters.iter().flat_map(seen_of).collect())
}

fn seen_of(connected: &Arc<crate::inventory::Connected>) -> Vec<Seen> {
    let Some(snapshot) = connected.snapshot() else {
        return Vec::new();
    };
    snapshot
        .nodes
        .iter()
        .map(|row| Seen {
            at: NodeAt {
                cluster: row.cluster.clone(),
                node: row.node.clone(),
            },
            row: row.clone(),
            cluster: snapshot.nodes.clone(),
            guests: snapshot
                .guests
                .iter()
                .filter(|guest| guest.node == row.node)
                .cloned()
                .collect(),
        })
        .collect()
}

fn pick(all: &[Seen], name: &str) -> Result<Seen> {
    let (cluster, node) = match name.split_once('/') {
        Some((cluster, node)) => (Some(cluster), node),
        None => (None, name),
    };
    let fits: Vec<&Seen> = all
        .iter()
        .filter(|seen| seen.at.node == node)
        .filter(|seen| cluster.is_none_or(|cluster| cluster == seen.at.cluster))
        .collect();
    match fits.as_slice() {
        [only] => Ok((*only).clone()),
        [] => {
            let known: Vec<String> = all
                .iter()
                .take(12)
                .map(|seen| seen.at.reference())
                .collect();
            Err(
                Error::new(Code::NoMatch, format!("there is no node `{name}`"))
                    .hint(format!("there are {}", known.join(", "))),
            )
        }
        several => Err(Error::new(
            Code::Ambiguous,
            format!("{} clusters have a node `{name}`", several.len()),
        )
        .hint("write cluster/node")
        .candidates(
            several
                .iter()
                .map(|seen| json!({ "reference": seen.at.reference() }))
                .collect(),
        )),
    }
}
