//! A server that speaks TLS and just enough HTTP/1.1 to send exact bytes, reason phrases included.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pve::{Auth, Client, ConnectOptions, Fingerprint, Trust, parse_endpoint};
use rustls::crypto::ring;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const SECRET: &str = "7d1d2f3e-4b5a-4c6d-8e9f-0123456789ab";

/// A request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// What the server does with a request.
pub(crate) enum Answer {
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Sends these bytes and waits for the next request on the connection.
    Kept(Vec<u8>),
    /// Closes the connection without an answer.
    Close,
    /// Says nothing until the client gives up.
    Silence,
}

impl Answer {
    /// An answer with a JSON body.
    pub(crate) fn json(status: u16, reason: &str, body: &Value) -> Self {
        Self::with(
            status,
            reason,
            "application/json;charset=UTF-8",
            body.to_string().as_bytes(),
        )
    }

    /// `200` with these data.
    pub(crate) fn data(data: &Value) -> Self {
        Self::json(200, "OK", &serde_json::json!({ "data": data }))
    }

    pub(crate) fn with(status: u16, reason: &str, content_type: &str, body: &[u8]) -> Self {
        let length = body.len();
        let mut bytes = format!(
            "HTTP/1.1 {status} {reason}\r\nServer: pve-api-daemon/3.0\r\nConnection: close\r\n\
             Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        Self::Bytes(bytes)
    }

    /// A recorded answer.
    pub(crate) fn recorded(record: &Value) -> Self {
        let status = record["status"].as_u64().unwrap() as u16;
        let reason = record["reason"].as_str().unwrap();
        match (&record["body"], &record["body_text"]) {
            (Value::Null, Value::String(text)) => {
                Self::with(status, reason, "text/plain", text.as_bytes())
            }
            (Value::Null, _) => Self::with(status, reason, "text/plain", b""),
            (body, _) => Self::json(status, reason, body),
        }
    }
}

type Script = Arc<Mutex<dyn FnMut(&Seen) -> Answer + Send>>;

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) fingerprint: Fingerprint,
    /// The certificate, for trusting it as its own authority.
    pub(crate) pem: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    application_bytes: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

/// DER, key and PEM.
pub(crate) type Certificate = (CertificateDer<'static>, PrivateKeyDer<'static>, String);

/// A self-signed certificate for 127.0.0.2 with its key.
pub(crate) fn certificate() -> Certificate {
    certificate_for("127.0.0.2")
}

/// A self-signed certificate for a name or an address.
pub(crate) fn certificate_for(name: &str) -> Certificate {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    (made.cert.der().clone(), key, made.cert.pem())
}

impl Server {
    /// A server with a certificate of its own.
    pub(crate) async fn start(script: impl FnMut(&Seen) -> Answer + Send + 'static) -> Self {
        let (certificate, key, pem) = certificate();
        Self::start_with(certificate, &key, pem, script).await
    }

    /// A server that always gives the same answer.
    pub(crate) async fn answering(answer: impl Fn() -> Answer + Send + 'static) -> Self {
        Self::start(move |_| answer()).await
    }

    /// A server with any certificate and any key, whether they belong together or not.
    #[expect(clippy::disallowed_methods, reason = "a test server has no supervisor")]
    pub(crate) async fn start_with(
        certificate: CertificateDer<'static>,
        key: &PrivateKeyDer<'static>,
        pem: String,
        script: impl FnMut(&Seen) -> Answer + Send + 'static,
    ) -> Self {
        let fingerprint = Fingerprint::of_der(&certificate);
        let acceptor = acceptor(certificate, key);
        let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            fingerprint,
            pem,
            seen: Arc::default(),
            application_bytes: Arc::default(),
            connections: Arc::default(),
        };
        let script: Script = Arc::new(Mutex::new(script));
        let (seen, bytes) = (
            Arc::clone(&server.seen),
            Arc::clone(&server.application_bytes),
        );
        let connections = Arc::clone(&server.connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (acceptor, script) = (acceptor.clone(), Arc::clone(&script));
                let (seen, bytes) = (Arc::clone(&seen), Arc::clone(&bytes));
                let serving = async move { serve(stream, &acceptor, &script, &seen, &bytes).await };
                tokio::spawn(Box::pin(serving));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> url::Url {
        parse_endpoint(&format!("127.0.0.2:{}", self.port)).unwrap()
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        let auth = Auth::Token {
            id: "root@pam!demo".parse().unwrap(),
            secret: SECRET.into(),
        };
        ConnectOptions::new(self.url(), auth, Trust::Fingerprint(self.fingerprint))
    }

    /// A client with a token that trusts this server.
    pub(crate) fn client(&self) -> Client {
        Client::connect(self.options()).unwrap()
    }

    /// A client with a password that trusts this server.
    pub(crate) fn password_client(&self) -> Client {
        let mut options = self.options();
        let password = SECRET.into();
        options.auth = Auth::Password {
            user: "root@pam".parse().unwrap(),
            password,
        };
        Client::connect(options).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }

    /// TCP connections that were opened.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Decrypted bytes that came in, requests or not.
    pub(crate) fn application_bytes(&self) -> usize {
        self.application_bytes.load(Ordering::SeqCst)
    }
}

/// The TLS side of a server with this certificate.
pub(crate) fn acceptor(
    certificate: CertificateDer<'static>,
    key: &PrivateKeyDer<'static>,
) -> tokio_rustls::TlsAcceptor {
    let key = ring::sign::any_supported_type(key).unwrap();
    let both = CertifiedKey::new(vec![certificate], key);
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(both)));
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}

async fn serve(
    stream: TcpStream,
    acceptor: &tokio_rustls::TlsAcceptor,
    script: &Script,
    seen: &Mutex<Vec<Seen>>,
    application_bytes: &AtomicUsize,
) {
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    loop {
        let mut buffer = Vec::new();
        let request = loop {
            let mut chunk = vec![0; 16 * 1024];
            let Ok(count @ 1..) = stream.read(&mut chunk).await else {
                return;
            };
            application_bytes.fetch_add(count, Ordering::SeqCst);
            buffer.extend_from_slice(&chunk[..count]);
            if let Some(request) = parse(&buffer) {
                break request;
            }
        };
        seen.lock().unwrap().push(request.clone());
        let answer = (script.lock().unwrap())(&request);
        // A client that has gone is for the client's side of the test to judge.
        match answer {
            Answer::Close => return,
            Answer::Silence => {
                let mut rest = [0; 1];
                while matches!(stream.read(&mut rest).await, Ok(1..)) {}
                return;
            }
            Answer::Kept(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Answer::Bytes(bytes) => {
                if stream.write_all(&bytes).await.is_ok() {
                    stream.shutdown().await.ok();
                }
                return;
            }
        }
    }
}

fn parse(buffer: &[u8]) -> Option<Seen> {
    let text = String::from_utf8_lossy(buffer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let request = Seen {
        method,
        target,
        headers,
        body: body.to_owned(),
    };
    let length: usize = request
        .header("content-length")
        .map_or(0, |text| text.parse().unwrap());
    (body.len() >= length).then_some(request)
}
