//! `snapshots.prune`: removes old snapshots that were made automatically. There is no way back.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, Error, Found, Level, Observed, Result, Risk,
    Signal, Started, Verdict, WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    model::{SnapshotRow, snapshots_of},
    pruning::{PREFIX, Rule},
    removing::{self, Step},
};
use crate::{
    ctx::Ctx,
    guests::{
        before_with_traces, left_locked, listing, look_at_all, observe, refuse_locked, signals,
    },
    inventory::GuestRow,
};

const ASK_AT_ONCE: usize = 16;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// So many of the newest stay, for each guest.
    #[arg(long)]
    keep_last: Option<u32>,
    /// Only what is older than so many days goes.
    #[arg(long)]
    older_than_days: Option<u32>,
    /// Only snapshots whose name begins so; `auto-` without.
    #[arg(long)]
    prefix: Option<String>,
}

pub(super) struct Prune;

impl Action for Prune {
    const NAME: &'static str = "snapshots.prune";
    const SUMMARY: &'static str = "Delete old automatic snapshots of guests; this cannot be undone";
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "the data is gone",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let rule = Rule {
            prefix: input.prefix.unwrap_or_else(|| PREFIX.to_owned()),
            keep_last: input.keep_last,
            older_than_days: input.older_than_days,
        };
        rule.check()?;
        let guests = ctx.inventory.choose(&input.guests).await?;
        let now = ctx.clock.now();
        let held = rows_of(ctx, &guests).await?;
        let mut preflight = Vec::new();
        let mut going: Vec<(GuestRow, Vec<&SnapshotRow>)> = Vec::new();
        for (guest, rows) in guests.iter().zip(&held) {
            let verdict = rule.judge(rows, now);
            preflight.extend(verdict.left.iter().map(|(row, why)| Signal {
                signal: "left_out".to_owned(),
                level: Level::Warning,
                text: format!("left out: {} of {}: {why}", row.name, guest.name),
                target: Some(guest.reference()),
            }));
            if !verdict.go.is_empty() {
                going.push((guest.clone(), verdict.go));
            }
        }
        if going.is_empty() {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "nothing to do: no snapshot `{}…` of {} is due",
                    rule.prefix,
                    listing(
                        &guests
                            .iter()
                            .map(|guest| guest.name.as_str())
                            .collect::<Vec<_>>()
                    )
                ),
            ));
        }
        // Whoever loses nothing is not looked at, and may be locked.
        let rows: Vec<GuestRow> = going.iter().map(|(guest, _)| guest.clone()).collect();
        let looked = look_at_all(ctx, &rows).await?;
        refuse_locked(&looked)?;
        let count: usize = going.iter().map(|(_, go)| go.len()).sum();
        let names: Vec<&str> = rows.iter().map(|guest| guest.name.as_str()).collect();
        let mut steps = Vec::with_capacity(count);
        for (looked, (_, go)) in looked.iter().zip(&going) {
            preflight.extend(signals(looked, false));
            steps.extend(go.iter().map(|row| removing::draft(looked, row)));
        }
        let word = if count == 1 { "snapshot" } else { "snapshots" };
        Ok(Draft {
            summary: format!(
                "prune {count} {word} `{}…` of {}",
                rule.prefix,
                listing(&names)
            ),
            steps,
            preflight,
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

/// The snapshots of each guest; a plan that could not see one of them would promise too much.
pub(super) async fn rows_of(ctx: &Ctx, guests: &[GuestRow]) -> Result<Vec<Vec<SnapshotRow>>> {
    let readings: Vec<_> = guests
        .iter()
        .map(crate::guests::GuestRef::of)
        .map(|guest| async move { snapshots_of(ctx, &guest).await })
        .collect();
    stream::iter(readings)
        .buffered(ASK_AT_ONCE)
        .try_collect()
        .await
}
