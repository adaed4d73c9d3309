//! Making guests from backups, over an existing guest too.

use std::collections::BTreeMap;

use super::create::exists;
use super::drives::with_address;
use super::options::{Wanted, read};
use super::route::{Answer, Request};
use crate::cluster::Cluster;
use crate::cluster::disk::{Volume, is_disk_key};
use crate::cluster::guest::GuestKind;
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::{Archive, DiskName, ending, exact_size};
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::random::{Random, mix, text_seed};

/// The backup that a request to make a guest names.
pub(crate) fn archive_of(request: &Request<'_>) -> Option<String> {
    match request.kind() {
        GuestKind::Qemu => request.text("archive"),
        GuestKind::Lxc => request
            .text("ostemplate")
            .filter(|_| request.flag("restore")),
    }
}

/// Starts a restore.
pub(crate) fn begin(
    cluster: &mut Cluster,
    request: &Request<'_>,
    (kind, vmid): (GuestKind, u32),
    volid: &str,
) -> Result<Answer, Refusal> {
    let noun = kind.noun();
    let force = request.flag("force");
    // An archive that is not there is found at once for a VM, by the task for a container.
    let volume = cluster.volume(request.node(), volid);
    if kind == GuestKind::Qemu && volume.is_none() {
        return Err(Refusal::died(if volid.contains(':') {
            format!("volume '{volid}' does not exist")
        } else {
            format!("can't find file '{volid}'")
        }));
    }
    let (archive, size, format) = volume
        .map(|volume| {
            (
                volume.archive.clone(),
                volume.size_bytes,
                volume.format.clone(),
            )
        })
        .unwrap_or_default();
    if let Some(text) = exists(cluster, kind, vmid).filter(|_| !force) {
        return Err(Refusal::died(match kind {
            GuestKind::Qemu => format!("unable to restore VM {vmid} - {text}"),
            GuestKind::Lxc => text,
        }));
    }
    if let Some(guest) = cluster.guests.get(&vmid) {
        if kind == GuestKind::Qemu && guest.kind != kind && &*guest.node == request.node() {
            let file = kind.config_file(request.node(), vmid);
            return Err(Refusal::died(format!(
                "unable to restore VM {vmid} - close (rename) atomic file '/etc/pve/{file}' failed: File exists"
            )));
        }
        if &*guest.node != request.node() || guest.kind != kind {
            return Err(Refusal::died(format!(
                "unable to restore {noun} {vmid} - {} {vmid} already exists on node '{}'",
                guest.kind.noun(),
                guest.node
            )));
        }
        if guest.is_flag_set("protection") {
            return Err(Refusal::died(format!(
                "unable to restore {noun} {vmid} - protection mode enabled"
            )));
        }
        if kind == GuestKind::Qemu
            && let Some(text) = guest.locked_text()
        {
            return Err(Refusal::died(format!(
                "unable to restore VM {vmid} - {text}"
            )));
        }
        if kind == GuestKind::Lxc && guest.run.is_running() {
            return Err(Refusal::died("can't overwrite running container"));
        }
    }
    if kind == GuestKind::Qemu
        && let Some(drive) = request
            .parameters
            .keys()
            .find(|name| is_disk_key(kind, name))
    {
        return Err(Refusal::parameter(
            drive,
            "option conflicts with option 'archive'",
        ));
    }
    if kind == GuestKind::Lxc
        && request.text("storage").is_none()
        && request.text("rootfs").is_none()
    {
        check_usual_storage(cluster)?;
    }
    if let Some(storage) = request.text("storage") {
        super::storage::usable(cluster, request.node(), &storage)?;
    }
    let wanted = read(cluster, request, (kind, vmid))?;
    let is_new = !cluster.guests.contains_key(&vmid);
    let job = Restore {
        kind,
        vmid,
        volid: volid.to_owned(),
        archive: archive.map(|archive| (*archive).clone()),
        size,
        wanted,
        storage: request.text("storage"),
        pool: request.text("pool"),
        unique: request.flag("unique"),
        start: request.flag("start"),
        live: request.flag("live-restore"),
        is_new,
        from_pbs: format.starts_with("pbs"),
    };
    if is_new {
        cluster.reserve(request.node(), kind, vmid);
    }
    let task = match kind {
        GuestKind::Qemu => "qmrestore",
        GuestKind::Lxc => "vzrestore",
    };
    let answer = request.start(cluster, (task, &vmid.to_string()), job);
    if is_new && let Some(upid) = answer.upid() {
        cluster.own_lock(vmid, upid);
    }
    Ok(answer)
}

/// Without a word about storages a container's root file system comes to `local`.
fn check_usual_storage(cluster: &Cluster) -> Result<(), Refusal> {
    let takes_directories = cluster
        .storage("local")
        .is_some_and(|storage| storage.content.iter().any(|kind| kind == "rootdir"));
    if takes_directories {
        return Ok(());
    }
    Err(Refusal::parameter(
        "storage",
        "storage 'local' does not support container directories",
    ))
}

