//! Reading a source: as a job of this process that others can follow, whose end is kept on the source.

use std::{sync::Arc, time::Duration};

use ops::{Code, Error, Result, bus::BusEvent, ports::TaskEnd};
use serde_json::json;
use store::SourceRow;

use super::{
    embed, from_cluster, from_folder, from_product,
    jobs::{Begun, Job},
    sink::Sink,
    source::{Kind, State, release},
    unread, web,
};
use crate::ctx::Ctx;

/// Between two attempts to write how a reading ended, where the store could not keep it.
const KEEP_AGAIN: Duration = Duration::from_secs(2);

/// Who waits for a reading; it decides on which budget a cluster is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody asked for it.
    Wanted,
    /// Its time has come.
    Due,
}

/// What a reading came to.
struct Outcome {
    version: Option<String>,
    pages: usize,
    changed: usize,
    problems: Vec<(String, String)>,
    failed: usize,
}

/// Begins to read a source, unless that is on its way; the id of the job.
pub(super) fn begin(ctx: &Arc<Ctx>, source: SourceRow, urgency: Urgency) -> String {
    let cancel = ctx.tasks.stopping().child_token();
    let job = match ctx.knowledge.jobs.begin(&source.id, cancel) {
        Begun::New(job) => job,
        Begun::Running(job) => return job.id.clone(),
    };
    let id = job.id.clone();
    let ctx = Arc::clone(ctx);
    let tasks = ctx.tasks.clone();
    tasks.spawn("reading of a source", move |_stop| async move {
        run(&ctx, source, job, urgency).await;
        embed::begin(&ctx);
    });
    id
}

async fn run(ctx: &Arc<Ctx>, source: SourceRow, job: Arc<Job>, urgency: Urgency) {
    let began = ctx.clock.now();
    let working = Ending {
        state: State::Working,
        error: None,
        tried_at: began,
        refreshed_at: None,
        version: None,
    };
    // A store that cannot keep this keeps no page either.
    let outcome = match keep(ctx, &source.id, &working).await {
        Ok(()) => read(ctx, &source, job, urgency).await,
        Err(error) => Err(error),
    };
    let (mut end, ending) = match outcome {
        Ok(outcome) => {
            tracing::info!(
                source = %source.id, pages = outcome.pages, changed = outcome.changed, failed = outcome.failed,
                "{} was read", source.name
            );
            let end = match u32::try_from(outcome.failed) {
                Ok(0) => TaskEnd::Ok,
                failed => TaskEnd::Warnings(failed.unwrap_or(u32::MAX)),
            };
            let ending = Ending {
                state: State::Ready,
                error: warning(&outcome),
                refreshed_at: Some(ctx.clock.now()),
                version: outcome.version,
                ..working
            };
            (end, ending)
        }
        Err(error) => {
            let said = error.sentence();
            tracing::warn!(source = %source.id, error = %said, "a source could not be read");
            let ending = Ending {
                state: State::Failed,
                error: Some(said.clone()),
                ..working
            };
            (TaskEnd::Failed(said), ending)
        }
    };
    let text = ending.error.clone();
    if let Err(error) = keep(ctx, &source.id, &ending).await {
        tracing::error!(source = %source.id, %error, "the state of a source could not be kept");
        if ending.state == State::Ready {
            end = TaskEnd::Failed(format!(
                "{} was read, but that could not be noted: {}",
                source.name,
                error.sentence()
            ));
        }
        keep_later(ctx, source.id.clone(), ending);
    }
    ctx.knowledge.jobs.end(&source.id, end);
    ctx.bus.emit(BusEvent {
        summary: text,
        state: Some(json!({ "source": source.id })),
        ..BusEvent::new("knowledge.changed")
    });
}

/// How a source is, for its row.
#[derive(Clone)]
struct Ending {
    state: State,
    error: Option<String>,
    tried_at: jiff::Timestamp,
    refreshed_at: Option<jiff::Timestamp>,
    version: Option<String>,
}

async fn keep(ctx: &Ctx, id: &str, ending: &Ending) -> Result<()> {
    ctx.knowledge
        .rows
        .mark(
            id,
            ending.state.as_str(),
            ending.error.as_deref(),
            Some(ending.tried_at),
            ending.refreshed_at,
            ending.version.as_deref(),
        )
        .await
        .map(drop)
        .map_err(Error::from)
}

