//! What is on a storage: volumes, their attributes, new and old ones.

use serde_json::Value;

use crate::answer::{Loose, answers, loose_words};
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::ids::{NodeName, Vmid};
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;
use crate::transport::{Method, Request};
use crate::upid::Upid;
use crate::volume::VolumeId;

words! {
    /// What a storage takes, and what a volume is.
    StorageContent {
        /// Disks of virtual machines.
        Images = "images",
        /// Volumes of containers.
        RootDir = "rootdir",
        /// Images of discs.
        Iso = "iso",
        /// Templates of containers.
        ContainerTemplate = "vztmpl",
        /// Backups.
        Backup = "backup",
        /// Snippets: hook scripts and cloud-init files.
        Snippets = "snippets",
        /// Disks and appliances to import.
        Import = "import",
        /// Nothing.
        None = "none",
    }
}
loose_words!(StorageContent);

/// A JSON list, or words in one text.
pub(super) fn contents(value: Option<&Value>) -> Vec<StorageContent> {
    let words = Vec::<String>::loose(value).unwrap_or_default();
    words.into_iter().map(StorageContent::from).collect()
}

impl Loose for Vec<StorageContent> {
    fn loose(value: Option<&Value>) -> Option<Self> {
        Some(contents(value))
    }
}

answers! {
    /// How the last verification of a backup ended (backup servers).
    Verification {
        /// `ok` or `failed`.
        state: String = "state",
        /// The task of the backup server, as it came: its UPIDs have another form than PVE's.
        upid: Option<String> = "upid",
    }
    /// A volume on a storage.
    VolumeRow {
        /// Its name in the cluster.
        volume: VolumeId = "volid",
        /// What it is.
        content: Option<StorageContent> = "content",
        /// As `raw`, `qcow2`, `iso`, `tar.zst`, `pbs-vm`.
        format: Option<String> = "format",
        /// Its size; of a disk what the guest sees.
        size_bytes: Option<u64> = "size",
        /// What it takes, where the storage tells: mostly not.
        used_bytes: Option<u64> = "used",
        /// When it was made, seconds since 1970.
        created_s: Option<u64> = "ctime",
        /// The guest it belongs to.
        vmid: Option<Vmid> = "vmid",
        /// `qemu` or `lxc` (backups).
        guest_kind: Option<String> = "subtype",
        /// Of a linked clone: the volume it builds on, as the storage names it.
        parent: Option<String> = "parent",
        /// The first line of its notes.
        notes: Option<String> = "notes",
        /// Protected from removal (backups)?
        protected: bool = "protected",
        /// `1`, or the fingerprint of the key (backup servers).
        encrypted: Option<String> = "encrypted",
        /// The last verification (backup servers).
        verification: Option<Verification> = "verification",
    }
    /// One volume, asked for by name.
    VolumeInfo {
        /// Where it is: a path of the node or what QEMU uses as one.
        path: Option<String> = "path",
        /// As `raw` or `qcow2`; of backups `raw`.
        format: Option<String> = "format",
        /// Its size.
        size_bytes: Option<u64> = "size",
        /// What it takes.
        used_bytes: Option<u64> = "used",
        /// All of its notes.
        notes: Option<String> = "notes",
        /// Protected from removal (backups)?
        protected: bool = "protected",
    }
}

/// Which volumes of a storage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentFilter {
    /// Of this kind.
    pub content: Option<StorageContent>,
    /// Of this guest.
    pub vmid: Option<Vmid>,
}

/// What to set of a volume; what is missing stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VolumeAttributes {
    /// New notes; empty ones remove them.
    pub notes: Option<String>,
    /// Protect it from removal, or not any more (backups only).
    pub protected: Option<bool>,
}

/// A disk to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVolume {
    /// The guest it is for; the name must begin with `vm-` and this number.
    pub vmid: Vmid,
    /// Its name, as `vm-100-disk-1.qcow2`; on block storages without an ending.
    pub name: String,
    /// Its size. PVE counts in KiB; a part of one is rounded up.
    pub size_bytes: u64,
    /// As `qcow2`; nothing: by the ending of the name, or the default of the storage.
    pub format: Option<String>,
}

impl Client {
    /// The volumes of a storage as a node sees them. Backups and disks of guests the caller has
    /// no right to are left out by PVE without a sign.
    pub async fn storage_content(
        &self,
        node: &NodeName,
        storage: &str,
        filter: &ContentFilter,
    ) -> Result<Vec<VolumeRow>> {
        let path = self.content_path(node, storage)?;
        let params = Params::new()
            .with_some(
                "content",
                filter.content.as_ref().map(StorageContent::as_str),
            )
            .with_some("vmid", filter.vmid);
        self.list_of(path, params).await
    }

    /// One volume, with all of its notes.
    pub async fn volume_info(&self, node: &NodeName, volume: &VolumeId) -> Result<VolumeInfo> {
        let path = self.volume_path(node, volume)?;
        self.one_of(path, Params::new()).await
    }

    /// Sets notes or protection of a volume.
    pub async fn set_volume_attributes(
        &self,
        node: &NodeName,
        volume: &VolumeId,
        attributes: &VolumeAttributes,
    ) -> Result<()> {
        let path = self.volume_path(node, volume)?;
        let params = Params::new()
            .with_some("notes", attributes.notes.as_deref())
            .with_some("protected", attributes.protected);
        self.tell(Method::Put, path, params).await
    }

    /// Removes a volume for good. PVE does not ask whether a guest uses it. A protected backup
    /// and an absent volume show only in the task.
    pub async fn delete_volume(&self, node: &NodeName, volume: &VolumeId) -> Result<Upid> {
        let path = self.volume_path(node, volume)?;
        self.begin(Method::Delete, path, Params::new()).await
    }

    /// Makes an empty disk and answers with its name.
    pub async fn allocate_volume(
        &self,
        node: &NodeName,
        storage: &str,
        new: &NewVolume,
    ) -> Result<VolumeId> {
        let path = self.content_path(node, storage)?;
        let params = Params::new()
            .with("filename", new.name.as_str())
            .with("size", new.size_bytes.div_ceil(1024))
            .with("vmid", new.vmid)
            .with_some("format", new.format.as_deref());
        let request = Request {
            method: Method::Post,
            path,
            params,
        };
        let name: String = self.fetch(request.clone()).await?.data;
        name.parse()
            .map_err(|_| self.fail(&request, ErrorKind::Unexpected("no volume is named".into())))
    }

    fn content_path(&self, node: &NodeName, storage: &str) -> Result<ApiPath> {
        self.api_path(&["nodes", node.as_str(), "storage", storage, "content"])
    }

    fn volume_path(&self, node: &NodeName, volume: &VolumeId) -> Result<ApiPath> {
        let storage = volume.storage();
        let name = volume.to_string();
        self.api_path(&["nodes", node.as_str(), "storage", storage, "content", &name])
    }
}
