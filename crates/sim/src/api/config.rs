//! The configuration of guests: reading, changing, what waits for the next start.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::drives::Drive;
use super::option_rights::Editor;
use super::options::{Wanted, check_against, given, read};
use super::route::{Answer, Request, Route};
use crate::cluster::config_change::{Problems, update_line};
use crate::cluster::disk::{Volume, is_disk_key, owner_of};
use crate::cluster::guest::GuestKind::{self, Lxc, Qemu};
use crate::cluster::guest::{Guest, value_json};
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext, Work};
use crate::cluster::{Cluster, NewTask};

const PATH: &str = "/nodes/{node}/{kind}/{vmid}/config";

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, show).checked("/vms/{vmid}", &["VM.Audit"]),
        Route::get("/nodes/{node}/{kind}/{vmid}/pending", pending)
            .checked("/vms/{vmid}", &["VM.Audit"]),
        Route::put(PATH, update)
            .checked("/vms/{vmid}", CHANGE)
            .records("guest.config", "guest/{vmid}"),
        Route::post("/nodes/{node}/qemu/{vmid}/config", update_as_task)
            .checked("/vms/{vmid}", CHANGE)
            .records("guest.config", "guest/{vmid}"),
        Route::put("/nodes/{node}/qemu/{vmid}/unlink", unlink)
            .checked("/vms/{vmid}", &["VM.Config.Disk"])
            .records("guest.config", "guest/{vmid}"),
    ]
}

const CHANGE: &[&str] = &[
    "VM.Config.Disk",
    "VM.Config.CDROM",
    "VM.Config.CPU",
    "VM.Config.Memory",
    "VM.Config.Network",
    "VM.Config.HWType",
    "VM.Config.Options",
    "VM.Config.Cloudinit",
];

fn show(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    if let Some(name) = request.text("snapshot") {
        let mut map = super::snapshots::snapshot_config(guest, &name)?;
        map.insert("digest".to_owned(), guest.digest().into());
        return Ok(Value::Object(map).into());
    }
    Ok(Value::Object(guest.config_json(!request.flag("current"))).into())
}

fn pending(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    let mut rows: BTreeMap<String, Map<String, Value>> = guest
        .config_json(false)
        .into_iter()
        .map(|(key, value)| {
            let row = Map::from_iter([
                ("key".to_owned(), Value::from(key.as_str())),
                ("value".to_owned(), value),
            ]);
            (key, row)
        })
        .collect();
    for (key, change) in &guest.pending {
        let row = rows
            .entry(key.clone())
            .or_insert_with(|| Map::from_iter([("key".to_owned(), Value::from(key.as_str()))]));
        match change {
            Some(value) => row.insert("pending".to_owned(), value_json(guest.kind, key, value)),
            None => row.insert("delete".to_owned(), json!(1)),
        };
    }
    Ok(rows
        .into_values()
        .map(Value::Object)
        .collect::<Value>()
        .into())
}

/// What a request changes, after PVE's checks.
fn wanted(cluster: &Cluster, request: &Request<'_>) -> Result<Wanted, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let wanted = read(cluster, request, (kind, vmid))?;
    let asks = !wanted.is_empty() || kind == Lxc && request.text("delete").is_some();
    if !asks {
        return Err(Refusal::died("no options specified"));
    }
    if !cluster.quorate {
        let file = kind.config_file(request.node(), vmid);
        return Err(Refusal::died(format!(
            "unable to open file '/etc/pve/{file}.tmp.1' - Permission denied"
        )));
    }
    permit(cluster, request, &wanted)?;
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    check_digest(guest, request.text("digest").as_deref())?;
    if !request.flag("skiplock")
        && let Some(text) = guest.locked_text()
    {
        return Err(Refusal::died(text));
    }
    check_against(guest, &wanted)?;
    need_lock_file(cluster, guest)?;
    Ok(wanted)
}

/// Whoever asks may change each of the options.
fn permit(cluster: &Cluster, request: &Request<'_>, wanted: &Wanted) -> Result<(), Refusal> {
    let guest = cluster.guests.get(&request.vmid());
    let editor = Editor {
        cluster,
        who: request.who,
        kind: request.kind(),
        vmid: request.vmid(),
        pool: None,
        unprivileged: guest.is_some_and(|guest| guest.is_flag_set("unprivileged")),
    };
    for key in wanted.names() {
        let new = given(request, key);
        let old = guest.and_then(|guest| {
            // Of a machine, what only waits to be so is deleted too.
            let waits = guest.kind == Qemu && new.is_none();
            let pending = guest.pending.get(key).filter(|_| waits);
            guest.config.get(key).or(pending.and_then(Option::as_ref))
        });
        editor.permit(key, old.map(String::as_str), new.as_deref())?;
    }
    Ok(())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let wanted = wanted(cluster, request)?;
    if let Some(text) = &request.spoil.error {
        return Err(Refusal::died(text.clone()));
    }
    let place = (request.node(), request.vmid());
    if let Some(text) = super::create::no_room(cluster, place, &wanted.drives) {
        return Err(Refusal::died(text));
    }
    let problems = apply(
        cluster,
        (request.node(), request.kind(), request.vmid()),
        &wanted,
    );
    if problems.is_empty() {
        return Ok(Answer::null());
    }
    // What cannot be done while it runs waits for its stop all the same.
    Err(Refusal::parameters(problems).though_changed())
}

