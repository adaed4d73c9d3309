//! What embedders that ask a server have in common: sizes, waits, and checks of what comes back.

use std::sync::OnceLock;
use std::time::Duration;

use super::MOST_CHARACTERS;
use crate::error::{Error, Result};

/// Texts in one request: enough to keep a graphics card busy, few enough to lose little.
pub(crate) const BATCH: usize = 32;
/// The vectors of a batch are some 3 MB as text with 4,096 numbers each.
pub(crate) const MOST_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// Bounds of every wait for a server that embeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// To connect.
    pub connect: Duration,
    /// From the request to the whole answer; the model may load in between.
    pub answer: Duration,
    /// Before each new attempt when the server has too much to do.
    pub busy: Vec<Duration>,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            answer: Duration::from_mins(10),
            busy: [500, 1_000, 2_000, 4_000, 8_000]
                .map(Duration::from_millis)
                .to_vec(),
        }
    }
}

/// Numbers in a vector, as the first answer had them.
#[derive(Debug, Default)]
pub(crate) struct Dimension(OnceLock<usize>);

impl Dimension {
    pub(crate) fn get(&self) -> Option<usize> {
        self.0.get().copied()
    }

    /// Checks what came back for `asked` texts.
    pub(crate) fn check(&self, model: &str, asked: usize, vectors: &[Vec<f32>]) -> Result<()> {
        let wrong = |detail: String| Error::NoVectors {
            model: model.to_owned(),
            detail,
        };
        if vectors.len() != asked {
            return Err(wrong(format!(
                "{} vectors for {asked} texts",
                vectors.len()
            )));
        }
        for vector in vectors {
            if vector.is_empty() {
                return Err(wrong("an empty vector".to_owned()));
            }
            if vector.iter().any(|number| !number.is_finite()) {
                return Err(wrong(
                    "a vector with something that is no number".to_owned(),
                ));
            }
            let expected = *self.0.get_or_init(|| vector.len());
            if vector.len() != expected {
                return Err(Error::WrongDimension {
                    model: model.to_owned(),
                    expected,
                    got: vector.len(),
                });
            }
        }
        Ok(())
    }
}

/// The beginning of a text. An empty text becomes a blank: servers refuse empty ones, and a vector
/// is expected for each.
pub(crate) fn shortened(text: &str, most: usize) -> &str {
    let most = most.min(MOST_CHARACTERS);
    let end = text
        .char_indices()
        .nth(most)
        .map_or(text.len(), |(at, _)| at);
    match text.get(..end) {
        Some(beginning) if !beginning.is_empty() => beginning,
        _ => " ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(shortened("grün", 3), "grü");
        assert_eq!(shortened("grün", 9), "grün");
        assert_eq!(shortened("", 9), " ");
        assert_eq!(shortened(&"ü".repeat(9_000), 9_000).chars().count(), 8_000);
    }

    #[test]
    fn what_comes_back_is_checked() {
        let dimension = Dimension::default();
        let no = |detail: &str| Error::NoVectors {
            model: "m".to_owned(),
            detail: detail.to_owned(),
        };
        assert_eq!(
            dimension.check("m", 2, &[vec![1.0]]),
            Err(no("1 vectors for 2 texts"))
        );
        assert_eq!(
            dimension.check("m", 1, &[vec![]]),
            Err(no("an empty vector"))
        );
        assert_eq!(
            dimension.check("m", 1, &[vec![f32::NAN]]),
            Err(no("a vector with something that is no number"))
        );
        assert_eq!(dimension.get(), None);
        assert_eq!(dimension.check("m", 1, &[vec![1.0, 2.0]]), Ok(()));
        assert_eq!(dimension.get(), Some(2));
        assert_eq!(
            dimension.check("m", 1, &[vec![1.0, 2.0, 3.0]]),
            Err(Error::WrongDimension {
                model: "m".to_owned(),
                expected: 2,
                got: 3
            })
        );
    }
}
