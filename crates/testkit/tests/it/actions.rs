//! Every action on a guest: done and verified, nothing to do, refused, changed meanwhile, failed, answer
//! lost. The truth is what the simulator holds and what it was asked.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use ops::{
    Code, Kind, Plan, Result, Risk, Run, RunState, StepState, Surface, Verdict, gate::Consent,
    ports::Ledger as _,
};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

/// One action on one guest that fits it.
struct Case {
    op: &'static str,
    guest: Guest,
    vmid: u32,
    name: &'static str,
    /// What the simulator calls it.
    call: &'static str,
    verdict: &'static str,
    risk: Risk,
    undo: Option<&'static str>,
}

impl Case {
    fn input(&self) -> Value {
        self.input_for(self.name)
    }

    fn input_for(&self, guest: &str) -> Value {
        match self.op.split_once('.') {
            Some(("snapshots", "create")) => json!({ "guests": [guest], "name": "fresh" }),
            Some(("snapshots", _)) => json!({ "guests": [guest], "name": "before" }),
            _ => json!({ "guests": [guest] }),
        }
    }

    async fn world(&self) -> World {
        World::builder().cluster(self.cluster()).build().await
    }

    fn cluster(&self) -> Cluster {
        Cluster::of(&["pve1", "pve2", "pve3"])
            .guest(self.guest.clone())
            .guest(Guest::vm(900, "bystander", "pve2").running())
    }

    /// The path of its status, which only verifying and looking read.
    fn status_path(&self) -> String {
        let kind = if self.vmid < 200 { "qemu" } else { "lxc" };
        format!("/nodes/pve1/{kind}/{}/status/current", self.vmid)
    }

    /// Everything that was not asked for is as it was.
    fn assert_not_done(&self, world: &World) {
        assert_eq!(world.changes(), Vec::<String>::new(), "{}", self.op);
    }
}

const NO_UNDO: Option<&str> = None;

fn cases() -> Vec<Case> {
    let case = |op, guest, vmid, name, call, verdict, risk, undo| Case {
        op,
        guest,
        vmid,
        name,
        call,
        verdict,
        risk,
        undo,
    };
    let vm = || Guest::vm(101, "web-01", "pve1");
    let container = || Guest::container(201, "cache-01", "pve1");
    vec![
        case(
            "guests.start",
            vm(),
            101,
            "web-01",
            "guest.start guest/101",
            "web-01 is running",
            Risk::Reversible,
            Some("guests.stop"),
        ),
        case(
            "guests.start",
            container(),
            201,
            "cache-01",
            "guest.start guest/201",
            "cache-01 is running",
            Risk::Reversible,
            Some("guests.stop"),
        ),
        case(
            "guests.stop",
            vm().running(),
            101,
            "web-01",
            "guest.stop guest/101",
            "web-01 is stopped",
            Risk::Disruptive,
            Some("guests.start"),
        ),
        case(
            "guests.stop",
            container().running(),
            201,
            "cache-01",
            "guest.stop guest/201",
            "cache-01 is stopped",
            Risk::Disruptive,
            Some("guests.start"),
        ),
        case(
            "guests.shutdown",
            vm().running(),
            101,
            "web-01",
            "guest.shutdown guest/101",
            "web-01 is stopped",
            Risk::Disruptive,
            Some("guests.start"),
        ),
        case(
            "guests.shutdown",
            container().running(),
            201,
            "cache-01",
            "guest.shutdown guest/201",
            "cache-01 is stopped",
            Risk::Disruptive,
            Some("guests.start"),
        ),
        case(
            "guests.reboot",
            vm().running(),
            101,
            "web-01",
            "guest.reboot guest/101",
            "web-01 is running again",
            Risk::Disruptive,
            NO_UNDO,
        ),
        case(
            "guests.reboot",
            container().running(),
            201,
            "cache-01",
            "guest.reboot guest/201",
            "cache-01 is running again",
            Risk::Disruptive,
            NO_UNDO,
        ),
        case(
            "snapshots.create",
            vm().running(),
            101,
            "web-01",
            "snapshot.create snapshot/101/fresh",
            "web-01 has snapshot fresh",
            Risk::Reversible,
            Some("snapshots.delete"),
        ),
        case(
            "snapshots.create",
            container(),
            201,
            "cache-01",
            "snapshot.create snapshot/201/fresh",
            "cache-01 has snapshot fresh",
            Risk::Reversible,
            Some("snapshots.delete"),
        ),
        case(
            "snapshots.delete",
            vm().snapshot("before"),
            101,
            "web-01",
            "snapshot.delete snapshot/101/before",
            "web-01 has no snapshot before any more",
            Risk::Destructive,
            NO_UNDO,
        ),
        case(
            "snapshots.delete",
            container().snapshot("before"),
            201,
            "cache-01",
            "snapshot.delete snapshot/201/before",
            "cache-01 has no snapshot before any more",
            Risk::Destructive,
            NO_UNDO,
        ),
    ]
}

