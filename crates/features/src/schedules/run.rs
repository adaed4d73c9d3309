//! `schedules.run`: what a schedule does, now, wished by whoever calls.

use std::sync::Arc;

use ops::{Call, Composed, Composite, Result, Risk, Wish, WishOrder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    find,
    model::{Schedule, What},
};
use crate::{ctx::Ctx, runbooks};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The schedule: its name or id.
    schedule: String,
}

pub(super) struct Run;

impl Composite for Run {
    const NAME: &'static str = "schedules.run";
    const SUMMARY: &'static str = "Plan what a schedule does, now, whatever its calendar says";
    const PHRASES: &'static [&'static str] = &["run [the] schedule {schedule:word}"];
    const RISK: Risk = Risk::Destructive;
    /// A runbook is an ordered list.
    const ORDER: WishOrder = WishOrder::InTurn;
    type Ctx = Ctx;
    type Input = Input;

    async fn wishes(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Composed> {
        let row = find(ctx, &input.schedule).await?;
        let wishes = match Schedule::of(&row)?.what {
            What::Operation { op, input } => vec![Wish { op, input }],
            What::Runbook { name, parameters } => {
                runbooks::compose(ctx, &name, &parameters, &[]).await?.1
            }
        };
        Ok(Composed {
            summary: format!("run the schedule {} now", row.name),
            wishes,
            preflight: Vec::new(),
            left_out: Vec::new(),
        })
    }
}
