//! Backups: taking, restoring, pruning, protecting, and jobs that run by themselves. Uploads, too.

use serde_json::{Value, json};

use crate::client::{Answer, Rig, options, small_world};
use sim::World;

async fn rig() -> Rig {
    let storage = |id: &str, kind: &str, content: &[&str]| {
        json!({"id": id, "type": kind, "shared": false, "nodes": null, "content": content,
               "total_gb": 500, "used_gb": 10, "enabled": true, "active": true})
    };
    let world = small_world(&json!({
        "storages": [
            storage("thin", "lvmthin", &["images", "rootdir"]),
            storage("local", "dir", &["images", "rootdir", "iso", "vztmpl", "backup"]),
        ],
    }));
    Rig::start(options(World::from_json(&world).unwrap())).await
}

fn exit(rig: &Rig, answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    rig.wait_s(1800);
    rig.sim.task(&answer.upid()).unwrap().exit.unwrap()
}

async fn backups(rig: &Rig) -> Vec<Value> {
    let answer = rig
        .get("/nodes/pve1/storage/local/content?content=backup")
        .await;
    answer.data().as_array().unwrap().clone()
}

async fn back_up(rig: &Rig, vmid: &str) -> String {
    let before = backups(rig).await;
    let form = [("vmid", vmid), ("storage", "local"), ("mode", "snapshot")];
    let answer = rig.post("/nodes/pve1/vzdump", &form).await;
    assert_eq!(exit(rig, &answer), "OK");
    let new = backups(rig).await;
    let new: Vec<&Value> = new
        .iter()
        .filter(|row| !before.iter().any(|old| old["volid"] == row["volid"]))
        .collect();
    assert_eq!(new.len(), 1, "{new:?}");
    new[0]["volid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_restored_guest_is_as_it_was_when_it_was_backed_up() {
    let rig = rig().await;
    let path = "/nodes/pve1/lxc/102";
    rig.put(&format!("{path}/config"), &[("tags", "before")])
        .await;
    let volid = back_up(&rig, "102").await;
    rig.put(&format!("{path}/config"), &[("tags", "after")])
        .await;
    let stop = rig.post(&format!("{path}/status/stop"), &[]).await;
    assert_eq!(exit(&rig, &stop), "OK");
    let form = [
        ("vmid", "102"),
        ("ostemplate", volid.as_str()),
        ("restore", "1"),
        ("force", "1"),
        ("storage", "thin"),
    ];
    let answer = rig.post("/nodes/pve1/lxc", &form).await;
    assert_eq!(exit(&rig, &answer), "OK");
    let config = rig.get(&format!("{path}/config")).await;
    assert_eq!(config.data()["tags"], "before");
}

#[tokio::test]
async fn a_backup_of_a_vm_can_become_another_vm() {
    let rig = rig().await;
    let volid = back_up(&rig, "101").await;
    let form = [
        ("vmid", "300"),
        ("archive", volid.as_str()),
        ("storage", "thin"),
    ];
    let answer = rig.post("/nodes/pve1/qemu", &form).await;
    assert_eq!(exit(&rig, &answer), "OK");
    let config = rig.get("/nodes/pve1/qemu/300/config").await;
    let disk = config.data()["scsi0"].as_str().unwrap();
    assert!(disk.starts_with("thin:vm-300-disk-0"), "{disk}");
    let form = [("vmid", "300"), ("archive", volid.as_str())];
    let again = rig.post("/nodes/pve1/qemu", &form).await;
    assert_eq!(
        (again.status, again.reason.as_str()),
        (
            500,
            "unable to restore VM 300 - VM 300 already exists on node 'pve1'"
        )
    );
}

#[tokio::test]
async fn pruning_keeps_the_newest_and_what_is_protected() {
    let rig = rig().await;
    let mut volids = Vec::new();
    for _ in 0..3 {
        volids.push(back_up(&rig, "102").await);
    }
    let path = "/nodes/pve1/storage/local";
    let first = format!("{path}/content/{}", volids[0]);
    let answer = rig
        .put(&first, &[("protected", "1"), ("notes", "keep it")])
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let refused = rig.delete(&first).await;
    let text = exit(&rig, &refused);
    assert!(text.contains("protected"), "{text}");
    let marks = rig
        .get(&format!(
            "{path}/prunebackups?prune-backups=keep-last%3D1&vmid=102"
        ))
        .await;
    let marks: Vec<&str> = marks
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["mark"].as_str().unwrap())
        .collect();
    assert_eq!(marks, ["protected", "remove", "keep"]);
    let answer = rig
        .delete(&format!(
            "{path}/prunebackups?prune-backups=keep-last%3D1&vmid=102"
        ))
        .await;
    assert_eq!(exit(&rig, &answer), "OK");
    let left: Vec<Value> = backups(&rig)
        .await
        .into_iter()
        .map(|row| row["volid"].clone())
        .collect();
    assert_eq!(left, [json!(volids[0]), json!(volids[2])]);
}

