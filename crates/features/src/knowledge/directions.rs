//! The vectors of a library: computed at once where the model is in the program, else those that are kept; and
//! where there are very many, a database looks for them.

use std::collections::HashMap;

use llm::embed::Embedder;
use ops::{Error, Result};
use retrieval::{Chunk, Library, VectorError, Vectors, pieces};
use store::TextVectors;

use super::sink;
use crate::ctx::Ctx;

/// Chunks whose passages are embedded in one go.
const CHUNKS: usize = 1_000;
/// Texts whose vectors are read from the store in one go.
const BATCH: u32 = 2_000;
/// Texts whose vectors tell what a cosine is worth: their mean and deviation are those of all, give or take a
/// fiftieth of a deviation.
const SAMPLE: u32 = 2_000;

/// Vectors that stay in the database.
pub(super) struct Elsewhere {
    pub(super) model: String,
    pub(super) sample: Vectors,
    pub(super) sampled: usize,
    /// Chunks by the digests of their texts.
    places: HashMap<u128, usize>,
}

impl Elsewhere {
    /// A text's place in the library; it may hold none, or another copy.
    pub(super) fn place(&self, digest: &str) -> Option<usize> {
        self.places.get(&key(digest)?).copied()
    }
}

/// Half of a digest tells texts apart, and takes a quarter of the memory.
fn key(digest: &str) -> Option<u128> {
    u128::from_str_radix(digest.get(..32)?, 16).ok()
}

/// The library with the vectors that there are, or with what is needed to have them looked for. What goes
/// wrong with them is told, and words are searched.
pub(super) async fn add(ctx: &Ctx, library: Library) -> Result<(Library, Option<Elsewhere>)> {
    let embedding = &ctx.knowledge.embedding;
    let Some(model) = embedding.model(ctx.clock.now()).await else {
        return Ok((library, None));
    };
    let made = if embedding.is_instant() {
        computed(&*model, library.chunks()).await
    } else {
        let rows = &ctx.knowledge.rows;
        let many = library.chunks().len();
        let by_index = rows.is_searched_by_index(model.id(), many).await;
        if by_index.map_err(Error::from)? {
            let elsewhere = elsewhere(ctx, model.id(), library.chunks()).await?;
            return Ok((library, elsewhere));
        }
        kept(ctx, model.id(), library.chunks()).await?
    };
    Ok(match made {
        Ok(vectors) => (library.with_vectors(vectors), None),
        Err(error) => {
            embedding.failed(ctx.clock.now(), &error);
            (library, None)
        }
    })
}

async fn elsewhere(ctx: &Ctx, model: &str, chunks: &[Chunk]) -> Result<Option<Elsewhere>> {
    let texts = read(ctx, model, "", SAMPLE).await?;
    let mut vectors: Option<Vectors> = None;
    for (at, (_, passages)) in texts.iter().enumerate() {
        for vector in passages {
            let vectors = vectors.get_or_insert_with(|| Vectors::new(vector.len()));
            if let Err(error) = vectors.add(at, vector) {
                let error = error.to_string();
                ctx.knowledge.embedding.failed(ctx.clock.now(), &error);
                return Ok(None);
            }
        }
    }
    let places = chunks
        .iter()
        .enumerate()
        .filter_map(|(at, chunk)| Some((key(&sink::digest_of(&chunk.path, &chunk.text))?, at)));
    Ok(vectors.map(|sample| Elsewhere {
        model: model.to_owned(),
        sample,
        sampled: texts.len(),
        places: places.collect(),
    }))
}

async fn read(ctx: &Ctx, model: &str, after: &str, many: u32) -> Result<Vec<TextVectors>> {
    let rows = ctx.knowledge.rows.vectors(model, after, many).await;
    rows.map_err(Error::from)
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
        let batch = read(ctx, model, &after, BATCH).await?;
        let Some((last, _)) = batch.last() else { break };
        after.clone_from(last);
        for (digest, passages) in &batch {
            let dimension = passages.first().map_or(0, Vec::len);
            let vectors = vectors.get_or_insert_with(|| Vectors::new(dimension));
            let added: Result<(), VectorError> = places
                .get(digest)
                .into_iter()
                .flatten()
                .flat_map(|at| passages.iter().map(|vector| (*at, vector)))
                .try_for_each(|(at, vector)| vectors.add(at, vector));
            if let Err(error) = added {
                return Ok(Err(error.to_string()));
            }
        }
    }
    Ok(Ok(vectors.unwrap_or_else(|| Vectors::new(0))))
}
