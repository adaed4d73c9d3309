//! What follows a failure: go on, stop, or take back what was done, as the plan says; cancelling with and
//! without the tasks that run; limits of time and of news.

use ops::StepState::{Done, Failed, NotExecuted};
use std::time::Duration;

use futures_util::StreamExt as _;
use ops::{
    Code, OnFailure, Plan, Role, RunState, StepState, Surface,
    engine::{Point, Probe, RunningTasks},
};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};
use tokio_util::sync::CancellationToken;

fn cluster() -> Cluster {
    (0..4).fold(Cluster::of(&["pve1", "pve2"]), |cluster, n| {
        cluster.guest(Guest::vm(101 + n, &format!("guest-{n}"), "pve1").running())
    })
}

/// One step at a time, in the order of the plan; the task of the third fails.
async fn world() -> World {
    let world = World::builder()
        .cluster(cluster())
        .on_disk()
        .settings(|settings| {
            settings.runs_per_node = 1;
            settings.engine.per_run = 1;
        })
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/103" },
        "effect": { "task_error": "out of luck" },
    }));
    world
}

async fn plan(world: &World, on_failure: &str) -> Plan {
    world
        .plan(
            "guests.stop",
            json!({ "guests": ["101-104"], "on_failure": on_failure }),
        )
        .await
        .unwrap()
}

fn states(run: &ops::Run) -> Vec<StepState> {
    run.steps.iter().map(|step| step.state).collect()
}

#[tokio::test]
async fn a_plan_that_continues_does_the_rest() {
    let world = world().await;
    let plan = plan(&world, "continue").await;
    assert_eq!(plan.on_failure, OnFailure::Continue);
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(states(&run), [Done, Done, Failed, Done]);
    assert_eq!(run.state, RunState::Partial);
}

#[tokio::test]
async fn a_plan_that_stops_starts_nothing_after_its_first_failure() {
    let world = world().await;
    let plan = plan(&world, "stop").await;
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(states(&run), [Done, Done, Failed, NotExecuted]);
    assert_eq!(
        run.steps[3].error.as_deref(),
        Some(
            "not started: `Stop guest-2 (103)` was not done, and the plan stops at its first failure"
        )
    );
    assert_eq!(world.sim().guest(104).unwrap().status, "running");
    assert_eq!(world.sim().guest(101).unwrap().status, "stopped");
}

#[tokio::test]
async fn a_plan_that_rolls_back_leaves_the_cluster_as_it_was() {
    let world = world().await;
    let plan = plan(&world, "roll_back").await;
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    // Everything that was done was taken back: that is no half.
    assert_eq!(run.state, RunState::Failed, "{run:?}");
    for vmid in 101..=104 {
        assert_eq!(world.sim().guest(vmid).unwrap().status, "running", "{vmid}");
    }
    let mut changes = world.changes();
    // Guests of one operation are taken back side by side.
    changes[3..].sort();
    assert_eq!(
        changes,
        [
            "guest.stop guest/101",
            "guest.stop guest/102",
            "guest.stop guest/103",
            "guest.start guest/101",
            "guest.start guest/102",
        ]
    );
    let back = world
        .app
        .registry
        .plan(&format!("{}_back", plan.id))
        .await
        .unwrap();
    let back_run = world.app.registry.run(&back.run_id.unwrap()).await.unwrap();
    assert_eq!(back_run.state, RunState::Succeeded);
    assert_eq!(back_run.approved_by, run.approved_by);
    let finished = world.events(&run.id).await.pop().unwrap();
    let summary = finished.data["summary"].as_str().unwrap();
    assert!(
        summary.ends_with(&format!(
            "2 of 2 done steps were taken back by run {}",
            back_run.id
        )),
        "{summary}"
    );
    // The chain has it all, in its order.
    let verified = world
        .app
        .registry
        .query(&World::operator(), "audit.verify", json!({}))
        .await
        .unwrap();
    assert_eq!(verified["ok"], json!(true), "{verified}");
}

