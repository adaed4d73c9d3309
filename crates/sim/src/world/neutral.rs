//! Worlds from their neutral JSON: names, guests, storages, past tasks and faults of a whole cluster.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::accounts::Accounts;
use super::exact::Exact;
use super::listed;
use super::neutral_json::{GuestJson, MetricJson, NodeJson, Setup, StorageJson, TaskJson};
use super::{GuestSpec, NodeSpec, Power, SnapshotSpec, StorageSpec, TaskSpec, World};
use crate::cluster::disk::size_text;
use crate::cluster::failing::Decline;
use crate::cluster::faults::FaultRule;
use crate::cluster::guest::{GIB, GuestKind, MIB};
use crate::cluster::load::Line;
use crate::cluster::node::Growth;
use crate::error::{Result, SimError};
use crate::random::{Random, mix};

/// Parts of a world that are held by other programs and mean nothing to a cluster.
const NOT_OURS: &[&str] = &[
    "fixture",
    "policy",
    "alert_rules",
    "active_alerts",
    "schedules",
];

impl World {
    /// Reads a world. What it holds and the simulator cannot show is listed by [`World::warnings`].
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_setup(serde_json::from_str(text).map_err(SimError::WorldText)?)
    }

    /// Reads a world from JSON that is already parsed.
    pub fn from_value(value: Value) -> Result<Self> {
        Self::from_setup(
            serde_json::from_value(value).map_err(|cause| broken("$", &cause.to_string()))?,
        )
    }

    fn from_setup(mut setup: Setup) -> Result<Self> {
        // The first node is the one that answers; names of nodes mostly count up in the order they joined.
        setup.nodes.sort_by(|one, other| one.name.cmp(&other.name));
        let names: Vec<&str> = setup.nodes.iter().map(|node| node.name.as_str()).collect();
        if names.is_empty() {
            return Err(broken("nodes", "a cluster has at least one node"));
        }
        let storage_kinds: BTreeMap<String, String> = setup
            .storages
            .iter()
            .map(|storage| (storage.id.clone(), storage.plugin.clone()))
            .collect();
        let mut guests: Vec<GuestSpec> = Vec::with_capacity(setup.guests.len());
        let mut numbers = BTreeSet::new();
        for guest in setup.guests {
            let at = format!("guests[vmid={}]", guest.vmid);
            if !names.contains(&guest.node.as_str()) {
                return Err(broken(
                    &at,
                    &format!("node `{}` is not in the world", guest.node),
                ));
            }
            if !numbers.insert(guest.vmid) {
                return Err(broken(&at, "the number is there twice"));
            }
            guests.push(guest_spec(
                guest,
                &storage_kinds,
                &setup.metrics,
                setup.now,
                &at,
            )?);
        }
        let faults = FaultRule::list_from_json(&Value::from(setup.faults))?;
        let mut warnings = warnings(&setup.rest);
        let node_names: Vec<String> = setup.nodes.iter().map(|node| node.name.clone()).collect();
        let (replication, left_out) =
            super::replicated::jobs(&setup.replication_jobs, &guests, &node_names);
        warnings.extend(left_out);
        let accounts = Accounts::from_json(&setup.pve)?;
        let exact = Exact::from_json(&setup.pve)?;
        for guest in &mut guests {
            if let Some(config) = exact.config_of(guest.vmid) {
                guest.config = config;
            }
        }
        for guest in guests.iter_mut().filter(|guest| forgets_no_state(guest)) {
            guest.lock = None;
            warnings.push(format!(
                "guests[vmid={}]: lock `suspended` is left out, no saved state lies on its disks",
                guest.vmid
            ));
        }
        for guest in &mut guests {
            if exact.config_of(guest.vmid).is_none() && is_left_over(guest, &setup.tasks) {
                guest.lock = None;
                warnings.push(format!(
                    "guests[vmid={}]: lock `backup` is left out, no backup of the guest is among the tasks",
                    guest.vmid
                ));
            }
        }
        for key in setup.pve.keys().filter(|key| {
            ![Accounts::KEYS, Exact::KEYS]
                .concat()
                .contains(&key.as_str())
        }) {
            warnings.push(format!("`pve.{key}` is not simulated"));
        }
        let online = setup
            .nodes
            .iter()
            .filter(|node| node.status == "online")
            .count();
        let mut tasks: Vec<TaskSpec> = setup
            .tasks
            .into_iter()
            .map(|task| task_spec(task, &exact))
            .collect();
        tasks.sort_by_key(|task| task.start_ms);
        let now = exact
            .now_ms
            .and_then(|now_ms| Timestamp::from_millisecond(now_ms).ok())
            .unwrap_or(setup.now);
        let metrics = &setup.metrics;
        let is_exact = !exact.storage_cfg.is_empty();
        Ok(Self {
            cluster: (!setup.cluster.name.is_empty()).then_some(setup.cluster.name),
            quorate: setup.cluster.quorate && online > 0,
            now: Some(now),
            nodes: setup
                .nodes
                .into_iter()
                .map(|node| node_spec(node, metrics, now))
                .collect(),
            storages: setup
                .storages
                .into_iter()
                .map(|storage| {
                    let spec = storage_spec(storage, metrics, now);
                    if is_exact { spec } else { with_import(spec) }
                })
                .collect(),
            guests,
            volumes: listed::volumes(setup.volumes, setup.backups),
            backup_jobs: setup.backup_jobs.into_iter().map(listed::job).collect(),
            failing: setup
                .failing_disks
                .into_iter()
                .map(|disk| {
                    let decline = Decline {
                        from_ms: disk.from.as_millisecond(),
                        until_ms: disk.failed.as_millisecond(),
                    };
                    ((disk.node, disk.disk), decline)
                })
                .collect(),
            replication,
            pools: setup
                .pools
                .into_iter()
                .map(|pool| (pool.id, pool.comment))
                .collect(),
            ha: setup
                .ha_resources
                .into_iter()
                .map(|resource| (resource.sid, resource.state))
                .collect(),
            tasks,
            faults,
            identity: setup.identity.map(|identity| {
                let grants = identity
                    .grants
                    .into_iter()
                    .map(|grant| (grant.path, grant.role))
                    .collect();
                (identity.user, grants)
            }),
            accounts,
            exact,
            carried: setup
                .rest
                .into_iter()
                .filter(|(key, _)| NOT_OURS.contains(&key.as_str()))
                .collect(),
            warnings,
        })
    }
}

