//! The listening side: accepts connections, speaks TLS and HTTP/1.1, hands requests on, and ends all of it
//! when the simulator is stopped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::request::Parts;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::admin;
use super::body::Body;
use super::certificate::Certificates;
use super::console::{self, Session};
use super::dispatch::decide;
use super::files;
use super::incoming::{BODY_LIMIT, UPLOAD_LIMIT, read_path};
use super::issuer;
use super::pages::{Docs, page};
use super::reply::{self, Format, Reply};
use crate::api::table::Routes;
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::cluster::consoles::Console;
use crate::cluster::refusal::{Refusal, RefusalBody};
use crate::version::PveVersion;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) cluster: Mutex<Cluster>,
    pub(crate) clock: Clock,
    pub(crate) certificates: Certificates,
    pub(crate) routes: Routes,
    pub(crate) time_scale: f64,
    pub(crate) refused_login_delay: Duration,
    pub(crate) docs: Option<PathBuf>,
    pub(crate) pve_version: PveVersion,
    /// Of a real node, for what is not simulated.
    pub(crate) schema: Option<Arc<pve::Schema>>,
}

impl Shared {
    /// The state, as it is now: everything that is due has happened.
    pub(crate) fn settled(&self) -> MutexGuard<'_, Cluster> {
        let now_ms = self.clock.now_ms();
        // A panic in a handler cannot leave the state half changed in a way others must not see.
        let mut cluster = self.cluster.lock().unwrap_or_else(PoisonError::into_inner);
        cluster.settle(now_ms);
        cluster
    }
}

/// The longest a client may take for the TLS handshake or its request's head.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves until it is told to stop.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    let (tls, ends) = shared.certificates.for_connection();
                    let (shared, stop) = (shared.clone(), stop.clone());
                    connections.spawn(async move {
                        let talk = async move { match tls {
                            None => converse(stream, shared, stop).await,
                            Some(tls) => {
                                let shaken = tokio::time::timeout(PATIENCE, tls.accept(stream)).await;
                                if let Ok(Ok(stream)) = shaken {
                                    converse(stream, shared, stop).await;
                                }
                            }
                        } };
                        tokio::select! {
                            () = ends.cancelled() => {}
                            () = talk => {}
                        }
                    });
                }
                // Out of file handles: wait for one instead of spinning.
                Err(cause) => {
                    tracing::warn!(%cause, "the simulator cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    connections.shutdown().await;
}

async fn converse<S>(stream: S, shared: Arc<Shared>, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // A connection becomes at most one console.
    let (hand_over, mut sessions) = mpsc::channel(1);
    let answering = shared.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (shared, hand_over) = (answering.clone(), hand_over.clone());
        async move { respond(&shared, request, &hand_over).await }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        () = stop.cancelled() => {}
        // Clients that go away are no news.
        _ = connection => {
            if let Ok(session) = sessions.try_recv() {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = console::run(session, &shared) => {}
                }
            }
        }
    }
}

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped on demand")]
struct Dropped;

async fn respond(
    shared: &Shared,
    mut request: Request<Incoming>,
    hand_over: &mpsc::Sender<Session>,
) -> Result<Response<Body>, Dropped> {
    let upgrade = hyper::upgrade::on(&mut request);
    let accepts_gzip = request
        .headers()
        .get(http::header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"));
    let (outgoing, head) = answer(shared, request).await?;
    if let Some(console) = outgoing.console {
        let response = console::switch(&head).ok_or(Dropped)?;
        let session = Session { upgrade, console };
        hand_over.try_send(session).map_err(|_| Dropped)?;
        return Ok(response);
    }
    Ok(outgoing
        .reply
        .into_response(accepts_gzip, outgoing.wall_ms, outgoing.body_time))
}

/// An answer that is ready to go out.
struct Outgoing {
    reply: Reply,
    /// What the answering node's clock shows.
    wall_ms: i64,
    /// Over which the body goes out.
    body_time: Duration,
    /// What the connection becomes instead.
    console: Option<Console>,
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Result<(Outgoing, Parts), Dropped> {
    let (head, body) = request.into_parts();
    let outgoing = outgoing(shared, &head, body).await?;
    Ok((outgoing, head))
}

async fn outgoing(shared: &Shared, head: &Parts, body: Incoming) -> Result<Outgoing, Dropped> {
    let plain = |reply| Outgoing {
        reply,
        wall_ms: shared.clock.now_ms(),
        body_time: Duration::ZERO,
        console: None,
    };
    let incoming = match read_path(head) {
        None => {
            if let Some(path) = issuer::path(head) {
                return Ok(plain(issuer::answer(shared, head, &path, body).await));
            }
            if let Some(name) = files::name(head) {
                return Ok(plain(files::answer(shared, &name)));
            }
            if let Some(path) = admin::path(head) {
                return Ok(plain(admin::answer(shared, head, path, body).await));
            }
            let docs = Docs {
                directory: shared.docs.as_deref(),
                version: shared.pve_version,
            };
            let reply = page(head.uri.path(), &head.headers, docs, shared.routes.all()).await;
            return Ok(plain(reply));
        }
        Some(Err(refusal)) => return Ok(plain(reply::refusal(&refusal, Format::Json))),
        Some(Ok(incoming)) => incoming,
    };
    if head.headers.contains_key(http::header::TRANSFER_ENCODING) {
        let text = "chunked transfer encoding not supported".to_owned();
        let refusal = Refusal::new(501, text, RefusalBody::Text);
        return Ok(plain(reply::refusal(&refusal, Format::Json)));
    }
    let limit = if head.uri.path().ends_with("/upload") {
        UPLOAD_LIMIT
    } else {
        BODY_LIMIT
    };
    let Ok(body) = Limited::new(body, limit).collect().await else {
        let text = "for data too large".to_owned();
        let refusal = Refusal::new(501, text, RefusalBody::Text);
        return Ok(plain(reply::refusal(&refusal, Format::Json)));
    };
    let body = body.to_bytes();
    let mut console = None;
    let mut decision = {
        let mut cluster = shared.settled();
        let decision = decide(
            &mut cluster,
            (&shared.routes, shared.schema.as_deref()),
            head,
            &incoming,
            &body,
        );
        let is_good = decision.reply.as_ref().is_some_and(Reply::is_good);
        if is_good && console::is_wanted(head) {
            // Nobody waits on that port: the connection ends without a word, as on a node.
            console = Some(console::connect(&mut cluster, head).ok_or(Dropped)?);
        }
        shared.certificates.follow(&mut cluster);
        decision
    };
    if decision.is_refused_login {
        decision.delay = shared.refused_login_delay;
    }
    // A standing clock is turned by a test, which does not want to wait.
    let waits = !shared.clock.is_standing();
    if !decision.delay.is_zero() && waits {
        tokio::time::sleep(decision.delay.mul_f64(shared.time_scale)).await;
    }
    let body_time = if waits {
        decision.body_time.mul_f64(shared.time_scale)
    } else {
        Duration::ZERO
    };
    Ok(Outgoing {
        reply: decision.reply.ok_or(Dropped)?,
        wall_ms: decision.wall_ms,
        body_time,
        console,
    })
}

/// Binds the address; the error says what to do.
pub(crate) async fn listen(address: SocketAddr) -> crate::error::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|cause| match cause.kind() {
            std::io::ErrorKind::AddrInUse => crate::error::SimError::PortInUse { address },
            _ => crate::error::SimError::Listen {
                address,
                cause: cause.to_string(),
            },
        })
}
