//! Answers of the documentation on a terminal: the words first, then the places that say so.

use serde_json::Value;

/// What a person reads; nothing for other operations.
pub(super) fn of(op: &str, answer: &Value) -> Option<String> {
    match op {
        "knowledge.ask" => Some(asked(answer)),
        "knowledge.search" => Some(found(answer)),
        _ => None,
    }
}

fn text<'a>(row: &'a Value, field: &str) -> Option<&'a str> {
    row.get(field).and_then(Value::as_str)
}

fn rows<'a>(answer: &'a Value, field: &str) -> &'a [Value] {
    answer
        .get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn asked(answer: &Value) -> String {
    let mut lines = Vec::new();
    lines.push(match text(answer, "answer") {
        Some(said) => said.to_owned(),
        None => "The documentation that is here does not answer this.".to_owned(),
    });
    let citations = rows(answer, "citations");
    if !citations.is_empty() {
        lines.push(String::new());
    }
    for (at, citation) in citations.iter().enumerate() {
        lines.push(format!("[{}] {}", at + 1, place(citation)));
    }
    about(answer, &mut lines);
    lines.join("\n")
}

fn found(answer: &Value) -> String {
    let mut lines = Vec::new();
    for row in rows(answer, "results") {
        lines.push(place(row));
        for line in text(row, "text").unwrap_or_default().lines().take(4) {
            lines.push(format!("    {line}"));
        }
    }
    if lines.is_empty() {
        lines.push("Nothing was found.".to_owned());
    }
    about(answer, &mut lines);
    lines.join("\n")
}

fn place(row: &Value) -> String {
    let section = text(row, "section").unwrap_or_default();
    match text(row, "url") {
        Some(url) => format!("{section}\n    {url}"),
        None => format!(
            "{section} ({})",
            text(row, "source_name").unwrap_or_default()
        ),
    }
}

fn about(answer: &Value, lines: &mut Vec<String>) {
    let Some(about) = answer.get("about") else {
        return;
    };
    if let Some(release) = text(about, "release") {
        let others: Vec<&str> = rows(about, "other_releases")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        lines.push(String::new());
        lines.push(if others.is_empty() {
            format!("Proxmox VE {release}")
        } else {
            format!(
                "Proxmox VE {release}; connected are also {}",
                others.join(", ")
            )
        });
    }
    if let Some(note) = text(about, "note") {
        lines.push(note.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_followed_by_its_places() {
        let answer = json!({
            "answer": "Stopped guests stay stopped [1].",
            "about": { "release": "9.1", "other_releases": ["8.4"], "note": null },
            "citations": [{ "section": "A > B", "url": "https://n:8006/pve-docs/a.html#b", "source_name": "s" }],
        });
        assert_eq!(
            of("knowledge.ask", &answer).unwrap(),
            "Stopped guests stay stopped [1].\n\n[1] A > B\n    https://n:8006/pve-docs/a.html#b\n\nProxmox VE 9.1; connected are also 8.4"
        );
        let none = json!({ "answer": null, "citations": [],
            "about": { "release": null, "other_releases": [], "note": "x is not read yet" } });
        assert_eq!(
            of("knowledge.ask", &none).unwrap(),
            "The documentation that is here does not answer this.\nx is not read yet"
        );
    }

    #[test]
    fn what_was_found_is_shown_with_its_beginning() {
        let answer = json!({ "results": [
            { "section": "Note of anna > Night", "url": null, "source_name": "Notes", "text": "Call bert.\nOr carla." },
        ], "about": { "release": null, "other_releases": [], "note": null } });
        assert_eq!(
            of("knowledge.search", &answer).unwrap(),
            "Note of anna > Night (Notes)\n    Call bert.\n    Or carla."
        );
    }
}
