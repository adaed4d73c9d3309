//! `guests.show`: one guest with its configuration and snapshots.

use std::{collections::BTreeMap, sync::Arc};

use ops::{Call, Code, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::subject::{GuestRef, look_at};
use crate::{
    ctx::Ctx,
    inventory::{AsOf, GuestRow},
    snapshots::{SnapshotRow, snapshots_of},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// One guest: an id, a name or cluster/node/id.
    guest: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    guest: GuestRow,
    /// The configuration as PVE stores it; passwords are masked by PVE.
    config: BTreeMap<String, String>,
    digest: Option<String>,
    description: Option<String>,
    snapshots: Vec<SnapshotRow>,
    as_of: Vec<AsOf>,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "guests.show";
    const SUMMARY: &'static str = "Show one guest with its configuration and snapshots";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let chosen = ctx
            .inventory
            .look(std::slice::from_ref(&input.guest))
            .await?;
        let [row] = chosen.guests.as_slice() else {
            let names: Vec<String> = chosen
                .guests
                .iter()
                .take(10)
                .map(GuestRow::reference)
                .collect();
            return Err(Error::new(
                Code::Ambiguous,
                format!("`{}` selects {} guests", input.guest, chosen.guests.len()),
            )
            .hint(format!("name one of {}", names.join(", "))));
        };
        let guest = GuestRef::of(row);
        let (looked, snapshots) =
            tokio::try_join!(look_at(ctx, guest.clone()), snapshots_of(ctx, &guest))?;
        // The list is some seconds old; the node was asked just now.
        let mut row = row.clone();
        looked.status.status.as_str().clone_into(&mut row.status);
        row.lock.clone_from(&looked.status.lock);
        let mut config = looked.config.values;
        let description = config.remove("description");
        Ok(Output {
            as_of: chosen
                .as_of
                .into_iter()
                .filter(|as_of| as_of.cluster == row.cluster)
                .collect(),
            guest: row,
            config,
            digest: looked.config.digest,
            description,
            snapshots,
        })
    }
}
