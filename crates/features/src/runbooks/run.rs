//! `runbooks.run`: the steps of a runbook as one plan.

use std::sync::Arc;

use ops::{Call, Composed, Composite, Error, Result, Risk, WishOrder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::compose;
use crate::{ctx::Ctx, given::parse_json};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The runbook.
    name: String,
    /// Parameters as `name=value`.
    #[arg(long)]
    #[serde(default)]
    set: Vec<String>,
    /// Parameters as JSON, with their types.
    #[arg(long, value_parser = parse_json)]
    #[serde(default)]
    parameters: Option<Value>,
}

/// The names and values of `parameters`.
pub(crate) fn object(parameters: Option<Value>) -> Result<Map<String, Value>> {
    match parameters {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(Error::invalid("parameters: a JSON object is expected")),
    }
}

pub(super) struct Run;

impl Composite for Run {
    const NAME: &'static str = "runbooks.run";
    const SUMMARY: &'static str = "Plan the steps of a runbook with its parameters filled in";
    const PHRASES: &'static [&'static str] = &["run [the] runbook {name:word}"];
    const RISK: Risk = Risk::Destructive;
    /// It is an ordered list.
    const ORDER: WishOrder = WishOrder::InTurn;
    type Ctx = Ctx;
    type Input = Input;

    async fn wishes(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Composed> {
        let parameters = object(input.parameters)?;
        let (summary, wishes) = compose(ctx, &input.name, &parameters, &input.set).await?;
        Ok(Composed {
            summary,
            wishes,
            preflight: Vec::new(),
            left_out: Vec::new(),
        })
    }
}
