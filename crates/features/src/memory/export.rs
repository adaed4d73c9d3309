//! `memory.export`: everything that the caller may see, whole, to keep elsewhere.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    model::{Fact, ScopeKind},
    person, visible,
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Only what is for one user (yourself), the team, clusters or guests.
    #[arg(long, value_enum)]
    scope: Option<ScopeKind>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// Of this shape; it changes when a later version could not read it.
    version: u32,
    exported_at: String,
    /// Whose view it is: facts of other users are not in it.
    exported_by: String,
    /// The oldest first.
    facts: Vec<Fact>,
}

pub(super) struct Export;

impl Query for Export {
    const NAME: &'static str = "memory.export";
    const SUMMARY: &'static str = "Give out all facts that you may see, whole";
    const PHRASES: &'static [&'static str] = &["export [my|the] (memory|facts)"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Output> {
        let mut facts = visible(ctx, call).await?;
        if let Some(scope) = input.scope {
            facts.retain(|fact| fact.scope == scope.as_str());
        }
        Ok(Output {
            version: 1,
            exported_at: ctx.clock.now().to_string(),
            exported_by: person(call).to_owned(),
            facts,
        })
    }
}
