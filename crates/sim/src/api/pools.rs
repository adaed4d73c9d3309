//! Pools and their members.

use serde_json::{Map, Value, json};

use super::route::{Answer, Form, Request, Route, may};
use super::status::list_row;
use crate::cluster::Cluster;
use crate::cluster::node::Pool;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/pools", list).with(
            const {
                &[
                    may("poolid", Form::Text { max: 200 }),
                    may("type", Form::OneOf(&["qemu", "lxc", "storage"])),
                ]
            },
        ),
        Route::get("/pools/{poolid}", one)
            .with(const { &[may("type", Form::OneOf(&["qemu", "lxc", "storage"]))] })
            .checked("/pool/{poolid}", &["Pool.Audit"]),
    ]
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if let Some(id) = request.text("poolid") {
        if !cluster.may(request.who, &format!("/pool/{id}"), "Pool.Audit") {
            return Err(Refusal::forbidden(&format!("/pool/{id}, Pool.Audit")));
        }
        let mut row = with_members(cluster, request, &id)?;
        row.insert("poolid".to_owned(), id.into());
        return Ok(json!([row]).into());
    }
    let rows: Value = cluster
        .pools
        .iter()
        .filter(|(id, _)| cluster.may(request.who, &format!("/pool/{id}"), "Pool.Audit"))
        .map(|(id, pool)| {
            let mut row = Map::from_iter([("poolid".to_owned(), Value::from(id.as_str()))]);
            add_comment(&mut row, pool);
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

fn one(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    with_members(cluster, request, request.in_path("poolid")).map(|row| Value::Object(row).into())
}

fn add_comment(row: &mut Map<String, Value>, pool: &Pool) {
    if !pool.comment.is_empty() {
        row.insert("comment".to_owned(), pool.comment.as_str().into());
    }
}

fn with_members(
    cluster: &Cluster,
    request: &Request<'_>,
    id: &str,
) -> Result<Map<String, Value>, Refusal> {
    let pool = cluster
        .pools
        .get(id)
        .ok_or_else(|| Refusal::died(format!("pool '{id}' does not exist")))?;
    let only = request.text("type");
    let wants = |kind: &str| only.as_deref().is_none_or(|only| only == kind);
    let mut members: Vec<Value> = cluster
        .pool_members(id)
        .filter(|guest| wants(guest.kind.as_str()))
        .map(|guest| {
            let mut row = list_row(guest, cluster.now_ms, cluster.version, false);
            row.insert(
                "id".to_owned(),
                format!("{}/{}", guest.kind.as_str(), guest.vmid).into(),
            );
            row.insert("type".to_owned(), guest.kind.as_str().into());
            row.insert("node".to_owned(), (&*guest.node).into());
            Value::Object(row)
        })
        .collect();
    if wants("storage") {
        members.extend(pool.storages.iter().map(|storage| {
            json!({ "type": "storage", "storage": storage, "id": format!("storage/{storage}") })
        }));
    }
    let mut row = Map::from_iter([("members".to_owned(), Value::from(members))]);
    add_comment(&mut row, pool);
    Ok(row)
}
