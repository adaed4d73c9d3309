//! What changed since a plan was made, in a person's words. Machines read the fields of [`Difference`].

use std::fmt;

use serde_json::Value;

use crate::{error::Difference, registry::clip};

/// Things told of one subject, and subjects told at all: the rest is counted.
const THINGS: usize = 3;
const SUBJECTS: usize = 3;
const VALUE_CHARACTERS: usize = 60;

/// Facts that only what is not there is without.
const WHO_IT_IS: [&str; 7] = [
    "exists",
    "cluster",
    "vmid",
    "kind",
    "incarnation",
    "created_at",
    "format",
];

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.words())
    }
}

impl Difference {
    fn is_gone(&self) -> bool {
        match self.field.as_str() {
            "exists" => self.now != Value::Bool(true),
            field => WHO_IT_IS.contains(&field) && self.now.is_null(),
        }
    }

    /// Whether something else stands where the subject was.
    fn is_another(&self) -> bool {
        WHO_IT_IS.contains(&self.field.as_str()) && self.field != "exists"
    }

    fn words(&self) -> String {
        let (now, planned) = (plain(&self.now), plain(&self.planned));
        if self.is_gone() {
            return "it is gone".to_owned();
        }
        match (self.field.as_str(), &self.planned, &self.now) {
            ("exists", ..) | ("version", Value::Null, _) => "it is there now".to_owned(),
            ("created_at" | "format", ..) => "another one has its name now".to_owned(),
            ("cluster" | "vmid" | "kind" | "incarnation", ..) => match id_of(&self.subject) {
                Some(id) => format!("id {id} belongs to another guest now"),
                None => "it is another one now".to_owned(),
            },
            ("node", ..) => format!("it is on {now} now, not on {planned}"),
            ("status" | "state" | "unit_state", _, Value::Null) => {
                format!(
                    "it does not tell its {} any more, which was {planned}",
                    self.field
                )
            }
            ("status" | "state" | "unit_state", Value::Null, _) => format!("it is {now} now"),
            ("status" | "state" | "unit_state", ..) => format!("it is {now} now, not {planned}"),
            ("name", ..) => format!("it is called {now} now, not {planned}"),
            ("lock", _, Value::Null) => format!("it is not locked ({planned}) any more"),
            ("lock", ..) => format!("it is locked ({now}) now"),
            ("configuration", ..) => "its configuration was changed since".to_owned(),
            ("version", _, Value::Null) => "it is gone".to_owned(),
            ("version", ..) => "it was changed since".to_owned(),
            ("protected", _, Value::Bool(true)) => "it is protected now".to_owned(),
            ("protected", ..) => "it is not protected any more".to_owned(),
            ("used_by", _, Value::Array(users)) if users.is_empty() => {
                "nothing uses it any more".to_owned()
            }
            ("used_by", ..) => format!("it is used by {now} now"),
            ("guests_that_run", _, Value::Array(guests)) if guests.is_empty() => {
                "no guest runs on it any more".to_owned()
            }
            ("guests_that_run", ..) => format!("other guests run on it now: {now}"),
            ("pool", _, Value::Null) => format!("it is in no pool now, not in {planned}"),
            ("pool", Value::Null, _) => format!("it is in the pool {now} now"),
            ("pool", ..) => format!("it is in the pool {now} now, not in {planned}"),
            ("revoked", ..) => "it was revoked since".to_owned(),
            ("in_force", Value::Null, _) => "somebody froze all changes since".to_owned(),
            ("in_force", _, Value::Null) => "it is over".to_owned(),
            ("in_force", ..) => "it is another one now".to_owned(),
            (field, ..) if field.starts_with("id ") => format!("{field} is {now} now"),
            (field, planned_value, now_value)
                if planned_value.is_object() || now_value.is_object() =>
            {
                format!("its {} was changed since", field.replace('_', " "))
            }
            (field, ..) => format!(
                "its {} is {now} now, not {planned}",
                field.replace('_', " ")
            ),
        }
    }
}

