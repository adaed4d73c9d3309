//! The guests that the HA manager keeps as they are wanted.

use super::HaSid;
use crate::answer::{answers, loose_words};
use crate::client::Client;
use crate::differences::{Differences, Feature};
use crate::error::Result;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;
use crate::transport::Method;

words! {
    /// What is wanted of a HA resource.
    HaRequest {
        /// It runs, and is started elsewhere when its node dies.
        Started = "started",
        /// It is off, and is moved when its node dies.
        Stopped = "stopped",
        /// An old word for started.
        Enabled = "enabled",
        /// It is off and stays where it is.
        Disabled = "disabled",
        /// The manager leaves it alone.
        Ignored = "ignored",
    }
}
loose_words!(HaRequest);

answers! {
    /// A HA resource as it is configured. What is missing has PVE's default.
    HaResource {
        /// Its name.
        sid: HaSid = "sid",
        /// What is wanted of it; by default `started`.
        state: Option<HaRequest> = "state",
        /// Attempts to start it on its node; by default 1.
        max_restart: Option<u64> = "max_restart",
        /// Attempts on other nodes; by default 1.
        max_relocate: Option<u64> = "max_relocate",
        /// Does it go back to the preferred node when that comes back (9.x)? By default yes.
        failback: Option<bool> = "failback",
        /// Its group of nodes (8.x).
        group: Option<String> = "group",
        /// Is it moved when nodes are loaded unevenly (9.2)?
        auto_rebalance: Option<bool> = "auto-rebalance",
        /// A note.
        comment: Option<String> = "comment",
        /// Hash of the configuration of all resources.
        digest: Option<String> = "digest",
    }
}

/// A change of a HA resource, or a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HaResourceChange {
    /// What is wanted of it.
    pub state: Option<HaRequest>,
    /// Attempts to start it on its node.
    pub max_restart: Option<u32>,
    /// Attempts on other nodes.
    pub max_relocate: Option<u32>,
    /// Does it go back to the preferred node (9.x)?
    pub failback: Option<bool>,
    /// Its group of nodes (8.x).
    pub group: Option<String>,
    /// Is it moved when nodes are loaded unevenly (9.2)?
    pub auto_rebalance: Option<bool>,
    /// A note.
    pub comment: Option<String>,
    /// Keys that go back to their default (changes only).
    pub delete: Vec<String>,
    /// Only if the configuration still has this digest (changes only).
    pub digest: Option<String>,
}

impl HaResourceChange {
    fn params(&self) -> Params {
        let delete = (!self.delete.is_empty()).then(|| self.delete.join(","));
        Params::new()
            .with_some("state", self.state.as_ref().map(HaRequest::as_str))
            .with_some("max_restart", self.max_restart)
            .with_some("max_relocate", self.max_relocate)
            .with_some("failback", self.failback)
            .with_some("group", self.group.as_deref())
            .with_some("auto-rebalance", self.auto_rebalance)
            .with_some("comment", self.comment.as_deref())
            .with_some("delete", delete)
            .with_some("digest", self.digest.as_deref())
    }

    fn needs(&self) -> impl Iterator<Item = Feature> {
        let needs = [
            (self.failback.is_some(), Feature::HaFailback),
            (self.group.is_some(), Feature::HaGroups),
            (self.auto_rebalance.is_some(), Feature::HaAutoRebalance),
        ];
        needs
            .into_iter()
            .filter_map(|(used, feature)| used.then_some(feature))
    }
}

impl Client {
    /// The guests the HA manager looks after (PVE: GET `/cluster/ha/resources`).
    pub async fn ha_resources(&self) -> Result<Vec<HaResource>> {
        let path = ApiPath::fixed(&["cluster", "ha", "resources"]);
        self.list_of(path, Params::new()).await
    }

    /// One of them.
    pub async fn ha_resource(&self, sid: &HaSid) -> Result<HaResource> {
        let path = self.ha_path(&["resources", &sid.to_string()])?;
        self.one_of(path, Params::new()).await
    }

    /// Lets the HA manager look after a guest.
    pub async fn create_ha_resource(
        &self,
        sid: &HaSid,
        resource: &HaResourceChange,
        differences: Differences,
    ) -> Result<()> {
        let path = ApiPath::fixed(&["cluster", "ha", "resources"]);
        for feature in resource.needs() {
            differences.require(feature, self, Method::Post, &path)?;
        }
        let params = Params::new().with("sid", sid.to_string());
        let params = resource
            .params()
            .iter()
            .fold(params, |params, (key, value)| params.with(key, value));
        self.tell(Method::Post, path, params).await
    }

    /// Changes what is wanted. The guest follows some ten seconds later.
    pub async fn update_ha_resource(
        &self,
        sid: &HaSid,
        change: &HaResourceChange,
        differences: Differences,
    ) -> Result<()> {
        let path = self.ha_path(&["resources", &sid.to_string()])?;
        for feature in change.needs() {
            differences.require(feature, self, Method::Put, &path)?;
        }
        self.tell(Method::Put, path, change.params()).await
    }

    /// Takes a guest out of HA; it goes on as it is. With `purge` its rules lose it too (from
    /// 9.1; PVE's default there), without it they keep its name.
    pub async fn delete_ha_resource(
        &self,
        sid: &HaSid,
        purge: Option<bool>,
        differences: Differences,
    ) -> Result<()> {
        let path = self.ha_path(&["resources", &sid.to_string()])?;
        if purge.is_some() {
            differences.require(Feature::HaPurge, self, Method::Delete, &path)?;
        }
        let params = Params::new().with_some("purge", purge);
        self.tell(Method::Delete, path, params).await
    }

    /// A path below `/cluster/ha`.
    pub(crate) fn ha_path(&self, rest: &[&str]) -> Result<ApiPath> {
        let all: Vec<&str> = ["cluster", "ha"].iter().chain(rest).copied().collect();
        self.api_path(&all)
    }
}
