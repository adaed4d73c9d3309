//! What lies on storages, what nobody refers to, what comes and goes.

use ops::{Code, Plan, Risk, RunState, StepState};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

/// `local` is a folder of each node, `fast` and `plain` are shared.
fn cluster() -> Cluster {
    Cluster::of(&["pve1", "pve2"])
        .storage(
            "local",
            "dir",
            &json!({ "content": ["iso", "vztmpl", "import", "images"] }),
        )
        .guest(
            Guest::vm(101, "web-01", "pve1")
                .running()
                .snapshot("before"),
        )
        .guest(Guest::container(201, "cache-01", "pve2"))
}

/// Two disks that nobody refers to, and an image of a disc.
fn littered() -> Cluster {
    cluster()
        .volume("fast:vm-101-disk-7", "images", Some(101))
        .volume("fast:vm-900-disk-0", "images", Some(900))
        .volume("local:iso/debian.iso", "iso", None)
}

async fn world(cluster: Cluster) -> World {
    World::builder().cluster(cluster).build().await
}

fn rows(answer: &Value, list: &str) -> Vec<(String, String)> {
    answer[list]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
            (text("volume"), text("reason"))
        })
        .collect()
}

fn texts<'a>(plan: &'a Plan, signal: &str) -> Vec<&'a str> {
    plan.preflight
        .iter()
        .filter(|row| row.signal == signal)
        .map(|row| row.text.as_str())
        .collect()
}

