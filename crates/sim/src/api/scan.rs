//! What a node finds around it: volume groups and pools of its own, exports, shares and targets of servers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::node_disks;
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::node::Storage;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    const ALLOCATE: &[&str] = &["Datastore.Allocate"];
    vec![
        Route::get("/nodes/{node}/scan/lvm", volume_groups).checked("/storage", ALLOCATE),
        Route::get("/nodes/{node}/scan/lvmthin", thin_pools).checked("/storage", ALLOCATE),
        Route::get("/nodes/{node}/scan/zfs", zfs_pools).checked("/storage", ALLOCATE),
        Route::get("/nodes/{node}/scan/iscsi", targets).checked("/storage", ALLOCATE),
        Route::get("/nodes/{node}/scan/nfs", exports).checked("/storage", ALLOCATE),
        Route::get("/nodes/{node}/scan/cifs", shares).checked("/storage", ALLOCATE),
        Route::get("/nodes/{node}/scan/pbs", datastores).checked("/storage", ALLOCATE),
    ]
}

/// The groups that the node's own storages lie in, and those that were made on its disks.
fn volume_groups(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node_id = cluster.node(request.node()).map_or(0, |node| node.id);
    let made = ["lvm", "lvmthin"].into_iter().flat_map(|kind| {
        let is_thin = kind == "lvmthin";
        node_disks::made(cluster, request.node(), kind).map(move |(name, section)| {
            let size = node_disks::size_of(section);
            (name, (size, if is_thin { size } else { 0 }))
        })
    });
    let groups: BTreeMap<&str, (u64, u64)> = cluster
        .storages
        .iter()
        .filter(|storage| storage.is_on(request.node()))
        .filter_map(|storage| {
            let group = storage.settings.get("vgname")?;
            let used = storage.used_on(request.node(), node_id, cluster.now_ms);
            Some((group.as_str(), (storage.total_on(request.node()), used)))
        })
        .chain(made)
        .collect();
    let rows: Value = groups
        .into_iter()
        .map(|(group, (total, used))| {
            json!({ "vg": group, "size": total, "free": total.saturating_sub(used) })
        })
        .collect();
    Ok(rows.into())
}

/// Storages of a kind that a node has, with their settings.
fn storages<'a>(
    cluster: &'a Cluster,
    node: &'a str,
    plugin: &'a str,
) -> impl Iterator<Item = &'a Storage> {
    let all = cluster.storages.iter();
    all.filter(move |storage| storage.plugin == plugin && storage.is_on(node))
}

fn thin_pools(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let group = request.text("vg").unwrap_or_default();
    let defined = storages(cluster, request.node(), "lvmthin")
        .filter(|storage| storage.settings.get("vgname") == Some(&group))
        .filter_map(|storage| storage.settings.get("thinpool"));
    // What is made on a disk is a group with one pool of the same name.
    let made = node_disks::made(cluster, request.node(), "lvmthin").map(|(name, _)| name);
    let names: BTreeSet<&str> = defined
        .map(String::as_str)
        .chain(made.filter(|name| *name == group))
        .collect();
    let rows: Value = names.iter().map(|name| json!({ "lv": name })).collect();
    Ok(rows.into())
}

/// Pools, and file systems in them, that the node's own storages lie in or that were made on its disks. A
/// node without any has no tools for them either.
fn zfs_pools(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node = request.node();
    let node_id = cluster.node(node).map_or(0, |node| node.id);
    let mut found: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for storage in storages(cluster, node, "zfspool") {
        let total = storage.total_on(node);
        let free = total.saturating_sub(storage.used_on(node, node_id, cluster.now_ms));
        let pool = storage.settings.get("pool").unwrap_or(&storage.id);
        // A file system and the pool it is in.
        let whole = pool.split('/').next().unwrap_or_default();
        for name in [pool.as_str(), whole] {
            let size = found.entry(name.to_owned()).or_default();
            *size = (size.0.max(total), size.1.max(free));
        }
    }
    for (name, section) in node_disks::made(cluster, node, "zfs") {
        let size = node_disks::size_of(section);
        found.entry(name.to_owned()).or_insert((size, size));
    }
    if found.is_empty() {
        let command = "zfs list -t filesystem -Hp -o name,avail,used";
        return Err(Refusal::died(format!(
            "command '{command}' failed: open3: exec of {command} failed: No such file or directory at /usr/share/perl5/PVE/Tools.pm line 435."
        )));
    }
    let rows: Value = found
        .into_iter()
        .map(|(pool, (size, free))| json!({ "pool": pool, "size": size, "free": free }))
        .collect();
    Ok(rows.into())
}

/// Portals that the cluster's storages name offer those targets; at others nobody answers.
fn targets(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let portal = request.text("portal").unwrap_or_default();
    let host = |portal: &str| portal.split(':').next().unwrap_or_default().to_owned();
    let rows: Value = cluster
        .storages
        .iter()
        .filter(|storage| storage.plugin == "iscsi")
        .filter_map(|storage| {
            let known = storage.settings.get("portal")?;
            let target = storage.settings.get("target")?;
            (host(known) == host(&portal)).then(|| {
                let at = format!("{}:3260", host(known));
                json!({ "target": target, "portal": at })
            })
        })
        .collect();
    Ok(rows.into())
}

/// Servers that the cluster's storages name export those directories; other servers do not answer.
fn exports(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let server = request.text("server").unwrap_or_default();
    let rows: Vec<Value> = cluster
        .storages
        .iter()
        .filter(|storage| {
            storage.plugin == "nfs" && storage.settings.get("server") == Some(&server)
        })
        .filter_map(|storage| storage.settings.get("export"))
        .map(|export| json!({ "path": export, "options": "*" }))
        .collect();
    if rows.is_empty() {
        return Err(Refusal::died(format!(
            "command '/sbin/showmount --no-headers --exports {server}' failed: exit code 1"
        )));
    }
    Ok(Value::from(rows).into())
}

/// What the cluster's storages of that type name on a server.
fn known(cluster: &Cluster, plugin: &str, (key, server): (&str, &str), what: &str) -> Vec<String> {
    cluster
        .storages
        .iter()
        .filter(|storage| {
            let at = storage.settings.get(key).map(String::as_str);
            storage.plugin == plugin && at == Some(server)
        })
        .filter_map(|storage| storage.settings.get(what).cloned())
        .collect()
}

/// Servers that the cluster's storages name have those shares; others do not answer.
fn shares(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let server = request.text("server").unwrap_or_default();
    let found = known(cluster, "cifs", ("server", &server), "share");
    if found.is_empty() {
        return Err(Refusal::died(format!(
            "error connecting to {server}: NT_STATUS_HOST_UNREACHABLE"
        )));
    }
    Ok(found
        .into_iter()
        .map(|share| json!({ "share": share, "description": "" }))
        .collect::<Value>()
        .into())
}

fn datastores(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let server = request.text("server").unwrap_or_default();
    let port = request.number("port").unwrap_or(8007);
    let found = known(cluster, "pbs", ("server", &server), "datastore");
    if found.is_empty() {
        let why = if super::storage::is_loopback(&server) {
            "Connection refused"
        } else {
            "No route to host"
        };
        return Err(Refusal::died(format!(
            "error fetching datastores - 500 Can't connect to {server}:{port} ({why})"
        )));
    }
    Ok(found
        .into_iter()
        .map(|store| json!({ "store": store }))
        .collect::<Value>()
        .into())
}
