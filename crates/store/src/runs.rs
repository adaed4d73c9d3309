//! Runs and their steps as rows, and the one transaction that turns a plan into a run.

use std::collections::HashMap;

use jiff::Timestamp;
use ops::{
    AuditEntry, Plan, PlanState, Run, RunState, RunStep,
    ports::{Opened, StoredRun},
    run::{Approval, Owner, StepMemory},
};

use crate::{
    Store, audit,
    columns::{from_count, from_json, from_ns_opt, to_count, to_json, to_ns, to_ns_opt, word},
    db::{Tx, query},
    error::{Doing as _, Error, Result},
};

/// The columns of [`RunRow`], in its order.
macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "SELECT id, plan_id, op, summary, state, created_by, approved_by, started_at_ns, \
             finished_at_ns, approval, owner, heartbeat_at_ns, cancel_requested FROM runs ",
            $rest
        )
    };
}

/// The columns of [`StepRow`], in its order.
macro_rules! select_steps {
    ($rest:literal) => {
        concat!(
            "SELECT run_id, id, title, op, target, target_name, state, upid, error, verify, \
             started_at_ns, finished_at_ns, memory FROM run_steps ",
            $rest,
            " ORDER BY position"
        )
    };
}

type RunRow = (
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    Option<i64>,
    Option<i64>,
    String,
    Option<String>,
    Option<i64>,
    bool,
);

type StepRow = (
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    String,
);

/// Swaps the plan from `proposed` to `approved` and writes the run, or says who was faster.
pub(crate) async fn open(
    store: &Store,
    run: &Run,
    approval: &Approval,
    owner: Option<&Owner>,
    now: Timestamp,
) -> Result<Opened> {
    const DOING: &str = "open a run";
    if approval.plan_id != run.plan_id {
        return Err(Error::conflict(format!(
            "run `{}` of plan `{}` came with the approval of plan `{}`",
            run.id, run.plan_id, approval.plan_id
        )));
    }
    let mut tx = store.begin(DOING).await?;
    // The swap comes first: of two that race, the second waits here and then finds nothing to swap.
    let body: Option<String> = query(
        "UPDATE plans SET state = 'approved', run_id = $2 WHERE id = $1 AND state = 'proposed' \
         RETURNING body",
    )
    .bind(&run.plan_id)
    .bind(&run.id)
    .optional(&mut tx)
    .await
    .doing(DOING)?;
    let Some(body) = body else {
        let opened = why_not(&mut tx, &run.plan_id).await?;
        tx.rollback().await.doing(DOING)?;
        return Ok(opened);
    };
    if serde_json::from_str::<Plan>(&body).is_err() {
        query("UPDATE plans SET state = 'expired', run_id = NULL WHERE id = $1")
            .bind(&run.plan_id)
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        tx.commit().await.doing(DOING)?;
        return Ok(Opened::NotProposed(PlanState::Expired));
    }
    insert(&mut tx, run, approval, owner, now).await?;
    audit::append(&mut tx, AuditEntry::approved(run, approval), now).await?;
    tx.commit().await.doing(DOING)?;
    Ok(Opened::Yes)
}

async fn why_not(tx: &mut Tx, plan_id: &str) -> Result<Opened> {
    let found: Option<(String, Option<String>)> =
        query("SELECT state, run_id FROM plans WHERE id = $1")
            .bind(plan_id)
            .optional(&mut *tx)
            .await
            .doing("read the state of a plan")?;
    let Some((state, run_id)) = found else {
        return Ok(Opened::NoSuchPlan);
    };
    Ok(match word("the state of a plan", state)? {
        PlanState::Approved => Opened::AlreadyApproved { run_id },
        state @ (PlanState::Rejected | PlanState::Expired) => Opened::NotProposed(state),
        PlanState::Proposed => unreachable!("the swap takes every proposed plan"),
    })
}

