//! Operations on guests as a table: what each does on the cluster, and how it is taken back.

use std::time::Duration;

use ops::Risk;
use pve::{Method, Params};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

/// A call of somebody else: how, where, and its parameters.
type OtherCall = (Method, &'static str, Vec<(&'static str, &'static str)>);

/// One operation on guests that fit it.
pub(crate) struct Row {
    pub(crate) op: &'static str,
    pub(crate) input: Value,
    pub(crate) guest: Guest,
    /// Calls of somebody else that set the world up.
    pub(crate) setup: Vec<OtherCall>,
    /// What the simulator calls what is asked of it, in its order.
    pub(crate) calls: Vec<&'static str>,
    pub(crate) verdict: &'static str,
    pub(crate) risk: Risk,
    /// Nothing where there is no way back.
    pub(crate) undo: Option<&'static str>,
}

impl Row {
    fn new(op: &'static str, guest: Guest, input: Value, call: &'static str) -> Self {
        Self {
            op,
            input,
            guest,
            setup: Vec::new(),
            calls: vec![call],
            verdict: "",
            risk: Risk::Reversible,
            undo: Some("guests.config"),
        }
    }

    fn says(mut self, verdict: &'static str) -> Self {
        self.verdict = verdict;
        self
    }

    fn risk(mut self, risk: Risk) -> Self {
        self.risk = risk;
        self
    }

    fn back_by(mut self, op: &'static str) -> Self {
        self.undo = Some(op);
        self
    }

    fn twice(mut self) -> Self {
        self.calls.extend_from_within(..);
        self
    }

    fn no_way_back(mut self) -> Self {
        self.undo = None;
        self
    }

    fn after(
        mut self,
        method: Method,
        path: &'static str,
        params: &[(&'static str, &'static str)],
    ) -> Self {
        self.setup.push((method, path, params.to_vec()));
        self
    }

    pub(crate) async fn world(&self) -> World {
        let world = World::builder()
            .cluster(self.cluster())
            .settings(|settings| {
                settings.shown = json!({ "guests.exec_allow": { "value": "echo, false" } });
            })
            .on_disk()
            .build()
            .await;
        for (method, path, params) in &self.setup {
            let params: Params = params.iter().copied().collect();
            world.outside().call(*method, path, params).await;
        }
        // The list of guests that was read before is too old for a plan by then.
        world.clock.advance(Duration::from_secs(10));
        world
    }

    fn cluster(&self) -> Cluster {
        Cluster::of(&["pve1", "pve2", "pve3"])
            .guest(self.guest.clone())
            .guest(Guest::vm(900, "bystander", "pve2").running())
            .medium("iso", "debian.iso")
            .medium("import", "debian.qcow2")
            .medium("vztmpl", "debian.tar.zst")
    }
}

fn vm() -> Guest {
    Guest::vm(101, "web-01", "pve1")
}

fn container() -> Guest {
    Guest::container(201, "cache-01", "pve1")
}

/// Every operation, for virtual machines and containers where both can.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = options();
    rows.extend(power());
    rows.extend(life());
    rows.extend(copies());
    rows.extend(making());
    rows.extend(more());
    rows
}

