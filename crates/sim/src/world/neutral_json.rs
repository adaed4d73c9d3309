//! The neutral JSON of a world, as it is read.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::listed::{BackupJson, JobJson, VolumeJson};

#[derive(Deserialize)]
pub(super) struct Setup {
    pub(super) now: Timestamp,
    pub(super) cluster: ClusterJson,
    pub(super) nodes: Vec<NodeJson>,
    pub(super) storages: Vec<StorageJson>,
    pub(super) guests: Vec<GuestJson>,
    #[serde(default)]
    pub(super) pools: Vec<PoolJson>,
    #[serde(default)]
    pub(super) ha_resources: Vec<HaJson>,
    #[serde(default)]
    pub(super) volumes: Vec<VolumeJson>,
    #[serde(default)]
    pub(super) backups: Vec<BackupJson>,
    #[serde(default)]
    pub(super) backup_jobs: Vec<JobJson>,
    #[serde(default)]
    pub(super) failing_disks: Vec<FailingJson>,
    #[serde(default)]
    pub(super) replication_jobs: Vec<Map<String, Value>>,
    #[serde(default)]
    pub(super) tasks: Vec<TaskJson>,
    #[serde(default)]
    pub(super) metrics: Vec<MetricJson>,
    #[serde(default)]
    pub(super) identity: Option<IdentityJson>,
    #[serde(default)]
    pub(super) faults: Vec<Value>,
    #[serde(default)]
    pub(super) pve: Map<String, Value>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// A disk that begins to fail at one instant and has failed at another.
#[derive(Deserialize)]
pub(super) struct FailingJson {
    pub(super) node: String,
    pub(super) disk: String,
    pub(super) from: Timestamp,
    pub(super) failed: Timestamp,
}

#[derive(Deserialize)]
pub(super) struct ClusterJson {
    pub(super) name: String,
    pub(super) quorate: bool,
}

#[derive(Deserialize)]
pub(super) struct NodeJson {
    pub(super) name: String,
    pub(super) status: String,
    pub(super) cores: u64,
    pub(super) memory_mb: u64,
    pub(super) memory_used_mb: u64,
    pub(super) cpu_load: f64,
}

#[derive(Deserialize)]
pub(super) struct StorageJson {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) plugin: String,
    pub(super) shared: bool,
    pub(super) nodes: Option<Vec<String>>,
    pub(super) content: Vec<String>,
    pub(super) total_gb: f64,
    pub(super) used_gb: f64,
    pub(super) enabled: bool,
    pub(super) active: bool,
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the file has that many")]
pub(super) struct GuestJson {
    pub(super) vmid: u32,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) node: String,
    pub(super) status: String,
    pub(super) template: bool,
    pub(super) cores: u64,
    pub(super) memory_mb: u64,
    pub(super) disks: Vec<DiskJson>,
    pub(super) tags: Vec<String>,
    pub(super) pool: Option<String>,
    pub(super) onboot: bool,
    pub(super) protection: bool,
    pub(super) lock: Option<String>,
    pub(super) agent: bool,
    pub(super) description: String,
    pub(super) snapshots: Vec<SnapshotJson>,
    #[serde(default)]
    pub(super) cloudinit: Value,
    pub(super) machine: Option<String>,
    pub(super) running_qemu: Option<String>,
    pub(super) vga: Option<String>,
    pub(super) unprivileged: Option<bool>,
    pub(super) net0: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
pub(super) struct DiskJson {
    pub(super) key: String,
    pub(super) storage: String,
    pub(super) size_gb: f64,
    pub(super) volid: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SnapshotJson {
    pub(super) name: String,
    pub(super) time: Timestamp,
    pub(super) with_ram: bool,
    pub(super) description: String,
}

#[derive(Deserialize)]
pub(super) struct PoolJson {
    pub(super) id: String,
    pub(super) comment: String,
}

#[derive(Deserialize)]
pub(super) struct HaJson {
    pub(super) sid: String,
    pub(super) state: String,
}

#[derive(Deserialize)]
pub(super) struct TaskJson {
    #[serde(default)]
    pub(super) id: String,
    pub(super) node: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) vmid: Option<u32>,
    pub(super) user: String,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
    pub(super) status: String,
    pub(super) log: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct MetricJson {
    pub(super) target: String,
    pub(super) metric: String,
    #[serde(default)]
    pub(super) first_value: Option<f64>,
    pub(super) last_value: f64,
    #[serde(default)]
    pub(super) days: f64,
}

#[derive(Deserialize)]
pub(super) struct IdentityJson {
    pub(super) user: String,
    pub(super) grants: Vec<GrantJson>,
}

#[derive(Deserialize)]
pub(super) struct GrantJson {
    pub(super) path: String,
    pub(super) role: String,
}
