//! Requests as they come in: format and path, parameters of query and body, with PVE's answers to what
//! it cannot read.

use bytes::Bytes;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::multipart::{self, Upload};
use super::reply::Format;
use crate::api::route::{Given, Parameters, Verb};
use crate::cluster::refusal::{Refusal, RefusalBody};

/// The longest body PVE reads.
pub(crate) const BODY_LIMIT: usize = 512 * 1024;

/// The longest upload that is taken; PVE knows no limit.
pub(crate) const UPLOAD_LIMIT: usize = 2 * 1024 * 1024 * 1024;

/// A request of the API.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) format: Format,
    pub(crate) verb: Verb,
    /// Path below the format, in pieces, decoded.
    pub(crate) path: Vec<String>,
    /// The same as text, for messages.
    pub(crate) shown_path: String,
}

/// A path below `/api2`, or `None` for pages and files.
pub(crate) fn read_path(head: &Parts) -> Option<Result<Incoming, Refusal>> {
    let rest = head.uri.path().strip_prefix("/api2")?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    Some(read_api_path(head, rest))
}

fn read_api_path(head: &Parts, rest: &str) -> Result<Incoming, Refusal> {
    let verb = Verb::parse(head.method.as_str()).ok_or_else(|| {
        let text = format!("method '{}' not available", head.method);
        Refusal::new(501, text, RefusalBody::Empty)
    })?;
    let mut pieces = rest.split('/').filter(|piece| !piece.is_empty());
    let format = pieces.next().unwrap_or_default();
    let path: Vec<String> = pieces
        .map(|piece| percent_decode_str(piece).decode_utf8_lossy().into_owned())
        .collect();
    let shown_path = format!("/{}", path.join("/"));
    let format = match format {
        "json" => Format::Json,
        "extjs" => Format::ExtJs,
        "spiceconfig" => Format::SpiceConfig,
        "html" => Format::Html,
        "png" => Format::Png,
        "" => {
            return Err(Refusal::new(
                501,
                "no such uri".to_owned(),
                RefusalBody::Text,
            ));
        }
        other => {
            let text = format!("no formatter for uri {shown_path}, {other}");
            return Err(Refusal::new(501, text, RefusalBody::Text));
        }
    };
    Ok(Incoming {
        format,
        verb,
        path,
        shown_path,
    })
}

/// Parameters of query and body. The query wins over the body.
pub(crate) fn read_parameters(
    head: &Parts,
    verb: Verb,
    body: &Bytes,
    is_upload: bool,
) -> Result<(Parameters, Option<Upload>), Refusal> {
    let mut parameters = Parameters::new();
    let mut upload = None;
    if matches!(verb, Verb::Get | Verb::Delete) {
        if !body.is_empty() {
            let text = format!("Unexpected content for method '{}'", head.method);
            return Err(Refusal::new(501, text, RefusalBody::Text));
        }
    } else {
        (parameters, upload) = read_body(head, body, is_upload)?;
    }
    for (name, given) in read_form(head.uri.query().unwrap_or_default().as_bytes()) {
        parameters.insert(name, given);
    }
    parameters.remove("_dc");
    Ok((parameters, upload))
}

