//! Reading bodies: size, media type, syntax and nesting, then shape. In that order, each with its status.

use std::time::Duration;

use ::http::{HeaderMap, header};
use axum::{body::Body, extract::Request};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{problem::Problem, time};

/// 1 MiB.
const BODY_BYTES: usize = 1 << 20;
/// Objects and lists inside one another.
const NESTING: usize = 128;
/// Of a body that is too large so much is read and thrown away, so that the client hears the answer instead
/// of a broken connection.
const DRAINED_BYTES: usize = 16 << 20;
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// The request's JSON object. No body at all counts as `{}`.
pub(super) async fn object(request: Request) -> Result<Map<String, Value>, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = bytes(&parts.headers, body).await?;
    if bytes.is_empty() && !parts.headers.contains_key(header::CONTENT_TYPE) {
        return Ok(Map::new());
    }
    media_type(&parts.headers)?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match parse(&bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(Problem::invalid("the body must be a JSON object")),
    }
}

/// The request's JSON object as `T`; unknown fields are refused by `T` itself.
pub(super) async fn typed<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let object = object(request).await?;
    serde_json::from_value(Value::Object(object)).map_err(|error| shape(&error))
}

/// What serde found wrong, without echoing megabytes.
pub(super) fn shape(error: &serde_json::Error) -> Problem {
    Problem::invalid(
        format!("the body does not fit: {error}")
            .chars()
            .take(300)
            .collect::<String>(),
    )
}

/// The whole body, at most 1 MiB of it.
pub(super) async fn bytes(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<u64>().ok());
    let mut data = body.into_data_stream();
    if announced.is_some_and(|length| length > BODY_BYTES as u64) {
        // A client that waits for `100 Continue` has not sent anything yet.
        if !headers.contains_key(header::EXPECT) {
            drain(&mut data).await;
        }
        return Err(too_large());
    }
    let read = async {
        let mut collected = BytesMut::new();
        while let Some(chunk) = data.next().await {
            let chunk = chunk.map_err(|_| {
                Problem::new(400, "body_cut_off", "the body ended before it was complete")
            })?;
            if collected.len() + chunk.len() > BODY_BYTES {
                return Ok(None);
            }
            collected.extend_from_slice(&chunk);
        }
        Ok::<_, Problem>(Some(collected.freeze()))
    };
    match tokio::time::timeout(time::BODY, read).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => {
            drain(&mut data).await;
            Err(too_large())
        }
        Ok(Err(problem)) => Err(problem),
        Err(_) => Err(Problem::new(
            408,
            "body_too_slow",
            "the body did not arrive in time",
        )),
    }
}

fn too_large() -> Problem {
    Problem::new(413, "too_large", "the body is larger than 1 MiB")
}

async fn drain(data: &mut axum::body::BodyDataStream) {
    let throw_away = async {
        let mut seen = 0;
        while let Some(Ok(chunk)) = data.next().await {
            seen += chunk.len();
            if seen > DRAINED_BYTES {
                break;
            }
        }
    };
    // Out of patience is as good as done: the answer goes out either way.
    let _ = tokio::time::timeout(DRAIN_PATIENCE, throw_away).await;
}

/// Only JSON: a form or plain text is what a foreign page can send without asking.
pub(super) fn media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let essence = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase());
    match essence.as_deref() {
        Some("application/json") => Ok(()),
        _ => Err(Problem::new(
            415,
            "unsupported_media_type",
            "the body must be application/json",
        )),
    }
}

/// Parses JSON of limited nesting.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    if nesting(bytes) > NESTING {
        return Err(Problem::new(
            400,
            "invalid_json",
            format!("the body is nested deeper than {NESTING} levels"),
        ));
    }
    // Depth is already bounded, so the parser's own and slightly lower limit is not needed.
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    deserializer.disable_recursion_limit();
    let parsed: Result<Value, _> = serde::Deserialize::deserialize(&mut deserializer);
    parsed
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            Problem::new(
                400,
                "invalid_json",
                format!(
                    "the body is not JSON: line {}, column {}",
                    error.line(),
                    error.column()
                ),
            )
        })
}

/// The deepest nesting of brackets outside of strings; exact for valid JSON.
fn nesting(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_of_128_is_read_and_129_is_refused() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(128).as_bytes()).is_ok());
        assert!(parse(nested(129).as_bytes()).is_err());
        assert!(parse(nested(10_000).as_bytes()).is_err());
    }

    #[test]
    fn brackets_in_strings_are_not_nesting() {
        let text = format!(r#"{{"a":"{}\"{}"}}"#, "[".repeat(500), "{".repeat(500));
        assert_eq!(nesting(text.as_bytes()), 1);
        assert!(parse(text.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for bad in [
            &b"{\"a\":"[..],
            b"{\"a\":\"\xff\xfe\"}",
            b"1e999",
            b"{} {}",
            b"\"",
            b"]",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
