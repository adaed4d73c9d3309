//! `snapshots.tree`: what builds on what, where each guest stands, how old it is and what it takes.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt as _, stream};
use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{SnapshotRow, age_s};
use crate::{
    cluster_error::call_error,
    ctx::Ctx,
    guests::GuestRef,
    inventory::{AsOf, GuestKind},
};

/// Guests asked side by side; PVE has no call for the snapshots of several.
const ASK_AT_ONCE: usize = 16;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Ids, names or selectors; all guests without.
    #[serde(default)]
    guests: Vec<String>,
}

/// One snapshot at its place: a row follows the one that it builds on.
#[derive(Serialize, JsonSchema)]
struct Node {
    name: String,
    /// 0 for one that builds on none.
    depth: usize,
    parent: Option<String>,
    #[schemars(with = "Option<String>")]
    created_at: Option<jiff::Timestamp>,
    /// Null where the time is not known.
    age_s: Option<u64>,
    description: Option<String>,
    /// Whether it holds the memory of the running machine.
    memory: bool,
    /// What the memory takes on its storage. What the disks of a snapshot take PVE does not tell.
    memory_bytes: Option<u64>,
    /// Whether the guest, as it is now, builds on this one.
    current: bool,
    unfinished: Option<String>,
}

/// The tree of one guest, in reading order.
#[derive(Serialize, JsonSchema)]
struct Tree {
    cluster: String,
    node: String,
    vmid: u32,
    guest: String,
    snapshots: Vec<Node>,
}

/// A guest whose snapshots could not be read.
#[derive(Serialize, JsonSchema)]
struct NotRead {
    guest: String,
    reason: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// Guests that have snapshots.
    guests: Vec<Tree>,
    /// Never silently shorter: what is missing, and why.
    not_read: Vec<NotRead>,
    as_of: Vec<AsOf>,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "snapshots.tree";
    const SUMMARY: &'static str =
        "Show snapshots as a tree, with their ages and where guests stand";
    const PHRASES: &'static [&'static str] = &[
        "[show|show me] [the] snapshot tree of {guests:guests}",
        "show [me] the tree of snapshots of {guests:guests}",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let chosen = ctx.inventory.look(&input.guests).await?;
        let mut output = Output {
            guests: Vec::new(),
            not_read: Vec::new(),
            as_of: chosen.as_of,
        };
        let readings: Vec<_> = chosen
            .guests
            .iter()
            .map(GuestRef::of)
            .map(|guest| async move {
                let tree = read(ctx, &guest).await;
                (guest, tree)
            })
            .collect();
        let mut read = stream::iter(readings).buffered(ASK_AT_ONCE);
        while let Some((guest, tree)) = read.next().await {
            match tree {
                Ok(tree) if tree.snapshots.is_empty() => {}
                Ok(tree) => output.guests.push(tree),
                Err(error) => output.not_read.push(NotRead {
                    guest: guest.subject(),
                    reason: error.sentence(),
                }),
            }
        }
        Ok(output)
    }
}

async fn read(ctx: &Ctx, guest: &GuestRef) -> Result<Tree> {
    let client = guest.client(ctx).await?;
    let at = guest.at()?;
    let tree = client
        .snapshot_tree(&at)
        .await
        .map_err(|error| call_error(&guest.cluster, &error))?;
    let rows: Vec<SnapshotRow> = tree
        .list
        .into_iter()
        .map(|snapshot| SnapshotRow::of(guest, snapshot))
        .collect();
    let now = ctx.clock.now();
    let mut snapshots = Vec::with_capacity(rows.len());
    for (depth, row) in arrange(&rows) {
        let memory_bytes = if row.memory && guest.kind == GuestKind::Qemu {
            memory_bytes(&client, &at, &row.name).await
        } else {
            None
        };
        snapshots.push(Node {
            name: row.name.clone(),
            depth,
            parent: row.parent.clone(),
            created_at: row.created_at,
            age_s: age_s(row.created_at, now),
            description: row.description.clone(),
            memory: row.memory,
            memory_bytes,
            current: tree.current_parent.as_deref() == Some(row.name.as_str()),
            unfinished: row.unfinished.clone(),
        });
    }
    Ok(Tree {
        cluster: guest.cluster.clone(),
        node: guest.node.clone(),
        vmid: guest.vmid,
        guest: guest.name.clone(),
        snapshots,
    })
}

