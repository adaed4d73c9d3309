//! High availability: resources, and what the manager shows of them.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::GuestKind;
use crate::cluster::node::HaResource;
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::random::{Random, mix, text_seed};
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Console"];
    const ONE: &str = "/cluster/ha/resources/{sid}";
    vec![
        Route::get("/cluster/ha/resources", list).checked("/", SEE),
        Route::post("/cluster/ha/resources", create)
            .checked("/", CHANGE)
            .records("ha.create", "ha/{sid}"),
        Route::get(ONE, one).checked("/", SEE),
        Route::put(ONE, update)
            .checked("/", CHANGE)
            .records("ha.update", "ha/{sid}"),
        Route::delete(ONE, delete)
            .checked("/", CHANGE)
            .records("ha.delete", "ha/{sid}"),
        Route::post("/cluster/ha/resources/{sid}/migrate", relocate)
            .checked("/", CHANGE)
            .records("ha.migrate", "ha/{sid}"),
        Route::post("/cluster/ha/resources/{sid}/relocate", relocate)
            .checked("/", CHANGE)
            .records("ha.relocate", "ha/{sid}"),
        Route::get("/cluster/ha/status/current", current).checked("/", SEE),
        Route::get("/cluster/ha/status/manager_status", manager).checked("/", SEE),
    ]
}

/// `vm:100`, also when only the number was given.
fn sid_of(cluster: &Cluster, text: &str) -> String {
    match text.parse::<u32>() {
        Ok(vmid) => match cluster.guests.get(&vmid).map(|guest| guest.kind) {
            Some(GuestKind::Lxc) => format!("ct:{vmid}"),
            _ => format!("vm:{vmid}"),
        },
        Err(_) => text.to_owned(),
    }
}

pub(crate) fn digest_of(parts: impl Iterator<Item = String>) -> String {
    let seed = parts.fold(7, |seed, part| mix(seed, &[text_seed(&part)]));
    let mut random = Random::new(seed);
    (0..5)
        .map(|_| format!("{:08x}", random.below(1 << 32)))
        .collect::<Vec<_>>()
        .concat()
}

fn digest(cluster: &Cluster) -> String {
    digest_of(cluster.ha.iter().map(|resource| {
        let settings: Vec<&str> = resource.settings.values().map(String::as_str).collect();
        format!("{} {} {}", resource.sid, resource.state, settings.join(" "))
    }))
}

fn row(cluster: &Cluster, resource: &HaResource) -> Map<String, Value> {
    let kind = resource.sid.split(':').next().unwrap_or("vm");
    let mut map = Map::from_iter([
        ("sid".to_owned(), Value::from(resource.sid.as_str())),
        ("type".to_owned(), kind.into()),
        ("state".to_owned(), resource.state.as_str().into()),
        ("digest".to_owned(), digest(cluster).into()),
    ]);
    for (key, value) in &resource.settings {
        let value = value
            .parse::<i64>()
            .map_or_else(|_| Value::from(value.as_str()), Value::from);
        map.insert(key.clone(), value);
    }
    map
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let only = request.text("type");
    let rows: Value = cluster
        .ha
        .iter()
        .filter(|resource| {
            only.as_ref()
                .is_none_or(|only| resource.sid.starts_with(&format!("{only}:")))
        })
        .map(|resource| Value::Object(row(cluster, resource)))
        .collect();
    Ok(rows.into())
}

fn one(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let sid = sid_of(cluster, request.in_path("sid"));
    let found = cluster.ha.iter().find(|resource| resource.sid == sid);
    match found {
        Some(resource) => Ok(Value::Object(row(cluster, resource)).into()),
        None => Err(Refusal::died(format!("no such resource '{sid}'"))),
    }
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let sid = sid_of(cluster, &request.text("sid").unwrap_or_default());
    let (kind, id) = sid.split_once(':').unwrap_or(("", ""));
    if !matches!(kind, "vm" | "ct") {
        return Err(Refusal::died(format!("unknown section type '{kind}'")));
    }
    if request.text("type").is_some_and(|given| given != kind) {
        return Err(Refusal::died("types does not match"));
    }
    if request.text("group").is_some() && cluster.version.is_nine() {
        return Err(Refusal::died(
            "invalid parameter 'group': ha groups have been migrated to rules",
        ));
    }
    let guest = id
        .parse()
        .ok()
        .and_then(|vmid: u32| cluster.guests.get(&vmid));
    let Some(guest) = guest else {
        return Err(Refusal::died(format!(
            "resource '{sid}' does not exist in cluster"
        )));
    };
    let fits = (kind == "vm") == (guest.kind == GuestKind::Qemu);
    if !fits {
        let what = if kind == "ct" { "container" } else { "VM" };
        return Err(Refusal::died(format!(
            "resource '{sid}' - guest with ID {id} is not a {what}"
        )));
    }
    if cluster.ha.iter().any(|resource| resource.sid == sid) {
        return Err(Refusal::died(format!(
            "create resource failed: resource ID '{sid}' already defined"
        )));
    }
    let vmid = guest.vmid;
    let mut resource = HaResource {
        sid,
        state: "started".to_owned(),
        ..HaResource::default()
    };
    set(&mut resource, request);
    cluster.ha.push(resource);
    cluster.ask_ha(vmid, None);
    Ok(Answer::null())
}

