//! `knowledge.note_delete`: takes a note out of what is known.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Error, Found, Observed, Result, Risk, Scope,
    Started, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{notes, read_step, source::NOTES};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Its id, as `knowledge.notes` tells it.
    note: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    title: String,
    text: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    note: String,
    deleted: bool,
}

pub(super) struct NoteDelete;

impl Action for NoteDelete {
    const NAME: &'static str = "knowledge.note_delete";
    const SUMMARY: &'static str = "Delete a note";
    const PHRASES: &'static [&'static str] =
        &["(remove|delete|forget) [the] [knowledge] note {note:word}"];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::InPart {
        op: "knowledge.note_add",
        lost: "it is then a note of whoever takes it back",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let Some(note) = notes::find(ctx, &input.note).await? else {
            let id: String = input.note.chars().take(64).collect();
            return Err(Error::not_found(format!("there is no note `{id}`"))
                .hint("`knowledge.notes` shows what there is"));
        };
        let step = Step {
            id: note.id,
            title: note.title,
            text: note.text,
        };
        Ok(read_step::draft(read_step::draft_step(
            step.clone(),
            read_step::target(&step.id, &step.title),
            format!("Delete the note `{}`", step.title),
            Self::observe(ctx, &step).await?,
        )))
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let there = notes::find(ctx, &step.id).await?.is_some();
        Ok(read_step::observed(
            &format!("note {}", step.title),
            "there",
            json!(there),
        ))
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<Output>, StartError> {
        let id = step.step().id.clone();
        ctx.knowledge
            .rows
            .remove_pages(NOTES, std::slice::from_ref(&id))
            .await
            .map_err(|error| StartError::MaybeSent(error.into()))?;
        Ok(Started::Done(Output {
            note: id,
            deleted: true,
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(match notes::find(ctx, &step.id).await? {
            Some(_) => Found::NotSent,
            None => Found::Done(None),
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(match notes::find(ctx, &step.id).await? {
            Some(_) => Verdict::not_as_promised(format!("`{}` is still there", step.title)),
            None => Verdict::ok(format!("`{}` is deleted", step.title)),
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: super::note_add::NoteAdd::NAME.to_owned(),
            input: json!({ "title": step.title, "text": step.text }),
        })
    }
}
