//! How storages do on a node.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

use super::{StorageContent, StoragePlugin};

answers! {
    /// A storage on one node. A storage that is not active has sizes of 0.
    StorageStatus {
        /// Its id; missing when one storage was asked for by name.
        storage: Option<String> = "storage",
        /// What it is made of.
        plugin: StoragePlugin = "type",
        /// What it takes.
        content: Vec<StorageContent> = "content",
        /// Can it be used right now?
        active: bool = "active",
        /// Not switched off in the configuration?
        enabled: bool = "enabled",
        /// Do all nodes see the same data?
        shared: bool = "shared",
        /// Its size.
        total_bytes: Option<u64> = "total",
        /// In use.
        used_bytes: Option<u64> = "used",
        /// Left for use; with `used_bytes` mostly less than the whole.
        available_bytes: Option<u64> = "avail",
        /// Used of the whole, 0 to 1 (lists only).
        used_fraction: Option<f64> = "used_fraction",
    }
}

/// Which storages of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageFilter {
    /// Those that take this.
    pub content: Option<StorageContent>,
    /// Without the ones switched off.
    pub enabled_only: bool,
    /// Those that are also on this node, with the same data.
    pub shared_with: Option<NodeName>,
}

impl Client {
    /// The storages of a node. Those the caller may not see are left out by PVE without a sign.
    pub async fn node_storages(
        &self,
        node: &NodeName,
        filter: &StorageFilter,
    ) -> Result<Vec<StorageStatus>> {
        let params = Params::new()
            .with_some(
                "content",
                filter.content.as_ref().map(StorageContent::as_str),
            )
            .with_some("enabled", filter.enabled_only.then_some(true))
            .with_some("target", filter.shared_with.as_ref());
        self.list_of(ApiPath::node(node, &["storage"]), params)
            .await
    }

    /// One storage of a node. Asking also makes PVE try to activate it.
    pub async fn storage_status(&self, node: &NodeName, storage: &str) -> Result<StorageStatus> {
        let path = self.api_path(&["nodes", node.as_str(), "storage", storage, "status"])?;
        let mut status: StorageStatus = self.one_of(path, Params::new()).await?;
        status.storage.get_or_insert_with(|| storage.to_owned());
        Ok(status)
    }
}
