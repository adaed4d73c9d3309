//! What people keep about the guests that a plan or a question is about, told beside it on every surface.
//!
//! It is shown and never obeyed: what restricts an operation is a rule of the policy. It is no part of a
//! plan either, so a fact that is kept later leaves the digest as it is.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{actor::Call, error::Code, registry::Registry};

/// The query that finds facts, where the product has a memory.
const RECALL: &str = "memory.recall";
/// More than these of one look-up are on the page of the memory.
const MOST: usize = 5;
/// More than these are not told at once, whatever was looked up.
const MOST_IN_ALL: usize = 12;
/// A longer wording is cut.
const LONGEST: usize = 300;

/// One kept fact, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptFact {
    pub id: String,
    /// Its wording on one line; cut where it is long.
    pub text: String,
    pub author: String,
    /// Seconds since it was kept or last changed.
    pub age_s: u64,
    /// Why it matters here.
    pub why: String,
    /// Whether it says that something must not be done.
    pub restricts: bool,
    /// Why no rule could be made of one that restricts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_rule: Option<String>,
}

impl KeptFact {
    /// Of a row of `memory.recall` or `memory.list`.
    pub fn of(row: &Value) -> Option<Self> {
        let field = |name: &str| row.get(name).and_then(Value::as_str);
        let words: Vec<&str> = field("text")?.split_whitespace().collect();
        Some(Self {
            id: field("id")?.to_owned(),
            text: cut(&words.join(" ")),
            author: field("author")?.to_owned(),
            age_s: row.get("age_s")?.as_u64()?,
            why: field("why").unwrap_or_default().to_owned(),
            restricts: row.get("restriction").is_some_and(Value::is_object)
                || field("no_rule").is_some(),
            no_rule: field("no_rule").map(str::to_owned),
        })
    }

    /// `"web-03 is the payment server" (anna, 3 days ago)`.
    pub fn sentence(&self) -> String {
        let note = match (&self.no_rule, self.restricts) {
            (Some(why), _) => format!("; it restricts, but no rule could be made of it: {why}"),
            (None, true) => {
                "; it stops nothing by itself: a rule of the policy made of it would".to_owned()
            }
            (None, false) => String::new(),
        };
        format!("\"{}\" ({}, {}{note})", self.text, self.author, self.age())
    }

    /// `3 days ago`.
    pub fn age(&self) -> String {
        let (count, unit) = match self.age_s {
            seconds @ 0..60 => (seconds, "second"),
            seconds @ 60..3_600 => (seconds / 60, "minute"),
            seconds @ 3_600..86_400 => (seconds / 3_600, "hour"),
            seconds => (seconds / 86_400, "day"),
        };
        format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
    }
}

/// Facts, each once, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    facts: Vec<KeptFact>,
    /// Those that were found and are not told.
    more: BTreeSet<String>,
    unread: Option<String>,
}

impl Kept {
    /// What is kept about the guests of a stored plan.
    pub async fn about_plan(registry: &Registry, call: &Call, plan: &str) -> Self {
        let mut kept = Self::default();
        kept.look(registry, call, json!({ "plan": plan })).await;
        kept
    }

    /// Adds what `memory.recall` finds for an input; answers what is new of it. A memory that cannot be read
    /// hinders nothing and is told.
    pub async fn look(&mut self, registry: &Registry, call: &Call, input: Value) -> Vec<KeptFact> {
        match registry.query(call, RECALL, input).await {
            Ok(recalled) => self.add(&recalled),
            // A product without a memory has nothing to tell.
            Err(error) if error.code == Code::UnknownOperation => Vec::new(),
            Err(error) => {
                self.unread.get_or_insert_with(|| error.sentence());
                Vec::new()
            }
        }
    }

    fn add(&mut self, recalled: &Value) -> Vec<KeptFact> {
        let rows = recalled.get("facts").and_then(Value::as_array);
        let mut new = Vec::new();
        for fact in rows.into_iter().flatten().filter_map(KeptFact::of) {
            if self.facts.iter().any(|known| known.id == fact.id) {
                continue;
            }
            if new.len() >= MOST || self.facts.len() >= MOST_IN_ALL {
                self.more.insert(fact.id);
                continue;
            }
            self.more.remove(&fact.id);
            self.facts.push(fact.clone());
            new.push(fact);
        }
        new
    }

    /// Nothing is kept, as far as could be read.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.unread.is_none()
    }

    pub fn facts(&self) -> &[KeptFact] {
        &self.facts
    }

    /// Facts that were found and are too many to be told.
    pub fn more(&self) -> usize {
        self.more.len()
    }

    /// Why the memory could not be read.
    pub fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    /// As documents carry it beside a plan; nothing where nothing is kept.
    pub fn to_view(&self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        let mut view = json!({ "facts": self.facts, "more": self.more() });
        if let (Some(why), Some(object)) = (&self.unread, view.as_object_mut()) {
            object.insert("unread".to_owned(), json!(why));
        }
        Some(view)
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: usize, text: &str) -> Value {
        json!({ "id": format!("f_{id}"), "text": text, "author": "anna", "age_s": 200_000, "why": "it is about wagon" })
    }

    #[test]
    fn a_fact_is_told_once_and_those_that_are_too_many_are_counted() {
        let mut kept = Kept::default();
        let rows: Vec<Value> = (0..7).map(|id| row(id, "x")).collect();
        assert_eq!(kept.add(&json!({ "facts": rows })).len(), MOST);
        assert_eq!((kept.facts().len(), kept.more()), (5, 2));
        // The same ones again: those that were left are told now.
        let new = kept.add(&json!({ "facts": rows }));
        let new: Vec<&str> = new.iter().map(|fact| fact.id.as_str()).collect();
        assert_eq!((new, kept.more()), (vec!["f_5", "f_6"], 0));
        let many: Vec<Value> = (0..40).map(|id| row(id, "x")).collect();
        for _ in 0..10 {
            kept.add(&json!({ "facts": many }));
        }
        assert_eq!((kept.facts().len(), kept.more()), (MOST_IN_ALL, 28));
    }

    #[test]
    fn a_fact_is_said_on_one_line_with_author_and_age() {
        let mut kept = Kept::default();
        let long = format!("a\n b {}", "é".repeat(400));
        let rows = json!({ "facts": [row(1, "wagon is old"), row(2, &long)] });
        let told: Vec<String> = kept.add(&rows).iter().map(KeptFact::sentence).collect();
        assert_eq!(told[0], "\"wagon is old\" (anna, 2 days ago)");
        assert_eq!(
            told[1],
            format!("\"a b {}…\" (anna, 2 days ago)", "é".repeat(LONGEST - 4))
        );
        assert_eq!(
            kept.to_view().unwrap()["facts"][0],
            json!({
                "id": "f_1", "text": "wagon is old", "author": "anna", "age_s": 200_000,
                "why": "it is about wagon", "restricts": false
            })
        );
        assert_eq!(Kept::default().to_view(), None);
    }

    #[test]
    fn ages_are_said_in_the_largest_unit() {
        let aged = |age_s: u64| {
            let mut row = row(1, "x");
            row["age_s"] = json!(age_s);
            KeptFact::of(&row).unwrap().age()
        };
        let said: Vec<String> = [0, 1, 120, 7_300, 86_400].map(aged).to_vec();
        assert_eq!(
            said,
            [
                "0 seconds ago",
                "1 second ago",
                "2 minutes ago",
                "2 hours ago",
                "1 day ago"
            ]
        );
    }
}
