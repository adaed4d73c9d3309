//! Listening, accepting, time-outs of connections, TLS, and a graceful end.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use ::http::Request;
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use ops::tasks::Tasks;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::{
    error::Error,
    http,
    origin::Peer,
    server::{Server, ServerDeps},
};

/// Beyond this many connections new ones wait in the kernel's queue.
const CONNECTIONS: usize = 2048;
/// For the head of a request, and between two requests on one connection.
const HEADER_PATIENCE: Duration = Duration::from_secs(30);
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// After the word to stop, requests in flight get this long.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(10);

/// Opens the port, with a sentence that says what to do when that fails.
pub async fn bind(addr: &str) -> Result<TcpListener, Error> {
    let parsed: SocketAddr = addr.parse().map_err(|_| Error::NotAnAddress {
        text: addr.to_owned(),
    })?;
    TcpListener::bind(parsed)
        .await
        .map_err(|cause| match cause.kind() {
            std::io::ErrorKind::AddrInUse => Error::PortInUse {
                addr: addr.to_owned(),
            },
            _ => Error::Listen {
                addr: addr.to_owned(),
                cause,
            },
        })
}

/// Reads certificate chain and key (PEM) for [`crate::ServerOptions::tls`].
pub fn tls_config(cert: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>, Error> {
    let wrong = |what: &'static str| {
        move |error: &dyn std::fmt::Display| Error::Tls {
            what,
            reason: error.to_string(),
        }
    };
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong("certificate")(&error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong("key")(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong("protocol versions")(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong("certificate and key")(&error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Serves until `shutdown`, then lets requests in flight finish and ends streams.
pub async fn serve(
    listener: TcpListener,
    deps: ServerDeps,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let tls = deps.options.tls.clone().map(TlsAcceptor::from);
    let server = Server::new(deps, &shutdown);
    let router = http::assemble(&server);
    let tasks = Tasks::new();
    count_runs(&tasks, &server);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // Cancel-safe: a permit or a connection that was not taken stays where it was.
        let (stream, addr) = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, or the peer left already: neither ends the server.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let place = tokio::select! {
            () = shutdown.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let (router, tls, shutdown) = (router.clone(), tls.clone(), shutdown.clone());
        tasks.spawn("connection", move |_| async move {
            connection(stream, addr, router, tls, shutdown).await;
            drop(place);
        });
    }
    drop(listener);
    tasks.stop(FAREWELL_PATIENCE).await;
    server.settle(FAREWELL_PATIENCE).await;
    Ok(())
}

/// Counts how runs end, for `/metrics`.
fn count_runs(tasks: &Tasks, server: &Server) {
    let server = server.clone();
    tasks.spawn("run counter", move |stop| async move {
        let mut events = server.registry.bus().listen();
        loop {
            let event = tokio::select! {
                () = stop.cancelled() => return,
                event = events.recv() => event,
            };
            match event {
                Ok(event) if event.kind == "run.finished" => {
                    let state = event.state.as_ref().and_then(serde_json::Value::as_str);
                    server
                        .metrics
                        .count_finished_run(state.unwrap_or("unknown"));
                }
                // Missed events make a count too low, nothing worse.
                Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            }
        }
    });
}

async fn connection(
    stream: TcpStream,
    addr: SocketAddr,
    router: Router,
    tls: Option<TlsAcceptor>,
    shutdown: CancellationToken,
) {
    // Small answers must not wait for an acknowledgement; without the option they are only slower.
    let _ = stream.set_nodelay(true);
    let peer = Peer {
        addr,
        tls: tls.is_some(),
    };
    match tls {
        None => speak(stream, peer, router, shutdown).await,
        Some(acceptor) => {
            match tokio::time::timeout(HANDSHAKE_PATIENCE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => speak(stream, peer, router, shutdown).await,
                Ok(Err(error)) => tracing::debug!(%addr, %error, "TLS handshake failed"),
                Err(_) => tracing::debug!(%addr, "TLS handshake timed out"),
            }
        }
    }
}

async fn speak<S>(stream: S, peer: Peer, router: Router, shutdown: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let mut connection = std::pin::pin!(
        hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_PATIENCE)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(peer = %peer.addr, %error, "connection ended early");
    }
}
