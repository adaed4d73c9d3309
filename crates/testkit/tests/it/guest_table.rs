//! Every operation of the table of guests: done and verified, taken back, its answer lost, its guest locked.

use std::time::Duration;

use ops::{Run, RunState, StepState};
use serde_json::{Value, json};
use testkit::World;

use crate::guest_rows::{Row, rows};

/// The whole world without what only tells that time went by and that something was asked.
pub(crate) fn state_of(world: &World) -> Value {
    let mut export = world.sim().export(false);
    let fields = export.as_object_mut().expect("a world");
    for field in ["now", "tasks", "metrics", "faults"] {
        fields.remove(field);
    }
    if let Some(exact) = fields.get_mut("pve").and_then(Value::as_object_mut) {
        for field in ["now_ms", "tasks", "task_ms"] {
            exact.remove(field);
        }
        // The networks of a node are written down when somebody first asks for them.
        if let Some(settings) = exact.get_mut("settings").and_then(Value::as_object_mut) {
            settings.retain(|file, _| !file.ends_with("/interfaces"));
        }
    }
    without_moments(&mut export);
    export
}

/// Moments, and how much of a disk its storage has really written: a copy is denser.
const MOMENTS: [&str; 10] = [
    "runs",
    "started_at_ms",
    "since_ms",
    "pid",
    "next_pid",
    "uptime_s",
    "boot_ms",
    "created_s",
    "used_bytes",
    "grown",
];

/// Drops when things began: a guest that was paused and goes on began anew.
fn without_moments(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !MOMENTS.contains(&key.as_str()));
            map.values_mut().for_each(without_moments);
        }
        Value::Array(list) => list.iter_mut().for_each(without_moments),
        _ => {}
    }
}

/// The paths at which two worlds differ, with both values.
pub(crate) fn differences(path: &str, one: &Value, other: &Value, into: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let (x, y) = (
                    a.get(key).unwrap_or(&Value::Null),
                    b.get(key).unwrap_or(&Value::Null),
                );
                differences(&format!("{path}/{key}"), x, y, into);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (x, y)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}/{at}"), x, y, into);
            }
        }
        _ if one == other => {}
        _ => into.push(format!("{path}: {one} -> {other}")),
    }
}

fn done(run: &Run) -> (RunState, StepState, Option<&str>) {
    let step = run.steps.last().expect("a step");
    (run.state, step.state, step.error.as_deref())
}

#[tokio::test]
async fn every_operation_is_planned_carried_out_and_verified() {
    for row in rows() {
        let world = row.world().await;
        let before = world.changes().len();
        let plan = world
            .plan(row.op, row.input.clone())
            .await
            .unwrap_or_else(|error| panic!("{} {}: {error:?}", row.op, row.input));
        assert_eq!(
            world.changes().len(),
            before,
            "{}: planning changes nothing",
            row.op
        );
        assert_eq!(
            (plan.op.as_str(), plan.risk),
            (row.op, row.risk),
            "{}",
            row.input
        );
        assert_eq!(
            plan.steps.iter().all(|step| step.undo),
            row.undo.is_some(),
            "{}",
            row.op
        );
        if row.undo.is_none() {
            assert!(
                plan.preflight
                    .iter()
                    .any(|signal| signal.signal == "no_way_back"),
                "{}: the plan says why there is no way back: {:?}",
                row.op,
                plan.preflight
            );
        }
        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(
            done(&run),
            (RunState::Succeeded, StepState::Done, None),
            "{} {}",
            row.op,
            row.input
        );
        let verify = run.steps[0].verify.clone().expect("a verdict");
        assert_eq!(
            (verify.ok, verify.text.as_str()),
            (true, row.verdict),
            "{}",
            row.op
        );
        assert_eq!(world.changes()[before..], row.calls, "{}", row.op);
    }
}

