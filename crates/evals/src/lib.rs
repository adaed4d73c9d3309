//! Measuring the product with sets of questions whose right answers are known.
//!
//! The figures are computed from what the product answered; what is right is not shown to it.

mod error;
mod knowledge;
mod product;
mod questions;
mod scoring;

pub use assistant::AnsweredBy;
pub use error::Error;
pub use knowledge::{Answered, Answers, Citation, Desk, Found, Ranked, Report, Row, Told, measure};
pub use product::Product;
pub use questions::{Gold, Question, read_questions, sample};
pub use scoring::{Figures, is_hit, score};
