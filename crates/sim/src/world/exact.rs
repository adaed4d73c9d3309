//! The `pve` part of a world: what PVE holds and the neutral form has no place for. One form for reading
//! and for writing, so that an exported world loads as it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cluster::Cluster;
use crate::cluster::access::{Access, Privileges, Token};
use crate::cluster::backup_jobs::BackupJob;
use crate::cluster::firewall::Firewall;
use crate::cluster::guest::{GuestKind, RunState, Snapshot};
use crate::cluster::ha::HaRequest;
use crate::cluster::load::{Line, Load};
use crate::cluster::node::{Growth, HaResource, OnNode};
use crate::cluster::notes::Note;
use crate::cluster::runs::Runs;
use crate::cluster::volumes::{Archive, StoredVolume};
use crate::error::{Result, SimError};

/// Everything besides users, roles and access list ([`super::accounts::Accounts`]).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Exact {
    /// Release it was taken from; only shown.
    pub(crate) version: Option<String>,
    /// The instant with its milliseconds.
    pub(crate) now_ms: Option<i64>,
    /// Raw options of guests by number.
    pub(crate) config: BTreeMap<u32, BTreeMap<String, Value>>,
    /// Storage definitions as `GET /storage` lists them.
    pub(crate) storage_cfg: Vec<BTreeMap<String, Value>>,
    /// HA resources as `GET /cluster/ha/resources` lists them.
    pub(crate) ha: Vec<BTreeMap<String, Value>>,
    /// Backup jobs as `GET /cluster/backup` lists them.
    pub(crate) jobs: Vec<BTreeMap<String, Value>>,
    pub(crate) node: BTreeMap<String, NodeState>,
    /// What of the live cluster was not read.
    pub(crate) not_read: Vec<String>,
    pub(crate) guest: BTreeMap<u32, GuestState>,
    pub(crate) storage_use: BTreeMap<String, StorageUse>,
    /// Storages by node (empty for all nodes), where those of a live cluster differ.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) storage_on: BTreeMap<String, BTreeMap<String, OnNode>>,
    /// Sections of PVE's files: notifications, networks, mappings, address sets …
    pub(crate) settings: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    /// What daemons logged besides tasks.
    pub(crate) journal: Vec<Note>,
    /// How many secrets were made: the next one is new.
    pub(crate) secrets_made: u64,
    /// Rights of tokens that stand above the access list, as in a twin.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) given: BTreeMap<String, BTreeMap<String, Privileges>>,
    /// Whoever acts on a twin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<Actor>,
    /// Members of pools that are storages.
    pub(crate) pool_storages: BTreeMap<String, Vec<String>>,
    pub(crate) ha_rules: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) ha_requests: Vec<HaRequest>,
    pub(crate) firewall: BTreeMap<String, Firewall>,
    pub(crate) options: Option<BTreeMap<String, String>>,
    pub(crate) volumes: Option<Vec<VolumeState>>,
    /// Start and end of tasks in milliseconds, by UPID.
    pub(crate) task_ms: BTreeMap<String, (i64, Option<i64>)>,
}

/// Somebody of the live cluster with the rights it has there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Actor {
    /// `user@realm` or `user@realm!token`.
    pub(crate) id: String,
    /// Root with all that root may.
    pub(crate) is_root: bool,
    /// Privileges and whether they propagate, by path.
    pub(crate) rights: BTreeMap<String, BTreeMap<String, u8>>,
}

impl Actor {
    /// The token it acts with; a user gets one of that name.
    pub(crate) fn token_id(&self, name: &str) -> String {
        match self.id.split_once('!') {
            Some(_) => self.id.clone(),
            None => format!("{}!{name}", self.id),
        }
    }

    /// Lets it in with this secret.
    pub(crate) fn settle_in(self, access: &mut Access, name: &str, secret: &str) {
        let full = self.token_id(name);
        let Some((user, token)) = full.split_once('!') else {
            return;
        };
        let account = access.users.entry(user.to_owned()).or_default();
        account.enabled = true;
        account.expire_s = 0;
        let made = Token {
            secret: secret.to_owned(),
            separated: !self.is_root,
            expire_s: 0,
            comment: Some("made with the twin".to_owned()),
        };
        account.tokens.insert(token.to_owned(), made);
        if self.is_root {
            return;
        }
        let rights = self.rights.into_iter().map(|(path, held)| {
            let held = held
                .into_iter()
                .map(|(name, propagate)| (name, propagate == 1));
            (path, held.collect())
        });
        access.given.insert(full, rights.collect());
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NodeState {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<String>,
    /// Number in the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<u32>,
    /// How far its clock is ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skew_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disk_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) boot_ms: Option<i64>,
    /// How long it was up before.
    #[serde(skip_serializing_if = "Runs::is_empty")]
    pub(crate) runs: Runs,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_pid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) facts: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load: Option<Load>,
    /// Processor and memory use as fractions that never change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fixed: Option<(f64, f64)>,
    /// The line along which the fixed figures came about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<Line>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GuestState {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) pending: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) snapshots: BTreeMap<String, SnapshotState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    /// Start of the current run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) has_system: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load: Option<Load>,
    /// Earlier runs.
    #[serde(skip_serializing_if = "Runs::is_empty")]
    pub(crate) runs: Runs,
    /// What the live cluster showed as `digest` of this configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SnapshotState {
    pub(crate) description: String,
    pub(crate) time_s: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    pub(crate) with_ram: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state_volume: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) running: Option<String>,
    /// `prepare` or `delete`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    pub(crate) config: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StorageUse {
    // All in bytes.
    pub(crate) total: u64,
    pub(crate) used: u64,
    pub(crate) grown: BTreeMap<String, i64>,
    pub(crate) growth: Option<Growth>,
}

