//! Several addresses of one cluster, endpoints that are left alone, cancellation.

use std::time::Duration;

use pve::{
    Client, ConnectOptions, ErrorClass, ErrorKind, FurtherEndpoint, Method, Params, Phase, Trust,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::server::{Answer, Server};

async fn call(client: &Client, method: Method) -> pve::Result<Value> {
    let path = "/nodes/pve2/tasks".parse().unwrap();
    let reply = client.call(method, &path, &Params::new()).await?;
    Ok(reply.data)
}

/// A server that says its name.
async fn named(name: &'static str) -> Server {
    Server::answering(move || Answer::data(&json!(name))).await
}

fn both(first: ConnectOptions, second: &Server) -> Client {
    let mut options = first;
    options.further = vec![FurtherEndpoint {
        url: second.url(),
        trust: Trust::Fingerprint(second.fingerprint),
    }];
    Client::connect(options).unwrap()
}

/// The address of a server that is not there.
fn nobody(server: &Server) -> ConnectOptions {
    let listener = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let mut options = server.options();
    let port = listener.local_addr().unwrap().port();
    options.url.set_port(Some(port)).unwrap();
    options
}

#[tokio::test]
async fn d6_another_node_answers_when_the_first_does_not_and_is_asked_first_then() {
    let second = named("second").await;
    let client = both(nobody(&second), &second);
    for method in [Method::Get, Method::Post, Method::Put, Method::Delete] {
        assert_eq!(call(&client, method).await.unwrap(), json!("second"));
    }
    assert_eq!(second.seen().len(), 4);
    // The missing one was asked once.
    assert_eq!(client.requests().count, 5);
    let second_url = format!("https://127.0.0.2:{}", second.port);
    assert_eq!(client.endpoint(), second_url);
    let health = client.health();
    assert_eq!(
        (health[0].endpoint.as_str(), health[0].failures),
        (second_url.as_str(), 0)
    );
    assert_eq!((health[1].failures, health[1].left_alone), (1, false));
}

#[tokio::test]
async fn a_write_that_may_have_arrived_is_not_made_at_another_node_and_a_read_is() {
    let first = Server::answering(|| Answer::Close).await;
    let second = named("second").await;
    let client = both(first.options(), &second);
    let error = call(&client, Method::Post).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::MaybeSent);
    assert_eq!((first.seen().len(), second.seen().len()), (1, 0));
    assert_eq!(call(&client, Method::Get).await.unwrap(), json!("second"));
    assert_eq!((first.seen().len(), second.seen().len()), (2, 1));
}

#[tokio::test]
async fn a_refusal_is_the_answer_of_the_cluster_and_not_asked_for_twice() {
    let first =
        Server::answering(|| Answer::json(500, "no", &json!({"data": null, "message": "no\n"})))
            .await;
    let second = named("second").await;
    let client = both(first.options(), &second);
    let error = call(&client, Method::Get).await.unwrap_err();
    assert_eq!(error.text(), "no");
    assert_eq!((first.seen().len(), second.seen().len()), (1, 0));
}

#[tokio::test]
async fn each_address_has_a_certificate_of_its_own_and_a_changed_one_is_passed_over() {
    let (first, second) = (named("first").await, named("second").await);
    let mut options = first.options();
    options.trust = Trust::Fingerprint(second.fingerprint);
    let client = both(options, &second);
    assert_eq!(call(&client, Method::Post).await.unwrap(), json!("second"));
    assert_eq!(first.application_bytes(), 0);
}

#[tokio::test]
async fn a_node_that_the_server_cannot_reach_is_named_and_asked_for_at_one_other() {
    let cannot = || Answer::with(595, "Connection refused", "text/plain", b"");
    let first = Server::answering(cannot).await;
    let second = Server::answering(cannot).await;
    let third = named("third").await;
    let mut options = first.options();
    options.further = [&second, &third]
        .map(|server| FurtherEndpoint {
            url: server.url(),
            trust: Trust::Fingerprint(server.fingerprint),
        })
        .to_vec();
    let client = Client::connect(options).unwrap();
    let error = call(&client, Method::Post).await.unwrap_err();
    let kind = ErrorKind::NodeUnreachable {
        node: Some("pve2".to_owned()),
        status: 595,
        text: "Connection refused".to_owned(),
    };
    assert_eq!(error.kind(), &kind);
    assert!(
        error.to_string().contains("node pve2 cannot be reached"),
        "{error}"
    );
    let seen = [&first, &second, &third].map(|server| server.seen().len());
    assert_eq!(seen, [1, 1, 0]);

    // 596: it was lost on the way, so a write is nowhere repeated.
    let lost = Server::answering(|| Answer::with(596, "tls error", "text/plain", b"")).await;
    let client = both(lost.options(), &third);
    let error = call(&client, Method::Post).await.unwrap_err();
    assert_eq!(
        (error.status(), error.class()),
        (Some(596), ErrorClass::MaybeSent)
    );
    assert_eq!(third.seen().len(), 0);
    assert_eq!(call(&client, Method::Get).await.unwrap(), json!("third"));
}

#[tokio::test]
async fn an_address_that_never_answers_is_left_alone_and_fails_at_once() {
    let server = named("x").await;
    let mut options = nobody(&server);
    options.retry.attempts = 1;
    let client = Client::connect(options).unwrap();
    for _ in 0..3 {
        let error = call(&client, Method::Get).await.unwrap_err();
        assert!(!error.to_string().contains("left alone"), "{error}");
    }
    let error = call(&client, Method::Post).await.unwrap_err();
    let said = "it is left alone for a moment after 3 failures: cannot connect: ";
    assert!(
        matches!(error.kind(), ErrorKind::Unreachable { reason } if reason.starts_with(said)),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::NotSent);
    assert_eq!(client.requests().count, 3);
    assert!(client.health()[0].left_alone);
}

#[tokio::test]
async fn attempts_are_as_many_as_wished_and_writes_have_one() {
    let server = Server::answering(|| Answer::Close).await;
    let mut options = server.options();
    options.retry.attempts = 4;
    options.retry.first_pause = Duration::from_millis(1);
    let client = Client::connect(options).unwrap();
    call(&client, Method::Get).await.unwrap_err();
    assert_eq!(server.seen().len(), 4);
    call(&client, Method::Put).await.unwrap_err();
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn silence_in_the_middle_of_an_answer_is_a_time_out_of_its_own() {
    let start = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":[".to_vec();
    let server = Server::answering(move || Answer::Kept(start.clone())).await;
    let mut options = server.options();
    let after = Duration::from_millis(200);
    options.timeouts.idle = after;
    let client = Client::connect(options).unwrap();
    let error = call(&client, Method::Post).await.unwrap_err();
    let phase = Phase::Body;
    assert_eq!(error.kind(), &ErrorKind::Timeout { phase, after });
    assert_eq!(error.class(), ErrorClass::MaybeSent);
}

#[tokio::test]
async fn cancelling_ends_calls_on_their_way_and_before_it() {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    // The request that came in is the moment.
    let server = Server::start(move |_| {
        stop.cancel();
        Answer::Silence
    })
    .await;
    let client = server.client().until(cancel);
    for (method, class) in [
        (Method::Post, ErrorClass::MaybeSent),
        (Method::Get, ErrorClass::NotSent),
    ] {
        let error = call(&client, method).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Cancelled);
        assert_eq!(error.class(), class);
    }
    assert_eq!(server.seen().len(), 1);
}
