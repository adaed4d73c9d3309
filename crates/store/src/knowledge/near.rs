//! An index over the vectors of a model, where the database has one: pgvector's HNSW, over half
//! precision.
//!
//! It is made of [`super::vectors`]' rows and holds nothing of its own, so that it is in no backup and
//! everything works without it: then, and while there are few vectors, they are compared in memory. One
//! table for each model, because a column has one dimension. It appears with all its rows at once, and
//! from then on whoever writes vectors writes them there as well, in the same transaction.

use sha2::{Digest as _, Sha256};

use super::{Knowledge, vectors::from_bytes};
use crate::{
    db::{Engine, Pool, Query, Tx, query},
    error::{Doing as _, Result},
    random,
};

/// The largest that HNSW takes in half precision.
const MOST_DIMENSIONS: usize = 4_000;
/// Rows of one statement while it is filled.
const BATCH: usize = 200;
/// Major and minor version of the oldest pgvector that goes on looking when a filter leaves too little.
const OLDEST_PGVECTOR: (u32, u32) = (0, 8);

/// How the vectors of a model are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VectorIndex {
    /// In memory, and that is quick enough: there are few, or the store is SQLite.
    NotNeeded,
    /// By the database.
    Ready,
    /// In memory, and slower than it has to be; the sentence says why, and what to do.
    Missing(String),
}

impl Knowledge {
    /// How the vectors of a model are compared, for whoever wants to know why it takes long.
    pub async fn vector_index(&self, model: &str) -> Result<VectorIndex> {
        let reader = self.store.reader();
        if reader.engine() == Engine::Sqlite || self.count(model).await? < self.store.index_from() {
            return Ok(VectorIndex::NotNeeded);
        }
        if exists(reader, &table_of(model)).await? {
            return Ok(VectorIndex::Ready);
        }
        Ok(VectorIndex::Missing(match extension(reader).await? {
            Ok(()) => "the index over the vectors is made with the next vectors".to_owned(),
            Err(why) => why,
        }))
    }

    /// The chunks of `sources` (of all, when none is named) whose vectors are nearest to a vector, with
    /// their cosine, the nearest first. Nothing where the database has no index for it: the caller then
    /// compares the vectors in memory.
    pub async fn nearest(
        &self,
        model: &str,
        vector: &[f32],
        sources: &[String],
        most: u32,
    ) -> Result<Option<Vec<(i64, f32)>>> {
        const DOING: &str = "look for the nearest vectors";
        let reader = self.store.reader();
        let table = table_of(model);
        if reader.engine() == Engine::Sqlite || !exists(reader, &table).await? {
            return Ok(None);
        }
        let filter = if sources.is_empty() {
            String::new()
        } else {
            format!("WHERE chunks.source IN ({})", numbered(4, sources.len()))
        };
        // The index knows half precision; the exact vectors of what it found decide the order.
        let mut asked = Query::built(format!(
            "SELECT hits.id, knowledge_vectors.vector FROM \
             (SELECT chunks.id AS id, near.digest AS digest FROM {table} AS near \
             JOIN knowledge_chunks AS chunks ON chunks.digest = near.digest {filter} \
             ORDER BY near.embedding <=> CAST($1 AS halfvec) LIMIT $2) AS hits \
             JOIN knowledge_vectors ON knowledge_vectors.model = $3 \
             AND knowledge_vectors.digest = hits.digest"
        ))
        .bind(to_text(vector))
        .bind(i64::from(most))
        .bind(model);
        for source in sources {
            asked = asked.bind(source);
        }
        let rows: Vec<(i64, Vec<u8>)> = asked.all(reader).await.doing(DOING)?;
        let mut near = Vec::with_capacity(rows.len());
        for (id, bytes) in rows {
            near.push((id, cosine(vector, &from_bytes(&bytes)?)));
        }
        near.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
        Ok(Some(near))
    }

    /// Makes the index when there are enough vectors and none yet. What hinders it is no failure of
    /// whoever wrote vectors: it is told in the log and by [`Knowledge::vector_index`].
    pub(crate) async fn tend_index(&self, model: &str) -> Result<()> {
        let writer = self.store.writer();
        if writer.engine() == Engine::Sqlite
            || exists(writer, &table_of(model)).await?
            || self.count(model).await? < self.store.index_from()
        {
            return Ok(());
        }
        if extension(writer).await?.is_err() {
            // Only some may do that; the others are told what to ask for.
            let made = query("CREATE EXTENSION IF NOT EXISTS vector")
                .execute(writer)
                .await;
            if let Err(why) = extension(writer).await? {
                let cause = made.err().map(|error| error.to_string());
                tracing::warn!(model, cause, "{why}");
                return Ok(());
            }
        }
        if let Err(error) = self.build(model).await {
            tracing::warn!(model, error = %error.chain(), "no index over the vectors: {error}");
        }
        Ok(())
    }