/// Brings a guest back from a backup.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the method has that many switches"
)]
struct Restore {
    kind: GuestKind,
    vmid: u32,
    volid: String,
    archive: Option<Archive>,
    size: u64,
    wanted: Wanted,
    storage: Option<String>,
    pool: Option<String>,
    unique: bool,
    start: bool,
    live: bool,
    is_new: bool,
    from_pbs: bool,
}

impl Job for Restore {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((self.kind, self.vmid))
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let refused = self.refuse(cluster, &task.node);
        if let Some(text) = refused {
            if self.kind == GuestKind::Qemu {
                let line = format!(
                    "error before or during data restore, some or all disks were not completely restored. VM {} state is NOT cleaned up.",
                    self.vmid
                );
                cluster.tasks.say(task.number, line);
            }
            if self.is_new {
                cluster.discard(self.vmid);
            }
            return Err(text);
        }
        Ok(Takes {
            error: self.no_room(cluster, task),
            ..Takes::ms(2000.0 + super::drives::gib(self.size) * 1500.0)
        })
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        // Looked at before: there is an archive, and of this kind.
        let Some(archive) = &self.archive else {
            return Err("unable to read the configuration in the archive".to_owned());
        };
        if !self.is_new {
            // What was there is destroyed first.
            let old: Vec<String> = cluster
                .guests
                .get(&self.vmid)
                .map(|guest| guest.owned_volumes().map(str::to_owned).collect())
                .unwrap_or_default();
            for volid in old {
                cluster.remove_volume(&task.node, &volid);
            }
        }
        self.say_begin(cluster, task);
        let mut config = BTreeMap::new();
        for (key, value) in &archive.config {
            if key.starts_with("unused")
                || matches!(key.as_str(), "lock" | "parent" | "vmstate" | "template")
            {
                continue;
            }
            let value = self.bring_back(cluster, task, key, value);
            config.insert(key.clone(), value);
        }
        config.extend(self.wanted.values.clone());
        for (key, drive) in &self.wanted.drives {
            if let super::drives::Drive::As(value) = drive {
                config.insert(key.clone(), value.clone());
            }
        }
        let has_system = archive.has_system;
        if let Some(guest) = cluster.guests.get_mut(&self.vmid) {
            *guest.config = config;
            guest.pending.clear();
            guest.snapshots.clear();
            guest.parent = None;
            guest.has_system = has_system;
            guest.agent_answers = has_system;
            if self.pool.is_some() {
                guest.pool.clone_from(&self.pool);
            }
        }
        match self.kind {
            GuestKind::Qemu => cluster.tasks.say(task.number, "rescan volumes..."),
            GuestKind::Lxc => cluster
                .tasks
                .say(task.number, "merging backed-up and given configuration.."),
        }
        cluster.finish_new(self.vmid, (self.start || self.live, false), task);
        Ok(())
    }

    fn undo(&self, cluster: &mut Cluster, _: &TaskContext) {
        if self.is_new {
            cluster.discard(self.vmid);
        }
    }
}

impl Restore {
    /// What unpacking dies of when the data does not fit where the first disk goes.
    fn no_room(&self, cluster: &mut Cluster, task: &TaskContext) -> Option<String> {
        let archive = self.archive.as_ref()?;
        let disk = archive
            .config
            .iter()
            .filter(|(key, _)| is_disk_key(self.kind, key))
            .find_map(|(_, value)| Volume::parse(value).filter(|volume| !volume.is_cdrom))?;
        let storage = self.storage.as_deref().unwrap_or(disk.storage);
        let noun = self.kind.noun();
        let name = format!("vm-{}-disk-0", self.vmid);
        if let Some(text) = cluster.no_room_for_disk(&task.node, storage, (&name, disk.size_bytes))
        {
            return Some(format!("unable to restore {noun} {} - {text}", self.vmid));
        }
        // Unpacked it is twice as much.
        let data = 2 * cluster.data_of(cluster.volume_key(&task.node, &self.volid));
        if cluster.has_room(&task.node, storage, data) {
            return None;
        }
        cluster.tasks.say(
            task.number,
            "vma: restore failed - vma blk_flush drive-scsi0 failed: No space left on device",
        );
        Some(match self.kind {
            GuestKind::Qemu => format!(
                "command 'set -o pipefail && vma extract -v -r - {}' failed: exit code 1",
                self.volid
            ),
            GuestKind::Lxc => format!(
                "unable to restore CT {} - command 'tar xpf -' failed: exit code 2",
                self.vmid
            ),
        })
    }

