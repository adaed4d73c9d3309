//! The assistant with OpenAI's face, so that any chat front end can be used.
//!
//! Not operations: path, shapes and errors are somebody else's. Fields we do not use (temperature, tools, …)
//! are ignored, as clients send them without being asked; problems carry OpenAI's `error` member as well.

use ::http::StatusCode;
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response, sse::Event},
};
use futures_util::{StreamExt as _, stream};
use ops::{Surface, project::openapi::RawEndpoint};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{body, judge::Identity, problem::Problem, sse, time},
    JSON, endpoint,
};
use crate::{
    chat::{ChatMessage, ChatRole, Completion},
    server::Server,
};

#[derive(Deserialize)]
struct CompletionWish {
    model: Option<String>,
    messages: Vec<WireMessage>,
    stream: Option<bool>,
}

#[derive(Deserialize)]
struct WireMessage {
    role: String,
    content: Option<Content>,
}

/// A text, or parts of which only the texts are read.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

pub(super) fn endpoints() -> Vec<RawEndpoint> {
    let message = json!({
        "type": "object",
        "required": ["role", "content"],
        "properties": {
            "role": { "enum": ["user", "assistant", "system", "developer"] },
            "content": { "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "object" } },
            ] },
        },
    });
    vec![
        RawEndpoint {
            request: Some(json!({
                "type": "object",
                "required": ["messages"],
                "properties": {
                    "model": { "type": "string" },
                    "messages": { "type": "array", "minItems": 1, "items": message },
                    "stream": { "type": "boolean" },
                },
            })),
            ..endpoint(
                "post",
                "/v1/chat/completions",
                "Answer a conversation (OpenAI's shapes; `stream: true` answers server-sent events)",
                vec![(200, JSON, json!({ "type": "object" }))],
            )
        },
        endpoint(
            "get",
            "/v1/models",
            "List models (OpenAI's shape)",
            vec![(200, JSON, json!({ "type": "object" }))],
        ),
    ]
}

pub(super) async fn list_models(State(server): State<Server>, _: Identity) -> Response {
    let created = server.started.as_second();
    let data: Vec<Value> = server
        .chat
        .model_names()
        .into_iter()
        .map(
            |id| json!({"id": id, "object": "model", "created": created, "owned_by": "proxmox-ai"}),
        )
        .collect();
    Json(json!({"object": "list", "data": data})).into_response()
}

pub(super) async fn complete(
    State(server): State<Server>,
    identity: Identity,
    request: Request,
) -> Result<Response, Problem> {
    answer(server, identity, request)
        .await
        .map_err(Problem::openai)
}

async fn answer(server: Server, identity: Identity, request: Request) -> Result<Response, Problem> {
    let wish: CompletionWish = body::typed(request).await?;
    let messages = read_messages(wish.messages)?;
    let names = server.chat.model_names();
    if let Some(model) = &wish.model
        && !names.contains(model)
    {
        return Err(
            Problem::new(404, "model_not_found", "there is no such model here")
                .hint(format!("GET /v1/models lists them: {}", names.join(", "))),
        );
    }
    let actor = identity.actor.through(Surface::Chat);
    let head = Head {
        id: format!("chatcmpl-{}", Uuid::now_v7().simple()),
        created: server.registry.clock().now().as_second(),
        model: wish
            .model
            .or_else(|| names.first().cloned())
            .unwrap_or_default(),
    };
    if !wish.stream.unwrap_or(false) {
        let answered = server.chat.complete(&actor, messages);
        let completion = time::within(time::ANSWER, "the answer", answered).await?;
        return Ok((StatusCode::OK, Json(head.whole(&completion))).into_response());
    }
    let slot = sse::slot(&server, &identity)?;
    let first = head.chunk(&json!({"role": "assistant", "content": ""}), None);
    let rest = async move {
        let answered = server.chat.complete(&actor, messages);
        match time::within(time::ANSWER, "the answer", answered).await {
            Ok(completion) => vec![
                sse::event(&head.chunk(&json!({"content": completion.text}), None)),
                sse::event(&head.chunk(&json!({}), Some("stop"))),
                Event::default().data("[DONE]"),
            ],
            Err(problem) => vec![sse::event(&problem.openai().to_json())],
        }
    };
    let events =
        stream::iter([sse::event(&first)]).chain(stream::once(rest).flat_map(stream::iter));
    Ok(sse::answer(slot, events))
}

fn read_messages(wire: Vec<WireMessage>) -> Result<Vec<ChatMessage>, Problem> {
    let mut messages = Vec::with_capacity(wire.len());
    for message in wire {
        let role = match message.role.as_str() {
            // What a client's own tool answered is context like any other text.
            "user" | "tool" | "function" => ChatRole::User,
            "assistant" => ChatRole::Assistant,
            "system" | "developer" => ChatRole::System,
            _ => {
                return Err(Problem::invalid(
                    "`role` must be user, assistant, system or developer",
                ));
            }
        };
        let text = match message.content {
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => parts
                .into_iter()
                .filter_map(|part| part.text)
                .collect::<Vec<_>>()
                .join("\n"),
            None => String::new(),
        };
        messages.push(ChatMessage { role, text });
    }
    let asks = messages
        .iter()
        .any(|message| message.role == ChatRole::User && !message.text.trim().is_empty());
    if asks {
        Ok(messages)
    } else {
        Err(Problem::invalid("`messages` hold no text of a user"))
    }
}

/// What all chunks of one answer share.
struct Head {
    id: String,
    created: i64,
    model: String,
}

impl Head {
    /// Token counts are left out: they are not known, and unknown is not 0.
    fn whole(&self, completion: &Completion) -> Value {
        json!({
            "id": self.id, "object": "chat.completion", "created": self.created,
            "model": completion.model,
            "choices": [{
                "index": 0, "finish_reason": "stop", "logprobs": null,
                "message": {"role": "assistant", "content": completion.text},
            }],
        })
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created,
            "model": self.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        })
    }
}
