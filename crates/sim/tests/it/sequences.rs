//! Any sequence of calls leaves the cluster in order: every task ends, no lock stays behind, no disk is
//! lost, and each guest is on one node.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Answer, Rig, options, small_world};
use sim::World;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Power(u8, &'static str),
    /// With or without the memory.
    Snapshot(u8, u8, bool),
    Describe(u8, u8),
    RollBack(u8, u8),
    DeleteSnapshot(u8, u8),
    Abort,
    Wait(u64),
    Create(u8, &'static str),
    Destroy(u8, bool),
    Clone(u8, u8, bool, &'static str),
    Template(u8),
    Detach(u8),
    Attach(u8),
    AddDisk(u8, &'static str),
    Change(u8, u8),
    Resize(u8),
    MoveDisk(u8, &'static str, bool),
    Migrate(u8, u8, bool),
    BackUp(u8, &'static str),
    Restore(u8, bool),
    DeleteBackup,
    Hibernate(u8),
    Rename(u8, &'static str),
    Protect(u8, bool),
    Unlink(u8, bool),
    Manage(u8, &'static str),
    Unmanage(u8),
    Relocate(u8, u8),
    MakePool(u8),
    DropPool(u8),
    Join(u8, u8, bool),
    Leave(u8, u8),
    Everyone(u8, &'static str),
    Allocate(u8, &'static str),
}

const NODES: [&str; 2] = ["pve1", "pve2"];
/// Where guests are moved to: there is no third node.
const TARGETS: [&str; 3] = ["pve1", "pve2", "pve3"];
const NAMES: [&str; 5] = ["web", "db-1", "-bad", "a b", "\u{645}"];
const STORAGES: [&str; 4] = ["thin", "local", "nas", "nosuch"];

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let actions = prop::sample::select(vec![
        "start", "stop", "shutdown", "reboot", "reset", "suspend", "resume",
    ]);
    let guest = || 0..6_u8;
    let storage = || prop::sample::select(&STORAGES[..]);
    let states = prop::sample::select(vec!["started", "stopped", "ignored", "asleep"]);
    let orders = prop::sample::select(vec!["startall", "stopall", "suspendall"]);
    let more = prop_oneof![
        1 => Just(Step::DeleteBackup),
        2 => guest().prop_map(Step::Hibernate),
        2 => (guest(), prop::sample::select(&NAMES[..]))
            .prop_map(|(guest, name)| Step::Rename(guest, name)),
        2 => (guest(), any::<bool>()).prop_map(|(guest, on)| Step::Protect(guest, on)),
        2 => (guest(), any::<bool>()).prop_map(|(guest, force)| Step::Unlink(guest, force)),
        3 => (guest(), states).prop_map(|(guest, state)| Step::Manage(guest, state)),
        2 => guest().prop_map(Step::Unmanage),
        2 => (guest(), 0..3_u8).prop_map(|(guest, node)| Step::Relocate(guest, node)),
        2 => (0..2_u8).prop_map(Step::MakePool),
        1 => (0..2_u8).prop_map(Step::DropPool),
        3 => (0..2_u8, guest(), any::<bool>())
            .prop_map(|(pool, guest, moves)| Step::Join(pool, guest, moves)),
        1 => (0..2_u8, guest()).prop_map(|(pool, guest)| Step::Leave(pool, guest)),
        1 => (0..3_u8, orders).prop_map(|(node, order)| Step::Everyone(node, order)),
        1 => (guest(), storage()).prop_map(|(guest, storage)| Step::Allocate(guest, storage)),
    ];
    prop_oneof![
        20 => more,
        4 => (guest(), actions).prop_map(|(guest, action)| Step::Power(guest, action)),
        3 => (guest(), 0..3_u8, any::<bool>())
            .prop_map(|(guest, name, ram)| Step::Snapshot(guest, name, ram)),
        1 => (guest(), 0..3_u8).prop_map(|(guest, name)| Step::Describe(guest, name)),
        2 => (guest(), 0..3_u8).prop_map(|(guest, name)| Step::RollBack(guest, name)),
        2 => (guest(), 0..3_u8).prop_map(|(guest, name)| Step::DeleteSnapshot(guest, name)),
        2 => Just(Step::Abort),
        5 => (0..40_u64).prop_map(Step::Wait),
        2 => (guest(), storage()).prop_map(|(guest, storage)| Step::Create(guest, storage)),
        2 => (guest(), any::<bool>()).prop_map(|(guest, purge)| Step::Destroy(guest, purge)),
        3 => (guest(), guest(), any::<bool>(), storage())
            .prop_map(|(from, to, full, storage)| Step::Clone(from, to, full, storage)),
        1 => guest().prop_map(Step::Template),
        2 => guest().prop_map(Step::Detach),
        2 => guest().prop_map(Step::Attach),
        2 => (guest(), storage()).prop_map(|(guest, storage)| Step::AddDisk(guest, storage)),
        2 => (guest(), 1..9_u8).prop_map(|(guest, cores)| Step::Change(guest, cores)),
        2 => guest().prop_map(Step::Resize),
        3 => (guest(), storage(), any::<bool>())
            .prop_map(|(guest, storage, delete)| Step::MoveDisk(guest, storage, delete)),
        3 => (guest(), 0..3_u8, any::<bool>())
            .prop_map(|(guest, node, online)| Step::Migrate(guest, node, online)),
        2 => (guest(), storage()).prop_map(|(guest, storage)| Step::BackUp(guest, storage)),
        2 => (guest(), any::<bool>()).prop_map(|(guest, force)| Step::Restore(guest, force)),
    ]
}

pub(crate) fn world() -> World {
    let node = |name: &str| {
        json!({"name": name, "status": "online", "cores": 8, "memory_mb": 16384,
               "memory_used_mb": 2048, "cpu_load": 0.1})
    };
    let storage = |id: &str, kind: &str, shared: bool, content: &[&str]| {
        json!({"id": id, "type": kind, "shared": shared, "nodes": null, "content": content,
               "total_gb": 5000, "used_gb": 10, "enabled": true, "active": true})
    };
    let text = small_world(&json!({
        "cluster": {"name": "small", "quorate": true},
        "nodes": [node("pve1"), node("pve2")],
        "storages": [
            storage("thin", "lvmthin", false, &["images", "rootdir"]),
            storage("local", "dir", false, &["images", "rootdir", "backup"]),
            storage("nas", "nfs", true, &["images", "rootdir", "backup"]),
        ],
    }));
    World::from_json(&text).unwrap()
}

/// Guests by number: 101 to 103 are there at the start, 104 to 106 are not.
fn vmid(guest: u8) -> u32 {
    101 + u32::from(guest)
}

struct Walk {
    rig: Rig,
    upids: Vec<String>,
    /// Backups that a listing showed.
    backups: Vec<(String, &'static str)>,
}

impl Walk {
    fn path(&self, guest: u8) -> String {
        let vmid = vmid(guest);
        match self.rig.sim.guest(vmid) {
            Some(view) => format!("/nodes/{}/{}/{vmid}", view.node, view.kind.as_str()),
            None => format!(
                "/nodes/pve1/{}/{vmid}",
                if guest.is_multiple_of(3) {
                    "qemu"
                } else {
                    "lxc"
                }
            ),
        }
    }

    /// As HA calls it.
    fn sid(&self, guest: u8) -> String {
        let kind = if self.path(guest).contains("/qemu/") {
            "vm"
        } else {
            "ct"
        };
        format!("{kind}:{}", vmid(guest))
    }

    fn disk_key(path: &str) -> &'static str {
        if path.contains("/qemu/") {
            "scsi0"
        } else {
            "rootfs"
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of call")]
    async fn take(&self, step: &Step) -> Option<Answer> {
        let rig = &self.rig;
        Some(match step {
            Step::Power(guest, action) => {
                rig.post(&format!("{}/status/{action}", self.path(*guest)), &[])
                    .await
            }
            Step::Snapshot(guest, name, ram) => {
                let name = format!("snap{name}");
                let mut form = vec![("snapname", name.as_str())];
                let path = self.path(*guest);
                if *ram && path.contains("/qemu/") {
                    form.push(("vmstate", "1"));
                }
                rig.post(&format!("{path}/snapshot"), &form).await
            }
            Step::Describe(guest, name) => {
                let path = format!("{}/snapshot/snap{name}/config", self.path(*guest));
                rig.put(&path, &[("description", "told again")]).await
            }
            Step::RollBack(guest, name) => {
                let path = format!("{}/snapshot/snap{name}/rollback", self.path(*guest));
                rig.post(&path, &[]).await
            }
            Step::DeleteSnapshot(guest, name) => {
                rig.delete(&format!("{}/snapshot/snap{name}", self.path(*guest)))
                    .await
            }
            Step::Abort => {
                let upid = self.upids.last()?;
                let node = upid.split(':').nth(1)?;
                let escaped = upid.replace(':', "%3A");
                rig.delete(&format!("/nodes/{node}/tasks/{escaped}")).await
            }
            Step::Wait(seconds) => {
                rig.wait_s(*seconds);
                return None;
            }
            Step::Create(guest, storage) => {
                let number = vmid(*guest).to_string();
                let disk = format!("{storage}:2");
                rig.post(
                    "/nodes/pve1/qemu",
                    &[("vmid", &number), ("scsi0", &disk), ("name", "made")],
                )
                .await
            }
            Step::Destroy(guest, purge) => {
                let path = self.path(*guest);
                let query = if *purge { "?purge=1" } else { "" };
                rig.delete(&format!("{path}{query}")).await
            }
            Step::Clone(from, to, full, storage) => {
                let number = vmid(*to).to_string();
                let mut form = vec![("newid", number.as_str())];
                if *full {
                    form.extend([("full", "1"), ("storage", *storage)]);
                }
                rig.post(&format!("{}/clone", self.path(*from)), &form)
                    .await
            }
            Step::Template(guest) => {
                rig.post(&format!("{}/template", self.path(*guest)), &[])
                    .await
            }
            Step::Detach(guest) => {
                let path = self.path(*guest);
                let key = if path.contains("/qemu/") {
                    "scsi0"
                } else {
                    "mp0"
                };
                rig.put(&format!("{path}/config"), &[("delete", key)]).await
            }
            Step::Attach(guest) => {
                let path = self.path(*guest);
                let config = rig.get(&format!("{path}/config")).await;
                let volid = config.data()["unused0"].as_str()?.to_owned();
                let (key, value) = if path.contains("/qemu/") {
                    ("scsi3", volid)
                } else {
                    ("mp0", format!("{volid},mp=/data"))
                };
                rig.put(&format!("{path}/config"), &[(key, &value)]).await
            }
            Step::AddDisk(guest, storage) => {
                let path = self.path(*guest);
                let (key, value) = if path.contains("/qemu/") {
                    ("scsi2", format!("{storage}:1"))
                } else {
                    ("mp0", format!("{storage}:1,mp=/data"))
                };
                rig.put(&format!("{path}/config"), &[(key, &value)]).await
            }
            Step::Change(guest, cores) => {
                let cores = cores.to_string();
                rig.put(
                    &format!("{}/config", self.path(*guest)),
                    &[("cores", &cores)],
                )
                .await
            }
            Step::Resize(guest) => {
                let path = self.path(*guest);
                let form = [("disk", Self::disk_key(&path)), ("size", "+1G")];
                rig.put(&format!("{path}/resize"), &form).await
            }
            Step::MoveDisk(guest, storage, delete) => {
                let path = self.path(*guest);
                let delete = if *delete { "1" } else { "0" };
                let (method, key) = if path.contains("/qemu/") {
                    ("move_disk", "disk")
                } else {
                    ("move_volume", "volume")
                };
                let form = [
                    (key, Self::disk_key(&path)),
                    ("storage", *storage),
                    ("delete", delete),
                ];
                rig.post(&format!("{path}/{method}"), &form).await
            }
            Step::Migrate(guest, node, online) => {
                let path = self.path(*guest);
                let mut form = vec![("target", TARGETS[usize::from(*node)])];
                if path.contains("/qemu/") {
                    form.push(("with-local-disks", "1"));
                    form.push(("online", if *online { "1" } else { "0" }));
                } else {
                    form.push(("restart", if *online { "1" } else { "0" }));
                }
                rig.post(&format!("{path}/migrate"), &form).await
            }
            Step::BackUp(guest, storage) => {
                let path = self.path(*guest);
                let node = path.split('/').nth(2).unwrap();
                let number = vmid(*guest).to_string();
                let form = [("vmid", number.as_str()), ("storage", storage)];
                rig.post(&format!("/nodes/{node}/vzdump"), &form).await
            }
            Step::DeleteBackup => {
                let (volid, node) = self.backups.first()?;
                let path = format!("/nodes/{node}/storage/nas/content/{volid}");
                rig.delete(&path).await
            }
            Step::Hibernate(guest) => {
                let path = format!("{}/status/suspend", self.path(*guest));
                rig.post(&path, &[("todisk", "1")]).await
            }
            Step::Rename(guest, name) => {
                let path = self.path(*guest);
                let key = if path.contains("/qemu/") {
                    "name"
                } else {
                    "hostname"
                };
                let form = [(key, *name), ("tags", "a;b")];
                rig.put(&format!("{path}/config"), &form).await
            }
            Step::Protect(guest, on) => {
                let form = [("protection", if *on { "1" } else { "0" })];
                rig.put(&format!("{}/config", self.path(*guest)), &form)
                    .await
            }
            Step::Unlink(guest, force) => {
                let form = [
                    ("idlist", "unused0"),
                    ("force", if *force { "1" } else { "0" }),
                ];
                rig.put(&format!("{}/unlink", self.path(*guest)), &form)
                    .await
            }
            Step::Manage(guest, state) => {
                let sid = self.sid(*guest);
                let known = rig.get(&format!("/cluster/ha/resources/{sid}")).await;
                if known.status == 200 {
                    let path = format!("/cluster/ha/resources/{sid}");
                    rig.put(&path, &[("state", state)]).await
                } else {
                    let form = [("sid", sid.as_str()), ("state", state)];
                    rig.post("/cluster/ha/resources", &form).await
                }
            }
            Step::Unmanage(guest) => {
                rig.delete(&format!("/cluster/ha/resources/{}", self.sid(*guest)))
                    .await
            }
            Step::Relocate(guest, node) => {
                let path = format!("/cluster/ha/resources/{}/migrate", self.sid(*guest));
                rig.post(&path, &[("node", TARGETS[usize::from(*node)])])
                    .await
            }
            Step::MakePool(pool) => {
                rig.post("/pools", &[("poolid", &format!("pool{pool}"))])
                    .await
            }
            Step::DropPool(pool) => rig.delete(&format!("/pools/pool{pool}")).await,
            Step::Join(pool, guest, moves) => {
                let number = vmid(*guest).to_string();
                let mut form = vec![("vms", number.as_str())];
                if *moves {
                    form.push(("allow-move", "1"));
                }
                rig.put(&format!("/pools/pool{pool}"), &form).await
            }
            Step::Leave(pool, guest) => {
                let number = vmid(*guest).to_string();
                let form = [("vms", number.as_str()), ("delete", "1")];
                rig.put(&format!("/pools/pool{pool}"), &form).await
            }
            Step::Everyone(node, order) => {
                let node = TARGETS[usize::from(*node)];
                rig.post(&format!("/nodes/{node}/{order}"), &[]).await
            }
            Step::Allocate(guest, storage) => {
                let number = vmid(*guest).to_string();
                let file = format!("vm-{number}-disk-77.raw");
                let form = [
                    ("vmid", number.as_str()),
                    ("filename", file.as_str()),
                    ("size", "1G"),
                ];
                let path = format!("/nodes/pve1/storage/{storage}/content");
                rig.post(&path, &form).await
            }
            Step::Restore(guest, force) => {
                let (volid, node) = self.backups.last()?;
                let number = vmid(*guest).to_string();
                let force = if *force { "1" } else { "0" };
                let mut form = vec![
                    ("vmid", number.as_str()),
                    ("force", force),
                    ("storage", "nas"),
                ];
                if volid.contains("-qemu-") {
                    form.push(("archive", volid));
                    rig.post(&format!("/nodes/{node}/qemu"), &form).await
                } else {
                    form.push(("ostemplate", volid));
                    form.push(("restore", "1"));
                    rig.post(&format!("/nodes/{node}/lxc"), &form).await
                }
            }
        })
    }

    /// What runs on the cluster: kind and id of each task.
    async fn running(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for node in NODES {
            let path = format!("/nodes/{node}/tasks?source=active&limit=500");
            for row in self.rig.get(&path).await.data().as_array().unwrap() {
                let text = |key: &str| row[key].as_str().unwrap().to_owned();
                all.push((text("type"), text("id")));
            }
        }
        all
    }

    /// A lock always belongs to a task that still runs on that guest, or to a VM that sleeps; each guest is
    /// on one node, and stands on a snapshot that it has.
    async fn check_guests(&self, step: &Step) {
        let running = self.running().await;
        let mut homes: BTreeMap<u64, &str> = BTreeMap::new();
        for node in NODES {
            for kind in ["qemu", "lxc"] {
                let list = self.rig.get(&format!("/nodes/{node}/{kind}")).await;
                for row in list.data().as_array().unwrap() {
                    let vmid = row["vmid"].as_u64().unwrap();
                    let before = homes.insert(vmid, node);
                    assert_eq!(before, None, "{step:?}: {vmid} is there twice");
                }
            }
        }
        for vmid in self.rig.sim.vmids() {
            let view = self.rig.sim.guest(vmid).unwrap();
            assert_eq!(
                homes.get(&u64::from(vmid)).copied(),
                Some(&*view.node),
                "{step:?}"
            );
            let parent = view.parent.as_ref();
            assert!(
                parent.is_none_or(|name| view.snapshots.contains(name)),
                "{view:?}"
            );
            let Some(lock) = view.lock.as_deref() else {
                continue;
            };
            // A clone is locked by the task of its source; a job of many backups has no guest's id.
            let owns = |(kind, id): &(String, String)| {
                *id == vmid.to_string()
                    || kind.ends_with("clone")
                    || kind == "vzdump"
                    || kind == "suspendall"
            };
            assert!(
                lock == "suspended" || running.iter().any(owns),
                "{step:?}: {view:?} {running:?}"
            );
        }
    }

    /// Volumes with their owners, as the storages of a node list them.
    async fn listed(&self, node: &'static str) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        for storage in ["thin", "local", "nas"] {
            let path = format!("/nodes/{node}/storage/{storage}/content");
            for row in self.rig.get(&path).await.data().as_array().unwrap() {
                all.insert(row["volid"].as_str().unwrap().to_owned(), row.clone());
            }
        }
        all
    }

    /// Each disk of a configuration is in a storage of the guest's node, and no disk is there for nobody.
    async fn check_disks(&self, may_have_leftovers: bool) {
        let resources = self.rig.get("/cluster/resources?type=vm").await;
        let mut homes: BTreeMap<u64, String> = BTreeMap::new();
        for row in resources.data().as_array().unwrap() {
            let number = row["vmid"].as_u64().unwrap();
            let node = row["node"].as_str().unwrap().to_owned();
            assert!(
                homes.insert(number, node).is_none(),
                "guest {number} is there twice"
            );
        }
        let lists = [self.listed(NODES[0]).await, self.listed(NODES[1]).await];
        let mut used: BTreeSet<(usize, String)> = BTreeSet::new();
        for (number, node) in &homes {
            let at = NODES.iter().position(|name| name == node).unwrap();
            let view = self.rig.sim.guest(u32::try_from(*number).unwrap()).unwrap();
            let path = format!("/nodes/{node}/{}/{number}", view.kind.as_str());
            let mut configs = vec![self.rig.get(&format!("{path}/config")).await];
            configs.push(self.rig.get(&format!("{path}/config?current=1")).await);
            for name in view.snapshots.iter().filter(|name| *name != "current") {
                configs.push(
                    self.rig
                        .get(&format!("{path}/snapshot/{name}/config"))
                        .await,
                );
            }
            for config in configs {
                assert_eq!(config.status, 200, "{config:?}");
                for (key, value) in config.data().as_object().unwrap() {
                    let text = value.as_str().unwrap_or_default();
                    let volid = text.split(',').next().unwrap_or_default();
                    let is_disk = ["scsi", "rootfs", "mp", "unused", "vmstate"]
                        .iter()
                        .any(|start| key.starts_with(start) && key != "scsihw");
                    if is_disk && volid.contains(':') {
                        assert!(
                            lists[at].contains_key(volid),
                            "guest {number} on {node}: {key} {volid} is lost"
                        );
                        used.insert((at, volid.to_owned()));
                        if volid.starts_with("nas:") {
                            used.insert((1 - at, volid.to_owned()));
                        }
                    }
                }
            }
        }
        if may_have_leftovers {
            return;
        }
        for (at, list) in lists.iter().enumerate() {
            for (volid, row) in list {
                let is_disk = matches!(row["content"].as_str(), Some("images" | "rootdir"));
                assert!(
                    !is_disk || used.contains(&(at, volid.clone())),
                    "{volid} on {} belongs to nobody: {row}",
                    NODES[at]
                );
            }
        }
    }
}

/// Takes the steps, and waits for nothing.
async fn take(steps: &[Step]) -> Walk {
    let mut walk = Walk {
        rig: Rig::start(options(world())).await,
        upids: Vec::new(),
        backups: Vec::new(),
    };
    for step in steps {
        let Some(answer) = walk.take(step).await else {
            walk.check_guests(step).await;
            continue;
        };
        assert!(
            matches!(answer.status, 200 | 400 | 403 | 500 | 501),
            "{step:?}: {answer:?}"
        );
        if let Some(upid) = answer
            .data()
            .as_str()
            .filter(|text| text.starts_with("UPID:"))
        {
            walk.upids.push(upid.to_owned());
        }
        walk.check_guests(step).await;
        if matches!(step, Step::BackUp(..)) {
            walk.rig.wait_s(300);
            for node in NODES {
                let list = walk.listed(node).await;
                let mine = list
                    .into_iter()
                    .filter(|(_, row)| row["content"] == "backup");
                walk.backups.extend(mine.map(|(volid, _)| (volid, node)));
            }
        }
    }
    walk
}

/// A simulator in the middle of what the steps began.
pub(crate) async fn begin(steps: &[Step]) -> Rig {
    take(steps).await.rig
}

/// Takes the steps, waits for all tasks and looks at everything; gives the simulator back.
pub(crate) async fn walk(steps: &[Step]) -> Rig {
    let walk = take(steps).await;
    for _ in 0..6 {
        walk.rig.wait_s(600);
    }
    for upid in &walk.upids {
        let task = walk.rig.sim.task(upid).unwrap();
        let last = task.log.last().cloned().unwrap_or_default();
        let last = last.replace('\n', " ");
        match task.exit.as_deref() {
            Some("OK") => assert_eq!(last, "TASK OK"),
            Some(text) if text.starts_with("WARNINGS: ") => {
                assert_eq!(last, format!("TASK {text}"));
            }
            Some(text) => assert_eq!(last, format!("TASK ERROR: {text}")),
            None => panic!("{upid} does not end"),
        }
    }
    walk.check_guests(&Step::Wait(0)).await;
    assert_eq!(walk.running().await, [], "everything has ended");
    // What was interrupted may leave a volume behind, as on a real node.
    // So does what was allocated by hand.
    let may_have_leftovers = steps
        .iter()
        .any(|step| matches!(step, Step::Abort | Step::Allocate(..)));
    walk.check_disks(may_have_leftovers).await;
    let unique: BTreeSet<&String> = walk.upids.iter().collect();
    assert_eq!(unique.len(), walk.upids.len(), "a UPID is there twice");
    walk.rig
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_task_ends_no_lock_stays_and_no_disk_is_lost(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let rig = runtime.block_on(walk(&steps));
        drop(rig);
    }
}
