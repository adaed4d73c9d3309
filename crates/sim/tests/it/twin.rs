//! Worlds that come out again: the export of the present state, and the twin of a live cluster.

use serde_json::{Value, json};
use sim::{SimOptions, TwinDepth, TwinReadings, World};

use proptest::prelude::*;

use crate::client::{Rig, noon, options, small_world};
use crate::sequences::{begin, step};

/// A simulator of an exported world, at the instant of the export.
async fn reloaded(world: Value) -> Rig {
    let world = World::from_value(world).unwrap();
    assert_eq!(world.warnings(), [] as [&str; 0]);
    let now = world.now();
    Rig::start(SimOptions {
        now,
        ..options(world)
    })
    .await
}

/// The first path at which two values differ.
pub(crate) fn difference(left: &Value, right: &Value, at: &str) -> Option<String> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let keys = left.keys().chain(right.keys());
            keys.into_iter().find_map(|key| {
                let none = &Value::Null;
                difference(
                    left.get(key).unwrap_or(none),
                    right.get(key).unwrap_or(none),
                    &format!("{at}.{key}"),
                )
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (left, right))| difference(left, right, &format!("{at}[{index}]"))),
        _ if left == right => None,
        _ => Some(format!("{at}: {left} / {right}")),
    }
}

async fn assert_comes_back(rig: &Rig) {
    let first = rig.sim.export(false);
    let again = reloaded(first.clone()).await;
    let second = again.sim.export(false);
    assert_eq!(difference(&first, &second, "$"), None);
    assert_eq!(
        rig.get("/cluster/resources").await.text,
        again.get("/cluster/resources").await.text
    );
}

