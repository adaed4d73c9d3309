//! Storages of a live cluster: their figures on each node, and what lies in those that are chosen.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::guests::Guests;
use super::inventory::Inventory;
use super::{Reader, Row, is_set, number, whole, word};
use crate::cluster::disk::{Volume, owner_of};
use crate::cluster::guest::GIB;
use crate::world::exact::text;

/// Types whose volumes are the same on every node, whatever the definition says.
fn is_shared(definition: &Row) -> bool {
    let always = matches!(
        word(definition, "type").as_str(),
        "nfs" | "cifs" | "rbd" | "cephfs" | "pbs" | "iscsi" | "iscsidirect" | "glusterfs" | "esxi"
    );
    always || is_set(definition, "shared")
}

/// Storage definitions with the figures that the inventory shows.
pub(super) fn storages(definitions: &[Row], inventory: &Inventory) -> Vec<Value> {
    let list = |row: &Row, key: &str| -> Vec<String> {
        let text = word(row, key);
        let items = text.split(',').filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    };
    definitions
        .iter()
        .map(|row| {
            let id = word(row, "storage");
            let mut shows = inventory
                .storages
                .iter()
                .filter(|shown| shown.get("storage").and_then(Value::as_str) == Some(&id))
                .peekable();
            let is_shown = shows.peek().is_some();
            let available = shows.find(|shown| word(shown, "status") == "available");
            let figure = |key: &str| available.map_or(0.0, |shown| number(shown, key) / GIB as f64);
            let nodes = row.contains_key("nodes").then(|| list(row, "nodes"));
            json!({
                "id": id,
                "type": word(row, "type"),
                "shared": is_shared(row),
                "nodes": nodes,
                "content": list(row, "content"),
                "total_gb": figure("maxdisk"),
                "used_gb": figure("disk"),
                "enabled": !is_set(row, "disable"),
                "active": !is_shown || available.is_some(),
            })
        })
        .collect()
}

/// Size, use and state of storages as each node sees them; of shared ones as one of them sees them.
pub(super) fn on_nodes(inventory: &Inventory, definitions: &[Row]) -> Value {
    let shared: BTreeSet<String> = definitions
        .iter()
        .filter(|row| is_shared(row))
        .map(|row| word(row, "storage"))
        .collect();
    let mut all: Map<String, Value> = Map::new();
    for row in &inventory.storages {
        let (id, node) = (word(row, "storage"), word(row, "node"));
        let is_active = word(row, "status") == "available";
        // An offline node knows nothing of its storages.
        if !inventory.online.contains(&node) {
            continue;
        }
        let is_shared = shared.contains(&id);
        let place = all.entry(id).or_insert_with(|| json!({}));
        let Some(place) = place.as_object_mut() else {
            continue;
        };
        let mut figures = json!({ "active": is_active });
        if is_active && let Some(map) = figures.as_object_mut() {
            map.insert("total".to_owned(), whole(row, "maxdisk").into());
            map.insert("used".to_owned(), whole(row, "disk").into());
        }
        if is_shared && is_active {
            place.insert(String::new(), figures.clone());
        }
        if !is_shared || !is_active {
            place.insert(node, figures);
        }
    }
    all.into()
}

