//! The HTTPS way to a cluster: pveproxy on port 8006, HTTP/1.1 only.
//!
//! It stands on `hyper` directly: a request to a node on the same wire costs a third less than with
//! a client in between, redirects cannot be followed (they would carry the credentials elsewhere),
//! and proxies of the environment are not used (a cluster is a neighbour).

mod incoming;
mod outgoing;
mod page;
mod socket;
mod transfer;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout, timeout_at};

use self::incoming::Collected;
use self::outgoing::Outgoing;
use self::wire::{Answering, Wires};
use crate::connect::{Auth, ConnectOptions, Timeouts};
use crate::endpoint::{check, endpoint_text};
use crate::error::{Error, ErrorKind, Phase, Result};
use crate::files::{Downloaded, FileSource, OnProgress};
use crate::meter::{Meter, Purpose, RequestCounters};
use crate::page::{PageAnswer, PageMark};
use crate::params::Params;
use crate::path::ApiPath;
use crate::refusal::classify;
use crate::reply::{RawReply, Wrapping};
use crate::service::Service;
use crate::session::{LoginAnswer, Session};
use crate::socket::Socket;
use crate::transport::{Method, Request, Transport};

const CSRF: HeaderName = HeaderName::from_static("csrfpreventiontoken");

/// A connection pool to one server, with the credentials for it.
pub struct HttpsTransport {
    wires: Wires,
    /// What every path begins with, for a server behind a proxy; mostly nothing.
    prefix: String,
    host: HeaderValue,
    user_agent: HeaderValue,
    service: Service,
    endpoint: String,
    identity: Identity,
    timeouts: Timeouts,
    limit_bytes: u64,
    meter: Meter,
}

/// Who asks. One is shared by all endpoints of a cluster.
#[derive(Clone)]
pub(crate) enum Identity {
    /// The whole value of the `Authorization` header, marked as sensitive.
    Token(HeaderValue),
    Session(Arc<Session>),
    /// Nobody yet: for signing in.
    Nobody,
}

impl Identity {
    pub(crate) fn new(options: &ConnectOptions) -> Result<Self, ErrorKind> {
        match &options.auth {
            Auth::Token { id, secret } => {
                let service = options.service;
                let prefix = service.prefix();
                let Some(separator) = service.token_separator() else {
                    let text = format!("{prefix} has no API tokens: use a password");
                    return Err(ErrorKind::Invalid(text));
                };
                let secret = secret.expose_secret();
                let value = format!("{prefix}APIToken={id}{separator}{secret}");
                Ok(Self::Token(sensitive(&value)?))
            }
            Auth::Password { user, password } => {
                let (user, password) = (user.clone(), password.clone());
                let session = Session::new(user, password, options.second_factor.clone());
                Ok(Self::Session(Arc::new(session)))
            }
            Auth::Ticket(signed_in) => {
                let session = Session::of_ticket(signed_in.clone());
                Ok(Self::Session(Arc::new(session)))
            }
        }
    }
}

/// What lets a single request in.
enum Pass {
    Token(HeaderValue),
    Ticket {
        cookie: HeaderValue,
        csrf: HeaderValue,
        generation: u64,
    },
    /// Signing in itself.
    None,
}

/// A full HTTP answer.
struct Answer {
    status: u16,
    reason: String,
    body: Bytes,
}

impl Answer {
    /// The status says enough when the body of a refusal is missing or broken.
    fn new(
        status: http::StatusCode,
        reason: String,
        body: Result<Bytes, ErrorKind>,
    ) -> Result<Self, ErrorKind> {
        let body = if status.is_success() {
            body?
        } else {
            body.unwrap_or_default()
        };
        Ok(Self {
            status: status.as_u16(),
            reason,
            body,
        })
    }
}

