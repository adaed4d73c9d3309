//! Is a rehearsal honest? Random plans on a live world with planted differences are rehearsed, then carried
//! out for real, and both are compared step by step.
//!
//! Everything comes from seeds. What was planted after the rehearsal, or lies in the cluster as a fault that
//! nobody can see, cannot be foreseen and is counted apart.

use std::{collections::BTreeMap, time::Duration};

use ops::{Plan, Rehearsed, StepState, rehearsal::Foretold};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

/// Plans per world: what one leaves behind the next one finds.
const PLANS_PER_WORLD: u32 = 5;
const NODES: [&str; 3] = ["pve1", "pve2", "pve3"];
const USER: &str = "ops@pve";
/// A template that linked copies are made of.
const TEMPLATE: u32 = 150;

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

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}

/// What is planted, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Planted {
    Nothing,
    Lock,
    Status,
    HighlyAvailable,
    LostRight,
    Protected,
    NodeDown,
    StorageAway,
    StorageFull,
    Configured,
    /// A fault inside the cluster: not to be seen from outside.
    Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    BeforeThePlan,
    BeforeTheRehearsal,
    AfterTheRehearsal,
}

const PLANTED: [Planted; 11] = [
    Planted::Nothing,
    Planted::Lock,
    Planted::Status,
    Planted::HighlyAvailable,
    Planted::LostRight,
    Planted::Protected,
    Planted::NodeDown,
    Planted::StorageAway,
    Planted::StorageFull,
    Planted::Configured,
    Planted::Hidden,
];

/// How plans fared, by what was planted.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    plans: u32,
    /// Steps that went wrong for a reason that was there to be seen.
    foreseeable: u32,
    foretold: u32,
    /// Of the foreseeable ones those that the rehearsal said nothing about, and said so.
    not_rehearsed: u32,
    /// Steps that went wrong for a reason that was not there yet.
    unforeseeable: u32,
    /// Steps that were foretold to go wrong and went well.
    false_alarms: u32,
    went_well: u32,
}

fn cluster() -> Cluster {
    (0..12_u32)
        .fold(
            Cluster::of(&NODES).user(USER, "Administrator"),
            |cluster, n| {
                let node = NODES[n as usize % NODES.len()];
                let guest = match n % 4 {
                    3 => Guest::container(101 + n, &format!("ct-{n}"), node),
                    _ => Guest::vm(101 + n, &format!("vm-{n}"), node),
                };
                let guest = if n % 3 == 0 { guest } else { guest.running() };
                cluster.guest(if n % 2 == 0 {
                    guest.snapshot("old")
                } else {
                    guest
                })
            },
        )
        .guest(Guest::vm(TEMPLATE, "golden", "pve1").with("template", true))
        .medium("iso", "debian.iso")
        .medium("import", "debian.qcow2")
        .medium("vztmpl", "debian.tar.zst")
}

/// A wish for one to three guests, or a raw call for one.
fn wish(dice: &mut Dice, world: &World, number: u32, wants_room: bool) -> (&'static str, Value) {
    let vmids = world.sim().vmids();
    let picked: Vec<String> = (0..=dice.below(3))
        .map(|_| dice.of(&vmids).to_string())
        .collect();
    let guests = json!({ "guests": picked });
    let vmid = *dice.of(&vmids);
    let guest = world.sim().guest(vmid).unwrap();
    let kind = match guest.kind {
        sim::GuestKind::Qemu => "qemu",
        sim::GuestKind::Lxc => "lxc",
    };
    let disk = if kind == "qemu" { "scsi0" } else { "rootfs" };
    let at = format!("/nodes/{}/{kind}/{vmid}", guest.node);
    let raw = |path: String, params: Vec<String>| json!({ "path": path, "params": params });
    // A full storage is met by copies alone.
    match if wants_room { 8 } else { dice.below(16) } {
        0 => ("guests.start", guests),
        1 | 2 => ("guests.stop", guests),
        3 => ("guests.shutdown", guests),
        4 => ("guests.reboot", guests),
        5 | 6 => (
            "snapshots.create",
            json!({ "guests": picked, "name": format!("s{number}") }),
        ),
        7 => (
            "snapshots.delete",
            json!({ "guests": picked, "name": "old" }),
        ),
        8 => (
            "pve.create",
            raw(
                format!("{at}/clone"),
                vec![
                    format!("newid={}", 9000 + number),
                    "full=1".to_owned(),
                    format!("storage={}", if wants_room { "plain" } else { "fast" }),
                ],
            ),
        ),
        11..=14 => ("guests.create", new_guest(dice, number)),
        9 => ("pve.delete", raw(at, Vec::new())),
        10 => (
            "pve.set",
            raw(
                format!("{at}/resize"),
                vec![format!("disk={disk}"), "size=+1G".to_owned()],
            ),
        ),
        _ => {
            let target = dice.of(&NODES);
            (
                "pve.create",
                raw(format!("{at}/migrate"), vec![format!("target={target}")]),
            )
        }
    }
}

