//! Going back to snapshots, pruning them, and doing both by rule.

use ops::{Code, Plan, Risk, RunState, StepState};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

fn signals(plan: &Plan) -> Vec<(&str, &str)> {
    plan.preflight
        .iter()
        .map(|signal| (signal.signal.as_str(), signal.text.as_str()))
        .collect()
}

fn steps(plan: &Plan) -> Vec<(&str, &str, Risk, bool)> {
    plan.steps
        .iter()
        .map(|step| (step.op.as_str(), step.title.as_str(), step.risk, step.undo))
        .collect()
}

/// `web-01` runs and has two snapshots of its own disks.
fn two_snapshots(storage: &str) -> Cluster {
    Cluster::of(&["pve1", "pve2"])
        .storage("tank", "zfspool", &json!({}))
        .guest(
            Guest::vm(101, "web-01", "pve1")
                .running()
                .on_storage(storage)
                .snapshot_of("old", "2025-03-01T02:00:00Z", false)
                .snapshot_of("young", "2025-03-02T02:00:00Z", false),
        )
}

#[tokio::test]
async fn a_rollback_says_what_is_lost_what_stays_and_that_the_guest_stays_off() {
    let world = World::builder()
        .cluster(two_snapshots("fast"))
        .build()
        .await;
    let input = json!({ "guests": ["web-01"], "name": "old" });
    let plan = world.plan("snapshots.rollback", input).await.unwrap();
    assert_eq!(plan.summary, "put web-01 back to snapshot `old`");
    let told = signals(&plan);
    let lost = told
        .iter()
        .find(|(signal, _)| *signal == "data_lost")
        .unwrap();
    assert!(
        lost.1.starts_with("what web-01 wrote since `old` (")
            && lost.1.ends_with("is lost for good"),
        "{lost:?}"
    );
    assert!(
        told.contains(&("younger_stay", "1 younger snapshot stays: young")),
        "{told:?}"
    );
    assert!(
        told.contains(&(
            "interrupted",
            "web-01 is stopped and stays off: `start` starts it again"
        )),
        "{told:?}"
    );
    assert_eq!(plan.irreversible, ["s1"]);
    assert_eq!(plan.confirm.as_ref().unwrap().text, "web-01");
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let guest = world.sim().guest(101).unwrap();
    assert_eq!(
        (guest.status.as_str(), guest.snapshots),
        ("stopped", vec!["old".to_owned(), "young".to_owned()])
    );
}

#[tokio::test]
async fn memory_or_the_wish_to_start_decides_whether_the_guest_runs_afterwards() {
    for (with_ram, start, text) in [
        (
            true,
            false,
            "web-01 is stopped and goes on with the memory of the snapshot",
        ),
        (false, true, "web-01 is stopped and started again"),
    ] {
        let cluster =
            Cluster::of(&["pve1"]).guest(Guest::vm(101, "web-01", "pve1").running().snapshot_of(
                "old",
                "2025-03-01T02:00:00Z",
                with_ram,
            ));
        let world = World::builder().cluster(cluster).build().await;
        let input = json!({ "guests": ["web-01"], "name": "old", "start": start });
        let plan = world.plan("snapshots.rollback", input).await.unwrap();
        assert!(signals(&plan).contains(&("interrupted", text)), "{plan:?}");
        assert_eq!(plan.steps[0].interruption_s, Some(60));
        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(
            run.steps[0].verify.as_ref().unwrap().text,
            "web-01 is back at snapshot old and running"
        );
    }
}

#[tokio::test]
async fn zfs_goes_back_to_the_newest_only_and_the_plan_says_so_before_the_node_would() {
    let world = World::builder()
        .cluster(two_snapshots("tank"))
        .build()
        .await;
    let back = |name: &str| json!({ "guests": ["web-01"], "name": name });
    let error = world
        .plan("snapshots.rollback", back("old"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str(), error.hint.as_deref()),
        (
            Code::Conflict,
            "web-01 (main/pve1/101) cannot go back to `old`: storage tank only goes back to the newest \
             snapshot, and `young` came later",
            Some("delete `young` first, or clone the guest from `old`")
        )
    );
    let input = json!({ "guests": ["web-01"], "name": "young", "safety": true });
    let error = world.plan("snapshots.rollback", input).await.unwrap_err();
    assert_eq!(
        error.message,
        "web-01 (main/pve1/101) cannot get a safety snapshot: storage tank only goes back to its newest \
         snapshot"
    );
    assert!(world.sim().calls().is_empty());

    let run = world.carry_out("snapshots.rollback", back("young")).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    // The refusal is no invention: the simulator, like a node, refuses inside the task.
    let call = json!({ "path": "/nodes/pve1/qemu/101/snapshot/old/rollback" });
    let run = world.carry_out("pve.create", call).await;
    assert_eq!(
        run.steps[0].error.as_deref(),
        Some("can't rollback, 'old' is not most recent snapshot on 'vm-101-disk-0'")
    );
}

