//! High availability as a cluster shows it: resources that a world names, and the state of the manager.

use serde_json::{Value, json};

use super::route::{Answer, Form, Request, Route, may};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/cluster/ha/resources", resources)
            .with(const { &[may("type", Form::OneOf(&["vm", "ct"]))] })
            .checked("/", &["Sys.Audit"]),
        Route::get("/cluster/ha/rules", rules).checked("/", &["Sys.Audit"]),
        Route::get("/cluster/ha/groups", groups).checked("/", &["Sys.Audit"]),
        Route::get("/cluster/ha/status/current", current).checked("/", &["Sys.Audit"]),
        Route::get("/cluster/ha/status/manager_status", manager).checked("/", &["Sys.Audit"]),
    ]
}

fn resources(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let only = request.text("type");
    let rows: Value = cluster
        .ha
        .iter()
        .filter_map(|resource| {
            let (kind, _) = resource.sid.split_once(':')?;
            only.as_ref().is_none_or(|only| only == kind).then(|| {
                json!({ "sid": resource.sid, "type": kind, "state": resource.state, "max_restart": 1 })
            })
        })
        .collect();
    Ok(rows.into())
}

fn rules(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    if cluster.version.is_nine() {
        return Ok(json!([]).into());
    }
    Err(Refusal::not_implemented("GET", "/cluster/ha/rules"))
}

fn groups(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    if cluster.version.is_nine() {
        return Err(Refusal::died(
            "cannot index groups: ha groups have been migrated to rules",
        ));
    }
    Ok(json!([]).into())
}

fn current(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let local = cluster.local_node();
    let mut rows = vec![json!({
        "id": "quorum",
        "type": "quorum",
        "node": &*local,
        "quorate": u8::from(cluster.quorate),
        "status": if cluster.quorate { "OK" } else { "No quorum on node" },
    })];
    if cluster.version.is_nine() {
        rows.push(json!({
            "id": "fencing",
            "type": "fencing",
            "node": &*local,
            "status": "standby (CRM watchdog standby)",
            "armed-state": "standby",
        }));
    }
    for resource in &cluster.ha {
        let node = resource
            .vmid()
            .and_then(|vmid| cluster.guests.get(&vmid))
            .map_or(&*local, |guest| &*guest.node);
        rows.push(json!({
            "id": format!("service:{}", resource.sid),
            "type": "service",
            "sid": resource.sid,
            "node": node,
            "state": resource.state,
            "crm_state": resource.state,
            "request_state": resource.state,
            "status": format!("{} ({node}, {})", resource.sid, resource.state),
        }));
    }
    Ok(Value::from(rows).into())
}

fn manager(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let local = cluster.local_node();
    Ok(json!({
        "manager_status": { "node_status": {} },
        "quorum": { "node": &*local, "quorate": if cluster.quorate { "1" } else { "" } },
    })
    .into())
}
