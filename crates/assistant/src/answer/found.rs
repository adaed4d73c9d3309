//! What is kept, and what a search of the documentation found, as a list in words.

use ops::KeptFact;
use serde_json::Value;

use super::{figures, rows::LISTED};

/// Sections of a search; the page of the documentation has more.
const SECTIONS: usize = 5;
/// Letters of the beginning of a section.
const BEGINNING: usize = 200;
const LONGEST_ERROR: usize = 300;

/// The answer of the queries that this module puts into words.
pub(super) fn of(op: &str, answer: &Value) -> Option<String> {
    match op {
        "memory.list" => facts(answer, "Nothing is kept."),
        "memory.recall" => facts(answer, "Nothing is kept about it."),
        "knowledge.search" => sections(answer),
        "knowledge.sources" => sources(answer),
        _ => None,
    }
}

/// Each fact with its id, by which it is changed and forgotten.
fn facts(answer: &Value, none: &str) -> Option<String> {
    let rows = answer.get("facts")?.as_array()?;
    if rows.is_empty() {
        return Some(format!("{none} Say \"remember that …\" to keep something."));
    }
    let mut lines = Vec::new();
    for row in rows.iter().take(LISTED) {
        let fact = KeptFact::of(row)?;
        let about = match row.get("guest").and_then(Value::as_str) {
            Some(guest) => format!("about {guest}: "),
            None => String::new(),
        };
        lines.push(format!("- {about}{} [{}]", fact.sentence(), fact.id));
    }
    if rows.len() > LISTED {
        lines.push(format!("- … and {} more", rows.len() - LISTED));
    }
    Some(lines.join("\n"))
}

/// Titles and addresses, with how each section begins.
fn sections(answer: &Value) -> Option<String> {
    let rows = answer.get("results")?.as_array()?;
    let field = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let lines: Vec<String> = rows
        .iter()
        .take(SECTIONS)
        .filter_map(|row| {
            let section = field(row, "section")?;
            let text = field(row, "text").unwrap_or_default();
            let words: Vec<&str> = text.split_whitespace().collect();
            let words = words.join(" ");
            let beginning = match words.char_indices().nth(BEGINNING) {
                Some((at, _)) => format!("{}…", words.get(..at).unwrap_or_default()),
                None => words,
            };
            Some(match field(row, "url") {
                Some(url) => format!("- {section}: {url}\n  {beginning}"),
                None => format!("- {section}\n  {beginning}"),
            })
        })
        .collect();
    if lines.is_empty() {
        return Some("Nothing of it was found in the documentation that was read.".to_owned());
    }
    Some(lines.join("\n"))
}

/// Each source with how much was read of it and when, and why not.
fn sources(answer: &Value) -> Option<String> {
    let rows = answer.get("sources")?.as_array()?;
    let lines: Vec<String> = rows
        .iter()
        .take(LISTED)
        .filter_map(|row| {
            let text = |name: &str| row.get(name).and_then(Value::as_str);
            let count = |name: &str| row.get(name).and_then(Value::as_u64);
            let mut line = format!("- {} ({}): ", text("name")?, text("id")?);
            line.push_str(&match (count("age_s"), count("pages")) {
                (Some(age), Some(pages)) => {
                    format!("{pages} pages, read {} ago", figures::duration(age))
                }
                _ => text("state")?.to_owned(),
            });
            if let Some(error) = text("error") {
                line.push_str(&format!("; {}", crate::call::clip(error, LONGEST_ERROR)));
            }
            Some(line)
        })
        .collect();
    let more = rows.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| format!("- … and {more} more"));
    let unseen = answer.pointer("/embedder/error").and_then(Value::as_str);
    let unseen = unseen.map(|error| format!("Words alone are searched: {error}"));
    let lines: Vec<String> = lines.into_iter().chain(more).chain(unseen).collect();
    Some(if lines.is_empty() {
        "Nothing was read yet.".to_owned()
    } else {
        lines.join("\n")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_listed_with_author_age_and_the_id_to_forget_them_by() {
        let answer = json!({ "facts": [
            { "id": "f_1", "guest": "wagon", "text": "is old", "author": "anna", "age_s": 200_000, "restriction": null },
            { "id": "f_2", "guest": null, "text": "orders close at 5", "author": "ben", "age_s": 60, "restriction": null },
        ] });
        assert_eq!(
            of("memory.recall", &answer).unwrap(),
            "- about wagon: \"is old\" (anna, 2 days ago) [f_1]\n- \"orders close at 5\" (ben, 1 minute ago) [f_2]"
        );
        assert_eq!(
            of("memory.list", &json!({ "facts": [] })).unwrap(),
            "Nothing is kept. Say \"remember that …\" to keep something."
        );
    }

    #[test]
    fn sections_are_listed_with_their_addresses_and_beginnings() {
        let answer = json!({ "results": [
            { "section": "Guide > Moving", "url": "https://n/a#b", "text": format!("It\nmoves {}", "é".repeat(300)) },
            { "section": "Notes > Carts", "url": null, "text": "Four wheels." },
        ] });
        assert_eq!(
            of("knowledge.search", &answer).unwrap(),
            format!(
                "- Guide > Moving: https://n/a#b\n  It moves {}…\n- Notes > Carts\n  Four wheels.",
                "é".repeat(191)
            )
        );
        assert_eq!(
            of("knowledge.search", &json!({ "results": [] })).unwrap(),
            "Nothing of it was found in the documentation that was read."
        );
        assert_eq!(of("guests.show", &json!({})), None);
    }

    #[test]
    fn sources_are_listed_with_what_was_read_and_what_went_wrong() {
        let answer = json!({
            "sources": [
                { "id": "cluster-farm", "name": "Documentation of farm", "state": "ready", "pages": 8, "age_s": 7_300, "error": null },
                { "id": "docs", "name": "Docs", "state": "failed", "pages": 0, "age_s": null, "error": "there is no such folder" },
            ],
            "embedder": { "error": null },
        });
        assert_eq!(
            of("knowledge.sources", &answer).unwrap(),
            "- Documentation of farm (cluster-farm): 8 pages, read 2 hours ago\n- Docs (docs): failed; there is no such folder"
        );
    }
}
