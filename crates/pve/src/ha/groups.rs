//! Groups of nodes (8.x): where HA resources may run. In 9.x they have become rules, and every
//! call here is refused before it is sent.

use super::HaNode;
use super::rules::{HaNodes, node_list};
use crate::answer::answers;
use crate::client::Client;
use crate::differences::{Differences, Feature};
use crate::error::Result;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

answers! {
    /// A group of nodes.
    HaGroup {
        /// Its name.
        group: String = "group",
        /// The nodes with their priorities.
        nodes: HaNodes = "nodes",
        /// Do its resources run nowhere else?
        restricted: bool = "restricted",
        /// Do its resources stay where they are when a better node comes back?
        nofailback: bool = "nofailback",
        /// A note.
        comment: Option<String> = "comment",
        /// Hash of the configuration of all groups.
        digest: Option<String> = "digest",
    }
}

/// A change of a group, or a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HaGroupChange {
    /// The nodes; a new group needs them.
    pub nodes: Vec<HaNode>,
    /// Do its resources run nowhere else?
    pub restricted: Option<bool>,
    /// Do its resources stay where they are?
    pub nofailback: Option<bool>,
    /// A note.
    pub comment: Option<String>,
    /// Keys that go back to their default (changes only).
    pub delete: Vec<String>,
    /// Only if the configuration still has this digest (changes only).
    pub digest: Option<String>,
}

impl HaGroupChange {
    fn params(&self, first: Params) -> Params {
        let delete = (!self.delete.is_empty()).then(|| self.delete.join(","));
        let nodes = (!self.nodes.is_empty()).then(|| node_list(&self.nodes));
        first
            .with_some("nodes", nodes)
            .with_some("restricted", self.restricted)
            .with_some("nofailback", self.nofailback)
            .with_some("comment", self.comment.as_deref())
            .with_some("delete", delete)
            .with_some("digest", self.digest.as_deref())
    }
}

impl Client {
    /// The groups (PVE: GET `/cluster/ha/groups`, before 9.0).
    pub async fn ha_groups(&self, differences: Differences) -> Result<Vec<HaGroup>> {
        let path = ApiPath::fixed(&["cluster", "ha", "groups"]);
        differences.require(Feature::HaGroups, self, Method::Get, &path)?;
        self.list_of(path, Params::new()).await
    }

    /// Makes a group.
    pub async fn create_ha_group(
        &self,
        group: &str,
        values: &HaGroupChange,
        differences: Differences,
    ) -> Result<()> {
        let path = ApiPath::fixed(&["cluster", "ha", "groups"]);
        differences.require(Feature::HaGroups, self, Method::Post, &path)?;
        let params = values.params(Params::new().with("group", group));
        self.tell(Method::Post, path, params).await
    }

    /// Changes a group.
    pub async fn update_ha_group(
        &self,
        group: &str,
        change: &HaGroupChange,
        differences: Differences,
    ) -> Result<()> {
        let path = self.ha_path(&["groups", group])?;
        differences.require(Feature::HaGroups, self, Method::Put, &path)?;
        self.tell(Method::Put, path, change.params(Params::new()))
            .await
    }

    /// Removes a group.
    pub async fn delete_ha_group(&self, group: &str, differences: Differences) -> Result<()> {
        let path = self.ha_path(&["groups", group])?;
        differences.require(Feature::HaGroups, self, Method::Delete, &path)?;
        self.tell(Method::Delete, path, Params::new()).await
    }
}
