//! The trait that every provider implements.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::error::Result;
use crate::event::ChatStream;
use crate::message::ChatRequest;

/// A model one can chat with.
///
/// ```
/// use llm::{ChatModel, ChatRequest, Message, Reply, ScriptedModel};
/// use tokio_util::sync::CancellationToken;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let model = ScriptedModel::parse("doc", r#"[{"expect": "hello", "reply": "Hello to you."}]"#)?;
/// let request = ChatRequest::new(vec![Message::user("hello there")]);
/// let stream = model.chat(request, CancellationToken::new()).await?;
/// assert_eq!(Reply::collect(stream).await?.text, "Hello to you.");
/// # Ok::<(), llm::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// The spec that opens this model, for logs and answers.
    fn name(&self) -> &str;

    /// Asks the server what the model can do. Also the way to find out whether it is there.
    async fn probe(&self) -> Result<Capabilities>;

    /// Asks for an answer. Returns at once: what the server says, refusals too, comes through the
    /// stream. Only what is known without asking fails here (such as a conversation that cannot
    /// fit). Cancelling ends the stream with [`crate::Error::Cancelled`] and the request with it;
    /// so does dropping the stream.
    async fn chat(&self, request: ChatRequest, cancel: CancellationToken) -> Result<ChatStream>;
}

/// What a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Calls tools natively; when not, use [`crate::ActionModel`].
    pub tools: bool,
    /// Can think before it answers.
    pub thinking: bool,
    /// The window that will be used, in tokens.
    pub context_length: u32,
}
