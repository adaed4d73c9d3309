//! Backup jobs: the list, making, changing, deleting, and what they cover.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::backup_options::{Choice, check_options, selected};
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::backup_jobs::BackupJob;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::random::{Random, mix};
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Modify"];
    vec![
        Route::get("/cluster/backup", list).checked("/", SEE),
        Route::post("/cluster/backup", create)
            .checked("/", CHANGE)
            .records("backup_job.create", "backup_job/{id}"),
        Route::get("/cluster/backup/{id}", one).checked("/", SEE),
        Route::put("/cluster/backup/{id}", update)
            .checked("/", CHANGE)
            .records("backup_job.update", "backup_job/{id}"),
        Route::delete("/cluster/backup/{id}", delete)
            .checked("/", CHANGE)
            .records("backup_job.delete", "backup_job/{id}"),
        Route::get("/cluster/backup/{id}/included_volumes", included).checked("/", SEE),
        Route::get("/cluster/backup-info", |_, _| {
            Ok(json!([{ "subdir": "not-backed-up" }]).into())
        }),
        Route::get("/cluster/backup-info/not-backed-up", not_backed_up).checked("/", SEE),
        Route::get("/cluster/jobs/schedule-analyze", analyze),
    ]
}

/// Options that are kept as numbers.
fn is_number(key: &str) -> bool {
    matches!(
        key,
        "all"
            | "enabled"
            | "bwlimit"
            | "ionice"
            | "lockwait"
            | "pigz"
            | "protected"
            | "quiet"
            | "remove"
            | "repeat-missed"
            | "stdexcludes"
            | "stop"
            | "stopwait"
            | "zstd"
    )
}

fn job_json(id: &str, job: &BackupJob, now_s: i64, in_list: bool) -> Value {
    let mut map = Map::from_iter([
        ("id".to_owned(), Value::from(id)),
        ("type".to_owned(), "vzdump".into()),
        ("enabled".to_owned(), u8::from(job.is_enabled()).into()),
    ]);
    for (key, value) in &job.options {
        let shown = match key.as_str() {
            "enabled" => continue,
            "prune-backups" | "performance" | "fleecing" => value
                .split(',')
                .filter_map(|part| part.split_once('='))
                .map(|(name, value)| {
                    let shown = match (name, value.parse::<i64>()) {
                        ("enabled", Ok(number)) => Value::from(number),
                        _ => value.into(),
                    };
                    (name.to_owned(), shown)
                })
                .collect::<Map<_, _>>()
                .into(),
            "exclude-path" => value.split('\0').collect::<Value>(),
            key if is_number(key) => value
                .parse::<i64>()
                .map_or_else(|_| Value::from(value.as_str()), Value::from),
            _ => value.as_str().into(),
        };
        map.insert(key.clone(), shown);
    }
    // PVE says it of jobs that are switched off, too.
    if in_list && let Some(next) = job.schedule().and_then(|event| event.next_after(now_s)) {
        map.insert("next-run".to_owned(), next.into());
    }
    Value::Object(map)
}

fn list(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let now_s = cluster.now_ms.div_euclid(1000);
    let rows: Value = cluster
        .backup_jobs
        .iter()
        .map(|(id, job)| job_json(id, job, now_s, true))
        .collect();
    Ok(rows.into())
}

fn known<'a>(
    cluster: &'a Cluster,
    request: &Request<'_>,
) -> Result<(&'a String, &'a BackupJob), Refusal> {
    let id = request.in_path("id");
    cluster
        .backup_jobs
        .get_key_value(id)
        .ok_or_else(|| Refusal::parameter("id", format!("No such job '{id}'")))
}

fn one(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (id, job) = known(cluster, request)?;
    Ok(job_json(id, job, 0, false).into())
}

/// Some checks of these methods are made too late: PVE then answers 500 with the texts in the message.
fn late(parameter: &str, text: &str) -> Refusal {
    Refusal::died(format!(
        "400 Parameter verification failed.\n{parameter}: {text}\n"
    ))
}

fn options(request: &Request<'_>) -> BTreeMap<String, String> {
    request
        .parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "id" | "delete" | "starttime" | "dow"))
        .map(|(name, given)| (name.clone(), given.text()))
        // An empty value does not survive in the file of the jobs.
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// `starttime` and `dow` are an older way to say a schedule.
fn schedule_of(request: &Request<'_>) -> Option<String> {
    let time = request.text("starttime")?;
    let (hour, minute) = time.split_once(':')?;
    let time = format!("{hour:0>2}:{minute:0>2}");
    Some(match request.text("dow") {
        Some(days) if list_items(&days).count() < 7 => {
            format!("{} {time}", list_items(&days).collect::<Vec<_>>().join(","))
        }
        _ => time,
    })
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut options = options(request);
    check_options(&options).map_err(|refusal| match refusal.errors.iter().next() {
        // What the format of the value says is said early.
        Some((_, text)) if text.starts_with("invalid format") => refusal.clone(),
        Some((parameter, text)) => late(parameter, text),
        None => refusal,
    })?;
    if let Some(schedule) = schedule_of(request) {
        if options.contains_key("schedule") {
            return Err(Refusal::parameter(
                "starttime",
                "'starttime' and 'schedule' cannot both be set",
            ));
        }
        options.insert("schedule".to_owned(), schedule);
    }
    if !options.contains_key("schedule") {
        return Err(Refusal::parameter(
            "schedule",
            "neither 'starttime' nor 'schedule' were set",
        ));
    }
    check_choice(cluster, &options)?;
    let id = match request.text("id") {
        Some(id) if cluster.backup_jobs.contains_key(&id) => {
            return Err(Refusal::died(format!("Job '{id}' already exists")));
        }
        Some(id) => id,
        None => Random::new(mix(cluster.seed, &[cluster.now_ms.unsigned_abs(), 31])).uuid(),
    };
    options
        .entry("enabled".to_owned())
        .or_insert_with(|| "1".to_owned());
    cluster.backup_jobs.insert(id, BackupJob { options });
    Ok(Answer::null())
}

