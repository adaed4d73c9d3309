//! Plans of several steps: order, dependencies, locks, concurrency, cancelling, events.

use std::time::Duration;

use futures_util::StreamExt as _;
use ops::{Code, Role, RunState, StepState, Surface, TaskRef};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};
use tokio_util::sync::CancellationToken;

fn stop(guest: &str) -> (&'static str, Value) {
    ("guests.stop", json!({ "guests": [guest] }))
}

fn snapshot(guest: &str) -> (&'static str, Value) {
    (
        "snapshots.create",
        json!({ "guests": [guest], "name": "before" }),
    )
}

fn reboot(guest: &str) -> (&'static str, Value) {
    ("guests.reboot", json!({ "guests": [guest] }))
}

#[tokio::test]
async fn a_snapshot_and_then_a_reboot_are_one_plan_and_run_in_that_order() {
    let world = World::new().await;
    let plan = world
        .plan_several(&[snapshot("web-01"), reboot("web-01")])
        .await
        .unwrap();
    assert_eq!(plan.op, "snapshots.create+guests.reboot");
    assert_eq!(
        plan.summary,
        "take snapshot `before` of web-01, then reboot web-01"
    );
    let steps: Vec<(&str, &str, &[String])> = plan
        .steps
        .iter()
        .map(|step| {
            (
                step.id.as_str(),
                step.op.as_str(),
                step.depends_on.as_slice(),
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("s1", "snapshots.create", &[][..]),
            ("s2", "guests.reboot", &["s1".to_owned()][..])
        ]
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(
        world.changes(),
        [
            "snapshot.create snapshot/101/before",
            "guest.reboot guest/101"
        ]
    );
}

#[tokio::test]
async fn a_failed_first_step_leaves_what_rests_on_it_not_executed() {
    let world = World::new().await;
    world.fault(&json!({
        "when": { "op": "snapshot.create", "target": "guest/101" },
        "effect": { "task_error": "no space left" },
    }));
    let plan = world
        .plan_several(&[snapshot("tag=web"), reboot("tag=web")])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    let ended: Vec<(&str, StepState, Option<&str>)> = run
        .steps
        .iter()
        .map(|step| (step.title.as_str(), step.state, step.error.as_deref()))
        .collect();
    assert_eq!(
        ended,
        [
            (
                "Snapshot web-01 (101) as before",
                StepState::Failed,
                Some("no space left")
            ),
            ("Snapshot web-02 (102) as before", StepState::Done, None),
            (
                "Reboot web-01 (101)",
                StepState::NotExecuted,
                Some("not started: `Snapshot web-01 (101) as before` comes first and was not done")
            ),
            ("Reboot web-02 (102)", StepState::Done, None),
        ]
    );
    assert_eq!(run.state, RunState::Partial);
    let mut changes = world.changes();
    changes.sort();
    assert_eq!(
        changes,
        [
            "guest.reboot guest/102",
            "snapshot.create snapshot/101/before",
            "snapshot.create snapshot/102/before"
        ]
    );
}

#[tokio::test]
async fn steps_on_one_guest_wait_for_each_other_even_when_three_operations_meet() {
    let world = World::new().await;
    let plan = world
        .plan_several(&[
            snapshot("web-01"),
            stop("web-01"),
            (
                "snapshots.create",
                json!({ "guests": ["web-01"], "name": "after" }),
            ),
        ])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(
        world.changes(),
        [
            "snapshot.create snapshot/101/before",
            "guest.stop guest/101",
            "snapshot.create snapshot/101/after"
        ]
    );
    for pair in run.steps.windows(2) {
        assert!(pair[0].finished_at <= pair[1].started_at, "{pair:?}");
    }
}

fn crowd(guests: u32) -> Cluster {
    (0..guests).fold(Cluster::of(&["pve1", "pve2"]), |cluster, n| {
        let node = if n % 2 == 0 { "pve1" } else { "pve2" };
        cluster.guest(Guest::vm(101 + n, &format!("crowd-{n:02}"), node).running())
    })
}

/// How many tasks of the product run at once on each node at most, from their times in the task list.
fn most_at_once(world: &World, upids: &[String]) -> usize {
    // UPID:node:pid:pstart:starttime:… and the calls' own times tell begin; here the running ones count.
    upids
        .iter()
        .filter(|upid| {
            world
                .sim()
                .task(upid)
                .is_some_and(|task| task.exit.is_none())
        })
        .count()
}

#[tokio::test]
async fn no_more_steps_run_on_a_node_at_once_than_the_settings_allow() {
    let world = World::builder()
        .cluster(crowd(12))
        .settings(|settings| settings.runs_per_node = 2)
        .build()
        .await;
    // Tasks stand until the clock is turned.
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "*" }, "effect": { "task_seconds": 60 },
        "times": 0,
    }));
    let plan = world
        .plan("guests.stop", json!({ "guests": ["name~^crowd"] }))
        .await
        .unwrap();
    assert_eq!(plan.steps.len(), 12);
    let run = world.approve(&plan).await.unwrap();
    for wave in 1..=3 {
        world
            .until(&run.id, |run| {
                run.steps.iter().filter(|step| step.upid.is_some()).count() == wave * 4
            })
            .await;
        let run = world.app.registry.run(&run.id).await.unwrap();
        for node in ["pve1", "pve2"] {
            let upids: Vec<String> = run
                .steps
                .iter()
                .filter(|step| step.target.contains(node))
                .filter_map(|step| step.upid.clone())
                .collect();
            assert_eq!(most_at_once(&world, &upids), 2, "wave {wave} on {node}");
        }
        assert_eq!(world.changes().len(), wave * 4);
        world.sim().clock().advance(Duration::from_secs(61));
    }
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
}

