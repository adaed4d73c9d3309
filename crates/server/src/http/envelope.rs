//! What goes around every answer: security headers, request id, a log line, a counter, and a net for panics.

use std::panic::AssertUnwindSafe;

use ::http::{HeaderName, HeaderValue, header};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use tracing::Instrument as _;
use uuid::Uuid;

use super::problem::Problem;
use crate::server::Server;

/// Styles may be inline because the component library sets positions that way; scripts never.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                   img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; \
                   base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

pub(super) async fn envelope(
    State(server): State<Server>,
    request: Request,
    next: Next,
) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    let method = request.method().clone();
    // The query may hold what a person typed; the path alone is logged, and no more than a line of it.
    let path: String = request.uri().path().chars().take(120).collect();
    let class = class_of(
        path.strip_prefix(server.options.base_path.as_str())
            .unwrap_or(&path),
    );
    let span = tracing::info_span!("request", %id, %method, %path);
    let mut response = async {
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let response =
            answer.unwrap_or_else(|_| Problem::internal("a handler panicked").into_response());
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await;
    server
        .metrics
        .count_request(class, response.status().as_u16());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Static files say themselves how long they are good; everything else is for this once.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// A handful of classes: a label per path would grow without end.
fn class_of(path: &str) -> &'static str {
    let first = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    match first {
        "api" if path.starts_with("/api/v1/chat/") => "chat",
        "api" => "api",
        "v1" => "openai",
        "mcp" => "mcp",
        "healthz" | "readyz" | "metrics" => "probe",
        _ => "web",
    }
}
