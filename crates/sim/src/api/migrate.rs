//! Moving guests to other nodes: what stands in the way, and the move itself.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::disk::{Volume, is_volume_key};
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext};

const PATH: &str = "/nodes/{node}/{kind}/{vmid}/migrate";

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, preconditions).checked("/vms/{vmid}", &["VM.Migrate"]),
        Route::post(PATH, migrate)
            .checked("/vms/{vmid}", &["VM.Migrate"])
            .records("guest.migrate", "guest/{vmid}"),
    ]
}

/// A volume that has to be copied because its storage is not shared.
#[derive(Debug, Clone, PartialEq)]
struct Local {
    key: String,
    volid: String,
    size_bytes: u64,
    is_cdrom: bool,
    is_unused: bool,
}

/// Volumes on storages that are not shared.
fn local_volumes(cluster: &Cluster, guest: &Guest) -> Vec<Local> {
    guest
        .config
        .iter()
        .filter(|(key, _)| is_volume_key(guest.kind, key))
        .filter_map(|(key, value)| Some((key, value, Volume::parse(value)?)))
        .filter(|(_, _, volume)| {
            cluster
                .storage(volume.storage)
                .is_some_and(|storage| !storage.shared)
        })
        .map(|(key, _, volume)| Local {
            key: key.clone(),
            volid: volume.id.to_owned(),
            size_bytes: cluster
                .volume(&guest.node, volume.id)
                .map_or(volume.size_bytes, |stored| stored.size_bytes),
            is_cdrom: volume.is_cdrom,
            is_unused: key.starts_with("unused"),
        })
        .collect()
}

/// Devices of the node that a VM uses.
fn local_devices(guest: &Guest) -> Vec<String> {
    guest
        .config
        .iter()
        .filter(|(key, value)| {
            let name = key.trim_end_matches(|c: char| c.is_ascii_digit());
            match name {
                "hostpci" => !value.contains("mapping="),
                "usb" => value.contains("host=") && !value.contains("spice"),
                "serial" | "parallel" => value.starts_with("/dev/"),
                _ => false,
            }
        })
        .map(|(key, _)| key.clone())
        .collect()
}

/// A directory of the node that a container sees, unless all nodes are said to have it.
fn bind_mount_problem(guest: &Guest) -> Option<String> {
    let bound = guest.config.iter().find(|(key, value)| {
        is_volume_key(guest.kind, key)
            && value.trim_start_matches("volume=").starts_with('/')
            && !value.split(',').any(|part| part == "shared=1")
    });
    let (key, value) = bound.filter(|_| guest.kind == GuestKind::Lxc)?;
    let what = if value.starts_with("/dev/") {
        "device mount point"
    } else {
        "bind mount point"
    };
    Some(format!("cannot migrate local {what} '{key}'"))
}

fn preconditions(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let kind = request.kind();
    if kind == GuestKind::Lxc && !cluster.version.is_nine() {
        let path = format!("/nodes/{}/lxc/{}/migrate", request.node(), request.vmid());
        return Err(Refusal::not_implemented("GET", &path));
    }
    let guest = cluster.guest_at(request.node(), kind, request.vmid())?;
    let others = || {
        cluster
            .nodes
            .iter()
            .filter(|node| &*node.name != request.node())
    };
    let mut allowed = Vec::new();
    let mut refused = Map::new();
    for node in others() {
        let missing: Vec<&str> = guest
            .disks()
            .map(|(_, volume)| volume.storage)
            .filter(|id| super::storage::usable(cluster, &node.name, id).is_err())
            .collect();
        if missing.is_empty() && node.online {
            allowed.push(node.name.to_string());
            if kind == GuestKind::Qemu && cluster.version.is_nine() {
                refused.insert(node.name.to_string(), json!({}));
            }
        } else {
            refused.insert(
                node.name.to_string(),
                json!({ "unavailable_storages": missing }),
            );
        }
    }
    let running = u8::from(guest.run.is_running());
    if kind == GuestKind::Lxc {
        return Ok(
            json!({ "running": running, "allowed-nodes": allowed, "not-allowed-nodes": refused })
                .into(),
        );
    }
    let local_disks: Vec<Value> = local_volumes(cluster, guest)
        .into_iter()
        .map(|local| {
            let mut row = json!({
                "volid": local.volid,
                "size": local.size_bytes,
                "cdrom": u8::from(local.is_cdrom),
                "shared": 0,
                "replicate": 1,
                "is_attached": u8::from(!local.is_unused),
                "is_unused": u8::from(local.is_unused),
                "is_cloudinit": u8::from(local.volid.contains("cloudinit")),
                "is_tpmstate": u8::from(local.key == "tpmstate0"),
                "is_vmstate": 0,
            });
            if let Some(row) = row.as_object_mut() {
                row.insert("drivename".to_owned(), local.key.into());
            }
            row
        })
        .collect();
    Ok(json!({
        "running": running,
        "allowed_nodes": allowed,
        "not_allowed_nodes": refused,
        "local_disks": local_disks,
        "local_resources": local_devices(guest),
        "mapped-resources": [],
        "mapped-resource-info": {},
        "has-dbus-vmstate": 1,
    })
    .into())
}

