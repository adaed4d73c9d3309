//! What is said to the memory beyond the phrases of its operations: whom a fact is about, what is to be
//! forgotten, what restricts.

use serde_json::{Value, json};

use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, choice};
use super::items::{hit, target};
use super::lexer::{TokenKind, tokens};
use super::questions::{LIST, ask};
use super::{Answer, Focus, Question, Wish};

const ADD: &str = "memory.add";
/// Names that a question back lists.
const NAMED: usize = 4;

const FOR_ONESELF: &[&str] = &["remember for me", "remember for myself"];
const FORGET: &[&str] = &[
    "forget what you know",
    "forget what you remember",
    "forget all you know",
    "forget all that you know",
    "forget everything you know",
    "forget everything that you know",
    "forget everything",
    "forget all",
    "forget all facts",
    "forget the facts",
    "forget what is kept",
    "forget what is known",
    "delete what you know",
    "delete what is kept",
    "delete the facts",
    "delete all facts",
];
const RESTRICTIONS: &[&str] = &[
    "what restrictions are there",
    "which restrictions are there",
    "what restrictions apply",
    "which restrictions apply",
    "what restrictions are kept",
    "which restrictions are kept",
    "what restrictions are in force",
    "which restrictions are in force",
    "what restrictions do we have",
    "which restrictions do we have",
    "are there restrictions",
    "are there any restrictions",
    "is anything restricted",
    "is anything forbidden",
    "what is restricted",
    "what's restricted",
    "what is forbidden",
    "what's forbidden",
    "what must not be done",
    "what may not be done",
];

/// A wish to keep a fact that names a guest is one about that guest; of several it is asked which.
pub(super) fn about(wishes: Vec<Wish>, cursor: &Cursor<'_>) -> Reading<Vec<Wish>> {
    wishes
        .into_iter()
        .map(|wish| about_one(wish, cursor))
        .collect()
}

fn about_one(mut wish: Wish, cursor: &Cursor<'_>) -> Reading<Wish> {
    let given = |field: &str| wish.input.get(field).is_some();
    if wish.op != ADD || given("guest") || given("cluster") || given("team") || for_oneself(cursor)
    {
        return Ok(wish);
    }
    let Some(text) = wish.input.get("text").and_then(Value::as_str) else {
        return Ok(wish);
    };
    let names = names_in(text, cursor);
    let [name] = names.as_slice() else {
        if names.is_empty() {
            return Ok(wish);
        }
        let listed: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
        let about = listed
            .iter()
            .map(|name| choice(*name, format!("remember about {name}: {text}")));
        let others = [
            choice("for the team", format!("remember for the team that {text}")),
            choice("for me alone", format!("remember for me that {text}")),
        ];
        return Err(Doubt::ask(
            format!(
                "That names {}, and what is kept is about one guest, for the team or for you alone. Which is it?",
                listed.join(" and ")
            ),
            about.chain(others).collect(),
        ));
    };
    wish.selectors = vec![name.clone()];
    let name = json!(name);
    if let Some(fields) = wish.input.as_object_mut() {
        fields.insert("guest".to_owned(), name);
    }
    Ok(wish)
}

/// Whether the sentence says that nobody else is to see it.
fn for_oneself(cursor: &Cursor<'_>) -> bool {
    let mut probe = cursor.clone();
    (0..cursor.tokens.len()).any(|at| {
        probe.at = at;
        FOR_ONESELF
            .iter()
            .any(|words| probe.phrase_at(0, words).is_some())
    })
}

/// The guests that a text names, each once: by their names, or in full.
fn names_in(text: &str, around: &Cursor<'_>) -> Vec<String> {
    let tokens = tokens(text);
    let nowhere = Focus::default();
    let mut cursor = Cursor::new(text, &tokens, around.vocabulary, &nowhere);
    let mut names: Vec<String> = Vec::new();
    while let Some(token) = cursor.token() {
        let parts: Vec<&str> = token.raw.split('/').collect();
        let (found, length) = match (hit(&cursor), parts.as_slice()) {
            (Some(found), _) => (found.names, found.length),
            (None, [_, _, id]) if token.kind == TokenKind::Word && id.parse::<u32>().is_ok() => {
                (vec![token.raw.clone()], 1)
            }
            (None, _) => (Vec::new(), 1),
        };
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        cursor.at += length;
    }
    names
}

/// "forget what you know about gitlab", "what restrictions are there": looked up, and nothing is done yet.
pub(super) fn question(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let known = |op: &str| cursor.vocabulary.phrases().speaks_of(op);
    if !known("memory.recall") || !known("memory.list") {
        return Ok(None);
    }
    match forget(cursor)? {
        Some(found) => Ok(Some(found)),
        None => restrictions(cursor),
    }
}

fn forget(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let from = cursor.at;
    let said = cursor.take_longest(FORGET).is_some();
    if said && cursor.take_any(&["about", "of", "on"]).is_none() {
        cursor.at = from;
        return Ok(None);
    }
    // "forget gitlab": only where that is a guest, else it may be a fact.
    let names_a_guest = said || (cursor.take("forget") && hit(cursor).is_some());
    if !names_a_guest {
        cursor.at = from;
        return Ok(None);
    }
    let target = target(cursor)?;
    if !cursor.finish() {
        cursor.at = from;
        return Ok(None);
    }
    Ok(Some(ask(
        "memory.recall",
        json!({ "guests": target.selectors() }),
        Answer::Forget,
        format!("what can be forgotten about {}", target.said()),
    )))
}

fn restrictions(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let from = cursor.at;
    let mut said = cursor.take_longest(RESTRICTIONS).is_some();
    if !said {
        cursor.take_longest(LIST);
        cursor.take_any(&["all the", "all", "the", "my", "our", "any"]);
        said = cursor.take("restrictions");
    }
    if !said {
        cursor.at = from;
        return Ok(None);
    }
    if cursor.clone().finish() {
        return Ok(Some(ask(
            "memory.list",
            json!({ "kind": "restriction" }),
            Answer::Restrictions,
            "what restricts",
        )));
    }
    if cursor
        .take_any(&["on", "for", "of", "about", "to"])
        .is_none()
    {
        cursor.at = from;
        return Ok(None);
    }
    let target = target(cursor)?;
    if !cursor.finish() {
        cursor.at = from;
        return Ok(None);
    }
    Ok(Some(ask(
        "memory.list",
        json!({ "kind": "restriction", "guests": target.selectors() }),
        Answer::Restrictions,
        format!("what restricts {}", target.said()),
    )))
}