/// Makes disks and changes; gives the texts of what could not be done on the running guest.
fn apply(cluster: &mut Cluster, place: (&str, GuestKind, u32), wanted: &Wanted) -> Problems {
    let (node, kind, vmid) = place;
    if let Some(guest) = cluster.guests.get_mut(&vmid) {
        for key in &wanted.revert {
            guest.pending.remove(key);
        }
    }
    let mut changes: BTreeMap<String, Option<String>> = BTreeMap::new();
    for key in &wanted.delete {
        changes.insert(key.clone(), None);
    }
    for (key, value) in &wanted.values {
        changes.insert(key.clone(), Some(value.clone()));
    }
    for (key, drive) in &wanted.drives {
        let value = match drive {
            Drive::As(value) => value.clone(),
            Drive::New(disk) => cluster.make_disk((node, kind, vmid), disk),
        };
        changes.insert(key.clone(), Some(value));
    }
    let destroyed: Vec<String> = cluster
        .guests
        .get(&vmid)
        .filter(|_| wanted.force)
        .into_iter()
        .flat_map(|guest| {
            wanted
                .delete
                .iter()
                .filter(|key| is_disk_key(kind, key))
                .filter_map(|key| Volume::parse(guest.config.get(key)?))
                .map(|volume| volume.id.to_owned())
        })
        .filter(|volid| owner_of(volid) == Some(vmid))
        .collect();
    let problems = cluster.change_config(vmid, &changes);
    for volid in destroyed {
        let unused = cluster.guests.get(&vmid).and_then(|guest| {
            let found = guest
                .config
                .iter()
                .find(|(key, value)| key.starts_with("unused") && **value == volid);
            found.map(|(key, _)| key.clone())
        });
        if let Some(key) = unused {
            cluster.set_option(vmid, &key, None);
        }
    }
    problems
}

fn unlink(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let list = request.text("idlist").unwrap_or_default();
    let vmid = request.vmid();
    let guest = cluster.guest_at(request.node(), Qemu, vmid)?;
    if let Some(text) = guest.locked_text() {
        return Err(Refusal::died(text));
    }
    let wanted = Wanted {
        delete: crate::schema::check::list_items(&list)
            .map(str::to_owned)
            .collect(),
        force: request.flag("force"),
        ..Wanted::default()
    };
    check_against(guest, &wanted)?;
    apply(cluster, (request.node(), Qemu, vmid), &wanted);
    Ok(Answer::null())
}

/// A change of a configuration that runs as a task.
#[derive(Debug)]
struct Configure {
    vmid: u32,
    wanted: Wanted,
    line: String,
}

impl Job for Configure {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((Qemu, self.vmid))
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let guest = cluster
            .guest_at(&task.node, Qemu, self.vmid)
            .map_err(|refusal| refusal.message.trim_end().to_owned())?;
        if let Some(text) = guest.locked_text() {
            return Err(text);
        }
        Ok(Takes {
            error: super::create::no_room(cluster, (&task.node, self.vmid), &self.wanted.drives),
            ..Takes::ms(150.0)
        })
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        cluster.tasks.say(task.number, self.line.clone());
        let problems = apply(cluster, (&task.node, Qemu, self.vmid), &self.wanted);
        match problems.values().next() {
            Some(text) => Err(text.trim_end().to_owned()),
            None => Ok(()),
        }
    }
}

fn update_as_task(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let wanted = wanted(cluster, request)?;
    let vmid = request.vmid();
    let mut shown: BTreeMap<String, Option<String>> = wanted
        .delete
        .iter()
        .map(|key| (key.clone(), None))
        .collect();
    for name in wanted.values.keys().chain(wanted.drives.keys()) {
        shown.insert(name.clone(), given(request, name));
    }
    let upid = cluster.start_task(NewTask {
        node: request.node(),
        kind: "qmconfig",
        id: &vmid.to_string(),
        user: &request.who.full(),
        work: Work::job(Configure {
            vmid,
            wanted,
            line: update_line(vmid, &shown),
        }),
        spoil: request.spoil.clone(),
    });
    // Whoever waits for a while learns that it is done already.
    if request.number("background_delay").is_some() && request.spoil.error.is_none() {
        return Ok(Answer::null_of_task(&upid));
    }
    Ok(Value::from(upid).into())
}

pub(crate) fn check_digest(guest: &Guest, digest: Option<&str>) -> Result<(), Refusal> {
    match digest {
        Some(digest) if digest != guest.digest() => Err(Refusal::died(match guest.kind {
            Qemu => "checksum mismatch (file change by other user?)",
            Lxc => "detected modified configuration - file changed by other user? Try again.",
        })),
        _ => Ok(()),
    }
}

/// A worker that holds the lock file for longer than PVE waits makes the change fail.
fn need_lock_file(cluster: &Cluster, guest: &Guest) -> Result<(), Refusal> {
    const WAIT_MS: i64 = 10_000;
    let due_ms = guest
        .holder
        .and_then(|holder| cluster.tasks.get(holder))
        .and_then(crate::cluster::tasks::Task::due_ms);
    match due_ms {
        Some(due_ms) if due_ms - cluster.now_ms > WAIT_MS => {
            let file = guest.kind.lock_file(guest.vmid);
            let mut refusal = Refusal::died(format!("can't lock file '{file}' - got timeout"));
            refusal.delay = std::time::Duration::from_millis(WAIT_MS.unsigned_abs());
            Err(refusal)
        }
        _ => Ok(()),
    }
}
