//! A runbook is an ordered list: an operation begins when all steps of the one before have ended.

use ops::{Plan, Run, RunState, StepState};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

use StepState::{Done, Failed, NotExecuted};

const RUNBOOK: &str = r"name: cold-snapshot
summary: Shut down, take a snapshot, start again
parameters:
  guests:
    type: guests
    default: tag=web
steps:
  - op: guests.shutdown
    input: {guests: ['{{guests}}']}
  - op: snapshots.create
    input: {guests: ['{{guests}}'], name: cold}
  - op: guests.start
    input: {guests: ['{{guests}}']}
";

const GUESTS: [u32; 3] = [101, 102, 103];

/// Three guests on three nodes, so that nothing but the order holds them up.
async fn world() -> World {
    let nodes = ["pve1", "pve2", "pve3"];
    let cluster = GUESTS
        .iter()
        .zip(nodes)
        .fold(Cluster::of(&nodes), |cluster, (vmid, node)| {
            let name = format!("web-{vmid}");
            cluster.guest(Guest::vm(*vmid, &name, node).running().tags(&["web"]))
        });
    let world = World::builder()
        .cluster(cluster)
        .without_background()
        .build()
        .await;
    let saved = world
        .carry_out("runbooks.create", json!({ "source": RUNBOOK }))
        .await;
    assert_eq!(saved.state, RunState::Succeeded, "{saved:?}");
    world
}

/// The changes of the cluster, those of one kind that follow each other sorted.
fn changes(world: &World) -> Vec<String> {
    let mut all = world.changes();
    let verb = |change: &String| change.split(' ').next().unwrap().to_owned();
    for group in all.chunk_by_mut(|one, next| verb(one) == verb(next)) {
        group.sort();
    }
    all
}

fn in_their_turns() -> Vec<String> {
    let each = |text: &'static str, end: &'static str| {
        GUESTS.iter().map(move |vmid| format!("{text}/{vmid}{end}"))
    };
    each("guest.shutdown guest", "")
        .chain(each("snapshot.create snapshot", "/cold"))
        .chain(each("guest.start guest", ""))
        .collect()
}

fn turns(plan: &Plan) -> Vec<(&str, u32)> {
    plan.steps
        .iter()
        .map(|step| (step.op.as_str(), step.turn))
        .collect()
}

fn states(run: &Run) -> Vec<StepState> {
    run.steps.iter().map(|step| step.state).collect()
}

#[tokio::test]
async fn an_operation_of_a_runbook_waits_for_all_guests_of_the_one_before() {
    for through in ["runbooks.run", "schedules.run"] {
        let world = world().await;
        let input = if through == "runbooks.run" {
            json!({ "name": "cold-snapshot" })
        } else {
            let night = json!({ "name": "night", "calendar": "02:00", "runbook": "cold-snapshot" });
            let made = world.carry_out("schedules.create", night).await;
            assert_eq!(made.state, RunState::Succeeded, "{made:?}");
            json!({ "schedule": "night" })
        };
        // One of them takes its time.
        world.fault(&json!({
            "when": { "op": "guest.shutdown", "target": "guest/101" }, "effect": { "task_seconds": 1 },
        }));
        let plan = world.plan(through, input).await.unwrap();
        let all = ["guests.shutdown", "snapshots.create", "guests.start"];
        let expected: Vec<(&str, u32)> =
            all.into_iter().zip(0..).flat_map(|one| [one; 3]).collect();
        assert_eq!(turns(&plan), expected, "{through}");
        assert!(
            plan.preflight.iter().any(|one| one.signal == "in_turn"),
            "{plan:?}"
        );
        assert_eq!(
            plan.steps[6].change[0].before,
            json!("stopped"),
            "what is shut down first can be started"
        );
        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(run.state, RunState::Succeeded, "{through}: {run:?}");
        assert_eq!(changes(&world), in_their_turns(), "{through}");
    }
}

