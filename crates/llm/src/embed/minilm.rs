//! `all-MiniLM-L6-v2`, or a model of the same build, computed in this process: BERT, the mean of its
//! outputs, length 1. The folder is the user's; nothing is downloaded.

mod bert;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use sha2::{Digest, Sha256};

use super::Embedder;
use super::word_pieces::WordPieces;
use crate::error::{Error, Result};
use bert::Bert;

/// The model was trained with texts of 128 tokens and is said to be good for 256.
const MOST_TOKENS: usize = 256;
/// The weights of such a model are 91 MB; a file larger than this is another model.
const MOST_BYTES: u64 = 1_500_000_000;

/// Texts that are computed beside each other: a machine with more processors has other work to do.
const AT_ONCE: usize = 2;

/// A model of sentences from a folder.
#[derive(Debug)]
pub struct MiniLm {
    id: String,
    folder: String,
    model: Arc<Model>,
}

#[derive(Debug)]
struct Model {
    words: WordPieces,
    bert: Bert,
}

impl MiniLm {
    /// Reads `model.safetensors`, `tokenizer.json` and `config.json` of `folder`: some 0.3 s and
    /// 100 MB of memory.
    pub async fn load(folder: PathBuf) -> Result<Self> {
        let shown = folder.display().to_string();
        let reading = tokio::task::spawn_blocking(move || read(&folder));
        let (id, model) = reading
            .await
            .map_err(|error| error.to_string())
            .and_then(|read| read)
            .map_err(|detail| Error::ModelFiles {
                folder: shown.clone(),
                detail,
            })?;
        Ok(Self {
            id,
            folder: shown,
            model: Arc::new(model),
        })
    }
}

fn read(folder: &Path) -> Result<(String, Model), String> {
    let file = |name: &str| {
        let path = folder.join(name);
        let told = |error: std::io::Error| format!("{name}: {error}");
        let length = fs::metadata(&path).map_err(told)?.len();
        if length > MOST_BYTES {
            return Err(format!("{name} is larger than {MOST_BYTES} bytes"));
        }
        fs::read(&path).map_err(told)
    };
    let config = bert::Config::read(&file("config.json")?)
        .map_err(|detail| format!("config.json: {detail}"))?;
    let words = WordPieces::read(&file("tokenizer.json")?)
        .map_err(|detail| format!("tokenizer.json: {detail}"))?;
    if words.size() > config.vocab_size {
        return Err(format!(
            "tokenizer.json has tokens up to {}, the model knows {}",
            words.size(),
            config.vocab_size
        ));
    }
    let weights = file("model.safetensors")?;
    let bert =
        Bert::read(&config, &weights).map_err(|detail| format!("model.safetensors: {detail}"))?;
    // What the weights are decides with what their vectors can be compared, not where they lie.
    let digest = Sha256::digest(&weights);
    let id = digest
        .iter()
        .take(6)
        .fold("minilm/".to_owned(), |id, byte| format!("{id}{byte:02x}"));
    Ok((id, Model { words, bert }))
}

impl Model {
    fn vector(&self, text: &str) -> Result<Vec<f32>, String> {
        let most = MOST_TOKENS.min(self.bert.positions());
        self.bert.vector(&self.words.tokens(text, most))
    }
}

#[async_trait]
impl Embedder for MiniLm {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimension(&self) -> Option<usize> {
        Some(self.model.bert.dimension())
    }

    /// Each text takes a few milliseconds to some dozens of one processor, away from the threads that answer
    /// requests; dropping the future ends the work after the texts that are on their way.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let computed = texts.iter().cloned().map(|text| {
            let model = Arc::clone(&self.model);
            async move {
                tokio::task::spawn_blocking(move || model.vector(&text))
                    .await
                    .map_err(|error| error.to_string())
                    .and_then(|computed| computed)
                    .map_err(|detail| Error::NoVectors {
                        model: self.folder.clone(),
                        detail,
                    })
            }
        });
        stream::iter(computed).buffered(AT_ONCE).try_collect().await
    }

    async fn embed_questions(&self, questions: &[String]) -> Result<Vec<Vec<f32>>> {
        self.embed(questions).await
    }
}
