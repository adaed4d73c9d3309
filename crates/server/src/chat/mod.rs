//! The port to the assistant: conversations as numbered events, and plain completions.
//!
//! The server only carries texts in and events out; what an event says is the assistant's business.

mod assistant;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use ops::{Actor, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub use self::assistant::AssistantChat;

/// A conversation, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Thread {
    pub id: String,
    pub title: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    pub updated_at: String,
}

/// One stored event of a conversation: an AG-UI object with its `type` inside.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatEvent {
    /// Counts from 1 within its thread.
    pub id: u64,
    pub event: Value,
}

/// Who said a message of a completion request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatRole {
    System,
    User,
    Assistant,
}

/// One message of a completion request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    pub role: ChatRole,
    pub text: String,
}

/// The answer to a completion request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    pub text: String,
    /// The model that answered; `none` for the built-in interpreter.
    pub model: String,
}

/// What the server needs of the assistant. Actors that come in speak through [`ops::Surface::Chat`].
#[async_trait]
pub trait ChatPort: Send + Sync {
    async fn create_thread(&self, actor: &Actor) -> Result<Thread>;
    /// Newest first.
    async fn threads(&self, actor: &Actor) -> Result<Vec<Thread>>;
    /// Starts a turn; the stream carries its events and ends with it. The turn goes on without a listener.
    async fn send(
        &self,
        actor: &Actor,
        thread: &str,
        text: String,
    ) -> Result<BoxStream<'static, ChatEvent>>;
    /// The thread's events after number `after`: replayed, then live until `cancel`.
    async fn events(
        &self,
        actor: &Actor,
        thread: &str,
        after: u64,
        cancel: CancellationToken,
    ) -> Result<BoxStream<'static, ChatEvent>>;
    /// Answers a conversation that the caller keeps.
    async fn complete(&self, actor: &Actor, messages: Vec<ChatMessage>) -> Result<Completion>;
    /// Names for `GET /v1/models`; the first is the default.
    fn model_names(&self) -> Vec<String>;
}
