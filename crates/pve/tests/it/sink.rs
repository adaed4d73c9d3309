//! A TLS server that takes files: it notes how they are framed and keeps none of their bytes.

use std::sync::{Arc, Mutex};

use pve::{Auth, Client, ConnectOptions, Fingerprint, Trust, parse_endpoint};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::server::{SECRET, acceptor, certificate};

pub(crate) const UPID: &str = "UPID:pve1:000093EA:000C30C3:6B039A75:imgcopy::root@pam:";

/// What the server does with an upload.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// Reads all and names a task.
    Takes,
    /// Says no after the head and reads on.
    Refuses,
    /// Stops reading after the head.
    Stalls,
}

/// An upload as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Got {
    /// Request line and headers.
    pub(crate) head: String,
    /// What comes before the first byte of the file.
    pub(crate) before: String,
    pub(crate) file_bytes: u64,
    pub(crate) sha256: String,
}

pub(crate) struct Sink {
    port: u16,
    fingerprint: Fingerprint,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Sink {
    #[expect(clippy::disallowed_methods, reason = "a test server has no supervisor")]
    pub(crate) async fn start(manner: Manner) -> Self {
        let (certificate, key, _) = certificate();
        let fingerprint = Fingerprint::of_der(&certificate);
        let acceptor = acceptor(certificate, &key);
        let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let sink = Self {
            port: listener.local_addr().unwrap().port(),
            fingerprint,
            got: Arc::default(),
        };
        let got = Arc::clone(&sink.got);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, got) = (acceptor.clone(), Arc::clone(&got));
                tokio::spawn(async move { serve(stream, &acceptor, manner, &got).await });
            }
        });
        sink
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        let auth = Auth::Token {
            id: "root@pam!demo".parse().unwrap(),
            secret: SECRET.into(),
        };
        let url = parse_endpoint(&format!("127.0.0.2:{}", self.port)).unwrap();
        ConnectOptions::new(url, auth, Trust::Fingerprint(self.fingerprint))
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.options()).unwrap()
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, acceptor: &TlsAcceptor, manner: Manner, all: &Mutex<Vec<Got>>) {
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    // A client that breaks off leaves what came until then.
    let got = receive(&mut stream, manner).await;
    all.lock().unwrap().push(got);
    let (status, body) = match manner {
        Manner::Stalls => std::future::pending().await,
        Manner::Takes => ("200 OK", format!("{{\"data\":\"{UPID}\"}}")),
        Manner::Refuses => (
            "400 Parameter verification failed.",
            "{\"data\":null,\"message\":\"Parameter verification failed.\\n\",\
             \"errors\":{\"filename\":\"wrong file extension\"}}"
                .to_owned(),
        ),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        stream.shutdown().await.ok();
    }
}

/// Where the text ends in the bytes.
fn end_of(bytes: &[u8], text: &str) -> Option<usize> {
    let found = bytes
        .windows(text.len())
        .position(|part| part == text.as_bytes());
    found.map(|start| start + text.len())
}

async fn receive(stream: &mut TlsStream<TcpStream>, manner: Manner) -> Got {
    let mut got = Got::default();
    let mut buffer = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    // The head of the request and the text before the file.
    let (body_start, file_start) = loop {
        let Ok(count @ 1..) = stream.read(&mut chunk).await else {
            return got;
        };
        buffer.extend_from_slice(&chunk[..count]);
        let Some(body) = end_of(&buffer, "\r\n\r\n") else {
            continue;
        };
        got.head = String::from_utf8_lossy(&buffer[..body]).into_owned();
        if let Some(file) = end_of(&buffer[body..], "octet-stream\r\n\r\n") {
            break (body, body + file);
        }
    };
    got.before = String::from_utf8_lossy(&buffer[body_start..file_start]).into_owned();
    if matches!(manner, Manner::Stalls) {
        return got;
    }
    let header = |name: &str| {
        let line = got
            .head
            .lines()
            .find(|line| line.to_lowercase().starts_with(name));
        line.unwrap_or_default()
            .split_once(": ")
            .unwrap_or_default()
            .1
            .to_owned()
    };
    let length: u64 = header("content-length:").parse().unwrap_or_default();
    let content_type = header("content-type:");
    let boundary = content_type.rsplit_once("boundary=").unwrap_or_default().1;
    let tail = format!("\r\n--{boundary}--\r\n").len() as u64;
    let mut left = length.saturating_sub((file_start - body_start) as u64 + tail);
    let mut hasher = Sha256::new();
    let mut part = buffer.split_off(file_start);
    loop {
        let of_file = left.min(part.len() as u64) as usize;
        hasher.update(&part[..of_file]);
        left -= of_file as u64;
        got.file_bytes += of_file as u64;
        let rest = &part[of_file..];
        if left == 0 && !rest.is_empty() {
            // The tail is short, so it comes in one piece or nearly; only its start is looked at.
            assert!(rest.starts_with(b"\r"), "{rest:?}");
            break;
        }
        match stream.read(&mut chunk).await {
            Ok(count @ 1..) => part = chunk[..count].to_vec(),
            Ok(0) | Err(_) => break,
        }
    }
    let digest = hasher.finalize();
    got.sha256 = digest
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    got
}