/// Writes how a reading ended as soon as the store can, the last time when the process ends.
fn keep_later(ctx: &Arc<Ctx>, id: String, ending: Ending) {
    let unkept = (ending.state, ending.error.clone());
    ctx.knowledge.jobs.remember_unkept(&id, unkept);
    let ctx = Arc::clone(ctx);
    let tasks = ctx.tasks.clone();
    tasks.spawn("state of a source", move |stop| async move {
        loop {
            let stopping = tokio::select! {
                () = stop.cancelled() => true,
                () = tokio::time::sleep(KEEP_AGAIN) => false,
            };
            // Whoever reads it again says how it is then.
            let superseded = ctx.knowledge.jobs.of(&id).is_some();
            if superseded || keep(&ctx, &id, &ending).await.is_ok() || stopping {
                ctx.knowledge.jobs.forget_unkept(&id);
                return;
            }
        }
    });
}

/// One sentence for the pages that could not be read.
fn warning(outcome: &Outcome) -> Option<String> {
    let (page, reason) = outcome.problems.first()?;
    let page: String = page.chars().take(200).collect();
    Some(if outcome.failed == 1 {
        format!("{page} was not read: {reason}")
    } else {
        format!(
            "{} pages were not read, the first is {page}: {reason}",
            outcome.failed
        )
    })
}

async fn read(ctx: &Ctx, source: &SourceRow, job: Arc<Job>, urgency: Urgency) -> Result<Outcome> {
    let mut sink = Sink::open(ctx, source, job).await?;
    let version = match Kind::of(source)? {
        Kind::Cluster => {
            let client = ctx.inventory.client(&source.place).await?;
            let client = match urgency {
                Urgency::Wanted => client,
                Urgency::Due => client.in_background(),
            }
            .until(sink.job.cancel.clone());
            let version = from_cluster::read(&mut sink, &source.place, &client).await?;
            Some(version)
        }
        Kind::Folder => {
            from_folder::read(&mut sink, &source.place).await?;
            None
        }
        Kind::Url => {
            let private = is_private(ctx, &source.id).await?;
            web::read(&mut sink, &source.place, private).await?;
            None
        }
        Kind::Product => {
            from_product::read(&mut sink).await?;
            Some(release(env!("CARGO_PKG_VERSION")))
        }
        // Notes are written one by one.
        Kind::Notes => None,
    };
    let (pages, changed, failed) = (sink.seen(), sink.changed, sink.failed);
    if Kind::of(source)? == Kind::Notes {
        return Ok(Outcome {
            version: None,
            pages,
            changed,
            problems: Vec::new(),
            failed,
        });
    }
    unread::keep(ctx, &source.id, &sink.problems).await?;
    if failed > 0 && failed == pages {
        let (page, reason) = sink
            .problems
            .first()
            .cloned()
            .unwrap_or_else(|| (source.place.clone(), "no page could be read".to_owned()));
        return Err(Error::new(
            Code::Conflict,
            format!("no page of {} could be read; {page}: {reason}", source.name),
        ));
    }
    if pages == 0 {
        return Err(Error::new(
            Code::NotFound,
            format!("{} leads to no page that can be read", source.place),
        ));
    }
    let problems = sink.finish().await?;
    Ok(Outcome {
        version,
        pages,
        changed,
        problems,
        failed,
    })
}

fn private_name(source: &str) -> String {
    format!("knowledge.private.{source}")
}

/// Whether a person said that the host of a source may be at a private address.
pub(super) async fn is_private(ctx: &Ctx, source: &str) -> Result<bool> {
    let kept = ctx
        .settings
        .get(&private_name(source))
        .await
        .map_err(Error::from)?;
    Ok(kept == Some(json!(true)))
}

pub(super) async fn allow_private(ctx: &Ctx, source: &str, allowed: bool) -> Result<()> {
    let name = private_name(source);
    if allowed {
        ctx.settings.set(&name, &json!(true)).await
    } else {
        ctx.settings.delete(&name).await.map(drop)
    }
    .map_err(Error::from)
}
