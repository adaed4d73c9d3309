//! What is inside volumes: files of backups on a backup server, guests that can be imported.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncWrite;

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::files::{Downloaded, OnProgress};
use crate::ids::NodeName;
use crate::params::Params;
use crate::volume::VolumeId;

/// Where something is in a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupPath {
    /// The top: the archives of the backup.
    Root,
    /// A path below it, as `/root.pxar.didx/etc/hosts`.
    Path(String),
    /// As PVE wrote it in a list: base64 of bytes that need not be text.
    Encoded(String),
}

impl BackupPath {
    fn param(&self) -> String {
        match self {
            Self::Root => "/".to_owned(),
            Self::Path(path) => STANDARD.encode(path),
            Self::Encoded(text) => text.clone(),
        }
    }
}

answers! {
    /// A file or folder in a backup.
    BackupFile {
        /// Its path in base64; give it back as [`BackupPath::Encoded`].
        encoded_path: String = "filepath",
        /// Its name for people; comes from the guest, not to be trusted.
        name: String = "text",
        /// `f` file, `d` folder, `h` hard link, `l` symbolic link, `v` virtual (an archive).
        kind: Option<String> = "type",
        /// Nothing below it?
        leaf: bool = "leaf",
        /// Its size.
        size_bytes: Option<u64> = "size",
        /// When it was changed, seconds since 1970.
        modified_s: Option<i64> = "mtime",
    }
    /// What may go wrong when this guest is imported.
    ImportWarning {
        /// As `guest-is-running` or `efi-state-lost`.
        kind: String = "type",
        /// The option it is about.
        key: Option<String> = "key",
        /// The value it is about.
        value: Option<String> = "value",
    }
    /// A guest that can be imported.
    ImportMetadata {
        /// Where it comes from, as `esxi` or `ova`.
        source: Option<String> = "source",
        /// What it becomes: `vm`.
        kind: Option<String> = "type",
        /// Parameters for the creation of the guest.
        create: BTreeMap<String, String> = "create-args",
        /// Disk key to the volume it comes from.
        disks: BTreeMap<String, String> = "disks",
        /// Network key to its properties, as JSON.
        networks: BTreeMap<String, String> = "net",
        /// What may go wrong.
        warnings: Vec<ImportWarning> = "warnings",
    }
}

impl Client {
    /// What is in a folder of a backup (backup servers only; for virtual machines PVE starts a
    /// small machine that reads the disks, which takes seconds).
    pub async fn backup_files(
        &self,
        node: &NodeName,
        backup: &VolumeId,
        folder: &BackupPath,
    ) -> Result<Vec<BackupFile>> {
        let path = self.inside_path(node, backup, &["file-restore", "list"])?;
        let params = Params::new()
            .with("volume", backup.to_string())
            .with("filepath", folder.param());
        self.list_of(path, params).await
    }

    /// A file out of a backup; a folder comes as an archive (zip, or tar with zstd on demand).
    pub async fn download_backup_file(
        &self,
        node: &NodeName,
        backup: &VolumeId,
        file: &BackupPath,
        sink: &mut (dyn AsyncWrite + Send + Unpin),
        on_progress: OnProgress<'_>,
    ) -> Result<Downloaded> {
        let path = self.inside_path(node, backup, &["file-restore", "download"])?;
        let params = Params::new()
            .with("volume", backup.to_string())
            .with("filepath", file.param());
        self.download(&path, &params, sink, on_progress).await
    }

    /// What a guest of another system would become (ESXi storages, OVA files).
    pub async fn import_metadata(
        &self,
        node: &NodeName,
        volume: &VolumeId,
    ) -> Result<ImportMetadata> {
        let path = self.inside_path(node, volume, &["import-metadata"])?;
        let params = Params::new().with("volume", volume.to_string());
        self.one_of(path, params).await
    }

    fn inside_path(
        &self,
        node: &NodeName,
        volume: &VolumeId,
        rest: &[&str],
    ) -> Result<crate::path::ApiPath> {
        let front = ["nodes", node.as_str(), "storage", volume.storage()];
        self.api_path(&[&front, rest].concat())
    }
}
