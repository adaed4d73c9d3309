//! `knowledge.refresh`: reads sources again; only what changed is read anew.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Error, Found, Observed, Result, Risk, Scope,
    Started, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    due, read_step,
    source::{self, Kind, NOTES},
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Ids of sources; none: all of them.
    #[serde(default)]
    sources: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    source: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {}

pub(super) struct Refresh;

impl Action for Refresh {
    const NAME: &'static str = "knowledge.refresh";
    const SUMMARY: &'static str = "Read sources of knowledge again, as far as they changed";
    // "again" is a filler of sentences: "read the documentation again" is read as without it.
    const PHRASES: &'static [&'static str] = &[
        "(refresh|update|reread) [the|all] (documentation|docs|knowledge|sources)",
        "(refresh|update|reread) all [the] [knowledge] sources",
        "read the (documentation|docs|sources)",
        "(refresh|reread|read) [the] [knowledge] source {sources:words}",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::NotNeeded {
        why: "what was read is what the source says now",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        if ctx.inventory.connected().is_empty() {
            ctx.inventory.reload().await?;
        }
        due::ensure_sources(ctx).await?;
        let mut rows = Vec::new();
        if input.sources.is_empty() {
            let all = ctx.knowledge.rows.sources().await.map_err(Error::from)?;
            rows.extend(
                all.into_iter()
                    .filter(|row| row.kind != Kind::Notes.as_str()),
            );
        }
        for id in &input.sources {
            // A cluster may be meant by its own name.
            let of_cluster = source::id_of_cluster(id);
            let row = match source::find(ctx, id).await {
                Ok(row) => row,
                Err(error) => match source::find(ctx, &of_cluster).await {
                    Ok(row) => row,
                    Err(_) => return Err(error),
                },
            };
            if row.id == NOTES {
                return Err(Error::invalid("sources: notes are not read from anywhere"));
            }
            rows.push(row);
        }
        let mut steps = Vec::new();
        for row in &rows {
            steps.push(read_step::draft_step(
                Step {
                    source: row.id.clone(),
                },
                read_step::target(&row.id, &row.name),
                format!("Read {}", row.name),
                read_step::observe_source(ctx, &row.id).await?,
            ));
        }
        Ok(Draft {
            summary: match rows.as_slice() {
                [row] => format!("read {} again", row.name),
                rows => format!("read {} sources of knowledge again", rows.len()),
            },
            steps,
            preflight: Vec::new(),
            left_out: Vec::new(),
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        read_step::observe_source(ctx, &step.source).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<Output>, StartError> {
        read_step::begin(ctx, &step.step().source)
            .await
            .map(Started::Task)
            .map_err(StartError::Refused)
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        sent_at: Timestamp,
    ) -> Result<Found> {
        read_step::recover(ctx, &step.source, sent_at).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        read_step::verify(ctx, &step.source).await
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}
