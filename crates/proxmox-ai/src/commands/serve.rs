//! `serve`: console, API and MCP over HTTP.

use std::{path::Path, sync::Arc};

use app::{App, Role};
use ops::ports::Accounts as _;
use server::{ServerDeps, ServerOptions, TrustedProxies};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Session;
use crate::{arguments::ServeArgs, config::Config, failure::Failure, output};

pub(super) async fn run(session: &Session, arguments: ServeArgs) -> Result<u8, Failure> {
    let listen = arguments
        .listen
        .as_deref()
        .unwrap_or_else(|| session.config.text("server.listen"));
    let settings = session.config.settings(arguments.model.as_deref())?;
    let tls = tls(&session.config)?;
    let listener = bind(listen).await?;
    let app = session.app_with(Role::Server, settings).await?;
    if app.store.users().await?.is_empty() {
        output::note(
            "there is no account yet: make one with `proxmox-ai users create NAME --role admin --password-stdin`",
        );
    }
    app.start_background();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = listener
        .local_addr()
        .map_or_else(|_| listen.to_owned(), |address| address.to_string());
    let line = format!("ready {scheme}://{address}");
    serve(session, &app, listener, tls, || output::say(&line)).await
}

/// Opens the port before anything else is done, so that a port in use changes nothing.
pub(super) async fn bind(listen: &str) -> Result<TcpListener, Failure> {
    server::bind(listen).await.map_err(|error| match error {
        server::Error::NotAnAddress { .. } => Failure::new(2, format!("--listen: {error}")),
        error => Failure::new(1, error.to_string()),
    })
}

type Tls = Option<Arc<rustls::ServerConfig>>;

fn tls(config: &Config) -> Result<Tls, Failure> {
    let (Some(cert), Some(key)) = (
        config.optional("server.tls.cert"),
        config.optional("server.tls.key"),
    ) else {
        return Ok(None);
    };
    server::tls_config(Path::new(cert), Path::new(key))
        .map(Some)
        .map_err(|error| Failure::new(2, error.to_string()))
}

/// Serves until a signal, then ends in order.
pub(super) async fn serve(
    session: &Session,
    app: &App,
    listener: TcpListener,
    tls: Tls,
    when_ready: impl FnOnce(),
) -> Result<u8, Failure> {
    let config = &session.config;
    let proxies: Vec<&str> = config
        .text("server.trusted_proxies")
        .split(',')
        .map(str::trim)
        .filter(|proxy| !proxy.is_empty())
        .collect();
    let deps = ServerDeps {
        registry: app.registry.clone(),
        accounts: Arc::new(app.store.clone()),
        health: app.health.clone(),
        chat: Arc::new(server::AssistantChat::new(Arc::clone(&app.assistant))),
        options: ServerOptions {
            trusted_proxies: TrustedProxies::parse(&proxies)
                .map_err(|error| Failure::new(2, format!("server.trusted_proxies: {error}")))?,
            metrics_public: config.flag("server.metrics_public"),
            base_path: config.text("server.base_path").to_owned(),
            tls,
        },
    };
    let shutdown = CancellationToken::new();
    let signalled = shutdown.clone();
    app.tasks.spawn("signals", move |stop| async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = terminated() => signalled.cancel(),
        }
    });
    when_ready();
    let served = server::serve(listener, deps, shutdown).await;
    app.stop().await;
    served.map_err(|error| Failure::new(1, error.to_string()))?;
    Ok(0)
}

/// Ctrl-C or the service manager's word.
pub(super) async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
