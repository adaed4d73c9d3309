//! Disks of a node and how they feel.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A disk or partition.
    Disk {
        /// As `/dev/sda`.
        device: String = "devpath",
        /// `hdd`, `ssd`, `nvme`, `usb` or `unknown`.
        kind: Option<String> = "type",
        /// Its size.
        size_bytes: Option<u64> = "size",
        /// Who made it.
        vendor: Option<String> = "vendor",
        /// What it is called.
        model: Option<String> = "model",
        /// Its serial number.
        serial: Option<String> = "serial",
        /// Its world wide name.
        wwn: Option<String> = "wwn",
        /// A path that stays the same.
        stable_path: Option<String> = "by_id_link",
        /// Turns per minute; 0 for none, -1 for unknown.
        rotation_per_minute: Option<i64> = "rpm",
        /// What uses it: `LVM`, `ZFS`, `mounted`, `partitions`, a file system …
        used_by: Option<String> = "used",
        /// Is it mounted?
        mounted: bool = "mounted",
        /// Has it a GUID partition table?
        gpt: bool = "gpt",
        /// `PASSED`, `OK`, `FAILED` or `UNKNOWN`.
        health: Option<String> = "health",
        /// Percent of its life that is **left**, 100 when new (solid state only). PVE calls that
        /// wearout.
        life_left_percent: Option<f64> = "wearout",
        /// Of a partition: its disk.
        parent: Option<String> = "parent",
    }
    /// One of the values a disk keeps about itself.
    SmartAttribute {
        /// Its number.
        id: Option<u64> = "id",
        /// Its name.
        name: String = "name",
        /// The value the maker compares with the threshold; higher is better.
        normalized: Option<u64> = "normalized" | "value",
        /// The worst it was.
        worst: Option<u64> = "worst",
        /// At or below it the disk counts as failing.
        threshold: Option<u64> = "threshold",
        /// What was counted, as the maker writes it.
        raw: Option<String> = "raw",
        /// `-` or when it failed.
        failed: Option<String> = "fail",
        /// Flags.
        flags: Option<String> = "flags",
    }
    /// What a disk says about itself.
    SmartReport {
        /// `PASSED`, `OK`, `FAILED` or `UNKNOWN`.
        health: Option<String> = "health",
        /// `ata` with attributes, or `text`.
        kind: Option<String> = "type",
        /// Attributes (ATA).
        attributes: Vec<SmartAttribute> = "attributes",
        /// What the tool printed (NVMe, SAS).
        text: Option<String> = "text",
        /// Percent of its life that is **left**.
        life_left_percent: Option<f64> = "wearout",
    }
}

/// Which disks of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskFilter {
    /// Only those nothing uses.
    pub unused_only: bool,
    /// Partitions too.
    pub with_partitions: bool,
    /// Do not ask the disks how they feel: faster, and sleeping ones stay asleep.
    pub without_health: bool,
}

impl Client {
    /// The disks of a node. Asking them how they feel can take seconds.
    pub async fn disks(&self, node: &NodeName, filter: &DiskFilter) -> Result<Vec<Disk>> {
        let params = Params::new()
            .with_some("type", filter.unused_only.then_some("unused"))
            .with_some("include-partitions", filter.with_partitions.then_some(true))
            .with_some("skipsmart", filter.without_health.then_some(true));
        self.list_of(ApiPath::node(node, &["disks", "list"]), params)
            .await
    }

    /// What a disk (`/dev/sda`) says about itself.
    pub async fn smart(&self, node: &NodeName, device: &str) -> Result<SmartReport> {
        let path = ApiPath::node(node, &["disks", "smart"]);
        self.one_of(path, Params::new().with("disk", device)).await
    }
}
