//! An index over the vectors of a model, where the database has one: pgvector's HNSW, over half
//! precision.
//!
//! It is made of [`super::vectors`]' rows and holds nothing of its own, so that it is in no backup and
//! everything works without it: then, and while there are few vectors, they are compared in memory, which
//! is quicker and takes memory. One table for each model, because a column has one dimension. It appears
//! with all its rows at once, and from then on whoever writes vectors writes them there as well, in the
//! same transaction.

use sha2::{Digest as _, Sha256};

use super::{Knowledge, vectors::Row};
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

    /// Whether the database is to be asked for the vectors nearest to a question, where so many texts are
    /// searched: it has an index, they are as many as are worth it, and half of all at least. An index
    /// whose finds are mostly filtered away is slow and misses some.
    pub async fn is_searched_by_index(&self, model: &str, texts: usize) -> Result<bool> {
        let reader = self.store.reader();
        let texts = i64::try_from(texts).unwrap_or(i64::MAX);
        Ok(texts >= self.store.index_from()
            && reader.engine() == Engine::Postgres
            && exists(reader, &table_of(model)).await?
            && texts.saturating_mul(2) >= self.count(model).await?)
    }

    /// The cosines between a vector and the texts in `sources` (in all, when none is named) that are
    /// nearest to it, and those that are asked for by their digests, in no order. A text is as near as
    /// its nearest passage; at most `most` passages are looked for, and a text without a vector is left out.
    /// Nothing where the database has no index for it: the caller then compares the vectors in memory.
    pub async fn nearest(
        &self,
        model: &str,
        vector: &[f32],
        sources: &[String],
        named: &[&str],
        most: u32,
    ) -> Result<Option<Vec<(String, f32)>>> {
        const DOING: &str = "look for the nearest vectors";
        let reader = self.store.reader();
        let table = table_of(model);
        if reader.engine() == Engine::Sqlite || !exists(reader, &table).await? {
            return Ok(None);
        }
        let Some(direction) = to_text(vector) else {
            return Ok(Some(Vec::new()));
        };
        let filter = if sources.is_empty() {
            String::new()
        } else {
            format!(
                "WHERE EXISTS (SELECT 1 FROM knowledge_chunks WHERE knowledge_chunks.digest = \
                 {table}.digest AND knowledge_chunks.source IN ({}))",
                numbered(3, sources.len())
            )
        };
        let named_filter = if named.is_empty() {
            String::new()
        } else {
            format!(
                "UNION ALL SELECT digest, embedding <=> CAST($1 AS halfvec) FROM {table} \
                 WHERE digest IN ({})",
                numbered(3 + sources.len(), named.len())
            )
        };
        let mut asked = Query::built(format!(
            "SELECT digest, CAST(ROUND(1000000 * MIN(distance)) AS BIGINT) FROM \
             ((SELECT digest, embedding <=> CAST($1 AS halfvec) AS distance FROM {table} {filter} \
             ORDER BY embedding <=> CAST($1 AS halfvec) LIMIT $2) {named_filter}) AS found \
             GROUP BY digest"
        ))
        .bind(direction)
        .bind(i64::from(most));
        for source in sources {
            asked = asked.bind(source);
        }
        for digest in named {
            asked = asked.bind(*digest);
        }
        let found: Vec<(String, i64)> = asked.all(reader).await.doing(DOING)?;
        Ok(Some(
            found
                .into_iter()
                .map(|(digest, millionths)| (digest, 1.0 - millionths as f32 / 1e6))
                .collect(),
        ))
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
        let Some(dimension) = self.dimension(model).await? else {
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
                 digest TEXT COLLATE \"C\" NOT NULL, passage BIGINT NOT NULL, \
                 embedding halfvec({dimension}) NOT NULL, PRIMARY KEY (digest, passage))"
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
            let rows: Vec<(String, i64, Vec<u8>)> = query(
                "SELECT digest, passages, vector FROM knowledge_vectors \
                 WHERE model = $1 AND digest > $2 ORDER BY digest LIMIT $3",
            )
            .bind(model)
            .bind(&after)
            .bind(BATCH as i64)
            .all(&mut tx)
            .await
            .doing(DOING)?;
            let Some((last, ..)) = rows.last() else { break };
            after.clone_from(last);
            insert(&mut tx, &table, model, &all(rows)).await?;
        }
        Query::built(format!(
            "CREATE INDEX ON {table} USING hnsw (embedding halfvec_cosine_ops)"
        ))
        .patiently()
        .execute(&mut tx)
        .await
        .doing(DOING)?;
        tx.take_writers_lock().await.doing(DOING)?;
        let missed: Vec<(String, i64, Vec<u8>)> = Query::built(format!(
            "SELECT digest, passages, vector FROM knowledge_vectors WHERE model = $1 AND NOT EXISTS \
             (SELECT 1 FROM {table} WHERE {table}.digest = knowledge_vectors.digest)"
        ))
        .bind(model)
        .all(&mut tx)
        .await
        .doing(DOING)?;
        for rows in all(missed).chunks(BATCH) {
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

    async fn dimension(&self, model: &str) -> Result<Option<usize>> {
        let first = self.vectors(model, "", 1).await?;
        Ok(first
            .first()
            .and_then(|(_, passages)| passages.first().map(Vec::len)))
    }
}

fn all(rows: Vec<(String, i64, Vec<u8>)>) -> Vec<Row> {
    rows.into_iter().map(Row::from).collect()
}

/// Vectors that are written go into the index as well, if there is one.
pub(super) async fn follow(tx: &mut Tx, model: &str, texts: &[Row]) -> Result<()> {
    let table = table_of(model);
    if tx.engine() == Engine::Sqlite || !exists(&mut *tx, &table).await? {
        return Ok(());
    }
    for rows in texts.chunks(BATCH) {
        // A text may have had more passages than it has now.
        let mut earlier = Query::built(format!(
            "DELETE FROM {table} WHERE digest IN ({})",
            numbered(1, rows.len())
        ));
        for row in rows {
            earlier = earlier.bind(&row.digest);
        }
        earlier
            .execute(&mut *tx)
            .await
            .doing("take vectors out of their index")?;
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

/// What points nowhere stays out: it is near to nothing.
async fn insert(tx: &mut Tx, table: &str, model: &str, texts: &[Row]) -> Result<()> {
    let mut rows = Vec::new();
    for text in texts {
        for (passage, vector) in (0_i64..).zip(text.vectors()?) {
            if let Some(direction) = to_text(&vector) {
                rows.push((&text.digest, passage, direction));
            }
        }
    }
    for rows in rows.chunks(BATCH) {
        let places: Vec<String> = (0..rows.len())
            .map(|row| {
                let first = 3 * row + 2;
                let (passage, vector) = (first + 1, first + 2);
                format!("($1, ${first}, ${passage}, CAST(${vector} AS halfvec))")
            })
            .collect();
        let mut statement = Query::built(format!(
            "INSERT INTO {table} (model, digest, passage, embedding) VALUES {}",
            places.join(", ")
        ))
        .bind(model);
        for (digest, passage, direction) in rows {
            statement = statement.bind(*digest).bind(*passage).bind(direction);
        }
        statement
            .execute(&mut *tx)
            .await
            .doing("put vectors into their index")?;
    }
    Ok(())
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

/// As pgvector reads it, one long: half precision ends at 65,504. Nothing for what points nowhere.
fn to_text(vector: &[f32]) -> Option<String> {
    let length = vector
        .iter()
        .map(|value| f64::from(*value).powi(2))
        .sum::<f64>()
        .sqrt();
    if !length.is_finite() || length <= f64::MIN_POSITIVE {
        return None;
    }
    let mut text = String::with_capacity(vector.len() * 12 + 2);
    text.push('[');
    for (at, value) in vector.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let share = (f64::from(*value) / length) as f32;
        text.push_str(&share.to_string());
    }
    text.push(']');
    Some(text)
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
    fn only_the_direction_of_a_vector_is_sent() {
        assert_eq!(to_text(&[3.0, 4.0]).as_deref(), Some("[0.6,0.8]"));
        assert_eq!(to_text(&[0.0, f32::MAX]).as_deref(), Some("[0,1]"));
        assert_eq!(to_text(&[0.0, -1e-9]).as_deref(), Some("[0,-1]"));
        for nowhere in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            assert_eq!(to_text(&nowhere), None);
        }
    }
}