#[tokio::test]
async fn a_backup_job_runs_when_the_clock_reaches_its_time() {
    let rig = rig().await;
    let form = [
        ("id", "nightly"),
        ("schedule", "21:00"),
        ("storage", "local"),
        ("vmid", "102"),
        ("mode", "snapshot"),
        ("enabled", "1"),
    ];
    let answer = rig.post("/cluster/backup", &form).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let listed = rig.get("/cluster/backup").await;
    assert_eq!(listed.data()[0]["schedule"], "21:00");
    rig.wait_s(8 * 3600);
    rig.get("/version").await;
    assert!(backups(&rig).await.is_empty());
    rig.wait_s(2 * 3600);
    rig.get("/version").await;
    rig.wait_s(1800);
    assert_eq!(backups(&rig).await.len(), 1);
    let tasks = rig.get("/nodes/pve1/tasks?typefilter=vzdump").await;
    assert_eq!(tasks.data()[0]["status"], "OK");
    rig.delete("/cluster/backup/nightly").await;
    rig.wait_s(86_400);
    assert_eq!(backups(&rig).await.len(), 1);
}

#[tokio::test]
async fn an_uploaded_image_is_listed_and_a_wrong_checksum_keeps_it_out() {
    let rig = rig().await;
    let part = |name: &str, value: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = |more: &str| {
        format!(
            "{}{more}--edge\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"tiny.iso\"\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--edge--\r\n",
            part("content", "iso")
        )
    };
    let path = "/nodes/pve1/storage/local/upload";
    let kind = "multipart/form-data; boundary=edge";
    let wrong = part("checksum-algorithm", "sha256") + &part("checksum", &"0".repeat(64));
    let answer = rig.send(path, kind, &body(&wrong)).await;
    assert!(exit(&rig, &answer).starts_with("checksum mismatch: got '"));
    let images = || async {
        rig.get("/nodes/pve1/storage/local/content?content=iso")
            .await
            .data()
            .clone()
    };
    assert_eq!(images().await, json!([]));
    let md5 = part("checksum-algorithm", "md5") + &part("checksum", &"0".repeat(32));
    let answer = rig.send(path, kind, &body(&md5)).await;
    assert_eq!(
        exit(&rig, &answer),
        format!(
            "checksum mismatch: got '900150983cd24fb0d6963f7d28e17f72' != expect '{}'",
            "0".repeat(32)
        )
    );
    let answer = rig.send(path, kind, &body("")).await;
    assert_eq!(exit(&rig, &answer), "OK");
    assert_eq!(images().await[0]["volid"], "local:iso/tiny.iso");
    assert_eq!(images().await[0]["size"], 3);
}

#[tokio::test]
async fn a_backup_waits_for_the_one_before_it_and_begins_when_that_is_stopped() {
    let rig = rig().await;
    let backup = |vmid, more: &'static [(&str, &str)]| {
        let form = [&[("vmid", vmid), ("storage", "local")], more].concat();
        let rig = &rig;
        async move { rig.post("/nodes/pve1/vzdump", &form).await.upid() }
    };
    let slow = backup("101", &[("bwlimit", "1")]).await;
    rig.wait_s(5);
    let waiting = backup("102", &[]).await;
    let impatient = backup("102", &[("lockwait", "0")]).await;
    rig.wait_s(600);
    let exit = |upid: &str| rig.sim.task(upid).unwrap().exit;
    assert_eq!(exit(&waiting), None);
    assert_eq!(
        exit(&impatient).as_deref(),
        Some("can't acquire lock '/var/run/vzdump.lock' (wait = 0)")
    );
    let path = format!("/nodes/pve1/tasks/{}", slow.replace(':', "%3A"));
    assert_eq!(rig.delete(&path).await.status, 200);
    rig.wait_s(600);
    assert_eq!(exit(&slow).as_deref(), Some("interrupted by signal"));
    assert_eq!(exit(&waiting).as_deref(), Some("OK"));
}

#[tokio::test]
async fn a_backup_of_one_kind_of_guest_is_not_restored_as_the_other() {
    let rig = rig().await;
    let volid = back_up(&rig, "101").await;
    let form = [
        ("vmid", "500"),
        ("ostemplate", volid.as_str()),
        ("restore", "1"),
        ("storage", "thin"),
    ];
    let answer = rig.post("/nodes/pve1/lxc", &form).await;
    assert_eq!(
        exit(&rig, &answer),
        "unable to restore CT 500 - ERROR: archive contains no configuration file"
    );
    let gone = rig.get("/nodes/pve1/lxc/500/config").await;
    assert_eq!(gone.status, 500, "{gone:?}");
    let path = "/nodes/pve1/qemu";
    let missing = rig.post(path, &[("vmid", "101"), ("archive", "x")]).await;
    assert_eq!(missing.reason, "can't find file 'x'");
}
