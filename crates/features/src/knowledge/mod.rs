//! Knowledge: answers from the documentation of the very version that a cluster runs, with their places.
//!
//! Invariants: what was read is data and is quoted, never followed; an answer names the source, its version
//! and when it was read; one bad source never stops the others; a cluster's pages are asked for within its
//! request budget, and only what changed is sent again; nothing leaves the machine but requests to the
//! sources that a person named.

mod add_source;
mod ask;
mod directions;
mod due;
mod embed;
mod embedding;
mod endpoints;
mod finding;
mod from_cluster;
mod from_folder;
mod from_product;
mod ingest;
mod jobs;
mod marks;
mod nearness;
mod note_add;
mod note_delete;
mod notes;
mod read_step;
mod refresh;
mod remove_source;
mod search;
mod shelf;
mod sink;
mod source;
mod sources;
mod unread;
mod web;

use std::sync::Arc;

use llm::embed::{EmbedderSettings, EmbedderSpec};
use ops::{
    RegistryBuilder, Result, TaskRef,
    ports::{TaskEnd, TaskNews},
};
use tokio_util::sync::CancellationToken;

pub use due::{keep_fresh, refresh_due};

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<ask::Ask>(ctx)
        .query::<search::Search>(ctx)
        .query::<sources::Sources>(ctx)
        .query::<notes::Notes>(ctx)
        .action::<add_source::AddSource>(ctx)
        .action::<refresh::Refresh>(ctx)
        .action::<remove_source::RemoveSource>(ctx)
        .action::<note_add::NoteAdd>(ctx)
        .action::<note_delete::NoteDelete>(ctx)
}

/// What the slice keeps while the process lives.
pub struct Knowledge {
    pub(crate) rows: store::Knowledge,
    jobs: jobs::Jobs,
    shelf: shelf::Shelf,
    embedding: Arc<embedding::Embedding>,
    /// When sources are read again that do not say it themselves; nothing: when somebody asks for it.
    refresh: Option<pve::CalendarEvent>,
}

impl Knowledge {
    pub fn new(rows: store::Knowledge, refresh: Option<pve::CalendarEvent>) -> Self {
        Self {
            rows,
            jobs: jobs::Jobs::default(),
            shelf: shelf::Shelf::default(),
            embedding: Arc::new(embedding::Embedding::new(
                EmbedderSpec::None,
                EmbedderSettings::default(),
            )),
            refresh,
        }
    }

    /// With a model of vectors. It is opened when it is first needed.
    #[must_use]
    pub fn with_embedder(self, spec: EmbedderSpec, settings: EmbedderSettings) -> Self {
        Self {
            embedding: Arc::new(embedding::Embedding::new(spec, settings)),
            ..self
        }
    }
}

/// Whether a task is one of this slice's, not of a cluster.
pub(crate) fn is_job(task: &TaskRef) -> bool {
    task.id.starts_with(jobs::PREFIX)
}

/// Follows the reading of a source for the engine.
pub(crate) async fn follow_job(
    ctx: &Ctx,
    task: &TaskRef,
    on_news: &mut (dyn FnMut(TaskNews) + Send),
    cancel: &CancellationToken,
) -> Result<TaskEnd> {
    ctx.knowledge.jobs.follow(&task.id, on_news, cancel).await
}

/// Ends the reading of a source; what was read stays.
pub(crate) fn stop_job(ctx: &Ctx, task: &TaskRef) {
    ctx.knowledge.jobs.stop(&task.id);
}