    /// One transaction: nobody sees the table before it is whole. The writers' lock is taken at the very
    /// end, for what was written meanwhile.
    async fn build(&self, model: &str) -> Result<()> {
        const DOING: &str = "make an index over the vectors";
        let table = table_of(model);
        let Some((_, dimension)) = self.first_vector(model).await? else {
            return Ok(());
        };
        if dimension > MOST_DIMENSIONS {
            tracing::warn!(model, dimension, "too many dimensions for an index");
            return Ok(());
        }
        let mut tx = self.store.begin_long(DOING).await?;
        let alone: bool =
            query("SELECT pg_try_advisory_xact_lock(1886217570, hashtext(CAST($1 AS TEXT)))")
                .bind(&table)
                .one(&mut tx)
                .await
                .doing(DOING)?;
        if !alone {
            // Another process makes it.
            return tx.rollback().await.doing(DOING);
        }
        for statement in [
            format!(
                "CREATE TABLE {table} (model TEXT COLLATE \"C\" NOT NULL, \
                 digest TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, \
                 embedding halfvec({dimension}) NOT NULL)"
            ),
            "SET LOCAL maintenance_work_mem = '256MB'".to_owned(),
        ] {
            Query::built(statement)
                .execute(&mut tx)
                .await
                .doing(DOING)?;
        }
        let mut after = String::new();
        loop {
            let rows: Vec<(String, Vec<u8>)> = query(
                "SELECT digest, vector FROM knowledge_vectors WHERE model = $1 AND digest > $2 \
                 ORDER BY digest LIMIT $3",
            )
            .bind(model)
            .bind(&after)
            .bind(BATCH as i64)
            .all(&mut tx)
            .await
            .doing(DOING)?;
            let Some((last, _)) = rows.last() else { break };
            after.clone_from(last);
            insert(&mut tx, &table, model, &rows).await?;
        }
        Query::built(format!(
            "CREATE INDEX ON {table} USING hnsw (embedding halfvec_cosine_ops)"
        ))
        .patiently()
        .execute(&mut tx)
        .await
        .doing(DOING)?;
        tx.take_writers_lock().await.doing(DOING)?;
        let missed: Vec<(String, Vec<u8>)> = Query::built(format!(
            "SELECT digest, vector FROM knowledge_vectors WHERE model = $1 AND NOT EXISTS \
             (SELECT 1 FROM {table} WHERE {table}.digest = knowledge_vectors.digest)"
        ))
        .bind(model)
        .all(&mut tx)
        .await
        .doing(DOING)?;
        for rows in missed.chunks(BATCH) {
            insert(&mut tx, &table, model, rows).await?;
        }
        // The reference locks the table it points to, so it comes last.
        for statement in [
            format!(
                "DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM knowledge_vectors WHERE \
                 knowledge_vectors.model = {table}.model \
                 AND knowledge_vectors.digest = {table}.digest)"
            ),
            format!(
                "ALTER TABLE {table} ADD FOREIGN KEY (model, digest) \
                 REFERENCES knowledge_vectors (model, digest) ON DELETE CASCADE"
            ),
        ] {
            Query::built(statement)
                .execute(&mut tx)
                .await
                .doing(DOING)?;
        }
        tx.commit().await.doing(DOING)?;
        Query::built(format!("ANALYZE {table}"))
            .execute(self.store.writer())
            .await
            .doing(DOING)?;
        tracing::info!(model, "made an index over the vectors");
        Ok(())
    }

    async fn count(&self, model: &str) -> Result<i64> {
        query("SELECT COUNT(*) FROM knowledge_vectors WHERE model = $1")
            .bind(model)
            .one(self.store.reader())
            .await
            .doing("count vectors")
    }

    async fn first_vector(&self, model: &str) -> Result<Option<(String, usize)>> {
        let first = self.vectors(model, "", 1).await?;
        Ok(first
            .into_iter()
            .next()
            .map(|(digest, vector)| (digest, vector.len())))
    }
}

