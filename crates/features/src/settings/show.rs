//! `config.show`: the effective configuration.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// Section, key, value; secrets as `***`.
    config: Value,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "config.show";
    const SUMMARY: &'static str = "Show the effective configuration, without secrets";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        Ok(Output {
            config: ctx.config.clone(),
        })
    }
}
