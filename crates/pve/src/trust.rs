//! Which certificates are trusted: the judgement falls in the handshake, before any byte of a
//! request, so a wrong server never sees a credential.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use crate::endpoint::{endpoint_text, host_and_port};
use crate::error::{Error, ErrorKind, Phase, Result};
use crate::fingerprint::Fingerprint;

/// Whose certificates are believed.
#[derive(Clone)]
pub enum Trust {
    /// The certificate authorities of the operating system.
    SystemRoots,
    /// One or more authorities, as PEM (`/etc/pve/pve-root-ca.pem` of the cluster). The name in
    /// the URL must be in the certificate.
    Ca(Vec<u8>),
    /// Exactly this certificate, whoever signed it, whatever its names and dates are.
    Fingerprint(Fingerprint),
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SystemRoots => f.write_str("SystemRoots"),
            Self::Ca(pem) => write!(f, "Ca({} bytes)", pem.len()),
            Self::Fingerprint(pin) => write!(f, "Fingerprint({pin})"),
        }
    }
}

/// TLS settings for a kind of trust. Reads the system's store for [`Trust::SystemRoots`].
pub(crate) fn tls_config(trust: &Trust) -> std::result::Result<ClientConfig, ErrorKind> {
    let provider = Arc::new(ring::default_provider());
    let rule = match trust {
        Trust::SystemRoots => {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!(%error, "part of the system's certificate store cannot be read");
            }
            Rule::Authorities(authorities(found.certs, &provider)?)
        }
        Trust::Ca(pem) => {
            let certificates = CertificateDer::pem_slice_iter(pem)
                .collect::<std::result::Result<Vec<_>, _>>()
                .map_err(|error| ErrorKind::Invalid(format!("the CA is not PEM: {error}")))?;
            Rule::Authorities(authorities(certificates, &provider)?)
        }
        Trust::Fingerprint(pin) => Rule::Pin(*pin),
    };
    with_rule(rule, provider)
}

fn authorities(
    certificates: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> std::result::Result<Arc<WebPkiServerVerifier>, ErrorKind> {
    let mut roots = rustls::RootCertStore::empty();
    // Single unusable certificates in a store are normal; an empty result is not.
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err(ErrorKind::Invalid(
            "no certificate authority to trust was found".into(),
        ));
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| ErrorKind::Invalid(format!("the CA cannot be used: {error}")))
}

fn with_rule(
    rule: Rule,
    provider: Arc<CryptoProvider>,
) -> std::result::Result<ClientConfig, ErrorKind> {
    let algorithms = provider.signature_verification_algorithms;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ErrorKind::Invalid(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { rule, algorithms }))
        .with_no_client_auth();
    Ok(config)
}

#[derive(Debug)]
enum Rule {
    Authorities(Arc<WebPkiServerVerifier>),
    Pin(Fingerprint),
    /// Looks only: notes the fingerprint and refuses, so no application byte can follow.
    Look(Arc<Mutex<Option<Fingerprint>>>),
}

/// Judges the leaf by the rule. The signature over the handshake is always verified, else a copied
/// certificate would be enough to pass as its owner.
#[derive(Debug)]
struct Verifier {
    rule: Rule,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Carried through rustls to [`kind_of_tls`], which turns it into our error.
#[derive(Debug, thiserror::Error)]
enum Verdict {
    #[error("the certificate is not the pinned one")]
    NotPinned {
        expected: Fingerprint,
        found: Fingerprint,
    },
    #[error("{reason}")]
    NotTrusted { reason: String, found: Fingerprint },
}

fn refuse(verdict: Verdict) -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(verdict))))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let found = Fingerprint::of_der(leaf);
        match &self.rule {
            Rule::Pin(expected) if *expected == found => Ok(ServerCertVerified::assertion()),
            Rule::Pin(expected) => Err(refuse(Verdict::NotPinned {
                expected: *expected,
                found,
            })),
            Rule::Look(seen) => {
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
                Err(refuse(Verdict::NotTrusted {
                    reason: "looked only".into(),
                    found,
                }))
            }
            Rule::Authorities(verifier) => verifier
                .verify_server_cert(leaf, intermediates, name, ocsp, now)
                .map_err(|error| {
                    refuse(Verdict::NotTrusted {
                        reason: reason_of(&error),
                        found,
                    })
                }),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, leaf, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, leaf, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn reason_of(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the certificate is signed by an authority that is not trusted".into()
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "the certificate is not valid yet: the clock of this machine or of the node is wrong"
            .into(),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => {
            "the certificate is no longer valid: renew it on the node with `pvecm updatecerts -f`, \
              or the clock of this machine is wrong"
                .into()
        }
        other => other.to_string(),
    }
}

