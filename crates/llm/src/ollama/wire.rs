//! The shapes on the wire, as lenient as the servers and proxies out there are different.

use serde::Deserialize;
use serde_json::Value;

/// One line of a chat stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk {
    pub(super) message: Option<ChunkMessage>,
    pub(super) done: bool,
    pub(super) done_reason: Option<String>,
    /// Nanoseconds, as all durations here.
    pub(super) total_duration: Option<u64>,
    pub(super) load_duration: Option<u64>,
    pub(super) prompt_eval_count: Option<u32>,
    pub(super) eval_count: Option<u32>,
    /// Present: the request has failed in the middle of the answer.
    pub(super) error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChunkMessage {
    pub(super) content: Option<String>,
    pub(super) thinking: Option<String>,
    pub(super) tool_calls: Option<Vec<ChunkCall>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChunkCall {
    pub(super) id: Option<String>,
    pub(super) function: ChunkFunction,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChunkFunction {
    pub(super) name: String,
    /// An object; a string with one in it from servers that imitate OpenAI.
    #[serde(default)]
    pub(super) arguments: Value,
}

/// `/api/tags` and `/api/ps`.
#[derive(Debug, Deserialize)]
pub(super) struct Models<T> {
    #[serde(default = "Vec::new")]
    pub(super) models: Vec<T>,
}

/// `/api/show`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    /// Absent on servers before 0.6.4.
    capabilities: Option<Vec<String>>,
    template: String,
    model_info: Option<serde_json::Map<String, Value>>,
}

impl Shown {
    fn has(&self, capability: &str) -> Option<bool> {
        Some(
            self.capabilities
                .as_ref()?
                .iter()
                .any(|name| name == capability),
        )
    }

    pub(super) fn completes(&self) -> bool {
        self.has("completion").unwrap_or(true)
    }

    /// Without a list of capabilities the template tells: it is what the server looks at itself.
    pub(super) fn has_tools(&self) -> bool {
        self.has("tools")
            .unwrap_or_else(|| self.template.contains(".Tools"))
    }

    pub(super) fn thinks(&self) -> bool {
        self.has("thinking").unwrap_or(false)
    }

    /// The window the model was trained with, in tokens.
    pub(super) fn trained_context(&self) -> Option<u32> {
        let info = self.model_info.as_ref()?;
        let architecture = info.get("general.architecture")?.as_str()?;
        let length = info
            .get(&format!("{architecture}.context_length"))?
            .as_u64()?;
        u32::try_from(length).ok().filter(|length| *length > 0)
    }
}

/// The text in an error, which is a string here and an object in imitations.
pub(super) fn error_text(error: &Value) -> String {
    match error {
        Value::String(text) => text.clone(),
        other => other
            .get("message")
            .and_then(Value::as_str)
            .map_or_else(|| "an error without a text".to_owned(), str::to_owned),
    }
}