/// Vectors that are written go into the index as well, if there is one.
pub(super) async fn follow(tx: &mut Tx, model: &str, vectors: &[(String, Vec<u8>)]) -> Result<()> {
    let table = table_of(model);
    if tx.engine() == Engine::Sqlite || !exists(&mut *tx, &table).await? {
        return Ok(());
    }
    for rows in vectors.chunks(BATCH) {
        insert(tx, &table, model, rows).await?;
    }
    Ok(())
}

/// The vectors of a model are forgotten, so the next ones may have another dimension.
pub(super) async fn forget(tx: &mut Tx, model: &str) -> Result<()> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    Query::built(format!("DROP TABLE IF EXISTS {}", table_of(model)))
        .execute(tx)
        .await
        .doing("forget the vectors of a model")
        .map(drop)
}

async fn insert(tx: &mut Tx, table: &str, model: &str, rows: &[(String, Vec<u8>)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let places: Vec<String> = (0..rows.len())
        .map(|row| format!("($1, ${}, CAST(${} AS halfvec))", 2 * row + 2, 2 * row + 3))
        .collect();
    let mut statement = Query::built(format!(
        "INSERT INTO {table} (model, digest, embedding) VALUES {} \
         ON CONFLICT (digest) DO UPDATE SET embedding = excluded.embedding",
        places.join(", ")
    ))
    .bind(model);
    for (digest, bytes) in rows {
        statement = statement.bind(digest).bind(to_text(&from_bytes(bytes)?));
    }
    statement
        .execute(tx)
        .await
        .doing("put vectors into their index")
        .map(drop)
}

/// Why the database can make no index, if it cannot.
async fn extension(pool: &Pool) -> Result<Result<(), String>> {
    let version: Option<String> =
        query("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            .optional(pool)
            .await
            .doing("look for the extension of vectors")?;
    Ok(match version {
        None => Err(
            "PostgreSQL has no extension `vector` here, so vectors are compared in memory; install \
             pgvector and let a superuser say `CREATE EXTENSION vector` in the database"
                .to_owned(),
        ),
        Some(version) if is_old(&version) => Err(format!(
            "pgvector {version} is too old for an index (0.8 or newer is needed), so vectors are \
             compared in memory; update it and say `ALTER EXTENSION vector UPDATE`"
        )),
        Some(_) => Ok(()),
    })
}

fn is_old(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let found = (parts.next().flatten(), parts.next().flatten());
    let (Some(major), Some(minor)) = found else {
        return true;
    };
    (major, minor) < OLDEST_PGVECTOR
}

async fn exists<'a>(on: impl Into<crate::db::On<'a>>, table: &str) -> Result<bool> {
    query("SELECT to_regclass(format('%I.%I', current_schema(), CAST($1 AS TEXT))) IS NOT NULL")
        .bind(table)
        .one(on)
        .await
        .doing("look for an index over vectors")
}

/// A name of a model may hold anything; that of a table may not.
fn table_of(model: &str) -> String {
    let digest = random::hex(&Sha256::digest(model.as_bytes()));
    let (start, _) = digest.split_at(16);
    format!("near_{start}")
}

/// `$4, $5, …`
fn numbered(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count)
        .map(|place| format!("${place}"))
        .collect();
    places.join(", ")
}

/// As pgvector reads it.
fn to_text(vector: &[f32]) -> String {
    let mut text = String::with_capacity(vector.len() * 12 + 2);
    text.push('[');
    for (at, value) in vector.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&value.to_string());
    }
    text.push(']');
    text
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(one, one) * dot(other, other)).sqrt();
    if lengths > 0.0 {
        dot(one, other) / lengths
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_pgvector_are_compared_by_number() {
        let old = ["0.7.4", "0.5", "", "x.y"];
        let new = ["0.8.0", "0.8.6", "0.10.1", "1.0"];
        assert!(old.iter().all(|version| is_old(version)));
        assert!(!new.iter().any(|version| is_old(version)));
    }

    #[test]
    fn the_cosine_does_not_depend_on_lengths() {
        assert!((cosine(&[3.0, 4.0], &[0.6, 0.8]) - 1.0).abs() < 1e-6);
        assert!((cosine(&[1.0, 0.0], &[0.0, 9.0])).abs() < 1e-6);
        assert!(cosine(&[0.0, 0.0], &[1.0, 0.0]).abs() < 1e-6);
    }
}
