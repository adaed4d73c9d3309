//! The process dies at every point of every operation on the product's own data: afterwards it was done once, or
//! it is told that it was not.

use std::{sync::Arc, time::Duration};

use ops::{
    Actor, Call, Kind, Role, Run, RunState, Scope, StepState, Surface, Wish,
    engine::{Point, Probe},
    ports::Accounts as _,
};
use serde_json::{Value, json};
use testkit::World;
use tokio::sync::Notify;

/// One operation, what was done before it, and how often what it makes is there when it was done once.
struct Row {
    before: Vec<(&'static str, Value)>,
    op: &'static str,
    input: Value,
    /// A query, and where the list is that it makes longer or shorter.
    seen: (&'static str, &'static str),
    /// Which rows of that list count: a field and its value.
    only: Option<(&'static str, &'static str)>,
    once: usize,
}

impl Row {
    fn only(mut self, field: &'static str, value: &'static str) -> Self {
        self.only = Some((field, value));
        self
    }
}

const RUNBOOK: &str = r"name: care
summary: Stop
parameters: {}
steps:
  - op: guests.stop
    input: {guests: [web-01]}
";

fn rows() -> Vec<Row> {
    let row = |before: &[(&'static str, Value)], op, input, seen, once| Row {
        before: before.to_vec(),
        op,
        input,
        seen,
        only: None,
        once,
    };
    let policy =
        json!({ "name": "nightly", "guests": ["tag=web"], "schedule": "02:30", "keep": 2 });
    let schedule = json!({
        "name": "night", "calendar": "02:00", "op": "guests.stop", "guests": ["tag=web"],
    });
    let runbook = json!({ "source": RUNBOOK });
    let freeze = json!({ "reason": "power works" });
    let grant = json!({
        "op": "guests.reboot", "guests": ["tag=web"], "until": "2027-03-01T00:00:00Z",
    });
    let fact = json!({ "text": "we deploy on mondays", "team": true });
    let note = json!({ "text": "the backup of the archive takes four hours" });
    let house = json!({ "place": "{place}", "id": "house", "name": "House" });
    let policies = ("snapshots.policies", "/policies");
    let schedules = ("schedules.list", "/schedules");
    let runbooks = ("runbooks.list", "/runbooks");
    let granted = ("approvals.list", "/approvals");
    let facts = ("memory.list", "/facts");
    let notes = ("knowledge.notes", "/notes");
    let sources = ("knowledge.sources", "/sources");
    vec![
        row(&[], "snapshots.set_policy", policy.clone(), policies, 1),
        row(
            &[("snapshots.set_policy", policy)],
            "snapshots.delete_policy",
            json!({ "name": "nightly" }),
            policies,
            0,
        ),
        row(&[], "schedules.create", schedule.clone(), schedules, 1),
        row(
            &[("schedules.create", schedule.clone())],
            "schedules.set",
            json!({ "schedule": "night", "calendar": "daily" }),
            schedules,
            1,
        ),
        row(
            &[("schedules.create", schedule)],
            "schedules.delete",
            json!({ "schedule": "night" }),
            schedules,
            0,
        ),
        row(&[], "runbooks.create", runbook.clone(), runbooks, 1),
        row(
            &[("runbooks.create", runbook)],
            "runbooks.delete",
            json!({ "name": "care" }),
            runbooks,
            0,
        ),
        row(
            &[],
            "incident.freeze",
            freeze.clone(),
            ("incident.show", "/freeze"),
            1,
        ),
        row(
            &[("incident.freeze", freeze)],
            "incident.thaw",
            json!({}),
            ("incident.show", "/freeze"),
            0,
        ),
        row(&[], "approvals.grant", grant.clone(), granted, 1),
        row(
            &[("approvals.grant", grant)],
            "approvals.revoke",
            json!({ "id": "{id}" }),
            granted,
            0,
        ),
        row(&[], "memory.add", fact.clone(), facts, 1),
        row(
            &[("memory.add", fact.clone())],
            "memory.edit",
            json!({ "fact": "{id}", "text": "we deploy on tuesdays" }),
            facts,
            1,
        )
        .only("text", "we deploy on tuesdays"),
        row(
            &[("memory.add", fact)],
            "memory.delete",
            json!({ "fact": "{id}" }),
            facts,
            0,
        ),
        row(&[], "knowledge.note_add", note.clone(), notes, 1),
        row(
            &[("knowledge.note_add", note)],
            "knowledge.note_delete",
            json!({ "note": "{id}" }),
            notes,
            0,
        ),
        row(&[], "knowledge.add_source", house.clone(), sources, 1).only("id", "house"),
        row(
            &[("knowledge.add_source", house.clone())],
            "knowledge.refresh",
            json!({ "sources": ["house"] }),
            sources,
            1,
        )
        .only("id", "house"),
        row(
            &[("knowledge.add_source", house)],
            "knowledge.remove_source",
            json!({ "source": "house" }),
            sources,
            0,
        )
        .only("id", "house"),
    ]
}

/// Anna wishes and approves it.
async fn begin(world: &World, op: &str, input: Value) -> Run {
    let anna = Call::new(Actor::new("anna", Role::Admin, Surface::Web));
    let wish = Wish {
        op: op.to_owned(),
        input,
    };
    let registry = &world.app.registry;
    let plan = registry.plan_wishes(&anna, vec![wish]).await.unwrap();
    let consent = World::consent(&plan, anna.actor);
    registry.approve(&plan.id, consent).await.unwrap()
}

async fn seen(world: &World, row: &Row) -> Value {
    let answer = world
        .app
        .registry
        .query(&World::admin(), row.seen.0, json!({}))
        .await
        .unwrap();
    answer.pointer(row.seen.1).cloned().unwrap_or(Value::Null)
}

fn count(row: &Row, seen: &Value) -> usize {
    match seen {
        Value::Null => 0,
        Value::Array(list) => list
            .iter()
            // A revoked approval is still listed.
            .filter(|one| one["in_force"] != json!(false))
            .filter(|one| {
                row.only
                    .is_none_or(|(field, value)| one[field] == json!(value))
            })
            .count(),
        _ => 1,
    }
}

/// The input with what is known only now: the folder, and the id of what was made before.
fn filled(input: &Value, place: &str, id: &Value) -> Value {
    let mut input = input.clone();
    for value in input.as_object_mut().unwrap().values_mut() {
        match value.as_str() {
            Some("{place}") => *value = json!(place),
            Some("{id}") => *value = id.clone(),
            _ => {}
        }
    }
    input
}

async fn story(row: &Row, point: Point) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("house.md"),
        "# House\n\nThe rack is in the cellar.\n",
    )
    .unwrap();
    let place = folder.path().to_str().unwrap();
    let mut world = World::builder()
        .on_disk()
        .without_background()
        .build()
        .await;
    // A standing approval is of a person with an account.
    let store = &world.app.store;
    let password = "correct horse battery";
    store
        .create_user("anna", Role::Admin, password)
        .await
        .unwrap();
    for (op, input) in &row.before {
        let input = filled(input, place, &Value::Null);
        let run = begin(&world, op, input).await;
        let run = world.run_to_end(&run.id).await;
        assert_eq!(run.state, RunState::Succeeded, "{op}: {run:?}");
    }
    let input = filled(&row.input, place, &seen(&world, row).await[0]["id"]);
    // The next process is the one that dies.
    let reached = Arc::new(Notify::new());
    let tell = Arc::clone(&reached);
    world.settings.engine.probe = Some(Probe::new(move |at, _, _| {
        let tell = Arc::clone(&tell);
        Box::pin(async move {
            if at == point {
                tell.notify_one();
                std::future::pending::<()>().await;
            }
        })
    }));
    world.kill().await;
    world.open_again().await;
    let run = begin(&world, row.op, input).await;
    let there = tokio::time::timeout(testkit::PATIENCE, reached.notified()).await;
    assert!(there.is_ok(), "{} never came to {point:?}", row.op);
    world.kill().await;

