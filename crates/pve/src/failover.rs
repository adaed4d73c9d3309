//! Several addresses of one cluster: the one that answered last is asked first, the others when
//! it does not answer.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::io::AsyncWrite;

use crate::breaker::{Breaker, Shut};
use crate::connect::ConnectOptions;
use crate::endpoint::endpoint_text;
use crate::error::{Error, ErrorClass, ErrorKind, Phase, Result};
use crate::files::{Downloaded, FileSource, OnProgress};
use crate::https::{HttpsTransport, Identity};
use crate::meter::RequestCounters;
use crate::page::{PageAnswer, PageMark};
use crate::params::Params;
use crate::path::ApiPath;
use crate::reply::RawReply;
use crate::socket::Socket;
use crate::transport::{EndpointHealth, Method, Request, Transport};

struct Way {
    transport: HttpsTransport,
    breaker: Breaker,
}

/// All addresses, with one sign-in for all.
pub(crate) struct Failover {
    ways: Vec<Way>,
    preferred: AtomicUsize,
}

impl Failover {
    pub(crate) fn new(mut options: ConnectOptions) -> Result<Self> {
        let fail = |kind| Error::of_endpoint(&endpoint_text(&options.url), kind);
        let identity = Identity::new(&options).map_err(fail)?;
        let further = std::mem::take(&mut options.further);
        let mut ways = vec![way(&options, &identity)?];
        for endpoint in further {
            options.url = endpoint.url;
            options.trust = endpoint.trust;
            ways.push(way(&options, &identity)?);
        }
        Ok(Self {
            ways,
            preferred: AtomicUsize::new(0),
        })
    }

    /// Numbers of the ways, the preferred one first.
    fn order(&self) -> impl Iterator<Item = (usize, &Way)> {
        let start = self.preferred.load(Ordering::Relaxed);
        let all = self.ways.iter().enumerate();
        all.clone().skip(start).chain(all.take(start))
    }

    fn first(&self) -> Option<&Way> {
        self.order().next().map(|(_, way)| way)
    }

    fn all_shut(&self, request: &Request, shut: Option<Shut>) -> Error {
        let reason = match shut {
            Some(Shut {
                failures,
                last: Some(last),
            }) => format!("it is left alone for a moment after {failures} failures: {last}"),
            Some(_) | None => "it is left alone for a moment".to_owned(),
        };
        let kind = ErrorKind::Unreachable { reason };
        Error::of_call(self.endpoint(), request.method, &request.path, kind)
    }

    /// Settles on a way that answers and signs in. A file can be sent once only, so this is found
    /// out before.
    async fn settle(&self) -> Result<()> {
        if self.ways.len() < 2 {
            return Ok(());
        }
        let request = Request {
            method: Method::Get,
            path: ApiPath::fixed(&["version"]),
            params: Params::new(),
        };
        self.send(&request).await.map(|_| ())
    }
}

fn way(options: &ConnectOptions, identity: &Identity) -> Result<Way> {
    Ok(Way {
        transport: HttpsTransport::with_identity(options, identity.clone())?,
        breaker: Breaker::default(),
    })
}

/// May another address do better? Only where this one certainly did nothing.
fn elsewhere(error: &Error) -> bool {
    fn connection(kind: &ErrorKind) -> bool {
        match kind {
            ErrorKind::Unreachable { .. }
            | ErrorKind::Tls { .. }
            | ErrorKind::FingerprintMismatch { .. }
            | ErrorKind::ConnectionLost { .. }
            | ErrorKind::Timeout {
                phase: Phase::Connect | Phase::FirstByte | Phase::Body,
                ..
            }
            | ErrorKind::NodeUnreachable { .. }
            | ErrorKind::Body(_)
            | ErrorKind::Refused {
                status: 502..=504, ..
            } => true,
            ErrorKind::SignIn(inner) => connection(inner),
            _ => false,
        }
    }
    error.class() == ErrorClass::NotSent && connection(error.kind())
}

