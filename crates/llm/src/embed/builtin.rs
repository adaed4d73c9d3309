//! The table that ships inside the program: one vector for each piece of a word, and a text points where
//! their sum points. How it was made, and what it is good for, stands in `models/` and in ADR 12.
//!
//! It knows no order and no grammar. It is there so that a search knows what lies near in this field
//! without a model server, within microseconds.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::word_pieces::WordPieces;
use super::{Embedder, shortened};
use crate::error::{Error, Result};

/// 4 MB; `models/distill.py` writes it.
static TABLE: &[u8] = include_bytes!("../../../../models/builtin-1.bin");
/// Under this its vectors are stored. Another table needs another name.
const ID: &str = "builtin/1";
const MAGIC: &[u8] = b"PXVEC1\0\0";
/// More than this makes the direction of a text no clearer.
const MOST_TOKENS: usize = 512;

/// The embedder that is always there.
#[derive(Debug, Clone)]
pub struct Builtin(Arc<Table>);

#[derive(Debug)]
struct Table {
    words: WordPieces,
    dimension: usize,
    /// What a token's numbers are to be multiplied with: rare words weigh more.
    factors: Vec<f32>,
    rows: &'static [u8],
}

impl Builtin {
    /// Reads the names of the tokens: some milliseconds, and 3 MB of memory.
    pub fn load() -> Result<Self> {
        let table = Table::read(TABLE).map_err(|detail| Error::ModelFiles {
            folder: ID.to_owned(),
            detail: detail.to_owned(),
        })?;
        Ok(Self(Arc::new(table)))
    }

    /// The direction of a text; all zero when it holds no word that the table knows.
    pub fn vector(&self, text: &str) -> Vec<f32> {
        self.0.vector(text)
    }
}

/// Reads from the beginning of what is left.
struct Reader(&'static [u8]);

impl Reader {
    fn take(&mut self, many: usize) -> Result<&'static [u8], &'static str> {
        let (taken, rest) = self
            .0
            .split_at_checked(many)
            .ok_or("the table is shorter than it says")?;
        self.0 = rest;
        Ok(taken)
    }

    fn four(&mut self) -> Result<[u8; 4], &'static str> {
        let taken = self.take(4)?;
        taken.try_into().map_err(|_| "four bytes are not four")
    }

    fn letters(&mut self) -> Result<String, &'static str> {
        let length = self.take(1)?.first().copied().unwrap_or_default();
        let letters = self.take(usize::from(length))?;
        String::from_utf8(letters.to_vec()).map_err(|_| "a token is no text")
    }
}

impl Table {
    fn read(bytes: &'static [u8]) -> Result<Self, &'static str> {
        let mut reader = Reader(bytes);
        if reader.take(MAGIC.len())? != MAGIC {
            return Err("it is no table of vectors");
        }
        let many = u32::from_le_bytes(reader.four()?);
        let dimension = u32::from_le_bytes(reader.four()?) as usize;
        let mut ids = HashMap::with_capacity(many as usize);
        let mut factors = Vec::with_capacity(many as usize);
        for id in 0..many {
            ids.insert(reader.letters()?, id);
            factors.push(f32::from_le_bytes(reader.four()?));
        }
        let rows = reader.take(many as usize * dimension)?;
        let words = WordPieces::new(ids).map_err(|_| "the marks of a text are missing")?;
        Ok(Self {
            words,
            dimension,
            factors,
            rows,
        })
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0_f32; self.dimension];
        for token in self.words.known(text, MOST_TOKENS) {
            let from = token as usize * self.dimension;
            let row = self.rows.get(from..from + self.dimension);
            let (Some(row), Some(factor)) = (row, self.factors.get(token as usize)) else {
                continue;
            };
            for (sum, step) in sum.iter_mut().zip(row) {
                *sum += factor * f32::from(step.cast_signed());
            }
        }
        let length = sum.iter().map(|each| each * each).sum::<f32>().sqrt();
        if length > 0.0 {
            for each in &mut sum {
                *each /= length;
            }
        }
        sum
    }
}

#[async_trait]
impl Embedder for Builtin {
    fn id(&self) -> &str {
        ID
    }

    fn dimension(&self) -> Option<usize> {
        Some(self.0.dimension)
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        // A text takes microseconds, so a question is not worth another thread; many texts are.
        if let [text] = texts {
            return Ok(vec![self.vector(shortened(text, super::MOST_CHARACTERS))]);
        }
        let (table, texts) = (Arc::clone(&self.0), texts.to_vec());
        let computing = tokio::task::spawn_blocking(move || {
            let short = |text: &String| shortened(text, super::MOST_CHARACTERS).to_owned();
            texts
                .iter()
                .map(|text| table.vector(&short(text)))
                .collect()
        });
        computing.await.map_err(|error| Error::NoVectors {
            model: ID.to_owned(),
            detail: error.to_string(),
        })
    }

    async fn embed_questions(&self, questions: &[String]) -> Result<Vec<Vec<f32>>> {
        let vectors = questions
            .iter()
            .map(|text| self.vector(shortened(text, super::MOST_CHARACTERS)));
        Ok(vectors.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: &str, b: &str) -> f32 {
        let builtin = Builtin::load().unwrap();
        let (a, b) = (builtin.vector(a), builtin.vector(b));
        a.iter().zip(&b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn what_means_the_same_here_is_nearer_than_what_does_not() {
        let asked = "move a running guest to another node";
        assert!(near(asked, "live migration") > near(asked, "backup retention") + 0.1);
        let asked = "how long are backups kept";
        assert!(near(asked, "prune and retention") > near(asked, "console keyboard layout") + 0.1);
        assert!((near(asked, asked) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_text_without_a_known_word_points_nowhere() {
        let builtin = Builtin::load().unwrap();
        assert_eq!(builtin.vector(""), vec![0.0; 128]);
        assert_eq!((builtin.id(), builtin.dimension()), (ID, Some(128)));
    }

    #[test]
    fn a_table_that_was_cut_off_is_refused() {
        let read = |bytes: &'static [u8]| Table::read(bytes).err();
        assert_eq!(read(b"PX"), Some("the table is shorter than it says"));
        assert_eq!(read(b"somethingelse"), Some("it is no table of vectors"));
        let half = TABLE.get(..TABLE.len() - 1).unwrap();
        assert_eq!(read(half), Some("the table is shorter than it says"));
    }

    #[test]
    fn the_table_is_as_small_as_it_was_promised_to_be() {
        assert!(TABLE.len() < 8_000_000, "{}", TABLE.len());
    }
}
