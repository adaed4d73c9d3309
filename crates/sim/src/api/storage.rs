//! Storages: their definitions, and their state on a node.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::node::Storage;
use crate::cluster::refusal::Refusal;
use crate::random::{Random, mix, text_seed};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/storage", definitions),
        Route::get("/storage/{storage}", definition)
            .checked("/storage/{storage}", &["Datastore.Allocate"]),
        Route::post("/storage", create)
            .checked("/storage", &["Datastore.Allocate"])
            .records("storage.create", "storage/{storage}"),
        Route::put("/storage/{storage}", update)
            .checked("/storage/{storage}", &["Datastore.Allocate"])
            .records("storage.update", "storage/{storage}"),
        Route::delete("/storage/{storage}", delete)
            .checked("/storage/{storage}", &["Datastore.Allocate"])
            .records("storage.delete", "storage/{storage}"),
        Route::get("/nodes/{node}/storage", list),
        Route::get("/nodes/{node}/storage/{storage}/status", status).checked(
            "/storage/{storage}",
            &["Datastore.Audit", "Datastore.AllocateSpace"],
        ),
    ]
}

/// A storage that can be used on a node, or PVE's text about what is wrong with it.
pub(crate) fn usable<'a>(
    cluster: &'a Cluster,
    node: &str,
    id: &str,
) -> Result<&'a Storage, Refusal> {
    let storage = cluster.storage(id).ok_or_else(|| missing(id))?;
    if !storage.enabled {
        return Err(Refusal::died(format!("storage '{id}' is disabled")));
    }
    if !storage.is_on(node) {
        return Err(Refusal::died(format!(
            "storage '{id}' is not available on node '{node}'"
        )));
    }
    if !storage.is_active_on(node) {
        return Err(Refusal::died(format!("storage '{id}' is not online")));
    }
    Ok(storage)
}

/// Settings without which a storage of that type cannot be.
fn required(plugin: &str) -> &'static [&'static str] {
    match plugin {
        "dir" | "btrfs" => &["path"],
        "nfs" => &["server", "export"],
        "cifs" => &["server", "share"],
        "lvm" => &["vgname"],
        "lvmthin" => &["vgname", "thinpool"],
        "zfspool" => &["pool"],
        "pbs" => &["server", "datastore"],
        "iscsi" => &["portal", "target"],
        "esxi" => &["server"],
        _ => &[],
    }
}

/// What a storage of that type holds when nothing is said.
fn usual_content(plugin: &str) -> &'static [&'static str] {
    match plugin {
        "dir" | "nfs" | "cifs" | "btrfs" => &["images"],
        "lvm" | "lvmthin" | "zfspool" | "rbd" => &["images", "rootdir"],
        "cephfs" | "pbs" => &["backup"],
        "esxi" => &["import"],
        _ => &["none"],
    }
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("storage").unwrap_or_default();
    let plugin = request.text("type").unwrap_or_default();
    for key in required(&plugin) {
        if request.text(key).is_none() {
            return Err(Refusal::died(format!(
                "missing value for required option '{key}'"
            )));
        }
    }
    if cluster.storage(&id).is_some() {
        return Err(Refusal::died(format!(
            "create storage failed: storage ID '{id}' already defined"
        )));
    }
    if let Some(problem) = problem(cluster, request, &id, &plugin) {
        return Err(Refusal::died(format!("create storage failed: {problem}")));
    }
    let content = match request.text("content") {
        Some(text) => content_list(&text),
        None => usual_content(&plugin)
            .iter()
            .map(|kind| (*kind).to_owned())
            .collect(),
    };
    let shared = matches!(
        plugin.as_str(),
        "nfs" | "cifs" | "cephfs" | "rbd" | "pbs" | "iscsi" | "esxi"
    ) || request.flag("shared");
    let mut storage = Storage {
        id: id.clone(),
        plugin: plugin.clone(),
        content,
        shared,
        nodes: None,
        enabled: true,
        active: true,
        total_bytes: 252 << 30,
        used_bytes: 37 << 30,
        grown_bytes: std::collections::BTreeMap::new(),
        growth: crate::cluster::node::Growth::default(),
        on_nodes: std::collections::BTreeMap::new(),
        settings: std::collections::BTreeMap::new(),
    };
    set(&mut storage, request);
    cluster.storages.push(storage);
    Ok(json!({ "storage": id, "type": plugin }).into())
}

