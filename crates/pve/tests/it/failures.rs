//! Connections that break, answers that are late, too long or not PVE's.

use std::io::Write;
use std::time::Duration;

use pve::{BodyProblem, Client, ErrorClass, ErrorKind, Method, Params, Phase};
use serde_json::json;

use crate::server::{Answer, SECRET, Server};

async fn call(client: &Client, method: Method) -> pve::Result<pve::Reply> {
    let params = Params::new().with("password", SECRET);
    client
        .call(method, &"/nodes/pve1/tasks".parse().unwrap(), &params)
        .await
}

#[tokio::test]
async fn a_read_whose_connection_broke_is_repeated_once_and_a_write_never() {
    let server = Server::answering(|| Answer::Close).await;
    let client = server.client();
    for (method, tries, class) in [
        (Method::Get, 2, ErrorClass::NotSent),
        (Method::Post, 1, ErrorClass::MaybeSent),
        (Method::Put, 1, ErrorClass::MaybeSent),
        (Method::Delete, 1, ErrorClass::MaybeSent),
    ] {
        let before = server.seen().len();
        let error = call(&client, method).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::ConnectionLost { .. }),
            "{error}"
        );
        assert_eq!(error.class(), class, "{method}");
        assert_eq!(server.seen().len() - before, tries, "{method}");
    }
}

#[tokio::test]
async fn a_read_that_works_the_second_time_works() {
    let mut times = 0;
    let server = Server::start(move |_| {
        times += 1;
        if times == 1 {
            Answer::Close
        } else {
            Answer::data(&json!([]))
        }
    })
    .await;
    let client = server.client();
    assert_eq!(call(&client, Method::Get).await.unwrap().data, json!([]));
    let counters = client.requests();
    assert_eq!(
        (counters.count, counters.failed, counters.bytes_received),
        (2, 1, 11)
    );
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable_and_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = Server::answering(|| Answer::Close).await;
    let mut options = server.options();
    options.url.set_port(Some(port)).unwrap();
    let error = call(&Client::connect(options).unwrap(), Method::Post)
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unreachable { .. }),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::NotSent);
    let start =
        format!("cannot POST /nodes/pve1/tasks at https://127.0.0.2:{port}: cannot connect: ");
    assert!(error.to_string().starts_with(&start), "{error}");
}

#[tokio::test]
async fn a_late_answer_is_a_time_out_that_is_unsafe_only_for_writes() {
    let server = Server::answering(|| Answer::Silence).await;
    let mut options = server.options();
    options.timeouts.first_byte = Duration::from_secs(1);
    let client = Client::connect(options).unwrap();
    for (method, class) in [
        (Method::Get, ErrorClass::NotSent),
        (Method::Post, ErrorClass::MaybeSent),
    ] {
        let error = call(&client, method).await.unwrap_err();
        let after = Duration::from_secs(1);
        assert_eq!(
            error.kind(),
            &ErrorKind::Timeout {
                phase: Phase::FirstByte,
                after
            }
        );
        assert_eq!(error.class(), class);
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_the_limit() {
    let server = Server::answering(|| Answer::data(&json!("x".repeat(3000)))).await;
    let mut options = server.options();
    options.body_limit_bytes = 2000;
    let error = call(&Client::connect(options).unwrap(), Method::Get)
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Body(BodyProblem::TooLarge { limit_bytes: 2000 })
    );
}

#[tokio::test]
async fn compressed_bodies_are_read_and_the_limit_counts_after_decompression() {
    let body = json!({"data": "x".repeat(50_000)}).to_string();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    let bytes = [head.as_bytes(), &packed].concat();
    let server = Server::answering(move || Answer::Bytes(bytes.clone())).await;
    let client = server.client();
    assert_eq!(
        call(&client, Method::Get).await.unwrap().data,
        json!("x".repeat(50_000))
    );
    assert_eq!(client.requests().bytes_received, body.len() as u64);
    assert!(
        server.seen()[0]
            .header("accept-encoding")
            .unwrap()
            .contains("gzip")
    );

    let mut options = server.options();
    options.body_limit_bytes = 10_000;
    let error = call(&Client::connect(options).unwrap(), Method::Get)
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Body(BodyProblem::TooLarge {
            limit_bytes: 10_000
        })
    );
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_told_from_one_that_is_not_json() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":[".to_vec();
    let server = Server::answering(move || Answer::Bytes(cut.clone())).await;
    let error = call(&server.client(), Method::Post).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Body(BodyProblem::Truncated(_))),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::MaybeSent);

    let page = || {
        Answer::with(
            200,
            "OK",
            "text/html",
            b"<!DOCTYPE html><title>Sign in</title>",
        )
    };
    let server = Server::answering(page).await;
    let error = call(&server.client(), Method::Get).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Body(BodyProblem::HtmlPage));
}

