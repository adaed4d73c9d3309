//! Names of volumes: `storage:volname`, and what the second half tells.
//!
//! Storages name their volumes by kind: file stores by path (`iso/x.iso`, `100/vm-100-disk-0.qcow2`),
//! block and ZFS storages by a bare name (`vm-100-disk-0`), backup servers by guest and time
//! (`backup/vm/100/2026-01-31T01:00:01Z`).

mod archive;
mod kind;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use archive::{ArchiveFormat, ArchiveName, ArchiveOwner, Compression};
pub use kind::VolumeKind;

use crate::formats::is_storage_id;

/// Text that names no volume; says so in PVE's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VolumeError {
    /// Not `storage:volname`.
    #[error("unable to parse volume ID '{0}'")]
    NoVolumeId(String),
    /// Not the name of a backup archive.
    #[error("ERROR: couldn't determine archive info from '{0}'")]
    NoArchive(String),
}

/// The name of a volume in the whole cluster.
///
/// ```
/// use pve::{VolumeId, VolumeKind};
/// let volume: VolumeId = "local:iso/debian.iso".parse()?;
/// assert_eq!((volume.storage(), volume.name()), ("local", "iso/debian.iso"));
/// assert_eq!(volume.kind(), VolumeKind::Iso { file: "debian.iso".to_owned() });
/// # Ok::<(), pve::VolumeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VolumeId {
    storage: Box<str>,
    name: Box<str>,
}

impl VolumeId {
    /// The volume of this name on this storage.
    pub fn new(storage: &str, name: &str) -> Result<Self, VolumeError> {
        format!("{storage}:{name}").parse()
    }

    /// The storage.
    pub fn storage(&self) -> &str {
        &self.storage
    }

    /// The name within the storage.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the name tells.
    pub fn kind(&self) -> VolumeKind {
        VolumeKind::of(&self.name)
    }
}

impl FromStr for VolumeId {
    type Err = VolumeError;
    fn from_str(text: &str) -> Result<Self, VolumeError> {
        match text.split_once(':') {
            Some((storage, name))
                if is_storage_id(storage) && !name.is_empty() && !name.contains('\n') =>
            {
                Ok(Self {
                    storage: storage.into(),
                    name: name.into(),
                })
            }
            _ => Err(VolumeError::NoVolumeId(text.to_owned())),
        }
    }
}

impl fmt::Display for VolumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.storage, self.name)
    }
}

impl TryFrom<String> for VolumeId {
    type Error = VolumeError;
    fn try_from(text: String) -> Result<Self, VolumeError> {
        text.parse()
    }
}

impl From<VolumeId> for String {
    fn from(volume: VolumeId) -> String {
        volume.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_volume_needs_a_storage_and_a_name() {
        for bad in [
            "", "local", "local:", ":x", "1a:x", "a:x", "lo cal:x", "local-:x", "/srv/x",
        ] {
            assert_eq!(
                bad.parse::<VolumeId>(),
                Err(VolumeError::NoVolumeId(bad.to_owned()))
            );
        }
    }

    proptest! {
        #[test]
        fn volumes_survive_writing_and_reading(storage in "[a-z][a-z0-9._-]{0,8}[a-z0-9]", name in "[^\n]{1,30}") {
            let volume = VolumeId::new(&storage, &name).unwrap();
            prop_assert_eq!(volume.storage(), storage.as_str());
            prop_assert_eq!(volume.name(), name.as_str());
            prop_assert_eq!(volume.to_string().parse(), Ok(volume));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in any::<String>()) {
            if let Ok(volume) = text.parse::<VolumeId>() {
                let _ = volume.kind();
                prop_assert_eq!(volume.to_string(), text);
            }
        }
    }
}
