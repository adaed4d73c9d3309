//! What a server, a proxy or a network can do wrong: each is one sentence that names the endpoint,
//! and one next step; never a credential, never a panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use proptest::prelude::*;
use pve::{
    Budget, Client, ConnectOptions, ErrorClass, GuestState, Method, Params, RawReply, Request,
    RequestCounters, Resource, Transport, Trust, Wrapping,
};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls_pki_types::PrivateKeyDer;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use crate::server::{Answer, SECRET, Server};

/// What a person reads, with the port as `PORT`: the sentence and the next step.
#[derive(Debug, PartialEq)]
struct Told {
    sentence: String,
    next_step: String,
    class: ErrorClass,
}

/// Asks once and gives what is told about the failure.
async fn told(options: ConnectOptions, method: Method) -> Told {
    let port = format!(":{}", options.url.port().unwrap());
    let client = Client::connect(options).unwrap();
    let path = "/nodes/pve1/qemu/100/config".parse().unwrap();
    let params = Params::new().with("cipassword", SECRET);
    let error = client.call(method, &path, &params).await.unwrap_err();
    let everything = format!("{error} {error:?} {} {client:?}", error.hint());
    assert!(!everything.contains(SECRET), "{everything}");
    Told {
        sentence: error.to_string().replace(&port, ":PORT"),
        next_step: error.hint().replace(&port, ":PORT"),
        class: error.class(),
    }
}

fn expect(method: &str, reason: &str, next_step: &str, class: ErrorClass) -> Told {
    Told {
        sentence: format!(
            "cannot {method} /nodes/pve1/qemu/100/config at https://127.0.0.2:PORT: {reason}"
        ),
        next_step: next_step.to_owned(),
        class,
    }
}

const NOT_PVE: &str =
    "check that https://127.0.0.2:PORT is a PVE server and not a proxy's error page";
const AGAIN: &str = "try again; nothing was changed";
const LOOK: &str =
    "the request may have been carried out: look at the task list before trying again";

#[tokio::test]
async fn a_body_that_ends_early_is_told_with_what_to_do_for_a_read_and_for_a_write() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":[".to_vec();
    let server = Server::answering(move || Answer::Bytes(cut.clone())).await;
    let reason = "the answer is cut off (end of file before message length reached)";
    assert_eq!(
        told(server.options(), Method::Get).await,
        expect("GET", reason, AGAIN, ErrorClass::NotSent)
    );
    assert_eq!(
        told(server.options(), Method::Put).await,
        expect("PUT", reason, LOOK, ErrorClass::MaybeSent)
    );
}

#[tokio::test]
async fn json_that_ends_early_is_cut_off_although_its_length_is_right() {
    let answer = || Answer::with(200, "OK", "application/json", b"{\"data\":{\"cores\":");
    let server = Server::answering(answer).await;
    let reason = "the answer is cut off (JSON ends after 17 bytes)";
    assert_eq!(
        told(server.options(), Method::Get).await,
        expect("GET", reason, AGAIN, ErrorClass::NotSent)
    );
}

#[tokio::test]
async fn a_body_that_is_not_json_is_told_by_its_place_and_not_by_its_words() {
    let words = format!("it works, {SECRET}");
    let server =
        Server::answering(move || Answer::with(200, "OK", "text/plain", words.as_bytes())).await;
    let reason = "the answer is not PVE's JSON (line 1 column 1)";
    assert_eq!(
        told(server.options(), Method::Get).await,
        expect("GET", reason, NOT_PVE, ErrorClass::NotSent)
    );
    // JSON, but of somebody else.
    let server = Server::answering(|| Answer::json(200, "OK", &json!({"status": "up"}))).await;
    let told = told(server.options(), Method::Get).await;
    let reason = "the answer is not PVE's JSON (line 1 column 15)";
    assert_eq!(told, expect("GET", reason, NOT_PVE, ErrorClass::NotSent));
}

#[tokio::test]
async fn an_html_page_of_a_proxy_in_front_is_told_from_pve() {
    let page = || {
        let page = b"\n<!DOCTYPE html><html><title>Sign in to continue</title></html>";
        Answer::with(200, "OK", "text/html", page)
    };
    let server = Server::answering(page).await;
    let reason = "an HTML page came instead of JSON";
    assert_eq!(
        told(server.options(), Method::Get).await,
        expect("GET", reason, NOT_PVE, ErrorClass::NotSent)
    );
    // A proxy that gave up: nobody knows what the node did.
    for (status, words) in [
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
    ] {
        let page = move || Answer::with(status, words, "text/html", b"<html>nginx</html>");
        let server = Server::answering(page).await;
        let reason = format!("{words} (status {status})");
        let next = "a proxy in front of https://127.0.0.2:PORT got no answer from it: look at the \
                    task list before trying again, and check that its service runs";
        assert_eq!(
            told(server.options(), Method::Post).await,
            expect("POST", &reason, next, ErrorClass::MaybeSent)
        );
    }
}

