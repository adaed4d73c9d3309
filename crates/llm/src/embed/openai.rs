//! Vectors from servers that speak OpenAI's API: `POST /v1/embeddings`. Many do: llama.cpp, vLLM, text
//! embedding servers, gateways.

use async_trait::async_trait;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::batches::{self, Server};
use super::progress::{Dimension, MOST_ANSWER_BYTES, Waits};
use super::{Embedder, Instruction};
use crate::error::{Error, Phase, Result};
use crate::http::{Trust, http_client, root_cause};
use crate::ollama::refusal_text;
use crate::spec::bare;

/// An embedding model on a server with OpenAI's API.
#[derive(Debug)]
pub struct OpenAiEmbedder {
    id: String,
    model: String,
    client: reqwest::Client,
    /// As the user wrote it, without a slash at its end.
    base: String,
    api_key: Option<SecretString>,
    waits: Waits,
    instruction: Instruction,
    dimension: Dimension,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    /// The text that it belongs to; the order of the items is not promised.
    index: Option<usize>,
    #[serde(default)]
    embedding: Vec<f32>,
}

impl OpenAiEmbedder {
    /// A model by its name on the server at `url`, which ends with `/v1` as a rule (and is taken for
    /// that when it has no path). Does not connect.
    pub fn new(
        model: &str,
        url: &Url,
        api_key: Option<SecretString>,
        waits: Waits,
    ) -> Result<Self> {
        let base = match url.path() {
            "" | "/" => format!("{}/v1", bare(url)),
            _ => bare(url).to_owned(),
        };
        Ok(Self {
            id: format!("openai/{model}"),
            model: model.to_owned(),
            client: http_client(waits.connect, Trust::for_url(url))?,
            base,
            api_key,
            waits,
            instruction: Instruction::of(model),
            dimension: Dimension::default(),
        })
    }

    /// Sends a request until the server has time for it.
    async fn send(&self, inputs: &[String]) -> Result<Vec<Vec<f32>>> {
        let body = json!({"model": self.model, "input": inputs, "encoding_format": "float"});
        let mut waits = self.waits.busy.iter();
        let mut attempts = 1;
        loop {
            let (status, answer) = self.exchange(&body).await?;
            if status == 200 {
                return self.read(&answer);
            }
            if matches!(status, 429 | 503) {
                let Some(wait) = waits.next() else {
                    return Err(Error::Overloaded {
                        url: self.base.clone(),
                        status,
                        attempts,
                    });
                };
                sleep(*wait).await;
                attempts += 1;
                continue;
            }
            return Err(self.refused(status, &answer, inputs));
        }
    }

    fn read(&self, answer: &[u8]) -> Result<Vec<Vec<f32>>> {
        let answer: Answer = serde_json::from_slice(answer)
            .map_err(|error| self.nonsense(format!("answer is not the JSON expected: {error}")))?;
        let mut items: Vec<(usize, Vec<f32>)> = answer
            .data
            .into_iter()
            .enumerate()
            .map(|(at, item)| (item.index.unwrap_or(at), item.embedding))
            .collect();
        items.sort_by_key(|(index, _)| *index);
        // A text that is answered twice would give its vector to the next one.
        if items
            .iter()
            .enumerate()
            .any(|(at, (index, _))| at != *index)
        {
            return Err(self.nonsense("the texts are not answered one by one".to_owned()));
        }
        Ok(items.into_iter().map(|(_, vector)| vector).collect())
    }

    async fn exchange(&self, body: &Value) -> Result<(u16, Vec<u8>)> {
        let exchange = async {
            let mut request = self
                .client
                .post(format!("{}/embeddings", self.base))
                .json(body);
            if let Some(key) = &self.api_key {
                request = request.bearer_auth(key.expose_secret());
            }
            let mut response = request.send().await.map_err(|error| self.away(&error))?;
            let status = response.status().as_u16();
            let mut answer = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(&error))? {
                answer.extend_from_slice(&chunk);
                if answer.len() > MOST_ANSWER_BYTES {
                    return Err(
                        self.nonsense(format!("answer is longer than {MOST_ANSWER_BYTES} bytes"))
                    );
                }
            }
            Ok((status, answer))
        };
        let after = self.waits.answer;
        timeout(after, exchange).await.unwrap_or_else(|_| {
            Err(Error::Timeout {
                phase: Phase::Vectors,
                after,
                url: self.base.clone(),
            })
        })
    }

    fn refused(&self, status: u16, answer: &[u8], inputs: &[String]) -> Error {
        let (text, detail) = refusal_text(answer, inputs);
        let says = |part: &str| text.contains(part);
        if matches!(status, 401 | 403) {
            return Error::Unauthorized {
                url: self.base.clone(),
                status,
            };
        }
        // "maximum context length", "too large to process", "input is too long", "exceeds the …".
        if matches!(status, 400 | 413 | 422 | 500)
            && (says("context length")
                || says("context size")
                || says("too large to process")
                || says("too long")
                || says("must have less than"))
        {
            return Error::ContextExceeded {
                model: self.model.clone(),
                needed_tokens: 0,
                window_tokens: 0,
            };
        }
        if says("not support embedding") || (status == 501 && says("embedding")) {
            return Error::NotAnEmbeddingModel {
                model: self.model.clone(),
            };
        }
        if matches!(status, 300..=399 | 405) || (status == 404 && !says("model")) {
            return self.nonsense(format!("HTTP {status}: {detail}"));
        }
        Error::Refused {
            model: self.model.clone(),
            url: self.base.clone(),
            status,
            detail,
        }
    }

    fn away(&self, error: &reqwest::Error) -> Error {
        if !error.is_connect() {
            return self.lost(error);
        }
        let detail = if error.is_timeout() {
            format!("no connection within {} s", self.waits.connect.as_secs())
        } else {
            root_cause(error)
        };
        Error::ServerAway {
            url: self.base.clone(),
            detail,
        }
    }

    fn lost(&self, error: &reqwest::Error) -> Error {
        Error::Lost {
            url: self.base.clone(),
            detail: root_cause(error),
        }
    }

    fn nonsense(&self, detail: String) -> Error {
        Error::NotAnEmbeddingServer {
            url: self.base.clone(),
            detail,
        }
    }
}

impl Server for OpenAiEmbedder {
    fn model(&self) -> &str {
        &self.model
    }

    fn dimension(&self) -> &Dimension {
        &self.dimension
    }

    async fn ask(&self, inputs: &[String]) -> Result<Vec<Vec<f32>>> {
        self.send(inputs).await
    }
}

#[async_trait]
impl Embedder for OpenAiEmbedder {
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
