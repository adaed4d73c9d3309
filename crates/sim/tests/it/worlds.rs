//! Worlds: made up from a seed, read from JSON, and what the inventory shows of them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Rig, options, small_world};
use sim::World;

#[tokio::test]
async fn the_demo_world_has_running_web_servers_and_all_kinds_of_rows() {
    let rig = Rig::demo().await;
    for name in ["web-01", "web-02", "web-03"] {
        assert_eq!(
            rig.sim.guest_named(name).unwrap().status,
            "running",
            "{name}"
        );
    }
    let rows = rig.get("/cluster/resources").await;
    let rows = rows.data().as_array().unwrap();
    let kinds: BTreeSet<&str> = rows
        .iter()
        .map(|row| row["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        BTreeSet::from(["lxc", "network", "node", "pool", "qemu", "storage"])
    );
    let guests = rows.iter().filter(|row| row.get("vmid").is_some());
    assert_eq!(guests.clone().count(), 24);
    let containers = guests.clone().filter(|row| row["type"] == "lxc").count();
    assert!((4..=9).contains(&containers), "{containers} containers");
    assert_eq!(guests.clone().filter(|row| row["template"] == 1).count(), 1);
    assert!(
        guests
            .clone()
            .any(|row| row["status"] == "stopped" && row["template"] == 0)
    );
    for row in guests {
        assert!(row["cpu"].as_f64().unwrap() <= 1.0);
        assert!(row["mem"].as_u64().unwrap() <= row["maxmem"].as_u64().unwrap());
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_answers_and_the_same_tasks() {
    let mut seen: Vec<(String, String, String)> = Vec::new();
    for seed in [5, 5, 6] {
        let options = sim::SimOptions {
            seed,
            ..options(World::seeded(3, 30, seed))
        };
        let rig = Rig::start(options).await;
        let resources = rig.get("/cluster/resources").await.text;
        let path = rig.guest_path("web-02");
        let upid = rig.post(&format!("{path}/status/stop"), &[]).await.upid();
        rig.wait_s(60);
        let after = rig.get("/cluster/tasks").await.text;
        seen.push((resources, upid, after));
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0].0, seen[2].0);
}

#[tokio::test]
async fn ten_thousand_guests_are_made_and_listed_quickly() {
    let before = Instant::now();
    let world = World::seeded(200, 10_000, 1);
    let rig = Rig::start(options(world)).await;
    println!("10,000 guests on 200 nodes start in {:?}", before.elapsed());
    let before = Instant::now();
    let rows = rig.get("/cluster/resources?type=vm").await;
    println!(
        "and are listed in {:?} ({} bytes)",
        before.elapsed(),
        rows.text.len()
    );
    assert_eq!(rows.data().as_array().unwrap().len(), 10_000);
}

#[tokio::test]
async fn a_world_from_json_says_what_it_cannot_show() {
    let world = World::from_json(&small_world(&json!({
        "replication_jobs": [{"id": "a"}, {"vmid": 101, "target": "pve1"}], "pve": {"jobs": [], "ceph": {}}
    })))
    .unwrap();
    assert_eq!(
        world.warnings(),
        [
            "replication_jobs[0] is left out: `id` is not GUEST-NUMBER and no `vmid` is given",
            "replication_jobs[1] is left out: `target` 'pve1' is no other node",
            "`pve.ceph` is not simulated"
        ]
    );
    let broken = World::from_json(&small_world(&json!({"nodes": []})))
        .unwrap_err()
        .to_string();
    assert_eq!(
        broken,
        "cannot read the world at `nodes`: a cluster has at least one node"
    );
    let world = small_world(&json!({})).replace("\"node\":\"pve1\"", "\"node\":\"elsewhere\"");
    let broken = World::from_json(&world).unwrap_err().to_string();
    assert!(
        broken.contains("node `elsewhere` is not in the world"),
        "{broken}"
    );
}

#[tokio::test]
async fn a_world_keeps_its_snapshots_tasks_metrics_and_its_instant() {
    let world = World::from_json(&small_world(&json!({
        "tasks": [{"id": "t1", "node": "pve1", "type": "vzdump", "vmid": 101, "user": "root@pam",
                   "start": "2026-11-24T02:00:00Z", "end": "2026-11-24T02:05:00Z",
                   "status": "job errors", "log": ["INFO: starting"]}],
        "metrics": [{"target": "guest/101", "metric": "mem", "unit": "percent", "days": 7.0,
                     "first_value": 40.0, "last_value": 90.0, "shape": "linear"}]
    })))
    .unwrap();
    let rig = Rig::start(options(world)).await;
    let tasks = rig.get("/nodes/pve1/tasks").await;
    assert_eq!(tasks.data()[0]["status"], "job errors");
    assert_eq!(tasks.data()[0]["endtime"], 1_795_485_900);
    let current = rig.get("/nodes/pve1/qemu/101/status/current").await;
    assert_eq!(
        current.data()["mem"].as_u64().unwrap() * 100 / 2_147_483_648,
        90 - 1
    );
    let nodes = rig.get("/nodes").await;
    assert_eq!(nodes.data()[0]["cpu"], 0.25);
    let status = rig.get("/cluster/status").await;
    assert_eq!(
        status.data().as_array().unwrap().len(),
        1,
        "a single node is no cluster"
    );
}

#[tokio::test]
async fn every_public_world_of_the_evaluation_can_be_loaded() {
    let Some(text) = crate::golden::shared("eval/agent_public.jsonl") else {
        return;
    };
    let mut count = 0;
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let setup = row["setup"].clone();
        let guests = setup["guests"].as_array().unwrap().len();
        let world =
            World::from_value(setup).unwrap_or_else(|error| panic!("{}: {error}", row["id"]));
        let rig = Rig::start(options(world)).await;
        let rows = rig.get("/cluster/resources?type=vm").await;
        assert_eq!(
            rows.data().as_array().unwrap().len(),
            guests,
            "{}",
            row["id"]
        );
        count += 1;
    }
    assert!(count > 0);
}

#[tokio::test]
async fn the_inventory_lags_behind_when_it_is_told_to_and_the_guest_itself_does_not() {
    let world = World::from_json(&small_world(&json!({}))).unwrap();
    let rig = Rig::start(sim::SimOptions {
        inventory_lag: Duration::from_secs(10),
        ..options(world)
    })
    .await;
    rig.wait_s(3);
    rig.post("/nodes/pve1/qemu/101/status/stop", &[]).await;
    rig.wait_s(2);
    let shown = || async {
        let rows = rig.get("/cluster/resources?type=vm").await;
        let rows = rows.data().as_array().unwrap().clone();
        let row = rows.into_iter().find(|row| row["vmid"] == 101).unwrap();
        row["status"].as_str().unwrap().to_owned()
    };
    let current = rig.get("/nodes/pve1/qemu/101/status/current").await;
    assert_eq!(current.data()["status"], "stopped");
    assert_eq!(shown().await, "running");
    rig.wait_s(6);
    assert_eq!(shown().await, "stopped");
}

#[tokio::test]
async fn a_clock_that_is_turned_by_a_month_has_lived_through_each_night() {
    let world = World::seeded(3, 24, 1).with_backup_job("nightly", "02:00", "nfs-backup");
    let rig = Rig::start(options(world)).await;
    rig.wait_s(30 * 86_400);
    let exported = rig.sim.export(true);
    let nights: BTreeSet<&str> = exported["backups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["time"].as_str().unwrap()[..10])
        .collect();
    assert_eq!(nights.len(), 30);
    let tasks = rig.get("/cluster/tasks").await;
    assert!(
        tasks
            .data()
            .as_array()
            .unwrap()
            .iter()
            .all(|task| task["status"] == "OK")
    );
}
