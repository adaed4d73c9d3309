//! A server that sends exactly the bytes a test names. It runs on threads of its own, so that a
//! test may stop its own clock.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread;

use llm::ollama::{OllamaModel, OllamaOptions};
use serde_json::Value;
use tokio::sync::mpsc;

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

/// What happens on a connection after a request.
pub(crate) enum Part {
    Bytes(Vec<u8>),
    /// Goes on when the test lets it.
    Gate(std_mpsc::Receiver<()>),
    /// Nothing more comes; waits until the client hangs up and reports that.
    Silence(mpsc::Sender<()>),
}

pub(crate) struct Server {
    address: SocketAddr,
    seen: mpsc::Receiver<Seen>,
}

type Answer = dyn Fn(&Seen) -> Vec<Part> + Send + Sync;

impl Server {
    pub(crate) fn start(answer: impl Fn(&Seen) -> Vec<Part> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (report, seen) = mpsc::channel(20_000);
        let answer: Arc<Answer> = Arc::new(answer);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (answer, report) = (Arc::clone(&answer), report.clone());
                thread::spawn(move || serve(connection.unwrap(), &*answer, &report));
            }
        });
        Self { address, seen }
    }

    /// Every request gets the same answer.
    pub(crate) fn always(bytes: Vec<u8>) -> Self {
        Self::start(move |_| vec![Part::Bytes(bytes.clone())])
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn model(&self) -> OllamaModel {
        self.model_with(OllamaOptions::default())
    }

    pub(crate) fn model_with(&self, options: OllamaOptions) -> OllamaModel {
        OllamaModel::new("m:1b", &self.url().parse().unwrap(), None, options).unwrap()
    }

    /// The next request, when it arrives.
    pub(crate) async fn next_request(&mut self) -> Seen {
        self.seen.recv().await.unwrap()
    }

    /// Requests that have arrived and were not looked at yet.
    pub(crate) fn requests(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).collect()
    }
}

fn serve(mut connection: TcpStream, answer: &Answer, report: &mpsc::Sender<Seen>) {
    let Some(seen) = read_request(&connection) else {
        return;
    };
    let parts = answer(&seen);
    report.blocking_send(seen).ok();
    for part in parts {
        match part {
            Part::Bytes(bytes) => {
                if connection
                    .write_all(&bytes)
                    .and_then(|()| connection.flush())
                    .is_err()
                {
                    return;
                }
            }
            Part::Gate(gate) => {
                gate.recv().ok();
            }
            Part::Silence(hung_up) => {
                let mut byte = [0];
                connection.read_exact(&mut byte).ok();
                hung_up.blocking_send(()).ok();
            }
        }
    }
}

fn read_request(connection: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(connection);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let header = |wanted: &str| {
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut words = head.split(' ');
    Some(Seen {
        method: words.next().unwrap().to_owned(),
        path: words.next().unwrap().to_owned(),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

/// A whole answer with a length.
pub(crate) fn answer(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The beginning of a stream.
pub(crate) fn stream_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".to_vec()
}

/// One chunk of a stream; HTTP keeps the boundary even when the kernel joins packets.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    framed
}

pub(crate) fn stream_end() -> Vec<u8> {
    b"0\r\n\r\n".to_vec()
}

/// A whole stream in the given chunks.
pub(crate) fn stream(chunks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = stream_head();
    for part in chunks {
        bytes.extend(chunk(part));
    }
    bytes.extend(stream_end());
    bytes
}

/// A stream of lines.
pub(crate) fn lines(lines: &[Value]) -> Vec<u8> {
    let texts: Vec<String> = lines.iter().map(Value::to_string).collect();
    stream(&[texts.join("\n").as_bytes(), b"\n"])
}