fn migrate(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let target = request.text("target").unwrap_or_default();
    if target == request.node() {
        return Err(Refusal::parameter("target", "target is local node."));
    }
    if cluster.node(&target).is_none() {
        return Err(Refusal::died(format!("no such cluster node '{target}'")));
    }
    if !cluster.quorate {
        return Err(Refusal::died("cluster not ready - no quorum?"));
    }
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    // Whether a container is locked is only looked at by the task.
    if kind == GuestKind::Qemu
        && let Some(text) = guest.locked_text()
    {
        return Err(Refusal::died(text));
    }
    let online = request.flag("online");
    let restart = request.flag("restart");
    let running = guest.run.is_running();
    match kind {
        GuestKind::Qemu if running && !online => {
            return Err(Refusal::died("can't migrate running VM without --online"));
        }
        GuestKind::Lxc if running && !online && !restart => {
            return Err(Refusal::died(
                "can't migrate running container without --online or --restart",
            ));
        }
        GuestKind::Qemu | GuestKind::Lxc => {}
    }
    let is_copied_there = cluster.replication_to(vmid, &target).is_some();
    let is_live = running && kind == GuestKind::Qemu;
    let stays_safe = is_copied_there || cluster.replication_of(vmid).is_none();
    if is_live && !stays_safe && !request.flag("force") {
        return Err(Refusal::parameter(
            "target",
            format!(
                "Cannot live-migrate replicated VM to node '{target}' - not a replication target. \
                 Use 'force' to override."
            ),
        ));
    }
    let storage = request
        .text("targetstorage")
        .or_else(|| request.text("target-storage"));
    if let Some(map) = &storage {
        for pair in crate::schema::check::list_items(map) {
            let id = pair.rsplit(':').next().unwrap_or(pair);
            if id == "1" {
                continue;
            }
            let storage = super::storage::usable(cluster, &target, id)?;
            if kind == GuestKind::Qemu && !storage.content.iter().any(|content| content == "images")
            {
                return Err(Refusal::died(format!(
                    "storage '{id}' does not support vm images"
                )));
            }
        }
    }
    if let Some(resource) = cluster
        .ha
        .iter()
        .find(|resource| resource.vmid() == Some(vmid))
    {
        let sid = resource.sid.clone();
        return Ok(super::ha::request_move(cluster, request, &sid, &target));
    }
    let job = Migrate {
        kind,
        vmid,
        target,
        storage,
        with_disks: request.flag("with-local-disks"),
        restart,
        limit_kib: request.number("bwlimit").filter(|limit| *limit > 0),
    };
    let task = match kind {
        GuestKind::Qemu => "qmigrate",
        GuestKind::Lxc => "vzmigrate",
    };
    Ok(request.start(cluster, (task, &vmid.to_string()), job))
}

