//! Why something cannot be measured.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("{} holds no page: a file whose name ends in .html was looked for", path.display())]
    NoPages { path: PathBuf },
    #[error("{}: {bytes} bytes are more than the {most} that a page may have", path.display())]
    TooLarge {
        path: PathBuf,
        bytes: u64,
        most: u64,
    },
    #[error("line {line}: {reason}")]
    Row { line: usize, reason: String },
    #[error("there is no question in it: one JSON object a line was looked for")]
    NoQuestions,
    /// The model of the vectors.
    #[error(transparent)]
    Embedder(#[from] llm::Error),
    #[error(transparent)]
    Vectors(#[from] retrieval::VectorError),
}
