//! How Ceph does, where it is installed.

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, loose_words};
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;

words! {
    /// How Ceph, or one of its checks, does.
    CephHealth {
        /// Well.
        Ok = "HEALTH_OK",
        /// It warns.
        Warning = "HEALTH_WARN",
        /// Data are in danger or cannot be reached.
        Error = "HEALTH_ERR",
    }
}
loose_words!(CephHealth);

/// Something Ceph complains of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CephCheck {
    /// Its name, as `OSD_DOWN`.
    pub name: String,
    /// How bad it is.
    pub severity: Option<CephHealth>,
    /// A line about it.
    pub summary: Option<String>,
    /// Does somebody not want to hear of it?
    pub muted: bool,
}

/// The state of Ceph.
#[derive(Debug, Clone, PartialEq)]
pub struct CephStatus {
    /// Altogether.
    pub health: CephHealth,
    /// What it complains of, by name.
    pub checks: Vec<CephCheck>,
    /// Monitors that agree.
    pub quorum_names: Vec<String>,
    /// Disks that Ceph knows.
    pub osd_count: Option<u64>,
    /// Disks that answer.
    pub osd_up_count: Option<u64>,
    /// Disks that hold data.
    pub osd_in_count: Option<u64>,
    /// Placement groups.
    pub pg_count: Option<u64>,
    /// Size of all disks.
    pub total_bytes: Option<u64>,
    /// In use, copies included.
    pub used_bytes: Option<u64>,
    /// Read by clients.
    pub read_bytes_per_s: Option<u64>,
    /// Written by clients.
    pub write_bytes_per_s: Option<u64>,
    /// All that Ceph says: its own format, which differs between its releases.
    pub raw: Value,
}

fn check(name: &str, value: &Value) -> CephCheck {
    let loose = |path: &str| value.pointer(path);
    CephCheck {
        name: name.to_owned(),
        severity: Loose::loose(loose("/severity")).flatten(),
        summary: Loose::loose(loose("/summary/message")).flatten(),
        muted: Loose::loose(loose("/muted")).unwrap_or_default(),
    }
}

impl Row for CephStatus {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let raw = Value::Object(map.clone());
        // Older releases of Ceph put the map of disks in one of the same name.
        let osd = |key: &str| {
            let direct = raw.pointer(&format!("/osdmap/{key}"));
            direct.or_else(|| raw.pointer(&format!("/osdmap/osdmap/{key}")))
        };
        let pg = |key: &str| raw.pointer(&format!("/pgmap/{key}"));
        let checks = raw.pointer("/health/checks").and_then(Value::as_object);
        let checks = checks.into_iter().flatten();
        Some(Self {
            health: Loose::loose(raw.pointer("/health/status"))?,
            checks: checks.map(|(name, value)| check(name, value)).collect(),
            quorum_names: Loose::loose(raw.pointer("/quorum_names"))?,
            osd_count: Loose::loose(osd("num_osds"))?,
            osd_up_count: Loose::loose(osd("num_up_osds"))?,
            osd_in_count: Loose::loose(osd("num_in_osds"))?,
            pg_count: Loose::loose(pg("num_pgs"))?,
            total_bytes: Loose::loose(pg("bytes_total"))?,
            used_bytes: Loose::loose(pg("bytes_used"))?,
            read_bytes_per_s: Loose::loose(pg("read_bytes_sec"))?,
            write_bytes_per_s: Loose::loose(pg("write_bytes_sec"))?,
            raw,
        })
    }
}

impl Client {
    /// The state of Ceph, by any node that has it. Where it is not installed PVE refuses with a
    /// text that says so.
    pub async fn ceph_status(&self) -> Result<CephStatus> {
        let path = ApiPath::fixed(&["cluster", "ceph", "status"]);
        self.one_of(path, Params::new()).await
    }

    /// The same, asked of one node.
    pub async fn node_ceph_status(&self, node: &NodeName) -> Result<CephStatus> {
        let path = ApiPath::node(node, &["ceph", "status"]);
        self.one_of(path, Params::new()).await
    }
}
