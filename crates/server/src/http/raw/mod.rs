//! Endpoints that are not operations, each file with the reason why, and their place in OpenAPI.
//!
//! An endpoint may stand here when it deals in credentials or consent, streams by id, speaks somebody else's
//! protocol, or must answer while the rest does not work. Everything else is an operation.

mod auth;
mod chat;
mod mcp;
mod openai;
mod openapi;
mod plans;
mod probes;
mod runs;

use axum::{
    Router,
    routing::{get, post},
};
use ops::{Risk, project::openapi::RawEndpoint};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::Server;

/// Behind authentication.
pub(super) fn plain_routes() -> Router<Server> {
    Router::new()
        .route("/metrics", get(probes::metrics))
        .route("/api/openapi.json", get(openapi::document))
        .route("/api/v1/auth/logout", post(auth::logout))
        .route("/api/v1/auth/session", get(auth::session))
        .route("/api/v1/auth/tokens", post(auth::create_token))
        .route("/api/v1/plans/{id}", get(plans::show))
        .route("/api/v1/plans/{id}/approve", post(plans::approve))
        .route("/api/v1/plans/{id}/reject", post(plans::reject))
        .route("/api/v1/plans/{id}/rehearse", post(plans::rehearse))
        .route("/api/v1/runs/{id}", get(runs::show))
        .route("/api/v1/runs/{id}/cancel", post(runs::cancel))
        .route(
            "/api/v1/chat/threads",
            get(chat::list_threads).post(chat::create_thread),
        )
        .route("/v1/models", get(openai::list_models))
}

/// Behind authentication; `Origin` is judged for every credential.
pub(super) fn stream_routes() -> Router<Server> {
    Router::new()
        .route("/api/v1/runs/{id}/events", get(runs::events))
        .route("/api/v1/chat/{thread}/messages", post(chat::send))
        .route("/api/v1/chat/{thread}/events", get(chat::events))
        .route("/v1/chat/completions", post(openai::complete))
}

/// Bearer tokens only.
pub(super) fn mcp_routes() -> Router<Server> {
    Router::new().route("/mcp", post(mcp::post))
}

/// For anybody.
pub(super) fn public_routes() -> Router<Server> {
    Router::new()
        .route("/healthz", get(probes::alive))
        .route("/readyz", get(probes::ready))
        .route("/api/v1/auth/login", post(auth::login))
}

/// All of them, for the OpenAPI document.
pub fn endpoints() -> Vec<RawEndpoint> {
    [
        probes::endpoints(),
        openapi::endpoints(),
        auth::endpoints(),
        plans::endpoints(),
        runs::endpoints(),
        chat::endpoints(),
        openai::endpoints(),
        mcp::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A body that must be empty or `{}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn endpoint(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    responses: Vec<(u16, &'static str, Value)>,
) -> RawEndpoint {
    RawEndpoint {
        method,
        path,
        summary,
        // Whatever is only looked at is a read; the rest is no operation and has no tier.
        risk: (method == "get").then_some(Risk::Read),
        operation: None,
        public: false,
        stream: responses.iter().any(|(_, media, _)| *media == EVENT_STREAM),
        websocket: false,
        request: None,
        responses,
    }
}

const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream";

/// A response without a body.
fn bare(status: u16) -> (u16, &'static str, Value) {
    (status, "", Value::Null)
}

fn component(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of a type, without references.
fn schema<T: JsonSchema>() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    T::json_schema(&mut generator).to_value()
}

/// The schema of a request: an optional field is left out rather than null, so its type is one word.
fn request_schema<T: JsonSchema>() -> Value {
    let mut schema = schema::<T>();
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|map| map.values_mut()) {
        let Some(kind) = property.get_mut("type") else {
            continue;
        };
        if let Some(only) = kind
            .as_array()
            .and_then(|kinds| kinds.iter().find(|kind| *kind != "null"))
        {
            *kind = only.clone();
        }
    }
    schema
}
