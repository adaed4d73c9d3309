//! Tasks: what they do, when they end, how they fail, what they leave behind.

use serde_json::{Value, json};

use crate::client::{Answer, Rig, options, small_world};
use sim::{FaultRule, World};

async fn small() -> Rig {
    Rig::start(options(World::from_json(&small_world(&json!({}))).unwrap())).await
}

fn exit(rig: &Rig, answer: &Answer) -> Option<String> {
    rig.sim.task(&answer.upid()).unwrap().exit
}

/// Starts it, turns the clock by a minute, gives the exit status.
async fn run(rig: &Rig, path: &str, form: &[(&str, &str)]) -> String {
    let answer = rig.post(path, form).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    rig.wait_s(60);
    exit(rig, &answer).unwrap()
}

#[tokio::test]
async fn a_task_runs_until_the_clock_says_it_is_over() {
    let rig = small().await;
    let answer = rig.post("/nodes/pve1/qemu/101/status/stop", &[]).await;
    let upid = answer.upid();
    assert!(
        upid.starts_with("UPID:pve1:") && upid.ends_with(":qmstop:101:root@pam!demo:"),
        "{upid}"
    );
    let path = format!("/nodes/pve1/tasks/{}/status", upid.replace(':', "%3A"));
    let running = rig.get(&path).await;
    assert_eq!(running.data()["status"], "running");
    assert!(running.data().get("exitstatus").is_none());
    // QEMU is gone before the worker that cleans up after it.
    assert_eq!(rig.sim.guest(101).unwrap().status, "stopped");
    rig.wait_s(5);
    let done = rig.get(&path).await;
    assert_eq!(done.data()["status"], "stopped");
    assert_eq!(done.data()["exitstatus"], "OK");
    assert_eq!(
        (&done.data()["user"], &done.data()["tokenid"]),
        (&json!("root@pam"), &json!("demo"))
    );
    let log = rig.get(&path.replace("/status", "/log")).await;
    assert_eq!(
        log.body,
        json!({"data": [{"n": 1, "t": "TASK OK"}], "total": 1})
    );
}

#[tokio::test]
async fn a_stopped_vm_can_be_started_again_by_who_did_not_wait_for_the_stop() {
    let rig = small().await;
    rig.post("/nodes/pve1/qemu/101/status/stop", &[])
        .await
        .upid();
    let current = rig.get("/nodes/pve1/qemu/101/status/current").await;
    assert_eq!(current.data()["status"], "stopped");
    let start = "/nodes/pve1/qemu/101/status/start";
    assert_eq!(run(&rig, start, &[]).await, "OK");
    assert_eq!(rig.sim.guest(101).unwrap().status, "running");
}

#[tokio::test]
async fn stopping_a_stopped_vm_is_a_task_that_ends_ok_and_a_stopped_container_is_an_error() {
    let rig = small().await;
    for _ in 0..2 {
        assert_eq!(
            run(&rig, "/nodes/pve1/qemu/101/status/stop", &[]).await,
            "OK"
        );
    }
    assert_eq!(
        run(&rig, "/nodes/pve1/lxc/102/status/stop", &[]).await,
        "OK"
    );
    let refused = rig.post("/nodes/pve1/lxc/102/status/stop", &[]).await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (500, "CT 102 not running")
    );
    for action in ["reset", "suspend", "reboot", "resume"] {
        let refused = rig
            .post(&format!("/nodes/pve1/qemu/101/status/{action}"), &[])
            .await;
        assert_eq!(
            (refused.status, refused.reason.as_str()),
            (500, "VM 101 not running"),
            "{action}"
        );
    }
    let refused = rig.post("/nodes/pve1/lxc/102/status/reboot", &[]).await;
    assert_eq!(refused.reason, "VM 102 not running");
}