fn broken(at: &str, cause: &str) -> SimError {
    SimError::World {
        at: at.to_owned(),
        cause: cause.to_owned(),
    }
}

fn warnings(rest: &Map<String, Value>) -> Vec<String> {
    rest.iter()
        .filter(|(key, value)| {
            let is_empty = match value {
                Value::Array(items) => items.is_empty(),
                Value::Object(map) => map.is_empty(),
                Value::Null => true,
                _ => false,
            };
            !is_empty && !NOT_OURS.contains(&key.as_str())
        })
        .map(|(key, value)| match value.as_array() {
            Some(items) => format!("{} entries of `{key}` are not simulated", items.len()),
            None => format!("`{key}` is not simulated"),
        })
        .collect()
}

fn node_spec(node: NodeJson, metrics: &[MetricJson], now: Timestamp) -> NodeSpec {
    let used = node.memory_used_mb as f64 / node.memory_mb.max(1) as f64;
    NodeSpec {
        line: line(metrics, &format!("node/{}", node.name), now),
        name: node.name,
        online: node.status == "online",
        cores: node.cores,
        memory_bytes: node.memory_mb * MIB,
        fixed: Some((node.cpu_load, used)),
        uptime_s: 30 * 86_400,
    }
}

/// The neutral form has no word for disk images to import; directories that take images of CDs and
/// templates of containers take them too, as the storage does that an installation makes.
fn with_import(mut storage: StorageSpec) -> StorageSpec {
    let holds = |content: &str| storage.content.iter().any(|held| held == content);
    if storage.plugin == "dir" && holds("iso") && holds("vztmpl") && !holds("import") {
        storage.content.push("import".to_owned());
    }
    storage
}

fn storage_spec(storage: StorageJson, metrics: &[MetricJson], now: Timestamp) -> StorageSpec {
    let growth = growth(&storage, metrics, now);
    StorageSpec {
        id: storage.id,
        plugin: storage.plugin,
        content: storage.content,
        shared: storage.shared,
        nodes: storage.nodes,
        enabled: storage.enabled,
        active: storage.active,
        total_bytes: (storage.total_gb * GIB as f64) as u64,
        used_bytes: (storage.used_gb * GIB as f64) as u64,
        growth,
    }
}

/// How a storage came to be as full as it is: along the line that is given, else by a thousandth a day.
fn growth(storage: &StorageJson, metrics: &[MetricJson], now: Timestamp) -> Growth {
    let target = format!("storage/{}", storage.id);
    let row = metrics
        .iter()
        .find(|row| row.target == target && matches!(row.metric.as_str(), "used_gb" | "disk"));
    let (gb_per_day, days) = match row {
        Some(row) => {
            let first = row.first_value.unwrap_or(row.last_value);
            let whole = match row.metric.as_str() {
                "used_gb" => 1.0,
                _ => storage.total_gb / 100.0,
            };
            (
                (row.last_value - first) * whole / row.days.max(1e-3),
                row.days,
            )
        }
        None => (storage.used_gb / 1000.0, 900.0),
    };
    Growth {
        bytes_per_day: gb_per_day * GIB as f64,
        right_at_ms: now.as_millisecond(),
        days,
        goes_on: false,
    }
}

