//! Copies of guests: full ones, and linked ones of templates.

use std::collections::BTreeMap;

use super::drives::with_address;
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::disk::{Volume, is_disk_key};
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::{DiskName, exact_size};
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::random::{Random, mix, text_seed};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/nodes/{node}/{kind}/{vmid}/clone", clone)
            .checked("/vms/{vmid}", &["VM.Clone"])
            .records("guest.clone", "guest/{vmid}"),
    ]
}

fn clone(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let new_id = request
        .number("newid")
        .and_then(|id| u32::try_from(id).ok())
        .unwrap_or(0);
    let pool = request.text("pool");
    if let Some(pool) = pool
        .as_ref()
        .filter(|pool| !cluster.pools.contains_key(*pool))
    {
        return Err(Refusal::forbidden(&format!("pool '{pool}' does not exist")));
    }
    let in_pool = pool
        .as_ref()
        .is_some_and(|pool| cluster.may(request.who, &format!("/pool/{pool}"), "VM.Allocate"));
    if !in_pool && !cluster.may(request.who, &format!("/vms/{new_id}"), "VM.Allocate") {
        return Err(Refusal::forbidden(&format!("/vms/{new_id}, VM.Allocate")));
    }
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    if let Some(text) = guest.locked_text() {
        return Err(Refusal::died(text));
    }
    if cluster.guests.contains_key(&new_id) {
        return Err(Refusal::died(match kind {
            GuestKind::Qemu => format!("unable to create VM {new_id}: config file already exists"),
            GuestKind::Lxc => format!("unable to create CT {new_id}: config file already exists"),
        }));
    }
    let snapshot = request.text("snapname").filter(|name| name != "current");
    let config = match &snapshot {
        None => guest.config.to_map(),
        Some(name) => guest
            .snapshots
            .get(name)
            .ok_or_else(|| Refusal::died(format!("snapshot '{name}' does not exist")))?
            .config
            .clone(),
    };
    let full = request
        .text("full")
        .map_or(!guest.is_template(), |full| full == "1");
    if kind == GuestKind::Lxc && full && guest.run.is_running() && snapshot.is_none() {
        return Err(Refusal::died(
            "Full clone of a running container is only possible from a snapshot",
        ));
    }
    let target = check(cluster, request, guest, (&config, full, snapshot.is_some()))?;
    let job = Clone {
        kind,
        source: vmid,
        new_id,
        config,
        full,
        storage: request.text("storage"),
        format: request.text("format"),
        name: request.text(kind.name_key()),
        description: request.text("description"),
        pool,
        has_system: guest.has_system,
        target: target.clone(),
    };
    let task = format!("{}clone", kind.task_prefix());
    cluster.reserve(&target, kind, new_id);
    if let Some(guest) = cluster.guests.get_mut(&new_id) {
        guest.lock = Some(match kind {
            GuestKind::Qemu => "clone".to_owned(),
            GuestKind::Lxc => "create".to_owned(),
        });
    }
    Ok(request.start(cluster, (&task, &vmid.to_string()), job))
}

/// What makes a copy impossible; gives the node on which it will be.
fn check(
    cluster: &Cluster,
    request: &Request<'_>,
    guest: &Guest,
    (config, full, of_snapshot): (&BTreeMap<String, String>, bool, bool),
) -> Result<String, Refusal> {
    let disks = disks(guest.kind, config);
    let target = request
        .text("target")
        .unwrap_or_else(|| request.node().to_owned());
    if cluster.node(&target).is_none() {
        return Err(Refusal::died(format!("no such cluster node '{target}'")));
    }
    if target != request.node() {
        for (_, volume) in &disks {
            if !cluster
                .storage(volume.storage)
                .is_some_and(|storage| storage.shared)
            {
                return Err(Refusal::died(format!(
                    "can't clone {} to node '{target}' ({} uses local storage)",
                    guest.kind.noun(),
                    guest.kind.noun()
                )));
            }
        }
    }
    if let Some(id) = request.text("storage") {
        if !full {
            return Err(Refusal::parameter(
                "storage",
                "parameter 'storage' not allowed for linked clones",
            ));
        }
        let storage = super::storage::usable(cluster, &target, &id)?;
        if target != request.node() && !storage.shared {
            return Err(Refusal::died(format!(
                "can't clone to non-shared storage '{id}'"
            )));
        }
    }
    for (key, volume) in &disks {
        let storage = cluster.storage(volume.storage);
        let can_link = guest.is_template()
            && !of_snapshot
            && storage.is_some_and(|storage| storage.can_snapshot(guest.kind, volume.id));
        if !full && !can_link {
            let of = if of_snapshot { "a snapshot of " } else { "" };
            return Err(Refusal::died(format!(
                "Linked clone feature is not supported for {of}'{}' ({key})",
                volume.id
            )));
        }
    }
    Ok(target)
}

fn disks(kind: GuestKind, config: &BTreeMap<String, String>) -> Vec<(&str, Volume<'_>)> {
    config
        .iter()
        .filter(|(key, _)| {
            is_disk_key(kind, key) || matches!(key.as_str(), "efidisk0" | "tpmstate0")
        })
        .filter_map(|(key, value)| Some((key.as_str(), Volume::parse(value)?)))
        .filter(|(_, volume)| !volume.is_cdrom)
        .collect()
}

