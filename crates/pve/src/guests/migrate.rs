//! Moving guests between nodes, and what stands against it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::answer::{Loose, answers};
use crate::client::Client;
use crate::differences::{Differences, Feature};
use crate::error::Result;
use crate::guests::whole_seconds;
use crate::ids::{GuestAt, GuestKind, NodeName};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

answers! {
    /// What stands against moving a guest. Keys that only machines have are empty for containers.
    MigrationPreconditions {
        /// Does it run? Then only a move while running is possible.
        running: bool = "running",
        /// The nodes it can go to. Nothing when PVE does not say (8.x, while it runs).
        allowed_nodes: Option<NodeNames> = "allowed_nodes" | "allowed-nodes",
        /// The other nodes and why not. PVE also lists nodes without any reason here: those are
        /// in [`Self::allowed_nodes`].
        refused_nodes: Obstacles = "not_allowed_nodes" | "not-allowed-nodes",
        /// Volumes that only this node has; they are copied.
        local_disks: Vec<LocalDisk> = "local_disks",
        /// Devices of this node that a move is impossible with, as `hostpci0`.
        local_resources: Vec<String> = "local_resources",
        /// Devices that are mapped in the cluster.
        mapped_resources: Vec<String> = "mapped-resources",
        /// Can the node keep connections that its firewall tracks (9.x)?
        has_dbus_vmstate: bool = "has-dbus-vmstate",
        /// HA resources that come along, as `vm:101` (9.x).
        dependent_ha_resources: Vec<String> = "dependent-ha-resources",
    }

    /// A volume that only one node has.
    LocalDisk {
        /// Its volume id.
        volume: String = "volid",
        /// Its size; missing for what has none.
        size_bytes: Option<u64> = "size",
        /// The key of its drive; missing when it is in a snapshot only.
        drive: Option<String> = "drivename",
        /// Is it a CD? Those must be taken out.
        cdrom: bool = "cdrom",
        /// Is it not used any more?
        unused: bool = "is_unused",
        /// Is it the drive of cloud-init, which is made anew?
        cloud_init: bool = "is_cloudinit",
        /// The snapshots it occurs in.
        snapshots: SnapshotNames = "referenced_in_snapshot",
    }

    /// Why a guest cannot go to a node.
    NodeObstacles {
        /// Storages of its volumes that the node has not.
        unavailable_storages: Vec<String> = "unavailable_storages",
        /// Mapped devices that the node has not (9.x).
        unavailable_resources: Vec<String> = "unavailable-resources",
        /// HA resources that must not be on the same node (9.x).
        blocking_ha_resources: Vec<BlockingResource> = "blocking-ha-resources",
    }

    /// A HA resource in the way of another.
    BlockingResource {
        /// The resource, as `vm:101`.
        sid: String = "sid",
        /// Why, as `resource-affinity`.
        cause: Option<String> = "cause",
    }
}

impl NodeObstacles {
    fn is_empty(&self) -> bool {
        self.unavailable_storages.is_empty()
            && self.unavailable_resources.is_empty()
            && self.blocking_ha_resources.is_empty()
    }
}

/// Names of nodes.
pub(crate) type NodeNames = Vec<NodeName>;

/// Reasons by node.
pub(crate) type Obstacles = BTreeMap<String, NodeObstacles>;

/// The names of the snapshots something occurs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotNames(pub Vec<String>);

impl Loose for SnapshotNames {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let names = value.and_then(Value::as_object);
        Some(Self(
            names.map_or_else(Vec::new, |map| map.keys().cloned().collect()),
        ))
    }
}

impl Loose for NodeNames {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let names = Vec::<String>::loose(value)?;
        Some(names.iter().filter_map(|name| name.parse().ok()).collect())
    }
}

impl Loose for Obstacles {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let Some(map) = value.and_then(Value::as_object) else {
            return Some(Self::new());
        };
        let of = |(name, value): (&String, &Value)| {
            NodeObstacles::loose(Some(value)).map(|reasons| (name.clone(), reasons))
        };
        Some(map.iter().filter_map(of).collect())
    }
}

/// Where the volumes of a moved guest go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetStorage {
    /// To the storages of the same names.
    Same,
    /// All to this one.
    One(String),
    /// From one storage to another, each; others to the one of the same name.
    Map(Vec<(String, String)>),
}

impl TargetStorage {
    fn text(&self) -> String {
        match self {
            Self::Same => "1".to_owned(),
            Self::One(storage) => storage.clone(),
            Self::Map(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(a, b)| format!("{a}:{b}")).collect();
                pairs.join(",")
            }
        }
    }
}

/// How a guest is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationMode {
    /// While it is off.
    Offline,
    /// While it runs (virtual machines only).
    Online,
    /// It is shut down, moved and started (containers only), with this long to shut down (PVE's
    /// default: 180 s).
    Restart(Option<Duration>),
}

