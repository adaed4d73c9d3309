//! Replication: copies of a guest's volumes on another node, by schedule.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sections::File;
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::replication::vmid_of;
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
    map.insert("id".to_owned(), id.into());
    map.insert("guest".to_owned(), vmid.into());
    let number = id
        .split_once('-')
        .and_then(|(_, number)| number.parse::<u32>().ok());
    map.insert("jobnum".to_owned(), number.unwrap_or(0).into());
    // The scheduler writes down where the guest is now.
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
    Refusal::died(format!("no such replication job '{id}'"))
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

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("id").unwrap_or_default();
    check_may(cluster, request, &id)?;
    let vmid = vmid_of(&id);
    let Some(guest) = cluster.guests.get(&vmid) else {
        return Err(Refusal::died(format!("Guest '{vmid}' does not exist.")));
    };
    let target = request.text("target").unwrap_or_default();
    if cluster.node(&target).is_none() {
        return Err(Refusal::died(format!("Target '{target}' does not exist.")));
    }
    let source = guest.node.to_string();
    if let Some(given) = request.text("source").filter(|given| *given != source) {
        return Err(Refusal::died(format!(
            "Source '{given}' does not match current node of guest '{vmid}' ({source})"
        )));
    }
    if target == source {
        return Err(Refusal::died("Source and target must not be identical"));
    }
    let volumes = cluster.replicated_volumes(guest).map_err(Refusal::died)?;
    if volumes.is_empty() {
        return Err(Refusal::died("No replicatable volumes found"));
    }
    let doubled = cluster
        .replication_to(vmid, &target)
        .map(|(other, _)| other.to_owned());
    if doubled.is_some_and(|other| other != id) {
        return Err(Refusal::died(format!(
            "replication job for guest '{vmid}' to target 'local/{target}' already exists"
        )));
    }
    JOBS.create(cluster, request, |id| {
        Refusal::died(format!("replication job '{id}' already exists"))
    })?;
    if let Some(section) = cluster.settings.get_mut(JOBS.name, &id) {
        section.insert("source".to_owned(), source.into());
    }
    cluster.replication_changed(&id);
    Ok(Answer::null())
}

fn no_job(id: &str) -> Refusal {
    Refusal::died(format!("no such job '{id}'"))
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    check_may(cluster, request, id)?;
    if cluster.settings.get(JOBS.name, id).is_none() {
        return Err(no_job(id));
    }
    let fixed = super::sections::deleted(request)
        .into_iter()
        .find(|key| matches!(key.as_str(), "target" | "type" | "id"));
    if let Some(key) = fixed {
        return Err(Refusal::died(format!(
            "unable to delete required option '{key}'"
        )));
    }
    let answer = JOBS.update(cluster, request)?;
    cluster.replication_changed(id);
    Ok(answer)
}

/// A job is taken away at its next turn, together with the copies unless they are kept; `force` takes
/// only the job, at once.
fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    check_may(cluster, request, id)?;
    if request.flag("force") {
        if request.flag("keep") {
            return Err(Refusal::parameter(
                "keep",
                "conflicts with parameter 'force'",
            ));
        }
        cluster.settings.remove(JOBS.name, id);
        cluster.replication.remove(id);
        return Ok(Answer::null());
    }
    let how = if request.flag("keep") {
        "local"
    } else {
        "full"
    };
    let section = cluster
        .settings
        .get_mut(JOBS.name, id)
        .ok_or_else(|| no_job(id))?;
    section.insert("remove_job".to_owned(), how.into());
    cluster.replication_changed(id);
    Ok(Answer::null())
}

/// A job with how its runs went.
fn state(cluster: &Cluster, id: &str, section: &Section) -> Option<Value> {
    let guest = cluster.guests.get(&vmid_of(id))?;
    let mut map = job_json(cluster, id, section);
    let known = cluster.replication.get(id).cloned().unwrap_or_default();
    for (key, value) in [
        ("fail_count", i64::from(known.fail_count)),
        ("last_sync", known.last_sync_s),
        ("last_try", known.last_try_s),
        ("next_sync", cluster.next_sync_s(id)),
    ] {
        map.insert(key.to_owned(), value.into());
    }
    if let Some(duration_s) = known.duration_s {
        map.insert("duration".to_owned(), json!(duration_s));
    }
    if let Some(error) = known.error {
        map.insert("error".to_owned(), error.into());
    }
    if let Some(run) = known.running {
        map.insert("pid".to_owned(), run.pid.into());
    }
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
    let section = cluster
        .settings
        .get(JOBS.name, id)
        .ok_or_else(|| missing(id))?;
    // A job is known where its guest is.
    let is_here = cluster
        .guests
        .get(&vmid_of(id))
        .is_some_and(|guest| &*guest.node == request.node());
    let state = state(cluster, id, section).filter(|_| is_here);
    let state = state.ok_or_else(|| missing(id))?;
    if !may(cluster, request, id, "VM.Audit") {
        return Err(Refusal::forbidden(""));
    }
    Ok(state.into())
}

fn log(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    if cluster.settings.get(JOBS.name, id).is_none() {
        return Err(missing(id));
    }
    let at = format!("/nodes/{}", request.node());
    if !may(cluster, request, id, "VM.Audit") && !cluster.may(request.who, &at, "Sys.Audit") {
        return Err(Refusal::forbidden(""));
    }
    let lines = cluster
        .replication
        .get(id)
        .map(|state| state.log.as_slice())
        .unwrap_or_default();
    if lines.is_empty() {
        let text = "unable to open file - No such file or directory";
        return Ok(Answer::page(json!([{ "n": 1, "t": text }]), 1));
    }
    let number = |name: &str, usual: usize| {
        request
            .number(name)
            .and_then(|given| usize::try_from(given).ok())
            .unwrap_or(usual)
    };
    let rows: Value = lines
        .iter()
        .enumerate()
        .skip(number("start", 0))
        .take(number("limit", 50))
        .map(|(index, line)| json!({ "n": index + 1, "t": line }))
        .collect();
    Ok(Answer::page(rows, lines.len()))
}

fn run_now(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    check_may(cluster, request, id)?;
    if cluster.settings.get(JOBS.name, id).is_none() {
        return Err(missing(id));
    }
    cluster.replicate_soon(id);
    Ok(Answer::null())
}
