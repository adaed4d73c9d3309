//! `knowledge.remove_source`: forgets a source with everything that was read of it.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, Error, Found, Observed, Result, Risk, Scope,
    Started, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    ingest,
    marks::Marks,
    read_step,
    source::{self, Kind},
    unread,
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Its id.
    source: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    name: String,
    place: String,
    version: Option<String>,
    refresh: Option<String>,
    private: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    source: String,
    removed: bool,
}

pub(super) struct RemoveSource;

impl Action for RemoveSource {
    const NAME: &'static str = "knowledge.remove_source";
    const SUMMARY: &'static str = "Forget a source of knowledge and what was read of it";
    const PHRASES: &'static [&'static str] =
        &["(remove|delete|forget) [the] [knowledge] source {source:word}"];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::InPart {
        op: "knowledge.add_source",
        lost: "the source is read again as it is then",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let row = source::find(ctx, &input.source).await?;
        match Kind::of(&row)? {
            Kind::Folder | Kind::Url => {}
            Kind::Cluster => {
                let connected = ctx.inventory.connected();
                if connected.iter().any(|one| one.row.id == row.place) {
                    return Err(Error::new(
                        Code::Conflict,
                        format!("{} belongs to a connected cluster", row.name),
                    )
                    .hint("it goes when the cluster is not connected any more"));
                }
            }
            Kind::Notes | Kind::Product => {
                return Err(Error::new(
                    Code::Conflict,
                    format!("{} is part of the product", row.name),
                )
                .hint("`knowledge.note_delete` deletes a note"));
            }
        }
        let step = Step {
            private: ingest::is_private(ctx, &row.id).await?,
            id: row.id,
            name: row.name,
            place: row.place,
            version: row.version,
            refresh: row.refresh,
        };
        Ok(read_step::draft(read_step::draft_step(
            step.clone(),
            read_step::target(&step.id, &step.name),
            format!("Forget {} and what was read of it", step.name),
            read_step::observe_source(ctx, &step.id).await?,
        )))
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        read_step::observe_source(ctx, &step.id).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<Output>, StartError> {
        let id = &step.step().id;
        if let Some(job) = ctx.knowledge.jobs.of(id) {
            job.cancel.cancel();
        }
        let removed = ctx
            .knowledge
            .rows
            .delete_source(id)
            .await
            .map_err(|error| StartError::MaybeSent(error.into()))?;
        let forgotten = async {
            Marks::forget(ctx, id).await?;
            unread::forget(ctx, id).await?;
            ingest::allow_private(ctx, id, false).await
        };
        forgotten.await.map_err(StartError::MaybeSent)?;
        Ok(Started::Done(Output {
            source: id.clone(),
            removed,
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if is_gone(ctx, step).await? {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(if is_gone(ctx, step).await? {
            Verdict::ok(format!("{} is forgotten", step.name))
        } else {
            Verdict::not_as_promised(format!("{} is still there", step.name))
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        // What belonged to a cluster comes back with the cluster.
        if step.id.starts_with("cluster-") {
            return None;
        }
        Some(Wish {
            op: super::add_source::AddSource::NAME.to_owned(),
            input: json!({
                "place": step.place, "id": step.id, "name": step.name, "version": step.version,
                "refresh": step.refresh, "private": step.private,
            }),
        })
    }
}

async fn is_gone(ctx: &Ctx, step: &Step) -> Result<bool> {
    let row = ctx
        .knowledge
        .rows
        .source(&step.id)
        .await
        .map_err(Error::from)?;
    Ok(row.is_none())
}
