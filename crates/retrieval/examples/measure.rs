//! Recall and abstention on a set of questions: `measure DOCS QUESTIONS [even|odd]`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement for developers"
)]

use std::{path::Path, time::Instant};

use retrieval::{Chunk, Library};
use serde_json::Value;

fn plain(text: &str) -> String {
    text.replace(['`', '*', '"', '\''], "")
        .trim()
        .to_lowercase()
}

fn library(folder: &str) -> Library {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut chunks = Vec::new();
    for path in paths
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "html"))
    {
        let page = Path::new(path).file_name().unwrap().to_str().unwrap();
        chunks.extend(retrieval::html::chunks(
            page,
            &std::fs::read_to_string(path).unwrap(),
        ));
    }
    Library::new(chunks)
}

/// `page` or `page#fragment`, and the title that an entry without a fragment must have.
fn gold(row: &Value) -> Vec<(String, String)> {
    ["gold", "also"]
        .iter()
        .filter_map(|key| row[*key].as_array())
        .flatten()
        .flat_map(|entry| {
            let section = plain(entry["section"].as_str().unwrap());
            let links = entry["html"].as_array().cloned().unwrap_or_default();
            links
                .into_iter()
                .map(move |link| (link.as_str().unwrap().to_owned(), section.clone()))
        })
        .collect()
}

fn is_hit(chunk: &Chunk, gold: &[(String, String)]) -> bool {
    let title = plain(chunk.title());
    let name = title
        .split(':')
        .next()
        .unwrap_or_default()
        .trim_start_matches('-')
        .trim();
    gold.iter().any(|(link, section)| {
        if link.contains('#') {
            *link == chunk.at.link()
        } else {
            *link == chunk.at.page && section == name
        }
    })
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let begin = Instant::now();
    let library = library(&arguments[1]);
    println!("{} chunks in {:?}", library.chunks().len(), begin.elapsed());
    let rows: Vec<Value> = std::fs::read_to_string(&arguments[2])
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let half = arguments.get(3).map(String::as_str);
    let rows = rows.iter().enumerate().filter(|(at, _)| match half {
        Some("even") => at % 2 == 0,
        Some("odd") => at % 2 == 1,
        _ => true,
    });
    let mut ranks: Vec<Option<usize>> = Vec::new();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let mut slowest = std::time::Duration::ZERO;
    for (_, row) in rows {
        let begin = Instant::now();
        let answer = library.search(row["question"].as_str().unwrap(), 10);
        slowest = slowest.max(begin.elapsed());
        if row["answerable"] == true {
            let gold = gold(row);
            ranks.push(
                answer
                    .found
                    .iter()
                    .position(|found| is_hit(found.chunk, &gold))
                    .map(|at| at + 1),
            );
            with.push(answer.coverage);
        } else {
            without.push(answer.coverage);
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
        "n={many} R@1 {:.3} R@5 {:.3} R@10 {:.3} MRR {mrr:.3} slowest {slowest:?}",
        at(1),
        at(5),
        at(10)
    );
    with.sort_by(f32::total_cmp);
    without.sort_by(f32::total_cmp);
    println!(
        "coverage, answerable: {:.2?}\nunanswerable: {without:.2?}",
        &with[..with.len().min(16)]
    );
}
