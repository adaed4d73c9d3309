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
    Snapshot(u8, u8),
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
}

const NODES: [&str; 2] = ["pve1", "pve2"];
const STORAGES: [&str; 4] = ["thin", "local", "nas", "nosuch"];

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let actions = prop::sample::select(vec![
        "start", "stop", "shutdown", "reboot", "reset", "suspend", "resume",
    ]);
    let guest = || 0..6_u8;
    let storage = || prop::sample::select(&STORAGES[..]);
    prop_oneof![
        4 => (guest(), actions).prop_map(|(guest, action)| Step::Power(guest, action)),
        3 => (guest(), 0..3_u8).prop_map(|(guest, name)| Step::Snapshot(guest, name)),
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
        3 => (guest(), 0..2_u8, any::<bool>())
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
            Step::Snapshot(guest, name) => {
                let form = [("snapname", format!("snap{name}"))];
                rig.post(
                    &format!("{}/snapshot", self.path(*guest)),
                    &[("snapname", &form[0].1)],
                )
                .await
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
                let mut form = vec![("target", NODES[usize::from(*node)])];
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

    fn open_tasks(&self) -> usize {
        let is_open = |upid: &&String| self.rig.sim.task(upid).unwrap().exit.is_none();
        self.upids.iter().filter(is_open).count()
    }

    /// A lock always belongs to a task that still runs, or to a VM that sleeps.
    fn check_locks(&self, step: &Step) {
        for guest in 0..6 {
            let Some(view) = self.rig.sim.guest(vmid(guest)) else {
                continue;
            };
            let fits = matches!(view.lock.as_deref(), None | Some("suspended"));
            assert!(fits || self.open_tasks() > 0, "{step:?}: {view:?}");
            let parent = view.parent.as_ref();
            assert!(
                parent.is_none_or(|name| view.snapshots.contains(name)),
                "{view:?}"
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

/// Takes the steps, waits for all tasks and looks at everything; gives the simulator back.
pub(crate) async fn walk(steps: &[Step]) -> Rig {
    let mut walk = Walk {
        rig: Rig::start(options(world())).await,
        upids: Vec::new(),
        backups: Vec::new(),
    };
    for step in steps {
        let Some(answer) = walk.take(step).await else {
            walk.check_locks(step);
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
        walk.check_locks(step);
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
    walk.check_locks(&Step::Wait(0));
    // What was interrupted may leave a volume behind, as on a real node.
    let was_aborted = steps.iter().any(|step| matches!(step, Step::Abort));
    walk.check_disks(was_aborted).await;
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