#[tokio::test]
async fn what_is_taken_back_leaves_the_world_as_it_was() {
    for row in rows() {
        let Some(inverse) = row.undo else { continue };
        let world = row.world().await;
        let before = state_of(&world);
        let run = world.carry_out(row.op, row.input.clone()).await;
        assert_eq!(run.state, RunState::Succeeded, "{}: {run:?}", row.op);
        let mut changed = Vec::new();
        differences("", &before, &state_of(&world), &mut changed);
        assert!(!changed.is_empty(), "{} changes the world", row.op);

        world.clock.advance(Duration::from_secs(10));
        let plan = world
            .plan("runs.undo", json!({ "run": run.id }))
            .await
            .unwrap_or_else(|error| panic!("{} {}: {error:?}", row.op, row.input));
        assert!(
            plan.steps.iter().all(|step| step.op == inverse),
            "{}: {plan:?}",
            row.op
        );
        let back = world.approve(&plan).await.unwrap();
        let back = world.run_to_end(&back.id).await;
        assert_eq!(back.state, RunState::Succeeded, "{}: {back:?}", row.op);
        let mut left = Vec::new();
        differences("", &before, &state_of(&world), &mut left);
        assert_eq!(left, Vec::<String>::new(), "{} {}", row.op, row.input);
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_found_again_and_nothing_runs_twice() {
    let checks = rows().into_iter().map(|row| async move {
        if row.op == "guests.exec" {
            return;
        }
        let world = row.world().await;
        let before = world.changes().len();
        // It took effect, and nobody heard of it.
        let call = row.calls[0].split_once(' ').expect("an operation and its target").0;
        world.fault(&json!({
            "when": { "op": call, "target": "*", "phase": "after" }, "effect": { "drop_connection": true },
        }));
        let run = world.carry_out(row.op, row.input.clone()).await;
        let calls = world.changes()[before..].to_vec();
        assert_eq!(calls, row.calls, "{}: {run:?}", row.op);
        assert_eq!(done(&run), (RunState::Succeeded, StepState::Done, None), "{}", row.op);
    });
    futures_util::future::join_all(checks).await;
}

#[tokio::test]
async fn a_request_that_never_arrived_is_sent_again_once() {
    let checks = rows().into_iter().map(|row| async move {
        if row.op == "guests.exec" {
            return;
        }
        let world = row.world().await;
        let before = world.changes().len();
        let call = row.calls[0]
            .split_once(' ')
            .expect("an operation and its target")
            .0;
        world.fault(&json!({
            "when": { "op": call, "target": "*" }, "effect": { "drop_connection": true },
        }));
        let run = world.carry_out(row.op, row.input.clone()).await;
        // What is secret is sent once at most: the person gives it again.
        let is_secret = row.input.to_string().contains("cipassword");
        if is_secret {
            assert_eq!(world.changes()[before..], [""; 0], "{}", row.op);
            assert_eq!(
                run.steps[0].state,
                StepState::NotExecuted,
                "{}: {run:?}",
                row.op
            );
            return;
        }
        assert_eq!(
            done(&run),
            (RunState::Succeeded, StepState::Done, None),
            "{}",
            row.op
        );
        assert_eq!(world.changes()[before..], row.calls, "{}", row.op);
    });
    futures_util::future::join_all(checks).await;
}

#[tokio::test]
async fn a_locked_guest_is_refused_before_anything_is_asked() {
    // Pools and HA are no part of the guest, a new guest has no lock yet, and a guest with another lock cannot be put to sleep.
    let rows = rows();
    let lockable = |row: &Row| {
        !["guests.pool", "guests.resume", "guests.ha", "guests.create"].contains(&row.op)
    };
    for mut row in rows.into_iter().filter(lockable) {
        row.guest = row.guest.with("lock", "snapshot");
        let world = row.world().await;
        let before = world.changes().len();
        let error = world.plan(row.op, row.input.clone()).await.unwrap_err();
        // A pool is no part of the guest.
        assert!(
            error.message.contains("is locked (snapshot)"),
            "{}: {error}",
            row.op
        );
        assert_eq!(world.changes().len(), before);
    }
}

#[tokio::test]
async fn what_ran_inside_a_guest_is_never_run_again_when_the_answer_is_lost() {
    let rows = rows();
    let row = rows.iter().find(|row| row.op == "guests.exec").unwrap();
    for (phase, calls) in [("after", 1), ("before", 0)] {
        let world = row.world().await;
        world.fault(&json!({
            "when": { "op": "agent.exec", "target": "*", "phase": phase },
            "effect": { "drop_connection": true },
        }));
        let run = world.carry_out(row.op, row.input.clone()).await;
        assert_eq!(world.changes().len(), calls, "{run:?}");
        assert_eq!(run.steps[0].state, StepState::Unknown);
        let error = run.steps[0].error.clone().unwrap();
        assert!(error.contains("cannot be found out"), "{error}");
    }
    // A program that fails is told with its exit code.
    let world = row.world().await;
    let input = json!({ "guests": ["web-01"], "command": ["false"] });
    let run = world.carry_out(row.op, input).await;
    let error = run.steps[0].error.clone().unwrap();
    assert_eq!(error, "`false` ended with exit code 1 in web-01");
}
