//! The whole store as one file, and back: also from one engine to the other.
//!
//! The file is lines of JSON: a header, then for each table a line with its columns and a line for each
//! row, then an end that counts the rows and carries the SHA-256 of all lines before. Which tables there
//! are says the database, so that a new one is not forgotten. Secrets stay sealed: without the key that
//! they were stored with the file opens none of them.

mod export;
mod import;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Grows when a file can no longer be read by the version before.
const FORMAT: u32 = 1;
/// Rows that are read or written in one go.
const BATCH: usize = 200;

/// What went into a file, or came out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moved {
    pub rows: u64,
    /// Rows of each table, in the order of the file.
    pub tables: Vec<(String, u64)>,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// Says what the file is, and its version.
    #[serde(rename = "proxmox-ai store")]
    format: u32,
    /// The schema that the rows are of.
    schema: i64,
    written_at: String,
}

/// A line that is no row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Table {
        name: String,
        /// Name and kind.
        columns: Vec<(String, String)>,
    },
    End {
        rows: u64,
        sha256: String,
    },
}

/// Why a file cannot be imported.
fn refused(path: &std::path::Path, why: impl Into<String>) -> Error {
    Error::Import {
        path: PathBuf::from(path),
        why: why.into(),
    }
}
