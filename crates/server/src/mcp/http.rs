//! Streamable HTTP without sessions: each POST gets one JSON answer, so any replica can give it.

use std::sync::Arc;

use ::http::{Request, Response};
use axum::body::Body;
use bytes::Bytes;
use http_body_util::Full;
use ops::Registry;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use tokio_util::sync::CancellationToken;

use super::Handler;

/// The MCP end of the HTTP server.
pub(crate) struct Endpoint(StreamableHttpService<Handler, NeverSessionManager>);

impl Endpoint {
    pub(crate) fn new(registry: &Registry, stopping: CancellationToken) -> Self {
        let handler = Handler::new(registry, None);
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_cancellation_token(stopping)
            // Host and Origin were judged before, by the rules that hold for all endpoints.
            .disable_allowed_hosts()
            .disable_allowed_origins();
        let manager = Arc::new(NeverSessionManager::default());
        Self(StreamableHttpService::new(
            move || Ok(handler.clone()),
            manager,
            config,
        ))
    }

    /// `request` carries the [`crate::http::Identity`] of its sender in its extensions.
    pub(crate) async fn handle(&self, request: Request<Bytes>) -> Response<Body> {
        self.0.handle(request.map(Full::new)).await.map(Body::new)
    }
}
