//! What of a chunk is given to a model that embeds texts.
//!
//! Such models were trained with short passages, and the vector of a long text says little about any one
//! sentence of it. So a chunk is cut into pieces, each under its titles, and is as near to a question as its
//! nearest piece.

use crate::chunk::Chunk;

/// Words that a piece begins with, and how many of the next one it goes on with: an answer that lies
/// across the cut stands whole in one of them.
const STEP: usize = 60;
const OVERLAP: usize = 15;
/// The rest of a very long chunk is found by its words.
const MOST_PIECES: usize = 8;
/// The title of the chunk and the one above it; those further up stand over half of the documentation.
const TITLES: usize = 2;

/// The titles that the pieces of a chunk stand under, of all that are above it. Chunks that have these and
/// their text in common have the same pieces.
pub fn titles_of_pieces(path: &[String]) -> &[String] {
    path.get(path.len().saturating_sub(TITLES)..)
        .unwrap_or_default()
}

/// The pieces of a chunk, at least one.
pub fn pieces(chunk: &Chunk) -> Vec<String> {
    let titles = titles_of_pieces(&chunk.path).join(" > ");
    let words: Vec<&str> = chunk.text.split_whitespace().collect();
    let under_titles = |words: &[&str]| format!("{titles}\n{}", words.join(" "));
    if words.is_empty() {
        return vec![titles];
    }
    (0..words.len())
        .step_by(STEP)
        .take(MOST_PIECES)
        .filter_map(|from| words.get(from..words.len().min(from + STEP + OVERLAP)))
        .map(under_titles)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Location};

    fn chunk(words: usize) -> Chunk {
        let text: Vec<String> = (0..words).map(|at| format!("w{at}")).collect();
        Chunk {
            at: Location {
                page: "a.html".to_owned(),
                anchor: None,
            },
            kind: Kind::Section,
            path: ["Guide", "Copies", "Speed"].map(str::to_owned).to_vec(),
            text: text.join("\n"),
            also: Vec::new(),
        }
    }

    fn ends(words: usize) -> Vec<(String, String)> {
        let end = |piece: &str| {
            let (titles, text) = piece.split_once('\n').unwrap();
            assert_eq!(titles, "Copies > Speed");
            let mut words = text.split(' ');
            let first = words.next().unwrap().to_owned();
            (
                first.clone(),
                words.next_back().unwrap_or(&first).to_owned(),
            )
        };
        pieces(&chunk(words)).iter().map(|it| end(it)).collect()
    }

    #[test]
    fn pieces_overlap_and_the_last_one_ends_with_the_text() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(ends(1), [pair("w0", "w0")]);
        assert_eq!(ends(60), [pair("w0", "w59")]);
        assert_eq!(ends(70), [pair("w0", "w69"), pair("w60", "w69")]);
        assert_eq!(
            ends(130),
            [pair("w0", "w74"), pair("w60", "w129"), pair("w120", "w129")]
        );
    }

    #[test]
    fn a_chunk_without_text_is_its_titles_and_a_long_one_has_an_end() {
        assert_eq!(pieces(&chunk(0)), ["Copies > Speed"]);
        assert_eq!(pieces(&chunk(5_000)).len(), MOST_PIECES);
    }
}
