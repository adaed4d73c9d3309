//! The numbered stream of each run.

use jiff::Timestamp;
use ops::RunEvent;
use serde_json::Value;

use crate::{
    Store,
    columns::{from_count, from_json, to_count, to_ns},
    db::query,
    error::{Doing as _, Error, Result},
};

/// Appends one event. The counter is a column of the run: writers of all processes queue on its row,
/// and a transaction that fails takes its number back, so the numbers have no holes.
pub(crate) async fn append(
    store: &Store,
    run_id: &str,
    kind: &str,
    data: &Value,
    now: Timestamp,
) -> Result<u64> {
    const DOING: &str = "store an event of a run";
    let mut tx = store.begin(DOING).await?;
    let id: Option<i64> =
        query("UPDATE runs SET last_event = last_event + 1 WHERE id = $1 RETURNING last_event")
            .bind(run_id)
            .optional(&mut tx)
            .await
            .doing(DOING)?;
    let Some(id) = id else {
        return Err(Error::not_found(format!("run `{run_id}`")));
    };
    query("INSERT INTO run_events (run_id, id, kind, data, at_ns) VALUES ($1, $2, $3, $4, $5)")
        .bind(run_id)
        .bind(id)
        .bind(kind)
        .bind(data.to_string())
        .bind(to_ns(now))
        .execute(&mut tx)
        .await
        .doing(DOING)?;
    tx.commit().await.doing(DOING)?;
    to_count(id)
}

/// Oldest first.
pub(crate) async fn list_after(
    store: &Store,
    run_id: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<RunEvent>> {
    let rows: Vec<(i64, String, String)> = query(
        "SELECT id, kind, data FROM run_events WHERE run_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(run_id)
    .bind(from_count(after))
    .bind(i64::from(limit))
    .all(store.reader())
    .await
    .doing("read the events of a run")?;
    rows.into_iter()
        .map(|(id, kind, data)| {
            Ok(RunEvent {
                data: from_json(&format!("event {id} of run `{run_id}`"), &data)?,
                id: to_count(id)?,
                kind,
            })
        })
        .collect()
}
