//! Answers of the documentation on a terminal: the words first, then the places that say so.

use serde_json::Value;

use super::table;

/// What a person reads; nothing for other operations.
pub(super) fn of(op: &str, answer: &Value) -> Option<String> {
    match op {
        "knowledge.ask" => Some(asked(answer)),
        "knowledge.search" => Some(found(answer)),
        "knowledge.sources" => sources(answer),
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
    let results = rows(answer, "results");
    let answers = answer.get("answers").and_then(Value::as_bool);
    if !results.is_empty() && answers == Some(false) {
        lines.push(
            "The sources do not seem to answer this; what follows is merely the nearest in them."
                .to_owned(),
        );
        lines.push(String::new());
    }
    for row in results {
        lines.push(place(row));
        for line in text(row, "text").unwrap_or_default().lines().take(4) {
            lines.push(format!("    {line}"));
        }
    }
    if lines.is_empty() {
        lines.push("Nothing was found.".to_owned());
    }
    if let Some(count) = number(answer, "not_searched").filter(|count| *count > 0) {
        lines.push(format!(
            "{count} sections do not fit into memory and were not searched."
        ));
    }
    about(answer, &mut lines);
    lines.join("\n")
}

/// The table, what is being read right now, and how texts are found.
fn sources(answer: &Value) -> Option<String> {
    let mut lines = vec![table::render("knowledge.sources", answer)?];
    for row in rows(answer, "sources") {
        if let Some(reading) = row.get("reading").filter(|reading| !reading.is_null()) {
            let of = number(reading, "of").map(|of| format!(" of {of}"));
            lines.push(format!(
                "{} is being read: {}{} pages, now {}",
                text(row, "id").unwrap_or_default(),
                number(reading, "pages").unwrap_or_default(),
                of.unwrap_or_default(),
                text(reading, "at").unwrap_or_default()
            ));
        }
    }
    lines.extend(answer.get("embedder").map(embedder));
    Some(lines.join("\n"))
}

/// How texts are found, and why not by their meaning where that is so.
fn embedder(embedder: &Value) -> String {
    let name = text(embedder, "name").unwrap_or("unknown");
    let mut said = match (
        name,
        number(embedder, "texts"),
        number(embedder, "without_vector"),
    ) {
        ("none", ..) => {
            return "Texts are found by their words alone: knowledge.embedder is `none`."
                .to_owned();
        }
        (_, Some(texts), Some(0)) => format!(
            "Texts are found by their words and by what they mean: all {texts} have a vector of {name}."
        ),
        (_, Some(texts), Some(without)) => format!(
            "Texts are found by their words and by what they mean, but {without} of {texts} have no vector \
             of {name} yet and are found by their words alone."
        ),
        (_, _, _) if text(embedder, "error").is_some() => {
            format!("Texts should be found by what they mean, too, with the model {name}.")
        }
        (_, _, _) => {
            format!("Texts are found by their words and by what they mean, with the model {name}.")
        }
    };
    if embedder.get("working").and_then(Value::as_bool) == Some(true) {
        said.push_str(" Vectors are being made now.");
    }
    if let Some(error) = text(embedder, "error") {
        said.push_str(" This is not as it should be: ");
        said.push_str(error);
    }
    said
}

fn number(row: &Value, field: &str) -> Option<u64> {
    row.get(field).and_then(Value::as_u64)
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

    #[test]
    fn what_is_merely_nearest_is_not_shown_as_an_answer() {
        let answer = json!({ "answers": false, "not_searched": 3, "results": [
            { "section": "Backup", "url": null, "source_name": "Notes", "text": "Every night." },
        ], "about": { "release": null, "other_releases": [], "note": null } });
        assert_eq!(
            of("knowledge.search", &answer).unwrap(),
            "The sources do not seem to answer this; what follows is merely the nearest in them.\n\n\
             Backup (Notes)\n    Every night.\n3 sections do not fit into memory and were not searched."
        );
    }

    #[test]
    fn the_sources_tell_how_texts_are_found_and_why_vectors_are_missing() {
        let told = |embedder: Value| {
            let answer = json!({ "sources": [], "embedder": embedder });
            let text = of("knowledge.sources", &answer).unwrap();
            text.strip_prefix("none\n").unwrap().to_owned()
        };
        let model = |texts: Value, without: Value, working: bool, error: Value| {
            told(
                json!({ "name": "ollama:m", "texts": texts, "without_vector": without,
                "working": working, "error": error }),
            )
        };
        assert_eq!(
            told(json!({ "name": "none", "texts": null, "working": false, "error": null })),
            "Texts are found by their words alone: knowledge.embedder is `none`."
        );
        assert_eq!(
            told(json!({ "name": "builtin", "texts": null, "working": false, "error": null })),
            "Texts are found by their words and by what they mean, with the model builtin."
        );
        assert_eq!(
            model(json!(8), json!(0), false, json!(null)),
            "Texts are found by their words and by what they mean: all 8 have a vector of ollama:m."
        );
        assert_eq!(
            model(json!(8), json!(3), true, json!(null)),
            "Texts are found by their words and by what they mean, but 3 of 8 have no vector of ollama:m \
             yet and are found by their words alone. Vectors are being made now."
        );
        assert_eq!(
            model(
                json!(null),
                json!(null),
                false,
                json!("it cannot be reached")
            ),
            "Texts should be found by what they mean, too, with the model ollama:m. This is not as it \
             should be: it cannot be reached"
        );
    }

    #[test]
    fn a_source_that_is_being_read_tells_how_far_it_is() {
        let answer = json!({ "sources": [{ "id": "docs", "state": "working", "pages": 0, "sections": 0,
            "reading": { "pages": 3, "of": 9, "changed": 1, "at": "a.html" } }] });
        let text = of("knowledge.sources", &answer).unwrap();
        assert_eq!(
            text.lines().last(),
            Some("docs is being read: 3 of 9 pages, now a.html")
        );
    }
}
