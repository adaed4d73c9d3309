//! What a path is about.

use super::freshness::CacheFamily;
use crate::path::ApiPath;

/// Kind of an answer and the objects its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    /// None: must not be kept.
    pub(super) family: Option<CacheFamily>,
    pub(super) vmid: Option<Box<str>>,
    pub(super) storage: Option<Box<str>>,
}

impl About {
    pub(super) fn of(path: &ApiPath) -> Self {
        let segments: Vec<&str> = path.segments().collect();
        let named = |text: &str| Some(Box::from(text));
        let (vmid, storage) = match segments.as_slice() {
            ["nodes", _, "qemu" | "lxc", vmid, ..] => (named(vmid), None),
            ["nodes", _, "storage", storage, ..] | ["storage", storage, ..] => {
                (None, named(storage))
            }
            _ => (None, None),
        };
        Self {
            family: family_of(&segments),
            vmid,
            storage,
        }
    }
}

fn family_of(segments: &[&str]) -> Option<CacheFamily> {
    use CacheFamily as F;
    let family = match segments {
        ["version"] | ["nodes", _, "version"] => F::Version,
        ["cluster", rest @ ..] => return cluster(rest),
        ["nodes"] => F::Nodes,
        ["nodes", _, "qemu" | "lxc"] => F::Resources,
        ["nodes", _, "qemu" | "lxc", _, rest @ ..] => return guest(rest),
        ["nodes", _, "storage", rest @ ..] => return storage(rest),
        ["nodes", _, rest @ ..] => return node(rest),
        ["storage", ..] => F::StorageConfig,
        ["pools", ..] => F::Pools,
        // Tickets are credentials.
        ["access", "ticket" | "vncticket" | "openid", ..] => return None,
        ["access", ..] => F::Access,
        _ => return None,
    };
    Some(family)
}

fn cluster(rest: &[&str]) -> Option<CacheFamily> {
    use CacheFamily as F;
    Some(match rest {
        ["status"] => F::ClusterStatus,
        ["resources"] => F::Resources,
        ["options"] => F::Options,
        ["ha", ..] => F::Ha,
        ["replication", ..] => F::Replication,
        ["backup" | "backup-info" | "jobs", ..] => F::Jobs,
        ["firewall", rest @ ..] if rest != ["log"] => F::Firewall,
        ["sdn", ..] => F::Sdn,
        ["mapping" | "notifications" | "acme", ..] | ["metrics", "server", ..] => F::Settings,
        ["metrics", "export"] => F::Statistics,
        ["ceph", ..] => F::Ceph,
        // Tasks, the log and free numbers are of this moment or not at all.
        _ => return None,
    })
}

fn guest(rest: &[&str]) -> Option<CacheFamily> {
    use CacheFamily as F;
    Some(match rest {
        ["status", "current"] => F::GuestState,
        ["config" | "pending" | "cloudinit", ..] => F::GuestConfig,
        ["snapshot", ..] => F::Snapshots,
        ["firewall", rest @ ..] if rest != ["log"] => F::Firewall,
        ["rrddata" | "rrd"] => F::Statistics,
        // The guest agent answers for the moment, consoles are no data.
        _ => return None,
    })
}

fn storage(rest: &[&str]) -> Option<CacheFamily> {
    use CacheFamily as F;
    Some(match rest {
        [] | [_, "status"] => F::StorageStatus,
        [_, "content" | "prunebackups", ..] => F::StorageContent,
        [_, "rrddata" | "rrd"] => F::Statistics,
        _ => return None,
    })
}

fn node(rest: &[&str]) -> Option<CacheFamily> {
    use CacheFamily as F;
    Some(match rest {
        ["status" | "time"] => F::NodeState,
        [
            "dns" | "hosts" | "config" | "certificates" | "subscription" | "hardware",
            ..,
        ] => F::Settings,
        ["rrddata" | "rrd"] => F::Statistics,
        ["capabilities" | "aplinfo", ..] => F::Capabilities,
        ["network", ..] => F::Network,
        ["sdn", ..] => F::Sdn,
        ["firewall", rest @ ..] if rest != ["log"] => F::Firewall,
        ["replication", ..] if rest.last() != Some(&"log") => F::Replication,
        ["disks", ..] => F::Disks,
        ["apt", ..] => F::Updates,
        ["services", ..] => F::Services,
        ["ceph", ..] if rest.last() != Some(&"log") => F::Ceph,
        _ => return None,
    })
}
