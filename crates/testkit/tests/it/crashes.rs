//! The product dies at every point of a step, and the next process finds out the truth: one call, no more.

use std::time::Duration;

use futures_util::StreamExt as _;
use ops::{
    EngineOptions, Run, RunEvent, RunState, StepState, Surface, Verdict, engine::RunningTasks,
    ports::Ledger as _, run::StepMemory,
};
use serde_json::json;
use testkit::{Cluster, Guest, Machine, Wired, World};
use tokio_util::sync::CancellationToken;

const STOP_WEB_01: &str = "guest.stop guest/101";

async fn world() -> World {
    World::builder().on_disk().build().await
}

/// Only what the test asks for works on it.
async fn quiet_world() -> World {
    World::builder()
        .on_disk()
        .without_background()
        .build()
        .await
}

/// The run of a stop of `web-01` under a fault.
async fn begun(world: &World) -> Run {
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    world.approve(&plan).await.unwrap()
}

fn assert_stopped_once(world: &World, run: &Run) {
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(run.steps[0].state, StepState::Done);
    assert_eq!(run.steps[0].error, None);
    assert_eq!(run.steps[0].verify, Some(Verdict::ok("web-01 is stopped")));
    assert_eq!(world.changes(), [STOP_WEB_01]);
    assert_eq!(world.sim().guest(101).unwrap().status, "stopped");
}

/// No run is ever shown as interrupted while somebody takes it up.
async fn assert_never_interrupted(world: &World, run: &Run) {
    for event in world.events(&run.id).await {
        if event.kind == "run.state" {
            assert_ne!(event.data["state"], "interrupted");
        }
    }
}

#[tokio::test]
async fn approved_and_then_killed_before_anything_was_done() {
    let mut world = world().await;
    let run = begun(&world).await;
    world.kill().await;
    world.open_again().await;
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
    assert_never_interrupted(&world, &run).await;
}

#[tokio::test]
async fn the_row_was_written_and_the_request_was_not_sent() {
    let mut world = World::builder()
        .on_disk()
        .settings(|settings| settings.engine.arrival_grace = Duration::from_secs(20))
        .build()
        .await;
    // Requests are lost on their way, so that the row says "perhaps sent" and nothing arrives.
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "*" }, "effect": { "drop_connection": true },
        "times": 0,
    }));
    let run = begun(&world).await;
    world.until_failed_requests(1).await;
    world.kill().await;
    let stored = {
        let app = world.open(app::Role::Command).await;
        let stored = app.store.run(&run.id).await.unwrap().unwrap();
        app.stop().await;
        stored
    };
    assert_eq!(stored.run.steps[0].state, StepState::Running);
    assert!(stored.memory[0].sent_at.is_some(), "{stored:?}");
    assert_eq!(world.changes(), Vec::<String>::new());

    world.sim().clear_faults();
    world.clock.advance(Duration::from_secs(30));
    world.open_again().await;
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
    assert_never_interrupted(&world, &run).await;
}

#[tokio::test]
async fn not_there_is_not_believed_while_the_request_may_still_be_on_its_way() {
    // Like the test before, but the next process comes at once: it must wait, not send again.
    let mut world = World::builder()
        .on_disk()
        .settings(|settings| settings.engine.arrival_grace = Duration::from_mins(1))
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "*" }, "effect": { "drop_connection": true },
    }));
    let run = begun(&world).await;
    world.until_failed_requests(1).await;
    world.kill().await;
    world.open_again().await;
    // The task list is asked several times in vain.
    world.until_requests(6).await;
    assert_eq!(world.changes(), Vec::<String>::new());
    assert_eq!(
        world.app.registry.run(&run.id).await.unwrap().state,
        RunState::Running
    );
    world.clock.advance(Duration::from_mins(1));
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
}

#[tokio::test]
async fn the_request_was_sent_and_the_answer_never_read() {
    let mut world = World::builder().on_disk().time_scale(1.0).build().await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101", "phase": "after" },
        "effect": { "latency_seconds": 600 },
    }));
    let run = begun(&world).await;
    world.until_changes(1).await;
    world.kill().await;
    world.open_again().await;
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
    assert!(run.steps[0].upid.is_some(), "the task was found: {run:?}");
    assert_never_interrupted(&world, &run).await;
}

