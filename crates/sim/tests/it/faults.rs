//! Faults at run time: each kind by rule, and those about the cluster at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::{ClockMode, FaultRule, SimOptions, World};

use crate::client::{Rig, options, small_world};

async fn small() -> Rig {
    Rig::start(options(World::from_json(&small_world(&json!({}))).unwrap())).await
}

/// A small cluster on the real clock.
async fn running() -> Rig {
    Rig::start(SimOptions {
        clock: ClockMode::Running,
        ..options(World::from_json(&small_world(&json!({}))).unwrap())
    })
    .await
}

async fn rule(rig: &Rig, op: &str, effect: Value) {
    let rule = json!({ "when": { "op": op, "target": "*" }, "effect": effect });
    let answer = rig.tell("/sim/faults", &rule).await;
    assert_eq!(answer.data(), &json!({ "added": 1 }), "{}", answer.text);
}

const VM: &str = "/nodes/pve1/qemu/101";

#[tokio::test]
async fn a_task_fails_after_a_part_of_its_time_with_the_text_of_the_rule() {
    let rig = small().await;
    rule(
        &rig,
        "guest.shutdown",
        json!({"task_fails": {"percent": 50, "text": "out of luck"}}),
    )
    .await;
    let upid = rig.post(&format!("{VM}/status/shutdown"), &[]).await.upid();
    let mut waited = 0;
    while rig.sim.task(&upid).unwrap().exit.is_none() {
        rig.sim.clock().advance(Duration::from_millis(100));
        waited += 100;
    }
    assert!(
        (1_500..=2_600).contains(&waited),
        "half of four seconds, more or less: {waited}"
    );
    let task = rig.sim.task(&upid).unwrap();
    assert_eq!(task.exit.as_deref(), Some("out of luck"));
    assert_eq!(task.log.last().unwrap(), "TASK ERROR: out of luck");
    assert_eq!(rig.sim.guest(101).unwrap().status, "running");
}

#[tokio::test]
async fn a_killed_worker_leaves_its_lock_and_no_last_line() {
    let rig = small().await;
    rule(&rig, "snapshot.create", json!({"task_killed": 40})).await;
    let upid = rig
        .post(&format!("{VM}/snapshot"), &[("snapname", "one")])
        .await
        .upid();
    rig.wait_s(30);
    let task = rig.sim.task(&upid).unwrap();
    assert_eq!(task.exit.as_deref(), Some("unexpected status"));
    assert!(
        !task.log.iter().any(|line| line.starts_with("TASK")),
        "{:?}",
        task.log
    );
    assert_eq!(
        rig.sim.guest(101).unwrap().lock.as_deref(),
        Some("snapshot")
    );
    let stop = rig.post(&format!("{VM}/status/stop"), &[]).await.upid();
    rig.wait_s(30);
    assert_eq!(
        rig.sim.task(&stop).unwrap().exit.as_deref(),
        Some("VM is locked (snapshot)")
    );
}

#[tokio::test]
async fn errors_come_with_their_status_and_text_as_often_as_the_rule_says() {
    let rig = small().await;
    let many = json!([{ "when": {"op": "read", "target": "/nodes"}, "times": 2,
        "effect": {"error": {"status": 503, "text": "not now"}} }]);
    rig.tell("/sim/faults", &many).await;
    for expected in [503, 503, 200] {
        assert_eq!(rig.get("/nodes").await.status, expected);
    }
    rule(&rig, "guest.config", json!({"error": "disk on fire"})).await;
    let answer = rig.put(&format!("{VM}/config"), &[("cores", "3")]).await;
    assert_eq!(
        (answer.status, answer.reason.as_str()),
        (500, "disk on fire")
    );
    assert_eq!(rig.sim.guest(101).unwrap().config["cores"], "2");
}

#[tokio::test]
async fn a_connection_drops_before_or_after_the_call_took_effect() {
    let rig = small().await;
    for (phase, notes) in [("before", None), ("after", Some("seen"))] {
        let rule = json!({ "when": {"op": "guest.config", "target": "guest/101", "phase": phase},
            "effect": {"drop_connection": true} });
        rig.tell("/sim/faults", &rule).await;
        let sent = rig
            .try_call("PUT", &format!("{VM}/config"), &[("description", "seen")])
            .await;
        assert!(sent.is_err());
        assert_eq!(
            rig.sim
                .guest(101)
                .unwrap()
                .config
                .get("description")
                .map(String::as_str),
            notes,
            "{phase}"
        );
    }
}

