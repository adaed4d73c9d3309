//! Replication: copies that appear on the other node, by schedule, and what becomes of them.

use serde_json::{Value, json};

use crate::client::{Answer, Rig, noon, options, small_world};
use sim::World;

/// Three nodes; guests 101 (VM) and 102 (container) lie on ZFS, 103 in a directory.
fn world(more: &Value) -> World {
    let node = |name: &str| {
        json!({"name": name, "status": "online", "cores": 8, "memory_mb": 16384,
               "memory_used_mb": 2048, "cpu_load": 0.1})
    };
    let storage = |id: &str, kind: &str| {
        json!({"id": id, "type": kind, "shared": false, "nodes": null, "content": ["images", "rootdir"],
               "total_gb": 500, "used_gb": 10, "enabled": true, "active": true})
    };
    let mut all = json!({
        "cluster": {"name": "small", "quorate": true},
        "nodes": [node("pve1"), node("pve2"), node("pve3")],
        "storages": [storage("thin", "zfspool"), storage("local", "dir")],
    });
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    World::from_json(&small_world(&all)).unwrap()
}

async fn rig() -> Rig {
    Rig::start(options(world(&json!({})))).await
}

fn ok(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer:?}");
}

async fn make(rig: &Rig, id: &str, target: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("id", id), ("type", "local"), ("target", target)];
    form.extend(more);
    rig.post("/cluster/replication", &form).await
}

async fn status(rig: &Rig, node: &str, id: &str) -> Value {
    let answer = rig
        .get(&format!("/nodes/{node}/replication/{id}/status"))
        .await;
    ok(&answer);
    answer.data().clone()
}

/// Names of a guest's volumes on a node.
async fn volumes(rig: &Rig, node: &str, vmid: u32) -> Vec<String> {
    let answer = rig
        .get(&format!("/nodes/{node}/storage/thin/content?vmid={vmid}"))
        .await;
    let rows = answer.data().as_array().unwrap().iter();
    rows.map(|row| row["volid"].as_str().unwrap().to_owned())
        .collect()
}

