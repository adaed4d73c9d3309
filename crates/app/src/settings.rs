//! What the composition root needs to know; the binary reads it from files and the environment.

use std::{path::PathBuf, sync::Arc, time::Duration};

use llm::{
    ChatModel, ModelSpec,
    embed::{EmbedderSettings, EmbedderSpec},
};
use ops::{Code, EngineOptions, Error, Result};
use secrecy::SecretString;
use serde_json::Value;

/// Settings of one process.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the rows are; the data directory is needed in any case.
    pub database: store::Database,
    pub secret_key_file: Option<PathBuf>,
    pub inventory_tick: Duration,
    pub budget: pve::Budget,
    pub runs_per_node: usize,
    pub runs_per_storage: usize,
    pub plan_expiry: Duration,
    /// A file or an address; see `audit.anchor`.
    pub audit_anchor: Option<String>,
    /// The rules that a person wrote; without, the built-in table decides.
    pub policy_file: Option<PathBuf>,
    /// When sources of knowledge are read again that do not say it themselves; nothing: when asked for.
    pub knowledge_refresh: Option<pve::CalendarEvent>,
    /// Whether a server reads sources without anybody asking for it.
    pub knowledge_by_itself: bool,
    /// The model of vectors by which knowledge is searched.
    pub embedder: EmbedderSpec,
    pub embedder_settings: EmbedderSettings,
    pub model: ModelSpec,
    pub model_settings: llm::Settings,
    /// What `config.show` shows: secrets are `***` already.
    pub shown: Value,
    /// Times of the engine that no user sets; tests shorten them.
    pub engine: EngineOptions,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: store::Database::default(),
            secret_key_file: None,
            inventory_tick: Duration::from_secs(10),
            budget: pve::Budget::default(),
            runs_per_node: 4,
            runs_per_storage: 8,
            plan_expiry: Duration::from_mins(15),
            audit_anchor: None,
            policy_file: None,
            knowledge_refresh: None,
            knowledge_by_itself: true,
            embedder: EmbedderSpec::None,
            embedder_settings: EmbedderSettings::default(),
            model: ModelSpec::None,
            model_settings: llm::Settings::default(),
            shown: Value::Null,
            engine: EngineOptions::default(),
        }
    }
}

impl Settings {
    /// The configured model; nothing for `none`.
    pub fn model(&self) -> Result<Option<Arc<dyn ChatModel>>> {
        llm::open(&self.model, &self.model_settings)
            .map_err(|error| Error::new(Code::ModelUnavailable, error.to_string()))
    }

    /// `assistant.ollama_url`, `assistant.api_key`, `assistant.num_ctx`.
    pub fn set_model_access(
        &mut self,
        ollama_url: Option<url::Url>,
        api_key: Option<SecretString>,
        num_ctx: u32,
    ) {
        self.embedder_settings.ollama_url.clone_from(&ollama_url);
        self.embedder_settings.api_key.clone_from(&api_key);
        self.model_settings.ollama_url = ollama_url;
        self.model_settings.api_key = api_key;
        self.model_settings.ollama.num_ctx = num_ctx;
    }
}