#[tokio::test]
async fn starting_what_runs_fails_in_the_task_for_vms_and_at_once_for_containers() {
    let rig = small().await;
    assert_eq!(
        run(&rig, "/nodes/pve1/qemu/101/status/start", &[]).await,
        "VM 101 already running"
    );
    let refused = rig.post("/nodes/pve1/lxc/102/status/start", &[]).await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (500, "CT 102 already running")
    );
    assert_eq!(
        run(&rig, "/nodes/pve1/qemu/999/status/start", &[]).await,
        "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist"
    );
}

#[tokio::test]
async fn a_snapshot_locks_the_guest_while_it_is_made() {
    let rig = small().await;
    let path = "/nodes/pve1/qemu/101/snapshot";
    let made = rig
        .post(path, &[("snapname", "before"), ("description", "x")])
        .await;
    assert_eq!(
        rig.sim.guest(101).unwrap().lock.as_deref(),
        Some("snapshot")
    );
    let rows = rig.get("/cluster/resources?type=vm").await;
    assert_eq!(rows.data()[0]["lock"], "snapshot");
    let second = rig.post(path, &[("snapname", "other")]).await;
    let change = rig
        .put("/nodes/pve1/qemu/101/config", &[("cores", "4")])
        .await;
    assert_eq!(
        (change.status, change.reason.as_str()),
        (500, "VM is locked (snapshot)")
    );
    rig.wait_s(30);
    assert_eq!(exit(&rig, &made).as_deref(), Some("OK"));
    assert_eq!(
        exit(&rig, &second).as_deref(),
        Some("VM is locked (snapshot)")
    );
    let guest = rig.sim.guest(101).unwrap();
    assert_eq!(
        (guest.lock, guest.snapshots),
        (None, vec!["before".to_owned()])
    );
    let list = rig.get(path).await;
    assert_eq!(list.data()[0]["name"], "before");
    assert_eq!(list.data()[0]["description"], "x");
    assert_eq!(list.data()[1]["name"], "current");
    assert_eq!(list.data()[1]["parent"], "before");
    assert_eq!(list.data()[1]["running"], 1);
}

#[tokio::test]
async fn snapshots_go_wrong_in_the_task_or_at_once_as_on_a_real_node() {
    let rig = small().await;
    let path = "/nodes/pve1/qemu/101/snapshot";
    assert_eq!(run(&rig, path, &[("snapname", "one")]).await, "OK");
    assert_eq!(
        run(&rig, path, &[("snapname", "one")]).await,
        "snapshot name 'one' already used"
    );
    let reserved = rig.post(path, &[("snapname", "current")]).await;
    assert_eq!(
        reserved.reason,
        "unable to use snapshot name 'current' (reserved name)"
    );
    let bad = rig.post(path, &[("snapname", "1bad")]).await;
    assert_eq!(
        bad.error("snapname"),
        "invalid format - invalid configuration ID '1bad'\n"
    );
    assert_eq!(
        run(&rig, &format!("{path}/nosuch/rollback"), &[]).await,
        "snapshot 'nosuch' does not exist"
    );
    assert_eq!(
        run(&rig, "/nodes/pve1/lxc/103/snapshot", &[("snapname", "one")]).await,
        "snapshot feature is not available"
    );
    let unknown = rig
        .post("/nodes/pve1/qemu/998/snapshot", &[("snapname", "one")])
        .await;
    assert_eq!(unknown.status, 500);
    let vmstate = rig
        .post(
            "/nodes/pve1/lxc/102/snapshot",
            &[("snapname", "s1"), ("vmstate", "1")],
        )
        .await;
    assert!(
        vmstate
            .error("vmstate")
            .starts_with("property is not defined in schema")
    );
}

