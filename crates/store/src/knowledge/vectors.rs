//! Vectors by model and digest of the text, as exact as they were given.

use super::{Knowledge, Revision, near, raise};
use crate::{
    columns::from_json,
    db::{Tx, query},
    error::{Doing as _, Error, Result},
};

/// A text that a model has no vector of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unembedded {
    pub digest: String,
    /// The titles above it, the outermost first.
    pub path: Vec<String>,
    pub text: String,
}

impl Knowledge {
    /// Keeps vectors of texts, in the place of earlier ones of the same model.
    pub async fn put_vectors(&self, model: &str, vectors: &[(String, Vec<f32>)]) -> Result<()> {
        const DOING: &str = "keep vectors";
        if vectors.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin(DOING).await?;
        check_dimension(&mut tx, model, vectors).await?;
        let rows: Vec<(String, Vec<u8>)> = vectors
            .iter()
            .map(|(digest, vector)| (digest.clone(), to_bytes(vector)))
            .collect();
        for (digest, bytes) in &rows {
            query(
                "INSERT INTO knowledge_vectors (model, digest, vector) VALUES ($1, $2, $3) \
                 ON CONFLICT (model, digest) DO UPDATE SET vector = excluded.vector",
            )
            .bind(model)
            .bind(digest)
            .bind(bytes)
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        }
        near::follow(&mut tx, model, &rows).await?;
        raise(&mut tx, Revision::Vectors).await?;
        tx.commit().await.doing(DOING)?;
        self.tend_index(model).await
    }

    /// At most `limit` vectors of a model whose digests come after `after`, by digest; `""` is before
    /// the first.
    pub async fn vectors(
        &self,
        model: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Vec<f32>)>> {
        let rows: Vec<(String, Vec<u8>)> = query(
            "SELECT digest, vector FROM knowledge_vectors WHERE model = $1 AND digest > $2 \
             ORDER BY digest LIMIT $3",
        )
        .bind(model)
        .bind(after)
        .bind(i64::from(limit))
        .all(self.store.reader())
        .await
        .doing("read vectors")?;
        rows.into_iter()
            .map(|(digest, bytes)| Ok((digest, from_bytes(&bytes)?)))
            .collect()
    }

    /// At most `limit` texts that the model has no vector of, by digest, each once.
    pub async fn without_vector(&self, model: &str, limit: u32) -> Result<Vec<Unembedded>> {
        // What has one digest has one text and one path.
        let rows: Vec<(String, String, String)> = query(
            "SELECT digest, MIN(path), MIN(text) FROM knowledge_chunks WHERE NOT EXISTS \
             (SELECT 1 FROM knowledge_vectors WHERE knowledge_vectors.model = $1 \
             AND knowledge_vectors.digest = knowledge_chunks.digest) \
             GROUP BY digest ORDER BY digest LIMIT $2",
        )
        .bind(model)
        .bind(i64::from(limit))
        .all(self.store.reader())
        .await
        .doing("look for texts without a vector")?;
        rows.into_iter()
            .map(|(digest, path, text)| {
                let path = from_json(&format!("the titles above text {digest}"), &path)?;
                Ok(Unembedded { digest, path, text })
            })
            .collect()
    }

    /// Different texts that are kept, and how many of them the model has no vector of.
    pub async fn count_without_vector(&self, model: &str) -> Result<(u64, u64)> {
        let (all, with): (i64, i64) = query(
            "SELECT COUNT(DISTINCT knowledge_chunks.digest), \
             COUNT(DISTINCT knowledge_vectors.digest) FROM knowledge_chunks \
             LEFT JOIN knowledge_vectors ON knowledge_vectors.model = $1 \
             AND knowledge_vectors.digest = knowledge_chunks.digest",
        )
        .bind(model)
        .one(self.store.reader())
        .await
        .doing("count texts without a vector")?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok((count(all), count(all - with)))
    }

    /// The models that there are vectors of.
    pub async fn vector_models(&self) -> Result<Vec<String>> {
        query("SELECT DISTINCT model FROM knowledge_vectors ORDER BY model")
            .all(self.store.reader())
            .await
            .doing("read the models of the vectors")
    }

    /// Forgets all vectors of a model and says how many there were.
    pub async fn forget_vectors(&self, model: &str) -> Result<u64> {
        const DOING: &str = "forget the vectors of a model";
        let mut tx = self.store.begin(DOING).await?;
        near::forget(&mut tx, model).await?;
        let forgotten = query("DELETE FROM knowledge_vectors WHERE model = $1")
            .bind(model)
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        if forgotten > 0 {
            raise(&mut tx, Revision::Vectors).await?;
        }
        tx.commit().await.doing(DOING)?;
        Ok(forgotten)
    }
}

/// All vectors of a model have one dimension: whoever changes it forgets the old ones first.
async fn check_dimension(tx: &mut Tx, model: &str, vectors: &[(String, Vec<f32>)]) -> Result<()> {
    let known: Option<Vec<u8>> =
        query("SELECT vector FROM knowledge_vectors WHERE model = $1 ORDER BY digest LIMIT 1")
            .bind(model)
            .optional(&mut *tx)
            .await
            .doing("read the dimension of a model")?;
    let known = match known {
        Some(bytes) => bytes.len() / FLOAT_BYTES,
        None => vectors.first().map_or(0, |(_, vector)| vector.len()),
    };
    match vectors.iter().find(|(_, vector)| vector.len() != known) {
        Some((_, vector)) => Err(Error::invalid(format!(
            "the model `{model}` gave a vector of {} numbers where its others have {known}; \
             check which model answers under that name, then embed everything again",
            vector.len()
        ))),
        None if known == 0 => Err(Error::invalid(format!(
            "the model `{model}` gave an empty vector"
        ))),
        None => Ok(()),
    }
}

const FLOAT_BYTES: usize = size_of::<f32>();

fn to_bytes(vector: &[f32]) -> Vec<u8> {
    vector
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Vec<f32>> {
    let (values, rest) = bytes.as_chunks::<FLOAT_BYTES>();
    if !rest.is_empty() {
        return Err(Error::unreadable(
            "a vector",
            format!("{} bytes are not a row of floats", bytes.len()),
        ));
    }
    Ok(values
        .iter()
        .map(|value| f32::from_le_bytes(*value))
        .collect())
}
