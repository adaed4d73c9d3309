//! What doubt is told by, with the vectors that ship: `signs DOCS QUESTIONS…` prints one JSON object for each
//! question of each file. `scripts/fit-doubt` fits weights on it and prints rates.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement for developers"
)]

use std::path::Path;

use evals::{Ranked, is_hit, read_questions};
use llm::embed::Builtin;
use retrieval::{Found, Index, Library, Vectors, Weights, middle, pieces};
use serde_json::{Value, json};

/// The pages of a folder, with the vectors of their passages.
fn library(folder: &Path, model: &Builtin) -> Library {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "html"))
        .collect();
    paths.sort();
    let chunks = paths.iter().flat_map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read(path).unwrap();
        retrieval::html::chunks(&name, &String::from_utf8_lossy(&text))
    });
    let library = Library::new(chunks.collect());
    let mut vectors: Option<Vectors> = None;
    for (at, chunk) in library.chunks().iter().enumerate() {
        for piece in pieces(chunk) {
            let vector = model.vector(&piece);
            let vectors = vectors.get_or_insert_with(|| Vectors::new(vector.len()));
            vectors.add(at, &vector).unwrap();
        }
    }
    library.with_vectors(vectors.unwrap())
}

fn ranked(found: &Found<'_>) -> Ranked {
    Ranked {
        file: found.chunk.at.page.clone(),
        html: found.chunk.at.link(),
        section: found.chunk.section(),
        score: found.score,
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let model = Builtin::load().unwrap();
    let library = library(Path::new(&arguments[1]), &model);
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
            let reply = library.reply_near(&question.question, vector.as_deref());
            let is_silent = reply.unwrap().abstained && !answer.abstained();
            let gold = || question.gold.iter().chain(&question.also);
            let found: Vec<Ranked> = answer.found.iter().map(ranked).collect();
            let rank = found.iter().position(|one| is_hit(one, gold()));
            let unknown = query.asked.iter().filter(|one| {
                one.meant.is_empty() && !one.terms.iter().any(|term| index.knows(term))
            });
            let unknown: Vec<&str> = unknown.map(|one| one.word.as_str()).collect();
            let words: Vec<&str> = query.asked.iter().map(|one| one.word.as_str()).collect();
            let first = found.first().map(|one| one.section.clone());
            println!(
                "{}",
                json!({ "file": file, "id": question.id, "answerable": question.answerable, "lang": row["lang"],
                    "signs": answer.signs.as_array(), "confidence": answer.confidence, "abstained": is_silent || answer.abstained(),
                    "silent": is_silent, "rank": rank.map(|at| at + 1), "asked": words,
                    "unknown": unknown, "foreign": query.is_foreign, "first": first, "question": question.question })
            );
        }
    }
}
