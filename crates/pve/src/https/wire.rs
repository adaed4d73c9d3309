//! Connections to one server: made, kept for the next request, given up when they are old.
//!
//! A connection is served by the request that uses it and by nobody else: no task runs beside the
//! caller's, nothing has to be handed from one to another, and dropping a call closes its
//! connection. What is kept between requests is looked at when it is used again.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::outgoing::Outgoing;
use crate::connect::ConnectOptions;
use crate::endpoint::host_and_port;
use crate::error::{BodyProblem, ErrorKind, Phase};
use crate::socket::Stream;
use crate::trust::{kind_of_tls, tls_config};

/// pveproxy closes a connection that is idle for five seconds. Giving it up before avoids writing
/// a request into a connection that is just being closed, where nobody can say if it was read.
const IDLE_CONNECTION: Duration = Duration::from_secs(4);

/// All connections to one server.
pub(super) struct Wires {
    host: String,
    port: u16,
    /// None for http, which is for loopback addresses only.
    tls: Option<(TlsConnector, ServerName<'static>)>,
    connect_within: Duration,
    most_idle: usize,
    idle: Mutex<Vec<(Instant, Wire)>>,
}

/// One connection.
struct Wire {
    sender: SendRequest<Outgoing>,
    line: Line,
}

type Http = Connection<TokioIo<Box<dyn Stream>>, Outgoing>;

/// The connection as it is to be driven; nothing once it has ended.
struct Line(Option<Pin<Box<Http>>>);

/// The head of an answer and the connection that its body is read from.
pub(super) struct Answering {
    pub(super) head: http::response::Parts,
    body: Incoming,
    wire: Wire,
    /// A file can be on its way still when its answer has come, so its connection is not kept.
    keeps: bool,
}

/// What comes of a request to leave HTTP.
pub(super) enum Upgraded {
    Done {
        head: http::response::Parts,
        /// What came with the head.
        early: Bytes,
        stream: Box<dyn Stream>,
    },
    Refused(Answering),
}

/// Why there is no answer, and the request when not one byte of it was written.
struct Unanswered {
    error: hyper::Error,
    unsent: Option<Box<http::Request<Outgoing>>>,
}

impl Line {
    /// Waits for `work`, which needs the connection to go on meanwhile.
    async fn drive<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            if let Some(open) = &mut self.0
                && open.as_mut().poll(context).is_ready()
            {
                self.0 = None;
            }
            // What just came in, or the end of the connection, is for the work to say.
            work.as_mut().poll(context)
        })
        .await
    }
}

impl Wire {
    async fn send(
        &mut self,
        request: http::Request<Outgoing>,
    ) -> Result<http::Response<Incoming>, Unanswered> {
        let Self { sender, line } = self;
        if let Err(error) = line.drive(sender.ready()).await {
            let unsent = Some(Box::new(request));
            return Err(Unanswered { error, unsent });
        }
        line.drive(sender.try_send_request(request))
            .await
            .map_err(|mut failed| Unanswered {
                unsent: failed.take_message().map(Box::new),
                error: failed.into_error(),
            })
    }
}

impl Wires {
    pub(super) fn new(options: &ConnectOptions) -> Result<Self, ErrorKind> {
        let (host, port) = host_and_port(&options.url)?;
        let tls = if options.url.scheme() == "https" {
            let name = ServerName::try_from(host.clone())
                .map_err(|_| ErrorKind::Invalid(format!("`{host}` is not a host name")))?;
            Some((
                TlsConnector::from(Arc::new(tls_config(&options.trust)?)),
                name,
            ))
        } else {
            None
        };
        Ok(Self {
            host,
            port,
            tls,
            connect_within: options.timeouts.connect,
            most_idle: options.budget.in_flight_per_node.max(1),
            idle: Mutex::default(),
        })
    }

