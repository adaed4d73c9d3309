//! Guests: state, configuration, power. Virtual machines and containers alike.

mod agent;
mod agent_exec;
mod clone;
mod cloud_init;
mod config;
mod console;
mod create;
mod feature;
mod interfaces;
mod migrate;
mod remove;
mod rollback;
mod statistics;
mod suspend;
mod volumes;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::client::Client;
use crate::error::Result;
use crate::ids::GuestAt;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words_of;
use crate::upid::Upid;

pub use crate::resources::GuestState;
pub use agent::{AgentFunction, AgentInfo, AgentState, FreezeState, GuestFileSystem, GuestOs};
pub use agent_exec::{AgentFile, ExecStatus, FilePart};
pub use clone::{CloneGuest, CloneMode};
pub use cloud_init::{CloudInitFile, ssh_keys_option};
pub use config::{ConfigChange, ConfigView, PendingConfig, PendingValue, Removal};
pub use console::{Console, ConsoleOf, ConsoleTicket, SpiceSettings};
pub use create::NewGuest;
pub use feature::GuestFeature;
pub use interfaces::{GuestAddress, GuestInterface, InterfaceStatistics};
pub use migrate::{
    BlockingResource, LocalDisk, Migration, MigrationMode, MigrationPreconditions, NodeObstacles,
    SnapshotNames, TargetStorage,
};
pub use remove::RemoveGuest;
pub use statistics::GuestSample;
pub use volumes::{MoveVolume, NewSize, VolumeTarget};

/// The state of a guest, asked from its node just now.
#[derive(Debug, Clone, PartialEq)]
pub struct GuestStatus {
    /// `running` or `stopped`.
    pub status: GuestState,
    /// QEMU's own state, as `paused` or `prelaunch` (virtual machines).
    pub qemu_state: Option<GuestState>,
    /// Its name.
    pub name: Option<String>,
    /// Why it is locked, as `backup`.
    pub lock: Option<String>,
    /// Sorted tags.
    pub tags: Vec<String>,
    /// A template cannot run.
    pub template: bool,
    /// Does the HA manager decide over it? Then start and stop are only wishes.
    pub ha_managed: bool,
    /// State for the HA manager.
    pub ha_state: Option<String>,
    /// Is the guest agent switched on in the configuration? Says nothing about the guest.
    pub agent_enabled: bool,
    /// Seconds since its start, 0 when off.
    pub uptime_s: Option<u64>,
    /// Process on the node, when it runs.
    pub pid: Option<u64>,
    /// Use of its processors, 0 to 1 for all of them.
    pub cpu_fraction: Option<f64>,
    /// Its processors.
    pub cpu_count: Option<f64>,
    /// Memory in use.
    pub memory_bytes: Option<u64>,
    /// Memory it may use.
    pub memory_max_bytes: Option<u64>,
}

#[derive(Deserialize)]
struct StatusAnswer {
    #[serde(default, deserialize_with = "lenient::filled")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    qmpstatus: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    lock: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    tags: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    template: bool,
    #[serde(default)]
    ha: HaPart,
    #[serde(default, deserialize_with = "lenient::flag")]
    agent: bool,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    uptime: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    pid: Option<u64>,
    #[serde(default, deserialize_with = "lenient::float")]
    cpu: Option<f64>,
    #[serde(default, deserialize_with = "lenient::float")]
    cpus: Option<f64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    mem: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    maxmem: Option<u64>,
}

#[derive(Default, Deserialize)]
struct HaPart {
    #[serde(default, deserialize_with = "lenient::flag")]
    managed: bool,
    #[serde(default, deserialize_with = "lenient::filled")]
    state: Option<String>,
}

