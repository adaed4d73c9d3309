//! What is said to a question, in the words of the library.

use retrieval::{Chunk, Library};

use super::finding::beginning;

/// Characters of an answer, and of one quote in it.
const MOST_QUOTE: usize = 560;
/// Below this much of the question in the best sections, the library does not answer it.
const LEAST_COVERAGE: f32 = 0.5;
/// A second section is quoted when it is nearly as good as the first.
const NEARLY: f32 = 0.8;
const MOST_CITATIONS: usize = 2;

pub(super) struct Said {
    /// Nothing when the library does not answer.
    pub(super) text: Option<String>,
    pub(super) citations: Vec<(Chunk, String)>,
}

pub(super) fn reply(library: &Library, question: &str) -> Said {
    let answer = library.search(question, MOST_CITATIONS);
    let best = answer.found.first().map_or(0.0, |found| found.score);
    let citations: Vec<(Chunk, String)> = answer
        .found
        .iter()
        .filter(|found| found.score >= best * NEARLY && !found.chunk.text.is_empty())
        .map(|found| {
            (
                found.chunk.clone(),
                beginning(&found.chunk.text, MOST_QUOTE),
            )
        })
        .collect();
    if answer.coverage < LEAST_COVERAGE || citations.is_empty() {
        return Said {
            text: None,
            citations: Vec::new(),
        };
    }
    let parts: Vec<String> = citations
        .iter()
        .enumerate()
        .map(|(at, (_, quote))| format!("{quote} [{}]", at + 1))
        .collect();
    Said {
        text: Some(parts.join("\n\n")),
        citations,
    }
}
