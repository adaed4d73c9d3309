//! The trait that every source of vectors implements.

use async_trait::async_trait;

use crate::error::{Error, Result};

/// No more of a text is looked at. Models read 256 to 8,192 tokens, and what a text is about stands
/// at its beginning.
pub const MOST_CHARACTERS: usize = 8_000;

/// A model that makes vectors of texts.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// What the vectors are stored under, such as `ollama/nomic-embed-text`. Vectors with the same
    /// id can be compared, wherever they were made; others cannot.
    fn id(&self) -> &str;

    /// Numbers in a vector; `None` until the first answer of a model that is elsewhere.
    fn dimension(&self) -> Option<usize>;

    /// The vectors of documents, in the order of the texts and as many. Any number of texts: they
    /// are sent in batches, and the first failure ends it. Of a text longer than
    /// [`MOST_CHARACTERS`] the beginning counts.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>>;

    /// The vectors of questions, or of several wordings of one: some models want to be told that
    /// it is one. Whoever searches should wait for a fraction of a second and search by keywords
    /// then; a server may take minutes to load its model.
    async fn embed_questions(&self, questions: &[String]) -> Result<Vec<Vec<f32>>>;

    /// Finds out whether the model is there, and how many numbers its vectors have.
    async fn probe(&self) -> Result<usize> {
        let vectors = self.embed_questions(&["probe".to_owned()]).await?;
        vectors
            .first()
            .map(Vec::len)
            .ok_or_else(|| Error::NoVectors {
                model: self.id().to_owned(),
                detail: "no vector for one text".to_owned(),
            })
    }
}
