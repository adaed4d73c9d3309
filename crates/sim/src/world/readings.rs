//! The twin of a live cluster: a world made of raw answers of its API. Whoever reads them is not known
//! here; what could not be read is listed, so that nobody takes the twin for more than it is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::World;
use super::exact::text;
use crate::error::Result;

/// Where raw answers come from: something that has read a live cluster, or reads it now.
pub trait TwinSource {
    /// The `data` of `GET` on a path of the API such as `/cluster/resources`; the reason when it was not
    /// read or was refused.
    fn read(&mut self, path: &str) -> std::result::Result<Value, String>;
}

impl TwinSource for BTreeMap<String, Value> {
    fn read(&mut self, path: &str) -> std::result::Result<Value, String> {
        self.get(path)
            .cloned()
            .ok_or_else(|| "was not asked for".to_owned())
    }
}

/// Something the twin lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    /// The path that was asked.
    pub path: String,
    /// Why there is no answer.
    pub reason: String,
}

/// Answers of a source, and the gaps.
struct Reader<'a> {
    source: &'a mut dyn TwinSource,
    gaps: Vec<NotRead>,
}

impl Reader<'_> {
    fn value(&mut self, path: &str) -> Value {
        match self.source.read(path) {
            Ok(value) => value,
            Err(reason) => {
                self.gaps.push(NotRead {
                    path: path.to_owned(),
                    reason,
                });
                Value::Null
            }
        }
    }

    fn rows(&mut self, path: &str) -> Vec<Map<String, Value>> {
        match self.value(path) {
            Value::Array(rows) => rows
                .into_iter()
                .filter_map(|row| match row {
                    Value::Object(row) => Some(row),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn map(&mut self, path: &str) -> Map<String, Value> {
        match self.value(path) {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}

fn is_set(row: &Map<String, Value>, key: &str) -> bool {
    row.get(key).is_some_and(|value| text(value) == "1")
}

fn word(row: &Map<String, Value>, key: &str) -> String {
    row.get(key).map(text).unwrap_or_default()
}

fn number(row: &Map<String, Value>, key: &str) -> f64 {
    let value = row.get(key);
    value
        .and_then(Value::as_f64)
        .or_else(|| value?.as_str()?.parse().ok())
        .unwrap_or(0.0)
}

fn whole(row: &Map<String, Value>, key: &str) -> u64 {
    number(row, key).max(0.0) as u64
}

const MIB: f64 = 1_048_576.0;
const GIB: f64 = 1_073_741_824.0;

impl World {
    /// The twin of a live cluster at `now`, and what of it was not read. Asked are the inventory, node
    /// status, guests' configurations and snapshots, storages and what lies in them, backup jobs, HA,
    /// users, groups, roles and the access list; passwords and secrets cannot be read from anywhere, so
    /// users of the twin log in with what the simulator was started with. Fails when not even the nodes
    /// are known, or when the answers contradict each other.
    pub fn from_readings(
        source: &mut dyn TwinSource,
        now: Timestamp,
    ) -> Result<(Self, Vec<NotRead>)> {
        let mut reader = Reader {
            source,
            gaps: Vec::new(),
        };
        let mut setup = reader.setup(now);
        let gaps = reader.gaps;
        let paths: Value = gaps.iter().map(|gap| gap.path.as_str()).collect();
        if let Some(pve) = setup.get_mut("pve").and_then(Value::as_object_mut) {
            pve.insert("not_read".to_owned(), paths);
        }
        Ok((Self::from_value(setup)?, gaps))
    }
}

impl Reader<'_> {
    fn setup(&mut self, now: Timestamp) -> Value {
        let mut resources: BTreeMap<String, Vec<Map<String, Value>>> = BTreeMap::new();
        for row in self.rows("/cluster/resources") {
            resources.entry(word(&row, "type")).or_default().push(row);
        }
        let of = |kind: &str| resources.get(kind).map_or(&[][..], Vec::as_slice);
        let status = self.rows("/cluster/status");
        let cluster = status.iter().find(|row| word(row, "type") == "cluster");
        let mut node_states = Map::new();
        let nodes: Vec<Value> = of("node")
            .iter()
            .map(|row| self.node(row, &status, now, &mut node_states))
            .collect();
        let online: BTreeSet<String> = of("node")
            .iter()
            .filter(|row| word(row, "status") == "online")
            .map(|row| word(row, "node"))
            .collect();
        let storage_cfg = self.rows("/storage");
        let storages = storages(&storage_cfg, of("storage"));
        let (mut guests, mut config, mut states) = (Vec::new(), Map::new(), Map::new());
        for row in of("qemu").iter().chain(of("lxc")) {
            let vmid = word(row, "vmid");
            guests.push(self.guest(row, &online, now, &mut config, &mut states));
            if guests.last().is_some_and(Value::is_null) {
                guests.pop();
                self.gaps.push(NotRead {
                    path: format!("/nodes/{}/{}/{vmid}", word(row, "node"), word(row, "type")),
                    reason: "its node is not in the inventory".to_owned(),
                });
            }
        }
        let volumes = self.volumes(of("storage"), &online);
        let ha = self.rows("/cluster/ha/resources");
        let pools = self.rows("/pools");
        let mut users = self.rows("/access/users?full=1");
        for user in &mut users {
            // The twin's people cannot be told apart from the live ones but by their secrets.
            user.remove("tfa-locked-until");
        }
        let mut pve = json!({
            "config": config,
            "guest": states,
            "node": node_states,
            "storage_cfg": storage_cfg,
            "volumes": volumes,
            "jobs": self.rows("/cluster/backup"),
            "ha": ha,
            "users": users,
            "groups": self.rows("/access/groups"),
            "roles": self.rows("/access/roles"),
            "acl": self.rows("/access/acl"),
        });
        if let (Value::Object(version), Some(pve)) = (self.value("/version"), pve.as_object_mut()) {
            pve.insert("version".to_owned(), word(&version, "version").into());
        }
        let ha: Vec<Value> = ha
            .iter()
            .map(|row| json!({ "sid": word(row, "sid"), "state": word(row, "state") }))
            .collect();
        json!({
            "fixture": "twin",
            "now": now.to_string(),
            "cluster": {
                "name": cluster.map(|row| word(row, "name")).unwrap_or_default(),
                "quorate": cluster.is_none_or(|row| is_set(row, "quorate")),
            },
            "nodes": nodes,
            "storages": storages,
            "guests": guests,
            "pools": pools.iter()
                .map(|row| json!({ "id": word(row, "poolid"), "comment": word(row, "comment") }))
                .collect::<Value>(),
            "ha_resources": ha,
            "pve": pve,
        })
    }

    fn node(
        &mut self,
        row: &Map<String, Value>,
        status: &[Map<String, Value>],
        now: Timestamp,
        states: &mut Map<String, Value>,
    ) -> Value {
        let name = word(row, "node");
        let is_online = word(row, "status") == "online";
        let mut state = Map::new();
        let member = status
            .iter()
            .find(|member| word(member, "type") == "node" && word(member, "name") == name);
        if let Some(ip) = member
            .map(|member| word(member, "ip"))
            .filter(|ip| !ip.is_empty())
        {
            state.insert("ip".to_owned(), ip.into());
        }
        if is_online {
            let boot_ms = now.as_millisecond() - (number(row, "uptime") * 1000.0) as i64;
            state.insert("boot_ms".to_owned(), boot_ms.into());
        }
        let memory = number(row, "maxmem");
        if memory > 0.0 {
            state.insert("memory_bytes".to_owned(), (memory as u64).into());
            state.insert("disk_bytes".to_owned(), whole(row, "maxdisk").into());
        } else {
            self.gaps.push(NotRead {
                path: format!("/nodes/{name}/status"),
                reason: "the node's size is not in the inventory".to_owned(),
            });
        }
        states.insert(name.clone(), state.into());
        json!({
            "name": name,
            "status": if is_online { "online" } else { "offline" },
            "cores": whole(row, "maxcpu").max(1),
            "memory_mb": (memory / MIB) as u64,
            "memory_used_mb": (number(row, "mem") / MIB) as u64,
            "cpu_load": number(row, "cpu").clamp(0.0, 1.0),
        })
    }

    fn guest(
        &mut self,
        row: &Map<String, Value>,
        online: &BTreeSet<String>,
        now: Timestamp,
        configs: &mut Map<String, Value>,
        states: &mut Map<String, Value>,
    ) -> Value {
        let (node, kind, vmid) = (word(row, "node"), word(row, "type"), word(row, "vmid"));
        let at = format!("/nodes/{node}/{kind}/{vmid}");
        let (mut config, mut snapshots) = (Map::new(), Vec::new());
        if online.contains(&node) {
            config = self.map(&format!("{at}/config"));
            snapshots = self.rows(&format!("{at}/snapshot"));
        } else {
            self.gaps.push(NotRead {
                path: format!("{at}/config"),
                reason: "its node is offline".to_owned(),
            });
        }
        let status = match word(row, "status").as_str() {
            "stopped" | "unknown" | "" => "stopped",
            "paused" | "suspended" | "prelaunch" => "paused",
            _ => "running",
        };
        let mut state = Map::new();
        if status != "stopped" {
            let since_ms = now.as_millisecond() - (number(row, "uptime") * 1000.0) as i64;
            state.insert("since_ms".to_owned(), since_ms.into());
        }
        let (snapshots, parent) = self.snapshots(&at, &snapshots);
        state.insert("parent".to_owned(), parent.map_or(Value::Null, Value::from));
        state.insert("snapshots".to_owned(), snapshots.into());
        let setup = json!({
            "vmid": vmid.parse::<u32>().unwrap_or(0),
            "name": word(row, "name"),
            "type": kind,
            "node": node,
            "status": status,
            "template": is_set(row, "template"),
            "cores": whole(row, "maxcpu").max(1),
            "memory_mb": (number(row, "maxmem") / MIB) as u64,
            "disks": [],
            "tags": word(row, "tags").split(';').filter(|tag| !tag.is_empty()).collect::<Vec<_>>(),
            "pool": row.get("pool").map(text),
            "onboot": is_set(&config, "onboot"),
            "protection": is_set(&config, "protection"),
            "lock": row.get("lock").or(config.get("lock")).map(text),
            "agent": word(&config, "agent").starts_with('1')
                || word(&config, "agent").contains("enabled=1"),
            "description": word(&config, "description"),
            "snapshots": [],
        });
        if !config.is_empty() {
            configs.insert(vmid.clone(), config.into());
        }
        states.insert(vmid, state.into());
        setup
    }

    /// Snapshots as the twin keeps them, and the one the guest stands on.
    fn snapshots(
        &mut self,
        at: &str,
        rows: &[Map<String, Value>],
    ) -> (Map<String, Value>, Option<String>) {
        let mut all = Map::new();
        let mut stands_on = None;
        for row in rows {
            let name = word(row, "name");
            let parent = row.get("parent").map(text);
            if name == "current" {
                stands_on = parent;
                continue;
            }
            let config: Map<String, Value> = self
                .map(&format!("{at}/snapshot/{name}/config"))
                .into_iter()
                .filter(|(key, _)| {
                    !matches!(
                        key.as_str(),
                        "snaptime"
                            | "parent"
                            | "digest"
                            | "description"
                            | "vmstate"
                            | "runningmachine"
                            | "runningcpu"
                    )
                })
                .map(|(key, value)| (key, text(&value).into()))
                .collect();
            let snapshot = json!({
                "description": word(row, "description"),
                "time_s": number(row, "snaptime") as i64,
                "parent": parent,
                "with_ram": is_set(row, "vmstate"),
                "config": config,
            });
            all.insert(name, snapshot);
        }
        (all, stands_on)
    }

    /// What lies in the storages: shared ones are asked once.
    fn volumes(
        &mut self,
        storages: &[Map<String, Value>],
        online: &BTreeSet<String>,
    ) -> Vec<Value> {
        let mut asked = BTreeSet::new();
        let mut all = Vec::new();
        for row in storages {
            let (node, id) = (word(row, "node"), word(row, "storage"));
            let is_shared = is_set(row, "shared");
            if word(row, "status") != "available" || !online.contains(&node) {
                continue;
            }
            if is_shared && !asked.insert(id.clone()) {
                continue;
            }
            for volume in self.rows(&format!("/nodes/{node}/storage/{id}/content")) {
                let size = whole(&volume, "size");
                all.push(json!({
                    "volid": word(&volume, "volid"),
                    "node": if is_shared { "" } else { node.as_str() },
                    "content": word(&volume, "content"),
                    "format": word(&volume, "format"),
                    "size_bytes": size,
                    "used_bytes": if volume.contains_key("used") { whole(&volume, "used") } else { size },
                    "vmid": volume.get("vmid").and_then(|vmid| text(vmid).parse::<u32>().ok()),
                    "created_s": number(&volume, "ctime") as i64,
                    "parent": volume.get("parent").map(text),
                    "notes": volume.get("notes").map(text),
                    "protected": is_set(&volume, "protected"),
                }));
            }
        }
        all
    }
}

/// Storage definitions with the figures that the inventory shows.
fn storages(definitions: &[Map<String, Value>], inventory: &[Map<String, Value>]) -> Vec<Value> {
    let list = |row: &Map<String, Value>, key: &str| -> Vec<String> {
        let text = word(row, key);
        let items = text.split(',').filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    };
    definitions
        .iter()
        .map(|row| {
            let id = word(row, "storage");
            let plugin = word(row, "type");
            let shows: Vec<_> = inventory
                .iter()
                .filter(|shown| word(shown, "storage") == id)
                .collect();
            let available = shows
                .iter()
                .find(|shown| word(shown, "status") == "available");
            let figure = |key: &str| available.map_or(0.0, |shown| number(shown, key) / GIB);
            let always_shared = matches!(
                plugin.as_str(),
                "nfs" | "cifs" | "rbd" | "cephfs" | "pbs" | "iscsi"
            );
            let nodes = row.contains_key("nodes").then(|| list(row, "nodes"));
            json!({
                "id": id,
                "type": plugin,
                "shared": always_shared || is_set(row, "shared"),
                "nodes": nodes,
                "content": list(row, "content"),
                "total_gb": figure("maxdisk"),
                "used_gb": figure("disk"),
                "enabled": !is_set(row, "disable"),
                "active": shows.is_empty() || available.is_some(),
            })
        })
        .collect()
}
