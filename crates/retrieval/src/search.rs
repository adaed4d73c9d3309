//! A question against an index: the best chunks, and whether any of them answers it.

use crate::{
    chunk::Chunk,
    doubt::{JUDGED_BY, LEAST_CONFIDENCE, Release, Signs, USUAL_NEARNESS, newest_release},
    fold::fold,
    fuse,
    index::{Index, Weights},
    manuals::Manuals,
    pasted::message,
    query::{Language, MOST_CHARACTERS, Query},
    rank::{Ranked, best, by_words},
    spelling::mended,
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
    vectors: Option<Vectors>,
    manuals: Manuals,
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
        let manuals = Manuals::of(&chunks);
        Self {
            chunks,
            index,
            vectors: None,
            manuals,
            language: Language::default(),
            newest,
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

    pub fn language(&self) -> &Language {
        &self.language
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The `most` best chunks by keywords. Equal scores stand in the order of the documentation.
    pub fn search(&self, question: &str, most: usize) -> Answer<'_> {
        self.find(&self.understand(question), most)
    }

    /// The `most` best chunks by keywords and, where there are vectors, by nearness to the question's. An
    /// error says that the vector is of another model than those of the chunks.
    pub fn search_near(
        &self,
        question: &str,
        vector: Option<&[f32]>,
        most: usize,
    ) -> Result<Answer<'_>, VectorError> {
        self.find_near(&self.understand(question), vector, most)
    }

    /// The wordings of a question for a model that embeds texts; the middle of their directions
    /// ([`crate::middle`]) is nearer to the answer than either.
    pub fn wordings(&self, question: &str) -> Vec<String> {
        match message(question) {
            Some(said) => self.language.wordings(&said),
            None => self.language.wordings(question),
        }
    }

    /// The question with its slips mended and with the glossary's words for it.
    pub fn understand(&self, question: &str) -> Query {
        let question: String = question.chars().take(MOST_CHARACTERS).collect();
        let pasted = message(&question);
        let question = pasted.as_deref().unwrap_or(&question);
        let question = mended(question, &self.index, &self.language);
        let mut query = self.language.understand(&question);
        query.is_report |= pasted.is_some();
        self.manuals.note(&mut query);
        query
    }

    /// As [`Self::search`], for a question that is understood already.
    pub fn find(&self, query: &Query, most: usize) -> Answer<'_> {
        let words = by_words(&self.index, query);
        let ranked = self.rank(query, &words, most);
        let strongest = ranked.first().map_or(0.0, |one| one.score);
        self.answer(query, &ranked, strongest, USUAL_NEARNESS, most)
    }

    /// As [`Self::search_near`], for a question that is understood already.
    pub fn find_near(
        &self,
        query: &Query,
        vector: Option<&[f32]>,
        most: usize,
    ) -> Result<Answer<'_>, VectorError> {
        let (Some(vectors), Some(vector)) = (&self.vectors, vector) else {
            return Ok(self.find(query, most));
        };
        let nearness = fuse::nearness(&vectors.cosines(vector, self.chunks.len())?);
        Ok(self.find_fused(query, &nearness, most))
    }

    /// By words and by how near each chunk is; nothing for one of which that is not known.
    pub(crate) fn find_fused(
        &self,
        query: &Query,
        nearness: &[Option<f32>],
        most: usize,
    ) -> Answer<'_> {
        let mut scores = by_words(&self.index, query);
        let strongest = self.rank(query, &scores, 1);
        let strongest = strongest.first().map_or(0.0, |one| one.score);
        if nearness.iter().any(Option::is_some) {
            fuse::fuse(&mut scores, nearness, fuse::NEARNESS);
        }
        let ranked = self.rank(query, &scores, most);
        let nearest = ranked
            .first()
            .and_then(|one| nearness.get(one.at).copied().flatten())
            .unwrap_or(USUAL_NEARNESS);
        self.answer(query, &ranked, strongest, nearest, most)
    }

    /// The order of all chunks by their scores: of words alone, or of words and vectors together.
    fn rank(&self, query: &Query, scores: &[f32], most: usize) -> Vec<Ranked> {
        best(
            scores,
            &self.index,
            &self.chunks,
            &self.manuals,
            query,
            most.max(JUDGED_BY),
        )
    }

    /// What an order comes to. `strongest` is the score of the best chunk by words alone: whether there is an
    /// answer is told by words, however the chunks were ordered.
    fn answer(
        &self,
        query: &Query,
        ranked: &[Ranked],
        strongest: f32,
        nearness: f32,
        most: usize,
    ) -> Answer<'_> {
        let found = ranked
            .iter()
            .take(most)
            .filter_map(|one| {
                Some(Found {
                    chunk: self.chunks.get(one.at)?,
                    score: one.score,
                })
            })
            .collect();
        let judged: Vec<usize> = ranked.iter().take(JUDGED_BY).map(|one| one.at).collect();
        let newest = self.newest;
        let signs = Signs::read(
            query,
            &self.index,
            &self.chunks,
            &judged,
            strongest,
            nearness,
            newest,
        );
        Answer {
            found,
            coverage: 1.0 - signs.share_missing,
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
