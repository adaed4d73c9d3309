//! Software-defined networks of the cluster: zones, virtual networks, subnets, controllers, and
//! how zones do on nodes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers, loose_words, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;

/// Which configuration. Changes wait until they are applied for the whole cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SdnView {
    /// As it is written now.
    Configured,
    /// As it is written, with what is not applied yet marked.
    WithPending,
    /// As it was applied.
    Running,
}

impl SdnView {
    fn params(self) -> Params {
        match self {
            Self::Configured => Params::new(),
            Self::WithPending => Params::new().with("pending", true),
            Self::Running => Params::new().with("running", true),
        }
    }
}

words! {
    /// What waits to be applied.
    SdnState {
        /// It is new.
        New = "new",
        /// It was changed.
        Changed = "changed",
        /// It was deleted.
        Deleted = "deleted",
    }
}

words! {
    /// How a zone does on a node.
    SdnZoneStatus {
        /// Well.
        Available = "available",
        /// It waits to be applied.
        Pending = "pending",
        /// Not.
        Error = "error",
    }
}
loose_words!(SdnState, SdnZoneStatus);

/// A zone, virtual network, subnet or controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdnItem {
    /// Its id.
    pub id: String,
    /// As `vlan` or `evpn` (zones), `bgp` (controllers), `vnet`, `subnet`.
    pub kind: Option<String>,
    /// The zone it is in (virtual networks and subnets).
    pub zone: Option<String>,
    /// What waits to be applied; only in [`SdnView::WithPending`].
    pub state: Option<SdnState>,
    /// Values that wait, by PVE's names.
    pub pending: BTreeMap<String, String>,
    /// All other options by PVE's names.
    pub options: BTreeMap<String, String>,
    /// Hash of the file.
    pub digest: Option<String>,
}

impl Row for SdnItem {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let get = |keys: &[&str]| pick(map, keys);
        // A zone's id is its `zone`; a virtual network and a subnet are in one.
        let own = ["subnet", "vnet", "controller", "zone"];
        let is_id = |key: &&&str| map.get(**key).is_some_and(|value| !value.is_null());
        let id_key = own.iter().find(is_id)?;
        let zone = (*id_key != "zone").then(|| get(&["zone"])).flatten();
        let known = [*id_key, "type", "zone", "state", "pending", "digest"];
        let options = map.iter().filter(|(key, _)| !known.contains(&key.as_str()));
        Some(Self {
            id: Loose::loose(get(&[*id_key]))?,
            kind: Loose::loose(get(&["type"]))?,
            zone: Loose::loose(zone)?,
            state: Loose::loose(get(&["state"]))?,
            pending: Loose::loose(get(&["pending"]))?,
            options: options
                .map(|(key, value)| (key.clone(), lenient::value_text(value)))
                .collect(),
            digest: Loose::loose(get(&["digest"]))?,
        })
    }
}

answers! {
    /// A zone on a node.
    SdnZoneOnNode {
        /// Its id.
        zone: String = "zone",
        /// How it does.
        status: Option<SdnZoneStatus> = "status",
    }
}

impl Client {
    /// Zones.
    pub async fn sdn_zones(&self, view: SdnView) -> Result<Vec<SdnItem>> {
        self.list_of(ApiPath::fixed(&["cluster", "sdn", "zones"]), view.params())
            .await
    }

    /// Virtual networks.
    pub async fn sdn_networks(&self, view: SdnView) -> Result<Vec<SdnItem>> {
        self.list_of(ApiPath::fixed(&["cluster", "sdn", "vnets"]), view.params())
            .await
    }

    /// Subnets of a virtual network.
    pub async fn sdn_subnets(&self, network: &str, view: SdnView) -> Result<Vec<SdnItem>> {
        let path = self.api_path(&["cluster", "sdn", "vnets", network, "subnets"])?;
        self.list_of(path, view.params()).await
    }

    /// Controllers of routing.
    pub async fn sdn_controllers(&self, view: SdnView) -> Result<Vec<SdnItem>> {
        let path = ApiPath::fixed(&["cluster", "sdn", "controllers"]);
        self.list_of(path, view.params()).await
    }

    /// How zones do on a node.
    pub async fn sdn_zones_on_node(&self, node: &NodeName) -> Result<Vec<SdnZoneOnNode>> {
        let path = ApiPath::node(node, &["sdn", "zones"]);
        self.list_of(path, Params::new()).await
    }
}
