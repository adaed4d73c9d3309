//! What a request that was not carried out answers: status, text and, for bad parameters, one text per
//! parameter. The texts are PVE's own.

use std::collections::BTreeMap;
use std::time::Duration;

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status, PVE's pseudo codes 595 and 596 included.
    pub(crate) status: u16,
    /// The message; its first line is the reason phrase.
    pub(crate) message: String,
    /// Text per parameter, with status 400.
    pub(crate) errors: BTreeMap<String, String>,
    /// How much of the body PVE sends.
    pub(crate) body: RefusalBody,
    /// Time PVE takes to say so, before the time scale.
    pub(crate) delay: Duration,
    /// What was asked for is written down all the same, as what waits for a stop.
    pub(crate) has_changed: bool,
}

/// What the body of a refusal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusalBody {
    /// `{"data":null,"message":…}`.
    Json,
    /// Nothing at all.
    Empty,
    /// The message as plain text, without a content type.
    Text,
}

impl Refusal {
    /// A plain `die` in a handler: status 500, the message ends with a line feed.
    pub(crate) fn died(text: impl Into<String>) -> Self {
        Self::new(500, with_line_end(text.into()), RefusalBody::Json)
    }

    /// 403 with PVE's prefix.
    pub(crate) fn forbidden(detail: &str) -> Self {
        let text = if detail.is_empty() {
            "Permission check failed\n".to_owned()
        } else {
            format!("Permission check failed ({detail})\n")
        };
        Self::new(403, text, RefusalBody::Json)
    }

    /// The cluster is not as it was before all the same.
    pub(crate) fn though_changed(self) -> Self {
        Self {
            has_changed: true,
            ..self
        }
    }

    /// 400 with one text per parameter.
    pub(crate) fn parameters(errors: BTreeMap<String, String>) -> Self {
        Self {
            errors,
            ..Self::new(
                400,
                "Parameter verification failed.\n".to_owned(),
                RefusalBody::Json,
            )
        }
    }

    /// 400 for one parameter.
    pub(crate) fn parameter(name: &str, text: impl Into<String>) -> Self {
        Self::parameters(BTreeMap::from([(name.to_owned(), text.into())]))
    }

    /// 501 for a path or verb that does not exist.
    pub(crate) fn not_implemented(method: &str, path: &str) -> Self {
        Self::new(
            501,
            format!("Method '{method} {path}' not implemented"),
            RefusalBody::Json,
        )
    }

    /// 501 for what a method can do on a real node but not here.
    pub(crate) fn not_simulated(text: impl Into<String>) -> Self {
        Self::new(501, format!("{}\n", text.into()), RefusalBody::Json)
    }

    /// 401 with an empty body, as all failures of tickets and tokens.
    pub(crate) fn unauthorized(reason: &str) -> Self {
        Self {
            delay: REFUSED_LOGIN,
            ..Self::new(401, reason.to_owned(), RefusalBody::Empty)
        }
    }

    /// 401 of a wrong password: the only one with a body.
    pub(crate) fn wrong_password() -> Self {
        Self {
            delay: REFUSED_LOGIN,
            ..Self::new(
                401,
                "authentication failure\n".to_owned(),
                RefusalBody::Json,
            )
        }
    }

    /// 595: the node behind the answering one cannot be reached.
    pub(crate) fn unreachable(reason: &str, delay: Duration) -> Self {
        Self {
            delay,
            ..Self::new(595, reason.to_owned(), RefusalBody::Empty)
        }
    }

    pub(crate) fn new(status: u16, message: String, body: RefusalBody) -> Self {
        Self {
            status,
            message,
            errors: BTreeMap::new(),
            body,
            delay: Duration::ZERO,
            has_changed: false,
        }
    }

    /// The first line of the message, without its line feed. A carriage return stays, and then the text
    /// cannot stand in a status line.
    pub(crate) fn reason(&self) -> &str {
        self.message.split('\n').next().unwrap_or_default()
    }
}

const REFUSED_LOGIN: Duration = Duration::from_secs(3);

fn with_line_end(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
