//! Guests that are read in depth: state, configuration, waiting changes, snapshots.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::inventory::{Inventory, Listed};
use super::{Reader, Row, is_set, number, word};
use crate::cluster::guest::MIB;
use crate::world::Power;
use crate::world::exact::text;

/// Guests in the forms in which a world holds them.
#[derive(Default)]
pub(super) struct Guests {
    pub(super) setups: Vec<Value>,
    /// Raw options by number.
    pub(super) configs: Map<String, Value>,
    pub(super) states: Map<String, Value>,
    /// Where they are.
    pub(super) nodes: BTreeMap<u32, String>,
}

/// What a guest's snapshots keep besides their configuration.
const OF_SNAPSHOTS: &[&str] = &[
    "snaptime",
    "parent",
    "digest",
    "description",
    "runningmachine",
    "runningcpu",
    "running-nets-host-mtu",
    "snapstate",
];

impl Reader<'_> {
    pub(super) fn guests(&mut self, inventory: &Inventory, now: Timestamp) -> Guests {
        let mut all = Guests::default();
        let mut found = 0;
        for listed in &inventory.guests {
            if !self.depth.has_guest(listed.vmid) {
                continue;
            }
            found += 1;
            if !inventory.has_node(&listed.node) {
                let kind = listed.kind.as_str();
                self.note(
                    format!("/nodes/{}/{kind}/{}", listed.node, listed.vmid),
                    "its node is not in the inventory",
                );
                continue;
            }
            let is_online = inventory.online.contains(&listed.node);
            self.guest(listed, is_online, now, &mut all);
        }
        if let Some(chosen) = self.depth.guests.as_ref().filter(|all| all.len() > found) {
            let known: Vec<u32> = inventory.guests.iter().map(|guest| guest.vmid).collect();
            let missing: Vec<u32> = chosen
                .iter()
                .copied()
                .filter(|vmid| !known.contains(vmid))
                .collect();
            for vmid in missing {
                self.note(
                    format!("/nodes/*/*/{vmid}"),
                    "the inventory shows no such guest",
                );
            }
        }
        all
    }

    fn guest(&mut self, listed: &Listed, is_online: bool, now: Timestamp, all: &mut Guests) {
        let (kind, vmid) = (listed.kind.as_str(), listed.vmid);
        let at = format!("/nodes/{}/{kind}/{vmid}", listed.node);
        let (mut shown, mut waiting) = (Map::new(), Vec::new());
        let (mut current, mut snapshots) = (Map::new(), Vec::new());
        if is_online {
            shown = self.map(&format!("{at}/config"));
            waiting = self.rows(&format!("{at}/pending"));
            current = self.map(&format!("{at}/status/current"));
            snapshots = self.rows(&format!("{at}/snapshot"));
        } else {
            self.note(format!("{at}/config"), "its node is offline");
        }
        let (config, pending) = with_waiting(&shown, &waiting);
        let power = power_of(&current).unwrap_or_else(|| listed.power());
        let mut state = Map::new();
        if power != Power::Stopped {
            let uptime_s = if current.contains_key("uptime") {
                number(&current, "uptime")
            } else {
                listed.uptime_s
            };
            let since_ms = now.as_millisecond() - (uptime_s * 1000.0) as i64;
            state.insert("since_ms".to_owned(), since_ms.into());
        }
        if let Some(pid) = current.get("pid").and_then(Value::as_u64) {
            state.insert("pid".to_owned(), pid.into());
        }
        if let Some(digest) = shown.get("digest") {
            state.insert("digest".to_owned(), digest.clone());
        }
        let (snapshots, parent) = self.snapshots(&at, &snapshots);
        state.insert("parent".to_owned(), parent.map_or(Value::Null, Value::from));
        state.insert("snapshots".to_owned(), snapshots.into());
        if !pending.is_empty() {
            state.insert("pending".to_owned(), pending.into());
        }
        // What the guest itself says is younger than the inventory.
        let lock = if current.is_empty() {
            listed.lock.clone().map(Value::from)
        } else {
            current.get("lock").or(shown.get("lock")).cloned()
        };
        let setup = json!({
            "vmid": vmid,
            "name": listed.name,
            "type": kind,
            "node": listed.node,
            "status": match power {
                Power::Running => "running",
                Power::Paused => "paused",
                Power::Stopped => "stopped",
            },
            "template": listed.is_template || is_set(&config, "template"),
            "cores": listed.cpus,
            "memory_mb": listed.memory_bytes / MIB,
            "disks": [],
            "tags": listed.tags.split(';').filter(|tag| !tag.is_empty()).collect::<Vec<_>>(),
            "pool": listed.pool,
            "onboot": is_set(&config, "onboot"),
            "protection": is_set(&config, "protection"),
            "lock": lock,
            "agent": word(&config, "agent").starts_with('1')
                || word(&config, "agent").contains("enabled=1"),
            "description": word(&config, "description"),
            "snapshots": [],
            "running_qemu": current.get("running-qemu"),
        });
        all.setups.push(setup);
        if !config.is_empty() {
            all.configs.insert(vmid.to_string(), config.into());
        }
        all.states.insert(vmid.to_string(), state.into());
        all.nodes.insert(vmid, listed.node.clone());
    }

    /// Snapshots as the twin keeps them, and the one the guest stands on.
    fn snapshots(&mut self, at: &str, rows: &[Row]) -> (Map<String, Value>, Option<String>) {
        let mut all = Map::new();
        let mut stands_on = None;
        for row in rows {
            let name = word(row, "name");
            let parent = row.get("parent").map(text);
            if name == "current" {
                stands_on = parent;
                continue;
            }
            let kept = self.map(&format!("{at}/snapshot/{name}/config"));
            let state_volume = kept.get("vmstate").map(text);
            let machine = kept.get("runningmachine").map(text);
            let config: Map<String, Value> = kept
                .into_iter()
                .filter(|(key, _)| key != "vmstate" && !OF_SNAPSHOTS.contains(&key.as_str()))
                .map(|(key, value)| (key, text(&value).into()))
                .collect();
            let mut snapshot = json!({
                "description": word(row, "description"),
                "time_s": number(row, "snaptime") as i64,
                "parent": parent,
                "with_ram": is_set(row, "vmstate"),
                "config": config,
            });
            if let Some(map) = snapshot.as_object_mut() {
                let more = [
                    ("state_volume", state_volume),
                    ("state", row.get("snapstate").map(text)),
                    ("running", machine.as_deref().and_then(machine_version)),
                ];
                for (key, value) in more {
                    if let Some(value) = value {
                        map.insert(key.to_owned(), value.into());
                    }
                }
            }
            all.insert(name, snapshot);
        }
        (all, stands_on)
    }
}