/// Status and reason phrase as it came.
fn status_of(head: &http::response::Parts) -> (http::StatusCode, String) {
    let status = head.status;
    let reason = head
        .extensions
        .get::<hyper::ext::ReasonPhrase>()
        .map_or_else(
            || status.canonical_reason().unwrap_or_default().to_owned(),
            |phrase| String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
        );
    (status, reason)
}

impl HttpsTransport {
    /// Checks the settings and builds the pool; connects at the first request. Knows the first
    /// endpoint only; [`crate::Client::connect`] uses all.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "part of the public interface; the options hold secrets that are not kept twice"
    )]
    pub fn new(options: ConnectOptions) -> Result<Self> {
        let fail = |kind| Error::of_endpoint(&endpoint_text(&options.url), kind);
        let identity = Identity::new(&options).map_err(fail)?;
        Self::with_identity(&options, identity)
    }

    pub(crate) fn with_identity(options: &ConnectOptions, identity: Identity) -> Result<Self> {
        let endpoint = endpoint_text(&options.url);
        let fail = |kind| Error::of_endpoint(&endpoint, kind);
        check(&options.url).map_err(fail)?;
        let header = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| {
                ErrorKind::Invalid(format!("`{}` fits in no header", text.escape_debug()))
            })
        };
        // A default port is left out, as browsers do.
        let authority = match options.url.port() {
            Some(port) => format!("{}:{port}", options.url.host_str().unwrap_or_default()),
            None => options.url.host_str().unwrap_or_default().to_owned(),
        };
        Ok(Self {
            wires: Wires::new(options).map_err(fail)?,
            prefix: options.url.path().trim_end_matches('/').to_owned(),
            host: header(&authority).map_err(fail)?,
            user_agent: header(&options.user_agent).map_err(fail)?,
            service: options.service,
            identity,
            timeouts: options.timeouts,
            limit_bytes: options.body_limit_bytes,
            meter: Meter::default(),
            endpoint,
        })
    }

    /// `{prefix}/api2/json{path}`.
    fn target(&self, request: &Request) -> String {
        let path = request.path.encoded();
        let mut target = String::with_capacity(self.prefix.len() + path.len() + 10);
        target.push_str(&self.prefix);
        target.push_str("/api2/json");
        target.push_str(&path);
        target
    }

    async fn pass(&self, refused: Option<u64>) -> Result<Pass, ErrorKind> {
        let session = match &self.identity {
            Identity::Token(header) => return Ok(Pass::Token(header.clone())),
            Identity::Session(session) => session,
            Identity::Nobody => return Ok(Pass::None),
        };
        let ticket = session
            .ticket(refused, |params| self.login(params))
            .await
            .map_err(before_the_request)?;
        Ok(Pass::Ticket {
            cookie: sensitive(&format!(
                "{}AuthCookie={}",
                self.service.prefix(),
                ticket.cookie.expose_secret()
            ))?,
            csrf: sensitive(ticket.csrf.expose_secret())?,
            generation: ticket.generation,
        })
    }

    /// Asks for a ticket.
    pub(crate) async fn login(&self, params: Params) -> Result<LoginAnswer, ErrorKind> {
        let path = ApiPath::fixed(&["access", "ticket"]);
        let request = Request {
            method: Method::Post,
            path,
            params,
        };
        let answer = self.exchange(&request, &Pass::None).await?;
        let reply = judge(&request, answer)?;
        Ok(reply.read::<LoginAnswer>()?.data)
    }

    /// One request and its answer, whatever the status. Counts both.
    async fn exchange(&self, request: &Request, pass: &Pass) -> Result<Answer, ErrorKind> {
        self.meter.sending(match (pass, request.method) {
            (Pass::None, _) => Purpose::Login,
            (_, Method::Get) => Purpose::Read,
            (_, Method::Post | Method::Put | Method::Delete) => Purpose::Write,
        });
        let started = Instant::now();
        let answer = self.try_exchange(request, pass, started).await;
        let (method, path) = (request.method, &request.path);
        let duration_ms = started.elapsed().as_millis() as u64;
        match &answer {
            Ok(answer) => {
                tracing::debug!(%method, %path, status = answer.status, duration_ms, "pve answered");
            }
            Err(kind) => {
                tracing::debug!(%method, %path, reason = %kind, duration_ms, "pve did not answer");
            }
        }
        if !matches!(&answer, Ok(answer) if (200..300).contains(&answer.status)) {
            self.meter.failed();
        }
        answer
    }

    async fn try_exchange(
        &self,
        request: &Request,
        pass: &Pass,
        started: Instant,
    ) -> Result<Answer, ErrorKind> {
        let prepared = self.prepare(request, pass, Accepts::Packed)?;
        self.gather(prepared, started).await
    }

    async fn gather(
        &self,
        prepared: http::Request<Outgoing>,
        started: Instant,
    ) -> Result<Answer, ErrorKind> {
        let late = |phase, after| ErrorKind::Timeout { phase, after };
        let first_byte = self.timeouts.first_byte.min(self.timeouts.total);
        let answering = timeout_at(started + first_byte, self.wires.send(prepared))
            .await
            .map_err(|_| late(Phase::FirstByte, first_byte))??;
        let (status, reason) = status_of(&answering.head);
        let body = timeout_at(started + self.timeouts.total, self.read_body(answering))
            .await
            .map_err(|_| late(Phase::Body, self.timeouts.total))?;
        Answer::new(status, reason, body)
    }

    /// Reads and removals carry their parameters in the query (a body would be refused), the
    /// others in the body; PVE takes a missing content type as this one.
    fn prepare(
        &self,
        request: &Request,
        pass: &Pass,
        accepts: Accepts,
    ) -> Result<http::Request<Outgoing>, ErrorKind> {
        let mut target = self.target(request);
        let (verb, form) = match request.method {
            Method::Get => (http::Method::GET, None),
            Method::Delete => (http::Method::DELETE, None),
            Method::Post => (http::Method::POST, Some(request.params.encoded())),
            Method::Put => (http::Method::PUT, Some(request.params.encoded())),
        };
        if form.is_none() && !request.params.is_empty() {
            target.push('?');
            target.push_str(&request.params.encoded());
        }
        let mut prepared = self.start(verb, target, request.method, pass)?;
        let headers = prepared.headers_mut();
        if let Accepts::Packed = accepts {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(form) = form {
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(header::CONTENT_TYPE, kind);
            headers.insert(header::CONTENT_LENGTH, form.len().into());
            *prepared.body_mut() = Outgoing::Whole(form.into());
        }
        Ok(prepared)
    }

    /// What all requests have: where they go and who asks. Writes with a ticket need a second
    /// token.
    fn start(
        &self,
        verb: http::Method,
        target: String,
        method: Method,
        pass: &Pass,
    ) -> Result<http::Request<Outgoing>, ErrorKind> {
        let target = http::Uri::try_from(target)
            .map_err(|error| ErrorKind::Invalid(format!("the path is no URL: {error}")))?;
        let mut started = http::Request::new(Outgoing::nothing());
        *started.method_mut() = verb;
        *started.uri_mut() = target;
        let headers = started.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        match pass {
            Pass::None => {}
            Pass::Token(token) => {
                headers.insert(header::AUTHORIZATION, token.clone());
            }
            Pass::Ticket { cookie, csrf, .. } => {
                headers.insert(header::COOKIE, cookie.clone());
                if method != Method::Get {
                    headers.insert(CSRF, csrf.clone());
                }
            }
        }
        Ok(started)
    }

    /// The whole body; its connection is kept for the next request.
    async fn read_body(&self, mut answering: Answering) -> Result<Bytes, ErrorKind> {
        let mut body = Collected::new(&answering.head.headers, self.limit_bytes);
        loop {
            // The deadline of the whole request is around this loop.
            let after = self.timeouts.idle;
            let phase = Phase::Body;
            let chunk = timeout(after, answering.chunk())
                .await
                .map_err(|_| ErrorKind::Timeout { phase, after })??;
            let Some(chunk) = chunk else { break };
            self.meter.received(body.add(&chunk)?);
        }
        answering.finish(&self.wires);
        let (bytes, late) = body.finish()?;
        self.meter.received(late);
        Ok(bytes.into())
    }

    async fn attempt(&self, request: &Request) -> Result<RawReply, ErrorKind> {
        let pass = self.pass(None).await?;
        let mut answer = self.exchange(request, &pass).await?;
        // A ticket can end early: the node restarted, its keys were rotated, the machine slept.
        // 401 is judged before the method runs, so also a write may be sent again.
        if let (401, Pass::Ticket { generation, .. }) = (answer.status, &pass) {
            let fresh = self.pass(Some(*generation)).await?;
            answer = self.exchange(request, &fresh).await?;
        }
        judge(request, answer)
    }
}

