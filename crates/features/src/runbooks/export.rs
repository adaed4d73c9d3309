//! `runbooks.export`: the text of a runbook as it was written.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find;
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The runbook.
    name: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    name: String,
    /// YAML, as `runbooks.create` takes it.
    source: String,
}

pub(super) struct Export;

impl Query for Export {
    const NAME: &'static str = "runbooks.export";
    const SUMMARY: &'static str = "Give the YAML text of a runbook, to keep or to share";
    const PHRASES: &'static [&'static str] = &["export [the] runbook {name:word}"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let row = find(ctx, &input.name).await?;
        Ok(Output {
            name: row.name,
            source: row.source,
        })
    }
}
