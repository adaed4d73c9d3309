//! What goes wrong with an action: the world changed, the task failed, the answer was lost, nobody can look.
//! The truth is what the simulator holds and what it was asked.

use std::time::{Duration, Instant};

use ops::{Code, Plan, Run, RunState, StepState, Verdict, ports::Ledger as _};
use serde_json::json;
use testkit::World;

use crate::cases::{Case, cases, only_step, side_by_side};

/// Something that happens between plan and approval.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    Description,
    OtherPower,
    OtherNode,
    Gone,
    Replaced,
    Renamed,
}

impl Meanwhile {
    const ALL: [Self; 6] = [
        Self::Description,
        Self::OtherPower,
        Self::OtherNode,
        Self::Gone,
        Self::Replaced,
        Self::Renamed,
    ];

    async fn happens(self, world: &mut World, case: &Case) {
        let vmid = case.vmid;
        let running = world.sim().guest(vmid).unwrap().status == "running";
        match self {
            Self::Description => {
                world
                    .outside()
                    .configure(vmid, &[("description", "hands off")])
                    .await;
            }
            Self::OtherPower if running => world.outside().stop(vmid).await,
            Self::OtherPower => world.outside().start(vmid).await,
            Self::Renamed => {
                let key = if vmid < 200 { "name" } else { "hostname" };
                world
                    .outside()
                    .configure(vmid, &[(key, "somebody-else")])
                    .await;
            }
            Self::OtherNode => {
                let moved = case.guest.clone().with("node", "pve3");
                world
                    .replace_cluster(case.cluster().without(vmid).guest(moved))
                    .await;
            }
            Self::Gone => world.replace_cluster(case.cluster().without(vmid)).await,
            Self::Replaced => {
                // The same number and name, made anew: other disk, other birth.
                let key = if vmid < 200 { "scsi0" } else { "rootfs" };
                let disk = json!([{ "key": key, "storage": "plain", "size_gb": 4.0 }]);
                let anew = case.guest.clone().with("disks", disk);
                world
                    .replace_cluster(case.cluster().without(vmid).guest(anew))
                    .await;
            }
        }
    }

    /// The field that the refusal must name.
    fn field(self) -> &'static str {
        match self {
            Self::Description | Self::Replaced => "configuration",
            Self::OtherPower => "status",
            Self::OtherNode => "node",
            Self::Gone => "exists",
            Self::Renamed => "name",
        }
    }
}

#[tokio::test]
async fn a_world_that_changed_since_the_plan_refuses_the_approval_with_the_difference() {
    for case in cases() {
        for meanwhile in Meanwhile::ALL {
            let mut world = case.world().await;
            let plan = world.plan(case.op, case.input()).await.unwrap();
            meanwhile.happens(&mut world, &case).await;
            let error = world.approve(&plan).await.unwrap_err();
            let at = format!("{} {meanwhile:?}: {error}", case.op);
            assert_eq!(error.code, Code::PreconditionChanged, "{at}");
            assert!(
                error
                    .difference
                    .iter()
                    .any(|difference| difference.field == meanwhile.field()),
                "{at} {:?}",
                error.difference
            );
            let subject = format!("{} (main/pve1/{})", case.name, case.vmid);
            assert!(
                error.difference.iter().all(|d| d.subject == subject),
                "{at}"
            );
            assert!(error.message.contains(&subject), "{at}");
            assert_eq!(
                error.hint.as_deref(),
                Some("plan again and look at the new plan")
            );
            case.assert_not_done(&world);
            assert_eq!(world.app.store.runs(10).await.unwrap(), [], "{at}");
        }
    }
}

/// Approves on a process that only writes the run, so that the world can change before it is carried out.
async fn approved_but_not_begun(world: &World, plan: &Plan) -> (Run, testkit::Wired) {
    let machine = testkit::Machine::new();
    let server = world.process(machine.process(), true).await;
    server.registry.supervise_once().await.unwrap();
    let command = world.process(machine.process(), false).await;
    let consent = World::consent(plan, World::admin().actor);
    let run = command.registry.approve(&plan.id, consent).await.unwrap();
    assert_eq!(run.state, RunState::Queued);
    (run, server)
}

