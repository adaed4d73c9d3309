//! What a few calls tell of the whole cluster: nodes, storages, the bare guests, definitions and rights.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Reader, Row, is_set, number, whole, word};
use crate::cluster::guest::{GuestKind, MIB};
use crate::world::exact::{property_text, text};
use crate::world::{GuestSpec, Power, World};

/// The rows of `GET /cluster/resources`, by what they are about.
#[derive(Default)]
pub(super) struct Inventory {
    pub(super) nodes: Vec<Row>,
    pub(super) storages: Vec<Row>,
    pub(super) guests: Vec<Listed>,
    pub(super) online: BTreeSet<String>,
}

/// A guest as the inventory shows it.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) vmid: u32,
    pub(super) kind: GuestKind,
    pub(super) node: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) is_template: bool,
    pub(super) cpus: u64,
    pub(super) memory_bytes: u64,
    pub(super) uptime_s: f64,
    pub(super) cpu: f64,
    pub(super) memory_used: f64,
    pub(super) tags: String,
    pub(super) pool: Option<String>,
    pub(super) lock: Option<String>,
}

impl Listed {
    fn from_row(row: &Row) -> Option<Self> {
        let kind = GuestKind::parse(row.get("type")?.as_str()?)?;
        let vmid = u32::try_from(whole(row, "vmid")).ok()?;
        let memory = number(row, "maxmem");
        Some(Self {
            vmid,
            kind,
            node: word(row, "node"),
            name: word(row, "name"),
            status: word(row, "status"),
            is_template: is_set(row, "template"),
            cpus: whole(row, "maxcpu").max(1),
            memory_bytes: whole(row, "maxmem"),
            uptime_s: number(row, "uptime"),
            cpu: number(row, "cpu").clamp(0.0, 1.0),
            memory_used: if memory > 0.0 {
                (number(row, "mem") / memory).clamp(0.0, 1.0)
            } else {
                0.0
            },
            tags: word(row, "tags"),
            pool: row.get("pool").map(text).filter(|pool| !pool.is_empty()),
            lock: row.get("lock").map(text).filter(|lock| !lock.is_empty()),
        })
    }

    pub(super) fn power(&self) -> Power {
        match self.status.as_str() {
            "stopped" | "unknown" | "" => Power::Stopped,
            "paused" | "suspended" | "prelaunch" => Power::Paused,
            _ => Power::Running,
        }
    }

    /// The guest with no more than its row tells.
    fn bare(&self) -> GuestSpec {
        let mut config = BTreeMap::from([
            (self.kind.name_key().to_owned(), self.name.clone()),
            ("cores".to_owned(), self.cpus.to_string()),
            ("memory".to_owned(), (self.memory_bytes / MIB).to_string()),
        ]);
        if !self.tags.is_empty() {
            config.insert("tags".to_owned(), self.tags.clone());
        }
        if self.is_template {
            config.insert("template".to_owned(), "1".to_owned());
        }
        GuestSpec {
            vmid: self.vmid,
            kind: self.kind,
            node: self.node.clone(),
            power: self.power(),
            uptime_s: self.uptime_s as i64,
            config,
            pool: self.pool.clone(),
            lock: self.lock.clone(),
            agent_answers: false,
            snapshots: Vec::new(),
            load: (self.cpu, self.memory_used),
            load_is_fixed: true,
            line: None,
            running_qemu: None,
        }
    }
}

impl Inventory {
    pub(super) fn has_node(&self, name: &str) -> bool {
        self.nodes.iter().any(|row| word(row, "node") == name)
    }

    /// Storages by their names, each once.
    pub(super) fn storage_ids(&self) -> impl Iterator<Item = &str> {
        let ids: BTreeSet<&str> = self
            .storages
            .iter()
            .filter_map(|row| row.get("storage")?.as_str())
            .collect();
        ids.into_iter()
    }

