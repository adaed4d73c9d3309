//! Reading pages and questions, and what is a hit.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each example uses a part"
)]

use retrieval::{Answer, Chunk, Library};
use serde_json::Value;

pub(crate) fn plain(text: &str) -> String {
    text.replace(['`', '*', '"', '\''], "")
        .trim()
        .to_lowercase()
}

pub(crate) fn library(folder: &str) -> Library {
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
        let page = path.file_name().unwrap().to_str().unwrap();
        chunks.extend(retrieval::html::chunks(
            page,
            &std::fs::read_to_string(path).unwrap(),
        ));
    }
    Library::new(chunks)
}

pub(crate) fn rows(path: &str) -> Vec<Value> {
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// `page` or `page#fragment`, and the title that an entry without a fragment must have.
fn gold(row: &Value) -> Vec<(String, String)> {
    ["gold", "also"]
        .iter()
        .filter_map(|key| row[*key].as_array())
        .flatten()
        .flat_map(|entry| {
            let section = plain(entry["section"].as_str().unwrap_or_default());
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

/// From 1.
pub(crate) fn rank(answer: &Answer<'_>, row: &Value) -> Option<usize> {
    let gold = gold(row);
    answer
        .found
        .iter()
        .position(|found| is_hit(found.chunk, &gold))
        .map(|at| at + 1)
}
