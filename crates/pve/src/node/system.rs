//! Settings of a node's system: clock, name service, hosts file, subscription, notes.

use std::collections::BTreeMap;

use crate::answer::{answers, loose_words};
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;

words! {
    /// How a subscription stands.
    SubscriptionStatus {
        /// There is none.
        NotFound = "notfound",
        /// Its key was entered and not checked yet.
        New = "new",
        /// It holds.
        Active = "active",
        /// Its key is wrong.
        Invalid = "invalid",
        /// It ran out.
        Expired = "expired",
        /// It was suspended.
        Suspended = "suspended",
    }
}
loose_words!(SubscriptionStatus);

answers! {
    /// The subscription of a node.
    Subscription {
        /// How it stands.
        status: SubscriptionStatus = "status",
        /// Why, for people.
        message: Option<String> = "message",
        /// `c`, `b`, `s` or `p`: community to premium.
        level: Option<String> = "level",
        /// What it is called.
        product: Option<String> = "productname",
        /// Until when, as `2027-01-31`.
        next_due_date: Option<String> = "nextduedate",
        /// When it was last checked, seconds since 1970.
        checked_s: Option<u64> = "checktime",
        /// Sockets of the node.
        sockets: Option<u64> = "sockets",
        /// What PVE's shop knows the node as.
        server_id: Option<String> = "serverid",
    }
    /// The clock of a node.
    NodeTime {
        /// As `Europe/Vienna`.
        time_zone: Option<String> = "timezone",
        /// Seconds since 1970.
        time_s: u64 = "time",
        /// The same plus the offset of the zone: what its wall clock shows, taken for UTC.
        local_time_s: Option<i64> = "localtime",
    }
    /// Where a node asks for names.
    NodeDns {
        /// The domain put behind short names.
        search_domain: Option<String> = "search",
        /// First server.
        server_1: Option<String> = "dns1",
        /// Second server.
        server_2: Option<String> = "dns2",
        /// Third server.
        server_3: Option<String> = "dns3",
    }
    /// The hosts file of a node.
    NodeHosts {
        /// The file.
        text: Option<String> = "data",
        /// Hash of the file.
        digest: Option<String> = "digest",
    }
}

impl Client {
    /// The subscription of a node. Key and server id are shown to those who may change it.
    pub async fn node_subscription(&self, node: &NodeName) -> Result<Subscription> {
        let path = ApiPath::node(node, &["subscription"]);
        self.one_of(path, Params::new()).await
    }

    /// The clock of a node.
    pub async fn node_time(&self, node: &NodeName) -> Result<NodeTime> {
        self.one_of(ApiPath::node(node, &["time"]), Params::new())
            .await
    }

    /// Where a node asks for names.
    pub async fn node_dns(&self, node: &NodeName) -> Result<NodeDns> {
        self.one_of(ApiPath::node(node, &["dns"]), Params::new())
            .await
    }

    /// The hosts file of a node.
    pub async fn node_hosts(&self, node: &NodeName) -> Result<NodeHosts> {
        self.one_of(ApiPath::node(node, &["hosts"]), Params::new())
            .await
    }

    /// Options of a node in PVE's configuration: notes, certificates, wake-on-LAN, `digest`.
    pub async fn node_config(&self, node: &NodeName) -> Result<BTreeMap<String, String>> {
        let path = ApiPath::node(node, &["config"]);
        let map: serde_json::Map<String, serde_json::Value> = self.get(path, Params::new()).await?;
        let texts = map
            .into_iter()
            .map(|(key, value)| (key, lenient::value_text(&value)));
        Ok(texts.collect())
    }

    /// The report that support asks for: configuration and state of a node as text. Takes seconds
    /// and holds much that is nobody else's business.
    pub async fn node_report(&self, node: &NodeName) -> Result<String> {
        self.get(ApiPath::node(node, &["report"]), Params::new())
            .await
    }
}