#[tokio::test]
async fn numbers_as_strings_and_unknown_fields_and_words_are_read() {
    let server = Server::answering(|| {
        Answer::data(&json!([
            {"type": "qemu", "vmid": "100", "node": "pve1", "status": "hovering", "mem": "1024",
             "maxmem": 2048.0, "cpu": "0.5", "template": "", "uptime": null, "tags": "",
             "from_next_year": {"deep": [1, {"er": null}]}},
            {"type": "lxc", "vmid": 101, "node": "pve1", "status": "running", "mem": {"odd": 1},
             "maxmem": -1, "template": "1"},
            {"type": "wormhole", "id": "wormhole/1"},
        ]))
    })
    .await;
    let rows = server.client().cluster_resources().await.unwrap();
    let guests: Vec<_> = rows.iter().filter_map(Resource::as_guest).collect();
    assert_eq!((rows.len(), guests.len()), (2, 2));
    let read = |guest: &pve::GuestResource| {
        (
            guest.at.to_string(),
            guest.status.clone(),
            (guest.memory_bytes, guest.memory_max_bytes),
            (guest.cpu_fraction, guest.template, guest.uptime_s),
        )
    };
    assert_eq!(
        read(guests[0]),
        (
            "pve1/qemu/100".to_owned(),
            GuestState::Other("hovering".to_owned()),
            (Some(1024), Some(2048)),
            (Some(0.5), false, None)
        )
    );
    assert_eq!(
        read(guests[1]),
        (
            "pve1/lxc/101".to_owned(),
            GuestState::Running,
            (None, None),
            (None, true, None)
        )
    );
}

#[tokio::test]
async fn a_huge_body_is_given_up_at_the_cap_without_waiting_for_its_end() {
    // As if it were endless: only its beginning is ever sent.
    let mut start = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n{\"data\":\"".to_vec();
    start.resize(start.len() + 64 * 1024, b'x');
    let server = Server::answering(move || Answer::Kept(start.clone())).await;
    let mut options = server.options();
    options.body_limit_bytes = 10_000;
    let reason = "the answer is larger than the limit of 10000 bytes";
    let next = "narrow the request down or raise the size limit";
    assert_eq!(
        told(options, Method::Get).await,
        expect("GET", reason, next, ErrorClass::NotSent)
    );
}

/// A port behind which the server can be exchanged, as when a certificate is renewed or somebody
/// steps in between: every connection goes to the server of its turn, the last one keeps the rest.
#[expect(clippy::disallowed_methods, reason = "a test server has no supervisor")]
async fn exchanged(ports: Vec<u16>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let turn = Arc::new(AtomicUsize::new(0));
    let turns = Arc::clone(&turn);
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let number = turns.fetch_add(1, Ordering::SeqCst).min(ports.len() - 1);
            let mut to = TcpStream::connect(("127.0.0.2", ports[number]))
                .await
                .unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut from, &mut to).await });
        }
    });
    (port, turn)
}

#[tokio::test]
async fn a_certificate_that_changes_midway_ends_the_calls_before_another_byte_of_them() {
    let first = Server::answering(|| Answer::data(&json!("first"))).await;
    let second = Server::answering(|| Answer::data(&json!("second"))).await;
    let (port, connections) = exchanged(vec![first.port, second.port]).await;
    let mut options = first.options();
    options.url.set_port(Some(port)).unwrap();
    let client = Client::connect(options.clone()).unwrap();
    let path = "/version".parse().unwrap();
    let reply = client.call(Method::Get, &path, &Params::new()).await;
    assert_eq!(reply.unwrap().data, json!("first"));
    let error = client
        .call(Method::Post, &path, &Params::new().with("password", SECRET))
        .await
        .unwrap_err();
    let (found, expected) = (second.fingerprint, first.fingerprint);
    assert_eq!(
        error.to_string(),
        format!(
            "cannot POST /version at https://127.0.0.2:{port}: the certificate has fingerprint \
             {found}, pinned is {expected}"
        )
    );
    assert_eq!(
        error.hint(),
        "if the certificate was renewed on purpose, compare it with `pvenode cert info` and pin \
         the new one; otherwise somebody may be in between"
    );
    assert_eq!(error.class(), ErrorClass::NotSent);
    assert_eq!((first.seen().len(), second.application_bytes()), (1, 0));
    assert!(connections.load(Ordering::SeqCst) >= 2);
}