#[tokio::test]
async fn what_was_exported_loads_as_it_was_after_all_kinds_of_changes() {
    let rig = Rig::demo().await;
    let web = rig.guest_path("web-01");
    let vmid = web.rsplit('/').next().unwrap().to_owned();
    for (path, form) in [
        ("/snapshot", vec![("snapname", "one"), ("vmstate", "1")]),
        ("/snapshot", vec![("snapname", "two")]),
        (
            "/config",
            vec![("memory", "4096"), ("description", "new\nlines")],
        ),
        ("/status/suspend", vec![]),
    ] {
        let answer = rig.post(&format!("{web}{path}"), &form).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        rig.wait_s(60);
    }
    for (path, form) in [
        (
            "/access/groups",
            vec![("groupid", "ops"), ("comment", "who is on call")],
        ),
        (
            "/access/users",
            vec![
                ("userid", "ann@pve"),
                ("password", "12345678"),
                ("groups", "ops"),
                ("email", "ann@example.org"),
            ],
        ),
        (
            "/access/users/ann@pve/token/ci",
            vec![("privsep", "0"), ("expire", "1900000000")],
        ),
        (
            "/access/roles",
            vec![("roleid", "Looker"), ("privs", "VM.Audit,Sys.Audit")],
        ),
        ("/pools", vec![("poolid", "extra"), ("comment", "more")]),
        (
            "/cluster/ha/resources",
            vec![("sid", vmid.as_str()), ("comment", "keep it up")],
        ),
        (
            "/cluster/backup",
            vec![
                ("id", "nightly"),
                ("schedule", "02:00"),
                ("storage", "nfs-backup"),
                ("all", "1"),
                ("prune-backups", "keep-last=3"),
            ],
        ),
        (
            "/cluster/firewall/rules",
            vec![("type", "in"), ("action", "ACCEPT"), ("dport", "22")],
        ),
    ] {
        let answer = rig.post(path, &form).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    rig.put(
        "/access/acl",
        &[("path", "/vms"), ("roles", "Looker"), ("groups", "ops")],
    )
    .await;
    rig.put("/pools/extra", &[("storage", "local")]).await;
    let node = web.split('/').nth(2).unwrap();
    let backup = [
        ("vmid", vmid.as_str()),
        ("storage", "nfs-backup"),
        ("notes-template", "by hand"),
    ];
    rig.post(&format!("/nodes/{node}/vzdump"), &backup)
        .await
        .upid();
    rig.wait_s(86_400);
    rig.tell("/sim/faults", &json!([
        {"when": {"op": "guest.start", "target": "*"}, "effect": {"task_fails": {"percent": 30.5, "text": "x"}}, "times": 0}
    ])).await;
    assert_comes_back(&rig).await;
    let exported = rig.sim.export(false);
    assert_eq!(exported["backup_jobs"][0]["retention"]["keep-last"], 3);
    // The one by hand, and the one of the night.
    let backups = exported["backups"].as_array().unwrap();
    let of_web = backups
        .iter()
        .filter(|row| row["vmid"].as_u64() == vmid.parse().ok());
    assert_eq!(of_web.count(), 2);
    let again = reloaded(exported).await;
    let guest = again.sim.guest_named("web-01").unwrap();
    assert_eq!(guest, rig.sim.guest_named("web-01").unwrap());
    assert_eq!(
        (guest.status.as_str(), guest.parent.as_deref()),
        ("paused", Some("two"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any calls, what was exported loads as the same world; what still ran when it was exported is
    /// part of it.
    #[test]
    fn a_world_exported_in_the_middle_of_anything_comes_back_the_same(
        steps in prop::collection::vec(step(), 1..30)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let rig = begin(&steps).await;
            assert_comes_back(&rig).await;
        });
    }
}

/// A VM that is rolled back is stopped first: which QEMU it ran is of the past by then.
#[tokio::test]
async fn a_world_exported_during_a_roll_back_or_the_restart_of_a_node_comes_back_the_same() {
    let rig = Rig::demo().await;
    let web = rig.guest_path("web-01");
    rig.post(&format!("{web}/snapshot"), &[("snapname", "one")])
        .await
        .upid();
    rig.wait_s(60);
    rig.post(&format!("{web}/snapshot/one/rollback"), &[])
        .await
        .upid();
    assert_comes_back(&rig).await;
    rig.wait_s(60);
    let node = web.split('/').nth(2).unwrap();
    let answer = rig
        .post(&format!("/nodes/{node}/status"), &[("command", "reboot")])
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for _ in 0..4 {
        rig.wait_s(2);
        assert_comes_back(&rig).await;
    }
}

#[tokio::test]
async fn any_seeded_world_comes_back_and_so_do_all_of_the_evaluation() {
    for seed in 1..6 {
        let rig = Rig::start(options(World::seeded(3, 70, seed))).await;
        rig.wait_s(seed * 7_000 + 1);
        assert_comes_back(&rig).await;
    }
    let Some(text) = crate::golden::shared("eval/agent_public.jsonl") else {
        return;
    };
    // A part of them: each starts two simulators.
    for line in text.lines().step_by(5) {
        let row: Value = serde_json::from_str(line).unwrap();
        let mut setup = row["setup"].clone();
        // What the product keeps is carried by others.
        setup["replication_jobs"] = json!([]);
        let world = World::from_value(setup).unwrap();
        let rig = Rig::start(options(world)).await;
        assert_comes_back(&rig).await;
    }
}

#[tokio::test]
async fn a_neutral_export_is_a_world_without_the_part_of_pve() {
    let rig = Rig::demo().await;
    let neutral = rig.get("/sim/world?neutral=1").await;
    assert_eq!(neutral.data()["pve"], Value::Null);
    let again = reloaded(neutral.data().clone()).await;
    assert_eq!(again.sim.vmids(), rig.sim.vmids());
    let names = |rig: &Rig| -> Vec<String> {
        let vmids = rig.sim.vmids();
        vmids
            .into_iter()
            .map(|vmid| rig.sim.guest(vmid).unwrap().name)
            .collect()
    };
    assert_eq!(names(&again), names(&rig));
}

#[tokio::test]
async fn the_world_is_for_root_alone() {
    let mut rig = Rig::demo().await;
    rig.with_headers(Vec::new());
    assert_eq!(rig.get("/sim/world").await.status, 401);
}

/// Reads a live cluster as deep as asked, through its API; what is hidden is refused.
pub(crate) async fn readings(rig: &Rig, depth: &TwinDepth, hidden: &[&str]) -> TwinReadings {
    let mut readings = TwinReadings::default();
    for _ in 0..4 {
        for path in readings.wanted(depth) {
            if hidden.iter().any(|hidden| path.ends_with(hidden)) {
                readings.insert(path, Err("is hidden".to_owned()));
                continue;
            }
            let answer = rig.get(&path).await;
            let result = match answer.status {
                200 => Ok(answer.data().clone()),
                status => Err(format!("{status} {}", answer.reason)),
            };
            readings.insert(path, result);
        }
    }
    assert_eq!(readings.wanted(depth), [] as [&str; 0]);
    readings
}

async fn twin_of(rig: &Rig, hidden: &[&str]) -> (World, Vec<sim::NotRead>) {
    let depth = TwinDepth::whole();
    let mut readings = readings(rig, &depth, hidden).await;
    World::from_readings(&mut readings, noon()).unwrap()
}

#[tokio::test]
async fn the_twin_of_a_live_cluster_shows_the_same_inventory_and_configurations() {
    let live = Rig::demo().await;
    let web = live.guest_path("web-02");
    live.post(&format!("{web}/snapshot"), &[("snapname", "before")])
        .await;
    live.wait_s(30);
    live.post(&format!("{web}/snapshot"), &[("snapname", "after")])
        .await;
    live.wait_s(30);
    let (world, gaps) = twin_of(&live, &[]).await;
    assert_eq!(gaps, []);
    let twin = Rig::start(options(world)).await;
    for vmid in live.sim.vmids() {
        assert_eq!(twin.sim.guest(vmid), live.sim.guest(vmid));
    }
    let tree = |answer: crate::client::Answer| -> Vec<(Value, Value)> {
        let rows = answer.data().as_array().unwrap().clone();
        rows.into_iter()
            .map(|row| (row["name"].clone(), row["parent"].clone()))
            .collect()
    };
    let path = format!("{web}/snapshot");
    assert_eq!(tree(twin.get(&path).await), tree(live.get(&path).await));
    for path in [
        "/storage",
        "/access/acl",
        "/access/roles",
        "/cluster/ha/resources",
    ] {
        assert_eq!(
            twin.get(path).await.data(),
            live.get(path).await.data(),
            "{path}"
        );
    }
    // And it lives: what is rehearsed there does not reach the other.
    let stop = twin.post(&format!("{web}/status/stop"), &[]).await.upid();
    twin.wait_s(5);
    assert_eq!(twin.sim.task(&stop).unwrap().exit.as_deref(), Some("OK"));
    assert_eq!(live.sim.guest_named("web-02").unwrap().status, "running");
}

#[tokio::test]
async fn the_twin_says_what_was_not_read() {
    let live = Rig::start(options(World::from_json(&small_world(&json!({}))).unwrap())).await;
    let (world, gaps) = twin_of(&live, &["/access/users?full=1", "/qemu/101/config"]).await;
    let paths: Vec<&str> = gaps.iter().map(|gap| gap.path.as_str()).collect();
    assert_eq!(
        paths,
        ["/nodes/pve1/qemu/101/config", "/access/users?full=1"]
    );
    let twin = Rig::start(options(world)).await;
    assert_eq!(twin.sim.guest(101).unwrap().name, "g101");
    assert_eq!(twin.sim.guest(102), live.sim.guest(102));
}
