//! Making guests: new ones, or from a backup.

use std::collections::BTreeMap;

use super::drives::Drive;
use super::option_rights::Editor;
use super::options::{Wanted, read};
use super::restore;
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::disk::is_volume_key;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::random::{Random, mix};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/nodes/{node}/{kind}", create).records_by(|request| {
            let target = format!("guest/{}", request.text("vmid").unwrap_or_default());
            match restore::archive_of(request) {
                Some(_) => ("backup.restore", target),
                None => ("guest.create", target),
            }
        }),
    ]
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let kind = request.kind();
    let vmid = request
        .number("vmid")
        .and_then(|vmid| u32::try_from(vmid).ok())
        .unwrap_or(0);
    permit(cluster, request, vmid)?;
    if !cluster.quorate {
        return Err(Refusal::died("cluster not ready - no quorum?"));
    }
    if let Some(archive) = restore::archive_of(request) {
        return restore::begin(cluster, request, (kind, vmid), &archive);
    }
    if let Some(text) = exists(cluster, kind, vmid) {
        return Err(Refusal::died(match kind {
            GuestKind::Qemu => format!("unable to create VM {vmid} - {text}"),
            GuestKind::Lxc => text,
        }));
    }
    if kind == GuestKind::Lxc
        && let Some(template) = request.text("ostemplate")
        && cluster
            .volume(request.node(), &template)
            .is_some_and(|volume| volume.content != "vztmpl")
    {
        return Err(Refusal::died(format!(
            "unable to use volume {template} - content type needs to be 'vztmpl'"
        )));
    }
    let wanted = with_root_disk(cluster, request, read(cluster, request, (kind, vmid))?)?;
    let job = Create {
        kind,
        vmid,
        wanted,
        pool: request.text("pool"),
        template: request.text("ostemplate"),
        start: request.flag("start"),
        ha: request.flag("ha-managed"),
    };
    cluster.reserve(request.node(), kind, vmid);
    let kind = match kind {
        GuestKind::Qemu => "qmcreate",
        GuestKind::Lxc => "vzcreate",
    };
    let answer = request.start(cluster, (kind, &vmid.to_string()), job);
    if let Some(upid) = answer.upid() {
        cluster.own_lock(vmid, upid);
    }
    Ok(answer)
}

/// `VM 100 already exists on node 'pve1'`
pub(crate) fn exists(cluster: &Cluster, _: GuestKind, vmid: u32) -> Option<String> {
    let guest = cluster.guests.get(&vmid)?;
    Some(format!(
        "{} {vmid} already exists on node '{}'",
        guest.kind.noun(),
        guest.node
    ))
}

fn permit(cluster: &Cluster, request: &Request<'_>, vmid: u32) -> Result<(), Refusal> {
    let who = request.who;
    let pool = request.text("pool");
    if let Some(pool) = &pool
        && !cluster.pools.contains_key(pool)
    {
        return Err(Refusal::forbidden(&format!("pool '{pool}' does not exist")));
    }
    let in_pool = pool
        .as_ref()
        .is_some_and(|pool| cluster.may(who, &format!("/pool/{pool}"), "VM.Allocate"));
    if !in_pool && !cluster.may(who, &format!("/vms/{vmid}"), "VM.Allocate") {
        return Err(Refusal::forbidden(""));
    }
    let kind = request.kind();
    let editor = Editor {
        cluster,
        who,
        kind,
        vmid,
        pool,
        unprivileged: request.flag("unprivileged"),
    };
    for name in request.parameters.keys() {
        // The drives of a new machine are a matter of their storages.
        let is_drive = kind == GuestKind::Qemu && (is_volume_key(kind, name) || name == "cdrom");
        if !super::options::says_how(name) && !is_drive {
            editor.permit(name, None, request.text(name).as_deref())?;
        }
    }
    Ok(())
}

/// Containers get a root file system even when none is asked for.
fn with_root_disk(
    cluster: &Cluster,
    request: &Request<'_>,
    mut wanted: Wanted,
) -> Result<Wanted, Refusal> {
    if request.kind() == GuestKind::Lxc && !wanted.drives.contains_key("rootfs") {
        let storage = request
            .text("storage")
            .unwrap_or_else(|| "local".to_owned());
        let place = (request.node(), GuestKind::Lxc, 0);
        let drive = super::drives::check_drive(cluster, place, "rootfs", &format!("{storage}:4"))?;
        wanted.drives.insert("rootfs".to_owned(), drive);
    }
    Ok(wanted)
}