fn set(resource: &mut HaResource, request: &Request<'_>) {
    for (name, given) in &request.parameters {
        match name.as_str() {
            "state" => {
                resource.state = match given.text().as_str() {
                    "enabled" => "started".to_owned(),
                    other => other.to_owned(),
                };
                // The way out of `error`, and the only one.
                if resource.state == "disabled" {
                    resource.in_error = false;
                }
            }
            "comment" | "max_restart" | "max_relocate" | "failback" | "group" => {
                resource.settings.insert(name.clone(), given.text());
            }
            _ => {}
        }
    }
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let sid = sid_of(cluster, request.in_path("sid"));
    let failed = |text: String| Refusal::died(format!("update resources config failed: {text}"));
    let digest = digest(cluster);
    let Some(resource) = cluster.ha.iter_mut().find(|resource| resource.sid == sid) else {
        return Err(failed(format!("no such resource '{sid}'")));
    };
    if request.text("digest").is_some_and(|given| given != digest) {
        return Err(failed(
            "detected modified configuration - file changed by other user? Try again.".to_owned(),
        ));
    }
    let delete = request.text("delete").unwrap_or_default();
    for key in list_items(&delete) {
        if !matches!(
            key,
            "comment" | "max_restart" | "max_relocate" | "failback" | "group" | "state"
        ) {
            return Err(failed(format!("no such option '{key}'")));
        }
        resource.settings.remove(key);
    }
    set(resource, request);
    if let Some(vmid) = resource.vmid() {
        cluster.ask_ha(vmid, None);
    }
    Ok(Answer::null())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let sid = sid_of(cluster, request.in_path("sid"));
    if !cluster.ha.iter().any(|resource| resource.sid == sid) {
        return Err(Refusal::died(format!(
            "cannot delete service '{sid}', not HA managed!"
        )));
    }
    cluster.ha.retain(|resource| resource.sid != sid);
    Ok(Answer::null())
}

fn relocate(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let sid = sid_of(cluster, request.in_path("sid"));
    let node = request.text("node").unwrap_or_default();
    let Some(resource) = cluster.ha.iter().find(|resource| resource.sid == sid) else {
        return Err(Refusal::died(format!("resource '{sid}' is not HA managed")));
    };
    if let Some(vmid) = resource.vmid() {
        cluster.ask_ha(vmid, Some(node.clone()));
    }
    if cluster.version.is_nine() {
        return Ok(json!({ "sid": sid, "requested-node": node }).into());
    }
    Ok(Answer::null())
}

/// A request to the manager, as a task of its own.
#[derive(Debug)]
struct Ask {
    vmid: u32,
    state: Option<&'static str>,
    target: Option<String>,
    line: String,
}