#[tokio::test]
async fn a_rollback_brings_the_options_back_but_not_the_notes() {
    let rig = small().await;
    let base = "/nodes/pve1/qemu/101";
    let config = format!("{base}/config");
    assert_eq!(
        run(&rig, &format!("{base}/snapshot"), &[("snapname", "one")]).await,
        "OK"
    );
    assert_eq!(run(&rig, &format!("{base}/status/stop"), &[]).await, "OK");
    rig.put(&config, &[("memory", "4096"), ("description", "today")])
        .await;
    assert_eq!(
        run(&rig, &format!("{base}/snapshot"), &[("snapname", "two")]).await,
        "OK"
    );
    assert_eq!(
        run(&rig, &format!("{base}/snapshot/one/rollback"), &[]).await,
        "OK"
    );
    let now = rig.get(&config).await;
    assert_eq!(now.data()["memory"], "2048");
    assert_eq!(now.data()["description"], "today");
    assert_eq!(now.data()["parent"], "one");
    let gone = rig.delete(&format!("{base}/snapshot/one")).await;
    rig.wait_s(60);
    assert_eq!(exit(&rig, &gone).as_deref(), Some("OK"));
    let guest = rig.sim.guest(101).unwrap();
    assert_eq!(
        (guest.snapshots, guest.parent),
        (vec!["two".to_owned()], None)
    );
}

#[tokio::test]
async fn what_a_running_vm_cannot_take_waits_for_the_next_start() {
    let rig = small().await;
    let base = "/nodes/pve1/qemu/101";
    rig.put(
        &format!("{base}/config"),
        &[("memory", "4096"), ("name", "renamed")],
    )
    .await;
    assert_eq!(
        rig.get(&format!("{base}/config")).await.data()["memory"],
        "4096"
    );
    assert_eq!(
        rig.get(&format!("{base}/config?current=1")).await.data()["memory"],
        "2048"
    );
    let pending = rig.get(&format!("{base}/pending")).await;
    let row = pending
        .data()
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["key"] == "memory")
        .unwrap();
    assert_eq!(
        *row,
        json!({"key": "memory", "value": "2048", "pending": "4096"})
    );
    assert_eq!(run(&rig, &format!("{base}/status/reboot"), &[]).await, "OK");
    assert_eq!(
        rig.get(&format!("{base}/config?current=1")).await.data()["memory"],
        "4096"
    );
    assert_eq!(rig.sim.guest(101).unwrap().name, "renamed");
}

#[tokio::test]
async fn a_stop_waits_for_a_shutdown_and_gives_up_after_ten_seconds() {
    let rig = small().await;
    let slow = json!({"when": {"op": "guest.shutdown", "target": "guest/101"}, "effect": {"task_seconds": 40}});
    rig.sim.add_fault(FaultRule::from_json(&slow).unwrap());
    let shutdown = rig.post("/nodes/pve1/qemu/101/status/shutdown", &[]).await;
    let stop = rig.post("/nodes/pve1/qemu/101/status/stop", &[]).await;
    rig.wait_s(11);
    assert_eq!(exit(&rig, &shutdown), None);
    assert_eq!(
        exit(&rig, &stop).as_deref(),
        Some("can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout")
    );
    rig.wait_s(30);
    assert_eq!(exit(&rig, &shutdown).as_deref(), Some("OK"));
}

#[tokio::test]
async fn a_shutdown_that_takes_too_long_is_given_up_or_forced() {
    let rig = small().await;
    let path = "/nodes/pve1/qemu/101/status/shutdown";
    let late = "VM quit/powerdown failed - got timeout";
    assert_eq!(run(&rig, path, &[("timeout", "2")]).await, late);
    assert_eq!(
        run(
            &rig,
            "/nodes/pve1/qemu/101/status/reboot",
            &[("timeout", "3")]
        )
        .await,
        late
    );
    assert_eq!(rig.sim.guest(101).unwrap().status, "running");
    let forced = rig
        .post(path, &[("timeout", "2"), ("forceStop", "1")])
        .await;
    rig.wait_s(60);
    let task = rig.sim.task(&forced.upid()).unwrap();
    assert_eq!(
        task.log,
        ["VM still running - terminating now with SIGTERM", "TASK OK"]
    );
    assert_eq!(rig.sim.guest(101).unwrap().status, "stopped");
    assert_eq!(run(&rig, path, &[("timeout", "2")]).await, "OK");
}