/// Moves a guest to another node.
#[derive(Debug)]
pub(crate) struct Migrate {
    pub(crate) kind: GuestKind,
    pub(crate) vmid: u32,
    pub(crate) target: String,
    pub(crate) storage: Option<String>,
    pub(crate) with_disks: bool,
    pub(crate) restart: bool,
    pub(crate) limit_kib: Option<i64>,
}

impl Job for Migrate {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((self.kind, self.vmid))
    }

    fn keeps_lock_file(&self) -> bool {
        false
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let Some(guest) = cluster.guest_mut(&task.node, self.kind, self.vmid) else {
            return Err(Guest::missing(&task.node, self.kind, self.vmid));
        };
        let locked = guest.locked_text();
        let guest = guest.clone();
        let problem = match (locked, self.kind) {
            (Some(text), GuestKind::Qemu) => return Err(text),
            (Some(text), GuestKind::Lxc) => Some(text),
            (None, _) => self.problem(cluster, &guest, task),
        };
        if let Some(text) = problem {
            Self::say(
                cluster,
                task,
                &format!("ERROR: migration aborted (duration 00:00:00): {text}"),
            );
            return Err("migration aborted".to_owned());
        }
        // Of what is copied there already only the last changes are sent.
        let copies = cluster.copies_on(self.vmid, &self.target);
        let bytes: u64 = local_volumes(cluster, &guest)
            .iter()
            .filter(|local| !copies.contains(&local.volid))
            .map(|local| local.size_bytes)
            .sum();
        let copy_ms = match self.limit_kib {
            Some(limit) => bytes as f64 / (limit as f64 * 1024.0) * 1000.0,
            None => super::drives::gib(bytes) * 500.0,
        };
        let memory_ms = if guest.run.is_running() {
            1500.0 + super::drives::gib(guest.memory_bytes()) * 400.0
        } else {
            0.0
        };
        if let Some(guest) = cluster.guests.get_mut(&self.vmid) {
            guest.lock = Some("migrate".to_owned());
            guest.lock_owner = Some(task.number);
        }
        Ok(Takes::ms(1200.0 + copy_ms + memory_ms))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let Some(guest) = cluster.guests.get(&self.vmid).cloned() else {
            return Ok(());
        };
        let locals = local_volumes(cluster, &guest);
        let running = guest.run.is_running();
        let copies = cluster.copies_on(self.vmid, &self.target);
        for volid in &copies {
            self.catch_up(cluster, task, volid);
        }
        for local in locals
            .iter()
            .filter(|local| !local.is_cdrom || local.volid.contains("cloudinit"))
            .filter(|local| !copies.contains(&local.volid))
        {
            let target = self.move_volume(cluster, task, &local.volid);
            Self::say(
                cluster,
                task,
                &format!("volume '{}' is '{target}' on the target", local.volid),
            );
        }
        self.move_snapshots(cluster, task, &guest, &copies);
        cluster.turn_replication(self.vmid, &task.node, &self.target);
        let Some(node) = cluster.node(&self.target).map(|node| node.name.clone()) else {
            return Err("migration aborted".to_owned());
        };
        let pid = cluster.next_pid(&self.target);
        if let Some(guest) = cluster.guests.get_mut(&self.vmid) {
            guest.node = node;
            guest.pid = pid;
        }
        if running && self.kind == GuestKind::Lxc && self.restart {
            cluster.power_off(self.vmid);
            cluster.power_on(self.vmid, task.at_ms);
            Self::say(cluster, task, "start container on target node");
        } else if running && self.kind == GuestKind::Qemu {
            Self::say(cluster, task, "migration status: completed");
        }
        let seconds = (task.at_ms - task.start_ms).max(0) / 1000;
        let line = format!(
            "migration finished successfully (duration {:02}:{:02}:{:02})",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
        Self::say(cluster, task, &line);
        Ok(())
    }

    fn when_interrupted(&self) -> &'static str {
        "migration aborted"
    }
}

impl Migrate {
    fn say(cluster: &mut Cluster, task: &TaskContext, text: &str) {
        let stamp = crate::api::time_text(task.at_ms, "%Y-%m-%d %H:%M:%S");
        cluster.tasks.say(task.number, format!("{stamp} {text}"));
    }