impl Job for Ask {
    fn begin(&self, _: &mut Cluster, _: &TaskContext) -> Result<Takes, String> {
        Ok(Takes::ms(400.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        cluster.tasks.say(task.number, self.line.clone());
        let managed = cluster
            .ha
            .iter_mut()
            .find(|resource| resource.vmid() == Some(self.vmid));
        if let (Some(resource), Some(state)) = (managed, self.state) {
            state.clone_into(&mut resource.state);
        }
        cluster.ask_ha(self.vmid, self.target.clone());
        Ok(())
    }
}

/// Starting and stopping a managed guest only asks the manager.
pub(crate) fn request_state(
    cluster: &mut Cluster,
    request: &Request<'_>,
    state: &'static str,
) -> Option<Answer> {
    let vmid = request.vmid();
    let guest = cluster
        .guest_at(request.node(), request.kind(), vmid)
        .ok()?;
    let noun = guest.kind.noun();
    let resource = cluster
        .ha
        .iter()
        .find(|resource| resource.vmid() == Some(vmid))?;
    if resource.state == "ignored" || cluster.ha_disarmed() == Some("ignore") {
        return None;
    }
    let (kind, what) = match state {
        "started" => ("hastart", "start"),
        _ => ("hastop", "stop"),
    };
    let job = Ask {
        vmid,
        state: Some(state),
        target: None,
        line: format!("Requesting HA {what} for {noun} {vmid}"),
    };
    Some(request.start(cluster, (kind, &vmid.to_string()), job))
}

/// Moving a managed guest only asks the manager.
pub(crate) fn request_move(
    cluster: &mut Cluster,
    request: &Request<'_>,
    sid: &str,
    target: &str,
) -> Answer {
    let vmid = request.vmid();
    let noun = if sid.starts_with("ct:") { "CT" } else { "VM" };
    let job = Ask {
        vmid,
        state: None,
        target: Some(target.to_owned()),
        line: format!("Requesting HA migration for {noun} {vmid} to node {target}"),
    };
    request.start(cluster, ("hamigrate", &vmid.to_string()), job)
}

/// What the manager thinks of a resource: where it is, and in which state.
fn service(cluster: &Cluster, resource: &HaResource) -> (String, &'static str) {
    let guest = resource.vmid().and_then(|vmid| cluster.guests.get(&vmid));
    let node = guest.map_or_else(|| cluster.local_node(), |guest| guest.node.clone());
    let running = guest.is_some_and(|guest| guest.run.is_running());
    let state = match (resource.state.as_str(), running) {
        _ if resource.in_error => "error",
        ("started" | "enabled", true) => "started",
        ("started" | "enabled", false) => "starting",
        ("ignored", _) => "ignored",
        ("disabled", false) => "disabled",
        (_, false) => "stopped",
        (_, true) => "request_stop",
    };
    (node.to_string(), state)
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
    let active = !cluster.ha.is_empty();
    let now_s = cluster.now_ms.div_euclid(1000);
    let stamp = super::time_text(cluster.now_ms, "%a %b %e %H:%M:%S %Y");
    if active {
        rows.push(json!({
            "id": "master", "type": "master", "node": &*local, "timestamp": now_s,
            "status": format!("{local} (active, {stamp})"),
        }));
    }
    if cluster.version.is_nine() {
        let (armed, text) = match (cluster.ha_disarmed(), active) {
            (Some(_), _) => ("disarmed", "disarmed (CRM watchdog released)"),
            (None, true) => ("armed", "armed (CRM watchdog active)"),
            (None, false) => ("standby", "standby (CRM watchdog standby)"),
        };
        let mut row = json!({
            "id": "fencing", "type": "fencing", "node": &*local, "status": text, "armed-state": armed,
        });
        if let (Some(mode), Some(row)) = (cluster.ha_disarmed(), row.as_object_mut()) {
            row.insert("resource_mode".to_owned(), mode.into());
        }
        rows.push(row);
    }
    if active {
        for node in cluster.nodes.iter().filter(|node| node.online) {
            let works = cluster
                .ha
                .iter()
                .any(|resource| service(cluster, resource).0 == *node.name);
            let how = if works {
                "active, watchdog active"
            } else {
                "idle, watchdog standby"
            };
            rows.push(json!({
                "id": format!("lrm:{}", node.name), "type": "lrm", "node": &*node.name, "timestamp": now_s,
                "status": format!("{} ({how}, {stamp})", node.name),
            }));
        }
    }
    for resource in &cluster.ha {
        let (node, state) = service(cluster, resource);
        let mut row = row(cluster, resource);
        row.remove("digest");
        for (key, value) in [
            ("id", format!("service:{}", resource.sid)),
            ("type", "service".to_owned()),
            ("status", format!("{} ({node}, {state})", resource.sid)),
            ("state", state.to_owned()),
            ("crm_state", state.to_owned()),
            ("request_state", resource.state.clone()),
            ("node", node),
        ] {
            row.insert(key.to_owned(), value.into());
        }
        for (key, value) in [("max_restart", 1), ("max_relocate", 1), ("failback", 1)] {
            row.entry(key.to_owned()).or_insert_with(|| value.into());
        }
        rows.push(Value::Object(row));
    }
    Ok(Value::from(rows).into())
}

fn manager(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let local = cluster.local_node();
    let mut status = json!({ "node_status": {} });
    if !cluster.ha.is_empty()
        && let Some(status) = status.as_object_mut()
    {
        let nodes: Map<String, Value> = cluster
            .nodes
            .iter()
            .map(|node| {
                let state = if node.online { "online" } else { "unknown" };
                (node.name.to_string(), state.into())
            })
            .collect();
        let services: Map<String, Value> = cluster
            .ha
            .iter()
            .map(|resource| {
                let (node, state) = service(cluster, resource);
                let uid = digest_of(std::iter::once(resource.sid.clone()));
                (
                    resource.sid.clone(),
                    json!({ "node": node, "state": state, "uid": uid }),
                )
            })
            .collect();
        status.insert("node_status".to_owned(), Value::Object(nodes));
        status.insert("service_status".to_owned(), Value::Object(services));
        status.insert("master_node".to_owned(), (&*local).into());
        status.insert(
            "timestamp".to_owned(),
            cluster.now_ms.div_euclid(1000).into(),
        );
    }
    Ok(json!({
        "manager_status": status,
        "quorum": { "node": &*local, "quorate": if cluster.quorate { "1" } else { "" } },
    })
    .into())
}
