//! Growing disks and moving them to another storage.

use super::drives::new_total;
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::disk::{Volume, is_disk_key};
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::{DiskName, exact_size};
use crate::cluster::work::{Job, Takes, TaskContext};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::put("/nodes/{node}/{kind}/{vmid}/resize", resize)
            .checked("/vms/{vmid}", &["VM.Config.Disk"])
            .records("guest.resize", "guest/{vmid}"),
        Route::post("/nodes/{node}/qemu/{vmid}/move_disk", move_disk)
            .checked("/vms/{vmid}", &["VM.Config.Disk"])
            .records("guest.move_disk", "guest/{vmid}"),
        Route::post("/nodes/{node}/lxc/{vmid}/move_volume", move_volume)
            .checked("/vms/{vmid}", &["VM.Config.Disk"])
            .records("guest.move_disk", "guest/{vmid}"),
    ]
}

fn resize(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let disk = request.text("disk").unwrap_or_default();
    let size = request.text("size").unwrap_or_default();
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    super::config::check_digest(guest, request.text("digest").as_deref())?;
    if kind == GuestKind::Lxc {
        if let Some(text) = guest.locked_text() {
            return Err(Refusal::died(text));
        }
        let Some(volume) = guest
            .config
            .get(&disk)
            .and_then(|value| Volume::parse(value))
        else {
            return Err(Refusal::died(format!("disk '{disk}' does not exist")));
        };
        let total = new_total(&size, volume.size_bytes).unwrap_or(0);
        if total < volume.size_bytes {
            return Err(Refusal::died("unable to shrink disk size"));
        }
        if total == volume.size_bytes {
            return Err(Refusal::died("disk is already at specified size"));
        }
    }
    let job = Resize {
        kind,
        vmid,
        disk,
        size,
        skip_lock: request.flag("skiplock"),
    };
    Ok(request.start(cluster, ("resize", &vmid.to_string()), job))
}

/// Makes a disk larger.
#[derive(Debug)]
struct Resize {
    kind: GuestKind,
    vmid: u32,
    disk: String,
    size: String,
    skip_lock: bool,
}

impl Job for Resize {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((self.kind, self.vmid))
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let Some(guest) = cluster.guest_mut(&task.node, self.kind, self.vmid) else {
            return Err(Guest::missing(&task.node, self.kind, self.vmid));
        };
        if !self.skip_lock
            && let Some(text) = guest.locked_text()
        {
            return Err(text);
        }
        let volume = guest
            .config
            .get(&self.disk)
            .and_then(|value| Volume::parse(value));
        let Some(volume) = volume.filter(|volume| !volume.is_cdrom) else {
            return Err(format!("disk '{}' does not exist", self.disk));
        };
        match new_total(&self.size, volume.size_bytes) {
            Some(total) if total >= volume.size_bytes => Ok(Takes::ms(300.0)),
            _ => Err("shrinking disks is not supported".to_owned()),
        }
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let Some(guest) = cluster.guests.get_mut(&self.vmid) else {
            return Ok(());
        };
        let running = guest.run.is_running();
        let Some(value) = guest.config.get(&self.disk).cloned() else {
            return Err(format!("disk '{}' does not exist", self.disk));
        };
        let Some(volume) = Volume::parse(&value) else {
            return Ok(());
        };
        let total = new_total(&self.size, volume.size_bytes).unwrap_or(volume.size_bytes);
        guest
            .config
            .insert(self.disk.clone(), with_size(&value, total));
        let volid = volume.id.to_owned();
        if let Some(stored) = cluster.volume_mut(&task.node, &volid) {
            stored.size_bytes = total;
        }
        if !running || self.kind == GuestKind::Lxc {
            cluster.tasks.say(task.number, "Image resized.");
        }
        Ok(())
    }
}

fn with_size(value: &str, bytes: u64) -> String {
    let mut parts: Vec<&str> = value
        .split(',')
        .filter(|part| !part.starts_with("size="))
        .collect();
    let size = format!("size={}", exact_size(bytes));
    parts.push(&size);
    parts.join(",")
}

fn move_disk(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    begin_move(cluster, request, (GuestKind::Qemu, "disk", "qmmove"))
}

fn move_volume(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    begin_move(cluster, request, (GuestKind::Lxc, "volume", "move_volume"))
}

fn begin_move(
    cluster: &mut Cluster,
    request: &Request<'_>,
    (kind, parameter, task): (GuestKind, &str, &str),
) -> Result<Answer, Refusal> {
    let vmid = request.vmid();
    let key = request.text(parameter).unwrap_or_default();
    if request.text("target-vmid").is_some() {
        return Err(Refusal::new(
            501,
            "moving a disk to another guest is not simulated\n".to_owned(),
            crate::cluster::refusal::RefusalBody::Json,
        ));
    }
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    super::config::check_digest(guest, request.text("digest").as_deref())?;
    if let Some(text) = guest.locked_text() {
        return Err(Refusal::died(text));
    }
    let value = guest.config.get(&key).filter(|_| {
        is_disk_key(kind, &key)
            || key.ends_with("disk0")
            || key == "tpmstate0"
            || key.starts_with("unused")
    });
    let Some(volume) = value.and_then(|value| Volume::parse(value)) else {
        return Err(Refusal::died(format!("disk '{key}' does not exist")));
    };
    if volume.is_cdrom {
        return Err(Refusal::died("you can't move a cdrom"));
    }
    if kind == GuestKind::Lxc && guest.run.is_running() {
        return Err(Refusal::died("cannot move volumes of a running container"));
    }
    let Some(target) = request.text("storage") else {
        return Err(Refusal::parameter(
            "storage",
            "property is missing and it is not optional",
        ));
    };
    super::storage::usable(cluster, request.node(), &target)?;
    let stored = cluster.volume(request.node(), volume.id);
    let same = stored.map_or("raw", |stored| stored.format.as_str());
    let format = request.text("format");
    if volume.storage == target && format.as_deref().is_none_or(|format| format == same) {
        return Err(Refusal::died(
            "you can't move to the same storage with same format",
        ));
    }
    let delete = request.flag("delete");
    if delete && guest.snapshot_names_volume(volume.id) {
        return Err(Refusal::died(
            "you can't move a disk with snapshots and delete the source",
        ));
    }
    let job = Move {
        kind,
        vmid,
        key,
        target,
        format,
        delete,
    };
    Ok(request.start(cluster, (task, &vmid.to_string()), job))
}

