//! Replication: copies of a guest's volumes on another node, by schedule.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sections::File;
use crate::cluster::Cluster;
use crate::cluster::guest::Guest;
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;

pub(crate) const JOBS: File = File {
    name: "replication.cfg",
    key: "id",
    what: "replication job",
    names_itself: true,
    has_digest: true,
};

pub(crate) fn routes() -> Vec<Route> {
    const JOB: &str = "/cluster/replication/{id}";
    vec![
        Route::get("/cluster/replication", list),
        Route::post("/cluster/replication", create)
            .records("replication.create", "replication/{id}"),
        Route::get(JOB, show),
        Route::put(JOB, update).records("replication.update", "replication/{id}"),
        Route::delete(JOB, delete).records("replication.delete", "replication/{id}"),
        Route::get("/nodes/{node}/replication", on_node),
        Route::get("/nodes/{node}/replication/{id}", |_, _| {
            Ok(json!([{ "name": "log" }, { "name": "status" }, { "name": "schedule_now" }]).into())
        })
        .constant(),
        Route::get("/nodes/{node}/replication/{id}/status", status),
        Route::get("/nodes/{node}/replication/{id}/log", log),
        Route::post("/nodes/{node}/replication/{id}/schedule_now", run_now)
            .records("replication.run", "replication/{id}"),
    ]
}

fn text<'a>(section: &'a Section, key: &str) -> &'a str {
    section.get(key).and_then(Value::as_str).unwrap_or("")
}

/// The guest of a job: its number stands before the dash of the job's name.
fn vmid_of(id: &str) -> u32 {
    id.split_once('-')
        .and_then(|(vmid, _)| vmid.parse().ok())
        .unwrap_or(0)
}

/// Whether somebody may do that with the guest of a job; PVE 8 has no privilege for replication.
fn may(cluster: &Cluster, request: &Request<'_>, id: &str, privilege: &str) -> bool {
    cluster.may(request.who, &format!("/vms/{}", vmid_of(id)), privilege)
}

fn check_may(cluster: &Cluster, request: &Request<'_>, id: &str) -> Result<(), Refusal> {
    let vmid = vmid_of(id);
    let (at, privilege) = if cluster.version.is_nine() {
        (format!("/vms/{vmid}"), "VM.Replicate")
    } else {
        ("/storage".to_owned(), "Datastore.Allocate")
    };
    if cluster.may(request.who, &at, privilege) {
        return Ok(());
    }
    Err(Refusal::forbidden(&format!("{at}, {privilege}")))
}

