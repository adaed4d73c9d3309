//! A search whose vectors are kept elsewhere, by a database with an index over them: it tells the cosines of a
//! few chunks, and a sample of vectors in memory tells what a cosine is worth.
//!
//! Ranks are those of a library with all vectors but for what lies far behind: a chunk that is neither among
//! the best by words nor among the nearest counts as if it were in the middle.

use crate::{
    extract::{QUOTED_FROM, Reply},
    fuse::Spread,
    query::Query,
    rank::by_words,
    search::{Answer, Library},
    vectors::{VectorError, Vectors},
};

/// Chunks that are the best by words, of which the cosine has to be known.
const ASKED: usize = 200;

/// How near chunks are to a question, as far as somebody told.
#[derive(Clone, Debug)]
pub struct Told {
    spread: Spread,
    /// Chunks, by their places in the library, with their cosines.
    cosines: Vec<(usize, f32)>,
    /// Chunks that have no vector yet.
    without: Vec<usize>,
}

impl Told {
    /// `sample` holds vectors of some chunks, whichever they are, counted from 0 to `sampled`. Of the chunks in
    /// `asked` ([`Library::best_by_words`]) those that are not among `cosines` have no vector.
    pub fn new(
        sample: &Vectors,
        sampled: usize,
        question: &[f32],
        cosines: Vec<(usize, f32)>,
        asked: &[usize],
    ) -> Result<Self, VectorError> {
        let spread = Spread::of(&sample.cosines(question, sampled)?);
        let known: std::collections::HashSet<usize> = cosines.iter().map(|(at, _)| *at).collect();
        let without = asked.iter().filter(|at| !known.contains(at)).copied();
        Ok(Self {
            spread,
            without: without.collect(),
            cosines,
        })
    }

    fn nearness(&self, chunks: usize) -> Vec<Option<f32>> {
        let mut nearness = vec![Some(0.0); chunks];
        for at in &self.without {
            if let Some(nearness) = nearness.get_mut(*at) {
                *nearness = None;
            }
        }
        for (at, cosine) in &self.cosines {
            if let Some(nearness) = nearness.get_mut(*at) {
                *nearness = Some(self.spread.nearness(*cosine));
            }
        }
        nearness
    }
}

impl Library {
    /// The chunks that are the best by words, in no order: their cosines have to be told.
    pub fn best_by_words(&self, question: &str) -> Vec<usize> {
        let scores = by_words(self.index(), &self.understand(question));
        let mut hits: Vec<(usize, f32)> = scores
            .into_iter()
            .enumerate()
            .filter(|(_, score)| *score > 0.0)
            .collect();
        if hits.len() > ASKED {
            hits.select_nth_unstable_by(ASKED, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            hits.truncate(ASKED);
        }
        hits.into_iter().map(|(at, _)| at).collect()
    }

    /// As [`Self::search_near`], with what was told of the vectors.
    pub fn search_told(&self, question: &str, told: &Told, most: usize) -> Answer<'_> {
        self.find_told(&self.understand(question), told, most)
    }

    /// As [`Self::reply_near`], with what was told of the vectors.
    pub fn reply_told(&self, question: &str, told: &Told) -> Reply<'_> {
        let query = self.understand(question);
        let answer = self.find_told(&query, told, QUOTED_FROM);
        self.reply_from(&query, &answer)
    }

    fn find_told(&self, query: &Query, told: &Told, most: usize) -> Answer<'_> {
        self.find_fused(query, &told.nearness(self.chunks().len()), most)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Chunk, Kind, Location};

    const CHUNKS: usize = 400;
    /// One of a hundred words; each stands in fewer chunks than are asked for.
    fn word(number: usize) -> String {
        format!("word{}", (b'a' + (number % 100 / 10) as u8) as char) + &"x".repeat(number % 10)
    }

    /// Numbers that look random and are the same each time.
    fn number(seed: usize) -> usize {
        let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33) as usize
    }

    fn vector(seed: usize) -> Vec<f32> {
        let around = number(seed) % 20;
        (0..8)
            .map(|at| {
                let middle = number(around * 8 + at) % 1_000;
                let away = number(seed * 64 + at) % 500;
                (middle + away) as f32 / 1_000.0 - 0.7
            })
            .collect()
    }

    fn chunks() -> Vec<Chunk> {
        (0..CHUNKS)
            .map(|at| {
                let words: Vec<String> = (0..9).map(|each| word(number(at * 31 + each))).collect();
                Chunk {
                    at: Location {
                        page: format!("page-{}", at / 10),
                        anchor: None,
                    },
                    kind: Kind::Section,
                    path: vec![format!("Part {at}")],
                    text: format!("{} mark{at}", words.join(" ")),
                    also: Vec::new(),
                }
            })
            .collect()
    }

    /// With the vectors of all chunks but every seventh.
    fn vectors() -> Vectors {
        let mut vectors = Vectors::new(8);
        for at in (0..CHUNKS).filter(|at| at % 7 > 0) {
            vectors.add(at, &vector(at)).unwrap();
        }
        vectors
    }

    /// What a database would tell: the 200 nearest, and those that are asked for.
    fn told(library: &Library, question: &str, to: &[f32]) -> Told {
        let asked = library.best_by_words(question);
        let cosines = vectors().cosines(to, CHUNKS).unwrap();
        let mut known: Vec<(usize, f32)> = (0..CHUNKS)
            .filter_map(|at| Some((at, cosines[at]?)))
            .collect();
        known.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let rank: Vec<usize> = known.iter().map(|(at, _)| *at).collect();
        known.retain(|(at, _)| rank[..200].contains(at) || asked.contains(at));
        Told::new(&vectors(), CHUNKS, to, known, &asked).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_told_gives_the_ranks_of_all_vectors(
            words in proptest::collection::vec(0_usize..100, 1..5),
            seed in 0_usize..10_000,
        ) {
            let words: Vec<String> = words.into_iter().map(word).collect();
            let (question, to) = (words.join(" "), vector(seed));
            let places = |answer: &Answer<'_>| -> Vec<String> {
                answer.found.iter().map(|one| one.chunk.title().to_owned()).collect()
            };
            let alone = Library::new(chunks());
            let by_told = alone.search_told(&question, &told(&alone, &question, &to), 10);
            let all = Library::new(chunks()).with_vectors(vectors());
            let by_all = all.search_near(&question, Some(&to), 10).unwrap();
            prop_assert_eq!(places(&by_told), places(&by_all));
        }
    }

    #[test]
    fn a_vector_of_another_model_is_refused() {
        let wrong = Told::new(&vectors(), CHUNKS, &[1.0], Vec::new(), &[]);
        let (expected, got) = (8, 1);
        assert_eq!(
            wrong.unwrap_err(),
            VectorError::WrongDimension { expected, got }
        );
    }
}
