//! Any answer as a person reads it, for operations that have no look of their own: `name: value` lines,
//! tables for lists, and text of several lines as it stands.

use serde_json::{Map, Value};

use super::{
    cell::{UNKNOWN, cell, is_empty, label},
    table,
};

/// Wider tables are hard to follow on a terminal: their rows are told one below the other.
const WIDEST: usize = 150;
/// These say which row it is, so they stand first.
const FIRST: [&str; 7] = ["id", "name", "title", "summary", "kind", "state", "status"];

/// The whole answer.
pub(super) fn text(answer: &Value) -> String {
    match answer {
        Value::Object(map) => fields(map, Labels::OnlyWhereNeeded).join("\n"),
        Value::Array(list) => rows("", list).join("\n"),
        Value::Null => "none".to_owned(),
        other => cell("", other),
    }
}

/// Whether a list that is all there is goes by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Labels {
    Always,
    OnlyWhereNeeded,
}

/// Short values first, a line each; below them what takes more lines.
fn fields(map: &Map<String, Value>, labels: Labels) -> Vec<String> {
    // `orphans` and `orphans_bytes` would go by one name.
    let label = |name: &str| {
        let short = label(name);
        let is_taken = map.contains_key(&short.replace(' ', "_"));
        if is_taken {
            name.replace('_', " ")
        } else {
            short
        }
    };
    let mut short = Vec::new();
    let mut long = Vec::new();
    for (name, value) in in_order(map) {
        if name == "as_of" {
            long.extend(table::ages(value));
            continue;
        }
        match value {
            Value::String(text) if text.contains('\n') => {
                long.push(format!("{}:", label(name)));
                long.extend(text.trim_end().lines().map(str::to_owned));
            }
            Value::Object(inner) if !inner.is_empty() => {
                long.push(format!("{}:", label(name)));
                long.extend(indented(fields(inner, Labels::Always)));
            }
            Value::Array(list) if list.iter().any(has_parts) => {
                let is_all = map.len() == 1 && labels == Labels::OnlyWhereNeeded;
                if is_all {
                    long.extend(rows(name, list));
                } else {
                    long.push(format!("{}:", label(name)));
                    long.extend(indented(rows(name, list)));
                }
            }
            Value::Array(list) if list.iter().any(is_a_sentence) => {
                long.push(format!("{}:", label(name)));
                long.extend(list.iter().map(|item| format!("  {}", cell(name, item))));
            }
            Value::Array(_) | Value::Object(_) if is_empty(value) => {
                let is_all = map.len() == 1 && labels == Labels::OnlyWhereNeeded;
                short.push(if is_all {
                    "none".to_owned()
                } else {
                    format!("{}: none", label(name))
                });
            }
            value => short.push(format!("{}: {}", label(name), cell(name, value))),
        }
    }
    short.extend(long);
    short
}

/// A table where the rows are short, else each row as fields of its own.
fn rows(name: &str, list: &[Value]) -> Vec<String> {
    table_of(list).unwrap_or_else(|| {
        let mut lines: Vec<String> = Vec::new();
        for item in list {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            match item {
                Value::Object(map) => lines.extend(fields(map, Labels::Always)),
                other => lines.push(cell(name, other)),
            }
        }
        lines
    })
}

/// Nothing where a row holds more than one line tells.
fn table_of(list: &[Value]) -> Option<Vec<String>> {
    let maps: Vec<&Map<String, Value>> = list.iter().filter_map(Value::as_object).collect();
    if maps.len() != list.len() {
        return None;
    }
    let mut columns: Vec<&str> = Vec::new();
    for map in &maps {
        for (name, value) in in_order(map) {
            let is_told = !is_empty(value) && !columns.contains(&name);
            if is_told {
                columns.push(name);
            }
        }
    }
    columns.sort_by_key(|name| rank(name));
    let is_too_deep = maps
        .iter()
        .any(|map| map.values().any(takes_more_than_a_cell));
    if columns.is_empty() || is_too_deep {
        return None;
    }
    let headings: Vec<String> = columns
        .iter()
        .map(|name| label(name).to_uppercase())
        .collect();
    let cells: Vec<Vec<String>> = maps
        .iter()
        .map(|map| {
            columns
                .iter()
                .map(|name| match map.get(*name) {
                    Some(value) if !is_empty(value) => cell(name, value),
                    Some(_) | None => UNKNOWN.to_owned(),
                })
                .collect()
        })
        .collect();
    let lines = table::lines(&headings, &cells);
    lines
        .iter()
        .all(|line| line.chars().count() <= WIDEST)
        .then_some(lines)
}

fn takes_more_than_a_cell(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\n'),
        Value::Array(list) => list.iter().any(has_parts),
        Value::Object(map) => map.values().any(has_parts),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn has_parts(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// Sentences are read one below the other, words side by side.
fn is_a_sentence(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() > 40)
}

fn rank(name: &str) -> usize {
    FIRST
        .iter()
        .position(|first| *first == name)
        .unwrap_or(FIRST.len())
}

fn in_order(map: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut pairs: Vec<(&str, &Value)> = map
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    pairs.sort_by_key(|(name, _)| rank(name));
    pairs
}

fn indented(lines: Vec<String>) -> Vec<String> {
    lines
        .into_iter()
        .map(|line| {
            if line.is_empty() {
                line
            } else {
                format!("  {line}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_lines_and_a_list_in_it_is_a_table() {
        let answer = json!({
            "read_at": "2026-11-30T03:40:31.24397186Z",
            "name": "pve1",
            "memory_used_bytes": null,
            "services": [
                { "service": "cron", "state": "running", "error": null },
                { "service": "chrony", "state": "stopped", "error": null },
            ],
            "not_read": [],
            "options": { "path": "/srv", "shared": false },
            "as_of": [{ "cluster": "main", "state": "stale", "age_s": 90, "error": "it is off" }],
        });
        assert_eq!(
            text(&answer),
            "name: pve1\nmemory used: -\nnot read: none\nread at: 2026-11-30 03:40:31 UTC\n\
             note: cluster main is stale (90 s old) it is off\n\
             options:\n  path: /srv\n  shared: no\n\
             services:\n   STATE    SERVICE\n   running  cron\n   stopped  chrony"
        );
    }

    #[test]
    fn what_is_the_only_thing_needs_no_name_and_nothing_is_said_to_be_none() {
        assert_eq!(text(&json!({ "runbooks": [] })), "none");
        assert_eq!(text(&json!({ "runbooks": [{ "name": "a" }] })), " NAME\n a");
        assert_eq!(text(&json!(null)), "none");
        assert_eq!(
            text(&json!({ "ok": true, "rows": [] })),
            "ok: yes\nrows: none"
        );
    }

    #[test]
    fn text_of_several_lines_stands_as_it_is_and_its_row_is_no_table() {
        let answer = json!({ "notes": [
            { "id": "a", "text": "one\n  two\n" },
            { "id": "b", "text": "three" },
        ] });
        assert_eq!(
            text(&answer),
            "id: a\ntext:\none\n  two\n\nid: b\ntext: three"
        );
    }

    #[test]
    fn sentences_stand_one_below_the_other() {
        let answer = json!({ "built_in": [
            "a viewer changes nothing",
            "every other change asks a person who may approve it",
        ], "roles": ["a", "b"] });
        assert_eq!(
            text(&answer),
            "roles: a, b\nbuilt in:\n  a viewer changes nothing\n  every other change asks a person who may approve it"
        );
    }
}
