//! The policy as a person writes it: TOML, each mistake with its line. Pure: text in, [`Policy`] or one
//! sentence out. What is not understood is refused, because a rule that is read wrongly protects nothing.
//!
//! ```toml
//! time_zone = "Europe/Berlin"
//!
//! [[rule]]
//! name = "production"
//! guests = "tag=prod"
//! decision = "ask"
//! people = 2
//! rehearsal = true
//! ```

use std::ops::Range;

use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use toml_edit::{Document, Item, Table, Value};

use super::{
    Decision, Policy,
    rule::{Rule, Verdict},
    window::Window,
};
use crate::{actor::Role, registry::clip, risk::Risk, selector::Selector};

const TOP: &[&str] = &["time_zone", "rule", "standing_approvals"];
const RULE: &[&str] = &[
    "name",
    "risks",
    "roles",
    "surfaces",
    "operations",
    "guests",
    "times",
    "decision",
    "people",
    "rehearsal",
];
const STANDING: &[&str] = &["destructive"];
const CHANGES: &str = "reversible, disruptive or destructive";
/// More rules than this nobody oversees.
const MAX_RULES: usize = 500;
const MAX_PEOPLE: i64 = 5;

/// Where and what: the rest of the sentence is the caller's.
type Mistake = String;

/// Reads a policy. `place` is the file, for people.
pub fn parse(place: &str, text: &str) -> Result<Policy, String> {
    read(text)
        .map(|policy| Policy {
            place: Some(place.to_owned()),
            ..policy
        })
        .map_err(|mistake| format!("{place}: {mistake}"))
}

fn read(text: &str) -> Result<Policy, Mistake> {
    let document = Document::parse(text).map_err(|error| {
        let said = error.message().trim().replace('\n', ", ");
        at(text, error.span(), &said)
    })?;
    let reader = Reader { text };
    let root = document.as_table();
    reader.known(root, TOP, "key")?;
    let mut policy = Policy::default();
    if let Some(item) = root.get("time_zone") {
        let name = reader.string(item, "time_zone")?;
        policy.zone = TimeZone::get(name).map_err(|_| {
            reader.mistake(item, &format!("there is no time zone `{}`", clip(name, 60)))
        })?;
    }
    if let Some(item) = root.get("standing_approvals") {
        let Some(table) = item.as_table() else {
            return Err(reader.mistake(item, "standing_approvals is a section"));
        };
        reader.known(table, STANDING, "key")?;
        if let Some(item) = table.get("destructive") {
            policy.standing_destructive = reader.flag(item, "destructive")?;
        }
    }
    if let Some(item) = root.get("rule") {
        let Some(rules) = item.as_array_of_tables() else {
            return Err(reader.mistake(item, "each rule begins with a line `[[rule]]`"));
        };
        if rules.len() > MAX_RULES {
            return Err(format!("there are more than {MAX_RULES} rules"));
        }
        for table in rules {
            let rule = reader.rule(table)?;
            if let Some(earlier) = policy.rules.iter().find(|one| one.name == rule.name) {
                return Err(format!(
                    "line {}: the name `{}` stands on line {} already: a name says which rule decided",
                    rule.line, rule.name, earlier.line
                ));
            }
            policy.rules.push(rule);
        }
    }
    Ok(policy)
}

