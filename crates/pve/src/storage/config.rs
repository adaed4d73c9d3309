//! The configuration of storages, which holds for the whole cluster (PVE: `/storage`).

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::answer::{Loose, Row, loose_words, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::prune::KeepOptions;
use crate::resources::words;
use crate::transport::{Method, Request};

use super::StorageContent;

words! {
    /// What a storage is made of.
    StoragePlugin {
        /// A folder of a node.
        Dir = "dir",
        /// A folder on an NFS server.
        Nfs = "nfs",
        /// A folder on a Windows share.
        Cifs = "cifs",
        /// A folder in Ceph's file system.
        CephFs = "cephfs",
        /// Subvolumes of btrfs.
        Btrfs = "btrfs",
        /// A volume group of LVM.
        Lvm = "lvm",
        /// A thin pool of LVM.
        LvmThin = "lvmthin",
        /// A pool of ZFS on the node.
        ZfsPool = "zfspool",
        /// ZFS of another host over iSCSI.
        Zfs = "zfs",
        /// Ceph block devices.
        Rbd = "rbd",
        /// LUNs of an iSCSI target.
        Iscsi = "iscsi",
        /// The same, by QEMU itself.
        IscsiDirect = "iscsidirect",
        /// A Proxmox Backup Server.
        Pbs = "pbs",
        /// Guests of an ESXi host, for import.
        Esxi = "esxi",
        /// GlusterFS (8.x only).
        GlusterFs = "glusterfs",
    }
}
loose_words!(StoragePlugin);

/// A storage as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageConfig {
    /// Its id.
    pub storage: String,
    /// What it is made of.
    pub plugin: StoragePlugin,
    /// What it takes.
    pub content: Vec<StorageContent>,
    /// The nodes that have it; empty: all.
    pub nodes: Vec<NodeName>,
    /// Switched off?
    pub disabled: bool,
    /// Do all nodes see the same data?
    pub shared: bool,
    /// What retention keeps, when it says so itself.
    pub keep: Option<KeepOptions>,
    /// Hash of the file; sent back with a change it makes PVE refuse when somebody else was
    /// faster.
    pub digest: Option<String>,
    /// All other options by PVE's names, as `path` or `server`.
    pub options: BTreeMap<String, String>,
}

/// Keys that have fields of their own.
const OWN_KEYS: [&str; 8] = [
    "storage",
    "type",
    "content",
    "nodes",
    "disable",
    "shared",
    "prune-backups",
    "digest",
];

impl Row for StorageConfig {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let get = |key: &str| pick(map, &[key]);
        let nodes = Vec::<String>::loose(get("nodes"))?;
        let options = map
            .iter()
            .filter(|(key, _)| !OWN_KEYS.contains(&key.as_str()));
        Some(Self {
            storage: Loose::loose(get("storage"))?,
            plugin: Loose::loose(get("type"))?,
            content: super::content::contents(get("content")),
            nodes: nodes.iter().filter_map(|name| name.parse().ok()).collect(),
            disabled: Loose::loose(get("disable"))?,
            shared: Loose::loose(get("shared"))?,
            keep: Loose::loose(get("prune-backups"))?,
            digest: Loose::loose(get("digest"))?,
            options: options
                .map(|(key, value)| (key.clone(), lenient::value_text(value)))
                .collect(),
        })
    }
}

impl Client {
    /// All storages the caller may see, disabled ones as well.
    pub async fn storage_configs(&self) -> Result<Vec<StorageConfig>> {
        let path = ApiPath::fixed(&["storage"]);
        self.list_of(path, Params::new()).await
    }

    /// One storage.
    pub async fn storage_config(&self, storage: &str) -> Result<StorageConfig> {
        let path = self.api_path(&["storage", storage])?;
        self.one_of(path, Params::new()).await
    }

    /// Sets a storage up (needs `Datastore.Allocate` on `/storage`). `options` are PVE's, as
    /// `path`, `content`, `nodes`; a password or key among them is kept by PVE in a file only
    /// root can read. PVE connects to servers before it answers. The answer holds a key for
    /// backups when PVE was to make one up (`encryption-key=autogen`): it is shown this one time.
    pub async fn create_storage(
        &self,
        storage: &str,
        plugin: &StoragePlugin,
        options: &Params,
    ) -> Result<Option<SecretString>> {
        let own = Params::new()
            .with("storage", storage)
            .with("type", plugin.as_str());
        let params = options
            .iter()
            .fold(own, |params, (name, value)| params.with(name, value));
        let path = ApiPath::fixed(&["storage"]);
        self.change_storage(Method::Post, path, params).await
    }

    /// Changes options of a storage and takes the ones named in `reset` back to their defaults.
    /// `path`, `server` and the like cannot be changed. The answer is that of
    /// [`Client::create_storage`].
    pub async fn update_storage(
        &self,
        storage: &str,
        options: &Params,
        reset: &[&str],
        digest: Option<&str>,
    ) -> Result<Option<SecretString>> {
        let path = self.api_path(&["storage", storage])?;
        let reset = (!reset.is_empty()).then(|| reset.join(","));
        let params = options
            .clone()
            .with_some("delete", reset)
            .with_some("digest", digest);
        self.change_storage(Method::Put, path, params).await
    }

    async fn change_storage(
        &self,
        method: Method,
        path: ApiPath,
        params: Params,
    ) -> Result<Option<SecretString>> {
        let request = Request {
            method,
            path,
            params,
        };
        let answer = self.fetch::<Value>(request).await?.data;
        let key = answer
            .pointer("/config/encryption-key")
            .and_then(Value::as_str);
        Ok(key.map(SecretString::from))
    }

    /// Takes a storage out of the configuration. What is on it stays.
    pub async fn delete_storage(&self, storage: &str) -> Result<()> {
        let path = self.api_path(&["storage", storage])?;
        self.tell(Method::Delete, path, Params::new()).await
    }
}
