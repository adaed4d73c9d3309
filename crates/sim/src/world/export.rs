//! The present state of a cluster in the form of a world: the neutral JSON and, in `pve`, all that it has
//! no place for. What was exported loads as it was.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::accounts::Accounts;
use super::exact::{
    ArchiveState, Exact, GuestState, NodeState, SnapshotState, StorageUse, VolumeState,
};
use crate::cluster::Cluster;
use crate::cluster::access::ROOT;
use crate::cluster::disk::Volume;
use crate::cluster::faults::FaultRule;
use crate::cluster::guest::{GIB, Guest, GuestKind, MIB, RunState};
use crate::cluster::node::Storage;
use crate::cluster::tasks::{Task, TaskState};

impl Cluster {
    /// The state as a world. `neutral` leaves the `pve` part out.
    pub(crate) fn to_world(&self, neutral: bool) -> Value {
        let mut world = json!({
            "fixture": "export",
            "now": instant(self.now_ms.div_euclid(1000)),
            "cluster": { "name": self.name.clone().unwrap_or_default(), "quorate": self.quorate },
            "nodes": self.neutral_nodes(),
            "storages": self.storages.iter().map(neutral_storage).collect::<Value>(),
            "guests": self.guests.values().map(neutral_guest).collect::<Value>(),
            "backups": self.neutral_backups(),
            "backup_jobs": self.neutral_jobs(),
            "replication_jobs": self.neutral_replication(),
            "ha_resources": self.ha.iter()
                .map(|resource| json!({ "sid": resource.sid, "state": resource.state }))
                .collect::<Value>(),
            "pools": self.pools.iter()
                .map(|(id, pool)| json!({ "id": id, "comment": pool.comment }))
                .collect::<Value>(),
            "volumes": self.neutral_volumes(),
            "tasks": tasks_by_start(self).into_iter().map(neutral_task).collect::<Value>(),
            "metrics": self.neutral_metrics(),
            "alert_rules": [],
            "active_alerts": [],
            "identity": self.neutral_identity(),
            "policy": { "read": "auto", "change": "ask", "destroy": "ask" },
            "faults": self.faults.all().iter().map(FaultRule::to_json).collect::<Value>(),
        });
        if let Some(map) = world.as_object_mut() {
            // What other programs keep in the file goes out as it came in.
            map.extend(self.carried.clone());
            if !self.failing.is_empty() {
                map.insert("failing_disks".to_owned(), self.neutral_failing());
            }
            if !neutral {
                map.insert("pve".to_owned(), self.pve_part());
            }
        }
        world
    }

    fn neutral_identity(&self) -> Value {
        let (user, grants) = match &self.identity {
            Some((user, grants)) => (user.as_str(), grants.as_slice()),
            None => (ROOT, &[] as &[(String, String)]),
        };
        let grants: Value = grants
            .iter()
            .map(|(path, role)| json!({ "path": path, "role": role }))
            .collect();
        json!({ "user": user, "grants": grants })
    }

    fn neutral_failing(&self) -> Value {
        let instant = |at_ms: i64| {
            let instant = Timestamp::from_millisecond(at_ms);
            instant.unwrap_or_default().to_string()
        };
        self.failing
            .iter()
            .map(|((node, disk), decline)| {
                json!({
                    "node": node, "disk": disk,
                    "from": instant(decline.from_ms), "failed": instant(decline.until_ms),
                })
            })
            .collect()
    }

    fn pve_part(&self) -> Value {
        let mut part = serde_json::to_value(self.exact()).unwrap_or_default();
        let accounts = serde_json::to_value(Accounts::of(&self.access)).unwrap_or_default();
        if let (Some(part), Value::Object(accounts)) = (part.as_object_mut(), accounts) {
            part.extend(accounts);
        }
        part
    }

