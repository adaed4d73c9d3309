//! `runbooks.create`: saves a runbook from its YAML text, once every line of it was understood.

use std::sync::Arc;

use ops::{
    Call, Code, Error, Result, Risk, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::RunbookRow;

use super::{digest, read, version};
use crate::{
    ctx::Ctx,
    given::text_or_file,
    own_row::{Planned, RowChange, maybe_changed},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The text in YAML: `name`, `summary`, `parameters`, `steps`. On the command line also its file, or `-`.
    #[arg(allow_hyphen_values = true, value_parser = text_or_file)]
    source: String,
    /// Take the place of a runbook of the same name.
    #[arg(long)]
    #[serde(default)]
    replace: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    name: String,
    summary: String,
    source: String,
    /// The text it takes the place of.
    replaces: Option<String>,
    replaces_digest: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    name: String,
    /// True where it took the place of another text.
    replaced: bool,
}

pub(super) struct Create;

impl RowChange for Create {
    const NAME: &'static str = "runbooks.create";
    const SUMMARY: &'static str = "Save a runbook: operations with parameters, written in YAML";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "runbooks.delete",
        note: "one that replaced another is taken back by `runbooks.create`",
    };
    const NOUN: &'static str = "runbook";
    const PROMISE: (&'static str, &'static str) = ("is saved", "is not saved");
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Planned<Step>> {
        let runbook = read(ctx, &input.source)?;
        let there = ctx
            .runbooks
            .find(&runbook.name)
            .await
            .map_err(Error::from)?;
        if there.is_some() && !input.replace {
            return Err(Error::new(
                Code::Conflict,
                format!("there is already a runbook `{}`", runbook.name),
            )
            .hint("say `replace` to put this text in its place"));
        }
        let what = if there.is_some() { "Replace" } else { "Save" };
        let title = format!(
            "{what} the runbook {} ({} steps)",
            runbook.name,
            runbook.steps.len()
        );
        Ok(Planned {
            title,
            change: Vec::new(),
            step: Step {
                name: runbook.name,
                summary: runbook.summary,
                source: input.source,
                replaces_digest: there.as_ref().map(|row| row.digest.clone()),
                replaces: there.map(|row| row.source),
            },
        })
    }

    fn name(step: &Step) -> &str {
        &step.name
    }

    async fn version(ctx: &Arc<Ctx>, step: &Step) -> Result<Value> {
        version(ctx, &step.name).await
    }

    async fn change(ctx: &Arc<Ctx>, step: &Step, by: &str) -> Result<Option<Output>, StartError> {
        let row = RunbookRow {
            name: step.name.clone(),
            summary: step.summary.clone(),
            source: step.source.clone(),
            digest: digest(&step.source),
            created_by: by.to_owned(),
            created_at: ctx.clock.now(),
        };
        let saved = ctx
            .runbooks
            .put(&row, step.replaces_digest.as_deref())
            .await
            .map_err(maybe_changed)?;
        Ok(saved.then(|| Output {
            name: row.name,
            replaced: step.replaces.is_some(),
        }))
    }

    async fn is_so(ctx: &Arc<Ctx>, step: &Step) -> Result<bool> {
        let there = ctx.runbooks.find(&step.name).await.map_err(Error::from)?;
        Ok(there.is_some_and(|row| row.digest == digest(&step.source)))
    }

    fn undo(step: &Step) -> Option<Wish> {
        Some(match &step.replaces {
            Some(source) => Wish {
                op: Self::NAME.to_owned(),
                input: json!({ "source": source, "replace": true }),
            },
            None => Wish {
                op: super::delete::Delete::NAME.to_owned(),
                input: json!({ "name": step.name }),
            },
        })
    }
}