#[tokio::test]
async fn the_task_runs_on_while_nobody_watches() {
    let mut world = world().await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" }, "effect": { "task_seconds": 3600 },
    }));
    let run = begun(&world).await;
    let seen = world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    world.kill().await;
    world.open_again().await;
    let again = world.app.registry.run(&run.id).await.unwrap();
    assert_eq!(
        (again.state, again.steps[0].state),
        (RunState::Running, StepState::Running)
    );
    world.sim().clock().advance(Duration::from_hours(1));
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
    assert_eq!(run.steps[0].upid, seen.steps[0].upid);
}

#[tokio::test]
async fn the_task_ended_while_the_product_was_away() {
    for error in [None, Some("out of luck")] {
        let mut world = world().await;
        world.fault(&json!({
            "when": { "op": "guest.stop", "target": "guest/101" },
            "effect": { "task_seconds": 600 },
        }));
        if let Some(error) = error {
            world.fault(&json!({
                "when": { "op": "guest.stop", "target": "guest/101" },
                "effect": { "task_error": error },
            }));
        }
        let run = begun(&world).await;
        world
            .until(&run.id, |run| run.steps[0].upid.is_some())
            .await;
        world.kill().await;
        world.sim().clock().advance(Duration::from_secs(601));
        world.open_again().await;
        let run = world.run_to_end(&run.id).await;
        match error {
            None => assert_stopped_once(&world, &run),
            Some(error) => {
                assert_eq!(
                    (run.state, run.steps[0].state),
                    (RunState::Failed, StepState::Failed)
                );
                assert_eq!(run.steps[0].error.as_deref(), Some(error));
                assert_eq!(world.changes(), [STOP_WEB_01]);
            }
        }
    }
}

#[tokio::test]
async fn the_task_had_ended_and_nobody_had_verified() {
    let mut world = World::builder()
        .on_disk()
        .settings(|settings| settings.engine.verify_patience = Duration::from_mins(1))
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" }, "effect": { "task_seconds": 60 },
    }));
    let run = begun(&world).await;
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    world.fault(&json!({
        "when": { "op": "read", "target": "/nodes/pve1/qemu/101/status/current" },
        "effect": { "error": { "status": 500, "text": "got timeout" } }, "times": 0,
    }));
    world.sim().clock().advance(Duration::from_secs(61));
    world
        .until(&run.id, |run| run.state == RunState::Verifying)
        .await;
    world.kill().await;
    world.sim().clear_faults();
    world.open_again().await;
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
    assert_never_interrupted(&world, &run).await;
}

#[tokio::test]
async fn the_cluster_is_away_when_the_product_comes_back() {
    let mut world = World::builder().on_disk().time_scale(1.0).build().await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101", "phase": "after" },
        "effect": { "latency_seconds": 600 },
    }));
    let run = begun(&world).await;
    world.until_changes(1).await;
    world.kill().await;
    // Every read fails for a while, as from a node that restarts its API.
    world.fault(&json!({
        "when": { "op": "read", "target": "*" }, "effect": { "drop_connection": true }, "times": 8,
    }));
    world.open_again().await;
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
}

#[tokio::test]
async fn what_cannot_be_found_out_is_unknown_and_never_sent_again() {
    let mut world = World::builder()
        .on_disk()
        .time_scale(1.0)
        .settings(|settings| settings.engine.recover_patience = Duration::from_secs(1))
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101", "phase": "after" },
        "effect": { "latency_seconds": 600 },
    }));
    let run = begun(&world).await;
    world.until_changes(1).await;
    let asked = world.changes();
    world.kill().await;
    world.cluster_down().await;
    world.open_again().await;
    let run = world.run_to_end(&run.id).await;
    assert_eq!(asked, [STOP_WEB_01]);
    assert_eq!(
        (run.state, run.steps[0].state),
        (RunState::Failed, StepState::Unknown),
        "{run:?}"
    );
    assert!(
        run.steps[0]
            .error
            .as_deref()
            .unwrap()
            .starts_with("cluster main cannot be reached"),
        "{run:?}"
    );
}

