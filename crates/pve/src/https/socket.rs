//! From a request to a WebSocket: the handshake of RFC 6455 with our own credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode, header};
use sha1::{Digest, Sha1};
use tokio::time::{Instant, timeout_at};

use super::wire::Upgraded;
use super::{Accepts, Answer, HttpsTransport, Pass, judge, status_of};
use crate::error::{ErrorKind, Phase};
use crate::meter::Purpose;
use crate::socket::Socket;
use crate::transport::Request;

/// What RFC 6455 puts behind the key before hashing it.
const SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

impl HttpsTransport {
    pub(super) async fn open_socket(&self, request: &Request) -> Result<Socket, ErrorKind> {
        let pass = self.pass(None).await?;
        let refused = match (self.ask_for_socket(request, &pass).await, &pass) {
            (Err(ErrorKind::Unauthorized { .. }), Pass::Ticket { generation, .. }) => *generation,
            (other, _) => return other,
        };
        let fresh = self.pass(Some(refused)).await?;
        self.ask_for_socket(request, &fresh).await
    }

    async fn ask_for_socket(&self, request: &Request, pass: &Pass) -> Result<Socket, ErrorKind> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(|error| {
            ErrorKind::Invalid(format!("the system gives no random bytes: {error}"))
        })?;
        let key = STANDARD.encode(bytes);
        let mut prepared = self.prepare(request, pass, Accepts::Plain)?;
        let headers = prepared.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        let version = HeaderValue::from_static("13");
        headers.insert(header::SEC_WEBSOCKET_VERSION, version);
        let protocol = HeaderValue::from_static("binary");
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
        let sent = HeaderValue::from_str(&key).map_err(|e| ErrorKind::Invalid(e.to_string()))?;
        headers.insert(header::SEC_WEBSOCKET_KEY, sent);
        self.meter.sending(Purpose::Read);
        let after = self.timeouts.first_byte;
        let phase = Phase::FirstByte;
        let upgraded = timeout_at(Instant::now() + after, self.wires.upgrade(prepared))
            .await
            .unwrap_or(Err(ErrorKind::Timeout { phase, after }));
        let socket = match upgraded {
            Ok(Upgraded::Done {
                head,
                early,
                stream,
            }) => {
                let accepted = STANDARD.encode(Sha1::digest(format!("{key}{SUFFIX}")));
                let said = head.headers.get(header::SEC_WEBSOCKET_ACCEPT);
                if said.is_some_and(|said| said.as_bytes() == accepted.as_bytes()) {
                    Ok(Socket::new(early, stream))
                } else {
                    Err(ErrorKind::Unexpected(
                        "the handshake of the WebSocket is answered wrongly".into(),
                    ))
                }
            }
            Ok(Upgraded::Refused(answering)) => {
                let (status, reason) = status_of(&answering.head);
                let body = self.read_body(answering).await;
                Err(no_socket(request, status, reason, body))
            }
            Err(kind) => Err(kind),
        };
        socket.inspect_err(|_| self.meter.failed())
    }
}

/// An answer instead of a socket: a refusal, or a success that does not understand the request.
fn no_socket(
    request: &Request,
    status: StatusCode,
    reason: String,
    body: Result<bytes::Bytes, ErrorKind>,
) -> ErrorKind {
    let judged = Answer::new(status, reason, body).and_then(|answer| judge(request, answer));
    match judged {
        Err(kind) => kind,
        Ok(_) => ErrorKind::Unexpected(format!("status {status} came instead of a WebSocket")),
    }
}
