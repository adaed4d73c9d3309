//! From what was given to the input of an operation.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::clip;
use crate::error::{Error, Result};

pub(super) fn read_matches<I: clap::Args + Serialize>(
    matches: &clap::ArgMatches,
) -> Result<Value, clap::Error> {
    let input = I::from_arg_matches(matches)?;
    serde_json::to_value(input)
        .map_err(|error| clap::Error::raw(clap::error::ErrorKind::ValueValidation, error))
}

pub(super) fn takes<I: DeserializeOwned>(name: &str, input: Value) -> Result<()> {
    parse::<I>(name, input).map(|_| ())
}

/// An error names the field, and what is expected there in words that are not Rust's.
pub(super) fn parse<I: DeserializeOwned>(name: &str, input: Value) -> Result<I> {
    let input = if input.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        input
    };
    serde_path_to_error::deserialize(input).map_err(|error| {
        let field = match error.path().to_string() {
            whole if whole == "." => String::new(),
            field => format!("{}: ", clip(&field, 80)),
        };
        let why = in_words(&error.inner().to_string());
        Error::invalid(clip(&format!("input of `{name}`: {field}{why}"), 400))
    })
}

fn in_words(error: &str) -> String {
    let Some((before, expected)) = error.split_once("expected ") else {
        return error.to_owned();
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "a nonzero u32" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" => "a text",
        "a sequence" => "a list",
        "a map" => "names with their values",
        other => other,
    };
    format!("{before}expected {expected}")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        #[expect(dead_code, reason = "read to be checked")]
        cores: Option<u32>,
        #[expect(dead_code, reason = "read to be checked")]
        guests: Vec<String>,
    }

    #[test]
    fn what_is_wrong_with_an_input_is_told_with_its_field() {
        for (input, want) in [
            (
                json!({ "guests": [], "cores": 1.5 }),
                "input of `a.b`: cores: invalid type: floating point `1.5`, expected a whole number, 0 or more",
            ),
            (
                json!({ "guests": ["a", 7] }),
                "input of `a.b`: guests[1]: invalid type: integer `7`, expected a text",
            ),
            (
                json!({ "guests": "a" }),
                "input of `a.b`: guests: invalid type: string \"a\", expected a list",
            ),
            (json!({}), "input of `a.b`: missing field `guests`"),
        ] {
            assert_eq!(parse::<Input>("a.b", input).unwrap_err().message, want);
        }
        assert_eq!(takes::<Input>("a.b", json!({ "guests": [] })), Ok(()));
    }
}