#[tokio::test]
async fn the_error_page_of_a_proxy_leaves_a_write_open() {
    let page = || Answer::with(502, "Bad Gateway", "text/html", b"<html>nginx</html>");
    let server = Server::answering(page).await;
    let client = server.client();
    let error = call(&client, Method::Post).await.unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Refused {
            status: 502,
            text: "Bad Gateway".into()
        }
    );
    assert_eq!(error.class(), ErrorClass::MaybeSent);
}

#[tokio::test]
async fn no_secret_is_in_anything_that_can_be_printed() {
    let server = Server::answering(|| Answer::Close).await;
    let options = server.options();
    let mut printed = vec![format!("{options:?}")];
    let client = Client::connect(options).unwrap();
    for method in [Method::Get, Method::Post, Method::Put, Method::Delete] {
        let error = call(&client, method).await.unwrap_err();
        printed.push(format!(
            "{error} {error:?} {} {}",
            error.hint(),
            error.text()
        ));
    }
    let request = pve::Request {
        method: Method::Get,
        path: "/x".parse().unwrap(),
        params: Params::new().with("password", SECRET),
    };
    printed.push(format!("{request:?} {client:?}"));
    let printed = printed.concat();
    assert!(!printed.contains(SECRET), "{printed}");
    assert!(printed.contains("root@pam!demo"));
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}";
    let server = Server::answering(|| Answer::Kept(answer.to_vec())).await;
    let client = server.client();
    for _ in 0..5 {
        call(&client.clone(), Method::Get).await.unwrap();
        call(&client.in_background(), Method::Post).await.unwrap();
    }
    assert_eq!((server.connections(), server.seen().len()), (1, 10));
    let counters = client.requests();
    assert_eq!(
        (counters.count, counters.writes, counters.bytes_received),
        (10, 5, 110)
    );
}

#[tokio::test]
async fn no_more_than_the_allowed_number_of_requests_wait_for_a_node_at_once() {
    let server = Server::answering(|| Answer::Silence).await;
    let mut options = server.options();
    options.budget.in_flight_per_node = 3;
    options.budget.longest_queue = Duration::from_millis(100);
    options.timeouts.first_byte = Duration::from_secs(1);
    let client = Client::connect(options).unwrap();
    let (a, b, c, d) = tokio::join!(
        call(&client, Method::Get),
        call(&client, Method::Get),
        call(&client, Method::Get),
        call(&client, Method::Post)
    );
    let phases = [a, b, c, d].map(|result| match result.unwrap_err().kind() {
        ErrorKind::Timeout { phase, .. } => *phase,
        other => panic!("{other}"),
    });
    let sent = Phase::FirstByte;
    assert_eq!(phases, [sent, sent, sent, Phase::Queue]);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_large_list_is_read_like_a_small_one() {
    let rows: Vec<_> = (100..3100)
        .map(|vmid| json!({"type": "qemu", "vmid": vmid, "node": "pve1"}))
        .collect();
    let server = Server::answering(move || Answer::data(&json!(rows))).await;
    assert_eq!(
        server.client().cluster_resources().await.unwrap().len(),
        3000
    );
}
