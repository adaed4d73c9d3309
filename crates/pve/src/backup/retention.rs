//! What retention would remove from a storage, and letting it.

use serde_json::Value;

use crate::answer::{Loose, answers};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{GuestKind, NodeName, Vmid};
use crate::params::Params;
use crate::path::ApiPath;
use crate::prune::{KeepOptions, PruneMark};
use crate::transport::Method;
use crate::upid::Upid;
use crate::volume::VolumeId;

/// A word this crate does not know is no mark: nobody may take it for one that keeps.
impl Loose for PruneMark {
    fn loose(value: Option<&Value>) -> Option<Self> {
        match value?.as_str()? {
            "keep" => Some(Self::Keep),
            "remove" => Some(Self::Remove),
            "protected" => Some(Self::Protected),
            "renamed" => Some(Self::Renamed),
            _ => None,
        }
    }
}

answers! {
    /// What retention would do with a backup.
    PrunePreview {
        /// The backup.
        volume: VolumeId = "volid",
        /// The guest.
        vmid: Option<Vmid> = "vmid",
        /// `qemu`, `lxc`, `openvz` or `unknown`.
        kind: Option<String> = "type",
        /// When it was made, seconds since 1970.
        created_s: Option<u64> = "ctime",
        /// What would happen; nothing for a word this crate does not know.
        mark: Option<PruneMark> = "mark",
    }
}

/// Which backups of a storage retention looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PruneScope {
    /// What is kept, instead of what the storage says; without both nothing is removed.
    pub keep: Option<KeepOptions>,
    /// Of this guest only.
    pub vmid: Option<Vmid>,
    /// Of guests of this kind only.
    pub kind: Option<GuestKind>,
}

impl PruneScope {
    fn params(&self) -> Params {
        Params::new()
            .with_some("prune-backups", self.keep.as_ref().map(ToString::to_string))
            .with_some("vmid", self.vmid)
            .with_some("type", self.kind.map(GuestKind::as_str))
    }
}

impl Client {
    /// What retention would do with each backup, by PVE itself: nothing is removed.
    pub async fn prune_preview(
        &self,
        node: &NodeName,
        storage: &str,
        scope: &PruneScope,
    ) -> Result<Vec<PrunePreview>> {
        let path = self.prune_path(node, storage)?;
        self.list_of(path, scope.params()).await
    }

    /// Removes the backups that the preview with the same scope marks. What came in between counts
    /// as well.
    pub async fn prune_backups(
        &self,
        node: &NodeName,
        storage: &str,
        scope: &PruneScope,
    ) -> Result<Upid> {
        let path = self.prune_path(node, storage)?;
        self.begin(Method::Delete, path, scope.params()).await
    }

    fn prune_path(&self, node: &NodeName, storage: &str) -> Result<ApiPath> {
        self.api_path(&["nodes", node.as_str(), "storage", storage, "prunebackups"])
    }
}
