//! What restricts: facts that are kept, and the rules in force.

use ops::KeptFact;
use serde_json::Value;

use super::rows::LISTED;

/// Both, from `memory.list` and `policy.show`.
pub(crate) fn restrictions(kept: &Value, policy: &Value) -> String {
    let rules = policy.get("rules").and_then(Value::as_array);
    let rules: Vec<&Value> = rules.into_iter().flatten().collect();
    format!("{}\n\n{}", facts(kept, &rules), in_force(policy, &rules))
}

fn text<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    row.get(name).and_then(Value::as_str)
}

fn listed(head: &str, lines: &[String]) -> String {
    let mut text = head.to_owned();
    for line in lines.iter().take(LISTED) {
        text.push_str("\n- ");
        text.push_str(line);
    }
    if lines.len() > LISTED {
        text.push_str(&format!("\n- … and {} more", lines.len() - LISTED));
    }
    text
}

fn facts(kept: &Value, rules: &[&Value]) -> String {
    let rows = kept.get("facts").and_then(Value::as_array);
    let lines: Vec<String> = rows
        .into_iter()
        .flatten()
        .filter_map(|row| {
            let fact = KeptFact::of(row)?;
            let about = match text(row, "guest") {
                Some(guest) => format!("about {guest}: "),
                None => String::new(),
            };
            // A proposed rule is called by the end of its fact's id.
            let tail = fact.id.get(fact.id.len().saturating_sub(6)..)?;
            let called = format!("kept {tail}:");
            let is_a_rule = rules
                .iter()
                .any(|rule| text(rule, "name").is_some_and(|name| name.starts_with(&called)));
            Some(if is_a_rule {
                format!(
                    "{about}\"{}\" ({}, {}; a rule made of it is in force)",
                    fact.text,
                    fact.author,
                    fact.age()
                )
            } else {
                format!("{about}{}", fact.sentence())
            })
        })
        .collect();
    if lines.is_empty() {
        return "Nothing is kept that restricts anything.".to_owned();
    }
    listed("Kept, and restricting:", &lines)
}

fn in_force(policy: &Value, rules: &[&Value]) -> String {
    if let Some(why) = text(policy, "broken") {
        return format!("The policy cannot be used, so every change is refused: {why}.");
    }
    let mut parts = Vec::new();
    if let Some(freeze) = policy.get("freeze").filter(|freeze| freeze.is_object()) {
        parts.push(format!(
            "All changes are frozen by {}: {}.",
            text(freeze, "by").unwrap_or("somebody"),
            text(freeze, "reason").unwrap_or("no reason is given")
        ));
    }
    let lines: Vec<String> = rules.iter().map(|rule| rule_line(rule)).collect();
    parts.push(if lines.is_empty() {
        "No rule is in force but the built-in ones: every change of a cluster asks a person."
            .to_owned()
    } else {
        listed("Rules in force:", &lines)
    });
    parts.join("\n\n")
}

/// `"production" asks 2 people, after a rehearsal: risks disruptive; guests tag=prod`.
fn rule_line(rule: &Value) -> String {
    let people = rule.get("people").and_then(Value::as_u64).unwrap_or(1);
    let rehearsal = rule.get("rehearsal").and_then(Value::as_bool) == Some(true);
    let says = match text(rule, "decision") {
        Some("never") => "forbids".to_owned(),
        Some("pass") => "lets pass without a person".to_owned(),
        _ if people > 1 => format!("asks {people} people for"),
        _ => "asks a person for".to_owned(),
    };
    let after = if rehearsal { ", after a rehearsal" } else { "" };
    let conditions: Vec<String> = [
        "operations",
        "risks",
        "guests",
        "times",
        "roles",
        "surfaces",
    ]
    .iter()
    .filter_map(|field| {
        let values = rule.get(*field)?.as_array()?;
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        (!values.is_empty()).then(|| format!("{field} {}", values.join(", ")))
    })
    .collect();
    let what = if conditions.is_empty() {
        "every change".to_owned()
    } else {
        conditions.join("; ")
    };
    format!(
        "\"{}\" {says}{after}: {what}",
        text(rule, "name").unwrap_or("?")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_stands_beside_the_rules_in_force() {
        let kept = json!({ "facts": [
            { "id": "f_00abcdef", "guest": "wagon", "text": "never restart", "author": "anna", "age_s": 60, "restriction": {} },
            { "id": "f_00fedcba", "guest": null, "text": "ask Ben", "author": "ben", "age_s": 60, "restriction": null, "no_rule": "who" },
        ] });
        let policy = json!({ "broken": null, "freeze": null, "rules": [
            { "name": "kept abcdef: never restart", "decision": "never", "people": 1, "rehearsal": false,
              "operations": ["guests.reboot"], "guests": ["id=101"], "times": [], "risks": [] },
            { "name": "production", "decision": "ask", "people": 2, "rehearsal": true, "guests": ["tag=prod"] },
        ] });
        assert_eq!(
            restrictions(&kept, &policy),
            "Kept, and restricting:\n\
             - about wagon: \"never restart\" (anna, 1 minute ago; a rule made of it is in force)\n\
             - \"ask Ben\" (ben, 1 minute ago; it restricts, but no rule could be made of it: who)\n\n\
             Rules in force:\n\
             - \"kept abcdef: never restart\" forbids: operations guests.reboot; guests id=101\n\
             - \"production\" asks 2 people for, after a rehearsal: guests tag=prod"
        );
    }

    #[test]
    fn where_nothing_restricts_that_is_said() {
        let told = restrictions(&json!({ "facts": [] }), &json!({ "rules": [] }));
        assert_eq!(
            told,
            "Nothing is kept that restricts anything.\n\nNo rule is in force but the built-in ones: every change \
             of a cluster asks a person."
        );
        let broken = restrictions(&json!({}), &json!({ "broken": "line 3: no", "rules": [] }));
        assert!(
            broken.ends_with("so every change is refused: line 3: no."),
            "{broken}"
        );
    }
}