/// A guest from any of the things that guests are made of.
fn new_guest(dice: &mut Dice, number: u32) -> Value {
    let id = 9000 + number;
    let node = *dice.of(&NODES);
    let password = dice.below(2) == 0;
    let mut wish = match dice.below(5) {
        0 => json!({ "kind": "qemu", "node": node, "iso": "media:iso/debian.iso" }),
        1 => json!({ "kind": "qemu", "node": node, "image": "media:import/debian.qcow2" }),
        2 => {
            json!({ "kind": "qemu", "node": node, "image": "media:import/debian.qcow2", "disk_gib": 12 })
        }
        3 => json!({ "kind": "lxc", "node": node, "template": "media:vztmpl/debian.tar.zst" }),
        _ => json!({ "kind": "qemu", "template": TEMPLATE.to_string(), "linked": true }),
    };
    let of_medium = wish.get("iso").is_some();
    if let Some(wish) = wish.as_object_mut() {
        wish.insert("id".to_owned(), json!(id));
        wish.insert("name".to_owned(), json!(format!("new-{number}")));
        if !wish.contains_key("linked") {
            wish.insert("storage".to_owned(), json!("fast"));
        }
        if password && !of_medium {
            wish.insert("password".to_owned(), json!("correct horse"));
        }
    }
    wish
}

/// Plants a difference on a guest of the plan, or of any guest before there is one.
async fn plant(dice: &mut Dice, world: &World, what: Planted, plan: Option<&Plan>) {
    let vmids = world.sim().vmids();
    let vmid = plan
        .and_then(|plan| {
            let step = dice.of(&plan.steps);
            step.target.rsplit('/').next()?.parse().ok()
        })
        .filter(|vmid| vmids.contains(vmid))
        .unwrap_or_else(|| *dice.of(&vmids));
    let guest = world.sim().guest(vmid).unwrap();
    // Whoever comes to a locked guest is refused, too.
    let touches = ![
        Planted::NodeDown,
        Planted::StorageAway,
        Planted::StorageFull,
    ]
    .contains(&what);
    if touches && guest.lock.is_some() {
        return;
    }
    let outside = world.outside();
    match what {
        Planted::Nothing => {}
        Planted::Lock => outside.configure(vmid, &[("lock", "backup")]).await,
        Planted::Status if guest.status == "stopped" => outside.start(vmid).await,
        Planted::Status => outside.stop(vmid).await,
        Planted::HighlyAvailable => {
            let kind = match guest.kind {
                sim::GuestKind::Qemu => "vm",
                sim::GuestKind::Lxc => "ct",
            };
            outside.manage(&format!("{kind}:{vmid}")).await;
        }
        Planted::LostRight => outside.take_rights(USER, vmid).await,
        Planted::Protected => outside.configure(vmid, &[("protection", "1")]).await,
        Planted::NodeDown => world.sim().set_node_online(&guest.node, false),
        Planted::StorageAway => world
            .sim()
            .take_effect(&sim::Effect::StorageUnavailable("fast".to_owned())),
        // A disk of 8 GiB does not fit any more.
        Planted::StorageFull => outside.fill("plain", 895).await,
        Planted::Configured => {
            outside
                .configure(vmid, &[("description", "somebody was here")])
                .await;
        }
        Planted::Hidden => {
            for op in ["guest.*", "snapshot.*"] {
                world.fault(&json!({
                    "when": { "op": op, "target": format!("guest/{vmid}") },
                    "effect": { "task_error": "out of luck" },
                }));
            }
        }
    }
}

/// Everything works again; what was done to guests stays done.
async fn mend(world: &World, planted: Planted) {
    world.sim().clear_faults();
    for node in NODES {
        world.sim().set_node_online(node, true);
    }
    world
        .sim()
        .take_effect(&sim::Effect::StorageAvailable("fast".to_owned()));
    if planted == Planted::StorageFull {
        world.outside().empty("plain").await;
    }
    world.clock.advance(Duration::from_secs(30));
}

/// Whether each step went well, as it was foretold and as it was. A refusal of the whole plan is one answer.
fn compare(told: &Rehearsed, met: Option<&[StepState]>, score: &mut Score, foreseeable: bool) {
    let refused = told.outcome == Foretold::Refused;
    let count = |bad: bool, foretold_bad: bool, silent: bool, score: &mut Score| match (
        bad,
        foretold_bad,
    ) {
        (true, _) if !foreseeable => score.unforeseeable += 1,
        (true, true) => {
            score.foreseeable += 1;
            score.foretold += 1;
        }
        (true, false) => {
            score.foreseeable += 1;
            score.not_rehearsed += u32::from(silent);
        }
        // What was planted later may as well have mended something.
        (false, true) if foreseeable => score.false_alarms += 1,
        (false, _) => score.went_well += 1,
    };
    let Some(met) = met else {
        let any_bad = refused || told.steps.iter().any(|step| step.error.is_some());
        count(true, any_bad, told.outcome == Foretold::Unknown, score);
        return;
    };
    for (step, state) in told.steps.iter().zip(met) {
        let foretold_bad = refused || step.state.is_some_and(|state| state != StepState::Done);
        count(
            *state != StepState::Done,
            foretold_bad,
            step.state.is_none(),
            score,
        );
    }
}

