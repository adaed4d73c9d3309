//! `snapshots.delete`: removes one snapshot, by name, of each guest. There is no way back.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Found, Observed, Result, Risk, Started, Verdict,
    WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    model::{SnapshotRow, find, snapshots_of},
    removing::{self, Step},
};
use crate::{
    ctx::Ctx,
    guests::{
        Chosen, GuestRef, before_with_traces, choose, fitting, left_locked, listing, observe,
        rest_of, signals,
    },
};

const ASK_AT_ONCE: usize = 16;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Name of the snapshot.
    #[arg(long)]
    name: String,
}

/// What PVE wants of us on a guest.
const NEEDS: &[&str] = &["VM.Snapshot"];

pub(super) struct Delete;

impl Action for Delete {
    const NAME: &'static str = "snapshots.delete";
    const SUMMARY: &'static str = "Delete a snapshot of guests; this cannot be undone";
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "a deleted snapshot is gone with what only it held",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let Chosen {
            guests: looked,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        let searches: Vec<_> = looked
            .iter()
            .map(|looked| found(ctx, &looked.guest, &input.name))
            .collect();
        let found: Vec<Result<SnapshotRow>> =
            stream::iter(searches).buffered(ASK_AT_ONCE).collect().await;
        let fitting = fitting(looked, found, &mut sorting)?;
        let left_out = rest_of(&fitting, sorting)?;
        let names: Vec<&str> = fitting
            .iter()
            .map(|(looked, _)| looked.guest.name.as_str())
            .collect();
        let summary = format!("delete snapshot `{}` of {}", input.name, listing(&names));
        let steps = fitting
            .iter()
            .map(|(looked, snapshot)| removing::draft(looked, snapshot))
            .collect();
        for (looked, _) in &fitting {
            preflight.extend(signals(looked, false));
        }
        Ok(Draft {
            summary,
            steps,
            preflight,
            left_out,
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observe(ctx, &step.guest).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        before_with_traces(ctx, &step.guest, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        removing::start(ctx, step.step()).await
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        removing::recover(ctx, step, before).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        removing::verify(ctx, step).await
    }

    /// The data is gone.
    async fn left_behind(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
    ) -> Result<Option<String>> {
        left_locked(ctx, &step.guest, before).await
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

async fn found(ctx: &Ctx, guest: &GuestRef, name: &str) -> Result<SnapshotRow> {
    let rows = snapshots_of(ctx, guest).await?;
    find(guest, &rows, name).cloned()
}
