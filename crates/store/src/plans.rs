//! Plans as rows: the JSON of the whole plan, and the columns that queries and swaps need.
//!
//! The columns `state` and `run_id` are the truth; what the JSON says of them is the moment of birth.

use ops::{Actor, AuditEntry, Plan, PlanState, Risk, Role, Scope, Surface};

use crate::{
    Store, audit,
    columns::{from_count, from_json, from_ns, to_count, to_json, to_ns, word},
    consents,
    db::query,
    error::{Doing as _, Error, Result, is_duplicate},
};

/// The columns of [`PlanRow`], in its order.
macro_rules! select_plans {
    ($rest:literal) => {
        concat!(
            "SELECT id, op, digest, risk, summary, created_by, state, run_id, created_at_ns, \
             expires_at_ns, body FROM plans ",
            $rest
        )
    };
}

type PlanRow = (
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    i64,
    i64,
    String,
);

pub(crate) async fn insert(store: &Store, plan: &Plan) -> Result<()> {
    const DOING: &str = "store a plan";
    let mut tx = store.begin(DOING).await?;
    let inserted = query(
        "INSERT INTO plans (id, op, digest, risk, summary, created_by, thread, state, run_id, \
         created_at_ns, expires_at_ns, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&plan.id)
    .bind(&plan.op)
    .bind(&plan.digest)
    .bind(plan.risk.as_str())
    .bind(&plan.summary)
    .bind(&plan.created_by.name)
    .bind(&plan.thread)
    .bind(plan.state.as_str())
    .bind(&plan.run_id)
    .bind(to_ns(plan.created_at))
    .bind(to_ns(plan.expires_at))
    .bind(to_json("a plan", plan)?)
    .execute(&mut tx)
    .await;
    match inserted {
        Err(error) if is_duplicate(&error) => {
            return Err(Error::conflict(format!(
                "a plan `{}` is stored already",
                plan.id
            )));
        }
        other => other.doing(DOING).map(drop)?,
    }
    audit::append(&mut tx, AuditEntry::proposed(plan), store.now()).await?;
    tx.commit().await.doing(DOING)
}

pub(crate) async fn find(store: &Store, id: &str) -> Result<Option<Plan>> {
    let row: Option<PlanRow> = query(select_plans!("WHERE id = $1"))
        .bind(id)
        .optional(store.reader())
        .await
        .doing("read a plan")?;
    match row {
        Some(row) => Ok(Some(with_approvals(store, read(row)?).await?)),
        None => Ok(None),
    }
}

/// Where several people have to agree, those who did.
async fn with_approvals(store: &Store, mut plan: Plan) -> Result<Plan> {
    plan.approvals = consents::approvals(store, &plan.id).await?;
    Ok(plan)
}

/// Newest first.
pub(crate) async fn list(store: &Store, state: Option<PlanState>, limit: u32) -> Result<Vec<Plan>> {
    let rows: Vec<PlanRow> = query(select_plans!(
        "WHERE CAST($1 AS TEXT) IS NULL OR state = $1 ORDER BY seq DESC LIMIT $2"
    ))
    .bind(state.map(PlanState::as_str))
    .bind(i64::from(limit))
    .all(store.reader())
    .await
    .doing("list plans")?;
    let mut plans = Vec::with_capacity(rows.len());
    for row in rows {
        let plan = read(row)?;
        let several = plan.ruling.as_ref().is_some_and(|ruling| ruling.people > 1);
        plans.push(if several {
            with_approvals(store, plan).await?
        } else {
            plan
        });
    }
    Ok(plans)
}

/// Writes the outcome of a rehearsal into the plan's JSON; false when the plan is not `proposed` any more.
pub(crate) async fn keep_rehearsal(
    store: &Store,
    id: &str,
    rehearsal: &serde_json::Value,
    by: &Actor,
) -> Result<bool> {
    const DOING: &str = "keep a rehearsal";
    let mut tx = store.begin(DOING).await?;
    let body: Option<String> = query("SELECT body FROM plans WHERE id = $1 AND state = 'proposed'")
        .bind(id)
        .optional(&mut tx)
        .await
        .doing(DOING)?;
    let Some(body) = body else {
        tx.rollback().await.doing(DOING)?;
        return Ok(false);
    };
    let mut plan: serde_json::Map<String, serde_json::Value> =
        from_json(&format!("plan `{id}`"), &body)?;
    plan.insert("rehearsal".to_owned(), rehearsal.clone());
    query("UPDATE plans SET body = $2 WHERE id = $1")
        .bind(id)
        .bind(to_json("a rehearsal", &plan)?)
        .execute(&mut tx)
        .await
        .doing(DOING)?;
    audit::append(
        &mut tx,
        AuditEntry::rehearsed(id, rehearsal, by),
        store.now(),
    )
    .await?;
    tx.commit().await.doing(DOING)?;
    Ok(true)
}

/// Oldest first, with their places.
pub(crate) async fn ids(store: &Store, after: u64, limit: u32) -> Result<Vec<(u64, String)>> {
    let rows: Vec<(i64, String)> =
        query("SELECT seq, id FROM plans WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(from_count(after))
            .bind(i64::from(limit))
            .all(store.reader())
            .await
            .doing("list the ids of plans")?;
    rows.into_iter()
        .map(|(seq, id)| Ok((to_count(seq)?, id)))
        .collect()
}

/// `proposed` -> `rejected` or `expired`; false when it was not `proposed` any more.
pub(crate) async fn close(
    store: &Store,
    id: &str,
    state: PlanState,
    by: Option<&Actor>,
) -> Result<bool> {
    const DOING: &str = "close a plan";
    match state {
        PlanState::Rejected | PlanState::Expired => {}
        PlanState::Proposed | PlanState::Approved => {
            return Err(Error::invalid(format!(
                "a plan is not closed by `{}`",
                state.as_str()
            )));
        }
    }
    let mut tx = store.begin(DOING).await?;
    let closed = query("UPDATE plans SET state = $2 WHERE id = $1 AND state = 'proposed'")
        .bind(id)
        .bind(state.as_str())
        .execute(&mut tx)
        .await
        .doing(DOING)?;
    if closed != 1 {
        tx.rollback().await.doing(DOING)?;
        return Ok(false);
    }
    audit::append(&mut tx, AuditEntry::closed(id, state, by), store.now()).await?;
    tx.commit().await.doing(DOING)?;
    Ok(true)
}

/// Plans that wait for consent but were written by a version whose plans we cannot read are closed as
/// `expired`: nobody can consent to what cannot be shown.
pub(crate) async fn expire_unreadable(store: &Store) -> Result<()> {
    const DOING: &str = "look through the open plans";
    let open: Vec<(String, String)> = query("SELECT id, body FROM plans WHERE state = 'proposed'")
        .all(store.reader())
        .await
        .doing(DOING)?;
    for (id, body) in open {
        if let Err(error) = serde_json::from_str::<Plan>(&body) {
            tracing::warn!(plan = %id, error = %error, "plan {id} cannot be read by this version and is expired");
            close(store, &id, PlanState::Expired, None).await?;
        }
    }
    Ok(())
}

fn read(row: PlanRow) -> Result<Plan> {
    let (id, op, digest, risk, summary, created_by, state, run_id, created_at, expires_at, body) =
        row;
    match serde_json::from_str::<Plan>(&body) {
        Ok(plan) => Ok(Plan {
            state: word("the state of a plan", state)?,
            run_id,
            ..plan
        }),
        Err(error) => {
            tracing::debug!(plan = %id, error = %error, "plan {id} cannot be read by this version");
            Ok(Plan {
                id,
                op,
                digest,
                // An unknown tier is taken for the worst.
                risk: word("a risk", risk).unwrap_or(Risk::Destructive),
                scope: Scope::Cluster,
                summary,
                state: PlanState::Expired,
                created_by: Actor {
                    may_approve: false,
                    ..Actor::new(created_by, Role::Viewer, Surface::Api)
                },
                created_at: from_ns(created_at)?,
                expires_at: from_ns(expires_at)?,
                run_id,
                thread: None,
                confirm: None,
                preflight: Vec::new(),
                left_out: Vec::new(),
                irreversible: Vec::new(),
                steps: Vec::new(),
                on_failure: ops::plan::OnFailure::Continue,
                rehearsal: None,
                ruling: None,
                approvals: Vec::new(),
            })
        }
    }
}
