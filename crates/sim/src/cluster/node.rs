//! Nodes and storages.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::guest::GuestKind;
use super::load::{Line, Load};
use super::runs::Runs;
use super::volumes::ending;

/// A node of the cluster.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) id: u32,
    pub(crate) ip: String,
    pub(crate) online: bool,
    pub(crate) cores: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) disk_bytes: u64,
    /// The node's own services, on top of its guests.
    pub(crate) load: Load,
    /// Figures that a world fixed: processor use and memory use as fractions.
    pub(crate) fixed: Option<(f64, f64)>,
    /// The line along which they came about.
    pub(crate) line: Option<Line>,
    /// How far its clock is ahead.
    pub(crate) skew_ms: i64,
    pub(crate) boot_ms: i64,
    /// How long it was up before.
    pub(crate) runs: Runs,
    pub(crate) next_pid: u32,
    pub(crate) fingerprint: String,
    /// Notes, name servers, states of services that were changed.
    pub(crate) facts: BTreeMap<String, String>,
}

/// A storage definition, with its use per node.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    pub(crate) id: String,
    /// PVE's plug-in type: `dir`, `lvmthin`, `nfs`, `rbd` …
    pub(crate) plugin: String,
    pub(crate) content: Vec<String>,
    pub(crate) shared: bool,
    /// Only on these nodes.
    pub(crate) nodes: Option<Vec<String>>,
    pub(crate) enabled: bool,
    pub(crate) active: bool,
    pub(crate) total_bytes: u64,
    pub(crate) used_bytes: u64,
    /// What volumes that came or went since the world began add, by node (empty on shared storages).
    pub(crate) grown_bytes: BTreeMap<String, i64>,
    pub(crate) growth: Growth,
    /// Further keys of the definition, such as `path` or `server`.
    pub(crate) settings: BTreeMap<String, String>,
    /// Nodes that see it otherwise than the rest, in a twin of a live cluster; the empty name is all nodes.
    pub(crate) on_nodes: BTreeMap<String, OnNode>,
}

/// How a storage fills up by itself: what its guests write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Growth {
    pub(crate) bytes_per_day: f64,
    /// The instant at which the storage's own figure is right.
    pub(crate) right_at_ms: i64,
    /// How many days before it was already like that.
    pub(crate) days: f64,
    /// Whether it goes on after that instant.
    pub(crate) goes_on: bool,
}

impl Growth {
    fn bytes(&self, at_ms: i64) -> i64 {
        let days = (at_ms - self.right_at_ms) as f64 / 86_400_000.0;
        let last = if self.goes_on { f64::INFINITY } else { 0.0 };
        (self.bytes_per_day * days.clamp(-self.days, last)) as i64
    }
}

/// A storage as one node sees it. Bytes; unknown while it is not active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OnNode {
    pub(crate) active: bool,
    pub(crate) total: u64,
    pub(crate) used: u64,
}

impl Storage {
    fn seen_from(&self, node: &str) -> Option<OnNode> {
        let own = self.on_nodes.get(node);
        own.or_else(|| self.on_nodes.get("")).copied()
    }

    /// Whether a node reaches it.
    pub(crate) fn is_active_on(&self, node: &str) -> bool {
        self.active && self.on_nodes.get(node).is_none_or(|seen| seen.active)
    }

    /// Its size as seen from one node.
    pub(crate) fn total_on(&self, node: &str) -> u64 {
        self.seen_from(node)
            .map_or(self.total_bytes, |seen| seen.total)
    }

    /// Free bytes as seen from one node.
    pub(crate) fn free_on(&self, node: &str, node_id: u32, at_ms: i64) -> u64 {
        self.total_on(node)
            .saturating_sub(self.used_on(node, node_id, at_ms))
    }

    pub(crate) fn is_on(&self, node: &str) -> bool {
        self.nodes
            .as_ref()
            .is_none_or(|nodes| nodes.iter().any(|on| on == node))
    }

    /// Whether volumes of that kind of guest can have snapshots here.
    pub(crate) fn can_snapshot(&self, kind: GuestKind, volid: &str) -> bool {
        match self.plugin.as_str() {
            "lvmthin" | "zfspool" | "rbd" | "btrfs" | "cephfs" => true,
            // Disks of VMs are qcow2 files there, those of containers raw ones.
            "dir" | "nfs" | "cifs" => kind == GuestKind::Qemu && ending(volid) == "qcow2",
            _ => false,
        }
    }

    /// Used bytes as seen from one node: local storages differ a little between nodes.
    pub(crate) fn used_on(&self, node: &str, node_id: u32, at_ms: i64) -> u64 {
        let on = if self.shared { "" } else { node };
        let base = match self.seen_from(node) {
            Some(seen) => seen.used,
            None if self.shared => self.used_bytes,
            None => self.used_bytes / 100 * (100 + u64::from(node_id % 7) * 3),
        };
        base.saturating_add_signed(self.grown_bytes.get(on).copied().unwrap_or(0))
            .saturating_add_signed(self.growth.bytes(at_ms))
            .min(self.total_on(node))
    }

    pub(crate) fn content_text(&self) -> String {
        self.content.join(",")
    }
}

/// A pool; its guests are those that name it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pool {
    pub(crate) comment: String,
    pub(crate) storages: Vec<String>,
}

/// A resource under high availability.
#[derive(Debug, Clone, Default)]
pub(crate) struct HaResource {
    /// `vm:100` or `ct:200`.
    pub(crate) sid: String,
    /// The state that is asked for.
    pub(crate) state: String,
    /// Further settings: `comment`, `max_restart`, `max_relocate`, `failback`.
    pub(crate) settings: BTreeMap<String, String>,
    /// The manager gave up: it does nothing until somebody disables the resource.
    pub(crate) in_error: bool,
}

/// A world's file says so of a resource that the manager gave up.
const ERROR: &str = "error";

impl HaResource {
    /// As a world's file tells it: the state that is asked for, or `error`.
    pub(crate) fn told(sid: String, state: String, settings: BTreeMap<String, String>) -> Self {
        let in_error = state == ERROR;
        Self {
            sid,
            state: if in_error {
                "started".to_owned()
            } else {
                state
            },
            settings,
            in_error,
        }
    }

    /// What the list of the cluster shows.
    pub(crate) fn shown(&self) -> &str {
        if self.in_error { ERROR } else { &self.state }
    }

    pub(crate) fn vmid(&self) -> Option<u32> {
        self.sid.split_once(':')?.1.parse().ok()
    }
}
