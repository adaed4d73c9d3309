//! Ollama's own API. Not its OpenAI-compatible face: that one knows neither the size of the window
//! nor keep-alive, and does not stream tool calls.
//!
//! Rules that come from how the server behaves:
//! - `num_ctx` is one fixed number per model: another one makes the server load the model anew.
//! - No byte is sent while a model loads, which may take minutes. So: a short time to connect, a
//!   long one to the first byte, and `/api/ps` is asked meanwhile to be able to say "loading".
//! - An error after the first byte is a line `{"error": …}` in a stream with status 200.
//! - Thinking models think unless told not to, so `think` is always sent.

mod embed;
mod endpoints;
mod refusal;
mod request;
mod run;
mod translate;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};
use crate::event::ChatStream;
use crate::message::ChatRequest;
use crate::model::{Capabilities, ChatModel};
use crate::spec::bare;

pub use embed::OllamaEmbedder;
pub use endpoints::{InstalledModel, LoadedModel, OllamaServer};
pub(crate) use refusal::refusal_text;

/// Size of the window when nothing else is configured, in tokens.
pub const DEFAULT_NUM_CTX: u32 = 16_384;

/// How to use one model of an Ollama server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OllamaOptions {
    /// The window in tokens, the same in every request.
    pub num_ctx: u32,
    /// How long the server keeps the model in memory after an answer.
    pub keep_alive: Duration,
    /// Bounds of every wait.
    pub waits: Waits,
}

impl Default for OllamaOptions {
    fn default() -> Self {
        Self {
            num_ctx: DEFAULT_NUM_CTX,
            keep_alive: Duration::from_mins(10),
            waits: Waits::default(),
        }
    }
}

/// Bounds of every wait for an Ollama server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// To connect.
    pub connect: Duration,
    /// From the request to the first byte of the answer; the model loads in between.
    pub first_byte: Duration,
    /// Between two pieces of an answer.
    pub between_chunks: Duration,
    /// For questions about the server and its models.
    pub probe: Duration,
    /// Between two looks at whether the model is loaded.
    pub load_poll: Duration,
    /// Before each new attempt when the queue of the server is full.
    pub busy: Vec<Duration>,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            first_byte: Duration::from_mins(10),
            between_chunks: Duration::from_mins(2),
            probe: Duration::from_secs(10),
            load_poll: Duration::from_secs(1),
            busy: [500, 1_000, 2_000, 4_000]
                .map(Duration::from_millis)
                .to_vec(),
        }
    }
}

/// A model on an Ollama server.
#[derive(Debug, Clone)]
pub struct OllamaModel {
    name: String,
    model: String,
    server: OllamaServer,
    options: OllamaOptions,
}

impl OllamaModel {
    /// A model by its name on the server at `url` (with or without a path). Does not connect.
    pub fn new(
        model: &str,
        url: &Url,
        api_key: Option<SecretString>,
        options: OllamaOptions,
    ) -> Result<Self> {
        let name = format!("ollama:{model}@{}", bare(url));
        let server = OllamaServer::new(url, api_key, options.waits.clone())?;
        Ok(Self {
            name,
            model: model.to_owned(),
            server,
            options,
        })
    }

    /// The server, for questions beyond one model.
    pub fn server(&self) -> &OllamaServer {
        &self.server
    }
}

#[async_trait]
impl ChatModel for OllamaModel {
    fn name(&self) -> &str {
        &self.name
    }

    async fn probe(&self) -> Result<Capabilities> {
        let shown = self.server.show(&self.model).await?;
        if !shown.completes() {
            return Err(Error::NotAChatModel {
                model: self.model.clone(),
            });
        }
        Ok(Capabilities {
            tools: shown.has_tools(),
            thinking: shown.thinks(),
            // The server caps the window to what the model was trained with and says so only in
            // its log.
            context_length: shown
                .trained_context()
                .map_or(self.options.num_ctx, |trained| {
                    trained.min(self.options.num_ctx)
                }),
        })
    }

    async fn chat(&self, request: ChatRequest, cancel: CancellationToken) -> Result<ChatStream> {
        // Eight bytes a token is beyond any text: what does not fit even so would be cut in
        // silence, beginning with what matters most.
        let at_least = u32::try_from(request.prompt_bytes() / 8).unwrap_or(u32::MAX);
        if at_least > self.options.num_ctx {
            return Err(Error::ContextExceeded {
                model: self.model.clone(),
                needed_tokens: request.estimated_prompt_tokens(),
                window_tokens: self.options.num_ctx,
            });
        }
        let body = request::chat_body(&self.model, &request, &self.options)?;
        Ok(run::start(
            self.server.clone(),
            self.model.clone(),
            &request,
            &self.options,
            body,
            cancel,
        ))
    }
}
