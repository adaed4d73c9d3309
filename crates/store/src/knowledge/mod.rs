//! Knowledge as rows: sources, the pages that were read there, the chunks that are searched, and the
//! vectors of each text for each embedding model.
//!
//! What a chunk is and how it is ranked is the business of others: here it is text under a number. Two
//! counters tell a process that what it holds in memory has grown old, whichever process wrote.

mod chunks;
mod near;
mod sources;
mod vectors;

use jiff::Timestamp;

pub use near::VectorIndex;
pub use vectors::{TextVectors, Unembedded};

use crate::{
    Store,
    db::{Tx, query},
    error::{Doing as _, Result},
};

/// Where knowledge comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    pub id: String,
    pub kind: String,
    pub name: String,
    /// An address or a folder.
    pub place: String,
    pub product: String,
    pub version: Option<String>,
    /// When it is read again by itself.
    pub refresh: Option<String>,
    /// `new`, `working`, `ready` or `failed`; the slice gives the words their meaning.
    pub state: String,
    pub error: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub tried_at: Option<Timestamp>,
    pub refreshed_at: Option<Timestamp>,
}

/// A source and how much of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceWithCounts {
    pub source: SourceRow,
    pub pages: u64,
    pub chunks: u64,
}

/// A page as it was read; by its hash a page that did not change is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRow {
    pub source: String,
    pub page: String,
    pub hash: String,
    pub title: String,
    pub bytes: i64,
    pub fetched_at: Timestamp,
}

/// A piece of a page, before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChunk {
    pub anchor: Option<String>,
    pub kind: String,
    /// The titles above it, the outermost first.
    pub path: Vec<String>,
    pub text: String,
    /// Equal for equal texts: by it vectors are found.
    pub digest: String,
}

/// A piece of a page. A page that is read again gets new chunks with new, higher numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkRow {
    pub id: i64,
    pub source: String,
    pub page: String,
    /// Counts from 0 on each page.
    pub ordinal: i64,
    pub anchor: Option<String>,
    pub kind: String,
    pub path: Vec<String>,
    pub text: String,
    pub digest: String,
}

/// The stored knowledge.
#[derive(Clone, Debug)]
pub struct Knowledge {
    store: Store,
}

/// What a counter counts.
#[derive(Clone, Copy, Debug)]
enum Revision {
    Chunks,
    Vectors,
}

impl Revision {
    fn as_str(self) -> &'static str {
        match self {
            Self::Chunks => "chunks",
            Self::Vectors => "vectors",
        }
    }
}

impl Knowledge {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Rises with each change of sources, pages and chunks, in whichever process.
    pub async fn revision(&self) -> Result<i64> {
        self.read_revision(Revision::Chunks).await
    }

    /// Rises with each change of vectors, in whichever process.
    pub async fn vectors_revision(&self) -> Result<i64> {
        self.read_revision(Revision::Vectors).await
    }

    async fn read_revision(&self, which: Revision) -> Result<i64> {
        query("SELECT revision FROM knowledge_revisions WHERE name = $1")
            .bind(which.as_str())
            .one(self.store.reader())
            .await
            .doing("read the revision of the knowledge")
    }
}

async fn raise(tx: &mut Tx, which: Revision) -> Result<()> {
    query("UPDATE knowledge_revisions SET revision = revision + 1 WHERE name = $1")
        .bind(which.as_str())
        .execute(&mut *tx)
        .await
        .doing("raise the revision of the knowledge")
        .map(drop)
}