    fn exact(&self) -> Exact {
        Exact {
            version: Some(self.version.full().to_owned()),
            now_ms: Some(self.now_ms),
            config: self
                .guests
                .values()
                .map(|guest| {
                    let raw = guest.config.iter();
                    let raw = raw.map(|(key, value)| (key.clone(), Value::from(value.as_str())));
                    (guest.vmid, raw.collect())
                })
                .collect(),
            storage_cfg: self.storages.iter().map(storage_cfg).collect(),
            ha: self
                .ha
                .iter()
                .map(|resource| {
                    let own = [
                        ("sid".to_owned(), Value::from(resource.sid.as_str())),
                        ("state".to_owned(), resource.state.as_str().into()),
                    ];
                    let more = texts(&resource.settings);
                    own.into_iter().chain(more).collect()
                })
                .collect(),
            jobs: self
                .backup_jobs
                .iter()
                .map(|(id, job)| {
                    let own = [("id".to_owned(), Value::from(id.as_str()))];
                    own.into_iter().chain(texts(&job.options)).collect()
                })
                .collect(),
            node: self
                .nodes
                .iter()
                .map(|node| (node.name.to_string(), node_state(node)))
                .collect(),
            not_read: Vec::new(),
            guest: self
                .guests
                .values()
                .map(|guest| (guest.vmid, guest_state(guest)))
                .collect(),
            storage_use: self
                .storages
                .iter()
                .map(|storage| {
                    let figures = StorageUse {
                        total: storage.total_bytes,
                        used: storage.used_bytes,
                        grown: storage.grown_bytes.clone(),
                        growth: Some(storage.growth),
                    };
                    (storage.id.clone(), figures)
                })
                .collect(),
            storage_on: self
                .storages
                .iter()
                .filter(|storage| !storage.on_nodes.is_empty())
                .map(|storage| (storage.id.clone(), storage.on_nodes.clone()))
                .collect(),
            settings: self.settings.files().clone(),
            journal: self.notes.iter().cloned().collect(),
            secrets_made: self.access.secrets(),
            given: self.access.given.clone(),
            actor: None,
            pool_storages: self
                .pools
                .iter()
                .filter(|(_, pool)| !pool.storages.is_empty())
                .map(|(id, pool)| (id.clone(), pool.storages.clone()))
                .collect(),
            ha_rules: self.ha_rules.clone(),
            ha_requests: self.ha_requests.clone(),
            firewall: self.firewalls.clone(),
            options: Some(self.options.clone()),
            volumes: Some(self.volume_states()),
            task_ms: self
                .tasks
                .oldest_first()
                .map(|task| (task.upid.clone(), (task.start_ms, task.ended_ms())))
                .collect(),
        }
    }

    fn volume_states(&self) -> Vec<VolumeState> {
        self.volumes
            .iter()
            .map(|((storage, node, name), volume)| VolumeState {
                volid: format!("{storage}:{name}"),
                node: node.clone(),
                content: volume.content.to_owned(),
                format: volume.format.clone(),
                size_bytes: volume.size_bytes,
                used_bytes: volume.used_bytes,
                vmid: volume.vmid,
                created_s: volume.created_s,
                parent: volume.parent.clone(),
                notes: volume.notes.clone(),
                protected: volume.protected,
                archive: volume.archive.as_ref().map(|archive| ArchiveState {
                    kind: archive.kind.as_str().to_owned(),
                    config: archive.config.clone(),
                    has_system: archive.has_system,
                }),
            })
            .collect()
    }

    fn neutral_nodes(&self) -> Value {
        self.nodes
            .iter()
            .zip(self.all_node_figures())
            .map(|(node, figures)| {
                json!({
                    "name": &*node.name,
                    "status": if node.online { "online" } else { "offline" },
                    "cores": node.cores,
                    "memory_mb": node.memory_bytes / MIB,
                    "memory_used_mb": figures.memory_bytes / MIB,
                    "cpu_load": figures.cpu,
                })
            })
            .collect()
    }

    fn neutral_backups(&self) -> Value {
        self.volumes
            .iter()
            .filter(|(_, volume)| volume.content == "backup")
            .filter_map(|((storage, _, name), volume)| {
                let archive = volume.archive.as_ref();
                Some(json!({
                    "volid": format!("{storage}:{name}"),
                    "storage": storage,
                    "vmid": volume.vmid?,
                    "guest_type": archive.map_or(GuestKind::Qemu, |archive| archive.kind).as_str(),
                    "time": instant(volume.created_s),
                    "size_gb": gib(volume.size_bytes),
                    "protected": volume.protected,
                    "notes": volume.notes.clone().unwrap_or_default(),
                }))
            })
            .collect()
    }

    /// Images, templates and snippets: those of local storages are named once, though on every node.
    fn neutral_volumes(&self) -> Value {
        let mut seen = std::collections::BTreeSet::new();
        self.volumes
            .iter()
            .filter(|(_, volume)| matches!(volume.content, "iso" | "vztmpl" | "snippets"))
            .filter_map(|((storage, _, name), volume)| {
                let volid = format!("{storage}:{name}");
                if !seen.insert(volid.clone()) {
                    return None;
                }
                let uses =
                    |guest: &&Guest| guest.config.values().any(|value| value.starts_with(&volid));
                let used_by = self.guests.values().filter(uses).map(|guest| guest.vmid);
                Some(json!({
                    "volid": volid,
                    "storage": storage,
                    "content": volume.content,
                    "size_gb": gib(volume.size_bytes),
                    "vmid": volume.vmid,
                    "used_by": used_by.collect::<Vec<_>>(),
                }))
            })
            .collect()
    }

