//! `knowledge.sources`: what is read, how much of it, how old it is, and what went wrong.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Call, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{SourceRow, SourceWithCounts, VectorIndex};

use super::{
    due, read_step,
    source::State,
    unread::{self, UnreadPage},
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

/// How far a reading is that is on its way in this process.
#[derive(Serialize, JsonSchema)]
struct SourceReading {
    pages: usize,
    /// As far as is known yet.
    of: Option<usize>,
    changed: usize,
    /// What is being read.
    at: String,
}

#[derive(Serialize, JsonSchema)]
struct KnowledgeSource {
    id: String,
    name: String,
    /// cluster, folder, url, notes or product.
    kind: String,
    /// A cluster, a folder or an address.
    place: String,
    /// What it is about.
    product: String,
    /// Version that it belongs to.
    version: Option<String>,
    /// new, working, ready or failed.
    state: String,
    /// What went wrong at the last reading. A source that is ready may have pages that could not be read.
    error: Option<String>,
    /// Pages that could not be read at the last reading, the first 20 of them.
    unread: Vec<UnreadPage>,
    pages: u64,
    /// Sections, options, commands, endpoints and notes.
    sections: u64,
    /// When it is read again by itself, as a calendar event; null: as the configuration says.
    refresh: Option<String>,
    #[schemars(with = "Option<String>")]
    tried_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    refreshed_at: Option<Timestamp>,
    age_s: Option<u64>,
    created_by: String,
    reading: Option<SourceReading>,
}

/// The model by which texts are found that mean what was asked in other words.
#[derive(Serialize, JsonSchema)]
struct KnowledgeEmbedder {
    /// As it is configured: none, builtin, or a model elsewhere.
    name: String,
    /// Different texts that are kept. Null where no vectors are kept: without a model, and with the one in
    /// the program, which makes them in an instant.
    texts: Option<u64>,
    /// How many of them have no vector yet; they are found by their words.
    without_vector: Option<u64>,
    /// Whether this process embeds them now.
    working: bool,
    /// Why words alone are searched, or what keeps the vectors from being searched as they should be.
    error: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    sources: Vec<KnowledgeSource>,
    /// When sources are read again that do not say it themselves; null: when somebody asks for it.
    refresh: Option<String>,
    embedder: KnowledgeEmbedder,
}

pub(super) struct Sources;

impl Query for Sources {
    const NAME: &'static str = "knowledge.sources";
    const SUMMARY: &'static str = "List the sources of knowledge, how they are and how old";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me] [the|all] (knowledge sources|sources of knowledge)",
        "(list|show|show me) [the|all|your] sources",
        "(which|what) [knowledge] sources are there",
        "(which|what) [knowledge] sources do (you|we) (have|know)",
        "what (documentation|docs) (have you read|do you have|do you know)",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        if ctx.inventory.connected().is_empty() {
            ctx.inventory.reload().await?;
        }
        let rows = ctx.knowledge.rows.counted_sources().await;
        let mut rows = rows.map_err(Error::from)?;
        let known: Vec<&SourceRow> = rows.iter().map(|counted| &counted.source).collect();
        let missing = due::missing(ctx, &known);
        rows.extend(missing.into_iter().map(|source| SourceWithCounts {
            source,
            pages: 0,
            chunks: 0,
        }));
        let mut sources = Vec::new();
        for counted in rows {
            sources.push(row(ctx, counted).await?);
        }
        Ok(Output {
            sources,
            refresh: ctx
                .knowledge
                .refresh
                .as_ref()
                .map(|event| event.as_str().to_owned()),
            embedder: embedder(ctx).await?,
        })
    }
}

async fn embedder(ctx: &Ctx) -> Result<KnowledgeEmbedder> {
    let embedding = &ctx.knowledge.embedding;
    let (mut counts, mut slow) = (None, None);
    if let Some(model) = embedding.model(ctx.clock.now()).await
        && embedding.keeps_vectors()
    {
        let rows = &ctx.knowledge.rows;
        let counted = rows.count_without_vector(model.id()).await;
        counts = Some(counted.map_err(Error::from)?);
        slow = match rows.vector_index(model.id()).await.map_err(Error::from)? {
            VectorIndex::Missing(why) => Some(why),
            VectorIndex::NotNeeded | VectorIndex::Ready => None,
        };
    }
    Ok(KnowledgeEmbedder {
        name: embedding.spec().to_string(),
        texts: counts.map(|(texts, _)| texts),
        without_vector: counts.map(|(_, without)| without),
        working: embedding.is_working(),
        error: embedding.error().or(slow),
    })
}

/// What the row of a source cannot say: that its reading ended and nobody could write that down, or that the
/// process which read it is dead.
async fn as_it_is(ctx: &Ctx, mut source: SourceRow) -> Result<SourceRow> {
    if let Some((state, error)) = ctx.knowledge.jobs.unkept(&source.id) {
        state.as_str().clone_into(&mut source.state);
        source.error = error;
        return Ok(source);
    }
    if source.state != State::Working.as_str() || ctx.knowledge.jobs.of(&source.id).is_some() {
        return Ok(source);
    }
    let target = read_step::target(&source.id, &source.name).reference;
    if !ctx.registry.get()?.is_worked_on(&target).await? {
        State::Failed.as_str().clone_into(&mut source.state);
        source.error = Some(format!(
            "the reading was broken off, because the process that read it ended; `proxmox-ai knowledge refresh {}` reads it again",
            source.id
        ));
    }
    Ok(source)
}

async fn row(ctx: &Ctx, counted: SourceWithCounts) -> Result<KnowledgeSource> {
    let SourceWithCounts {
        source,
        pages,
        chunks,
    } = counted;
    let source = as_it_is(ctx, source).await?;
    let unread = unread::of(ctx, &source.id).await?;
    let reading = ctx.knowledge.jobs.of(&source.id).map(|job| {
        let progress = job.progress();
        SourceReading {
            pages: progress.pages,
            of: progress.of,
            changed: progress.changed,
            at: progress.at,
        }
    });
    let now = ctx.clock.now();
    Ok(KnowledgeSource {
        id: source.id,
        name: source.name,
        kind: source.kind,
        place: source.place,
        product: source.product,
        version: source.version,
        state: source.state,
        error: source.error,
        unread,
        pages,
        sections: chunks,
        refresh: source.refresh,
        tried_at: source.tried_at,
        refreshed_at: source.refreshed_at,
        age_s: source
            .refreshed_at
            .map(|at| u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0)),
        created_by: source.created_by,
        reading,
    })
}
