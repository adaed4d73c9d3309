//! The inverted index and its ranks: BM25F, that is BM25 over several weighted fields.
//!
//! Source: Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields" (2004). A field's
//! frequency is normalised by the field's length before the fields are added, and saturates once.

use std::collections::HashMap;

use crate::{
    chunk::{Chunk, Kind},
    words::Words,
};

/// Where in a chunk a term stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Title,
    Path,
    Body,
}

const FIELDS: usize = 3;

/// How much a field counts, and how much its length is held against it.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    pub title: f32,
    pub path: f32,
    pub body: f32,
    /// `b` of each field, in the same order.
    pub b: [f32; FIELDS],
    pub k1: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            title: 3.0,
            path: 1.0,
            body: 1.0,
            b: [0.6, 0.4, 0.7],
            k1: 1.4,
        }
    }
}

/// How often a term stands in each field of one chunk. Counts saturate: nobody says a word 255 times.
#[derive(Clone, Copy, Debug)]
struct Posting {
    chunk: u32,
    counts: [u8; FIELDS],
}

/// Terms of many chunks. Built once, then only read.
#[derive(Debug, Default)]
pub struct Index {
    ids: HashMap<Box<str>, u32>,
    /// Postings of each term, by its id.
    postings: Vec<Vec<Posting>>,
    /// Terms per field of each chunk.
    lengths: Vec<[u16; FIELDS]>,
    average: [f32; FIELDS],
    weights: Weights,
}

impl Index {
    pub fn build(chunks: &[Chunk], weights: Weights) -> Self {
        let words = Words::default();
        let mut index = Self {
            weights,
            ..Self::default()
        };
        for (at, chunk) in chunks.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            index.add(&words, at, chunk);
        }
        for postings in &mut index.postings {
            postings.shrink_to_fit();
        }
        let many = chunks.len().max(1) as f32;
        for field in 0..FIELDS {
            let sum: f32 = index
                .lengths
                .iter()
                .filter_map(|lengths| lengths.get(field))
                .map(|length| f32::from(*length))
                .sum();
            if let Some(average) = index.average.get_mut(field) {
                *average = (sum / many).max(1.0);
            }
        }
        index
    }

    fn add(&mut self, words: &Words, at: u32, chunk: &Chunk) {
        let mut counts: HashMap<u32, [u8; FIELDS]> = HashMap::new();
        let mut lengths = [0_u16; FIELDS];
        let mut count = |text: &str, field: Field| {
            words.each(text, &mut |term| {
                let id = self.id(term);
                let at = field as usize;
                if let Some(length) = lengths.get_mut(at) {
                    *length = length.saturating_add(1);
                }
                if let Some(count) = counts.entry(id).or_default().get_mut(at) {
                    *count = count.saturating_add(1);
                }
            });
        };
        count(chunk.title(), Field::Title);
        // The page's own title stands over everything on it, and `qm(1)` says what a chunk is about.
        let above = chunk.path.len().saturating_sub(1);
        for title in chunk.path.iter().take(above) {
            count(title, Field::Path);
        }
        if chunk.kind == Kind::Option || chunk.kind == Kind::Command {
            count(page_words(&chunk.at.page), Field::Path);
        }
        count(&chunk.text, Field::Body);
        for (id, counts) in counts {
            if let Some(postings) = self.postings.get_mut(id as usize) {
                postings.push(Posting { chunk: at, counts });
            }
        }
        self.lengths.push(lengths);
    }

    fn id(&mut self, term: String) -> u32 {
        if let Some(id) = self.ids.get(term.as_str()) {
            return *id;
        }
        let id = u32::try_from(self.postings.len()).unwrap_or(u32::MAX);
        self.ids.insert(term.into_boxed_str(), id);
        self.postings.push(Vec::new());
        id
    }

    fn postings(&self, term: &str) -> Option<&Vec<Posting>> {
        self.postings.get(*self.ids.get(term)? as usize)
    }

    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// How rare a term is: `ln(1 + (N - n + 0.5) / (n + 0.5))`, and 0 for a term that no chunk holds.
    pub fn rarity(&self, term: &str) -> f32 {
        let Some(postings) = self.postings(term) else {
            return 0.0;
        };
        let (all, with) = (self.len() as f32, postings.len() as f32);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    /// The rarity of a term that one chunk holds.
    pub fn rarest(&self) -> f32 {
        let all = self.len() as f32;
        (1.0 + (all - 0.5) / 1.5).ln()
    }

    /// Whether a chunk holds a term.
    pub fn holds(&self, chunk: usize, term: &str) -> bool {
        self.postings(term).is_some_and(|postings| {
            postings
                .binary_search_by_key(&chunk, |posting| posting.chunk as usize)
                .is_ok()
        })
    }

    /// How many chunks hold a term.
    pub(crate) fn holders(&self, term: &str) -> usize {
        self.postings(term).map_or(0, Vec::len)
    }

    pub fn knows(&self, term: &str) -> bool {
        self.ids.contains_key(term)
    }

    /// Adds the score of one weighted term to each chunk that holds it; `scores` is as long as the index.
    pub fn score(&self, term: &str, weight: f32, scores: &mut [f32]) {
        let Some(postings) = self.postings(term) else {
            return;
        };
        let gain = weight * self.rarity(term);
        let field_weights = [self.weights.title, self.weights.path, self.weights.body];
        for posting in postings {
            let Some(lengths) = self.lengths.get(posting.chunk as usize) else {
                continue;
            };
            let mut frequency = 0.0;
            for (((count, length), average), (field, b)) in posting
                .counts
                .iter()
                .zip(lengths)
                .zip(&self.average)
                .zip(field_weights.iter().zip(&self.weights.b))
            {
                if *count > 0 {
                    let norm = 1.0 - b + b * f32::from(*length) / average;
                    frequency += field * f32::from(*count) / norm;
                }
            }
            if let Some(score) = scores.get_mut(posting.chunk as usize) {
                *score += gain * frequency / (self.weights.k1 + frequency);
            }
        }
    }
}

/// `qm.conf.5.html` without its ending: an option belongs to the file that it stands in. What stands behind
/// a unit separator tells pages of one name apart.
fn page_words(page: &str) -> &str {
    let page = page.split('\u{1f}').next().unwrap_or(page);
    page.strip_suffix(".html").unwrap_or(page)
}