#[tokio::test]
async fn two_runs_on_one_guest_take_turns() {
    let world = World::new().await;
    world.fault(&json!({
        "when": { "op": "snapshot.create", "target": "*" }, "effect": { "task_seconds": 60 },
        "times": 0,
    }));
    let first = world.plan(
        "snapshots.create",
        json!({ "guests": ["web-01"], "name": "one" }),
    );
    let second = world.plan(
        "snapshots.create",
        json!({ "guests": ["web-01"], "name": "two" }),
    );
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    let one = world.approve(&first).await.unwrap();
    let two = world.approve(&second).await.unwrap();
    world.until_changes(1).await;
    // Whoever came first: the other one waits.
    let (one, two, name) = match world.changes()[0].as_str() {
        "snapshot.create snapshot/101/one" => (one, two, "one"),
        _ => (two, one, "two"),
    };
    world
        .until(&one.id, |run| run.steps[0].upid.is_some())
        .await;
    let waiting = world
        .app
        .registry
        .watch_run(&two.id, 0, CancellationToken::new());
    let mut logs = waiting
        .filter(|event| {
            let is_log = event.as_ref().is_ok_and(|event| event.kind == "step.log");
            std::future::ready(is_log)
        })
        .boxed();
    let told = tokio::time::timeout(Duration::from_secs(10), logs.next()).await;
    let told = told.unwrap().unwrap().unwrap();
    assert_eq!(
        told.data["lines"],
        json!(["waiting: another run works on web-01"])
    );
    assert_eq!(
        world.changes(),
        [format!("snapshot.create snapshot/101/{name}")]
    );

    world.sim().clock().advance(Duration::from_secs(61));
    let one = world.run_to_end(&one.id).await;
    assert_eq!(one.state, RunState::Succeeded, "{one:?}");
    // The guest is not as the second plan saw it: it has a snapshot more.
    let two = world.run_to_end(&two.id).await;
    assert_eq!(two.state, RunState::Refused, "{two:?}");
    assert_eq!(two.steps[0].state, StepState::NotExecuted);
    assert_eq!(
        world.changes(),
        [format!("snapshot.create snapshot/101/{name}")]
    );
}

#[tokio::test]
async fn a_cancelled_run_follows_what_the_cluster_does_and_starts_nothing_more() {
    let world = World::new().await;
    world.fault(&json!({
        "when": { "op": "snapshot.create", "target": "*" }, "effect": { "task_seconds": 60 },
    }));
    let plan = world
        .plan_several(&[snapshot("web-01"), reboot("web-01")])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    let registry = &world.app.registry;
    for (role, surface) in [
        (Role::Viewer, Surface::Web),
        (Role::Admin, Surface::Chat),
        (Role::Admin, Surface::Mcp),
    ] {
        let error = registry
            .cancel_run(
                &run.id,
                &World::actor(role, surface),
                ops::engine::RunningTasks::GoOn,
            )
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::Forbidden);
    }
    registry
        .cancel_run(
            &run.id,
            &World::operator().actor,
            ops::engine::RunningTasks::GoOn,
        )
        .await
        .unwrap();
    world.sim().clock().advance(Duration::from_secs(61));
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Cancelled, "{run:?}");
    let ended: Vec<_> = run
        .steps
        .iter()
        .map(|step| (step.state, step.error.as_deref()))
        .collect();
    assert_eq!(
        ended,
        [
            (StepState::Done, None),
            (
                StepState::NotExecuted,
                Some("the run was cancelled before this step")
            )
        ]
    );
    assert_eq!(world.changes(), ["snapshot.create snapshot/101/before"]);
    let error = registry
        .cancel_run(
            &run.id,
            &World::admin().actor,
            ops::engine::RunningTasks::GoOn,
        )
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Conflict);
    let error = registry
        .cancel_run(
            "r_none",
            &World::admin().actor,
            ops::engine::RunningTasks::GoOn,
        )
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::NotFound);
}

