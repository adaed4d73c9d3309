//! What changes under a plan's feet, and what nobody foresaw: refused or carried out right, always with one
//! sentence, and nothing lost.

use std::{sync::Arc, time::Duration};

use ops::{
    Code, RunState, StepState,
    engine::{Point, Probe},
    ports::Ledger as _,
};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};
use tokio::sync::Notify;

/// Holds the engine before that step is sent, until it is let go.
fn held_before(step: &'static str) -> (Probe, Arc<Notify>, Arc<Notify>) {
    let (reached, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&reached), Arc::clone(&go));
    let probe = Probe::new(move |point, _, at| {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        let is_it = at == step && point == Point::BeforeSend;
        Box::pin(async move {
            if is_it {
                tell.notify_one();
                wait.notified().await;
            }
        })
    });
    (probe, reached, go)
}

async fn reached(notify: &Notify) {
    let there = tokio::time::timeout(testkit::PATIENCE, notify.notified()).await;
    assert!(there.is_ok(), "the step was never reached");
}

async fn requests(world: &World) -> u64 {
    let clusters = world.query("clusters.list", json!({})).await.unwrap();
    clusters["clusters"][0]["requests"]["count"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn copies_that_are_wished_one_by_one_in_one_plan_get_ids_of_their_own() {
    let world = World::builder().without_background().build().await;
    let wish = |guest: &str| ("guests.clone", json!({ "guests": [guest] }));
    let plan = world
        .plan_several(&[wish("db-01"), wish("cache-02"), wish("db-01")])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(
        world.sim().vmids(),
        [100, 101, 102, 103, 104, 105, 201, 202]
    );

    let with_id = |guest: &str| ("guests.clone", json!({ "guests": [guest], "id": 500 }));
    let refused = world
        .plan_several(&[with_id("db-01"), with_id("cache-02")])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (
            Code::Conflict,
            "two guests of this plan would both get id 500"
        )
    );
    // Another plan is another choice.
    for _ in 0..2 {
        let plan = world.plan_several(&[wish("db-01")]).await.unwrap();
        assert_eq!(plan.steps[0].title, "Clone db-01 (103) as 106 (106)");
    }
}

#[tokio::test]
async fn a_plan_right_after_a_migration_finds_the_guest_where_it_is() {
    let world = World::builder().without_background().build().await;
    let run = world
        .carry_out(
            "guests.migrate",
            json!({ "guests": ["web-01"], "target": "pve3" }),
        )
        .await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    // The list that was read for the first plan is younger than a plan demands, and shows the old node.
    let before = requests(&world).await;
    let stop = json!({ "guests": ["web-01"] });
    let plan = world.plan("guests.stop", stop.clone()).await.unwrap();
    assert_eq!(plan.steps[0].target, "main/pve3/101");
    let first = requests(&world).await - before;
    let again = world.plan("guests.stop", stop).await.unwrap();
    assert_eq!(again.digest, plan.digest);
    let second = requests(&world).await - before - first;
    println!("{first} requests for the plan after a migration, {second} for the next one");
    assert_eq!(first, second + 1, "one more reading, once");
    let run = world.approve(&plan).await.unwrap();
    assert_eq!(world.run_to_end(&run.id).await.state, RunState::Succeeded);
}

#[tokio::test]
async fn a_token_that_loses_a_right_half_way_ends_the_run_with_what_was_done() {
    let (probe, at_second, go) = held_before("s2");
    let cluster = Cluster::default().user("ops@pve", "PVEAdmin");
    let world = World::builder()
        .cluster(cluster)
        .as_the_worlds_user()
        .settings(|settings| {
            settings.engine.per_run = 1;
            settings.engine.probe = Some(probe);
        })
        .build()
        .await;
    let input = json!({ "guests": ["web-01", "web-02", "cache-01"] });
    let plan = world.plan("guests.stop", input).await.unwrap();
    let run = world.approve(&plan).await.unwrap();
    reached(&at_second).await;
    world.outside().take_rights("ops@pve", 102).await;
    go.notify_one();
    let run = world.run_to_end(&run.id).await;
    let states: Vec<StepState> = run.steps.iter().map(|step| step.state).collect();
    assert_eq!(
        states,
        [StepState::Done, StepState::Failed, StepState::Done],
        "{run:?}"
    );
    let error = run.steps[1].error.as_deref().unwrap();
    assert!(
        error.starts_with("cluster main refused: Permission check failed (/vms/102, VM.PowerMgmt)"),
        "{error}"
    );
    let status = |vmid| world.sim().guest(vmid).unwrap().status;
    assert_eq!(
        [status(101), status(102), status(201)],
        ["stopped", "running", "stopped"]
    );
}

#[tokio::test]
async fn a_storage_that_filled_up_since_the_plan_fails_the_copy_and_leaves_nothing() {
    let world = World::builder().without_background().build().await;
    let plan = world
        .plan(
            "guests.clone",
            json!({ "guests": ["db-01"], "storage": "plain" }),
        )
        .await
        .unwrap();
    world.outside().fill("plain", 899).await;
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.steps[0].state, StepState::Failed, "{run:?}");
    let error = run.steps[0].error.as_deref().unwrap();
    assert!(
        error.contains("space") && !error.contains('\n'),
        "in the cluster's words: {error}"
    );
    assert_eq!(world.sim().vmids(), [101, 102, 103, 201, 202]);
    assert_eq!(world.sim().guest(103).unwrap().lock, None);
}

