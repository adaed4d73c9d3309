//! Why something cannot be measured.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the folder {} cannot be read", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("there is no place for a store that is thrown away afterwards")]
    Place(#[source] std::io::Error),
    #[error("line {line}: {reason}")]
    Row { line: usize, reason: String },
    #[error("there is no question in it: one JSON object a line was looked for")]
    NoQuestions,
    /// What an operation of the product said, hint and all.
    #[error("{}", .0.sentence())]
    Product(ops::Error),
    /// The model of the answers.
    #[error("the answers cannot be written")]
    Model(#[from] llm::Error),
    #[error("{embedder} makes no vectors of the pages: {reason}")]
    Embedder { embedder: String, reason: String },
    #[error("`{op}` answered in a shape that is not known here")]
    Shape {
        op: &'static str,
        #[source]
        cause: serde_json::Error,
    },
}

impl From<ops::Error> for Error {
    fn from(error: ops::Error) -> Self {
        Self::Product(error)
    }
}
