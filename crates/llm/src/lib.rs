//! Chat models behind one trait: the assistant talks to [`ChatModel`] and never learns which
//! provider answers. Models that embed texts stand behind another, in [`embed`].
//!
//! What is here:
//! - [`ChatModel`], [`ChatRequest`], [`ChatEvent`]: the contract. A chat is a stream of events.
//! - [`ModelSpec`] and [`open`]: from the text a user writes (`ollama:qwen2.5:7b`) to a model.
//! - [`ollama`]: Ollama's own API (`/api/chat`, NDJSON), with load states and bounded waiting.
//! - [`ScriptedModel`]: a model that plays a JSON file, for tests and demonstrations.
//! - [`ActionProtocol`] and [`ActionModel`]: tools for models that have none, by constraining the
//!   answer with a JSON schema.
//!
//! What must not be here: operations, PVE, prompts. A model can only ask for a tool by name; what
//! the name means, and whether it may happen, is decided elsewhere.
//!
//! ```
//! use llm::{ChatRequest, Message, ModelSpec, Settings, ToolSpec};
//!
//! let spec: ModelSpec = "ollama:qwen2.5:7b@http://127.0.0.1:11434".parse()?;
//! let model = llm::open(&spec, &Settings::default())?.ok_or("the spec names a model")?;
//! assert_eq!(model.name(), "ollama:qwen2.5:7b@http://127.0.0.1:11434");
//!
//! let request = ChatRequest::new(vec![Message::user("which guests are down?")]).with_tools(vec![
//!     ToolSpec::new(
//!         "inventory_list",
//!         "List the guests",
//!         serde_json::json!({"type": "object", "properties": {"status": {"type": "string"}}}),
//!     ),
//! ]);
//! assert_eq!(request.tools.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(missing_docs)]

mod action;
mod action_answer;
mod action_model;
pub mod embed;
mod error;
mod event;
mod http;
mod message;
mod model;
mod ndjson;
pub mod ollama;
mod open;
mod schema;
mod script;
mod spec;
mod think;
mod tool_text;

pub use action::{Action, ActionProtocol};
pub use action_model::{ActionModel, adapt};
pub use error::{Error, Phase, Result, Retry};
pub use event::{ChatEvent, ChatStream, FinishReason, LoadState, PromptCut, Reply, Usage};
pub use http::{Trust, http_builder, http_client};
pub use message::{ChatOptions, ChatRequest, Message, Think, ToolCall, ToolSpec};
pub use model::{Capabilities, ChatModel};
pub use open::{Settings, open};
pub use script::ScriptedModel;
pub use spec::ModelSpec;
