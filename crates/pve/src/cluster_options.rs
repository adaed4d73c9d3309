//! Options of the whole cluster, the next free guest number, and the cluster's log.

use std::collections::BTreeMap;

use crate::answer::answers;
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::ids::Vmid;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};

/// The options of the cluster (`datacenter.cfg`). PVE answers some as text and some taken apart;
/// here those are JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterOptions {
    /// Key and value. A missing key means the default. Without the right to see the rest only
    /// `allowed-tags` comes.
    pub values: BTreeMap<String, String>,
}

impl ClusterOptions {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The tags the caller may give to guests, where that is limited; tags in use are among them.
    pub fn allowed_tags(&self) -> Vec<String> {
        let text = self.get("allowed-tags").unwrap_or("[]");
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// A change of options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterOptionsChange {
    /// Keys and new values; the ones with parts as property strings, as `type=insecure`.
    pub set: Params,
    /// Keys that go back to their default.
    pub delete: Vec<String>,
}

answers! {
    /// An entry of the cluster's log. Comes from every node; not to be trusted.
    ClusterLogEntry {
        /// Names it in the cluster, as `203:pve1`.
        id: String = "id" | "uid",
        /// When, seconds since 1970 by the node's clock.
        time_s: Option<u64> = "time",
        /// Severity as of syslog: 3 is an error, 6 information.
        priority: Option<u64> = "pri",
        /// The program.
        tag: Option<String> = "tag",
        /// The node.
        node: Option<String> = "node",
        /// The process.
        pid: Option<u64> = "pid",
        /// Who.
        user: Option<String> = "user",
        /// What.
        message: Option<String> = "msg",
    }
}

impl Client {
    /// The options of the cluster (PVE: GET `/cluster/options`).
    pub async fn cluster_options(&self) -> Result<ClusterOptions> {
        let path = ApiPath::fixed(&["cluster", "options"]);
        let map: serde_json::Map<String, serde_json::Value> = self.get(path, Params::new()).await?;
        let values = map
            .into_iter()
            .map(|(key, value)| (key, lenient::value_text(&value)))
            .collect();
        Ok(ClusterOptions { values })
    }

    /// Changes options (PVE: PUT `/cluster/options`).
    pub async fn set_cluster_options(&self, change: &ClusterOptionsChange) -> Result<()> {
        let delete = (!change.delete.is_empty()).then(|| change.delete.join(","));
        let params = change.set.clone().with_some("delete", delete);
        let path = ApiPath::fixed(&["cluster", "options"]);
        self.tell(Method::Put, path, params).await
    }

    /// A free guest number (PVE: `/cluster/nextid`). Nobody keeps it free: creating a guest with
    /// it can still be refused.
    pub async fn next_vmid(&self) -> Result<Vmid> {
        let request = Request {
            method: Method::Get,
            path: ApiPath::fixed(&["cluster", "nextid"]),
            params: Params::new(),
        };
        let data: serde_json::Value = self.fetch(request.clone()).await?.data;
        // A number, or the same as text: both occur.
        lenient::value_text(&data)
            .parse()
            .map_err(|error: crate::ids::InvalidName| {
                self.fail(&request, ErrorKind::Unexpected(error.to_string()))
            })
    }

    /// Whether a guest number is free in the whole cluster, also for guests the caller cannot see.
    pub async fn vmid_is_free(&self, vmid: Vmid) -> Result<bool> {
        let request = Request {
            method: Method::Get,
            path: ApiPath::fixed(&["cluster", "nextid"]),
            params: Params::new().with("vmid", vmid),
        };
        match self.fetch::<serde_json::Value>(request).await {
            Ok(_) => Ok(true),
            Err(error) if is_taken(error.kind()) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The newest entries of the cluster's log (PVE: `/cluster/log`), the newest first.
    pub async fn cluster_log(&self, limit: Option<u32>) -> Result<Vec<ClusterLogEntry>> {
        let params = Params::new().with_some("max", limit);
        let path = ApiPath::fixed(&["cluster", "log"]);
        self.list_of(path, params).await
    }
}

/// `400 {"vmid": "VM 100 already exists"}`.
fn is_taken(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Parameters { errors, .. }
        if errors.get("vmid").is_some_and(|text| text.ends_with("already exists")))
}
