//! The HTTPS way to a cluster: pveproxy on port 8006, HTTP/1.1 only.

mod page;
mod transfer;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use crate::connect::{Auth, ConnectOptions, Timeouts};
use crate::endpoint::{check, endpoint_text};
use crate::error::{BodyProblem, Error, ErrorKind, Phase, Result};
use crate::files::{Downloaded, FileSource, OnProgress};
use crate::meter::{Meter, Purpose, RequestCounters};
use crate::params::Params;
use crate::path::ApiPath;
use crate::refusal::classify;
use crate::reply::{RawReply, Wrapping};
use crate::service::Service;
use crate::session::{LoginAnswer, Session};
use crate::transport::{Method, Request, Transport};
use crate::trust::{kind_of_tls, tls_config};

/// pveproxy closes a connection that is idle for five seconds. Giving it up before avoids writing
/// a request into a connection that is just being closed, where nobody can say if it was read.
const IDLE_CONNECTION: Duration = Duration::from_secs(4);
const CSRF: HeaderName = HeaderName::from_static("csrfpreventiontoken");

/// A connection pool to one server, with the credentials for it.
pub struct HttpsTransport {
    http: reqwest::Client,
    base: Url,
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
fn status_of(head: &reqwest::Response) -> (http::StatusCode, String) {
    let status = head.status();
    let reason = head
        .extensions()
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
        Ok(Self {
            http: build_http(options).map_err(fail)?,
            base: options.url.clone(),
            service: options.service,
            identity,
            timeouts: options.timeouts,
            limit_bytes: options.body_limit_bytes,
            meter: Meter::default(),
            endpoint,
        })
    }

    /// `{base}/api2/json{path}?{query}`.
    fn url(&self, request: &Request) -> Url {
        let mut url = self.base.clone();
        let prefix = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}/api2/json{}", request.path.encoded()));
        let in_query = matches!(request.method, Method::Get | Method::Delete);
        if in_query && !request.params.is_empty() {
            url.set_query(Some(&request.params.encoded()));
        }
        url
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
        self.gather(self.prepare(request, pass), started).await
    }

    async fn gather(
        &self,
        builder: reqwest::RequestBuilder,
        started: Instant,
    ) -> Result<Answer, ErrorKind> {
        let late = |phase, after| ErrorKind::Timeout { phase, after };
        let first_byte = self.timeouts.first_byte.min(self.timeouts.total);
        let head = timeout_at(started + first_byte, builder.send())
            .await
            .map_err(|_| late(Phase::FirstByte, first_byte))?
            .map_err(|error| self.kind_of(&error))?;
        let (status, reason) = status_of(&head);
        let body = timeout_at(started + self.timeouts.total, self.read_body(head))
            .await
            .map_err(|_| late(Phase::Body, self.timeouts.total))?;
        Answer::new(status, reason, body)
    }

    fn prepare(&self, request: &Request, pass: &Pass) -> reqwest::RequestBuilder {
        let url = self.url(request);
        let builder = match request.method {
            Method::Get => self.http.get(url),
            Method::Delete => self.http.delete(url),
            Method::Post => with_form(self.http.post(url), &request.params),
            Method::Put => with_form(self.http.put(url), &request.params),
        };
        with_pass(builder, request.method, pass)
    }

    async fn read_body(&self, mut head: reqwest::Response) -> Result<Bytes, ErrorKind> {
        let mut body = Vec::new();
        loop {
            // The deadline of the whole request is around this loop.
            let after = self.timeouts.idle;
            let phase = Phase::Body;
            let chunk = timeout(after, head.chunk())
                .await
                .map_err(|_| ErrorKind::Timeout { phase, after })?
                .map_err(|error| ErrorKind::Body(BodyProblem::Truncated(root_cause(&error))))?;
            let Some(chunk) = chunk else {
                return Ok(body.into());
            };
            self.meter.received(chunk.len());
            if (body.len() + chunk.len()) as u64 > self.limit_bytes {
                let limit_bytes = self.limit_bytes;
                return Err(ErrorKind::Body(BodyProblem::TooLarge { limit_bytes }));
            }
            body.extend_from_slice(&chunk);
        }
    }

    fn kind_of(&self, error: &reqwest::Error) -> ErrorKind {
        if let Some(kind) = kind_of_tls(error) {
            return kind;
        }
        if error.is_connect() {
            return if error.is_timeout() {
                ErrorKind::Timeout {
                    phase: Phase::Connect,
                    after: self.timeouts.connect,
                }
            } else {
                ErrorKind::Unreachable {
                    reason: root_cause(error),
                }
            };
        }
        if error.is_timeout() {
            return ErrorKind::Timeout {
                phase: Phase::Body,
                after: self.timeouts.total,
            };
        }
        if error.is_builder() {
            return ErrorKind::Invalid(root_cause(error));
        }
        ErrorKind::ConnectionLost {
            reason: root_cause(error),
        }
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

    async fn page(&self, path: &ApiPath) -> Result<Bytes, Error> {
        self.get_page(path)
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

/// Adds what lets the request in; writes with a ticket need a second token.
fn with_pass(
    builder: reqwest::RequestBuilder,
    method: Method,
    pass: &Pass,
) -> reqwest::RequestBuilder {
    match pass {
        Pass::None => builder,
        Pass::Token(header) => builder.header(header::AUTHORIZATION, header),
        Pass::Ticket { cookie, csrf, .. } => {
            let builder = builder.header(header::COOKIE, cookie);
            if method == Method::Get {
                builder
            } else {
                builder.header(CSRF, csrf)
            }
        }
    }
}

/// POST and PUT carry their parameters in the body; PVE takes a missing content type as this one.
fn with_form(builder: reqwest::RequestBuilder, params: &Params) -> reqwest::RequestBuilder {
    builder
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(params.encoded())
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

/// The text at the bottom of an error's causes; reqwest's own text would repeat the URL with its
/// query, and queries can hold secrets.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if std::ptr::addr_eq(cause, std::ptr::from_ref(error)) {
        return "the HTTP layer gave no reason".into();
    }
    cause.to_string()
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

/// The only place where an HTTP client is built. Redirects are not followed (they would carry the
/// credentials elsewhere), proxies of the environment are not used (a cluster is a neighbour).
#[expect(
    clippy::disallowed_methods,
    reason = "the one builder with time-outs and TLS policy"
)]
fn build_http(options: &ConnectOptions) -> Result<reqwest::Client, ErrorKind> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config(&options.trust)?)
        .http1_only()
        .gzip(true)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(options.timeouts.connect)
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(options.budget.in_flight_per_node.max(1))
        .user_agent(options.user_agent.as_str())
        .build()
        .map_err(|error| ErrorKind::Invalid(root_cause(&error)))
}