/// A volume with its place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct VolumeState {
    pub(crate) volid: String,
    /// Empty on shared storages.
    pub(crate) node: String,
    pub(crate) content: String,
    pub(crate) format: String,
    pub(crate) size_bytes: u64,
    pub(crate) used_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vmid: Option<u32>,
    pub(crate) created_s: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) notes: Option<String>,
    pub(crate) protected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) archive: Option<ArchiveState>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ArchiveState {
    pub(crate) kind: String,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) has_system: bool,
}

impl Exact {
    /// The keys of a world's `pve` part that are read here.
    pub(crate) const KEYS: &[&str] = &[
        "version",
        "now_ms",
        "config",
        "storage_cfg",
        "ha",
        "jobs",
        "node",
        "not_read",
        "guest",
        "storage_use",
        "storage_on",
        "settings",
        "actor",
        "journal",
        "secrets_made",
        "given",
        "pool_storages",
        "ha_rules",
        "ha_requests",
        "firewall",
        "options",
        "volumes",
        "task_ms",
    ];

    pub(crate) fn from_json(pve: &Map<String, Value>) -> Result<Self> {
        Self::deserialize(pve).map_err(|cause| SimError::World {
            at: "pve".to_owned(),
            cause: cause.to_string(),
        })
    }

    /// Raw options of a guest, without what PVE adds to them in its answers.
    pub(crate) fn config_of(&self, vmid: u32) -> Option<BTreeMap<String, String>> {
        let raw = self.config.get(&vmid)?;
        let own = raw
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "digest" | "lock" | "parent" | "snaptime"))
            .map(|(key, value)| (key.clone(), text(value)));
        Some(own.collect())
    }

    /// Puts all this into a cluster that was built from the neutral part.
    pub(crate) fn settle_in(self, cluster: &mut Cluster) {
        self.storages(cluster);
        for (vmid, state) in self.guest {
            state.settle_in(cluster, vmid);
        }
        for (name, state) in self.node {
            state.settle_in(cluster, &name);
        }
        for (id, storages) in self.pool_storages {
            cluster.pools.entry(id).or_default().storages = storages;
        }
        for row in self.ha {
            ha_resource(cluster, &row);
        }
        for row in self.jobs {
            let mut options: BTreeMap<String, String> = row
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "type" | "next-run" | "digest"))
                .map(|(key, value)| (key.clone(), property_text(value)))
                .collect();
            if let Some(id) = options.remove("id") {
                cluster.backup_jobs.insert(id, BackupJob { options });
            }
        }
        cluster.ha_rules.extend(self.ha_rules);
        cluster.ha_requests.extend(self.ha_requests);
        cluster.firewalls.extend(self.firewall);
        for note in self.journal {
            cluster.notes.add(note);
        }
        cluster.access.go_on_after(self.secrets_made);
        cluster.access.given.extend(self.given);
        for (file, sections) in self.settings {
            cluster
                .settings
                .replace(&file, sections.into_iter().collect());
        }
        if let Some(options) = self.options {
            cluster.options = options;
        }
        if let Some(volumes) = self.volumes {
            // An export lists all there is; a twin lists what could be read.
            if !self.storage_use.is_empty() {
                cluster.volumes.clear();
            }
            for volume in volumes {
                volume.settle_in(cluster);
            }
        }
    }

    fn storages(&self, cluster: &mut Cluster) {
        const OWN: &[&str] = &[
            "storage", "type", "content", "shared", "nodes", "disable", "digest",
        ];
        for row in &self.storage_cfg {
            let Some(id) = row.get("storage").map(text) else {
                continue;
            };
            let Some(storage) = cluster.storage_mut(&id) else {
                continue;
            };
            storage.settings = row
                .iter()
                .filter(|(key, _)| !OWN.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), property_text(value)))
                .collect();
        }
        for (id, on_nodes) in &self.storage_on {
            if let Some(storage) = cluster.storage_mut(id) {
                storage.on_nodes.clone_from(on_nodes);
            }
        }
        for (id, figures) in &self.storage_use {
            if let Some(storage) = cluster.storage_mut(id) {
                storage.total_bytes = figures.total;
                storage.used_bytes = figures.used;
                storage.grown_bytes.clone_from(&figures.grown);
                storage.growth = figures.growth.unwrap_or(storage.growth);
            }
        }
    }
}

