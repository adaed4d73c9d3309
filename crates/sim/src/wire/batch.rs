//! Several calls in one: `POST /nodes/{node}/execute` carries them out one after the other, each with all
//! its own checks, and answers with a list.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request};
use serde_json::{Map, Value, json};

use super::incoming::{Incoming, read_path};
use crate::api::route::{Answer, Data, Given, Parameters};
use crate::cluster::refusal::Refusal;

/// The method's path.
pub(crate) const TEMPLATE: &str = "/nodes/{node}/execute";

/// Calls of one batch at most.
const MOST: usize = 500;

/// One call of a batch.
#[derive(Debug)]
pub(crate) struct One {
    pub(crate) head: Parts,
    pub(crate) incoming: Incoming,
    pub(crate) body: Bytes,
    /// As messages name it.
    pub(crate) shown_path: String,
}

/// The calls, or what is wrong with their list.
pub(crate) fn calls(
    outer: &Parts,
    node: &str,
    parameters: &Parameters,
) -> Result<Vec<Result<One, Refusal>>, Refusal> {
    let wrong = |text: String| Refusal::parameter("commands", text);
    let text = parameters
        .get("commands")
        .map(Given::text)
        .unwrap_or_default();
    let list: Value = serde_json::from_str(&text)
        .map_err(|_| wrong("invalid format - unable to parse commands: no JSON".to_owned()))?;
    let Some(list) = list.as_array().filter(|list| list.len() <= MOST) else {
        return Err(wrong(format!(
            "invalid format - commands are no list of at most {MOST}"
        )));
    };
    let mut calls = Vec::new();
    for one in list {
        let text = |key: &str| one.get(key).and_then(Value::as_str);
        let (Some(method), Some(path)) = (text("method"), text("path")) else {
            return Err(wrong(
                "invalid format - a command has no method or no path".to_owned(),
            ));
        };
        if !matches!(method, "GET" | "POST" | "PUT" | "DELETE") {
            return Err(wrong(format!("invalid format - unknown method '{method}'")));
        }
        let shown_path = format!("nodes/{node}/{}", path.trim_matches('/'));
        let no_values = Map::new();
        let values = one
            .get("args")
            .and_then(Value::as_object)
            .unwrap_or(&no_values);
        calls.push(call(outer, method, &shown_path, values));
    }
    Ok(calls)
}

fn call(
    outer: &Parts,
    method: &str,
    path: &str,
    values: &Map<String, Value>,
) -> Result<One, Refusal> {
    let escaped = percent_encoding::utf8_percent_encode(path, ESCAPED).to_string();
    let is_read = matches!(method, "GET" | "DELETE");
    let form = form(values);
    let query = if is_read && !form.is_empty() {
        format!("?{form}")
    } else {
        String::new()
    };
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api2/json/{escaped}{query}"))
        .body(())
        .map_err(|_| no_handler(path))?;
    *request.headers_mut() = outer.headers.clone();
    request.headers_mut().insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let (head, ()) = request.into_parts();
    let incoming = read_path(&head).ok_or_else(|| no_handler(path))??;
    let body = if is_read {
        Bytes::new()
    } else {
        Bytes::from(form)
    };
    Ok(One {
        head,
        incoming,
        body,
        shown_path: path.to_owned(),
    })
}

const ESCAPED: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'?')
    .add(b'#')
    .add(b'%')
    .add(b'"')
    .add(b'<')
    .add(b'>');

fn form(values: &Map<String, Value>) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
        other => other.to_string(),
    };
    let pairs: Vec<(&String, String)> = values
        .iter()
        .flat_map(|(key, value)| match value {
            Value::Array(items) => items.iter().map(|item| (key, text(item))).collect(),
            one => vec![(key, text(one))],
        })
        .collect();
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

fn no_handler(path: &str) -> Refusal {
    Refusal::died(format!("no handler for '{path}'"))
}

/// How one call's end stands in the list.
pub(crate) fn row(outcome: Result<Answer, Refusal>, path: &str) -> Value {
    match outcome {
        Ok(answer) => {
            let data = match answer.data {
                Data::Json(data) => data,
                Data::Text(text) => serde_json::from_slice(&text).unwrap_or_default(),
                Data::File(..) => Value::Null,
            };
            json!({ "status": 200, "data": data })
        }
        Err(refusal) => {
            let refusal = if refusal.status == 501 && refusal.message.ends_with("not implemented") {
                no_handler(path)
            } else {
                refusal
            };
            let mut row = json!({ "status": refusal.status, "message": refusal.message });
            if !refusal.errors.is_empty()
                && let Some(map) = row.as_object_mut()
            {
                map.insert("errors".to_owned(), json!(refusal.errors));
            }
            row
        }
    }
}
