//! The firewall as it is configured, at its three levels: cluster, node, guest.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::{answers, loose_words};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{GuestAt, NodeName};
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;
use crate::tasks::LogLine;

/// Whose firewall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirewallOf {
    /// The cluster's: the main switch, groups, and rules for all nodes.
    Cluster,
    /// A node's own.
    Node(NodeName),
    /// A guest's.
    Guest(GuestAt),
}

impl FirewallOf {
    fn path(&self, rest: &'static str) -> ApiPath {
        match self {
            Self::Cluster => ApiPath::fixed(&["cluster", "firewall", rest]),
            Self::Node(node) => ApiPath::node(node, &["firewall", rest]),
            Self::Guest(guest) => ApiPath::guest(guest, &["firewall", rest]),
        }
    }
}

words! {
    /// Which packets a rule is about.
    RuleDirection {
        /// Coming in.
        In = "in",
        /// Going out.
        Out = "out",
        /// Passing through (9.x, nftables).
        Forward = "forward",
        /// All that a security group says.
        Group = "group",
    }
}
loose_words!(RuleDirection);

answers! {
    /// A rule. The first one that fits decides.
    FirewallRule {
        /// Its place, counted from 0; also its name for changes.
        position: u64 = "pos",
        /// Which packets.
        direction: RuleDirection = "type",
        /// `ACCEPT`, `DROP`, `REJECT`, or the name of a security group.
        action: String = "action",
        /// Switched on?
        enabled: bool = "enable",
        /// One of PVE's services, as `SSH`.
        service: Option<String> = "macro",
        /// As `tcp`.
        protocol: Option<String> = "proto",
        /// Addresses, aliases (`dc/name`) or sets (`+dc/name`) it comes from.
        source: Option<String> = "source",
        /// … and goes to.
        destination: Option<String> = "dest",
        /// Ports it comes from.
        source_ports: Option<String> = "sport",
        /// Ports it goes to.
        destination_ports: Option<String> = "dport",
        /// Kind of an ICMP message.
        icmp_type: Option<String> = "icmp-type",
        /// Network, as `net0` for guests.
        interface: Option<String> = "iface",
        /// Written to the log at this level, as `nolog` or `info`.
        log_level: Option<String> = "log",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Hash of the file.
        digest: Option<String> = "digest",
    }
    /// A name for an address.
    FirewallAlias {
        /// The name.
        name: String = "name",
        /// The address or network.
        cidr: Option<String> = "cidr",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Hash of the file.
        digest: Option<String> = "digest",
    }
    /// A set of addresses.
    FirewallSet {
        /// Its name.
        name: String = "name",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Hash of the file.
        digest: Option<String> = "digest",
    }
    /// A member of a set.
    FirewallSetEntry {
        /// Address, network or alias.
        cidr: String = "cidr",
        /// Taken out of the set rather than in it.
        excluded: bool = "nomatch",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
    }
    /// Rules under a name (cluster only).
    SecurityGroup {
        /// Its name.
        name: String = "group",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Hash of the file.
        digest: Option<String> = "digest",
    }
    /// Something rules can name.
    FirewallReference {
        /// `alias` or `ipset`.
        kind: Option<String> = "type",
        /// Its name.
        name: String = "name",
        /// How a rule writes it, as `+dc/name`.
        reference: Option<String> = "ref",
        /// Where it is from, as `dc`, `guest` or `sdn`.
        scope: Option<String> = "scope",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
    }
}

/// Settings of a firewall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallOptions {
    /// The switch, when it is set. The cluster's default is off, a node's is on, a guest's off;
    /// a guest's counts only if the cluster's is on and the network of the guest says
    /// `firewall=1`.
    pub enabled: Option<bool>,
    /// What happens with packets coming in that no rule is about, as `DROP` (not nodes).
    pub policy_in: Option<String>,
    /// … going out.
    pub policy_out: Option<String>,
    /// Hash of the file.
    pub digest: Option<String>,
    /// All other options by PVE's names.
    pub options: BTreeMap<String, String>,
}

fn options_of(map: Map<String, Value>) -> FirewallOptions {
    let mut options: BTreeMap<String, String> = map
        .into_iter()
        .map(|(key, value)| (key, lenient::value_text(&value)))
        .collect();
    FirewallOptions {
        // The cluster's switch can be the time at which it was set.
        enabled: options
            .remove("enable")
            .map(|text| text != "0" && !text.is_empty()),
        policy_in: options.remove("policy_in"),
        policy_out: options.remove("policy_out"),
        digest: options.remove("digest"),
        options,
    }
}

impl Client {
    /// Settings of a firewall. Only those that were set are there.
    pub async fn firewall_options(&self, of: &FirewallOf) -> Result<FirewallOptions> {
        self.get(of.path("options"), Params::new())
            .await
            .map(options_of)
    }

    /// Rules in their order.
    pub async fn firewall_rules(&self, of: &FirewallOf) -> Result<Vec<FirewallRule>> {
        self.list_of(of.path("rules"), Params::new()).await
    }

    /// Names for addresses. Nodes have none of their own: PVE refuses to list them.
    pub async fn firewall_aliases(&self, of: &FirewallOf) -> Result<Vec<FirewallAlias>> {
        self.list_of(of.path("aliases"), Params::new()).await
    }

    /// Sets of addresses. Nodes have none of their own.
    pub async fn firewall_sets(&self, of: &FirewallOf) -> Result<Vec<FirewallSet>> {
        self.list_of(of.path("ipset"), Params::new()).await
    }

    /// The members of a set.
    pub async fn firewall_set(&self, of: &FirewallOf, name: &str) -> Result<Vec<FirewallSetEntry>> {
        let path = of.path("ipset").join(name);
        let path = path.map_err(|error| self.invalid(error.to_string()))?;
        self.list_of(path, Params::new()).await
    }

    /// What rules can name. Nodes have no list of their own.
    pub async fn firewall_references(&self, of: &FirewallOf) -> Result<Vec<FirewallReference>> {
        self.list_of(of.path("refs"), Params::new()).await
    }

    /// Groups of rules.
    pub async fn security_groups(&self) -> Result<Vec<SecurityGroup>> {
        self.list_of(FirewallOf::Cluster.path("groups"), Params::new())
            .await
    }

    /// The rules of a group.
    pub async fn security_group_rules(&self, name: &str) -> Result<Vec<FirewallRule>> {
        let path = self.api_path(&["cluster", "firewall", "groups", name])?;
        self.list_of(path, Params::new()).await
    }

    /// Lines of the log of a node or guest, and the number of all. The cluster has none: its
    /// packets are in the logs of nodes.
    pub async fn firewall_log(
        &self,
        of: &FirewallOf,
        start: u64,
        limit: u64,
    ) -> Result<(Vec<LogLine>, u64)> {
        if *of == FirewallOf::Cluster {
            return Err(self.invalid("the cluster has no firewall log: ask a node".to_owned()));
        }
        let params = Params::new().with("start", start).with("limit", limit);
        self.log_page(of.path("log"), params, start).await
    }
}