#[tokio::test]
async fn a_safety_snapshot_comes_first_and_is_the_way_back() {
    let world = World::builder()
        .cluster(two_snapshots("fast"))
        .build()
        .await;
    let input = json!({ "guests": ["web-01"], "name": "old", "safety": true });
    let plan = world.plan("snapshots.rollback", input).await.unwrap();
    let titles: Vec<(&str, &str, Risk, bool)> = steps(&plan);
    assert_eq!(titles.len(), 2);
    assert!(
        titles[0]
            .1
            .starts_with("Snapshot web-01 (101) as before-rollback-")
    );
    assert_eq!((titles[0].2, titles[0].3), (Risk::Reversible, true));
    assert_eq!(
        titles[1],
        (
            "snapshots.rollback",
            "Put web-01 (101) back to old",
            Risk::Destructive,
            true
        )
    );
    assert_eq!(plan.steps[1].depends_on, ["s1"]);
    assert_eq!(plan.irreversible, Vec::<String>::new());
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(world.sim().guest(101).unwrap().status, "stopped");

    let back = world.carry_out("runs.undo", json!({ "run": run.id })).await;
    assert_eq!(back.state, RunState::Succeeded, "{back:?}");
    let guest = world.sim().guest(101).unwrap();
    assert_eq!(
        (guest.status.as_str(), guest.snapshots),
        ("running", vec!["old".to_owned(), "young".to_owned()])
    );
}

#[tokio::test]
async fn when_the_safety_snapshot_fails_nothing_is_rolled_back() {
    let world = World::builder()
        .cluster(two_snapshots("fast"))
        .build()
        .await;
    world.fault(&json!({
        "when": { "op": "snapshot.create", "target": "*" },
        "effect": { "task_error": "no space left on device" },
    }));
    let input = json!({ "guests": ["web-01"], "name": "old", "safety": true });
    let run = world.carry_out("snapshots.rollback", input).await;
    let states: Vec<StepState> = run.steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [StepState::Failed, StepState::NotExecuted]);
    assert_eq!(world.sim().guest(101).unwrap().status, "running");
    assert_eq!(world.changes().len(), 1);
}

#[tokio::test]
async fn a_snapshot_that_was_made_anew_is_another_one() {
    let world = World::builder()
        .cluster(two_snapshots("fast"))
        .build()
        .await;
    let input = json!({ "guests": ["web-01"], "name": "young" });
    let plan = world.plan("snapshots.rollback", input).await.unwrap();
    world
        .carry_out(
            "snapshots.delete",
            json!({ "guests": ["web-01"], "name": "young" }),
        )
        .await;
    world.outside().snapshot(101, "young").await;
    let error = world.approve(&plan).await.unwrap_err();
    assert_eq!(error.code, Code::PreconditionChanged);
    assert!(
        error
            .difference
            .iter()
            .any(|difference| difference.field == "snapshot"),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_tree_shows_what_builds_on_what_and_where_the_guest_stands() {
    let world = World::builder()
        .cluster(two_snapshots("fast"))
        .build()
        .await;
    world
        .carry_out(
            "snapshots.rollback",
            json!({ "guests": ["web-01"], "name": "old" }),
        )
        .await;
    world
        .carry_out(
            "snapshots.create",
            json!({ "guests": ["web-01"], "name": "branch" }),
        )
        .await;
    let answer = world.query("snapshots.tree", json!({})).await.unwrap();
    assert_eq!(answer["not_read"], json!([]));
    let rows: Vec<Value> = answer["guests"][0]["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            json!([
                row["name"],
                row["depth"],
                row["current"],
                row["age_s"].is_u64()
            ])
        })
        .collect();
    assert_eq!(
        json!(rows),
        json!([
            ["old", 0, false, true],
            ["young", 1, false, true],
            ["branch", 1, true, true]
        ])
    );
}