#[tokio::test]
async fn nodes_and_storages_go_and_come_back() {
    let rig = Rig::demo().await;
    for (effect, status) in [("node_offline", 595), ("node_online", 200)] {
        let told = rig.tell("/sim/effects", &json!({ effect: "pve2" })).await;
        assert_eq!(told.status, 200, "{}", told.text);
        assert_eq!(rig.get("/nodes/pve2/qemu").await.status, status);
    }
    for (effect, active) in [("storage_unavailable", 0), ("storage_available", 1)] {
        rig.tell("/sim/effects", &json!({ effect: "ceph-vm" }))
            .await;
        let rows = rig.get("/nodes/pve1/storage").await;
        let row = rows
            .data()
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["storage"] == "ceph-vm");
        assert_eq!(row.unwrap()["active"], active);
    }
}

#[tokio::test]
async fn without_a_quorum_nothing_is_changed() {
    let rig = Rig::demo().await;
    let path = format!("{}/config", rig.guest_path("web-01"));
    rig.tell("/sim/effects", &json!({"quorum_lost": true}))
        .await;
    let refused = rig.put(&path, &[("cores", "1")]).await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (
            500,
            "unable to open file '/etc/pve/nodes/pve1/qemu-server/100.conf.tmp.1' - Permission denied"
        )
    );
    let status = rig.get("/cluster/status").await;
    assert_eq!(status.data()[0]["quorate"], 0);
    rig.tell("/sim/effects", &json!({"quorum_lost": false}))
        .await;
    assert_eq!(rig.put(&path, &[("cores", "1")]).await.status, 200);
}

#[tokio::test]
async fn a_token_is_revoked_in_the_middle_of_its_work() {
    let rig = small().await;
    let id = rig.sim.token_id();
    rule(&rig, "guest.start", json!({"token_revoked": id})).await;
    assert_eq!(rig.get("/nodes").await.status, 200);
    assert_eq!(
        rig.post(&format!("{VM}/status/start"), &[]).await.status,
        401
    );
    assert_eq!(rig.get("/nodes").await.status, 401);
}

#[tokio::test]
async fn another_certificate_is_shown_from_now_on_and_connections_end() {
    let rig = small().await;
    let before = rig.sim.fingerprint().to_owned();
    assert_eq!(
        rig.sim.present_fingerprint().as_deref(),
        Some(before.as_str())
    );
    rule(&rig, "read", json!({"certificate_changed": true})).await;
    // Its connection may end before the answer is read.
    let _ = rig.try_call("GET", "/nodes", &[]).await;
    let after = rig.sim.present_fingerprint().unwrap();
    assert_ne!(after, before);
    let shown = shown_fingerprint(rig.sim.address()).await;
    assert_eq!(shown, after);
    assert_eq!(rig.get("/nodes").await.status, 200);
}