#[async_trait]
impl Transport for HttpsTransport {
    async fn send(&self, request: &Request) -> Result<RawReply, Error> {
        self.attempt(request)
            .await
            .map_err(|kind| Error::of_call(&self.endpoint, request.method, &request.path, kind))
    }

    async fn upload(
        &self,
        request: &Request,
        file: FileSource,
        on_progress: OnProgress<'_>,
    ) -> Result<RawReply, Error> {
        self.send_file(request, file, on_progress)
            .await
            .map_err(|kind| Error::of_call(&self.endpoint, request.method, &request.path, kind))
    }

    async fn download(
        &self,
        request: &Request,
        sink: &mut (dyn tokio::io::AsyncWrite + Send + Unpin),
        on_progress: OnProgress<'_>,
    ) -> Result<Downloaded, Error> {
        self.receive_file(request, sink, on_progress)
            .await
            .map_err(|kind| Error::of_call(&self.endpoint, request.method, &request.path, kind))
    }

    async fn socket(&self, request: &Request) -> Result<Socket, Error> {
        self.open_socket(request)
            .await
            .map_err(|kind| Error::of_call(&self.endpoint, request.method, &request.path, kind))
    }

    async fn page(&self, path: &ApiPath, known: Option<&PageMark>) -> Result<PageAnswer, Error> {
        self.get_page(path, known)
            .await
            .map_err(|kind| Error::of_call(&self.endpoint, Method::Get, path, kind))
    }

    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn counters(&self) -> RequestCounters {
        self.meter.counters()
    }
}

