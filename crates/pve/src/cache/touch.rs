//! What tasks and writes change. Where that is not known, everything.

use super::about::About;
use super::freshness::CacheFamily;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

use CacheFamily as F;

/// A set of answers that are not to be believed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touch {
    families: Vec<CacheFamily>,
    /// Only of this guest; answers about no one guest are concerned too.
    vmid: Option<Box<str>>,
    /// Only of this storage; answers about no one storage are concerned too.
    storage: Option<Box<str>>,
}

/// The guest is on or off, or elsewhere. A start applies pending changes.
const POWER: &[F] = &[F::Resources, F::GuestState, F::GuestConfig, F::Ha];
/// The guest is made, changed or gone.
const GUEST: &[F] = &[
    F::Resources,
    F::GuestState,
    F::GuestConfig,
    F::Snapshots,
    F::StorageContent,
    F::StorageStatus,
    F::Ha,
    F::Replication,
    F::Jobs,
    F::Pools,
    F::Firewall,
    F::Statistics,
];
const SNAPSHOT: &[F] = &[
    F::Snapshots,
    F::GuestConfig,
    F::GuestState,
    F::Resources,
    F::StorageContent,
    F::StorageStatus,
];
const VOLUMES: &[F] = &[F::StorageContent, F::StorageStatus, F::Resources];
/// A backup also locks its guest for a while.
const BACKUP: &[F] = &[
    F::StorageContent,
    F::StorageStatus,
    F::Resources,
    F::GuestState,
    F::GuestConfig,
    F::Jobs,
];
const DISKS: &[F] = &[
    F::Disks,
    F::StorageConfig,
    F::StorageStatus,
    F::StorageContent,
    F::Resources,
];
const CEPH: &[F] = &[
    F::Ceph,
    F::Disks,
    F::StorageConfig,
    F::StorageStatus,
    F::Resources,
    F::Services,
];
const NETWORK: &[F] = &[F::Network, F::Sdn, F::Resources];

impl Touch {
    pub(super) fn families(families: &[CacheFamily]) -> Self {
        Self {
            families: families.to_vec(),
            vmid: None,
            storage: None,
        }
    }

    fn nothing() -> Self {
        Self::families(&[])
    }

    fn everything() -> Self {
        Self::families(F::ALL)
    }

    fn of_guest(families: &[CacheFamily], vmid: &str) -> Self {
        Self {
            vmid: (!vmid.is_empty()).then(|| vmid.into()),
            ..Self::families(families)
        }
    }

    fn of_storage(families: &[CacheFamily], storage: &str) -> Self {
        Self {
            storage: (!storage.is_empty()).then(|| storage.into()),
            ..Self::families(families)
        }
    }

