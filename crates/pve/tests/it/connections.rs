//! Connections that are kept between requests, and what happens to them meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pve::{Auth, Client, ConnectOptions, Fingerprint, Method, Params, Trust, parse_endpoint};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::server::{Answer, SECRET, Server, acceptor, certificate};

/// A server that closes every connection after one answer without having said so, and tells when
/// it has.
#[expect(clippy::disallowed_methods, reason = "a test server has no supervisor")]
async fn closing() -> (ConnectOptions, mpsc::Receiver<()>, Arc<AtomicUsize>) {
    let (certificate, key, _) = certificate();
    let fingerprint = Fingerprint::of_der(&certificate);
    let acceptor = acceptor(certificate, &key);
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (closed, closes) = mpsc::channel(8);
    let answers = Arc::new(AtomicUsize::new(0));
    let answered = Arc::clone(&answers);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = acceptor.accept(stream).await.unwrap();
            let mut request = vec![0; 16 * 1024];
            if !matches!(stream.read(&mut request).await, Ok(1..)) {
                continue;
            }
            answered.fetch_add(1, Ordering::SeqCst);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}";
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
            drop(stream);
            closed.send(()).await.unwrap();
        }
    });
    let url = parse_endpoint(&format!("127.0.0.2:{port}")).unwrap();
    let auth = Auth::Token {
        id: "root@pam!demo".parse().unwrap(),
        secret: SECRET.into(),
    };
    let options = ConnectOptions::new(url, auth, Trust::Fingerprint(fingerprint));
    (options, closes, answers)
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_is_replaced_also_for_a_write() {
    let (options, mut closes, answers) = closing().await;
    let client = Client::connect(options).unwrap();
    let path = "/pools".parse().unwrap();
    for method in [Method::Get, Method::Post, Method::Delete, Method::Put] {
        let reply = client.call(method, &path, &Params::new()).await;
        assert_eq!(reply.unwrap().data, json!([]), "{method}");
        closes.recv().await.unwrap();
    }
    // Each was made once: nothing was written into a connection that was closed.
    assert_eq!(answers.load(Ordering::SeqCst), 4);
    assert_eq!((client.requests().count, client.requests().failed), (4, 0));
}

#[tokio::test]
async fn calls_at_once_have_a_connection_each_and_share_them_later() {
    let kept = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}";
    let server = Server::answering(|| Answer::Kept(kept.to_vec())).await;
    let client = server.client();
    let path = "/pools".parse().unwrap();
    let params = Params::new();
    for _ in 0..3 {
        let call = || client.call(Method::Get, &path, &params);
        let (a, b, c) = tokio::join!(call(), call(), call());
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
    }
    assert_eq!((server.connections(), server.seen().len()), (3, 9));
}

#[tokio::test]
async fn a_call_that_is_given_up_takes_its_connection_with_it() {
    let mut first = true;
    let server = Server::start(move |_| {
        if std::mem::take(&mut first) {
            Answer::Silence
        } else {
            Answer::data(&json!([]))
        }
    })
    .await;
    let mut options = server.options();
    options.timeouts.first_byte = std::time::Duration::from_millis(200);
    let client = Client::connect(options).unwrap();
    let path = "/pools".parse().unwrap();
    let given_up = client.call(Method::Post, &path, &Params::new()).await;
    given_up.unwrap_err();
    // The answer to the first can never be taken for that to the second.
    let reply = client.call(Method::Get, &path, &Params::new()).await;
    assert_eq!(reply.unwrap().data, json!([]));
    assert_eq!(server.connections(), 2);
}
