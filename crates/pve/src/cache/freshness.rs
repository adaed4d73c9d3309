//! How long answers of each kind are fresh.

use std::time::Duration;

use super::about::About;
use crate::path::ApiPath;

macro_rules! families {
    ($($(#[$doc:meta])* $name:ident = $seconds:literal),* $(,)?) => {
        /// Kinds of answers that are kept, and how long they are fresh.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum CacheFamily {
            $($(#[$doc])* $name,)*
        }

        impl CacheFamily {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Answers of this kind are fresh for so long, unless something changes them.
            pub const fn fresh_for(self) -> Duration {
                match self {
                    $(Self::$name => Duration::from_secs($seconds),)*
                }
            }
        }
    };
}

families! {
    /// Changes with an update of the node.
    Version = 600,
    /// Members and quorum.
    ClusterStatus = 5,
    /// Lists of guests, nodes and storages; `pvestatd` writes them every ten seconds.
    Resources = 5,
    /// The list of nodes.
    Nodes = 5,
    /// Load, memory and time of a node.
    NodeState = 5,
    /// The state of one guest, asked of QEMU or the kernel.
    GuestState = 2,
    /// Configuration and pending changes of one guest.
    GuestConfig = 10,
    /// Snapshots of one guest.
    Snapshots = 10,
    /// Volumes of a storage; listing a large one is expensive.
    StorageContent = 30,
    /// Space of storages; written every ten seconds.
    StorageStatus = 10,
    /// Definitions of storages.
    StorageConfig = 60,
    /// Resources, rules and states of HA; the manager works in rounds of ten seconds.
    Ha = 5,
    /// Replication jobs and their last run.
    Replication = 30,
    /// Backup jobs.
    Jobs = 60,
    /// Pools and their members.
    Pools = 30,
    /// Users, roles, permissions.
    Access = 30,
    /// Rules and options of the firewall.
    Firewall = 30,
    /// Interfaces of a node.
    Network = 60,
    /// Software defined networks.
    Sdn = 60,
    /// Options of the data center.
    Options = 60,
    /// Other settings: mappings, notifications, certificates, DNS.
    Settings = 60,
    /// Statistics; their finest step is a minute (the export: ten seconds).
    Statistics = 10,
    /// What a version of PVE can do, and its lists of templates.
    Capabilities = 3600,
    /// Disks and their health; reading it wakes sleeping disks.
    Disks = 60,
    /// Packages.
    Updates = 300,
    /// Services of a node.
    Services = 10,
    /// Ceph.
    Ceph = 10,
}

/// The kind of a path's answers and how long they are fresh; nothing for paths whose answers are
/// never kept: tasks, logs, consoles, the guest agent, free numbers, tickets, and everything this
/// crate does not know.
pub fn cache_freshness(path: &ApiPath) -> Option<(CacheFamily, Duration)> {
    About::of(path)
        .family
        .map(|family| (family, family.fresh_for()))
}
