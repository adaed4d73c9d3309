//! What is kept, and what a search of the documentation found, as a list in words.

use ops::KeptFact;
use serde_json::Value;

use super::{figures, rows::LISTED};

/// Sections of a search; the page of the documentation has more.
const SECTIONS: usize = 5;
/// Letters of the beginning of a section.
const BEGINNING: usize = 200;
const LONGEST_ERROR: usize = 300;
/// Facts that are offered to be forgotten.
const FORGOTTEN: usize = 10;
/// Letters of a fact on a button.
const LABEL: usize = 40;

/// The answer of the queries that this module puts into words.
pub(super) fn of(op: &str, answer: &Value) -> Option<String> {
    match op {
        "memory.list" => facts(answer, "Nothing is kept."),
        "memory.recall" => facts(answer, "Nothing is kept about it."),
        "memory.propose_rules" => Some(rules(answer)),
        "knowledge.search" => sections(answer),
        "knowledge.sources" => sources(answer),
        _ => None,
    }
}

/// What can be forgotten, with the sentence that does it: label and text of each choice. Facts of a cluster
/// are not about one guest.
pub(crate) fn forget(answer: &Value) -> (String, Vec<(String, String)>) {
    let rows = answer.get("facts").and_then(Value::as_array);
    let facts: Vec<KeptFact> = rows
        .into_iter()
        .flatten()
        .filter(|row| row.get("scope").and_then(Value::as_str) != Some("cluster"))
        .filter_map(KeptFact::of)
        .collect();
    let mut choices: Vec<(String, String)> = facts
        .iter()
        .take(FORGOTTEN)
        .map(|fact| {
            let label = format!("forget \"{}\"", crate::call::clip(&fact.text, LABEL));
            (label, format!("forget the fact {}", fact.id))
        })
        .collect();
    if (2..=FORGOTTEN).contains(&facts.len()) {
        let all: Vec<&str> = choices.iter().map(|(_, text)| text.as_str()).collect();
        choices.push(("forget all of it".to_owned(), all.join(" and ")));
    }
    if facts.is_empty() {
        return ("Nothing is kept about it.".to_owned(), choices);
    }
    let mut text = "This is kept about it. What shall be forgotten for good?".to_owned();
    for fact in facts.iter().take(LISTED) {
        text.push_str(&format!("\n- {}", fact.sentence()));
    }
    if facts.len() > LISTED {
        text.push_str(&format!("\n- … and {} more", facts.len() - LISTED));
    }
    (text, choices)
}

/// Each fact with its author and age. Ids are for the machine.
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
        lines.push(format!("- {about}{}", fact.sentence()));
    }
    if rows.len() > LISTED {
        lines.push(format!("- … and {} more", rows.len() - LISTED));
    }
    Some(lines.join("\n"))
}

/// The rules to be taken over, those that are in force, and what makes none.
fn rules(answer: &Value) -> String {
    let rows = |name: &str| {
        let rows = answer.get(name).and_then(Value::as_array);
        rows.into_iter().flatten().collect::<Vec<&Value>>()
    };
    let field = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let proposals = rows("proposals");
    let without = rows("without_rule");
    if proposals.is_empty() && without.is_empty() {
        return "Nothing is kept that restricts anything, so there is no rule to propose."
            .to_owned();
    }
    let mut parts = Vec::new();
    let is_in_force = |row: &Value| row.get("in_force").and_then(Value::as_bool) == Some(true);
    let in_force: Vec<String> = proposals
        .iter()
        .filter(|row| is_in_force(row))
        .filter_map(|row| Some(format!("- \"{}\"", field(row, "text")?)))
        .collect();
    let text = field(answer, "text").filter(|text| !text.is_empty());
    if let Some(text) = text {
        let place = match field(answer, "policy_file") {
            Some(file) => format!("the policy file {file}"),
            None => "a policy file (none is configured)".to_owned(),
        };
        parts.push(format!(
            "This can be put into {place}; until then it stops nothing:\n\n{}",
            text.trim_end()
        ));
    }
    if !in_force.is_empty() {
        parts.push(format!("In force already:\n{}", in_force.join("\n")));
    }
    let without: Vec<String> = without
        .iter()
        .take(LISTED)
        .filter_map(|row| {
            Some(format!(
                "- \"{}\": {}",
                field(row, "text")?,
                field(row, "why")?
            ))
        })
        .collect();
    if !without.is_empty() {
        parts.push(format!(
            "These restrict, but no rule could be made of them:\n{}",
            without.join("\n")
        ));
    }
    parts.join("\n\n")
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
    fn facts_are_listed_with_author_and_age_and_without_their_ids() {
        let answer = json!({ "facts": [
            { "id": "f_1", "guest": "wagon", "text": "is old", "author": "anna", "age_s": 200_000, "restriction": null },
            { "id": "f_2", "guest": null, "text": "orders close at 5", "author": "ben", "age_s": 60, "restriction": null },
        ] });
        assert_eq!(
            of("memory.recall", &answer).unwrap(),
            "- about wagon: \"is old\" (anna, 2 days ago)\n- \"orders close at 5\" (ben, 1 minute ago)"
        );
        assert_eq!(
            of("memory.list", &json!({ "facts": [] })).unwrap(),
            "Nothing is kept. Say \"remember that …\" to keep something."
        );
    }

    #[test]
    fn what_can_be_forgotten_is_listed_with_a_choice_for_each_and_for_all() {
        let fact = |id: &str, scope: &str, text: &str| json!({ "id": id, "scope": scope, "text": text, "author": "anna", "age_s": 60 });
        let one = fact("f_1", "guest", "is old");
        let (text, choices) = forget(
            &json!({ "facts": [one, fact("f_2", "team", "wagon is red"), fact("f_3", "cluster", "moves")] }),
        );
        assert_eq!(
            text,
            "This is kept about it. What shall be forgotten for good?\n- \"is old\" (anna, 1 minute ago)\n- \"wagon is red\" (anna, 1 minute ago)"
        );
        let pair = |label: &str, text: &str| (label.to_owned(), text.to_owned());
        assert_eq!(
            choices,
            [
                pair("forget \"is old\"", "forget the fact f_1"),
                pair("forget \"wagon is red\"", "forget the fact f_2"),
                pair(
                    "forget all of it",
                    "forget the fact f_1 and forget the fact f_2"
                ),
            ]
        );
        let (text, choices) = forget(&json!({ "facts": [] }));
        assert_eq!(
            (text.as_str(), choices),
            ("Nothing is kept about it.", Vec::new())
        );
    }

    #[test]
    fn proposed_rules_are_shown_as_they_go_into_the_file_and_what_makes_none_with_the_reason() {
        let answer = json!({
            "proposals": [
                { "fact": "f_1", "text": "never stop", "rule": "[[rule]]\n", "in_force": false },
                { "fact": "f_2", "text": "never move", "rule": "[[rule]]\n", "in_force": true },
            ],
            "without_rule": [{ "fact": "f_3", "text": "ask Ben", "why": "who" }],
            "policy_file": "/etc/p.toml",
            "text": "[[rule]]\n",
        });
        assert_eq!(
            of("memory.propose_rules", &answer).unwrap(),
            "This can be put into the policy file /etc/p.toml; until then it stops nothing:\n\n[[rule]]\n\n\
             In force already:\n- \"never move\"\n\n\
             These restrict, but no rule could be made of them:\n- \"ask Ben\": who"
        );
        assert_eq!(
            of("memory.propose_rules", &json!({ "proposals": [] })).unwrap(),
            "Nothing is kept that restricts anything, so there is no rule to propose."
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