/// The straight lines along which a target's figures came about.
fn line(metrics: &[MetricJson], target: &str, now: Timestamp) -> Option<Line> {
    let mut line = Line {
        until_ms: now.as_millisecond(),
        ..Line::default()
    };
    let mut rises = false;
    for row in metrics.iter().filter(|row| row.target == target) {
        let first = row.first_value.unwrap_or(row.last_value);
        let per_day = (row.last_value - first) / 100.0 / row.days.max(1e-3);
        match row.metric.as_str() {
            "cpu" => line.cpu_per_day = per_day,
            "mem" => line.memory_per_day = per_day,
            _ => continue,
        }
        rises |= per_day != 0.0;
        line.days = line.days.max(row.days);
    }
    rises.then_some(line)
}

/// A machine that hibernates is off, and its memory lies on a volume: a `suspended` without either is what
/// somebody saw at a moment and not how a machine can be.
fn forgets_no_state(guest: &GuestSpec) -> bool {
    guest.lock.as_deref() == Some("suspended")
        && (guest.power == Power::Running || !guest.config.contains_key("vmstate"))
}

/// A node that starts removes the locks of backups that it finds: nobody works under them any more. So a
/// world has such a lock only with the backup that holds it, or that broke off and left it behind.
fn is_left_over(guest: &GuestSpec, tasks: &[TaskJson]) -> bool {
    let is_of_guest = |task: &TaskJson| task.vmid.is_none_or(|vmid| vmid == guest.vmid);
    guest.lock.as_deref() == Some("backup")
        && !tasks
            .iter()
            .any(|task| task.kind == "vzdump" && task.status != "OK" && is_of_guest(task))
}

fn task_spec(task: TaskJson, exact: &Exact) -> TaskSpec {
    // A task that was exported is as it was, its log too.
    if let Some((start_ms, end_ms)) = exact.task_ms.get(&task.id).copied() {
        return TaskSpec {
            kind: task.kind,
            id: task.id.split(':').nth(6).unwrap_or_default().to_owned(),
            node: task.node,
            user: task.user,
            start_ms,
            end: end_ms.map(|at_ms| (at_ms, task.status)),
            log: task.log,
            upid: Some(task.id),
        };
    }
    let mut log = task.log;
    let end = task.end.filter(|_| task.status != "running");
    if end.is_some() {
        let last = match task.status.as_str() {
            "OK" => "TASK OK".to_owned(),
            text if text.starts_with("WARNINGS") => format!("TASK {text}"),
            text => format!("TASK ERROR: {text}"),
        };
        if log.last() != Some(&last) {
            log.push(last);
        }
    }
    TaskSpec {
        upid: None,
        node: task.node,
        kind: task.kind,
        id: task.vmid.map(|vmid| vmid.to_string()).unwrap_or_default(),
        user: task.user,
        start_ms: task.start.as_millisecond(),
        end: end.map(|end| (end.as_millisecond(), task.status)),
        log,
    }
}

fn guest_spec(
    guest: GuestJson,
    storages: &BTreeMap<String, String>,
    metrics: &[MetricJson],
    now: Timestamp,
    at: &str,
) -> Result<GuestSpec> {
    let kind = GuestKind::parse(&guest.kind).ok_or_else(|| {
        broken(
            at,
            &format!("type `{}` is neither qemu nor lxc", guest.kind),
        )
    })?;
    let power = match guest.status.as_str() {
        "running" => Power::Running,
        "stopped" => Power::Stopped,
        "paused" => Power::Paused,
        other => return Err(broken(at, &format!("status `{other}` is unknown"))),
    };
    let seed = mix(u64::from(guest.vmid), &[now.as_second().unsigned_abs()]);
    let mut random = Random::new(seed);
    let config = guest_config(&guest, kind, storages, now, &mut random);
    let figure = |metric: &str| {
        let target = format!("guest/{}", guest.vmid);
        metrics
            .iter()
            .find(|row| row.target == target && row.metric == metric)
            .map(|row| row.last_value / 100.0)
    };
    let line = line(metrics, &format!("guest/{}", guest.vmid), now);
    let fixed = figure("cpu").is_some() || figure("mem").is_some();
    let cpu = figure("cpu").unwrap_or_else(|| random.between(0.02, 0.3));
    let memory = figure("mem").unwrap_or_else(|| random.between(0.25, 0.75));
    Ok(GuestSpec {
        vmid: guest.vmid,
        kind,
        node: guest.node,
        power,
        uptime_s: 3600 + random.below(20 * 86_400) as i64,
        config,
        pool: guest.pool,
        lock: guest.lock,
        agent_answers: guest.agent,
        snapshots: guest
            .snapshots
            .into_iter()
            .map(|snapshot| SnapshotSpec {
                name: snapshot.name,
                time_s: snapshot.time.as_second(),
                with_ram: snapshot.with_ram,
                description: snapshot.description,
            })
            .collect(),
        load: (cpu, memory),
        load_is_fixed: fixed,
        line,
        running_qemu: guest.running_qemu,
    })
}

