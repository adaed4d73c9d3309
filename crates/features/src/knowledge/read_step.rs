//! What the steps that read a source have in common.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Draft, DraftStep, Error, Found, Observed, Result, Target, TaskRef, Verdict};
use serde_json::{Value, json};

use super::{
    ingest::{self, Urgency},
    source::{self, State},
};
use crate::ctx::Ctx;

pub(super) fn target(reference: &str, name: &str) -> Target {
    Target {
        reference: format!("knowledge:{reference}"),
        name: name.to_owned(),
        node: None,
        storage: None,
    }
}

pub(super) fn draft_step<S>(
    step: S,
    target: Target,
    title: String,
    observed: Observed,
) -> DraftStep<S> {
    DraftStep {
        step,
        target,
        title,
        depends_on: Vec::new(),
        change: Vec::new(),
        interruption: None,
        observed,
    }
}

pub(super) fn draft<S>(step: DraftStep<S>) -> Draft<S> {
    Draft {
        summary: step.title.clone(),
        steps: vec![step],
        preflight: Vec::new(),
        left_out: Vec::new(),
    }
}

/// One fact that a consent rests on.
pub(super) fn observed(subject: &str, field: &str, value: Value) -> Observed {
    Observed {
        subject: subject.to_owned(),
        state: std::iter::once((field.to_owned(), value)).collect(),
        ..Observed::default()
    }
}

/// What consent to something about a source rests on: that it is the one it was.
pub(super) async fn observe_source(ctx: &Ctx, id: &str) -> Result<Observed> {
    let row = ctx.knowledge.rows.source(id).await.map_err(Error::from)?;
    let is = row.map(|row| json!([row.kind, row.place, row.created_at]));
    Ok(observed(&format!("source {id}"), "is", json!(is)))
}

/// Begins to read a source that is there.
pub(super) async fn begin(ctx: &Arc<Ctx>, id: &str) -> Result<TaskRef> {
    let row = source::find(ctx, id).await?;
    Ok(TaskRef {
        cluster: String::new(),
        id: ingest::begin(ctx, row, Urgency::Wanted),
    })
}

/// What became of a reading whose process died: reading once more does no harm.
pub(super) async fn recover(ctx: &Ctx, id: &str, sent_at: Timestamp) -> Result<Found> {
    if let Some(job) = ctx.knowledge.jobs.of(id) {
        return Ok(Found::Running(TaskRef {
            cluster: String::new(),
            id: job.id.clone(),
        }));
    }
    let row = ctx.knowledge.rows.source(id).await.map_err(Error::from)?;
    let was_read = row
        .and_then(|row| row.refreshed_at)
        .is_some_and(|at| at >= sent_at);
    Ok(if was_read {
        Found::Done(None)
    } else {
        Found::NotSent
    })
}

/// Says how the source is now.
pub(super) async fn verify(ctx: &Ctx, id: &str) -> Result<Verdict> {
    let rows = ctx.knowledge.rows.counted_sources().await;
    let rows = rows.map_err(Error::from)?;
    let Some(counted) = rows.into_iter().find(|counted| counted.source.id == id) else {
        return Ok(Verdict::not_as_promised(format!("the source {id} is gone")));
    };
    let row = counted.source;
    if row.state != State::Ready.as_str() {
        let reason = row
            .error
            .unwrap_or_else(|| format!("the source {id} is {}", row.state));
        return Ok(Verdict::not_as_promised(reason));
    }
    let mut text = format!(
        "{} is read: {} pages, {} sections",
        row.name, counted.pages, counted.chunks
    );
    if let Some(error) = row.error {
        text.push_str(&format!("; {error}"));
    }
    Ok(Verdict::ok(text))
}
