//! Volumes of guests: moving, growing, detaching.

use crate::client::Client;
use crate::error::Result;
use crate::guests::ConfigChange;
use crate::ids::{GuestAt, GuestKind, Vmid};
use crate::params::Params;
use crate::path::ApiPath;
use crate::size::format_size;
use crate::transport::Method;
use crate::upid::Upid;

/// Where a volume goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeTarget {
    /// To another storage or format.
    Storage {
        /// The storage.
        storage: String,
        /// `raw`, `qcow2` or `vmdk` (virtual machines only).
        format: Option<String>,
    },
    /// To another guest of the same kind on the same node.
    Guest {
        /// The guest.
        vmid: Vmid,
        /// The key it gets there; by default the same.
        key: Option<String>,
        /// Only if the configuration of the other guest still has this digest.
        digest: Option<String>,
    },
}

/// A volume to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveVolume {
    /// The key of the volume, as `scsi0` or `rootfs`.
    pub key: String,
    /// Where it goes.
    pub target: VolumeTarget,
    /// Destroys the original instead of keeping it as `unusedN`. Refused while there are
    /// snapshots of it.
    pub delete_source: bool,
    /// Limit for copying, in KiB/s.
    pub bandwidth_limit_kib_s: Option<u64>,
    /// Only if the configuration still has this digest.
    pub digest: Option<String>,
}

impl MoveVolume {
    /// Verb of the path, and the parameters.
    fn call(&self, kind: GuestKind) -> std::result::Result<(&'static str, Params), &'static str> {
        let (verb, key, target_key) = match kind {
            GuestKind::Qemu => ("move_disk", "disk", "target-disk"),
            GuestKind::Lxc => ("move_volume", "volume", "target-volume"),
        };
        let params = Params::new().with(key, self.key.as_str());
        let params = match &self.target {
            VolumeTarget::Storage {
                format: Some(_), ..
            } if kind == GuestKind::Lxc => {
                return Err("volumes of containers take no format");
            }
            VolumeTarget::Storage { storage, format } => params
                .with("storage", storage.as_str())
                .with_some("format", format.as_deref()),
            VolumeTarget::Guest { vmid, key, digest } => params
                .with("target-vmid", *vmid)
                .with_some(target_key, key.as_deref())
                .with_some("target-digest", digest.as_deref()),
        };
        let params = params
            .with_some("delete", self.delete_source.then_some(true))
            .with_some("bwlimit", self.bandwidth_limit_kib_s)
            .with_some("digest", self.digest.as_deref());
        Ok((verb, params))
    }
}

/// A larger size; smaller ones are never taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewSize {
    /// This size in bytes.
    To(u64),
    /// This many bytes more.
    By(u64),
}

impl Client {
    /// Moves a volume to another storage, format or guest (PVE: `…/move_disk`, `…/move_volume`).
    /// Volumes of running containers cannot be moved. A qcow2 drive with snapshots can be made
    /// raw, and no further snapshot can be made then.
    pub async fn move_volume(&self, guest: &GuestAt, volume: &MoveVolume) -> Result<Upid> {
        // calls: POST /nodes/*/qemu/*/move_disk
        // calls: POST /nodes/*/lxc/*/move_volume
        let (verb, params) = volume
            .call(guest.kind)
            .map_err(|text| self.invalid_for(guest, Method::Post, &[], text))?;
        let path = ApiPath::guest(guest, &[verb]);
        self.begin(Method::Post, path, params).await
    }

    /// Grows a volume (PVE: PUT `…/resize`). That a drive of a virtual machine would shrink shows
    /// only in the task; a container is refused at once. The file system of a container can fail
    /// to grow with it although the task ends well: see its log.
    pub async fn resize_volume(
        &self,
        guest: &GuestAt,
        key: &str,
        size: NewSize,
        digest: Option<&str>,
    ) -> Result<Upid> {
        let size = match size {
            NewSize::To(bytes) => format_size(bytes),
            NewSize::By(bytes) => format!("+{}", format_size(bytes)),
        };
        let params = Params::new()
            .with("disk", key)
            .with("size", size)
            .with_some("digest", digest);
        let path = ApiPath::guest(guest, &["resize"]);
        self.begin(Method::Put, path, params).await
    }

    /// Takes volumes out of the configuration: they stay as `unusedN`, and `unusedN` ones are
    /// destroyed; `destroy` destroys all of them (virtual machines only) (PVE: `…/unlink`; of
    /// containers by a change of the configuration).
    pub async fn unlink_volumes(
        &self,
        guest: &GuestAt,
        keys: &[&str],
        destroy: bool,
    ) -> Result<()> {
        if guest.kind == GuestKind::Lxc {
            let change = ConfigChange {
                delete: keys.iter().map(|key| (*key).to_owned()).collect(),
                destroy_volumes: destroy,
                ..ConfigChange::default()
            };
            return self.set_guest_config(guest, &change).await;
        }
        let params = Params::new()
            .with("idlist", keys.join(","))
            .with_some("force", destroy.then_some(true));
        let path = ApiPath::guest(guest, &["unlink"]);
        self.tell(Method::Put, path, params).await
    }
}
