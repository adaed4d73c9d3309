//! WebSockets of consoles, against a server that does the handshake and greets.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use pve::{Client, ErrorKind, Method, Params};
use serde_json::json;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Answer, SECRET, Seen, Server};

const TICKET: &str = "PVE:root@pam:6B038830::c2ln+/=";
const CONSOLE: &str = "PVEVNC:6B038830::Y29uc29sZQ==";
/// The first bytes of a screen, as a frame.
const GREETING: &[u8] = b"\x82\x0cRFB 003.008\n";

/// What the server answers to the request for the socket: as PVE does, only to who asked for the
/// console.
fn socket(request: &Seen) -> Answer {
    let key = request.header("sec-websocket-key").unwrap();
    let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let accept = base64::engine::general_purpose::STANDARD.encode(digest);
    let mut bytes = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: binary\r\n\r\n"
    )
    .into_bytes();
    // Together with the head, as a fast server does.
    bytes.extend_from_slice(GREETING);
    Answer::Kept(bytes)
}

/// A node whose consoles are for the credential that asked for them.
async fn node() -> Server {
    let owner = Arc::new(Mutex::new(None));
    Server::start(move |request| {
        let who = |request: &Seen| {
            let header = |name| request.header(name).map(ToOwned::to_owned);
            header("cookie").or_else(|| header("authorization"))
        };
        let path = request.target.split('?').next().unwrap();
        match path.rsplit('/').next().unwrap() {
            "ticket" => Answer::data(&json!({
                "username": "root@pam", "ticket": TICKET, "CSRFPreventionToken": "6B038830:csrf",
            })),
            "vncproxy" => {
                *owner.lock().unwrap() = who(request);
                Answer::data(&json!({"port": "5900", "ticket": CONSOLE}))
            }
            "vncwebsocket" if who(request).is_some() && who(request) == *owner.lock().unwrap() => {
                socket(request)
            }
            _ => Answer::with(401, "No ticket", "text/plain", b""),
        }
    })
    .await
}

async fn ask_for_console(client: &Client) {
    let path = "/nodes/pve1/qemu/100/vncproxy".parse().unwrap();
    let params = Params::new().with("websocket", true);
    let reply = client.call(Method::Post, &path, &params).await.unwrap();
    assert_eq!(reply.data["ticket"], CONSOLE);
}

async fn open(client: &Client) -> pve::Result<pve::Socket> {
    let path = "/nodes/pve1/qemu/100/vncwebsocket".parse().unwrap();
    let params = Params::new()
        .with("port", "5900")
        .with("vncticket", CONSOLE);
    client.open_socket(&path, &params).await
}

#[tokio::test]
async fn d6_the_socket_of_a_console_is_opened_as_the_one_who_asked_for_it() {
    let server = node().await;
    let token = format!("PVEAPIToken=root@pam!demo={SECRET}");
    let cookie = format!("PVEAuthCookie={TICKET}");
    for (client, name, value) in [
        (server.password_client(), "cookie", cookie),
        (server.client(), "authorization", token),
    ] {
        ask_for_console(&client).await;
        let mut socket = open(&client).await.unwrap();
        let mut greeting = vec![0; GREETING.len()];
        socket.read_exact(&mut greeting).await.unwrap();
        assert_eq!(greeting, GREETING);
        let seen = server.seen().pop().unwrap();
        assert_eq!(
            seen.target,
            "/api2/json/nodes/pve1/qemu/100/vncwebsocket?port=5900\
             &vncticket=PVEVNC%3A6B038830%3A%3AY29uc29sZQ%3D%3D"
        );
        assert_eq!(seen.header(name), Some(value.as_str()));
        for (name, value) in [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-protocol", "binary"),
        ] {
            assert_eq!(seen.header(name), Some(value));
        }
        // What is written now reaches the server as it is.
        let before = server.application_bytes();
        socket.write_all(b"\x82\x80\0\0\0\0").await.unwrap();
        socket.flush().await.unwrap();
        drop(socket);
        assert!(server.application_bytes() >= before);
    }
}

#[tokio::test]
async fn d6_a_console_that_is_not_given_to_this_identity_is_refused_in_pves_words() {
    let server = node().await;
    // The token asks, another identity comes for it.
    ask_for_console(&server.client()).await;
    let error = open(&server.password_client()).await.unwrap_err();
    let text = "No ticket".to_owned();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized { text });
    let told = format!("{error} {error:?} {}", error.hint());
    assert!(!told.contains("Y29uc29sZQ"), "{told}");
    // A server that does not know sockets answers something else.
    let other = Server::answering(|| Answer::data(&json!({"port": "5900"}))).await;
    let error = open(&other.client()).await.unwrap_err();
    let expected = "status 200 OK came instead of a WebSocket".to_owned();
    assert_eq!(error.kind(), &ErrorKind::Unexpected(expected));
    // And one that repeats an old answer is no WebSocket either.
    let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                   Connection: upgrade\r\nSec-WebSocket-Accept: b2xk\r\n\r\n";
    let replayed = Server::answering(|| Answer::Kept(answer.to_vec())).await;
    let error = open(&replayed.client()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unexpected(_)), "{error}");
}
