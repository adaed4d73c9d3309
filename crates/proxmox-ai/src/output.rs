//! The two outputs: results on stdout, everything else on stderr. A reader that went away is no error.

use std::io::{IsTerminal as _, Write as _};

use serde_json::Value;

/// One line of the result.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// The result as exactly one JSON document.
pub(crate) fn say_json(value: &Value) {
    say(&format!("{value:#}"));
}

/// Progress, questions, hints.
pub(crate) fn note(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// What went wrong.
pub(crate) fn complain(text: &str) {
    note(&format!("error: {text}"));
}

/// Whether a person can be asked.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether a log on stderr is read on a terminal.
pub(crate) fn stderr_is_a_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Asks and reads one line; nothing when the input ends.
pub(crate) async fn ask(question: &str) -> Option<String> {
    {
        let mut out = std::io::stderr().lock();
        let _ = write!(out, "{question} ").and_then(|()| out.flush());
    }
    read_line().await
}

/// One line of standard input, without its end.
pub(crate) async fn read_line() -> Option<String> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
        }
    });
    read.await.ok().flatten()
}
