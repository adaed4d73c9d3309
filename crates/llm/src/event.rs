//! What comes back from a model: a stream of events, and its summary.

use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt};

use crate::error::Result;
use crate::message::{Message, ToolCall};

/// The answer of a model as it comes in. Dropping it ends the request on the server too. After an
/// `Err` or [`ChatEvent::Done`] nothing follows.
pub type ChatStream = BoxStream<'static, Result<ChatEvent>>;

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatEvent {
    /// The server is bringing the model into memory. Only sent when that takes noticeable time.
    LoadState(LoadState),
    /// The next piece of what the model thinks.
    Thinking(String),
    /// The next piece of the answer.
    Text(String),
    /// The model asks for a tool; always whole.
    ToolCall(ToolCall),
    /// The answer is complete.
    Done(Usage),
}

/// Whether the model is in memory yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadState {
    /// Not yet; sent again every second.
    Loading {
        /// Name of the model.
        model: String,
        /// Since the request was sent.
        waited: Duration,
    },
    /// The server lists the model, or the answer has begun.
    Ready,
}

/// What an answer took.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Tokens of the prompt that the server read; 0 when it does not say.
    pub prompt_tokens: u32,
    /// Tokens of the answer; 0 when the server does not say.
    pub output_tokens: u32,
    /// Time to bring the model into memory.
    pub load: Duration,
    /// Time of the whole request.
    pub total: Duration,
    /// Why the answer ended.
    pub reason: FinishReason,
    /// Set when the server seems to have cut the prompt without saying so.
    pub prompt_cut: Option<PromptCut>,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinishReason {
    /// The model had said everything.
    Stop,
    /// The limit of tokens was reached; the answer is cut off.
    Length,
    /// Something the server has a name for.
    Other(String),
}

/// The server read far fewer tokens than were sent: some servers drop the oldest messages in
/// silence when the window is too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptCut {
    /// Estimate of what was sent.
    pub sent_tokens: u32,
    /// What the server says it read.
    pub read_tokens: u32,
    /// The window in tokens.
    pub window_tokens: u32,
}

impl PromptCut {
    /// Compares what was sent with what was read. Only a prompt that cannot have fitted raises the
    /// suspicion: a low count alone also means "the beginning was cached".
    ///
    /// ```
    /// use llm::PromptCut;
    /// // An over-long prompt is cut to about half the window.
    /// let cut = PromptCut::suspect(20_000, 2_050, 4_096);
    /// assert_eq!(cut, Some(PromptCut { sent_tokens: 20_000, read_tokens: 2_050, window_tokens: 4_096 }));
    /// assert_eq!(PromptCut::suspect(3_000, 40, 4_096), None);
    /// assert_eq!(PromptCut::suspect(5_000, 4_000, 4_096), None);
    /// ```
    pub fn suspect(sent_tokens: u32, read_tokens: u32, window_tokens: u32) -> Option<Self> {
        let fitted = sent_tokens <= window_tokens;
        let read_most = u64::from(read_tokens) * 4 >= u64::from(sent_tokens) * 3;
        let unknown = read_tokens == 0;
        (!fitted && !read_most && !unknown).then_some(Self {
            sent_tokens,
            read_tokens,
            window_tokens,
        })
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// What the model thought.
    pub thinking: String,
    /// The calls it asked for.
    pub tool_calls: Vec<ToolCall>,
    /// What it took.
    pub usage: Usage,
}

impl Reply {
    /// Waits for the whole answer. A stream that ends without [`ChatEvent::Done`] has failed
    /// before, with the `Err` this returns.
    pub async fn collect(mut stream: ChatStream) -> Result<Self> {
        let (mut text, mut thinking, mut tool_calls) = (String::new(), String::new(), Vec::new());
        while let Some(event) = stream.next().await {
            match event? {
                ChatEvent::LoadState(_) => {}
                ChatEvent::Thinking(piece) => thinking.push_str(&piece),
                ChatEvent::Text(piece) => text.push_str(&piece),
                ChatEvent::ToolCall(call) => tool_calls.push(call),
                ChatEvent::Done(usage) => {
                    return Ok(Self {
                        text,
                        thinking,
                        tool_calls,
                        usage,
                    });
                }
            }
        }
        Err(crate::Error::Lost {
            url: "the model".to_owned(),
            detail: "its answer ended early".to_owned(),
        })
    }

    /// The message to add to the conversation.
    pub fn into_message(self) -> Message {
        Message::Assistant {
            content: self.text,
            thinking: self.thinking,
            tool_calls: self.tool_calls,
        }
    }
}