impl From<StatusAnswer> for GuestStatus {
    fn from(answer: StatusAnswer) -> Self {
        Self {
            status: answer.status.map_or(GuestState::Unknown, GuestState::from),
            qemu_state: answer.qmpstatus.map(GuestState::from),
            name: answer.name,
            lock: answer.lock,
            tags: words_of(answer.tags.as_deref()),
            template: answer.template,
            ha_managed: answer.ha.managed,
            ha_state: answer.ha.state,
            agent_enabled: answer.agent,
            uptime_s: answer.uptime,
            pid: answer.pid,
            cpu_fraction: answer.cpu,
            cpu_count: answer.cpus,
            memory_bytes: answer.mem,
            memory_max_bytes: answer.maxmem,
        }
    }
}

/// The configuration of a guest, with pending changes merged in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuestConfig {
    /// Hash of the file; sent back with a change it makes PVE refuse when somebody else was
    /// faster.
    pub digest: Option<String>,
    /// Keys and values as in PVE's files: numbers and flags as text, raw container lines as JSON.
    /// A missing key means the default.
    pub values: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct FeatureAnswer {
    #[serde(default, rename = "hasFeature", deserialize_with = "lenient::flag")]
    has_feature: bool,
}

impl Client {
    /// The state of a guest now (PVE: `…/status/current`).
    pub async fn guest_status(&self, guest: &GuestAt) -> Result<GuestStatus> {
        let path = ApiPath::guest(guest, &["status", "current"]);
        self.get::<StatusAnswer>(path, Params::new())
            .await
            .map(GuestStatus::from)
    }

    /// The configuration of a guest (PVE: `…/config`). Passwords in it come masked.
    pub async fn guest_config(&self, guest: &GuestAt) -> Result<GuestConfig> {
        let path = ApiPath::guest(guest, &["config"]);
        self.read_config(path, Params::new()).await
    }

    async fn read_config(&self, path: ApiPath, params: Params) -> Result<GuestConfig> {
        let map: serde_json::Map<String, serde_json::Value> = self.get(path, params).await?;
        let mut values: BTreeMap<String, String> = map
            .into_iter()
            .map(|(key, value)| (key, lenient::value_text(&value)))
            .collect();
        let digest = values.remove("digest");
        Ok(GuestConfig { digest, values })
    }

    /// Whether the volumes of a guest allow `snapshot`, `clone` or `copy` (PVE: `…/feature`).
    pub async fn guest_feature(&self, guest: &GuestAt, feature: &str) -> Result<bool> {
        let path = ApiPath::guest(guest, &["feature"]);
        let params = Params::new().with("feature", feature);
        self.get::<FeatureAnswer>(path, params)
            .await
            .map(|answer| answer.has_feature)
    }

    /// Starts a guest. For virtual machines every reason against it (unknown, locked, running
    /// already, a template) shows only in the task; a running container is refused at once.
    pub async fn start(&self, guest: &GuestAt) -> Result<Upid> {
        self.power(guest, "start", Params::new()).await
    }

    /// Pulls the plug. A stopped virtual machine makes a task that ends well, a stopped container
    /// is refused at once.
    pub async fn stop(&self, guest: &GuestAt) -> Result<Upid> {
        self.power(guest, "stop", Params::new()).await
    }

    /// Asks the guest to shut down, through its agent or ACPI. The task fails with `got timeout`
    /// when it did not within `timeout` (PVE's default without one: 60 s, or the guest's
    /// `startup` option).
    pub async fn shutdown(&self, guest: &GuestAt, timeout: Option<Duration>) -> Result<Upid> {
        let params = Params::new().with_some("timeout", timeout.map(whole_seconds));
        self.power(guest, "shutdown", params).await
    }

    /// Shuts a guest down and starts it again, which applies pending changes. A stopped one is
    /// refused at once.
    pub async fn reboot(&self, guest: &GuestAt, timeout: Option<Duration>) -> Result<Upid> {
        let params = Params::new().with_some("timeout", timeout.map(whole_seconds));
        self.power(guest, "reboot", params).await
    }
}

/// PVE takes whole seconds; a part counts as one, so that nobody waits shorter than asked.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(30)), 30);
    }
}