async fn insert(
    tx: &mut Tx,
    run: &Run,
    approval: &Approval,
    owner: Option<&Owner>,
    now: Timestamp,
) -> Result<()> {
    const DOING: &str = "store a run";
    query(
        "INSERT INTO runs (id, plan_id, op, summary, state, is_final, created_by, approved_by, \
         approval, owner, heartbeat_at_ns, opened_at_ns, started_at_ns, finished_at_ns) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&run.id)
    .bind(&run.plan_id)
    .bind(&run.op)
    .bind(&run.summary)
    .bind(run.state.as_str())
    .bind(run.state.is_final())
    .bind(&run.created_by)
    .bind(&run.approved_by)
    .bind(to_json("an approval", approval)?)
    .bind(owner.map(owner_text).transpose()?)
    .bind(owner.map(|_| to_ns(now)))
    .bind(to_ns(now))
    .bind(to_ns_opt(run.started_at))
    .bind(to_ns_opt(run.finished_at))
    .execute(&mut *tx)
    .await
    .doing(DOING)?;
    let memory = to_json("the memory of a step", &StepMemory::default())?;
    for (position, step) in run.steps.iter().enumerate() {
        query(
            "INSERT INTO run_steps (run_id, position, id, title, op, target, target_name, state, \
             upid, error, verify, started_at_ns, finished_at_ns, memory) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(&run.id)
        .bind(position as i64)
        .bind(&step.id)
        .bind(&step.title)
        .bind(&step.op)
        .bind(&step.target)
        .bind(&step.target_name)
        .bind(step.state.as_str())
        .bind(&step.upid)
        .bind(&step.error)
        .bind(verify_text(step)?)
        .bind(to_ns_opt(step.started_at))
        .bind(to_ns_opt(step.finished_at))
        .bind(&memory)
        .execute(&mut *tx)
        .await
        .doing(DOING)?;
    }
    Ok(())
}

pub(crate) async fn find(store: &Store, id: &str) -> Result<Option<StoredRun>> {
    const DOING: &str = "read a run";
    // One transaction, so that run and steps are of the same moment.
    let mut tx = store.begin_read(DOING).await?;
    let row: Option<RunRow> = query(select_runs!("WHERE id = $1"))
        .bind(id)
        .optional(&mut tx)
        .await
        .doing(DOING)?;
    let steps: Vec<StepRow> = query(select_steps!("WHERE run_id = $1"))
        .bind(id)
        .all(&mut tx)
        .await
        .doing(DOING)?;
    tx.rollback().await.doing(DOING)?;
    Ok(join(row.into_iter().collect(), steps)?.pop())
}

/// Newest first.
pub(crate) async fn list(store: &Store, limit: u32) -> Result<Vec<Run>> {
    const DOING: &str = "list runs";
    let mut tx = store.begin_read(DOING).await?;
    let rows: Vec<RunRow> = query(select_runs!("ORDER BY seq DESC LIMIT $1"))
        .bind(i64::from(limit))
        .all(&mut tx)
        .await
        .doing(DOING)?;
    let steps: Vec<StepRow> = query(select_steps!(
        "WHERE run_id IN (SELECT id FROM runs ORDER BY seq DESC LIMIT $1)"
    ))
    .bind(i64::from(limit))
    .all(&mut tx)
    .await
    .doing(DOING)?;
    tx.rollback().await.doing(DOING)?;
    Ok(join(rows, steps)?
        .into_iter()
        .map(|stored| stored.run)
        .collect())
}

/// Oldest first, with their places.
pub(crate) async fn ids(store: &Store, after: u64, limit: u32) -> Result<Vec<(u64, String)>> {
    let rows: Vec<(i64, String)> =
        query("SELECT seq, id FROM runs WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(from_count(after))
            .bind(i64::from(limit))
            .all(store.reader())
            .await
            .doing("list the ids of runs")?;
    rows.into_iter()
        .map(|(seq, id)| Ok((to_count(seq)?, id)))
        .collect()
}

/// Oldest first.
pub(crate) async fn list_unfinished(store: &Store) -> Result<Vec<StoredRun>> {
    const DOING: &str = "list unfinished runs";
    let mut tx = store.begin_read(DOING).await?;
    let rows: Vec<RunRow> = query(select_runs!("WHERE NOT is_final ORDER BY seq"))
        .all(&mut tx)
        .await
        .doing(DOING)?;
    let steps: Vec<StepRow> = query(select_steps!(
        "WHERE run_id IN (SELECT id FROM runs WHERE NOT is_final)"
    ))
    .all(&mut tx)
    .await
    .doing(DOING)?;
    tx.rollback().await.doing(DOING)?;
    join(rows, steps)
}

/// Times that are not given stay as they are. A final run stays final.
pub(crate) async fn update(
    store: &Store,
    id: &str,
    state: RunState,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
) -> Result<()> {
    const DOING: &str = "update a run";
    let mut tx = store.begin(DOING).await?;
    let updated = query(
        "UPDATE runs SET state = $2, is_final = $3, started_at_ns = COALESCE($4, started_at_ns), \
         finished_at_ns = COALESCE($5, finished_at_ns) \
         WHERE id = $1 AND (NOT is_final OR state = $2)",
    )
    .bind(id)
    .bind(state.as_str())
    .bind(state.is_final())
    .bind(to_ns_opt(started_at))
    .bind(to_ns_opt(finished_at))
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    if updated == 0 {
        let present: Option<String> = query("SELECT state FROM runs WHERE id = $1")
            .bind(id)
            .optional(&mut tx)
            .await
            .doing(DOING)?;
        return Err(match present {
            Some(present) => Error::conflict(format!(
                "run `{id}` has ended as `{present}` and cannot become `{}`",
                state.as_str()
            )),
            None => Error::not_found(format!("run `{id}`")),
        });
    }
    audit::append(&mut tx, AuditEntry::run(id, state), store.now()).await?;
    tx.commit().await.doing(DOING)
}

pub(crate) async fn update_step(
    store: &Store,
    run_id: &str,
    step: &RunStep,
    memory: &StepMemory,
) -> Result<()> {
    const DOING: &str = "update a step";
    let mut tx = store.begin(DOING).await?;
    let updated = query(
        "UPDATE run_steps SET title = $3, op = $4, target = $5, target_name = $6, state = $7, \
         upid = $8, error = $9, verify = $10, started_at_ns = $11, finished_at_ns = $12, \
         memory = $13 WHERE run_id = $1 AND id = $2",
    )
    .bind(run_id)
    .bind(&step.id)
    .bind(&step.title)
    .bind(&step.op)
    .bind(&step.target)
    .bind(&step.target_name)
    .bind(step.state.as_str())
    .bind(&step.upid)
    .bind(&step.error)
    .bind(verify_text(step)?)
    .bind(to_ns_opt(step.started_at))
    .bind(to_ns_opt(step.finished_at))
    .bind(to_json("the memory of a step", memory)?)
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    if updated == 0 {
        return Err(Error::not_found(format!(
            "step `{}` in run `{run_id}`",
            step.id
        )));
    }
    audit::append(&mut tx, AuditEntry::step(run_id, step, memory), store.now()).await?;
    tx.commit().await.doing(DOING)
}

/// False when the run has ended or does not exist.
pub(crate) async fn request_cancel(store: &Store, id: &str) -> Result<bool> {
    let asked = query("UPDATE runs SET cancel_requested = TRUE WHERE id = $1 AND NOT is_final")
        .bind(id)
        .execute(store.writer())
        .await
        .doing("ask for the end of a run")?;
    Ok(asked == 1)
}

/// Compare and swap on the owner. A run that has ended belongs to nobody any more.
pub(crate) async fn claim(
    store: &Store,
    id: &str,
    expected: Option<&Owner>,
    owner: &Owner,
    now: Timestamp,
) -> Result<bool> {
    let claimed = query(
        "UPDATE runs SET owner = $3, heartbeat_at_ns = $4 \
         WHERE id = $1 AND NOT is_final AND owner IS NOT DISTINCT FROM $2",
    )
    .bind(id)
    .bind(expected.map(owner_text).transpose()?)
    .bind(owner_text(owner)?)
    .bind(to_ns(now))
    .execute(store.writer())
    .await
    .doing("take a run over")?;
    Ok(claimed == 1)
}

/// The owner as it is compared in SQL.
pub(crate) fn owner_text(owner: &Owner) -> Result<String> {
    to_json("the owner of a run", owner)
}

fn verify_text(step: &RunStep) -> Result<Option<String>> {
    step.verify
        .as_ref()
        .map(|verdict| to_json("a verdict", verdict))
        .transpose()
}

/// Puts the steps, which are in order, under their runs.
fn join(runs: Vec<RunRow>, steps: Vec<StepRow>) -> Result<Vec<StoredRun>> {
    let mut by_run: HashMap<String, Vec<StepRow>> = HashMap::new();
    for step in steps {
        by_run.entry(step.0.clone()).or_default().push(step);
    }
    runs.into_iter()
        .map(|run| {
            let steps = by_run.remove(&run.0).unwrap_or_default();
            read(run, steps)
        })
        .collect()
}

fn read(run: RunRow, step_rows: Vec<StepRow>) -> Result<StoredRun> {
    let (id, plan_id, op, summary, state, created_by, approved_by, started, finished, ..) = run;
    let (.., approval, owner, heartbeat, cancel_requested) = (run.9, run.10, run.11, run.12);
    let mut steps = Vec::with_capacity(step_rows.len());
    let mut memory = Vec::with_capacity(step_rows.len());
    for row in step_rows {
        let (step, remembered) = read_step(row)?;
        steps.push(step);
        memory.push(remembered);
    }
    Ok(StoredRun {
        approval: from_json(&format!("the approval of run `{id}`"), &approval)?,
        memory,
        owner: owner
            .map(|owner| from_json(&format!("the owner of run `{id}`"), &owner))
            .transpose()?,
        heartbeat_at: from_ns_opt(heartbeat)?,
        cancel_requested,
        run: Run {
            state: word(&format!("the state of run `{id}`"), state)?,
            id,
            plan_id,
            op,
            summary,
            created_by,
            approved_by,
            steps,
            started_at: from_ns_opt(started)?,
            finished_at: from_ns_opt(finished)?,
        },
    })
}

fn read_step(row: StepRow) -> Result<(RunStep, StepMemory)> {
    let (run_id, id, title, op, target, target_name, state, ..) = row;
    let (upid, error, verify, started, finished, memory) =
        (row.7, row.8, row.9, row.10, row.11, row.12);
    let what = format!("step `{id}` of run `{run_id}`");
    let memory = from_json(&what, &memory)?;
    let step = RunStep {
        state: word(&what, state)?,
        verify: verify
            .map(|verdict| from_json(&what, &verdict))
            .transpose()?,
        id,
        title,
        op,
        target,
        target_name,
        upid,
        error,
        started_at: from_ns_opt(started)?,
        finished_at: from_ns_opt(finished)?,
    };
    Ok((step, memory))
}