#[tokio::test]
async fn a_world_that_changed_after_the_approval_ends_the_run_refused() {
    side_by_side(|case| async move {
        let mut world = World::builder()
            .cluster(case.cluster())
            .on_disk()
            .without_background()
            .build()
            .await;
        let plan = world.plan(case.op, case.input()).await.unwrap();
        let (run, server) = approved_but_not_begun(&world, &plan).await;
        Meanwhile::OtherPower.happens(&mut world, &case).await;
        server.registry.supervise_once().await.unwrap();
        let run = world.run_to_end(&run.id).await;
        let (state, step, error) = only_step(&run);
        assert_eq!(
            (state, step),
            (RunState::Refused, StepState::NotExecuted),
            "{}",
            case.op
        );
        let subject = format!("{} (main/pve1/{})", case.name, case.vmid);
        let error = error.unwrap();
        assert!(
            error.starts_with("the cluster changed since the plan was made: ")
                && error.contains(&subject),
            "{error}"
        );
        case.assert_not_done(&world);
    })
    .await;
}

#[tokio::test]
async fn a_task_that_fails_fails_the_step_with_the_words_of_the_cluster() {
    for case in cases() {
        let world = case.world().await;
        let op = case.call.split(' ').next().unwrap();
        world.fault(&json!({
            "when": { "op": op, "target": format!("guest/{}", case.vmid) },
            "effect": { "task_error": "out of luck" },
        }));
        let run = world.carry_out(case.op, case.input()).await;
        assert_eq!(
            only_step(&run),
            (RunState::Failed, StepState::Failed, Some("out of luck")),
            "{}",
            case.op
        );
        assert!(run.steps[0].upid.is_some());
        assert_eq!(run.steps[0].verify, None);
        assert_eq!(
            world.changes(),
            [case.call],
            "a failed task is not repeated"
        );
    }
}

