//! The model of vectors: opened when it is first needed, asked within bounds, and what went wrong with it.
//! Without it, and whenever it fails or is late, words alone find what they find.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use llm::embed::{Embedder, EmbedderSettings, EmbedderSpec, open_embedder};
use retrieval::{Library, middle};

use crate::ctx::Ctx;

/// Nobody who searches waits longer for a vector of the question, nor for what is near to it.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);
/// A model that failed is left alone for so long.
const AFTER_A_FAILURE: Duration = Duration::from_secs(30);

pub(super) struct Embedding {
    spec: EmbedderSpec,
    settings: EmbedderSettings,
    opened: tokio::sync::Mutex<Option<Arc<dyn Embedder>>>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    error: Option<String>,
    /// Why texts were left without a vector; a question that goes well does not heal that.
    of_texts: Option<String>,
    /// The model is not asked before.
    quiet_until: Option<Timestamp>,
    /// Texts are being embedded.
    is_working: bool,
    /// A question came too early: the server loads its model.
    is_waking: bool,
    /// Revisions of chunks and vectors at which every text had its vector.
    complete_at: Option<(i64, i64)>,
}

impl Embedding {
    pub(super) fn new(spec: EmbedderSpec, settings: EmbedderSettings) -> Self {
        Self {
            spec,
            settings,
            opened: tokio::sync::Mutex::default(),
            told: Mutex::default(),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn spec(&self) -> &EmbedderSpec {
        &self.spec
    }

    /// Whether vectors are made in so little time that they are not kept.
    pub(super) fn is_instant(&self) -> bool {
        self.spec == EmbedderSpec::Builtin
    }

    /// Whether vectors are kept in the store.
    pub(super) fn keeps_vectors(&self) -> bool {
        !self.is_instant() && self.spec != EmbedderSpec::None
    }

    /// The model, unless there is none or it cannot be opened.
    pub(super) async fn model(&self, now: Timestamp) -> Option<Arc<dyn Embedder>> {
        if self.spec == EmbedderSpec::None {
            return None;
        }
        let mut opened = self.opened.lock().await;
        if opened.is_none() && !self.is_quiet(now) {
            match open_embedder(&self.spec, &self.settings).await {
                Ok(model) => *opened = model,
                Err(error) => self.failed(now, &error.to_string()),
            }
        }
        opened.clone()
    }

    /// Where a question points; nothing when that is not known in time.
    pub(super) async fn of_question(
        self: &Arc<Self>,
        ctx: &Ctx,
        library: &Library,
        question: &str,
    ) -> Option<Vec<f32>> {
        let now = ctx.clock.now();
        if self.is_quiet(now) {
            return None;
        }
        let model = self.model(now).await?;
        let wordings = library.wordings(question);
        match tokio::time::timeout(PATIENCE, model.embed_questions(&wordings)).await {
            Ok(Ok(vectors)) => {
                self.worked();
                middle(&vectors)
            }
            Ok(Err(error)) => {
                self.failed(now, &error.to_string());
                None
            }
            Err(_) => {
                self.wake(ctx, model);
                None
            }
        }
    }

    /// Lets a server load its model while nobody waits. Until it has, no question is sent there.
    fn wake(self: &Arc<Self>, ctx: &Ctx, model: Arc<dyn Embedder>) {
        {
            let mut told = self.told();
            if told.is_waking {
                return;
            }
            told.is_waking = true;
            told.error = Some(format!(
                "{} did not answer within {} ms; until it does, words alone are searched",
                model.id(),
                PATIENCE.as_millis()
            ));
        }
        let (this, clock) = (Arc::clone(self), Arc::clone(&ctx.clock));
        ctx.tasks
            .spawn("waking the model of vectors", move |stop| async move {
                let probed = tokio::select! {
                    probed = model.probe() => probed,
                    () = stop.cancelled() => return,
                };
                this.told().is_waking = false;
                match probed {
                    Ok(_) => this.worked(),
                    Err(error) => this.failed(clock.now(), &error.to_string()),
                }
            });
    }

    fn is_quiet(&self, now: Timestamp) -> bool {
        let told = self.told();
        told.is_waking || told.quiet_until.is_some_and(|until| now < until)
    }

    fn worked(&self) {
        let mut told = self.told();
        told.error = None;
        told.quiet_until = None;
    }

    pub(super) fn failed(&self, now: Timestamp, error: &str) {
        let mut told = self.told();
        // The same is not logged at each search.
        if told.error.as_deref() != Some(error) {
            tracing::warn!(embedder = %self.spec, "no vectors, words alone are searched: {error}");
        }
        told.error = Some(error.to_owned());
        told.quiet_until = Some(now + AFTER_A_FAILURE);
    }

    pub(super) fn error(&self) -> Option<String> {
        let told = self.told();
        told.error.as_ref().or(told.of_texts.as_ref()).cloned()
    }

    pub(super) fn is_working(&self) -> bool {
        self.told().is_working
    }

    /// Whether the caller is the one who embeds now.
    pub(super) fn begin(&self, now: Timestamp) -> bool {
        if self.is_quiet(now) {
            return false;
        }
        !std::mem::replace(&mut self.told().is_working, true)
    }

    /// Every text had its vector at these revisions, or why not.
    pub(super) fn end(&self, now: Timestamp, ended: Result<Option<(i64, i64)>, String>) {
        match &ended {
            Ok(None) => {}
            Ok(Some(_)) => self.worked(),
            Err(error) => self.failed(now, error),
        }
        let mut told = self.told();
        told.is_working = false;
        match ended {
            Ok(complete_at) => {
                told.of_texts = None;
                told.complete_at = complete_at;
            }
            Err(error) => told.of_texts = Some(error),
        }
    }

    pub(super) fn is_complete_at(&self, revisions: (i64, i64)) -> bool {
        self.told().complete_at == Some(revisions)
    }
}
