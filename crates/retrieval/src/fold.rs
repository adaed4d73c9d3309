//! The same text on several pages is one chunk: it is searched once and cited at its best place.

use std::collections::HashMap;

use crate::chunk::{Chunk, Kind};

/// Folds chunks that say the same under the same title. The place that explains most comes first: a chapter,
/// then the page of a file's format, then a manual page of a command, then the guide that repeats them all.
pub fn fold(chunks: Vec<Chunk>) -> Vec<Chunk> {
    let mut kept: Vec<Chunk> = Vec::with_capacity(chunks.len());
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    for chunk in chunks {
        let key = (plain(chunk.title()), body(&chunk));
        match seen.get(&key).and_then(|at| kept.get_mut(*at)) {
            Some(first) => join(first, chunk),
            None => {
                seen.insert(key, kept.len());
                kept.push(chunk);
            }
        }
    }
    kept
}

fn join(first: &mut Chunk, mut other: Chunk) {
    if rank(&other) < rank(first) {
        std::mem::swap(first, &mut other);
        first.also.append(&mut other.also);
    }
    first.also.push(other.at);
    first.also.append(&mut other.also);
}

/// Lower is better.
fn rank(chunk: &Chunk) -> (u8, u8, usize) {
    let page = chunk.at.page.as_str();
    let place = if page.starts_with("chapter-") {
        0
    } else if page.contains(".5.") {
        1
    } else if page.contains(".1.") || page.contains(".8.") {
        2
    } else {
        3
    };
    // Under the name of its file's format an option is explained; under a command it is only repeated.
    let repeated = u8::from(chunk.kind == Kind::Option && chunk.title().starts_with("--"));
    (repeated, place, chunk.path.len())
}

/// `--onboot` and `onboot` are one option.
fn plain(title: &str) -> String {
    title
        .trim_start_matches('-')
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// What is said, without the line that declares an option: it is written differently on different pages.
fn body(chunk: &Chunk) -> String {
    let text = match chunk.kind {
        Kind::Option => chunk.text.split_once("\n\n").map_or("", |(_, rest)| rest),
        Kind::Section | Kind::Command | Kind::Endpoint | Kind::Note => &chunk.text,
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