#[tokio::test]
async fn pruning_lists_every_snapshot_that_goes_and_leaves_those_of_people() {
    let nightly = |vmid, name: &str| {
        Guest::vm(vmid, name, "pve1")
            .tags(&["web"])
            .snapshot_of("auto-1", "2025-02-01T02:00:00Z", false)
            .snapshot_of("auto-2", "2025-02-02T02:00:00Z", false)
            .snapshot_of("before-update", "2025-01-01T02:00:00Z", false)
            .snapshot_of("auto-3", "2025-02-03T02:00:00Z", false)
    };
    let cluster = Cluster::of(&["pve1"])
        .guest(nightly(101, "web-01"))
        .guest(nightly(102, "web-02"));
    let world = World::builder().cluster(cluster).build().await;
    let input = json!({ "guests": ["tag=web"], "keep_last": 1 });
    let plan = world.plan("snapshots.prune", input.clone()).await.unwrap();
    assert_eq!(
        plan.summary,
        "prune 4 snapshots `auto-…` of 2 guests: web-01, web-02"
    );
    let titles: Vec<&str> = plan.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Delete snapshot auto-1 of web-01 (101)",
            "Delete snapshot auto-2 of web-01 (101)",
            "Delete snapshot auto-1 of web-02 (102)",
            "Delete snapshot auto-2 of web-02 (102)",
        ]
    );
    assert_eq!(plan.steps[1].depends_on, ["s1"]);
    assert_eq!(plan.confirm.as_ref().unwrap().text, "prune 4");
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    for vmid in [101, 102] {
        assert_eq!(
            world.sim().guest(vmid).unwrap().snapshots,
            ["auto-3", "before-update"]
        );
    }
    let error = world.plan("snapshots.prune", input).await.unwrap_err();
    assert_eq!(
        error.message,
        "nothing to do: no snapshot `auto-…` of 2 guests: web-01, web-02 is due"
    );
    for bad in [
        json!({ "guests": ["tag=web"] }),
        json!({ "guests": ["tag=web"], "keep_last": 1, "prefix": "" }),
    ] {
        assert_eq!(
            world.plan("snapshots.prune", bad).await.unwrap_err().code,
            Code::InvalidInput
        );
    }
}

fn policy(name: &str) -> Value {
    json!({ "name": name, "guests": ["tag=web"], "schedule": "02:30", "keep": 2 })
}

#[tokio::test]
async fn a_policy_is_set_changed_ended_and_each_can_be_taken_back() {
    let world = World::new().await;
    let set = world
        .carry_out("snapshots.set_policy", policy("nightly"))
        .await;
    assert_eq!(set.state, RunState::Succeeded, "{set:?}");
    let mut changed = policy("nightly");
    changed["keep"] = json!(7);
    let change = world.carry_out("snapshots.set_policy", changed).await;
    let listed = || async {
        let answer = world.query("snapshots.policies", json!({})).await.unwrap();
        answer["policies"].clone()
    };
    let mut want = json!([{
        "name": "nightly", "guests": ["tag=web"], "schedule": "02:30", "keep": 7,
        "prefix": "auto-nightly-", "memory": false, "quiesce": false,
    }]);
    assert_eq!(listed().await, want);
    world
        .carry_out("runs.undo", json!({ "run": change.id }))
        .await;
    want[0]["keep"] = json!(2);
    assert_eq!(listed().await, want);
    let ended = world
        .carry_out("snapshots.delete_policy", json!({ "name": "nightly" }))
        .await;
    assert_eq!(listed().await, json!([]));
    world
        .carry_out("runs.undo", json!({ "run": ended.id }))
        .await;
    assert_eq!(listed().await, want);
    world.carry_out("runs.undo", json!({ "run": set.id })).await;
    assert_eq!(listed().await, json!([]));
}

