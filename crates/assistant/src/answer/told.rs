//! The answer of any query in words: its rows and fields as they are, sizes and shares made readable.

use serde_json::Value;

use super::{figures, rows::LISTED};

/// Fields of one row that a line holds.
const FIELDS: usize = 8;
/// A longer text is cut: what came from a cluster can be of any length.
const LONGEST_TEXT: usize = 200;
/// What a row is called by, the first that it has.
const NAMES: &[&str] = &[
    "name", "volume", "volid", "title", "summary", "id", "package", "service", "op", "node",
];

/// Everything that a query brought.
pub(super) fn everything(answer: &Value) -> String {
    let Some(fields) = answer.as_object() else {
        return match answer.as_array() {
            Some(rows) => list("row", rows),
            None => scalar("", answer).unwrap_or_else(|| "There is nothing.".to_owned()),
        };
    };
    let mut parts = Vec::new();
    let plain: Vec<String> = fields
        .iter()
        .filter(|(field, _)| *field != "as_of")
        .filter_map(|(field, value)| Some(format!("{}: {}", spaced(field), scalar(field, value)?)))
        .collect();
    if !plain.is_empty() {
        parts.push(plain.join("\n"));
    }
    for (field, value) in fields.iter().filter(|(field, _)| *field != "as_of") {
        match value {
            Value::Array(rows) => parts.push(list(&spaced(field), rows)),
            Value::Object(inner) if !inner.is_empty() => {
                parts.push(format!("{}: {}", spaced(field), line(value)));
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return "There is nothing.".to_owned();
    }
    parts.join("\n")
}

fn list(name: &str, rows: &[Value]) -> String {
    if rows.is_empty() {
        return format!("{name}: none");
    }
    let mut text = format!("{} {name}:", rows.len());
    for row in rows.iter().take(LISTED) {
        text.push_str("\n- ");
        text.push_str(&line(row));
    }
    if rows.len() > LISTED {
        text.push_str(&format!("\n- … and {} more", rows.len() - LISTED));
    }
    text
}

/// One row on one line: its name, then what else is known of it.
fn line(row: &Value) -> String {
    let Some(fields) = row.as_object() else {
        return scalar("", row).unwrap_or_else(|| "…".to_owned());
    };
    let title = NAMES
        .iter()
        .find(|name| fields.get(**name).is_some_and(Value::is_string));
    let known: Vec<String> = fields
        .iter()
        .filter(|(field, _)| title.is_none_or(|title| title != field))
        .filter_map(|(field, value)| Some(format!("{} {}", spaced(field), scalar(field, value)?)))
        .take(FIELDS)
        .collect();
    let title = title.and_then(|name| scalar(name, fields.get(*name)?));
    match title {
        Some(title) if known.is_empty() => title,
        Some(title) => format!("{title}: {}", known.join(", ")),
        None => known.join(", "),
    }
}

/// A single value; nothing for what is unset or holds more values.
fn scalar(field: &str, value: &Value) -> Option<String> {
    Some(match value {
        Value::Null | Value::Object(_) => return None,
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => {
            let value = number.as_f64()?;
            if field.ends_with("bytes") {
                figures::bytes(value)
            } else if let Some(seconds) = number
                .as_u64()
                .filter(|_| field.ends_with("_s") || field == "uptime")
            {
                figures::duration(seconds)
            } else {
                number.to_string()
            }
        }
        Value::String(text) => {
            let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if one_line.is_empty() {
                return None;
            }
            crate::call::clip(&one_line, LONGEST_TEXT)
        }
        Value::Array(values) => {
            let plain: Vec<String> = values
                .iter()
                .filter_map(|value| scalar("", value))
                .collect();
            if plain.is_empty() || plain.len() < values.len() || values.iter().any(Value::is_array)
            {
                return None;
            }
            plain.join(" ")
        }
    })
}

fn spaced(field: &str) -> String {
    field
        .trim_end_matches("_bytes")
        .trim_end_matches("_s")
        .replace('_', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_and_fields_of_any_query_are_told() {
        let answer = json!({
            "storage": "ceph",
            "as_of": [{ "cluster": "lab", "state": "fresh" }],
            "volumes": [
                { "volume": "ceph:vm-101-disk-0", "size_bytes": 2_147_483_648_u64, "guest": 101, "notes": null },
                { "volume": "ceph:vm-102-disk-0", "size_bytes": 512, "guest": null }
            ],
            "problems": []
        });
        assert_eq!(
            everything(&answer),
            "storage: ceph\nproblems: none\n2 volumes:\n- ceph:vm-101-disk-0: guest 101, size 2.0 GiB\n- ceph:vm-102-disk-0: size 512 B"
        );
    }

    #[test]
    fn long_lists_and_texts_have_an_end() {
        let rows: Vec<Value> = (0..30)
            .map(|n| json!({ "name": format!("n{n}") }))
            .collect();
        let told = everything(&json!({ "rows": rows, "text": "x".repeat(1_000) }));
        assert!(
            told.contains("30 rows:") && told.ends_with("… and 5 more"),
            "{told}"
        );
        assert!(told.len() < 800, "{}", told.len());
        assert_eq!(everything(&json!({})), "There is nothing.");
    }
}
