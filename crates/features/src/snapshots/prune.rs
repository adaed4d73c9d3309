//! `snapshots.prune`: removes old snapshots that were made automatically. There is no way back.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, Error, Found, Level, Observed, Result, Risk,
    Signal, Sorting, Started, Verdict, WayBack, Wish, contract::StartError,
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
        GuestRef, before_with_traces, choose_rows, left_locked, listing, look_at_all, observe,
        rest_of, signals, unlocked, with_right,
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

/// What PVE wants of us on a guest.
const NEEDS: &[&str] = &["VM.Snapshot"];

pub(super) struct Prune;

impl Action for Prune {
    const NAME: &'static str = "snapshots.prune";
    const SUMMARY: &'static str = "Delete old automatic snapshots of guests; this cannot be undone";
    const PHRASES: &'static [&'static str] = &[
        "prune [the] [old] [automatic] snapshots (of|from) {guests:guests} (keeping|and keep) [the last|the newest] {keep_last:number}",
        "prune [the] [old] [automatic] snapshots (of|from) {guests:guests} older than {older_than_days:days}",
        "keep [only] the (last|newest) {keep_last:number} automatic snapshots of {guests:guests}",
    ];
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
        let mut sorting = Sorting::default();
        let chosen = choose_rows(ctx, &input.guests, &mut sorting).await?;
        let now = ctx.clock.now();
        let (guests, held) = readable(ctx, chosen, &mut sorting).await?;
        let mut preflight = Vec::new();
        let mut going: Vec<(GuestRow, Vec<&SnapshotRow>)> = Vec::new();
        let others = !sorting.is_empty();
        for (row, rows) in guests.iter().zip(&held) {
            let verdict = rule.judge(rows, now);
            preflight.extend(verdict.left.iter().map(|(snapshot, why)| Signal {
                signal: "kept".to_owned(),
                level: Level::Warning,
                text: format!("{} of {} stays: {why}", snapshot.name, row.name),
                target: Some(row.reference()),
            }));
            if verdict.go.is_empty() {
                let guest = GuestRef::of(row);
                let why = format!("has no snapshot `{}…` that is due", rule.prefix);
                sorting.already(&guest.target(), &guest.subject(), why);
            } else {
                going.push((row.clone(), verdict.go));
            }
        }
        if going.is_empty() && !others {
            let names: Vec<&str> = guests.iter().map(|guest| guest.name.as_str()).collect();
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "nothing to do: no snapshot `{}…` of {} is due",
                    rule.prefix,
                    listing(&names)
                ),
            )
            .left_out(sorting.left_out()));
        }
        // Whoever loses nothing is not looked at, and may be locked.
        let rows: Vec<GuestRow> = going.iter().map(|(guest, _)| guest.clone()).collect();
        let (rows, unchecked) = with_right(ctx, rows, NEEDS, &mut sorting).await?;
        preflight.extend(unchecked);
        let looked = look_at_all(ctx, &rows, &mut sorting).await?;
        let looked = unlocked(looked, &mut sorting)?;
        let left_out = rest_of(&looked, sorting)?;
        going.retain(|(row, _)| {
            looked
                .iter()
                .any(|one| one.guest.vmid == row.vmid && one.guest.cluster == row.cluster)
        });
        let count: usize = going.iter().map(|(_, go)| go.len()).sum();
        let names: Vec<&str> = going.iter().map(|(guest, _)| guest.name.as_str()).collect();
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

/// The snapshots of each guest; one whose snapshots cannot be seen is left out: a plan that could not see
/// one of them would promise too much.
pub(super) async fn readable(
    ctx: &Ctx,
    guests: Vec<GuestRow>,
    sorting: &mut Sorting,
) -> Result<(Vec<GuestRow>, Vec<Vec<SnapshotRow>>)> {
    let readings: Vec<_> = guests
        .iter()
        .map(GuestRef::of)
        .map(|guest| async move { snapshots_of(ctx, &guest).await })
        .collect();
    let read: Vec<Result<Vec<SnapshotRow>>> =
        stream::iter(readings).buffered(ASK_AT_ONCE).collect().await;
    let mut rows = Vec::with_capacity(guests.len());
    let mut held = Vec::with_capacity(guests.len());
    for (row, read) in guests.into_iter().zip(read) {
        let guest = GuestRef::of(&row);
        if let Some(snapshots) = sorting.pass(&guest.target(), &guest.subject(), read)? {
            rows.push(row);
            held.push(snapshots);
        }
    }
    Ok((rows, held))
}
