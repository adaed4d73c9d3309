//! What the steps of a plan name: guests, volumes, and the guests that they make. Pure.

use std::collections::BTreeSet;

use ops::PlanStep;
use serde_json::Value;

/// The guests that steps name.
pub(super) fn named_guests(steps: &[&PlanStep]) -> BTreeSet<u32> {
    let mut vmids = BTreeSet::new();
    for step in steps {
        vmids.extend(vmid_of(&step.target));
        numbers_in(&step.input, &mut vmids);
    }
    vmids
}

/// The guest of `cluster/node/vmid`.
pub(super) fn vmid_of(target: &str) -> Option<u32> {
    let mut parts = target.split('/');
    let (_, _, vmid) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then(|| vmid.parse().ok()).flatten()
}

/// Whatever a step's input calls `vmid`: a field, or a parameter of a raw call.
fn numbers_in(input: &Value, vmids: &mut BTreeSet<u32>) {
    match input {
        Value::Object(fields) => {
            vmids.extend(fields.get("vmid").map(numbers_of).unwrap_or_default());
            for value in fields.values() {
                numbers_in(value, vmids);
            }
        }
        Value::Array(items) => {
            if let [Value::String(name), value] = items.as_slice()
                && name == "vmid"
            {
                vmids.extend(numbers_of(value));
            }
            for value in items {
                numbers_in(value, vmids);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn numbers_of(value: &Value) -> Vec<u32> {
    match value {
        Value::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .into_iter()
            .collect(),
        Value::String(text) => text
            .split(',')
            .filter_map(|part| part.trim().parse().ok())
            .collect(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

/// Guests that the steps make: a consent to them rests on their numbers being free, or a raw call makes them.
pub(super) fn new_guests(steps: &[&PlanStep]) -> BTreeSet<u32> {
    let mut new = BTreeSet::new();
    for step in steps {
        let free = step.preconditions.identity.keys();
        new.extend(free.filter_map(|fact| fact.strip_prefix("id ")?.parse::<u32>().ok()));
        let path = step.input.get("path").and_then(Value::as_str);
        let makes = path.is_some_and(|path| path.ends_with("/qemu") || path.ends_with("/lxc"));
        if step.op == "pve.create" && makes {
            numbers_in(&step.input, &mut new);
        }
    }
    new
}

/// Volumes that are named anywhere in the inputs of steps: `local:iso/debian.iso`.
pub(super) fn named_volumes(steps: &[&PlanStep]) -> BTreeSet<String> {
    let mut volumes = BTreeSet::new();
    for step in steps {
        volumes_in(&step.input, &mut volumes);
    }
    volumes
}

fn volumes_in(input: &Value, volumes: &mut BTreeSet<String>) {
    match input {
        Value::Object(fields) => fields.values().for_each(|value| volumes_in(value, volumes)),
        Value::Array(items) => items.iter().for_each(|item| volumes_in(item, volumes)),
        Value::String(text) => {
            let parts = text.split(',').filter(|part| is_volume(of_part(part)));
            volumes.extend(parts.map(|part| of_part(part).to_owned()));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The value of one part of an option: `import-from=local:import/debian.qcow2`.
fn of_part(part: &str) -> &str {
    part.split_once('=').map_or(part, |(_, value)| value)
}

/// Whether a word has the form of a volume that is there already, with the storage in front.
fn is_volume(word: &str) -> bool {
    const KINDS: [&str; 5] = ["iso", "vztmpl", "import", "snippets", "backup"];
    const DISKS: [&str; 4] = ["vm", "base", "subvol", "basevol"];
    let Some((storage, name)) = word.split_once(':') else {
        return false;
    };
    let is_storage = storage.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && storage
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    let of_kind = name
        .split_once('/')
        .is_some_and(|(kind, file)| KINDS.contains(&kind) && !file.is_empty());
    let file = name.rsplit('/').next().unwrap_or(name);
    let is_disk = file.split_once('-').is_some_and(|(start, rest)| {
        DISKS.contains(&start) && rest.starts_with(|letter: char| letter.is_ascii_digit())
    });
    is_storage && !word.contains(char::is_whitespace) && (of_kind || is_disk)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn guests_are_found_in_targets_and_wherever_an_input_names_one() {
        let mut found = BTreeSet::new();
        found.extend(vmid_of("main/pve1/101"));
        found.extend(vmid_of("main/pve1"));
        found.extend(vmid_of("main/nodes/pve1/vzdump"));
        numbers_in(
            &json!({
                "guest": { "vmid": 102 }, "path": "/nodes/pve1/vzdump",
                "params": [["vmid", "103,104"], ["storage", "105"]],
            }),
            &mut found,
        );
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [101, 102, 103, 104]);
    }

    #[test]
    fn volumes_are_found_wherever_an_input_names_one() {
        let mut found = BTreeSet::new();
        volumes_in(
            &json!({
                "template": "local:vztmpl/debian.tar.zst",
                "set": {
                    "ide2": "local:iso/debian.iso,media=cdrom",
                    "scsi0": "fast:0,import-from=local:import/debian.qcow2",
                    "scsi1": "fast:32", "ide3": "fast:cloudinit",
                    "scsi2": "fast:base-9-disk-0/vm-10-disk-0,size=8G",
                    "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0",
                    "description": "see http://wiki:8080/iso/all, or local:iso/ the folder",
                },
                "params": [["archive", "nas:backup/vzdump-qemu-9-2026_01_31-02_00_01.vma"]],
            }),
            &mut found,
        );
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [
                "fast:base-9-disk-0/vm-10-disk-0",
                "local:import/debian.qcow2",
                "local:iso/debian.iso",
                "local:vztmpl/debian.tar.zst",
                "nas:backup/vzdump-qemu-9-2026_01_31-02_00_01.vma",
            ]
        );
    }
}