#[tokio::test]
async fn a_stopped_task_says_so_and_leaves_no_lock() {
    let rig = small().await;
    let made = rig
        .post("/nodes/pve1/qemu/101/snapshot", &[("snapname", "one")])
        .await;
    let path = format!("/nodes/pve1/tasks/{}", made.upid().replace(':', "%3A"));
    assert_eq!(rig.delete(&path).await.body, json!({"data": null}));
    assert_eq!(exit(&rig, &made).as_deref(), Some("received interrupt"));
    let guest = rig.sim.guest(101).unwrap();
    assert_eq!((guest.lock, guest.snapshots), (None, Vec::new()));
    assert_eq!(rig.delete(&path).await.status, 200);
}

#[tokio::test]
async fn a_vm_that_sleeps_on_disk_is_locked_until_it_is_started() {
    let rig = small().await;
    let base = "/nodes/pve1/qemu/101/status";
    assert_eq!(
        run(&rig, &format!("{base}/suspend"), &[("todisk", "1")]).await,
        "OK"
    );
    let guest = rig.sim.guest(101).unwrap();
    assert_eq!(
        (guest.lock.as_deref(), guest.status.as_str()),
        (Some("suspended"), "stopped")
    );
    let change = rig
        .put("/nodes/pve1/qemu/101/config", &[("cores", "4")])
        .await;
    assert_eq!(change.reason, "VM is locked (suspended)");
    assert_eq!(run(&rig, &format!("{base}/start"), &[]).await, "OK");
    assert_eq!(rig.sim.guest(101).unwrap().lock, None);
    assert_eq!(run(&rig, &format!("{base}/suspend"), &[]).await, "OK");
    assert_eq!(rig.sim.guest(101).unwrap().status, "paused");
    assert_eq!(
        rig.get("/nodes/pve1/qemu/101/status/current").await.data()["qmpstatus"],
        "paused"
    );
    assert_eq!(run(&rig, &format!("{base}/resume"), &[]).await, "OK");
    assert_eq!(rig.sim.guest(101).unwrap().status, "running");
}

#[tokio::test]
async fn faults_fire_once_and_change_nothing_else() {
    let rig = small().await;
    let fault = |effect: Value| {
        FaultRule::from_json(
            &json!({"when": {"op": "guest.shutdown", "target": "guest/101"}, "effect": effect}),
        )
        .unwrap()
    };
    let path = "/nodes/pve1/qemu/101/status/shutdown";
    rig.sim.add_fault(fault(
        json!({"task_error": "VM quit/powerdown failed - got timeout"}),
    ));
    let failed = rig.post(path, &[]).await;
    rig.wait_s(60);
    let task = rig.sim.task(&failed.upid()).unwrap();
    assert_eq!(
        task.exit.as_deref(),
        Some("VM quit/powerdown failed - got timeout")
    );
    assert_eq!(
        task.log,
        ["TASK ERROR: VM quit/powerdown failed - got timeout"]
    );
    assert_eq!(rig.sim.guest(101).unwrap().status, "running");
    rig.sim.add_fault(fault(json!({"error": "out of memory"})));
    let refused = rig.post(path, &[]).await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (500, "out of memory")
    );
    rig.sim.add_fault(fault(json!({"drop_connection": true})));
    assert!(rig.try_call("POST", path, &[]).await.is_err());
    assert_eq!(rig.sim.calls().len(), 1);
    let after = json!({"when": {"op": "guest.shutdown", "target": "*", "phase": "after"}, "effect": {"drop_connection": true}});
    rig.sim.add_fault(FaultRule::from_json(&after).unwrap());
    assert!(rig.try_call("POST", path, &[]).await.is_err());
    assert_eq!(rig.sim.calls().len(), 2);
    rig.wait_s(60);
    assert_eq!(rig.sim.guest(101).unwrap().status, "stopped");
}

