//! `knowledge.note_add`: writes something down that answers may rest on.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Error, Found, Observed, Result, Risk, Scope,
    Started, Verdict, Wish,
    contract::{StartError, WayBack},
};
use retrieval::{Chunk, Kind, Location};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::PageRow;
use uuid::Uuid;

use super::{
    due,
    notes::{self, KnowledgeNote},
    read_step,
    sink::{hash_of, new_chunk},
    source::NOTES,
};
use crate::ctx::Ctx;

const MOST_TITLE: usize = 120;
const MOST_TEXT: usize = 8_000;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// What is to be known, in plain words.
    text: String,
    /// What it is about (default: its first words).
    #[arg(long)]
    title: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    title: String,
    text: String,
    author: String,
}

pub(super) struct NoteAdd;

impl Action for NoteAdd {
    const NAME: &'static str = "knowledge.note_add";
    const SUMMARY: &'static str =
        "Write a note that answers may rest on; everybody here can read it";
    const PHRASES: &'static [&'static str] = &[
        "write down that {text:rest}",
        "add a knowledge note {text:text}",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "knowledge.note_delete",
        note: "",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = KnowledgeNote;

    async fn plan(_ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<Step>> {
        let text = input.text.trim().to_owned();
        if text.is_empty() || text.chars().count() > MOST_TEXT {
            return Err(Error::invalid(format!("text: 1 to {MOST_TEXT} characters"))
                .hint("`knowledge.add_source` reads longer texts from a folder"));
        }
        let title = match input.title {
            Some(title) => title.trim().to_owned(),
            None => first_words(&text),
        };
        if title.is_empty() || title.chars().count() > MOST_TITLE || title.contains('\n') {
            return Err(Error::invalid(format!(
                "title: 1 to {MOST_TITLE} characters on one line"
            )));
        }
        let step = Step {
            id: format!("note_{}", Uuid::now_v7().simple()),
            author: call.actor.person().to_owned(),
            title,
            text,
        };
        Ok(read_step::draft(read_step::draft_step(
            step.clone(),
            read_step::target(&step.id, &step.title),
            format!("Write down: {}", step.title),
            Observed::default(),
        )))
    }

    async fn observe(_ctx: &Arc<Ctx>, _step: &Step) -> Result<Observed> {
        Ok(Observed::default())
    }

    async fn start(
        ctx: &Arc<Ctx>,
        step: &Approved<Step>,
    ) -> Result<Started<KnowledgeNote>, StartError> {
        let step = step.step();
        due::ensure_sources(ctx)
            .await
            .map_err(StartError::NotSent)?;
        let now = ctx.clock.now();
        let row = PageRow {
            source: NOTES.to_owned(),
            page: step.id.clone(),
            hash: hash_of(step.text.as_bytes()),
            title: step.title.clone(),
            bytes: i64::try_from(step.text.len()).unwrap_or(i64::MAX),
            fetched_at: now,
        };
        let chunk = new_chunk(Chunk {
            at: Location {
                page: step.id.clone(),
                anchor: None,
            },
            kind: Kind::Note,
            path: notes::path(&step.author, &step.title),
            text: step.text.clone(),
            also: Vec::new(),
        });
        ctx.knowledge
            .rows
            .replace_page(&row, &[chunk])
            .await
            .map_err(|error| StartError::MaybeSent(error.into()))?;
        Ok(Started::Done(KnowledgeNote {
            id: step.id.clone(),
            title: step.title.clone(),
            text: step.text.clone(),
            author: step.author.clone(),
            at: now,
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(match notes::find(ctx, &step.id).await? {
            Some(_) => Found::Done(None),
            None => Found::NotSent,
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(match notes::find(ctx, &step.id).await? {
            Some(_) => Verdict::ok(format!("`{}` is written down", step.title)),
            None => Verdict::not_as_promised(format!("`{}` is not written down", step.title)),
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: super::note_delete::NoteDelete::NAME.to_owned(),
            input: json!({ "note": step.id }),
        })
    }
}

/// The first line, cut at a word.
fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    super::finding::beginning(line, 60)
}
