//! The cluster as a whole: version, membership, next free number, options, recent tasks.

use serde_json::{Map, Value, json};

use super::route::{Answer, Form, Request, Route, may};
use super::tasks::list_row;
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::version::PveVersion;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/version", |cluster, _| {
            Ok(version_json(cluster.version).into())
        }),
        Route::get("/cluster/status", status).checked("/", &["Sys.Audit"]),
        Route::get("/cluster/nextid", next_id).with(const { &[may("vmid", Form::Vmid)] }),
        Route::get("/cluster/options", options),
        Route::get("/cluster/tasks", tasks),
    ]
}

pub(crate) fn version_json(version: PveVersion) -> Value {
    json!({
        "version": version.full(),
        "release": version.release(),
        "repoid": version.repository_id(),
    })
}

fn status(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let mut rows = Vec::new();
    if let Some(name) = &cluster.name {
        rows.push(json!({
            "type": "cluster",
            "id": "cluster",
            "name": name,
            "nodes": cluster.nodes.len(),
            "quorate": u8::from(cluster.quorate),
            "version": cluster.nodes.len(),
        }));
    }
    let local = cluster.local_node();
    for node in &cluster.nodes {
        rows.push(json!({
            "type": "node",
            "id": format!("node/{}", node.name),
            "name": &*node.name,
            // A node that never joined a cluster has the number 0.
            "nodeid": if cluster.name.is_some() { node.id } else { 0 },
            "ip": node.ip,
            "local": u8::from(node.name == local),
            "online": u8::from(node.online),
            "level": "",
        }));
    }
    Ok(Value::from(rows).into())
}

fn next_id(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if let Some(wanted) = request
        .number("vmid")
        .and_then(|vmid| u32::try_from(vmid).ok())
    {
        if cluster.guests.contains_key(&wanted) {
            return Err(Refusal::parameter(
                "vmid",
                format!("VM {wanted} already exists"),
            ));
        }
        return Ok(Value::from(wanted.to_string()).into());
    }
    let mut free = 100;
    for vmid in cluster.guests.range(100..).map(|(vmid, _)| *vmid) {
        if vmid != free {
            break;
        }
        free += 1;
    }
    Ok(Value::from(free.to_string()).into())
}

fn options(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut tags: Vec<&str> = cluster
        .guests
        .values()
        .filter_map(|guest| guest.tags())
        .flat_map(|tags| tags.split(';'))
        .filter(|tag| !tag.is_empty())
        .collect();
    tags.sort_unstable();
    tags.dedup();
    let mut map = Map::from_iter([("allowed-tags".to_owned(), Value::from(tags))]);
    // Without the privilege only what everybody needs is shown.
    if cluster.may(request.who, "/", "Sys.Audit") {
        map.extend(
            cluster
                .options
                .iter()
                .map(|(key, value)| (key.clone(), Value::from(value.as_str()))),
        );
    }
    Ok(Value::Object(map).into())
}

/// Ended tasks of each node that the cluster's list keeps.
const KEPT_PER_NODE: usize = 25;

fn tasks(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = cluster.may(request.who, "/", "Sys.Audit");
    let mut ended_on: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let mut rows = Vec::new();
    for task in cluster.tasks.newest_first() {
        let ended = task.ended_ms().is_some();
        if ended {
            let count = ended_on.entry(&task.node).or_default();
            *count += 1;
            if *count > KEPT_PER_NODE {
                continue;
            }
        }
        if !all && task.user_and_token().0 != request.who.user {
            continue;
        }
        let mut row = list_row(task);
        row.remove("pid");
        row.remove("pstart");
        if ended {
            row.insert("saved".to_owned(), "1".into());
        } else {
            row.remove("status");
        }
        rows.push(Value::Object(row));
    }
    Ok(Value::from(rows).into())
}
