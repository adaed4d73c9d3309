//! Questions put to the knowledge of the product one after the other, each with its time.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::Serialize;

use crate::{Error, Question, score};

/// Who answers: what is measured stands behind this, be it pages in memory or the product's own store.
#[async_trait]
pub trait Desk: Send + Sync {
    /// How many sections, options and commands can be found.
    fn chunks(&self) -> usize;
    /// The `most` best places for a question. It is shown the question and nothing else of its row.
    async fn ask(&self, question: &str, most: usize, answers: Answers) -> Result<Asked, Error>;
}

/// Whether an answer is written, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Places only.
    None,
    /// Passages as they stand in the documentation.
    Extract,
}

/// What came of one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Best first.
    pub ranked: Vec<Ranked>,
    /// The documentation holds no answer, it said.
    pub abstained: bool,
    /// The answer and what it rests on, where one was asked for.
    pub reply: Option<(String, Vec<Citation>)>,
}

/// A place that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranked {
    /// Name of the page.
    pub file: String,
    /// `page.html#fragment`.
    pub html: String,
    /// Titles from the page down, joined by ` > `.
    pub section: String,
    pub score: f32,
}

/// What a sentence of an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Citation {
    pub html: String,
    pub quote: String,
}

/// The document that `eval knowledge` prints. What cannot be known (recall, where no row says what is right)
/// is null.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub chunks: usize,
    pub index_seconds: f64,
    pub questions: usize,
    pub answerable: usize,
    pub recall_at_1: Option<f64>,
    pub recall_at_5: Option<f64>,
    pub recall_at_10: Option<f64>,
    pub mrr: Option<f64>,
    pub abstain: Abstain,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub results: Vec<Row>,
}

/// Counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Abstain {
    pub right: usize,
    pub wrong: usize,
}

/// One question of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub id: String,
    pub ranked: Vec<Ranked>,
    pub abstained: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citations: Option<Vec<Citation>>,
}

/// Asks every question and scores what came back. `indexed_in` is how long it took until one could ask.
pub async fn measure(
    desk: &dyn Desk,
    indexed_in: Duration,
    questions: &[Question],
    most: usize,
    answers: Answers,
) -> Result<Report, Error> {
    let mut results = Vec::with_capacity(questions.len());
    let mut times = Vec::with_capacity(questions.len());
    for question in questions {
        let begun = Instant::now();
        let asked = desk.ask(&question.question, most, answers).await?;
        times.push(begun.elapsed());
        let (answer, citations) = asked.reply.unzip();
        results.push(Row {
            id: question.id.clone(),
            ranked: asked.ranked,
            abstained: asked.abstained,
            answer,
            citations,
        });
    }
    let figures = score(questions, &results);
    times.sort_unstable();
    Ok(Report {
        chunks: desk.chunks(),
        index_seconds: indexed_in.as_secs_f64(),
        questions: questions.len(),
        answerable: figures.answerable,
        recall_at_1: figures.recall_at_1,
        recall_at_5: figures.recall_at_5,
        recall_at_10: figures.recall_at_10,
        mrr: figures.mrr,
        abstain: Abstain {
            right: figures.abstained_rightly,
            wrong: figures.abstained_wrongly,
        },
        p50_ms: percentile_ms(&times, 50),
        p99_ms: percentile_ms(&times, 99),
        results,
    })
}

/// Of sorted times, by nearest rank.
fn percentile_ms(times: &[Duration], percent: usize) -> f64 {
    let rank = (times.len() * percent).div_ceil(100).max(1);
    times
        .get(rank - 1)
        .map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let times: Vec<Duration> = (1..=120).map(Duration::from_millis).collect();
        assert!((percentile_ms(&times, 50) - 60.0).abs() < 1e-9);
        assert!((percentile_ms(&times, 99) - 119.0).abs() < 1e-9);
        assert!((percentile_ms(&times[..1], 99) - 1.0).abs() < 1e-9);
    }
}
