//! `snapshots.list`: snapshots of all guests, or of some.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{SnapshotRow, snapshots_of};
use crate::{ctx::Ctx, guests::GuestRef, inventory::AsOf};

/// Guests asked side by side; PVE has no call for the snapshots of several.
const ASK_AT_ONCE: usize = 16;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Ids, names or selectors; all guests without.
    #[serde(default)]
    guests: Vec<String>,
}

/// A guest whose snapshots could not be read.
#[derive(Serialize, JsonSchema)]
struct NotRead {
    guest: String,
    reason: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    snapshots: Vec<SnapshotRow>,
    /// Never silently shorter: what is missing, and why.
    not_read: Vec<NotRead>,
    as_of: Vec<AsOf>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "snapshots.list";
    const SUMMARY: &'static str = "List snapshots of guests";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let chosen = ctx.inventory.look(&input.guests).await?;
        let mut output = Output {
            snapshots: Vec::new(),
            not_read: Vec::new(),
            as_of: chosen.as_of,
        };
        let readings: Vec<_> = chosen
            .guests
            .iter()
            .map(GuestRef::of)
            .map(|guest| async move {
                let snapshots = snapshots_of(ctx, &guest).await;
                (guest, snapshots)
            })
            .collect();
        let mut read = stream::iter(readings).buffered(ASK_AT_ONCE);
        while let Some((guest, snapshots)) = read.next().await {
            match snapshots {
                Ok(rows) => output.snapshots.extend(rows),
                Err(error) => output.not_read.push(NotRead {
                    guest: guest.subject(),
                    reason: error.sentence(),
                }),
            }
        }
        Ok(output)
    }
}
