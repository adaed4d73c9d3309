//! The OpenAPI document.
//!
//! Not an operation: it describes the operations and everything around them.

use ::http::header;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use ops::project::openapi::RawEndpoint;
use serde_json::json;

use super::{JSON, endpoint};
use crate::{http::Identity, server::Server};

pub(super) fn endpoints() -> Vec<RawEndpoint> {
    vec![endpoint(
        "get",
        "/api/openapi.json",
        "Describe this interface (OpenAPI 3.1)",
        vec![(200, JSON, json!({ "type": "object" }))],
    )]
}

pub(super) async fn document(State(server): State<Server>, _: Identity) -> Response {
    ([(header::CONTENT_TYPE, JSON)], server.openapi.clone()).into_response()
}
