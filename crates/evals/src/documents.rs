//! A folder of pages, read and indexed in memory: the retrieval under test without a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use llm::embed::Embedder;
use retrieval::{Chunk, Library, Reply, Vectors, middle, pieces};

use crate::{
    Error,
    knowledge::{Answers, Asked, Citation, Desk, Ranked},
};

/// A page of a documentation has some megabytes at most.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The pages of a folder.
pub struct Documents {
    library: Library,
    embedder: Option<Arc<dyn Embedder>>,
}

impl Documents {
    /// Reads every `*.html` of the folder itself, in the order of their names. Bytes that are no UTF-8 are
    /// replaced, as browsers do.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut chunks = Vec::new();
        for path in pages(folder)? {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let text = text(&path)?;
            chunks.extend(retrieval::html::chunks(&name, &text));
        }
        Ok(Self {
            library: Library::new(chunks),
            embedder: None,
        })
    }

    /// The same with vectors of all passages; from now on questions are embedded as well.
    pub async fn embedded(self, embedder: Arc<dyn Embedder>) -> Result<Self, Error> {
        let of_chunks: Vec<Vec<String>> = self.library.chunks().iter().map(pieces).collect();
        let texts: Vec<String> = of_chunks.iter().flatten().cloned().collect();
        let owners = of_chunks
            .iter()
            .enumerate()
            .flat_map(|(at, pieces)| std::iter::repeat_n(at, pieces.len()));
        let made = embedder.embed(&texts).await?;
        let mut vectors = Vectors::new(made.first().map_or(0, Vec::len));
        for (owner, vector) in owners.zip(&made) {
            vectors.add(owner, vector)?;
        }
        Ok(Self {
            library: self.library.with_vectors(vectors),
            embedder: Some(embedder),
        })
    }

    async fn vector(&self, question: &str) -> Result<Option<Vec<f32>>, Error> {
        let Some(embedder) = &self.embedder else {
            return Ok(None);
        };
        let wordings = self.library.wordings(question);
        Ok(middle(&embedder.embed_questions(&wordings).await?))
    }

    pub fn library(&self) -> &Library {
        &self.library
    }
}

fn pages(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |cause| Error::Read {
        path: folder.to_owned(),
        cause,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|end| end == "html") && path.is_file() {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(Error::NoPages {
            path: folder.to_owned(),
        });
    }
    paths.sort();
    Ok(paths)
}

fn text(path: &Path) -> Result<String, Error> {
    let failed = |cause| Error::Read {
        path: path.to_owned(),
        cause,
    };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > MOST_BYTES {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            bytes,
            most: MOST_BYTES,
        });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

#[async_trait]
impl Desk for Documents {
    fn chunks(&self) -> usize {
        self.library.chunks().len()
    }

    async fn ask(&self, question: &str, most: usize, answers: Answers) -> Result<Asked, Error> {
        let vector = self.vector(question).await?;
        let vector = vector.as_deref();
        let answer = self.library.search_near(question, vector, most)?;
        let reply = match answers {
            Answers::None => None,
            Answers::Extract => Some(self.library.reply_near(question, vector)?),
        };
        Ok(Asked {
            ranked: answer
                .found
                .iter()
                .map(|found| ranked(found.chunk, found.score))
                .collect(),
            abstained: answer.abstained() || reply.as_ref().is_some_and(|reply| reply.abstained),
            reply: reply.map(written),
        })
    }
}

fn written(reply: Reply<'_>) -> (String, Vec<Citation>) {
    let citations = reply
        .citations
        .iter()
        .map(|cited| Citation {
            html: cited.chunk.at.link(),
            quote: cited.quote.to_owned(),
        })
        .collect();
    (reply.text, citations)
}

fn ranked(chunk: &Chunk, score: f32) -> Ranked {
    Ranked {
        file: chunk.at.page.clone(),
        html: chunk.at.link(),
        section: chunk.section(),
        score,
    }
}
