//! Guests as one changes them: configuration, disks, clones, templates, moves, removal.

use serde_json::{Value, json};

use crate::client::{Answer, Rig, options, small_world};
use sim::World;

/// Two nodes; a storage that both see.
async fn rig() -> Rig {
    let node = |name: &str| {
        json!({"name": name, "status": "online", "cores": 8, "memory_mb": 16384,
               "memory_used_mb": 2048, "cpu_load": 0.1})
    };
    let storage = |id: &str, kind: &str, shared: bool, content: &[&str]| {
        json!({"id": id, "type": kind, "shared": shared, "nodes": null, "content": content,
               "total_gb": 500, "used_gb": 10, "enabled": true, "active": true})
    };
    let world = small_world(&json!({
        "cluster": {"name": "small", "quorate": true},
        "nodes": [node("pve1"), node("pve2")],
        "storages": [
            storage("thin", "lvmthin", false, &["images", "rootdir"]),
            storage("local", "dir", false, &["images", "rootdir", "iso", "vztmpl", "backup"]),
            storage("nas", "nfs", true, &["images", "rootdir", "backup"]),
        ],
    }));
    Rig::start(options(World::from_json(&world).unwrap())).await
}

/// The call is accepted, and its task ends well.
fn done(rig: &Rig, answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer:?}");
    rig.wait_s(900);
    let task = rig.sim.task(&answer.upid()).unwrap();
    assert_eq!(task.exit.as_deref(), Some("OK"), "{task:?}");
}

