//! Volumes that are wanted one by one, where the content of their storage is not read as a whole: what a plan
//! names, and what hangs on the disks of a template.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::guests::Guests;
use super::inventory::Inventory;
use super::storages::{Read, base_of, volume_state};
use super::{Reader, is_set, rows_of, word};
use crate::cluster::disk::{Volume, owner_of};
use crate::cluster::guest::GIB;

impl Reader<'_> {
    /// Looks for the volumes that the depth names: those of one kind on one storage in one call.
    pub(super) fn named(
        &mut self,
        inventory: &Inventory,
        guests: &Guests,
        read: &Read<'_>,
        all: &mut Vec<Value>,
    ) {
        let mut wanted: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
        let depth = self.depth;
        for volid in &depth.volumes {
            let Some((storage, name)) = volid.split_once(':') else {
                continue;
            };
            if !guests.use_volume(volid) {
                let place = (storage, query_of(name));
                wanted.entry(place).or_default().insert(volid);
            }
        }
        for ((storage, query), volids) in wanted {
            let is_shared = read.is_shared(storage);
            let mut is_asked = false;
            for row in &inventory.storages {
                let node = word(row, "node");
                let is_wanted = is_shared
                    || depth.has_node(&node)
                    || read.nodes_of_guests.contains(node.as_str());
                if word(row, "storage") != storage
                    || !is_wanted
                    || is_shared && is_asked
                    || word(row, "status") != "available"
                    || !inventory.online.contains(&node)
                    || read.knows(storage, &node)
                {
                    continue;
                }
                is_asked = true;
                let at = format!("/nodes/{node}/storage/{storage}/content");
                let home = if is_shared { "" } else { node.as_str() };
                let found = self.source.read(&format!("{at}{query}")).map(rows_of);
                match found {
                    Ok(rows) => {
                        let named = rows
                            .iter()
                            .filter(|row| volids.contains(&*word(row, "volid")));
                        all.extend(named.map(|row| volume_state(row, home)));
                    }
                    Err(reason) => {
                        for volid in &volids {
                            let name = volid.split_once(':').map_or("", |(_, name)| name);
                            self.note(format!("{at}/{name}"), reason.as_str());
                            all.push(assumed(volid, home));
                        }
                    }
                }
            }
        }
    }

    /// Looks for volumes that stand on the disks of chosen templates: PVE deletes no base that is in use. Thin
    /// volumes of LVM do not tell what they were made from, and PVE does not ask there.
    pub(super) fn linked_clones(
        &mut self,
        definitions: &[super::Row],
        guests: &Guests,
        read: &Read<'_>,
        all: &mut Vec<Value>,
    ) {
        let tells = |storage: &str| {
            definitions
                .iter()
                .any(|row| word(row, "storage") == storage && word(row, "type") != "lvmthin")
        };
        // Which storages to look at on which node, and for whose sake.
        let mut wanted: BTreeMap<(String, String), BTreeSet<u32>> = BTreeMap::new();
        for (vmid, config) in &guests.configs {
            let (Ok(vmid), Some(config)) = (vmid.parse::<u32>(), config.as_object()) else {
                continue;
            };
            let Some(node) = guests
                .nodes
                .get(&vmid)
                .filter(|_| is_set(config, "template"))
            else {
                continue;
            };
            let volumes = config
                .values()
                .filter_map(|value| Volume::parse(value.as_str()?));
            for volume in volumes.filter(|volume| owner_of(volume.id) == Some(vmid)) {
                if tells(volume.storage) && !read.knows(volume.storage, node) {
                    let place = (node.clone(), volume.storage.to_owned());
                    wanted.entry(place).or_default().insert(vmid);
                }
            }
        }
        for ((node, storage), templates) in wanted {
            let home = if read.is_shared(&storage) {
                ""
            } else {
                node.as_str()
            };
            match self
                .source
                .read(&format!("/nodes/{node}/storage/{storage}/content"))
            {
                Ok(rows) => {
                    let rows = rows_of(rows);
                    let clones = rows.iter().filter(|row| {
                        let volid = word(row, "volid");
                        let base = volid.split_once(':').and_then(|(_, name)| base_of(name));
                        base.and_then(owner_of)
                            .is_some_and(|of| templates.contains(&of))
                    });
                    all.extend(clones.map(|row| volume_state(row, home)));
                }
                Err(reason) => {
                    for vmid in templates {
                        self.note(
                            format!("/nodes/{node}/qemu/{vmid}/linked clones"),
                            format!("storage {storage} could not be read: {reason}"),
                        );
                    }
                }
            }
        }
    }
}

impl Guests {
    /// Whether the configuration of a guest read in depth names a volume: then it is known already.
    fn use_volume(&self, volid: &str) -> bool {
        let owner = owner_of(volid).map(|vmid| vmid.to_string());
        let config = owner.and_then(|vmid| self.configs.get(&vmid)?.as_object());
        config.is_some_and(|config| {
            let volumes = config
                .values()
                .filter_map(|value| Volume::parse(value.as_str()?));
            volumes.into_iter().any(|volume| volume.id == volid)
        })
    }
}

/// What narrows the list of a storage down to volumes like this one.
fn query_of(name: &str) -> String {
    let kind = name.split_once('/').map(|(kind, _)| kind);
    match kind {
        Some(kind @ ("iso" | "vztmpl" | "import" | "snippets")) => format!("?content={kind}"),
        Some("backup") => match backup_of(name) {
            Some(vmid) => format!("?content=backup&vmid={vmid}"),
            None => "?content=backup".to_owned(),
        },
        _ => match owner_of(name) {
            Some(vmid) => format!("?vmid={vmid}"),
            None => String::new(),
        },
    }
}

/// The guest of a backup: `backup/vzdump-qemu-105-…`, `backup/vm/105/…`.
fn backup_of(name: &str) -> Option<u32> {
    let file = name.strip_prefix("backup/")?;
    let number = match file.strip_prefix("vzdump-") {
        Some(rest) => rest.split('-').nth(1),
        None => file.split('/').nth(1),
    };
    number?.parse().ok()
}

/// A volume of which nothing but its name is known.
fn assumed(volid: &str, home: &str) -> Value {
    let name = volid.split_once(':').map_or("", |(_, name)| name);
    let content = match name.split_once('/') {
        Some((kind @ ("iso" | "vztmpl" | "import" | "snippets" | "backup"), _)) => kind,
        _ => "images",
    };
    let ending = name.rsplit_once('.').map_or("raw", |(_, ending)| ending);
    json!({
        "volid": volid,
        "node": home,
        "content": content,
        "format": ending,
        "size_bytes": GIB,
        "used_bytes": GIB,
        "vmid": owner_of(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_looked_for_among_those_of_its_kind_and_its_guest() {
        for (name, query) in [
            ("iso/debian.iso", "?content=iso"),
            ("vztmpl/debian.tar.zst", "?content=vztmpl"),
            ("import/debian.qcow2", "?content=import"),
            (
                "backup/vzdump-lxc-105-2026_01_31-02_00_01.tar.zst",
                "?content=backup&vmid=105",
            ),
            (
                "backup/vm/105/2026-01-31T01:00:01Z",
                "?content=backup&vmid=105",
            ),
            ("backup/by-hand.vma", "?content=backup"),
            ("vm-105-disk-0", "?vmid=105"),
            ("105/vm-105-disk-0.qcow2", "?vmid=105"),
            ("luns/0", ""),
        ] {
            assert_eq!(query_of(name), query, "{name}");
        }
    }
}