    /// Sends a request on a kept connection or a new one and waits for the head of the answer. A
    /// kept one can have been closed meanwhile: as long as nothing was written, the next is tried.
    pub(super) async fn send(
        &self,
        mut request: http::Request<Outgoing>,
    ) -> Result<Answering, ErrorKind> {
        let keeps = matches!(request.body(), Outgoing::Whole(_));
        loop {
            let kept = self.take();
            let is_new = kept.is_none();
            let mut wire = match kept {
                Some(wire) => wire,
                None => self.connect().await?,
            };
            match wire.send(request).await {
                Ok(answer) => {
                    let (head, body) = answer.into_parts();
                    return Ok(Answering {
                        head,
                        body,
                        wire,
                        keeps,
                    });
                }
                Err(Unanswered {
                    unsent: Some(unsent),
                    ..
                }) if !is_new => request = *unsent,
                Err(Unanswered { error, .. }) => return Err(kind_of(&error)),
            }
        }
    }

    /// Sends a request on a connection of its own that is to be something else than HTTP then.
    pub(super) async fn upgrade(
        &self,
        request: http::Request<Outgoing>,
    ) -> Result<Upgraded, ErrorKind> {
        let stream = self.open_in_time().await?;
        let (mut sender, mut connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| kind_of(&error))?;
        let mut asking = pin!(sender.send_request(request));
        let answer = poll_fn(|context| {
            if let Poll::Ready(done) = asking.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            // Its end is for the request to say.
            let _ = connection.poll_without_shutdown(context);
            asking.as_mut().poll(context)
        })
        .await
        .map_err(|error| kind_of(&error))?;
        let (head, body) = answer.into_parts();
        if head.status != http::StatusCode::SWITCHING_PROTOCOLS {
            let line = Line(Some(Box::pin(connection)));
            let keeps = false;
            let wire = Wire { sender, line };
            return Ok(Upgraded::Refused(Answering {
                head,
                body,
                wire,
                keeps,
            }));
        }
        poll_fn(|context| connection.poll_without_shutdown(context))
            .await
            .map_err(|error| kind_of(&error))?;
        let parts = connection.into_parts();
        Ok(Upgraded::Done {
            head,
            early: parts.read_buf,
            stream: parts.io.into_inner(),
        })
    }

    fn take(&self) -> Option<Wire> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < IDLE_CONNECTION);
        idle.pop().map(|(_, wire)| wire)
    }

    fn keep(&self, wire: Wire) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.most_idle {
            idle.push((Instant::now(), wire));
        }
    }

    async fn connect(&self) -> Result<Wire, ErrorKind> {
        let stream = self.open_in_time().await?;
        // Not the network: only the two ends of a channel are made.
        let (sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| kind_of(&error))?;
        let line = Line(Some(Box::pin(connection)));
        tracing::trace!(host = self.host, port = self.port, "connected");
        Ok(Wire { sender, line })
    }

    async fn open_in_time(&self) -> Result<Box<dyn Stream>, ErrorKind> {
        let after = self.connect_within;
        let phase = Phase::Connect;
        timeout(after, self.open())
            .await
            .map_err(|_| ErrorKind::Timeout { phase, after })?
            .map_err(|error| {
                kind_of_tls(&error).unwrap_or_else(|| ErrorKind::Unreachable {
                    reason: root_cause(&error),
                })
            })
    }

    async fn open(&self) -> std::io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // Requests are small and waited for: none is held back to be filled up.
        stream.set_nodelay(true)?;
        Ok(match &self.tls {
            Some((connector, name)) => Box::new(connector.connect(name.clone(), stream).await?),
            None => Box::new(stream),
        })
    }
}

impl Answering {
    /// The next part of the body as it came over the network; `None` at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, ErrorKind> {
        let Self { body, wire, .. } = self;
        loop {
            let next = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
            let cut =
                |error: hyper::Error| ErrorKind::Body(BodyProblem::Truncated(root_cause(&error)));
            let Some(frame) = wire.line.drive(next).await.transpose().map_err(cut)? else {
                return Ok(None);
            };
            // Trailers are of no use here.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// Leaves the connection for the next request. The body must have been read to its end.
    pub(super) fn finish(self, wires: &Wires) {
        let closes = self.head.headers.get(header::CONNECTION);
        let closes = closes.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"));
        if self.keeps && !closes && self.body.is_end_stream() && self.wire.line.0.is_some() {
            wires.keep(self.wire);
        }
    }
}

fn kind_of(error: &hyper::Error) -> ErrorKind {
    kind_of_tls(error).unwrap_or_else(|| ErrorKind::ConnectionLost {
        reason: root_cause(error),
    })
}

/// The text at the bottom of an error's causes: those above only say that something failed.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