async fn one_plan(
    dice: &mut Dice,
    world: &World,
    number: u32,
    scores: &mut BTreeMap<Planted, Score>,
) -> Planted {
    let what = *dice.of(&PLANTED);
    let when = match dice.below(6) {
        0 | 1 => When::BeforeThePlan,
        2..=4 => When::BeforeTheRehearsal,
        _ => When::AfterTheRehearsal,
    };
    if when == When::BeforeThePlan {
        plant(dice, world, what, None).await;
        world.clock.advance(Duration::from_secs(30));
    }
    // Many wishes make no sense in the present state: the plan says so, and another one is made.
    let plan = loop {
        let (op, input) = wish(dice, world, number, what == Planted::StorageFull);
        match world.plan(op, input).await {
            Ok(plan) => break plan,
            Err(_) => world.clock.advance(Duration::from_secs(4)),
        }
    };
    if when == When::BeforeTheRehearsal {
        plant(dice, world, what, Some(&plan)).await;
    }
    let told = world
        .app
        .registry
        .query(
            &World::operator(),
            "plans.rehearse",
            json!({ "plan": plan.id }),
        )
        .await
        .unwrap();
    let told: Rehearsed = serde_json::from_value(told).unwrap();
    if when == When::AfterTheRehearsal {
        plant(dice, world, what, Some(&plan)).await;
    }
    let foreseeable = when != When::AfterTheRehearsal && what != Planted::Hidden;
    let score = scores.entry(what).or_default();
    score.plans += 1;
    let before = *score;
    let (met, said) = match world.approve(&plan).await {
        Err(error) => (None, error.sentence()),
        Ok(run) => {
            let run = world.run_to_end(&run.id).await;
            let said = format!(
                "{:?}",
                run.steps
                    .iter()
                    .map(|step| (step.state, &step.error))
                    .collect::<Vec<_>>()
            );
            (
                Some(run.steps.iter().map(|step| step.state).collect::<Vec<_>>()),
                said,
            )
        }
    };
    compare(&told, met.as_deref(), score, foreseeable);
    let missed = score.foreseeable - before.foreseeable > score.foretold - before.foretold;
    if missed || score.false_alarms > before.false_alarms {
        println!(
            "{what:?} {when:?} {}: foretold {} {:?}, met {said}",
            plan.summary,
            told.outcome.as_str(),
            told.steps
                .iter()
                .map(|step| (step.state, &step.error))
                .collect::<Vec<_>>()
        );
    }
    what
}

async fn honesty(seeds: std::ops::Range<u64>) {
    let mut scores: BTreeMap<Planted, Score> = BTreeMap::new();
    for seed in seeds {
        let mut dice = Dice(seed);
        let world = World::builder()
            .cluster(cluster())
            .as_the_worlds_user()
            .without_background()
            .settings(|settings| {
                settings.engine.verify_patience = Duration::from_millis(300);
                settings.engine.recover_patience = Duration::from_secs(1);
            })
            .build()
            .await;
        for number in 0..PLANS_PER_WORLD {
            let planted = one_plan(&mut dice, &world, number, &mut scores).await;
            mend(&world, planted).await;
        }
    }
    let mut all = Score::default();
    for (what, score) in &scores {
        println!("{what:?}: {score:?}");
        all.plans += score.plans;
        all.foreseeable += score.foreseeable;
        all.foretold += score.foretold;
        all.not_rehearsed += score.not_rehearsed;
        all.unforeseeable += score.unforeseeable;
        all.false_alarms += score.false_alarms;
        all.went_well += score.went_well;
    }
    println!("all: {all:?}");
    let silent = all.foreseeable - all.foretold - all.not_rehearsed;
    assert!(
        all.foretold * 10 >= (all.foreseeable - all.not_rehearsed) * 9,
        "{silent} errors were neither foretold nor said to be out of reach: {all:?}"
    );
    assert!(all.false_alarms * 10 <= all.went_well, "{all:?}");
    assert!(all.foreseeable > 0, "the worlds hold nothing to foretell");
}

#[tokio::test]
async fn what_can_be_foreseen_is_foretold_in_the_first_fifty_plans() {
    honesty(0..10).await;
}

#[tokio::test]
async fn what_can_be_foreseen_is_foretold_in_the_second_fifty_plans() {
    honesty(10..20).await;
}

#[tokio::test]
async fn what_can_be_foreseen_is_foretold_in_the_third_fifty_plans() {
    honesty(20..30).await;
}

#[tokio::test]
async fn what_can_be_foreseen_is_foretold_in_the_fourth_fifty_plans() {
    honesty(30..40).await;
}