    /// Adds the guests that were not read in depth, and the present use of those that were.
    pub(super) fn complete(self, world: &mut World, now: Timestamp) {
        let deep: BTreeMap<u32, usize> = world
            .guests
            .iter()
            .enumerate()
            .map(|(index, guest)| (guest.vmid, index))
            .collect();
        let nodes: BTreeSet<&str> = world.nodes.iter().map(|node| node.name.as_str()).collect();
        let mut bare = Vec::new();
        let mut known = BTreeSet::new();
        for listed in &self.guests {
            match deep.get(&listed.vmid) {
                Some(index) => {
                    if let Some(guest) = world.guests.get_mut(*index) {
                        guest.load = (listed.cpu, listed.memory_used);
                        guest.load_is_fixed = listed.power() != Power::Stopped;
                    }
                }
                None if nodes.contains(listed.node.as_str()) && known.insert(listed.vmid) => {
                    bare.push(listed.bare());
                }
                None => {}
            }
        }
        world.guests.append(&mut bare);
        world.guests.sort_by_key(|guest| guest.vmid);
        world.now = Some(now);
    }
}

impl Reader<'_> {
    pub(super) fn inventory(&mut self) -> Inventory {
        const PATH: &str = "/cluster/resources";
        let mut inventory = Inventory::default();
        let mut sort = |value: &Value| {
            for row in value.as_array().into_iter().flatten() {
                let Some(row) = row.as_object() else { continue };
                match row.get("type").and_then(Value::as_str) {
                    Some("node") => inventory.nodes.push(row.clone()),
                    Some("storage") => inventory.storages.push(row.clone()),
                    Some("qemu" | "lxc") => inventory.guests.extend(Listed::from_row(row)),
                    _ => {}
                }
            }
        };
        let result = self.source.look_at(PATH, &mut sort);
        if let Err(reason) = result {
            self.note(PATH, reason);
        }
        inventory.online = inventory
            .nodes
            .iter()
            .filter(|row| word(row, "status") == "online")
            .map(|row| word(row, "node"))
            .collect();
        inventory
    }

    /// The world in JSON, without the guests that are not read in depth.
    pub(super) fn setup(&mut self, inventory: &Inventory, now: Timestamp) -> Value {
        let version = word(&self.map("/version"), "version");
        self.is_nine = !version.starts_with(|digit: char| ('1'..'9').contains(&digit));
        let status = self.rows("/cluster/status");
        let cluster = status.iter().find(|row| word(row, "type") == "cluster");
        let mut node_states = Map::new();
        let nodes: Vec<Value> = inventory
            .nodes
            .iter()
            .map(|row| self.node(row, &status, now, &mut node_states))
            .collect();
        let definitions = self.rows("/storage");
        let guests = self.guests(inventory, now);
        let volumes = self.volumes(inventory, &definitions, &guests);
        let (ha, ha_rules) = self.ha();
        let pools = self.rows("/pools");
        let mut users = self.rows("/access/users?full=1");
        for user in &mut users {
            // Whoever acts on the twin is let in by its simulator.
            user.remove("tfa-locked-until");
        }
        let ha_resources: Vec<Value> = ha
            .iter()
            .map(|row| json!({ "sid": word(row, "sid"), "state": word(row, "state") }))
            .collect();
        let pool_storages = self.pool_storages(&pools);
        let mut pve = json!({
            "config": guests.configs,
            "guest": guests.states,
            "node": node_states,
            "storage_cfg": definitions,
            "storage_on": super::storages::on_nodes(inventory, &definitions),
            "volumes": volumes,
            "jobs": self.rows("/cluster/backup"),
            "ha": ha,
            "ha_rules": ha_rules,
            "settings": { "replication.cfg": self.replication() },
            "pool_storages": pool_storages,
            "users": users,
            "groups": self.rows("/access/groups"),
            "roles": self.rows("/access/roles"),
        });
        let acl = self.rows("/access/acl");
        let actor = self.actor(&acl, inventory);
        let options = self.options();
        if let Some(pve) = pve.as_object_mut() {
            pve.insert("acl".to_owned(), acl.into());
            if !version.is_empty() {
                pve.insert("version".to_owned(), version.into());
            }
            if let Some(actor) = actor {
                pve.insert("actor".to_owned(), actor);
            }
            if let Some(options) = options {
                pve.insert("options".to_owned(), options.into());
            }
        }
        json!({
            "fixture": "twin",
            "now": now.to_string(),
            "cluster": {
                "name": cluster.map(|row| word(row, "name")).unwrap_or_default(),
                "quorate": cluster.is_none_or(|row| is_set(row, "quorate")),
            },
            "nodes": nodes,
            "storages": super::storages::storages(&definitions, inventory),
            "guests": guests.setups,
            "pools": pools.iter()
                .map(|row| json!({ "id": word(row, "poolid"), "comment": word(row, "comment") }))
                .collect::<Value>(),
            "ha_resources": ha_resources,
            "pve": pve,
        })
    }

    fn node(
        &mut self,
        row: &Row,
        status: &[Row],
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
        let memory = whole(row, "maxmem");
        if memory > 0 {
            state.insert("memory_bytes".to_owned(), memory.into());
            state.insert("disk_bytes".to_owned(), whole(row, "maxdisk").into());
        } else {
            self.note(
                format!("/nodes/{name}/status"),
                "the node's size is not in the inventory",
            );
        }
        states.insert(name.clone(), state.into());
        json!({
            "name": name,
            "status": if is_online { "online" } else { "offline" },
            "cores": whole(row, "maxcpu").max(1),
            "memory_mb": memory / MIB,
            "memory_used_mb": whole(row, "mem") / MIB,
            "cpu_load": number(row, "cpu").clamp(0.0, 1.0),
        })
    }

    /// Resources and rules of HA; groups, which release 8 has instead of rules, say nothing that a single
    /// operation meets.
    fn ha(&mut self) -> (Vec<Row>, Map<String, Value>) {
        let resources = self.rows("/cluster/ha/resources");
        let mut rules = Map::new();
        if self.is_nine && !resources.is_empty() {
            for mut row in self.rows("/cluster/ha/rules") {
                let name = word(&row, "rule");
                row.retain(|key, _| !matches!(key.as_str(), "rule" | "digest" | "order"));
                let options: Map<String, Value> = row
                    .into_iter()
                    .map(|(key, value)| (key, property_text(&value).into()))
                    .collect();
                rules.insert(name, options.into());
            }
        }
        (resources, rules)
    }

    fn replication(&mut self) -> Map<String, Value> {
        let rows = self.rows("/cluster/replication");
        rows.into_iter()
            .map(|mut row| {
                let id = word(&row, "id");
                row.retain(|key, _| !matches!(key.as_str(), "id" | "guest" | "jobnum" | "digest"));
                (id, row.into())
            })
            .collect()
    }

    /// Storages in pools matter where rights come from pools; they cost a call for each pool.
    fn pool_storages(&mut self, pools: &[Row]) -> Map<String, Value> {
        if self.depth.guests.is_some() {
            return Map::new();
        }
        let mut all = Map::new();
        for id in pools.iter().map(|row| word(row, "poolid")) {
            let pool = self.map(&format!("/pools/{id}"));
            let members = pool.get("members").and_then(Value::as_array);
            let storages: Vec<Value> = members
                .into_iter()
                .flatten()
                .filter(|member| member.get("type").and_then(Value::as_str) == Some("storage"))
                .filter_map(|member| member.get("storage").cloned())
                .collect();
            if !storages.is_empty() {
                all.insert(id, storages.into());
            }
        }
        all
    }

    fn options(&mut self) -> Option<Map<String, Value>> {
        let shown = self.map("/cluster/options");
        if shown.is_empty() {
            return None;
        }
        let stored = shown
            .into_iter()
            .filter(|(key, _)| !matches!(key.as_str(), "digest" | "allowed-tags"))
            .map(|(key, value)| {
                let text = match &value {
                    Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(";"),
                    other => property_text(other),
                };
                (key, text.into())
            });
        Some(stored.collect())
    }
}
