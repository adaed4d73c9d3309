//! What the HA manager is doing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::HaSid;
use crate::answer::{Loose, Row, answers};
use crate::client::Client;
use crate::differences::{Differences, Feature};
use crate::error::Result;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

answers! {
    /// A row of the state of HA, of any kind. What a kind has not is missing.
    HaStatusRow {
        /// As `quorum`, `master`, `lrm:pve1`, `fencing`, `service:vm:100`.
        id: String = "id",
        /// `quorum`, `master`, `lrm`, `fencing`, `service`.
        kind: Option<String> = "type",
        /// The node it is about.
        node: Option<String> = "node",
        /// PVE's text, as `pve1 (active, watchdog active, …)`.
        status: Option<String> = "status",
        /// When the node last said so, seconds since 1970.
        timestamp_s: Option<u64> = "timestamp",
        /// Quorum: is there a majority?
        quorate: Option<bool> = "quorate",
        /// Fencing: `armed`, `standby`, `disarming`, `disarmed` (9.1).
        armed_state: Option<String> = "armed-state",
        /// Fencing: what became of resources when HA was switched off, `freeze` or `ignore`.
        resource_mode: Option<String> = "resource_mode",
        /// Service: the resource.
        sid: Option<HaSid> = "sid",
        /// Service: what it does, as `started`, `stopped`, `starting`, `queued`, `migrate`, `error`.
        state: Option<String> = "state",
        /// Service: what is wanted.
        request_state: Option<String> = "request_state",
        /// Service: what the manager last decided; lags behind.
        crm_state: Option<String> = "crm_state",
        /// Service: attempts on its node.
        max_restart: Option<u64> = "max_restart",
        /// Service: attempts on other nodes.
        max_relocate: Option<u64> = "max_relocate",
        /// Service: goes back to its node (9.x).
        failback: Option<bool> = "failback",
    }

    /// A resource as the manager keeps it.
    HaService {
        /// Where it is, or should be.
        node: Option<String> = "node",
        /// What the manager does with it, as `started`, `request_stop`, `migrate`, `fence`.
        state: Option<String> = "state",
        /// Changes with every change of state.
        uid: Option<String> = "uid",
        /// Where it is being moved to.
        target: Option<String> = "target",
    }

    /// The local manager of a node.
    HaLrm {
        /// `active`, `wait_for_agent_lock`, `lost_agent_lock`.
        state: Option<String> = "state",
        /// `active`, `maintenance`, `restart`, `shutdown`.
        mode: Option<String> = "mode",
        /// When it last wrote, seconds since 1970. Minutes ago: the node or its manager is dead.
        timestamp_s: Option<u64> = "timestamp",
    }
}

/// Rows by their names.
fn by_name<T: Row>(value: Option<&Value>) -> BTreeMap<String, T> {
    let rows = value.and_then(Value::as_object).into_iter().flatten();
    let row =
        |(name, value): (&String, &Value)| T::loose(Some(value)).map(|row| (name.clone(), row));
    rows.filter_map(row).collect()
}

/// The state of HA.
#[derive(Debug, Clone, PartialEq)]
pub struct HaStatus {
    /// The rows, as they came.
    pub rows: Vec<HaStatusRow>,
}

impl HaStatus {
    /// Is there a majority? Without one nothing is done.
    pub fn is_quorate(&self) -> bool {
        self.rows.iter().any(|row| row.quorate == Some(true))
    }

    /// The node whose manager decides; nothing when none runs.
    pub fn master(&self) -> Option<&str> {
        let of_kind = |row: &&HaStatusRow| row.kind.as_deref() == Some("master");
        self.rows.iter().find(of_kind)?.node.as_deref()
    }

    /// The row of a resource.
    pub fn service(&self, sid: &HaSid) -> Option<&HaStatusRow> {
        self.rows.iter().find(|row| row.sid.as_ref() == Some(sid))
    }
}

/// The records of the manager, for what the state does not say.
#[derive(Debug, Clone, PartialEq)]
pub struct HaManagerStatus {
    /// Is there a majority?
    pub quorate: bool,
    /// The node that decides; nothing when no manager runs.
    pub master: Option<String>,
    /// When it last wrote, seconds since 1970.
    pub timestamp_s: Option<u64>,
    /// Nodes with `online`, `maintenance`, `unknown`, `fence` or `gone`.
    pub nodes: BTreeMap<String, String>,
    /// Resources by their names.
    pub services: BTreeMap<String, HaService>,
    /// The local managers by their nodes.
    pub lrm: BTreeMap<String, HaLrm>,
}

impl Row for HaManagerStatus {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let part = |name: &str, key: &str| map.get(name).and_then(|part| part.get(key));
        let manager = |key: &str| part("manager_status", key);
        Some(Self {
            quorate: Loose::loose(part("quorum", "quorate"))?,
            master: Loose::loose(manager("master_node"))?,
            timestamp_s: Loose::loose(manager("timestamp"))?,
            nodes: Loose::loose(manager("node_status"))?,
            services: by_name(manager("service_status")),
            lrm: by_name(map.get("lrm_status")),
        })
    }
}

/// What becomes of resources when HA is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HaDisarmMode {
    /// They stay as they are and cannot be changed.
    Freeze,
    /// They are left alone and can be changed by hand.
    Ignore,
}

impl Client {
    /// What HA is doing (PVE: `/cluster/ha/status/current`).
    pub async fn ha_status(&self) -> Result<HaStatus> {
        let path = ApiPath::fixed(&["cluster", "ha", "status", "current"]);
        let rows = self.list_of(path, Params::new()).await?;
        Ok(HaStatus { rows })
    }

    /// The manager's own records (PVE: `/cluster/ha/status/manager_status`).
    pub async fn ha_manager_status(&self) -> Result<HaManagerStatus> {
        let path = ApiPath::fixed(&["cluster", "ha", "status", "manager_status"]);
        self.one_of(path, Params::new()).await
    }

    /// Switches HA off in the whole cluster: no node is fenced any more (from 9.1).
    pub async fn disarm_ha(&self, mode: HaDisarmMode, differences: Differences) -> Result<()> {
        let path = ApiPath::fixed(&["cluster", "ha", "status", "disarm-ha"]);
        differences.require(Feature::HaArming, self, Method::Post, &path)?;
        let mode = match mode {
            HaDisarmMode::Freeze => "freeze",
            HaDisarmMode::Ignore => "ignore",
        };
        let params = Params::new().with("resource-mode", mode);
        self.tell(Method::Post, path, params).await
    }

    /// Switches HA on again (from 9.1).
    pub async fn arm_ha(&self, differences: Differences) -> Result<()> {
        let path = ApiPath::fixed(&["cluster", "ha", "status", "arm-ha"]);
        differences.require(Feature::HaArming, self, Method::Post, &path)?;
        self.tell(Method::Post, path, Params::new()).await
    }
}
