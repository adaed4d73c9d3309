//! Signing in with a token and with a password.

use pve::{ErrorKind, Method, Params};
use serde_json::json;

use crate::server::{Answer, SECRET, Seen, Server};

fn ticket(number: u32) -> Answer {
    Answer::data(&json!({
        "username": "root@pam",
        "ticket": format!("PVE:root@pam:6B03883{number}::c2ln+/="),
        "CSRFPreventionToken": format!("6B03883{number}:csrf"),
        "cap": {},
    }))
}

fn is_login(request: &Seen) -> bool {
    request.line() == "POST /api2/json/access/ticket"
}

#[tokio::test]
async fn a_token_is_a_header_of_every_request_and_needs_no_sign_in() {
    let server = Server::answering(|| Answer::data(&json!(null))).await;
    let client = server.client();
    let path = "/pools".parse().unwrap();
    client
        .call(Method::Delete, &path, &Params::new().with("poolid", "a b"))
        .await
        .unwrap();
    client
        .call(Method::Put, &path, &Params::new().with("poolid", "a b"))
        .await
        .unwrap();
    let seen = server.seen();
    assert_eq!(
        server.lines(),
        ["DELETE /api2/json/pools?poolid=a+b", "PUT /api2/json/pools"]
    );
    assert_eq!(
        (seen[0].body.as_str(), seen[1].body.as_str()),
        ("", "poolid=a+b")
    );
    let expected = format!("PVEAPIToken=root@pam!demo={SECRET}");
    for request in &seen {
        assert_eq!(request.header("authorization"), Some(expected.as_str()));
        assert_eq!(request.header("cookie"), None);
        assert_eq!(request.header("csrfpreventiontoken"), None);
    }
}

#[tokio::test]
async fn a_password_is_traded_once_and_only_writes_carry_the_csrf_token() {
    let server = Server::start(|request| {
        if is_login(request) {
            ticket(0)
        } else {
            Answer::data(&json!(null))
        }
    })
    .await;
    let client = server.password_client();
    let (path, none) = ("/version".parse().unwrap(), Params::new());
    let (a, b) = tokio::join!(
        client.call(Method::Get, &path, &none),
        client.call(Method::Post, &path, &none)
    );
    assert!(a.is_ok() && b.is_ok());
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|request| is_login(request)).count(), 1);
    assert_eq!(
        seen[0].body,
        format!("username=root%40pam&password={SECRET}")
    );
    for request in &seen[1..] {
        let cookie = "PVEAuthCookie=PVE:root@pam:6B038830::c2ln+/=";
        assert_eq!(request.header("cookie"), Some(cookie));
        assert_eq!(request.header("authorization"), None);
        let csrf = (request.method == "POST").then_some("6B038830:csrf");
        assert_eq!(request.header("csrfpreventiontoken"), csrf);
    }
    let counters = client.requests();
    assert_eq!(
        (
            counters.count,
            counters.logins,
            counters.writes,
            counters.failed
        ),
        (3, 1, 1, 0)
    );
}

#[tokio::test]
async fn a_ticket_that_ended_early_is_replaced_once_also_for_a_write() {
    let mut logins = 0;
    let server = Server::start(move |request| {
        if is_login(request) {
            logins += 1;
            return ticket(logins);
        }
        match request.header("csrfpreventiontoken") {
            Some("6B038831:csrf") => Answer::with(401, "Authentication failed!", "text/plain", b""),
            _ => Answer::data(&json!("done")),
        }
    })
    .await;
    let client = server.password_client();
    let path = "/cluster/options".parse().unwrap();
    let reply = client
        .call(Method::Put, &path, &Params::new())
        .await
        .unwrap();
    assert_eq!(reply.data, json!("done"));
    let (login, write) = (
        "POST /api2/json/access/ticket",
        "PUT /api2/json/cluster/options",
    );
    assert_eq!(server.lines(), [login, write, login, write]);
}

#[tokio::test]
async fn a_ticket_that_is_never_accepted_ends_in_unauthorized_and_not_in_a_loop() {
    let server = Server::start(|request| {
        if is_login(request) {
            ticket(0)
        } else {
            Answer::with(401, "Authentication failed!", "text/plain", b"")
        }
    })
    .await;
    let error = server.password_client().version().await.unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Unauthorized {
            text: "Authentication failed!".into()
        }
    );
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_wrong_password_is_unauthorized_and_names_no_password() {
    let server = Server::answering(|| {
        let body = json!({"data": null, "message": "authentication failure\n"});
        Answer::json(401, "authentication failure", &body)
    })
    .await;
    let client = server.password_client();
    for _ in 0..3 {
        let error = client.version().await.unwrap_err();
        assert_eq!(
            error.kind(),
            &ErrorKind::Unauthorized {
                text: "authentication failure".into()
            }
        );
        assert!(!format!("{error} {error:?} {} {client:?}", error.hint()).contains(SECRET));
    }
    assert_eq!(
        server.seen().len(),
        1,
        "a refused password is not sent again at once"
    );
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_told_so() {
    let server = Server::answering(|| {
        Answer::data(&json!({
            "username": "root@pam", "NeedTFA": 1, "CSRFPreventionToken": "6B038830:csrf",
            "ticket": "PVE:!tfa!%7B%22totp%22%3Atrue%7D:6B038830::sig",
        }))
    })
    .await;
    let error = server.password_client().version().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::SecondFactorNeeded);
    assert_eq!(server.lines(), ["POST /api2/json/access/ticket"]);
}

#[tokio::test]
async fn a_sign_in_that_breaks_has_sent_no_write() {
    let server = Server::answering(|| Answer::Close).await;
    let path = "/nodes/pve1/qemu".parse().unwrap();
    let call = server
        .password_client()
        .call(Method::Post, &path, &Params::new())
        .await;
    let error = call.unwrap_err();
    let ErrorKind::SignIn(cause) = error.kind() else {
        panic!("{error}")
    };
    assert!(
        matches!(**cause, ErrorKind::ConnectionLost { .. }),
        "{error}"
    );
    assert_eq!(error.class(), pve::ErrorClass::NotSent);
}