    fn neutral_jobs(&self) -> Value {
        self.backup_jobs
            .iter()
            .map(|(id, job)| {
                let text = |key: &str| job.options.get(key).cloned();
                let numbers = |key: &str| -> Vec<u32> {
                    let list = text(key).unwrap_or_default();
                    list.split(',')
                        .filter_map(|one| one.trim().parse().ok())
                        .collect()
                };
                let retention: Map<String, Value> = text("prune-backups")
                    .unwrap_or_default()
                    .split(',')
                    .filter_map(|part| part.split_once('='))
                    .filter_map(|(key, number)| {
                        Some((key.to_owned(), number.parse::<u64>().ok()?.into()))
                    })
                    .collect();
                json!({
                    "id": id,
                    "schedule": text("schedule").unwrap_or_default(),
                    "storage": text("storage").unwrap_or_default(),
                    "mode": text("mode").unwrap_or_else(|| "snapshot".to_owned()),
                    "enabled": job.is_enabled(),
                    "selection": {
                        "all": text("all").is_some_and(|all| all == "1"),
                        "vmids": numbers("vmid"),
                        "pool": text("pool"),
                        "exclude": numbers("exclude"),
                    },
                    "retention": retention,
                })
            })
            .collect()
    }

    fn neutral_metrics(&self) -> Value {
        let rows = self.guests.values().filter_map(|guest| {
            let (cpu, memory) = guest.load.fixed_figures()?;
            Some([("cpu", cpu), ("mem", memory)].map(|(metric, value)| {
                json!({
                    "target": format!("guest/{}", guest.vmid), "metric": metric, "unit": "percent",
                    "days": 1.0, "first_value": value * 100.0, "last_value": value * 100.0,
                    "shape": "linear",
                })
            }))
        });
        rows.flatten().collect()
    }
}

fn instant(at_s: i64) -> String {
    Timestamp::from_second(at_s).unwrap_or_default().to_string()
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / GIB as f64
}

fn texts(options: &BTreeMap<String, String>) -> impl Iterator<Item = (String, Value)> {
    options
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
}

fn neutral_storage(storage: &Storage) -> Value {
    json!({
        "id": storage.id,
        "type": storage.plugin,
        "shared": storage.shared,
        "nodes": storage.nodes,
        "content": storage.content,
        "total_gb": gib(storage.total_bytes),
        "used_gb": gib(storage.used_bytes),
        "enabled": storage.enabled,
        "active": storage.active,
    })
}

fn storage_cfg(storage: &Storage) -> BTreeMap<String, Value> {
    let mut row: BTreeMap<String, Value> = texts(&storage.settings).collect();
    let mut set = |key: &str, value: Value| row.insert(key.to_owned(), value);
    set("storage", storage.id.as_str().into());
    set("type", storage.plugin.as_str().into());
    set("content", storage.content_text().into());
    if storage.shared {
        set("shared", 1.into());
    }
    if let Some(nodes) = &storage.nodes {
        set("nodes", nodes.join(",").into());
    }
    if !storage.enabled {
        set("disable", 1.into());
    }
    row
}