    world.settings.engine.probe = None;
    world.clock.advance(Duration::from_secs(10));
    world.open_again().await;
    world.app.registry.supervise_once().await.unwrap();
    let run = world.run_to_end(&run.id).await;
    let step = &run.steps[0];
    let story = format!("{} {point:?}: {step:?}", row.op);
    let is_done = count(row, &seen(&world, row).await) == row.once;
    match step.state {
        StepState::Done => assert!(is_done, "{story}"),
        // A reading that was cut off says so; what is read is the source's, not the step's.
        StepState::Failed if matches!(row.op, "knowledge.refresh" | "knowledge.add_source") => {
            assert!(
                step.error
                    .as_deref()
                    .is_some_and(|text| text.contains("the reading was stopped")),
                "{story}"
            );
        }
        StepState::NotExecuted | StepState::Unknown => {
            assert!(
                step.error.as_deref().is_some_and(|text| !text.is_empty()),
                "{story}"
            );
        }
        StepState::Failed | StepState::Pending | StepState::Running => panic!("{story}"),
    }
    println!("{} {point:?}: {:?}", row.op, step.state);
}

#[tokio::test]
async fn a_process_that_dies_while_its_own_data_are_changed_leaves_the_truth() {
    let rows = rows();
    let registry = World::builder().without_background().build().await;
    let without: Vec<&str> = registry
        .app
        .registry
        .entries()
        .filter(|entry| entry.kind() == Kind::Action && entry.scope == Scope::Product)
        .map(|entry| entry.name)
        .filter(|name| rows.iter().all(|row| row.op != *name))
        .collect();
    assert_eq!(without, [""; 0], "operations without a row");
    println!("{} operations", rows.len());
    for row in &rows {
        // Nothing is lost on the way to the own store.
        for point in [Point::BeforeSend, Point::AfterAnswer, Point::AfterRow] {
            story(row, point).await;
        }
    }
}
