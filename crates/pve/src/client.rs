//! The client: any call by path, the budget and the repetition rule. Typed calls are in the
//! modules of their subjects.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::AsyncWrite;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::backoff;
use crate::budget::{Budget, Gate, Lane, Turn};
use crate::connect::{ConnectOptions, Retry};
use crate::error::{Error, ErrorKind, Phase, Result};
use crate::failover::Failover;
use crate::files::{Downloaded, FileSource, OnProgress};
use crate::local::LocalTransport;
use crate::meter::RequestCounters;
use crate::page::{PageAnswer, PageMark};
use crate::params::Params;
use crate::path::ApiPath;
use crate::pvesh::PveshOptions;
use crate::reply::{Envelope, RawReply, Reply};
use crate::schema::Schema;
use crate::socket::Socket;
use crate::ssh::{SshOptions, SshTransport};
use crate::transport::{EndpointHealth, Method, Request, Transport};
use crate::upid::Upid;

/// Larger answers are read on a thread for such work: ten thousand guests keep one busy for a
/// hundredth of a second.
const READ_IN_PLACE_BYTES: usize = 64 * 1024;

/// A client of one cluster. Clones are cheap and share connections, sign-in and budget.
///
/// ```no_run
/// use pve::{Auth, Client, ConnectOptions, Method, Params, Trust, parse_endpoint};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = Auth::Token { id: "root@pam!demo".parse()?, secret: "1b2c…".to_owned().into() };
/// let trust = Trust::Fingerprint("AA:BB:…".parse()?);
/// let options = ConnectOptions::new(parse_endpoint("pve1.example.org")?, auth, trust);
/// let client = Client::connect(options)?;
/// for guest in client.cluster_resources().await?.iter().filter_map(pve::Resource::as_guest) {
///     println!("{} {}", guest.at, guest.status);
/// }
/// let reply = client.call(Method::Get, &"/cluster/nextid".parse()?, &Params::new()).await?;
/// println!("next free number: {}", reply.data);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    lane: Lane,
    cancel: Option<CancellationToken>,
    /// Checks calls before they are sent.
    pub(crate) schema: Option<Arc<Schema>>,
}

struct Shared {
    transport: Box<dyn Transport>,
    gate: Gate,
    retry: Retry,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, {:?})", self.endpoint(), self.lane)
    }
}

impl Client {
    /// A client over HTTPS. Checks the settings; the network is first used by a call. With more
    /// than one endpoint, a request that certainly did nothing at one is made at the next.
    pub fn connect(options: ConnectOptions) -> Result<Self> {
        let (budget, retry) = (options.budget, options.retry);
        let transport = Box::new(Failover::new(options)?);
        Ok(Self::with_retry(transport, budget, retry))
    }

    /// A client that runs `pvesh` on a node over SSH. Checks the settings; the network is first
    /// used by a call. See [`SshTransport`] for what differs from HTTPS.
    pub fn over_ssh(options: SshOptions, budget: Budget) -> Result<Self> {
        Ok(Self::over(Box::new(SshTransport::new(options)?), budget))
    }

    /// A client that runs `pvesh` on this node. See [`LocalTransport`] for what differs from
    /// HTTPS.
    pub fn on_this_node(options: PveshOptions, budget: Budget) -> Self {
        Self::over(Box::new(LocalTransport::new(options)), budget)
    }

    /// A client over any transport, with the default of [`Retry`].
    pub fn over(transport: Box<dyn Transport>, budget: Budget) -> Self {
        Self::with_retry(transport, budget, Retry::default())
    }

    fn with_retry(transport: Box<dyn Transport>, budget: Budget, retry: Retry) -> Self {
        let shared = Shared {
            transport,
            gate: Gate::new(budget),
            retry,
        };
        Self {
            shared: Arc::new(shared),
            lane: Lane::Foreground,
            cancel: None,
            schema: None,
        }
    }

