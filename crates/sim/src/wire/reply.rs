//! Answers and refusals in PVE's bytes: status, reason phrase, headers, body.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, DATE, EXPIRES, HeaderValue,
    LAST_MODIFIED, LOCATION, PRAGMA, SERVER,
};
use http::{Response, StatusCode};
use hyper::ext::ReasonPhrase;
use serde_json::{Map, Value};

use super::body::Body;
use crate::api::route::{Answer, Data};
use crate::cluster::refusal::{Refusal, RefusalBody};

/// A complete answer, before it is put on the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    status: u16,
    reason: Option<String>,
    content_type: Option<HeaderValue>,
    /// Where the browser shall go instead.
    location: Option<HeaderValue>,
    /// When the page was changed last.
    last_modified: Option<HeaderValue>,
    body: Vec<u8>,
}

/// In which form the caller wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// `/api2/json/…`
    Json,
    /// `/api2/spiceconfig/…`: the file that a viewer opens.
    SpiceConfig,
    /// `/api2/extjs/…`: always status 200, success and status are in the body.
    ExtJs,
    /// `/api2/html/…`: the same for people, as a page.
    Html,
    /// `/api2/png/…`: only the picture of an answer that has one.
    Png,
}

const HTML: HeaderValue = HeaderValue::from_static("text/html;charset=UTF-8");
const PNG: HeaderValue = HeaderValue::from_static("image/png");
const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// Bodies longer than this are compressed for callers that can take it.
const COMPRESS_FROM: usize = 1024;

/// An answer as it goes out.
pub(crate) fn answer(answer: Answer, format: Format) -> Reply {
    let mut body = match answer.data {
        Data::File(content_type, bytes) => return page(content_type, bytes),
        Data::Json(Value::Object(map))
            if format == Format::SpiceConfig && map.contains_key("type") =>
        {
            let lines: Vec<String> = map
                .iter()
                .map(|(key, value)| match value.as_str() {
                    Some(text) => format!("{key}={text}\n"),
                    None => format!("{key}={value}\n"),
                })
                .collect();
            let file = format!("[virt-viewer]\n{}", lines.concat());
            return page("application/x-virt-viewer;charset=UTF-8", file.into_bytes());
        }
        Data::Json(value) => value.to_string().into_bytes(),
        Data::Text(text) => text,
    };
    // In place: a large list is not copied into a second buffer.
    body.splice(..0, *b"{\"data\":");
    if let Some(total) = answer.total {
        body.extend_from_slice(format!(",\"total\":{total}").as_bytes());
    }
    if let Some(changes) = answer.changes {
        body.extend_from_slice(format!(",\"changes\":{}", Value::from(changes)).as_bytes());
    }
    if format == Format::ExtJs {
        body.extend_from_slice(b",\"success\":1");
    }
    body.push(b'}');
    match format {
        Format::Json | Format::ExtJs | Format::SpiceConfig => finish(200, None, Some(JSON), body),
        Format::Html => finish(200, None, Some(HTML), html(&body)),
        // No answer of the simulator holds a picture.
        Format::Png => finish(200, None, Some(PNG), Vec::new()),
    }
}

/// The answer as it is, in a page.
fn html(json: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(json)
        .replace('&', "&amp;")
        .replace('<', "&lt;");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Proxmox VE API</title></head>\n<body><pre>{text}</pre></body></html>\n"
    )
    .into_bytes()
}

/// A refusal as it goes out.
pub(crate) fn refusal(refusal: &Refusal, format: Format) -> Reply {
    if format == Format::ExtJs && refusal.body == RefusalBody::Json {
        let mut map = error_map(refusal);
        map.insert("success".to_owned(), 0.into());
        map.insert("status".to_owned(), refusal.status.to_string().into());
        return finish(200, None, Some(JSON), Value::Object(map).to_string().into());
    }
    let (content_type, body) = match refusal.body {
        RefusalBody::Json => (
            Some(JSON),
            Value::Object(error_map(refusal)).to_string().into_bytes(),
        ),
        RefusalBody::Text => (None, refusal.message.clone().into_bytes()),
        RefusalBody::Empty => (None, Vec::new()),
    };
    finish(refusal.status, Some(refusal.reason()), content_type, body)
}

