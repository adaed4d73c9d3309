//! `memory.list`: what is kept, as far as the caller may see it.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    model::{Fact, FactKind, ScopeKind},
    relevance::{Guests, concerns},
    visible,
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Only what concerns these guests: ids, names or selectors.
    #[serde(default)]
    guests: Vec<String>,
    /// Only of one sort.
    #[arg(long, value_enum)]
    kind: Option<FactKind>,
    /// Only what is for one user (yourself), the team, clusters or guests.
    #[arg(long, value_enum)]
    scope: Option<ScopeKind>,
    /// Only with these words in the text, in any case.
    #[arg(long)]
    words: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The newest first.
    facts: Vec<Fact>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "memory.list";
    const SUMMARY: &'static str =
        "List the facts that are kept: yours, the team's, of clusters and guests";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me] [my|all|the] (memory|facts|kept facts)",
        "what do you remember",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Output> {
        let mut facts = visible(ctx, call).await?;
        if let Some(kind) = input.kind {
            facts.retain(|fact| fact.kind == kind.as_str());
        }
        if let Some(scope) = input.scope {
            facts.retain(|fact| fact.scope == scope.as_str());
        }
        if let Some(words) = &input.words {
            let wanted: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
            facts.retain(|fact| {
                let text = fact.text.to_lowercase();
                wanted.iter().all(|word| text.contains(word))
            });
        }
        if !input.guests.is_empty() {
            let guests = Guests::of(&ctx.inventory.look(&input.guests).await?.guests);
            facts.retain(|fact| concerns(fact, &guests).is_some());
        }
        facts.sort_by(|one, other| other.changed_at.cmp(&one.changed_at));
        Ok(Output { facts })
    }
}
