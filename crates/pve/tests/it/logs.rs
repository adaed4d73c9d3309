//! What is logged, at the finest level and by all libraries on the way: never a credential.

use std::io::Write;
use std::sync::{Arc, Mutex};

use pve::{Auth, Client, Method, Params, SecondFactorAnswer, SecondFactorSource, Trust};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{Answer, SECRET, Server};

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const TICKET: &str = "PVE:root@pam:6B038830::c2VjcmV0LXRpY2tldA==";
const CSRF: &str = "6B038830:c2VjcmV0LWNzcmY";
const CODE: &str = "918273";

/// A server that signs in and else does what the path says.
async fn server() -> Server {
    Server::start(|request| match request.target.as_str() {
        "/api2/json/access/ticket" => Answer::data(&json!({
            "username": "root@pam", "ticket": TICKET, "CSRFPreventionToken": CSRF,
        })),
        "/api2/json/closes" => Answer::Close,
        target if target.starts_with("/api2/json/refuses") => {
            Answer::json(500, "no", &json!({"data": null, "message": "no\n"}))
        }
        "/api2/json/unauthorized" => Answer::with(401, "No ticket", "text/plain", b""),
        "/api2/json/html" => Answer::with(200, "OK", "text/html", b"<html>"),
        _ => Answer::data(&json!({"value": SECRET})),
    })
    .await
}

/// Signs in in every way and calls with secrets in every place, well and badly.
async fn call_everything() {
    let server = server().await;
    let mut clients = vec![server.client(), server.password_client()];
    let mut options = server.options();
    options.auth = Auth::Password {
        user: "root@pam".parse().unwrap(),
        password: SECRET.into(),
    };
    options.second_factor = SecondFactorSource::AtOnce(SecondFactorAnswer::Totp(CODE.into()));
    clients.push(Client::connect(options).unwrap());
    let mut options = server.options();
    options.trust = Trust::Fingerprint(pve::Fingerprint::of_der(b"another"));
    clients.push(Client::connect(options).unwrap());
    let params = Params::new()
        .with("password", SECRET)
        .with("cipassword", SECRET);
    for client in &clients {
        for path in ["/works", "/refuses", "/closes", "/unauthorized", "/html"] {
            for method in [Method::Get, Method::Post, Method::Put, Method::Delete] {
                // How it ends is not the question here.
                drop(client.call(method, &path.parse().unwrap(), &params).await);
            }
        }
    }
    assert!(server.seen().len() > 40, "{}", server.seen().len());
}

#[test]
fn no_credential_is_logged_at_the_finest_level_by_any_library() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(kept.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tracing::subscriber::with_default(subscriber, || runtime.block_on(call_everything()));
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let of = |module: &str| lines.iter().filter(|line| line.contains(module)).count();
    // Ours and those below speak; else the search would say nothing.
    assert!(of("pve::https: pve answered") > 20, "{log}");
    assert!(of("TRACE") > 5, "{log}");
    assert!(lines.iter().any(|line| line.contains("path=/refuses")));
    let unescaped = percent_encoding::percent_decode_str(&log)
        .decode_utf8_lossy()
        .into_owned();
    for secret in [SECRET, "c2VjcmV0", CODE] {
        for text in [&log, &unescaped] {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret}");
        }
    }
}
