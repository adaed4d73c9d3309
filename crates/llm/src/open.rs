//! From a spec to a model.

use std::sync::Arc;

use reqwest::Url;
use secrecy::SecretString;

use crate::error::{Error, Result};
use crate::model::ChatModel;
use crate::ollama::{OllamaModel, OllamaOptions};
use crate::script::ScriptedModel;
use crate::spec::ModelSpec;

/// What the configuration says about models (`assistant.*`).
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where Ollama runs when the spec does not say; `None` = `http://127.0.0.1:11434`.
    pub ollama_url: Option<Url>,
    /// Sent as a bearer token, for servers behind a proxy that wants one.
    pub api_key: Option<SecretString>,
    /// Window, keep-alive and time-outs of Ollama.
    pub ollama: OllamaOptions,
}

/// Makes the model that a spec names; `None` for `none`. Does not connect: use
/// [`ChatModel::probe`] to find out whether the model is there.
///
/// ```
/// use llm::{ModelSpec, Settings, open};
/// assert!(open(&ModelSpec::None, &Settings::default())?.is_none());
/// let spec: ModelSpec = "anthropic:some-model".parse()?;
/// assert_eq!(
///     open(&spec, &Settings::default()).err().map(|error| error.to_string()),
///     Some("models of the kind `anthropic` are not available in this version: use ollama:MODEL or none".to_owned())
/// );
/// # Ok::<(), llm::Error>(())
/// ```
pub fn open(spec: &ModelSpec, settings: &Settings) -> Result<Option<Arc<dyn ChatModel>>> {
    match spec {
        ModelSpec::None => Ok(None),
        ModelSpec::Ollama { model, url } => {
            let url = match url.as_ref().or(settings.ollama_url.as_ref()) {
                Some(url) => url.clone(),
                None => default_ollama_url()?,
            };
            let model = OllamaModel::new(
                model,
                &url,
                settings.api_key.clone(),
                settings.ollama.clone(),
            )?;
            Ok(Some(Arc::new(model)))
        }
        ModelSpec::OpenAi { .. } => Err(Error::NotAvailable { kind: "openai" }),
        ModelSpec::Anthropic { .. } => Err(Error::NotAvailable { kind: "anthropic" }),
        ModelSpec::Script { file } => Ok(Some(Arc::new(ScriptedModel::load(file)?))),
    }
}

pub(crate) fn default_ollama_url() -> Result<Url> {
    let text = "http://127.0.0.1:11434";
    Url::parse(text).map_err(|error| Error::Spec {
        text: text.to_owned(),
        detail: error.to_string(),
    })
}