/// Moves a disk to another storage or format.
#[derive(Debug)]
struct Move {
    kind: GuestKind,
    vmid: u32,
    key: String,
    target: String,
    format: Option<String>,
    delete: bool,
}

impl Job for Move {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((self.kind, self.vmid))
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let Some(guest) = cluster.guest_mut(&task.node, self.kind, self.vmid) else {
            return Err(Guest::missing(&task.node, self.kind, self.vmid));
        };
        if let Some(text) = guest.locked_text() {
            return Err(format!("storage migration failed: {text}"));
        }
        let value = guest.config.get(&self.key).cloned();
        let volume = value.as_deref().and_then(Volume::parse);
        let bytes = volume.map_or(0, |volume| volume.size_bytes);
        let error = volume.and_then(|volume| self.no_room(cluster, task, volume));
        Ok(Takes {
            error,
            ..Takes::ms(800.0 + super::drives::gib(bytes) * 400.0)
        })
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let Some(guest) = cluster.guests.get(&self.vmid) else {
            return Ok(());
        };
        let Some(value) = guest.config.get(&self.key).cloned() else {
            return Err(format!(
                "storage migration failed: disk '{}' does not exist",
                self.key
            ));
        };
        let Some(volume) = Volume::parse(&value) else {
            return Ok(());
        };
        let has_snapshots = guest.snapshot_names_volume(volume.id);
        let source = volume.id.to_owned();
        let stored = cluster.volume(&task.node, &source).cloned();
        let size = stored
            .as_ref()
            .map_or(volume.size_bytes, |stored| stored.size_bytes);
        let used = stored.as_ref().map(|stored| stored.used_bytes);
        let storage = cluster.storage(&self.target);
        let file_based = storage.is_some_and(crate::cluster::node::Storage::is_file_based);
        let default = storage
            .map_or("raw", |storage| storage.default_format(self.kind))
            .to_owned();
        let same = stored.map(|stored| stored.format).filter(|_| file_based);
        let format = self
            .format
            .clone()
            .filter(|_| file_based)
            .or(same)
            .unwrap_or(default);
        let mut lines = vec![format!(
            "copying volume '{source}' from current storage '{}' to target storage '{}'",
            volume.storage, self.target
        )];
        if has_snapshots {
            lines.push("moving disk with snapshots, snapshots will not be moved!".to_owned());
        }
        lines.push(format!(
            "create full clone of drive {} ({source})",
            self.key
        ));
        let volid = cluster.allocate(
            &task.node,
            &self.target,
            (self.kind, self.vmid),
            (DiskName::Numbered, &format),
            size,
        );
        if let Some(used) = used {
            cluster.fill(&task.node, &volid, used);
        }
        lines.extend(cluster.allocation_line(&volid, &format, size));
        lines.push(format!("allocated target volume '{volid}'"));
        for line in lines {
            cluster.tasks.say(task.number, line);
        }
        super::clone::say_copied(cluster, task, size);
        let rest = value
            .split(',')
            .skip(1)
            .map(|part| format!(",{part}"))
            .collect::<Vec<_>>()
            .concat();
        if let Some(guest) = cluster.guests.get_mut(&self.vmid) {
            guest
                .config
                .insert(self.key.clone(), format!("{volid}{rest}"));
        }
        let line = if self.delete {
            cluster.remove_volume(&task.node, &source);
            format!("removing source volume '{source}' after successful copy")
        } else {
            let key = cluster
                .guests
                .get_mut(&self.vmid)
                .map(|guest| guest.add_unused(&source))
                .unwrap_or_default();
            format!("adding source volume '{source}' as '{key}' to config")
        };
        cluster.tasks.say(task.number, line);
        Ok(())
    }
}

impl Move {
    /// What the copy dies of when there is no room for it.
    fn no_room(
        &self,
        cluster: &mut Cluster,
        task: &TaskContext,
        volume: Volume<'_>,
    ) -> Option<String> {
        let name = format!("vm-{}-disk-0", self.vmid);
        if let Some(text) =
            cluster.no_room_for_disk(&task.node, &self.target, (&name, volume.size_bytes))
        {
            return Some(format!("storage migration failed: {text}"));
        }
        let data = cluster.data_of(cluster.volume_key(&task.node, volume.id));
        if cluster.has_room(&task.node, &self.target, data) {
            return None;
        }
        let line = format!("create full clone of drive {} ({})", self.key, volume.id);
        cluster.tasks.say(task.number, line);
        let line = crate::cluster::room::out_of_room(volume.size_bytes / 2);
        cluster.tasks.say(task.number, line);
        Some(format!(
            "storage migration failed: copy failed: command '/usr/bin/qemu-img convert -p -n -f raw -O raw {} {}' failed: exit code 1",
            volume.id, self.target
        ))
    }
}
