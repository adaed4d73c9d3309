//! Our types of what exists. The wire types stay in `pve`.

use jiff::Timestamp;
use ops::selector::{Key, Number, Selectable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Virtual machine or container; one code path for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuestKind {
    #[default]
    Qemu,
    Lxc,
}

impl From<pve::GuestKind> for GuestKind {
    fn from(kind: pve::GuestKind) -> Self {
        match kind {
            pve::GuestKind::Qemu => Self::Qemu,
            pve::GuestKind::Lxc => Self::Lxc,
        }
    }
}

impl From<GuestKind> for pve::GuestKind {
    fn from(kind: GuestKind) -> Self {
        match kind {
            GuestKind::Qemu => Self::Qemu,
            GuestKind::Lxc => Self::Lxc,
        }
    }
}

impl GuestKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Lxc => "lxc",
        }
    }
}

/// One guest. What is not known is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GuestRow {
    pub cluster: String,
    pub node: String,
    pub vmid: u32,
    pub name: String,
    pub kind: GuestKind,
    /// PVE's word, `unknown` when the node is not online.
    pub status: String,
    pub template: bool,
    pub tags: Vec<String>,
    pub pool: Option<String>,
    pub lock: Option<String>,
    pub ha_state: Option<String>,
    /// Load as a fraction of the guest's cores.
    pub cpu: Option<f64>,
    pub cores: Option<f64>,
    pub memory_used_bytes: Option<u64>,
    pub memory_bytes: Option<u64>,
    pub disk_bytes: Option<u64>,
    pub uptime_s: Option<u64>,
}

impl GuestRow {
    /// `cluster/node/vmid`.
    pub fn reference(&self) -> String {
        format!("{}/{}/{}", self.cluster, self.node, self.vmid)
    }

    pub fn is_running(&self) -> bool {
        self.status == "running"
    }
}

impl Selectable for GuestRow {
    fn cluster(&self) -> &str {
        &self.cluster
    }

    fn node(&self) -> &str {
        &self.node
    }

    fn id(&self) -> u32 {
        self.vmid
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn words(&self, key: Key) -> Vec<&str> {
        match key {
            // The id is compared as text by the selector itself; a storage needs the configuration, which
            // the inventory does not read.
            Key::Id | Key::Storage => Vec::new(),
            Key::Name => vec![&self.name],
            Key::Tag => self.tags.iter().map(String::as_str).collect(),
            Key::Pool => self.pool.as_deref().into_iter().collect(),
            Key::Node => vec![&self.node],
            Key::Cluster => vec![&self.cluster],
            Key::Kind => vec![self.kind.as_str()],
            Key::Status => vec![&self.status],
            Key::Lock => self.lock.as_deref().into_iter().collect(),
            Key::Template => vec![if self.template { "true" } else { "false" }],
            Key::Ha => vec![self.ha_state.as_deref().unwrap_or("none")],
        }
    }

    fn number(&self, key: Number) -> Option<f64> {
        match key {
            Number::Memory => self.memory_bytes.map(|bytes| bytes as f64),
            Number::Cores => self.cores,
            Number::Cpu => self.cpu.map(|fraction| fraction * 100.0),
            Number::Disk => self.disk_bytes.map(|bytes| bytes as f64),
            Number::Uptime => self.uptime_s.map(|seconds| seconds as f64),
            // Not in the inventory's one request; unknown matches nothing.
            Number::BackupAge | Number::Snapshots => None,
        }
    }
}

/// One node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeRow {
    pub cluster: String,
    pub node: String,
    /// `online`, `offline` or `unknown`.
    pub status: String,
    pub cpu: Option<f64>,
    pub cores: Option<f64>,
    pub memory_used_bytes: Option<u64>,
    pub memory_bytes: Option<u64>,
    pub disk_used_bytes: Option<u64>,
    pub disk_bytes: Option<u64>,
    pub uptime_s: Option<u64>,
    pub guests: usize,
    pub guests_running: usize,
}

/// One storage: a shared one once, a local one per node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StorageRow {
    pub cluster: String,
    pub storage: String,
    pub nodes: Vec<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub content: Vec<String>,
    pub shared: bool,
    /// `available` or `unknown`.
    pub status: String,
    pub used_bytes: Option<u64>,
    pub total_bytes: Option<u64>,
}

/// How far the state of a cluster can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    Fresh,
    /// Older than it should be.
    Stale,
    /// The last try to reach the cluster failed.
    Unreachable,
}

/// Source and age of what an answer says about one cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AsOf {
    pub cluster: String,
    /// When the state was read; null when it never was.
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    pub age_s: Option<u64>,
    pub state: Freshness,
    pub error: Option<String>,
}
