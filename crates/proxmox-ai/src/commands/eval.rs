//! `eval`: measures the product on a set of questions.

use std::{path::Path, time::Instant};

use evals::{Answers, Product, Question, Report};
use llm::{ModelSpec, embed::EmbedderSpec};

use super::serve::terminated;
use crate::{
    arguments::{EvalCommand, EvalKnowledgeArgs},
    failure::Failure,
    output,
};

/// As `knowledge.embedder` has it, so that what is measured is what users get.
const DEFAULT_EMBEDDER: &str = "builtin";
/// Of a command that was broken off.
const BROKEN_OFF: u8 = 130;

pub(super) async fn run(command: EvalCommand, json: bool) -> Result<u8, Failure> {
    let EvalCommand::Knowledge(arguments) = command;
    // The store of the measurement goes with it, however it ends.
    tokio::select! {
        done = knowledge(arguments, json) => done,
        () = terminated() => Err(Failure::new(BROKEN_OFF, "the measurement was broken off")),
    }
}

async fn knowledge(arguments: EvalKnowledgeArgs, json: bool) -> Result<u8, Failure> {
    let embedder = embedder(arguments.embedder.as_deref())?;
    let (answers, model) = answers(arguments.answers.as_deref())?;
    let questions = questions(&arguments.questions, arguments.sample)?;
    let begun = Instant::now();
    let product = Product::open(&arguments.docs, embedder, model)
        .await
        .map_err(|error| failure(2, &error))?;
    let indexed_in = begun.elapsed();
    let most = usize::from(arguments.k);
    let measured = evals::measure(&product, indexed_in, &questions, most, answers).await;
    product.close().await;
    let report = measured.map_err(|error| failure(1, &error))?;
    if json {
        let document = serde_json::to_value(&report)
            .map_err(|error| Failure::new(1, format!("the report cannot be written: {error}")))?;
        output::say_json(&document);
    } else {
        output::say(&summary(&report));
    }
    Ok(0)
}

fn failure(code: u8, error: &evals::Error) -> Failure {
    let mut text = error.to_string();
    if let Some(cause) = std::error::Error::source(error) {
        text.push_str(&format!(": {cause}"));
    }
    Failure::new(code, text)
}

fn questions(path: &Path, sample: Option<u32>) -> Result<Vec<Question>, Failure> {
    let file = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(2, format!("{file} cannot be read: {error}")))?;
    let questions = evals::read_questions(&text)
        .map_err(|error| Failure::new(2, format!("{file}: {error}")))?;
    Ok(match sample {
        Some(wanted) => evals::sample(questions, usize::try_from(wanted).unwrap_or(usize::MAX)),
        None => questions,
    })
}

fn embedder(spec: Option<&str>) -> Result<EmbedderSpec, Failure> {
    spec.unwrap_or(DEFAULT_EMBEDDER)
        .parse()
        .and_then(EmbedderSpec::built)
        .map_err(|error| Failure::new(2, format!("--embedder: {error}")))
}

fn answers(spec: Option<&str>) -> Result<(Answers, ModelSpec), Failure> {
    match spec {
        None => Ok((Answers::None, ModelSpec::None)),
        Some("extract") => Ok((Answers::Extract, ModelSpec::None)),
        Some(model) => match model.parse() {
            Ok(ModelSpec::None) => Err(Failure::new(
                2,
                "--answers: without a model say extract, or leave it out",
            )),
            Ok(model) => Ok((Answers::Assistant, model)),
            Err(error) => Err(Failure::new(2, format!("--answers: {error}"))),
        },
    }
}

fn summary(report: &Report) -> String {
    let share = |share: Option<f64>| share.map_or("unknown".to_owned(), |it| format!("{it:.3}"));
    let mut text = format!(
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
    );
    if let Some(told) = &report.answers {
        text.push_str(&format!(
            "\nanswered by the model {}, in the words of the documentation {}, not at all {}; \
             p50 {:.1} s, longest {:.1} s",
            told.by_model,
            told.by_documentation,
            told.by_product,
            told.p50_seconds,
            told.longest_seconds,
        ));
    }
    for note in &report.notes {
        text.push_str(&format!("\nnote: {note}"));
    }
    text
}
