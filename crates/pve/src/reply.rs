//! What comes back from a call, before and after reading it.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{BodyProblem, ErrorKind};

/// How the JSON of a transport is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// `{"data": …, "total": …}`, as over HTTPS.
    Envelope,
    /// The data alone, as `pvesh --output-format json` prints it; nothing at all means `null`.
    Bare,
}

/// A successful answer, not yet read: typed calls read it straight into their rows.
#[derive(Clone)]
pub struct RawReply {
    /// JSON text.
    pub json: Bytes,
    /// How it is wrapped.
    pub wrapping: Wrapping,
}

/// Data of any shape, for calls without a typed method.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What PVE calls `data`; `null` for calls that return nothing.
    pub data: Value,
    /// Number of all rows, for lists that come in pages (tasks, logs).
    pub total: Option<u64>,
    /// Pending changes as a unified diff (network configuration only).
    pub changes: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Envelope<T> {
    pub(crate) data: T,
    #[serde(default, deserialize_with = "crate::lenient::unsigned")]
    pub(crate) total: Option<u64>,
    #[serde(default, deserialize_with = "crate::lenient::text")]
    pub(crate) changes: Option<String>,
}

impl RawReply {
    /// Reads the answer. A broken body and a body without the expected data are different errors:
    /// the first is mostly a proxy's doing, the second another version of PVE.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<Envelope<T>, ErrorKind> {
        let read = match self.wrapping {
            Wrapping::Envelope => parse::<Envelope<T>>(&self.json),
            Wrapping::Bare => {
                let text: &[u8] = if self.json.trim_ascii().is_empty() {
                    b"null"
                } else {
                    &self.json
                };
                parse(text).map(|data| Envelope {
                    data,
                    total: None,
                    changes: None,
                })
            }
        };
        read.map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &serde_json::Error) -> ErrorKind {
        let start = self.json.trim_ascii_start();
        if start.starts_with(b"<") {
            return ErrorKind::Body(BodyProblem::HtmlPage);
        }
        if error.is_data() && self.has_data() {
            // serde's text may quote the value it met; values can be secrets.
            return ErrorKind::Unexpected(format!("mismatch at column {}", error.column()));
        }
        ErrorKind::Body(if error.is_eof() {
            BodyProblem::Truncated(format!("JSON ends after {} bytes", self.json.len()))
        } else {
            BodyProblem::NotJson(format!("line {} column {}", error.line(), error.column()))
        })
    }

    fn has_data(&self) -> bool {
        match self.wrapping {
            Wrapping::Bare => true,
            Wrapping::Envelope => {
                parse::<Value>(&self.json).is_ok_and(|value| value.get("data").is_some())
            }
        }
    }
}

/// Guest names and logs can hold bytes that are not UTF-8; they become replacement characters
/// instead of making the whole answer unreadable.
fn parse<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    match std::str::from_utf8(json) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(json)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: DeserializeOwned>(json: &'static [u8], wrapping: Wrapping) -> Result<T, ErrorKind> {
        RawReply {
            json: Bytes::from_static(json),
            wrapping,
        }
        .read::<T>()
        .map(|reply| reply.data)
    }

    #[test]
    fn broken_answers_are_told_apart() {
        let envelope = |json| read::<Vec<u64>>(json, Wrapping::Envelope);
        assert_eq!(envelope(br#"{"data":[1],"total":"3"}"#), Ok(vec![1]));
        assert_eq!(
            envelope(b"\n<html>login</html>"),
            Err(ErrorKind::Body(BodyProblem::HtmlPage))
        );
        assert_eq!(
            envelope(br#"{"data":[1,"#),
            Err(ErrorKind::Body(BodyProblem::Truncated(
                "JSON ends after 11 bytes".into()
            )))
        );
        assert!(matches!(
            envelope(b"{}"),
            Err(ErrorKind::Body(BodyProblem::NotJson(_)))
        ));
        assert!(matches!(
            envelope(b"[]"),
            Err(ErrorKind::Body(BodyProblem::NotJson(_)))
        ));
        assert!(
            matches!(envelope(br#"{"data":"secret"}"#), Err(ErrorKind::Unexpected(text)) if !text.contains("secret"))
        );
    }

    #[test]
    fn nothing_printed_by_pvesh_means_null() {
        assert_eq!(read::<Value>(b" \n", Wrapping::Bare), Ok(Value::Null));
        assert_eq!(
            read::<Value>(b"\"101\"\n", Wrapping::Bare),
            Ok(Value::from("101"))
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_do_not_spoil_the_rest() {
        assert_eq!(
            read::<String>(b"{\"data\":\"a\xffb\"}", Wrapping::Envelope),
            Ok("a\u{fffd}b".into())
        );
    }
}