impl Cluster {
    /// The number is taken from the moment the call is accepted.
    pub(crate) fn reserve(&mut self, node: &str, kind: GuestKind, vmid: u32) {
        let Some(node) = self.node(node).map(|node| node.name.clone()) else {
            return;
        };
        let seed = mix(
            self.seed,
            &[u64::from(vmid), 11, self.now_ms.unsigned_abs()],
        );
        let mut guest = Guest::new((kind, vmid), node, BTreeMap::new(), seed);
        guest.lock = Some("create".to_owned());
        self.guests.insert(vmid, guest);
    }

    /// The lock of a guest that is being made belongs to the task that makes it.
    pub(crate) fn own_lock(&mut self, vmid: u32, upid: &str) {
        let number = self
            .tasks
            .by_upid(upid)
            .filter(|task| task.exit().is_none())
            .map(|task| task.number);
        if let Some(guest) = self.guests.get_mut(&vmid)
            && guest.lock.as_deref() == Some("create")
        {
            guest.lock_owner = number;
        }
    }
}

/// Makes a guest.
#[derive(Debug)]
struct Create {
    kind: GuestKind,
    vmid: u32,
    wanted: Wanted,
    pool: Option<String>,
    template: Option<String>,
    start: bool,
    ha: bool,
}

/// What keeps new disks from being made, where storages reserve their room.
pub(super) fn no_room(
    cluster: &Cluster,
    (node, vmid): (&str, u32),
    drives: &BTreeMap<String, Drive>,
) -> Option<String> {
    drives.values().find_map(|drive| match drive {
        Drive::As(_) => None,
        Drive::New(disk) => {
            let name = format!("vm-{vmid}-disk-0");
            cluster.no_room_for_disk(node, &disk.storage, (&name, disk.size_bytes))
        }
    })
}

impl Job for Create {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((self.kind, self.vmid))
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let takes = Takes::ms(match self.kind {
            GuestKind::Qemu => 500.0,
            GuestKind::Lxc => 1500.0,
        });
        let no_room = no_room(cluster, (&task.node, self.vmid), &self.wanted.drives);
        Ok(Takes {
            error: no_room.map(|text| {
                format!(
                    "unable to create {} {} - {text}",
                    self.kind.noun(),
                    self.vmid
                )
            }),
            ..takes
        })
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let mut config = self.basics(cluster, task);
        config.extend(self.wanted.values.clone());
        for (key, drive) in &self.wanted.drives {
            let value = self.make_disk(cluster, task, key, drive);
            config.insert(key.clone(), value);
        }
        let noun = self.kind.noun();
        if let Some(template) = &self.template {
            if let Err(text) = unpack(cluster, task, template) {
                cluster.discard(self.vmid);
                return Err(format!("unable to create {noun} {} - {text}", self.vmid));
            }
            let ostype = [
                "alpine",
                "debian",
                "ubuntu",
                "fedora",
                "centos",
                "archlinux",
                "opensuse",
                "gentoo",
                "nixos",
            ]
            .into_iter()
            .find(|name| template.contains(name))
            .unwrap_or("unmanaged");
            config
                .entry("ostype".to_owned())
                .or_insert_with(|| ostype.to_owned());
        }
        if self.kind == GuestKind::Qemu && !config.contains_key("boot") {
            let order = boot_order(&config);
            if !order.is_empty() {
                config.insert("boot".to_owned(), format!("order={}", order.join(";")));
            }
        }
        let imported = self
            .wanted
            .drives
            .values()
            .any(|drive| matches!(drive, Drive::New(disk) if disk.import_from.is_some()));
        if let Some(guest) = cluster.guests.get_mut(&self.vmid) {
            *guest.config = config;
            guest.pool.clone_from(&self.pool);
            guest.has_system |= imported;
        }
        cluster.finish_new(self.vmid, (self.start, self.ha), task);
        Ok(())
    }

    fn undo(&self, cluster: &mut Cluster, _: &TaskContext) {
        cluster.discard(self.vmid);
    }

    fn drop_unbegun(&self, cluster: &mut Cluster) {
        cluster.discard(self.vmid);
    }
}

