//! What a backup on a node does when nothing else is said.

use std::collections::BTreeMap;

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::prune::KeepOptions;

use super::{BackupCompression, BackupMode, NotificationMode};

answers! {
    /// Defaults of a node for a storage, from PVE, the node's `vzdump.conf` and the storage.
    BackupDefaults {
        /// Where to.
        storage: Option<String> = "storage",
        /// How running guests are backed up.
        mode: Option<BackupMode> = "mode",
        /// How it is compressed.
        compression: Option<BackupCompression> = "compress",
        /// What is kept.
        keep: Option<KeepOptions> = "prune-backups",
        /// Remove older backups after the new one?
        remove_older: bool = "remove",
        /// In KiB/s; 0 is no limit.
        bandwidth_limit_kib_per_s: Option<u64> = "bwlimit",
        /// 0 to 8, where 8 is idle.
        io_priority: Option<u64> = "ionice",
        /// Minutes to wait for other backups of the node.
        lock_wait_minutes: Option<u64> = "lockwait",
        /// Minutes to wait for a guest to shut down.
        stop_wait_minutes: Option<u64> = "stopwait",
        /// Threads of zstd; 0: half of the processors.
        zstd_threads: Option<u64> = "zstd",
        /// Notes of new backups.
        notes_template: Option<String> = "notes-template",
        /// Which way the result is told.
        notification_mode: Option<NotificationMode> = "notification-mode",
        /// Options of fleecing.
        fleecing: BTreeMap<String, String> = "fleecing",
        /// Limits of the work at once.
        performance: BTreeMap<String, String> = "performance",
        /// A folder of the node, where no storage is used.
        folder: Option<String> = "dumpdir",
    }
}

impl Client {
    /// What a backup on this node does by default. Needs no right beyond seeing the storage; PVE
    /// leaves out what only root may know.
    pub async fn backup_defaults(
        &self,
        node: &NodeName,
        storage: Option<&str>,
    ) -> Result<BackupDefaults> {
        let path = ApiPath::node(node, &["vzdump", "defaults"]);
        let params = Params::new().with_some("storage", storage);
        self.one_of(path, params).await
    }
}