#[tokio::test]
async fn a_run_that_waits_for_a_guest_can_be_cancelled() {
    let world = World::new().await;
    world.fault(&json!({
        "when": { "op": "guest.*", "target": "*" }, "effect": { "task_seconds": 60 },
    }));
    let holding = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let waiting = world
        .plan("guests.reboot", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let holding = world.approve(&holding).await.unwrap();
    let waiting = world.approve(&waiting).await.unwrap();
    world.until_changes(1).await;
    let (holding, waiting, asked) = match world.changes()[0].as_str() {
        "guest.stop guest/101" => (holding, waiting, "guest.stop guest/101"),
        _ => (waiting, holding, "guest.reboot guest/101"),
    };
    world
        .until(&holding.id, |run| run.steps[0].upid.is_some())
        .await;
    let admin = World::admin().actor;
    world
        .app
        .registry
        .cancel_run(&waiting.id, &admin, ops::engine::RunningTasks::GoOn)
        .await
        .unwrap();
    let waiting = world.run_to_end(&waiting.id).await;
    assert_eq!(waiting.state, RunState::Cancelled);
    assert_eq!(waiting.steps[0].state, StepState::NotExecuted);
    world.sim().clock().advance(Duration::from_secs(61));
    assert_eq!(
        world.run_to_end(&holding.id).await.state,
        RunState::Succeeded
    );
    assert_eq!(world.changes(), [asked]);
}

#[tokio::test]
async fn the_events_of_a_run_have_no_holes_and_can_be_read_again_from_anywhere() {
    let world = World::new().await;
    let plan = world
        .plan_several(&[snapshot("tag=web"), reboot("tag=web")])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let live = world.events(&run.id).await;
    let ids: Vec<u64> = live.iter().map(|event| event.id).collect();
    assert_eq!(
        ids,
        (1..=u64::try_from(ids.len()).unwrap()).collect::<Vec<_>>()
    );
    let last = live.last().unwrap();
    assert_eq!(
        (last.kind.as_str(), &last.data),
        (
            "run.finished",
            &json!({ "state": "succeeded", "summary": "all 4 steps done and verified" })
        )
    );
    let states: Vec<&Value> = live
        .iter()
        .filter(|event| event.kind == "run.state")
        .map(|event| &event.data["state"])
        .collect();
    assert_eq!(states, ["running", "verifying", "succeeded"]);
    // Each step's last word is its final state.
    for step in ["s1", "s2", "s3", "s4"] {
        let word = live
            .iter()
            .rev()
            .find(|event| event.kind == "step.state" && event.data["step"] == step)
            .unwrap();
        assert_eq!(word.data["state"], "done");
    }
    for after in [
        0,
        1,
        ids.len() as u64 / 2,
        ids.len() as u64 - 1,
        ids.len() as u64,
        10_000,
    ] {
        let again: Vec<_> = world
            .app
            .registry
            .watch_run(&run.id, after, CancellationToken::new())
            .map(Result::unwrap)
            .collect()
            .await;
        let want: Vec<_> = live
            .iter()
            .filter(|event| event.id > after)
            .cloned()
            .collect();
        assert_eq!(again, want, "after {after}");
    }
}

#[tokio::test]
async fn two_listeners_of_a_run_hear_the_same() {
    let world = World::new().await;
    let plan = world
        .plan("guests.reboot", json!({ "guests": ["tag=web"] }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let (one, two) = tokio::join!(world.events(&run.id), world.events(&run.id));
    assert_eq!(one, two);
}

#[tokio::test]
async fn progress_and_log_of_a_task_come_through_as_events() {
    let world = World::new().await;
    let run = world
        .carry_out("guests.start", json!({ "guests": ["db-01"] }))
        .await;
    let events = world.events(&run.id).await;
    let upid = run.steps[0].upid.clone().unwrap();
    let log = world.sim().task(&upid).unwrap().log;
    let told: Vec<String> = events
        .iter()
        .filter(|event| event.kind == "step.log")
        .flat_map(|event| event.data["lines"].as_array().unwrap().clone())
        .map(|line| line.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, log);
    let task = TaskRef {
        cluster: "main".to_owned(),
        id: upid,
    };
    assert!(
        events
            .iter()
            .any(|event| event.data["upid"] == task.id.as_str())
    );
}

#[tokio::test]
async fn more_steps_than_a_person_can_read_are_refused() {
    let world = World::builder().cluster(crowd(100)).build().await;
    let wishes: Vec<(&str, Value)> = (0..21)
        .map(|_| ("guests.reboot", json!({ "guests": ["name~^crowd"] })))
        .collect();
    let error = world.plan_several(&wishes).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::InvalidInput,
            "this is 2100 steps; one plan holds at most 2000"
        )
    );
    assert!(world.sim().calls().is_empty());
}
