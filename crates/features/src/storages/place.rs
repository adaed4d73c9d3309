//! Which storage on which node of which cluster somebody means.

use std::time::Duration;

use ops::{Code, Error, Result, Target};
use pve::{Client, NodeName, VolumeId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{ctx::Ctx, inventory::StorageRow, node_work::node_name};

/// What somebody decides must not rest on an older list of storages than this.
const AGE: Duration = Duration::from_secs(3);

/// A storage, seen from a node that is online.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) cluster: String,
    pub(super) node: String,
    pub(super) storage: String,
    /// All nodes see the same volumes.
    pub(super) shared: bool,
}

impl Place {
    /// `fast (main)` or `local (main/pve1)`.
    pub(super) fn subject(&self) -> String {
        if self.shared {
            format!("{} ({})", self.storage, self.cluster)
        } else {
            format!("{} ({}/{})", self.storage, self.cluster, self.node)
        }
    }

    pub(super) fn node(&self) -> Result<NodeName> {
        node_name(&self.node)
    }

    pub(super) async fn client(&self, ctx: &Ctx) -> Result<Client> {
        ctx.inventory.client(&self.cluster).await
    }

    /// What a step on one volume of it locks.
    pub(super) fn target(&self, volume: &str) -> Target {
        Target {
            reference: format!("{}/{}/{volume}", self.cluster, self.node),
            name: volume.to_owned(),
            node: Some(self.node.clone()),
            storage: Some(self.storage.clone()),
        }
    }
}

/// What may be said of a storage beside its name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Narrow<'a> {
    pub(super) cluster: Option<&'a str>,
    pub(super) node: Option<&'a str>,
}

/// All places that fit; a shared storage once. Places that cannot be looked at come with the reason.
pub(super) async fn all(
    ctx: &Ctx,
    storage: Option<&str>,
    narrow: Narrow<'_>,
) -> Result<Vec<(StorageRow, Result<Place>)>> {
    if let Some(id) = narrow.cluster {
        ctx.inventory.cluster(id).await?;
    }
    let mut places = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for connected in ctx.inventory.fresh_for_a_plan(AGE).await? {
        let id = &connected.row.id;
        if narrow.cluster.is_some_and(|wanted| wanted != id) {
            continue;
        }
        if let Some(error) = connected.error() {
            // Whoever asks for one cluster gets its error; a list of all tells it with its ages.
            if narrow.cluster.is_some() {
                return Err(error);
            }
        }
        let Some(snapshot) = connected.snapshot() else {
            continue;
        };
        for row in &snapshot.storages {
            if !known.contains(&row.storage) {
                known.push(row.storage.clone());
            }
            let fits = storage.is_none_or(|wanted| wanted == row.storage)
                && narrow
                    .node
                    .is_none_or(|node| row.nodes.iter().any(|on| on == node));
            if !fits {
                continue;
            }
            let node = row
                .nodes
                .iter()
                .filter(|on| narrow.node.is_none_or(|node| node == *on))
                .find(|on| snapshot.node_is_online(on));
            let place = match node {
                Some(node) => Ok(Place {
                    cluster: id.clone(),
                    node: node.clone(),
                    storage: row.storage.clone(),
                    shared: row.shared,
                }),
                None => Err(Error::new(
                    Code::ClusterUnreachable,
                    format!(
                        "no node of cluster {id} that has storage {} is online",
                        row.storage
                    ),
                )
                .hint("bring the node back first")),
            };
            places.push((row.clone(), place));
        }
    }
    if places.is_empty()
        && let Some(storage) = storage
    {
        return Err(Error::not_found(match narrow.node {
            Some(node) => format!("there is no storage `{storage}` on node {node}"),
            None => format!("there is no storage `{storage}`"),
        })
        .hint(if known.is_empty() {
            "no storage is known at all".to_owned()
        } else {
            known.truncate(12);
            format!("there are {}", known.join(", "))
        }));
    }
    Ok(places)
}

/// The one place that fits.
pub(super) async fn one(
    ctx: &Ctx,
    storage: &str,
    narrow: Narrow<'_>,
) -> Result<(StorageRow, Place)> {
    let mut places = all(ctx, Some(storage), narrow).await?;
    if places.len() > 1 {
        let candidates = places
            .iter()
            .filter_map(|(_, place)| place.as_ref().ok())
            .map(|place| json!({ "cluster": place.cluster, "node": place.node }))
            .collect();
        return Err(Error::new(
            Code::Ambiguous,
            format!(
                "there are {} storages `{storage}`, each of its own node",
                places.len()
            ),
        )
        .hint("say which with `node`, and `cluster` where several are connected")
        .candidates(candidates));
    }
    let Some((row, place)) = places.pop() else {
        return Err(Error::not_found(format!("there is no storage `{storage}`")));
    };
    Ok((row, place?))
}

/// A volume as somebody names it: `fast:vm-101-disk-0`, `pve1/local:iso/debian.iso`,
/// `main/pve1/local:iso/debian.iso`.
pub(super) struct Named<'a> {
    pub(super) narrow: Narrow<'a>,
    pub(super) volume: VolumeId,
}

pub(super) fn read(text: &str) -> Result<Named<'_>> {
    let bad = || {
        Error::invalid(format!("`{text}` is no volume"))
            .hint("write storage:name, such as `local:iso/debian.iso`, or node/storage:name")
    };
    let (front, _) = text.split_once(':').ok_or_else(bad)?;
    let mut parts: Vec<&str> = front.split('/').collect();
    let storage = parts.pop().unwrap_or_default();
    let narrow = match parts.as_slice() {
        [] => Narrow::default(),
        [node] => Narrow {
            cluster: None,
            node: Some(node),
        },
        [cluster, node] => Narrow {
            cluster: Some(cluster),
            node: Some(node),
        },
        _ => return Err(bad()),
    };
    let start = front.len() - storage.len();
    let volume = text.get(start..).unwrap_or_default();
    Ok(Named {
        narrow,
        volume: volume.parse().map_err(|_| bad())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_named_with_or_without_its_node() {
        let named = |text| {
            let named = read(text).unwrap();
            (
                named.narrow.cluster,
                named.narrow.node,
                named.volume.to_string(),
            )
        };
        assert_eq!(
            named("local:9000/base-9000-disk-0.qcow2"),
            (None, None, "local:9000/base-9000-disk-0.qcow2".to_owned())
        );
        assert_eq!(
            named("pve1/local:iso/a.iso"),
            (None, Some("pve1"), "local:iso/a.iso".to_owned())
        );
        assert_eq!(
            named("main/pve1/local:iso/a.iso"),
            (Some("main"), Some("pve1"), "local:iso/a.iso".to_owned())
        );
        for bad in ["", "local", "a/b/c/local:x", ":x", "pve1/:x", "1a:x"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