fn guest_config(
    guest: &GuestJson,
    kind: GuestKind,
    storages: &BTreeMap<String, String>,
    now: Timestamp,
    random: &mut Random,
) -> BTreeMap<String, String> {
    let vmid = guest.vmid;
    let mut config = BTreeMap::new();
    let mut set = |key: &str, value: String| config.insert(key.to_owned(), value);
    set(kind.name_key(), guest.name.clone());
    set("cores", guest.cores.to_string());
    set("memory", guest.memory_mb.to_string());
    set("onboot", u8::from(guest.onboot).to_string());
    if !guest.tags.is_empty() {
        let mut tags = guest.tags.clone();
        tags.sort_unstable();
        set("tags", tags.join(";"));
    }
    if guest.protection {
        set("protection", "1".to_owned());
    }
    if guest.template {
        set("template", "1".to_owned());
    }
    if !guest.description.is_empty() {
        set("description", guest.description.clone());
    }
    for (index, disk) in guest.disks.iter().enumerate() {
        let plugin = storages.get(&disk.storage).map_or("dir", String::as_str);
        let id = disk.volid.clone().unwrap_or_else(|| {
            let start = if guest.template { "base" } else { "vm" };
            let name = format!("{start}-{vmid}-disk-{index}");
            match (plugin, kind) {
                ("dir" | "nfs" | "cifs" | "cephfs", GuestKind::Qemu) => {
                    format!("{}:{vmid}/{name}.qcow2", disk.storage)
                }
                ("dir" | "nfs" | "cifs" | "cephfs", GuestKind::Lxc) => {
                    format!("{}:{vmid}/{name}.raw", disk.storage)
                }
                ("zfspool", GuestKind::Lxc) => {
                    format!("{}:subvol-{vmid}-disk-{index}", disk.storage)
                }
                _ => format!("{}:{name}", disk.storage),
            }
        });
        set(&disk.key, format!("{id},size={}", size_text(disk.size_gb)));
    }
    match kind {
        GuestKind::Qemu => {
            set("sockets", "1".to_owned());
            set("ostype", "l26".to_owned());
            set("scsihw", "virtio-scsi-single".to_owned());
            set("net0", format!("virtio={},bridge=vmbr0", random.mac()));
            set("smbios1", format!("uuid={}", random.uuid()));
            set("vmgenid", random.uuid());
            let age_s = 86_400 * (30 + random.below(400)) as i64;
            set(
                "meta",
                format!("creation-qemu=10.0.2,ctime={}", now.as_second() - age_s),
            );
            if let Some(disk) = guest.disks.first() {
                set("boot", format!("order={}", disk.key));
            }
            if guest.agent {
                set("agent", "1".to_owned());
            }
            if let Some(machine) = &guest.machine {
                set("machine", machine.clone());
            }
            if let Some(vga) = &guest.vga {
                set("vga", vga.clone());
            }
            if guest.cloudinit.is_object() || guest.cloudinit == Value::Bool(true) {
                let storage = guest
                    .disks
                    .first()
                    .map_or("local", |disk| disk.storage.as_str());
                set("ide2", format!("{storage}:vm-{vmid}-cloudinit,media=cdrom"));
                for (key, value) in guest.cloudinit.as_object().into_iter().flatten() {
                    if let Some(text) = value.as_str() {
                        set(key, text.to_owned());
                    }
                }
            }
        }
        GuestKind::Lxc => {
            set("swap", "512".to_owned());
            set("arch", "amd64".to_owned());
            set("ostype", "debian".to_owned());
            set(
                "unprivileged",
                u8::from(guest.unprivileged.unwrap_or(true)).to_string(),
            );
            let mut net = BTreeMap::from([
                ("bridge", "vmbr0".to_owned()),
                ("hwaddr", random.mac()),
                ("ip", "dhcp".to_owned()),
                ("type", "veth".to_owned()),
            ]);
            for (key, value) in guest.net0.iter().flatten() {
                if let Some(text) = value.as_str() {
                    net.insert(key, text.to_owned());
                }
            }
            let rest: Vec<String> = net
                .iter()
                .filter(|(key, _)| **key != "name")
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            let name = net
                .get("name")
                .cloned()
                .unwrap_or_else(|| "eth0".to_owned());
            set("net0", format!("name={name},{}", rest.join(",")));
        }
    }
    config
}
