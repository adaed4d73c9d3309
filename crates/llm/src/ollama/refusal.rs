//! From Ollama's error texts to typed errors. The texts are matched by substring: they carry model
//! names as prefixes and change around the edges from release to release.

use serde_json::Value;

use super::wire;
use crate::error::Error;

/// Longest text of a server that is passed on.
const MAX_DETAIL_CHARS: usize = 300;
/// So many characters in common with the conversation are no coincidence.
const REPEATED_CHARS: usize = 24;

/// What was asked, as far as an error needs it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) url: String,
    /// Estimated tokens and the window.
    pub(super) prompt_tokens: u32,
    pub(super) window_tokens: u32,
    /// All texts of the conversation, to keep them out of errors.
    pub(super) texts: Vec<String>,
}

/// The error text in a body: `{"error": …}`, or the plain text of a proxy.
pub(super) fn text_of_body(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => value
            .get("error")
            .map_or_else(|| "no error text".to_owned(), wire::error_text),
        Err(_) if text.trim_start().starts_with('<') => {
            "an HTML page, probably of a proxy".to_owned()
        }
        Err(_) => text.trim().to_owned(),
    }
}

/// The error text in a body, and as much of it as may be shown to whoever sent `texts`.
pub(crate) fn refusal_text(body: &[u8], texts: &[String]) -> (String, String) {
    let text = text_of_body(body);
    let shown = presentable(&text, texts);
    (text, shown)
}

/// What an error text means. `status` is 200 for an error inside a stream.
pub(super) fn classify(status: u16, text: &str, asked: &Asked) -> Error {
    let (model, url) = (asked.model.clone(), asked.url.clone());
    let says = |part: &str| text.contains(part);
    if says("does not support tools") {
        return Error::NoTools { model };
    }
    if says("does not support thinking") {
        return Error::NoThinking { model };
    }
    if says("does not support chat") || says("does not support generate") {
        return Error::NotAChatModel { model };
    }
    if status == 503 || says("server busy") {
        return Error::Busy { url, attempts: 1 };
    }
    if says("not found") && (says("model \"") || says("model '")) {
        return Error::ModelMissing { model, url };
    }
    if says("context") && (says("exceed") || says("too long") || says("larger than")) {
        return Error::ContextExceeded {
            model,
            needed_tokens: asked.prompt_tokens,
            window_tokens: asked.window_tokens,
        };
    }
    let detail = presentable(text, &asked.texts);
    if [
        "timed out waiting for",
        "llama-server",
        "llama runner",
        "runner process",
        "system memory",
        "out of memory",
        "unable to load model",
    ]
    .into_iter()
    .any(says)
    {
        return Error::LoadFailed { model, url, detail };
    }
    match status {
        401 | 403 => Error::Unauthorized { url, status },
        // An unknown path: another kind of server, or a wrong path in the URL.
        300..=399 | 404 | 405 => Error::Protocol {
            url,
            detail: format!("HTTP {status}: {detail}"),
        },
        _ => Error::Refused {
            model,
            url,
            status,
            detail,
        },
    }
}

