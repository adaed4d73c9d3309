//! Locks of guests and other targets: one row each, held by a run.

use crate::{
    Store,
    db::query,
    error::{Doing as _, Result},
};

/// Takes the lock, also from a run that has ended without giving it back. One statement behind the
/// writers' lock, so that two processes cannot both find it free, and the run that holds it is seen.
pub(crate) async fn take(store: &Store, name: &str, run_id: &str) -> Result<bool> {
    const DOING: &str = "lock a target";
    let mut tx = store.begin(DOING).await?;
    let taken = query(
        "INSERT INTO locks (name, run_id) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET run_id = excluded.run_id \
         WHERE locks.run_id = excluded.run_id OR NOT EXISTS \
         (SELECT 1 FROM runs WHERE runs.id = locks.run_id AND NOT runs.is_final)",
    )
    .bind(name)
    .bind(run_id)
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    tx.commit().await.doing(DOING)?;
    Ok(taken == 1)
}

/// The run that holds the lock, ended or not.
pub(crate) async fn holder(store: &Store, name: &str) -> Result<Option<String>> {
    query("SELECT run_id FROM locks WHERE name = $1")
        .bind(name)
        .optional(store.reader())
        .await
        .doing("look who holds a lock")
}

pub(crate) async fn release(store: &Store, name: &str, run_id: &str) -> Result<()> {
    query("DELETE FROM locks WHERE name = $1 AND run_id = $2")
        .bind(name)
        .bind(run_id)
        .execute(store.writer())
        .await
        .doing("unlock a target")?;
    Ok(())
}

pub(crate) async fn release_all(store: &Store, run_id: &str) -> Result<()> {
    query("DELETE FROM locks WHERE run_id = $1")
        .bind(run_id)
        .execute(store.writer())
        .await
        .doing("unlock the targets of a run")?;
    Ok(())
}