/// How the answer may come.
#[derive(Clone, Copy)]
enum Accepts {
    /// Compressed, which spares most of a long list.
    Packed,
    /// As it is: a file whose length is to be known before.
    Plain,
}

/// Success or the reason against it.
fn judge(request: &Request, answer: Answer) -> Result<RawReply, ErrorKind> {
    if (200..300).contains(&answer.status) {
        return Ok(RawReply {
            json: answer.body,
            wrapping: Wrapping::Envelope,
        });
    }
    let node = request.path.node_name();
    Err(classify(answer.status, &answer.reason, &answer.body, node))
}

/// What failed while signing in cannot have carried out the request behind it; kinds that would
/// say so of a write are wrapped.
fn before_the_request(kind: ErrorKind) -> ErrorKind {
    match kind {
        ErrorKind::Unauthorized { .. }
        | ErrorKind::SecondFactorNeeded
        | ErrorKind::Unreachable { .. }
        | ErrorKind::Tls { .. }
        | ErrorKind::FingerprintMismatch { .. }
        | ErrorKind::Timeout {
            phase: Phase::Connect,
            ..
        } => kind,
        other => ErrorKind::SignIn(Box::new(other)),
    }
}

fn sensitive(value: &str) -> Result<HeaderValue, ErrorKind> {
    let mut header = HeaderValue::from_str(value).map_err(|_| {
        ErrorKind::Invalid("the credential holds characters that no HTTP header can carry".into())
    })?;
    header.set_sensitive(true);
    Ok(header)
}
