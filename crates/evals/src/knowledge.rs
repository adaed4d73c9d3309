//! Questions put to the knowledge of the product one after the other, each with its time.

use std::time::{Duration, Instant};

use assistant::AnsweredBy;
use async_trait::async_trait;
use serde::Serialize;

use crate::{Error, Question, score};

/// An answer is as long as the documentation's own at most, whoever gives it.
const MOST_CHARACTERS: usize = 1_200;
pub(crate) const MOST_CITATIONS: usize = 4;

/// Who answers. It is shown the question and nothing else of its row.
#[async_trait]
pub trait Desk: Send + Sync {
    /// How many sections, options and commands were read.
    fn sections(&self) -> usize;
    /// The `most` best places for a question.
    async fn find(&self, question: &str, most: usize) -> Result<Found, Error>;
    /// The answer to a question, where one is wanted.
    async fn answer(&self, question: &str, answers: Answers) -> Result<Option<Answered>, Error>;
    /// What stood in the way: pages that could not be read, a model of vectors that failed.
    async fn notes(&self) -> Result<Vec<String>, Error>;
}

/// Whether an answer is written, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Places only.
    None,
    /// Passages as they stand in the documentation.
    Extract,
    /// As the assistant answers with its model.
    Assistant,
}

/// What was found for one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Best first.
    pub ranked: Vec<Ranked>,
    /// The documentation holds no answer, it said.
    pub abstained: bool,
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

/// What was answered. Without a citation it is no answer from the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub text: String,
    pub citations: Vec<Citation>,
    pub by: AnsweredBy,
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
    /// Of finding places, without the answers.
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Where answers were wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Told>,
    /// What stood in the way of better figures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    pub results: Vec<Row>,
}

/// Counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Abstain {
    pub right: usize,
    pub wrong: usize,
}

/// Whose words the answers are in, and how long they took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Told {
    pub by_model: usize,
    /// Passages; with a model: where nothing of what it said could be shown.
    pub by_documentation: usize,
    /// Neither had an answer.
    pub by_product: usize,
    pub p50_seconds: f64,
    pub longest_seconds: f64,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_seconds: Option<f64>,
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
        let found = desk.find(&question.question, most).await?;
        times.push(begun.elapsed());
        let begun = Instant::now();
        let answered = desk.answer(&question.question, answers).await?;
        let took = begun.elapsed().as_secs_f64();
        results.push(row(question, found, answered, took));
    }
    let figures = score(questions, &results);
    times.sort_unstable();
    Ok(Report {
        chunks: desk.sections(),
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
        answers: told(&results),
        notes: desk.notes().await?,
        results,
    })
}

fn row(question: &Question, found: Found, answered: Option<Answered>, took: f64) -> Row {
    let mut row = Row {
        id: question.id.clone(),
        ranked: found.ranked,
        abstained: found.abstained,
        answer: None,
        citations: None,
        answered_by: None,
        answer_seconds: None,
    };
    if let Some(answered) = answered {
        row.abstained = answered.citations.is_empty();
        row.answer = Some(answered.text);
        row.citations = Some(answered.citations);
        row.answered_by = Some(answered.by);
        row.answer_seconds = Some(took);
    }
    row
}

fn told(results: &[Row]) -> Option<Told> {
    let mut seconds: Vec<f64> = results
        .iter()
        .filter_map(|row| row.answer_seconds)
        .collect();
    seconds.sort_unstable_by(f64::total_cmp);
    let longest_seconds = *seconds.last()?;
    let by = |who: AnsweredBy| {
        results
            .iter()
            .filter(|row| row.answered_by == Some(who))
            .count()
    };
    Some(Told {
        by_model: by(AnsweredBy::Model),
        by_documentation: by(AnsweredBy::Documentation),
        by_product: by(AnsweredBy::Product),
        p50_seconds: seconds.get((seconds.len() - 1) / 2).copied().unwrap_or(0.0),
        longest_seconds,
    })
}

/// A text of [`MOST_CHARACTERS`] at most, cut at a word.
pub(crate) fn clipped(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS - 2) else {
        return text.to_owned();
    };
    let head = text.get(..end).unwrap_or_default();
    let cut = head.rfind(char::is_whitespace).unwrap_or(end);
    format!("{} …", head.get(..cut).unwrap_or(head).trim_end())
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

    #[test]
    fn an_answer_that_is_too_long_is_cut_at_a_word() {
        let long = "word ".repeat(400);
        let cut = clipped(&long);
        assert!(
            cut.chars().count() <= MOST_CHARACTERS && cut.ends_with("word …"),
            "{cut}"
        );
        assert_eq!(clipped("short"), "short");
    }
}
