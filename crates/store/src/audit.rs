//! The audit chain as rows. Records are only ever added, in the transaction of what they tell about.

use jiff::Timestamp;
use ops::audit::{AuditEntry, AuditHead, AuditRecord, BEFORE_THE_FIRST};

use crate::{
    Store,
    columns::{from_count, from_ns, to_count, to_json, to_ns},
    db::{Tx, query},
    error::{Doing as _, Result},
};

type Row = (
    i64,
    i64,
    String,
    String,
    Option<String>,
    String,
    String,
    String,
);

/// Adds one record behind the last. The transaction holds the write lock, so nobody comes between.
pub(crate) async fn append(tx: &mut Tx, entry: AuditEntry, now: Timestamp) -> Result<()> {
    const DOING: &str = "write the audit chain";
    let last: Option<(i64, String)> =
        query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
            .optional(&mut *tx)
            .await
            .doing(DOING)?;
    let (seq, previous) = last.map_or((1, BEFORE_THE_FIRST.to_owned()), |(seq, hash)| {
        (seq + 1, hash)
    });
    let record = entry.seal(to_count(seq)?, now, &previous);
    query(
        "INSERT INTO audit (seq, at_ns, kind, subject, actor, data, previous, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(seq)
    .bind(to_ns(record.at))
    .bind(&record.kind)
    .bind(&record.subject)
    .bind(&record.actor)
    .bind(to_json("an audit record", &record.data)?)
    .bind(&record.previous)
    .bind(&record.hash)
    .execute(&mut *tx)
    .await
    .doing(DOING)
    .map(drop)
}

/// At most `limit` records behind `after`, oldest first; of one plan or run when `subject` is given.
pub(crate) async fn list(
    store: &Store,
    after: u64,
    subject: Option<&str>,
    limit: u32,
) -> Result<Vec<AuditRecord>> {
    let rows: Vec<Row> = query(
        "SELECT seq, at_ns, kind, subject, actor, data, previous, hash FROM audit \
         WHERE seq > $1 AND (CAST($2 AS TEXT) IS NULL OR subject = $2) ORDER BY seq LIMIT $3",
    )
    .bind(from_count(after))
    .bind(subject)
    .bind(i64::from(limit))
    .all(store.reader())
    .await
    .doing("read the audit chain")?;
    rows.into_iter().map(read).collect()
}

pub(crate) async fn head(store: &Store) -> Result<Option<AuditHead>> {
    let row: Option<(i64, String, i64)> =
        query("SELECT seq, hash, at_ns FROM audit ORDER BY seq DESC LIMIT 1")
            .optional(store.reader())
            .await
            .doing("read the end of the audit chain")?;
    row.map(|(seq, hash, at)| {
        Ok(AuditHead {
            seq: to_count(seq)?,
            hash,
            at: from_ns(at)?,
        })
    })
    .transpose()
}

fn read(row: Row) -> Result<AuditRecord> {
    let (seq, at, kind, subject, actor, data, previous, hash) = row;
    Ok(AuditRecord {
        seq: to_count(seq)?,
        at: from_ns(at)?,
        kind,
        subject,
        actor,
        // What is no JSON any more was not written by us: the check of the hashes says so by name.
        data: serde_json::from_str(&data).unwrap_or(serde_json::Value::String(data)),
        previous,
        hash,
    })
}