async fn config(rig: &Rig, path: &str) -> Value {
    let answer = rig.get(&format!("{path}/config")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.data().clone()
}

async fn volumes(rig: &Rig, node: &str, storage: &str) -> Vec<String> {
    let answer = rig
        .get(&format!("/nodes/{node}/storage/{storage}/content"))
        .await;
    let rows = answer.data().as_array().unwrap().clone();
    rows.iter()
        .map(|row| row["volid"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_change_that_a_running_vm_cannot_take_waits_until_it_starts_again() {
    let rig = rig().await;
    let path = "/nodes/pve1/qemu/101";
    let answer = rig.put(&format!("{path}/config"), &[("cores", "4")]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(config(&rig, path).await["cores"], 4);
    let now = rig.get(&format!("{path}/config?current=1")).await;
    assert_eq!(now.data()["cores"], 2);
    let pending = rig.get(&format!("{path}/pending")).await;
    let row = pending.data().as_array().unwrap().clone();
    let row = row.iter().find(|row| row["key"] == "cores").unwrap();
    assert_eq!(row, &json!({"key": "cores", "value": 2, "pending": 4}));

    let answer = rig
        .put(&format!("{path}/config"), &[("revert", "cores")])
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(config(&rig, path).await["cores"], 2);

    rig.put(&format!("{path}/config"), &[("cores", "6")]).await;
    done(&rig, &rig.post(&format!("{path}/status/stop"), &[]).await);
    done(&rig, &rig.post(&format!("{path}/status/start"), &[]).await);
    let now = rig.get(&format!("{path}/config?current=1")).await;
    assert_eq!(now.data()["cores"], 6);
}

#[tokio::test]
async fn an_old_digest_is_refused_and_changes_nothing() {
    let rig = rig().await;
    let path = "/nodes/pve1/lxc/102";
    let old = config(&rig, path).await["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    rig.put(&format!("{path}/config"), &[("description", "new")])
        .await;
    let answer = rig
        .put(
            &format!("{path}/config"),
            &[("description", "newer"), ("digest", &old)],
        )
        .await;
    assert_eq!(answer.status, 500);
    assert!(
        answer.reason.contains("detected modified configuration"),
        "{answer:?}"
    );
    assert_eq!(config(&rig, path).await["description"], "new\n");
}

#[tokio::test]
async fn a_new_vm_has_its_disk_in_the_storage_until_it_is_destroyed() {
    let rig = rig().await;
    let free = rig.get("/cluster/nextid").await;
    assert_eq!(free.data(), "100");
    let answer = rig
        .post(
            "/nodes/pve1/qemu",
            &[
                ("vmid", "100"),
                ("name", "fresh"),
                ("scsi0", "local:4"),
                ("memory", "512"),
            ],
        )
        .await;
    done(&rig, &answer);
    assert!(
        volumes(&rig, "pve1", "local")
            .await
            .contains(&"local:100/vm-100-disk-0.raw".to_owned())
    );
    assert_eq!(rig.get("/cluster/nextid").await.data(), "104");
    let path = "/nodes/pve1/qemu/100";
    rig.put(&format!("{path}/config"), &[("protection", "1")])
        .await;
    let answer = rig.delete(path).await;
    assert_ne!(answer.status, 200);
    rig.put(&format!("{path}/config"), &[("protection", "0")])
        .await;
    done(&rig, &rig.delete(path).await);
    assert_eq!(rig.get(&format!("{path}/config")).await.status, 500);
    assert!(
        !volumes(&rig, "pve1", "local")
            .await
            .iter()
            .any(|volid| volid.contains("vm-100"))
    );
}

#[tokio::test]
async fn a_detached_disk_stays_as_unused_and_is_freed_with_its_entry() {
    let rig = rig().await;
    let path = "/nodes/pve1/qemu/101";
    done(&rig, &rig.post(&format!("{path}/status/stop"), &[]).await);
    let disk = config(&rig, path).await["scsi0"]
        .as_str()
        .unwrap()
        .to_owned();
    let volid = disk.split(',').next().unwrap().to_owned();
    rig.put(&format!("{path}/config"), &[("delete", "scsi0")])
        .await;
    assert_eq!(config(&rig, path).await["unused0"], volid.as_str());
    assert!(volumes(&rig, "pve1", "thin").await.contains(&volid));
    rig.put(&format!("{path}/config"), &[("delete", "unused0")])
        .await;
    assert!(config(&rig, path).await["unused0"].is_null());
    assert!(!volumes(&rig, "pve1", "thin").await.contains(&volid));
}

#[tokio::test]
async fn a_grown_disk_is_larger_in_the_configuration_and_in_the_storage() {
    let rig = rig().await;
    let path = "/nodes/pve1/qemu/101";
    let size = || async {
        let rows = rig.get("/nodes/pve1/storage/thin/content?vmid=101").await;
        rows.data()[0]["size"].as_u64().unwrap()
    };
    let before = size().await;
    let form = [("disk", "scsi0"), ("size", "+2G")];
    done(&rig, &rig.put(&format!("{path}/resize"), &form).await);
    assert_eq!(size().await, before + (2 << 30));
    let disk = config(&rig, path).await["scsi0"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(disk.contains("size=10G"), "{disk}");
}

#[tokio::test]
async fn a_linked_clone_needs_a_template_and_keeps_it_from_being_destroyed() {
    let rig = rig().await;
    let path = "/nodes/pve1/qemu/101";
    done(&rig, &rig.post(&format!("{path}/status/stop"), &[]).await);
    let to_files = [
        ("disk", "scsi0"),
        ("storage", "nas"),
        ("format", "qcow2"),
        ("delete", "1"),
    ];
    done(
        &rig,
        &rig.post(&format!("{path}/move_disk"), &to_files).await,
    );
    done(&rig, &rig.post(&format!("{path}/template"), &[]).await);
    assert_eq!(config(&rig, path).await["template"], 1);
    let form = [("newid", "200"), ("name", "child"), ("full", "0")];
    done(&rig, &rig.post(&format!("{path}/clone"), &form).await);
    let disk = config(&rig, "/nodes/pve1/qemu/200").await["scsi0"]
        .as_str()
        .unwrap()
        .to_owned();
    let base = "nas:101/base-101-disk-0.qcow2/200/vm-200-disk-0.qcow2";
    assert!(disk.starts_with(base), "{disk}");
    let answer = rig.delete(path).await;
    rig.wait_s(60);
    let ended_well =
        answer.status == 200 && rig.sim.task(&answer.upid()).unwrap().exit.as_deref() == Some("OK");
    assert!(!ended_well, "{answer:?}");
    assert!(rig.sim.guest(101).is_some());
    done(&rig, &rig.delete("/nodes/pve1/qemu/200").await);
    done(&rig, &rig.delete(path).await);
    assert!(rig.sim.guest(101).is_none());
}

#[tokio::test]
async fn a_thin_linked_clone_stands_without_its_template() {
    let rig = rig().await;
    let path = "/nodes/pve1/qemu/101";
    done(&rig, &rig.post(&format!("{path}/status/stop"), &[]).await);
    done(&rig, &rig.post(&format!("{path}/template"), &[]).await);
    let form = [("newid", "200"), ("full", "0")];
    done(&rig, &rig.post(&format!("{path}/clone"), &form).await);
    done(&rig, &rig.delete(path).await);
    let left = volumes(&rig, "pve1", "thin").await;
    assert!(left.contains(&"thin:vm-200-disk-0".to_owned()), "{left:?}");
    assert!(
        !left.iter().any(|volid| volid.contains("-101-")),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_moved_disk_lies_in_the_other_storage_alone() {
    let rig = rig().await;
    let path = "/nodes/pve1/qemu/101";
    let form = [("disk", "scsi0"), ("storage", "nas"), ("delete", "1")];
    done(&rig, &rig.post(&format!("{path}/move_disk"), &form).await);
    let disk = config(&rig, path).await["scsi0"]
        .as_str()
        .unwrap()
        .to_owned();
    let volid = disk.split(',').next().unwrap().to_owned();
    assert!(volid.starts_with("nas:101/"), "{disk}");
    assert_eq!(volumes(&rig, "pve2", "nas").await, [volid]);
    assert!(
        !volumes(&rig, "pve1", "thin")
            .await
            .iter()
            .any(|volid| volid.contains("vm-101"))
    );
}

#[tokio::test]
async fn a_running_vm_moves_online_and_takes_its_local_disk_along() {
    let rig = rig().await;
    let path = "/nodes/pve1/qemu/101";
    let answer = rig
        .post(&format!("{path}/migrate"), &[("target", "pve2")])
        .await;
    rig.wait_s(60);
    let failed =
        answer.status != 200 || rig.sim.task(&answer.upid()).unwrap().exit.as_deref() != Some("OK");
    assert!(failed, "{answer:?}");
    assert_eq!(rig.sim.guest(101).unwrap().node, "pve1");
    let form = [
        ("target", "pve2"),
        ("online", "1"),
        ("with-local-disks", "1"),
    ];
    done(&rig, &rig.post(&format!("{path}/migrate"), &form).await);
    let guest = rig.sim.guest(101).unwrap();
    assert_eq!(guest.node, "pve2");
    let moved = |volid: &String| volid.contains("vm-101");
    assert!(!volumes(&rig, "pve1", "thin").await.iter().any(moved));
    assert!(volumes(&rig, "pve2", "thin").await.iter().any(moved));
    let status = rig.get("/nodes/pve2/qemu/101/status/current").await;
    assert_eq!(status.data()["status"], "running");
    assert_eq!(rig.get(&format!("{path}/config")).await.status, 500);
}

#[tokio::test]
async fn a_guest_that_is_in_a_pool_is_listed_there_and_leaves_it_when_destroyed() {
    let rig = rig().await;
    rig.post("/pools", &[("poolid", "shop")]).await;
    let answer = rig
        .put("/pools", &[("poolid", "shop"), ("vms", "102")])
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let pool = rig.get("/pools/shop").await;
    assert_eq!(pool.data()["members"][0]["vmid"], 102);
    let stop = rig.post("/nodes/pve1/lxc/102/status/stop", &[]).await;
    done(&rig, &stop);
    done(&rig, &rig.delete("/nodes/pve1/lxc/102").await);
    let pool = rig.get("/pools/shop").await;
    assert_eq!(pool.data()["members"], json!([]));
}

#[tokio::test]
async fn a_pool_gives_a_guest_the_rights_of_the_root_back_that_a_role_on_vms_took() {
    let rig = rig().await;
    rig.post("/access/users", &[("userid", "ann@pve")]).await;
    for (path, role) in [("/", "PVEAdmin"), ("/vms", "PVEAuditor")] {
        let answer = rig
            .put(
                "/access/acl",
                &[("path", path), ("users", "ann@pve"), ("roles", role)],
            )
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let may_start = async || {
        let held = rig
            .get("/access/permissions?userid=ann@pve&path=/vms/102")
            .await;
        held.data()["/vms/102"]["VM.PowerMgmt"].is_number()
    };
    assert!(!may_start().await);
    rig.post("/pools", &[("poolid", "shop")]).await;
    rig.put("/pools", &[("poolid", "shop"), ("vms", "102")])
        .await;
    assert!(may_start().await);
}
