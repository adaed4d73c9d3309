//! Reading a source: as a job of this process that others can follow, whose end is kept on the source.

use std::sync::Arc;

use ops::{Code, Error, Result, bus::BusEvent, ports::TaskEnd};
use serde_json::json;
use store::SourceRow;

use super::{
    embed, from_cluster, from_folder, from_product,
    jobs::{Begun, Job},
    sink::Sink,
    source::{Kind, State, release},
    web,
};
use crate::ctx::Ctx;

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

async fn run(ctx: &Ctx, source: SourceRow, job: Arc<Job>, urgency: Urgency) {
    let began = ctx.clock.now();
    mark(ctx, &source.id, State::Working, None, Some(began), None).await;
    let outcome = read(ctx, &source, job, urgency).await;
    let now = ctx.clock.now();
    let (end, text) = match outcome {
        Ok(outcome) => {
            let error = warning(&outcome);
            mark_all(
                ctx,
                &source.id,
                State::Ready,
                error.as_deref(),
                Some(began),
                Some(now),
                outcome.version.as_deref(),
            )
            .await;
            tracing::info!(
                source = %source.id, pages = outcome.pages, changed = outcome.changed, failed = outcome.failed,
                "{} was read", source.name
            );
            let end = match u32::try_from(outcome.failed) {
                Ok(0) => TaskEnd::Ok,
                failed => TaskEnd::Warnings(failed.unwrap_or(u32::MAX)),
            };
            (end, error)
        }
        Err(error) => {
            let said = error.sentence();
            tracing::warn!(source = %source.id, error = %said, "a source could not be read");
            mark(
                ctx,
                &source.id,
                State::Failed,
                Some(&said),
                Some(began),
                None,
            )
            .await;
            (TaskEnd::Failed(said.clone()), Some(said))
        }
    };
    ctx.knowledge.jobs.end(&source.id, end);
    ctx.bus.emit(BusEvent {
        summary: text,
        state: Some(json!({ "source": source.id })),
        ..BusEvent::new("knowledge.changed")
    });
}

async fn mark(
    ctx: &Ctx,
    id: &str,
    state: State,
    error: Option<&str>,
    tried_at: Option<jiff::Timestamp>,
    refreshed_at: Option<jiff::Timestamp>,
) {
    mark_all(ctx, id, state, error, tried_at, refreshed_at, None).await;
}

/// The state is for people to see; a store that cannot keep it says so in the log and in the job's end.
async fn mark_all(
    ctx: &Ctx,
    id: &str,
    state: State,
    error: Option<&str>,
    tried_at: Option<jiff::Timestamp>,
    refreshed_at: Option<jiff::Timestamp>,
    version: Option<&str>,
) {
    let rows = &ctx.knowledge.rows;
    let marked = rows
        .mark(id, state.as_str(), error, tried_at, refreshed_at, version)
        .await;
    if let Err(error) = marked {
        tracing::error!(source = %id, %error, "the state of a source could not be kept");
    }
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
