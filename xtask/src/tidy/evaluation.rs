//! Nothing of the evaluation sets stands in the repository: a product that knows the questions
//! cannot be measured with them.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::finding::Finding;
use crate::workspace::SourceFile;

const RULE: &str = "evaluation";

/// Requests shorter than this are things that anybody says ("list my vms").
const SHORTEST_REQUEST: usize = 30;

pub(crate) struct Sets {
    identifiers: BTreeSet<String>,
    /// Requests and questions in lower case with single blanks.
    requests: BTreeSet<String>,
    /// Names of guests that are more than a word of the language.
    guests: BTreeSet<String>,
}

impl Sets {
    /// Reads every `*.jsonl` of the folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut rows = Vec::new();
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path
                .extension()
                .is_none_or(|extension| extension != "jsonl")
            {
                continue;
            }
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                let row = serde_json::from_str(line)
                    .with_context(|| format!("a row of {} is not JSON", path.display()))?;
                rows.push(row);
            }
        }
        Ok(Self::from_rows(&rows))
    }

    fn from_rows(rows: &[Value]) -> Self {
        let mut sets = Self {
            identifiers: BTreeSet::new(),
            requests: BTreeSet::new(),
            guests: BTreeSet::new(),
        };
        for row in rows {
            sets.identifiers.extend(text_of(row, "id"));
            let follow_ups = row.get("followups").and_then(Value::as_array);
            let asked = [text_of(row, "request"), text_of(row, "question")]
                .into_iter()
                .flatten()
                .chain(
                    follow_ups
                        .into_iter()
                        .flatten()
                        .filter_map(|turn| text_of(turn, "user")),
                );
            sets.requests.extend(
                asked
                    .map(|text| one_line(&text))
                    .filter(|it| it.len() >= SHORTEST_REQUEST),
            );
            let guests = row.pointer("/setup/guests").and_then(Value::as_array);
            sets.guests.extend(
                guests
                    .into_iter()
                    .flatten()
                    .filter_map(|guest| text_of(guest, "name"))
                    .filter(|name| is_distinctive(name)),
            );
        }
        sets
    }
}

fn text_of(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn one_line(text: &str) -> String {
    text.to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// One plain word (`mail`), an operating system type of PVE (`win11`) and the numbered web servers
/// that everybody's examples have are nobody's property.
fn is_distinctive(name: &str) -> bool {
    let is_everyday = name
        .strip_prefix("web-")
        .is_some_and(|rest| rest.chars().all(|it| it.is_ascii_digit()));
    name.contains('-') && !is_everyday
}

pub(crate) fn check(files: &[SourceFile], sets: &Sets) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let place = || format!("{}:{}", file.path, number + 1);
            for name in sets.identifiers.iter().chain(&sets.guests) {
                if is_word_of(line, name) {
                    findings.push(Finding::failure(
                        RULE,
                        place(),
                        format!("`{name}` is a name of the evaluation sets"),
                    ));
                }
            }
        }
        let text = one_line(&file.text);
        for request in sets
            .requests
            .iter()
            .filter(|request| text.contains(*request))
        {
            findings.push(Finding::failure(
                RULE,
                &file.path,
                format!("holds a request of the evaluation sets: `{request}`"),
            ));
        }
    }
    findings
}

fn is_word_of(line: &str, name: &str) -> bool {
    let inside_a_word = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + name.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(inside_a_word) && !after.is_some_and(inside_a_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets() -> Sets {
        Sets::from_rows(&[serde_json::json!({
            "id": "row-x-001",
            "request": "which of these three machines is the one that hums?",
            "followups": [{ "user": "and which is the quietest of all of them now" }],
            "setup": { "guests": [
                { "name": "humming-bird-7" }, { "name": "mail" }, { "name": "web-01" },
            ] },
        })])
    }

    fn lines(text: &str) -> Vec<String> {
        check(
            &[SourceFile {
                path: "crates/sim/src/seed.rs".to_owned(),
                text: text.to_owned(),
            }],
            &sets(),
        )
        .iter()
        .map(|finding| format!("{}: {}", finding.place, finding.text))
        .collect()
    }

    #[test]
    fn everyday_names_and_other_words_pass() {
        assert_eq!(
            lines("\"mail\", \"web-01\", \"humming-bird-70\""),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_name_or_an_identifier_of_a_row_fails() {
        assert_eq!(
            lines("let x = 1;\nlet name = \"humming-bird-7\"; // row-x-001\n"),
            [
                "crates/sim/src/seed.rs:2: `row-x-001` is a name of the evaluation sets",
                "crates/sim/src/seed.rs:2: `humming-bird-7` is a name of the evaluation sets",
            ]
        );
    }

    #[test]
    fn a_request_fails_however_it_is_broken_into_lines() {
        let text = "Which of these three\n  machines is the one that hums?";
        assert_eq!(lines(text).len(), 1);
        assert_eq!(
            lines("And which is the quietest of all of them now").len(),
            1
        );
    }
}
