//! `operations.list`, `operations.search` and `operations.show`: what the product can do.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ctx, OperationRow};
use crate::{
    actor::Call,
    contract::Query,
    error::{Error, Result},
    project::inline_schema,
    registry::clip,
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    operations: Vec<OperationRow>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "operations.list";
    const SUMMARY: &'static str = "List every operation with its risk";
    type Ctx = Ctx;
    type Input = Nothing;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Nothing) -> Result<Output> {
        Ok(Output {
            operations: ctx.operations().cloned().collect(),
        })
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    /// What you want to do, in a few words.
    text: String,
}

pub(super) struct Search;

impl Query for Search {
    const NAME: &'static str = "operations.search";
    const SUMMARY: &'static str = "Find operations by what they do";
    type Ctx = Ctx;
    type Input = Text;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Text) -> Result<Output> {
        let words: Vec<String> = input
            .text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 1)
            .take(16)
            .map(|word| word.to_lowercase().trim_end_matches('s').to_owned())
            .collect();
        let mut scored: Vec<(usize, &OperationRow)> = ctx
            .operations()
            .map(|row| {
                let text = format!("{} {}", row.name, row.summary).to_lowercase();
                // A word of the name says more than one of the summary.
                let score = words
                    .iter()
                    .map(|word| {
                        usize::from(text.contains(word.as_str()))
                            + usize::from(row.name.contains(word.as_str()))
                    })
                    .sum();
                (score, row)
            })
            .filter(|(score, _)| *score > 0)
            .collect();
        scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
        Ok(Output {
            operations: scored
                .into_iter()
                .take(10)
                .map(|(_, row)| row.clone())
                .collect(),
        })
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    /// Name of the operation, such as `guests.start`.
    op: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Detail {
    #[serde(flatten)]
    operation: OperationRow,
    /// JSON schema of the input, without references: what a form is drawn from.
    input: Value,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "operations.show";
    const SUMMARY: &'static str = "Show one operation: its risk and the input it takes";
    type Ctx = Ctx;
    type Input = Named;
    type Output = Detail;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Named) -> Result<Detail> {
        let (row, schema) = ctx.operation(&input.op).ok_or_else(|| {
            Error::not_found(format!("there is no operation `{}`", clip(&input.op, 60)))
                .hint("`operations.search` finds one by what it does")
        })?;
        Ok(Detail {
            operation: row.clone(),
            input: inline_schema(schema),
        })
    }
}
