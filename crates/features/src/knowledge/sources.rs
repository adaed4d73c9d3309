//! `knowledge.sources`: what is read, how much of it, how old it is, and what went wrong.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Call, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{SourceRow, SourceWithCounts};

use super::due;
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

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    sources: Vec<KnowledgeSource>,
    /// When sources are read again that do not say it themselves; null: when somebody asks for it.
    refresh: Option<String>,
}

pub(super) struct Sources;

impl Query for Sources {
    const NAME: &'static str = "knowledge.sources";
    const SUMMARY: &'static str = "List the sources of knowledge, how they are and how old";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        if ctx.inventory.connected().is_empty() {
            ctx.inventory.reload().await?;
        }
        let mut rows = ctx.knowledge.rows.sources().await.map_err(Error::from)?;
        let known: Vec<&SourceRow> = rows.iter().map(|counted| &counted.source).collect();
        let missing = due::missing(ctx, &known);
        rows.extend(missing.into_iter().map(|source| SourceWithCounts {
            source,
            pages: 0,
            chunks: 0,
        }));
        Ok(Output {
            sources: rows.into_iter().map(|counted| row(ctx, counted)).collect(),
            refresh: ctx
                .knowledge
                .refresh
                .as_ref()
                .map(|event| event.as_str().to_owned()),
        })
    }
}

fn row(ctx: &Ctx, counted: SourceWithCounts) -> KnowledgeSource {
    let SourceWithCounts {
        source,
        pages,
        chunks,
    } = counted;
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
    KnowledgeSource {
        id: source.id,
        name: source.name,
        kind: source.kind,
        place: source.place,
        product: source.product,
        version: source.version,
        state: source.state,
        error: source.error,
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
    }
}
