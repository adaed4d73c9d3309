//! One guest that cannot be worked on does not refuse a wish for many: it is left out, and everybody is told
//! why, before consent and afterwards.

use ops::{Because, Code, LeftOut, Plan, RunState};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

/// The same operation on a guest that fits and on one that does not.
struct Case {
    op: &'static str,
    input: Value,
    fits: Guest,
    does_not: Guest,
    because: Because,
    reason: &'static str,
}

fn case(
    op: &'static str,
    input: Value,
    fits: Guest,
    does_not: Guest,
    reason: &'static str,
) -> Case {
    Case {
        op,
        input,
        fits,
        does_not,
        because: if reason.starts_with("is on") || reason.starts_with("is already") {
            Because::Already
        } else {
            Because::Unfit
        },
        reason,
    }
}

fn good() -> Guest {
    Guest::vm(101, "good", "pve1")
}

fn bad() -> Guest {
    Guest::vm(102, "bad", "pve2")
}

fn locked() -> Guest {
    bad().with("lock", "snapshot")
}

const LOCKED: &str = "is locked (snapshot)";

fn cases() -> Vec<Case> {
    let template = || bad().with("template", true);
    let on = || good().running();
    let mut cases = vec![
        case(
            "guests.start",
            json!({}),
            good(),
            bad().running(),
            "is already running",
        ),
        case(
            "guests.start",
            json!({}),
            good(),
            template(),
            "is a template and cannot run: clone it",
        ),
        case(
            "guests.reboot",
            json!({}),
            on(),
            bad(),
            "is not running: start it instead",
        ),
        case("guests.suspend", json!({}), on(), bad(), "does not run"),
        case(
            "guests.reset",
            json!({}),
            on(),
            Guest::container(102, "bad", "pve2").running(),
            "is a container, which has no reset button",
        ),
        case(
            "guests.delete",
            json!({}),
            good(),
            bad().with("protection", true),
            "is protected against deletion",
        ),
        case(
            "guests.delete",
            json!({}),
            good(),
            bad().running(),
            "is not stopped",
        ),
        case(
            "guests.template",
            json!({}),
            good(),
            bad().snapshot("old"),
            "has 1 snapshot and cannot become a template",
        ),
        case(
            "guests.resize",
            json!({ "disk": "scsi0", "size": "10G" }),
            good(),
            bad().with(
                "disks",
                json!([{ "key": "scsi0", "storage": "fast", "size_gb": 20.0 }]),
            ),
            "has 20G at `scsi0`: a disk cannot shrink to 10G",
        ),
        case(
            "guests.migrate",
            json!({ "target": "pve2" }),
            good(),
            bad(),
            "is on pve2 already",
        ),
        case(
            "snapshots.create",
            json!({ "name": "before" }),
            good(),
            bad().snapshot("before"),
            "already has a snapshot `before`",
        ),
        case(
            "snapshots.delete",
            json!({ "name": "old" }),
            good().snapshot("old"),
            bad(),
            "has no snapshot `old`",
        ),
        case(
            "snapshots.rollback",
            json!({ "name": "old" }),
            good().snapshot("old"),
            bad(),
            "has no snapshot `old`",
        ),
    ];
    // Whoever is locked is left out of whatever changes it.
    for (op, input, fits, does_not) in [
        ("guests.start", json!({}), good(), locked()),
        ("guests.stop", json!({}), on(), locked().running()),
        ("guests.shutdown", json!({}), on(), locked().running()),
        ("guests.reboot", json!({}), on(), locked().running()),
        ("guests.suspend", json!({}), on(), locked().running()),
        ("guests.tag", json!({ "add": ["new"] }), good(), locked()),
        ("guests.notes", json!({ "text": "hello" }), good(), locked()),
        ("guests.protect", json!({}), good(), locked()),
        ("guests.edit", json!({ "cores": 4 }), good(), locked()),
        (
            "guests.config",
            json!({ "set": ["onboot=1"] }),
            good(),
            locked(),
        ),
        ("guests.startup", json!({ "order": 3 }), good(), locked()),
        (
            "guests.rename",
            json!({ "name": "vm-{id}" }),
            good(),
            locked(),
        ),
        ("guests.delete", json!({}), good(), locked()),
        ("guests.clone", json!({}), good(), locked()),
        ("guests.template", json!({}), good(), locked()),
        (
            "guests.resize",
            json!({ "disk": "scsi0", "size": "+1G" }),
            good(),
            locked(),
        ),
        (
            "guests.move_disk",
            json!({ "disk": "scsi0", "storage": "plain" }),
            good(),
            locked(),
        ),
        (
            "guests.migrate",
            json!({ "target": "pve3" }),
            good(),
            locked(),
        ),
        (
            "snapshots.create",
            json!({ "name": "before" }),
            good(),
            locked(),
        ),
        (
            "snapshots.delete",
            json!({ "name": "old" }),
            good().snapshot("old"),
            locked().snapshot("old"),
        ),
        (
            "snapshots.rollback",
            json!({ "name": "old" }),
            good().snapshot("old"),
            locked().snapshot("old"),
        ),
        (
            "snapshots.prune",
            json!({ "keep_last": 0 }),
            good().snapshot("auto-1"),
            locked().snapshot("auto-1"),
        ),
    ] {
        cases.push(case(op, input, fits, does_not, LOCKED));
    }
    cases
}

