//! `eval`: measures the product on a set of questions.

use std::time::Instant;

use evals::{Answers, Documents, Report};
use llm::embed::{EmbedderSettings, EmbedderSpec};

use crate::{
    arguments::{EvalCommand, EvalKnowledgeArgs},
    failure::Failure,
    output,
};

/// As `knowledge.embedder` has it, so that what is measured is what users get.
const DEFAULT_EMBEDDER: &str = "builtin";

pub(super) async fn run(command: EvalCommand, json: bool) -> Result<u8, Failure> {
    match command {
        EvalCommand::Knowledge(arguments) => knowledge(arguments, json).await,
    }
}

async fn knowledge(arguments: EvalKnowledgeArgs, json: bool) -> Result<u8, Failure> {
    let spec = embedder(arguments.embedder.as_deref())?;
    let answers = answers(arguments.answers.as_deref())?;
    let file = arguments.questions.display();
    let text = std::fs::read_to_string(&arguments.questions)
        .map_err(|error| Failure::new(2, format!("{file} cannot be read: {error}")))?;
    let questions = evals::read_questions(&text)
        .map_err(|error| Failure::new(2, format!("{file}: {error}")))?;
    let folder = arguments.docs;
    let begun = Instant::now();
    // Reading and indexing takes seconds in a slow build.
    let documents = tokio::task::spawn_blocking(move || Documents::read(&folder))
        .await
        .map_err(|error| Failure::new(1, format!("the pages cannot be indexed: {error}")))?
        .map_err(|error| Failure::new(2, error.to_string()))?;
    let embedder = llm::embed::open_embedder(&spec, &EmbedderSettings::default())
        .await
        .map_err(|error| Failure::new(2, error.to_string()))?;
    let documents = match embedder {
        None => documents,
        Some(embedder) => documents
            .embedded(embedder)
            .await
            .map_err(|error| Failure::new(1, error.to_string()))?,
    };
    let report = evals::measure(
        &documents,
        begun.elapsed(),
        &questions,
        arguments.k,
        answers,
    )
    .await
    .map_err(|error| Failure::new(1, error.to_string()))?;
    if json {
        let document = serde_json::to_value(&report)
            .map_err(|error| Failure::new(1, format!("the report cannot be written: {error}")))?;
        output::say_json(&document);
    } else {
        output::say(&summary(&report));
    }
    Ok(0)
}

fn embedder(spec: Option<&str>) -> Result<EmbedderSpec, Failure> {
    spec.unwrap_or(DEFAULT_EMBEDDER)
        .parse()
        .map_err(|error: llm::Error| Failure::new(2, format!("--embedder: {error}")))
}

fn answers(spec: Option<&str>) -> Result<Answers, Failure> {
    match spec {
        None => Ok(Answers::None),
        Some("extract") => Ok(Answers::Extract),
        Some(other) => Err(Failure::new(
            2,
            format!("--answers `{other}` is not in this version: say extract, or leave it out"),
        )),
    }
}

fn summary(report: &Report) -> String {
    let share = |share: Option<f64>| share.map_or("unknown".to_owned(), |it| format!("{it:.3}"));
    format!(
        "{} chunks indexed in {:.1} s\n\
         {} questions, {} of them with an answer\n\
         recall@1 {}, recall@5 {}, recall@10 {}, MRR {}\n\
         abstained rightly {}, wrongly {}\n\
         p50 {:.1} ms, p99 {:.1} ms",
        report.chunks,
        report.index_seconds,
        report.questions,
        report.answerable,
        share(report.recall_at_1),
        share(report.recall_at_5),
        share(report.recall_at_10),
        share(report.mrr),
        report.abstain.right,
        report.abstain.wrong,
        report.p50_ms,
        report.p99_ms,
    )
}