fn options() -> Vec<Row> {
    const OF_VM: &str = "guest.config guest/101";
    const OF_CT: &str = "guest.config guest/201";
    let web = |more: Value| with_guest("web-01", more);
    let cache = |more: Value| with_guest("cache-01", more);
    vec![
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "set": ["memory=4096", "onboot=1"], "delete": ["cores"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.config",
            vm().running(),
            web(json!({ "set": ["memory=4096", "description=x"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished; memory applies at its next start"),
        Row::new(
            "guests.config",
            container().running(),
            cache(json!({ "set": ["memory=4096", "swap=64"] })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "set": ["scsi1=fast:4"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "delete": ["scsi0"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "delete": ["scsi0"], "destroy_volumes": true })),
            OF_VM,
        )
        .says("web-01 is configured as wished")
        .risk(Risk::Destructive)
        .no_way_back(),
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "set": ["cipassword=correct horse"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished")
        .no_way_back(),
        Row::new("guests.rename", vm(), web(json!({ "name": "shop" })), OF_VM)
            .says("web-01 is configured as wished"),
        Row::new(
            "guests.rename",
            container(),
            cache(json!({ "name": "{name}-{id}" })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.tag",
            vm(),
            web(json!({ "add": ["prod", "web"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.tag",
            container().tags(&["a", "b"]),
            cache(json!({ "remove": ["A", "b"] })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.notes",
            vm(),
            web(json!({ "text": "\"quoted\" 🐘 مرحبا\n- two" })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.notes",
            container().with("description", "first"),
            cache(json!({ "text": "second", "append": true })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new("guests.protect", vm(), web(json!({})), OF_VM)
            .says("web-01 is configured as wished"),
        Row::new(
            "guests.protect",
            container().with("protection", true),
            cache(json!({ "off": true })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.pool",
            vm(),
            web(json!({ "pool": "shop" })),
            "pool.update pool/shop",
        )
        .after(Method::Post, "/pools", &[("poolid", "shop")])
        .says("web-01 is in pool shop")
        .back_by("guests.pool"),
        Row::new(
            "guests.pool",
            container(),
            cache(json!({ "none": true })),
            "pool.update pool/shop",
        )
        .after(Method::Post, "/pools", &[("poolid", "shop")])
        .after(Method::Put, "/pools", &[("poolid", "shop"), ("vms", "201")])
        .says("cache-01 is in no pool")
        .back_by("guests.pool"),
    ]
}

fn power() -> Vec<Row> {
    let web = |more: Value| with_guest("web-01", more);
    let cache = |more: Value| with_guest("cache-01", more);
    vec![
        Row::new(
            "guests.start",
            vm(),
            web(json!({})),
            "guest.start guest/101",
        )
        .says("web-01 is running")
        .back_by("guests.stop"),
        Row::new(
            "guests.stop",
            container().running(),
            cache(json!({})),
            "guest.stop guest/201",
        )
        .says("cache-01 is stopped")
        .risk(Risk::Disruptive)
        .back_by("guests.start"),
        Row::new(
            "guests.shutdown",
            vm().running(),
            web(json!({})),
            "guest.shutdown guest/101",
        )
        .says("web-01 is stopped")
        .risk(Risk::Disruptive)
        .back_by("guests.start"),
        Row::new(
            "snapshots.create",
            vm(),
            web(json!({ "name": "fresh" })),
            "snapshot.create snapshot/101/fresh",
        )
        .says("web-01 has snapshot fresh")
        .back_by("snapshots.delete"),
    ]
}

fn life() -> Vec<Row> {
    let web = |more: Value| with_guest("web-01", more);
    let cache = |more: Value| with_guest("cache-01", more);
    vec![
        Row::new(
            "guests.delete",
            vm(),
            web(json!({})),
            "guest.delete guest/101",
        )
        .says("web-01 is gone")
        .risk(Risk::Destructive)
        .no_way_back(),
        Row::new(
            "guests.delete",
            container(),
            cache(json!({ "purge": true, "destroy_unreferenced_disks": true })),
            "guest.delete guest/201",
        )
        .says("cache-01 is gone")
        .risk(Risk::Destructive)
        .no_way_back(),
        Row::new(
            "guests.suspend",
            vm().running(),
            web(json!({})),
            "guest.suspend guest/101",
        )
        .says("web-01 is paused")
        .risk(Risk::Disruptive)
        .back_by("guests.resume"),
        Row::new(
            "guests.suspend",
            vm().running(),
            web(json!({ "to_disk": true })),
            "guest.suspend guest/101",
        )
        .says("web-01 is hibernated")
        .risk(Risk::Disruptive)
        .back_by("guests.resume"),
        Row::new(
            "guests.resume",
            vm().running(),
            web(json!({})),
            "guest.resume guest/101",
        )
        .after(Method::Post, "/nodes/pve1/qemu/101/status/suspend", &[])
        .says("web-01 is running")
        .back_by("guests.suspend"),
        Row::new(
            "guests.reset",
            vm().running(),
            web(json!({})),
            "guest.reset guest/101",
        )
        .says("web-01 is running")
        .risk(Risk::Disruptive)
        .no_way_back(),
    ]
}

fn copies() -> Vec<Row> {
    let web = |more: Value| with_guest("web-01", more);
    let cache = |more: Value| with_guest("cache-01", more);
    vec![
        Row::new(
            "guests.clone",
            vm(),
            web(json!({ "name": "copy-{id}", "description": "a copy" })),
            "guest.clone guest/101",
        )
        .says("copy-100 (100) is there, made of web-01")
        .back_by("guests.delete"),
        Row::new(
            "guests.clone",
            container(),
            cache(json!({ "id": 500, "target": "pve2" })),
            "guest.clone guest/201",
        )
        .says("500 (500) is there, made of cache-01")
        .back_by("guests.delete"),
        Row::new(
            "guests.clone",
            vm().with("template", true),
            web(json!({ "linked": true, "copies": 2 })),
            "guest.clone guest/101",
        )
        .says("100 (100) is there, made of web-01")
        .twice()
        .back_by("guests.delete"),
        Row::new(
            "guests.template",
            vm(),
            web(json!({})),
            "guest.template guest/101",
        )
        .says("web-01 is a template")
        .risk(Risk::Destructive)
        .no_way_back(),
        Row::new(
            "guests.template",
            container(),
            cache(json!({})),
            "guest.template guest/201",
        )
        .says("cache-01 is a template")
        .risk(Risk::Destructive)
        .no_way_back(),
        Row::new(
            "guests.resize",
            vm(),
            web(json!({ "disk": "scsi0", "size": "+8G" })),
            "guest.resize guest/101",
        )
        .says("scsi0 of web-01 has 16G")
        .no_way_back(),
        Row::new(
            "guests.resize",
            container(),
            cache(json!({ "disk": "rootfs", "size": "9G" })),
            "guest.resize guest/201",
        )
        .says("rootfs of cache-01 has 9G")
        .no_way_back(),
        Row::new(
            "guests.move_disk",
            vm().running(),
            web(json!({ "disk": "scsi0", "storage": "plain", "delete_source": true })),
            "guest.move_disk guest/101",
        )
        .says("scsi0 of web-01 is on plain")
        .back_by("guests.move_disk"),
        Row::new(
            "guests.move_disk",
            container(),
            cache(json!({ "disk": "rootfs", "storage": "plain", "delete_source": true })),
            "guest.move_disk guest/201",
        )
        .says("rootfs of cache-01 is on plain")
        .back_by("guests.move_disk"),
        Row::new(
            "guests.migrate",
            vm().running(),
            web(json!({ "target": "pve3" })),
            "guest.migrate guest/101",
        )
        .says("web-01 is on pve3 and running")
        .risk(Risk::Disruptive)
        .back_by("guests.migrate"),
        Row::new(
            "guests.migrate",
            container(),
            cache(json!({ "spread": true })),
            "guest.migrate guest/201",
        )
        .says("cache-01 is on pve2 and stopped")
        .back_by("guests.migrate"),
    ]
}

fn making() -> Vec<Row> {
    let new = |op_input: Value, guest: Guest, calls: &[&'static str], verdict: &'static str| {
        let mut row = Row::new("guests.create", guest, op_input, "")
            .says(verdict)
            .back_by("guests.delete");
        row.calls = calls.to_vec();
        row
    };
    vec![
        new(
            json!({
                "kind": "qemu", "node": "pve1", "id": 500, "name": "shop", "iso": "media:iso/debian.iso",
                "storage": "fast", "cores": 2, "memory": 2048, "bridge": "vmbr0", "tag": ["web"],
                "volume": ["fast:4"], "description": "made by hand",
            }),
            vm(),
            &["guest.create guest/500"],
            "shop (500) is there, made of media:iso/debian.iso",
        ),
        new(
            json!({
                "kind": "qemu", "node": "pve1", "id": 501, "name": "cloud",
                "image": "media:import/debian.qcow2", "storage": "fast", "bridge": "vmbr0",
                "ip": "10.0.0.5/24", "gateway": "10.0.0.1", "user": "admin",
                "ssh_key": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFsOBp3sRrcXGDBKFcFKHm3M4KYN2Zjr7LPMNt2lZa0F me"],
            }),
            vm(),
            &["guest.create guest/501"],
            "cloud (501) is there, made of media:import/debian.qcow2",
        ),
        new(
            json!({
                "kind": "lxc", "node": "pve1", "id": 502, "name": "box",
                "template": "media:vztmpl/debian.tar.zst", "storage": "fast", "disk_gib": 4,
                "cores": 1, "memory": 512, "swap": 256, "bridge": "vmbr0", "ip": "dhcp", "nesting": true,
                "volume": ["fast:2,mp=/data"],
                "set": ["startup=order=2", "cpulimit=1.5"], "onboot": true,
            }),
            vm(),
            &["guest.create guest/502"],
            "box (502) is there, made of media:vztmpl/debian.tar.zst",
        ),
        new(
            json!({
                "kind": "qemu", "id": 503, "name": "from-template", "template": "web-01", "linked": true,
                "user": "admin", "ip": "dhcp", "cores": 4, "password": "correct horse",
            }),
            vm().with("template", true),
            &["guest.clone guest/101", "guest.config guest/503"],
            "from-template (503) is there, made of web-01",
        ),
    ]
}

fn more() -> Vec<Row> {
    const OF_VM: &str = "guest.config guest/101";
    const OF_CT: &str = "guest.config guest/201";
    let web = |more: Value| with_guest("web-01", more);
    let cache = |more: Value| with_guest("cache-01", more);
    vec![
        Row::new(
            "guests.edit",
            vm(),
            web(json!({ "add_cores": 2, "add_memory": -512, "cpulimit": 1.5 })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.edit",
            container().running(),
            cache(json!({ "memory": 1024, "swap": 0 })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.startup",
            vm(),
            web(json!({ "onboot": true, "order": 3, "up_s": 20 })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.ha",
            vm().running(),
            web(json!({ "max_restart": 3, "comment": "\"x\" 🐘" })),
            "ha.create ha/vm:101",
        )
        .says("web-01 is managed by HA as wished")
        .back_by("guests.ha"),
        Row::new(
            "guests.ha",
            container(),
            cache(json!({ "state": "ignored", "max_relocate": 2 })),
            "ha.update ha/ct:201",
        )
        .after(
            Method::Post,
            "/cluster/ha/resources",
            &[
                ("sid", "ct:201"),
                ("state", "stopped"),
                ("max_restart", "2"),
            ],
        )
        .says("cache-01 is managed by HA as wished")
        .back_by("guests.ha"),
        Row::new(
            "guests.ha",
            vm(),
            web(json!({ "remove": true })),
            "ha.delete ha/vm:101",
        )
        .after(
            Method::Post,
            "/cluster/ha/resources",
            &[("sid", "vm:101"), ("state", "stopped"), ("comment", "keep")],
        )
        .says("web-01 is not managed by HA")
        .back_by("guests.ha"),
        Row::new(
            "guests.exec",
            vm().running(),
            web(json!({ "command": ["echo", "a b"] })),
            "agent.exec guest/101",
        )
        .says("the program ended well in web-01; what it changed was not looked at")
        .risk(Risk::Destructive)
        .no_way_back(),
    ]
}

fn with_guest(name: &str, mut more: Value) -> Value {
    if let Some(fields) = more.as_object_mut() {
        fields.insert("guests".to_owned(), json!([name]));
    }
    more
}