/// The reason of a failed handshake, when `error` or one of its causes is one.
pub(crate) fn kind_of_tls(error: &(dyn std::error::Error + 'static)) -> Option<ErrorKind> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return Some(kind_of_rustls(tls));
        }
        // An I/O error's `source` skips the error it wraps.
        let wrapped = current
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if let Some(inner) = wrapped
            && let Some(kind) = kind_of_tls(inner)
        {
            return Some(kind);
        }
        next = current.source();
    }
    None
}

fn kind_of_rustls(error: &rustls::Error) -> ErrorKind {
    let verdict = match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<Verdict>()
        }
        _ => None,
    };
    match verdict {
        Some(Verdict::NotPinned { expected, found }) => ErrorKind::FingerprintMismatch {
            expected: *expected,
            found: *found,
        },
        Some(Verdict::NotTrusted { reason, found }) => ErrorKind::Tls {
            reason: reason.clone(),
            found: Some(*found),
        },
        None => ErrorKind::Tls {
            reason: error.to_string(),
            found: None,
        },
    }
}

/// The fingerprint of the certificate a server presents, for showing it to a person who decides
/// whether to pin it. Opens a connection and breaks the handshake off at the certificate: not one
/// byte of HTTP is sent.
///
/// ```no_run
/// # async fn look() -> pve::Result<()> {
/// let url = pve::parse_endpoint("pve1.example.org")?;
/// println!("{}", pve::fetch_fingerprint(&url).await?);
/// # Ok(())
/// # }
/// ```
pub async fn fetch_fingerprint(url: &Url) -> Result<Fingerprint> {
    let fail = |kind| Error::of_endpoint(&endpoint_text(url), kind);
    let seen = Arc::new(Mutex::new(None));
    let rule = Rule::Look(Arc::clone(&seen));
    let config = with_rule(rule, Arc::new(ring::default_provider())).map_err(fail)?;
    let handshake = shake_hands(url, config).await;
    let found = *seen.lock().unwrap_or_else(PoisonError::into_inner);
    match (found, handshake) {
        (Some(found), _) => Ok(found),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Err(fail(ErrorKind::Tls {
            reason: "no certificate was presented".into(),
            found: None,
        })),
    }
}

/// Whether a server's certificate is trusted: a handshake and nothing else, not one byte of HTTP is
/// sent. An untrusted one is [`ErrorKind::Tls`] or [`ErrorKind::FingerprintMismatch`].
pub async fn check_trust(url: &Url, trust: &Trust) -> Result<()> {
    let fail = |kind| Error::of_endpoint(&endpoint_text(url), kind);
    let config = tls_config(trust).map_err(fail)?;
    shake_hands(url, config).await
}

async fn shake_hands(url: &Url, config: ClientConfig) -> Result<()> {
    const LIMIT: Duration = Duration::from_secs(10);
    let endpoint = endpoint_text(url);
    let fail = |kind| Error::of_endpoint(&endpoint, kind);
    if url.scheme() != "https" {
        return Err(fail(ErrorKind::Invalid(
            "only https has a certificate".into(),
        )));
    }
    let (host, port) = host_and_port(url).map_err(fail)?;
    let late = |_| {
        fail(ErrorKind::Timeout {
            phase: Phase::Connect,
            after: LIMIT,
        })
    };
    let name = ServerName::try_from(host.clone())
        .map_err(|_| fail(ErrorKind::Invalid(format!("`{host}` is not a host name"))))?;
    let stream = timeout(LIMIT, TcpStream::connect((host.as_str(), port)))
        .await
        .map_err(late)?
        .map_err(|error| {
            fail(ErrorKind::Unreachable {
                reason: error.to_string(),
            })
        })?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    match timeout(LIMIT, connector.connect(name, stream))
        .await
        .map_err(late)?
    {
        Ok(_) => Ok(()),
        Err(error) => Err(fail(kind_of_tls(&error).unwrap_or(ErrorKind::Tls {
            reason: error.to_string(),
            found: None,
        }))),
    }
}
