//! `runbooks.create`: saves a runbook from its YAML text, once every line of it was understood.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, DraftStep, Error, Found, Observed, Result,
    Risk, Scope, Started, Target, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::RunbookRow;

use super::{digest, observed, read};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The text in YAML: `name`, `summary`, `parameters`, `steps`.
    #[arg(allow_hyphen_values = true)]
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

impl Action for Create {
    const NAME: &'static str = "runbooks.create";
    const SUMMARY: &'static str = "Save a runbook: operations with parameters, written in YAML";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "runbooks.delete",
        note: "one that replaced another is taken back by `runbooks.create`",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
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
        Ok(Draft {
            left_out: Vec::new(),
            summary: title.clone(),
            steps: vec![DraftStep {
                target: Target {
                    reference: format!("runbook:{}", runbook.name),
                    name: runbook.name.clone(),
                    node: None,
                    storage: None,
                },
                title,
                depends_on: Vec::new(),
                change: Vec::new(),
                interruption: None,
                observed: observed(ctx, &runbook.name).await?,
                step: Step {
                    name: runbook.name,
                    summary: runbook.summary,
                    source: input.source,
                    replaces_digest: there.as_ref().map(|row| row.digest.clone()),
                    replaces: there.map(|row| row.source),
                },
            }],
            preflight: Vec::new(),
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observed(ctx, &step.name).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<Output>, StartError> {
        let by = step.by().to_owned();
        let step = step.step();
        let row = RunbookRow {
            name: step.name.clone(),
            summary: step.summary.clone(),
            source: step.source.clone(),
            digest: digest(&step.source),
            created_by: by,
            created_at: ctx.clock.now(),
        };
        let saved = ctx
            .runbooks
            .put(&row, step.replaces_digest.as_deref())
            .await
            .map_err(|error| StartError::MaybeSent(error.into()))?;
        if !saved {
            return Err(StartError::Refused(Error::new(
                Code::Conflict,
                format!("the runbook `{}` was changed meanwhile", step.name),
            )));
        }
        Ok(Started::Done(Output {
            name: row.name,
            replaced: step.replaces.is_some(),
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if is_saved(ctx, step).await? {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(if is_saved(ctx, step).await? {
            Verdict::ok(format!("the runbook {} is saved", step.name))
        } else {
            Verdict::not_as_promised(format!("the runbook {} is not saved", step.name))
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
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

async fn is_saved(ctx: &Ctx, step: &Step) -> Result<bool> {
    let there = ctx.runbooks.find(&step.name).await.map_err(Error::from)?;
    Ok(there.is_some_and(|row| row.digest == digest(&step.source)))
}
