//! `snapshots.policies`: the snapshot policies there are.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::{Policies, Policy};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    policies: Vec<Policy>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "snapshots.policies";
    const SUMMARY: &'static str = "List snapshot policies";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me] [the|all|all the] snapshot policies",
        "which snapshot policies are there",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        Ok(Output {
            policies: Policies::read(ctx).await?.0.into_values().collect(),
        })
    }
}
