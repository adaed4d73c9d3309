//! The one place where this crate makes an HTTP client: time-outs, TLS policy, no surprises.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result};

/// Whose certificates to accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The certificate store of the operating system.
    System,
    /// Nobody's: for plain HTTP, where reading the store would be a waste of start-up time.
    Nobody,
}

impl Trust {
    /// What a URL needs.
    ///
    /// ```
    /// assert_eq!(llm::Trust::for_url(&"http://127.0.0.1:11434".parse()?), llm::Trust::Nobody);
    /// assert_eq!(llm::Trust::for_url(&"https://models.example".parse()?), llm::Trust::System);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_url(url: &Url) -> Self {
        if url.scheme() == "https" {
            Self::System
        } else {
            Self::Nobody
        }
    }
}

/// A client with a bounded time to connect. It follows no redirect (a redirected POST becomes a
/// GET), uses no proxy from the environment (model servers are on this machine or network) and no
/// compression (it would hold back a stream). Time-outs of the answer belong to the caller, who
/// knows what it waits for.
pub fn http_client(connect_timeout: Duration, trust: Trust) -> Result<reqwest::Client> {
    http_builder(connect_timeout, trust)?
        .build()
        .map_err(|error| Error::Client {
            detail: root_cause(&error),
        })
}

/// The same before it is built, for whoever has further rules, such as which addresses may be spoken to.
#[expect(clippy::disallowed_methods, reason = "the one builder of this crate")]
pub fn http_builder(connect_timeout: Duration, trust: Trust) -> Result<reqwest::ClientBuilder> {
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config(trust)?)
        .connect_timeout(connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .no_gzip()
        .user_agent(concat!("proxmox-ai/", env!("CARGO_PKG_VERSION"))))
}

/// The provider is named explicitly, so that no process-wide default needs to be installed first.
fn tls_config(trust: Trust) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::System => {
            let found = rustls_native_certs::load_native_certs();
            let (added, _ignored) = roots.add_parsable_certificates(found.certs);
            if added == 0 {
                let reason = found.errors.first().map_or_else(
                    || "no usable certificate found".to_owned(),
                    ToString::to_string,
                );
                return Err(Error::Client { detail: reason });
            }
        }
        Trust::Nobody => {}
    }
    Ok(
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Client {
                detail: error.to_string(),
            })?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

/// The innermost cause: "Connection refused (os error 111)" instead of "error sending request".
pub(crate) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    if cause.source().is_none() {
        // The text of reqwest's own layer holds the URL, which the caller names already.
        return if error.is_timeout() {
            "timed out".to_owned()
        } else {
            "request failed".to_owned()
        };
    }
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
