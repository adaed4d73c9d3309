//! Storages: how they are set up, how they do on a node, what is on them, and what brings new
//! things there.

mod appliance;
mod config;
mod content;
mod inside;
mod status;
mod url;

pub use appliance::Appliance;
pub use config::{StorageConfig, StoragePlugin};
pub use content::{
    ContentFilter, NewVolume, StorageContent, Verification, VolumeAttributes, VolumeInfo, VolumeRow,
};
pub use inside::{BackupFile, BackupPath, ImportMetadata, ImportWarning};
pub use status::{StorageFilter, StorageStatus};
pub use url::{Decompression, UrlDownload, UrlMetadata};