#[tokio::test]
async fn killed_again_and_again_a_plan_of_many_steps_asks_for_each_change_once() {
    let cluster = (0..6).fold(Cluster::of(&["pve1", "pve2"]), |cluster, n| {
        cluster.guest(Guest::vm(101 + n, &format!("node-{n}"), "pve1").running())
    });
    let mut world = World::builder()
        .cluster(cluster)
        .on_disk()
        .time_scale(0.02)
        .settings(|settings| settings.runs_per_node = 2)
        .build()
        .await;
    let plan = world
        .plan_several(&[
            (
                "snapshots.create",
                json!({ "guests": ["101-106"], "name": "before" }),
            ),
            ("guests.reboot", json!({ "guests": ["101-106"] })),
        ])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    for killed_after in [1, 3, 4, 7, 9] {
        world.until_changes(killed_after).await;
        world.kill().await;
        world.open_again().await;
    }
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let mut changes = world.changes();
    changes.sort();
    let mut want: Vec<String> = (101..=106)
        .flat_map(|vmid| {
            [
                format!("guest.reboot guest/{vmid}"),
                format!("snapshot.create snapshot/{vmid}/before"),
            ]
        })
        .collect();
    want.sort();
    assert_eq!(changes, want);
    let ids: Vec<u64> = world
        .events(&run.id)
        .await
        .iter()
        .map(|event| event.id)
        .collect();
    assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_cancel_that_was_asked_for_before_the_crash_holds_after_it() {
    let mut world = world().await;
    world.fault(&json!({
        "when": { "op": "snapshot.create", "target": "*" }, "effect": { "task_seconds": 60 },
    }));
    let plan = world
        .plan_several(&[
            (
                "snapshots.create",
                json!({ "guests": ["web-01"], "name": "before" }),
            ),
            ("guests.reboot", json!({ "guests": ["web-01"] })),
        ])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    world
        .app
        .registry
        .cancel_run(
            &run.id,
            &World::admin().actor,
            ops::engine::RunningTasks::GoOn,
        )
        .await
        .unwrap();
    world.kill().await;
    world.open_again().await;
    world.sim().clock().advance(Duration::from_secs(61));
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Cancelled, "{run:?}");
    assert_eq!(world.changes(), ["snapshot.create snapshot/101/before"]);
}

// ---- several processes on one data directory -------------------------------------------------------

#[tokio::test]
async fn a_command_hands_its_run_to_a_living_server_and_sees_it_through() {
    let world = world().await;
    let command = world.open(app::Role::Command).await;
    let call = World::call(ops::Role::Admin, Surface::Cli);
    let wish = ops::Wish {
        op: "guests.stop".to_owned(),
        input: json!({ "guests": ["web-01"] }),
    };
    let plan = command
        .registry
        .plan_wishes(&call, vec![wish])
        .await
        .unwrap();
    let consent = World::consent(&plan, call.actor.clone());
    let run = command.registry.approve(&plan.id, consent).await.unwrap();
    assert_eq!(run.state, RunState::Queued);
    let stored = command.store.run(&run.id).await.unwrap().unwrap();
    assert_eq!(stored.run.approved_by, "admin on cli");
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
    assert_eq!(command.registry.run(&run.id).await.unwrap(), run);
    command.stop().await;
}

#[tokio::test]
async fn a_command_without_a_server_carries_its_run_out_itself() {
    let world = world().await;
    world.kill().await;
    // The heartbeat of the dead server has to be older than three beats.
    world.clock.advance(Duration::from_secs(5));
    let command = world.open(app::Role::Command).await;
    command.start_background();
    let wish = ops::Wish {
        op: "guests.stop".to_owned(),
        input: json!({ "guests": ["web-01"] }),
    };
    let plan = command
        .registry
        .plan_wishes(&World::admin(), vec![wish])
        .await
        .unwrap();
    let consent = World::consent(&plan, World::admin().actor);
    let run = command.registry.approve(&plan.id, consent).await.unwrap();
    let run = testkit::run_to_end(&command.registry, &run.id).await;
    assert_stopped_once(&world, &run);
    command.stop().await;
}

