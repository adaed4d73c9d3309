//! How a command fails: one sentence, and the exit code of INTERFACES.

use serde_json::{Value, json};

use crate::output;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// From an operation or the product.
    Operation(ops::Error),
    /// Something of the command itself: file, port, input.
    Command { code: u8, text: String },
}

impl Failure {
    pub(crate) fn new(code: u8, text: impl Into<String>) -> Self {
        Self::Command {
            code,
            text: text.into(),
        }
    }

    /// Tells it and answers the exit code.
    pub(crate) fn tell(self, json: bool) -> u8 {
        let (code, text, document) = match self {
            Self::Command { code, text } => {
                let document = json!({ "error": { "code": "command", "message": text } });
                (code, text, document)
            }
            Self::Operation(error) => {
                (error.code.exit_code(), with_fields(&error), problem(&error))
            }
        };
        if json {
            output::say_json(&document);
        }
        output::complain(&text);
        code
    }
}

/// The sentence, and below it each parameter with what is wrong with it, unless the sentence says it.
fn with_fields(error: &ops::Error) -> String {
    error
        .fields
        .iter()
        .filter(|(name, wrong)| !error.message.contains(&format!("{name}: {}", wrong.trim())))
        .fold(error.sentence(), |text, (name, wrong)| {
            let wrong = wrong.trim_end().replace('\n', ", ");
            format!("{text}\n  {name}: {wrong}")
        })
}

fn problem(error: &ops::Error) -> Value {
    json!({ "error": {
        "code": error.code, "message": error.message, "hint": error.hint, "retry": error.retry,
        "candidates": error.candidates, "difference": error.difference,
        "left_out": error.left_out, "fields": error.fields,
    } })
}

impl From<ops::Error> for Failure {
    fn from(error: ops::Error) -> Self {
        Self::Operation(error)
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Operation(error.into())
    }
}
