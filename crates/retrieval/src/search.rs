//! A question against an index: the best chunks, and whether any of them answers it.

use crate::{
    chunk::Chunk,
    doubt::{JUDGED_BY, LEAST_CONFIDENCE, Release, Signs, newest_release},
    fold::fold,
    index::{Index, Weights},
    query::{Language, Query},
    rank::{Ranked, by_words},
};

/// A chunk with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<'a> {
    pub chunk: &'a Chunk,
    /// Comparable within one answer only.
    pub score: f32,
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// Best first.
    pub found: Vec<Found<'a>>,
    /// How likely the documentation answers the question, from 0 to 1.
    pub confidence: f32,
    /// What that was told by.
    pub signs: Signs,
}

impl Answer<'_> {
    /// Whether nothing that was found answers the question.
    pub fn abstained(&self) -> bool {
        self.found.is_empty() || self.confidence < LEAST_CONFIDENCE
    }
}

/// The chunks of a documentation with their index.
#[derive(Debug)]
pub struct Library {
    chunks: Vec<Chunk>,
    index: Index,
    language: Language,
    /// The newest release that the documentation speaks of.
    newest: Option<Release>,
}

impl Library {
    /// Folds what is there several times and indexes the rest.
    pub fn new(chunks: Vec<Chunk>) -> Self {
        let chunks = fold(chunks);
        let index = Index::build(&chunks, Weights::default());
        let newest = newest_release(&chunks);
        Self {
            chunks,
            index,
            language: Language::default(),
            newest,
        }
    }

    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    pub fn language(&self) -> &Language {
        &self.language
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The `most` best chunks. Equal scores stand in the order of the documentation.
    pub fn search(&self, question: &str, most: usize) -> Answer<'_> {
        self.find(&self.language.understand(question), most)
    }

    /// The same for a question that is understood already.
    pub fn find(&self, query: &Query, most: usize) -> Answer<'_> {
        let order = by_words(&self.index, &self.chunks, query, most.max(JUDGED_BY));
        self.answer(query, &order, most)
    }

    /// What an order of chunks, best first, comes to: of words alone, or of words and vectors together.
    fn answer(&self, query: &Query, order: &[Ranked], most: usize) -> Answer<'_> {
        let found = order
            .iter()
            .take(most)
            .filter_map(|ranked| {
                Some(Found {
                    chunk: self.chunks.get(ranked.at)?,
                    score: ranked.score,
                })
            })
            .collect();
        let best = order.get(..JUDGED_BY.min(order.len())).unwrap_or_default();
        let signs = Signs::read(query, &self.index, &self.chunks, best, self.newest);
        Answer {
            found,
            confidence: signs.confidence(),
            signs,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Kind, Location};

    fn chunk(page: &str, kind: Kind, path: &[&str], text: &str) -> Chunk {
        Chunk {
            at: Location {
                page: page.to_owned(),
                anchor: None,
            },
            kind,
            path: path.iter().map(|title| (*title).to_owned()).collect(),
            text: text.to_owned(),
            also: Vec::new(),
        }
    }

    fn library() -> Library {
        Library::new(vec![
            chunk(
                "guide.html",
                Kind::Section,
                &["Guide", "Copies"],
                "How guests are copied to a store.",
            ),
            chunk(
                "chapter-a.html",
                Kind::Section,
                &["Chapter", "Copies"],
                "How guests are copied to a store.",
            ),
            chunk(
                "chapter-a.html",
                Kind::Section,
                &["Chapter", "Migration"],
                "Guests move to another node, online or offline.",
            ),
            chunk(
                "a.conf.5.html",
                Kind::Option,
                &["a.conf", "speed"],
                "speed: <integer>\n\nHow fast copies are.",
            ),
            chunk(
                "a.1.html",
                Kind::Option,
                &["a", "a run", "--speed"],
                "--speed <integer> (default = 3)\n\nHow fast copies are.",
            ),
        ])
    }

    #[test]
    fn the_same_text_on_several_pages_is_found_once_at_its_best_place() {
        let library = library();
        let found: Vec<_> = library
            .chunks()
            .iter()
            .map(|one| (one.at.link(), one.also.len()))
            .collect();
        assert_eq!(
            found,
            [
                ("chapter-a.html".to_owned(), 1),
                ("chapter-a.html".to_owned(), 0),
                ("a.conf.5.html".to_owned(), 1),
            ]
        );
    }

    #[test]
    fn a_title_says_more_than_the_text_and_other_words_for_it_are_understood() {
        let library = library();
        let best = |question: &str| {
            let answer = library.search(question, 1);
            answer
                .found
                .first()
                .map(|found| found.chunk.title().to_owned())
        };
        assert_eq!(best("speed of copies").as_deref(), Some("speed"));
        assert_eq!(
            best("VM im laufenden Betrieb verschieben").as_deref(),
            Some("Migration")
        );
        assert_eq!(best("ゲストの移行").as_deref(), Some("Migration"));
        assert_eq!(best("zzz"), None);
    }

    proptest! {
        #[test]
        fn any_question_gives_an_order_without_holes(question in ".{0,200}", most in 0_usize..6) {
            let library = library();
            let answer = library.search(&question, most);
            prop_assert!(answer.found.len() <= most);
            prop_assert!(answer.found.is_sorted_by(|a, b| a.score >= b.score));
            prop_assert!((0.0..=1.0001).contains(&answer.confidence));
        }
    }
}