/// Copies a guest.
#[derive(Debug)]
struct Clone {
    kind: GuestKind,
    source: u32,
    new_id: u32,
    config: BTreeMap<String, String>,
    full: bool,
    storage: Option<String>,
    format: Option<String>,
    name: Option<String>,
    description: Option<String>,
    pool: Option<String>,
    has_system: bool,
    target: String,
}

impl Job for Clone {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        // The copy holds a lock of its own; the source can be used meanwhile.
        None
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        if let Some(guest) = cluster.guests.get_mut(&self.new_id) {
            guest.lock_owner = Some(task.number);
        }
        let thing = match self.kind {
            GuestKind::Qemu => "VM",
            GuestKind::Lxc => "container",
        };
        let line = format!(
            "creating a clone of {thing} {} with ID {}",
            self.source, self.new_id
        );
        cluster.tasks.say(task.number, line);
        let bytes: u64 = disks(self.kind, &self.config)
            .iter()
            .map(|(_, volume)| volume.size_bytes)
            .sum();
        let copying = if self.full {
            super::drives::gib(bytes) * 400.0
        } else {
            0.0
        };
        Ok(Takes {
            error: self.no_room(cluster, task),
            ..Takes::ms(1200.0 + copying)
        })
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let mut config = BTreeMap::new();
        let mut random = Random::new(mix(task.seed, &[3]));
        for (key, value) in &self.config {
            let is_left_out = key.starts_with("unused")
                || matches!(key.as_str(), "template" | "parent" | "vmstate" | "lock");
            if is_left_out {
                continue;
            }
            let value = if key
                .strip_prefix("net")
                .is_some_and(|n| n.parse::<u8>().is_ok())
            {
                let address = Random::new(mix(task.seed, &[text_seed(key)])).mac();
                with_address(self.kind, &without_address(self.kind, value), &address)
            } else {
                match key.as_str() {
                    "smbios1" => format!("uuid={}", random.uuid()),
                    "vmgenid" => random.uuid(),
                    _ => self.copy(cluster, task, key, value),
                }
            };
            config.insert(key.clone(), value);
        }
        let name_key = self.kind.name_key();
        let name = self.name.clone().unwrap_or_else(|| {
            let of = self.config.get(name_key).cloned();
            match self.kind {
                GuestKind::Qemu => format!(
                    "Copy-of-VM-{}",
                    of.unwrap_or_else(|| self.source.to_string())
                ),
                GuestKind::Lxc => format!(
                    "Copy-of-CT-{}",
                    of.unwrap_or_else(|| self.source.to_string())
                ),
            }
        });
        config.insert(name_key.to_owned(), name);
        if let Some(description) = &self.description {
            config.insert("description".to_owned(), description.clone());
        }
        if let Some(guest) = cluster.guests.get_mut(&self.new_id) {
            *guest.config = config;
            guest.pool.clone_from(&self.pool);
            guest.has_system = self.has_system;
            guest.agent_answers = self.has_system;
        }
        cluster.finish_new(self.new_id, (false, false), task);
        Ok(())
    }

    fn undo(&self, cluster: &mut Cluster, _: &TaskContext) {
        cluster.discard(self.new_id);
    }

    fn drop_unbegun(&self, cluster: &mut Cluster) {
        cluster.discard(self.new_id);
    }
}

impl Clone {
    /// What a full copy dies of when its data does not fit.
    fn no_room(&self, cluster: &mut Cluster, task: &TaskContext) -> Option<String> {
        if !self.full {
            return None;
        }
        let mut needed: BTreeMap<String, u64> = BTreeMap::new();
        for (key, volume) in disks(self.kind, &self.config) {
            let storage = self.storage.as_deref().unwrap_or(volume.storage);
            let source = cluster.volume_key(&task.node, volume.id);
            let size = volume.size_bytes;
            let reserved = cluster.no_room_for_disk(
                &self.target,
                storage,
                (&format!("vm-{}-disk-0", self.new_id), size),
            );
            if let Some(text) = reserved {
                return Some(format!("clone failed: {text}"));
            }
            let sum = needed.entry(storage.to_owned()).or_default();
            *sum += cluster.data_of(source);
            if cluster.has_room(&self.target, storage, *sum) {
                continue;
            }
            let line = format!("create full clone of drive {key} ({})", volume.id);
            cluster.tasks.say(task.number, line);
            let line = crate::cluster::room::out_of_room(size / 2);
            cluster.tasks.say(task.number, line);
            return Some(format!(
                "clone failed: copy failed: command '/usr/bin/qemu-img convert -p -n -f raw -O raw {} {storage}' failed: exit code 1",
                volume.id
            ));
        }
        None
    }