/// What keeps a new storage from coming up. Servers on the node's own loopback address are not there,
/// others are; groups and pools of disks are there when another storage lies in them.
fn problem(cluster: &Cluster, request: &Request<'_>, id: &str, plugin: &str) -> Option<String> {
    let given = |name: &str| request.text(name).unwrap_or_default();
    let is_known = |name: &str| {
        let wanted = given(name);
        cluster
            .storages
            .iter()
            .any(|storage| storage.settings.get(name) == Some(&wanted))
    };
    let server = given("server");
    let pool = given("pool");
    let root = pool.split('/').next().unwrap_or_default();
    match plugin {
        "nfs" | "cifs" if is_loopback(&server) => Some(format!("storage '{id}' is not online")),
        "pbs" if is_loopback(&server) => Some(format!(
            "{id}: error fetching datastores - 500 Can't connect to {server}:8007 (Connection refused)"
        )),
        "lvmthin" if !(is_known("vgname") && is_known("thinpool")) => Some(format!(
            "no such logical volume {}/{}",
            given("vgname"),
            given("thinpool")
        )),
        "lvm" if !is_known("vgname") => Some(format!("no such volume group '{}'", given("vgname"))),
        "zfspool"
            if !cluster.storages.iter().any(|storage| {
                storage.plugin == "zfspool"
                    && storage
                        .settings
                        .get("pool")
                        .is_some_and(|other| other.split('/').next() == Some(root))
            }) =>
        {
            Some(format!(
                "could not activate storage '{id}', zfs error: cannot import '{root}': no such pool available\n"
            ))
        }
        _ => None,
    }
}

pub(crate) fn is_loopback(server: &str) -> bool {
    server == "localhost" || server.starts_with("127.")
}

fn content_list(text: &str) -> Vec<String> {
    crate::schema::check::list_items(text)
        .map(str::to_owned)
        .collect()
}

/// Takes over the settings of a request.
fn set(storage: &mut Storage, request: &Request<'_>) {
    for (name, given) in &request.parameters {
        let text = given.text();
        match name.as_str() {
            "storage" | "type" | "digest" | "delete" | "password" | "encryption-key" => {}
            "content" => storage.content = content_list(&text),
            "nodes" => storage.nodes = Some(content_list(&text)),
            "disable" => storage.enabled = text != "1",
            "shared" => storage.shared = text == "1",
            _ => {
                storage.settings.insert(name.clone(), text);
            }
        }
    }
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("storage").to_owned();
    let digest = digest(cluster);
    if request.text("digest").is_some_and(|given| given != digest) {
        return Err(Refusal::died(
            "update storage failed: detected modified configuration - file changed by other user? Try again.",
        ));
    }
    let not_there = || {
        Refusal::died(format!(
            "update storage failed: storage '{id}' does not exist"
        ))
    };
    let storage = cluster.storage_mut(&id).ok_or_else(not_there)?;
    set(storage, request);
    let delete = request.text("delete").unwrap_or_default();
    for key in crate::schema::check::list_items(&delete) {
        match key {
            "nodes" => storage.nodes = None,
            "disable" => storage.enabled = true,
            "content" => {
                storage.content = usual_content(&storage.plugin)
                    .iter()
                    .map(|kind| (*kind).to_owned())
                    .collect();
            }
            _ => {
                storage.settings.remove(key);
            }
        }
    }
    Ok(json!({ "storage": id, "type": storage.plugin }).into())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("storage");
    if cluster.storage(id).is_none() {
        return Err(Refusal::died(format!(
            "delete storage failed: storage '{id}' does not exist"
        )));
    }
    cluster.storages.retain(|storage| storage.id != id);
    // The volumes stay on the disks; nothing shows them any more.
    cluster.volumes.retain(|(storage, _, _), _| storage != id);
    for pool in cluster.pools.values_mut() {
        pool.storages.retain(|storage| storage != id);
    }
    Ok(Answer::null())
}

fn missing(id: &str) -> Refusal {
    Refusal::died(format!("storage '{id}' does not exist"))
}

fn definitions(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let only = request.text("type");
    let rows: Value = cluster
        .storages
        .iter()
        .filter(|storage| only.as_ref().is_none_or(|only| storage.plugin == *only))
        .filter(|storage| {
            cluster.may(
                request.who,
                &format!("/storage/{}", storage.id),
                "Datastore.Audit",
            )
        })
        .map(|storage| definition_json(cluster, storage))
        .collect();
    Ok(rows.into())
}