/// A server whose certificate is its own authority and lives from one year to another.
async fn living(from: i32, to: i32) -> Server {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["127.0.0.2".to_owned()]).unwrap();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    let made = params.self_signed(&key).unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    Server::start_with(made.der().clone(), &private, made.pem(), |_| {
        Answer::data(&json!("late"))
    })
    .await
}

#[tokio::test]
async fn a_certificate_of_another_time_is_told_as_a_wrong_clock_and_a_pin_does_not_mind() {
    for (from, to, reason) in [
        (
            3000,
            3010,
            "the certificate is not valid yet: the clock of this machine or of the node is wrong",
        ),
        (
            1990,
            2000,
            "the certificate is no longer valid: renew it on the node with `pvecm updatecerts -f`, \
             or the clock of this machine is wrong",
        ),
    ] {
        let server = living(from, to).await;
        let found = server.fingerprint;
        let mut options = server.options();
        options.trust = Trust::Ca(server.pem.clone().into());
        let reason = format!("TLS handshake failed: {reason} (certificate fingerprint {found})");
        let next = format!(
            "compare {found} with `pvenode cert info` on the node and pin it if it is the same, \
             or give the CA"
        );
        assert_eq!(
            told(options, Method::Post).await,
            expect("POST", &reason, &next, ErrorClass::NotSent)
        );
        assert_eq!(server.application_bytes(), 0);
        let path = "/version".parse().unwrap();
        let pinned = server.client();
        let reply = pinned.call(Method::Get, &path, &Params::new()).await;
        assert_eq!(reply.unwrap().data, json!("late"));
    }
}

#[tokio::test]
async fn a_node_whose_clock_is_years_away_is_signed_in_to_once_and_used() {
    // Both the second in the ticket and the date of the answer are those of the node's clock; a
    // client that compared them with its own would sign in for every call, or never.
    let server = Server::start(|request| {
        let body = if request.target.ends_with("/access/ticket") {
            json!({"data": {
                "username": "root@pam", "ticket": "PVE:root@pam:00000001::c2ln",
                "CSRFPreventionToken": "00000001:csrf",
            }})
        } else {
            json!({"data": null})
        }
        .to_string();
        let head = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:01 GMT";
        let length = body.len();
        Answer::Bytes(format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
    })
    .await;
    let client = server.password_client();
    let path = "/nodes/pve1/time".parse().unwrap();
    for method in [Method::Get, Method::Put, Method::Get] {
        client.call(method, &path, &Params::new()).await.unwrap();
    }
    assert_eq!(client.requests().logins, 1);
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_ticket_that_another_nodes_clock_calls_ended_is_told_after_one_fresh_sign_in() {
    let server = Server::start(|request| {
        if request.target.ends_with("/access/ticket") {
            Answer::data(&json!({
                "username": "root@pam", "ticket": "PVE:root@pam:00000001::c2ln",
                "CSRFPreventionToken": "00000001:csrf",
            }))
        } else {
            Answer::with(401, "Authentication failed!", "text/plain", b"")
        }
    })
    .await;
    let mut options = server.options();
    options.auth = pve::Auth::Password {
        user: "root@pam".parse().unwrap(),
        password: SECRET.into(),
    };
    let next = "check user, realm and password or the token and its secret; tokens and users can \
                expire or be disabled";
    let reason = "not signed in: Authentication failed!";
    assert_eq!(
        told(options, Method::Put).await,
        expect("PUT", reason, next, ErrorClass::Refused)
    );
    assert_eq!(server.seen().len(), 4);
}

/// A port that takes connections and reads them, and never says a word: not even TLS.
#[expect(clippy::disallowed_methods, reason = "a test server has no supervisor")]
async fn mute() -> u16 {
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut bytes = [0; 1024];
                while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
            });
        }
    });
    port
}

