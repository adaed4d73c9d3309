//! What nodes fetch from the simulator's own files, what they find around them, and several calls in one.

use serde_json::{Value, json};

use crate::client::{Answer, Rig, client, options, small_world};
use sim::World;

/// One node whose directory takes templates and images.
async fn rig() -> Rig {
    let storage = |id: &str, kind: &str, content: &[&str]| {
        json!({"id": id, "type": kind, "shared": kind == "nfs", "nodes": null, "content": content,
               "total_gb": 100, "used_gb": 10, "enabled": true, "active": true})
    };
    let world = small_world(&json!({
        "storages": [
            storage("thin", "zfspool", &["images", "rootdir"]),
            storage("local", "dir", &["images", "rootdir", "iso", "vztmpl", "backup", "import"]),
            storage("pool", "lvmthin", &["images"]),
            storage("share", "nfs", &["iso"]),
        ],
    }));
    Rig::start(options(World::from_json(&world).unwrap())).await
}

async fn put_file(rig: &Rig, name: &str, content: &str) -> String {
    let token = format!(
        "PVEAPIToken={}={}",
        rig.sim.token_id(),
        rig.sim.token_secret()
    );
    let url = format!("{}/sim/files/{name}", rig.sim.url());
    let answer = client()
        .put(&url)
        .header("authorization", token)
        .body(content.to_owned())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    url
}

async fn fetch(rig: &Rig, url: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("url", url), ("content", "iso"), ("filename", "a.iso")];
    form.extend(more);
    rig.post("/nodes/pve1/storage/local/download-url", &form)
        .await
}

/// How the task of an answer ended.
fn exit(rig: &Rig, answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    rig.wait_s(30);
    rig.sim.task(&answer.upid()).unwrap().exit.unwrap()
}

