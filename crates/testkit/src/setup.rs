//! Small clusters in a few words.

use serde_json::{Value, json};

/// A guest of a [`Cluster`]: stopped, without tags, one disk of 8 GiB, until told otherwise.
#[derive(Clone, Debug)]
pub struct Guest(Value);

impl Guest {
    /// A virtual machine.
    pub fn vm(vmid: u32, name: &str, node: &str) -> Self {
        Self::of("qemu", "scsi0", vmid, name, node)
    }

    /// A container.
    pub fn container(vmid: u32, name: &str, node: &str) -> Self {
        Self::of("lxc", "rootfs", vmid, name, node)
    }

    fn of(kind: &str, disk: &str, vmid: u32, name: &str, node: &str) -> Self {
        Self(json!({
            "vmid": vmid, "name": name, "type": kind, "node": node, "status": "stopped",
            "template": false, "cores": 2, "memory_mb": 2048,
            "disks": [{ "key": disk, "storage": "fast", "size_gb": 8.0 }],
            "tags": [], "pool": null, "onboot": false, "protection": false, "lock": null,
            "agent": true, "description": "", "snapshots": [],
        }))
    }

    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        if let Some(fields) = self.0.as_object_mut() {
            fields.insert(field.to_owned(), value.into());
        }
        self
    }

    #[must_use]
    pub fn running(self) -> Self {
        self.with("status", "running")
    }

    #[must_use]
    pub fn tags(self, tags: &[&str]) -> Self {
        self.with("tags", tags)
    }

    /// A disk on a storage that has no snapshots.
    #[must_use]
    pub fn without_snapshots(self) -> Self {
        self.on_storage("plain")
    }

    /// A virtual machine's disk on that storage.
    #[must_use]
    pub fn on_storage(self, storage: &str) -> Self {
        let disks = json!([{ "key": "scsi0", "storage": storage, "size_gb": 8.0 }]);
        self.with("disks", disks)
    }

    #[must_use]
    pub fn snapshot(self, name: &str) -> Self {
        self.snapshot_of(name, "2025-03-01T02:00:00Z", false)
    }

    /// A snapshot made at some time, with the memory of the running machine or without.
    #[must_use]
    pub fn snapshot_of(mut self, name: &str, time: &str, with_ram: bool) -> Self {
        let row = json!({
            "name": name, "time": time, "with_ram": with_ram, "description": "",
        });
        if let Some(list) = self.0.get_mut("snapshots").and_then(Value::as_array_mut) {
            list.push(row);
        }
        self
    }
}

/// A cluster: nodes, guests, and two storages, `fast` (shared, with snapshots) and `plain` (without).
#[derive(Clone, Debug)]
pub struct Cluster {
    nodes: Vec<Value>,
    guests: Vec<Value>,
    ha: Vec<Value>,
    user: Option<Value>,
    storages: Vec<Value>,
    volumes: Vec<Value>,
}

impl Default for Cluster {
    /// Three nodes; `web-01` (101, running, tag `web`), `web-02` (102, running, tag `web`), `db-01` (103,
    /// stopped) and the containers `cache-01` (201, running) and `cache-02` (202, stopped).
    fn default() -> Self {
        Self::of(&["pve1", "pve2", "pve3"])
            .guest(Guest::vm(101, "web-01", "pve1").running().tags(&["web"]))
            .guest(Guest::vm(102, "web-02", "pve2").running().tags(&["web"]))
            .guest(Guest::vm(103, "db-01", "pve1"))
            .guest(Guest::container(201, "cache-01", "pve2").running())
            .guest(Guest::container(202, "cache-02", "pve1"))
    }
}

impl Cluster {
    /// A cluster of these nodes and no guests.
    pub fn of(nodes: &[&str]) -> Self {
        let nodes = nodes
            .iter()
            .map(|name| {
                json!({
                    "name": name, "status": "online", "cores": 16, "memory_mb": 65_536,
                    "memory_used_mb": 16_384, "cpu_load": 0.1,
                })
            })
            .collect();
        Self {
            nodes,
            guests: Vec::new(),
            ha: Vec::new(),
            user: None,
            storages: vec![
                storage("fast", "rbd", &json!({ "shared": true })),
                storage("plain", "lvm", &json!({ "shared": true })),
            ],
            volumes: Vec::new(),
        }
    }

    /// One more storage of 1,000 GiB for disks, on every node; `fields` say what is different.
    #[must_use]
    pub fn storage(mut self, id: &str, plugin: &str, fields: &Value) -> Self {
        self.storages.push(storage(id, plugin, fields));
        self
    }

    /// A volume that lies on a storage beside the disks of the guests.
    #[must_use]
    pub fn volume(mut self, volid: &str, content: &str, vmid: Option<u32>) -> Self {
        self.volumes.push(json!({
            "volid": volid, "content": content, "size_gb": 1.0, "vmid": vmid,
        }));
        self
    }

    #[must_use]
    pub fn guest(mut self, guest: Guest) -> Self {
        self.guests.push(guest.0);
        self
    }

    /// The same cluster without that guest.
    #[must_use]
    pub fn without(mut self, vmid: u32) -> Self {
        self.guests
            .retain(|guest| guest.get("vmid") != Some(&json!(vmid)));
        self
    }

    /// Puts a guest (`vm:101`) under high availability.
    #[must_use]
    pub fn highly_available(self, sid: &str) -> Self {
        self.highly_available_as(sid, "started")
    }

    /// The same with the state that HA is to keep, or `error` where it gave up.
    #[must_use]
    pub fn highly_available_as(mut self, sid: &str, state: &str) -> Self {
        self.ha.push(json!({ "sid": sid, "state": state }));
        self
    }

    /// A user besides root, with a role on everything.
    #[must_use]
    pub fn user(mut self, user: &str, role: &str) -> Self {
        let grants = json!([{ "path": "/", "role": role }]);
        self.user = Some(json!({ "user": user, "grants": grants }));
        self
    }

    /// Something guests are made of, on the storage `media`: an image of a disc (`iso`), a cloud image
    /// (`import`), a template of containers (`vztmpl`).
    #[must_use]
    pub fn medium(mut self, content: &str, file: &str) -> Self {
        let media = storage(
            "media",
            "nfs",
            &json!({ "shared": true, "content": ["iso", "import", "vztmpl"] }),
        );
        if !self.storages.contains(&media) {
            self.storages.push(media);
        }
        let volid = format!("media:{content}/{file}");
        self.volumes
            .push(json!({ "volid": volid, "content": content, "size_gb": 2.0 }));
        self
    }

    /// The world of a simulator.
    pub fn build(self) -> sim::World {
        sim::World::from_value(json!({
            "now": "2025-03-03T10:00:00Z",
            "cluster": { "name": "lab", "quorate": true },
            "nodes": self.nodes, "guests": self.guests, "ha_resources": self.ha,
            "identity": self.user, "storages": self.storages, "volumes": self.volumes,
        }))
        .expect("the cluster of the test is a world")
    }
}

fn storage(id: &str, plugin: &str, fields: &Value) -> Value {
    let mut row = json!({
        "id": id, "type": plugin, "shared": false, "nodes": null,
        "content": ["images", "rootdir"], "total_gb": 1000.0, "used_gb": 100.0,
        "enabled": true, "active": true,
    });
    if let (Some(row), Some(fields)) = (row.as_object_mut(), fields.as_object()) {
        row.extend(fields.clone());
    }
    row
}
