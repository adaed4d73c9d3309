//! How a request reaches a cluster. The client above knows neither TLS nor credentials.

use std::fmt;

use async_trait::async_trait;
use tokio::io::AsyncWrite;

use crate::error::{Error, ErrorKind};
use crate::files::{Downloaded, FileSource, OnProgress};
use crate::meter::RequestCounters;
use crate::page::{PageAnswer, PageMark};
use crate::params::Params;
use crate::path::ApiPath;
use crate::reply::RawReply;
use crate::socket::Socket;

/// The four methods PVE knows; anything else is answered with 501.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read (`pvesh get`).
    Get,
    /// Create or start something (`pvesh create`).
    Post,
    /// Change (`pvesh set`).
    Put,
    /// Remove (`pvesh delete`).
    Delete,
}

impl Method {
    /// The verb of HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One API call. Its `Debug` form names parameters without their values.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// With what.
    pub path: ApiPath,
    /// How.
    pub params: Params,
}

/// A way to a cluster. Implementations sign in by themselves, bound every wait, and never send a
/// write twice unless they know that the first was not carried out.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and returns the answer as JSON text, or the reason why there is none.
    async fn send(&self, request: &Request) -> Result<RawReply, Error>;

    /// Sends a file with the request, as a part named as the file's field; parameters go before
    /// it. The file is never sent twice.
    async fn upload(
        &self,
        request: &Request,
        file: FileSource,
        on_progress: OnProgress<'_>,
    ) -> Result<RawReply, Error> {
        drop((file, on_progress));
        Err(no_files(self.endpoint(), request))
    }

    /// Writes the body of the answer to `sink`, whatever it holds.
    async fn download(
        &self,
        request: &Request,
        sink: &mut (dyn AsyncWrite + Send + Unpin),
        on_progress: OnProgress<'_>,
    ) -> Result<Downloaded, Error> {
        let _ = (sink, on_progress);
        Err(no_files(self.endpoint(), request))
    }

    /// Makes a WebSocket of the request, with the credentials of every other one.
    async fn socket(&self, request: &Request) -> Result<Socket, Error> {
        let text = "this way to the cluster carries no WebSockets; use https".to_owned();
        let kind = ErrorKind::Invalid(text);
        Err(Error::of_call(
            self.endpoint(),
            request.method,
            &request.path,
            kind,
        ))
    }

    /// A file that the server has beside its API, as `/pve-docs/…`; it is for everybody, and
    /// nobody signs in for it. One that is still the `known` one is not sent again.
    async fn page(&self, path: &ApiPath, _known: Option<&PageMark>) -> Result<PageAnswer, Error> {
        let text = "this way to the cluster serves no pages; use https, or read the file on a node";
        let kind = ErrorKind::Invalid(text.to_owned());
        Err(Error::of_call(self.endpoint(), Method::Get, path, kind))
    }

    /// How the addresses of the cluster do, the preferred one first.
    fn health(&self) -> Vec<EndpointHealth> {
        Vec::new()
    }

    /// The address, for messages: `https://pve1:8006`.
    fn endpoint(&self) -> &str;

    /// What was asked of the cluster so far, signing in and repetitions included.
    fn counters(&self) -> RequestCounters;
}

/// How an address of a cluster does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointHealth {
    /// `https://pve1:8006`
    pub endpoint: String,
    /// Times in a row it did not answer.
    pub failures: u32,
    /// It is left alone for a while.
    pub left_alone: bool,
}

fn no_files(endpoint: &str, request: &Request) -> Error {
    let kind = ErrorKind::Invalid("this way to the cluster carries no files; use https".to_owned());
    Error::of_call(endpoint, request.method, &request.path, kind)
}
