//! What disks of a node are joined to: ZFS pools, volume groups, thin pools, mounted folders.

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers};
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A ZFS pool.
    ZfsPool {
        /// Its name.
        name: String = "name",
        /// `ONLINE`, `DEGRADED`, `FAULTED` …
        health: Option<String> = "health",
        /// Its size, redundancy included.
        size_bytes: Option<u64> = "size",
        /// In use.
        allocated_bytes: Option<u64> = "alloc",
        /// Left.
        free_bytes: Option<u64> = "free",
        /// How scattered the free space is, in percent.
        fragmentation_percent: Option<f64> = "frag",
        /// How often blocks are used on average; 1 without deduplication.
        deduplication_ratio: Option<f64> = "dedup",
    }
    /// A part of a pool: a group (`mirror-0`, `raidz1-0`, `logs`) or a disk.
    ZfsDevice {
        /// Its name.
        name: String = "name",
        /// `ONLINE`, `DEGRADED`, `FAULTED`, `OFFLINE` …
        state: Option<String> = "state",
        /// Errors of reading.
        read_errors: Option<u64> = "read",
        /// Errors of writing.
        write_errors: Option<u64> = "write",
        /// Blocks with a wrong checksum.
        checksum_errors: Option<u64> = "cksum",
        /// More about it.
        message: Option<String> = "msg",
        /// What it is made of.
        children: Vec<ZfsDevice> = "children",
    }
    /// A ZFS pool in detail.
    ZfsPoolDetail {
        /// Its name.
        name: String = "name",
        /// As `health` of the list.
        state: Option<String> = "state",
        /// What is wrong.
        status: Option<String> = "status",
        /// What to do about it.
        action: Option<String> = "action",
        /// How the last scrub or resilver went, or goes.
        scan: Option<String> = "scan",
        /// `No known data errors`, or which files are broken.
        errors: Option<String> = "errors",
        /// What it is made of.
        devices: Vec<ZfsDevice> = "children",
    }
    /// A disk of a volume group.
    PhysicalVolume {
        /// As `/dev/sda3`.
        name: String = "name",
        /// Its size.
        size_bytes: Option<u64> = "size",
        /// Left.
        free_bytes: Option<u64> = "free",
    }
    /// A volume group of LVM.
    VolumeGroup {
        /// Its name.
        name: String = "name",
        /// Its size.
        size_bytes: Option<u64> = "size",
        /// Not given to volumes. A thin pool takes its whole size.
        free_bytes: Option<u64> = "free",
        /// Number of volumes.
        volume_count: Option<u64> = "lvcount",
        /// Its disks.
        disks: Vec<PhysicalVolume> = "children",
    }
    /// A thin pool of LVM.
    ThinPool {
        /// Its name.
        name: String = "lv",
        /// Its volume group.
        volume_group: Option<String> = "vg",
        /// Its size.
        size_bytes: Option<u64> = "lv_size",
        /// In use.
        used_bytes: Option<u64> = "used",
        /// Size of its metadata. A pool whose metadata are full stops.
        metadata_size_bytes: Option<u64> = "metadata_size",
        /// In use of it.
        metadata_used_bytes: Option<u64> = "metadata_used",
    }
    /// A file system that PVE mounts.
    DirectoryMount {
        /// Where.
        path: String = "path",
        /// What, as `/dev/disk/by-uuid/…`.
        device: Option<String> = "device",
        /// As `ext4`.
        file_system: Option<String> = "type",
        /// Options of the mount.
        options: Option<String> = "options",
        /// The file of systemd that says so.
        unit_file: Option<String> = "unitfile",
    }
}

/// The tree of volume groups, whose top says nothing.
struct Groups(Vec<VolumeGroup>);

impl Row for Groups {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        Loose::loose(map.get("children")).map(Self)
    }
}

impl Client {
    /// ZFS pools. A node without ZFS refuses with an error of its tools.
    pub async fn zfs_pools(&self, node: &NodeName) -> Result<Vec<ZfsPool>> {
        let path = ApiPath::node(node, &["disks", "zfs"]);
        self.list_of(path, Params::new()).await
    }

    /// One ZFS pool in detail.
    pub async fn zfs_pool(&self, node: &NodeName, name: &str) -> Result<ZfsPoolDetail> {
        let path = self.api_path(&["nodes", node.as_str(), "disks", "zfs", name])?;
        self.one_of(path, Params::new()).await
    }

    /// Volume groups of LVM.
    pub async fn volume_groups(&self, node: &NodeName) -> Result<Vec<VolumeGroup>> {
        let path = ApiPath::node(node, &["disks", "lvm"]);
        let Groups(groups) = self.one_of(path, Params::new()).await?;
        Ok(groups)
    }

    /// Thin pools of LVM.
    pub async fn thin_pools(&self, node: &NodeName) -> Result<Vec<ThinPool>> {
        let path = ApiPath::node(node, &["disks", "lvmthin"]);
        self.list_of(path, Params::new()).await
    }

    /// File systems that PVE mounts.
    pub async fn directory_mounts(&self, node: &NodeName) -> Result<Vec<DirectoryMount>> {
        let path = ApiPath::node(node, &["disks", "directory"]);
        self.list_of(path, Params::new()).await
    }
}