async fn approve_on(process: &Wired, world: &World, guest: &str) -> Run {
    let plan = world
        .plan("guests.stop", json!({ "guests": [guest] }))
        .await
        .unwrap();
    let consent = World::consent(&plan, World::admin().actor);
    process.registry.approve(&plan.id, consent).await.unwrap()
}

#[tokio::test]
async fn two_servers_never_run_a_step_twice() {
    let world = quiet_world().await;
    let machine = Machine::new();
    let one = world.process(machine.process(), true).await;
    let two = world.process(machine.process(), true).await;
    one.registry.supervise_once().await.unwrap();
    two.registry.supervise_once().await.unwrap();
    let command = world.process(machine.process(), false).await;
    let runs = [
        approve_on(&command, &world, "web-01").await,
        approve_on(&command, &world, "web-02").await,
        approve_on(&command, &world, "cache-01").await,
    ];
    for _ in 0..5 {
        let (a, b) = tokio::join!(one.registry.supervise_once(), two.registry.supervise_once());
        a.unwrap();
        b.unwrap();
    }
    for run in &runs {
        assert_eq!(world.run_to_end(&run.id).await.state, RunState::Succeeded);
    }
    let mut changes = world.changes();
    changes.sort();
    assert_eq!(
        changes,
        [STOP_WEB_01, "guest.stop guest/102", "guest.stop guest/201"]
    );
}

#[tokio::test]
async fn a_run_of_a_living_server_is_left_alone_and_that_of_a_dead_one_is_taken_over() {
    let world = quiet_world().await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" }, "effect": { "task_seconds": 600 },
    }));
    let machine = Machine::new();
    let one = world.process(machine.process(), true).await;
    let two = world.process(machine.process(), true).await;
    one.registry.supervise_once().await.unwrap();
    let run = approve_on(&one, &world, "web-01").await;
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    two.registry.supervise_once().await.unwrap();
    let owner = world.app.store.run(&run.id).await.unwrap().unwrap().owner;
    assert_eq!(owner, Some(ops::ports::Host::owner(one.process.as_ref())));

    one.kill().await;
    two.registry.supervise_once().await.unwrap();
    let owner = world.app.store.run(&run.id).await.unwrap().unwrap().owner;
    assert_eq!(owner, Some(ops::ports::Host::owner(two.process.as_ref())));
    world.sim().clock().advance(Duration::from_secs(601));
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
}

#[tokio::test]
async fn a_run_of_a_command_that_died_is_taken_up_by_the_next_server() {
    let world = World::builder()
        .on_disk()
        .without_background()
        .time_scale(1.0)
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101", "phase": "after" },
        "effect": { "latency_seconds": 600 },
    }));
    let machine = Machine::new();
    let command = world.process(machine.process(), false).await;
    let run = approve_on(&command, &world, "web-01").await;
    world.until_changes(1).await;
    command.kill().await;
    // Another command does not touch it, a server does.
    let other = world.process(machine.process(), false).await;
    other.registry.supervise_once().await.unwrap();
    assert!(
        !world
            .app
            .registry
            .run(&run.id)
            .await
            .unwrap()
            .state
            .is_final()
    );
    let server = world.process(machine.process(), true).await;
    server.registry.supervise_once().await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
}

/// A command died in the middle of stopping a guest; there is no server.
async fn left_by_a_command(world: &World, machine: &Machine) -> Run {
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" }, "effect": { "task_seconds": 600 },
    }));
    let command = world.process(machine.process(), false).await;
    let run = approve_on(&command, world, "web-01").await;
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    command.kill().await;
    run
}

