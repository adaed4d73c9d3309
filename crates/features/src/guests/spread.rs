//! Which node each of several guests goes to: the one with the most memory left, counting those before it.

use std::collections::BTreeMap;

use ops::Result;
use pve::{MigrationPreconditions, NodeName};

use super::{
    places::{fresh, need_node},
    subject::Looked,
    work::why_not,
};
use crate::ctx::Ctx;

/// Memory left by cluster and node, less what was placed already.
#[derive(Default)]
pub(super) struct Spread(BTreeMap<String, BTreeMap<String, u64>>);

impl Spread {
    /// Chooses a node and counts the guest's memory there.
    pub(super) async fn place(
        &mut self,
        ctx: &Ctx,
        looked: &Looked,
        found: Option<&MigrationPreconditions>,
    ) -> Result<NodeName> {
        let guest = &looked.guest;
        if !self.0.contains_key(&guest.cluster) {
            let free = free_memory(ctx, &guest.cluster).await?;
            self.0.insert(guest.cluster.clone(), free);
        }
        let free = self.0.entry(guest.cluster.clone()).or_default();
        let may = |node: &str| {
            node != guest.node
                && found.is_none_or(|found| {
                    let allowed = found
                        .allowed_nodes
                        .as_ref()
                        .is_none_or(|nodes| nodes.iter().any(|one| one.as_str() == node));
                    allowed && !found.refused_nodes.contains_key(node)
                })
        };
        let Some(node) = most_free(free, may) else {
            return Err(why_not(
                looked,
                "can go to no other node: none is online and has what it needs",
                "`guests.migrate --target NODE` says what is missing on that node",
            ));
        };
        if let Some(left) = free.get_mut(&node) {
            *left = left.saturating_sub(looked.status.memory_max_bytes.unwrap_or(0));
        }
        need_node(ctx, &guest.cluster, &node).await
    }
}

/// The node with the most memory left of those that may be, the first by name among equals.
fn most_free(free: &BTreeMap<String, u64>, may: impl Fn(&str) -> bool) -> Option<String> {
    free.iter()
        .filter(|(node, _)| may(node))
        .min_by_key(|(node, bytes)| (std::cmp::Reverse(**bytes), node.as_str()))
        .map(|(node, _)| node.clone())
}

/// Memory that nobody uses, of nodes that are online and tell it.
async fn free_memory(ctx: &Ctx, cluster: &str) -> Result<BTreeMap<String, u64>> {
    let connected = fresh(ctx, cluster).await?;
    let Some(snapshot) = connected.snapshot() else {
        return Ok(BTreeMap::new());
    };
    Ok(snapshot
        .nodes
        .iter()
        .filter(|node| node.status == "online")
        .filter_map(|node| {
            let free = node.memory_bytes?.saturating_sub(node.memory_used_bytes?);
            Some((node.node.clone(), free))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_node_with_the_most_memory_left_is_chosen() {
        let free = BTreeMap::from([
            ("a".to_owned(), 4),
            ("b".to_owned(), 9),
            ("c".to_owned(), 9),
        ]);
        assert_eq!(most_free(&free, |_| true).as_deref(), Some("b"));
        assert_eq!(most_free(&free, |node| node != "b").as_deref(), Some("c"));
        assert_eq!(most_free(&free, |_| false), None);
    }
}