fn definition(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("storage");
    let storage = cluster.storage(id).ok_or_else(|| missing(id))?;
    Ok(definition_json(cluster, storage).into())
}

fn definition_json(cluster: &Cluster, storage: &Storage) -> Value {
    let mut map = Map::from_iter([
        ("storage".to_owned(), Value::from(storage.id.as_str())),
        ("type".to_owned(), storage.plugin.as_str().into()),
        ("content".to_owned(), storage.content_text().into()),
        ("digest".to_owned(), digest(cluster).into()),
    ]);
    map.extend(storage.settings.iter().map(|(key, value)| {
        let is_number = matches!(key.as_str(), "priority" | "krbd" | "sparse" | "port");
        let number = value.parse::<i64>().ok().filter(|_| is_number);
        (
            key.clone(),
            number.map_or_else(|| Value::from(value.as_str()), Value::from),
        )
    }));
    if storage.shared && matches!(storage.plugin.as_str(), "dir" | "lvm") {
        map.insert("shared".to_owned(), json!(1));
    }
    if !storage.enabled {
        map.insert("disable".to_owned(), json!(1));
    }
    if let Some(nodes) = &storage.nodes {
        map.insert("nodes".to_owned(), nodes.join(",").into());
    }
    Value::Object(map)
}

/// One digest for all definitions: they stand in one file.
fn digest(cluster: &Cluster) -> String {
    let mut seed = 0;
    for storage in &cluster.storages {
        let nodes = storage
            .nodes
            .as_ref()
            .map(|nodes| nodes.join(","))
            .unwrap_or_default();
        let line = [storage.plugin.as_str(), &storage.id, &nodes].join(":");
        seed = mix(seed, &[text_seed(&line), u64::from(storage.enabled)]);
    }
    let mut random = Random::new(seed);
    let mut digits = || format!("{:08x}", random.below(1 << 32));
    [digits(), digits(), digits(), digits(), digits()].concat()
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node_id = cluster.node(request.node()).map_or(0, |node| node.id);
    let content = request.text("content");
    let only = request.text("storage");
    let rows: Value = cluster
        .storages
        .iter()
        .filter(|storage| {
            cluster.may(
                request.who,
                &format!("/storage/{}", storage.id),
                "Datastore.Audit",
            ) && only.as_ref().is_none_or(|only| storage.id == *only)
                && content.as_ref().is_none_or(|wanted| {
                    crate::schema::check::list_items(wanted)
                        .any(|wanted| storage.content.iter().any(|kind| kind == wanted))
                })
                && (!request.flag("enabled") || (storage.enabled && storage.is_on(request.node())))
        })
        .map(|storage| {
            let mut row = state(storage, (request.node(), node_id), cluster.now_ms);
            row.insert("storage".to_owned(), storage.id.as_str().into());
            let total = row.get("total").and_then(Value::as_u64).unwrap_or(0);
            if total > 0 {
                let used = row.get("used").and_then(Value::as_u64).unwrap_or(0);
                row.insert(
                    "used_fraction".to_owned(),
                    (used as f64 / total as f64).into(),
                );
            }
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

fn status(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("storage");
    let storage = cluster
        .storage(id)
        .ok_or_else(|| Refusal::parameter("storage", "No such storage."))?;
    let node_id = cluster.node(request.node()).map_or(0, |node| node.id);
    if !storage.is_on(request.node()) {
        return Err(Refusal::died(format!(
            "storage '{id}' is not available on node '{}'",
            request.node()
        )));
    }
    Ok(Value::Object(state(storage, (request.node(), node_id), cluster.now_ms)).into())
}

fn state(storage: &Storage, (node, node_id): (&str, u32), now_ms: i64) -> Map<String, Value> {
    let enabled = storage.enabled && storage.is_on(node);
    let active = enabled && storage.is_active_on(node);
    let (total, used) = if active {
        (
            storage.total_on(node),
            storage.used_on(node, node_id, now_ms),
        )
    } else {
        (0, 0)
    };
    Map::from_iter([
        ("type".to_owned(), Value::from(storage.plugin.as_str())),
        ("content".to_owned(), storage.content_text().into()),
        ("shared".to_owned(), u8::from(storage.shared).into()),
        ("enabled".to_owned(), u8::from(enabled).into()),
        ("active".to_owned(), u8::from(active).into()),
        ("total".to_owned(), total.into()),
        ("used".to_owned(), used.into()),
        ("avail".to_owned(), total.saturating_sub(used).into()),
    ])
}