    /// What keeps the guest from moving; the lines before it are printed.
    fn problem(&self, cluster: &mut Cluster, guest: &Guest, task: &TaskContext) -> Option<String> {
        let devices = local_devices(guest);
        if !devices.is_empty() {
            return Some(format!(
                "can't migrate VM which uses local devices: {}",
                devices.join(", ")
            ));
        }
        let is_going = cluster
            .replication_to(self.vmid, &self.target)
            .is_some_and(|(_, job)| job.contains_key("remove_job"));
        if is_going {
            return Some(
                "refusing to migrate replicated VM whose replication job is marked for removal"
                    .to_owned(),
            );
        }
        let Some(target) = cluster.node(&self.target).cloned() else {
            return Some(format!("no such cluster node '{}'", self.target));
        };
        if !target.online {
            return Some(format!(
                "command '/usr/bin/ssh -e none -o 'BatchMode=yes' root@{} /bin/true' failed: exit code 255",
                target.ip
            ));
        }
        if self.kind == GuestKind::Lxc && guest.run.is_running() && !self.restart {
            return Some("lxc live migration is currently not implemented".to_owned());
        }
        if let Some(text) = bind_mount_problem(guest) {
            return Some(text);
        }
        let line = format!(
            "starting migration of {} {} to node '{}' ({})",
            self.kind.noun(),
            self.vmid,
            self.target,
            target.ip
        );
        Self::say(cluster, task, &line);
        let copies = cluster.copies_on(self.vmid, &self.target);
        let mut bad = Vec::new();
        for local in local_volumes(cluster, guest) {
            let how = if local.is_unused {
                "unused"
            } else {
                "attached"
            };
            let is_copied = copies.contains(&local.volid);
            let what = if is_copied {
                "local, replicated disk"
            } else {
                "local disk"
            };
            Self::say(
                cluster,
                task,
                &format!("found {what} '{}' ({how})", local.volid),
            );
            if is_copied {
                continue;
            }
            if let Some(text) = self.local_problem(cluster, guest, &local) {
                bad.push(format!(
                    "can't migrate local disk '{}': {text}",
                    local.volid
                ));
            }
        }
        if bad.is_empty() {
            return self.no_room(cluster, guest, task);
        }
        let last = "Problem found while scanning volumes - can't migrate VM - check log";
        bad.push(format!("ERROR: {last}"));
        bad.push("aborting phase 1 - cleanup resources".to_owned());
        for line in bad {
            Self::say(cluster, task, &line);
        }
        Some(last.to_owned())
    }

    /// Copies that do not fit on the target.
    fn no_room(&self, cluster: &mut Cluster, guest: &Guest, task: &TaskContext) -> Option<String> {
        let mut needed: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
        for local in local_volumes(cluster, guest) {
            let from = local.volid.split(':').next().unwrap_or_default().to_owned();
            let storage = self.target_storage(&from);
            let data = cluster.data_of(cluster.volume_key(&task.node, &local.volid));
            let sum = needed.entry(storage.clone()).or_default();
            *sum += data;
            let name = local.volid.split(':').nth(1).unwrap_or_default();
            let text = cluster.no_room_for_disk(&self.target, &storage, (name, local.size_bytes));
            let text = match text {
                Some(text) => text,
                None if cluster.has_room(&self.target, &storage, *sum) => continue,
                None => "No space left on device".to_owned(),
            };
            let line = format!(
                "ERROR: storage migration for '{}' to storage '{storage}' failed - {text}",
                local.volid
            );
            Self::say(cluster, task, &line);
            Self::say(cluster, task, "aborting phase 1 - cleanup resources");
            return Some(format!(
                "storage migration for '{}' to storage '{storage}' failed - {text}",
                local.volid
            ));
        }
        None
    }

