//! The cluster as a whole: version, membership, next free number, options, recent tasks.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
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
        Route::get("/cluster/nextid", next_id),
        Route::get("/cluster/options", options),
        Route::put("/cluster/options", set_options)
            .checked("/", &["Sys.Modify"])
            .records("cluster.options", "cluster"),
        Route::get("/cluster/tasks", tasks),
        Route::get("/cluster/log", log),
        Route::get("/cluster/config/qdevice", |_, _| Ok(json!({}).into()))
            .checked("/", &["Sys.Audit"]),
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
    let range = cluster.options.get("next-id").map_or("", String::as_str);
    let bound = |name: &str| -> Option<u32> {
        let parts = range.split(',').filter_map(|part| part.split_once('='));
        let (_, value) = parts.into_iter().find(|(key, _)| *key == name)?;
        value.parse().ok()
    };
    let (lower, upper) = (
        bound("lower").unwrap_or(100),
        bound("upper").unwrap_or(1_000_000),
    );
    let mut free = lower;
    for vmid in cluster.guests.range(lower..).map(|(vmid, _)| *vmid) {
        if vmid != free {
            break;
        }
        free += 1;
    }
    if free >= upper {
        return Err(Refusal::died(format!(
            "unable to get any free VMID in range [{lower}, {upper}]"
        )));
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
                .map(|(key, value)| (key.clone(), option_json(key, value))),
        );
    }
    Ok(Value::Object(map).into())
}

/// Property strings come back as objects, tags as a list, notes with a line end.
fn option_json(key: &str, value: &str) -> Value {
    match key {
        "description" => format!("{value}\n").into(),
        "registered-tags" => value.split(';').collect::<Value>(),
        "max_workers" | "migration_unsecure" => value.parse::<i64>().unwrap_or(0).into(),
        _ if value.contains('=') && !matches!(key, "http_proxy" | "consent-text") => value
            .split(',')
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect::<Map<_, _>>()
            .into(),
        "migration" | "replication" => json!({ "type": value }),
        _ => value.into(),
    }
}

fn set_options(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if !cluster.quorate {
        let mut refusal = Refusal::died("cfs-lock 'file-datacenter_cfg' error: no quorum!");
        refusal.delay = std::time::Duration::from_secs(10);
        return Err(refusal);
    }
    let delete = request.text("delete").unwrap_or_default();
    for key in crate::schema::check::list_items(&delete) {
        cluster.options.remove(key);
    }
    for (name, given) in request
        .parameters
        .iter()
        .filter(|(name, _)| *name != "delete")
    {
        cluster.options.insert(name.clone(), given.text());
    }
    Ok(Answer::null())
}

/// The cluster's own log: tasks begin and end.
fn log(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = cluster.may(request.who, "/", "Sys.Syslog");
    let limit = request
        .number("max")
        .and_then(|max| usize::try_from(max).ok())
        .unwrap_or(50);
    let mut rows: Vec<(i64, Value)> = Vec::new();
    for task in cluster.tasks.newest_first().take(limit) {
        let (user, _) = task.user_and_token();
        if !all && user != request.who.user {
            continue;
        }
        let mut add = |at_ms: i64, number: u64, text: String, priority: u8| {
            let row = json!({
                "uid": number.to_string(), "id": format!("{number}:{}", task.node), "node": &*task.node,
                "time": at_ms.div_euclid(1000), "pri": priority, "tag": "pvedaemon", "pid": task.pid,
                "user": user, "msg": text,
            });
            rows.push((at_ms, row));
        };
        add(
            task.start_ms,
            task.number * 2,
            format!("starting task {}", task.upid),
            6,
        );
        if let (Some(at_ms), Some(exit)) = (task.ended_ms(), task.exit()) {
            let priority = if exit == "OK" { 6 } else { 3 };
            add(
                at_ms,
                task.number * 2 + 1,
                format!("end task {} {exit}", task.upid),
                priority,
            );
        }
    }
    for (index, note) in cluster.notes.iter().rev().take(limit).enumerate() {
        if all || note.user == request.who.user {
            let number = 1_000_000 + index;
            rows.push((note.at_ms, json!({
                "uid": number.to_string(), "id": format!("{number}:{}", note.node), "node": note.node,
                "time": note.at_ms.div_euclid(1000), "pri": note.priority, "tag": "pvedaemon", "pid": 1212,
                "user": note.user, "msg": note.text,
            })));
        }
    }
    for node in cluster.nodes.iter().filter(|_| all) {
        rows.push((
            node.boot_ms,
            json!({
                "uid": "1", "id": format!("1:{}", node.name), "node": &*node.name,
                "time": node.boot_ms.div_euclid(1000), "pri": 6, "tag": "cluster", "pid": 1100,
                "user": "root", "msg": "starting cluster log",
            }),
        ));
    }
    rows.sort_by_key(|(at_ms, _)| std::cmp::Reverse(*at_ms));
    Ok(rows
        .into_iter()
        .take(limit)
        .map(|(_, row)| row)
        .collect::<Value>()
        .into())
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