/// What mostly waits need not wait for each other.
async fn side_by_side<F: Future<Output = ()>>(check: impl Fn(Case) -> F) {
    futures_util::future::join_all(cases().into_iter().map(check)).await;
}

fn only_step(run: &Run) -> (RunState, StepState, Option<&str>) {
    assert_eq!(run.steps.len(), 1, "{run:?}");
    (run.state, run.steps[0].state, run.steps[0].error.as_deref())
}

#[tokio::test]
async fn the_cases_cover_every_action_on_guests() {
    let world = World::new().await;
    let actions: BTreeSet<&str> = world
        .app
        .registry
        .entries()
        .filter(|entry| entry.kind() == Kind::Action)
        .map(|entry| entry.name)
        .collect();
    assert_eq!(
        cases().iter().map(|case| case.op).collect::<BTreeSet<_>>(),
        actions
    );
}

#[tokio::test]
async fn every_action_is_planned_carried_out_and_verified() {
    for case in cases() {
        let world = case.world().await;
        let plan = world.plan(case.op, case.input()).await.unwrap();
        case.assert_not_done(&world);
        assert_eq!((plan.op.as_str(), plan.risk), (case.op, case.risk));
        let [step] = plan.steps.as_slice() else {
            panic!("{plan:?}")
        };
        assert_eq!(step.target, format!("main/pve1/{}", case.vmid));
        assert_eq!(
            (step.target_name.as_str(), step.node.as_deref()),
            (case.name, Some("pve1"))
        );
        assert_eq!(step.undo, case.undo.is_some(), "{}", case.op);
        let irreversible = if case.undo.is_some() {
            vec![]
        } else {
            vec!["s1".to_owned()]
        };
        assert_eq!(plan.irreversible, irreversible, "{}", case.op);

        let begun = Instant::now();
        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(
            only_step(&run),
            (RunState::Succeeded, StepState::Done, None),
            "{}",
            case.op
        );
        assert_eq!(run.steps[0].verify, Some(Verdict::ok(case.verdict)));
        assert_eq!(world.changes(), [case.call]);
        let upid = run.steps[0].upid.as_deref().expect("the task is named");
        assert_eq!(world.sim().task(upid).unwrap().exit.as_deref(), Some("OK"));
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{} {:?}",
            case.op,
            begun.elapsed()
        );
        assert_eq!(
            world.app.registry.plan(&plan.id).await.unwrap().run_id,
            Some(run.id)
        );
    }
}

#[tokio::test]
async fn what_can_be_taken_back_is_taken_back_by_a_plan_of_its_own() {
    for case in cases() {
        let Some(inverse) = case.undo else { continue };
        let world = case.world().await;
        let before = world.sim().guest(case.vmid).unwrap();
        world.carry_out(case.op, case.input()).await;
        let input = match case.op {
            "snapshots.create" => json!({ "guests": [case.name], "name": "fresh" }),
            _ => case.input(),
        };
        let run = world.carry_out(inverse, input).await;
        assert_eq!(
            run.state,
            RunState::Succeeded,
            "{inverse} after {}: {run:?}",
            case.op
        );
        let after = world.sim().guest(case.vmid).unwrap();
        assert_eq!(
            (after.status, after.snapshots),
            (before.status, before.snapshots)
        );
    }
}

