//! What vectors add to keywords, on a set of questions. In two steps, because this crate makes no vectors:
//! `near DOCS QUESTIONS texts FOLDER` writes the texts to embed, `passages.jsonl` and `questions.jsonl`;
//! `cargo run -p llm --example embed` makes `passages.f32` and `questions.f32` of them;
//! `near DOCS QUESTIONS rank FOLDER` prints the figures. `near - - scan` times a scan of many rows.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement for developers"
)]

#[path = "shared/mod.rs"]
mod shared;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use retrieval::{Library, Vectors, middle, pieces};
use serde_json::Value;

fn lines(texts: impl Iterator<Item = String>) -> String {
    texts
        .map(|text| Value::String(text).to_string() + "\n")
        .collect()
}

fn numbers(path: &Path, rows: usize) -> Vec<Vec<f32>> {
    let bytes = fs::read(path).unwrap();
    let dimension = bytes.len() / 4 / rows;
    bytes
        .chunks_exact(4 * dimension)
        .map(|row| {
            row.chunks_exact(4)
                .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
                .collect()
        })
        .collect()
}

fn figures(name: &str, rows: &[Value], ranks: &[Option<usize>]) {
    let print = |part: &str, keep: &dyn Fn(usize, &Value) -> bool| {
        let kept: Vec<Option<usize>> = rows
            .iter()
            .zip(ranks)
            .enumerate()
            .filter(|(at, (row, _))| row["answerable"] == true && keep(*at, row))
            .map(|(_, (_, rank))| *rank)
            .collect();
        let many = kept.len() as f64;
        let at =
            |most: usize| kept.iter().flatten().filter(|rank| **rank <= most).count() as f64 / many;
        let mrr: f64 = kept.iter().flatten().map(|rank| 1.0 / *rank as f64).sum();
        println!(
            "{name:10} {part:16} n={many:3} R@1 {:.3} R@5 {:.3} R@10 {:.3} MRR {:.3}",
            at(1),
            at(5),
            at(10),
            mrr / many
        );
    };
    print("all", &|_, _| true);
    print("even", &|at, _| at % 2 == 0);
    print("odd", &|at, _| at % 2 == 1);
    print("other languages", &|_, row| row["lang"] != "en");
}

fn rank(library: Library, rows: &[Value], folder: &Path) {
    let questions: Vec<&str> = rows
        .iter()
        .map(|row| row["question"].as_str().unwrap())
        .collect();
    let texts: Vec<Vec<String>> = library.chunks().iter().map(pieces).collect();
    let many = texts.iter().map(Vec::len).sum();
    let mut of_passages = numbers(&folder.join("passages.f32"), many).into_iter();
    let mut vectors: Option<Vectors> = None;
    for (at, texts) in texts.iter().enumerate() {
        for vector in of_passages.by_ref().take(texts.len()) {
            vectors
                .get_or_insert_with(|| Vectors::new(vector.len()))
                .add(at, &vector)
                .unwrap();
        }
    }
    let library = library.with_vectors(vectors.unwrap());
    let wordings: Vec<usize> = questions
        .iter()
        .map(|it| library.wordings(it).len())
        .collect();
    let mut of_questions =
        numbers(&folder.join("questions.f32"), wordings.iter().sum()).into_iter();
    let (mut by_words, mut by_both, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for ((row, question), wordings) in rows.iter().zip(&questions).zip(wordings) {
        let vector = middle(&of_questions.by_ref().take(wordings).collect::<Vec<_>>());
        by_words.push(shared::rank(&library.search(question, 10), row));
        let begin = Instant::now();
        let answer = library
            .search_near(question, vector.as_deref(), 10)
            .unwrap();
        times.push(begin.elapsed());
        by_both.push(shared::rank(&answer, row));
    }
    figures("keywords", rows, &by_words);
    figures("+ vectors", rows, &by_both);
    told("search with a given vector", times);
}

fn told(what: &str, mut times: Vec<Duration>) {
    times.sort();
    println!(
        "{what}: p50 {:?}, p99 {:?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
}

/// Rows that no model made: a scan does not look at what they mean.
fn scan() {
    let mut seed = 1_u32;
    let mut random = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 16_777_216.0 - 0.5
    };
    for (rows, dimension) in [(5_000, 384), (100_000, 384), (100_000, 256)] {
        let mut vectors = Vectors::new(dimension);
        for at in 0..rows {
            let row: Vec<f32> = (0..dimension).map(|_| random()).collect();
            vectors.add(at, &row).unwrap();
        }
        let question: Vec<f32> = (0..dimension).map(|_| random()).collect();
        let times = (0..200)
            .map(|_| {
                let begin = Instant::now();
                assert_eq!(vectors.cosines(&question, rows).unwrap().len(), rows);
                begin.elapsed()
            })
            .collect();
        told(&format!("{rows} x {dimension}"), times);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments[3] == "scan" {
        return scan();
    }
    let library = shared::library(&arguments[1]);
    let rows = shared::rows(&arguments[2]);
    let folder = Path::new(&arguments[4]);
    if arguments[3] == "rank" {
        return rank(library, &rows, folder);
    }
    let all = library.chunks().iter().flat_map(pieces);
    fs::write(folder.join("passages.jsonl"), lines(all)).unwrap();
    let all = rows
        .iter()
        .flat_map(|row| library.wordings(row["question"].as_str().unwrap()));
    fs::write(folder.join("questions.jsonl"), lines(all)).unwrap();
}