async fn shown_fingerprint(address: std::net::SocketAddr) -> String {
    use sha2::Digest as _;
    let config = crate::client::tls();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let name = rustls_pki_types::ServerName::try_from("localhost").unwrap();
    let stream = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    let certificates = stream.get_ref().1.peer_certificates().unwrap();
    let digest = sha2::Sha256::digest(certificates[0].as_ref());
    let bytes: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

#[tokio::test]
async fn the_clock_of_a_node_is_ahead_and_its_tickets_too() {
    let rig = Rig::demo().await;
    let now = rig.sim.clock().now_ms() / 1000;
    rig.tell(
        "/sim/effects",
        &json!({"clock_skew": {"node": "pve1", "seconds": 900}}),
    )
    .await;
    assert_eq!(rig.get("/nodes/pve1/time").await.data()["time"], now + 900);
    assert_eq!(rig.get("/nodes/pve2/time").await.data()["time"], now);
    let login = [("username", "root@pam"), ("password", "secret")];
    let ticket = rig.post("/access/ticket", &login).await;
    let ticket = ticket.data()["ticket"].as_str().unwrap();
    let stamp = i64::from_str_radix(ticket.split(':').nth(2).unwrap(), 16).unwrap();
    assert_eq!(stamp, now + 900);
}

#[tokio::test]
async fn an_answer_is_late_and_a_body_comes_in_pieces() {
    let rig = running().await;
    for effect in [
        json!({"latency_seconds": 0.3}),
        json!({"slow_body_seconds": 0.3}),
    ] {
        rule(&rig, "read", effect).await;
        let before = Instant::now();
        let slow = rig.get("/cluster/resources").await;
        assert!(before.elapsed() >= Duration::from_millis(300));
        assert_eq!(slow.status, 200);
        assert!(slow.data().as_array().unwrap().len() > 3);
    }
}

#[tokio::test]
async fn rules_can_be_listed_and_forgotten_and_bad_ones_are_told() {
    let rig = small().await;
    let given = json!({ "when": {"op": "guest.start", "target": "guest/101", "phase": "after"},
        "effect": {"node_offline": "pve1"}, "times": 3 });
    rig.sim.add_fault(FaultRule::from_json(&given).unwrap());
    assert_eq!(rig.get("/sim/faults").await.data(), &json!([given]));
    rig.call("DELETE", "/sim/faults", &[]).await;
    assert_eq!(rig.get("/sim/faults").await.data(), &json!([]));
    let bad = json!({ "when": {"op": "guest.start"}, "effect": {"task_killed": 140} });
    let answer = rig.tell("/sim/faults", &bad).await;
    assert_eq!(
        (answer.status, answer.reason.as_str()),
        (
            400,
            "cannot read fault rule 0: `task_killed` is not a number of 0 to 100"
        )
    );
    let about_a_call = rig
        .tell("/sim/effects", &json!({"latency_seconds": 1}))
        .await;
    assert_eq!(about_a_call.status, 400);
}

#[tokio::test]
async fn every_effect_is_written_as_it_is_read() {
    for effect in [
        json!({"task_error": "x"}),
        json!({"task_fails": {"percent": 12.5, "text": "x"}}),
        json!({"task_killed": 1.0}),
        json!({"task_seconds": 2.0}),
        json!({"node_offline": "n"}),
        json!({"node_online": "n"}),
        json!({"storage_unavailable": "s"}),
        json!({"storage_available": "s"}),
        json!({"quorum_lost": true}),
        json!({"token_revoked": "a@b!c"}),
        json!({"certificate_changed": true}),
        json!({"clock_skew": {"node": "n", "seconds": -5}}),
        json!({"disk_failing": {"node": "n", "disk": "/dev/sda", "days": 2.5}}),
        json!({"disk_replaced": {"node": "n", "disk": "/dev/sda"}}),
        json!({"error": {"status": 404, "text": "x"}}),
        json!({"drop_connection": true}),
        json!({"latency_seconds": 0.5}),
        json!({"slow_body_seconds": 0.5}),
    ] {
        let given = json!({ "when": {"op": "read", "target": "*", "phase": "before"},
            "effect": effect, "times": 0 });
        let rig = small().await;
        rig.sim.add_fault(FaultRule::from_json(&given).unwrap());
        assert_eq!(rig.sim.export(true)["faults"], json!([given]));
    }
}

#[tokio::test]
async fn the_clock_is_turned_stopped_and_scaled_at_run_time() {
    let rig = small().await;
    let before = rig.sim.clock().now_ms();
    let turned = rig
        .tell("/sim/clock", &json!({"advance_seconds": 3600}))
        .await;
    assert_eq!(
        turned.data(),
        &json!({"now": "2026-11-24T13:00:00Z", "pace": 0.0})
    );
    assert_eq!(rig.sim.clock().now_ms(), before + 3_600_000);
    rig.tell("/sim/clock", &json!({"pace": 1000})).await;
    while rig.sim.clock().now_ms() < before + 3_700_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.sim.clock_mode(), ClockMode::Running);
    rig.tell("/sim/clock", &json!({"pace": 0})).await;
    assert_eq!(rig.sim.clock_mode(), ClockMode::Manual);
    assert_eq!(
        rig.tell("/sim/clock", &json!({"pace": -1})).await.status,
        400
    );
}
