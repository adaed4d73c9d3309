//! Every action on a guest: done and verified, nothing to do, refused before anything is asked.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use ops::{
    Code, Kind, Result, RunState, StepState, Surface, Verdict, gate::Consent, ports::Ledger as _,
};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

use crate::cases::{Case, cases, only_step};

#[tokio::test]
async fn the_cases_cover_every_action_on_guests() {
    let world = World::new().await;
    let actions: BTreeSet<&str> = world
        .app
        .registry
        .entries()
        // Raw calls, the way back, places and policies know no guests by name; they have tests of their own.
        .filter(|entry| entry.kind() == Kind::Action)
        .filter(|entry| ["guests", "snapshots"].contains(&entry.noun_verb().0))
        .filter(|entry| !entry.name.ends_with("_policy"))
        .map(|entry| entry.name)
        .collect();
    let covered: BTreeSet<&str> = cases()
        .iter()
        .map(|case| case.op)
        .chain(crate::guest_rows::rows().iter().map(|row| row.op))
        .collect();
    assert_eq!(covered, actions);
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
    assert_eq!(
        plan.left_out,
        [ops::LeftOut {
            target: "main/pve1/103".to_owned(),
            name: "db-01".to_owned(),
            because: ops::Because::Already,
            reason: "is already stopped".to_owned(),
            hint: None,
        }]
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
                Some("list the guests to see what there is")
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
            guest: case.guest.clone().with("lock", "snapshot"),
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
                    "{} (main/pve1/{}) is locked (snapshot)",
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
