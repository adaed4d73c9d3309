//! A backup now, on one node.

use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};
use crate::upid::Upid;
use crate::volume::VolumeId;

use super::{BackupOptions, BackupSelection};

/// What became of a wish for a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupStart {
    /// A task is at it.
    Task(Upid),
    /// Nothing is done: none of the guests lives on this node. PVE answers `OK` to that.
    NothingOnThisNode,
}

impl Client {
    /// Backs up those of the guests that live on this node, one after the other. A node makes one
    /// backup at a time: further tasks wait. Wrong storages, locked and unknown guests show only
    /// in the task, which then ends with `job errors` after the guests that could be done.
    pub async fn backup(
        &self,
        node: &NodeName,
        selection: &BackupSelection,
        options: &BackupOptions,
    ) -> Result<BackupStart> {
        if selection.is_empty() {
            return Err(self.invalid("no guest is named for the backup".to_owned()));
        }
        let params = options.add_to(selection.add_to(Params::new()));
        let path = ApiPath::node(node, &["vzdump"]);
        let started = self.begin_or_done(Method::Post, path, params).await?;
        Ok(started.map_or(BackupStart::NothingOnThisNode, BackupStart::Task))
    }

    /// Asks a node to break off all its running backups.
    pub async fn stop_backups(&self, node: &NodeName) -> Result<()> {
        let path = ApiPath::node(node, &["vzdump"]);
        self.tell(Method::Post, path, Params::new().with("stop", true))
            .await
    }

    /// The configuration of the guest in a backup, as its file was.
    pub async fn backup_config(&self, node: &NodeName, backup: &VolumeId) -> Result<String> {
        let request = Request {
            method: Method::Get,
            path: ApiPath::node(node, &["vzdump", "extractconfig"]),
            params: Params::new().with("volume", backup.to_string()),
        };
        Ok(self.fetch::<String>(request).await?.data)
    }
}