async fn log(rig: &Rig, node: &str, id: &str) -> Vec<String> {
    let answer = rig
        .get(&format!("/nodes/{node}/replication/{id}/log"))
        .await;
    let rows = answer.data().as_array().unwrap().iter();
    rows.map(|row| row["t"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_run_copies_the_volumes_and_the_next_sends_what_changed() {
    let rig = rig().await;
    ok(&make(&rig, "101-0", "pve2", &[]).await);
    let before = status(&rig, "pve1", "101-0").await;
    assert_eq!(
        [
            &before["last_sync"],
            &before["fail_count"],
            &before["vmtype"]
        ],
        [&json!(0), &json!(0), &json!("qemu")]
    );
    assert_eq!(before.get("duration"), None);
    assert_eq!(volumes(&rig, "pve2", 101).await, [] as [&str; 0]);
    // The scheduler looks at full minutes; what has never run is due.
    rig.wait_s(61);
    let running = status(&rig, "pve1", "101-0").await;
    assert!(running["pid"].as_u64().is_some(), "{running}");
    // Eight gigabytes take their time.
    rig.wait_s(60);
    let first_s = noon().as_second() + 60;
    let after = status(&rig, "pve1", "101-0").await;
    assert_eq!(
        [&after["last_sync"], &after["last_try"], &after["next_sync"]],
        [first_s, first_s, noon().as_second() + 900]
    );
    assert!(after["duration"].as_f64().unwrap() > 1.0, "{after}");
    assert_eq!(after.get("pid"), None);
    assert_eq!(volumes(&rig, "pve2", 101).await, ["thin:vm-101-disk-0"]);
    let lines = log(&rig, "pve1", "101-0").await;
    let snapshot = format!("__replicate_101-0_{first_s}__");
    assert_eq!(lines[0], "2026-11-24 12:01:00 101-0: start replication job");
    for said in [
        "guest => VM 101, running => 1".to_owned(),
        "volumes => thin:vm-101-disk-0".to_owned(),
        format!("create snapshot '{snapshot}' on thin:vm-101-disk-0"),
        "using secure transmission, rate limit: none".to_owned(),
        format!("full sync 'thin:vm-101-disk-0' ({snapshot})"),
        "end replication job".to_owned(),
    ] {
        let wanted = format!("101-0: {said}");
        assert!(
            lines.iter().any(|line| line.ends_with(&wanted)),
            "{said} in {lines:?}"
        );
    }
    rig.wait_s(840);
    let second_s = noon().as_second() + 900;
    assert_eq!(status(&rig, "pve1", "101-0").await["last_sync"], second_s);
    let lines = log(&rig, "pve1", "101-0").await;
    let wanted = format!(
        "incremental sync 'thin:vm-101-disk-0' ({snapshot} => __replicate_101-0_{second_s}__)"
    );
    assert!(
        lines.iter().any(|line| line.ends_with(&wanted)),
        "{lines:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_copied_is_refused_in_the_words_of_pve() {
    let rig = rig().await;
    for (id, target, reason) in [
        (
            "103-0",
            "pve2",
            "missing replicate feature on volume 'local:103/vm-103-disk-0.raw'",
        ),
        ("101-0", "pve1", "Source and target must not be identical"),
        ("101-0", "pve9", "Target 'pve9' does not exist."),
        ("999-0", "pve2", "Guest '999' does not exist."),
    ] {
        let refused = make(&rig, id, target, &[]).await;
        assert_eq!((refused.status, refused.reason.as_str()), (500, reason));
    }
    ok(&make(&rig, "101-0", "pve2", &[]).await);
    let again = make(&rig, "101-1", "pve2", &[]).await;
    assert_eq!(
        again.reason,
        "replication job for guest '101' to target 'local/pve2' already exists"
    );
    let path = "/nodes/pve1/replication/102-0";
    let missing = rig.get(&format!("{path}/status")).await;
    assert_eq!(missing.reason, "no such replication job '102-0'");
    let missing = rig
        .put("/cluster/replication/102-0", &[("disable", "1")])
        .await;
    assert_eq!(missing.reason, "no such job '102-0'");
}

#[tokio::test]
async fn a_failed_run_is_tried_again_later_each_time() {
    let rig = rig().await;
    ok(&make(&rig, "101-0", "pve2", &[]).await);
    rig.wait_s(120);
    let good_s = noon().as_second() + 60;
    // A storage that does not answer over there.
    rig.sim
        .take_effect(&sim::Effect::StorageUnavailable("thin".to_owned()));
    rig.wait_s(900);
    let failed = status(&rig, "pve1", "101-0").await;
    let tried_s = noon().as_second() + 900;
    assert_eq!(
        [
            &failed["fail_count"],
            &failed["last_sync"],
            &failed["last_try"],
            &failed["next_sync"]
        ],
        [1, good_s, tried_s, tried_s + 300]
    );
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("pvesr prepare-local-job 101-0"), "{error}");
    let lines = log(&rig, "pve1", "101-0").await;
    let wanted = format!("end replication job with error: {error}");
    assert!(lines.last().unwrap().ends_with(&wanted), "{lines:?}");
    // 5, 10 and 15 minutes, then every half hour.
    rig.wait_s(300 + 600 + 900 + 10);
    let failed = status(&rig, "pve1", "101-0").await;
    assert_eq!(failed["fail_count"], 4);
    assert_eq!(failed["next_sync"], tried_s + 300 + 600 + 900 + 1800);
    rig.sim
        .take_effect(&sim::Effect::StorageAvailable("thin".to_owned()));
    rig.wait_s(1800);
    let well = status(&rig, "pve1", "101-0").await;
    assert_eq!((&well["fail_count"], well.get("error")), (&json!(0), None));
    // A target that is off is not tried again until it is back.
    rig.sim.set_node_online("pve2", false);
    rig.wait_s(900);
    let failed = status(&rig, "pve1", "101-0").await;
    assert_eq!([&failed["fail_count"], &failed["next_sync"]], [1, 0]);
    rig.wait_s(3600);
    assert_eq!(status(&rig, "pve1", "101-0").await["fail_count"], 1);
    rig.sim.set_node_online("pve2", true);
    rig.wait_s(60);
    rig.wait_s(10);
    assert_eq!(status(&rig, "pve1", "101-0").await["fail_count"], 0);
}

#[tokio::test]
async fn a_run_that_is_asked_for_comes_with_the_next_minute_and_a_disabled_job_rests() {
    let rig = rig().await;
    ok(&make(
        &rig,
        "102-0",
        "pve2",
        &[("schedule", "22:00"), ("rate", "100")],
    )
    .await);
    rig.wait_s(170);
    assert_eq!(
        status(&rig, "pve1", "102-0").await["last_sync"],
        noon().as_second() + 60
    );
    ok(&rig
        .post("/nodes/pve1/replication/102-0/schedule_now", &[])
        .await);
    rig.wait_s(30);
    let state = status(&rig, "pve1", "102-0").await;
    assert_eq!(state["last_sync"], noon().as_second() + 180);
    assert_eq!(state["next_sync"], noon().as_second() + 10 * 3600);
    let lines = log(&rig, "pve1", "102-0").await;
    assert!(
        lines
            .iter()
            .any(|line| line.ends_with("rate limit: 100 MByte/s")),
        "{lines:?}"
    );
    ok(&rig
        .put("/cluster/replication/102-0", &[("disable", "1")])
        .await);
    rig.wait_s(24 * 3600);
    assert_eq!(
        status(&rig, "pve1", "102-0").await["last_sync"],
        noon().as_second() + 180
    );
}

#[tokio::test]
async fn a_job_that_is_removed_takes_its_copies_along_unless_they_are_kept() {
    let rig = rig().await;
    ok(&make(&rig, "101-0", "pve2", &[]).await);
    ok(&make(&rig, "101-1", "pve3", &[]).await);
    rig.wait_s(120);
    assert_eq!(volumes(&rig, "pve3", 101).await, ["thin:vm-101-disk-0"]);
    let guest = "/nodes/pve1/qemu/101";
    ok(&rig.post(&format!("{guest}/status/stop"), &[]).await);
    rig.wait_s(10);
    let refused = rig.delete(guest).await;
    assert_eq!(
        refused.reason,
        "There is a replication job '101-0' for guest '101' - Please remove that first."
    );
    let both = rig
        .delete("/cluster/replication/101-0?force=1&keep=1")
        .await;
    assert_eq!(both.error("keep"), "conflicts with parameter 'force'");
    ok(&rig.delete("/cluster/replication/101-0").await);
    let marked = rig.get("/cluster/replication/101-0").await;
    assert_eq!(marked.data()["remove_job"], "full");
    ok(&rig.delete("/cluster/replication/101-1?keep=1").await);
    rig.wait_s(70);
    assert_eq!(rig.get("/cluster/replication").await.data(), &json!([]));
    assert_eq!(volumes(&rig, "pve2", 101).await, [] as [&str; 0]);
    assert_eq!(volumes(&rig, "pve3", 101).await, ["thin:vm-101-disk-0"]);
    assert_eq!(volumes(&rig, "pve1", 101).await, ["thin:vm-101-disk-0"]);
    ok(&rig.delete(guest).await);
}

#[tokio::test]
async fn a_move_to_the_target_turns_the_job_around() {
    let rig = rig().await;
    ok(&make(&rig, "101-0", "pve2", &[]).await);
    ok(&make(&rig, "101-1", "pve3", &[]).await);
    rig.wait_s(120);
    let path = "/nodes/pve1/qemu/101/migrate";
    let moved = rig
        .post(
            path,
            &[
                ("target", "pve2"),
                ("online", "1"),
                ("with-local-disks", "1"),
            ],
        )
        .await;
    rig.wait_s(60);
    let task = rig.sim.task(&moved.upid()).unwrap();
    assert_eq!(task.exit.as_deref(), Some("OK"), "{task:?}");
    assert!(
        task.log
            .iter()
            .any(|line| line
                .ends_with("found local, replicated disk 'thin:vm-101-disk-0' (attached)")),
        "{task:?}"
    );
    assert_eq!(
        rig.sim.guest(101).unwrap().config["scsi0"],
        "thin:vm-101-disk-0,size=8G"
    );
    for node in ["pve1", "pve2", "pve3"] {
        assert_eq!(
            volumes(&rig, node, 101).await,
            ["thin:vm-101-disk-0"],
            "{node}"
        );
    }
    let jobs = rig.get("/cluster/replication").await;
    let ways = jobs.data().as_array().unwrap().iter();
    let ways: Vec<(&Value, &Value)> = ways.map(|job| (&job["source"], &job["target"])).collect();
    assert_eq!(
        ways,
        [
            (&json!("pve2"), &json!("pve1")),
            (&json!("pve2"), &json!("pve3"))
        ]
    );
    assert_eq!(
        rig.get("/nodes/pve1/replication").await.data(),
        &json!([]),
        "it belongs to the node of the guest"
    );
    rig.wait_s(1000);
    let lines = log(&rig, "pve2", "101-0").await;
    assert!(
        lines.iter().any(|line| line.contains("incremental sync")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_live_move_to_a_node_without_copies_is_refused() {
    let rig = rig().await;
    ok(&make(&rig, "101-0", "pve2", &[]).await);
    let refused = rig
        .post(
            "/nodes/pve1/qemu/101/migrate",
            &[
                ("target", "pve3"),
                ("online", "1"),
                ("with-local-disks", "1"),
            ],
        )
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.error("target"),
        "Cannot live-migrate replicated VM to node 'pve3' - not a replication target. Use 'force' to override."
    );
}

#[tokio::test]
async fn jobs_of_a_world_are_in_force_and_come_back_from_an_export() {
    let jobs = json!([
        {"vmid": 101, "target": "pve2", "schedule": "*/30", "last_sync": "2026-11-24T11:30:00Z"},
        {"id": "102-3", "target": "pve3", "enabled": false, "comment": "rests"},
    ]);
    let world = world(&json!({ "replication_jobs": jobs }));
    assert_eq!(world.warnings(), [] as [&str; 0]);
    let rig = Rig::start(options(world)).await;
    assert_eq!(volumes(&rig, "pve2", 101).await, ["thin:vm-101-disk-0"]);
    let state = status(&rig, "pve1", "101-0").await;
    assert_eq!(state["last_sync"], noon().as_second() - 1800);
    rig.wait_s(1900);
    let state = status(&rig, "pve1", "101-0").await;
    assert_eq!(state["last_sync"], noon().as_second() + 1800);
    let resting = rig.get("/cluster/replication/102-3").await;
    assert_eq!(
        [&resting.data()["disable"], &resting.data()["comment"]],
        [&json!(1), &json!("rests")]
    );
    let exported = rig.sim.export(false);
    let again = Rig::start(options(World::from_value(exported.clone()).unwrap())).await;
    let back = again.sim.export(false);
    assert_eq!(back["replication_jobs"], exported["replication_jobs"]);
    assert_eq!(back["pve"]["volumes"], exported["pve"]["volumes"]);
    assert_eq!(
        log(&again, "pve1", "101-0").await,
        log(&rig, "pve1", "101-0").await
    );
}