#[tokio::test]
async fn a_roll_back_that_was_killed_is_taken_up_and_done_once() {
    for point in [Point::BeforeSend, Point::AfterAnswer, Point::AfterRow] {
        let mut world = world().await;
        let plan = plan(&world, "roll_back").await;
        let reached = std::sync::Arc::new(tokio::sync::Notify::new());
        let tell = std::sync::Arc::clone(&reached);
        let first = format!("{}_back", plan.id);
        // The process dies in the run of the way back, which is the second one.
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
        let probe = Probe::new(move |at, run, _| {
            let is_second = {
                let mut seen = seen.lock().unwrap();
                if !seen.contains(&run.to_owned()) {
                    seen.push(run.to_owned());
                }
                seen.len() > 1
            };
            let tell = std::sync::Arc::clone(&tell);
            Box::pin(async move {
                if is_second && at == point {
                    tell.notify_one();
                    std::future::pending::<()>().await;
                }
            })
        });
        world.settings.engine.probe = Some(probe);
        world.kill().await;
        world.clock.advance(Duration::from_secs(5));
        world.open_again().await;
        let run = world.approve(&plan).await.unwrap();
        tokio::time::timeout(testkit::PATIENCE, reached.notified())
            .await
            .unwrap();
        world.kill().await;
        world.settings.engine.probe = None;
        world.clock.advance(Duration::from_secs(10));
        world.open_again().await;
        let run = world.run_to_end(&run.id).await;
        assert_eq!(run.state, RunState::Failed, "{point:?} {run:?}");
        let starts = world
            .changes()
            .iter()
            .filter(|change| change.starts_with("guest.start"))
            .count();
        assert_eq!(starts, 2, "{point:?}: {:?}", world.changes());
        assert!(
            world
                .app
                .registry
                .plan(&first)
                .await
                .unwrap()
                .run_id
                .is_some()
        );
    }
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_named_before_and_after() {
    let world = world().await;
    let wishes = |on_failure: &str| {
        vec![
            (
                "guests.reboot",
                json!({ "guests": ["101"], "on_failure": on_failure }),
            ),
            ("guests.stop", json!({ "guests": ["103"] })),
        ]
    };
    let plan = world.plan_several(&wishes("roll_back")).await.unwrap();
    assert!(
        plan.preflight
            .iter()
            .any(|signal| signal.signal == "no_way_back"
                && signal
                    .text
                    .starts_with("`Reboot guest-0 (101)` cannot be taken back")),
        "{:?}",
        plan.preflight
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Partial, "{run:?}");
    let finished = world.events(&run.id).await.pop().unwrap();
    assert!(
        finished.data["summary"]
            .as_str()
            .unwrap()
            .ends_with("what was done could not be taken back: none of it has a way back"),
        "{finished:?}"
    );
}

#[tokio::test]
async fn consent_to_a_roll_back_is_consent_to_its_inverses() {
    let world = world().await;
    let input = |on_failure: &str| json!({ "guests": ["101", "102"], "name": "before", "on_failure": on_failure });
    let mild = world.plan("snapshots.create", input("stop")).await.unwrap();
    let grave = world
        .plan("snapshots.create", input("roll-back"))
        .await
        .unwrap();
    assert_eq!(mild.risk, ops::Risk::Reversible);
    assert_eq!(grave.risk, ops::Risk::Destructive);
    assert_eq!(
        grave.confirm.as_ref().map(|confirm| confirm.text.as_str()),
        Some("roll back 2")
    );
    let told = world
        .app
        .registry
        .query(
            &World::operator(),
            "plans.rehearse",
            json!({ "plan": grave.id }),
        )
        .await
        .unwrap();
    assert_eq!(told["outcome"], json!("succeeds"), "{told}");
    // An operator may take snapshots, not delete them.
    let consent = World::consent(&grave, World::operator().actor);
    let refused = world.app.registry.approve(&grave.id, consent).await;
    assert_eq!(refused.unwrap_err().code, Code::Forbidden);
    let run = world.approve(&grave).await.unwrap();
    assert_eq!(world.run_to_end(&run.id).await.state, RunState::Succeeded);
}

#[tokio::test]
async fn what_follows_a_failure_is_part_of_the_digest_and_of_nothing_older() {
    let world = world().await;
    let usual = world
        .plan("guests.stop", json!({ "guests": ["101"] }))
        .await
        .unwrap();
    for (said, same) in [("continue", true), ("stop", false), ("roll_back", false)] {
        let mut other = usual.clone();
        other.on_failure = OnFailure::parse(said).unwrap();
        assert_eq!(other.compute_digest() == usual.digest, same, "{said}");
    }
    // A row that is edited after the consent is not what was consented to.
    let stop = plan(&world, "stop").await;
    world
        .edit_rows(&["UPDATE plans SET body = json_set(body, '$.on_failure', 'continue')"])
        .await;
    let refused = world.approve(&stop).await.unwrap_err();
    assert_eq!(refused.code, Code::DigestMismatch, "{refused:?}");
}

#[tokio::test]
async fn an_answer_to_failures_that_makes_no_sense_is_refused() {
    let world = world().await;
    let error = world
        .plan(
            "guests.stop",
            json!({ "guests": ["101"], "on_failure": "pray" }),
        )
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::InvalidInput);
    assert_eq!(
        error.message,
        "`on_failure` of `guests.stop` is none of continue, stop and roll_back"
    );
    let error = world
        .plan_several(&[
            (
                "guests.stop",
                json!({ "guests": ["101"], "on_failure": "stop" }),
            ),
            (
                "guests.stop",
                json!({ "guests": ["102"], "on_failure": "continue" }),
            ),
        ])
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::InvalidInput);
}

