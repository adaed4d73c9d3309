//! What every handler can reach, and what the composition root hands over.

use std::sync::Arc;

use bytes::Bytes;
use ops::{
    Registry,
    ports::{Accounts, Health},
};
use tokio_util::sync::CancellationToken;

use crate::{chat::ChatPort, http::raw, metrics::Metrics, origin::TrustedProxies, streams::Streams};

/// Settings of the HTTP face.
#[derive(Clone, Default)]
pub struct ServerOptions {
    /// Whose `X-Forwarded-Proto` and `X-Forwarded-Host` are believed.
    pub trusted_proxies: TrustedProxies,
    /// Whether `/metrics` answers without a credential.
    pub metrics_public: bool,
    /// Where the product lives below a proxy's host: empty, or `/proxmox`.
    pub base_path: String,
    /// Serve HTTPS with this configuration instead of plain HTTP.
    pub tls: Option<Arc<tokio_rustls::rustls::ServerConfig>>,
}

/// The ports of the server.
pub struct ServerDeps {
    pub registry: Registry,
    pub accounts: Arc<dyn Accounts>,
    pub health: Arc<dyn Health>,
    pub chat: Arc<dyn ChatPort>,
    pub options: ServerOptions,
}

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub(crate) struct Server {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) registry: Registry,
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) health: Arc<dyn Health>,
    pub(crate) chat: Arc<dyn ChatPort>,
    pub(crate) options: ServerOptions,
    pub(crate) metrics: Metrics,
    pub(crate) streams: Streams,
    pub(crate) mcp: crate::mcp::http::Endpoint,
    /// The OpenAPI document, written once: it cannot change while the process lives.
    pub(crate) openapi: Bytes,
    /// Cancelled when the server stops; long answers end then.
    pub(crate) stopping: CancellationToken,
}

impl std::ops::Deref for Server {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl Server {
    pub(crate) fn new(deps: ServerDeps, stopping: CancellationToken) -> Self {
        let openapi = ops::project::openapi::document(&deps.registry, raw::endpoints());
        let mut options = deps.options;
        options.base_path = clean_base_path(&options.base_path);
        Self {
            inner: Arc::new(Inner {
                mcp: crate::mcp::http::Endpoint::new(&deps.registry, stopping.child_token()),
                openapi: Bytes::from(openapi.to_string()),
                registry: deps.registry,
                accounts: deps.accounts,
                health: deps.health,
                chat: deps.chat,
                options,
                metrics: Metrics::default(),
                streams: Streams::new(stopping.child_token()),
                stopping,
            }),
        }
    }
}

/// `/proxmox/`, `proxmox` and `/proxmox` mean the same; `/` means none.
fn clean_base_path(text: &str) -> String {
    match text.trim().trim_matches('/') {
        "" => String::new(),
        inner => format!("/{inner}"),
    }
}
