//! Worlds: what a simulated cluster holds when it starts. A world is plain data; [`World::seeded`] makes
//! one up, [`World::from_json`] reads one.

mod accounts;
mod build;
mod exact;
mod export;
mod listed;
mod names;
mod neutral;
mod neutral_json;
mod replicated;
mod seeded;
mod twin;
mod volumes;

pub(crate) use build::Setting;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::cluster::faults::FaultRule;
use crate::cluster::guest::GuestKind;
use crate::cluster::load::Line;
use crate::cluster::node::Growth;
use crate::version::PveVersion;
pub use twin::{NotRead, TwinDepth, TwinReadings, TwinSource};

/// The state of a cluster before its first request.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// `None`: a single node that never joined a cluster.
    pub(crate) cluster: Option<String>,
    pub(crate) quorate: bool,
    /// The instant at which the world is like this.
    pub(crate) now: Option<Timestamp>,
    pub(crate) nodes: Vec<NodeSpec>,
    pub(crate) storages: Vec<StorageSpec>,
    pub(crate) guests: Vec<GuestSpec>,
    pub(crate) volumes: Vec<VolumeSpec>,
    /// Options of backup jobs by their id.
    pub(crate) backup_jobs: Vec<(String, BTreeMap<String, String>)>,
    /// Disks that fail, and when.
    pub(crate) failing: crate::cluster::failing::Failing,
    pub(crate) replication: Vec<replicated::ReplicationSpec>,
    pub(crate) pools: Vec<(String, String)>,
    pub(crate) ha: Vec<(String, String)>,
    pub(crate) tasks: Vec<TaskSpec>,
    pub(crate) faults: Vec<FaultRule>,
    /// A user of its own and its grants: path and role.
    pub(crate) identity: Option<(String, Vec<(String, String)>)>,
    /// Users, roles and access list besides root's.
    pub(crate) accounts: accounts::Accounts,
    /// What PVE holds and the neutral form has no place for.
    pub(crate) exact: exact::Exact,
    /// Parts of the file that other programs keep there.
    pub(crate) carried: serde_json::Map<String, serde_json::Value>,
    /// What the file asked for and the simulator does not hold.
    pub(crate) warnings: Vec<String>,
}

impl World {
    /// What the world's file holds and the simulator cannot show yet, one sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The instant the world is about, when its file says one.
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// Numbers of its guests, ascending.
    pub fn vmids(&self) -> Vec<u32> {
        self.guests.iter().map(|guest| guest.vmid).collect()
    }

    /// The same world with a job that backs up all guests to a storage, at times given as PVE's calendar
    /// events (`02:00`, `*:30`), and keeps the last three of each.
    #[must_use]
    pub fn with_backup_job(mut self, id: &str, schedule: &str, storage: &str) -> Self {
        let options = [
            ("all", "1"),
            ("schedule", schedule),
            ("storage", storage),
            ("prune-backups", "keep-last=3"),
        ];
        let options = options.map(|(key, value)| (key.to_owned(), value.to_owned()));
        self.backup_jobs
            .push((id.to_owned(), BTreeMap::from(options)));
        self
    }

    /// The release that the world was taken from, when it is one of those that are simulated.
    pub fn pve_version(&self) -> Option<PveVersion> {
        let full = self.exact.version.as_deref()?;
        let mut parts = full.split('.');
        let release = format!("{}.{}", parts.next()?, parts.next()?);
        release.parse().ok()
    }

    /// The user that the world names besides root.
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_ref().map(|(user, _)| user.as_str())
    }

    /// Whoever acts on a twin: `ann@pve!ci`, with a token of its own when it was a user.
    pub(crate) fn actor_token(&self, name: &str) -> Option<String> {
        let actor = self.exact.actor.as_ref()?;
        Some(actor.token_id(name))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct NodeSpec {
    pub(crate) name: String,
    pub(crate) online: bool,
    pub(crate) cores: u64,
    pub(crate) memory_bytes: u64,
    /// Processor and memory use as fractions, when the world fixes them.
    pub(crate) fixed: Option<(f64, f64)>,
    pub(crate) line: Option<Line>,
    pub(crate) uptime_s: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct StorageSpec {
    pub(crate) id: String,
    pub(crate) plugin: String,
    pub(crate) content: Vec<String>,
    pub(crate) shared: bool,
    pub(crate) nodes: Option<Vec<String>>,
    pub(crate) enabled: bool,
    pub(crate) active: bool,
    pub(crate) total_bytes: u64,
    pub(crate) used_bytes: u64,
    pub(crate) growth: Growth,
}

#[derive(Debug, Clone)]
pub(crate) struct VolumeSpec {
    pub(crate) volid: String,
    pub(crate) content: &'static str,
    pub(crate) size_bytes: u64,
    pub(crate) vmid: Option<u32>,
    pub(crate) kind: Option<GuestKind>,
    pub(crate) created_s: Option<i64>,
    pub(crate) notes: Option<String>,
    pub(crate) protected: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    Running,
    Stopped,
    Paused,
}

#[derive(Debug, Clone)]
pub(crate) struct GuestSpec {
    pub(crate) vmid: u32,
    pub(crate) kind: GuestKind,
    pub(crate) node: String,
    pub(crate) power: Power,
    pub(crate) uptime_s: i64,
    /// Options as stored, without the disks and the name.
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) pool: Option<String>,
    pub(crate) lock: Option<String>,
    pub(crate) agent_answers: bool,
    pub(crate) snapshots: Vec<SnapshotSpec>,
    /// Mean processor and memory use as fractions.
    pub(crate) load: (f64, f64),
    pub(crate) load_is_fixed: bool,
    pub(crate) line: Option<Line>,
    pub(crate) running_qemu: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct SnapshotSpec {
    pub(crate) name: String,
    pub(crate) time_s: i64,
    pub(crate) with_ram: bool,
    pub(crate) description: String,
}

#[derive(Debug, Clone)]
pub(crate) struct TaskSpec {
    /// The UPID it had, when it was exported.
    pub(crate) upid: Option<String>,
    pub(crate) node: String,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) start_ms: i64,
    /// `None`: still running, and nothing will end it.
    pub(crate) end: Option<(i64, String)>,
    pub(crate) log: Vec<String>,
}