#[tokio::test]
async fn a_call_that_the_cluster_refuses_fails_the_step() {
    for case in cases() {
        let world = case.world().await;
        let op = case.call.split(' ').next().unwrap();
        world.fault(&json!({
            "when": { "op": op, "target": "*" },
            "effect": { "error": { "status": 403, "text": "Permission check failed" } },
        }));
        let run = world.carry_out(case.op, case.input()).await;
        let (state, step, error) = only_step(&run);
        assert_eq!(
            (state, step),
            (RunState::Failed, StepState::Failed),
            "{}",
            case.op
        );
        assert!(
            error.unwrap().contains("Permission check failed"),
            "{error:?}"
        );
        case.assert_not_done(&world);
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_effect_is_found_in_the_task_list() {
    for case in cases() {
        let world = case.world().await;
        lose_answer(&world, &case, "after", 1);
        let run = world.carry_out(case.op, case.input()).await;
        assert_eq!(
            only_step(&run),
            (RunState::Succeeded, StepState::Done, None),
            "{}",
            case.op
        );
        assert_eq!(world.changes(), [case.call], "{}", case.op);
        assert!(
            run.steps[0].upid.is_some(),
            "{}: the task was found",
            case.op
        );
    }
}

#[tokio::test]
async fn a_request_that_was_lost_on_its_way_is_sent_once_more_when_it_certainly_did_not_arrive() {
    side_by_side(|case| async move {
        let world = case.world().await;
        lose_answer(&world, &case, "before", 1);
        let run = world.carry_out(case.op, case.input()).await;
        assert_eq!(
            only_step(&run),
            (RunState::Succeeded, StepState::Done, None),
            "{}",
            case.op
        );
        assert_eq!(world.changes(), [case.call], "{}", case.op);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_never_arrives_ends_as_not_executed() {
    side_by_side(|case| async move {
        let world = case.world().await;
        lose_answer(&world, &case, "before", 0);
        let run = world.carry_out(case.op, case.input()).await;
        let (state, step, error) = only_step(&run);
        assert_eq!(
            (state, step),
            (RunState::Failed, StepState::NotExecuted),
            "{}",
            case.op
        );
        assert!(error.is_some_and(|error| !error.is_empty()), "{}", case.op);
        case.assert_not_done(&world);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_to_a_task_that_failed_is_a_failure() {
    for case in cases() {
        let world = case.world().await;
        let op = case.call.split(' ').next().unwrap();
        world.fault(&json!({
            "when": { "op": op, "target": "*" }, "effect": { "task_error": "out of luck" },
        }));
        lose_answer(&world, &case, "after", 1);
        let run = world.carry_out(case.op, case.input()).await;
        assert_eq!(
            only_step(&run),
            (RunState::Failed, StepState::Failed, Some("out of luck")),
            "{}",
            case.op
        );
        assert_eq!(world.changes(), [case.call]);
    }
}

fn lose_answer(world: &World, case: &Case, phase: &str, times: u32) {
    let op = case.call.split(' ').next().unwrap();
    world.fault(&json!({
        "when": { "op": op, "target": "*", "phase": phase },
        "effect": { "drop_connection": true }, "times": times,
    }));
}

#[tokio::test]
async fn an_older_task_of_the_same_kind_is_not_taken_for_the_lost_one() {
    // The guest was stopped and started by us before; then the answer to a stop is lost before its effect.
    let world = World::new().await;
    world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    world
        .carry_out("guests.start", json!({ "guests": ["web-01"] }))
        .await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "*" }, "effect": { "drop_connection": true },
        "times": 0,
    }));
    let run = world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    assert_eq!(only_step(&run).1, StepState::NotExecuted, "{run:?}");
    assert_eq!(world.sim().guest(101).unwrap().status, "running");
    assert_eq!(
        world.changes(),
        ["guest.stop guest/101", "guest.start guest/101"]
    );
}

#[tokio::test]
async fn somebody_elses_stop_is_not_taken_for_ours() {
    let world = World::builder()
        .settings(|settings| settings.engine.arrival_grace = Duration::from_secs(1))
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" },
        "effect": { "drop_connection": true },
    }));
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world.until_failed_requests(1).await;
    // While the engine is still not sure, somebody else pulls the plug of the same guest.
    world.outside().stop(101).await;
    let run = world.run_to_end(&run.id).await;
    assert_eq!(
        only_step(&run),
        (
            RunState::Refused,
            StepState::NotExecuted,
            Some(
                "the cluster changed since the plan was made: web-01 (main/pve1/101): it is \
                 stopped now, not running; plan again"
            )
        )
    );
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_task_that_ends_well_without_the_promised_effect_is_a_failure() {
    let world = World::new().await;
    world.fault(&json!({
        "when": { "op": "guest.start", "target": "guest/103" }, "effect": { "task_seconds": 60 },
    }));
    let plan = world
        .plan("guests.start", json!({ "guests": ["db-01"] }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    // Nobody can verify until somebody has pulled the plug again.
    world.fault(&json!({
        "when": { "op": "read", "target": "/nodes/pve1/qemu/103/status/current" },
        "effect": { "error": { "status": 500, "text": "got timeout" } }, "times": 0,
    }));
    world.sim().clock().advance(Duration::from_secs(61));
    world
        .until(&run.id, |run| run.state == RunState::Verifying)
        .await;
    world.outside().stop(103).await;
    world.sim().clear_faults();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(
        only_step(&run),
        (
            RunState::Failed,
            StepState::Failed,
            Some("not as promised: db-01 is stopped")
        )
    );
    assert_eq!(
        run.steps[0].verify,
        Some(Verdict::not_as_promised("db-01 is stopped"))
    );
    assert_eq!(world.changes(), ["guest.start guest/103"]);
}

#[tokio::test]
async fn slow_answers_change_nothing_but_the_time() {
    let world = World::builder().time_scale(1.0).build().await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "*" }, "effect": { "latency_seconds": 0.3 },
    }));
    world.fault(&json!({
        "when": { "op": "read", "target": "*" }, "effect": { "latency_seconds": 0.02 }, "times": 0,
    }));
    let begun = Instant::now();
    let run = world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    assert_eq!(
        only_step(&run),
        (RunState::Succeeded, StepState::Done, None)
    );
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(world.changes(), ["guest.stop guest/101"]);
}

#[tokio::test]
async fn a_verification_that_cannot_look_says_unknown_and_not_done() {
    let world = World::builder()
        .settings(|settings| settings.engine.verify_patience = Duration::from_millis(300))
        .build()
        .await;
    let case = &cases()[2];
    assert_eq!((case.op, case.vmid), ("guests.stop", 101));
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" }, "effect": { "task_seconds": 60 },
    }));
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world
        .until(&run.id, |run| run.steps[0].upid.is_some())
        .await;
    world.fault(&json!({
        "when": { "op": "read", "target": case.status_path() },
        "effect": { "error": { "status": 500, "text": "got timeout" } }, "times": 0,
    }));
    world.sim().clock().advance(Duration::from_mins(1));
    let run = world.run_to_end(&run.id).await;
    let (state, step, error) = only_step(&run);
    assert_eq!(
        (state, step),
        (RunState::Failed, StepState::Unknown),
        "{run:?}"
    );
    assert!(
        error.unwrap().starts_with("it could not be verified: "),
        "{error:?}"
    );
    assert_eq!(world.changes(), ["guest.stop guest/101"]);
}