    fn local_problem(&self, cluster: &Cluster, guest: &Guest, local: &Local) -> Option<String> {
        if local.is_cdrom && !local.volid.contains("cloudinit") {
            return Some("local cdrom image".to_owned());
        }
        let storage = self.target_storage(local.volid.split(':').next().unwrap_or_default());
        if let Err(refusal) = super::storage::usable(cluster, &self.target, &storage) {
            return Some(refusal.reason().to_owned());
        }
        let live = guest.run.is_running() && self.kind == GuestKind::Qemu;
        if live && !self.with_disks && !local.is_unused {
            return Some(
                "can't live migrate attached local disks without with-local-disks option"
                    .to_owned(),
            );
        }
        (live && guest.snapshot_names_volume(&local.volid)).then(|| {
            "online storage migration not possible if non-replicated snapshot exists".to_owned()
        })
    }

    /// The storage on the target for volumes of a storage here.
    fn target_storage(&self, from: &str) -> String {
        let Some(map) = &self.storage else {
            return from.to_owned();
        };
        for pair in crate::schema::check::list_items(map) {
            match pair.split_once(':') {
                Some((here, there)) if here == from => return there.to_owned(),
                Some(_) => {}
                None if pair == "1" => return from.to_owned(),
                None => return pair.to_owned(),
            }
        }
        from.to_owned()
    }

    /// What replication copied there is brought up to date; what is here is the copy from now on.
    fn catch_up(&self, cluster: &mut Cluster, task: &TaskContext, volid: &str) {
        let Some(here) = cluster.volume(&task.node, volid).cloned() else {
            return;
        };
        let created_s = cluster
            .remove_volume(&self.target, volid)
            .map_or(here.created_s, |old| old.created_s);
        let there = crate::cluster::volumes::StoredVolume { created_s, ..here };
        cluster.add_volume(&self.target, volid, there);
        Self::say(cluster, task, &format!("successfully imported '{volid}'"));
    }

    fn move_volume(&self, cluster: &mut Cluster, task: &TaskContext, volid: &str) -> String {
        let (storage, name) = volid.split_once(':').unwrap_or((volid, ""));
        let target = self.target_storage(storage);
        let Some(stored) = cluster.remove_volume(&task.node, volid) else {
            return volid.to_owned();
        };
        let wanted = format!("{target}:{name}");
        let fits = cluster
            .storage(&target)
            .is_some_and(|storage| storage.parse_name(name).is_ok())
            && cluster.volume(&self.target, &wanted).is_none();
        let new = if fits {
            wanted
        } else {
            let format = match cluster.storage(&target) {
                Some(storage) if storage.is_file_based() => stored.format.clone(),
                Some(storage) => storage.default_format(self.kind).to_owned(),
                None => "raw".to_owned(),
            };
            cluster.free_name(
                &self.target,
                &target,
                (self.kind, self.vmid),
                (crate::cluster::volumes::DiskName::Numbered, &format),
            )
        };
        cluster.add_volume(&self.target, &new, stored);
        if new != volid
            && let Some(guest) = cluster.guests.get_mut(&self.vmid)
        {
            for value in guest.config.values_mut() {
                if value == volid || value.starts_with(&format!("{volid},")) {
                    *value = value.replacen(volid, &new, 1);
                }
            }
        }
        new
    }

    /// Volumes that only snapshots know move along.
    fn move_snapshots(
        &self,
        cluster: &mut Cluster,
        task: &TaskContext,
        guest: &Guest,
        copies: &std::collections::BTreeSet<String>,
    ) {
        let more: Vec<String> = guest
            .snapshots
            .values()
            .flat_map(|snapshot| {
                snapshot
                    .config
                    .values()
                    .filter_map(|value| Volume::parse(value))
                    .filter(|volume| !volume.is_cdrom)
                    .map(|volume| volume.id.to_owned())
                    .chain(snapshot.state_volume.clone())
                    .collect::<Vec<_>>()
            })
            .collect();
        for volid in more {
            if !copies.contains(&volid)
                && cluster.volume(&task.node, &volid).is_some()
                && volid
                    .split_once(':')
                    .and_then(|(id, _)| cluster.storage(id))
                    .is_some_and(|storage| !storage.shared)
                && let Some(stored) = cluster.remove_volume(&task.node, &volid)
            {
                cluster.add_volume(&self.target, &volid, stored);
            }
        }
    }
}
