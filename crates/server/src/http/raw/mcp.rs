//! `/mcp`: the Model Context Protocol over streamable HTTP.
//!
//! Not an operation: it is another surface of all of them. Size, media type, syntax and the JSON-RPC envelope
//! are judged here, so that refusals are problem+json as everywhere; the protocol itself is rmcp's.

use ::http::{HeaderValue, Request as HttpRequest, header};
use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use ops::project::openapi::RawEndpoint;
use serde_json::{Value, json};

use super::{
    super::{body, judge::Identity, problem::Problem, time},
    JSON, endpoint,
};
use crate::server::Server;

pub(super) fn endpoints() -> Vec<RawEndpoint> {
    vec![RawEndpoint {
        request: Some(json!({
            "type": "object",
            "required": ["jsonrpc"],
            "properties": {
                "jsonrpc": { "type": "string", "const": "2.0" },
                "id": {},
                "method": { "type": "string" },
                "params": { "type": "object" },
            },
        })),
        ..endpoint(
            "post",
            "/mcp",
            "Model Context Protocol; one JSON answer per request",
            vec![(200, JSON, json!({ "type": "object" }))],
        )
    }]
}

pub(super) async fn post(
    State(server): State<Server>,
    _: Identity,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let bytes = body::bytes(&parts.headers, body).await?;
    body::media_type(&parts.headers)?;
    check_envelope(&body::parse(&bytes)?)?;
    // Our answers are always JSON; a client that did not ask for a stream as well gets what it asked for.
    parts.headers.insert(
        header::ACCEPT,
        HeaderValue::from_static("application/json, text/event-stream"),
    );
    let answer = async {
        Ok::<_, Problem>(
            server
                .mcp
                .handle(HttpRequest::from_parts(parts, bytes))
                .await,
        )
    };
    let response = time::within(time::ANSWER, "the tool", answer).await?;
    Ok(as_problem(response))
}

/// JSON-RPC 2.0, one message: what rmcp cannot read it answers in plain text.
fn check_envelope(message: &Value) -> Result<(), Problem> {
    let Some(message) = message.as_object() else {
        return Err(Problem::invalid(
            "the body must be one JSON-RPC message, an object",
        ));
    };
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(Problem::invalid("`jsonrpc` must be \"2.0\""));
    }
    let is_answer = message.contains_key("result") || message.contains_key("error");
    if !is_answer && !message.get("method").is_some_and(Value::is_string) {
        return Err(Problem::invalid("`method` must be a string"));
    }
    if message
        .get("params")
        .is_some_and(|params| !params.is_object())
    {
        return Err(Problem::invalid("`params` must be an object"));
    }
    if message
        .get("id")
        .is_some_and(|id| !(id.is_string() || id.is_i64() || id.is_u64()))
    {
        return Err(Problem::invalid("`id` must be a string or a whole number"));
    }
    Ok(())
}

/// Refusals of the transport in plain text become problems; JSON-RPC errors stay what they are.
fn as_problem(response: Response<Body>) -> Response {
    let status = response.status();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    if status.is_server_error() {
        return Problem::internal(format!("the MCP transport answered {status}")).into_response();
    }
    Problem::new(
        status.as_u16(),
        "mcp_refused",
        "this is not a message of a protocol version that is spoken here",
    )
    .hint("send initialize first; headers and body must name the same protocol version")
    .into_response()
}
