//! HTTPS by the server itself, with a certificate from files.

use serde_json::json;
use server::ServerOptions;

use crate::world::{PASSWORD, World, client_trusting};

#[tokio::test]
async fn with_a_certificate_the_server_speaks_https_and_its_cookies_are_secure() {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let options = ServerOptions {
        tls: Some(server::tls_config(&cert, &key).unwrap()),
        ..ServerOptions::default()
    };
    let world = World::with(options).await;
    let base = format!("https://{}", world.addr);
    let body = json!({"username": "admin@demo", "password": PASSWORD});
    let answer = client_trusting(Some(made.cert.pem().as_bytes()))
        .post(format!("{base}/api/v1/auth/login"))
        .header("origin", &base)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .ends_with("; Secure")
    );
    // Plain HTTP on that port is no way in.
    assert!(world.request("GET", "/healthz").send().await.is_err());
}

#[test]
fn a_key_that_does_not_fit_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.pem");
    let error = server::tls_config(&missing, &missing)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot use the TLS certificate: "),
        "{error}"
    );
}
