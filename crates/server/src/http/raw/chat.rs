//! Conversations with the assistant.
//!
//! Not operations: a turn is a stream of numbered events that outlives its listener, and what the assistant
//! does in it goes through the registry anyway.

use ::http::StatusCode;
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use futures_util::StreamExt as _;
use ops::{Surface, project::openapi::RawEndpoint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{
        body,
        judge::Identity,
        path::{After, Id},
        problem::Problem,
        sse, time,
    },
    EVENT_STREAM, JSON, Nothing, endpoint, request_schema, schema,
};
use crate::{
    chat::{ChatEvent, Thread},
    server::Server,
};

/// Longer texts are documents, not messages.
const TEXT_CHARACTERS: usize = 32_000;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Message {
    /// What the person says, at most 32,000 characters.
    text: String,
}

#[derive(Serialize, JsonSchema)]
struct Threads {
    threads: Vec<Thread>,
}

pub(super) fn endpoints() -> Vec<RawEndpoint> {
    let event = || vec![(200, EVENT_STREAM, json!({ "type": "object" }))];
    vec![
        endpoint(
            "get",
            "/api/v1/chat/threads",
            "List your conversations, newest first",
            vec![(200, JSON, schema::<Threads>())],
        ),
        endpoint(
            "post",
            "/api/v1/chat/threads",
            "Begin a conversation",
            vec![(201, JSON, schema::<Thread>())],
        ),
        RawEndpoint {
            request: Some(request_schema::<Message>()),
            ..endpoint(
                "post",
                "/api/v1/chat/{thread}/messages",
                "Say something; answers with the turn's events",
                event(),
            )
        },
        endpoint(
            "get",
            "/api/v1/chat/{thread}/events",
            "Replay a conversation from event `after` (or Last-Event-ID), then follow it",
            event(),
        ),
    ]
}

pub(super) async fn list_threads(
    State(server): State<Server>,
    Identity { actor, .. }: Identity,
) -> Result<Response, Problem> {
    let actor = actor.through(Surface::Chat);
    let threads = time::within(
        time::LOCAL,
        "listing conversations",
        server.chat.threads(&actor),
    )
    .await?;
    Ok(Json(Threads { threads }).into_response())
}

pub(super) async fn create_thread(
    State(server): State<Server>,
    Identity { actor, .. }: Identity,
    request: Request,
) -> Result<Response, Problem> {
    body::typed::<Nothing>(request).await?;
    let actor = actor.through(Surface::Chat);
    let thread = time::within(
        time::LOCAL,
        "beginning a conversation",
        server.chat.create_thread(&actor),
    )
    .await?;
    Ok((StatusCode::CREATED, Json(thread)).into_response())
}

pub(super) async fn send(
    State(server): State<Server>,
    identity: Identity,
    thread: Id,
    request: Request,
) -> Result<Response, Problem> {
    let message: Message = body::typed(request).await?;
    if message.text.trim().is_empty() {
        return Err(Problem::invalid("`text` is empty"));
    }
    if message.text.chars().count() > TEXT_CHARACTERS {
        return Err(Problem::invalid(format!(
            "`text` is longer than {TEXT_CHARACTERS} characters"
        )));
    }
    let thread = thread.existing("conversation")?;
    let slot = sse::slot(&server, &identity)?;
    let actor = identity.actor.through(Surface::Chat);
    let turn = server.chat.send(&actor, &thread, message.text);
    let events = time::within(time::OPERATION, "starting the turn", turn).await?;
    Ok(sse::answer(slot, events.map(|event| numbered(&event))))
}

pub(super) async fn events(
    State(server): State<Server>,
    identity: Identity,
    thread: Id,
    after: After,
) -> Result<Response, Problem> {
    let after = after.number()?;
    let thread = thread.existing("conversation")?;
    let slot = sse::slot(&server, &identity)?;
    let actor = identity.actor.through(Surface::Chat);
    let replay = server.chat.events(&actor, &thread, after, slot.end.clone());
    let events = time::within(time::LOCAL, "reading the conversation", replay).await?;
    Ok(sse::answer(slot, events.map(|event| numbered(&event))))
}

fn numbered(event: &ChatEvent) -> axum::response::sse::Event {
    sse::event(&event.event).id(event.id.to_string())
}
