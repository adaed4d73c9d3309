//! Vectors by model and digest of the text, one for each of its passages, as exact as they were given.

use super::{Knowledge, Revision, near, raise};
use crate::{
    columns::from_json,
    db::{Tx, query},
    error::{Doing as _, Error, Result},
};

/// A text by its digest, and the vectors of its passages in their order: one at least, all of one length.
pub type TextVectors = (String, Vec<Vec<f32>>);

/// As they stand in the table: how many passages, and their numbers one behind the other.
pub(super) struct Row {
    pub(super) digest: String,
    pub(super) passages: i64,
    pub(super) bytes: Vec<u8>,
}

/// A text that a model has no vector of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unembedded {
    pub digest: String,
    /// The titles above it, the outermost first: of one of the places where it stands.
    pub path: Vec<String>,
    pub text: String,
}

impl Knowledge {
    /// Keeps vectors of texts, in the place of earlier ones of the same model.
    pub async fn put_vectors(&self, model: &str, texts: &[TextVectors]) -> Result<()> {
        const DOING: &str = "keep vectors";
        if texts.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin(DOING).await?;
        check_dimension(&mut tx, model, texts).await?;
        let rows: Vec<Row> = texts.iter().map(Row::of).collect();
        for row in &rows {
            query(
                "INSERT INTO knowledge_vectors (model, digest, passages, vector) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (model, digest) DO UPDATE SET \
                 passages = excluded.passages, vector = excluded.vector",
            )
            .bind(model)
            .bind(&row.digest)
            .bind(row.passages)
            .bind(&row.bytes)
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        }
        near::follow(&mut tx, model, &rows).await?;
        raise(&mut tx, Revision::Vectors).await?;
        tx.commit().await.doing(DOING)?;
        self.tend_index(model).await
    }

    /// Vectors of at most `limit` texts whose digests come after `after`, by digest; `""` is before the
    /// first. Digests know nothing of what they are of: the first ones are a fair sample.
    pub async fn vectors(&self, model: &str, after: &str, limit: u32) -> Result<Vec<TextVectors>> {
        let rows: Vec<(String, i64, Vec<u8>)> = query(
            "SELECT digest, passages, vector FROM knowledge_vectors \
             WHERE model = $1 AND digest > $2 ORDER BY digest LIMIT $3",
        )
        .bind(model)
        .bind(after)
        .bind(i64::from(limit))
        .all(self.store.reader())
        .await
        .doing("read vectors")?;
        rows.into_iter()
            .map(|row| {
                let row = Row::from(row);
                Ok((row.digest.clone(), row.vectors()?))
            })
            .collect()
    }

    /// At most `limit` texts that the model has no vector of, by digest, each once.
    pub async fn without_vector(&self, model: &str, limit: u32) -> Result<Vec<Unembedded>> {
        // What has one digest has one text, and is the same to a model under each of its paths.
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
async fn check_dimension(tx: &mut Tx, model: &str, texts: &[TextVectors]) -> Result<()> {
    let known: Option<(i64, Vec<u8>)> = query(
        "SELECT passages, vector FROM knowledge_vectors WHERE model = $1 ORDER BY digest LIMIT 1",
    )
    .bind(model)
    .optional(&mut *tx)
    .await
    .doing("read the dimension of a model")?;
    let known = match known {
        Some((passages, bytes)) => dimension(passages, &bytes),
        None => texts
            .iter()
            .flat_map(|(_, of)| of)
            .next()
            .map_or(0, Vec::len),
    };
    if known == 0 || texts.iter().any(|(_, of_text)| of_text.is_empty()) {
        return Err(Error::invalid(format!(
            "the model `{model}` gave an empty vector"
        )));
    }
    let of_passages = texts.iter().flat_map(|(_, of_text)| of_text);
    match of_passages.map(Vec::len).find(|length| *length != known) {
        Some(other) => Err(Error::invalid(format!(
            "the model `{model}` gave a vector of {other} numbers where its others have {known}; \
             check which model answers under that name, then embed everything again"
        ))),
        None => Ok(()),
    }
}

const FLOAT_BYTES: usize = size_of::<f32>();

/// Numbers of one passage.
fn dimension(passages: i64, bytes: &[u8]) -> usize {
    let passages = usize::try_from(passages).unwrap_or(0).max(1);
    bytes.len() / FLOAT_BYTES / passages
}

impl From<(String, i64, Vec<u8>)> for Row {
    fn from((digest, passages, bytes): (String, i64, Vec<u8>)) -> Self {
        Self {
            digest,
            passages,
            bytes,
        }
    }
}

impl Row {
    fn of((digest, vectors): &TextVectors) -> Self {
        Self {
            digest: digest.clone(),
            passages: i64::try_from(vectors.len()).unwrap_or(i64::MAX),
            bytes: vectors
                .iter()
                .flatten()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        }
    }

    /// One for each passage.
    pub(super) fn vectors(&self) -> Result<Vec<Vec<f32>>> {
        let (values, rest) = self.bytes.as_chunks::<FLOAT_BYTES>();
        let dimension = dimension(self.passages, &self.bytes);
        let many = usize::try_from(self.passages).unwrap_or(0);
        if !rest.is_empty() || dimension == 0 || dimension * many != values.len() {
            return Err(Error::unreadable(
                "a vector",
                format!(
                    "{} bytes are not {} rows of floats",
                    self.bytes.len(),
                    self.passages
                ),
            ));
        }
        let values: Vec<f32> = values
            .iter()
            .map(|value| f32::from_le_bytes(*value))
            .collect();
        Ok(values.chunks(dimension).map(<[f32]>::to_vec).collect())
    }
}
