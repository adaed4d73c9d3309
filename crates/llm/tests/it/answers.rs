//! Asking, and the few answers that many tests share.

use std::time::Duration;

use futures_util::StreamExt;
use llm::{ChatEvent, ChatModel, ChatRequest, Error, FinishReason, Message, ToolSpec, Usage};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

pub(crate) fn hello() -> ChatRequest {
    ChatRequest::new(vec![Message::user("hello")])
}

/// A request that offers the tools `guest_power` and `list`.
pub(crate) fn with_tools() -> ChatRequest {
    hello().with_tools(vec![
        ToolSpec::new(
            "guest_power",
            "Start or stop a guest",
            json!({"type": "object"}),
        ),
        ToolSpec::new("list", "List guests", json!({"type": "object"})),
    ])
}

/// Everything the stream says, and the error that ended it.
pub(crate) async fn events(
    model: &dyn ChatModel,
    request: ChatRequest,
) -> (Vec<ChatEvent>, Option<Error>) {
    let mut stream = match model.chat(request, CancellationToken::new()).await {
        Ok(stream) => stream,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut seen = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => seen.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "nothing follows an error");
                return (seen, Some(error));
            }
        }
    }
    (seen, None)
}

pub(crate) fn text(piece: &str) -> ChatEvent {
    ChatEvent::Text(piece.to_owned())
}

pub(crate) fn says(piece: &str) -> Value {
    json!({"message": {"role": "assistant", "content": piece}, "done": false})
}

pub(crate) fn done_line() -> Value {
    json!({
        "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
        "total_duration": 2_000_000_000_u64, "load_duration": 500_000_000,
        "prompt_eval_count": 12, "eval_count": 3
    })
}

/// What [`done_line`] means.
pub(crate) fn done() -> ChatEvent {
    ChatEvent::Done(usage())
}

pub(crate) fn usage() -> Usage {
    Usage {
        prompt_tokens: 12,
        output_tokens: 3,
        load: Duration::from_millis(500),
        total: Duration::from_secs(2),
        reason: FinishReason::Stop,
        prompt_cut: None,
    }
}
