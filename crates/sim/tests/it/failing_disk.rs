//! A disk that fails: what SMART, the list of disks and the pool on it tell while it gets worse.

use serde_json::{Value, json};

use crate::client::{Rig, options, small_world};
use sim::World;

const DAY_S: u64 = 86_400;

fn world(more: &Value) -> World {
    let mut all = json!({
        "storages": [{"id": "thin", "type": "zfspool", "shared": false, "nodes": null,
                      "content": ["images", "rootdir"], "total_gb": 500, "used_gb": 10, "enabled": true,
                      "active": true},
                     {"id": "local", "type": "dir", "shared": false, "nodes": null,
                      "content": ["images", "rootdir"], "total_gb": 500, "used_gb": 10, "enabled": true,
                      "active": true}],
    });
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    World::from_json(&small_world(&all)).unwrap()
}

/// Health and life left as the list tells them, and the raw count of replaced sectors with its mark.
async fn told(rig: &Rig, disk: &str) -> (Value, u64, u64, Value) {
    let list = rig.get("/nodes/pve1/disks/list").await;
    let rows = list.data().as_array().unwrap();
    let row = rows.iter().find(|row| row["devpath"] == disk).unwrap();
    let smart = rig
        .get(&format!("/nodes/pve1/disks/smart?disk={disk}"))
        .await;
    assert_eq!(row["health"], smart.data()["health"]);
    assert_eq!(row["wearout"], smart.data()["wearout"]);
    let attributes = smart.data()["attributes"].as_array().unwrap();
    let replaced = attributes
        .iter()
        .find(|row| row["name"] == "Reallocated_Sector_Ct")
        .unwrap();
    (
        row["health"].clone(),
        row["wearout"].as_u64().unwrap(),
        replaced["raw"].as_str().unwrap().parse().unwrap(),
        replaced["fail"].clone(),
    )
}

async fn pool(rig: &Rig) -> (Value, Value) {
    let list = rig.get("/nodes/pve1/disks/zfs").await;
    let one = rig.get("/nodes/pve1/disks/zfs/rpool").await;
    (
        list.data()[0]["health"].clone(),
        one.data()["state"].clone(),
    )
}

#[tokio::test]
async fn a_disk_gets_worse_for_days_until_it_says_that_it_has_failed() {
    let rig = Rig::start(options(world(&json!({})))).await;
    let (health, life_left, replaced, _) = told(&rig, "/dev/sda").await;
    assert_eq!((health, replaced), (json!("PASSED"), 0));
    let effect = json!({"disk_failing": {"node": "pve1", "disk": "/dev/sda", "days": 10}});
    assert_eq!(rig.tell("/sim/effects", &effect).await.status, 200);
    let mut before = (life_left, replaced);
    for _ in 0..9 {
        rig.wait_s(DAY_S);
        let (health, life_left, replaced, fail) = told(&rig, "/dev/sda").await;
        assert_eq!((health, fail), (json!("PASSED"), json!("-")));
        assert!(life_left < before.0 && replaced > before.1, "{before:?}");
        before = (life_left, replaced);
    }
    assert_eq!(pool(&rig).await, (json!("ONLINE"), json!("ONLINE")));
    rig.wait_s(DAY_S);
    let (health, _, replaced, fail) = told(&rig, "/dev/sda").await;
    assert_eq!(
        (health, replaced, fail),
        (json!("FAILED"), 2048, json!("NOW"))
    );
    assert_eq!(pool(&rig).await, (json!("DEGRADED"), json!("DEGRADED")));
    let journal = rig
        .get("/nodes/pve1/syslog?service=smartmontools&limit=500")
        .await;
    let lines = journal.data().as_array().unwrap();
    assert!(
        lines[0]["t"]
            .as_str()
            .unwrap()
            .ends_with("Currently unreadable (pending) sectors"),
        "{lines:?}"
    );
    assert!(
        lines.last().unwrap()["t"]
            .as_str()
            .unwrap()
            .ends_with("Device: /dev/sda [SAT], FAILED SMART self-check. BACK UP DATA NOW!"),
        "{lines:?}"
    );
    // The other disk is well.
    let (health, _, replaced, _) = told(&rig, "/dev/sdb").await;
    assert_eq!((health, replaced), (json!("PASSED"), 0));
    let effect = json!({"disk_replaced": {"node": "pve1", "disk": "/dev/sda"}});
    assert_eq!(rig.tell("/sim/effects", &effect).await.status, 200);
    let (health, life_left, replaced, _) = told(&rig, "/dev/sda").await;
    assert_eq!((health, life_left, replaced), (json!("PASSED"), 100, 0));
    assert_eq!(pool(&rig).await, (json!("ONLINE"), json!("ONLINE")));
}

#[tokio::test]
async fn a_world_says_which_disk_fails_and_when() {
    let rig = Rig::start(options(world(&json!({
        "failing_disks": [{"node": "pve1", "disk": "/dev/sdb", "from": "2026-11-14T12:00:00Z",
                           "failed": "2026-11-25T12:00:00Z"}]
    }))))
    .await;
    let (health, _, replaced, _) = told(&rig, "/dev/sdb").await;
    assert_eq!(health, "PASSED");
    assert!(replaced > 1000, "{replaced}");
    let exported = rig.sim.export(true);
    assert_eq!(
        exported["failing_disks"][0]["failed"],
        "2026-11-25T12:00:00Z"
    );
    let again = Rig::start(options(World::from_value(exported).unwrap())).await;
    assert_eq!(told(&again, "/dev/sdb").await, told(&rig, "/dev/sdb").await);
    again.wait_s(DAY_S);
    assert_eq!(told(&again, "/dev/sdb").await.0, "FAILED");
}

#[tokio::test]
async fn an_effect_that_is_not_understood_is_one_clear_sentence() {
    let rig = Rig::start(options(world(&json!({})))).await;
    for (effect, reason) in [
        (
            json!({"disk_failing": {"node": "pve1", "disk": "/dev/sda", "days": -1}}),
            "`disk_failing.days` is not a number of 0 to 36500",
        ),
        (
            json!({"disk_failing": {"node": "pve1", "days": 1}}),
            "`disk_failing.disk` is missing",
        ),
    ] {
        let refused = rig.tell("/sim/effects", &effect).await;
        assert_eq!((refused.status, refused.reason.as_str()), (400, reason));
    }
}