#[tokio::test]
async fn there_is_nothing_to_do_when_the_guest_is_so_already() {
    let rows: [(&str, Value, Code, &str); 8] = [
        (
            "guests.start",
            json!({ "guests": ["web-01"] }),
            Code::Conflict,
            "nothing to do: web-01 (main/pve1/101) is already running",
        ),
        (
            "guests.stop",
            json!({ "guests": ["db-01"] }),
            Code::Conflict,
            "nothing to do: db-01 (main/pve1/103) is already stopped",
        ),
        (
            "guests.shutdown",
            json!({ "guests": ["cache-02"] }),
            Code::Conflict,
            "nothing to do: cache-02 (main/pve1/202) is already stopped",
        ),
        (
            "guests.reboot",
            json!({ "guests": ["db-01"] }),
            Code::Conflict,
            "nothing to do: db-01 (main/pve1/103) is not running: start it instead",
        ),
        (
            "guests.start",
            json!({ "guests": ["tag=web"] }),
            Code::Conflict,
            "nothing to do: web-01 (main/pve1/101) is already running (and 1 more like it)",
        ),
        (
            "snapshots.create",
            json!({ "guests": ["kept"], "name": "before" }),
            Code::Conflict,
            "kept (main/pve3/104) already has a snapshot `before`",
        ),
        (
            "snapshots.delete",
            json!({ "guests": ["kept"], "name": "gone" }),
            Code::NoMatch,
            "kept (main/pve3/104) has no snapshot `gone`",
        ),
        (
            "guests.start",
            json!({ "guests": ["pattern"] }),
            Code::Conflict,
            "nothing to do: pattern (main/pve3/105) is a template and cannot run: clone it",
        ),
    ];
    let cluster = Cluster::default()
        .guest(Guest::vm(104, "kept", "pve3").snapshot("before"))
        .guest(Guest::vm(105, "pattern", "pve3").with("template", true));
    let world = World::builder().cluster(cluster).build().await;
    for (op, input, code, message) in rows {
        let error = world.plan(op, input).await.unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str()),
            (code, message),
            "{op}"
        );
    }
    assert_eq!(world.app.store.plans(None, 10).await.unwrap(), []);
    assert!(world.sim().calls().is_empty());
}

#[tokio::test]
async fn those_that_fit_are_planned_and_the_others_are_named_as_left_out() {
    let world = World::new().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["101-103"] }))
        .await
        .unwrap();
    let targets: Vec<&str> = plan.steps.iter().map(|step| step.target.as_str()).collect();
    assert_eq!(targets, ["main/pve1/101", "main/pve2/102"]);
    let left_out: Vec<&str> = plan
        .preflight
        .iter()
        .filter(|signal| signal.signal == "left_out")
        .map(|signal| signal.text.as_str())
        .collect();
    assert_eq!(
        left_out,
        ["left out: db-01 (main/pve1/103) is already stopped"]
    );
    assert_eq!(plan.summary, "stop 2 guests: web-01, web-02");
}

#[tokio::test]
async fn unknown_and_ambiguous_guests_are_never_guessed() {
    for case in cases() {
        let cluster = case
            .cluster()
            .guest(Guest::vm(301, "twin", "pve1").running())
            .guest(Guest::vm(302, "twin", "pve2").running());
        let world = World::builder().cluster(cluster).build().await;
        let error = world
            .plan(case.op, case.input_for("nobody"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str(), error.hint.as_deref()),
            (
                Code::NoMatch,
                "no guest fits `nobody`",
                Some("`inventory.list` shows what there is")
            )
        );
        let error = world
            .plan(case.op, case.input_for("twin"))
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::Ambiguous, "{}", case.op);
        assert_eq!(
            error.candidates,
            [
                json!({ "reference": "main/pve1/301", "name": "twin" }),
                json!({ "reference": "main/pve2/302", "name": "twin" })
            ]
        );
        for (bad, code) in [
            (json!({ "guests": [] }), Code::InvalidInput),
            (json!({ "guests": [""] }), Code::InvalidInput),
            (json!({ "guests": ["tag>3"] }), Code::InvalidInput),
            (
                json!({ "guests": [case.name], "nonsense": 1 }),
                Code::InvalidInput,
            ),
            (json!({ "guests": case.name }), Code::InvalidInput),
            (json!([1]), Code::InvalidInput),
            (Value::Null, Code::InvalidInput),
        ] {
            let mut input = bad.clone();
            if case.op.starts_with("snapshots")
                && let Some(fields) = input.as_object_mut()
            {
                fields.insert("name".to_owned(), json!("before"));
            }
            let error = world.plan(case.op, input).await.unwrap_err();
            assert_eq!(error.code, code, "{} {bad}: {error}", case.op);
        }
        case.assert_not_done(&world);
    }
}

#[tokio::test]
async fn a_locked_guest_is_refused_with_what_to_do() {
    for case in cases() {
        let locked = Case {
            guest: case.guest.clone().with("lock", "backup"),
            ..case
        };
        let world = locked.world().await;
        let error = world.plan(locked.op, locked.input()).await.unwrap_err();
        let (tool, node) = if locked.vmid < 200 {
            ("qm", "pve1")
        } else {
            ("pct", "pve1")
        };
        assert_eq!(
            (error.code, error.message, error.hint),
            (
                Code::Conflict,
                format!(
                    "{} (main/pve1/{}) is locked (backup)",
                    locked.name, locked.vmid
                ),
                Some(format!(
                    "wait for the task that holds the lock; if none runs, `{tool} unlock {}` on node {node} removes it",
                    locked.vmid
                ))
            ),
            "{}",
            locked.op
        );
        locked.assert_not_done(&world);
    }
}