/// A text and where it stands.
type Written<'a> = (&'a str, Option<Range<usize>>);

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn rule(&self, table: &Table) -> Result<Rule, Mistake> {
        self.known(table, RULE, "key")?;
        let place = table.span();
        let line = line_of(self.text, place.clone());
        let here = |what: &str| at(self.text, place.clone(), what);
        let name = match table.get("name") {
            Some(item) => self.string(item, "name")?.trim().to_owned(),
            None => {
                return Err(here(
                    "a rule needs a `name`, so that a refusal can say which one decided",
                ));
            }
        };
        if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
            return Err(here("the name of a rule has 1 to 80 printable characters"));
        }
        let decision: Decision = match table.get("decision") {
            Some(item) => self.word(item, self.string(item, "decision")?, "never, ask or pass")?,
            None => return Err(here("a rule needs a `decision`: never, ask or pass")),
        };
        let people = self.people(table, decision)?;
        let rehearsal = match table.get("rehearsal") {
            Some(item) => self.flag(item, "rehearsal")?,
            None => false,
        };
        if rehearsal && decision != Decision::Ask {
            return Err(here("`rehearsal` goes with decision = \"ask\" only"));
        }
        let rule = Rule {
            operation_lines: self.lines(table, "operations")?,
            guest_lines: self.lines(table, "guests")?,
            risks: self.words(table, "risks", CHANGES)?,
            roles: self.words(table, "roles", "operator or admin")?,
            surfaces: self.words(table, "surfaces", "cli, web, api, chat, mcp or schedule")?,
            operations: self.operations(table)?,
            guests: self.guests(table)?,
            times: self.parsed::<Window>(table, "times")?,
            verdict: Verdict {
                decision,
                people,
                rehearsal,
            },
            name,
            line,
        };
        if rule.risks.contains(&Risk::Read) {
            return Err(here(&format!("reading is free: `risks` are {CHANGES}")));
        }
        if rule.roles.contains(&Role::Viewer) {
            return Err(here(
                "a viewer changes nothing, whatever a rule says: `roles` are operator or admin",
            ));
        }
        if decision == Decision::Pass && rule.surfaces.is_empty() {
            return Err(here("a rule that lets something pass names its `surfaces`"));
        }
        Ok(rule)
    }

    fn people(&self, table: &Table, decision: Decision) -> Result<u32, Mistake> {
        let Some(item) = table.get("people") else {
            return Ok(1);
        };
        let number = item.as_integer().filter(|n| (1..=MAX_PEOPLE).contains(n));
        let Some(people) = number.and_then(|n| u32::try_from(n).ok()) else {
            return Err(self.mistake(
                item,
                &format!("people: expected a whole number from 1 to {MAX_PEOPLE}"),
            ));
        };
        if decision != Decision::Ask {
            return Err(self.mistake(item, "`people` goes with decision = \"ask\" only"));
        }
        Ok(people)
    }

    fn operations(&self, table: &Table) -> Result<Vec<String>, Mistake> {
        let Some(item) = table.get("operations") else {
            return Ok(Vec::new());
        };
        self.strings(item, "operations")?
            .into_iter()
            .map(|(text, span)| {
                let plain = |byte: u8| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._*".contains(&byte)
                };
                if !text.is_empty() && text.bytes().all(plain) {
                    Ok(text.to_owned())
                } else {
                    Err(at(
                        self.text,
                        span,
                        &format!(
                            "`{}` is no operation; write it as in `guests.stop` or `guests.*`",
                            clip(text, 60)
                        ),
                    ))
                }
            })
            .collect()
    }

    fn guests(&self, table: &Table) -> Result<Vec<Selector>, Mistake> {
        let Some(item) = table.get("guests") else {
            return Ok(Vec::new());
        };
        self.strings(item, "guests")?
            .into_iter()
            .map(|(text, span)| {
                let wrong = |what: String| at(self.text, span.clone(), &what);
                let selector =
                    Selector::strict(text).map_err(|why| wrong(format!("guests: {why}")))?;
                match selector.rests_on_what_passes() {
                    None => Ok(selector),
                    Some(key) => Err(wrong(format!(
                        "guests `{selector}`: a rule cannot rest on `{key}`, which changes by itself or is not known of every guest"
                    ))),
                }
            })
            .collect()
    }

    /// The line of each text of a list.
    fn lines(&self, table: &Table, key: &str) -> Result<Vec<usize>, Mistake> {
        let Some(item) = table.get(key) else {
            return Ok(Vec::new());
        };
        let texts = self.strings(item, key)?;
        Ok(texts
            .into_iter()
            .map(|(_, span)| line_of(self.text, span))
            .collect())
    }

    fn words<T: DeserializeOwned>(
        &self,
        table: &Table,
        key: &str,
        expected: &str,
    ) -> Result<Vec<T>, Mistake> {
        let Some(item) = table.get(key) else {
            return Ok(Vec::new());
        };
        self.strings(item, key)?
            .into_iter()
            .map(|(text, span)| {
                from_word(text).ok_or_else(|| at(self.text, span, &unexpected(text, expected)))
            })
            .collect()
    }

    fn word<T: DeserializeOwned>(
        &self,
        item: &Item,
        text: &str,
        expected: &str,
    ) -> Result<T, Mistake> {
        from_word(text).ok_or_else(|| self.mistake(item, &unexpected(text, expected)))
    }

    fn parsed<T>(&self, table: &Table, key: &str) -> Result<Vec<T>, Mistake>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        let Some(item) = table.get(key) else {
            return Ok(Vec::new());
        };
        self.strings(item, key)?
            .into_iter()
            .map(|(text, span)| {
                text.parse()
                    .map_err(|why: T::Err| at(self.text, span, &format!("{key}: {why}")))
            })
            .collect()
    }

    /// One text, or a list of them; an empty list would say "any" where somebody meant "none".
    fn strings<'a>(&self, item: &'a Item, key: &str) -> Result<Vec<Written<'a>>, Mistake> {
        let wrong = || {
            self.mistake(
                item,
                &format!("{key}: expected text in quotes, or a list of texts"),
            )
        };
        let list: Option<Vec<_>> = match item.as_value() {
            Some(Value::String(text)) => Some(vec![(text.value().as_str(), item.span())]),
            Some(Value::Array(list)) => list
                .iter()
                .map(|value| Some((value.as_str()?, value.span())))
                .collect(),
            Some(_) | None => None,
        };
        match list {
            Some(list) if list.is_empty() => Err(self.mistake(
                item,
                &format!("{key} is empty: leave the key out where anything is meant"),
            )),
            Some(list) => Ok(list),
            None => Err(wrong()),
        }
    }

    fn string<'a>(&self, item: &'a Item, key: &str) -> Result<&'a str, Mistake> {
        item.as_str()
            .ok_or_else(|| self.mistake(item, &format!("{key}: expected text in quotes")))
    }

    fn flag(&self, item: &Item, key: &str) -> Result<bool, Mistake> {
        item.as_bool()
            .ok_or_else(|| self.mistake(item, &format!("{key}: expected true or false")))
    }

    fn known(&self, table: &Table, keys: &[&str], what: &str) -> Result<(), Mistake> {
        for (name, item) in table {
            if !keys.contains(&name) {
                let span = table
                    .get_key_value(name)
                    .and_then(|(key, _)| key.span())
                    .or_else(|| item.span());
                return Err(at(
                    self.text,
                    span,
                    &format!(
                        "there is no {what} `{}`; there are {}",
                        clip(name, 60),
                        keys.join(", ")
                    ),
                ));
            }
        }
        Ok(())
    }

    fn mistake(&self, item: &Item, what: &str) -> Mistake {
        at(self.text, item.span(), what)
    }
}