/// A job with what follows from its name and its guest.
fn job_json(cluster: &Cluster, id: &str, section: &Section) -> serde_json::Map<String, Value> {
    let mut map = section.clone();
    let vmid = vmid_of(id);
    map.retain(|key, _| !key.starts_with("state "));
    map.insert("id".to_owned(), id.into());
    map.insert("guest".to_owned(), vmid.into());
    let number = id
        .split_once('-')
        .and_then(|(_, number)| number.parse::<u32>().ok());
    map.insert("jobnum".to_owned(), number.unwrap_or(0).into());
    if let Some(guest) = cluster.guests.get(&vmid) {
        map.insert("source".to_owned(), (&*guest.node).into());
    }
    map
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let digest = JOBS.digest(cluster);
    let rows: Value = cluster
        .settings
        .all(JOBS.name)
        .filter(|(id, _)| may(cluster, request, id, "VM.Audit"))
        .map(|(id, section)| {
            let mut row = job_json(cluster, id, section);
            row.insert("digest".to_owned(), digest.as_str().into());
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

fn missing(id: &str) -> Refusal {
    Refusal::died(format!("no such job '{id}'"))
}

fn show(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    if !may(cluster, request, id, "VM.Audit") {
        return Err(Refusal::forbidden(&format!(
            "/vms/{}, VM.Audit",
            vmid_of(id)
        )));
    }
    let section = cluster
        .settings
        .get(JOBS.name, id)
        .ok_or_else(|| missing(id))?;
    let mut map = job_json(cluster, id, section);
    map.insert("digest".to_owned(), JOBS.digest(cluster).into());
    Ok(Value::Object(map).into())
}

/// Only ZFS can send what changed; every disk has to lie there.
fn check_volumes(cluster: &Cluster, guest: &Guest) -> Result<(), Refusal> {
    let bad = guest.disks().find(|(key, volume)| {
        let is_left_out = guest
            .config
            .get(*key)
            .is_some_and(|value| value.contains("replicate=0"));
        !is_left_out
            && !volume.is_cdrom
            && cluster
                .storage(volume.storage)
                .is_none_or(|storage| storage.plugin != "zfspool")
    });
    match bad {
        Some((_, volume)) => Err(Refusal::died(format!(
            "missing replicate feature on volume '{}'",
            volume.id
        ))),
        None => Ok(()),
    }
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("id").unwrap_or_default();
    check_may(cluster, request, &id)?;
    let vmid = vmid_of(&id);
    let Some(guest) = cluster.guests.get(&vmid) else {
        return Err(Refusal::died(format!("guest '{vmid}' does not exist")));
    };
    let target = request.text("target").unwrap_or_default();
    if cluster.node(&target).is_none() {
        return Err(Refusal::died(format!("node '{target}' does not exist")));
    }
    if *target == *guest.node {
        return Err(Refusal::died("unable to replicate guest to its own node"));
    }
    check_volumes(cluster, guest)?;
    let doubled = cluster
        .settings
        .all(JOBS.name)
        .any(|(other, section)| vmid_of(other) == vmid && text(section, "target") == target);
    if doubled {
        return Err(Refusal::died(format!(
            "Replication job for guest '{vmid}' to '{target}' already exists"
        )));
    }
    JOBS.create(cluster, request, |id| {
        Refusal::died(format!("replication job '{id}' already exists"))
    })
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    check_may(cluster, request, id)?;
    if cluster.settings.get(JOBS.name, id).is_none() {
        return Err(missing(id));
    }
    JOBS.update(cluster, request)
}

/// A job is taken away at its next turn, together with the copies; `force` takes only the job.
fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    check_may(cluster, request, id)?;
    cluster
        .settings
        .remove(JOBS.name, id)
        .map(|_| Answer::null())
        .ok_or_else(|| missing(id))
}

/// How often a job runs that does not say: every quarter of an hour.
const USUAL: &str = "*/15";

/// State of a job, after the turns that its schedule gave it until now.
fn state(cluster: &Cluster, id: &str, section: &Section) -> Option<Value> {
    let guest = cluster.guests.get(&vmid_of(id))?;
    let now_s = cluster.now_ms.div_euclid(1000);
    let event = match text(section, "schedule") {
        "" => USUAL,
        given => given,
    };
    let asked_s = section
        .get("state run at")
        .and_then(Value::as_i64)
        .filter(|at_s| *at_s <= now_s);
    let next_s = crate::calendar::Event::parse(event)
        .ok()
        .and_then(|event| event.next_after(now_s));
    let mut map = job_json(cluster, id, section);
    let last_s = asked_s.unwrap_or(0);
    for (key, value) in [
        ("fail_count", 0),
        ("last_sync", last_s),
        ("last_try", last_s),
        ("next_sync", next_s.unwrap_or(0)),
    ] {
        map.insert(key.to_owned(), value.into());
    }
    map.insert(
        "duration".to_owned(),
        json!(if last_s > 0 { 2.5 } else { 0.0 }),
    );
    map.insert("vmtype".to_owned(), guest.kind.as_str().into());
    Some(Value::Object(map))
}

fn on_node(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let only = request
        .number("guest")
        .and_then(|vmid| u32::try_from(vmid).ok());
    let rows: Value = cluster
        .settings
        .all(JOBS.name)
        .filter(|(id, _)| {
            let vmid = vmid_of(id);
            let is_here = cluster
                .guests
                .get(&vmid)
                .is_some_and(|guest| &*guest.node == request.node());
            is_here && only.is_none_or(|only| only == vmid) && may(cluster, request, id, "VM.Audit")
        })
        .filter_map(|(id, section)| state(cluster, id, section))
        .collect();
    Ok(rows.into())
}

fn status(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    cluster
        .settings
        .get(JOBS.name, id)
        .and_then(|section| state(cluster, id, section))
        .map(Answer::from)
        .ok_or_else(|| missing(id))
}

fn log(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    let section = cluster
        .settings
        .get(JOBS.name, id)
        .ok_or_else(|| missing(id))?;
    let Some(at_s) = section.get("state run at").and_then(Value::as_i64) else {
        let text = "unable to open file - No such file or directory";
        return Ok(Answer::page(json!([{ "n": 1, "t": text }]), 1));
    };
    let stamp = super::time_text(at_s * 1000, "%Y-%m-%d %H:%M:%S");
    let rows: Vec<Value> = [
        format!("{stamp} {id}: start replication job"),
        format!("{stamp} {id}: guest => {}, running => 0", vmid_of(id)),
        format!("{stamp} {id}: end replication job"),
    ]
    .iter()
    .enumerate()
    .map(|(index, line)| json!({ "n": index + 1, "t": line }))
    .collect();
    let total = rows.len();
    Ok(Answer::page(rows.into(), total))
}

fn run_now(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    check_may(cluster, request, id)?;
    let now_s = cluster.now_ms.div_euclid(1000);
    let section = cluster
        .settings
        .get_mut(JOBS.name, id)
        .ok_or_else(|| missing(id))?;
    section.insert("state run at".to_owned(), now_s.into());
    Ok(Answer::null())
}