#[tokio::test]
async fn a_guest_of_a_node_that_is_away_is_not_planned_for() {
    for case in cases() {
        let world = case.world().await;
        world.sim().set_node_online("pve1", false);
        let error = world.plan(case.op, case.input()).await.unwrap_err();
        assert_eq!(error.code, Code::ClusterUnreachable, "{}: {error}", case.op);
        assert!(error.message.contains("pve1"), "{error}");
        assert!(error.hint.is_some());
        case.assert_not_done(&world);
    }
}

#[tokio::test]
async fn a_cluster_that_is_down_is_not_planned_for() {
    for case in cases() {
        let mut world = case.world().await;
        world.query("inventory.list", json!({})).await.unwrap();
        world.cluster_down().await;
        // What is known of it is too old for a plan by then.
        world.clock.advance(Duration::from_secs(10));
        let error = world.plan(case.op, case.input()).await.unwrap_err();
        assert_eq!(error.code, Code::ClusterUnreachable, "{}: {error}", case.op);
        assert!(
            error.message.starts_with("cluster main cannot be reached"),
            "{error}"
        );
        assert_eq!(world.app.store.plans(None, 10).await.unwrap(), []);
    }
}

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
                "the cluster changed since the plan was made: web-01 (main/pve1/101): status was \
                 running and is now stopped"
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
    world.sim().clock().advance(Duration::from_secs(60));
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

#[tokio::test]
async fn a_snapshot_of_a_guest_without_snapshots_is_refused_before_anything_is_asked() {
    let cluster = Cluster::default().guest(Guest::vm(104, "raw", "pve1").without_snapshots());
    let world = World::builder().cluster(cluster).build().await;
    let input = json!({ "guests": ["raw"], "name": "fresh" });
    let error = world.plan("snapshots.create", input).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::Conflict,
            "raw (main/pve1/104) cannot be snapshotted: its storage does not support it"
        )
    );
    for bad in ["", "1st", "a b", "current", "../x", &"n".repeat(41)] {
        let input = json!({ "guests": ["web-01"], "name": bad });
        let error = world.plan("snapshots.create", input).await.unwrap_err();
        assert_eq!(error.code, Code::InvalidInput, "{bad}");
    }
    assert!(world.sim().calls().is_empty());
}

#[tokio::test]
async fn signals_name_what_a_person_should_know() -> Result<()> {
    let cluster = Cluster::of(&["pve1", "pve2"])
        .guest(
            Guest::vm(101, "shop", "pve1")
                .running()
                .tags(&["prod"])
                .with("protection", true),
        )
        .guest(Guest::vm(102, "plain", "pve1").running())
        .highly_available("vm:101");
    let world = World::builder().cluster(cluster).build().await;
    let plan = world
        .plan("guests.reboot", json!({ "guests": ["101-102"] }))
        .await?;
    let signals: Vec<(&str, Option<&str>)> = plan
        .preflight
        .iter()
        .map(|signal| (signal.signal.as_str(), signal.target.as_deref()))
        .collect();
    assert_eq!(
        signals,
        [
            ("ha_managed", Some("main/pve1/101")),
            ("prod", Some("main/pve1/101")),
            ("protected", Some("main/pve1/101")),
            ("check_skipped", None),
        ]
    );
    assert_eq!(plan.steps[0].interruption_s, Some(60));
    Ok(())
}

#[tokio::test]
async fn several_snapshots_are_confirmed_by_verb_and_number() {
    let cluster = Cluster::of(&["pve1"])
        .guest(Guest::vm(101, "a", "pve1").snapshot("old"))
        .guest(Guest::vm(102, "b", "pve1").snapshot("old"));
    let world = World::builder().cluster(cluster).build().await;
    let input = json!({ "guests": ["101-102"], "name": "old" });
    let plan = world.plan("snapshots.delete", input).await.unwrap();
    assert_eq!(plan.confirm.as_ref().unwrap().text, "delete 2");
    let wrong = Consent {
        confirm: Some("a".to_owned()),
        ..World::consent(&plan, World::actor(ops::Role::Admin, Surface::Web))
    };
    let error = world
        .app
        .registry
        .approve(&plan.id, wrong)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::ConfirmMismatch);
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded);
    assert_eq!(
        world.sim().guest(101).unwrap().snapshots,
        Vec::<String>::new()
    );
    assert_eq!(
        world.sim().guest(102).unwrap().snapshots,
        Vec::<String>::new()
    );
}
