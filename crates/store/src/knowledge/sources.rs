//! The tables of sources and pages.

use jiff::Timestamp;

use super::{Knowledge, PageRow, Revision, SourceRow, SourceWithCounts, raise};
use crate::{
    columns::{from_ns, from_ns_opt, to_count, to_ns, to_ns_opt},
    db::query,
    error::{Doing as _, Result},
};

type Row = (
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    String,
    Option<String>,
    String,
    i64,
    Option<i64>,
    Option<i64>,
);

/// The columns of [`Row`], in its order.
macro_rules! select_sources {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, name, place, product, version, refresh, state, error, created_by, \
             created_at_ns, tried_at_ns, refreshed_at_ns FROM knowledge_sources ",
            $rest
        )
    };
}

impl Knowledge {
    /// Adds a source, or changes the one of this id; who made it and when stays.
    pub async fn put_source(&self, source: &SourceRow) -> Result<()> {
        const DOING: &str = "keep a source of knowledge";
        let mut tx = self.store.begin(DOING).await?;
        query(
            "INSERT INTO knowledge_sources (id, kind, name, place, product, version, refresh, \
             state, error, created_by, created_at_ns, tried_at_ns, refreshed_at_ns) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, \
             place = excluded.place, product = excluded.product, version = excluded.version, \
             refresh = excluded.refresh, state = excluded.state, error = excluded.error, \
             tried_at_ns = excluded.tried_at_ns, refreshed_at_ns = excluded.refreshed_at_ns",
        )
        .bind(&source.id)
        .bind(&source.kind)
        .bind(&source.name)
        .bind(&source.place)
        .bind(&source.product)
        .bind(&source.version)
        .bind(&source.refresh)
        .bind(&source.state)
        .bind(&source.error)
        .bind(&source.created_by)
        .bind(to_ns(source.created_at))
        .bind(to_ns_opt(source.tried_at))
        .bind(to_ns_opt(source.refreshed_at))
        .execute(&mut tx)
        .await
        .doing(DOING)?;
        raise(&mut tx, Revision::Chunks).await?;
        tx.commit().await.doing(DOING)
    }

    pub async fn source(&self, id: &str) -> Result<Option<SourceRow>> {
        let row: Option<Row> = query(select_sources!("WHERE id = $1"))
            .bind(id)
            .optional(self.store.reader())
            .await
            .doing("read a source of knowledge")?;
        row.map(read).transpose()
    }

    /// In the order in which they were added.
    pub async fn sources(&self) -> Result<Vec<SourceRow>> {
        let rows: Vec<Row> = query(select_sources!("ORDER BY created_at_ns, id"))
            .all(self.store.reader())
            .await
            .doing("list the sources of knowledge")?;
        rows.into_iter().map(read).collect()
    }

    /// The same, and how much is kept of each; counting many chunks takes some milliseconds.
    pub async fn counted_sources(&self) -> Result<Vec<SourceWithCounts>> {
        const DOING: &str = "count the sources of knowledge";
        let mut sources = Vec::new();
        for source in self.sources().await? {
            let (pages, chunks): (i64, i64) = query(
                "SELECT (SELECT COUNT(*) FROM knowledge_pages WHERE source = $1), \
                 (SELECT COUNT(*) FROM knowledge_chunks WHERE source = $1)",
            )
            .bind(&source.id)
            .one(self.store.reader())
            .await
            .doing(DOING)?;
            sources.push(SourceWithCounts {
                source,
                pages: to_count(pages)?,
                chunks: to_count(chunks)?,
            });
        }
        Ok(sources)
    }

    /// Writes how a source is; times and version that are not given stay. False when there is none.
    pub async fn mark(
        &self,
        id: &str,
        state: &str,
        error: Option<&str>,
        tried_at: Option<Timestamp>,
        refreshed_at: Option<Timestamp>,
        version: Option<&str>,
    ) -> Result<bool> {
        const DOING: &str = "note the state of a source of knowledge";
        let mut tx = self.store.begin(DOING).await?;
        let marked = query(
            "UPDATE knowledge_sources SET state = $2, error = $3, \
             tried_at_ns = COALESCE($4, tried_at_ns), \
             refreshed_at_ns = COALESCE($5, refreshed_at_ns), version = COALESCE($6, version) \
             WHERE id = $1",
        )
        .bind(id)
        .bind(state)
        .bind(error)
        .bind(to_ns_opt(tried_at))
        .bind(to_ns_opt(refreshed_at))
        .bind(version)
        .execute(&mut tx)
        .await
        .doing(DOING)?;
        if version.is_some() {
            raise(&mut tx, Revision::Chunks).await?;
        }
        tx.commit().await.doing(DOING)?;
        Ok(marked == 1)
    }

    /// Deletes a source with its pages, chunks, and the vectors of texts that stand nowhere else; false
    /// when there is none.
    pub async fn delete_source(&self, id: &str) -> Result<bool> {
        const DOING: &str = "delete a source of knowledge";
        let mut tx = self.store.begin(DOING).await?;
        let orphans = query(
            "DELETE FROM knowledge_vectors WHERE digest IN \
             (SELECT digest FROM knowledge_chunks WHERE source = $1) AND NOT EXISTS \
             (SELECT 1 FROM knowledge_chunks AS other \
             WHERE other.digest = knowledge_vectors.digest AND other.source <> $1)",
        )
        .bind(id)
        .execute(&mut tx)
        .await
        .doing(DOING)?;
        if orphans > 0 {
            raise(&mut tx, Revision::Vectors).await?;
        }
        let deleted = query("DELETE FROM knowledge_sources WHERE id = $1")
            .bind(id)
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        raise(&mut tx, Revision::Chunks).await?;
        tx.commit().await.doing(DOING)?;
        Ok(deleted == 1)
    }

    /// What was read of a source, by page.
    pub async fn pages(&self, source: &str) -> Result<Vec<PageRow>> {
        let rows: Vec<(String, String, String, i64, i64)> = query(
            "SELECT page, hash, title, bytes, fetched_at_ns FROM knowledge_pages \
             WHERE source = $1 ORDER BY page",
        )
        .bind(source)
        .all(self.store.reader())
        .await
        .doing("list the pages of a source")?;
        rows.into_iter()
            .map(|(page, hash, title, bytes, fetched_at)| {
                Ok(PageRow {
                    source: source.to_owned(),
                    page,
                    hash,
                    title,
                    bytes,
                    fetched_at: from_ns(fetched_at)?,
                })
            })
            .collect()
    }
}

fn read(row: Row) -> Result<SourceRow> {
    let (id, kind, name, place, product, version, refresh, state, error, created_by, ..) = row;
    Ok(SourceRow {
        id,
        kind,
        name,
        place,
        product,
        version,
        refresh,
        state,
        error,
        created_by,
        created_at: from_ns(row.10)?,
        tried_at: from_ns_opt(row.11)?,
        refreshed_at: from_ns_opt(row.12)?,
    })
}
