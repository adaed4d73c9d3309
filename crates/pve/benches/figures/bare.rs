//! `hyper` on one connection and nothing around it: the least that a request can cost here.

use std::sync::Arc;

use bytes::Bytes;
use http::header;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use pve::Fingerprint;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::{Outcome, Target};

/// Believes one certificate, as the client does.
#[derive(Debug)]
struct Pinned(Fingerprint, WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if Fingerprint::of_der(leaf) == self.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::UnknownIssuer.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, leaf, signature, &self.1)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, leaf, signature, &self.1)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.1.supported_schemes()
    }
}

/// One kept connection.
pub(crate) struct Bare {
    sender: SendRequest<Empty<Bytes>>,
    host: String,
    authorization: String,
    /// Serves the connection until it is dropped.
    _connection: JoinSet<()>,
}

impl Bare {
    pub(crate) async fn connect(target: &Target) -> Outcome<Self> {
        let name = target.url.host_str().ok_or("no host")?.to_owned();
        let port = target.url.port_or_known_default().ok_or("no port")?;
        let provider = Arc::new(ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned(target.fingerprint, algorithms)))
            .with_no_client_auth();
        let stream = TcpStream::connect((name.as_str(), port)).await?;
        stream.set_nodelay(true)?;
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let host = format!("{name}:{port}");
        let stream = connector.connect(name.try_into()?, stream).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // Its end is seen by the next request.
            drop(connection.await);
        });
        Ok(Self {
            sender,
            host,
            authorization: format!("PVEAPIToken={}={}", target.token, target.secret),
            _connection: serving,
        })
    }

    /// The body of one answer; other statuses than 200 are errors.
    pub(crate) async fn get(&mut self, path: &str, encodings: &str) -> Outcome<Bytes> {
        let request = http::Request::get(path)
            .header(header::HOST, &self.host)
            .header(header::USER_AGENT, "bare")
            .header(header::ACCEPT, "*/*")
            .header(header::ACCEPT_ENCODING, encodings)
            .header(header::AUTHORIZATION, &self.authorization)
            .body(Empty::new())?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        if answer.status() != http::StatusCode::OK {
            return Err(format!("GET {path}: {}", answer.status()).into());
        }
        Ok(answer.into_body().collect().await?.to_bytes())
    }
}
