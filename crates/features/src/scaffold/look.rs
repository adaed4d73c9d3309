//! `scaffold.look`: say here what it answers, and from which call of PVE.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ctx::Ctx, guests::GuestRef};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    rows: Vec<Row>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Row {
    /// `cluster/node/vmid`.
    guest: String,
    /// As its node says now.
    status: String,
}

pub(super) struct Look;

impl Query for Look {
    const NAME: &'static str = "scaffold.look";
    const SUMMARY: &'static str = "Show what this operation shows";
    /// How people say it, for the assistant: see `ops::phrase`; nothing while it is not written.
    const PHRASES: &'static [&'static str] = &[];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let mut rows = Vec::new();
        for row in ctx.inventory.look(&input.guests).await?.guests {
            let guest = GuestRef::of(&row);
            let status = guest.status(ctx).await?;
            rows.push(Row {
                guest: guest.reference(),
                status: status.status.as_str().to_owned(),
            });
        }
        Ok(Output { rows })
    }
}