async fn volids(rig: &Rig, content: &str) -> Vec<String> {
    let answer = rig
        .get(&format!(
            "/nodes/pve1/storage/local/content?content={content}"
        ))
        .await;
    let rows = answer.data().as_array().unwrap().iter();
    rows.map(|row| row["volid"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_file_is_downloaded_when_its_checksum_is_right() {
    let rig = rig().await;
    let url = put_file(&rig, "a.iso", "abc").await;
    let asked = format!("/nodes/pve1/query-url-metadata?url={url}");
    assert_eq!(
        rig.get(&asked).await.data(),
        &json!({"filename": "a.iso", "mimetype": "application/octet-stream", "size": 3})
    );
    let wrong = [
        ("checksum-algorithm", "md5"),
        ("checksum", "00000000000000000000000000000000"),
    ];
    assert_eq!(
        exit(&rig, &fetch(&rig, &url, &wrong).await),
        "checksum mismatch: got '900150983cd24fb0d6963f7d28e17f72' != expect '00000000000000000000000000000000'"
    );
    assert_eq!(volids(&rig, "iso").await, [] as [&str; 0]);
    let right = [
        ("checksum-algorithm", "sha256"),
        (
            "checksum",
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        ),
    ];
    let answer = fetch(&rig, &url, &right).await;
    assert_eq!(exit(&rig, &answer), "OK");
    let log = rig.sim.task(&answer.upid()).unwrap().log;
    for line in [
        format!("downloading {url} to /var/lib/vz/template/iso/a.iso"),
        "calculating checksum...OK, checksum verified".to_owned(),
        format!("download of '{url}' to '/var/lib/vz/template/iso/a.iso' finished"),
    ] {
        assert!(log.contains(&line), "{line} in {log:?}");
    }
    assert_eq!(volids(&rig, "iso").await, ["local:iso/a.iso"]);
    // What is there is kept: the right file is enough, another is not overwritten.
    assert_eq!(exit(&rig, &fetch(&rig, &url, &right).await), "OK");
    assert_eq!(
        exit(&rig, &fetch(&rig, &url, &[]).await),
        "refusing to override existing file '/var/lib/vz/template/iso/a.iso'"
    );
}

#[tokio::test]
async fn what_is_not_there_or_out_of_reach_fails_in_the_task() {
    let rig = rig().await;
    let missing = format!("{}/sim/files/nosuch.iso", rig.sim.url());
    let ended = exit(&rig, &fetch(&rig, &missing, &[]).await);
    assert!(ended.ends_with("ERROR 404: Not Found."), "{ended}");
    let asked = rig
        .get(&format!("/nodes/pve1/query-url-metadata?url={missing}"))
        .await;
    assert_eq!(asked.reason, "invalid server response: '404 Not Found'");
    for (url, wanted) in [
        (
            "http://127.0.0.1:1/a.iso",
            "download failed: Connecting to 127.0.0.1:1... failed: Connection refused.",
        ),
        (
            "https://files.test/a.iso",
            "download failed: wget: unable to resolve host address 'files.test'",
        ),
    ] {
        assert_eq!(exit(&rig, &fetch(&rig, url, &[]).await), wanted);
    }
    let packed = fetch(&rig, &missing, &[("compression", "zst")]).await;
    assert_eq!(packed.status, 501);
    let elsewhere = [
        ("url", missing.as_str()),
        ("content", "iso"),
        ("filename", "a.iso"),
    ];
    let refused = rig
        .post("/nodes/pve1/storage/thin/download-url", &elsewhere)
        .await;
    assert_eq!(
        refused.reason,
        "storage 'thin' is not configured for content-type 'iso'"
    );
    assert_eq!(volids(&rig, "iso").await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_template_of_the_index_is_downloaded_and_becomes_a_container() {
    let rig = rig().await;
    let index = rig.get("/nodes/pve1/aplinfo").await;
    let rows = index.data().as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["os"] == "debian-12")
        .unwrap()
        .clone();
    let file = row["template"].as_str().unwrap();
    let form = [("storage", "local"), ("template", file)];
    let answer = rig.post("/nodes/pve1/aplinfo", &form).await;
    assert_eq!(exit(&rig, &answer), "OK");
    let volid = format!("local:vztmpl/{file}");
    assert_eq!(volids(&rig, "vztmpl").await, [volid.as_str()]);
    // The checksum is that of the file anybody gets there.
    let sum = [
        ("url", row["location"].as_str().unwrap()),
        ("content", "vztmpl"),
        ("filename", file),
        ("checksum-algorithm", "md5"),
        ("checksum", row["md5sum"].as_str().unwrap()),
    ];
    let again = rig
        .post("/nodes/pve1/storage/local/download-url", &sum)
        .await;
    assert_eq!(exit(&rig, &again), "OK");
    let unknown = [("storage", "local"), ("template", "nosuch")];
    let refused = rig.post("/nodes/pve1/aplinfo", &unknown).await;
    assert_eq!(refused.error("template"), "no such template");
    let container = [
        ("vmid", "200"),
        ("ostemplate", volid.as_str()),
        ("rootfs", "thin:4"),
    ];
    let made = rig.post("/nodes/pve1/lxc", &container).await;
    assert_eq!(exit(&rig, &made), "OK");
    assert!(rig.sim.guest(200).is_some());
}

#[tokio::test]
async fn a_node_finds_the_pools_exports_and_groups_that_its_storages_lie_in() {
    let rig = rig().await;
    let rows = async |path: &str, key: &str| -> Vec<Value> {
        let answer = rig.get(&format!("/nodes/pve1/scan/{path}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let rows = answer.data().as_array().unwrap().iter();
        rows.map(|row| row[key].clone()).collect()
    };
    assert_eq!(rows("zfs", "pool").await, ["rpool", "rpool/thin"]);
    assert_eq!(rows("lvmthin?vg=pve", "lv").await, ["data"]);
    assert_eq!(rows("lvmthin?vg=other", "lv").await, [] as [&str; 0]);
    assert_eq!(rows("nfs?server=10.0.0.5", "path").await, ["/export/share"]);
    let nobody = rig.get("/nodes/pve1/scan/cifs?server=10.0.0.9").await;
    assert_eq!(
        nobody.reason,
        "error connecting to 10.0.0.9: NT_STATUS_HOST_UNREACHABLE"
    );
}

#[tokio::test]
async fn a_batch_carries_out_its_calls_one_after_the_other() {
    let rig = rig().await;
    let commands = json!([
        {"method": "GET", "path": "version"},
        {"method": "PUT", "path": "qemu/101/config", "args": {"description": "from a batch"}},
        {"method": "GET", "path": "qemu/101/config"},
        {"method": "GET", "path": "nosuch"},
        {"method": "PUT", "path": "qemu/101/config", "args": {"cores": "x"}},
        {"method": "POST", "path": "execute", "args": {"commands": "[]"}},
    ]);
    let answer = rig
        .post(
            "/nodes/pve1/execute",
            &[("commands", &commands.to_string())],
        )
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let rows = answer.data().as_array().unwrap();
    let statuses: Vec<&Value> = rows.iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, [200, 200, 200, 500, 400, 500]);
    assert_eq!(rows[0]["data"]["release"], "9.1");
    assert_eq!(rows[2]["data"]["description"], "from a batch");
    assert_eq!(rows[3]["message"], "no handler for 'nodes/pve1/nosuch'\n");
    assert!(rows[4]["errors"]["cores"].is_string(), "{answer:?}");
    let ops: Vec<String> = rig.sim.calls().into_iter().map(|call| call.op).collect();
    assert_eq!(ops.len(), 1, "{ops:?}");
    let bad = rig.post("/nodes/pve1/execute", &[("commands", "{}")]).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn what_is_inside_an_archive_is_not_made_up() {
    let rig = rig().await;
    let at = "/nodes/pve1/storage/local";
    let unknown = rig
        .get(&format!("{at}/file-restore/list?volume=x&filepath=/"))
        .await;
    assert_eq!(
        unknown.reason,
        "unable to parse directory volume name 'backup/x'"
    );
    let backup = "backup/vzdump-qemu-101-2026_11_23-00_28_13.vma.zst";
    let not_pbs = rig
        .get(&format!(
            "{at}/file-restore/list?volume={backup}&filepath=/"
        ))
        .await;
    assert_eq!(
        not_pbs.error("storage"),
        "Only PBS storages supported for file-restore."
    );
    let whole = rig
        .get(&format!("{at}/import-metadata?volume=local:{backup}"))
        .await;
    assert_eq!(
        whole.reason,
        format!("unable to parse directory volume name 'local:{backup}'")
    );
}