#[tokio::test]
async fn a_cancel_leaves_running_tasks_or_stops_them() {
    for (running, want) in [
        (RunningTasks::GoOn, StepState::Done),
        (RunningTasks::Stop, StepState::Failed),
    ] {
        let world = World::builder().cluster(cluster()).build().await;
        world.fault(&json!({
            "when": { "op": "guest.shutdown", "target": "guest/101" }, "effect": { "task_seconds": 600 },
        }));
        let plan = world
            .plan("guests.shutdown", json!({ "guests": ["101"] }))
            .await
            .unwrap();
        let run = world.approve(&plan).await.unwrap();
        world
            .until(&run.id, |run| run.steps[0].upid.is_some())
            .await;
        let actor = World::actor(Role::Operator, Surface::Web);
        world
            .app
            .registry
            .cancel_run(&run.id, &actor, running)
            .await
            .unwrap();
        if running == RunningTasks::GoOn {
            world.sim().clock().advance(Duration::from_secs(601));
        }
        let run = world.run_to_end(&run.id).await;
        assert_eq!(run.steps[0].state, want, "{run:?}");
        assert_eq!(
            world.sim().guest(101).unwrap().status,
            if want == StepState::Done {
                "stopped"
            } else {
                "running"
            }
        );
    }
}

#[tokio::test]
async fn a_step_that_takes_longer_than_its_limit_is_unknown_and_says_so() {
    let world = World::builder()
        .cluster(cluster())
        .settings(|settings| settings.engine.step_limit = Duration::from_hours(2))
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "snapshot.create", "target": "guest/101" }, "effect": { "task_seconds": 864_000 },
    }));
    let plan = world
        .plan(
            "snapshots.create",
            json!({ "guests": ["101"], "name": "slow" }),
        )
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    world.clock.advance(Duration::from_hours(3));
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.steps[0].state, StepState::Unknown, "{run:?}");
    assert!(
        run.steps[0]
            .error
            .as_deref()
            .is_some_and(|text| text.starts_with("no end of its task was seen within 2 h")),
        "{run:?}"
    );
}

#[tokio::test]
async fn a_watcher_is_told_of_progress_ten_times_a_second_at_most() {
    let world = World::builder().cluster(cluster()).build().await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" }, "effect": { "task_seconds": 600 },
    }));
    let plan = world
        .plan("guests.stop", json!({ "guests": ["101"] }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    let now = ops::ports::Clock::now(world.clock.as_ref());
    for percent in 0..500_u32 {
        let data = json!({ "step": "s1", "percent": f64::from(percent) / 5.0 });
        ops::ports::Ledger::append_event(&world.app.store, &run.id, "step.progress", &data, now)
            .await
            .unwrap();
    }
    world.sim().clock().advance(Duration::from_secs(601));
    let begun = std::time::Instant::now();
    let events: Vec<Value> = world
        .app
        .registry
        .watch_run(&run.id, 0, CancellationToken::new())
        .map(|event| json!(event.unwrap()))
        .collect()
        .await;
    let progress = events
        .iter()
        .filter(|event| event["kind"] == "step.progress")
        .count();
    let allowed = 1 + begun.elapsed().as_millis() as usize / 100;
    assert!(
        (1..=allowed).contains(&progress),
        "{progress} of 500, allowed {allowed}"
    );
    // Numbers still only grow, and the end is there.
    let ids: Vec<u64> = events.iter().map(|e| e["id"].as_u64().unwrap()).collect();
    assert!(ids.is_sorted());
    assert_eq!(events.last().unwrap()["kind"], "run.finished");
}
