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
    let rows = |key: &str| exported[key].as_array().unwrap().clone();
    let nights: BTreeSet<String> = rows("tasks")
        .iter()
        .filter(|row| row["type"] == "vzdump")
        .map(|row| row["start"].as_str().unwrap()[..10].to_owned())
        .collect();
    assert_eq!(nights.len(), 30);
    // Three of each are kept; without pruning the storage would be full after some nights.
    let backups = rows("backups");
    let guests: BTreeSet<u64> = backups
        .iter()
        .map(|row| row["vmid"].as_u64().unwrap())
        .collect();
    assert!(guests.len() > 20, "{guests:?}");
    assert_eq!(backups.len(), 3 * guests.len());
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

/// Rows of a chart in which something is known, by their instant.
async fn chart(rig: &Rig, path: &str, key: &str) -> Vec<(i64, f64)> {
    let answer = rig.get(path).await;
    let rows = answer.data().as_array().unwrap().clone();
    rows.iter()
        .filter_map(|row| Some((row["time"].as_i64()?, row[key].as_f64()?)))
        .collect()
}

#[tokio::test]
async fn a_restart_begins_the_counters_and_keeps_the_past_of_the_charts() {
    let rig = Rig::start(options(World::seeded(3, 24, 1))).await;
    let web = rig.guest_path("web-01");
    let path = format!("{web}/rrddata?timeframe=week&cf=AVERAGE");
    let counted = || async {
        let current = rig.get(&format!("{web}/status/current")).await;
        current.data()["netin"].as_u64().unwrap()
    };
    rig.wait_s(7 * 86_400);
    let (before, bytes) = (chart(&rig, &path, "cpu").await, counted().await);
    rig.post(&format!("{web}/status/stop"), &[]).await;
    rig.wait_s(2 * 3600);
    rig.post(&format!("{web}/status/start"), &[]).await;
    rig.wait_s(3600);
    let after = chart(&rig, &path, "cpu").await;
    let (first, last) = (after[0].0, before[before.len() - 1].0);
    let past = |rows: &[(i64, f64)]| -> Vec<(i64, f64)> {
        let within = rows.iter().filter(|(at, _)| (first..=last).contains(at));
        within.copied().collect()
    };
    assert_eq!(past(&after), past(&before));
    // While it was off nothing is known: a gap of two hours in rows of half an hour.
    let gap = after.windows(2).map(|pair| pair[1].0 - pair[0].0).max();
    assert!((7200..=9000).contains(&gap.unwrap()), "{gap:?}");
    assert!(counted().await < bytes / 10, "{bytes}");
}

#[tokio::test]
async fn storages_fill_up_and_their_past_stays_as_it_was() {
    let rig = Rig::start(options(World::seeded(3, 24, 1))).await;
    let path = "/nodes/pve1/storage/ceph-vm/rrddata?timeframe=month&cf=AVERAGE";
    let used = || async {
        let status = rig.get("/nodes/pve1/storage/ceph-vm/status").await;
        status.data()["used"].as_f64().unwrap()
    };
    let (before, was) = (chart(&rig, path, "used").await, used().await);
    rig.wait_s(10 * 86_400);
    let (after, is) = (chart(&rig, path, "used").await, used().await);
    assert!(is > was, "{was} {is}");
    for (at, value) in &after {
        if let Some((_, then)) = before.iter().find(|(known, _)| known == at) {
            assert!((value - then).abs() < 1.0, "{at}: {then} {value}");
        }
    }
    let rises = after.windows(2).all(|pair| pair[1].1 >= pair[0].1);
    assert!(rises && after[0].1 < after[after.len() - 1].1);
}

#[tokio::test]
async fn nights_and_sundays_are_quieter_on_a_node_than_working_days() {
    let rig = Rig::start(options(World::seeded(3, 60, 1))).await;
    rig.wait_s(21 * 86_400);
    let path = "/nodes/pve1/rrddata?timeframe=month&cf=AVERAGE";
    let rows = chart(&rig, path, "cpu").await;
    let mean = |wanted: &dyn Fn(i64, i64) -> bool| {
        let hour = |at: i64| at.rem_euclid(86_400) / 3600;
        // 1970 began on a Thursday.
        let weekday = |at: i64| (at.div_euclid(86_400) + 3).rem_euclid(7);
        let found: Vec<f64> = rows
            .iter()
            .filter(|(at, _)| wanted(weekday(*at), hour(*at)))
            .map(|(_, cpu)| *cpu)
            .collect();
        assert!(found.len() > 10);
        found.iter().sum::<f64>() / found.len() as f64
    };
    let noon = mean(&|day, hour| day < 5 && (12..16).contains(&hour));
    let night = mean(&|day, hour| day < 5 && (0..4).contains(&hour));
    let sunday = mean(&|day, hour| day == 6 && (12..16).contains(&hour));
    assert!(night < noon * 0.85, "{night} {noon}");
    assert!(sunday < noon * 0.9, "{sunday} {noon}");
}
