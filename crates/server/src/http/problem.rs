//! Errors as RFC 9457 `application/problem+json`, and what must never be in them.

use std::{collections::BTreeMap, fmt::Display};

use ::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ops::{Code, Difference, LeftOut, Retry};
use serde::Serialize;
use serde_json::{Value, json};

/// More candidates than this do not help anybody to choose.
const CANDIDATES: usize = 40;
const DIFFERENCES: usize = 40;
const LEFT_OUT: usize = 500;
/// Characters of one field's text.
const FIELD_CHARACTERS: usize = 200;

/// One refusal or failure. `detail` is a sentence for people, `code` is for programs.
#[derive(Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    detail: String,
    hint: Option<String>,
    retry: Retry,
    candidates: Vec<Value>,
    difference: Vec<Difference>,
    left_out: Vec<LeftOut>,
    errors: BTreeMap<String, String>,
    retry_after_s: Option<u64>,
    /// Add the `error` member that OpenAI's clients read.
    openai: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    retry: Retry,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    candidates: &'a [Value],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    difference: &'a [Difference],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(Box::new(Parts {
            status,
            code,
            detail: detail.into(),
            hint: None,
            retry: Retry::Never,
            candidates: Vec::new(),
            difference: Vec::new(),
            left_out: Vec::new(),
            errors: BTreeMap::new(),
            retry_after_s: None,
            openai: false,
        }))
    }

    pub(crate) fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(401, "unauthenticated", detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, "forbidden", detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, "not_found", detail)
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(422, "invalid_input", detail)
    }

    pub(crate) fn timed_out(what: impl Display) -> Self {
        Self::new(504, "timed_out", format!("{what} took too long")).retry(Retry::Safe)
    }

    /// Tells the log the cause and the client only that there was one.
    pub(crate) fn internal(cause: impl Display) -> Self {
        tracing::error!(%cause, "a request failed inside the server");
        Self::new(500, "internal", "something went wrong inside the server")
            .hint("the server's log has the cause under the X-Request-Id of this answer")
            .retry(Retry::Unsafe)
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds.max(1));
        self.0.retry = Retry::Safe;
        self
    }

    #[must_use]
    pub(crate) fn openai(mut self) -> Self {
        self.0.openai = true;
        self
    }

    /// The document, for places that cannot answer with a status any more (a stream that has begun).
    pub(crate) fn to_json(&self) -> Value {
        let parts = &*self.0;
        let document = Document {
            kind: format!("urn:proxmox-ai:problem:{}", parts.code),
            title: parts.status.canonical_reason().unwrap_or("Error"),
            status: parts.status.as_u16(),
            code: parts.code,
            detail: &parts.detail,
            hint: parts.hint.as_deref(),
            retry: parts.retry,
            candidates: &parts.candidates,
            difference: &parts.difference,
            left_out: &parts.left_out,
            errors: &parts.errors,
            error: parts.openai.then(|| {
                let kind = if parts.status.is_server_error() {
                    "server_error"
                } else {
                    "invalid_request_error"
                };
                json!({"message": parts.detail, "type": kind, "code": parts.code, "param": null})
            }),
        };
        serde_json::to_value(document)
            .unwrap_or_else(|_| json!({"title": "Error", "code": parts.code}))
    }
}

impl From<ops::Error> for Problem {
    fn from(error: ops::Error) -> Self {
        match error.code {
            Code::Internal => return Self::internal(error.sentence()),
            // Texts of the store name files and statements: they are for the log.
            Code::StoreUnavailable => {
                tracing::error!(cause = %error.sentence(), "the store does not answer");
                return Self::new(503, error.code.as_str(), "the store does not answer")
                    .hint("the server's log has the reason; try again in a moment")
                    .retry(error.retry);
            }
            _ => {}
        }
        let mut candidates = error.candidates;
        candidates.truncate(CANDIDATES);
        let mut difference = error.difference;
        difference.truncate(DIFFERENCES);
        let mut left_out = error.left_out;
        left_out.truncate(LEFT_OUT);
        let errors = error
            .fields
            .into_iter()
            .map(|(field, text)| (clip(&field), clip(&text)))
            .take(CANDIDATES)
            .collect();
        let mut problem = Self::new(error.code.status(), error.code.as_str(), error.message);
        problem.0.hint = error.hint;
        problem.0.retry = error.retry;
        problem.0.candidates = candidates;
        problem.0.difference = difference;
        problem.0.left_out = left_out;
        problem.0.errors = errors;
        problem
    }
}

fn clip(text: &str) -> String {
    text.chars().take(FIELD_CHARACTERS).collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (
            self.0.status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            self.to_json().to_string(),
        )
            .into_response();
        if let Some(seconds) = self.0.retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        if self.0.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_inside_the_server_stay_in_its_log() {
        for code in [Code::Internal, Code::StoreUnavailable] {
            let error = ops::Error::new(
                code,
                "cannot open /home/x/proxmox-ai.db: SELECT 1 FROM runs",
            );
            let text = Problem::from(error).to_json().to_string();
            assert!(
                !text.contains("/home") && !text.contains("SELECT"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_refusal_keeps_code_hint_candidates_and_differences() {
        let error = ops::Error::new(Code::Ambiguous, "`web` fits two guests")
            .hint("say which one")
            .candidates(vec![json!({"vmid": 101}), json!({"vmid": 102})]);
        assert_eq!(
            Problem::from(error).to_json(),
            json!({
                "type": "urn:proxmox-ai:problem:ambiguous", "title": "Unprocessable Entity", "status": 422,
                "code": "ambiguous", "detail": "`web` fits two guests", "hint": "say which one",
                "retry": "never", "candidates": [{"vmid": 101}, {"vmid": 102}],
            })
        );
    }

    #[test]
    fn an_error_with_thousands_of_candidates_stays_short() {
        let many = (0..5000)
            .map(|vmid| json!({"vmid": vmid, "name": "a-rather-long-name"}))
            .collect();
        let error = ops::Error::new(Code::Ambiguous, "x".repeat(100_000)).candidates(many);
        assert!(Problem::from(error).to_json().to_string().len() < 8192);
    }
}