#[tokio::test]
async fn a_failure_in_the_middle_of_a_runbook_ends_as_the_plan_says() {
    let goes_on = [
        Done,
        Done,
        Done,
        Done,
        Failed,
        Done,
        Done,
        NotExecuted,
        Done,
    ];
    let stops = [
        Done,
        Done,
        Done,
        Done,
        Failed,
        Done,
        NotExecuted,
        NotExecuted,
        NotExecuted,
    ];
    for (on_failure, expected, state) in [
        ("continue", goes_on, RunState::Partial),
        ("stop", stops, RunState::Partial),
        ("roll_back", stops, RunState::Failed),
    ] {
        let world = world().await;
        world.fault(&json!({
            "when": { "op": "snapshot.create", "target": "snapshot/102/cold" },
            "effect": { "task_error": "out of luck" },
        }));
        let input = json!({ "name": "cold-snapshot", "on_failure": on_failure });
        let plan = world.plan("runbooks.run", input).await.unwrap();
        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(states(&run), expected, "{on_failure}: {run:?}");
        assert_eq!(run.state, state, "{on_failure}: {run:?}");
        let power: Vec<String> = GUESTS
            .iter()
            .map(|vmid| world.sim().guest(*vmid).unwrap().status)
            .collect();
        let expected = match on_failure {
            "continue" => ["running", "stopped", "running"],
            "stop" => ["stopped"; 3],
            _ => ["running"; 3],
        };
        assert_eq!(power, expected, "{on_failure}");
        let kept: Vec<bool> = GUESTS
            .iter()
            .map(|vmid| {
                let guest = world.sim().guest(*vmid).unwrap();
                guest.snapshots.contains(&"cold".to_owned())
            })
            .collect();
        let is_kept = on_failure != "roll_back";
        assert_eq!(kept, [is_kept, false, is_kept], "{on_failure}");
    }
}

#[tokio::test]
async fn a_guest_that_is_down_already_is_passed_over_by_the_shutdown_alone() {
    let world = world().await;
    world.outside().stop(102).await;
    let plan = world
        .plan("runbooks.run", json!({ "name": "cold-snapshot" }))
        .await
        .unwrap();
    let steps: Vec<(&str, &str)> = plan
        .steps
        .iter()
        .map(|step| (step.op.as_str(), step.target_name.as_str()))
        .collect();
    assert_eq!(
        steps,
        [
            ("guests.shutdown", "web-101"),
            ("guests.shutdown", "web-103"),
            ("snapshots.create", "web-101"),
            ("snapshots.create", "web-102"),
            ("snapshots.create", "web-103"),
            ("guests.start", "web-101"),
            ("guests.start", "web-102"),
            ("guests.start", "web-103"),
        ]
    );
    let left_out: Vec<&str> = plan.left_out.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(left_out, ["web-102"]);
}

#[tokio::test]
async fn a_runbook_is_rehearsed_in_its_order() {
    let world = world().await;
    let plan = world
        .plan("runbooks.run", json!({ "name": "cold-snapshot" }))
        .await
        .unwrap();
    let rehearse = json!({ "plan": plan.id });
    let told: Value = world
        .app
        .registry
        .query(&World::operator(), "plans.rehearse", rehearse)
        .await
        .unwrap();
    assert_eq!(told["outcome"], json!("succeeds"), "{told}");
}

#[tokio::test]
async fn the_example_of_the_documentation_is_saved_and_planned() {
    let world = world().await;
    let text = include_str!("../../../../docs/examples/runbook.yaml");
    world
        .done("runbooks.create", json!({ "source": text }))
        .await
        .unwrap();
    let input = json!({ "name": "restart-with-a-snapshot", "set": ["guests=101"] });
    let plan = world.plan("runbooks.run", input).await.unwrap();
    let operations: Vec<&str> = plan.steps.iter().map(|step| step.op.as_str()).collect();
    assert_eq!(operations, ["snapshots.create", "guests.reboot"]);
}