/// A move to another node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The node it goes to.
    pub target: NodeName,
    /// How.
    pub mode: MigrationMode,
    /// Copies local volumes of a running machine too. Without it PVE refuses those, in the task;
    /// offline they are always copied.
    pub with_local_disks: bool,
    /// Where volumes go.
    pub target_storage: Option<TargetStorage>,
    /// Limit for copying, in KiB/s.
    pub bandwidth_limit_kib_s: Option<u64>,
    /// Keeps connections that the firewall tracks (virtual machines, 9.x).
    pub with_connection_tracking: bool,
}

impl Migration {
    /// A move with nothing else said.
    pub fn new(target: NodeName, mode: MigrationMode) -> Self {
        Self {
            target,
            mode,
            with_local_disks: false,
            target_storage: None,
            bandwidth_limit_kib_s: None,
            with_connection_tracking: false,
        }
    }

    fn params(&self, kind: GuestKind) -> std::result::Result<Params, &'static str> {
        let on = |flag: bool| flag.then_some(true);
        let params = Params::new().with("target", &self.target);
        let params = match (self.mode, kind) {
            (MigrationMode::Offline, _) => params,
            (MigrationMode::Online, GuestKind::Qemu) => params.with("online", true),
            (MigrationMode::Online, GuestKind::Lxc) => {
                return Err("containers cannot be moved while they run: let it restart");
            }
            (MigrationMode::Restart(timeout), GuestKind::Lxc) => params
                .with("restart", true)
                .with_some("timeout", timeout.map(whole_seconds)),
            (MigrationMode::Restart(_), GuestKind::Qemu) => {
                return Err("virtual machines are moved while they run or while they are off");
            }
        };
        let storage = self.target_storage.as_ref().map(TargetStorage::text);
        let params = params.with_some("bwlimit", self.bandwidth_limit_kib_s);
        match kind {
            GuestKind::Qemu => Ok(params
                .with_some("with-local-disks", on(self.with_local_disks))
                .with_some("targetstorage", storage)
                .with_some("with-conntrack-state", on(self.with_connection_tracking))),
            GuestKind::Lxc if self.with_connection_tracking => {
                Err("connections of containers cannot be kept")
            }
            // Volumes of containers are always copied.
            GuestKind::Lxc => Ok(params.with_some("target-storage", storage)),
        }
    }
}

impl Client {
    /// What stands against moving a guest, to one node or to any (PVE: GET `…/migrate`; of
    /// containers from 9.0).
    pub async fn migration_preconditions(
        &self,
        guest: &GuestAt,
        target: Option<&NodeName>,
        differences: Differences,
    ) -> Result<MigrationPreconditions> {
        let path = ApiPath::guest(guest, &["migrate"]);
        if guest.kind == GuestKind::Lxc {
            let feature = Feature::LxcMigratePreconditions;
            differences.require(feature, self, Method::Get, &path)?;
        }
        let params = Params::new().with_some("target", target);
        let mut found: MigrationPreconditions = self.one_of(path, params).await?;
        let allowed = found.allowed_nodes.as_deref().unwrap_or_default();
        found.refused_nodes.retain(|name, reasons| {
            !reasons.is_empty() || !allowed.iter().any(|node| node.as_str() == name)
        });
        Ok(found)
    }

    /// Moves a guest to another node (PVE: POST `…/migrate`). The task runs on the node the guest
    /// leaves. For a guest that HA manages it only requests the move.
    pub async fn migrate_guest(
        &self,
        guest: &GuestAt,
        migration: &Migration,
        differences: Differences,
    ) -> Result<Upid> {
        let path = ApiPath::guest(guest, &["migrate"]);
        let params = migration
            .params(guest.kind)
            .map_err(|text| self.invalid_for(guest, Method::Post, &["migrate"], text))?;
        if migration.with_connection_tracking {
            differences.require(Feature::ConntrackState, self, Method::Post, &path)?;
        }
        self.begin(Method::Post, path, params).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storages_are_mapped_one_by_one() {
        let map = TargetStorage::Map(vec![
            ("a".into(), "b".into()),
            ("local".into(), "big".into()),
        ]);
        assert_eq!(map.text(), "a:b,local:big");
        assert_eq!(TargetStorage::Same.text(), "1");
    }

    #[test]
    fn each_kind_moves_in_its_own_ways() {
        let moving = |mode| Migration::new("pve2".parse().unwrap(), mode);
        let params = |mode, kind| moving(mode).params(kind).is_ok();
        for mode in [MigrationMode::Offline, MigrationMode::Online] {
            assert!(params(mode, GuestKind::Qemu));
        }
        assert!(params(MigrationMode::Restart(None), GuestKind::Lxc));
        assert!(!params(MigrationMode::Restart(None), GuestKind::Qemu));
        assert!(!params(MigrationMode::Online, GuestKind::Lxc));
    }
}
