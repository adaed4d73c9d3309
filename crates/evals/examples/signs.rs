//! What doubt is told by, with the vectors that ship: `signs DOCS QUESTIONS…` prints one JSON object for each
//! question of each file. `scripts/fit-doubt` fits weights on it and prints rates.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement for developers"
)]

use std::{path::Path, sync::Arc};

use evals::{Answers, Desk, Documents, is_hit, read_questions};
use llm::embed::Builtin;
use retrieval::{Index, Weights, middle};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let model = Builtin::load().unwrap();
    let documents = Documents::read(Path::new(&arguments[1])).unwrap();
    let documents = documents.embedded(Arc::new(model.clone())).await.unwrap();
    let library = documents.library();
    let index = Index::build(library.chunks(), Weights::default());
    for file in &arguments[2..] {
        let text = std::fs::read_to_string(file).unwrap();
        let rows: Vec<Value> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        for (question, row) in read_questions(&text).unwrap().iter().zip(rows) {
            let wordings = library.wordings(&question.question);
            let vectors: Vec<Vec<f32>> = wordings.iter().map(|it| model.vector(it)).collect();
            let vector = middle(&vectors);
            let query = library.understand(&question.question);
            let answer = library.find_near(&query, vector.as_deref(), 10).unwrap();
            let asked = documents.ask(&question.question, 10, Answers::Extract);
            let asked = asked.await.unwrap();
            let gold = || question.gold.iter().chain(&question.also);
            let rank = asked.ranked.iter().position(|one| is_hit(one, gold()));
            let unknown = query.asked.iter().filter(|one| {
                one.meant.is_empty() && !one.terms.iter().any(|term| index.knows(term))
            });
            let unknown: Vec<&str> = unknown.map(|one| one.word.as_str()).collect();
            let words: Vec<&str> = query.asked.iter().map(|one| one.word.as_str()).collect();
            let first = asked.ranked.first().map(|one| one.section.clone());
            println!(
                "{}",
                json!({ "file": file, "id": question.id, "answerable": question.answerable, "lang": row["lang"],
                    "signs": answer.signs.as_array(), "confidence": answer.confidence, "abstained": asked.abstained,
                    "silent": asked.abstained && !answer.abstained(), "rank": rank.map(|at| at + 1), "asked": words,
                    "unknown": unknown, "foreign": query.is_foreign, "first": first, "question": question.question })
            );
        }
    }
}
