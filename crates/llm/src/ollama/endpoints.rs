//! Questions about a server and its models: `/api/version`, `/api/tags`, `/api/ps`, `/api/show`.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Waits;
use super::refusal::{self, Asked};
use super::wire::{Models, Shown};
use crate::error::{Error, Phase, Result};
use crate::http::{Trust, http_client, root_cause};
use crate::spec::bare;

/// Answers to short questions may not be longer; `/api/show` carries templates and licences.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// An Ollama server.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use llm::ollama::{OllamaServer, Waits};
/// let server = OllamaServer::new(&"http://127.0.0.1:11434".parse()?, None, Waits::default())?;
/// for model in server.installed_models().await? {
///     println!("{} {} bytes", model.name, model.size_bytes);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct OllamaServer {
    client: reqwest::Client,
    base: String,
    api_key: Option<SecretString>,
    waits: Waits,
}

/// A model that is on the disk of the server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InstalledModel {
    /// Name with tag.
    pub name: String,
    /// Size on disk.
    #[serde(rename = "size", default)]
    pub size_bytes: u64,
    /// What it can do; empty on servers that do not say.
    #[serde(default)]
    pub capabilities: Vec<String>,
}

/// A model that is in the memory of the server (or on its way there).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LoadedModel {
    /// Name with tag.
    pub name: String,
    /// Memory in all.
    #[serde(rename = "size", default)]
    pub size_bytes: u64,
    /// Memory of the graphics card within that.
    #[serde(rename = "size_vram", default)]
    pub graphics_bytes: u64,
    /// The window that was really allocated, in tokens; 0 when the server does not say.
    #[serde(default)]
    pub context_length: u32,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl OllamaServer {
    /// A server by its URL (with or without a path). Does not connect.
    pub fn new(url: &Url, api_key: Option<SecretString>, waits: Waits) -> Result<Self> {
        let client = http_client(waits.connect, Trust::for_url(url))?;
        Ok(Self {
            client,
            base: bare(url).to_owned(),
            api_key,
            waits,
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Its version.
    pub async fn version(&self) -> Result<String> {
        let answer: Version = self
            .ask(self.request(Method::GET, "/api/version"), "")
            .await?;
        Ok(answer.version)
    }

    /// The models on its disk.
    pub async fn installed_models(&self) -> Result<Vec<InstalledModel>> {
        let answer: Models<InstalledModel> =
            self.ask(self.request(Method::GET, "/api/tags"), "").await?;
        Ok(answer.models)
    }

    /// The models in its memory.
    pub async fn loaded_models(&self) -> Result<Vec<LoadedModel>> {
        let answer: Models<LoadedModel> =
            self.ask(self.request(Method::GET, "/api/ps"), "").await?;
        Ok(answer.models)
    }

    pub(super) async fn show(&self, model: &str) -> Result<Shown> {
        let request = self
            .request(Method::POST, "/api/show")
            .json(&json!({"model": model}));
        self.ask(request, model).await
    }

    /// Whether the model is in memory.
    pub(super) async fn has_loaded(&self, model: &str) -> Result<bool> {
        let wanted = with_tag(model);
        Ok(self
            .loaded_models()
            .await?
            .iter()
            .any(|loaded| with_tag(&loaded.name) == wanted))
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.api_key {
            Some(key) => request.bearer_auth(key.expose_secret()),
            None => request,
        }
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder, model: &str) -> Result<T> {
        let after = self.waits.probe;
        let exchange = async {
            let response = request
                .send()
                .await
                .map_err(|error| self.send_error(&error))?;
            let status = response.status().as_u16();
            let body = self.read_all(response, MAX_ANSWER_BYTES).await?;
            Ok((status, body))
        };
        let (status, body) = tokio::time::timeout(after, exchange)
            .await
            .unwrap_or_else(|_| Err(self.timed_out(Phase::Probe, after)))?;
        if status != 200 {
            let asked = Asked {
                model: model.to_owned(),
                url: self.base.clone(),
                prompt_tokens: 0,
                window_tokens: 0,
                texts: Vec::new(),
            };
            return Err(refusal::classify(
                status,
                &refusal::text_of_body(&body),
                &asked,
            ));
        }
        serde_json::from_slice(&body)
            .map_err(|error| self.nonsense(format!("answer is not the JSON expected: {error}")))
    }

    pub(super) async fn read_all(
        &self,
        mut response: Response,
        limit_bytes: usize,
    ) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > limit_bytes {
                return Err(self.nonsense(format!("answer is longer than {limit_bytes} bytes")));
            }
        }
        Ok(body)
    }

    /// Nothing has been answered yet: is anybody there at all?
    pub(super) fn send_error(&self, error: &reqwest::Error) -> Error {
        if !error.is_connect() {
            return self.lost(error);
        }
        let detail = if error.is_timeout() {
            format!("no connection within {} s", self.waits.connect.as_secs())
        } else {
            root_cause(error)
        };
        Error::Away {
            url: self.base.clone(),
            detail,
        }
    }

    pub(super) fn lost(&self, error: &reqwest::Error) -> Error {
        Error::Lost {
            url: self.base.clone(),
            detail: root_cause(error),
        }
    }

    pub(super) fn nonsense(&self, detail: String) -> Error {
        Error::Protocol {
            url: self.base.clone(),
            detail,
        }
    }

    pub(super) fn timed_out(&self, phase: Phase, after: Duration) -> Error {
        Error::Timeout {
            phase,
            after,
            url: self.base.clone(),
        }
    }
}

/// Names without a tag mean `latest`. A colon before the last slash is the port of a registry.
fn with_tag(model: &str) -> String {
    let last = model.rsplit('/').next().unwrap_or(model);
    if last.contains(':') {
        model.to_owned()
    } else {
        format!("{model}:latest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_tag_means_latest() {
        assert_eq!(with_tag("m"), "m:latest");
        assert_eq!(with_tag("m:7b"), "m:7b");
        assert_eq!(with_tag("host:5000/a/m"), "host:5000/a/m:latest");
    }
}
