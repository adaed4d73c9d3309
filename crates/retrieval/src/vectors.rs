//! Vectors of chunks, and which of them point where a question points.
//!
//! A row is kept as bytes with one factor: a hundred thousand rows of 384 numbers are 38 MB, and one scan of
//! them takes a few milliseconds. Who makes vectors, and with which model, is nobody's business here.

/// A question's vector is kept finer than the rows: sixteen bits.
const QUESTION_STEPS: f32 = 16_383.0;
const ROW_STEPS: f32 = 127.0;
/// The products of so many numbers stay within 32 bits: 127 · 16383 · 1024 < 2^31.
const BLOCK: usize = 1_024;

/// Why a vector cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    /// Vectors of two models were mixed, or a model was exchanged under its name.
    #[error(
        "a vector has {got} numbers where {expected} are expected: it is of another model, embed the documents again"
    )]
    WrongDimension { expected: usize, got: usize },
    /// Infinite, or not a number.
    #[error(
        "a vector holds something that is not a number: the model that made it does not work here"
    )]
    NotANumber,
    /// More than four thousand million.
    #[error("there are more chunks than can be numbered: use fewer sources")]
    TooMany,
}

/// Directions of chunks. A chunk has as many as it has pieces, or none yet; the nearest one counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    dimension: usize,
    rows: Vec<i8>,
    /// What a row's numbers are to be multiplied with.
    factors: Vec<f32>,
    /// The chunk that a row belongs to.
    owners: Vec<u32>,
}

impl Vectors {
    pub fn new(dimension: usize) -> Self {
        Self {
            dimension,
            rows: Vec::new(),
            factors: Vec::new(),
            owners: Vec::new(),
        }
    }

    /// Adds a vector of a chunk, of any length: only its direction counts. One that points nowhere (all
    /// zero, as of a text without a word that the model knows) is as good as none.
    pub fn add(&mut self, chunk: usize, vector: &[f32]) -> Result<(), VectorError> {
        let Some(length) = self.length_of(vector)? else {
            return Ok(());
        };
        let Ok(owner) = u32::try_from(chunk) else {
            return Err(VectorError::TooMany);
        };
        let largest = largest(vector);
        self.rows.extend(
            vector
                .iter()
                .map(|each| (each / largest * ROW_STEPS).round() as i8),
        );
        self.factors.push(largest / ROW_STEPS / length);
        self.owners.push(owner);
        Ok(())
    }

    /// Vectors of all chunks together.
    pub fn len(&self) -> usize {
        self.factors.len()
    }

    pub fn is_empty(&self) -> bool {
        self.factors.is_empty()
    }

    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// For each of `chunks` chunks the cosine of the angle to its nearest vector, from -1 to 1, and `None`
    /// where it has none. A question that points nowhere is near to nothing.
    pub fn cosines(
        &self,
        question: &[f32],
        chunks: usize,
    ) -> Result<Vec<Option<f32>>, VectorError> {
        let mut best: Vec<Option<f32>> = vec![None; chunks];
        let Some(length) = self.length_of(question)? else {
            return Ok(best);
        };
        let largest = largest(question);
        let steps: Vec<i16> = question
            .iter()
            .map(|each| (each / largest * QUESTION_STEPS).round() as i16)
            .collect();
        let scale = largest / QUESTION_STEPS / length;
        let rows = self.rows.chunks_exact(self.dimension.max(1));
        for (row, (factor, owner)) in rows.zip(self.factors.iter().zip(&self.owners)) {
            let cosine = (product(row, &steps) * factor * scale).clamp(-1.0, 1.0);
            if let Some(best) = best.get_mut(*owner as usize) {
                *best = Some(best.map_or(cosine, |before| before.max(cosine)));
            }
        }
        Ok(best)
    }

    /// `None` for a vector that points nowhere.
    fn length_of(&self, vector: &[f32]) -> Result<Option<f32>, VectorError> {
        if vector.len() != self.dimension {
            return Err(VectorError::WrongDimension {
                expected: self.dimension,
                got: vector.len(),
            });
        }
        if vector.iter().any(|each| !each.is_finite()) {
            return Err(VectorError::NotANumber);
        }
        let largest = largest(vector);
        if largest <= f32::MIN_POSITIVE {
            return Ok(None);
        }
        // Squares of very large or very small numbers leave the range of the type; of shares they do not.
        let sum: f32 = vector.iter().map(|each| (each / largest).powi(2)).sum();
        let length = sum.sqrt() * largest;
        Ok(length.is_finite().then_some(length))
    }
}