fn with_guests(input: &Value, guests: &[&str]) -> Value {
    let mut input = input.clone();
    input["guests"] = json!(guests);
    input
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.steps
        .iter()
        .map(|step| step.target_name.as_str())
        .collect()
}

#[tokio::test]
async fn of_many_the_unfit_one_is_left_out_and_alone_it_is_refused() {
    for case in cases() {
        let what = format!("{} and {}", case.op, case.reason);
        let cluster = Cluster::of(&["pve1", "pve2", "pve3"])
            .guest(case.fits)
            .guest(case.does_not);
        let world = World::builder()
            .cluster(cluster)
            .without_background()
            .build()
            .await;
        let plan = world
            .plan(case.op, with_guests(&case.input, &["101-102"]))
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(names(&plan), ["good"], "{what}");
        let [left] = plan.left_out.as_slice() else {
            panic!("{what}: {:?}", plan.left_out);
        };
        assert_eq!(
            (
                left.target.as_str(),
                left.name.as_str(),
                left.because,
                left.reason.as_str()
            ),
            ("main/pve2/102", "bad", case.because, case.reason),
            "{what}"
        );
        // What a surface shows.
        let view = plan.to_view();
        assert_eq!(view["left_out"][0]["reason"], json!(case.reason), "{what}");

        let refused = world
            .plan(case.op, with_guests(&case.input, &["102"]))
            .await
            .expect_err(&what);
        assert!(
            refused
                .message
                .contains(&format!("bad (main/pve2/102) {}", case.reason)),
            "{what}: {refused}"
        );
        assert_eq!(refused.left_out.len(), 1, "{what}: {refused:?}");
        assert!(world.changes().is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_guest_whose_node_is_not_there_is_left_out() {
    let cluster = Cluster::of(&["pve1", "pve2", "pve3"])
        .guest(good().running())
        .guest(bad().running());
    let world = World::builder()
        .cluster(cluster)
        .without_background()
        .build()
        .await;
    world.sim().set_node_online("pve2", false);
    let plan = world
        .plan("guests.stop", json!({ "guests": ["101-102"] }))
        .await
        .unwrap();
    assert_eq!(names(&plan), ["good"]);
    assert_eq!(
        plan.left_out[0].reason,
        "cannot be planned: bad is on node pve2, which is not online"
    );
    let refused = world
        .plan("guests.stop", json!({ "guests": ["102"] }))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::ClusterUnreachable);
}

#[tokio::test]
async fn where_nobody_is_left_all_reasons_are_told() {
    let cluster = Cluster::of(&["pve1"])
        .guest(Guest::vm(101, "a", "pve1"))
        .guest(
            Guest::vm(102, "b", "pve1")
                .running()
                .with("lock", "snapshot"),
        )
        .guest(Guest::vm(103, "c", "pve1"))
        .guest(Guest::vm(104, "d", "pve1").with("template", true));
    let world = World::builder().cluster(cluster).build().await;
    let error = world
        .plan("guests.stop", json!({ "guests": ["101-104"] }))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Conflict);
    assert_eq!(
        error.message,
        "nothing to do: a (main/pve1/101) is already stopped (and 1 more like it); d (main/pve1/104) is a template \
         and cannot run: clone it; b (main/pve1/102) is locked (snapshot)"
    );
    assert_eq!(error.left_out.len(), 4);
    assert!(error.hint.unwrap().contains("qm unlock 102"));
}

#[tokio::test]
async fn whom_our_user_may_not_touch_is_left_out_before_anything_is_asked() {
    let cluster = Cluster::of(&["pve1"])
        .guest(Guest::vm(101, "ours", "pve1").running())
        .guest(Guest::vm(102, "theirs", "pve1").running())
        .user("ops@pve", "PVEVMAdmin");
    let world = World::builder()
        .cluster(cluster)
        .as_the_worlds_user()
        .without_background()
        .build()
        .await;
    let input = json!({ "guests": ["101-102"] });
    let plan = world.plan("guests.stop", input.clone()).await.unwrap();
    assert_eq!(names(&plan), ["ours", "theirs"]);
    world.outside().take_rights("ops@pve", 102).await;
    world.clock.advance(std::time::Duration::from_secs(61));
    let plan = world.plan("guests.stop", input).await;
    match plan {
        // A user without any right on a guest does not even see it.
        Err(error) => assert_eq!(error.code, Code::NoMatch, "{error}"),
        Ok(plan) => {
            assert_eq!(names(&plan), ["ours"]);
            assert!(
                plan.left_out.is_empty() || plan.left_out[0].reason.contains("VM.PowerMgmt"),
                "{:?}",
                plan.left_out
            );
        }
    }
}

#[tokio::test]
async fn what_was_left_out_stands_in_the_receipt_and_is_part_of_what_was_consented_to() {
    let cluster = Cluster::of(&["pve1"])
        .guest(Guest::vm(101, "a", "pve1").running())
        .guest(
            Guest::vm(102, "b", "pve1")
                .running()
                .with("lock", "snapshot"),
        );
    let world = World::builder().cluster(cluster).build().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["101-102"] }))
        .await
        .unwrap();
    let hidden = Plan {
        left_out: Vec::new(),
        ..plan.clone()
    };
    assert_ne!(hidden.compute_digest(), plan.digest);
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!((run.state, run.steps.len()), (RunState::Succeeded, 1));
    let receipt = world
        .query("runs.receipt", json!({ "run": run.id }))
        .await
        .unwrap();
    assert_eq!(receipt["left_out"], json!(plan.left_out));
    assert_eq!(receipt["left_out"][0]["reason"], json!(LOCKED));
}