#[tokio::test]
async fn a_guest_that_was_locked_since_the_plan_is_not_touched() {
    let world = World::builder().without_background().build().await;
    let input = json!({ "guests": ["db-01"] });
    let plan = world.plan("guests.start", input).await.unwrap();
    world.outside().configure(103, &[("lock", "backup")]).await;
    let refused = world.approve(&plan).await.unwrap_err();
    assert_eq!(refused.code, Code::PreconditionChanged);
    assert!(
        refused
            .difference
            .iter()
            .any(|one| one.field == "lock" && one.now == json!("backup")),
        "{refused:?}"
    );
    assert_eq!(world.changes(), [""; 0]);
}

#[tokio::test]
async fn a_plan_of_another_version_of_the_program_is_refused_or_not_executed() {
    let world = World::builder().without_background().build().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let other = async |id: &str, change: &dyn Fn(&mut ops::Plan)| {
        let mut plan = ops::Plan {
            id: id.to_owned(),
            ..plan.clone()
        };
        change(&mut plan);
        plan.digest = plan.compute_digest();
        world.app.store.insert_plan(&plan).await.unwrap();
        world.approve(&plan).await
    };
    // Its step had other fields then.
    let step = other("p_fields", &|plan| {
        plan.steps[0].input = json!({ "vmid": 101 });
    });
    let error = step.await.unwrap_err();
    assert_eq!(error.code, Code::PlanExpired, "{error:?}");
    assert!(
        error
            .message
            .starts_with("a stored step of guests.stop cannot be read: "),
        "{error}"
    );
    assert_eq!(
        error.hint.as_deref(),
        Some("it was planned by another version: plan again")
    );
    // Its operation is gone, or not there yet.
    let step = other("p_operation", &|plan| {
        plan.steps[0].op = "guests.teleport".to_owned();
    });
    let error = step.await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::UnknownOperation,
            "there is no operation `guests.teleport`"
        )
    );
    assert_eq!(world.changes(), [""; 0]);
    assert_eq!(world.app.store.runs(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_clock_that_jumps_a_week_ahead_in_a_run_ends_nothing_too_early() {
    for point in ["s1", "s2"] {
        let (probe, there, go) = held_before(point);
        let world = World::builder()
            .without_background()
            .settings(|settings| {
                settings.engine.per_run = 1;
                settings.engine.probe = Some(probe);
            })
            .build()
            .await;
        let input = json!({ "guests": ["web-01", "web-02"] });
        let plan = world.plan("guests.stop", input).await.unwrap();
        let run = world.approve(&plan).await.unwrap();
        reached(&there).await;
        world.clock.advance(Duration::from_hours(7 * 24));
        go.notify_one();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(run.state, RunState::Succeeded, "{point}: {run:?}");
    }
}

#[tokio::test]
async fn a_step_over_the_limit_of_its_operation_is_told_and_the_plan_goes_on_or_stops() {
    for (on_failure, last) in [
        ("continue", StepState::Done),
        ("stop", StepState::NotExecuted),
    ] {
        let cluster = Cluster::of(&["pve1"])
            .guest(Guest::vm(101, "slow", "pve1").running())
            .guest(Guest::vm(102, "quick", "pve1").running());
        let world = World::builder()
            .cluster(cluster)
            .without_background()
            .settings(|settings| settings.engine.per_run = 1)
            .build()
            .await;
        world.fault(&json!({
            "when": { "op": "guest.shutdown", "target": "guest/101" }, "effect": { "task_seconds": 90_000 },
        }));
        let input: Value = json!({
            "guests": ["101", "102"], "timeout_s": 300, "on_failure": on_failure,
        });
        let plan = world.plan("guests.shutdown", input).await.unwrap();
        let run = world.approve(&plan).await.unwrap();
        world
            .until(&run.id, |run| run.steps[0].upid.is_some())
            .await;
        world.clock.advance(Duration::from_mins(34));
        tokio::task::yield_now().await;
        let still = world.app.registry.run(&run.id).await.unwrap();
        assert_eq!(still.steps[0].state, StepState::Running, "within its limit");
        world.clock.advance(Duration::from_mins(2));
        let run = world.run_to_end(&run.id).await;
        let states: Vec<StepState> = run.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, [StepState::Unknown, last], "{run:?}");
        let upid = run.steps[0].upid.clone().unwrap();
        assert_eq!(
            run.steps[0].error.as_deref().unwrap(),
            format!(
                "no end of its task was seen within 35 min, and it is not followed any longer; the cluster may go \
                 on with it: {upid}"
            )
        );
        // Nobody ended it: what it does half is worse than what it does late.
        assert_eq!(world.sim().task(&upid).unwrap().exit, None);
    }
}

/// What a person may paste anywhere.
fn odd_texts() -> [String; 3] {
    [
        "\"double\" 'single' `back` 🐘👩‍👩‍👧 %41 \\n a=b,c;d".to_owned(),
        "مرحبا بالعالم שלום \u{202e}turned\u{202c}".to_owned(),
        "x".repeat(10_000),
    ]
}

#[tokio::test]
async fn an_odd_text_reaches_the_cluster_whole_or_is_refused_in_one_sentence() {
    for (at, text) in odd_texts().into_iter().enumerate() {
        let world = World::builder().without_background().build().await;
        let wishes = [
            (
                "snapshots.create",
                json!({ "guests": ["db-01"], "name": format!("odd{at}"), "description": text }),
            ),
            (
                "guests.clone",
                json!({ "guests": ["db-01"], "id": 500, "description": text }),
            ),
            (
                "guests.ha",
                json!({ "guests": ["web-01"], "comment": text }),
            ),
        ];
        for (op, input) in wishes {
            let before = world.changes().len();
            let error = match world.plan(op, input).await {
                Err(error) => error.sentence(),
                Ok(plan) => {
                    let run = world.approve(&plan).await.unwrap();
                    let run = world.run_to_end(&run.id).await;
                    match run.steps[0].error.clone() {
                        Some(error) => error,
                        None => {
                            let held = world.sim().export(false).to_string();
                            let whole = serde_json::to_string(&text).unwrap();
                            assert!(held.contains(whole.trim_matches('"')), "{op}: {text:.60}");
                            continue;
                        }
                    }
                }
            };
            println!("{op}: {error:.200}");
            assert!(!error.contains('\n'), "{op}: {error:?}");
            assert!(
                error.contains("10000 characters"),
                "{op} says what is wrong: {error}"
            );
            assert!(
                error.chars().count() < 400,
                "{op} repeats the whole text: {error:.400}"
            );
            assert_eq!(world.changes().len(), before, "{op}: nothing was done");
        }
        assert_eq!(world.sim().guest(103).unwrap().lock, None);
    }
}
