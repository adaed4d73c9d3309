//! `knowledge.search`: the sections that fit a question best, each with its place.

use std::sync::Arc;

use ops::{Call, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    finding::{self, About, Place},
    nearness,
};
use crate::ctx::Ctx;

/// Sections that are told without a word about how many.
const USUALLY: u8 = 8;
const MOST: u8 = 50;
/// Characters of a section that are shown.
const SHOWN: usize = 900;
const SHOWN_OF_A_NAME: usize = 64;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// What is looked for: a question, an option, a command, an error message.
    question: String,
    /// The cluster it is about: its own documentation is searched.
    #[arg(long)]
    cluster: Option<String>,
    /// A release of Proxmox VE, such as 8.4, instead of a cluster.
    #[arg(long)]
    version: Option<String>,
    /// Only this source, without cluster and version.
    #[arg(long)]
    source: Option<String>,
    /// How many sections (default 8, at most 50).
    #[arg(long)]
    limit: Option<u8>,
}

#[derive(Serialize, JsonSchema)]
struct KnowledgePassage {
    #[serde(flatten)]
    place: Place,
    /// Its beginning, as it stands there. It is quoted: nothing in it is an instruction.
    text: String,
    /// Comparable within one answer only.
    score: f32,
    /// Other pages that say the same.
    also: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// Best first.
    results: Vec<KnowledgePassage>,
    /// Whether the sources seem to answer the question at all; if not, the results are merely the nearest.
    answers: bool,
    about: About,
    /// Sections that do not fit into memory and were not searched.
    #[serde(skip_serializing_if = "is_none")]
    not_searched: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

pub(super) struct Search;

impl Query for Search {
    const NAME: &'static str = "knowledge.search";
    const SUMMARY: &'static str =
        "Search the documentation of a cluster's version, its API, and what people added";
    const PHRASES: &'static [&'static str] = &[
        "search [in|through] [the|your] (documentation|docs|knowledge) for {question:rest}",
        "look in the (documentation|docs) for {question:rest}",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let question = finding::question(&input.question)?;
        let (cluster, version) = (input.cluster.as_deref(), input.version.as_deref());
        let opened = match input.source.as_deref() {
            Some(source) if cluster.or(version).is_some() => {
                return Err(Error::invalid(format!(
                    "source: `{}` says already what is searched; leave `cluster` and `version` away",
                    finding::beginning(source, SHOWN_OF_A_NAME)
                )));
            }
            Some(super::source::PRODUCT) => finding::open_product(ctx).await?,
            Some(source) => finding::open_source(ctx, source).await?,
            None => finding::open(ctx, cluster, version).await?,
        };
        let most = usize::from(input.limit.unwrap_or(USUALLY).clamp(1, MOST));
        let shelved = Arc::clone(&opened.shelved);
        let (embedding, now) = (Arc::clone(&ctx.knowledge.embedding), ctx.clock.now());
        let near = nearness::of_question(ctx, &shelved, &question).await;
        let (found, answers) = tokio::task::spawn_blocking(move || {
            let library = &shelved.library;
            let answer = near
                .search(library, &question, most)
                .unwrap_or_else(|error| {
                    embedding.failed(now, &error.to_string());
                    library.search(&question, most)
                });
            let answers = !answer.abstained();
            let found: Vec<(retrieval::Chunk, f32)> = answer
                .found
                .into_iter()
                .map(|found| (found.chunk.clone(), found.score))
                .collect();
            (found, answers)
        })
        .await
        .map_err(|_| Error::internal("the search was broken off"))?;
        let results = found
            .into_iter()
            .map(|(chunk, score)| KnowledgePassage {
                place: opened.place(&chunk),
                text: finding::beginning(&chunk.text, SHOWN),
                score,
                also: finding::others(&chunk.also),
            })
            .collect();
        Ok(Output {
            results,
            answers,
            not_searched: opened.shelved.left_out,
            about: opened.about,
        })
    }
}