    /// The value of an option in the copy; disks are copied on the way.
    fn copy(&self, cluster: &mut Cluster, task: &TaskContext, key: &str, value: &str) -> String {
        let is_disk = is_disk_key(self.kind, key) || matches!(key, "efidisk0" | "tpmstate0");
        let Some(volume) = Volume::parse(value).filter(|_| is_disk) else {
            return value.to_owned();
        };
        let is_cloud_init = volume.id.contains("cloudinit");
        if volume.is_cdrom && !is_cloud_init {
            return value.to_owned();
        }
        let stored = cluster.volume(&task.node, volume.id).cloned();
        let rest = value
            .split(',')
            .skip(1)
            .filter(|part| !part.starts_with("size="))
            .map(|part| format!(",{part}"))
            .collect::<Vec<_>>()
            .concat();
        let place = (self.kind, self.new_id);
        let size = stored
            .as_ref()
            .map_or(volume.size_bytes, |stored| stored.size_bytes);
        if !self.full && !is_cloud_init {
            let volid = self.link(cluster, task, key, volume);
            return format!("{volid}{rest},size={}", exact_size(size));
        }
        let storage = self
            .storage
            .clone()
            .unwrap_or_else(|| volume.storage.to_owned());
        let same = stored
            .as_ref()
            .map_or("raw", |stored| stored.format.as_str())
            .to_owned();
        let file_based = cluster
            .storage(&storage)
            .is_some_and(crate::cluster::node::Storage::is_file_based);
        let format = match (&self.format, file_based) {
            (Some(format), true) if !is_cloud_init => format.clone(),
            (_, true) if same != "subvol" => same,
            _ => cluster
                .storage(&storage)
                .map_or("raw", |storage| storage.default_format(self.kind))
                .to_owned(),
        };
        let what = match self.kind {
            GuestKind::Qemu => "drive",
            GuestKind::Lxc => "mountpoint",
        };
        cluster.tasks.say(
            task.number,
            format!("create full clone of {what} {key} ({})", volume.id),
        );
        let name = if is_cloud_init {
            DiskName::CloudInit
        } else {
            DiskName::Numbered
        };
        let volid = cluster.allocate(&self.target, &storage, place, (name, &format), size);
        if let Some(line) = cluster.allocation_line(&volid, &format, size) {
            cluster.tasks.say(task.number, line);
        }
        if is_cloud_init {
            return format!("{volid}{rest}");
        }
        if let Some(stored) = &stored {
            cluster.fill(&self.target, &volid, stored.used_bytes);
        }
        cluster
            .tasks
            .say(task.number, format!("allocated target volume '{volid}'"));
        say_copied(cluster, task, size);
        format!("{volid}{rest},size={}", exact_size(size))
    }

    fn link(
        &self,
        cluster: &mut Cluster,
        task: &TaskContext,
        key: &str,
        volume: Volume<'_>,
    ) -> String {
        cluster.tasks.say(
            task.number,
            format!("create linked clone of drive {key} ({})", volume.id),
        );
        let stored = cluster.volume(&task.node, volume.id).cloned();
        let format = stored
            .as_ref()
            .map_or("raw", |stored| stored.format.as_str());
        let place = (self.kind, self.new_id);
        let plain = cluster.free_name(
            &task.node,
            volume.storage,
            place,
            (DiskName::Numbered, format),
        );
        let base = volume
            .id
            .split_once(':')
            .map_or(volume.id, |(_, name)| name);
        let own = plain
            .split_once(':')
            .map_or(plain.as_str(), |(_, name)| name);
        let plugin = cluster
            .storage(volume.storage)
            .map_or("dir", |storage| storage.plugin.as_str());
        let volid = match plugin {
            "lvmthin" => plain.clone(),
            _ => format!("{}:{base}/{own}", volume.storage),
        };
        if let Some(mut stored) = stored {
            // Thin volumes stand alone: nothing keeps their base from going.
            stored.parent = (plugin != "lvmthin").then(|| base.to_owned());
            stored.vmid = Some(self.new_id);
            stored.used_bytes = 196_608;
            stored.created_s = task.at_ms.div_euclid(1000);
            cluster.add_volume(&self.target, &volid, stored);
        }
        volid
    }
}

fn without_address(kind: GuestKind, value: &str) -> String {
    let parts = value
        .split(',')
        .filter_map(|part| match part.split_once('=') {
            Some((model, text)) if kind == GuestKind::Qemu && text.matches(':').count() == 5 => {
                Some(model)
            }
            Some(("hwaddr", _)) => None,
            _ => Some(part),
        });
    parts.collect::<Vec<_>>().join(",")
}

/// What copying prints.
pub(crate) fn say_copied(cluster: &mut Cluster, task: &TaskContext, bytes: u64) {
    let all = human(bytes);
    let lines = [
        format!("transferred 0.0 B of {all} (0.00%)"),
        format!("transferred {all} of {all} (100.00%)"),
    ];
    for line in lines {
        cluster.tasks.say(task.number, line);
    }
}

/// `32.0 GiB`
pub(crate) fn human(bytes: u64) -> String {
    let mut number = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if number < 1024.0 {
            return format!("{number:.1} {unit}");
        }
        number /= 1024.0;
    }
    format!("{number:.1} TiB")
}
