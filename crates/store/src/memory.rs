//! What a person or a team wants kept, as rows: typed facts with an author and a scope.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Store,
    columns::{from_json, from_ns, to_json, to_ns},
    db,
    error::{Doing as _, Error, Result, is_duplicate},
};

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct FactRow {
    pub id: String,
    pub kind: String,
    /// `user`, `team`, `cluster` or `guest`; the slice gives the words their meaning.
    pub scope_kind: String,
    /// Which user, team, cluster or guest.
    pub scope: String,
    pub text: String,
    pub data: Value,
    pub author: String,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    /// Tells one wording from another, so that nobody changes what they have not seen.
    pub digest: String,
}

/// Which facts are meant; what is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactFilter {
    pub kind: Option<String>,
    pub scope_kind: Option<String>,
    pub scope: Option<String>,
    pub author: Option<String>,
}

type Row = (
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    i64,
    String,
);

/// The columns of [`Row`], in its order.
macro_rules! select_facts {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, scope_kind, scope, text, data, author, created_at_ns, \
             changed_at_ns, digest FROM memory_facts ",
            $rest
        )
    };
}

/// The kept facts.
#[derive(Clone, Debug)]
pub struct Memory {
    store: Store,
}

impl Memory {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// A taken id is a conflict.
    pub async fn add(&self, fact: &FactRow) -> Result<()> {
        let added = sqlx::query(
            "INSERT INTO memory_facts (id, kind, scope_kind, scope, text, data, author, \
             created_at_ns, changed_at_ns, digest) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&fact.id)
        .bind(&fact.kind)
        .bind(&fact.scope_kind)
        .bind(&fact.scope)
        .bind(&fact.text)
        .bind(to_json("a fact", &fact.data)?)
        .bind(&fact.author)
        .bind(to_ns(fact.created_at))
        .bind(to_ns(fact.changed_at))
        .bind(&fact.digest)
        .execute(self.store.writer())
        .await;
        match added {
            Err(error) if is_duplicate(&error) => Err(Error::conflict(format!(
                "there is already a fact `{}`",
                fact.id
            ))),
            other => other.doing("keep a fact").map(drop),
        }
    }

    pub async fn find(&self, id: &str) -> Result<Option<FactRow>> {
        let row: Option<Row> = sqlx::query_as(select_facts!("WHERE id = $1"))
            .bind(id)
            .fetch_optional(self.store.reader())
            .await
            .doing("read a fact")?;
        row.map(read).transpose()
    }

    /// The oldest first.
    pub async fn list(&self, filter: &FactFilter) -> Result<Vec<FactRow>> {
        let rows: Vec<Row> = sqlx::query_as(select_facts!(
            "WHERE (CAST($1 AS TEXT) IS NULL OR kind = $1) \
             AND (CAST($2 AS TEXT) IS NULL OR scope_kind = $2) \
             AND (CAST($3 AS TEXT) IS NULL OR scope = $3) \
             AND (CAST($4 AS TEXT) IS NULL OR author = $4) ORDER BY seq"
        ))
        .bind(&filter.kind)
        .bind(&filter.scope_kind)
        .bind(&filter.scope)
        .bind(&filter.author)
        .fetch_all(self.store.reader())
        .await
        .doing("list facts")?;
        rows.into_iter().map(read).collect()
    }

    /// Changes the fact that has `replaces` as its digest; author and time of birth stay. False when
    /// there is none with this id and digest.
    pub async fn change(&self, id: &str, fact: &FactRow, replaces: &str) -> Result<bool> {
        let changed = sqlx::query(
            "UPDATE memory_facts SET kind = $3, scope_kind = $4, scope = $5, text = $6, data = $7, \
             changed_at_ns = $8, digest = $9 WHERE id = $1 AND digest = $2",
        )
        .bind(id)
        .bind(replaces)
        .bind(&fact.kind)
        .bind(&fact.scope_kind)
        .bind(&fact.scope)
        .bind(&fact.text)
        .bind(to_json("a fact", &fact.data)?)
        .bind(to_ns(fact.changed_at))
        .bind(&fact.digest)
        .execute(self.store.writer())
        .await
        .doing("change a fact")?;
        Ok(changed.rows_affected() == 1)
    }

    /// Deletes a fact for good; false when there is none.
    pub async fn delete(&self, id: &str) -> Result<bool> {
        let deleted = sqlx::query("DELETE FROM memory_facts WHERE id = $1")
            .bind(id)
            .execute(self.store.writer())
            .await
            .doing("delete a fact")?;
        if deleted.rows_affected() == 0 {
            return Ok(false);
        }
        db::empty_log(self.store.writer()).await?;
        Ok(true)
    }
}

fn read(row: Row) -> Result<FactRow> {
    let (id, kind, scope_kind, scope, text, data, author, created_at, changed_at, digest) = row;
    Ok(FactRow {
        data: from_json(&format!("the fact `{id}`"), &data)?,
        id,
        kind,
        scope_kind,
        scope,
        text,
        author,
        created_at: from_ns(created_at)?,
        changed_at: from_ns(changed_at)?,
        digest,
    })
}
