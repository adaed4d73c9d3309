//! A console's web socket: the handshake, then a terminal or a screen until one side goes away.

use std::time::Duration;

use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::request::Parts;
use http::{Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::body::Body;
use super::frames::{Frame, Frames, accept_key, binary, close, pong};
use super::identify::identify;
use super::screen::Screen;
use super::serve::Shared;
use super::shell::{Place, Shell, Times};
use crate::api::route::Verb;
use crate::cluster::Cluster;
use crate::cluster::consoles::{Console, Face};
use crate::random::{Random, mix};

/// A client that says nothing for so long has gone; those of the web interface ping every 30 seconds.
const SILENCE: Duration = Duration::from_mins(10);

/// How long the change of protocol may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Messages to the client are not longer.
const PIECE: usize = 64 * 1024;

/// A connection that becomes a console.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) upgrade: OnUpgrade,
    pub(crate) console: Console,
}

/// Whether a request wants to become a web socket.
pub(crate) fn is_wanted(head: &Parts) -> bool {
    head.uri.path().ends_with("/vncwebsocket")
        && head
            .headers
            .get(UPGRADE)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// The console that the request connects to, after its ticket was found good.
pub(crate) fn connect(cluster: &mut Cluster, head: &Parts) -> Option<Console> {
    let path = head.uri.path();
    let who = identify(cluster, &head.headers, Verb::Get, path).ok()?;
    let pieces: Vec<&str> = path.split('/').filter(|piece| !piece.is_empty()).collect();
    let ticket_path = match pieces.as_slice() {
        [_, _, "nodes", _, _, vmid, "vncwebsocket"] => format!("/vms/{vmid}"),
        [_, _, "nodes", node, "vncwebsocket"] => format!("/nodes/{node}"),
        _ => return None,
    };
    let query = head.uri.query().unwrap_or_default();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
    let port = pairs.iter().find(|(name, _)| name == "port")?.1.parse();
    cluster.connect_console(port.ok()?, &who.full(), &ticket_path)
}

/// `101 Switching Protocols`; `None` when the client sent no key.
pub(crate) fn switch(head: &Parts) -> Option<Response<Body>> {
    let key = head.headers.get("sec-websocket-key")?.to_str().ok()?;
    let mut response = Response::new(Body::over(bytes::Bytes::new(), Duration::ZERO));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(
        "sec-websocket-accept",
        HeaderValue::try_from(accept_key(key)).ok()?,
    );
    let protocol = head.headers.get("sec-websocket-protocol");
    let first = protocol.and_then(|value| value.to_str().ok()?.split(',').next());
    if let Some(Ok(protocol)) = first.map(|first| HeaderValue::try_from(first.trim())) {
        headers.insert("sec-websocket-protocol", protocol);
    }
    Some(response)
}

/// Talks until one side ends it; the console's task ends with it.
pub(crate) async fn run(session: Session, shared: &Shared) {
    let Session { upgrade, console } = session;
    if let Ok(Ok(upgraded)) = tokio::time::timeout(PATIENCE, upgrade).await {
        let stream = TokioIo::new(upgraded);
        // A client that goes away is no news.
        let _ = talk(stream, &console, shared).await;
    }
    shared.settled().disconnect_console(&console);
}

/// What is on the other side of the console.
enum Side {
    Screen(Screen),
    Terminal(Terminal),
}

async fn talk<S>(mut stream: S, console: &Console, shared: &Shared) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some((mut side, hello)) = begin(console, shared) else {
        return stream.write_all(&close()).await;
    };
    send(&mut stream, &hello).await?;
    let mut frames = Frames::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(read) = tokio::time::timeout(SILENCE, stream.read(&mut buffer)).await else {
            return stream.write_all(&close()).await;
        };
        let bytes = buffer.get(..read?).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        frames.feed(bytes);
        while let Some(frame) = frames.next().map_err(std::io::Error::other)? {
            let data = match frame {
                Frame::Close => return stream.write_all(&close()).await,
                Frame::Ping(data) => {
                    stream.write_all(&pong(&data)).await?;
                    continue;
                }
                Frame::Data(data) => data,
            };
            let (out, is_over) = match &mut side {
                Side::Screen(screen) => (screen.feed(&data), false),
                Side::Terminal(terminal) => {
                    let out = terminal.feed(&data, console, shared);
                    (out, terminal.shell.is_over())
                }
            };
            let out = out.map_err(std::io::Error::other)?;
            send(&mut stream, &out).await?;
            if is_over {
                return stream.write_all(&close()).await;
            }
        }
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> std::io::Result<()> {
    for piece in bytes.chunks(PIECE) {
        stream.write_all(&binary(piece)).await?;
    }
    stream.flush().await
}

/// `None` when what it should show does not run.
fn begin(console: &Console, shared: &Shared) -> Option<(Side, Vec<u8>)> {
    let cluster = shared.settled();
    let (hostname, version) = match console.guest {
        None => {
            let version = format!("pve-manager/{}", cluster.version.full());
            (console.node.clone(), version)
        }
        Some((_, vmid)) => {
            let guest = cluster.guests.get(&vmid)?;
            guest.run.is_running().then_some(())?;
            (guest.name(), String::new())
        }
    };
    Some(match console.face {
        Face::Screen => {
            let seed = mix(cluster.seed, &[console.task, 17]);
            let mut random = Random::new(seed);
            let mut challenge = [0; 16];
            for part in challenge.chunks_exact_mut(8) {
                part.copy_from_slice(&random.next().to_be_bytes());
            }
            let (screen, hello) = Screen::new(&hostname, &console.password, challenge);
            (Side::Screen(screen), hello)
        }
        Face::Terminal => {
            let shell = Shell::new(Place {
                hostname,
                kernel: cluster.version.kernel().to_owned(),
                version,
            });
            let terminal = Terminal {
                shell,
                buffer: Vec::new(),
                is_known: false,
            };
            (Side::Terminal(terminal), Vec::new())
        }
    })
}

/// The protocol of terminal consoles: `USER:TICKET\n` first, then `0:LENGTH:DATA`, `1:COLUMNS:ROWS:` and
/// `2` for a ping; the other way raw bytes.
struct Terminal {
    shell: Shell,
    buffer: Vec<u8>,
    is_known: bool,
}

impl Terminal {
    fn feed(
        &mut self,
        bytes: &[u8],
        console: &Console,
        shared: &Shared,
    ) -> Result<Vec<u8>, &'static str> {
        self.buffer.extend_from_slice(bytes);
        let mut out = Vec::new();
        if !self.is_known {
            let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else {
                return Ok(out);
            };
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).into_owned();
            let ticket = line
                .trim_end()
                .strip_prefix(&console.user)
                .and_then(|rest| rest.strip_prefix(':'))
                .unwrap_or_default();
            let cluster = shared.settled();
            if !cluster.console_ticket_is_good(ticket, &console.user, &console.path) {
                return Err("the ticket is not that of the console");
            }
            self.is_known = true;
            out.extend(b"OK");
            out.extend(self.shell.greeting().bytes());
        }
        while let Some(keys) = self.next_keys()? {
            let times = times(console, shared);
            let shown = self.shell.type_keys(&String::from_utf8_lossy(&keys), times);
            out.extend(shown.bytes());
        }
        Ok(out)
    }

    /// Keys of the next whole message; sizes and pings are none.
    fn next_keys(&mut self) -> Result<Option<Vec<u8>>, &'static str> {
        let (keys, length) = match self.buffer.first() {
            None => return Ok(None),
            Some(b'2') => (Vec::new(), 1),
            Some(b'0') => {
                let Some((length, start)) = self.number_after(1) else {
                    return Ok(None);
                };
                let Some(keys) = self.buffer.get(start..start + length?) else {
                    return Ok(None);
                };
                (keys.to_vec(), start + keys.len())
            }
            Some(b'1') => {
                let Some((columns, next)) = self.number_after(1) else {
                    return Ok(None);
                };
                let Some((rows, end)) = self.number_after(next - 1) else {
                    return Ok(None);
                };
                columns.and(rows)?;
                (Vec::new(), end)
            }
            Some(_) => return Err("the message is of no known kind"),
        };
        self.buffer.drain(..length);
        Ok(Some(keys))
    }

    /// The number between two colons, the first at `colon`, and where the second one ends.
    fn number_after(&self, colon: usize) -> Option<(Result<usize, &'static str>, usize)> {
        let rest = self.buffer.get(colon + 1..)?;
        let digits = rest.iter().position(|byte| *byte == b':')?;
        let number = rest
            .get(..digits)
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
            .filter(|number: &usize| *number <= 128 * 1024)
            .ok_or("a length is no number");
        Some((number, colon + 1 + digits + 1))
    }
}

fn times(console: &Console, shared: &Shared) -> Times {
    let cluster = shared.settled();
    let since_ms = match console.guest {
        Some((_, vmid)) => cluster
            .guests
            .get(&vmid)
            .and_then(|guest| guest.run.since_ms()),
        None => cluster.node(&console.node).map(|node| node.boot_ms),
    };
    let up_ms = cluster.now_ms - since_ms.unwrap_or(cluster.now_ms);
    Times {
        now_ms: cluster.now_ms,
        uptime_s: u64::try_from(up_ms / 1000).unwrap_or(0),
    }
}