#[tokio::test]
async fn a_server_that_takes_the_connection_and_never_answers_is_given_up_in_each_phase() {
    let server = Server::answering(|| Answer::Silence).await;
    let short = Duration::from_millis(200);
    // Before the handshake: no request can have been sent.
    let mut options = server.options();
    options.url.set_port(Some(mute().await)).unwrap();
    options.timeouts.connect = short;
    assert_eq!(
        told(options, Method::Post).await,
        expect(
            "POST",
            "timed out after 0.2 s connecting",
            AGAIN,
            ErrorClass::NotSent
        )
    );
    // After it: nobody knows.
    let mut options = server.options();
    options.timeouts.first_byte = short;
    let reason = "timed out after 0.2 s waiting for the answer";
    assert_eq!(
        told(options.clone(), Method::Post).await,
        expect("POST", reason, LOOK, ErrorClass::MaybeSent)
    );
    assert_eq!(
        told(options, Method::Get).await,
        expect("GET", reason, AGAIN, ErrorClass::NotSent)
    );
    // In the middle of the answer.
    let start = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":[".to_vec();
    let server = Server::answering(move || Answer::Kept(start.clone())).await;
    let mut options = server.options();
    options.timeouts.idle = short;
    let reason = "timed out after 0.2 s reading the answer";
    assert_eq!(
        told(options, Method::Get).await,
        expect("GET", reason, AGAIN, ErrorClass::NotSent)
    );
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_a_broken_connection() {
    let server = Server::answering(|| Answer::Bytes(b"SSH-2.0-OpenSSH_10.0\r\n".to_vec())).await;
    let reason = "the connection broke: invalid HTTP version parsed";
    assert_eq!(
        told(server.options(), Method::Delete).await,
        expect("DELETE", reason, LOOK, ErrorClass::MaybeSent)
    );
}

/// Gives the same bytes to every request.
struct Always(Vec<u8>, Wrapping);

#[async_trait]
impl Transport for Always {
    async fn send(&self, _: &Request) -> Result<RawReply, pve::Error> {
        Ok(RawReply {
            json: self.0.clone().into(),
            wrapping: self.1,
        })
    }

    fn endpoint(&self) -> &'static str {
        "https://pve1:8006"
    }

    fn counters(&self) -> RequestCounters {
        RequestCounters::default()
    }
}

/// A real answer in which some bytes are others, some are missing and some are double.
fn disturbed() -> impl Strategy<Value = Vec<u8>> {
    let answer = json!({"data": [
        {"type": "qemu", "vmid": 100, "node": "pve1", "status": "running", "mem": "1024", "cpu": 0.5,
         "tags": "web;test", "template": 0, "name": "ä", "upid": "UPID:pve1:1:2:3:x:100:root@pam:"},
        {"type": "node", "node": "pve1", "status": "online", "ssl_fingerprint": "AA:BB"},
    ], "total": "2", "changes": null})
    .to_string()
    .into_bytes();
    let length = answer.len();
    let one = (0..length, 0..length, any::<u8>(), 0_u8..4);
    prop::collection::vec(one, 0..6).prop_map(move |changes| {
        let mut bytes = answer.clone();
        for (place, other, byte, how) in changes {
            let (place, other) = (place.min(bytes.len()), other.min(bytes.len()));
            match how {
                0 => bytes.truncate(place),
                1 => bytes.insert(place, byte),
                2 => drop(bytes.drain(place.min(other)..place.max(other))),
                _ => {
                    let part = bytes[place.min(other)..place.max(other)].to_vec();
                    bytes.splice(place..place, part);
                }
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn no_answer_whatever_it_holds_is_more_than_an_error_of_one_line(
        bytes in prop_oneof![disturbed(), prop::collection::vec(any::<u8>(), 0..64)],
        is_bare in any::<bool>(),
    ) {
        let wrapping = if is_bare { Wrapping::Bare } else { Wrapping::Envelope };
        let budget = Budget { foreground_per_second: 1_000_000, ..Budget::default() };
        let client = Client::over(Box::new(Always(bytes, wrapping)), budget);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let path = "/version".parse().unwrap();
        let failures = runtime.block_on(async {
            let upid = "UPID:pve1:0000C530:001C9BEC:571E0322:qmstart:100:root@pam:";
            [
                client.call(Method::Get, &path, &Params::new()).await.err(),
                client.cluster_resources().await.err(),
                client.cluster_status().await.err(),
                client.version().await.err(),
                client.task_log(&upid.parse().unwrap(), 0, 50).await.err(),
                client.task_status(&upid.parse().unwrap()).await.err(),
            ]
        });
        for error in failures.into_iter().flatten() {
            let told = format!("{error}; {}", error.hint());
            prop_assert!(told.starts_with("cannot GET /") && !told.contains('\n'), "{}", told);
        }
    }
}