    pub(super) fn concerns(&self, about: &About) -> bool {
        let fits = |own: Option<&str>, other: Option<&str>| match (own, other) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        };
        about
            .family
            .is_some_and(|family| self.families.contains(&family))
            && fits(self.vmid.as_deref(), about.vmid.as_deref())
            && fits(self.storage.as_deref(), about.storage.as_deref())
    }

    /// What a task of this kind has changed when it is over, however it ended: a failed one may
    /// have come half-way.
    #[expect(
        clippy::match_same_arms,
        reason = "a table, in the order of PVE's task kinds"
    )]
    pub(super) fn of_task(upid: &Upid) -> Self {
        let (kind, id) = (upid.kind(), upid.id());
        match kind {
            // Consoles and shells.
            "vncproxy" | "vncshell" | "spiceproxy" | "spiceshell" | "termproxy" => Self::nothing(),
            "qmstart" | "qmstop" | "qmshutdown" | "qmreboot" | "qmreset" | "qmpause"
            | "qmresume" | "vzstart" | "vzstop" | "vzshutdown" | "vzreboot" | "vzsuspend"
            | "vzresume" | "hastart" | "hastop" | "hamigrate" => Self::of_guest(POWER, id),
            "startall" | "stopall" | "suspendall" | "bulk-start" | "bulk-shutdown"
            | "bulk-suspend" => Self::families(POWER),
            "qmsnapshot" | "qmrollback" | "qmdelsnapshot" | "vzsnapshot" | "vzrollback"
            | "vzdelsnapshot" => Self::of_guest(SNAPSHOT, id),
            "qmconfig" | "qmtemplate" | "vztemplate" | "resize" | "qmsuspend" => {
                Self::of_guest(GUEST, id)
            }
            // Two guests, or one that is made or gone: its number may be another than the task's.
            "qmcreate" | "qmrestore" | "qmdestroy" | "qmclone" | "qmmove" | "qmigrate"
            | "qmtunnel" | "vzcreate" | "vzrestore" | "vzdestroy" | "vzclone" | "vzmigrate"
            | "vzmtunnel" | "move_volume" | "migrateall" | "bulk-migrate" => Self::families(GUEST),
            "push_file" | "pull_file" => Self::nothing(),
            "vzdump" => Self::of_guest(BACKUP, id),
            // `{owner}@{storage}` or `{storage}`.
            "imgdel" | "prunebackups" => {
                let storage = id.rsplit_once('@').map_or(id, |(_, storage)| storage);
                Self::of_storage(VOLUMES, storage)
            }
            "imgcopy" | "download" | "ociregistrypull" => Self::families(VOLUMES),
            "aptupdate" => Self::families(&[F::Updates]),
            "srvstart" | "srvstop" | "srvrestart" | "srvreload" => {
                Self::families(&[F::Services, F::Network])
            }
            "dircreate" | "dirremove" | "lvmcreate" | "lvmremove" | "lvmthincreate"
            | "lvmthinremove" | "zfscreate" | "zfsremove" | "diskinit" | "wipedisk" => {
                Self::families(DISKS)
            }
            "reloadnetworkall" => Self::families(NETWORK),
            _ if kind.starts_with("ceph") => Self::families(CEPH),
            _ if kind.starts_with("acme") => Self::families(&[F::Settings]),
            // Who may see what decides about every list.
            _ => Self::everything(),
        }
    }

    /// What a call may change at once. Its task is another matter.
    #[expect(
        clippy::match_same_arms,
        reason = "a table, in the order of PVE's paths"
    )]
    pub(super) fn of_call(method: Method, path: &ApiPath) -> Self {
        if method == Method::Get {
            return Self::nothing();
        }
        let segments: Vec<&str> = path.segments().collect();
        match segments.as_slice() {
            ["nodes", _, "qemu" | "lxc"] => Self::families(GUEST),
            ["nodes", _, "qemu" | "lxc", vmid, rest @ ..] => of_guest_call(method, vmid, rest),
            ["nodes", _, "storage", storage, ..] => Self::of_storage(VOLUMES, storage),
            ["storage", ..] => Self::families(&[
                F::StorageConfig,
                F::StorageStatus,
                F::StorageContent,
                F::Resources,
            ]),
            // Stopping a task changes nothing before it has ended.
            ["nodes", _, "tasks", ..] | ["access", "ticket" | "vncticket", ..] => Self::nothing(),
            [
                "nodes",
                _,
                "vncshell" | "termproxy" | "spiceshell" | "vncproxy",
            ] => Self::nothing(),
            ["nodes", _, "vzdump"] => Self::families(BACKUP),
            ["nodes", _, "network", ..] => Self::families(NETWORK),
            ["nodes", _, "services", ..] => Self::families(&[F::Services, F::Network]),
            ["nodes", _, "apt", ..] => Self::families(&[F::Updates]),
            ["nodes", _, "disks", ..] => Self::families(DISKS),
            ["nodes", _, "ceph", ..] => Self::families(CEPH),
            [
                "nodes",
                _,
                "startall" | "stopall" | "suspendall" | "migrateall",
            ]
            | ["cluster", "bulk-action", ..] => Self::families(GUEST),
            ["cluster", "ha", ..] => Self::families(POWER),
            ["nodes", _, "replication", ..] | ["cluster", "replication", ..] => {
                Self::families(&[F::Replication, F::GuestConfig])
            }
            ["cluster", "backup", ..] => Self::families(&[F::Jobs]),
            ["nodes", _, "firewall", ..] | ["cluster", "firewall", ..] => {
                Self::families(&[F::Firewall])
            }
            ["cluster", "sdn", ..] => Self::families(NETWORK),
            ["cluster", "options"] => Self::families(&[F::Options, F::Resources]),
            [
                "cluster",
                "mapping" | "notifications" | "acme" | "metrics",
                ..,
            ] => Self::families(&[F::Settings]),
            // Permissions decide about every list, and pools give permissions.
            _ => Self::everything(),
        }
    }
}