    /// The same client for collectors: draws on the background budget, so that what people wait
    /// for goes first.
    #[must_use]
    pub fn in_background(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            lane: Lane::Background,
            cancel: self.cancel.clone(),
            schema: self.schema.clone(),
        }
    }

    /// The same client, whose calls end with [`ErrorKind::Cancelled`] as soon as `cancel` fires:
    /// waits in the queue, requests on the way and repetitions alike. A write that was on the way
    /// may have been carried out, and a task that was started goes on.
    #[must_use]
    pub fn until(&self, cancel: CancellationToken) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            lane: self.lane,
            cancel: Some(cancel),
            schema: self.schema.clone(),
        }
    }

    /// How the addresses of the cluster do, the preferred one first; empty for other ways than
    /// HTTPS.
    pub fn health(&self) -> Vec<EndpointHealth> {
        self.shared.transport.health()
    }

    /// The address, for messages: `https://pve1:8006`.
    pub fn endpoint(&self) -> &str {
        self.shared.transport.endpoint()
    }

    /// What this client and its clones asked of the cluster so far.
    pub fn requests(&self) -> RequestCounters {
        self.shared.transport.counters()
    }

    /// Any API call. Data and parameters are the ones of PVE's API viewer.
    pub async fn call(&self, method: Method, path: &ApiPath, params: &Params) -> Result<Reply> {
        let request = Request {
            method,
            path: path.clone(),
            params: params.clone(),
        };
        let Envelope {
            data,
            total,
            changes,
        } = self.fetch::<Value>(request).await?;
        Ok(Reply {
            data,
            total,
            changes,
        })
    }

    /// A typed read.
    pub(crate) async fn get<T>(&self, path: ApiPath, params: Params) -> Result<T>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let request = Request {
            method: Method::Get,
            path,
            params,
        };
        Ok(self.fetch::<T>(request).await?.data)
    }

    /// A write that answers with the id of the task that does the work.
    pub(crate) async fn start_task(&self, request: Request) -> Result<Upid> {
        let (method, path) = (request.method, request.path.clone());
        let text: String = self.fetch(request).await?.data;
        text.parse().map_err(|error| {
            let kind = ErrorKind::Unexpected(format!("{error}"));
            Error::of_call(self.endpoint(), method, &path, kind)
        })
    }

    /// Sends and reads an answer.
    pub(crate) async fn fetch<T>(&self, request: Request) -> Result<Envelope<T>>
    where
        T: DeserializeOwned + Send + 'static,
    {
        if let Some(schema) = &self.schema {
            let checked = schema.check(request.method, &request.path, &request.params);
            checked.map_err(|problem| self.fail(&request, problem.into()))?;
        }
        let reply = self.send(&request).await?;
        self.read_reply(&request, reply).await
    }

    /// Reads an answer.
    pub(crate) async fn read_reply<T>(
        &self,
        request: &Request,
        reply: RawReply,
    ) -> Result<Envelope<T>>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let read = if reply.json.len() <= READ_IN_PLACE_BYTES {
            reply.read()
        } else {
            let reading = tokio::task::spawn_blocking(move || reply.read());
            let broken = |_| {
                Err(ErrorKind::Unexpected(
                    "reading the answer was broken off".into(),
                ))
            };
            reading.await.unwrap_or_else(broken)
        };
        read.map_err(|kind| self.fail(request, kind))
    }

    pub(crate) fn fail(&self, request: &Request, kind: ErrorKind) -> Error {
        Error::of_call(self.endpoint(), request.method, &request.path, kind)
    }

    /// An answer that is not read yet.
    pub(crate) async fn send(&self, request: &Request) -> Result<RawReply> {
        self.unless_cancelled(request, self.repeat(request)).await
    }

    /// A file, once. It takes a turn as any request.
    pub(crate) async fn send_upload(
        &self,
        request: &Request,
        file: FileSource,
        on_progress: OnProgress<'_>,
    ) -> Result<RawReply> {
        let sending = async {
            let turn = self.turn(request).await?;
            let transport = &self.shared.transport;
            let reply = transport.upload(request, file, on_progress).await;
            drop(turn);
            reply
        };
        self.unless_cancelled(request, sending).await
    }

    /// A file from the cluster, once: what was written to `sink` cannot be taken back.
    pub(crate) async fn send_download(
        &self,
        request: &Request,
        sink: &mut (dyn AsyncWrite + Send + Unpin),
        on_progress: OnProgress<'_>,
    ) -> Result<Downloaded> {
        let receiving = async {
            let turn = self.turn(request).await?;
            let transport = &self.shared.transport;
            let received = transport.download(request, sink, on_progress).await;
            drop(turn);
            received
        };
        self.unless_cancelled(request, receiving).await
    }

    /// A WebSocket, once: the ticket of a console is good for one.
    pub(crate) async fn send_for_socket(&self, request: &Request) -> Result<Socket> {
        let opening = async {
            let turn = self.turn(request).await?;
            let socket = self.shared.transport.socket(request).await;
            drop(turn);
            socket
        };
        self.unless_cancelled(request, opening).await
    }

    /// A file beside the API, once.
    pub(crate) async fn page(
        &self,
        path: &ApiPath,
        known: Option<&PageMark>,
    ) -> Result<PageAnswer> {
        let request = Request {
            method: Method::Get,
            path: path.clone(),
            params: Params::new(),
        };
        let receiving = async {
            let turn = self.turn(&request).await?;
            let received = self.shared.transport.page(path, known).await;
            drop(turn);
            received
        };
        self.unless_cancelled(&request, receiving).await
    }

    async fn unless_cancelled<T>(
        &self,
        request: &Request,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let Some(cancel) = &self.cancel else {
            return work.await;
        };
        let done = cancel.run_until_cancelled(work).await;
        done.unwrap_or_else(|| Err(self.fail(request, ErrorKind::Cancelled)))
    }

    async fn repeat(&self, request: &Request) -> Result<RawReply> {
        let retry = self.shared.retry;
        let mut failures = 0;
        loop {
            match self.send_once(request).await {
                Err(error) if may_repeat(&error) && failures + 1 < retry.attempts => {
                    failures += 1;
                    tracing::debug!(%error, failures, "asking once more");
                    let pause = backoff::pause(failures, retry.first_pause, retry.longest_pause);
                    sleep(pause).await;
                }
                other => return other,
            }
        }
    }

    async fn turn(&self, request: &Request) -> Result<Turn> {
        let gate = &self.shared.gate;
        let taken = gate.turn(self.lane, request.path.node_name()).await;
        taken.map_err(|_| {
            let after = gate.longest_queue();
            let phase = Phase::Queue;
            self.fail(request, ErrorKind::Timeout { phase, after })
        })
    }

    async fn send_once(&self, request: &Request) -> Result<RawReply> {
        let turn = self.turn(request).await?;
        let reply = self.shared.transport.send(request).await;
        drop(turn);
        reply
    }
}

/// Once more after a connection-level failure: any method when the connection was not made, a read
/// also when it broke. Not after time-outs (the caller has waited enough).
fn may_repeat(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Unreachable { .. } => true,
        ErrorKind::ConnectionLost { .. } => error.method() == Some(Method::Get),
        _ => false,
    }
}