/// A text of the server as one short line, withheld when it repeats the conversation: errors are
/// logged, prompts must not be.
fn presentable(text: &str, conversation: &[String]) -> String {
    let line = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    let characters: Vec<char> = line.chars().take(MAX_DETAIL_CHARS).collect();
    if line.is_empty() {
        return "no reason given".to_owned();
    }
    let repeats = characters.windows(REPEATED_CHARS).any(|window| {
        let window: String = window.iter().collect();
        conversation.iter().any(|message| message.contains(&window))
    });
    if repeats {
        return "its text repeats the conversation and is withheld".to_owned();
    }
    let shortened = characters.len() < line.chars().count();
    let mut shown: String = characters.into_iter().collect();
    if shortened {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked {
            model: "m:1b".to_owned(),
            url: "http://h".to_owned(),
            prompt_tokens: 900,
            window_tokens: 512,
            texts: vec!["please stop the guest called payroll-db at once".to_owned()],
        }
    }

    #[test]
    fn texts_of_ollama_become_typed_errors() {
        let (model, url) = (|| "m:1b".to_owned(), || "http://h".to_owned());
        let load = |detail: &str| Error::LoadFailed {
            model: model(),
            url: url(),
            detail: detail.to_owned(),
        };
        let refused = |status, detail: &str| Error::Refused {
            model: model(),
            url: url(),
            status,
            detail: detail.to_owned(),
        };
        let exceeded = Error::ContextExceeded {
            model: model(),
            needed_tokens: 900,
            window_tokens: 512,
        };
        let table = [
            (
                400,
                "models.example/library/m:1b does not support tools",
                Error::NoTools { model: model() },
            ),
            (
                400,
                "\"m:1b\" does not support thinking",
                Error::NoThinking { model: model() },
            ),
            (
                400,
                "\"m:1b\" does not support chat",
                Error::NotAChatModel { model: model() },
            ),
            (
                404,
                "model 'm:1b' not found",
                Error::ModelMissing {
                    model: model(),
                    url: url(),
                },
            ),
            (
                404,
                "model \"m:1b\" not found, try pulling it first",
                Error::ModelMissing {
                    model: model(),
                    url: url(),
                },
            ),
            (
                404,
                "404 page not found",
                Error::Protocol {
                    url: url(),
                    detail: "HTTP 404: 404 page not found".to_owned(),
                },
            ),
            (
                301,
                "",
                Error::Protocol {
                    url: url(),
                    detail: "HTTP 301: no reason given".to_owned(),
                },
            ),
            (
                503,
                "server busy, please try again.  maximum pending requests exceeded",
                Error::Busy {
                    url: url(),
                    attempts: 1,
                },
            ),
            (
                400,
                "the request exceeds the available context size",
                exceeded.clone(),
            ),
            (400, "the input length exceeds the context length", exceeded),
            (
                500,
                "timed out waiting for llama-server to start - progress 0.00",
                load("timed out waiting for llama-server to start - progress 0.00"),
            ),
            (
                500,
                "llama-server process has terminated: signal: killed",
                load("llama-server process has terminated: signal: killed"),
            ),
            (
                500,
                "model requires more system memory (9.0 GiB) than is available (2.0 GiB)",
                load("model requires more system memory (9.0 GiB) than is available (2.0 GiB)"),
            ),
            (
                401,
                "unauthorized",
                Error::Unauthorized {
                    url: url(),
                    status: 401,
                },
            ),
            (
                400,
                "invalid   model\nname",
                refused(400, "invalid model name"),
            ),
            (
                200,
                "an error was encountered",
                refused(200, "an error was encountered"),
            ),
        ];
        for (status, text, error) in table {
            assert_eq!(classify(status, text, &asked()), error, "{text}");
        }
    }

    #[test]
    fn text_of_the_conversation_never_reaches_an_error() {
        let text = "error parsing tool call: raw='stop the guest called payroll-db' err=eof";
        let error = classify(500, text, &asked());
        assert_eq!(
            error,
            Error::Refused {
                model: "m:1b".to_owned(),
                url: "http://h".to_owned(),
                status: 500,
                detail: "its text repeats the conversation and is withheld".to_owned()
            }
        );
        assert!(!error.to_string().contains("payroll"));
    }

    #[test]
    fn a_long_text_is_cut() {
        let shown = presentable(&"ä".repeat(400), &[]);
        assert_eq!(shown, format!("{}…", "ä".repeat(300)));
    }

    #[test]
    fn the_text_of_a_body_is_found_in_every_shape() {
        let table: [(&[u8], &str); 6] = [
            (
                br#"{"error": "model 'nope' not found"}"#,
                "model 'nope' not found",
            ),
            (br#"{"error": {"message": "m", "code": null}}"#, "m"),
            (br#"{"detail": 1}"#, "no error text"),
            (b"404 page not found\n", "404 page not found"),
            (b"<html>502</html>", "an HTML page, probably of a proxy"),
            (b"", ""),
        ];
        for (body, text) in table {
            assert_eq!(text_of_body(body), text);
        }
    }
}
