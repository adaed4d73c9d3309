//! The table of chunks. A page is replaced as a whole, in one transaction.

use std::collections::HashSet;

use super::{ChunkRow, Knowledge, NewChunk, PageRow, Revision, raise};
use crate::{
    columns::{from_json, to_json, to_ns},
    db::Tx,
    error::{Doing as _, Error, Result, is_orphan},
};

type Row = (
    i64,
    String,
    i64,
    Option<String>,
    String,
    String,
    String,
    String,
);

impl Knowledge {
    /// Writes a page and its chunks in the place of what was kept of it.
    pub async fn replace_page(&self, page: &PageRow, chunks: &[NewChunk]) -> Result<()> {
        const DOING: &str = "keep a page of a source";
        let mut tx = self.store.begin(DOING).await?;
        let before: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT digest FROM knowledge_chunks WHERE source = $1 AND page = $2",
        )
        .bind(&page.source)
        .bind(&page.page)
        .fetch_all(&mut *tx)
        .await
        .doing(DOING)?;
        sqlx::query("DELETE FROM knowledge_chunks WHERE source = $1 AND page = $2")
            .bind(&page.source)
            .bind(&page.page)
            .execute(&mut *tx)
            .await
            .doing(DOING)?;
        let kept = sqlx::query(
            "INSERT INTO knowledge_pages (source, page, hash, title, bytes, fetched_at_ns) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (source, page) DO UPDATE SET \
             hash = excluded.hash, title = excluded.title, bytes = excluded.bytes, \
             fetched_at_ns = excluded.fetched_at_ns",
        )
        .bind(&page.source)
        .bind(&page.page)
        .bind(&page.hash)
        .bind(&page.title)
        .bind(page.bytes)
        .bind(to_ns(page.fetched_at))
        .execute(&mut *tx)
        .await;
        match kept {
            Err(error) if is_orphan(&error) => {
                return Err(Error::not_found(format!(
                    "source of knowledge `{}`",
                    page.source
                )));
            }
            other => other.doing(DOING).map(drop)?,
        }
        for (ordinal, chunk) in (0_i64..).zip(chunks) {
            insert(&mut tx, page, ordinal, chunk).await?;
        }
        let now: HashSet<&str> = chunks.iter().map(|chunk| chunk.digest.as_str()).collect();
        let gone = before
            .iter()
            .filter(|digest| !now.contains(digest.as_str()));
        forget_orphans(&mut tx, gone).await?;
        raise(&mut tx, Revision::Chunks).await?;
        tx.commit().await.doing(DOING)
    }

    /// Removes pages that the source has no more; those that are not kept are passed over.
    pub async fn remove_pages(&self, source: &str, pages: &[String]) -> Result<()> {
        const DOING: &str = "remove pages of a source";
        let mut tx = self.store.begin(DOING).await?;
        for page in pages {
            let digests: Vec<String> = sqlx::query_scalar(
                "SELECT DISTINCT digest FROM knowledge_chunks WHERE source = $1 AND page = $2",
            )
            .bind(source)
            .bind(page)
            .fetch_all(&mut *tx)
            .await
            .doing(DOING)?;
            sqlx::query("DELETE FROM knowledge_pages WHERE source = $1 AND page = $2")
                .bind(source)
                .bind(page)
                .execute(&mut *tx)
                .await
                .doing(DOING)?;
            forget_orphans(&mut tx, digests.iter()).await?;
        }
        if !pages.is_empty() {
            raise(&mut tx, Revision::Chunks).await?;
        }
        tx.commit().await.doing(DOING)
    }

    /// At most `limit` chunks of a source with a number above `after`, by number.
    pub async fn chunks_after(
        &self,
        source: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ChunkRow>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, page, ordinal, anchor, kind, path, text, digest FROM knowledge_chunks \
             WHERE source = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(source)
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(self.store.reader())
        .await
        .doing("read the chunks of a source")?;
        rows.into_iter().map(|row| read(source, row)).collect()
    }
}

async fn insert(tx: &mut Tx, page: &PageRow, ordinal: i64, chunk: &NewChunk) -> Result<()> {
    sqlx::query(
        "INSERT INTO knowledge_chunks (source, page, ordinal, anchor, kind, path, text, digest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&page.source)
    .bind(&page.page)
    .bind(ordinal)
    .bind(&chunk.anchor)
    .bind(&chunk.kind)
    .bind(to_json("the titles above a chunk", &chunk.path)?)
    .bind(&chunk.text)
    .bind(&chunk.digest)
    .execute(&mut **tx)
    .await
    .doing("keep a chunk of a page")
    .map(drop)
}

/// Vectors of texts that stand nowhere any more.
async fn forget_orphans(tx: &mut Tx, digests: impl Iterator<Item = &String>) -> Result<()> {
    let mut forgotten = 0;
    for digest in digests {
        forgotten += sqlx::query(
            "DELETE FROM knowledge_vectors WHERE digest = $1 AND NOT EXISTS \
             (SELECT 1 FROM knowledge_chunks WHERE digest = $1)",
        )
        .bind(digest)
        .execute(&mut **tx)
        .await
        .doing("forget vectors of texts that are gone")?
        .rows_affected();
    }
    if forgotten > 0 {
        raise(tx, Revision::Vectors).await?;
    }
    Ok(())
}

fn read(source: &str, row: Row) -> Result<ChunkRow> {
    let (id, page, ordinal, anchor, kind, path, text, digest) = row;
    let path: Vec<String> = from_json(&format!("the titles above chunk {id}"), &path)?;
    if ordinal < 0 {
        return Err(Error::unreadable("a chunk", format!("ordinal {ordinal}")));
    }
    Ok(ChunkRow {
        id,
        source: source.to_owned(),
        page,
        ordinal,
        anchor,
        kind,
        path,
        text,
        digest,
    })
}
