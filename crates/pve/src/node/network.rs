//! Networks of a node.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::{Listed, Loose, Row, answers, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{NodeName, Vmid};
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};

/// An interface as it is configured, changes that are not applied yet included.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of PVE of its own"
)]
pub struct NetworkInterface {
    /// Its name.
    pub name: String,
    /// `eth`, `bridge`, `bond`, `vlan`, `OVSBridge` …
    pub kind: Option<String>,
    /// Is it up?
    pub active: bool,
    /// Brought up at boot?
    pub autostart: bool,
    /// Is it there at all? (Physical ones.)
    pub exists: bool,
    /// `static`, `dhcp`, `manual` …
    pub method: Option<String>,
    /// Address with its prefix, as `10.99.0.1/24`.
    pub cidr: Option<String>,
    /// Default gateway.
    pub gateway: Option<String>,
    /// `static`, `auto`, `manual` …
    pub method6: Option<String>,
    /// IPv6 address with its prefix.
    pub cidr6: Option<String>,
    /// Default gateway of IPv6.
    pub gateway6: Option<String>,
    /// Interfaces it joins: ports of a bridge, slaves of a bond.
    pub ports: Vec<String>,
    /// Does a bridge know VLANs?
    pub vlan_aware: bool,
    /// Largest packet.
    pub mtu_bytes: Option<u64>,
    /// What somebody wrote about it.
    pub comment: Option<String>,
    /// All other options by PVE's names.
    pub options: BTreeMap<String, String>,
}

/// Keys that have fields of their own, or say the same in another way.
const OWN_KEYS: [&str; 24] = [
    "iface",
    "type",
    "active",
    "autostart",
    "exists",
    "method",
    "cidr",
    "address",
    "netmask",
    "gateway",
    "method6",
    "cidr6",
    "address6",
    "netmask6",
    "gateway6",
    "bridge_ports",
    "slaves",
    "ovs_ports",
    "ovs_bonds",
    "bridge_vlan_aware",
    "mtu",
    "comments",
    "priority",
    "families",
];

impl Row for NetworkInterface {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let get = |keys: &[&str]| pick(map, keys);
        let options = map
            .iter()
            .filter(|(key, _)| !OWN_KEYS.contains(&key.as_str()));
        let comment: Option<String> = Loose::loose(get(&["comments"]))?;
        Some(Self {
            name: Loose::loose(get(&["iface"]))?,
            kind: Loose::loose(get(&["type"]))?,
            active: Loose::loose(get(&["active"]))?,
            autostart: Loose::loose(get(&["autostart"]))?,
            exists: Loose::loose(get(&["exists"]))?,
            method: Loose::loose(get(&["method"]))?,
            cidr: Loose::loose(get(&["cidr", "address"]))?,
            gateway: Loose::loose(get(&["gateway"]))?,
            method6: Loose::loose(get(&["method6"]))?,
            cidr6: Loose::loose(get(&["cidr6", "address6"]))?,
            gateway6: Loose::loose(get(&["gateway6"]))?,
            ports: Loose::loose(get(&["bridge_ports", "slaves", "ovs_ports", "ovs_bonds"]))?,
            vlan_aware: Loose::loose(get(&["bridge_vlan_aware"]))?,
            mtu_bytes: Loose::loose(get(&["mtu"]))?,
            comment: comment.map(|text| text.trim_end().to_owned()),
            options: options
                .map(|(key, value)| (key.clone(), lenient::value_text(value)))
                .collect(),
        })
    }
}

/// The networks of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeNetwork {
    /// Its interfaces.
    pub interfaces: Vec<NetworkInterface>,
    /// Changes that are not applied yet, as a unified diff.
    pub pending_changes: Option<String>,
}

answers! {
    /// What went through one interface of a guest since its start.
    GuestTraffic {
        /// The guest.
        vmid: Vmid = "vmid",
        /// Its option, as `net0`.
        device: String = "dev",
        /// Received by the guest.
        in_bytes: Option<u64> = "in",
        /// Sent by the guest.
        out_bytes: Option<u64> = "out",
    }
}

impl Client {
    /// The networks of a node.
    pub async fn node_network(&self, node: &NodeName) -> Result<NodeNetwork> {
        let request = Request {
            method: Method::Get,
            path: ApiPath::node(node, &["network"]),
            params: Params::new(),
        };
        let reply = self.fetch::<Listed<NetworkInterface>>(request).await?;
        Ok(NodeNetwork {
            interfaces: reply.data.0,
            pending_changes: reply.changes.filter(|changes| !changes.is_empty()),
        })
    }

    /// One interface. The answer does not repeat its name.
    pub async fn node_interface(&self, node: &NodeName, name: &str) -> Result<NetworkInterface> {
        let path = self.api_path(&["nodes", node.as_str(), "network", name])?;
        let mut map: Map<String, Value> = self.get(path.clone(), Params::new()).await?;
        map.insert("iface".to_owned(), Value::from(name));
        NetworkInterface::of_map(&map)
            .ok_or_else(|| self.invalid("an interface needs a name".into()))
    }

    /// What went through the interfaces of the running guests of a node.
    pub async fn guest_traffic(&self, node: &NodeName) -> Result<Vec<GuestTraffic>> {
        let path = ApiPath::node(node, &["netstat"]);
        self.list_of(path, Params::new()).await
    }
}