fn neutral_guest(guest: &Guest) -> Value {
    let text = |key: &str| guest.config.get(key).cloned();
    let mut tags: Vec<&str> = guest
        .tags()
        .unwrap_or_default()
        .split([';', ',', ' '])
        .filter(|tag| !tag.is_empty())
        .collect();
    tags.sort_unstable();
    let disks: Value = guest
        .disks()
        .map(|(key, volume)| {
            json!({
                "key": key, "storage": volume.storage, "size_gb": gib(volume.size_bytes),
                "volid": volume.id,
            })
        })
        .collect();
    let mut row = json!({
        "vmid": guest.vmid,
        "name": guest.name(),
        "type": guest.kind.as_str(),
        "node": &*guest.node,
        "status": guest.run.as_qmp_status(),
        "template": guest.is_template(),
        "cores": guest.cpus(),
        "memory_mb": guest.memory_bytes() / MIB,
        "disks": disks,
        "tags": tags,
        "pool": guest.pool,
        "onboot": guest.is_flag_set("onboot"),
        "protection": guest.is_flag_set("protection"),
        "lock": guest.lock,
        "agent": guest.agent_answers,
        "description": text("description").unwrap_or_default(),
        "snapshots": guest.snapshots.iter()
            .map(|(name, snapshot)| json!({
                "name": name, "time": instant(snapshot.time_s),
                "with_ram": snapshot.with_ram, "description": snapshot.description,
            }))
            .collect::<Value>(),
    });
    let Some(map) = row.as_object_mut() else {
        return row;
    };
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            map.insert(key.to_owned(), value);
        }
    };
    match guest.kind {
        GuestKind::Qemu => {
            set("machine", text("machine").map(Value::from));
            set("vga", text("vga").map(Value::from));
            set("running_qemu", guest.running_qemu.clone().map(Value::from));
            let is_cloud_init = |value: &String| {
                Volume::parse(value).is_some_and(|volume| volume.id.contains("cloudinit"))
            };
            if guest.config.values().any(is_cloud_init) {
                let keys = guest
                    .config
                    .iter()
                    .filter(|(key, _)| is_cloud_init_key(key));
                let options = keys.map(|(key, value)| (key.clone(), Value::from(value.as_str())));
                set("cloudinit", Some(Value::Object(options.collect())));
            }
        }
        GuestKind::Lxc => {
            set(
                "unprivileged",
                Some(guest.is_flag_set("unprivileged").into()),
            );
            let net = text("net0").map(|net| {
                net.split(',')
                    .filter_map(|part| part.split_once('='))
                    .map(|(key, value)| (key.to_owned(), Value::from(value)))
                    .collect::<Map<_, _>>()
                    .into()
            });
            set("net0", net);
        }
    }
    row
}

fn is_cloud_init_key(key: &str) -> bool {
    matches!(
        key,
        "ciuser" | "sshkeys" | "cicustom" | "nameserver" | "searchdomain"
    ) || key
        .strip_prefix("ipconfig")
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn guest_state(guest: &Guest) -> GuestState {
    GuestState {
        pending: guest.pending.clone(),
        snapshots: guest
            .snapshots
            .iter()
            .map(|(name, snapshot)| {
                let state = SnapshotState {
                    description: snapshot.description.clone(),
                    time_s: snapshot.time_s,
                    parent: snapshot.parent.clone(),
                    with_ram: snapshot.with_ram,
                    state_volume: snapshot.state_volume.clone(),
                    running: snapshot.running.clone(),
                    state: snapshot.state.map(str::to_owned),
                    config: snapshot.config.clone(),
                };
                (name.clone(), state)
            })
            .collect(),
        parent: guest.parent.clone(),
        since_ms: match guest.run {
            RunState::Stopped => None,
            RunState::Running { since_ms } | RunState::Paused { since_ms } => Some(since_ms),
        },
        runs: guest.runs.clone(),
        pid: Some(guest.pid),
        has_system: Some(guest.has_system),
        load: Some(guest.load.clone()),
        digest: guest.shown_digest(),
    }
}

fn node_state(node: &crate::cluster::node::Node) -> NodeState {
    NodeState {
        ip: Some(node.ip.clone()),
        id: Some(node.id),
        skew_ms: (node.skew_ms != 0).then_some(node.skew_ms),
        memory_bytes: Some(node.memory_bytes),
        disk_bytes: Some(node.disk_bytes),
        boot_ms: Some(node.boot_ms),
        runs: node.runs.clone(),
        next_pid: Some(node.next_pid),
        fingerprint: Some(node.fingerprint.clone()),
        facts: node.facts.clone(),
        load: Some(node.load.clone()),
        fixed: node.fixed,
        line: node.line,
    }
}

/// As a world is read: the order in which they began, whatever became of them first.
fn tasks_by_start(cluster: &Cluster) -> Vec<&Task> {
    let mut tasks: Vec<&Task> = cluster.tasks.oldest_first().collect();
    tasks.sort_by_key(|task| task.start_ms);
    tasks
}

fn neutral_task(task: &Task) -> Value {
    let end = match &task.state {
        TaskState::Ended { at_ms, .. } => Some(instant(at_ms.div_euclid(1000))),
        TaskState::Waiting { .. } | TaskState::Working { .. } => None,
    };
    json!({
        "id": task.upid,
        "node": &*task.node,
        "type": task.kind,
        "vmid": task.id.parse::<u32>().ok(),
        "user": task.user,
        "start": instant(task.start_s()),
        "end": end,
        "status": task.exit().unwrap_or("running"),
        "log": task.log,
    })
}
