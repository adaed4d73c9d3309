//! What `audit.verify` and the receipt notice when somebody edits the store: rows that are not as the chain
//! says, records that are gone, an anchor that cannot be read.

use ops::RunState;
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

fn cluster() -> Cluster {
    Cluster::of(&["pve1"]).guest(Guest::vm(101, "web-01", "pve1").running())
}

async fn worked() -> (World, String) {
    let world = World::builder().cluster(cluster()).on_disk().build().await;
    let run = world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    assert_eq!(run.state, RunState::Succeeded);
    (world, run.id)
}

async fn verify(world: &World) -> Value {
    let registry = &world.app.registry;
    registry
        .query(&World::operator(), "audit.verify", json!({}))
        .await
        .unwrap()
}

fn texts(differs: &Value) -> Vec<String> {
    let list = differs.as_array().unwrap();
    let text = |one: &Value| one["text"].as_str().unwrap().to_owned();
    list.iter().map(text).collect()
}

#[tokio::test]
async fn edited_rows_are_told_by_the_receipt_and_by_the_check_with_what_the_chain_says() {
    type Row = (&'static [&'static str], &'static [&'static str]);
    let rows: [Row; 6] = [
        (
            &["UPDATE runs SET approved_by = 'evil'"],
            &["RUN: approved_by is `evil`, and the audit chain says `admin on cli`"],
        ),
        (
            &["UPDATE runs SET approval = replace(approval, 'admin on cli', 'evil')"],
            &[
                "RUN: approval.by is `evil`, and the audit chain says `admin on cli`",
                "RUN: how is `evil`, and the audit chain says `admin on cli`",
            ],
        ),
        (
            &["UPDATE runs SET state = 'failed', created_by = 'evil', summary = 'Nothing'"],
            &[
                "RUN: summary is `Nothing`, and the audit chain says `stop web-01`",
                "RUN: created_by is `evil`, and the audit chain says `admin on cli`",
                "RUN: state is `failed`, and the audit chain says `succeeded`",
            ],
        ),
        (
            &["UPDATE run_steps SET target = 'main/pve1/999', title = 'Stop db-01 (999)'"],
            &[
                "step s1 of RUN: target is `main/pve1/999`, and the audit chain says `main/pve1/101`",
                "step s1 of RUN: title is `Stop db-01 (999)`, and the audit chain says `Stop web-01 (101)`",
            ],
        ),
        (
            &["UPDATE run_steps SET error = 'it broke', state = 'failed'"],
            &[
                "step s1 of RUN: state is `failed`, and the audit chain says `done`",
                "step s1 of RUN: error is `it broke`, and the audit chain says nothing",
            ],
        ),
        (
            &["UPDATE run_steps SET memory = replace(memory, '\"running\"', '\"stopped\"')"],
            &["step s1 of RUN: before_sha256 is "],
        ),
    ];
    for (statements, want) in rows {
        let (world, run) = worked().await;
        let receipt = async || {
            world
                .query("runs.receipt", json!({ "run": run }))
                .await
                .unwrap()
        };
        let before = receipt().await;
        assert_eq!(
            (&before["differs"], &before["warning"]),
            (&json!([]), &Value::Null)
        );
        assert_eq!(verify(&world).await["ok"], json!(true));

        assert!(world.edit_rows(statements).await > 0, "{statements:?}");
        let told = receipt().await;
        let found = texts(&told["differs"]);
        assert_eq!(found.len(), want.len(), "{found:?}");
        for (found, want) in found.iter().zip(want) {
            let want = want.replace("RUN", &format!("run {run}"));
            assert!(found.starts_with(&want), "{found} | {want}");
        }
        let warning = told["warning"].as_str().unwrap();
        assert!(
            warning.starts_with(&format!(
                "this receipt is not as the audit chain says: {}",
                found[0]
            )),
            "{warning}"
        );
        let verified = verify(&world).await;
        assert_eq!(verified["ok"], json!(false));
        assert_eq!(texts(&verified["differs"]), found);
        let text = verified["text"].as_str().unwrap();
        assert!(text.contains(&format!("run {run}")), "{text}");
    }
}

#[tokio::test]
async fn an_edited_plan_and_a_row_that_cannot_be_read_are_named() {
    let (world, _) = worked().await;
    world
        .edit_rows(&["UPDATE plans SET body = replace(body, 'main/pve1/101', 'main/pve1/102')"])
        .await;
    let told = texts(&verify(&world).await["differs"]);
    assert!(
        told.iter()
            .any(|text| text.starts_with("plan p_") && text.contains(": steps is "))
            && told.iter().any(|text| text.contains(": content is ")),
        "{told:?}"
    );

    let (world, run) = worked().await;
    world.edit_rows(&["UPDATE runs SET approval = '{}'"]).await;
    let told = texts(&verify(&world).await["differs"]);
    assert!(
        told[0].starts_with(&format!("run {run} cannot be read: ")),
        "{told:?}"
    );
}

#[tokio::test]
async fn removed_newest_records_are_noticed_by_the_plans_and_runs_that_are_kept() {
    let (world, run) = worked().await;
    let whole = verify(&world).await;
    assert_eq!(
        (whole["text"].as_str().unwrap(), &whole["compared"]),
        (
            "the chain of 8 records is whole; without an anchor a removal of the newest ones cannot be ruled out \
             (set `audit.anchor`)",
            &json!(2)
        )
    );
    world.edit_rows(&["DELETE FROM audit WHERE seq > 6"]).await;
    let told = verify(&world).await;
    assert_eq!(told["ok"], json!(false));
    let text = told["text"].as_str().unwrap();
    assert!(
        text.contains("what is kept is not as it says") && text.contains(&format!("run {run}")),
        "{text}"
    );
    world.edit_rows(&["DELETE FROM audit"]).await;
    let told = verify(&world).await;
    assert_eq!(told["ok"], json!(false));
    let told = texts(&told["differs"]);
    assert!(
        told[0].starts_with("plan p_")
            && told[0].ends_with(" is kept, and the audit chain has no record of its proposal")
            && told[1]
                == format!("run {run} is kept, and the audit chain has no record of its approval"),
        "{told:?}"
    );
}

#[tokio::test]
async fn the_check_of_a_chain_whose_anchor_cannot_be_read_does_not_end_well() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("ends.jsonl");
    let world = World::builder()
        .cluster(cluster())
        .on_disk()
        .settings(|settings| settings.audit_anchor = Some(file.display().to_string()))
        .build()
        .await;
    // Nothing happened yet, so nothing can have been written down.
    assert_eq!(verify(&world).await["ok"], json!(true));
    std::fs::write(&file, "").unwrap();
    world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    world.app.registry.anchor_audit().await;
    let told = verify(&world).await;
    let text = told["text"].as_str().unwrap();
    assert!(
        told["ok"] == json!(true)
            && text.starts_with(
                "the chain of 8 records is whole and fits its anchor, where its ends are written down since record 8 of "
            ),
        "{told}"
    );
    std::fs::remove_file(&file).unwrap();
    for _ in 0..2 {
        let told = verify(&world).await;
        let text = told["text"].as_str().unwrap();
        assert!(
            told["ok"] == json!(false)
                && text
                    .starts_with("the 8 records hold together, but the anchor could not be read")
                && text.contains("ends.jsonl, is not there")
                && told["anchor_error"].is_string(),
            "{told}"
        );
        // What was removed is not put in place again in silence.
        world.app.registry.anchor_audit().await;
    }
}
