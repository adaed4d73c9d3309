//! Operations on guests as a table: what each does on the cluster, and how it is taken back.

use std::time::Duration;

use ops::{Risk, Run, RunState, StepState};
use pve::{Method, Params};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

/// One operation on guests that fit it.
pub(crate) struct Row {
    pub(crate) op: &'static str,
    pub(crate) input: Value,
    pub(crate) guest: Guest,
    /// Calls of somebody else that set the world up.
    pub(crate) setup: Vec<(Method, &'static str, Vec<(&'static str, &'static str)>)>,
    /// What the simulator calls what is asked of it, in its order.
    pub(crate) calls: Vec<&'static str>,
    pub(crate) verdict: &'static str,
    pub(crate) risk: Risk,
    /// Nothing where there is no way back.
    pub(crate) undo: Option<&'static str>,
}

impl Row {
    fn new(op: &'static str, guest: Guest, input: Value, call: &'static str) -> Self {
        Self {
            op,
            input,
            guest,
            setup: Vec::new(),
            calls: vec![call],
            verdict: "",
            risk: Risk::Reversible,
            undo: Some("guests.config"),
        }
    }

    fn says(mut self, verdict: &'static str) -> Self {
        self.verdict = verdict;
        self
    }

    fn risk(mut self, risk: Risk) -> Self {
        self.risk = risk;
        self
    }

    fn back_by(mut self, op: &'static str) -> Self {
        self.undo = Some(op);
        self
    }

    fn twice(mut self) -> Self {
        self.calls.extend_from_within(..);
        self
    }

    fn no_way_back(mut self) -> Self {
        self.undo = None;
        self
    }

    fn after(
        mut self,
        method: Method,
        path: &'static str,
        params: &[(&'static str, &'static str)],
    ) -> Self {
        self.setup.push((method, path, params.to_vec()));
        self
    }

    pub(crate) async fn world(&self) -> World {
        let world = World::builder()
            .cluster(self.cluster())
            .on_disk()
            .build()
            .await;
        for (method, path, params) in &self.setup {
            let params: Params = params.iter().copied().collect();
            world.outside().call(*method, path, params).await;
        }
        // The list of guests that was read before is too old for a plan by then.
        world.clock.advance(Duration::from_secs(10));
        world
    }

    fn cluster(&self) -> Cluster {
        Cluster::of(&["pve1", "pve2", "pve3"])
            .guest(self.guest.clone())
            .guest(Guest::vm(900, "bystander", "pve2").running())
    }
}

fn vm() -> Guest {
    Guest::vm(101, "web-01", "pve1")
}

fn container() -> Guest {
    Guest::container(201, "cache-01", "pve1")
}

/// Every operation, for virtual machines and containers where both can.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = options();
    rows.extend(life());
    rows
}

