//! Storages: their definitions, and their state on a node.

use serde_json::{Map, Value, json};

use super::route::{Answer, Form, Parameter, Request, Route, may};
use crate::cluster::Cluster;
use crate::cluster::node::Storage;
use crate::cluster::refusal::Refusal;
use crate::random::{Random, mix, text_seed};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/storage", definitions).with(const { &[may("type", Form::Text { max: 40 })] }),
        Route::get("/storage/{storage}", definition)
            .checked("/storage/{storage}", &["Datastore.Allocate"]),
        Route::get("/nodes/{node}/storage", list).with(FILTERS),
        Route::get("/nodes/{node}/storage/{storage}/status", status).checked(
            "/storage/{storage}",
            &["Datastore.Audit", "Datastore.AllocateSpace"],
        ),
    ]
}

const FILTERS: &[Parameter] = &[
    may("content", super::route::TEXT),
    may("storage", Form::Text { max: 100 }),
    may("enabled", Form::Boolean),
    may("format", Form::Boolean),
    may("target", Form::Text { max: 100 }),
];

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
    map.extend(
        storage
            .settings
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.as_str()))),
    );
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
                    super::check::list_items(wanted)
                        .any(|wanted| storage.content.iter().any(|kind| kind == wanted))
                })
                && (!request.flag("enabled") || (storage.enabled && storage.is_on(request.node())))
        })
        .map(|storage| {
            let mut row = state(storage, request.node(), node_id);
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
    let storage = cluster.storage(id).ok_or_else(|| missing(id))?;
    let node_id = cluster.node(request.node()).map_or(0, |node| node.id);
    if !storage.is_on(request.node()) {
        return Err(Refusal::died(format!(
            "storage '{id}' is not available on node '{}'",
            request.node()
        )));
    }
    Ok(Value::Object(state(storage, request.node(), node_id)).into())
}

fn state(storage: &Storage, node: &str, node_id: u32) -> Map<String, Value> {
    let enabled = storage.enabled && storage.is_on(node);
    let active = enabled && storage.active;
    let (total, used) = if active {
        (storage.total_bytes, storage.used_on(node_id))
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