impl Reader<'_> {
    /// What lies in the chosen storages: shared ones are asked once, others on each chosen node. Of the
    /// rest only the images in the drives of the guests are known.
    pub(super) fn volumes(
        &mut self,
        inventory: &Inventory,
        definitions: &[Row],
        guests: &Guests,
    ) -> Vec<Value> {
        let nodes_of_guests: BTreeSet<&str> = guests.nodes.values().map(String::as_str).collect();
        let shared: BTreeSet<String> = definitions
            .iter()
            .filter(|row| is_shared(row))
            .map(|row| word(row, "storage"))
            .collect();
        let mut asked = BTreeSet::new();
        let mut all = Vec::new();
        let mut read = BTreeSet::new();
        for row in &inventory.storages {
            let (node, id) = (word(row, "node"), word(row, "storage"));
            let is_shared = shared.contains(&id) || is_set(row, "shared");
            let is_wanted = self.depth.has_storage(&id)
                && (is_shared || self.depth.has_node(&node) || nodes_of_guests.contains(&*node));
            if !is_wanted || word(row, "status") != "available" || !inventory.online.contains(&node)
            {
                continue;
            }
            if is_shared && !asked.insert(id.clone()) {
                continue;
            }
            read.insert((id.clone(), node.clone()));
            for volume in self.rows(&format!("/nodes/{node}/storage/{id}/content")) {
                let home = if is_shared { "" } else { node.as_str() };
                all.push(volume_state(&volume, home));
            }
        }
        for (vmid, config) in &guests.configs {
            let Some(node) = vmid.parse().ok().and_then(|vmid| guests.nodes.get(&vmid)) else {
                continue;
            };
            let values = config.as_object().into_iter().flatten();
            for value in values.filter_map(|(_, value)| value.as_str()) {
                let Some(image) = Volume::parse(value).filter(|volume| volume.is_cdrom) else {
                    continue;
                };
                let is_shared = shared.contains(image.storage);
                let is_known = read
                    .iter()
                    .any(|(id, on)| id == image.storage && (is_shared || on == node));
                if owner_of(image.id).is_none() && !is_known {
                    all.push(json!({
                        "volid": image.id,
                        "node": if is_shared { "" } else { node.as_str() },
                        "content": "iso",
                        "format": "iso",
                        "size_bytes": image.size_bytes,
                        "used_bytes": image.size_bytes,
                    }));
                }
            }
        }
        let read = Read {
            shared,
            whole: read,
            nodes_of_guests,
        };
        self.named(inventory, guests, &read, &mut all);
        if self.depth.linked_clones {
            self.linked_clones(definitions, guests, &read, &mut all);
        }
        all
    }
}

/// What is known of storages by now.
pub(super) struct Read<'a> {
    pub(super) shared: BTreeSet<String>,
    /// Storage and node whose content was read as a whole.
    pub(super) whole: BTreeSet<(String, String)>,
    pub(super) nodes_of_guests: BTreeSet<&'a str>,
}

impl Read<'_> {
    pub(super) fn is_shared(&self, storage: &str) -> bool {
        self.shared.contains(storage)
    }

    /// Whether all of a storage is known, as that node sees it.
    pub(super) fn knows(&self, storage: &str, node: &str) -> bool {
        let is_shared = self.is_shared(storage);
        self.whole
            .iter()
            .any(|(id, on)| id == storage && (is_shared || on == node))
    }
}

pub(super) fn volume_state(volume: &Row, home: &str) -> Value {
    let size = whole(volume, "size");
    let used = if volume.contains_key("used") {
        whole(volume, "used")
    } else {
        size
    };
    let volid = word(volume, "volid");
    let base = volid.split_once(':').and_then(|(_, name)| base_of(name));
    json!({
        "volid": volid,
        "node": home,
        "content": word(volume, "content"),
        "format": word(volume, "format"),
        "size_bytes": size,
        "used_bytes": used,
        "vmid": volume.get("vmid").and_then(|vmid| text(vmid).parse::<u32>().ok()),
        "created_s": number(volume, "ctime") as i64,
        "parent": base,
        "notes": volume.get("notes").map(text),
        "protected": is_set(volume, "protected"),
    })
}

/// The base of a linked clone, which its own name holds: `base-9-disk-0/vm-10-disk-0`, and in directories
/// `9/base-9-disk-0.qcow2/10/vm-10-disk-0.qcow2`.
pub(super) fn base_of(name: &str) -> Option<&str> {
    let parts: Vec<&str> = name.split('/').collect();
    let end = match parts.as_slice() {
        [base, _] if base.starts_with("base") => base.len(),
        [directory, base, _, _] if base.starts_with("base") => directory.len() + 1 + base.len(),
        _ => return None,
    };
    name.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_linked_clone_tells_its_base() {
        for (name, base) in [
            ("base-9-disk-0/vm-10-disk-0", Some("base-9-disk-0")),
            (
                "basevol-9-disk-0/subvol-10-disk-0",
                Some("basevol-9-disk-0"),
            ),
            (
                "9/base-9-disk-0.qcow2/10/vm-10-disk-0.qcow2",
                Some("9/base-9-disk-0.qcow2"),
            ),
            ("vm-10-disk-0", None),
            ("10/vm-10-disk-0.qcow2", None),
            ("iso/x.iso", None),
        ] {
            assert_eq!(base_of(name), base, "{name}");
        }
    }
}