fn check_choice(cluster: &Cluster, options: &BTreeMap<String, String>) -> Result<(), Refusal> {
    match Choice::read(|name| options.get(name).cloned()) {
        Choice::Nothing => Err(late("vmid", "property is missing")),
        Choice::Pool(pool) if !cluster.pools.contains_key(&pool) => {
            Err(Refusal::forbidden(&format!("pool '{pool}' does not exist")))
        }
        _ => Ok(()),
    }
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let changes = options(request);
    let delete = request.text("delete").unwrap_or_default();
    let schedule = schedule_of(request);
    if changes.is_empty() && delete.is_empty() && schedule.is_none() {
        return Err(Refusal::died("no options specified"));
    }
    check_options(&changes)?;
    let Some(job) = cluster.backup_jobs.get(request.in_path("id")) else {
        return Err(Refusal::died("no such vzdump job"));
    };
    let mut options = job.options.clone();
    for key in list_items(&delete) {
        let can_go =
            request.route_knows(key) && !matches!(key, "schedule" | "id" | "delete" | "digest");
        if !can_go {
            return Err(late("delete", &format!("unknown option '{key}'")));
        }
        options.remove(key);
    }
    options.extend(changes);
    if let Some(schedule) = schedule {
        options.insert("schedule".to_owned(), schedule);
    }
    check_choice(cluster, &options)?;
    if let Some(job) = cluster.backup_jobs.get_mut(request.in_path("id")) {
        job.options = options;
    }
    Ok(Answer::null())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    match cluster.backup_jobs.remove(id) {
        Some(_) => Ok(Answer::null()),
        None => Err(late("id", &format!("No such job '{id}'"))),
    }
}

/// Guests of a job, on its node or on all.
fn guests_of<'a>(cluster: &'a Cluster, job: &BackupJob) -> Vec<&'a Guest> {
    let choice = job.choice();
    cluster
        .nodes
        .iter()
        .filter(|node| {
            job.options
                .get("node")
                .is_none_or(|only| **only == *node.name)
        })
        .flat_map(|node| selected(cluster, &choice, &node.name))
        .collect::<std::collections::BTreeSet<u32>>()
        .into_iter()
        .filter_map(|vmid| cluster.guests.get(&vmid))
        .collect()
}

fn included(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (_, job) = known(cluster, request)?;
    let children: Vec<Value> = guests_of(cluster, job)
        .into_iter()
        .map(|guest| {
            let volumes: Vec<Value> = guest
                .disks()
                .map(|(key, volume)| {
                    let value = guest.config.get(key).map_or("", String::as_str);
                    let (included, reason) = match guest.kind {
                        GuestKind::Qemu if value.contains("backup=0") => (0, "backup=no"),
                        GuestKind::Qemu => (1, "backup=yes"),
                        GuestKind::Lxc if key == "rootfs" => (1, "rootfs"),
                        GuestKind::Lxc if value.contains("backup=1") => (1, "enabled"),
                        GuestKind::Lxc => (0, "disabled"),
                    };
                    json!({
                        "id": format!("{}:{key}", guest.vmid), "name": volume.id, "leaf": 1,
                        "included": included, "reason": reason,
                    })
                })
                .collect();
            json!({
                "id": guest.vmid, "name": guest.name(), "type": guest.kind.as_str(), "leaf": 0,
                "children": volumes,
            })
        })
        .collect();
    Ok(json!({ "children": children }).into())
}

fn not_backed_up(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let covered: std::collections::BTreeSet<u32> = cluster
        .backup_jobs
        .values()
        .flat_map(|job| guests_of(cluster, job))
        .map(|guest| guest.vmid)
        .collect();
    let rows: Value = cluster
        .guests
        .values()
        .filter(|guest| !covered.contains(&guest.vmid))
        .map(|guest| json!({ "vmid": guest.vmid, "name": guest.name(), "type": guest.kind.as_str() }))
        .collect();
    Ok(rows.into())
}

fn analyze(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let text = request.text("schedule").unwrap_or_default();
    let Ok(event) = crate::calendar::Event::parse(&text) else {
        return Ok(json!([]).into());
    };
    let mut at = request
        .number("starttime")
        .unwrap_or(cluster.now_ms.div_euclid(1000));
    let mut rows = Vec::new();
    for _ in 0..request.number("iterations").unwrap_or(10) {
        let Some(next) = event.next_after(at) else {
            break;
        };
        let utc = super::time_text(next * 1000, "%a, %d %b %Y %H:%M:%S GMT");
        rows.push(json!({ "timestamp": next, "utc": utc }));
        at = next;
    }
    Ok(Value::from(rows).into())
}