/// The size of the volume that holds the memory; nothing when its storage does not tell, which must not
/// take the tree away.
async fn memory_bytes(client: &pve::Client, at: &pve::GuestAt, name: &str) -> Option<u64> {
    let config = client.snapshot_config(at, name).await.ok()?;
    let volume = config.get("vmstate")?.parse().ok()?;
    client.volume_info(&at.node, &volume).await.ok()?.size_bytes
}

/// Each row once, behind the one that it builds on, the older branch first. A parent that is not there, or that builds on its own
/// child, makes a row stand at the top.
fn arrange(rows: &[SnapshotRow]) -> Vec<(usize, &SnapshotRow)> {
    let mut children: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let parent = row
            .parent
            .as_deref()
            .filter(|parent| rows.iter().any(|other| other.name == *parent));
        children.entry(parent).or_default().push(at);
    }
    for below in children.values_mut() {
        below.sort_by_key(|at| {
            let created = rows.get(*at).and_then(|row| row.created_at);
            (created.is_none(), created)
        });
    }
    let mut placed = vec![false; rows.len()];
    let mut out = Vec::with_capacity(rows.len());
    let tops = children.get(&None).cloned().unwrap_or_default();
    // What hangs on nothing but itself is found in the second round.
    for top in tops.into_iter().chain(0..rows.len()) {
        let mut open = vec![(0, top)];
        while let Some((depth, at)) = open.pop() {
            let (Some(row), Some(done)) = (rows.get(at), placed.get_mut(at)) else {
                continue;
            };
            if *done {
                continue;
            }
            *done = true;
            out.push((depth, row));
            let below = children.get(&Some(row.name.as_str()));
            open.extend(
                below
                    .into_iter()
                    .flatten()
                    .rev()
                    .map(|child| (depth + 1, *child)),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(name: &str, parent: Option<&str>) -> SnapshotRow {
        SnapshotRow {
            cluster: "main".to_owned(),
            node: "pve1".to_owned(),
            vmid: 101,
            guest: "web".to_owned(),
            name: name.to_owned(),
            description: None,
            created_at: None,
            parent: parent.map(str::to_owned),
            memory: false,
            unfinished: None,
        }
    }

    #[test]
    fn a_row_follows_the_one_that_it_builds_on() {
        let rows = [
            row("leaf", Some("left")),
            row("root", None),
            row("left", Some("root")),
            row("right", Some("root")),
            row("orphan", Some("gone")),
        ];
        let got: Vec<(usize, &str)> = arrange(&rows)
            .into_iter()
            .map(|(depth, row)| (depth, row.name.as_str()))
            .collect();
        assert_eq!(
            got,
            [
                (0, "root"),
                (1, "left"),
                (2, "leaf"),
                (1, "right"),
                (0, "orphan")
            ]
        );
    }

    proptest! {
        #[test]
        fn every_snapshot_stands_in_the_tree_once_whatever_its_parent(
            parents in prop::collection::vec(prop::option::of(0..12_usize), 0..12)
        ) {
            let rows: Vec<SnapshotRow> = parents
                .iter()
                .enumerate()
                .map(|(at, parent)| {
                    row(&format!("s{at}"), parent.map(|to| format!("s{to}")).as_deref())
                })
                .collect();
            let arranged = arrange(&rows);
            let mut names: Vec<&str> = arranged.iter().map(|(_, row)| row.name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            prop_assert_eq!(names.len(), rows.len());
            prop_assert_eq!(arranged.len(), rows.len());
        }
    }
}
