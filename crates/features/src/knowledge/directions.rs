//! The vectors of a library: computed at once where the model is in the program, else those that are kept.

use std::collections::HashMap;

use llm::embed::Embedder;
use ops::{Error, Result};
use retrieval::{Chunk, Library, VectorError, Vectors, pieces};

use super::sink;
use crate::ctx::Ctx;

/// Chunks whose passages are embedded in one go.
const CHUNKS: usize = 1_000;
/// Vectors that are read from the store in one go.
const BATCH: u32 = 2_000;

/// The library with the vectors that there are. What goes wrong with them is told, and words are searched.
pub(super) async fn add(ctx: &Ctx, library: Library) -> Result<Library> {
    let embedding = &ctx.knowledge.embedding;
    let Some(model) = embedding.model(ctx.clock.now()).await else {
        return Ok(library);
    };
    let made = if embedding.is_instant() {
        computed(&*model, library.chunks()).await
    } else {
        kept(ctx, model.id(), library.chunks()).await?
    };
    Ok(match made {
        Ok(vectors) => library.with_vectors(vectors),
        Err(error) => {
            embedding.failed(ctx.clock.now(), &error);
            library
        }
    })
}

async fn computed(model: &dyn Embedder, chunks: &[Chunk]) -> Result<Vectors, String> {
    let mut vectors = Vectors::new(model.dimension().unwrap_or(0));
    for (batch, chunks) in chunks.chunks(CHUNKS).enumerate() {
        let (mut owners, mut texts) = (Vec::new(), Vec::new());
        for (at, chunk) in chunks.iter().enumerate() {
            let of_chunk = pieces(chunk);
            owners.extend(std::iter::repeat_n(batch * CHUNKS + at, of_chunk.len()));
            texts.extend(of_chunk);
        }
        let made = model
            .embed(&texts)
            .await
            .map_err(|error| error.to_string())?;
        for (owner, vector) in owners.into_iter().zip(&made) {
            vectors
                .add(owner, vector)
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(vectors)
}

/// The outer error is one of the store.
async fn kept(ctx: &Ctx, model: &str, chunks: &[Chunk]) -> Result<Result<Vectors, String>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, chunk) in chunks.iter().enumerate() {
        let digest = sink::digest_of(&chunk.path, &chunk.text);
        places.entry(digest).or_default().push(at);
    }
    let mut vectors: Option<Vectors> = None;
    let mut after = String::new();
    loop {
        let batch = ctx
            .knowledge
            .rows
            .vectors(model, &after, BATCH)
            .await
            .map_err(Error::from)?;
        let Some((last, _)) = batch.last() else { break };
        after.clone_from(last);
        for (digest, vector) in &batch {
            let vectors = vectors.get_or_insert_with(|| Vectors::new(vector.len()));
            let added: Result<(), VectorError> = places
                .get(digest)
                .into_iter()
                .flatten()
                .try_for_each(|at| vectors.add(*at, vector));
            if let Err(error) = added {
                return Ok(Err(error.to_string()));
            }
        }
    }
    Ok(Ok(vectors.unwrap_or_else(|| Vectors::new(0))))
}
