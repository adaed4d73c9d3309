//! A clock that stands, stores on it, and plans and runs to put in.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use ops::{
    Actor, Observed, Plan, PlanState, PlanStep, Risk, Role, Run, RunState, RunStep, Scope,
    StepState, Surface,
    ports::{Ledger as _, ManualClock, Opened},
    run::{Approval, Owner},
};
use serde_json::json;
use store::{OpenOptions, Store};

pub(crate) fn start() -> Timestamp {
    "2025-03-01T08:00:00.123456789Z".parse().unwrap()
}

pub(crate) fn clock() -> Arc<ManualClock> {
    ManualClock::at(start())
}

pub(crate) async fn open(directory: &Path) -> Store {
    Store::open(directory, OpenOptions::new(clock()))
        .await
        .unwrap()
}

pub(crate) async fn in_memory() -> Store {
    Store::in_memory(clock()).await.unwrap()
}

/// A connection past the store, to see or spoil what lies in the file.
pub(crate) async fn raw(directory: &Path) -> sqlx::SqlitePool {
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(directory.join("proxmox-ai.db"));
    sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .unwrap()
}

pub(crate) fn plan(id: &str) -> Plan {
    let step = |id: &str, depends_on: Vec<String>| PlanStep {
        id: id.to_owned(),
        op: "guests.stop".to_owned(),
        title: "Stop web-02".to_owned(),
        target: "main/pve1/101".to_owned(),
        target_name: "web-02".to_owned(),
        node: Some("pve1".to_owned()),
        storage: None,
        depends_on,
        change: Vec::new(),
        interruption_s: Some(30),
        undo: true,
        risk: Risk::Disruptive,
        input: json!({"vmid": 101}),
        preconditions: Observed::default(),
        along: Vec::new(),
        facts: None,
        turn: 0,
    };
    let mut plan = Plan {
        id: id.to_owned(),
        op: "guests.stop".to_owned(),
        digest: String::new(),
        risk: Risk::Disruptive,
        scope: Scope::Cluster,
        summary: "stop web-02".to_owned(),
        state: PlanState::Proposed,
        created_by: Actor::new("ann", Role::Operator, Surface::Web),
        created_at: start(),
        expires_at: start() + std::time::Duration::from_mins(15),
        run_id: None,
        thread: Some("t1".to_owned()),
        confirm: None,
        preflight: Vec::new(),
        left_out: Vec::new(),
        irreversible: Vec::new(),
        steps: vec![step("s1", Vec::new()), step("s2", vec!["s1".to_owned()])],
        on_failure: ops::plan::OnFailure::Continue,
        rehearsal: None,
        ruling: None,
        approvals: Vec::new(),
    };
    plan.digest = plan.compute_digest();
    plan
}

pub(crate) fn run(id: &str, plan: &Plan) -> Run {
    Run {
        id: id.to_owned(),
        plan_id: plan.id.clone(),
        op: plan.op.clone(),
        summary: plan.summary.clone(),
        state: RunState::Queued,
        created_by: plan.created_by.name.clone(),
        approved_by: "ben".to_owned(),
        steps: plan
            .steps
            .iter()
            .map(|step| RunStep {
                id: step.id.clone(),
                title: step.title.clone(),
                op: step.op.clone(),
                target: step.target.clone(),
                target_name: step.target_name.clone(),
                state: StepState::Pending,
                upid: None,
                error: None,
                verify: None,
                started_at: None,
                finished_at: None,
            })
            .collect(),
        started_at: None,
        finished_at: None,
    }
}

pub(crate) fn approval(plan: &Plan) -> Approval {
    Approval {
        plan_id: plan.id.clone(),
        digest: plan.digest.clone(),
        by: Actor::new("ben", Role::Admin, Surface::Web),
        at: start(),
        rules: Vec::new(),
        standing: Vec::new(),
        also: Vec::new(),
    }
}

pub(crate) fn owner(pid: u32) -> Owner {
    Owner {
        host: "box".to_owned(),
        boot_id: "b1".to_owned(),
        pid,
        started: 7,
    }
}

/// Stores a plan and opens a run of it.
pub(crate) async fn opened(store: &Store, run_id: &str, owner: Option<&Owner>) -> Run {
    let plan = plan(&format!("plan-of-{run_id}"));
    store.insert_plan(&plan).await.unwrap();
    let run = run(run_id, &plan);
    let outcome = store
        .open_run(&run, &approval(&plan), owner, start())
        .await
        .unwrap();
    assert_eq!(outcome, Opened::Yes);
    run
}
