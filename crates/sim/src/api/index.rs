//! Directory listings: what lies below a path.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::GuestKind;
use crate::cluster::refusal::Refusal;
use crate::version::PveVersion;

pub(crate) fn routes() -> Vec<Route> {
    let all = vec![
        Route::get("/", root),
        Route::get("/access", |_, _| Ok(below("subdir", ACCESS))),
        Route::get("/cluster", |_, _| Ok(below("name", CLUSTER))),
        Route::get("/cluster/ha", |_, _| Ok(below("id", HA))),
        Route::get("/cluster/ha/status", |_, _| {
            Ok(below("name", &["current", "manager_status"]))
        }),
        Route::get("/nodes/{node}", |_, _| Ok(below("name", NODE))),
        Route::get("/nodes/{node}/{kind}/{vmid}", guest).checked("/vms/{vmid}", &["VM.Audit"]),
        Route::get("/nodes/{node}/{kind}/{vmid}/status", guest_status)
            .checked("/vms/{vmid}", &["VM.Audit"]),
        Route::get("/nodes/{node}/{kind}/{vmid}/snapshot/{snapname}", |_, _| {
            Ok(below("cmd", &["rollback", "config"]))
        })
        .checked("/vms/{vmid}", &["VM.Snapshot", "VM.Snapshot.Rollback"]),
        Route::get("/nodes/{node}/tasks/{upid}", |_, _| {
            Ok(below("name", &["log", "status"]))
        })
        .anywhere(),
        Route::get("/nodes/{node}/storage/{storage}", |_, _| {
            Ok(below("subdir", STORAGE))
        }),
        Route::get("/cluster/config", |_, _| {
            Ok(below(
                "name",
                &["nodes", "totem", "join", "qdevice", "apiversion"],
            ))
        }),
        Route::get("/cluster/jobs", |_, _| {
            Ok(below("subdir", &["schedule-analyze", "realm-sync"]))
        }),
        // Only realms of a directory service are synchronized, and none is simulated.
        Route::get("/cluster/jobs/realm-sync", |_, _| Ok(json!([]).into())),
        Route::get("/cluster/metrics", |_, _| Ok(below("name", &["server"]))),
        Route::get("/cluster/notifications", |_, _| {
            Ok(below(
                "name",
                &[
                    "endpoints",
                    "matchers",
                    "targets",
                    "matcher-fields",
                    "matcher-field-values",
                ],
            ))
        }),
        Route::get("/cluster/notifications/endpoints", |_, _| {
            Ok(below("name", &["gotify", "sendmail", "smtp", "webhook"]))
        }),
        Route::get("/cluster/mapping", |_, _| {
            Ok(below("name", &["dir", "pci", "usb"]))
        }),
        Route::get("/cluster/firewall", |_, _| {
            Ok(below(
                "name",
                &[
                    "aliases", "rules", "options", "groups", "ipset", "macros", "refs",
                ],
            ))
        }),
        Route::get("/cluster/acme", |_, _| {
            Ok(below(
                "name",
                &[
                    "account",
                    "tos",
                    "meta",
                    "directories",
                    "plugins",
                    "challenge-schema",
                ],
            ))
        }),
        Route::get("/cluster/sdn", |_, _| {
            Ok(below(
                "id",
                &["vnets", "zones", "controllers", "ipams", "dns", "fabrics"],
            ))
        }),
        Route::get("/cluster/sdn/fabrics", |_, _| {
            Ok(below("subdir", &["fabric", "node", "all"]))
        })
        .since(PveVersion::V9_1),
        Route::get("/cluster/ceph", |_, _| {
            Ok(below("name", &["metadata", "status", "flags"]))
        }),
        Route::get("/nodes/{node}/disks", |_, _| {
            Ok(below(
                "name",
                &[
                    "list",
                    "initgpt",
                    "smart",
                    "lvm",
                    "lvmthin",
                    "directory",
                    "wipedisk",
                    "zfs",
                ],
            ))
        }),
        Route::get("/nodes/{node}/hardware", |_, _| {
            Ok(below("type", &["pci", "usb"]))
        }),
        Route::get("/nodes/{node}/capabilities", |_, _| {
            Ok(below("name", &["qemu"]))
        }),
        Route::get("/nodes/{node}/capabilities/qemu", |_, _| {
            Ok(below("name", &["cpu", "machines", "migration"]))
        }),
        Route::get("/nodes/{node}/certificates", |_, _| {
            Ok(below("name", &["acme", "custom", "info"]))
        }),
        Route::get("/nodes/{node}/certificates/acme", |_, _| {
            Ok(below("name", &["certificate"]))
        }),
        Route::get("/nodes/{node}/apt", |_, _| {
            Ok(below(
                "id",
                &["changelog", "repositories", "update", "versions"],
            ))
        }),
        Route::get("/nodes/{node}/ceph", |_, _| {
            Ok(below(
                "name",
                &[
                    "cmd-safety",
                    "cfg",
                    "crush",
                    "fs",
                    "init",
                    "log",
                    "mds",
                    "mgr",
                    "mon",
                    "osd",
                    "pool",
                    "restart",
                    "rules",
                    "start",
                    "status",
                    "stop",
                ],
            ))
        }),
        Route::get("/nodes/{node}/{kind}/{vmid}/firewall", |_, _| {
            Ok(below(
                "name",
                &["rules", "aliases", "ipset", "refs", "options"],
            ))
        }),
        Route::get("/nodes/{node}/services/{service}", |_, _| {
            Ok(below(
                "subdir",
                &["state", "start", "stop", "restart", "reload"],
            ))
        })
        .checked("/nodes/{node}", &["Sys.Audit"]),
        Route::get("/nodes/{node}/firewall", |_, _| {
            Ok(below("name", &["rules", "options", "log"]))
        }),
        Route::get("/nodes/{node}/sdn", |_, _| {
            Ok(below("name", &["fabrics", "vnets", "zones"]))
        }),
        Route::get("/nodes/{node}/scan", |_, _| {
            Ok(below(
                "method",
                &["cifs", "iscsi", "lvm", "nfs", "pbs", "zfs"],
            ))
        }),
    ];
    all.into_iter().map(Route::constant).collect()
}

