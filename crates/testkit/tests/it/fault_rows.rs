//! One row for every operation whose plan can have several steps or several targets: a small cluster on which
//! it does something on each of three guests, or nodes, or volumes.

use pve::{Method, Params};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

/// A call of somebody else: how, where, and its parameters.
type OtherCall = (Method, &'static str, Vec<(&'static str, &'static str)>);

/// Where the product keeps its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keeps {
    InMemory,
    OnDisk,
}

/// One operation that comes to several steps.
pub(crate) struct FaultRow {
    /// Unique: the operation, or the operation and what is special about it.
    pub(crate) name: &'static str,
    pub(crate) op: &'static str,
    /// `{run}` in it is the last run of the product before.
    input: Value,
    cluster: Cluster,
    outside: Vec<OtherCall>,
    /// What the product did before, under ordinary circumstances.
    product: Vec<(&'static str, Value)>,
    /// Nodes that are off.
    off: Vec<&'static str>,
    /// A file that the nodes can fetch.
    offers: bool,
    /// A file of this machine.
    file: Option<tempfile::TempDir>,
    /// Whether every step can be taken back.
    pub(crate) has_way_back: bool,
}

impl FaultRow {
    fn new(op: &'static str, cluster: Cluster, input: Value) -> Self {
        Self {
            name: op,
            op,
            input,
            cluster,
            outside: Vec::new(),
            product: Vec::new(),
            off: Vec::new(),
            offers: false,
            file: None,
            has_way_back: true,
        }
    }

    fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    fn for_good(mut self) -> Self {
        self.has_way_back = false;
        self
    }

    fn after(
        mut self,
        method: Method,
        path: &'static str,
        params: &[(&'static str, &'static str)],
    ) -> Self {
        self.outside.push((method, path, params.to_vec()));
        self
    }

    fn done_before(mut self, op: &'static str, input: Value) -> Self {
        self.product.push((op, input));
        self
    }

