//! What every handler can reach, and what the composition root hands over.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use ops::{
    Registry,
    ports::{Accounts, Health},
    tasks::Tasks,
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::{
    chat::ChatPort,
    http::{Problem, raw},
    metrics::Metrics,
    origin::TrustedProxies,
    streams::Streams,
};

/// How long a client waits for work that goes on without it.
const FINISH_PATIENCE: Duration = Duration::from_secs(30);

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
    pub(crate) started: jiff::Timestamp,
    tasks: Tasks,
}

impl std::ops::Deref for Server {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl Server {
    pub(crate) fn new(deps: ServerDeps, stopping: &CancellationToken) -> Self {
        let openapi = ops::project::openapi::document(&deps.registry, raw::endpoints());
        let mut options = deps.options;
        options.base_path = clean_base_path(&options.base_path);
        Self {
            inner: Arc::new(Inner {
                mcp: crate::mcp::http::Endpoint::new(&deps.registry, stopping.child_token()),
                openapi: Bytes::from(openapi.to_string()),
                started: deps.registry.clock().now(),
                registry: deps.registry,
                accounts: deps.accounts,
                health: deps.health,
                chat: deps.chat,
                options,
                metrics: Metrics::default(),
                streams: Streams::new(stopping.child_token()),
                tasks: Tasks::new(),
            }),
        }
    }

    /// Carries `work` to its end even when the client that asked for it goes away.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = ops::Result<T>> + Send + 'static,
    ) -> Result<T, Problem> {
        let (done, outcome) = oneshot::channel();
        self.tasks.spawn(name, move |_| async move {
            // Nobody waiting any more is the very case this is for.
            let _ = done.send(work.await);
        });
        match tokio::time::timeout(FINISH_PATIENCE, outcome).await {
            Ok(Ok(outcome)) => outcome.map_err(Problem::from),
            Ok(Err(_)) => Err(Problem::internal(format!("{name} ended without an answer"))),
            Err(_) => Err(Problem::timed_out(format!("the {name}"))
                .hint("it goes on; look at the plan to see what came of it")),
        }
    }

    /// Waits for work that outlived its clients.
    pub(crate) async fn settle(&self, patience: Duration) {
        self.tasks.stop(patience).await;
    }
}

/// `/proxmox/`, `proxmox` and `/proxmox` mean the same; `/` means none.
fn clean_base_path(text: &str) -> String {
    match text.trim().trim_matches('/') {
        "" => String::new(),
        inner => format!("/{inner}"),
    }
}
