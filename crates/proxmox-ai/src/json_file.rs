//! JSON that a person wrote: what is wrong with it in plain words, each mistake with its file and line.

use std::path::Path;

use serde_json::error::Category;

/// `FILE:LINE: what is wrong`.
pub(crate) fn mistake(path: &Path, text: &str, error: &serde_json::Error) -> String {
    if text.trim().is_empty() {
        return format!("{}: the file is empty", path.display());
    }
    format!(
        "{}:{}: {}",
        path.display(),
        error.line().max(1),
        explain(error)
    )
}

/// What the parser says, in words of somebody who does not write Rust.
fn explain(error: &serde_json::Error) -> String {
    let said = error.to_string();
    // The place stands in front already.
    let said = said
        .rsplit_once(" at line ")
        .map_or(said.as_str(), |(said, _)| said);
    match error.classify() {
        Category::Eof => {
            let inside = said
                .strip_prefix("EOF while parsing ")
                .map_or("the document", word);
            format!(
                "the file ends in the middle of {inside}: a closing bracket or quote is missing"
            )
        }
        Category::Syntax => syntax(said),
        Category::Data | Category::Io => data(said),
    }
}

fn syntax(said: &str) -> String {
    match said {
        "expected value" => {
            "here must stand a value: text in quotes, a number, true, false, null, [ or {"
                .to_owned()
        }
        "trailing comma" => "nothing follows the comma before the closing bracket".to_owned(),
        "trailing characters" => "more text follows behind the end of the document".to_owned(),
        "key must be a string" => "here must stand a name in double quotes".to_owned(),
        "expected ident" => "only true, false and null may stand without quotes".to_owned(),
        other => match other.strip_prefix("expected ") {
            Some(wanted) => format!("here must stand {wanted}"),
            None => other.to_owned(),
        },
    }
}

fn data(said: &str) -> String {
    if let Some(name) = said.strip_prefix("missing field ") {
        return format!("{name} is missing in what ends here");
    }
    if let Some(name) = said.strip_prefix("duplicate field ") {
        return format!("{name} is there twice");
    }
    let found_and_wanted = said
        .strip_prefix("invalid type: ")
        .or_else(|| said.strip_prefix("invalid value: "))
        .and_then(|rest| rest.split_once(", expected "));
    match found_and_wanted {
        Some((found, wanted)) => format!("expected {}, found {}", word(wanted), found_word(found)),
        None => said.to_owned(),
    }
}

fn found_word(found: &str) -> String {
    for (kind, ours) in [
        ("string ", "the text "),
        ("integer ", "the number "),
        ("floating point ", "the number "),
    ] {
        if let Some(value) = found.strip_prefix(kind) {
            return format!("{ours}{}", value.trim_matches('`'));
        }
    }
    match found.strip_prefix("boolean ") {
        Some(value) => value.trim_matches('`').to_owned(),
        None => word(found).to_owned(),
    }
}

fn word(kind: &str) -> &str {
    match kind {
        "struct Setup" => {
            "an object { } with at least `now`, `cluster`, `nodes`, `storages` and `guests`"
        }
        "a sequence" | "sequence" | "a list" => "a list [ ]",
        "a map" | "map" | "an object" => "an object { }",
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "null" | "unit value" => "null",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum ") => {
            "an object { }"
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Setup {
        nodes: Vec<Node>,
        #[serde(flatten)]
        rest: serde_json::Map<String, serde_json::Value>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Node {
        name: String,
        cores: u32,
    }

    fn said(text: &str) -> String {
        let error = serde_json::from_str::<Setup>(text).unwrap_err();
        mistake(Path::new("w.json"), text, &error)
    }

    #[test]
    fn each_mistake_is_told_with_its_line_in_plain_words() {
        assert_eq!(
            [
                "",
                "[]",
                "{\"nodes\": [\n",
                "{\"nodes\": [\n{\"name\": \"a",
                "{\"nodes\": [\n{\"name\": \"a\",\n\"cores\": \"four\"}]}",
                "{\"nodes\": [\n{\"name\": \"a\",\n\"cores\": -1}]}",
                "{\"nodes\": [\n{\"name\": true}]}",
                "{\"nodes\": [\n{\"name\": \"a\"}]}",
                "{\"nodes\": {}}",
                "{\"nodes\": [],\n}",
                "{\"nodes\": []\n\"x\": 1}",
                "{\"nodes\": []}\n{}",
                "{\"nodes\": []}\n}",
                "{\n nodes: []}",
                "{\n\"nodes\": nothing}",
            ]
            .map(said),
            [
                "w.json: the file is empty",
                "w.json:1: expected an object { } with at least `now`, `cluster`, `nodes`, `storages` and `guests`, found a list [ ]",
                "w.json:2: the file ends in the middle of a list [ ]: a closing bracket or quote is missing",
                "w.json:2: the file ends in the middle of text in quotes: a closing bracket or quote is missing",
                "w.json:3: expected a whole number that is not negative, found the text \"four\"",
                "w.json:3: expected a whole number that is not negative, found the number -1",
                "w.json:2: expected text in quotes, found true",
                "w.json:2: `cores` is missing in what ends here",
                "w.json:1: expected a list [ ], found an object { }",
                "w.json:2: nothing follows the comma before the closing bracket",
                "w.json:2: here must stand `,` or `}`",
                "w.json:2: more text follows behind the end of the document",
                "w.json:2: more text follows behind the end of the document",
                "w.json:2: here must stand a name in double quotes",
                "w.json:2: only true, false and null may stand without quotes",
            ]
        );
    }
}