    /// A cluster on which the row can be carried out, and the input.
    pub(crate) async fn world(&self, probe: ops::engine::Probe, keeps: Keeps) -> (World, Value) {
        let builder = match keeps {
            Keeps::InMemory => World::builder(),
            Keeps::OnDisk => World::builder().on_disk(),
        };
        let world = builder
            .cluster(self.cluster.clone())
            .without_background()
            .time_scale(0.005)
            .settings(|settings| {
                settings.shown = json!({ "guests.exec_allow": { "value": "echo" } });
                settings.engine.per_run = 1;
                settings.engine.probe = Some(probe);
            })
            .build()
            .await;
        let mut input = self.input.clone();
        if self.offers {
            let url = world
                .sim()
                .offer_file("debian.iso", b"an image of a disc".to_vec());
            input["url"] = json!(url);
        }
        if let Some(home) = &self.file {
            let file = home.path().join("tiny.iso");
            // Written once: a file that was written anew is another one.
            if !file.exists() {
                std::fs::write(&file, b"an image of a disc").unwrap();
            }
            input["file"] = json!(file);
        }
        for (method, path, params) in &self.outside {
            let params: Params = params.iter().copied().collect();
            world.outside().call(*method, path, params).await;
        }
        for node in &self.off {
            world.sim().set_node_online(node, false);
        }
        for (op, before) in &self.product {
            let run = world.carry_out(op, before.clone()).await;
            assert_eq!(run.state, ops::RunState::Succeeded, "{op}: {run:?}");
            if input["run"] == "{run}" {
                input["run"] = json!(run.id);
            }
        }
        // What was read before is too old for a plan by then.
        world.clock.advance(std::time::Duration::from_secs(10));
        (world, input)
    }
}

const ALL: [&str; 3] = ["101", "102", "201"];

fn vms() -> [Guest; 2] {
    [
        Guest::vm(101, "web-01", "pve1"),
        Guest::vm(102, "web-02", "pve2"),
    ]
}

fn box_1() -> Guest {
    Guest::container(201, "box-01", "pve1")
}

fn of(guests: impl IntoIterator<Item = Guest>) -> Cluster {
    guests
        .into_iter()
        .fold(Cluster::of(&["pve1", "pve2", "pve3"]), Cluster::guest)
        .guest(Guest::vm(900, "bystander", "pve3").running())
}

/// Two machines and a container, each of them changed like this.
fn three(change: impl Fn(Guest) -> Guest) -> Cluster {
    let [one, two] = vms();
    of([change(one), change(two), change(box_1())])
}

fn stopped() -> Cluster {
    three(|guest| guest)
}

fn running() -> Cluster {
    three(Guest::running)
}

fn with(guests: &[&str], mut more: Value) -> Value {
    more["guests"] = json!(guests);
    more
}

fn all(more: Value) -> Value {
    with(&ALL, more)
}

const RUNBOOK: &str = r"name: care
summary: Snapshot, then stop
parameters:
  guests:
    type: guests
    default: tag=web
steps:
  - op: snapshots.create
    input: {guests: ['{{guests}}'], name: before}
  - op: guests.stop
    input: {guests: ['{{guests}}']}
";

/// Power, and what else a guest is told.
pub(crate) fn power() -> Vec<FaultRow> {
    let machines = |more: Value| with(&["101", "102"], more);
    let [one, two] = vms().map(Guest::running);
    vec![
        FaultRow::new("guests.start", stopped(), all(json!({}))),
        FaultRow::new("guests.stop", running(), all(json!({}))),
        FaultRow::new("guests.shutdown", running(), all(json!({}))),
        FaultRow::new("guests.reboot", running(), all(json!({}))).for_good(),
        FaultRow::new(
            "guests.suspend",
            of([one.clone(), two.clone()]),
            machines(json!({})),
        ),
        FaultRow::new(
            "guests.suspend",
            of([one.clone(), two.clone()]),
            machines(json!({ "to_disk": true })),
        )
        .called("guests.suspend to the disk"),
        FaultRow::new(
            "guests.resume",
            of([one.clone(), two.clone()]),
            machines(json!({})),
        )
        .after(Method::Post, "/nodes/pve1/qemu/101/status/suspend", &[])
        .after(Method::Post, "/nodes/pve2/qemu/102/status/suspend", &[]),
        FaultRow::new(
            "guests.reset",
            of([one.clone(), two.clone()]),
            machines(json!({})),
        )
        .for_good(),
        FaultRow::new(
            "guests.exec",
            of([one, two]),
            machines(json!({ "command": ["echo", "a b"] })),
        )
        .for_good(),
    ]
}

/// Options and belongings of guests.
pub(crate) fn options() -> Vec<FaultRow> {
    let pool: [(&str, &str); 1] = [("poolid", "shop")];
    vec![
        FaultRow::new(
            "guests.config",
            stopped(),
            all(json!({ "set": ["memory=4096", "onboot=1"] })),
        ),
        FaultRow::new("guests.edit", stopped(), all(json!({ "add_memory": 512 }))),
        FaultRow::new(
            "guests.rename",
            stopped(),
            all(json!({ "name": "{name}-{id}" })),
        ),
        FaultRow::new("guests.tag", stopped(), all(json!({ "add": ["prod"] }))),
        FaultRow::new(
            "guests.notes",
            stopped(),
            all(json!({ "text": "\"quoted\" 🐘 مرحبا" })),
        ),
        FaultRow::new("guests.protect", stopped(), all(json!({}))),
        FaultRow::new(
            "guests.startup",
            stopped(),
            all(json!({ "onboot": true, "order": 3 })),
        ),
        FaultRow::new("guests.pool", stopped(), all(json!({ "pool": "shop" }))).after(
            Method::Post,
            "/pools",
            &pool,
        ),
        FaultRow::new("guests.ha", running(), all(json!({ "max_restart": 3 }))),
    ]
}

/// Guests that come, go, move and change their disks.
pub(crate) fn life() -> Vec<FaultRow> {
    let patterns = of(vms().map(|guest| guest.with("template", true)));
    vec![
        FaultRow::new("guests.clone", stopped(), with(&["101", "201"], json!({}))),
        FaultRow::new(
            "guests.clone",
            patterns.clone(),
            with(&["101"], json!({ "linked": true, "copies": 3 })),
        )
        .called("guests.clone, linked"),
        FaultRow::new(
            "guests.create",
            patterns,
            json!({
                "kind": "qemu", "id": 503, "name": "new", "template": "web-01", "linked": true,
                "user": "admin", "ip": "dhcp", "cores": 4,
            }),
        ),
        FaultRow::new("guests.delete", stopped(), all(json!({}))).for_good(),
        FaultRow::new("guests.template", stopped(), all(json!({}))).for_good(),
        FaultRow::new(
            "guests.resize",
            of(vms()),
            with(&["101", "102"], json!({ "disk": "scsi0", "size": "+8G" })),
        )
        .for_good(),
        FaultRow::new(
            "guests.move_disk",
            of(vms()),
            with(
                &["101", "102"],
                json!({ "disk": "scsi0", "storage": "plain", "delete_source": true }),
            ),
        ),
        FaultRow::new(
            "guests.migrate",
            of(vms().map(Guest::running)),
            with(&["101", "102"], json!({ "target": "pve3" })),
        ),
        FaultRow::new(
            "guests.migrate",
            stopped(),
            all(json!({ "target": "pve3" })),
        )
        .called("guests.migrate, off"),
    ]
}

/// Snapshots.
pub(crate) fn snapshots() -> Vec<FaultRow> {
    let aged = |guest: Guest| {
        guest
            .tags(&["web"])
            .snapshot_of("auto-1", "2025-02-01T02:00:00Z", false)
            .snapshot_of("auto-2", "2025-02-02T02:00:00Z", false)
            .snapshot_of("auto-3", "2025-02-03T02:00:00Z", false)
    };
    vec![
        FaultRow::new(
            "snapshots.create",
            running(),
            all(json!({ "name": "fresh" })),
        ),
        FaultRow::new(
            "snapshots.delete",
            three(aged),
            all(json!({ "name": "auto-2" })),
        )
        .for_good(),
        FaultRow::new(
            "snapshots.rollback",
            three(aged),
            all(json!({ "name": "auto-3" })),
        )
        .for_good(),
        FaultRow::new(
            "snapshots.rollback",
            three(aged),
            with(&["101"], json!({ "name": "auto-2", "safety": true })),
        )
        .called("snapshots.rollback, with a way back"),
        FaultRow::new(
            "snapshots.prune",
            three(aged),
            all(json!({ "keep_last": 1, "prefix": "auto" })),
        )
        .for_good(),
        FaultRow::new(
            "snapshots.apply_policy",
            three(|guest| {
                guest
                    .tags(&["web"])
                    .snapshot_of("auto-nightly-1", "2025-02-01T02:00:00Z", false)
                    .snapshot_of("auto-nightly-2", "2025-02-02T02:00:00Z", false)
            }),
            json!({ "policy": "nightly" }),
        )
        .done_before(
            "snapshots.set_policy",
            json!({ "name": "nightly", "guests": ["tag=web"], "schedule": "02:30", "keep": 2 }),
        )
        .for_good(),
    ]
}

/// Storages and nodes.
pub(crate) fn places() -> Vec<FaultRow> {
    let littered = || {
        of(vms())
            .storage(
                "local",
                "dir",
                &json!({ "content": ["iso", "vztmpl", "images"] }),
            )
            .volume("fast:vm-101-disk-7", "images", Some(101))
            .volume("fast:vm-800-disk-0", "images", Some(800))
            .volume("fast:vm-801-disk-0", "images", Some(801))
    };
    let volumes = [
        "fast:vm-101-disk-7",
        "fast:vm-800-disk-0",
        "fast:vm-801-disk-0",
    ];
    let busy = || of(vms().map(|guest| guest.with("node", "pve1").running()));
    let nodes = json!({ "nodes": ["pve1", "pve2", "pve3"] });
    let service = |verb: &str| json!({ "nodes": ["pve1", "pve2", "pve3"], "service": "pvestatd", "do": verb });
    let mut download = FaultRow::new(
        "storages.download",
        littered(),
        json!({ "storage": "local", "node": "pve1", "content": "iso" }),
    );
    download.offers = true;
    let mut upload = FaultRow::new(
        "storages.upload",
        littered(),
        json!({ "storage": "local", "node": "pve2", "content": "iso" }),
    );
    upload.file = Some(tempfile::TempDir::new().unwrap());
    let mut wake = FaultRow::new("nodes.wake", of([]), json!({ "nodes": ["pve2"] }))
        .after(
            Method::Put,
            "/nodes/pve2/config",
            &[("wakeonlan", "02:00:00:00:00:02")],
        )
        .for_good();
    wake.off = vec!["pve2"];
    vec![
        FaultRow::new(
            "storages.delete_volume",
            littered(),
            json!({ "volumes": volumes }),
        )
        .for_good(),
        FaultRow::new("storages.clean_up", littered(), json!({})).for_good(),
        FaultRow::new(
            "storages.set",
            littered(),
            json!({ "storage": "plain", "enabled": false }),
        ),
        download,
        upload,
        FaultRow::new("nodes.refresh_updates", of([]), nodes).for_good(),
        FaultRow::new("nodes.service", of([]), service("stop")),
        FaultRow::new("nodes.service", of([]), service("restart"))
            .called("nodes.service, again")
            .for_good(),
        FaultRow::new("nodes.evacuate", busy(), json!({ "node": "pve1" })),
        FaultRow::new(
            "nodes.reboot",
            busy(),
            json!({ "node": "pve1", "evacuate": true }),
        )
        .for_good(),
        FaultRow::new(
            "nodes.shutdown",
            busy(),
            json!({ "node": "pve1", "evacuate": true }),
        )
        .for_good(),
        wake,
    ]
}

/// What is made of other operations.
pub(crate) fn composed() -> Vec<FaultRow> {
    let web = || three(|guest| guest.running().tags(&["web"]));
    vec![
        FaultRow::new("runbooks.run", web(), json!({ "name": "care" }))
            .done_before("runbooks.create", json!({ "source": RUNBOOK })),
        FaultRow::new("schedules.run", web(), json!({ "schedule": "night" })).done_before(
            "schedules.create",
            json!({ "name": "night", "calendar": "02:00", "op": "guests.stop", "guests": ["tag=web"] }),
        ),
        FaultRow::new("runs.undo", web(), json!({ "run": "{run}" }))
            .done_before("guests.stop", all(json!({}))),
        FaultRow::new("runs.undo", web(), json!({ "run": "{run}" }))
            .called("runs.undo of a migration")
            .done_before("guests.migrate", with(&["101", "102"], json!({ "target": "pve3" }))),
    ]
}

/// Operations on a cluster that never come to more than one step on one target.
pub(crate) const SINGLE: [(&str, &str); 4] = [
    (
        "nodes.power",
        "nodes.reboot and nodes.shutdown are made of it",
    ),
    (
        "pve.create",
        "any call: raw_calls and crash_points look at it",
    ),
    ("pve.set", "any call: raw_calls and crash_points look at it"),
    (
        "pve.delete",
        "any call: raw_calls and crash_points look at it",
    ),
];

/// All of them.
pub(crate) fn all_rows() -> Vec<FaultRow> {
    let mut rows = power();
    rows.extend(options());
    rows.extend(life());
    rows.extend(snapshots());
    rows.extend(places());
    rows.extend(composed());
    rows
}
