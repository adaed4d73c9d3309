//! The certificate: given, or made at start and signed by itself.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};

use crate::error::{Result, SimError};

/// How connections are protected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tls {
    /// A certificate that is made at each start.
    #[default]
    Generated,
    /// Plain HTTP.
    Off,
    /// PEM files.
    Files {
        /// The certificate, with its chain.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// A ready TLS set-up.
pub(crate) struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    /// SHA-256 of the certificate: `AA:BB:…`
    pub(crate) fingerprint: String,
    /// The certificate as PEM.
    pub(crate) pem: String,
}

/// Prepares TLS; `None` when it is off.
pub(crate) fn prepare(tls: &Tls, names: Vec<String>) -> Result<Option<Identity>> {
    let (chain, key) = match tls {
        Tls::Off => return Ok(None),
        Tls::Generated => generate(names)?,
        Tls::Files { certificate, key } => {
            let failed = |path: &PathBuf, cause: &dyn std::fmt::Display| SimError::Tls {
                what: path.display().to_string(),
                cause: cause.to_string(),
            };
            let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
                .and_then(Iterator::collect)
                .map_err(|cause| failed(certificate, &cause))?;
            let private = PrivateKeyDer::from_pem_file(key).map_err(|cause| failed(key, &cause))?;
            (chain, private)
        }
    };
    let Some(first) = chain.first() else {
        return Err(SimError::Tls {
            what: "the certificate file".to_owned(),
            cause: "it holds no certificate".to_owned(),
        });
    };
    let (fingerprint, pem) = (fingerprint(first), pem(first));
    let failed = |cause: rustls::Error| SimError::Tls {
        what: "certificate and key".to_owned(),
        cause: cause.to_string(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(failed)?;
    // PVE never speaks HTTP/2: clients rely on its reason phrases.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Identity {
        config: Arc::new(config),
        fingerprint,
        pem,
    }))
}

fn generate(names: Vec<String>) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let failed = |cause: rcgen::Error| SimError::Tls {
        what: "a generated certificate".to_owned(),
        cause: cause.to_string(),
    };
    let key = rcgen::KeyPair::generate().map_err(failed)?;
    let mut parameters = rcgen::CertificateParams::new(names).map_err(failed)?;
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "pve1.simulated.invalid");
    let certificate = parameters.self_signed(&key).map_err(failed)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((vec![certificate.der().clone()], key))
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = STANDARD.encode(certificate.as_ref());
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate.as_ref());
    digest
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}
