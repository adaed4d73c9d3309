//! Pools and their members.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use super::status::list_row;
use crate::cluster::Cluster;
use crate::cluster::node::Pool;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/pools", list),
        Route::post("/pools", create)
            .checked("/pool/{poolid}", &["Pool.Allocate"])
            .records("pool.create", "pool/{poolid}"),
        Route::put("/pools", update).records("pool.update", "pool/{poolid}"),
        Route::put("/pools/{poolid}", update).records("pool.update", "pool/{poolid}"),
        Route::delete("/pools", delete)
            .checked("/pool/{poolid}", &["Pool.Allocate"])
            .records("pool.delete", "pool/{poolid}"),
        Route::delete("/pools/{poolid}", delete)
            .checked("/pool/{poolid}", &["Pool.Allocate"])
            .records("pool.delete", "pool/{poolid}"),
        Route::get("/pools/{poolid}", one).checked("/pool/{poolid}", &["Pool.Audit"]),
    ]
}

/// The pool of a request, in the path or as a parameter.
fn id_of(request: &Request<'_>) -> String {
    match request.in_path("poolid") {
        "" => request.text("poolid").unwrap_or_default(),
        id => id.to_owned(),
    }
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = id_of(request);
    if cluster.pools.contains_key(&id) {
        return Err(Refusal::died(format!(
            "create pool failed: pool '{id}' already exists"
        )));
    }
    if let Some((parent, _)) = id.rsplit_once('/')
        && !cluster.pools.contains_key(parent)
    {
        return Err(Refusal::died(format!(
            "create pool failed: parent '{parent}' of pool '{id}' does not exist"
        )));
    }
    let pool = Pool {
        comment: request.text("comment").unwrap_or_default(),
        ..Pool::default()
    };
    cluster.pools.insert(id, pool);
    Ok(Answer::null())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = id_of(request);
    let at = format!("/pool/{id}");
    if !cluster.may(request.who, &at, "Pool.Allocate") {
        return Err(Refusal::forbidden(&format!("{at}, Pool.Allocate")));
    }
    let failed = |text: String| Refusal::died(format!("update pools failed: {text}"));
    if !cluster.pools.contains_key(&id) {
        return Err(failed(format!("pool '{id}' does not exist")));
    }
    let remove = request.flag("delete");
    let list = |name: &str| -> Vec<String> {
        let text = request.text(name).unwrap_or_default();
        crate::schema::check::list_items(&text)
            .map(str::to_owned)
            .collect()
    };
    permit_members(cluster, request, &list)?;
    for vmid in list("vms") {
        let number: u32 = vmid.parse().unwrap_or(0);
        // A number without a guest is taken, and shows nothing.
        let Some(guest) = cluster.guests.get_mut(&number) else {
            continue;
        };
        match (&guest.pool, remove) {
            (Some(pool), true) if *pool == id => guest.pool = None,
            (_, true) => return Err(failed(format!("VM {vmid} is not a pool member"))),
            (Some(pool), false) if *pool == id => {
                return Err(failed(format!("VM {vmid} is already a pool member")));
            }
            (Some(pool), false) if !request.flag("allow-move") => {
                return Err(failed(format!(
                    "VM {vmid} belongs already to pool '{pool}' and allow-move is not set"
                )));
            }
            (_, false) => guest.pool = Some(id.clone()),
        }
    }
    let storages = list("storage");
    let unknown = storages
        .iter()
        .find(|storage| cluster.storage(storage).is_none());
    if let Some(storage) = unknown {
        return Err(failed(format!("storage '{storage}' does not exist")));
    }
    let Some(pool) = cluster.pools.get_mut(&id) else {
        return Ok(Answer::null());
    };
    for storage in storages {
        let is_member = pool.storages.contains(&storage);
        match (is_member, remove) {
            (true, true) => pool.storages.retain(|member| *member != storage),
            (false, true) => {
                return Err(failed(format!("Storage '{storage}' is not a pool member")));
            }
            (true, false) => {
                return Err(failed(format!(
                    "Storage '{storage}' is already a pool member"
                )));
            }
            (false, false) => pool.storages.push(storage),
        }
    }
    if let Some(comment) = request.text("comment") {
        pool.comment = comment;
    }
    Ok(Answer::null())
}

/// Members are given away: that takes the right to modify their permissions, and a guest is taken out of its
/// present pool besides.
fn permit_members(
    cluster: &Cluster,
    request: &Request<'_>,
    list: &dyn Fn(&str) -> Vec<String>,
) -> Result<(), Refusal> {
    let need = |at: String, any_of: &[&str]| {
        cluster
            .need_any(request.who, &at, any_of)
            .map_err(|refusal| {
                let text = refusal.message.trim_end();
                Refusal::died(format!("update pools failed: 403 {text}"))
            })
    };
    for vmid in list("vms") {
        need(
            format!("/vms/{vmid}"),
            &["Permissions.Modify", "VM.Allocate"],
        )?;
        let guest = vmid.parse().ok().and_then(|vmid| cluster.guests.get(&vmid));
        if let Some(present) = guest.and_then(|guest| guest.pool.as_ref())
            && request.flag("allow-move")
            && !request.flag("delete")
        {
            need(format!("/pool/{present}"), &["Pool.Allocate"])?;
        }
    }
    for storage in list("storage") {
        let any_of = ["Permissions.Modify", "Datastore.Allocate"];
        need(format!("/storage/{storage}"), &any_of)?;
    }
    Ok(())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = id_of(request);
    let failed = |text: String| Err(Refusal::died(format!("delete pool failed: {text}")));
    let Some(pool) = cluster.pools.get(&id) else {
        return failed(format!("pool '{id}' does not exist"));
    };
    let below = cluster
        .pools
        .keys()
        .find(|other| other.starts_with(&format!("{id}/")));
    if let Some(other) = below {
        return failed(format!(
            "pool '{id}' is not empty (contains pool '{other}')"
        ));
    }
    if let Some(guest) = cluster.pool_members(&id).next() {
        return failed(format!(
            "pool '{id}' is not empty (contains VM {})",
            guest.vmid
        ));
    }
    if let Some(storage) = pool.storages.first() {
        return failed(format!(
            "pool '{id}' is not empty (contains storage '{storage}')"
        ));
    }
    cluster.pools.remove(&id);
    Ok(Answer::null())
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
    let id = request.in_path("poolid");
    let mut row = with_members(cluster, request, id)?;
    row.insert("poolid".to_owned(), id.into());
    Ok(Value::Object(row).into())
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
        members.extend(
            pool.storages
                .iter()
                .flat_map(|storage| super::resources::storage_rows(cluster, storage)),
        );
    }
    let mut row = Map::from_iter([("members".to_owned(), Value::from(members))]);
    add_comment(&mut row, pool);
    Ok(row)
}
