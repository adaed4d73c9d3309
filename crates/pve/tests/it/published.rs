//! Checksums beside an image on a server with TLS of its own.

use std::time::Duration;

use pve::{ChecksumKind, PublishedError, SumsSearch, Trust, find_published_checksum};

use crate::server::{Answer, Server};

const DIGITS: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn text(body: &str) -> Answer {
    Answer::with(200, "OK", "text/plain", body.as_bytes())
}

fn absent() -> Answer {
    Answer::with(404, "Not Found", "text/html", b"<html>404</html>")
}

fn image(server: &Server) -> url::Url {
    server.url().join("/13/cloud image.qcow2?token=1").unwrap()
}

fn search(server: &Server) -> SumsSearch {
    SumsSearch::new(Trust::Fingerprint(server.fingerprint))
}

#[tokio::test]
async fn the_sums_of_the_folder_are_asked_first_then_files_beside_the_image() {
    let server = Server::start(|request| match request.target.as_str() {
        "/13/SHA256SUMS" => text(&format!("{DIGITS}  other.qcow2\n")),
        "/13/CHECKSUM" => text("<html>not found, says a friendly page</html>"),
        "/13/cloud%20image.qcow2.sha256" => text(&format!("{DIGITS}\n")),
        _ => absent(),
    })
    .await;
    let found = find_published_checksum(&image(&server), &search(&server)).await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.checksum.kind(), ChecksumKind::Sha256);
    assert_eq!(found.checksum.hex(), DIGITS);
    assert_eq!(found.source.path(), "/13/cloud%20image.qcow2.sha256");
    assert_eq!(
        server.lines(),
        [
            "GET /13/SHA512SUMS",
            "GET /13/SHA256SUMS",
            "GET /13/CHECKSUM",
            "GET /13/cloud%20image.qcow2.sha512",
            "GET /13/cloud%20image.qcow2.sha256",
        ]
    );
}

#[tokio::test]
async fn the_name_in_the_sums_is_the_unescaped_one() {
    let server =
        Server::answering(|| text(&format!("SHA256 (cloud image.qcow2) = {DIGITS}\n"))).await;
    let found = find_published_checksum(&image(&server), &search(&server)).await;
    assert_eq!(found.unwrap().unwrap().source.path(), "/13/SHA512SUMS");
}

#[tokio::test]
async fn nothing_published_is_nothing_found() {
    let server = Server::answering(absent).await;
    let found = find_published_checksum(&image(&server), &search(&server)).await;
    assert_eq!(found.unwrap(), None);
    assert_eq!(server.seen().len(), 8);
}

#[tokio::test]
async fn what_cannot_be_believed_is_an_error_and_not_nothing() {
    let other = DIGITS.replace('e', "f");
    let server = Server::start(move |request| match request.target.as_str() {
        "/huge/SHA512SUMS" => text(&"x".repeat(5000)),
        "/two/SHA512SUMS" => text(&format!("{DIGITS}  a/i.iso\n{other}  b/i.iso\n")),
        "/silent/SHA512SUMS" => Answer::Silence,
        "/plain/SHA512SUMS" => Answer::Bytes(
            b"HTTP/1.1 302 Found\r\nLocation: http://images.example.org/SHA512SUMS\r\nContent-Length: 0\r\n\r\n".to_vec(),
        ),
        _ => Answer::with(500, "Broken", "text/plain", b""),
    })
    .await;
    let mut search = search(&server);
    search.limit_bytes = 4096;
    search.file_timeout = Duration::from_millis(200);
    let mut texts = Vec::new();
    for folder in ["huge", "two", "silent", "plain", "broken"] {
        let image = server.url().join(&format!("/{folder}/i.iso")).unwrap();
        let error = find_published_checksum(&image, &search).await.unwrap_err();
        texts.push(error.to_string());
    }
    let ends = [
        "it is larger than 4096 bytes",
        "cannot be used",
        "timed out after 0.2 s",
        "a redirect to something that is not https",
        "the server answers with 500",
    ];
    for (text, end) in texts.iter().zip(ends) {
        assert!(text.ends_with(end), "{text}");
    }
}

#[tokio::test]
async fn another_certificate_sees_no_request() {
    let server = Server::answering(absent).await;
    let other = Server::answering(absent).await;
    let search = SumsSearch::new(Trust::Fingerprint(other.fingerprint));
    let error = find_published_checksum(&image(&server), &search).await;
    assert!(
        matches!(error, Err(PublishedError::Fetch { .. })),
        "{error:?}"
    );
    assert_eq!(server.application_bytes(), 0);
}

#[tokio::test]
async fn only_https_to_a_file_is_asked_and_passwords_are_not_repeated() {
    let search = SumsSearch::new(Trust::SystemRoots);
    for (url, reason) in [
        (
            "http://u:hunter2@images.example.org/x.iso",
            "it is not https",
        ),
        ("ftp://images.example.org/x.iso", "it is not https"),
        ("https://images.example.org/folder/", "it names no file"),
        (
            "https://images.example.org/%ff.iso",
            "the name of the file is not UTF-8",
        ),
    ] {
        let error = find_published_checksum(&url.parse().unwrap(), &search).await;
        let text = error.unwrap_err().to_string();
        assert!(
            text.ends_with(reason) && !text.contains("hunter2"),
            "{text}"
        );
    }
}