async fn volumes(world: &World, storage: &str) -> Vec<String> {
    let answer = world
        .query("storages.content", json!({ "storage": storage }))
        .await
        .unwrap();
    answer["volumes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["volume"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_content_of_a_storage_names_the_guests() {
    let world = world(littered()).await;
    let answer = world
        .query("storages.content", json!({ "storage": "fast" }))
        .await
        .unwrap();
    let got: Vec<Value> = answer["volumes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["volume"], row["content"], row["vmid"], row["guest"]]))
        .collect();
    assert_eq!(
        json!(got),
        json!([
            ["fast:vm-101-disk-0", "images", 101, "web-01"],
            ["fast:vm-101-disk-7", "images", 101, "web-01"],
            ["fast:vm-201-disk-0", "rootdir", 201, "cache-01"],
            ["fast:vm-900-disk-0", "images", 900, null],
        ])
    );
    let error = world
        .query("storages.content", json!({ "storage": "slow" }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str(), error.hint.as_deref()),
        (
            Code::NotFound,
            "there is no storage `slow`",
            Some("there are fast, local, plain")
        )
    );
    let shown = world
        .query("storages.show", json!({ "storage": "local" }))
        .await
        .unwrap();
    assert_eq!(
        (
            &shown["type"],
            &shown["enabled"],
            shown["nodes"].as_array().unwrap().len()
        ),
        (&json!("dir"), &json!(true), 2)
    );
}

#[tokio::test]
async fn an_orphan_is_what_no_configuration_and_no_snapshot_refers_to() {
    let world = world(littered()).await;
    // Detached, but still in the configuration and in the snapshot.
    world.outside().configure(101, &[("delete", "scsi0")]).await;
    let answer = world.query("storages.orphans", json!({})).await.unwrap();
    assert_eq!(
        rows(&answer, "orphans"),
        [
            (
                "fast:vm-101-disk-7".to_owned(),
                "web-01 (main/pve1/101) does not refer to it".to_owned()
            ),
            (
                "fast:vm-900-disk-0".to_owned(),
                "there is no guest 900".to_owned()
            ),
        ]
    );
    assert_eq!(answer["orphans_bytes"], json!(2_u64 << 30));
    assert_eq!(
        (&answer["not_known"], &answer["not_read"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn what_could_not_be_read_is_never_called_an_orphan() {
    let world = world(littered()).await;
    world.sim().set_node_online("pve2", false);
    let answer = world.query("storages.orphans", json!({})).await.unwrap();
    assert_eq!(rows(&answer, "orphans"), []);
    let unsure = rows(&answer, "not_known");
    assert_eq!(unsure.len(), 3, "{unsure:?}");
    assert_eq!(
        unsure[0].1,
        "cache-01 could not be read: its node pve2 is not online"
    );
    // The folder of the node that is away is not read, and said so.
    assert_eq!(answer["not_read"][0]["what"], "local (pve2)");
    let error = world
        .plan("storages.clean_up", json!({ "storage": "fast" }))
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "nothing to do for sure: of 3 disks or storages it cannot be told"
    );
    let error = world
        .plan(
            "storages.delete_volume",
            json!({ "volumes": ["fast:vm-900-disk-0"] }),
        )
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "whether fast:vm-900-disk-0 on fast (main) is in use cannot be told: cache-01 could not be read: its \
         node pve2 is not online"
    );
}

#[tokio::test]
async fn a_volume_that_somebody_uses_is_not_deleted() {
    let world = world(littered()).await;
    world
        .outside()
        .configure(101, &[("ide2", "local:iso/debian.iso,media=cdrom")])
        .await;
    let delete = |volume: &str| json!({ "volumes": [volume] });
    let rows = [
        (
            "fast:vm-101-disk-0",
            Code::Conflict,
            "fast:vm-101-disk-0 on fast (main) is in use by web-01 (main/pve1/101): scsi0; web-01 \
             (main/pve1/101): snapshot before, scsi0",
        ),
        (
            "pve1/local:iso/debian.iso",
            Code::Conflict,
            "local:iso/debian.iso on local (main/pve1) is in use by web-01 (main/pve1/101): ide2",
        ),
        (
            "local:iso/debian.iso",
            Code::Ambiguous,
            "there are 2 storages `local`, each of its own node",
        ),
        (
            "fast:vm-1-disk-0",
            Code::NoMatch,
            "there is no volume `fast:vm-1-disk-0` on fast (main)",
        ),
        ("nonsense", Code::InvalidInput, "`nonsense` is no volume"),
    ];
    for (volume, code, message) in rows {
        let error = world
            .plan("storages.delete_volume", delete(volume))
            .await
            .unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (code, message));
    }
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn an_orphan_is_deleted_once_and_for_good() {
    let world = world(littered()).await;
    let input = json!({ "volumes": ["fast:vm-900-disk-0"] });
    let plan = world.plan("storages.delete_volume", input).await.unwrap();
    assert_eq!((plan.risk, plan.irreversible.len()), (Risk::Destructive, 1));
    assert_eq!(plan.confirm.as_ref().unwrap().text, "fast:vm-900-disk-0");
    assert_eq!(
        texts(&plan, "no_way_back"),
        [
            "what is in fast:vm-900-disk-0 is lost for good: a volume that was deleted cannot be undone"
        ]
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(world.changes(), ["volume.delete volume/fast:vm-900-disk-0"]);
    assert!(
        !volumes(&world, "fast")
            .await
            .contains(&"fast:vm-900-disk-0".to_owned())
    );
}

#[tokio::test]
async fn a_volume_that_its_guest_took_back_since_the_plan_stays() {
    let world = world(littered()).await;
    let input = json!({ "volumes": ["fast:vm-101-disk-7"] });
    let plan = world.plan("storages.delete_volume", input).await.unwrap();
    world
        .outside()
        .configure(101, &[("scsi1", "fast:vm-101-disk-7")])
        .await;
    let error = world.approve(&plan).await.unwrap_err();
    assert_eq!(error.code, Code::PreconditionChanged);
    assert_eq!(error.difference[0].field, "used_by");
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_clean_up_lists_every_disk_that_goes_and_why() {
    let world = world(littered()).await;
    let plan = world.plan("storages.clean_up", json!({})).await.unwrap();
    assert_eq!(plan.summary, "clean up 2 disks that no guest refers to");
    assert_eq!(
        texts(&plan, "orphan"),
        [
            "fast:vm-101-disk-7: web-01 (main/pve1/101) does not refer to it",
            "fast:vm-900-disk-0: there is no guest 900",
        ]
    );
    assert_eq!(plan.confirm.as_ref().unwrap().text, "delete_volume 2");
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(
        volumes(&world, "fast").await,
        ["fast:vm-101-disk-0", "fast:vm-201-disk-0"]
    );
    let error = world
        .plan("storages.clean_up", json!({}))
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "nothing to do: every disk belongs to a guest"
    );
}

#[tokio::test]
async fn a_lost_answer_to_a_deletion_is_found_and_nothing_is_deleted_twice() {
    for phase in ["before", "after"] {
        let world = world(littered()).await;
        world.fault(&json!({
            "when": { "op": "volume.delete", "target": "*", "phase": phase },
            "effect": { "drop_connection": true },
        }));
        let input = json!({ "volumes": ["fast:vm-900-disk-0"] });
        let run = world.carry_out("storages.delete_volume", input).await;
        assert_eq!(run.state, RunState::Succeeded, "{phase}: {run:?}");
        assert_eq!(
            world.changes(),
            ["volume.delete volume/fast:vm-900-disk-0"],
            "{phase}"
        );
    }
}

#[tokio::test]
async fn a_file_is_fetched_compared_and_taken_back() {
    let world = world(cluster()).await;
    let url = world
        .sim()
        .offer_file("debian.iso", b"an image of a disc".to_vec());
    let input = json!({
        "storage": "local", "node": "pve1", "content": "iso", "url": url,
    });
    let plan = world
        .plan("storages.download", input.clone())
        .await
        .unwrap();
    assert_eq!(plan.summary, "fetch debian.iso to local (main/pve1)");
    assert_eq!(texts(&plan, "no_checksum").len(), 1);
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(
        run.steps[0].verify.as_ref().unwrap().text,
        "local:iso/debian.iso is there"
    );
    let error = world
        .plan("storages.download", input.clone())
        .await
        .unwrap_err();
    assert_eq!(error.message, "local:iso/debian.iso is there already");
    let back = world.carry_out("runs.undo", json!({ "run": run.id })).await;
    assert_eq!(back.state, RunState::Succeeded, "{back:?}");

    let mut wrong = input;
    wrong["checksum"] = json!("ab".repeat(32));
    let run = world.carry_out("storages.download", wrong).await;
    assert_eq!(run.steps[0].state, StepState::Failed);
    assert!(
        run.steps[0]
            .error
            .as_ref()
            .unwrap()
            .starts_with("checksum mismatch"),
        "{run:?}"
    );
}

#[tokio::test]
async fn what_cannot_arrive_is_refused_before_anything_is_asked() {
    let world = world(cluster()).await;
    let with = |field: &str, value: &str| {
        let mut input = json!({
            "storage": "local", "node": "pve1", "content": "iso",
            "url": "https://mirror.example.org/debian.iso",
        });
        input[field] = json!(value);
        input
    };
    let rows = [
        (
            with("storage", "fast"),
            "storage fast (main) does not take `iso`",
        ),
        (
            with("content", "images"),
            "`images` is nothing that can be brought to a storage",
        ),
        (
            with("file_name", "../x.iso"),
            "`../x.iso` is no name for a file on a storage",
        ),
        (
            with("file_name", "x.txt"),
            "`x.txt` does not end as a file of `iso` does: .iso, .img",
        ),
        (with("checksum", "12"), "`12` is no checksum"),
        (
            with("unpack", "rar"),
            "`rar` is nothing that a node can unpack",
        ),
        (
            with("url", "file:///etc/passwd"),
            "`file:///etc/passwd` is no address that a node can fetch",
        ),
        (
            with("node", "pve9"),
            "there is no storage `local` on node pve9",
        ),
    ];
    for (input, message) in rows {
        let error = world.plan("storages.download", input).await.unwrap_err();
        assert_eq!(error.message, message);
    }
    let plan = world
        .plan(
            "storages.download",
            with("url", "https://elsewhere.example.net/debian.iso"),
        )
        .await
        .unwrap();
    assert!(texts(&plan, "check_skipped")[0].starts_with("whether node pve1 gets it is not known"));
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_of_this_machine_is_uploaded_and_a_changed_one_is_not() {
    let world = world(cluster()).await;
    let home = tempfile::TempDir::new().unwrap();
    let file = home.path().join("tiny.iso");
    std::fs::write(&file, b"an image of a disc").unwrap();
    let input = json!({
        "storage": "local", "node": "pve2", "content": "iso", "file": file,
    });
    let plan = world.plan("storages.upload", input.clone()).await.unwrap();
    std::fs::write(&file, b"another image of a disc").unwrap();
    let error = world.approve(&plan).await.unwrap_err();
    assert_eq!(error.code, Code::PreconditionChanged);

    let run = world.carry_out("storages.upload", input.clone()).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(volumes(&world, "local").await, ["local:iso/tiny.iso"]);
    assert_eq!(world.changes(), ["volume.upload storage/local"]);
    world.carry_out("runs.undo", json!({ "run": run.id })).await;
    assert_eq!(volumes(&world, "local").await, Vec::<String>::new());

    let mut wrong = input.clone();
    wrong["checksum"] = json!(format!("sha256:{}", "0".repeat(64)));
    let run = world.carry_out("storages.upload", wrong).await;
    assert_eq!(run.steps[0].state, StepState::NotExecuted, "{run:?}");
    assert_eq!(world.changes().len(), 2, "nothing was sent");
    let error = world
        .app
        .registry
        .plan_wishes(
            &World::call(ops::Role::Admin, ops::Surface::Web),
            vec![ops::Wish {
                op: "storages.upload".to_owned(),
                input,
            }],
        )
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Forbidden);
}

#[tokio::test]
async fn a_storage_is_switched_off_and_back_on_with_who_is_hit() {
    let world = world(cluster()).await;
    let input = json!({ "storage": "fast", "enabled": false });
    let plan = world.plan("storages.set", input).await.unwrap();
    assert_eq!(
        (plan.summary.as_str(), plan.risk),
        ("switch storage fast off", Risk::Disruptive)
    );
    assert_eq!(
        texts(&plan, "in_use"),
        [
            "2 volumes of fast (main) cannot be used any more for now, such as fast:vm-101-disk-0: guests that \
             run go on, but do not start again"
        ]
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let shown = world
        .app
        .registry
        .query(
            &World::admin(),
            "pve.get",
            json!({ "path": "/storage/fast" }),
        )
        .await
        .unwrap();
    assert_eq!(shown["data"]["disable"], 1, "{shown}");
    let back = world.carry_out("runs.undo", json!({ "run": run.id })).await;
    assert_eq!(back.state, RunState::Succeeded, "{back:?}");

    let content = json!({ "storage": "local", "content": ["iso"], "nodes": ["pve1"] });
    let run = world.carry_out("storages.set", content.clone()).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let error = world.plan("storages.set", content).await.unwrap_err();
    assert_eq!(error.message, "nothing to do: storage local is so already");
    for (input, message) in [
        (
            json!({ "storage": "local", "content": ["films"] }),
            "`films` is nothing that a storage takes",
        ),
        (
            json!({ "storage": "local", "nodes": ["pve9"] }),
            "cluster main has no node `pve9`",
        ),
    ] {
        let error = world.plan("storages.set", input).await.unwrap_err();
        assert_eq!(error.message, message);
    }
}