fn largest(vector: &[f32]) -> f32 {
    vector
        .iter()
        .fold(0.0, |most, each| f32::max(most, each.abs()))
}

/// The direction in the middle of several, such as of the wordings of one question. `None` when they
/// are none, or cancel each other out.
pub fn middle(vectors: &[Vec<f32>]) -> Option<Vec<f32>> {
    let mut sum = vec![0.0_f32; vectors.first()?.len()];
    for vector in vectors {
        let length = vector.iter().map(|each| each * each).sum::<f32>().sqrt();
        if vector.len() != sum.len() || !length.is_finite() {
            return None;
        }
        if length > 0.0 {
            for (sum, each) in sum.iter_mut().zip(vector) {
                *sum += each / length;
            }
        }
    }
    (largest(&sum) > 1e-6).then_some(sum)
}

/// The sum of the products. In whole numbers, because those the compiler adds up side by side.
fn product(row: &[i8], question: &[i16]) -> f32 {
    row.chunks(BLOCK)
        .zip(question.chunks(BLOCK))
        .map(|(row, question)| {
            row.iter()
                .zip(question)
                .map(|(a, b)| i32::from(i16::from(*a)) * i32::from(*b))
                .sum::<i32>() as f32
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exact(a: &[f32], b: &[f32]) -> f32 {
        let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn the_nearest_piece_of_a_chunk_counts() {
        let mut vectors = Vectors::new(2);
        let rows = [
            (0, [0.0, 1.0]),
            (2, [3.0, 0.0]),
            (0, [0.5, 0.0]),
            (3, [-1.0, 0.0]),
        ];
        for (chunk, row) in rows {
            vectors.add(chunk, &row).unwrap();
        }
        assert_eq!(
            vectors.cosines(&[10.0, 0.0], 4).unwrap(),
            [Some(1.0), None, Some(1.0), Some(-1.0)]
        );
    }

    #[test]
    fn what_points_nowhere_is_near_to_nothing() {
        let mut vectors = Vectors::new(2);
        vectors.add(0, &[0.0, 0.0]).unwrap();
        vectors.add(1, &[1.0, 0.0]).unwrap();
        assert_eq!(vectors.len(), 1);
        assert_eq!(vectors.cosines(&[1.0, 0.0], 2).unwrap(), [None, Some(1.0)]);
        assert_eq!(vectors.cosines(&[0.0, 0.0], 2).unwrap(), [None; 2]);
    }

    #[test]
    fn a_vector_of_another_model_is_refused_and_changes_nothing() {
        let mut vectors = Vectors::new(3);
        vectors.add(0, &[1.0, 0.0, 0.0]).unwrap();
        let before = vectors.clone();
        let wrong = VectorError::WrongDimension {
            expected: 3,
            got: 2,
        };
        assert_eq!(vectors.add(1, &[1.0, 0.0]), Err(wrong.clone()));
        assert_eq!(vectors.cosines(&[1.0, 0.0], 1), Err(wrong));
        for not in [f32::NAN, f32::INFINITY] {
            let refused = vectors.add(1, &[1.0, not, 0.0]);
            assert_eq!(refused, Err(VectorError::NotANumber));
        }
        assert_eq!(vectors, before);
    }

    #[test]
    fn the_middle_of_directions_does_not_ask_how_long_they_are() {
        let middle_of = |a: [f32; 2], b: [f32; 2]| middle(&[a.to_vec(), b.to_vec()]);
        assert_eq!(middle_of([5.0, 0.0], [0.0, 0.1]), Some(vec![1.0, 1.0]));
        assert_eq!(middle_of([5.0, 0.0], [0.0, 0.0]), Some(vec![1.0, 0.0]));
        assert_eq!(middle_of([5.0, 0.0], [-1.0, 0.0]), None);
        assert_eq!(middle(&[]), None);
        assert_eq!(middle(&[vec![1.0], vec![1.0, 2.0]]), None);
    }

    proptest! {
        #[test]
        fn bytes_are_fine_enough(
            row in proptest::collection::vec(-1.0_f32..1.0, 48),
            question in proptest::collection::vec(-1.0_f32..1.0, 48),
            scale in 1e-20_f32..1e20,
        ) {
            let mut vectors = Vectors::new(48);
            let scaled: Vec<f32> = row.iter().map(|each| each * scale).collect();
            vectors.add(0, &scaled).unwrap();
            let cosine = vectors.cosines(&question, 1).unwrap()[0].unwrap();
            prop_assert!((cosine - exact(&row, &question)).abs() < 0.01, "{cosine}");
        }
    }
}