fn of_guest_call(method: Method, vmid: &str, rest: &[&str]) -> Touch {
    match rest {
        [
            "vncproxy" | "termproxy" | "spiceproxy" | "sendkey" | "monitor" | "agent" | "mtunnel",
            ..,
        ] => Touch::nothing(),
        ["firewall", ..] => Touch::of_guest(&[F::Firewall], vmid),
        ["status", ..] => Touch::of_guest(POWER, vmid),
        ["snapshot", ..] => Touch::of_guest(SNAPSHOT, vmid),
        ["clone" | "migrate" | "remote_migrate" | "move_disk" | "move_volume"] => {
            Touch::families(GUEST)
        }
        [] if method == Method::Delete => Touch::families(GUEST),
        _ => Touch::of_guest(GUEST, vmid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(path: &str) -> About {
        About::of(&path.parse().unwrap())
    }

    fn task(kind: &str, id: &str) -> Touch {
        let text = format!("UPID:pve1:00000001:00000001:00000001:{kind}:{id}:root@pam:");
        Touch::of_task(&text.parse().unwrap())
    }

    fn call(method: Method, path: &str) -> Touch {
        Touch::of_call(method, &path.parse().unwrap())
    }

    const PATHS: [&str; 12] = [
        "/cluster/resources",
        "/nodes/pve1/qemu/100/status/current",
        "/nodes/pve2/lxc/200/status/current",
        "/nodes/pve1/qemu/100/config",
        "/nodes/pve1/qemu/100/snapshot",
        "/nodes/pve1/qemu/101/snapshot",
        "/nodes/pve1/storage/data/content",
        "/nodes/pve2/storage/other/content",
        "/storage",
        "/access/users",
        "/version",
        "/nodes/pve1/apt/update",
    ];

    fn concerned(touch: &Touch) -> Vec<&'static str> {
        let concerns = |path: &&str| touch.concerns(&about(path));
        PATHS.into_iter().filter(concerns).collect()
    }

    #[test]
    fn tasks_concern_their_guest_their_storage_and_the_lists() {
        assert_eq!(
            concerned(&task("qmstart", "100")),
            [PATHS[0], PATHS[1], PATHS[3]]
        );
        assert_eq!(
            concerned(&task("qmsnapshot", "100")),
            [PATHS[0], PATHS[1], PATHS[3], PATHS[4], PATHS[6], PATHS[7]]
        );
        assert_eq!(concerned(&task("qmclone", "100")), PATHS[..8]);
        assert_eq!(concerned(&task("imgdel", "100@data")), [PATHS[0], PATHS[6]]);
        assert_eq!(concerned(&task("imgdel", "other")), [PATHS[0], PATHS[7]]);
        assert_eq!(concerned(&task("vncproxy", "100")), [""; 0]);
        assert_eq!(concerned(&task("aptupdate", "")), [PATHS[11]]);
        assert_eq!(concerned(&task("newkind", "")), PATHS);
        // A backup of several guests has no number.
        assert_eq!(
            concerned(&task("vzdump", "")),
            [PATHS[0], PATHS[1], PATHS[2], PATHS[3], PATHS[6], PATHS[7]]
        );
    }

    #[test]
    fn calls_concern_what_they_write_and_unknown_ones_everything() {
        let stop = call(Method::Post, "/nodes/pve2/lxc/200/status/stop");
        assert_eq!(concerned(&stop), [PATHS[0], PATHS[2]]);
        let config = call(Method::Put, "/nodes/pve1/qemu/100/config");
        assert_eq!(
            concerned(&config),
            [PATHS[0], PATHS[1], PATHS[3], PATHS[4], PATHS[6], PATHS[7]]
        );
        let upload = call(Method::Post, "/nodes/pve1/storage/data/upload");
        assert_eq!(concerned(&upload), [PATHS[0], PATHS[6]]);
        assert_eq!(concerned(&call(Method::Put, "/access/acl")), PATHS);
        assert_eq!(concerned(&call(Method::Post, "/new/call")), PATHS);
        assert_eq!(concerned(&call(Method::Get, "/new/call")), [""; 0]);
        let agent = call(Method::Post, "/nodes/pve1/qemu/100/agent/exec");
        assert_eq!(concerned(&agent), [""; 0]);
    }

    #[test]
    fn answers_of_the_moment_and_of_unknown_paths_are_never_kept() {
        for path in [
            "/cluster/tasks",
            "/cluster/nextid",
            "/cluster/log",
            "/cluster/firewall/log",
            "/nodes/pve1/tasks",
            "/nodes/pve1/tasks/UPID:x/log",
            "/nodes/pve1/journal",
            "/nodes/pve1/replication/100-0/log",
            "/nodes/pve1/qemu/100/agent/ping",
            "/nodes/pve1/qemu/100/vncwebsocket",
            "/access/ticket",
            "/new/call",
            "/",
        ] {
            assert_eq!(about(path).family, None, "{path}");
        }
    }
}
