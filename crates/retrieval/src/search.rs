//! A question against an index: the best chunks, and whether any of them answers it.

use crate::{
    chunk::Chunk,
    fold::fold,
    index::{Index, Weights},
    query::Query,
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
}

/// Coverage is looked for in this many chunks: a question may be answered by two sections.
const COVERED_BY: usize = 3;

impl Library {
    /// Folds what is there several times and indexes the rest.
    pub fn new(chunks: Vec<Chunk>) -> Self {
        let chunks = fold(chunks);
        let index = Index::build(&chunks, Weights::default());
        Self { chunks, index }
    }

    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The `most` best chunks. Equal scores stand in the order of the documentation.
    pub fn search(&self, question: &str, most: usize) -> Answer<'_> {
        let query = Query::parse(question);
        let mut scores = vec![0.0; self.index.len()];
        for (term, weight) in query.terms() {
            self.index.score(term, weight, &mut scores);
        }
        let mut order: Vec<usize> = (0..scores.len())
            .filter(|at| scores.get(*at).is_some_and(|score| *score > 0.0))
            .collect();
        let score = |at: usize| scores.get(at).copied().unwrap_or_default();
        order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
        order.truncate(most);
        let found: Vec<Found<'_>> = order
            .iter()
            .filter_map(|at| {
                Some(Found {
                    chunk: self.chunks.get(*at)?,
                    score: score(*at),
                })
            })
            .collect();
        let best: Vec<usize> = order.into_iter().take(COVERED_BY).collect();
        let coverage = self.coverage(&query, &best);
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