#[tokio::test]
async fn a_run_that_a_dead_command_left_is_ended_by_the_command_that_waits_for_its_guest() {
    let world = quiet_world().await;
    let machine = Machine::new();
    let left = left_by_a_command(&world, &machine).await;
    let next = world.process(machine.process(), false).await;
    let plan = world
        .plan("guests.tag", json!({ "guests": ["web-01"], "add": ["x"] }))
        .await
        .unwrap();
    let consent = World::consent(&plan, World::admin().actor);
    let run = next.registry.approve(&plan.id, consent).await.unwrap();
    world
        .until(&left.id, |_| next.registry.carries_out(&left.id))
        .await;
    world.sim().clock().advance(Duration::from_secs(601));
    let run = world.run_to_end(&run.id).await;
    let left = world.app.registry.run(&left.id).await.unwrap();
    assert_eq!(left.state, RunState::Succeeded, "{left:?}");
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(world.changes(), [STOP_WEB_01, "guest.config guest/101"]);
    let events: Vec<RunEvent> = next
        .registry
        .watch_run(&run.id, 0, CancellationToken::new())
        .map(Result::unwrap)
        .collect()
        .await;
    let told = events
        .iter()
        .find(|event| event.data["waits_for"].is_string());
    assert_eq!(told.unwrap().data["waits_for"], json!(left.id));
    next.kill().await;
}

#[tokio::test]
async fn a_run_that_a_dead_command_left_ends_when_it_is_cancelled() {
    let world = quiet_world().await;
    let machine = Machine::new();
    let left = left_by_a_command(&world, &machine).await;
    let next = world.process(machine.process(), false).await;
    next.registry
        .cancel_run(&left.id, &World::admin().actor, RunningTasks::GoOn)
        .await
        .unwrap();
    world.sim().clock().advance(Duration::from_secs(601));
    let left = testkit::run_to_end(&next.registry, &left.id).await;
    assert_stopped_once(&world, &left);
    next.kill().await;
}

#[tokio::test]
async fn waiting_for_a_guest_that_a_killed_run_holds_does_not_block_the_node_for_that_run() {
    // One place per node. Run one holds the guest and dies in the middle of its task; run two, which waits
    // for the same guest, is older in the ledger and so is taken up first.
    let world = World::builder()
        .on_disk()
        .without_background()
        .settings(|settings| settings.runs_per_node = 1)
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" }, "effect": { "task_seconds": 600 },
    }));
    let machine = Machine::new();
    let one = world.process(machine.process(), true).await;
    one.registry.supervise_once().await.unwrap();
    let command = world.process(machine.process(), false).await;
    let older = approve_on(&command, &world, "web-01").await;
    let holder = approve_on(&one, &world, "web-01").await;
    world
        .until(&holder.id, |run| run.steps[0].upid.is_some())
        .await;
    one.kill().await;
    world.sim().clock().advance(Duration::from_secs(601));

    let two = world.process(machine.process(), true).await;
    two.registry.supervise_once().await.unwrap();
    let holder = world.run_to_end(&holder.id).await;
    assert_stopped_once(&world, &holder);
    let older = world.run_to_end(&older.id).await;
    assert_eq!(older.state, RunState::Refused, "{older:?}");
    assert_eq!(world.changes(), [STOP_WEB_01]);
}

#[tokio::test]
async fn a_step_whose_memory_says_sent_is_never_sent_again_without_asking_first() {
    // The row alone, as a process leaves it that died between the row and the request.
    let world = quiet_world().await;
    let machine = Machine::new();
    let server = world.process(machine.process(), true).await;
    server.registry.supervise_once().await.unwrap();
    let command = world.process(machine.process(), false).await;
    let run = approve_on(&command, &world, "web-01").await;
    let mut step = run.steps[0].clone();
    step.state = StepState::Running;
    let memory = StepMemory {
        sent_at: Some(ops::ports::Clock::now(world.clock.as_ref())),
        ..StepMemory::default()
    };
    world
        .app
        .store
        .update_step(&run.id, &step, &memory)
        .await
        .unwrap();
    // The request arrived after all, under our token.
    world.ours().stop(101).await;
    server.registry.supervise_once().await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_stopped_once(&world, &run);
}

#[test]
fn the_default_times_of_the_engine_are_those_of_the_interface() {
    let options = EngineOptions::default();
    assert_eq!(options.plan_expiry, Duration::from_mins(15));
    assert_eq!((options.per_node, options.serves), (4, false));
    assert!(
        options.arrival_grace >= Duration::from_secs(1),
        "a request may be on its way"
    );
}
