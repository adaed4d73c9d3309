//! Volumes of a container: `rootfs`, `mpN`, `unusedN`.

use std::fmt;

use crate::property::{PropertyError, PropertyString, Shape, guest_shapes};
use crate::size::parse_size;
use crate::volume::VolumeId;

/// A volume of a container and where it is mounted.
///
/// ```
/// let mount = pve::MountPoint::parse("mp0", "local-lvm:vm-200-disk-1,size=8192M,mp=/data")?;
/// assert_eq!(mount.to_string(), "local-lvm:vm-200-disk-1,mp=/data,size=8G");
/// # Ok::<(), pve::PropertyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint {
    options: PropertyString,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq)]
pub enum MountSource {
    /// A volume of a storage.
    Volume(VolumeId),
    /// In a request: a volume to be made.
    NewVolume {
        /// Where.
        storage: String,
        /// How large.
        gib: f64,
    },
    /// A device of the node.
    Device(String),
    /// A folder of the node.
    Folder(String),
    /// Text that is none of these, as the bare size of a request that names its storage elsewhere.
    Other(String),
}

/// The shape of the option with this key.
fn shape_of(key: &str) -> &'static Shape {
    if key == "rootfs" {
        &guest_shapes::ROOT_FS
    } else if key.starts_with("unused") {
        &guest_shapes::CT_UNUSED
    } else {
        &guest_shapes::MOUNT_POINT
    }
}

impl MountPoint {
    /// Reads by the grammar alone: keys of newer servers are kept. `key` is the option it stands
    /// in: `rootfs`, `mp0`, `unused0`.
    pub fn read(key: &str, text: &str) -> Result<Self, PropertyError> {
        let options = PropertyString::read(shape_of(key), text)?;
        Ok(Self { options })
    }

    /// Reads and checks: what this takes, PVE takes.
    pub fn parse(key: &str, text: &str) -> Result<Self, PropertyError> {
        let read = Self::read(key, text)?;
        read.options.check()?;
        Ok(read)
    }

    /// The text of what is mounted.
    pub fn volume(&self) -> &str {
        self.options.get("volume").unwrap_or_default()
    }

    /// What is mounted.
    pub fn source(&self) -> MountSource {
        let text = self.volume();
        if text.starts_with("/dev/") {
            return MountSource::Device(text.to_owned());
        }
        if text.starts_with('/') {
            return MountSource::Folder(text.to_owned());
        }
        let Ok(volume) = text.parse::<VolumeId>() else {
            return MountSource::Other(text.to_owned());
        };
        let is_number = volume
            .name()
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        match volume.name().parse::<f64>() {
            Ok(gib) if is_number => MountSource::NewVolume {
                storage: volume.storage().to_owned(),
                gib,
            },
            _ => MountSource::Volume(volume),
        }
    }

    /// Where it is mounted in the container; the root file system says nothing.
    pub fn path(&self) -> Option<&str> {
        self.options.get("mp")
    }

    /// Its size in bytes, where the configuration says it.
    pub fn size_bytes(&self) -> Option<u64> {
        parse_size(self.options.get("size")?)
    }

    /// All keys and values.
    pub fn options(&self) -> &PropertyString {
        &self.options
    }

    /// All keys and values, to be changed.
    pub fn options_mut(&mut self) -> &mut PropertyString {
        &mut self.options
    }
}

impl fmt::Display for MountPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        let source = |text: &str| MountPoint::parse("mp0", text).unwrap().source();
        assert_eq!(
            source("local-lvm:vm-200-disk-1,mp=/data"),
            MountSource::Volume("local-lvm:vm-200-disk-1".parse().unwrap())
        );
        assert_eq!(
            source("local-lvm:8,mp=/data"),
            MountSource::NewVolume {
                storage: "local-lvm".to_owned(),
                gib: 8.0
            }
        );
        assert_eq!(
            source("/dev/sdb1,mp=/data"),
            MountSource::Device("/dev/sdb1".to_owned())
        );
        assert_eq!(
            source("/srv/media,mp=/media,ro=1"),
            MountSource::Folder("/srv/media".to_owned())
        );
        assert_eq!(source("8,mp=/data"), MountSource::Other("8".to_owned()));
    }

    #[test]
    fn only_mount_points_name_a_path() {
        assert!(MountPoint::parse("rootfs", "local-lvm:8,mp=/").is_err());
        assert!(MountPoint::parse("mp0", "local-lvm:8").is_err());
        assert!(MountPoint::parse("mp0", "local-lvm:8,mp=/a/../b").is_err());
        assert!(MountPoint::parse("mp0", "local-lvm:8,mp=/a,mountoptions=noatime;nodev").is_ok());
        assert!(MountPoint::parse("mp0", "local-lvm:8,mp=/a,mountoptions=bogus").is_err());
        assert!(MountPoint::parse("unused0", "local-lvm:vm-200-disk-1").is_ok());
    }
}
