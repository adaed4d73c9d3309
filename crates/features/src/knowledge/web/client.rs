//! One request for a page: bounded in time and bytes, no redirect followed, no proxy, no cookie.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt as _;
use ops::{Code, Error, Result};
use pve::PageMark;
use reqwest::{
    StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{
        CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
        LOCATION,
    },
};

use url::Url;

use super::address::{Reach, may_ask};
use crate::knowledge::source::reason_of;

const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// For one page, from the request to its last byte.
const PAGE_PATIENCE: Duration = Duration::from_mins(1);
const USER_AGENT: &str = concat!("proxmox-ai/", env!("CARGO_PKG_VERSION"), " (documentation)");

/// What came of one request.
pub(super) enum Fetched {
    Unchanged,
    Page {
        bytes: Vec<u8>,
        content_type: Option<String>,
        mark: PageMark,
    },
    /// Elsewhere; the caller decides.
    Redirect(Option<String>),
    /// A status that is no success.
    Status(u16),
    TooLarge,
}

pub(super) struct WebClient {
    http: reqwest::Client,
    reach: Reach,
}

impl WebClient {
    pub(super) fn new(reach: Reach, secure: bool) -> Result<Self> {
        let trust = if secure {
            llm::Trust::System
        } else {
            llm::Trust::Nobody
        };
        let broken = |error: String| Error::internal(format!("no web client: {error}"));
        let http = llm::http_builder(CONNECT_PATIENCE, trust)
            .map_err(|error| broken(error.to_string()))?
            .timeout(PAGE_PATIENCE)
            .user_agent(USER_AGENT)
            .dns_resolver(Arc::new(OnlyAllowed(reach)))
            .build()
            .map_err(|error| broken(cause(&error)))?;
        Ok(Self { http, reach })
    }

    pub(super) async fn get(
        &self,
        url: &Url,
        known: Option<&PageMark>,
        limit: u64,
    ) -> Result<Fetched> {
        self.check(url)?;
        let mut request = self.http.get(url.clone());
        let conditions = [
            (IF_NONE_MATCH, known.and_then(|mark| mark.etag.as_ref())),
            (
                IF_MODIFIED_SINCE,
                known.and_then(|mark| mark.last_modified.as_ref()),
            ),
        ];
        for (name, value) in conditions {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await.map_err(|error| failed(url, &error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if status == StatusCode::NOT_MODIFIED && known.is_some() {
            return Ok(Fetched::Unchanged);
        }
        if status.is_redirection() {
            return Ok(Fetched::Redirect(text_of(&headers, &LOCATION)));
        }
        if !status.is_success() {
            return Ok(Fetched::Status(status.as_u16()));
        }
        if answer.content_length().is_some_and(|bytes| bytes > limit) {
            return Ok(Fetched::TooLarge);
        }
        let mut bytes: Vec<u8> = Vec::new();
        let mut parts = answer.bytes_stream();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| failed(url, &error))?;
            if (bytes.len() + part.len()) as u64 > limit {
                return Ok(Fetched::TooLarge);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Fetched::Page {
            bytes,
            content_type: text_of(&headers, &CONTENT_TYPE),
            mark: PageMark {
                etag: text_of(&headers, &ETAG),
                last_modified: text_of(&headers, &LAST_MODIFIED),
            },
        })
    }

    /// A host that is written as an address is asked without a name server.
    fn check(&self, url: &Url) -> Result<()> {
        let address: Option<IpAddr> = match url.host() {
            Some(url::Host::Ipv4(address)) => Some(address.into()),
            Some(url::Host::Ipv6(address)) => Some(address.into()),
            Some(url::Host::Domain(_)) | None => None,
        };
        match address {
            Some(address) if !may_ask(address, self.reach) => {
                Err(refused(&format!("{url} is at {address}")))
            }
            _ => Ok(()),
        }
    }
}

fn refused(what: &str) -> Error {
    Error::new(
        Code::Forbidden,
        format!("{what}, which is no address of the internet; nothing was sent"),
    )
    .hint("if that host is meant, add the source with --private")
}

fn failed(url: &Url, error: &reqwest::Error) -> Error {
    let code = if error.is_timeout() {
        Code::TimedOut
    } else {
        Code::NotFound
    };
    let cause = cause(error);
    if let Some((_, why)) = cause.split_once(BAD_CERTIFICATE) {
        return untrusted(url, why);
    }
    if cause.starts_with(NO_ADDRESS) {
        return refused(&format!(
            "{} is at a private address",
            url.host_str().unwrap_or_default()
        ));
    }
    Error::new(code, format!("{url} cannot be read: {cause}"))
        .hint("is the address right, and can this machine reach it?")
}

/// How the TLS library begins to say that it does not accept a certificate.
const BAD_CERTIFICATE: &str = "invalid peer certificate: ";

/// The server is there; it is its certificate that is wrong, or unknown here.
fn untrusted(url: &Url, why: &str) -> Error {
    let host = url.host_str().unwrap_or_default();
    let (what, hint) = if why.contains("UnknownIssuer") || why.contains("CaUsedAsEndEntity") {
        (
            "is signed by nobody that this machine trusts".to_owned(),
            "add the certificate of its authority to those that the operating system of this machine trusts",
        )
    } else if why.contains("expired") {
        (
            "has expired".to_owned(),
            "it has to be renewed on that server",
        )
    } else if why.contains("not valid for name") || why.contains("NotValidForName") {
        (
            "is for another name".to_owned(),
            "use the name that the certificate says",
        )
    } else {
        (
            format!("is not accepted ({why})"),
            "it has to be mended on that server",
        )
    };
    Error::new(
        Code::NotFound,
        format!("{url} cannot be read: the certificate of {host} {what}"),
    )
    .hint(hint)
}

fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if error.is_timeout() {
        "it took too long".to_owned()
    } else {
        reason_of(cause)
    }
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// The connection goes to the address that was judged: a name that is looked up twice may change in between.
struct OnlyAllowed(Reach);

const NO_ADDRESS: &str = "every address of the host is private";

impl Resolve for OnlyAllowed {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .iter()
                .filter(|address| may_ask(address.ip(), reach))
                .copied()
                .collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(NO_ADDRESS.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}
