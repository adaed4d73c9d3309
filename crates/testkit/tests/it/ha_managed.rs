//! Guests that HA looks after: a call only writes a wish down, and a run ends with what really came of it.

use std::time::Duration;

use ops::{RunState, StepState};
use serde_json::json;
use testkit::{Cluster, Guest, World};

fn cluster() -> Cluster {
    Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "web", "pve1").running())
        .guest(Guest::vm(102, "plain", "pve1").running())
        .guest(Guest::container(103, "box", "pve1"))
        .highly_available("vm:101")
        .highly_available_as("ct:103", "stopped")
}

/// Rounds of the manager that take a tenth of a second instead of ten.
const SHORT_ROUNDS: f64 = 0.01;

async fn world(cluster: Cluster) -> World {
    World::builder()
        .cluster(cluster)
        .without_background()
        .time_scale(SHORT_ROUNDS)
        .build()
        .await
}

#[tokio::test]
async fn a_run_waits_until_the_manager_has_done_it() {
    let world = world(cluster()).await;
    for (op, input, verdict) in [
        (
            "guests.shutdown",
            json!({ "guests": ["101"] }),
            "web is stopped",
        ),
        (
            "guests.start",
            json!({ "guests": ["101"] }),
            "web is running",
        ),
        (
            "guests.stop",
            json!({ "guests": ["101"] }),
            "web is stopped",
        ),
        (
            "guests.start",
            json!({ "guests": ["101"] }),
            "web is running",
        ),
        (
            "guests.migrate",
            json!({ "guests": ["101"], "target": "pve2" }),
            "web is on pve2 and running",
        ),
        (
            "guests.start",
            json!({ "guests": ["103"] }),
            "box is running",
        ),
        (
            "guests.stop",
            json!({ "guests": ["103"] }),
            "box is stopped",
        ),
    ] {
        let plan = world.plan(op, input).await.unwrap();
        assert!(
            plan.preflight
                .iter()
                .any(|signal| signal.signal == "ha_managed"),
            "{op}: {:?}",
            plan.preflight
        );
        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(run.state, RunState::Succeeded, "{op}: {run:?}");
        let step = &run.steps[0];
        assert_eq!(step.verify.as_ref().unwrap().text, verdict, "{op}");
        // The task of the step is the wish; what the manager did is in its log.
        let upid = step.upid.as_deref().unwrap();
        assert!(upid.contains(":ha"), "{op}: {upid}");
        let log: Vec<String> = world
            .events(&run.id)
            .await
            .iter()
            .filter(|event| event.kind == "step.log")
            .map(|event| event.data.to_string())
            .collect();
        assert!(
            log.iter().any(|lines| lines.contains("HA manager: state ")),
            "{op}: {log:?}"
        );
    }
}

#[tokio::test]
async fn whom_the_manager_gave_up_is_left_out_with_the_way_out_of_it() {
    let cluster = Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "web", "pve1"))
        .guest(Guest::vm(102, "plain", "pve1"))
        .highly_available_as("vm:101", "error");
    let world = world(cluster).await;
    for (op, more) in [
        ("guests.start", json!({})),
        ("guests.migrate", json!({ "target": "pve2" })),
    ] {
        let mut input = more;
        input["guests"] = json!(["101-102"]);
        let plan = world.plan(op, input).await.unwrap();
        assert_eq!(plan.steps.len(), 1, "{op}");
        let left = &plan.left_out[0];
        assert_eq!(
            (left.name.as_str(), left.reason.as_str()),
            (
                "web",
                "is in the HA state `error`: the HA manager does nothing with it until somebody has looked"
            ),
            "{op}"
        );
        assert!(
            left.hint.as_deref().unwrap().contains("--state disabled"),
            "{op}"
        );
    }
    // The way out that the hint names.
    for state in ["disabled", "started"] {
        let input = json!({ "guests": ["101"], "state": state });
        let run = world.carry_out("guests.ha", input).await;
        assert_eq!(run.state, RunState::Succeeded, "{state}: {run:?}");
    }
    world.clock.advance(Duration::from_secs(5));
    let error = world
        .plan("guests.start", json!({ "guests": ["101"] }))
        .await;
    match error {
        // The manager may have started it by then.
        Err(error) => assert!(error.message.contains("is already running"), "{error}"),
        Ok(plan) => assert_eq!(plan.steps.len(), 1),
    }
}

#[tokio::test]
async fn a_manager_that_gives_up_under_way_fails_the_step_with_its_state() {
    let world = world(cluster()).await;
    let plan = world
        .plan("guests.start", json!({ "guests": ["103"] }))
        .await
        .unwrap();
    world.sim().give_up_ha("ct:103");
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Failed, "{run:?}");
    let step = &run.steps[0];
    assert_eq!(step.state, StepState::Failed);
    assert!(
        step.error
            .as_deref()
            .unwrap()
            .starts_with("the HA manager gave up"),
        "{step:?}"
    );
}

#[tokio::test]
async fn what_ha_is_to_ignore_is_worked_on_directly() {
    let cluster = Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "web", "pve1").running())
        .highly_available_as("vm:101", "ignored");
    let world = world(cluster).await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["101"] }))
        .await
        .unwrap();
    assert!(
        plan.preflight
            .iter()
            .all(|signal| signal.signal != "ha_managed"),
        "{:?}",
        plan.preflight
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert!(run.steps[0].upid.as_deref().unwrap().contains(":qmstop:"));
}

#[tokio::test]
async fn a_crash_after_the_wish_was_written_down_is_followed_to_the_real_state() {
    let mut world = World::builder()
        .cluster(cluster())
        .on_disk()
        .time_scale(SHORT_ROUNDS)
        .build()
        .await;
    let plan = world
        .plan("guests.shutdown", json!({ "guests": ["101"] }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world.until_changes(1).await;
    world.kill().await;
    world.open_again().await;
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(world.changes().len(), 1);
}