#[async_trait]
impl Transport for Failover {
    async fn send(&self, request: &Request) -> Result<RawReply, Error> {
        let mut first: Option<Error> = None;
        let mut last_shut = None;
        for (number, way) in self.order() {
            // A server that cannot reach the node of the path takes up to 30 s to say so; one
            // other may know better, all others would take too long.
            let by_proxy =
                |error: &Error| matches!(error.kind(), ErrorKind::NodeUnreachable { .. });
            let admission = match way.breaker.admit() {
                Ok(admission) => admission,
                Err(shut) => {
                    last_shut.get_or_insert(shut);
                    continue;
                }
            };
            let result = way.transport.send(request).await;
            admission.ended(result.as_ref().err().map(Error::kind));
            match (result, first.take()) {
                (Ok(reply), before) => {
                    if !before.as_ref().is_some_and(by_proxy) {
                        self.preferred.store(number, Ordering::Relaxed);
                    }
                    return Ok(reply);
                }
                (Err(error), before) if !elsewhere(&error) => {
                    return Err(before.filter(by_proxy).unwrap_or(error));
                }
                (Err(_), Some(before)) if by_proxy(&before) => return Err(before),
                (Err(error), before) => {
                    tracing::debug!(%error, "an address of the cluster does not answer");
                    first = Some(before.unwrap_or(error));
                }
            }
        }
        Err(first.unwrap_or_else(|| self.all_shut(request, last_shut)))
    }

    async fn upload(
        &self,
        request: &Request,
        file: FileSource,
        on_progress: OnProgress<'_>,
    ) -> Result<RawReply, Error> {
        self.settle().await?;
        let Some(way) = self.first() else {
            return Err(self.all_shut(request, None));
        };
        let admission = match way.breaker.admit() {
            Ok(admission) => admission,
            Err(shut) => return Err(self.all_shut(request, Some(shut))),
        };
        let result = way.transport.upload(request, file, on_progress).await;
        admission.ended(result.as_ref().err().map(Error::kind));
        result
    }

    async fn download(
        &self,
        request: &Request,
        sink: &mut (dyn AsyncWrite + Send + Unpin),
        on_progress: OnProgress<'_>,
    ) -> Result<Downloaded, Error> {
        self.settle().await?;
        let Some(way) = self.first() else {
            return Err(self.all_shut(request, None));
        };
        let admission = match way.breaker.admit() {
            Ok(admission) => admission,
            Err(shut) => return Err(self.all_shut(request, Some(shut))),
        };
        let result = way.transport.download(request, sink, on_progress).await;
        admission.ended(result.as_ref().err().map(Error::kind));
        result
    }

    /// At the address that answered last: it gave the ticket of the console a moment ago.
    async fn socket(&self, request: &Request) -> Result<Socket, Error> {
        let Some(way) = self.first() else {
            return Err(self.all_shut(request, None));
        };
        let admission = match way.breaker.admit() {
            Ok(admission) => admission,
            Err(shut) => return Err(self.all_shut(request, Some(shut))),
        };
        let result = way.transport.socket(request).await;
        admission.ended(result.as_ref().err().map(Error::kind));
        result
    }

    async fn page(&self, path: &ApiPath, known: Option<&PageMark>) -> Result<PageAnswer, Error> {
        self.settle().await?;
        let request = || Request {
            method: Method::Get,
            path: path.clone(),
            params: Params::new(),
        };
        let Some(way) = self.first() else {
            return Err(self.all_shut(&request(), None));
        };
        let admission = match way.breaker.admit() {
            Ok(admission) => admission,
            Err(shut) => return Err(self.all_shut(&request(), Some(shut))),
        };
        let result = way.transport.page(path, known).await;
        admission.ended(result.as_ref().err().map(Error::kind));
        result
    }

    fn health(&self) -> Vec<EndpointHealth> {
        let of = |way: &Way| {
            let (failures, left_alone) = way.breaker.health();
            EndpointHealth {
                endpoint: way.transport.endpoint().to_owned(),
                failures,
                left_alone,
            }
        };
        self.order().map(|(_, way)| of(way)).collect()
    }

    fn endpoint(&self) -> &str {
        self.first().map_or("", |way| way.transport.endpoint())
    }

    fn counters(&self) -> RequestCounters {
        self.ways
            .iter()
            .map(|way| way.transport.counters())
            .fold(RequestCounters::default(), RequestCounters::plus)
    }
}
