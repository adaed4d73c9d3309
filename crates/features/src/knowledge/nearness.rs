//! How near what is kept is to a question: by vectors in memory, or as a database tells. Whatever goes wrong with
//! that, words find what they find.

use std::sync::Arc;

use ops::{Error, Result};
use retrieval::{Answer, Library, Reply, Told, VectorError, Vectors};

use super::{directions::Elsewhere, embedding::PATIENCE, shelf::Shelved};
use crate::ctx::Ctx;

/// Passages that a database looks for; what is further away is not found by nearness alone.
const NEAREST: u32 = 200;

pub(super) enum Nearness {
    /// Nothing is known of it.
    Unknown,
    /// Where the question points; the library knows its vectors.
    Vector(Vec<f32>),
    Told(Told),
}

/// Of a question, within the time that somebody who searches waits.
pub(super) async fn of_question(ctx: &Ctx, shelved: &Arc<Shelved>, question: &str) -> Nearness {
    let library = &shelved.library;
    if shelved.elsewhere.is_none() && library.vectors().is_none_or(Vectors::is_empty) {
        return Nearness::Unknown;
    }
    let embedding = &ctx.knowledge.embedding;
    let Some(vector) = embedding.of_question(ctx, library, question).await else {
        return Nearness::Unknown;
    };
    let Some(elsewhere) = &shelved.elsewhere else {
        return Nearness::Vector(vector);
    };
    let told = told(ctx, shelved, elsewhere, question, &vector);
    let error = match tokio::time::timeout(PATIENCE, told).await {
        Ok(Ok(Some(told))) => return Nearness::Told(told),
        // The vectors were forgotten; the library is made anew.
        Ok(Ok(None)) => return Nearness::Unknown,
        Ok(Err(error)) => error.sentence(),
        Err(_) => format!(
            "the database did not answer within {} ms",
            PATIENCE.as_millis()
        ),
    };
    tracing::warn!("nothing was found by nearness: {error}");
    Nearness::Unknown
}

async fn told(
    ctx: &Ctx,
    shelved: &Arc<Shelved>,
    elsewhere: &Elsewhere,
    question: &str,
    vector: &[f32],
) -> Result<Option<Told>> {
    let (of_words, question) = (Arc::clone(shelved), question.to_owned());
    let (asked, digests) = tokio::task::spawn_blocking(move || {
        let asked = of_words.library.best_by_words(&question);
        let digests: Vec<String> = asked
            .iter()
            .filter_map(|at| of_words.library.chunks().get(*at))
            .map(|chunk| super::sink::digest_of(&chunk.path, &chunk.text))
            .collect();
        (asked, digests)
    })
    .await
    .map_err(|_| Error::internal("the search was broken off"))?;
    let sources: Vec<String> = shelved.sources.keys().cloned().collect();
    let named: Vec<&str> = digests.iter().map(String::as_str).collect();
    let near = ctx
        .knowledge
        .rows
        .nearest(&elsewhere.model, vector, &sources, &named, NEAREST)
        .await
        .map_err(Error::from)?;
    let Some(near) = near else { return Ok(None) };
    let cosines = near
        .into_iter()
        .filter_map(|(digest, cosine)| Some((elsewhere.place(&digest)?, cosine)))
        .collect();
    let (sample, sampled) = (&elsewhere.sample, elsewhere.sampled);
    Told::new(sample, sampled, vector, cosines, &asked)
        .map(Some)
        .map_err(|error| Error::internal(error.to_string()))
}

impl Nearness {
    /// An error says that the vectors of the library are of another model.
    pub(super) fn search<'a>(
        &self,
        library: &'a Library,
        question: &str,
        most: usize,
    ) -> std::result::Result<Answer<'a>, VectorError> {
        match self {
            Self::Unknown => Ok(library.search(question, most)),
            Self::Vector(vector) => library.search_near(question, Some(vector), most),
            Self::Told(told) => Ok(library.search_told(question, told, most)),
        }
    }

    /// An error says that the vectors of the library are of another model.
    pub(super) fn reply<'a>(
        &self,
        library: &'a Library,
        question: &str,
    ) -> std::result::Result<Reply<'a>, VectorError> {
        match self {
            Self::Unknown => Ok(library.reply(question)),
            Self::Vector(vector) => library.reply_near(question, Some(vector)),
            Self::Told(told) => Ok(library.reply_told(question, told)),
        }
    }
}
