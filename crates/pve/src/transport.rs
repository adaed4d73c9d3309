//! How a request reaches a cluster. The client above knows neither TLS nor credentials.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;
use crate::meter::RequestCounters;
use crate::params::Params;
use crate::path::ApiPath;
use crate::reply::RawReply;

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

    /// The address, for messages: `https://pve1:8006`.
    fn endpoint(&self) -> &str;

    /// What was asked of the cluster so far, signing in and repetitions included.
    fn counters(&self) -> RequestCounters;
}
