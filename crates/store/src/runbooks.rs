//! Runbooks as rows: the text as it was written, under its name.

use jiff::Timestamp;

use crate::{
    Store,
    columns::{from_ns, to_ns},
    db::query,
    error::{Doing as _, Result},
};

/// One runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookRow {
    pub name: String,
    pub summary: String,
    /// As it was written.
    pub source: String,
    /// Tells one text from another.
    pub digest: String,
    pub created_by: String,
    pub created_at: Timestamp,
}

type Row = (String, String, String, String, String, i64);

/// The saved runbooks.
#[derive(Clone, Debug)]
pub struct Runbooks {
    store: Store,
}

impl Runbooks {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Saves a runbook in place of the one with `replaces` as its digest; without, where there is none of
    /// the name. False when it is not so.
    pub async fn put(&self, row: &RunbookRow, replaces: Option<&str>) -> Result<bool> {
        let written = match replaces {
            None => query(
                "INSERT INTO runbooks (name, summary, source, digest, created_by, created_at_ns) \
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING",
            )
            .bind(&row.name)
            .bind(&row.summary)
            .bind(&row.source)
            .bind(&row.digest)
            .bind(&row.created_by)
            .bind(to_ns(row.created_at)),
            Some(digest) => query(
                "UPDATE runbooks SET summary = $2, source = $3, digest = $4, created_by = $5, \
                 created_at_ns = $6 WHERE name = $1 AND digest = $7",
            )
            .bind(&row.name)
            .bind(&row.summary)
            .bind(&row.source)
            .bind(&row.digest)
            .bind(&row.created_by)
            .bind(to_ns(row.created_at))
            .bind(digest),
        };
        let written = written
            .execute(self.store.writer())
            .await
            .doing("save a runbook")?;
        Ok(written == 1)
    }

    pub async fn find(&self, name: &str) -> Result<Option<RunbookRow>> {
        let row: Option<Row> = query(
            "SELECT name, summary, source, digest, created_by, created_at_ns FROM runbooks \
             WHERE name = $1",
        )
        .bind(name)
        .optional(self.store.reader())
        .await
        .doing("read a runbook")?;
        row.map(read).transpose()
    }

    /// By name.
    pub async fn list(&self) -> Result<Vec<RunbookRow>> {
        let rows: Vec<Row> = query(
            "SELECT name, summary, source, digest, created_by, created_at_ns FROM runbooks \
             ORDER BY name",
        )
        .all(self.store.reader())
        .await
        .doing("list runbooks")?;
        rows.into_iter().map(read).collect()
    }

    /// False when there is none with this name and digest.
    pub async fn delete(&self, name: &str, digest: &str) -> Result<bool> {
        let deleted = query("DELETE FROM runbooks WHERE name = $1 AND digest = $2")
            .bind(name)
            .bind(digest)
            .execute(self.store.writer())
            .await
            .doing("delete a runbook")?;
        Ok(deleted == 1)
    }
}

fn read((name, summary, source, digest, created_by, created_at): Row) -> Result<RunbookRow> {
    Ok(RunbookRow {
        name,
        summary,
        source,
        digest,
        created_by,
        created_at: from_ns(created_at)?,
    })
}
