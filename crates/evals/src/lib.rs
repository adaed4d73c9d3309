//! Measuring the product with sets of questions whose right answers are known.
//!
//! The figures are computed from what the product answered; what is right is not shown to it.

mod documents;
mod error;
mod knowledge;
mod questions;
mod scoring;

pub use documents::Documents;
pub use error::Error;
pub use knowledge::{Answers, Asked, Citation, Desk, Ranked, Report, measure};
pub use questions::{Gold, Question, read_questions};
pub use scoring::{Figures, is_hit, score};
