//! What lies in the storages when a world begins: the disks of its guests, and what it lists.

use std::sync::Arc;

use super::VolumeSpec;
use crate::cluster::Cluster;
use crate::cluster::disk::{Volume, is_volume_key, owner_of};
use crate::cluster::guest::GuestKind;
use crate::cluster::volumes::{Archive, StoredVolume};

impl Cluster {
    /// Puts the disks of all guests and the listed volumes into the storages. They are part of the
    /// figures with which the storages begin.
    pub(crate) fn fill_storages(&mut self, listed: Vec<VolumeSpec>) {
        let mut all = Vec::new();
        for guest in self.guests.values() {
            for (key, value) in &guest.config {
                let Some(volume) = Volume::parse(value) else {
                    continue;
                };
                let is_cloud_init = volume.id.contains("cloudinit");
                let is_own = owner_of(volume.id) == Some(guest.vmid);
                if !is_own || !(is_volume_key(guest.kind, key) || is_cloud_init) {
                    continue;
                }
                let size_bytes = if is_cloud_init {
                    4 << 20
                } else {
                    volume.size_bytes
                };
                let stored = self.new_volume(volume.id, guest.kind, size_bytes);
                all.push((guest.node.to_string(), volume.id.to_owned(), stored));
            }
        }
        for spec in listed {
            let kind = spec.kind.unwrap_or(GuestKind::Qemu);
            let mut stored = self.new_volume(&spec.volid, kind, spec.size_bytes);
            stored.content = spec.content;
            stored.vmid = spec.vmid.or(stored.vmid);
            stored.created_s = spec.created_s.unwrap_or(stored.created_s);
            stored.notes = spec.notes;
            stored.protected = spec.protected;
            if stored.content == "backup" {
                stored.archive = Some(self.archive_of(spec.vmid, kind));
            }
            for node in self.homes(&spec.volid, spec.content, spec.vmid) {
                all.push((node, spec.volid.clone(), stored.clone()));
            }
        }
        for (node, volid, stored) in all {
            if let Some(key) = self.volume_key(&node, &volid) {
                self.volumes.entry(key).or_insert(stored);
            }
        }
    }

    fn new_volume(&self, volid: &str, kind: GuestKind, size_bytes: u64) -> StoredVolume {
        let parts = volid
            .split_once(':')
            .and_then(|(id, name)| self.storage(id)?.parse_name(name).ok());
        StoredVolume {
            content: match kind {
                GuestKind::Qemu => "images",
                GuestKind::Lxc => "rootdir",
            },
            format: parts
                .as_ref()
                .map_or("raw", |parts| parts.format.as_str())
                .to_owned(),
            size_bytes,
            used_bytes: size_bytes / 3,
            vmid: parts.and_then(|parts| parts.vmid),
            created_s: self.now_ms.div_euclid(1000) - 86_400 * 30,
            parent: None,
            notes: None,
            protected: false,
            archive: None,
        }
    }

    /// A backup of a guest that is there remembers it as it is now.
    pub(super) fn archive_of(&self, vmid: Option<u32>, kind: GuestKind) -> Arc<Archive> {
        let config = match vmid.and_then(|vmid| self.guests.get(&vmid)) {
            Some(guest) => guest.config.to_map(),
            None => std::collections::BTreeMap::from([
                ("cores".to_owned(), "1".to_owned()),
                ("memory".to_owned(), "512".to_owned()),
            ]),
        };
        Arc::new(Archive {
            kind,
            config,
            has_system: true,
        })
    }

    /// Images and templates are on every node that has the storage, other things where their guest is.
    fn homes(&self, volid: &str, content: &str, vmid: Option<u32>) -> Vec<String> {
        let Some(storage) = volid.split_once(':').and_then(|(id, _)| self.storage(id)) else {
            return Vec::new();
        };
        let on: Vec<String> = self
            .nodes
            .iter()
            .filter(|node| storage.is_on(&node.name))
            .map(|node| node.name.to_string())
            .collect();
        if matches!(content, "iso" | "vztmpl" | "snippets" | "import") || storage.shared {
            return on;
        }
        let home = vmid
            .and_then(|vmid| self.guests.get(&vmid))
            .map(|guest| guest.node.to_string())
            .filter(|node| on.contains(node));
        home.or_else(|| on.into_iter().next()).into_iter().collect()
    }
}