    fn refuse(&self, cluster: &Cluster, node: &str) -> Option<String> {
        let running = cluster
            .guests
            .get(&self.vmid)
            .is_some_and(|guest| guest.run.is_running());
        if running {
            return Some(match self.kind {
                GuestKind::Qemu => format!("unable to restore VM {} - vm is running", self.vmid),
                GuestKind::Lxc => {
                    format!("unable to restore CT {} - container is running", self.vmid)
                }
            });
        }
        let is_there = cluster.volume(node, &self.volid).is_some();
        let of_the_other = match self.kind {
            GuestKind::Qemu => "lxc",
            GuestKind::Lxc => "qemu",
        };
        if self.kind == GuestKind::Lxc && !is_there {
            return Some(format!(
                "unable to restore CT {} - volume '{}' does not exist",
                self.vmid, self.volid
            ));
        }
        if self.archive.is_none() || super::prune::kind_of(&self.volid) == of_the_other {
            let path = self.path(cluster);
            return Some(match self.kind {
                GuestKind::Qemu => {
                    format!("ERROR: file '{path}' does not look like a QemuServer vzdump backup")
                }
                GuestKind::Lxc => format!(
                    "unable to restore CT {} - ERROR: archive contains no configuration file",
                    self.vmid
                ),
            });
        }
        (self.live && !self.from_pbs).then(|| {
            "live-restore is only compatible with backup images from a Proxmox Backup Server"
                .to_owned()
        })
    }

    fn path(&self, cluster: &Cluster) -> String {
        self.volid
            .split_once(':')
            .and_then(|(id, name)| Some(cluster.storage(id)?.path_of(name)))
            .unwrap_or_default()
    }

    fn say_begin(&self, cluster: &mut Cluster, task: &TaskContext) {
        let path = self.path(cluster);
        let line = match (self.kind, self.from_pbs) {
            (GuestKind::Qemu, false) => {
                let number = task.seed % 30_000;
                let unpack = if ending(&path) == "zst" {
                    "zstd -q -d -c"
                } else {
                    "cat"
                };
                format!(
                    "restore vma archive: {unpack} {path} | vma extract -v -r /var/tmp/vzdumptmp{number}.fifo - /var/tmp/vzdumptmp{number}"
                )
            }
            (GuestKind::Qemu, true) => format!("restore proxmox backup image: {}", self.volid),
            (GuestKind::Lxc, _) => {
                format!("recovering backed-up configuration from '{}'", self.volid)
            }
        };
        cluster.tasks.say(task.number, line);
    }

    /// The value of an option of the backup in the new guest; disks are filled on the way.
    fn bring_back(
        &self,
        cluster: &mut Cluster,
        task: &TaskContext,
        key: &str,
        value: &str,
    ) -> String {
        let is_card = key
            .strip_prefix("net")
            .is_some_and(|n| n.parse::<u8>().is_ok());
        if is_card && self.unique {
            let address = Random::new(mix(task.seed, &[text_seed(key)])).mac();
            let bare: Vec<&str> = value
                .split(',')
                .filter_map(|part| match part.split_once('=') {
                    Some((model, text))
                        if self.kind == GuestKind::Qemu && text.matches(':').count() == 5 =>
                    {
                        Some(model)
                    }
                    Some(("hwaddr", _)) => None,
                    _ => Some(part),
                })
                .collect();
            return with_address(self.kind, &bare.join(","), &address);
        }
        let is_disk = is_disk_key(self.kind, key) || matches!(key, "efidisk0" | "tpmstate0");
        let Some(volume) = Volume::parse(value).filter(|_| is_disk) else {
            return value.to_owned();
        };
        let is_cloud_init = volume.id.contains("cloudinit");
        if volume.is_cdrom && !is_cloud_init {
            return value.to_owned();
        }
        let storage = self
            .storage
            .clone()
            .unwrap_or_else(|| volume.storage.to_owned());
        let known = cluster.storage(&storage);
        let file_based = known.is_some_and(crate::cluster::node::Storage::is_file_based);
        let format = match volume.id.rsplit_once('.') {
            Some((_, format @ ("qcow2" | "raw" | "vmdk"))) if file_based => format.to_owned(),
            _ if file_based && self.kind == GuestKind::Qemu => "qcow2".to_owned(),
            _ => known
                .map_or("raw", |known| known.default_format(self.kind))
                .to_owned(),
        };
        let size = if is_cloud_init {
            4 << 20
        } else {
            volume.size_bytes
        };
        let name = if is_cloud_init {
            DiskName::CloudInit
        } else {
            DiskName::Numbered
        };
        let volid = cluster.allocate(
            &task.node,
            &storage,
            (self.kind, self.vmid),
            (name, &format),
            size,
        );
        if let Some(line) = cluster.allocation_line(&volid, &format, size) {
            cluster.tasks.say(task.number, line);
        }
        if self.kind == GuestKind::Qemu {
            cluster
                .tasks
                .say(task.number, format!("new volume ID is '{volid}'"));
        }
        let rest = value
            .split(',')
            .skip(1)
            .filter(|part| !part.starts_with("size="))
            .map(|part| format!(",{part}"))
            .collect::<Vec<_>>()
            .concat();
        if is_cloud_init {
            return format!("{volid}{rest}");
        }
        format!("{volid}{rest},size={}", exact_size(size))
    }
}
