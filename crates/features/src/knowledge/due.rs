//! What is read again by itself: sources whose time has come, and clusters whose version changed.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use ops::{Error, Result};
use pve::CalendarEvent;
use store::SourceRow;

use super::{
    embed,
    ingest::{self, Urgency},
    source::{self, Kind, NOTES, PRODUCT, State},
};
use crate::ctx::Ctx;

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A source that could not be read is left alone for so long.
const AFTER_A_FAILURE: Duration = Duration::from_hours(1);
/// A source that says `working` for so long is read by nobody any more: its process died.
const LONGEST_READING: Duration = Duration::from_mins(30);

/// Keeps the sources fresh until the process stops.
pub fn keep_fresh(ctx: &Arc<Ctx>) {
    let ctx = Arc::clone(ctx);
    let tasks = ctx.tasks.clone();
    tasks.spawn("knowledge", move |stop| async move {
        loop {
            if let Err(error) = refresh_due(&ctx).await {
                tracing::warn!(%error, "the sources of knowledge could not be looked at");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    });
}

/// One look: begins to read what is due, and to embed what has no vector. How many readings this process began.
pub async fn refresh_due(ctx: &Arc<Ctx>) -> Result<usize> {
    ensure_sources(ctx).await?;
    let now = ctx.clock.now();
    let mut begun = 0;
    for row in ctx.knowledge.rows.sources().await.map_err(Error::from)? {
        if ctx.knowledge.jobs.of(&row.id).is_none() && is_due(ctx, &row, now)? {
            ingest::begin(ctx, row, Urgency::Due);
            begun += 1;
        }
    }
    embed::begin(ctx);
    Ok(begun)
}

/// Each connected cluster has a source, and so have the product and what people write down.
pub(super) async fn ensure_sources(ctx: &Ctx) -> Result<()> {
    let known = ctx.knowledge.rows.sources().await.map_err(Error::from)?;
    let known: Vec<&SourceRow> = known.iter().collect();
    for row in missing(ctx, &known) {
        put(ctx, &row).await?;
    }
    Ok(())
}

/// Sources that are there by themselves and were not kept yet.
pub(super) fn missing(ctx: &Ctx, known: &[&SourceRow]) -> Vec<SourceRow> {
    let mut all: Vec<SourceRow> = ctx
        .inventory
        .connected()
        .iter()
        .map(|connected| {
            let cluster = &connected.row.id;
            let name = format!("Proxmox VE documentation of {cluster}");
            let id = source::id_of_cluster(cluster);
            source::new_row(ctx, &id, Kind::Cluster, &name, cluster)
        })
        .collect();
    let product = source::new_row(ctx, PRODUCT, Kind::Product, "Guide of proxmox-ai", "");
    all.push(SourceRow {
        product: PRODUCT.to_owned(),
        ..product
    });
    // Notes are read from nowhere: they are there as soon as somebody writes one.
    all.push(SourceRow {
        state: State::Ready.as_str().to_owned(),
        ..source::new_row(ctx, NOTES, Kind::Notes, "Notes", "")
    });
    all.retain(|row| known.iter().all(|known| known.id != row.id));
    all
}

async fn put(ctx: &Ctx, row: &SourceRow) -> Result<()> {
    ctx.knowledge
        .rows
        .put_source(row)
        .await
        .map_err(Error::from)
}

fn is_due(ctx: &Ctx, row: &SourceRow, now: Timestamp) -> Result<bool> {
    let kind = Kind::of(row)?;
    if kind == Kind::Notes {
        return Ok(false);
    }
    let long_ago = |at: Option<Timestamp>, pause: Duration| at.is_none_or(|at| at + pause <= now);
    if row.state == State::Working.as_str() && !long_ago(row.tried_at, LONGEST_READING) {
        return Ok(false);
    }
    if row.state == State::Failed.as_str() {
        return Ok(long_ago(row.tried_at, AFTER_A_FAILURE));
    }
    let Some(refreshed_at) = row.refreshed_at else {
        return Ok(true);
    };
    match kind {
        Kind::Cluster => {
            let connected = ctx.inventory.connected();
            let Some(cluster) = connected.iter().find(|one| one.row.id == row.place) else {
                return Ok(false);
            };
            let version = cluster.version();
            if version.is_some() && version != row.version {
                return Ok(true);
            }
        }
        Kind::Product => {
            return Ok(row.version != Some(source::release(env!("CARGO_PKG_VERSION"))));
        }
        Kind::Folder | Kind::Url | Kind::Notes => {}
    }
    let own: Option<CalendarEvent> = match &row.refresh {
        Some(text) => text.parse().ok(),
        None => None,
    };
    let Some(event) = own.as_ref().or(ctx.knowledge.refresh.as_ref()) else {
        return Ok(false);
    };
    let next = event
        .next_after(refreshed_at.as_second(), &TimeZone::UTC)
        .and_then(|second| Timestamp::from_second(second).ok());
    Ok(next.is_some_and(|next| next <= now))
}
