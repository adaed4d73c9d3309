//! Room in storages. Most disks take no room before something is written to them, so an empty one can be
//! made on a full storage; volume groups and ZFS reserve all of it at once. Copies need room for the data.

use super::Cluster;
use super::node::Storage;
use super::volumes::VolumeKey;

/// `lvm` gives room out in pieces of that size.
const EXTENT: u64 = 4 << 20;

impl Storage {
    /// Whether a new disk takes its whole size at once.
    fn reserves(&self) -> bool {
        match self.plugin.as_str() {
            "lvm" => true,
            "zfspool" => self.settings.get("sparse").is_none_or(|set| set != "1"),
            _ => false,
        }
    }
}

impl Cluster {
    /// Free bytes as a node sees them; unknown where the storage is not there or has no size.
    fn room(&self, node: &str, storage: &str) -> Option<u64> {
        let storage = self.storage(storage)?;
        let id = self.node(node).map_or(0, |node| node.id);
        (storage.total_on(node) > 0).then(|| storage.free_on(node, id, self.now_ms))
    }

    /// Whether so much data can be written there.
    pub(crate) fn has_room(&self, node: &str, storage: &str, bytes: u64) -> bool {
        self.room(node, storage).is_none_or(|room| bytes <= room)
    }

    /// What the tool that makes a disk of that size says when it cannot; `None`: there is room.
    pub(crate) fn no_room_for_disk(
        &self,
        node: &str,
        storage: &str,
        (name, size_bytes): (&str, u64),
    ) -> Option<String> {
        let known = self.storage(storage).filter(|storage| storage.reserves())?;
        let room = self.room(node, storage).filter(|room| size_bytes > *room)?;
        let setting = |key: &str| known.settings.get(key).map_or("pve", String::as_str);
        Some(match known.plugin.as_str() {
            "lvm" => {
                let group = setting("vgname");
                format!(
                    "lvcreate '{group}/{name}' error:   Volume group \"{group}\" has insufficient free space ({} extents): {} required.",
                    room / EXTENT,
                    size_bytes.div_ceil(EXTENT)
                )
            }
            _ => format!(
                "zfs error: cannot create '{}/{name}': out of space",
                setting("pool")
            ),
        })
    }

    /// A copy takes the room that its source takes.
    pub(crate) fn fill(&mut self, node: &str, volid: &str, used_bytes: u64) {
        let Some(mut volume) = self.remove_volume(node, volid) else {
            return;
        };
        volume.used_bytes = used_bytes.min(volume.size_bytes);
        self.add_volume(node, volid, volume);
    }

    /// Data of volumes: what a copy of them writes.
    pub(crate) fn data_of(&self, keys: impl IntoIterator<Item = VolumeKey>) -> u64 {
        keys.into_iter()
            .filter_map(|key| self.volumes.get(&key))
            .map(|volume| volume.used_bytes)
            .sum()
    }
}

/// How `qemu-img` says it.
pub(crate) fn out_of_room(bytes_written: u64) -> String {
    format!("qemu-img: error while writing at byte {bytes_written}: No space left on device")
}
