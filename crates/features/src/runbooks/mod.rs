//! Runbooks: saved lists of operations with parameters, written in YAML.
//!
//! Invariants: what is saved was understood to the last key; a run of a runbook is a plan of the steps of
//! its operations, judged and approved like any other; a parameter is a value and never becomes more.

mod create;
mod delete;
mod export;
mod list;
mod model;
pub(crate) mod run;
mod show;
mod yaml;

use std::sync::Arc;

use ops::{Code, Error, RegistryBuilder, Result, Wish};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use store::RunbookRow;

use crate::{ctx::Ctx, own_row::OwnRow};
use model::Runbook;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<list::List>(ctx)
        .query::<show::Show>(ctx)
        .query::<export::Export>(ctx)
        .action::<OwnRow<create::Create>>(ctx)
        .action::<OwnRow<delete::Delete>>(ctx)
        .composite::<run::Run>(ctx)
}

/// The operations of a runbook with its parameters filled in, and one sentence for the whole.
pub(crate) async fn compose(
    ctx: &Ctx,
    name: &str,
    parameters: &Map<String, Value>,
    words: &[String],
) -> Result<(String, Vec<Wish>)> {
    let runbook = understand(ctx, &find(ctx, name).await?)?;
    let wishes = runbook.wishes(parameters, words).map_err(Error::invalid)?;
    Ok((format!("run the runbook {name}"), wishes))
}

async fn find(ctx: &Ctx, name: &str) -> Result<RunbookRow> {
    ctx.runbooks
        .find(name)
        .await
        .map_err(Error::from)?
        .ok_or_else(|| {
            let name: String = name.chars().take(64).collect();
            Error::not_found(format!("there is no runbook `{name}`"))
                .hint("`runbooks.list` shows what there is")
        })
}

/// A saved runbook as this version understands it.
fn understand(ctx: &Ctx, row: &RunbookRow) -> Result<Runbook> {
    read(ctx, &row.source).map_err(|error| {
        Error::new(
            Code::Conflict,
            format!(
                "the runbook `{}` cannot be read by this version: {}",
                row.name, error.message
            ),
        )
        .hint("`runbooks.export` gives its text; mend it and save it again")
    })
}

fn read(ctx: &Ctx, source: &str) -> Result<Runbook> {
    let registry = ctx.registry.get()?;
    Runbook::parse(source, |op| {
        let Ok(entry) = registry.entry(op) else {
            let op: String = op.chars().take(60).collect();
            return Err(format!("there is no operation `{op}`"));
        };
        if registry.has_steps(entry.name) {
            Ok(entry.fields())
        } else {
            Err(format!(
                "`{}` changes nothing by itself: a step is an operation with steps of its own",
                entry.name
            ))
        }
    })
    .map_err(|mistake| Error::invalid(mistake.to_string()))
}

fn digest(source: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(source)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The fact a change of a runbook rests on: the text that is there.
async fn version(ctx: &Ctx, name: &str) -> Result<Value> {
    let there = ctx.runbooks.find(name).await.map_err(Error::from)?;
    Ok(json!(there.map(|row| row.digest)))
}
