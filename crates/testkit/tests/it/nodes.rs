//! Nodes: what they tell, their services and updates, and taking them down.

use ops::{Code, Plan, Risk, RunState, StepState};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

fn texts<'a>(plan: &'a Plan, signal: &str) -> Vec<&'a str> {
    plan.preflight
        .iter()
        .filter(|row| row.signal == signal)
        .map(|row| row.text.as_str())
        .collect()
}

#[tokio::test]
async fn a_node_is_shown_with_what_it_tells_and_one_that_is_away_with_what_is_known() {
    let world = World::builder().without_background().build().await;
    let shown = world
        .query("nodes.show", json!({ "node": "pve1" }))
        .await
        .unwrap();
    assert_eq!(shown["node"]["status"], "online");
    assert_eq!(shown["error"], json!(null));
    assert!(
        shown["status"]["memory"]["total_bytes"].as_u64().unwrap() > 1 << 30,
        "{shown}"
    );
    assert!(
        shown["status"]["pve_version"]
            .as_str()
            .unwrap()
            .contains("pve-manager")
    );
    let guests: Vec<&Value> = shown["guests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|guest| &guest["name"])
        .collect();
    assert_eq!(guests, ["web-01", "db-01", "cache-02"]);

    world.sim().set_node_online("pve2", false);
    world.clock.advance(std::time::Duration::from_secs(10));
    let shown = world
        .query("nodes.show", json!({ "node": "main/pve2" }))
        .await
        .unwrap();
    assert_eq!(
        (&shown["node"]["status"], &shown["status"], &shown["error"]),
        (
            &json!("offline"),
            &json!(null),
            &json!("node main/pve2 is offline")
        )
    );
    let error = world
        .query("nodes.show", json!({ "node": "pve9" }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str(), error.hint.as_deref()),
        (
            Code::NoMatch,
            "there is no node `pve9`",
            Some("there are main/pve1, main/pve2, main/pve3")
        )
    );
}

#[tokio::test]
async fn disks_certificates_updates_and_tasks_are_told_with_their_time() {
    let world = World::builder().without_background().build().await;
    let disks = world
        .query("nodes.disks", json!({ "node": "pve1" }))
        .await
        .unwrap();
    let first = disks["disks"][0]["device"].as_str().unwrap().to_owned();
    assert!(first.starts_with("/dev/"), "{disks}");
    let one = world
        .query("nodes.disks", json!({ "node": "pve1", "disk": first }))
        .await
        .unwrap();
    assert_eq!(one["disks"].as_array().unwrap().len(), 1);
    assert!(one["smart"].is_object(), "{one}");
    let error = world
        .query(
            "nodes.disks",
            json!({ "node": "pve1", "disk": "/dev/none" }),
        )
        .await
        .unwrap_err();
    assert_eq!(error.message, "node pve1 has no disk `/dev/none`");

    let certificates = world.query("nodes.certificates", json!({})).await.unwrap();
    let days: Vec<i64> = certificates["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["days_left"].as_i64().unwrap())
        .collect();
    assert!(days.len() >= 3 && days.is_sorted(), "{days:?}");

    world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    let tasks = world
        .query("nodes.tasks", json!({ "node": "pve1" }))
        .await
        .unwrap();
    assert_eq!(
        (
            &tasks["tasks"][0]["kind"],
            &tasks["tasks"][0]["id"],
            &tasks["tasks"][0]["status"]
        ),
        (&json!("qmstop"), &json!("101"), &json!("OK"))
    );

    world.sim().set_node_online("pve3", false);
    world.clock.advance(std::time::Duration::from_secs(10));
    let updates = world.query("nodes.updates", json!({})).await.unwrap();
    let nodes: Vec<Value> = updates["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["node"], row["updates"].is_array(), row["error"]]))
        .collect();
    assert_eq!(
        json!(nodes),
        json!([
            ["pve1", true, null],
            ["pve2", true, null],
            [
                "pve3",
                false,
                "node main/pve3 is offline; switch it on first; `nodes.wake` does so where wake-on-LAN is set up"
            ]
        ])
    );
}

#[tokio::test]
async fn looking_for_updates_changes_no_package_and_takes_one_task_for_each_node() {
    let world = World::new().await;
    let run = world
        .carry_out(
            "nodes.refresh_updates",
            json!({ "nodes": ["pve1", "pve2"] }),
        )
        .await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let titles: Vec<&str> = run.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(
        titles,
        ["Look for updates on pve1", "Look for updates on pve2"]
    );
    let updates = world
        .query("nodes.updates", json!({ "nodes": ["pve1"] }))
        .await
        .unwrap();
    assert!(
        updates["nodes"][0]["lists_fetched_at"].is_string(),
        "{updates}"
    );
}

#[tokio::test]
async fn a_service_is_stopped_started_and_never_taken_from_under_our_feet() {
    let world = World::new().await;
    let input =
        |service: &str, verb: &str| json!({ "nodes": ["pve1"], "service": service, "do": verb });
    let plan = world
        .plan("nodes.service", input("pvestatd", "stop"))
        .await
        .unwrap();
    assert_eq!(
        (plan.summary.as_str(), plan.risk, plan.irreversible.len()),
        ("stop pvestatd on pve1", Risk::Disruptive, 0)
    );
    assert_eq!(
        texts(&plan, "service"),
        ["pvestatd of pve1 is off until somebody starts it"]
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(
        run.steps[0].verify.as_ref().unwrap().text,
        "pvestatd of pve1 is dead"
    );
    let error = world
        .plan("nodes.service", input("pvestatd", "stop"))
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "nothing to do: pvestatd of pve1 is dead already"
    );
    let back = world.carry_out("runs.undo", json!({ "run": run.id })).await;
    assert_eq!(back.state, RunState::Succeeded, "{back:?}");

    let error = world
        .plan("nodes.service", input("pveproxy", "stop"))
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "`pveproxy` cannot be stopped: a node answers no call without it"
    );
    let error = world
        .plan("nodes.service", input("coffee", "restart"))
        .await
        .unwrap_err();
    assert_eq!(error.message, "node pve1 has no service `coffee`");
    let plan = world
        .plan("nodes.service", input("corosync", "restart"))
        .await
        .unwrap();
    assert_eq!(
        texts(&plan, "service"),
        ["corosync keeps pve1 in its cluster: without it HA may switch the node off"]
    );
}

#[tokio::test]
async fn a_lost_answer_to_a_restart_of_a_service_is_found_in_the_tasks() {
    for phase in ["before", "after"] {
        let world = World::new().await;
        world.fault(&json!({
            "when": { "op": "node.service_restart", "target": "*", "phase": phase },
            "effect": { "drop_connection": true },
        }));
        let input = json!({ "nodes": ["pve1"], "service": "pvestatd", "do": "restart" });
        let run = world.carry_out("nodes.service", input).await;
        assert_eq!(run.state, RunState::Succeeded, "{phase}: {run:?}");
        assert_eq!(
            world.changes(),
            ["node.service_restart node/pve1"],
            "{phase}"
        );
    }
}

#[tokio::test]
async fn a_reboot_says_what_becomes_of_the_guests_and_waits_until_the_node_is_back() {
    let cluster = Cluster::of(&["pve1", "pve2", "pve3"])
        .guest(
            Guest::vm(101, "web-01", "pve1")
                .running()
                .with("onboot", true),
        )
        .guest(Guest::vm(102, "web-02", "pve1").running())
        .guest(Guest::vm(103, "web-03", "pve1"));
    let world = World::builder().cluster(cluster).build().await;
    let plan = world
        .plan("nodes.reboot", json!({ "node": "pve1" }))
        .await
        .unwrap();
    assert_eq!(
        (plan.summary.as_str(), plan.risk),
        ("reboot node pve1", Risk::Disruptive)
    );
    assert_eq!(
        texts(&plan, "guests_restart"),
        ["web-01 shut down and start again with the node"]
    );
    assert_eq!(
        texts(&plan, "guests_stop"),
        ["web-02 shut down and stay off: `onboot` is not set"]
    );
    assert_eq!(texts(&plan, "quorum"), Vec::<&str>::new());
    assert_eq!(plan.steps[0].interruption_s, Some(300));
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(run.steps[0].verify.as_ref().unwrap().text, "pve1 is back");
    assert_eq!(world.changes(), ["node.reboot node/pve1"]);
    let status = |vmid| world.sim().guest(vmid).unwrap().status.clone();
    assert_eq!(
        [status(101), status(102), status(103)],
        ["running", "stopped", "stopped"]
    );
}

#[tokio::test]
async fn a_node_on_which_another_guest_was_started_since_is_not_taken_down() {
    let world = World::new().await;
    let plan = world
        .plan("nodes.shutdown", json!({ "node": "pve1" }))
        .await
        .unwrap();
    world.outside().start(103).await;
    let error = world.approve(&plan).await.unwrap_err();
    assert_eq!(error.code, Code::PreconditionChanged);
    assert_eq!(error.difference[0].field, "guests_that_run");
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_node_with_a_guest_that_was_to_be_moved_is_not_taken_down() {
    let world = World::new().await;
    let input = json!({ "node": "pve1", "command": "reboot", "without": [101] });
    let run = world.carry_out("nodes.power", input).await;
    assert_eq!(run.steps[0].state, StepState::NotExecuted);
    assert_eq!(
        run.steps[0].error.as_deref(),
        Some("web-01 still runs on pve1; move it away first")
    );
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn the_last_majority_is_not_given_away_silently() {
    let cluster = Cluster::of(&["pve1", "pve2"]);
    let world = World::builder().cluster(cluster).build().await;
    let plan = world
        .plan("nodes.shutdown", json!({ "node": "pve2" }))
        .await
        .unwrap();
    assert_eq!(
        texts(&plan, "quorum"),
        [
            "without pve2 only 1 of 2 nodes are left: the cluster loses its quorum until it is switched on again, \
          nothing can be changed and HA may switch nodes off"
        ]
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.steps[0].verify.as_ref().unwrap().text, "pve2 is off");
}

#[tokio::test]
async fn a_lost_answer_to_a_reboot_is_never_answered_by_a_second_one() {
    for phase in ["before", "after"] {
        let world = World::new().await;
        world.fault(&json!({
            "when": { "op": "node.reboot", "target": "*", "phase": phase },
            "effect": { "drop_connection": true },
        }));
        let plan = world
            .plan("nodes.reboot", json!({ "node": "pve3" }))
            .await
            .unwrap();
        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        match phase {
            "after" => {
                assert_eq!(run.state, RunState::Succeeded, "{run:?}");
                assert_eq!(world.changes(), ["node.reboot node/pve3"]);
            }
            _ => {
                assert_eq!(run.steps[0].state, StepState::Unknown, "{run:?}");
                assert_eq!(
                    run.steps[0].error.as_deref(),
                    Some(
                        "the answer was lost and pve3 still runs: whether it will reboot cannot be told"
                    )
                );
                assert_eq!(world.changes(), Vec::<String>::new());
            }
        }
    }
}

#[tokio::test]
async fn a_node_is_woken_where_wake_on_lan_is_set_up() {
    let world = World::builder().without_background().build().await;
    let wake = json!({ "nodes": ["pve2"] });
    let error = world.plan("nodes.wake", wake.clone()).await.unwrap_err();
    assert_eq!(error.message, "nothing to do: pve2 is online already");
    world.sim().set_node_online("pve2", false);
    world.clock.advance(std::time::Duration::from_secs(10));
    let run = world.carry_out("nodes.wake", wake.clone()).await;
    assert_eq!(run.steps[0].state, StepState::Failed);
    assert!(
        run.steps[0]
            .error
            .as_ref()
            .unwrap()
            .contains("No wake on LAN MAC address defined for 'pve2'!"),
        "{run:?}"
    );
    world.sim().set_node_online("pve2", true);
    world
        .carry_out(
            "pve.set",
            json!({ "path": "/nodes/pve2/config", "params": ["wakeonlan=02:00:00:00:00:02"] }),
        )
        .await;
    world.sim().set_node_online("pve2", false);
    world.clock.advance(std::time::Duration::from_secs(10));
    let run = world.carry_out("nodes.wake", wake).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(run.steps[0].verify.as_ref().unwrap().text, "pve2 is online");
}

/// Two guests run on `pve1`, one is off.
fn to_evacuate() -> Cluster {
    Cluster::of(&["pve1", "pve2", "pve3"])
        .guest(Guest::vm(101, "web-01", "pve1").running())
        .guest(Guest::vm(102, "web-02", "pve1").running())
        .guest(Guest::vm(103, "web-03", "pve1"))
}

#[tokio::test]
async fn a_node_is_emptied_before_it_reboots_and_undo_brings_the_guests_back() {
    let world = World::builder().cluster(to_evacuate()).build().await;
    let plan = world
        .plan("nodes.reboot", json!({ "node": "pve1", "evacuate": true }))
        .await
        .unwrap();
    assert_eq!(
        plan.summary,
        "move 2 guests: web-01, web-02 away, then reboot node pve1"
    );
    let steps: Vec<(&str, usize)> = plan
        .steps
        .iter()
        .map(|step| (step.op.as_str(), step.depends_on.len()))
        .collect();
    assert_eq!(
        steps,
        [
            ("guests.migrate", 0),
            ("guests.migrate", 0),
            ("nodes.power", 2)
        ]
    );
    assert_eq!(texts(&plan, "guests_stop"), Vec::<&str>::new());
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let place = |vmid| {
        let guest = world.sim().guest(vmid).unwrap();
        (guest.node.clone(), guest.status.clone())
    };
    for vmid in [101, 102] {
        let (node, status) = place(vmid);
        assert!(
            node != "pve1" && status == "running",
            "{vmid} {node} {status}"
        );
    }
    assert_eq!(place(103), ("pve1".to_owned(), "stopped".to_owned()));
    assert_eq!(world.changes().last().unwrap(), "node.reboot node/pve1");

    let back = world.carry_out("runs.undo", json!({ "run": run.id })).await;
    assert_eq!(back.state, RunState::Succeeded, "{back:?}");
    for vmid in [101, 102] {
        assert_eq!(place(vmid), ("pve1".to_owned(), "running".to_owned()));
    }
}

#[tokio::test]
async fn when_one_guest_cannot_leave_the_node_stays_up() {
    let world = World::builder().cluster(to_evacuate()).build().await;
    world.fault(&json!({
        "when": { "op": "guest.migrate", "target": "guest/102" },
        "effect": { "task_error": "migration aborted" },
    }));
    let run = world
        .carry_out(
            "nodes.shutdown",
            json!({ "node": "pve1", "evacuate": true }),
        )
        .await;
    let states: Vec<StepState> = run.steps.iter().map(|step| step.state).collect();
    assert_eq!(
        states,
        [StepState::Done, StepState::Failed, StepState::NotExecuted],
        "{run:?}"
    );
    assert!(
        !world
            .changes()
            .contains(&"node.shutdown node/pve1".to_owned())
    );
}

#[tokio::test]
async fn an_evacuation_moves_what_runs_and_on_demand_the_rest() {
    for (stopped, moved) in [(false, 2), (true, 3)] {
        let world = World::builder().cluster(to_evacuate()).build().await;
        let run = world
            .carry_out(
                "nodes.evacuate",
                json!({ "node": "pve1", "stopped": stopped }),
            )
            .await;
        assert_eq!(
            (run.state, run.steps.len()),
            (RunState::Succeeded, moved),
            "{run:?}"
        );
        world.clock.advance(std::time::Duration::from_secs(10));
        let error = world
            .plan(
                "nodes.evacuate",
                json!({ "node": "pve1", "stopped": stopped }),
            )
            .await
            .unwrap_err();
        let text = if stopped {
            "no guest is on node pve1"
        } else {
            "no guest runs on node pve1"
        };
        assert_eq!(error.message, format!("nothing to do: {text}"));
    }
}
