//! Nothing but a handshake reaches a server that is not the right one.

use pve::{Client, ErrorClass, ErrorKind, Fingerprint, Params, Trust, fetch_fingerprint};
use serde_json::json;

use crate::server::{Answer, Server, certificate, certificate_for};

fn version() -> Answer {
    Answer::data(&json!({"version": "9.1.7", "release": "9.1", "repoid": "0307225d"}))
}

async fn ask(server: &Server, trust: Trust) -> pve::Result<pve::Version> {
    let mut options = server.options();
    options.trust = trust;
    Client::connect(options)?.version().await
}

#[tokio::test]
async fn a_wrong_fingerprint_ends_the_handshake_before_any_byte_of_a_request() {
    let server = Server::answering(version).await;
    let expected = Fingerprint::of_der(b"another certificate");
    let error = ask(&server, Trust::Fingerprint(expected))
        .await
        .unwrap_err();
    let found = server.fingerprint;
    assert_eq!(
        error.kind(),
        &ErrorKind::FingerprintMismatch { expected, found }
    );
    assert_eq!(error.class(), ErrorClass::NotSent);
    assert_eq!(server.application_bytes(), 0);
}

#[tokio::test]
async fn the_right_fingerprint_is_enough_for_a_self_signed_certificate() {
    let server = Server::answering(version).await;
    let answer = ask(&server, Trust::Fingerprint(server.fingerprint))
        .await
        .unwrap();
    assert_eq!(answer.numbers(), Some((9, 1)));
    assert!(server.application_bytes() > 0);
}

#[tokio::test]
async fn a_copied_certificate_without_its_key_is_not_enough() {
    let (copied, _, pem) = certificate();
    let (_, other_key, _) = certificate();
    let server = Server::start_with(copied, &other_key, pem, |_| version()).await;
    let error = ask(&server, Trust::Fingerprint(server.fingerprint))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Tls { .. }), "{error}");
    assert_eq!(server.application_bytes(), 0);
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_by_other_authorities_and_its_fingerprint_told() {
    let server = Server::answering(version).await;
    let (_, _, other_authority) = certificate();
    let error = ask(&server, Trust::Ca(other_authority.into()))
        .await
        .unwrap_err();
    let ErrorKind::Tls { found, .. } = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(*found, Some(server.fingerprint));
    assert!(error.hint().contains(&server.fingerprint.to_string()));
    assert_eq!(server.application_bytes(), 0);
}

#[tokio::test]
async fn a_given_authority_is_trusted_for_the_name_in_its_certificate() {
    let server = Server::answering(version).await;
    let answer = ask(&server, Trust::Ca(server.pem.clone().into()))
        .await
        .unwrap();
    assert_eq!(answer.version, "9.1.7");
}

#[tokio::test]
async fn a_trusted_certificate_for_another_name_is_refused() {
    let made = certificate_for("pve9.example.org");
    let pem = made.2.clone();
    let server = Server::start_with(made.0, &made.1, made.2, |_| version()).await;
    let error = ask(&server, Trust::Ca(pem.into())).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Tls { .. }), "{error}");
    assert!(error.to_string().contains("127.0.0.2"), "{error}");
    assert_eq!(server.application_bytes(), 0);
}

#[tokio::test]
async fn looking_at_a_fingerprint_sends_no_request() {
    let server = Server::answering(version).await;
    assert_eq!(
        fetch_fingerprint(&server.url()).await.unwrap(),
        server.fingerprint
    );
    assert_eq!(server.application_bytes(), 0);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_without_the_network() {
    let server = Server::answering(version).await;
    for trust in [Trust::Ca(b"no certificate".to_vec()), Trust::Ca(Vec::new())] {
        let mut options = server.options();
        options.trust = trust;
        let error = Client::connect(options).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
        assert_eq!(error.class(), ErrorClass::Refused);
    }
    let mut options = server.options();
    let id = "root@pam!demo".parse().unwrap();
    options.auth = pve::Auth::Token {
        id,
        secret: "line\nfeed".into(),
    };
    let error = Client::connect(options).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("feed"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::answering(|| {
        Answer::Bytes(
            b"HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.2:1/\r\nContent-Length: 0\r\n\r\n"
                .to_vec(),
        )
    })
    .await;
    let path = "/version".parse().unwrap();
    let error = server
        .client()
        .call(pve::Method::Get, &path, &Params::new())
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(301));
    assert_eq!(server.lines(), ["GET /api2/json/version"]);
}
