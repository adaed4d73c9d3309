//! Vectors of texts, made in the background while the search goes on with those that are there.

use std::sync::Arc;

use llm::embed::Embedder;
use ops::{Error, Result, bus::BusEvent};
use retrieval::{Chunk, Kind, Location, pieces};
use store::{TextVectors, Unembedded};

use crate::ctx::Ctx;

/// Texts that are embedded and kept in one go.
const BATCH: u32 = 64;

/// Begins to embed what has no vector yet, unless that is on its way.
pub(super) fn begin(ctx: &Arc<Ctx>) {
    let embedding = &ctx.knowledge.embedding;
    if !embedding.keeps_vectors() || !embedding.begin(ctx.clock.now()) {
        return;
    }
    let ctx = Arc::clone(ctx);
    let tasks = ctx.tasks.clone();
    tasks.spawn("vectors of knowledge", move |stop| async move {
        let ended = tokio::select! {
            ended = embed(&ctx) => ended.map_err(|error| error.sentence()),
            // What was made is kept; the rest is made by whoever comes next.
            () = stop.cancelled() => Ok(None),
        };
        ctx.knowledge.embedding.end(ctx.clock.now(), ended);
    });
}

/// Embeds until nothing is left, and says at which revisions that was; nothing where no model can be opened.
async fn embed(ctx: &Ctx) -> Result<Option<(i64, i64)>> {
    let (rows, embedding) = (&ctx.knowledge.rows, &ctx.knowledge.embedding);
    let now = revisions(ctx).await?;
    if embedding.is_complete_at(now) {
        return Ok(Some(now));
    }
    let Some(model) = embedding.model(ctx.clock.now()).await else {
        return Ok(None);
    };
    let mut made = 0;
    loop {
        let seen = revisions(ctx).await?;
        let texts = rows
            .without_vector(model.id(), BATCH)
            .await
            .map_err(Error::from)?;
        if texts.is_empty() {
            forget_others(ctx, model.id()).await?;
            if made > 0 {
                tracing::info!(embedder = model.id(), made, "every text has its vector");
                ctx.bus.emit(BusEvent {
                    summary: Some(format!("{made} texts have a vector of {} now", model.id())),
                    ..BusEvent::new("knowledge.changed")
                });
            }
            // Chunks that came after the look are embedded at the next one.
            return Ok(Some((seen.0, revisions(ctx).await?.1)));
        }
        if made == 0 {
            forget_if_exchanged(ctx, &*model).await?;
        }
        made += texts.len();
        let vectors = vectors(&*model, texts).await?;
        rows.put_vectors(model.id(), &vectors)
            .await
            .map_err(Error::from)?;
    }
}

async fn revisions(ctx: &Ctx) -> Result<(i64, i64)> {
    let rows = &ctx.knowledge.rows;
    Ok((
        rows.revision().await.map_err(Error::from)?,
        rows.vectors_revision().await.map_err(Error::from)?,
    ))
}

/// A vector for each passage of a text. One without a word that the model knows gets one that points nowhere,
/// so that it is not asked for again.
async fn vectors(model: &dyn Embedder, texts: Vec<Unembedded>) -> Result<Vec<TextVectors>> {
    let mut passages = Vec::new();
    let mut counts = Vec::with_capacity(texts.len());
    for text in texts {
        let of_text = pieces(&Chunk {
            at: Location {
                page: String::new(),
                anchor: None,
            },
            kind: Kind::Section,
            path: text.path,
            text: text.text,
            also: Vec::new(),
        });
        counts.push((text.digest, of_text.len()));
        passages.extend(of_text);
    }
    let made = model
        .embed(&passages)
        .await
        .map_err(|error| Error::new(ops::Code::ModelUnavailable, error.to_string()))?;
    let mut made = made.into_iter();
    Ok(counts
        .into_iter()
        .map(|(digest, count)| (digest, made.by_ref().take(count).collect()))
        .collect())
}

/// A server may answer with another model under the same name: its vectors have other numbers, and those that
/// are kept are of no use any more.
async fn forget_if_exchanged(ctx: &Ctx, model: &dyn Embedder) -> Result<()> {
    let rows = &ctx.knowledge.rows;
    let kept = rows.vectors(model.id(), "", 1).await.map_err(Error::from)?;
    let Some((_, kept)) = kept.first() else {
        return Ok(());
    };
    let dimension = model
        .probe()
        .await
        .map_err(|error| Error::new(ops::Code::ModelUnavailable, error.to_string()))?;
    let before = kept.first().map_or(0, Vec::len);
    if before != dimension {
        tracing::warn!(
            embedder = model.id(),
            "its vectors had {before} numbers and have {dimension} now: everything is embedded anew"
        );
        rows.forget_vectors(model.id()).await.map_err(Error::from)?;
    }
    Ok(())
}

/// Vectors of earlier models, once the new ones are complete.
async fn forget_others(ctx: &Ctx, model: &str) -> Result<()> {
    let rows = &ctx.knowledge.rows;
    for other in rows.vector_models().await.map_err(Error::from)? {
        if other != model {
            let forgotten = rows.forget_vectors(&other).await.map_err(Error::from)?;
            tracing::info!(embedder = %other, forgotten, "vectors of an earlier model were forgotten");
        }
    }
    Ok(())
}
