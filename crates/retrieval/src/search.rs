//! A question against an index: the best chunks, and whether any of them answers it.

use crate::{
    chunk::Chunk,
    fold::fold,
    fuse,
    index::{Index, Weights},
    query::{Query, wordings},
    vectors::{VectorError, Vectors},
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
    /// How much of what was asked stands in the best chunks, from 0 to 1.
    pub coverage: f32,
}

/// The chunks of a documentation with their index.
#[derive(Debug)]
pub struct Library {
    chunks: Vec<Chunk>,
    index: Index,
    vectors: Option<Vectors>,
}

/// Coverage is looked for in this many chunks: a question may be answered by two sections.
const COVERED_BY: usize = 3;

impl Library {
    /// Folds what is there several times and indexes the rest.
    pub fn new(chunks: Vec<Chunk>) -> Self {
        let chunks = fold(chunks);
        let index = Index::build(&chunks, Weights::default());
        Self {
            chunks,
            index,
            vectors: None,
        }
    }

    /// With vectors, by the chunks' places in [`Self::chunks`]. Some chunks may have none yet.
    #[must_use]
    pub fn with_vectors(self, vectors: Vectors) -> Self {
        Self {
            vectors: Some(vectors),
            ..self
        }
    }

    pub fn vectors(&self) -> Option<&Vectors> {
        self.vectors.as_ref()
    }

    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The `most` best chunks by keywords. Equal scores stand in the order of the documentation.
    pub fn search(&self, question: &str, most: usize) -> Answer<'_> {
        let query = Query::parse(question);
        let scores = self.scores(&query);
        self.best(&query, &scores, most)
    }

    /// The wordings of a question for a model that embeds texts: as it was asked, and followed by what the
    /// documentation calls it. The middle of their directions ([`crate::middle`]) is nearer to the answer than
    /// either: models know little of this field and of languages other than English, and the glossary nothing
    /// of what a sentence says.
    pub fn wordings(&self, question: &str) -> Vec<String> {
        wordings(question)
    }

    /// The `most` best chunks by keywords and, where there are vectors, by nearness to the question's. An
    /// error says that the vector is of another model than those of the chunks.
    pub fn search_near(
        &self,
        question: &str,
        vector: Option<&[f32]>,
        most: usize,
    ) -> Result<Answer<'_>, VectorError> {
        let query = Query::parse(question);
        let mut scores = self.scores(&query);
        if let (Some(vectors), Some(vector)) = (&self.vectors, vector) {
            let cosines = vectors.cosines(vector, scores.len())?;
            if cosines.iter().any(Option::is_some) {
                fuse::fuse(&mut scores, &cosines, fuse::NEARNESS);
            }
        }
        Ok(self.best(&query, &scores, most))
    }

    fn scores(&self, query: &Query) -> Vec<f32> {
        let mut scores = vec![0.0; self.index.len()];
        for (term, weight) in query.terms() {
            self.index.score(term, weight, &mut scores);
        }
        scores
    }

    fn best(&self, query: &Query, scores: &[f32], most: usize) -> Answer<'_> {
        let order = fuse::order(scores, most);
        let found: Vec<Found<'_>> = order
            .iter()
            .filter_map(|at| {
                Some(Found {
                    chunk: self.chunks.get(*at)?,
                    score: scores.get(*at).copied()?,
                })
            })
            .collect();
        let best: Vec<usize> = order.into_iter().take(COVERED_BY).collect();
        let coverage = self.coverage(query, &best);
        Answer { found, coverage }
    }

    /// The share of the question's weight that stands in the best chunks. A word that the documentation does
    /// not know weighs as much as its rarest.
    fn coverage(&self, query: &Query, best: &[usize]) -> f32 {
        let rarest = self.index.rarest();
        let (mut all, mut covered) = (0.0, 0.0);
        for term in &query.typed {
            let weight = if self.index.knows(term) {
                self.index.rarity(term)
            } else {
                rarest
            };
            all += weight;
            if best.iter().any(|at| self.index.holds(*at, term)) {
                covered += weight;
            }
        }
        if all > 0.0 { covered / all } else { 0.0 }
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

    #[test]
    fn coverage_is_whole_when_every_word_stands_in_the_best_chunks() {
        let library = library();
        assert!((library.search("migration offline", 5).coverage - 1.0).abs() < 1e-6);
        assert!(library.search("migration quxly", 5).coverage < 0.6);
        assert!(library.search("", 5).coverage.abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn any_question_gives_an_order_without_holes(question in ".{0,200}", most in 0_usize..6) {
            let library = library();
            let answer = library.search(&question, most);
            prop_assert!(answer.found.len() <= most);
            prop_assert!(answer.found.is_sorted_by(|a, b| a.score >= b.score));
            prop_assert!((0.0..=1.0001).contains(&answer.coverage));
        }
    }
}