impl Create {
    fn basics(&self, cluster: &Cluster, task: &TaskContext) -> BTreeMap<String, String> {
        let mut random = Random::new(mix(task.seed, &[5]));
        let values: Vec<(&str, String)> = match self.kind {
            GuestKind::Qemu => vec![
                ("smbios1", format!("uuid={}", random.uuid())),
                ("vmgenid", random.uuid()),
                (
                    "meta",
                    format!(
                        "creation-qemu={},ctime={}",
                        cluster.version.qemu(),
                        task.start_ms.div_euclid(1000)
                    ),
                ),
            ],
            GuestKind::Lxc => vec![
                ("arch", "amd64".to_owned()),
                ("hostname", format!("CT{}", self.vmid)),
                ("memory", "512".to_owned()),
                ("swap", "512".to_owned()),
            ],
        };
        values
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    fn make_disk(
        &self,
        cluster: &mut Cluster,
        task: &TaskContext,
        key: &str,
        drive: &Drive,
    ) -> String {
        let disk = match drive {
            Drive::As(value) => return value.clone(),
            Drive::New(disk) => disk,
        };
        let value = cluster.make_disk((&task.node, self.kind, self.vmid), disk);
        let volid = value.split(',').next().unwrap_or_default().to_owned();
        if let Some(line) = cluster.allocation_line(&volid, &disk.format, disk.size_bytes) {
            cluster.tasks.say(task.number, line);
        }
        match self.kind {
            GuestKind::Qemu => {
                let line = format!("{key}: successfully created disk '{value}'");
                cluster.tasks.say(task.number, line);
            }
            GuestKind::Lxc if disk.format == "raw" => {
                let blocks = disk.size_bytes / 4096;
                let line = format!(
                    "Creating filesystem with {blocks} 4k blocks and {} inodes",
                    blocks / 4
                );
                cluster.tasks.say(task.number, line);
                let uuid = Random::new(mix(task.seed, &[9])).uuid();
                cluster
                    .tasks
                    .say(task.number, format!("Filesystem UUID: {uuid}"));
            }
            GuestKind::Lxc => {}
        }
        value
    }
}

fn unpack(cluster: &mut Cluster, task: &TaskContext, template: &str) -> Result<(), String> {
    let missing = || format!("volume '{template}' does not exist");
    let path = template
        .split_once(':')
        .and_then(|(id, name)| Some(cluster.storage(id)?.path_of(name)));
    let Some(volume) = cluster.volume(&task.node, template) else {
        let text = missing();
        cluster.tasks.say(task.number, text.clone());
        return Err(text);
    };
    let bytes = volume.size_bytes * 2;
    let lines = [
        format!("extracting archive '{}'", path.unwrap_or_default()),
        format!(
            "Total bytes read: {bytes} ({:.1}MiB, 75MiB/s)",
            bytes as f64 / 1_048_576.0
        ),
        "Detected container architecture: amd64".to_owned(),
    ];
    for line in lines {
        cluster.tasks.say(task.number, line);
    }
    Ok(())
}

/// First disk, first CD drive, first network card.
fn boot_order(config: &BTreeMap<String, String>) -> Vec<&str> {
    let first = |wanted: &dyn Fn(&str, &str) -> bool| {
        config
            .iter()
            .find(|(key, value)| wanted(key, value))
            .map(|(key, _)| key.as_str())
    };
    let is_disk = |key: &str| crate::cluster::disk::is_disk_key(GuestKind::Qemu, key);
    let disk = first(&|key, value| is_disk(key) && !value.contains("media=cdrom"));
    let medium = first(&|key, value| {
        is_disk(key) && value.contains("media=cdrom") && !value.contains("cloudinit")
    });
    let card = first(&|key, _| {
        key.strip_prefix("net")
            .is_some_and(|n| n.parse::<u8>().is_ok())
    });
    [disk, medium, card].into_iter().flatten().collect()
}

impl Cluster {
    /// A guest that could not be made leaves nothing behind.
    pub(crate) fn discard(&mut self, vmid: u32) {
        let Some(guest) = self.guests.remove(&vmid) else {
            return;
        };
        let node = guest.node.clone();
        self.remove_volumes_of(&node, vmid);
    }

    /// Removes every volume whose name says that it is the guest's, backups excepted.
    pub(crate) fn remove_volumes_of(&mut self, node: &str, vmid: u32) {
        let gone: Vec<String> = self
            .volumes
            .iter()
            .filter(|((_, on, _), volume)| {
                volume.vmid == Some(vmid)
                    && (on.is_empty() || on == node)
                    && matches!(volume.content, "images" | "rootdir")
            })
            .map(|((storage, _, name), _)| format!("{storage}:{name}"))
            .collect();
        for volid in gone {
            self.remove_volume(node, &volid);
        }
    }

    /// Last steps of everything that makes a guest.
    pub(crate) fn finish_new(&mut self, vmid: u32, (start, ha): (bool, bool), task: &TaskContext) {
        let Some(guest) = self.guests.get_mut(&vmid) else {
            return;
        };
        guest.lock = None;
        guest.lock_owner = None;
        let kind = guest.kind;
        if ha {
            let prefix = match kind {
                GuestKind::Qemu => "vm",
                GuestKind::Lxc => "ct",
            };
            self.ha.push(crate::cluster::node::HaResource {
                sid: format!("{prefix}:{vmid}"),
                state: if start { "started" } else { "stopped" }.to_owned(),
                settings: BTreeMap::new(),
                in_error: false,
            });
        }
        if start {
            self.power_on(vmid, task.at_ms);
        }
    }
}