fn read_body(
    head: &Parts,
    body: &Bytes,
    is_upload: bool,
) -> Result<(Parameters, Option<Upload>), Refusal> {
    let content_type = head
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default();
    match kind {
        "" | "application/x-www-form-urlencoded" => Ok((read_form(body), None)),
        "application/json" => Ok((read_json(body)?, None)),
        "multipart/form-data" if is_upload => {
            let Some((fields, upload)) = multipart::read(content_type, body) else {
                return Err(Refusal::new(
                    400,
                    "Bad Request".to_owned(),
                    RefusalBody::Empty,
                ));
            };
            // Fields that belong to no upload are refused before anybody looks at the method.
            let is_known = |name: &str| {
                matches!(
                    name,
                    "content" | "checksum" | "checksum-algorithm" | "filename"
                )
            };
            if !fields.iter().all(|(name, _)| is_known(name)) {
                return Err(Refusal::new(
                    400,
                    "Bad Request".to_owned(),
                    RefusalBody::Empty,
                ));
            }
            // A file without a name is not kept, and nobody finds it later.
            if upload
                .as_ref()
                .is_some_and(|upload| upload.file_name.is_empty())
            {
                let text =
                    "upload failed at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 1370.\n";
                return Err(Refusal::new(500, text.to_owned(), RefusalBody::Text));
            }
            let mut parameters: Parameters = fields
                .into_iter()
                .map(|(name, value)| (name, Given::One(value)))
                .collect();
            if let Some(upload) = &upload {
                let name = upload
                    .file_name
                    .rsplit(['/', '\\'])
                    .next()
                    .unwrap_or_default();
                parameters.insert("filename".to_owned(), Given::One(name.to_owned()));
            }
            Ok((parameters, upload))
        }
        _ => {
            let text = format!("upload 'Content-Type '{content_type}' not implemented");
            Err(Refusal::new(506, text, RefusalBody::Text))
        }
    }
}

fn read_form(bytes: &[u8]) -> Parameters {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes).unwrap_or_default();
    let mut parameters = Parameters::new();
    for (name, value) in pairs {
        match parameters.get_mut(&name) {
            None => {
                parameters.insert(name, Given::One(value));
            }
            Some(Given::Many(values)) => values.push(value),
            Some(one) => *one = Given::Many(vec![one.text(), value]),
        }
    }
    parameters
}

fn read_json(bytes: &[u8]) -> Result<Parameters, Refusal> {
    if bytes.is_empty() {
        return Ok(Parameters::new());
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|_| broken_json(bytes))?;
    let Value::Object(map) = value else {
        return Err(broken_json(bytes));
    };
    Ok(map
        .into_iter()
        .map(|(name, value)| (name, given(&value)))
        .collect())
}

fn given(value: &Value) -> Given {
    let one = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match value {
        Value::Array(values) => Given::Many(values.iter().map(one).collect()),
        other => Given::One(one(other)),
    }
}

/// The text of Perl's JSON parser, which PVE passes on as it is.
fn broken_json(bytes: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(bytes);
    let at = match serde_json::from_str::<Value>(&text) {
        Err(cause) if !cause.is_eof() => cause.column().saturating_sub(1),
        _ => text.chars().count(),
    };
    let rest: String = text.chars().skip(at).take(20).collect();
    let rest = if rest.is_empty() {
        "(end of string)".to_owned()
    } else {
        rest
    };
    let message = format!(
        "malformed JSON string, neither tag, array, object, number, string or atom, at character offset {at} (before \"{rest}\") at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.\n"
    );
    Refusal::new(500, message, RefusalBody::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_repeated_becomes_a_list() {
        let form = read_form(b"a=1&b=x%20y&a=2");
        assert_eq!(
            form.get("a"),
            Some(&Given::Many(vec!["1".to_owned(), "2".to_owned()]))
        );
        assert_eq!(form.get("b"), Some(&Given::One("x y".to_owned())));
    }

    #[test]
    fn json_numbers_and_truth_values_become_texts() {
        let read = read_json(br#"{"cores": 2, "onboot": true, "name": "x"}"#).unwrap();
        assert_eq!(read.get("cores"), Some(&Given::One("2".to_owned())));
        assert_eq!(read.get("onboot"), Some(&Given::One("1".to_owned())));
    }

    #[test]
    fn broken_json_gets_the_words_of_perl() {
        let refusal = read_json(br#"{"username":"#).unwrap_err();
        assert_eq!(refusal.status, 500);
        assert!(
            refusal
                .message
                .contains("at character offset 12 (before \"(end of string)\")")
        );
    }
}
