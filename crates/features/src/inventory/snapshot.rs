//! One reading of a cluster: everything from a single `/cluster/resources`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pve::{NodeState, Resource};

use super::model::{GuestRow, NodeRow, StorageRow};

/// The state of one cluster at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) at: Timestamp,
    pub(crate) guests: Vec<GuestRow>,
    pub(crate) nodes: Vec<NodeRow>,
    pub(crate) storages: Vec<StorageRow>,
    pub(crate) pools: Vec<String>,
}

impl Snapshot {
    pub(crate) fn read(cluster: &str, resources: Vec<Resource>, at: Timestamp) -> Self {
        let mut guests = Vec::new();
        let mut nodes = BTreeMap::new();
        let mut storages: Vec<StorageRow> = Vec::new();
        let mut pools = Vec::new();
        for resource in resources {
            match resource {
                Resource::Guest(guest) => guests.push(guest_row(cluster, guest)),
                Resource::Node(node) => {
                    let row = node_row(cluster, &node);
                    nodes.insert(row.node.clone(), row);
                }
                Resource::Storage(storage) => add_storage(cluster, &mut storages, storage),
                Resource::Pool(pool) => pools.push(pool.pool),
                _ => {}
            }
        }
        for guest in &mut guests {
            match nodes.get_mut(&guest.node) {
                Some(node) => {
                    node.guests += 1;
                    if node.status == "online" {
                        node.guests_running += usize::from(guest.is_running());
                    } else {
                        // A minute after a node died PVE still lists its guests as running.
                        forget(guest);
                    }
                }
                None => forget(guest),
            }
        }
        guests.sort_by_key(|guest| guest.vmid);
        storages.sort_by(|a, b| {
            a.storage
                .cmp(&b.storage)
                .then_with(|| a.nodes.cmp(&b.nodes))
        });
        pools.sort();
        Self {
            at,
            guests,
            nodes: nodes.into_values().collect(),
            storages,
            pools,
        }
    }

    pub(crate) fn node_is_online(&self, node: &str) -> bool {
        self.nodes
            .iter()
            .any(|row| row.node == node && row.status == "online")
    }
}

fn forget(guest: &mut GuestRow) {
    "unknown".clone_into(&mut guest.status);
    guest.cpu = None;
    guest.memory_used_bytes = None;
    guest.uptime_s = None;
}

fn guest_row(cluster: &str, guest: pve::GuestResource) -> GuestRow {
    let running = guest.status == pve::GuestState::Running;
    GuestRow {
        cluster: cluster.to_owned(),
        node: guest.at.node.as_str().to_owned(),
        vmid: guest.at.vmid.get(),
        // PVE's own fallback for a guest that has no name yet.
        name: guest.name.unwrap_or_else(|| match guest.at.kind {
            pve::GuestKind::Qemu => format!("VM {}", guest.at.vmid),
            pve::GuestKind::Lxc => format!("CT{}", guest.at.vmid),
        }),
        kind: guest.at.kind.into(),
        status: guest.status.as_str().to_owned(),
        template: guest.template,
        tags: guest.tags,
        pool: guest.pool,
        lock: guest.lock,
        ha_state: guest.ha_state,
        cpu: guest.cpu_fraction.filter(|_| running),
        cores: guest.cpu_count,
        memory_used_bytes: guest.memory_bytes.filter(|_| running),
        memory_bytes: guest.memory_max_bytes,
        disk_bytes: guest.disk_max_bytes.filter(|bytes| *bytes > 0),
        uptime_s: guest.uptime_s.filter(|_| running),
    }
}

fn node_row(cluster: &str, node: &pve::NodeResource) -> NodeRow {
    let online = node.status == NodeState::Online;
    NodeRow {
        cluster: cluster.to_owned(),
        node: node.node.as_str().to_owned(),
        status: node.status.as_str().to_owned(),
        cpu: node.cpu_fraction.filter(|_| online),
        cores: node.cpu_count,
        memory_used_bytes: node.memory_bytes.filter(|_| online),
        memory_bytes: node.memory_max_bytes,
        disk_used_bytes: node.disk_bytes.filter(|_| online),
        disk_bytes: node.disk_max_bytes,
        uptime_s: node.uptime_s.filter(|_| online),
        guests: 0,
        guests_running: 0,
    }
}

fn add_storage(cluster: &str, rows: &mut Vec<StorageRow>, storage: pve::StorageResource) {
    let node = storage.node.as_str().to_owned();
    let available = storage.status.as_deref() == Some("available");
    let present = rows
        .iter_mut()
        .find(|row| storage.shared && row.shared && row.storage == storage.storage);
    if let Some(row) = present {
        // Every node tells the same figures of a shared storage; one that reaches it is enough.
        if available && row.status != "available" {
            "available".clone_into(&mut row.status);
            row.used_bytes = storage.used_bytes;
            row.total_bytes = storage.size_bytes;
        }
        row.nodes.push(node);
        row.nodes.sort();
        return;
    }
    rows.push(StorageRow {
        cluster: cluster.to_owned(),
        storage: storage.storage,
        nodes: vec![node],
        kind: storage.plugin,
        content: storage.content,
        shared: storage.shared,
        status: storage.status.unwrap_or_else(|| "unknown".to_owned()),
        used_bytes: storage.used_bytes.filter(|_| available),
        total_bytes: storage.size_bytes.filter(|bytes| available && *bytes > 0),
    });
}