/// `101` of `web-02 (main/pve1/101)`.
fn id_of(subject: &str) -> Option<&str> {
    let id = subject.strip_suffix(')')?.rsplit('/').next()?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

fn plain(value: &Value) -> String {
    let text = match value {
        Value::Null => "not set".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    // It comes from a cluster: one line, and not a page of it.
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    clip(&line, VALUE_CHARACTERS)
}

/// All of it in one sentence, by subject. Of what is gone or another one nothing else is worth a word.
pub(crate) fn in_words(differences: &[Difference]) -> String {
    let mut subjects: Vec<&str> = Vec::new();
    for one in differences {
        if !subjects.contains(&one.subject.as_str()) {
            subjects.push(&one.subject);
        }
    }
    let mut told: Vec<String> = subjects
        .iter()
        .take(SUBJECTS)
        .map(|subject| {
            let of_it: Vec<&Difference> = differences
                .iter()
                .filter(|one| one.subject == *subject)
                .collect();
            let decisive = of_it
                .iter()
                .find(|one| one.is_gone())
                .or_else(|| of_it.iter().find(|one| one.is_another()));
            if let Some(decisive) = decisive {
                return decisive.to_string();
            }
            let mut things: Vec<String> =
                of_it.iter().take(THINGS).map(|one| one.words()).collect();
            if of_it.len() > THINGS {
                things.push(format!("{} more", of_it.len() - THINGS));
            }
            format!("{subject}: {}", things.join(", "))
        })
        .collect();
    if subjects.len() > SUBJECTS {
        told.push(format!("and {} more targets", subjects.len() - SUBJECTS));
    }
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(field: &str, planned: Value, now: Value) -> Difference {
        Difference {
            subject: "web-02 (main/pve1/101)".to_owned(),
            field: field.to_owned(),
            planned,
            now,
        }
    }

    #[test]
    fn a_difference_reads_as_a_sentence() {
        let rows = [
            (of("exists", json!(true), json!(false)), "it is gone"),
            (of("cluster", json!("main"), json!(null)), "it is gone"),
            (
                of(
                    "incarnation",
                    json!(["1", "uuid=1"]),
                    json!(["2", "uuid=2"]),
                ),
                "id 101 belongs to another guest now",
            ),
            (
                of("kind", json!("qemu"), json!("lxc")),
                "id 101 belongs to another guest now",
            ),
            (
                of("node", json!("pve1"), json!("pve2")),
                "it is on pve2 now, not on pve1",
            ),
            (
                of("status", json!("running"), json!("stopped")),
                "it is stopped now, not running",
            ),
            (
                of("status", json!("running"), json!(null)),
                "it does not tell its status any more, which was running",
            ),
            (
                of("lock", json!(null), json!("backup")),
                "it is locked (backup) now",
            ),
            (
                of("lock", json!("backup"), json!(null)),
                "it is not locked (backup) any more",
            ),
            (
                of("configuration", json!("b119"), json!("22f6")),
                "its configuration was changed since",
            ),
            (
                of("name", json!("a"), json!("b\u{1b}[31m")),
                "it is called b [31m now, not a",
            ),
            (
                of("id 120", json!("free"), json!("taken")),
                "id 120 is taken now",
            ),
            (
                of("used_by", json!([]), json!(["web-01"])),
                "it is used by web-01 now",
            ),
            (
                of("used_by", json!(["web-01"]), json!([])),
                "nothing uses it any more",
            ),
            (
                of("ha", json!({ "state": "started" }), json!(null)),
                "its ha was changed since",
            ),
            (
                of("size_bytes", json!(1), json!(2)),
                "its size bytes is 2 now, not 1",
            ),
            (of("version", json!(3), json!(null)), "it is gone"),
        ];
        for (difference, want) in rows {
            assert_eq!(
                difference.to_string(),
                format!("web-02 (main/pve1/101): {want}")
            );
        }
    }

    #[test]
    fn of_a_guest_that_is_gone_or_another_one_nothing_else_is_told() {
        let gone = [
            "cluster",
            "configuration",
            "exists",
            "incarnation",
            "status",
        ]
        .map(|field| of(field, json!("was"), json!(null)));
        assert_eq!(in_words(&gone), "web-02 (main/pve1/101): it is gone");
        let another = [
            of("incarnation", json!([1]), json!([2])),
            of("configuration", json!("a"), json!("b")),
        ];
        assert_eq!(
            in_words(&another),
            "web-02 (main/pve1/101): id 101 belongs to another guest now"
        );
    }

    #[test]
    fn many_differences_are_told_by_subject_and_the_rest_is_counted() {
        let mut all = vec![
            of("configuration", json!("a"), json!("b")),
            of("node", json!("pve1"), json!("pve2")),
        ];
        for n in 1..=4 {
            all.push(Difference {
                subject: format!("job-{n}"),
                ..of("status", json!("running"), json!("stopped"))
            });
        }
        assert_eq!(
            in_words(&all),
            "web-02 (main/pve1/101): its configuration was changed since, it is on pve2 now, not on pve1; job-1: it \
             is stopped now, not running; job-2: it is stopped now, not running; and 2 more targets"
        );
    }
}
