//! Every kind of step x every point at which the process may die: afterwards the change was asked for exactly
//! once, or what cannot be known is told as such.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use ops::{
    EngineOptions, Kind, Run, Scope, StepState,
    engine::{Point, Probe},
};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};
use tokio::sync::Notify;

use crate::fault_rows::all_rows;

/// Worlds side by side: they mostly wait.
const AT_ONCE: usize = 4;

/// One kind of step.
struct Row {
    op: &'static str,
    input: Value,
    /// The call it comes to, as the cluster's log has it.
    call: &'static str,
    traces: Traces,
}

/// How a lost call of this kind can be found again.
#[derive(Clone, Copy, PartialEq)]
enum Traces {
    /// By its task or by its effect: the step always ends as done.
    Found,
    /// By its task, when one was started; that none was sent cannot be told from a call that left no trace.
    TaskOnly,
    None,
}

impl Row {
    /// Whether what became of the call can be found out after a death at this point.
    fn known(&self, point: Point) -> bool {
        match (self.traces, point) {
            (Traces::Found, _)
            | (_, Point::AfterRow)
            | (Traces::TaskOnly, Point::AfterSend | Point::AfterAnswer) => true,
            (_, Point::BeforeSend) | (Traces::None, Point::AfterSend | Point::AfterAnswer) => false,
        }
    }
}

fn rows() -> Vec<Row> {
    use Traces::{Found, None, TaskOnly};
    let row = |op, input, call, traces| Row {
        op,
        input,
        call,
        traces,
    };
    let guest = |name: &str| json!({ "guests": [name] });
    let raw = |path: &str, params: &[&str]| json!({ "path": path, "params": params });
    vec![
        row(
            "guests.start",
            guest("db-01"),
            "guest.start guest/103",
            Found,
        ),
        row(
            "guests.start",
            guest("cache-02"),
            "guest.start guest/202",
            Found,
        ),
        row(
            "guests.stop",
            guest("web-01"),
            "guest.stop guest/101",
            Found,
        ),
        row(
            "guests.stop",
            guest("cache-01"),
            "guest.stop guest/201",
            Found,
        ),
        row(
            "guests.shutdown",
            guest("web-01"),
            "guest.shutdown guest/101",
            Found,
        ),
        row(
            "guests.reboot",
            guest("web-01"),
            "guest.reboot guest/101",
            Found,
        ),
        row(
            "guests.reboot",
            guest("cache-01"),
            "guest.reboot guest/201",
            Found,
        ),
        row(
            "snapshots.create",
            json!({ "guests": ["web-01"], "name": "new" }),
            "snapshot.create snapshot/101/new",
            Found,
        ),
        row(
            "snapshots.delete",
            json!({ "guests": ["old-01"], "name": "old" }),
            "snapshot.delete snapshot/104/old",
            Found,
        ),
        row(
            "pve.create",
            raw("/nodes/pve1/qemu/101/snapshot", &["snapname=raw"]),
            "snapshot.create snapshot/101/raw",
            TaskOnly,
        ),
        row(
            "pve.set",
            raw("/nodes/pve1/qemu/101/config", &["description=written"]),
            "guest.config guest/101",
            None,
        ),
        row(
            "pve.delete",
            raw("/nodes/pve1/qemu/104/snapshot/old", &[]),
            "snapshot.delete snapshot/104/old",
            TaskOnly,
        ),
    ]
}

fn cluster() -> Cluster {
    Cluster::default().guest(Guest::vm(104, "old-01", "pve1").snapshot("old"))
}

/// A probe that holds the engine at one point for ever, and tells when it is there.
fn held_at(point: Point) -> (Probe, Arc<Notify>) {
    let reached = Arc::new(Notify::new());
    let tell = Arc::clone(&reached);
    let probe = Probe::new(move |at, _, _| {
        let tell = Arc::clone(&tell);
        Box::pin(async move {
            if at == point {
                tell.notify_one();
                std::future::pending::<()>().await;
            }
        })
    });
    (probe, reached)
}

async fn story(row: &Row, point: Point) {
    let (probe, reached) = held_at(point);
    let mut world = World::builder()
        .cluster(cluster())
        .on_disk()
        .settings(|settings| {
            settings.engine = EngineOptions {
                probe: Some(probe),
                // Whoever leaves a trace is found in the end, however busy the machine is.
                recover_patience: if row.known(point) {
                    testkit::PATIENCE
                } else {
                    Duration::from_secs(2)
                },
                ..settings.engine.clone()
            };
        })
        .build()
        .await;
    let plan = world.plan(row.op, row.input.clone()).await.unwrap();
    if point == Point::AfterSend {
        let (op, target) = row.call.split_once(' ').unwrap();
        world.fault(&json!({
            "when": { "op": op, "target": target, "phase": "after" },
            "effect": { "drop_connection": true },
        }));
    }
    let run = world.approve(&plan).await.unwrap();
    let there = tokio::time::timeout(testkit::PATIENCE, reached.notified()).await;
    assert!(there.is_ok(), "{} never came to {point:?}", row.op);
    world.kill().await;
    let sent = world.changes();
    assert_eq!(
        sent.len(),
        usize::from(point != Point::BeforeSend),
        "{} {point:?}: {sent:?}",
        row.op
    );

    world.settings.engine.probe = None;
    // Whatever was on its way has arrived by now, and clients have given up waiting.
    world.clock.advance(Duration::from_secs(10));
    world.open_again().await;
    let run = world.run_to_end(&run.id).await;
    check(&world, row, point, &run);
}

fn check(world: &World, row: &Row, point: Point, run: &Run) {
    let [step] = run.steps.as_slice() else {
        panic!("{} has {} steps", row.op, run.steps.len());
    };
    let story = format!("{} {point:?}: {step:?}", row.op);
    let asked = world.changes();
    let sent = usize::from(row.traces == Traces::Found || point != Point::BeforeSend);
    assert_eq!(asked, vec![row.call; sent], "{story}");
    if row.known(point) {
        assert_eq!(step.state, StepState::Done, "{story}");
        assert_eq!(step.error, None, "{story}");
    } else {
        // Never a guess: neither sent again nor taken for done.
        assert_eq!(step.state, StepState::Unknown, "{story}");
        assert!(
            step.error
                .as_deref()
                .is_some_and(|text| text.contains("look whether")),
            "{story}"
        );
    }
}

#[tokio::test]
async fn a_process_that_dies_at_any_point_of_any_step_leaves_the_truth() {
    let rows = rows();
    let registry = World::new().await;
    let without: Vec<&str> = registry
        .app
        .registry
        .entries()
        .filter(|entry| entry.kind() == Kind::Action && entry.scope == Scope::Cluster)
        .map(|entry| entry.name)
        .filter(|name| rows.iter().all(|row| row.op != *name))
        // Every point of their steps is in the table of faults.
        .filter(|name| all_rows().iter().all(|row| row.op != *name))
        // The reboot of a node is made of it, and is in that table.
        .filter(|name| *name != "nodes.power")
        .collect();
    assert_eq!(without, [""; 0], "operations without a row");
    let stories: Vec<_> = rows
        .iter()
        .flat_map(|row| Point::ALL.map(|point| story(row, point)))
        .collect();
    let want = stories.len();
    let told = stream::iter(stories)
        .buffer_unordered(AT_ONCE)
        .count()
        .await;
    println!("{told} stories of {} kinds of steps", rows.len());
    assert_eq!(told, want);
}
