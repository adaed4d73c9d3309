//! From a spec to an embedder.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::{Builtin, Embedder, EmbedderSpec, OpenAiEmbedder, Waits};
use crate::error::Result;
use crate::ollama::OllamaEmbedder;
use crate::open::default_ollama_url;

/// What the configuration says about embedders.
#[derive(Debug, Clone)]
pub struct EmbedderSettings {
    /// Where Ollama runs when the spec does not say; `None` = `http://127.0.0.1:11434`.
    pub ollama_url: Option<Url>,
    /// Sent as a bearer token, for servers that want one.
    pub api_key: Option<SecretString>,
    /// How long Ollama keeps the model in memory after an answer.
    pub keep_alive: Duration,
    /// Bounds of every wait.
    pub waits: Waits,
}

impl Default for EmbedderSettings {
    fn default() -> Self {
        Self {
            ollama_url: None,
            api_key: None,
            keep_alive: Duration::from_mins(10),
            waits: Waits::default(),
        }
    }
}

/// Makes the embedder that a spec names; `None` for `none`. Does not connect to a server (use
/// [`Embedder::probe`]), but reads the files of a model that is computed here.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use llm::embed::{EmbedderSettings, EmbedderSpec, open_embedder};
/// let spec: EmbedderSpec = "ollama:nomic-embed-text".parse()?;
/// let embedder = open_embedder(&spec, &EmbedderSettings::default()).await?;
/// assert_eq!(embedder.map(|embedder| embedder.id().to_owned()).as_deref(), Some("ollama/nomic-embed-text"));
/// # Ok::<(), llm::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn open_embedder(
    spec: &EmbedderSpec,
    settings: &EmbedderSettings,
) -> Result<Option<Arc<dyn Embedder>>> {
    let (key, waits) = (settings.api_key.clone(), settings.waits.clone());
    match spec {
        EmbedderSpec::None => Ok(None),
        EmbedderSpec::Builtin => Ok(Some(Arc::new(Builtin::load()?))),
        EmbedderSpec::Ollama { model, url } => {
            let url = match url.as_ref().or(settings.ollama_url.as_ref()) {
                Some(url) => url.clone(),
                None => default_ollama_url()?,
            };
            let embedder = OllamaEmbedder::new(model, &url, key, settings.keep_alive, waits)?;
            Ok(Some(Arc::new(embedder)))
        }
        EmbedderSpec::OpenAi { model, url } => {
            Ok(Some(Arc::new(OpenAiEmbedder::new(model, url, key, waits)?)))
        }
        #[cfg(feature = "minilm")]
        EmbedderSpec::MiniLm { folder } => {
            Ok(Some(Arc::new(super::MiniLm::load(folder.clone()).await?)))
        }
        #[cfg(not(feature = "minilm"))]
        EmbedderSpec::MiniLm { .. } => spec.clone().built().map(|_| None),
    }
}

#[cfg(all(test, not(feature = "minilm")))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_model_that_was_not_built_in_names_its_feature_and_how_to_build_with_it() {
        let spec: EmbedderSpec = "minilm:/srv/models/all-MiniLM-L6-v2".parse().unwrap();
        let error = open_embedder(&spec, &EmbedderSettings::default())
            .await
            .map(|_| ())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`minilm:/srv/models/all-MiniLM-L6-v2` needs the cargo feature `minilm`, which this program was built without: build it with `cargo build --release -p proxmox-ai --features minilm`, or choose another model"
        );
    }
}
