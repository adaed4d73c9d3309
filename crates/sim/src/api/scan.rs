//! What a node finds around it: volume groups, exports of servers, files behind addresses, and the index
//! of container templates.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    const ALLOCATE: &[&str] = &["Datastore.Allocate"];
    vec![
        Route::get("/nodes/{node}/scan/lvm", volume_groups).checked("/storage", ALLOCATE),
        Route::get("/nodes/{node}/scan/nfs", exports).checked("/storage", ALLOCATE),
        Route::get("/nodes/{node}/query-url-metadata", metadata).checked("/", &["Sys.Audit"]),
        // The index is empty: it is fetched from a server that nobody plays.
        Route::get("/nodes/{node}/aplinfo", |_, _| Ok(json!([]).into())).constant(),
        Route::post("/nodes/{node}/aplinfo", download)
            .checked("/storage/{storage}", &["Datastore.AllocateTemplate"])
            .records("volume.download_template", "storage/{storage}"),
    ]
}

/// The groups that the node's own storages lie in.
fn volume_groups(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node_id = cluster.node(request.node()).map_or(0, |node| node.id);
    let groups: BTreeMap<&str, (u64, u64)> = cluster
        .storages
        .iter()
        .filter(|storage| storage.is_on(request.node()))
        .filter_map(|storage| {
            let group = storage.settings.get("vgname")?;
            let used = storage.used_on(request.node(), node_id);
            Some((group.as_str(), (storage.total_bytes, used)))
        })
        .collect();
    let rows: Value = groups
        .into_iter()
        .map(|(group, (total, used))| {
            json!({ "vg": group, "size": total, "free": total.saturating_sub(used) })
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

/// No server answers: those on the node refuse, the names of others are not found.
fn metadata(_: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let url = request.text("url").unwrap_or_default();
    if let Some(file) = super::upload::mirrored(&url) {
        let file =
            file.map_err(|status| Refusal::died(format!("invalid server response: '{status}'")))?;
        let name = url.split(['?', '#']).next().unwrap_or_default();
        return Ok(json!({
            "filename": name.rsplit('/').next(),
            "size": file.len(),
            "mimetype": "application/octet-stream",
        })
        .into());
    }
    let usual = if url.starts_with("https:") { 443 } else { 80 };
    let host = url
        .split_once("://")
        .map_or("", |(_, rest)| rest)
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, port.to_owned()),
        None => (host, usual.to_string()),
    };
    let why = if super::storage::is_loopback(name) {
        "Connection refused"
    } else {
        "Temporary failure in name resolution"
    };
    Err(Refusal::died(format!(
        "invalid server response: '500 Can't connect to {name}:{port} ({why})'"
    )))
}

fn download(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    Err(Refusal::parameter("template", "no such template"))
}
