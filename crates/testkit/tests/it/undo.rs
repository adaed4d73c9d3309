//! The way back from a run, its receipt, and the audit chain behind both.

use ops::{Code, Plan, Role, RunState, Surface};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

fn cluster() -> Cluster {
    Cluster::of(&["pve1"])
        .guest(Guest::vm(101, "web-01", "pve1").running())
        .guest(Guest::vm(102, "web-02", "pve1").running())
        .guest(Guest::container(103, "db-01", "pve1"))
}

async fn world() -> World {
    World::builder().cluster(cluster()).build().await
}

fn steps(plan: &Plan) -> Vec<(&str, &str)> {
    plan.steps
        .iter()
        .map(|step| (step.op.as_str(), step.target_name.as_str()))
        .collect()
}

#[tokio::test]
async fn a_run_is_taken_back_in_reverse_by_one_plan_that_is_approved_like_any_other() {
    let world = world().await;
    let plan = world
        .plan_several(&[
            ("guests.stop", json!({ "guests": ["web-01", "web-02"] })),
            ("guests.start", json!({ "guests": ["db-01"] })),
        ])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded);

    let changes = world.changes().len();
    let back = world
        .plan("runs.undo", json!({ "run": run.id }))
        .await
        .unwrap();
    assert_eq!(world.changes().len(), changes, "planning changes nothing");
    assert_eq!(back.op, "runs.undo");
    assert_eq!(back.summary, format!("take back: {}", run.summary));
    assert_eq!(
        steps(&back),
        [
            ("guests.stop", "db-01"),
            ("guests.start", "web-01"),
            ("guests.start", "web-02"),
        ]
    );

    let undone = world.approve(&back).await.unwrap();
    let undone = world.run_to_end(&undone.id).await;
    assert_eq!(undone.state, RunState::Succeeded, "{undone:?}");
    let status = |vmid| world.sim().guest(vmid).unwrap().status.clone();
    assert_eq!(
        [status(101), status(102), status(103)],
        ["running", "running", "stopped"]
    );
}

#[tokio::test]
async fn steps_without_a_way_back_are_named_and_the_others_are_taken_back() {
    let world = world().await;
    let plan = world
        .plan_several(&[
            ("guests.reboot", json!({ "guests": ["web-01"] })),
            ("guests.stop", json!({ "guests": ["web-02"] })),
        ])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let back = world
        .plan("runs.undo", json!({ "run": run.id }))
        .await
        .unwrap();
    assert_eq!(steps(&back), [("guests.start", "web-02")]);
    let warned: Vec<_> = back
        .preflight
        .iter()
        .filter(|signal| signal.signal == "no_way_back")
        .map(|signal| signal.text.as_str())
        .collect();
    assert_eq!(
        warned,
        ["`Reboot web-01 (101)` cannot be taken back and stays as it is"]
    );
}

#[tokio::test]
async fn a_run_that_cannot_be_taken_back_says_why() {
    let world = world().await;
    let run = world
        .carry_out("guests.reboot", json!({ "guests": ["web-01"] }))
        .await;
    let error = world
        .plan("runs.undo", json!({ "run": run.id }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::Conflict,
            format!("nothing that run {} did can be taken back", run.id).as_str()
        )
    );
    let error = world
        .plan("runs.undo", json!({ "run": "r_0" }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::NotFound, "there is no run `r_0`")
    );
}

#[tokio::test]
async fn a_run_whose_effect_is_gone_already_leaves_nothing_to_take_back() {
    let world = world().await;
    let run = world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    world.outside().start(101).await;
    let error = world
        .plan("runs.undo", json!({ "run": run.id }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::Conflict,
            "nothing to do: web-01 (main/pve1/101) is already running"
        )
    );
}

