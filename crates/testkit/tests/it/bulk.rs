//! A restart of 500 guests on 20 nodes is planned in a moment when their configurations are known, in seconds
//! when not; and many guests are worked on with no more at once than the limits say.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use ops::{RunState, StepState, bus::BusEvent};
use serde_json::json;
use testkit::{Cluster, Guest, World};

const GUESTS: u32 = 500;
const NODES: u32 = 20;

fn cluster() -> Cluster {
    cluster_of(GUESTS, NODES)
}

fn cluster_of(guests: u32, nodes: u32) -> Cluster {
    let names: Vec<String> = (1..=nodes).map(|n| format!("node{n:02}")).collect();
    let nodes: Vec<&str> = names.iter().map(String::as_str).collect();
    let count = nodes.len();
    (0..guests).fold(Cluster::of(&nodes), |cluster, n| {
        let node = nodes[n as usize % count];
        cluster.guest(
            Guest::vm(1000 + n, &format!("batch-{n:03}"), node)
                .running()
                .tags(&["batch"]),
        )
    })
}

async fn requests(world: &World) -> u64 {
    let clusters = world.query("clusters.list", json!({})).await.unwrap();
    clusters["clusters"][0]["requests"]["count"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn many_guests_are_planned_with_few_requests_once_they_are_known() {
    let world = World::builder()
        .cluster(cluster())
        .without_background()
        // What a real cluster is spared.
        .settings(|settings| settings.budget = pve::Budget::default())
        .build()
        .await;
    let mut news = world.app.registry.bus().listen();
    let input = json!({ "guests": ["tag=batch"] });

    let (before, begun) = (requests(&world).await, Instant::now());
    let cold = world.plan("guests.reboot", input.clone()).await.unwrap();
    let (cold_took, after) = (begun.elapsed(), requests(&world).await);
    println!(
        "cold: {} steps planned in {cold_took:?} with {} requests",
        cold.steps.len(),
        after - before
    );
    assert_eq!(cold.steps.len(), GUESTS as usize);
    assert!(after - before <= u64::from(GUESTS) + 5);
    assert!(cold_took < Duration::from_secs(8), "{cold_took:?}");
    let mut looking = Vec::new();
    while let Ok(event) = news.try_recv() {
        if event.kind == features::guests::LOOKING {
            looking.push(event);
        }
    }
    let most = cold_took.as_millis() / 100 + 1;
    assert!(
        !looking.is_empty() && looking.len() as u128 <= most,
        "{} of {most}",
        looking.len()
    );
    assert_eq!(
        looking
            .last()
            .and_then(|event: &BusEvent| event.state.clone())
            .unwrap()["of"],
        json!(GUESTS)
    );

    let begun = Instant::now();
    let warm = world.plan("guests.reboot", input.clone()).await.unwrap();
    let (warm_took, spent) = (begun.elapsed(), requests(&world).await - after);
    println!("warm: planned in {warm_took:?} with {spent} requests");
    assert_eq!(warm.digest, cold.digest);
    assert!(spent <= 2, "{spent} requests");

    // What is known is a minute old at most.
    world.clock.advance(Duration::from_secs(61));
    let before = requests(&world).await;
    world.plan("guests.reboot", input).await.unwrap();
    assert!(requests(&world).await - before >= u64::from(GUESTS));
}

#[tokio::test]
async fn a_change_that_the_plan_did_not_see_is_seen_before_it_is_carried_out() {
    let world = World::builder()
        .cluster(cluster())
        .without_background()
        .build()
        .await;
    let input = json!({ "guests": ["1000-1019"] });
    world.plan("guests.stop", input.clone()).await.unwrap();
    world
        .outside()
        .configure(1003, &[("description", "somebody was here")])
        .await;
    let plan = world.plan("guests.stop", input.clone()).await.unwrap();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Partial);
    let not_done: Vec<(&str, &str)> = run
        .steps
        .iter()
        .filter(|step| step.state != StepState::Done)
        .map(|step| (step.target_name.as_str(), step.state.as_str()))
        .collect();
    assert_eq!(not_done, [("batch-003", "not_executed")]);
    let error = run.steps[3].error.as_deref().unwrap();
    assert!(
        error.starts_with("the cluster changed since the plan was made: batch-003"),
        "{error}"
    );
    // Who looked so closely has forgotten what was known: the next plan is right.
    world.clock.advance(Duration::from_secs(5));
    let plan = world.plan("guests.stop", input).await.unwrap();
    assert_eq!((plan.steps.len(), plan.left_out.len()), (1, 19));
    let run = world.approve(&plan).await.unwrap();
    assert_eq!(world.run_to_end(&run.id).await.state, RunState::Succeeded);
}

#[tokio::test]
async fn hundreds_are_approved_by_one_list_and_what_it_shows_refuses_them() {
    let world = World::builder()
        .cluster(cluster())
        .without_background()
        .settings(|settings| settings.budget = pve::Budget::default())
        .build()
        .await;
    let input = json!({ "guests": ["tag=batch"] });
    let plan = world.plan("guests.reboot", input.clone()).await.unwrap();
    for (age, what) in [(0, "warm"), (120, "cold")] {
        world.clock.advance(Duration::from_secs(age));
        let (before, begun) = (requests(&world).await, Instant::now());
        world.outside().stop(1007).await;
        let refused = world.approve(&plan).await.unwrap_err();
        let spent = requests(&world).await - before;
        println!(
            "{what}: {GUESTS} compared in {:?} with {spent} requests",
            begun.elapsed()
        );
        assert_eq!(refused.code, ops::Code::PreconditionChanged, "{refused}");
        assert_eq!(
            refused.message,
            "the cluster changed since the plan was made: batch-007 (main/node08/1007): it is stopped now, not \
             running"
        );
        assert!(spent <= 2, "{spent} requests");
        world.outside().start(1007).await;
    }
    let (before, begun) = (requests(&world).await, Instant::now());
    world.approve(&plan).await.unwrap();
    let took = begun.elapsed();
    println!(
        "cold: {GUESTS} approved in {took:?} with {} requests so far",
        requests(&world).await - before
    );
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_consented_to_by_nobody() {
    let mut world = World::builder()
        .cluster(cluster_of(40, 4))
        .without_background()
        .build()
        .await;
    let input = json!({ "guests": ["tag=batch"] });
    let plan = world.plan("guests.stop", input).await.unwrap();
    world.cluster_down().await;
    let refused = world.approve(&plan).await.unwrap_err();
    assert_eq!(refused.code, ops::Code::ClusterUnreachable, "{refused}");
}

#[tokio::test]
async fn progress_of_many_guests_is_told_ten_times_a_second_at_most() {
    let world = World::builder()
        .cluster(cluster_of(120, 20))
        .without_background()
        .time_scale(0.2)
        .settings(|settings| settings.runs_per_node = 3)
        .build()
        .await;
    let input = json!({ "guests": ["tag=batch"], "disk": "scsi0", "storage": "plain" });
    let plan = world.plan("guests.move_disk", input).await.unwrap();
    let run = world.approve(&plan).await.unwrap();
    let mut events =
        world
            .app
            .registry
            .watch_run(&run.id, 0, tokio_util::sync::CancellationToken::new());
    let mut told: Vec<Instant> = Vec::new();
    while let Some(event) = events.next().await {
        if event.unwrap().kind == "step.progress" {
            told.push(Instant::now());
        }
    }
    let run = world.app.registry.run(&run.id).await.unwrap();
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let most = told
        .iter()
        .enumerate()
        .map(|(at, first)| {
            let second = Duration::from_secs(1);
            told[at..]
                .iter()
                .take_while(|one| **one < *first + second)
                .count()
        })
        .max()
        .unwrap_or_default();
    println!(
        "{} events of progress, {most} in the busiest second",
        told.len()
    );
    assert!(!told.is_empty());
    assert!(most <= 11, "{most} in one second");
}

#[tokio::test]
async fn many_guests_are_worked_on_with_no_more_at_once_than_a_node_may_have() {
    let world = World::builder()
        .cluster(cluster_of(60, 5))
        .without_background()
        .settings(|settings| settings.runs_per_node = 2)
        .build()
        .await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["tag=batch"] }))
        .await
        .unwrap();
    let before = requests(&world).await;
    let begun = Instant::now();
    let run = world.approve(&plan).await.unwrap();
    // How many steps each node has at once, as the events tell it.
    let mut at_once = std::collections::BTreeMap::<String, i64>::new();
    let mut most = 0;
    let nodes: std::collections::BTreeMap<String, String> = plan
        .steps
        .iter()
        .map(|step| (step.id.clone(), step.node.clone().unwrap()))
        .collect();
    let mut events =
        world
            .app
            .registry
            .watch_run(&run.id, 0, tokio_util::sync::CancellationToken::new());
    let mut open = std::collections::BTreeSet::new();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        if event.kind != "step.state" {
            continue;
        }
        let step = event.data["step"].as_str().unwrap().to_owned();
        let count = at_once.entry(nodes[&step].clone()).or_default();
        match event.data["state"].as_str().unwrap() {
            "running" if open.insert(step.clone()) => *count += 1,
            "done" if open.remove(&step) => *count -= 1,
            _ => {}
        }
        most = most.max(*count);
    }
    let run = world.app.registry.run(&run.id).await.unwrap();
    println!(
        "{} guests stopped in {:?} with {} requests, {most} at once on a node",
        run.steps.len(),
        begun.elapsed(),
        requests(&world).await - before
    );
    assert_eq!(run.state, RunState::Succeeded);
    assert!(most <= 2, "{most} at once");
}
