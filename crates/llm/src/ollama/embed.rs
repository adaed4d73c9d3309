//! Vectors from Ollama: `POST /api/embed`, and `POST /api/embeddings` of servers that do not have it
//! yet, which takes one text at a time.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use reqwest::{Method, Url};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::refusal::{self, Asked};
use super::{OllamaServer, Waits as ServerWaits};
use crate::embed::batches::{self, Server};
use crate::embed::{Dimension, Embedder, Instruction, MOST_ANSWER_BYTES, Waits};
use crate::error::{Error, Phase, Result};

/// An embedding model on an Ollama server.
#[derive(Debug)]
pub struct OllamaEmbedder {
    id: String,
    model: String,
    server: OllamaServer,
    waits: Waits,
    keep_alive_seconds: u64,
    instruction: Instruction,
    dimension: Dimension,
    /// The server answered that it does not know `/api/embed`.
    old: AtomicBool,
}

#[derive(Deserialize)]
struct Many {
    #[serde(default)]
    embeddings: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct One {
    #[serde(default)]
    embedding: Vec<f32>,
}

/// What one request came to.
enum Sent {
    Vectors(Vec<Vec<f32>>),
    /// The server has no such path.
    UnknownPath,
}

impl OllamaEmbedder {
    /// A model by its name on the server at `url`. Does not connect.
    pub fn new(
        model: &str,
        url: &Url,
        api_key: Option<SecretString>,
        keep_alive: std::time::Duration,
        waits: Waits,
    ) -> Result<Self> {
        let server_waits = ServerWaits {
            connect: waits.connect,
            ..ServerWaits::default()
        };
        Ok(Self {
            id: format!("ollama/{model}"),
            model: model.to_owned(),
            server: OllamaServer::new(url, api_key, server_waits)?,
            waits,
            keep_alive_seconds: keep_alive.as_secs(),
            instruction: Instruction::of(model),
            dimension: Dimension::default(),
            old: AtomicBool::new(false),
        })
    }

    async fn inputs(&self, inputs: &[String]) -> Result<Vec<Vec<f32>>> {
        if !self.old.load(Ordering::Relaxed) {
            let body = json!({
                "model": self.model,
                "input": inputs,
                "truncate": true,
                "keep_alive": self.keep_alive_seconds,
            });
            let read = |body: &[u8]| Ok(serde_json::from_slice::<Many>(body)?.embeddings);
            match self.send("/api/embed", &body, inputs, read).await? {
                Sent::Vectors(vectors) => return Ok(vectors),
                Sent::UnknownPath => self.old.store(true, Ordering::Relaxed),
            }
        }
        let mut all = Vec::with_capacity(inputs.len());
        for input in inputs {
            let body = json!({
                "model": self.model,
                "prompt": input,
                "keep_alive": self.keep_alive_seconds,
            });
            let read = |body: &[u8]| Ok(vec![serde_json::from_slice::<One>(body)?.embedding]);
            match self.send("/api/embeddings", &body, inputs, read).await? {
                Sent::Vectors(vectors) => all.extend(vectors),
                Sent::UnknownPath => {
                    return Err(self
                        .server
                        .nonsense("HTTP 404 for /api/embed and /api/embeddings".to_owned()));
                }
            }
        }
        Ok(all)
    }

    /// Sends a request until the server has time for it.
    async fn send(
        &self,
        path: &str,
        body: &Value,
        inputs: &[String],
        read: impl Fn(&[u8]) -> serde_json::Result<Vec<Vec<f32>>>,
    ) -> Result<Sent> {
        let mut waits = self.waits.busy.iter();
        let mut attempts = 1;
        loop {
            let (status, answer) = self.exchange(path, body).await?;
            if status == 200 {
                let vectors = read(&answer).map_err(|error| {
                    self.server
                        .nonsense(format!("answer is not the JSON expected: {error}"))
                })?;
                return Ok(Sent::Vectors(vectors));
            }
            let text = refusal::text_of_body(&answer);
            // A model that is missing is a 404 as well, but one with a text of the server.
            if matches!(status, 404 | 405) && !text.contains("model") {
                return Ok(Sent::UnknownPath);
            }
            match self.refused(status, &text, inputs) {
                Error::Busy { url, .. } => match waits.next() {
                    Some(wait) => sleep(*wait).await,
                    None => return Err(Error::Busy { url, attempts }),
                },
                other => return Err(other),
            }
            attempts += 1;
        }
    }

    async fn exchange(&self, path: &str, body: &Value) -> Result<(u16, Vec<u8>)> {
        let exchange = async {
            let response = self
                .server
                .request(Method::POST, path)
                .json(body)
                .send()
                .await
                .map_err(|error| self.server.send_error(&error))?;
            let status = response.status().as_u16();
            let answer = self.server.read_all(response, MOST_ANSWER_BYTES).await?;
            Ok((status, answer))
        };
        let after = self.waits.answer;
        timeout(after, exchange)
            .await
            .unwrap_or_else(|_| Err(self.server.timed_out(Phase::Vectors, after)))
    }

    fn refused(&self, status: u16, text: &str, inputs: &[String]) -> Error {
        if text.contains("does not support embed") {
            return Error::NotAnEmbeddingModel {
                model: self.model.clone(),
            };
        }
        let asked = Asked {
            model: self.model.clone(),
            url: self.server.url().to_owned(),
            prompt_tokens: 0,
            window_tokens: 0,
            texts: inputs.to_vec(),
        };
        refusal::classify(status, text, &asked)
    }
}

impl Server for OllamaEmbedder {
    fn model(&self) -> &str {
        &self.model
    }

    fn dimension(&self) -> &Dimension {
        &self.dimension
    }

    async fn ask(&self, inputs: &[String]) -> Result<Vec<Vec<f32>>> {
        self.inputs(inputs).await
    }
}

#[async_trait]
impl Embedder for OllamaEmbedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimension(&self) -> Option<usize> {
        self.dimension.get()
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        batches::vectors(self, self.instruction.document, texts).await
    }

    async fn embed_questions(&self, questions: &[String]) -> Result<Vec<Vec<f32>>> {
        batches::vectors(self, self.instruction.question, questions).await
    }
}