#[tokio::test]
async fn the_receipt_tells_who_what_how_it_was_and_the_way_back() {
    let world = world().await;
    let run = world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    let receipt = world
        .query("runs.receipt", json!({ "run": run.id }))
        .await
        .unwrap();
    let plan = world.app.registry.plan(&run.plan_id).await.unwrap();
    let admin = World::actor(Role::Admin, Surface::Cli);
    assert_eq!(receipt["digest"], json!(plan.digest));
    assert_eq!(receipt["approved_by"], json!(admin.name));
    assert_eq!(receipt["steps"][0]["before"]["status"], json!("running"));
    let undo = json!({ "op": "guests.start", "input": { "guests": ["main/pve1/101"] } });
    assert_eq!(receipt["steps"][0]["undo"], undo);
    assert_eq!(receipt["undo"], json!([undo]));
    let kinds: Vec<&str> = receipt["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|record| record["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "plan.proposed",
            "plan.approved",
            "run.running",
            "step.running",
            "step.running",
            "run.verifying",
            "step.done",
            "run.succeeded",
        ]
    );
}

async fn audit(world: &World, op: &str) -> Value {
    let operator = World::operator();
    let answer = world.app.registry.query(&operator, op, json!({})).await;
    answer.unwrap()
}

async fn verify(world: &World) -> (bool, String) {
    let told = audit(world, "audit.verify").await;
    (
        told["ok"].as_bool().unwrap(),
        told["text"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn the_audit_chain_names_the_first_record_that_was_changed_removed_or_replaced() {
    let rows: [(&[&'static str], &str); 4] = [
        (
            &["UPDATE audit SET actor = 'nobody' WHERE seq = 2"],
            "record 2 was changed after it was written",
        ),
        (
            &["UPDATE audit SET data = 'no json' WHERE seq = 4"],
            "record 4 was changed after it was written",
        ),
        (
            &["DELETE FROM audit WHERE seq = 3"],
            "record 3 is missing; the next one there is 4",
        ),
        (
            &[
                "DELETE FROM audit WHERE seq = 3",
                "UPDATE audit SET seq = seq - 1 WHERE seq > 3",
            ],
            "record 3 was changed after it was written",
        ),
    ];
    for (statements, want) in rows {
        let world = World::builder().cluster(cluster()).on_disk().build().await;
        world
            .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
            .await;
        let (ok, text) = verify(&world).await;
        assert!(
            ok && text.starts_with("the chain of 8 records is whole"),
            "{text}"
        );
        world.edit_rows(statements).await;
        let (ok, text) = verify(&world).await;
        assert!(!ok && text.starts_with(want), "{text}");
    }
}

#[tokio::test]
async fn removed_newest_records_are_noticed_by_the_anchor_outside() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("ends.jsonl");
    let world = World::builder()
        .cluster(cluster())
        .on_disk()
        .settings(|settings| settings.audit_anchor = Some(file.display().to_string()))
        .build()
        .await;
    world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    world.app.registry.anchor_audit().await;
    assert!(verify(&world).await.0);
    world.edit_rows(&["DELETE FROM audit WHERE seq > 5"]).await;
    let (ok, text) = verify(&world).await;
    assert!(!ok);
    assert!(
        text.starts_with("the chain ends at record 5, but record 8 was anchored at "),
        "{text}"
    );
}

#[tokio::test]
async fn the_export_is_the_whole_chain_and_a_viewer_may_not_read_it() {
    use futures_util::StreamExt as _;
    let world = world().await;
    world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    let registry = &world.app.registry;
    let exported: Vec<Value> = registry
        .open(&World::admin(), "audit.export", json!({}))
        .unwrap()
        .collect()
        .await;
    let listed = audit(&world, "audit.list").await;
    assert_eq!(json!(exported), listed["records"]);
    assert_eq!(exported.len(), 8);
    for op in ["audit.list", "audit.verify"] {
        let error = registry
            .query(&World::viewer(), op, json!({}))
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::Forbidden, "{op}");
    }
    assert!(
        registry
            .open(&World::viewer(), "audit.export", json!({}))
            .is_err()
    );
}