fn unexpected(text: &str, expected: &str) -> String {
    format!("`{}` is none of {expected}", clip(text, 60))
}

fn from_word<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(Json::from(text)).ok()
}

fn at(text: &str, span: Option<Range<usize>>, what: &str) -> Mistake {
    format!("line {}: {what}", line_of(text, span))
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start);
    text.bytes()
        .take(start)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mistake(text: &str) -> String {
        parse("policy.toml", text).unwrap_err()
    }

    fn rule(lines: &str) -> String {
        format!("[[rule]]\nname = \"r\"\ndecision = \"ask\"\n{lines}\n")
    }

    #[test]
    fn a_policy_reads_as_it_was_written() {
        let policy = parse(
            "policy.toml",
            r#"
            time_zone = "Europe/Berlin"
            standing_approvals.destructive = true

            [[rule]]
            name = "production"
            guests = ["tag=prod", "pool=shop"]
            risks = ["disruptive", "destructive"]
            decision = "ask"
            people = 2
            rehearsal = true

            [[rule]]
            name = "mcp reads"
            surfaces = "mcp"
            decision = "never"

            [[rule]]
            name = "nightly"
            surfaces = ["schedule"]
            operations = "guests.reboot"
            guests = "tag=batch"
            times = ["mon..fri 22:00-06:00", "sat,sun"]
            decision = "pass"
            "#,
        )
        .unwrap();
        assert_eq!(policy.zone.iana_name(), Some("Europe/Berlin"));
        assert!(policy.standing_destructive);
        let told: Vec<String> = policy
            .rules
            .iter()
            .map(|rule| {
                format!(
                    "{} line {}: {:?} {:?} {:?} {:?} {:?}",
                    rule.name,
                    rule.line,
                    rule.risks,
                    rule.surfaces,
                    rule.operations,
                    rule.guests
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>(),
                    rule.verdict
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "production line 5: [Disruptive, Destructive] [] [] [\"tag=prod\", \"pool=shop\"] Verdict { decision: Ask, people: 2, rehearsal: true }",
                "mcp reads line 13: [] [Mcp] [] [] Verdict { decision: Never, people: 1, rehearsal: false }",
                "nightly line 18: [] [Schedule] [\"guests.reboot\"] [\"tag=batch\"] Verdict { decision: Pass, people: 1, rehearsal: false }",
            ]
        );
    }

    #[test]
    fn the_example_of_the_documents_is_a_policy() {
        let text = include_str!("../../../../docs/examples/policy.toml");
        let policy = parse("policy.toml", text).unwrap();
        let names: Vec<&str> = policy.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(
            names,
            ["production", "mcp reads", "office hours", "nightly"]
        );
    }

    #[test]
    fn each_mistake_is_one_sentence_with_its_line() {
        let rows = [
            (
                "rules = 1",
                "line 1: there is no key `rules`; there are time_zone, rule, standing_approvals",
            ),
            (
                "\ntime_zone = \"Moon\"",
                "line 2: there is no time zone `Moon`",
            ),
            (
                "rule = 1",
                "line 1: each rule begins with a line `[[rule]]`",
            ),
            (
                "[standing_approvals]\nall = true",
                "line 2: there is no key `all`; there are destructive",
            ),
            (
                "[[rule]]\ndecision = \"ask\"",
                "line 1: a rule needs a `name`, so that a refusal can say which one decided",
            ),
            (
                "[[rule]]\nname = \"x\"",
                "line 1: a rule needs a `decision`: never, ask or pass",
            ),
            (
                "[[rule]]\nname = \"x\"\ndecision = \"perhaps\"",
                "line 3: `perhaps` is none of never, ask or pass",
            ),
            (
                &rule("persons = 2"),
                "line 4: there is no key `persons`; there are name, risks, roles, surfaces, operations, guests, times, decision, people, rehearsal",
            ),
            (
                &rule("people = 0"),
                "line 4: people: expected a whole number from 1 to 5",
            ),
            (
                &rule("people = \"2\""),
                "line 4: people: expected a whole number from 1 to 5",
            ),
            (
                &rule("rehearsal = 1"),
                "line 4: rehearsal: expected true or false",
            ),
            (
                &rule("risks = [\"read\"]"),
                "line 1: reading is free: `risks` are reversible, disruptive or destructive",
            ),
            (
                &rule("risks = [\"bad\"]"),
                "line 4: `bad` is none of reversible, disruptive or destructive",
            ),
            (
                &rule("roles = [\"viewer\"]"),
                "line 1: a viewer changes nothing, whatever a rule says: `roles` are operator or admin",
            ),
            (
                &rule("surfaces = []"),
                "line 4: surfaces is empty: leave the key out where anything is meant",
            ),
            (
                &rule("surfaces = 3"),
                "line 4: surfaces: expected text in quotes, or a list of texts",
            ),
            (
                &rule("operations = \"Guests stop\""),
                "line 4: `Guests stop` is no operation; write it as in `guests.stop` or `guests.*`",
            ),
            (
                &rule("times = \"noon\""),
                "line 4: times: `noon` is no time: `noon` is no day; write days and hours as in `mon..fri 22:00-06:00`",
            ),
            (
                &rule("guests = \"backup_age>1d\""),
                "line 4: guests `backup_age>1d`: a rule cannot rest on `backup_age`, which changes by itself or is not known of every guest",
            ),
            (
                &rule("guests = \"status=running\""),
                "line 4: guests `status=running`: a rule cannot rest on `status`, which changes by itself or is not known of every guest",
            ),
            (
                &rule("guests = [\n\"tag=prod\",\n\"tag==\",\n]"),
                "line 6: guests: selector `tag==`: there is one `=` too many; `key=value` compares, as in `tag=prod`",
            ),
            (
                &rule("guests = \"((\""),
                "line 4: guests: selector `((`: `((` cannot be the name of a guest: there is no `(` in one",
            ),
            (
                &rule("guests = \"tag=prod or tag=web\""),
                "line 4: guests: selector `tag=prod or tag=web`: `or` is read as the name of a guest; a blank means and, a comma between values or a list of selectors means or, `!` means not (`name=or` is a guest of that name)",
            ),
            (
                "[[rule]]\nname = \"x\"\ndecision = \"pass\"",
                "line 1: a rule that lets something pass names its `surfaces`",
            ),
            (
                "[[rule]]\nname = \"x\"\ndecision = \"never\"\npeople = 2",
                "line 4: `people` goes with decision = \"ask\" only",
            ),
            (
                "[[rule]]\nname = \"x\"\ndecision = \"never\"\nrehearsal = true",
                "line 1: `rehearsal` goes with decision = \"ask\" only",
            ),
            (
                &format!("{}{}", rule(""), rule("")),
                "line 5: the name `r` stands on line 1 already: a name says which rule decided",
            ),
        ];
        for (text, want) in rows {
            assert_eq!(mistake(text), format!("policy.toml: {want}"), "{text}");
        }
        assert!(mistake("a = = 1").starts_with("policy.toml: line 1: "));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(\\[\\[rule\\]\\]\n)?(name|decision|people|guests|x) = (\"\\PC{0,8}\"|[0-9]{1,3}|\\[\\])\n\\PC{0,20}") {
            let _ = parse("p", &text);
        }
    }
}