#[tokio::test]
async fn a_node_goes_away_after_the_task_that_a_fault_names() {
    let fault = json!([{"when": {"op": "guest.stop", "target": "guest/101", "phase": "after"}, "effect": {"node_offline": "pve1"}}]);
    let world = World::from_json(&small_world(&json!({"faults": fault}))).unwrap();
    let rig = Rig::start(options(world)).await;
    let stop = rig.post("/nodes/pve1/qemu/101/status/stop", &[]).await;
    assert_eq!(
        rig.get("/nodes/pve1/qemu/101/status/current").await.status,
        200
    );
    rig.wait_s(60);
    assert_eq!(exit(&rig, &stop).as_deref(), Some("OK"));
    assert_eq!(
        rig.get("/nodes/pve1/qemu/101/status/current").await.status,
        595
    );
}

#[tokio::test]
async fn accepted_changes_are_recorded_before_they_are_answered() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("calls.jsonl");
    let world = World::from_json(&small_world(&json!({}))).unwrap();
    let rig = Rig::start(sim::SimOptions {
        calls_log: Some(log.clone()),
        ..options(world)
    })
    .await;
    let made = rig
        .post(
            "/nodes/pve1/qemu/101/snapshot",
            &[("snapname", "one"), ("vmstate", "1")],
        )
        .await;
    rig.put("/nodes/pve1/lxc/102/config", &[("cores", "3")])
        .await;
    rig.post("/nodes/pve1/lxc/102/status/start", &[]).await;
    let lines: Vec<Value> = std::fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            json!({"at": "2026-11-24T12:00:00.000Z", "user": "root@pam!demo", "op": "snapshot.create",
                   "target": "snapshot/101/one", "args": {"snapname": "one", "vmstate": 1},
                   "upid": made.upid(), "outcome": "accepted"}),
            json!({"at": "2026-11-24T12:00:00.000Z", "user": "root@pam!demo", "op": "guest.config",
                   "target": "guest/102", "args": {"cores": 3}, "upid": null, "outcome": "accepted"}),
        ]
    );
}

#[tokio::test]
async fn task_lists_filter_and_the_cluster_keeps_the_last_25_of_a_node() {
    let rig = small().await;
    for _ in 0..15 {
        run(&rig, "/nodes/pve1/qemu/101/status/start", &[]).await;
        run(&rig, "/nodes/pve1/qemu/101/status/stop", &[]).await;
    }
    let list = async |query: &str| rig.get(&format!("/nodes/pve1/tasks?{query}")).await;
    assert_eq!(list("vmid=101&limit=5").await.body["total"], 30);
    assert_eq!(
        list("vmid=101&limit=5")
            .await
            .data()
            .as_array()
            .unwrap()
            .len(),
        5
    );
    assert_eq!(list("typefilter=qmstop").await.body["total"], 15);
    assert_eq!(list("errors=1").await.body["total"], 1);
    // With the task that started the guests when the node did.
    assert_eq!(list("statusfilter=ok").await.body["total"], 30);
    assert_eq!(list("source=active").await.data(), &json!([]));
    assert_eq!(
        list("statusfilter=bogus").await.error("statusfilter"),
        "invalid format - invalid status 'bogus'\n"
    );
    let cluster = rig.get("/cluster/tasks").await;
    assert_eq!(cluster.data().as_array().unwrap().len(), 25);
    rig.post("/nodes/pve1/qemu/101/status/stop", &[]).await;
    let active = list("source=active").await;
    assert_eq!(active.data()[0]["status"], "RUNNING");
    let cluster = rig.get("/cluster/tasks").await;
    assert_eq!(cluster.data().as_array().unwrap().len(), 26);
    assert!(cluster.data()[0].get("endtime").is_none());
}
