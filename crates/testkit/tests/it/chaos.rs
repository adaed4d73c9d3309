//! Faults and kills at random points, from seeds: whatever happens, the end is the truth and nothing is
//! asked twice.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use ops::{Run, RunState, StepState};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

const SEEDS: std::ops::Range<u64> = 0..24;
/// Stories side by side: they mostly wait.
const AT_ONCE: usize = 4;
const GUESTS: u32 = 4;

/// A small generator of numbers (splitmix64), so that a seed tells the whole story.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

fn cluster() -> Cluster {
    (0..GUESTS).fold(Cluster::of(&["pve1", "pve2"]), |cluster, n| {
        let (vmid, node) = (101 + n, if n % 2 == 0 { "pve1" } else { "pve2" });
        let guest = match n {
            3 => Guest::container(vmid, &format!("guest-{n}"), node),
            _ => Guest::vm(vmid, &format!("guest-{n}"), node),
        };
        cluster.guest(guest.running())
    })
}

/// One to four faults on changes and reads.
fn faults(dice: &mut Dice) -> Vec<Value> {
    (0..=dice.below(4))
        .map(|_| {
            let target = format!("guest/{}", 101 + dice.below(u64::from(GUESTS)));
            let change = ["guest.stop", "snapshot.create", "write.*"][dice.below(3) as usize];
            match dice.below(6) {
                0 => json!({ "when": { "op": change, "target": target },
                    "effect": { "drop_connection": true } }),
                1 => json!({ "when": { "op": change, "target": target, "phase": "after" },
                    "effect": { "drop_connection": true } }),
                2 => json!({ "when": { "op": change, "target": target },
                    "effect": { "task_error": "out of luck" } }),
                3 => json!({ "when": { "op": change, "target": target },
                    "effect": { "error": { "status": 500, "text": "no" } } }),
                4 => json!({ "when": { "op": "read", "target": "*" },
                    "effect": { "drop_connection": true }, "times": 1 + dice.below(3) }),
                _ => json!({ "when": { "op": change, "target": target },
                    "effect": { "task_seconds": 0.2 } }),
            }
        })
        .collect()
}

/// What the cluster must have been asked when a step ended like this.
fn check_step(world: &World, seed: u64, run: &Run, at: usize) {
    let step = &run.steps[at];
    let vmid: u32 = step.target.rsplit('/').next().unwrap().parse().unwrap();
    let call = match step.op.as_str() {
        "guests.stop" => format!("guest.stop guest/{vmid}"),
        _ => format!("snapshot.create snapshot/{vmid}/before"),
    };
    let asked = world
        .changes()
        .iter()
        .filter(|change| **change == call)
        .count();
    let guest = world.sim().guest(vmid).unwrap();
    let is_so = match step.op.as_str() {
        "guests.stop" => guest.status == "stopped",
        _ => guest.snapshots.contains(&"before".to_owned()) && guest.lock.is_none(),
    };
    let story = format!(
        "seed {seed}: {} {:?} {:?}",
        step.title, step.state, step.error
    );
    match step.state {
        StepState::Done => assert!(asked == 1 && is_so, "{story}: asked {asked}, {guest:?}"),
        StepState::NotExecuted => assert!(asked == 0 && !is_so, "{story}: asked {asked}"),
        StepState::Failed => assert!(asked <= 1 && !is_so, "{story}: asked {asked}, {guest:?}"),
        StepState::Unknown => assert!(asked <= 1, "{story}: asked {asked}"),
        StepState::Pending | StepState::Running => panic!("{story}: not final"),
    }
    if step.state != StepState::Done {
        assert!(
            step.error.as_deref().is_some_and(|error| !error.is_empty()),
            "{story}"
        );
    }
}

async fn story(seed: u64) {
    let mut dice = Dice(seed);
    let mut world = World::builder()
        .cluster(cluster())
        .on_disk()
        .time_scale(0.01)
        .settings(|settings| {
            settings.runs_per_node = 1 + dice.below(2) as usize;
            settings.engine.arrival_grace = Duration::from_millis(600);
        })
        .build()
        .await;
    let plan = world
        .plan_several(&[
            (
                "snapshots.create",
                json!({ "guests": ["name~^guest"], "name": "before" }),
            ),
            ("guests.stop", json!({ "guests": ["name~^guest"] })),
        ])
        .await
        .unwrap();
    let faults = faults(&mut dice);
    let run = world.approve(&plan).await.unwrap();
    for fault in &faults {
        world.fault(fault);
    }
    for _ in 0..dice.below(4) {
        let requests = dice.below(40);
        // A run that is over already makes no more requests.
        let run = world.app.registry.run(&run.id).await.unwrap();
        if run.state.is_final() {
            break;
        }
        world.until_requests_or_end(requests, &run.id).await;
        world.kill().await;
        world.open_again().await;
    }
    let run = world.run_to_end(&run.id).await;
    for at in 0..run.steps.len() {
        check_step(&world, seed, &run, at);
    }
    let done = run
        .steps
        .iter()
        .filter(|step| step.state == StepState::Done)
        .count();
    let want = match done {
        8 => RunState::Succeeded,
        0 => RunState::Failed,
        _ => RunState::Partial,
    };
    assert_eq!(run.state, want, "seed {seed}: {run:?}");
    let ids: Vec<u64> = world
        .events(&run.id)
        .await
        .iter()
        .map(|event| event.id)
        .collect();
    assert_eq!(
        ids,
        (1..=ids.len() as u64).collect::<Vec<_>>(),
        "seed {seed}"
    );

    // No lock and no place stays taken: the guests can be worked on again at once.
    world.sim().clear_faults();
    world.clock.advance(Duration::from_secs(10));
    let again = json!({ "guests": ["name~^guest"], "name": "again" });
    let again = world.carry_out("snapshots.create", again).await;
    assert_eq!(again.state, RunState::Succeeded, "seed {seed}: {again:?}");
}

#[tokio::test]
async fn whatever_happens_the_end_is_the_truth_and_nothing_is_asked_twice() {
    let stories = SEEDS.map(story).collect::<Vec<_>>();
    let told = stream::iter(stories)
        .buffer_unordered(AT_ONCE)
        .count()
        .await;
    assert_eq!(told as u64, SEEDS.end);
}
