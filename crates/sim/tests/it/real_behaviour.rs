//! Behaviour that recordings of real servers showed: what starts when, what is refused, what a world can be.

use serde_json::{Value, json};

use crate::client::{Rig, options, small_world};
use sim::World;

async fn rig(more: &Value) -> Rig {
    Rig::start(options(World::from_json(&small_world(more)).unwrap())).await
}

#[tokio::test]
async fn the_three_keys_restart_a_machine_and_an_unknown_key_cannot_be_named_in_a_status_line() {
    let rig = rig(&json!({})).await;
    let uptime = async || {
        let answer = rig.get("/nodes/pve1/qemu/101/status/current").await;
        answer.data()["uptime"].as_i64().unwrap()
    };
    assert!(uptime().await > 100);
    let path = "/nodes/pve1/qemu/101/sendkey";
    let answer = rig.put(path, &[("key", "ctrl-alt-delete")]).await;
    assert_eq!((answer.status, answer.data()), (200, &Value::Null));
    assert!(uptime().await < 5);
    let answer = rig.put(path, &[("key", "ctrl-any")]).await;
    assert_eq!(
        (answer.status, answer.reason.as_str(), answer.text.as_str()),
        (400, "Bad Request", "")
    );
    let monitor = "/nodes/pve1/qemu/101/monitor";
    let answer = rig.post(monitor, &[("command", "nonsense")]).await;
    assert_eq!(answer.data(), "unknown command: 'nonsense'\r\n");
    let answer = rig.post(monitor, &[("command", "info block")]).await;
    assert_eq!(answer.status, 501);
}

#[tokio::test]
async fn a_lock_of_a_backup_stays_only_with_the_backup_that_left_it() {
    let task = json!({"id": "", "node": "pve1", "type": "vzdump", "vmid": 101, "user": "root@pam",
        "start": "2026-11-24T02:00:00Z", "end": "2026-11-24T02:10:00Z", "status": "interrupted by signal", "log": []});
    for (tasks, lock) in [(json!([]), None), (json!([task]), Some("backup"))] {
        let mut world: Value =
            serde_json::from_str(&small_world(&json!({"tasks": tasks}))).unwrap();
        world["guests"][0]["lock"] = json!("backup");
        let world = World::from_json(&world.to_string()).unwrap();
        assert_eq!(world.warnings().is_empty(), lock.is_some());
        let rig = Rig::start(options(world)).await;
        let config = rig.get("/nodes/pve1/qemu/101/config").await;
        assert_eq!(config.data()["lock"].as_str(), lock);
    }
}

#[tokio::test]
async fn a_node_starts_only_what_starts_at_boot_unless_it_is_forced() {
    let rig = rig(&json!({})).await;
    rig.put("/nodes/pve1/qemu/101/config", &[("onboot", "0")])
        .await;
    rig.post("/nodes/pve1/qemu/101/status/stop", &[]).await;
    rig.wait_s(60);
    for (force, status) in [("0", "stopped"), ("1", "running")] {
        let form = [("vms", "101"), ("force", force)];
        let answer = rig.post("/nodes/pve1/startall", &form).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        rig.wait_s(120);
        let now = rig.get("/nodes/pve1/qemu/101/status/current").await;
        assert_eq!(now.data()["status"], status);
    }
}

#[tokio::test]
async fn a_container_that_sees_a_directory_of_its_node_does_not_move() {
    let node = |name: &str| json!({"name": name, "status": "online", "cores": 8, "memory_mb": 16384, "memory_used_mb": 2048, "cpu_load": 0.1});
    let mut rig = rig(&json!({
        "cluster": {"name": "small", "quorate": true}, "nodes": [node("pve2"), node("pve1")],
    }))
    .await;
    rig.post("/nodes/pve1/lxc/103/status/stop", &[]).await;
    rig.wait_s(60);
    rig.sign_in_as_root().await;
    rig.put("/nodes/pve1/lxc/103/config", &[("mp0", "/srv,mp=/srv")])
        .await;
    let answer = rig
        .post("/nodes/pve1/lxc/103/migrate", &[("target", "pve2")])
        .await;
    rig.wait_s(60);
    let task = rig.sim.task(&answer.upid()).unwrap();
    assert_eq!(task.exit.as_deref(), Some("migration aborted"));
    assert!(task.log[0].ends_with("cannot migrate local bind mount point 'mp0'"));
    // The node that answers is the first by name, whatever the order of the world.
    let local = rig.get("/nodes/localhost/lxc/103/config").await;
    assert_eq!(local.status, 200, "{local:?}");
}

#[tokio::test]
async fn a_template_of_a_container_is_made_after_the_answer() {
    let rig = rig(&json!({})).await;
    rig.post("/nodes/pve1/lxc/103/status/stop", &[]).await;
    rig.wait_s(60);
    let answer = rig.post("/nodes/pve1/lxc/103/template", &[]).await;
    assert_eq!((answer.status, answer.data()), (200, &Value::Null));
    let flag = async || {
        let config = rig.get("/nodes/pve1/lxc/103/config").await;
        config.data()["template"].as_i64()
    };
    assert_eq!(flag().await, None);
    rig.wait_s(60);
    assert_eq!(flag().await, Some(1));
}

#[tokio::test]
async fn rights_on_one_guest_show_in_a_login() {
    let rig = rig(&json!({})).await;
    let user = [("userid", "ann@pve"), ("password", "long enough")];
    rig.post("/access/users", &user).await;
    let acl = [
        ("path", "/vms/101"),
        ("roles", "PVEVMUser"),
        ("users", "ann@pve"),
    ];
    rig.put("/access/acl", &acl).await;
    let login = [("username", "ann@pve"), ("password", "long enough")];
    let answer = rig.post("/access/ticket", &login).await;
    let held = &answer.data()["cap"];
    assert_eq!(held["vms"]["VM.PowerMgmt"], 1);
    assert_eq!(held["storage"], json!({}));
}
