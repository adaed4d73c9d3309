//! The processes that work on this data directory, by their heartbeats.

use std::time::Duration;

use jiff::Timestamp;
use ops::run::Owner;

use crate::{
    Store,
    columns::{from_json, to_ns},
    db::query,
    error::{Doing as _, Result},
    runs::owner_text,
};

/// A process that was silent for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(24);

/// Marks the process and its unfinished runs as alive. A heartbeat comes every two seconds; that it
/// need not survive a power cut keeps an idle product from waking the disk each time.
pub(crate) async fn beat(store: &Store, owner: &Owner, serves: bool, now: Timestamp) -> Result<()> {
    const DOING: &str = "store a heartbeat";
    let text = owner_text(owner)?;
    let now_ns = to_ns(now);
    let mut tx = store.begin_relaxed(DOING).await?;
    query(
        "INSERT INTO instances (owner, serves, heartbeat_at_ns) VALUES ($1, $2, $3) \
         ON CONFLICT (owner) DO UPDATE SET serves = excluded.serves, \
         heartbeat_at_ns = excluded.heartbeat_at_ns",
    )
    .bind(&text)
    .bind(serves)
    .bind(now_ns)
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    query("UPDATE runs SET heartbeat_at_ns = $2 WHERE owner = $1 AND NOT is_final")
        .bind(&text)
        .bind(now_ns)
        .execute(&mut tx)
        .await
        .doing(DOING)?;
    query("DELETE FROM instances WHERE heartbeat_at_ns < $1")
        .bind(now_ns.saturating_sub(FORGOTTEN_AFTER.as_nanos() as i64))
        .execute(&mut tx)
        .await
        .doing(DOING)?;
    tx.commit().await.doing(DOING)
}

/// Servers that were heard of after `since`, the freshest first.
pub(crate) async fn list_servers(store: &Store, since: Timestamp) -> Result<Vec<Owner>> {
    let rows: Vec<String> = query(
        "SELECT owner FROM instances WHERE serves AND heartbeat_at_ns > $1 \
         ORDER BY heartbeat_at_ns DESC, owner",
    )
    .bind(to_ns(since))
    .all(store.reader())
    .await
    .doing("look for a running server")?;
    rows.iter()
        .map(|owner| from_json("a running server", owner))
        .collect()
}
