//! `runbooks.list`: what is saved.

use std::sync::Arc;

use ops::{Call, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct RunbookRow {
    name: String,
    summary: String,
    created_by: String,
    created_at: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    runbooks: Vec<RunbookRow>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "runbooks.list";
    const SUMMARY: &'static str = "List saved runbooks";
    const PHRASES: &'static [&'static str] = &["[list|show|show me] [the|my|all|all the] runbooks"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        let rows = ctx.runbooks.list().await.map_err(Error::from)?;
        Ok(Output {
            runbooks: rows
                .into_iter()
                .map(|row| RunbookRow {
                    name: row.name,
                    summary: row.summary,
                    created_by: row.created_by,
                    created_at: row.created_at.to_string(),
                })
                .collect(),
        })
    }
}
