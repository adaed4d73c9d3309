//! `knowledge.ask`: an answer in the words of the documentation, with the places they stand in.

use std::sync::Arc;

use ops::{Call, Error, Query, Result};
use retrieval::Chunk;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    finding::{self, About, Opened, Place},
    nearness,
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// A question about Proxmox VE.
    question: String,
    /// The cluster it is about.
    #[arg(long)]
    cluster: Option<String>,
    /// Or a release, such as 8.4.
    #[arg(long)]
    version: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct KnowledgeCitation {
    #[serde(flatten)]
    place: Place,
    /// What stands there, word for word.
    quote: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// In the words of the sources, each part with the number of its citation: [1]. Null when the sources do
    /// not answer the question.
    answer: Option<String>,
    /// In the order of their numbers.
    citations: Vec<KnowledgeCitation>,
    about: About,
}

pub(super) struct Ask;

impl Query for Ask {
    const NAME: &'static str = "knowledge.ask";
    const SUMMARY: &'static str =
        "Answer from the documentation of a cluster's version, with citations";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let question = finding::question(&input.question)?;
        // Who names the product asks about it; everything else is about Proxmox VE.
        let opened = if question.to_lowercase().contains("proxmox-ai") {
            finding::open_product(ctx).await?
        } else {
            finding::open(ctx, input.cluster.as_deref(), input.version.as_deref()).await?
        };
        answer(ctx, &opened, &question).await
    }
}

async fn answer(ctx: &Ctx, opened: &Opened, question: &str) -> Result<Output> {
    let (shelved, question) = (Arc::clone(&opened.shelved), question.to_owned());
    let (embedding, now) = (Arc::clone(&ctx.knowledge.embedding), ctx.clock.now());
    let near = nearness::of_question(ctx, &shelved, &question).await;
    let (text, cited) = tokio::task::spawn_blocking(move || {
        let library = &shelved.library;
        let reply = near.reply(library, &question).unwrap_or_else(|error| {
            embedding.failed(now, &error.to_string());
            library.reply(&question)
        });
        let cited: Vec<(Chunk, String)> = reply
            .citations
            .iter()
            .map(|cited| (cited.chunk.clone(), cited.quote.to_owned()))
            .collect();
        ((!reply.abstained).then_some(reply.text), cited)
    })
    .await
    .map_err(|_| Error::internal("the search was broken off"))?;
    let citations = cited
        .into_iter()
        .map(|(chunk, quote)| KnowledgeCitation {
            place: opened.place(&chunk),
            quote,
        })
        .collect();
    Ok(Output {
        answer: text,
        citations,
        about: opened.about.clone(),
    })
}