/// `pc-i440fx-10.0+pve1`: `10.0.0`.
fn machine_version(machine: &str) -> Option<String> {
    let version = machine.split('+').next()?.rsplit('-').next()?;
    version
        .starts_with(|digit: char| digit.is_ascii_digit())
        .then(|| format!("{version}.0"))
}

fn power_of(current: &Row) -> Option<Power> {
    let state = current.get("qmpstatus").or(current.get("status"))?;
    Some(match text(state).as_str() {
        "stopped" => Power::Stopped,
        "paused" | "suspended" | "prelaunch" => Power::Paused,
        _ => Power::Running,
    })
}

/// The configuration that is in force, and the changes that wait: `/config` shows both as one.
fn with_waiting(shown: &Row, rows: &[Row]) -> (Row, Map<String, Value>) {
    let mut config = shown.clone();
    let mut pending = Map::new();
    for row in rows {
        let key = word(row, "key");
        let is_deleted = number(row, "delete") > 0.0;
        if let Some(value) = row.get("pending") {
            pending.insert(key.clone(), text(value).into());
        } else if is_deleted {
            pending.insert(key.clone(), Value::Null);
        } else {
            continue;
        }
        match row.get("value") {
            Some(value) => config.insert(key, value.clone()),
            None => config.remove(&key),
        };
    }
    (config, pending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_changes_are_told_apart_from_what_is_in_force() {
        let shown = json!({"memory": "4096", "cores": 2, "balloon": 0});
        let rows = json!([
            {"key": "memory", "value": "2048", "pending": "4096"},
            {"key": "cores", "value": 2},
            {"key": "balloon", "pending": "0"},
            {"key": "cpu", "value": "host", "delete": 1},
        ]);
        let (Value::Object(shown), Value::Array(rows)) = (shown, rows) else {
            unreachable!("both are written above");
        };
        let rows: Vec<Row> = rows
            .into_iter()
            .filter_map(|row| row.as_object().cloned())
            .collect();
        let (config, pending) = with_waiting(&shown, &rows);
        assert_eq!(
            Value::from(config),
            json!({"memory": "2048", "cores": 2, "cpu": "host"})
        );
        assert_eq!(
            Value::from(pending),
            json!({"memory": "4096", "balloon": "0", "cpu": null})
        );
    }

    #[test]
    fn the_machine_of_a_snapshot_tells_its_release() {
        assert_eq!(
            machine_version("pc-i440fx-10.0+pve1").as_deref(),
            Some("10.0.0")
        );
        assert_eq!(machine_version("pc-q35-9.2").as_deref(), Some("9.2.0"));
        assert_eq!(machine_version("virt"), None);
    }
}