fn error_map(refusal: &Refusal) -> Map<String, Value> {
    let mut map = Map::from_iter([
        ("data".to_owned(), Value::Null),
        ("message".to_owned(), refusal.message.as_str().into()),
    ]);
    if !refusal.errors.is_empty() {
        let errors = refusal
            .errors
            .iter()
            .map(|(name, text)| (name.clone(), text.as_str().into()));
        map.insert("errors".to_owned(), Value::Object(errors.collect()));
    }
    map
}

/// A page or file outside the API.
pub(crate) fn page(content_type: &'static str, body: Vec<u8>) -> Reply {
    finish(
        200,
        None,
        Some(HeaderValue::from_static(content_type)),
        body,
    )
}

/// A page with the time of its last change.
pub(crate) fn page_changed(content_type: &'static str, body: Vec<u8>, changed: &str) -> Reply {
    Reply {
        last_modified: HeaderValue::try_from(changed).ok(),
        ..page(content_type, body)
    }
}

/// The caller has the page.
pub(crate) fn not_modified(changed: &str) -> Reply {
    Reply {
        last_modified: HeaderValue::try_from(changed).ok(),
        ..finish(304, Some("NOT MODIFIED"), None, Vec::new())
    }
}

fn finish(
    status: u16,
    reason: Option<&str>,
    content_type: Option<HeaderValue>,
    body: Vec<u8>,
) -> Reply {
    Reply {
        status,
        reason: reason.map(str::to_owned),
        content_type,
        location: None,
        last_modified: None,
        body,
    }
}

/// A page of the simulator's own, with any status.
pub(crate) fn own_page(status: u16, content_type: &'static str, body: Vec<u8>) -> Reply {
    let content_type = HeaderValue::from_static(content_type);
    finish(status, None, Some(content_type), body)
}

/// Sends the browser elsewhere; to an address that cannot stand in a header it is not sent.
pub(crate) fn redirect(address: &str) -> Reply {
    match HeaderValue::try_from(address) {
        Ok(location) => Reply {
            location: Some(location),
            ..finish(302, None, None, Vec::new())
        },
        Err(_) => own_page(
            400,
            "text/plain",
            b"the address to go back to is none\n".to_vec(),
        ),
    }
}

impl Reply {
    pub(crate) fn is_good(&self) -> bool {
        self.status == 200
    }

    /// Status line, headers and body for hyper. Long bodies are compressed for callers that can take it.
    pub(crate) fn into_response(
        self,
        accepts_gzip: bool,
        now_ms: i64,
        body_time: Duration,
    ) -> Response<Body> {
        let packed = (accepts_gzip && self.body.len() > COMPRESS_FROM)
            .then(|| compress(&self.body))
            .flatten();
        let is_packed = packed.is_some();
        let mut response = Response::new(Body::over(
            Bytes::from(packed.unwrap_or(self.body)),
            body_time,
        ));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(reason) = self.reason {
            if let Ok(reason) = ReasonPhrase::try_from(reason.into_bytes()) {
                response.extensions_mut().insert(reason);
            } else {
                // A text that cannot stand in the status line makes PVE answer an empty 400.
                *response.status_mut() = StatusCode::BAD_REQUEST;
                *response.body_mut() = Body::over(Bytes::new(), Duration::ZERO);
            }
        }
        let headers = response.headers_mut();
        if let Some(content_type) = self.content_type {
            headers.insert(CONTENT_TYPE, content_type);
        }
        if let Some(changed) = self.last_modified {
            headers.insert(LAST_MODIFIED, changed);
        }
        if let Some(location) = self.location {
            headers.insert(LOCATION, location);
        }
        if is_packed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if self.status >= 400 {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        headers.insert(SERVER, HeaderValue::from_static("pve-api-daemon/3.0"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        let date = crate::api::time_text(now_ms, "%a, %d %b %Y %H:%M:%S GMT");
        if let Ok(date) = HeaderValue::try_from(date) {
            headers.insert(DATE, date.clone());
            headers.insert(EXPIRES, date);
        }
        response
    }
}

fn compress(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}
