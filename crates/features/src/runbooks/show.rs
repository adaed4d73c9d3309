//! `runbooks.show`: the parameters and steps of one runbook.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{find, understand};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The runbook.
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct ParameterRow {
    name: String,
    /// text, number, flag or guests.
    #[serde(rename = "type")]
    kind: &'static str,
    default: Option<Value>,
    about: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct StepRow {
    op: String,
    /// Its line in the text.
    line: usize,
    /// With `{{parameter}}` where a parameter comes in.
    input: Value,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    name: String,
    summary: String,
    created_by: String,
    created_at: String,
    parameters: Vec<ParameterRow>,
    steps: Vec<StepRow>,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "runbooks.show";
    const SUMMARY: &'static str = "Show the parameters and steps of a runbook";
    const PHRASES: &'static [&'static str] = &["show [me] [the] runbook {name:word}"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let row = find(ctx, &input.name).await?;
        let runbook = understand(ctx, &row)?;
        Ok(Output {
            name: row.name,
            summary: row.summary,
            created_by: row.created_by,
            created_at: row.created_at.to_string(),
            parameters: runbook
                .parameters
                .into_iter()
                .map(|parameter| ParameterRow {
                    name: parameter.name,
                    kind: parameter.kind.as_str(),
                    default: parameter.default,
                    about: parameter.about,
                })
                .collect(),
            steps: runbook
                .steps
                .into_iter()
                .map(|step| StepRow {
                    op: step.op,
                    line: step.line,
                    input: step.input,
                })
                .collect(),
        })
    }
}