fn root(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(below(
        "subdir",
        &["version", "cluster", "nodes", "storage", "access", "pools"],
    ))
}

fn guest(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    Ok(below(
        "subdir",
        match request.kind() {
            GuestKind::Qemu => QEMU,
            GuestKind::Lxc => LXC,
        },
    ))
}

fn guest_status(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    Ok(below(
        "subdir",
        match request.kind() {
            GuestKind::Qemu => &[
                "current", "start", "stop", "reset", "shutdown", "suspend", "resume", "reboot",
            ],
            GuestKind::Lxc => &[
                "current", "start", "stop", "shutdown", "suspend", "resume", "reboot",
            ],
        },
    ))
}

fn below(key: &str, names: &[&str]) -> Answer {
    names
        .iter()
        .map(|name| json!({ key: name }))
        .collect::<Value>()
        .into()
}

const ACCESS: &[&str] = &[
    "acl",
    "domains",
    "groups",
    "openid",
    "password",
    "permissions",
    "roles",
    "tfa",
    "ticket",
    "users",
    "vncticket",
];
const CLUSTER: &[&str] = &[
    "acme",
    "backup",
    "backup-info",
    "bulk-action",
    "ceph",
    "config",
    "firewall",
    "ha",
    "jobs",
    "log",
    "mapping",
    "metrics",
    "nextid",
    "notifications",
    "options",
    "replication",
    "resources",
    "sdn",
    "status",
    "tasks",
];
const HA: &[&str] = &["status", "resources", "groups", "rules"];
const NODE: &[&str] = &[
    "aplinfo",
    "apt",
    "capabilities",
    "ceph",
    "certificates",
    "config",
    "disks",
    "dns",
    "firewall",
    "hardware",
    "hosts",
    "journal",
    "lxc",
    "migrateall",
    "netstat",
    "network",
    "qemu",
    "query-url-metadata",
    "replication",
    "report",
    "rrddata",
    "scan",
    "sdn",
    "services",
    "startall",
    "status",
    "stopall",
    "storage",
    "subscription",
    "suspendall",
    "syslog",
    "tasks",
    "time",
    "version",
    "vzdump",
    "wakeonlan",
];
const STORAGE: &[&str] = &[
    "content",
    "download-url",
    "prunebackups",
    "rrddata",
    "status",
    "upload",
];
const QEMU: &[&str] = &[
    "agent",
    "clone",
    "cloudinit",
    "config",
    "feature",
    "firewall",
    "migrate",
    "monitor",
    "move_disk",
    "pending",
    "resize",
    "rrddata",
    "snapshot",
    "status",
    "template",
    "unlink",
];
const LXC: &[&str] = &[
    "clone",
    "config",
    "feature",
    "firewall",
    "interfaces",
    "migrate",
    "move_volume",
    "pending",
    "resize",
    "rrddata",
    "snapshot",
    "status",
    "template",
];