fn ha_resource(cluster: &mut Cluster, row: &BTreeMap<String, Value>) {
    let Some(sid) = row.get("sid").map(text) else {
        return;
    };
    let settings: BTreeMap<String, String> = row
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "sid" | "type" | "state" | "digest"))
        .map(|(key, value)| (key.clone(), text(value)))
        .collect();
    let state = row.get("state").map_or_else(|| "started".to_owned(), text);
    match cluster.ha.iter_mut().find(|known| known.sid == sid) {
        Some(known) => {
            let in_error = known.in_error;
            *known = HaResource::told(sid, state, settings);
            known.in_error |= in_error;
        }
        None => cluster.ha.push(HaResource::told(sid, state, settings)),
    }
}

impl GuestState {
    fn settle_in(self, cluster: &mut Cluster, vmid: u32) {
        let Some(guest) = cluster.guests.get_mut(&vmid) else {
            return;
        };
        guest.pending = self.pending;
        if !self.snapshots.is_empty() {
            guest.snapshots = self
                .snapshots
                .into_iter()
                .map(|(name, state)| (name, state.into_snapshot()))
                .collect();
            guest.parent = self.parent;
        }
        if let Some(since_ms) = self.since_ms {
            guest.run = match guest.run {
                RunState::Stopped => RunState::Stopped,
                RunState::Running { .. } => RunState::Running { since_ms },
                RunState::Paused { .. } => RunState::Paused { since_ms },
            };
        }
        guest.runs = self.runs;
        guest.pid = self.pid.unwrap_or(guest.pid);
        guest.has_system = self.has_system.unwrap_or(guest.has_system);
        if let Some(load) = self.load {
            guest.load = load;
        }
        if let Some(digest) = self.digest {
            guest.show_digest(digest);
        }
    }
}

impl SnapshotState {
    fn into_snapshot(self) -> Snapshot {
        Snapshot {
            description: self.description,
            time_s: self.time_s,
            parent: self.parent,
            with_ram: self.with_ram,
            state_volume: self.state_volume,
            running: self.running,
            state: match self.state.as_deref() {
                Some("delete") => Some("delete"),
                Some(_) => Some("prepare"),
                None => None,
            },
            config: self.config,
        }
    }
}

impl NodeState {
    fn settle_in(self, cluster: &mut Cluster, name: &str) {
        let is_whole = self.load.is_some();
        let Some(node) = cluster.node_mut(name) else {
            return;
        };
        node.id = self.id.unwrap_or(node.id);
        node.skew_ms = self.skew_ms.unwrap_or(node.skew_ms);
        node.ip = self.ip.unwrap_or_else(|| node.ip.clone());
        node.memory_bytes = self.memory_bytes.unwrap_or(node.memory_bytes);
        node.disk_bytes = self.disk_bytes.unwrap_or(node.disk_bytes);
        node.runs = self.runs;
        node.boot_ms = self.boot_ms.unwrap_or(node.boot_ms);
        node.next_pid = self.next_pid.unwrap_or(node.next_pid);
        if let Some(fingerprint) = self.fingerprint {
            node.fingerprint = fingerprint;
        }
        node.facts.extend(self.facts);
        if let Some(load) = self.load {
            node.load = load;
        }
        // Only an exported node says that its figures are not fixed; a neutral one fixes them.
        if is_whole {
            node.fixed = self.fixed;
            node.line = self.line;
        }
    }
}

impl VolumeState {
    fn settle_in(self, cluster: &mut Cluster) {
        let Some((storage, name)) = self.volid.split_once(':') else {
            return;
        };
        let key = (storage.to_owned(), self.node, name.to_owned());
        let archive = match self.archive {
            Some(archive) => Some(std::sync::Arc::new(Archive {
                kind: GuestKind::parse(&archive.kind).unwrap_or(GuestKind::Qemu),
                config: archive.config,
                has_system: archive.has_system,
            })),
            None if self.content == "backup" => {
                let is_container = name.contains("-lxc-") || name.contains("/ct/");
                let kind = if is_container {
                    GuestKind::Lxc
                } else {
                    GuestKind::Qemu
                };
                Some(cluster.archive_of(self.vmid, kind))
            }
            None => None,
        };
        let volume = StoredVolume {
            content: content_of(&self.content),
            format: self.format,
            size_bytes: self.size_bytes,
            used_bytes: self.used_bytes,
            vmid: self.vmid,
            created_s: self.created_s,
            parent: self.parent,
            notes: self.notes,
            protected: self.protected,
            archive,
        };
        cluster.volumes.insert(key, volume);
    }
}

/// The content types a volume can have.
pub(crate) fn content_of(text: &str) -> &'static str {
    match text {
        "iso" => "iso",
        "vztmpl" => "vztmpl",
        "snippets" => "snippets",
        "import" => "import",
        "backup" => "backup",
        "rootdir" => "rootdir",
        _ => "images",
    }
}

/// An option's value as the configuration file holds it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The same for values that the API shows taken apart: `{"keep-last": "3"}` is `keep-last=3`.
pub(crate) fn property_text(value: &Value) -> String {
    match value {
        Value::Object(parts) => parts
            .iter()
            .map(|(key, value)| format!("{key}={}", text(value)))
            .collect::<Vec<_>>()
            .join(","),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("\0"),
        other => text(other),
    }
}
