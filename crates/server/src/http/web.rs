//! The embedded web console: hashed assets for ever, the page always fresh, nothing from outside the folder.

use std::{borrow::Cow, fmt::Write as _};

use ::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use rust_embed::RustEmbed;

use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

const PAGE: &str = "index.html";
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>proxmox-ai</title>\
<h1>The console was not built</h1><p>The server runs; its HTTP interface is at <code>/api/openapi.json</code>. \
Build the console with <code>make demo</code>, or <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>, \
and then the server again.</p></html>";

/// `GET /`.
pub(super) async fn front(headers: HeaderMap) -> Response {
    page(&headers)
}

/// Everything that no route takes: a file of the console, or the page itself for its own deep links.
pub(super) async fn asset(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(405, "method_not_allowed", "this path can only be read")
            .into_response();
    }
    let headers = request.headers();
    let path = request.uri().path().trim_start_matches('/');
    if is_inside(path)
        && let Some(response) = file(path, headers)
    {
        return response;
    }
    let accepts_page = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if accepts_page && !path.starts_with("assets/") {
        return page(headers);
    }
    Problem::not_found("there is no such page").into_response()
}

fn page(headers: &HeaderMap) -> Response {
    file(PAGE, headers).unwrap_or_else(|| axum::response::Html(NOT_BUILT).into_response())
}

/// A plain relative path: no escapes, no dots that climb, no hidden files, no sidecars by their own name.
fn is_inside(path: &str) -> bool {
    path.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_'))
        && path
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.'))
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let whole = Dist::get(path)?;
    let (encoding, found) = ENCODINGS
        .iter()
        .filter(|(name, _)| accepts(headers, name))
        .find_map(|(name, suffix)| Some((Some(*name), Dist::get(&format!("{path}{suffix}"))?)))
        .unwrap_or((None, whole));
    let hash = found.metadata.sha256_hash();
    let etag = hash
        .iter()
        .take(12)
        .fold("\"".to_owned(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
        + "\"";
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| {
            tags.split(',')
                .any(|tag| tag.trim().trim_start_matches("W/") == etag)
        });
    let body = match (known, found.data) {
        (true, _) => Bytes::new(),
        (false, Cow::Borrowed(bytes)) => Bytes::from_static(bytes),
        (false, Cow::Owned(bytes)) => Bytes::from(bytes),
    };
    let mut response = Response::new(Body::from(body));
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let out = response.headers_mut();
    // The names of assets hold a hash of their content; all other names are asked for again.
    let lifetime = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, etag);
    }
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(path)),
    );
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// Best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(encoding))
                && !parts.any(|part| part.replace(' ', "").trim_end_matches(['0', '.']) == "q=")
        })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_climb_or_hide_are_not_inside() {
        assert!(is_inside("assets/index-Bx3.js") && is_inside("favicon.svg"));
        for outside in [
            "",
            "../etc/passwd",
            "assets/../../etc/passwd",
            "assets/..%2f..%2fetc/passwd",
            "assets//etc/passwd",
            "/etc/passwd",
            ".env",
            ".git/config",
            "assets/....//etc/passwd",
            "a\\b",
        ] {
            assert!(!is_inside(outside), "{outside}");
        }
    }

    #[test]
    fn an_encoding_counts_unless_its_quality_is_zero() {
        let judged = |value: &'static str| {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            accepts(&headers, "br")
        };
        assert!(judged("gzip, deflate, br") && judged("BR;q=0.5") && judged("br; q=1.0"));
        assert!(!judged("gzip") && !judged("br;q=0") && !judged("br; q=0.0") && !judged("brotli"));
    }
}
