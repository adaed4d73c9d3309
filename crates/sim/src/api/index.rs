//! Directory listings: what lies below a path.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::GuestKind;
use crate::cluster::refusal::Refusal;

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
    "backup",
    "backup-info",
    "bulk-action",
    "config",
    "firewall",
    "ha",
    "jobs",
    "log",
    "nextid",
    "options",
    "replication",
    "resources",
    "status",
    "tasks",
];
const HA: &[&str] = &["status", "resources", "groups", "rules"];
const NODE: &[&str] = &[
    "aplinfo",
    "apt",
    "config",
    "dns",
    "firewall",
    "lxc",
    "migrateall",
    "qemu",
    "query-url-metadata",
    "replication",
    "rrddata",
    "scan",
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