#[tokio::test]
async fn a_node_is_evacuated_without_whom_it_must_keep_but_not_rebooted_under_them() {
    let cluster = Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "a", "pve1").running())
        .guest(
            Guest::vm(102, "b", "pve1")
                .running()
                .with("lock", "snapshot"),
        );
    let world = World::builder().cluster(cluster).build().await;
    let plan = world
        .plan("nodes.evacuate", json!({ "node": "pve1" }))
        .await
        .unwrap();
    assert_eq!(names(&plan), ["a"]);
    let left: Vec<String> = plan.left_out.iter().map(LeftOut::sentence).collect();
    assert_eq!(left, ["b is locked (snapshot)"]);
    let error = world
        .plan("nodes.reboot", json!({ "node": "pve1", "evacuate": true }))
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "b is locked (snapshot), and the rest rests on it"
    );
    assert_eq!(error.left_out.len(), 1);
}

#[tokio::test]
async fn who_cannot_be_taken_back_any_more_does_not_keep_the_others_as_they_are() {
    let cluster = Cluster::of(&["pve1"])
        .guest(Guest::vm(101, "a", "pve1").running())
        .guest(Guest::vm(102, "b", "pve1").running());
    let world = World::builder().cluster(cluster).build().await;
    let run = world
        .carry_out("guests.stop", json!({ "guests": ["101-102"] }))
        .await;
    world.outside().start(101).await;
    let plan = world
        .plan("runs.undo", json!({ "run": run.id }))
        .await
        .unwrap();
    assert_eq!(names(&plan), ["b"]);
    let left: Vec<String> = plan.left_out.iter().map(LeftOut::sentence).collect();
    assert_eq!(left, ["a is already running"]);
}
