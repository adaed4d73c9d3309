//! Plans are rehearsed on a twin: it foretells, it costs little, and the live cluster stays as it is.

use std::time::{Duration, Instant};

use ops::{
    Code, RunState, StepState,
    rehearsal::{Foretold, TwinChange},
};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

fn change(target: &str, name: &str, field: &str, before: Value, after: Value) -> TwinChange {
    TwinChange {
        target: target.to_owned(),
        name: name.to_owned(),
        field: field.to_owned(),
        before,
        after,
    }
}

#[tokio::test]
async fn a_rehearsed_stop_shows_what_it_would_do_and_nothing_happens() {
    let world = World::new().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let told = world.rehearse(&plan).await;
    assert_eq!(
        (told.outcome, told.refused.as_deref(), told.digest.as_str()),
        (Foretold::Succeeds, None, plan.digest.as_str()),
        "{told:?}"
    );
    assert_eq!(told.steps[0].state, Some(StepState::Done));
    assert_eq!(
        told.changes,
        [change(
            "main/pve1/101",
            "web-01",
            "status",
            json!("running"),
            json!("stopped")
        )]
    );
    assert!(told.targets[0].stays_away, "{told:?}");
    assert!(
        told.duration_s.is_some_and(|seconds| seconds > 0),
        "{told:?}"
    );
    assert!(told.requests > 0 && told.requests < 30, "{told:?}");
    let unsaid: Vec<&str> = told
        .not_rehearsed
        .iter()
        .map(|gap| gap.what.as_str())
        .collect();
    assert!(
        unsaid.contains(&"what runs inside the guests")
            && unsaid.contains(&"guests of main outside the plan"),
        "{unsaid:?}"
    );
    // Of the live cluster: not one change asked, by nobody.
    assert_eq!(world.sim().calls(), []);
    assert_eq!(world.sim().guest(101).unwrap().status, "running");

    // It stands on the plan, and the plan is as good as before.
    let shown = world
        .query("plans.show", json!({ "plan": plan.id }))
        .await
        .unwrap();
    assert_eq!(shown["plan"]["rehearsal"], json!(told));
    assert_eq!(shown["plan"]["digest"], json!(plan.digest));
    let run = world.approve(&plan).await.unwrap();
    assert_eq!(world.run_to_end(&run.id).await.state, RunState::Succeeded);
    let registry = &world.app.registry;
    let records = registry
        .query(
            &World::operator(),
            "audit.list",
            json!({ "subject": plan.id }),
        )
        .await
        .unwrap();
    let kinds: Vec<&str> = records["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["plan.proposed", "plan.rehearsed", "plan.approved"]);
}

#[tokio::test]
async fn several_operations_are_rehearsed_in_their_order_with_their_interruption() {
    let world = World::new().await;
    let plan = world
        .plan_several(&[
            (
                "snapshots.create",
                json!({ "guests": ["web-01", "cache-01"], "name": "before" }),
            ),
            ("guests.reboot", json!({ "guests": ["web-01", "cache-01"] })),
        ])
        .await
        .unwrap();
    let told = world.rehearse(&plan).await;
    assert_eq!(told.outcome, Foretold::Succeeds, "{told:?}");
    assert_eq!(told.targets.len(), 2);
    for target in &told.targets {
        assert!(!target.stays_away, "{target:?}");
        let away = target.interruption_s.unwrap_or(0);
        assert!(
            (1..=target.duration_s).contains(&away),
            "away {away} s of {target:?}"
        );
    }
    let longest = told.targets.iter().map(|target| target.duration_s).max();
    // Both guests at once, on two nodes.
    assert_eq!(told.duration_s, longest, "{told:?}");
    assert!(
        told.changes.contains(&change(
            "main/pve1/101",
            "web-01",
            "snapshots",
            json!([]),
            json!(["before"])
        )),
        "{told:?}"
    );
    assert_eq!(world.sim().calls(), []);
}

#[tokio::test]
async fn what_changed_since_the_plan_is_foretold_as_a_refusal() {
    let world = World::new().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    world.outside().stop(101).await;
    let told = world.rehearse(&plan).await;
    assert_eq!(told.outcome, Foretold::Refused, "{told:?}");
    assert!(
        told.refused
            .as_deref()
            .is_some_and(|text| text.contains("it is stopped now, not running")),
        "{told:?}"
    );
    assert_eq!(
        world.approve(&plan).await.unwrap_err().code,
        Code::PreconditionChanged
    );
}

#[tokio::test]
async fn a_lost_right_is_foretold() {
    let cluster = Cluster::default().user("ops@pve", "PVEAdmin");
    let world = World::builder()
        .cluster(cluster)
        .as_the_worlds_user()
        .build()
        .await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01", "web-02"] }))
        .await
        .unwrap();
    assert_eq!(world.rehearse(&plan).await.outcome, Foretold::Succeeds);
    world.outside().take_rights("ops@pve", 101).await;
    let told = world.rehearse(&plan).await;
    assert_eq!(told.outcome, Foretold::Partial, "{told:?}");
    let foretold: Vec<_> = told.steps.iter().map(|step| step.state).collect();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    let met: Vec<_> = run.steps.iter().map(|step| Some(step.state)).collect();
    assert_eq!(foretold, met, "{told:?} {run:?}");
    assert_eq!(
        told.steps[0].error, run.steps[0].error,
        "in the cluster's own words"
    );
}

#[tokio::test]
async fn a_call_that_the_twin_does_not_know_is_not_rehearsed_and_no_error() {
    let world = World::new().await;
    let plan = world
        .plan(
            "pve.create",
            json!({ "path": "/access/users", "params": ["userid=ann@pve", "password=12345678"] }),
        )
        .await
        .unwrap();
    let told = world.rehearse(&plan).await;
    assert_eq!(told.outcome, Foretold::Unknown, "{told:?}");
    assert_eq!(told.steps[0].state, None);
    assert!(
        told.not_rehearsed
            .iter()
            .any(|gap| gap.what.starts_with("step s1") && gap.why.contains("password")),
        "{told:?}"
    );
    assert_eq!(world.sim().calls(), []);
}

#[tokio::test]
async fn viewers_and_closed_plans_are_not_rehearsed() {
    let world = World::new().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let registry = &world.app.registry;
    let input = json!({ "plan": plan.id });
    let refused = registry
        .query(&World::viewer(), "plans.rehearse", input.clone())
        .await;
    assert_eq!(refused.unwrap_err().code, Code::Forbidden);
    registry
        .reject(&plan.id, &World::admin().actor)
        .await
        .unwrap();
    let refused = registry
        .query(&World::operator(), "plans.rehearse", input)
        .await;
    assert_eq!(refused.unwrap_err().code, Code::PlanRejected);
    let unknown = json!({ "plan": "p_nothing" });
    let refused = registry
        .query(&World::operator(), "plans.rehearse", unknown)
        .await;
    assert_eq!(refused.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn a_second_rehearsal_asks_for_less() {
    let world = World::new().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let first = world.rehearse(&plan).await;
    let begun = Instant::now();
    let second = world.rehearse(&plan).await;
    println!(
        "a rehearsal of one guest: {} requests, then {} in {:?}",
        first.requests,
        second.requests,
        begun.elapsed()
    );
    assert!(second.requests < first.requests);
    assert_eq!(
        (first.outcome, &first.changes),
        (second.outcome, &second.changes)
    );
    // What is known of the cluster is not older than a minute.
    world.clock.advance(Duration::from_mins(2));
    let third = world.rehearse(&plan).await;
    assert!(third.requests >= first.requests, "{third:?}");
}

#[tokio::test]
async fn a_large_cluster_is_imported_in_a_moment() {
    let nodes: Vec<String> = (1..=20).map(|n| format!("node{n:02}")).collect();
    let names: Vec<&str> = nodes.iter().map(String::as_str).collect();
    let cluster = (0..10_000_u32).fold(Cluster::of(&names), |cluster, n| {
        let node = names[n as usize % names.len()];
        cluster.guest(Guest::vm(1000 + n, &format!("guest-{n:05}"), node).running())
    });
    let world = World::builder().cluster(cluster).build().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["1000"] }))
        .await
        .unwrap();
    let told = world.rehearse(&plan).await;
    println!(
        "one guest of 10,000: {} ms, {} requests",
        told.took_ms, told.requests
    );
    assert_eq!(told.outcome, Foretold::Succeeds, "{told:?}");
    assert!(told.requests < 30, "{told:?}");
    assert_eq!(world.sim().calls(), []);
}