fn options() -> Vec<Row> {
    const OF_VM: &str = "guest.config guest/101";
    const OF_CT: &str = "guest.config guest/201";
    let web = |more: Value| with_guest("web-01", more);
    let cache = |more: Value| with_guest("cache-01", more);
    vec![
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "set": ["memory=4096", "onboot=1"], "delete": ["cores"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.config",
            vm().running(),
            web(json!({ "set": ["memory=4096", "description=x"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished; memory applies at its next start"),
        Row::new(
            "guests.config",
            container().running(),
            cache(json!({ "set": ["memory=4096", "swap=64"] })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "set": ["scsi1=fast:4"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "delete": ["scsi0"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "delete": ["scsi0"], "destroy_volumes": true })),
            OF_VM,
        )
        .says("web-01 is configured as wished")
        .risk(Risk::Destructive)
        .no_way_back(),
        Row::new(
            "guests.config",
            vm(),
            web(json!({ "set": ["cipassword=correct horse"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished")
        .no_way_back(),
        Row::new("guests.rename", vm(), web(json!({ "name": "shop" })), OF_VM)
            .says("web-01 is configured as wished"),
        Row::new(
            "guests.rename",
            container(),
            cache(json!({ "name": "{name}-{id}" })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.tag",
            vm(),
            web(json!({ "add": ["prod", "web"] })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.tag",
            container().tags(&["a", "b"]),
            cache(json!({ "remove": ["A", "b"] })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.notes",
            vm(),
            web(json!({ "text": "\"quoted\" 🐘 مرحبا\n- two" })),
            OF_VM,
        )
        .says("web-01 is configured as wished"),
        Row::new(
            "guests.notes",
            container().with("description", "first"),
            cache(json!({ "text": "second", "append": true })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new("guests.protect", vm(), web(json!({})), OF_VM)
            .says("web-01 is configured as wished"),
        Row::new(
            "guests.protect",
            container().with("protection", true),
            cache(json!({ "off": true })),
            OF_CT,
        )
        .says("cache-01 is configured as wished"),
        Row::new(
            "guests.pool",
            vm(),
            web(json!({ "pool": "shop" })),
            "pool.update pool/shop",
        )
        .after(Method::Post, "/pools", &[("poolid", "shop")])
        .says("web-01 is in pool shop")
        .back_by("guests.pool"),
        Row::new(
            "guests.pool",
            container(),
            cache(json!({ "none": true })),
            "pool.update pool/shop",
        )
        .after(Method::Post, "/pools", &[("poolid", "shop")])
        .after(Method::Put, "/pools", &[("poolid", "shop"), ("vms", "201")])
        .says("cache-01 is in no pool")
        .back_by("guests.pool"),
    ]
}

fn life() -> Vec<Row> {
    let web = |more: Value| with_guest("web-01", more);
    let cache = |more: Value| with_guest("cache-01", more);
    vec![
        Row::new(
            "guests.delete",
            vm(),
            web(json!({})),
            "guest.delete guest/101",
        )
        .says("web-01 is gone")
        .risk(Risk::Destructive)
        .no_way_back(),
        Row::new(
            "guests.delete",
            container(),
            cache(json!({ "purge": true, "destroy_unreferenced_disks": true })),
            "guest.delete guest/201",
        )
        .says("cache-01 is gone")
        .risk(Risk::Destructive)
        .no_way_back(),
        Row::new(
            "guests.suspend",
            vm().running(),
            web(json!({})),
            "guest.suspend guest/101",
        )
        .says("web-01 is paused")
        .risk(Risk::Disruptive)
        .back_by("guests.resume"),
        Row::new(
            "guests.suspend",
            vm().running(),
            web(json!({ "to_disk": true })),
            "guest.suspend guest/101",
        )
        .says("web-01 is hibernated")
        .risk(Risk::Disruptive)
        .back_by("guests.resume"),
        Row::new(
            "guests.resume",
            vm().running(),
            web(json!({})),
            "guest.resume guest/101",
        )
        .after(Method::Post, "/nodes/pve1/qemu/101/status/suspend", &[])
        .says("web-01 is running")
        .back_by("guests.suspend"),
        Row::new(
            "guests.reset",
            vm().running(),
            web(json!({})),
            "guest.reset guest/101",
        )
        .says("web-01 is running")
        .risk(Risk::Disruptive)
        .no_way_back(),
    ]
}

fn with_guest(name: &str, mut more: Value) -> Value {
    if let Some(fields) = more.as_object_mut() {
        fields.insert("guests".to_owned(), json!([name]));
    }
    more
}

/// The whole world without what only tells that time went by and that something was asked.
pub(crate) fn state_of(world: &World) -> Value {
    let mut export = world.sim().export(false);
    let fields = export.as_object_mut().expect("a world");
    for field in ["now", "tasks", "metrics", "faults"] {
        fields.remove(field);
    }
    if let Some(exact) = fields.get_mut("pve").and_then(Value::as_object_mut) {
        for field in ["now_ms", "tasks", "task_ms"] {
            exact.remove(field);
        }
    }
    without_moments(&mut export);
    export
}

const MOMENTS: [&str; 6] = [
    "started_at_ms",
    "since_ms",
    "pid",
    "next_pid",
    "uptime_s",
    "boot_ms",
];

/// Drops when things began: a guest that was paused and goes on began anew.
fn without_moments(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, value| {
                let grew_by_nothing = key.is_empty() && *value == json!(0);
                !grew_by_nothing && !MOMENTS.contains(&key.as_str())
            });
            map.values_mut().for_each(without_moments);
        }
        Value::Array(list) => list.iter_mut().for_each(without_moments),
        _ => {}
    }
}

/// The paths at which two worlds differ, with both values.
pub(crate) fn differences(path: &str, one: &Value, other: &Value, into: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let (x, y) = (
                    a.get(key).unwrap_or(&Value::Null),
                    b.get(key).unwrap_or(&Value::Null),
                );
                differences(&format!("{path}/{key}"), x, y, into);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (x, y)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}/{at}"), x, y, into);
            }
        }
        _ if one == other => {}
        _ => into.push(format!("{path}: {one} -> {other}")),
    }
}

fn done(run: &Run) -> (RunState, StepState, Option<&str>) {
    let step = run.steps.last().expect("a step");
    (run.state, step.state, step.error.as_deref())
}

#[tokio::test]
async fn every_operation_is_planned_carried_out_and_verified() {
    for row in rows() {
        let world = row.world().await;
        let before = world.changes().len();
        let plan = world
            .plan(row.op, row.input.clone())
            .await
            .unwrap_or_else(|error| panic!("{} {}: {error:?}", row.op, row.input));
        assert_eq!(
            world.changes().len(),
            before,
            "{}: planning changes nothing",
            row.op
        );
        assert_eq!(
            (plan.op.as_str(), plan.risk),
            (row.op, row.risk),
            "{}",
            row.input
        );
        assert_eq!(
            plan.steps.iter().all(|step| step.undo),
            row.undo.is_some(),
            "{}",
            row.op
        );
        if row.undo.is_none() {
            assert!(
                plan.preflight
                    .iter()
                    .any(|signal| signal.signal == "no_way_back"),
                "{}: the plan says why there is no way back: {:?}",
                row.op,
                plan.preflight
            );
        }
        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(
            done(&run),
            (RunState::Succeeded, StepState::Done, None),
            "{} {}",
            row.op,
            row.input
        );
        let verify = run.steps[0].verify.clone().expect("a verdict");
        assert_eq!(
            (verify.ok, verify.text.as_str()),
            (true, row.verdict),
            "{}",
            row.op
        );
        assert_eq!(world.changes()[before..], row.calls, "{}", row.op);
    }
}

#[tokio::test]
async fn what_is_taken_back_leaves_the_world_as_it_was() {
    for row in rows() {
        let Some(inverse) = row.undo else { continue };
        let world = row.world().await;
        let before = state_of(&world);
        let run = world.carry_out(row.op, row.input.clone()).await;
        assert_eq!(run.state, RunState::Succeeded, "{}: {run:?}", row.op);
        let mut changed = Vec::new();
        differences("", &before, &state_of(&world), &mut changed);
        assert!(!changed.is_empty(), "{} changes the world", row.op);

        let plan = world
            .plan("runs.undo", json!({ "run": run.id }))
            .await
            .unwrap_or_else(|error| panic!("{} {}: {error:?}", row.op, row.input));
        assert!(
            plan.steps.iter().all(|step| step.op == inverse),
            "{}: {plan:?}",
            row.op
        );
        let back = world.approve(&plan).await.unwrap();
        let back = world.run_to_end(&back.id).await;
        assert_eq!(back.state, RunState::Succeeded, "{}: {back:?}", row.op);
        let mut left = Vec::new();
        differences("", &before, &state_of(&world), &mut left);
        assert_eq!(left, Vec::<String>::new(), "{} {}", row.op, row.input);
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_found_again_and_nothing_runs_twice() {
    let checks = rows().into_iter().map(|row| async move {
        let world = row.world().await;
        let before = world.changes().len();
        // It took effect, and nobody heard of it.
        let call = row.calls[0].split_once(' ').expect("an operation and its target").0;
        world.fault(&json!({
            "when": { "op": call, "target": "*", "phase": "after" }, "effect": { "drop_connection": true },
        }));
        let run = world.carry_out(row.op, row.input.clone()).await;
        let calls = world.changes()[before..].to_vec();
        assert_eq!(calls, row.calls, "{}: {run:?}", row.op);
        assert_eq!(done(&run), (RunState::Succeeded, StepState::Done, None), "{}", row.op);
    });
    futures_util::future::join_all(checks).await;
}

#[tokio::test]
async fn a_request_that_never_arrived_is_sent_again_once() {
    let checks = rows().into_iter().map(|row| async move {
        let world = row.world().await;
        let before = world.changes().len();
        let call = row.calls[0]
            .split_once(' ')
            .expect("an operation and its target")
            .0;
        world.fault(&json!({
            "when": { "op": call, "target": "*" }, "effect": { "drop_connection": true },
        }));
        let run = world.carry_out(row.op, row.input.clone()).await;
        // What is secret is sent once at most: the person gives it again.
        let is_secret = row.input.to_string().contains("cipassword");
        if is_secret {
            assert_eq!(world.changes()[before..], [""; 0], "{}", row.op);
            assert_eq!(
                run.steps[0].state,
                StepState::NotExecuted,
                "{}: {run:?}",
                row.op
            );
            return;
        }
        assert_eq!(
            done(&run),
            (RunState::Succeeded, StepState::Done, None),
            "{}",
            row.op
        );
        assert_eq!(world.changes()[before..], row.calls, "{}", row.op);
    });
    futures_util::future::join_all(checks).await;
}

#[tokio::test]
async fn a_locked_guest_is_refused_before_anything_is_asked() {
    // A pool is no part of the guest, and a guest with another lock cannot be put to sleep.
    let rows = rows();
    let lockable = |row: &Row| !["guests.pool", "guests.resume"].contains(&row.op);
    for mut row in rows.into_iter().filter(lockable) {
        row.guest = row.guest.with("lock", "backup");
        let world = row.world().await;
        let before = world.changes().len();
        let error = world.plan(row.op, row.input.clone()).await.unwrap_err();
        // A pool is no part of the guest.
        assert!(
            error.message.contains("is locked (backup)"),
            "{}: {error}",
            row.op
        );
        assert_eq!(world.changes().len(), before);
    }
}
