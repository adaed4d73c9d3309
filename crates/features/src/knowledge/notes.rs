//! `knowledge.notes`: what people wrote down.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Call, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::NOTES;
use crate::ctx::Ctx;

/// Chunks that are read from the store in one go.
const BATCH: u32 = 500;
/// Notes that are listed; who has more looks for them with `knowledge.search`.
const MOST: usize = 2_000;
/// The first title of a note says whose it is.
const OF: &str = "Note of ";

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct KnowledgeNote {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) author: String,
    #[schemars(with = "String")]
    pub(super) at: Timestamp,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// Newest first.
    notes: Vec<KnowledgeNote>,
}

pub(super) struct Notes;

impl Query for Notes {
    const NAME: &'static str = "knowledge.notes";
    const SUMMARY: &'static str = "List the notes that answers may rest on";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me] [the|all] knowledge notes",
        "(which|what) [knowledge] notes are there",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        let mut notes = all(ctx).await?;
        notes.reverse();
        Ok(Output { notes })
    }
}

/// Oldest first.
pub(super) async fn all(ctx: &Ctx) -> Result<Vec<KnowledgeNote>> {
    let rows = &ctx.knowledge.rows;
    let pages = rows.pages(NOTES).await.map_err(Error::from)?;
    let mut notes: Vec<KnowledgeNote> = Vec::new();
    let mut after = 0;
    loop {
        let batch = rows
            .chunks_after(NOTES, after, BATCH)
            .await
            .map_err(Error::from)?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        for chunk in batch {
            let Some(page) = pages.iter().find(|page| page.page == chunk.page) else {
                continue;
            };
            notes.push(KnowledgeNote {
                id: chunk.page,
                title: page.title.clone(),
                text: chunk.text,
                author: chunk
                    .path
                    .first()
                    .and_then(|title| title.strip_prefix(OF))
                    .unwrap_or_default()
                    .to_owned(),
                at: page.fetched_at,
            });
        }
        if notes.len() >= MOST {
            break;
        }
    }
    Ok(notes)
}

pub(super) async fn find(ctx: &Ctx, id: &str) -> Result<Option<KnowledgeNote>> {
    Ok(all(ctx).await?.into_iter().find(|note| note.id == id))
}

/// The titles of a note.
pub(super) fn path(author: &str, title: &str) -> Vec<String> {
    vec![format!("{OF}{author}"), title.to_owned()]
}