#[tokio::test]
async fn a_policy_that_makes_no_sense_is_refused_in_one_sentence() {
    let world = World::new().await;
    world
        .carry_out("snapshots.set_policy", policy("nightly"))
        .await;
    let with = |field: &str, value: Value| {
        let mut input = policy("weekly");
        input[field] = value;
        input
    };
    let rows = [
        (
            with("schedule", json!("25 o'clock")),
            "schedule: no calendar event from ` o'clock` on; write it as PVE does: ",
        ),
        (with("keep", json!(0)), "policy `weekly` keeps 0 snapshots"),
        (with("guests", json!([])), "policy `weekly` names no guest"),
        (with("guests", json!(["tag>3"])), "`tag>3` is no selector"),
        (with("name", json!("a b")), "`a b` is no name for a policy"),
        (
            with("prefix", json!("1-")),
            "`1-` cannot begin the names of snapshots",
        ),
        (
            with("prefix", json!("auto-")),
            "policy `weekly` would prune the snapshots of policy `nightly`",
        ),
        (
            policy("nightly"),
            "nothing to do: snapshot policy `nightly` is so already",
        ),
    ];
    for (input, text) in rows {
        let error = world.plan("snapshots.set_policy", input).await.unwrap_err();
        assert!(error.message.starts_with(text), "{text}: {error}");
    }
    let error = world
        .plan("snapshots.apply_policy", json!({ "policy": "daily" }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.hint.as_deref()),
        (Code::NotFound, Some("there are nightly"))
    );
}

#[tokio::test]
async fn applying_a_policy_takes_one_snapshot_and_removes_the_oldest_of_its_own() {
    let cluster = Cluster::of(&["pve1"])
        .guest(
            Guest::vm(101, "web-01", "pve1")
                .running()
                .tags(&["web"])
                .snapshot_of("auto-nightly-1", "2025-02-01T02:00:00Z", false)
                .snapshot_of("auto-nightly-2", "2025-02-02T02:00:00Z", false)
                .snapshot_of("mine", "2025-01-02T02:00:00Z", false),
        )
        .guest(Guest::container(201, "web-02", "pve1").tags(&["web"]))
        .guest(
            Guest::vm(103, "web-03", "pve1")
                .tags(&["web"])
                .with("lock", "snapshot"),
        )
        .guest(
            Guest::vm(104, "web-04", "pve1")
                .tags(&["web"])
                .with("template", true),
        );
    let world = World::builder().cluster(cluster).build().await;
    world
        .carry_out("snapshots.set_policy", policy("nightly"))
        .await;
    let plan = world
        .plan("snapshots.apply_policy", json!({ "policy": "nightly" }))
        .await
        .unwrap();
    assert_eq!(
        plan.summary,
        "apply snapshot policy nightly to 2 guests: web-01, web-02"
    );
    let left_out: Vec<String> = plan.left_out.iter().map(ops::LeftOut::sentence).collect();
    assert_eq!(
        left_out,
        [
            "web-03 is locked (snapshot)",
            "web-04 is a template: templates have no snapshots"
        ]
    );
    let ops: Vec<(&str, &str)> = plan
        .steps
        .iter()
        .map(|step| (step.op.as_str(), step.target_name.as_str()))
        .collect();
    assert_eq!(
        ops,
        [
            ("snapshots.create", "web-01"),
            ("snapshots.create", "web-02"),
            ("snapshots.prune", "web-01")
        ]
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let kept = world.sim().guest(101).unwrap().snapshots;
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(kept.contains(&"auto-nightly-2".to_owned()) && kept.contains(&"mine".to_owned()));
}

#[tokio::test]
async fn a_guest_whose_files_cannot_be_frozen_is_refused_on_demand_and_named_otherwise() {
    let cluster = Cluster::of(&["pve1"])
        .guest(
            Guest::vm(101, "bare", "pve1")
                .running()
                .with("agent", false),
        )
        .guest(Guest::container(201, "box", "pve1").running());
    let world = World::builder().cluster(cluster).build().await;
    let input = |guest: &str, quiesce: bool| json!({ "guests": [guest], "name": "fresh", "quiesce": quiesce });
    let plan = world
        .plan("snapshots.create", input("bare", false))
        .await
        .unwrap();
    assert_eq!(
        signals(&plan),
        [(
            "not_frozen",
            "bare has no guest agent: its file systems are not frozen, the snapshot is as after a power cut"
        )]
    );
    let error = world
        .plan("snapshots.create", input("bare", true))
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "the file systems of bare (main/pve1/101) cannot be frozen: it has no guest agent"
    );
    let plan = world
        .plan("snapshots.create", input("box", true))
        .await
        .unwrap();
    assert_eq!(signals(&plan), []);
}
