//! Recall and abstention on a set of questions: `measure DOCS QUESTIONS`, the halves of the set apart.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement for developers"
)]

#[path = "shared/mod.rs"]
mod shared;

use std::time::{Duration, Instant};

use retrieval::{Library, Query};
use serde_json::Value;

fn measure(name: &str, library: &Library, rows: &[&Value], read: &dyn Fn(&str) -> Query) {
    let mut ranks: Vec<Option<usize>> = Vec::new();
    let (mut right, mut wrong, mut unanswerable) = (0, 0, 0);
    let mut slowest = Duration::ZERO;
    for row in rows {
        let begin = Instant::now();
        let answer = library.find(&read(row["question"].as_str().unwrap()), 10);
        slowest = slowest.max(begin.elapsed());
        let abstained = usize::from(answer.abstained());
        if row["answerable"] == true {
            ranks.push(shared::rank(&answer, row));
            wrong += abstained;
        } else {
            unanswerable += 1;
            right += abstained;
        }
    }
    let many = ranks.len() as f64;
    let at =
        |most: usize| ranks.iter().flatten().filter(|rank| **rank <= most).count() as f64 / many;
    let mrr = ranks
        .iter()
        .flatten()
        .map(|rank| 1.0 / *rank as f64)
        .sum::<f64>()
        / many;
    println!(
        "{name:<28} n={many:>3} R@1 {:.3} R@5 {:.3} R@10 {:.3} MRR {mrr:.3} | abstained {right}/{unanswerable}, wrongly {wrong} | slowest {slowest:.1?}",
        at(1),
        at(5),
        at(10)
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let begin = Instant::now();
    let library = shared::library(&arguments[1]);
    println!(
        "{} chunks in {:.1?}",
        library.chunks().len(),
        begin.elapsed()
    );
    let rows = shared::rows(&arguments[2]);
    let half = |odd: usize| -> Vec<&Value> {
        rows.iter()
            .enumerate()
            .filter(|(at, _)| at % 2 == odd)
            .map(|(_, row)| row)
            .collect()
    };
    let all: Vec<&Value> = rows.iter().collect();
    let language = library.language();
    let literally = |question: &str| language.take_literally(question);
    let understood = |question: &str| language.understand(question);
    for (name, rows) in [("all", &all), ("even", &half(0)), ("odd", &half(1))] {
        measure(&format!("{name}, keywords"), &library, rows, &literally);
        measure(&format!("{name}, + expansion"), &library, rows, &understood);
    }
}
