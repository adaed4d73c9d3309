//! What stands in the holes of phrases.

use ops::phrase::Hole;
use serde_json::{Value, json};

use super::{Halt, amounts, calendar};
use crate::interpret::cursor::Cursor;
use crate::interpret::doubt::{Doubt, Reading, choice, left_over, shortened};
use crate::interpret::filters::{unknown_place, words_typed};
use crate::interpret::identities::LOWEST_ID;
use crate::interpret::items::{take_list_link, target};
use crate::interpret::lexer::TokenKind;
use crate::interpret::lexicon::is_reserved;
use crate::interpret::targets::Target;
use crate::interpret::vocabulary::Kind;
use crate::interpret::{orders, snapshots};

/// One way to fill a hole.
pub(super) struct Filling<'a> {
    pub cursor: Cursor<'a>,
    pub fields: Vec<(&'static str, Value)>,
    pub said: String,
    pub target: Option<Target>,
    pub pointed: Option<(usize, usize, String)>,
}

/// The ways to fill a hole here, and the doubt where there is none.
pub(super) fn fillings<'a>(
    hole: Hole,
    field: &'static str,
    cursor: &Cursor<'a>,
) -> (Vec<Filling<'a>>, Option<Halt>) {
    match hole {
        Hole::Guests | Hole::Guest => guests(hole, field, cursor),
        Hole::Order => order(cursor),
        _ => {
            let mut after = cursor.clone();
            after.skip_fillers();
            let from = after.at;
            match value(hole, &mut after) {
                Ok(Some(value)) => {
                    let said = cursor.typed(from, after.at).to_owned();
                    let filling = Filling {
                        cursor: after,
                        fields: vec![(field, value)],
                        said,
                        target: None,
                        pointed: None,
                    };
                    (vec![filling], None)
                }
                Ok(None) => (Vec::new(), None),
                Err(doubt) => (Vec::new(), Some((after.at, doubt))),
            }
        }
    }
}

/// Guests can be read in two ways where a place stands behind a name: "put web-01 in pool blue".
fn guests<'a>(
    hole: Hole,
    field: &'static str,
    cursor: &Cursor<'a>,
) -> (Vec<Filling<'a>>, Option<Halt>) {
    let mut found: Vec<Filling<'a>> = Vec::new();
    let mut halt = None;
    for bare_names in [false, true] {
        let mut after = cursor.clone();
        after.bare_names = bare_names;
        after.skip_fillers();
        let from = after.at;
        let spoken_of = cursor.antecedent.is_none()
            && matches!(
                after.word(),
                "it" | "this" | "that" | "them" | "these" | "those"
            );
        let read = target(&mut after);
        after.bare_names = cursor.bare_names;
        let target = match read {
            Ok(target) if hole == Hole::Guest && !target.is_single() => {
                let doubt = Doubt::no("That is done to one guest at a time; name one");
                halt = halt.or(Some((after.at, doubt)));
                continue;
            }
            Ok(target) => target,
            Err(doubt) => {
                let at = after.at;
                halt = halt.or(Some((at, doubt)));
                // Where not even the first word is a guest, another reading finds none either.
                if at == from {
                    break;
                }
                continue;
            }
        };
        if found.iter().any(|known| known.cursor.at == after.at) {
            continue;
        }
        let selectors = target.selectors();
        let value = match (hole, field) {
            (Hole::Guest, name) if name != "guests" => json!(selectors.first()),
            _ => json!(selectors),
        };
        let to = after.at;
        found.push(Filling {
            cursor: after,
            fields: vec![(field, value)],
            said: target.said(),
            pointed: spoken_of.then(|| (from, to, target.said())),
            target: Some(target),
        });
    }
    (found, halt)
}

/// A whole order inside another: "every night at 02:30 restart web-01".
fn order<'a>(cursor: &Cursor<'a>) -> (Vec<Filling<'a>>, Option<Halt>) {
    if cursor.within_order {
        return (Vec::new(), None);
    }
    let mut after = cursor.clone();
    after.within_order = true;
    after.take(",");
    after.skip_fillers();
    if !orders::begins(&after) {
        return (Vec::new(), None);
    }
    let read = orders::clause(&mut after);
    after.within_order = false;
    let wishes = match read {
        Ok(wishes) => wishes,
        Err(doubt) => return (Vec::new(), Some((after.at, doubt))),
    };
    let [wish] = wishes.as_slice() else {
        let doubt = Doubt::no("One order at a time can come again and again");
        return (Vec::new(), Some((after.at, doubt)));
    };
    if !after.vocabulary.phrases().can_come_again(wish.op) {
        let doubt =
            Doubt::no("That is made of other operations, which alone can come again and again");
        return (Vec::new(), Some((after.at, doubt)));
    }
    if wish.op == "snapshots.create" {
        // Each would have the same name: from the second time on there would be none.
        let doubt = Doubt::no(
            "Snapshots that come again and again need to say how many of them stay: add \"keep 7\"",
        );
        return (Vec::new(), Some((after.at, doubt)));
    }
    let target = after.antecedent.clone();
    let filling = Filling {
        fields: vec![("op", json!(wish.op)), ("input", wish.input.clone())],
        said: wish.said.clone(),
        target,
        pointed: None,
        cursor: after,
    };
    (vec![filling], None)
}

/// The value of a hole that no guests are in; nothing when it cannot begin here.
fn value(hole: Hole, cursor: &mut Cursor<'_>) -> Reading<Option<Value>> {
    Ok(Some(match hole {
        Hole::Node => json!(node(cursor, false)?),
        Hole::Place => json!(node(cursor, true)?),
        Hole::Places => json!(places(cursor)?),
        Hole::Storage => json!(entry(cursor, Kind::Storage, &["storage", "datastore"])?),
        Hole::Storages => json!([entry(cursor, Kind::Storage, &["storage", "datastore"])?]),
        Hole::Pool => json!(pool(cursor)?),
        Hole::Tags => json!(tags(cursor)?),
        Hole::Name => json!(host_name(cursor)?),
        Hole::Word => json!(plain_word(cursor)?),
        Hole::Words => json!([plain_word(cursor)?]),
        Hole::Text => json!(text(cursor)?),
        Hole::Snapshot => json!(snapshots::announced_name(cursor)?),
        Hole::Size => json!(amounts::size(cursor)?),
        Hole::More => json!(format!("+{}", amounts::size(cursor)?)),
        Hole::Mebibytes => json!(amounts::mebibytes(cursor)?),
        Hole::Number => json!(amounts::number(cursor)?),
        Hole::Days => json!(amounts::days(cursor)?),
        Hole::Disk => json!(amounts::disk(cursor)?),
        Hole::Id => {
            let id = cursor.word().parse::<u32>().ok();
            let Some(id) = id.filter(|id| *id >= LOWEST_ID) else {
                return Err(Doubt::no(format!("Ids of guests begin at {LOWEST_ID}")));
            };
            cursor.at += 1;
            json!(id)
        }
        Hole::Url => {
            let Some(token) = cursor.token().filter(|token| {
                token.raw.starts_with("https://") || token.raw.starts_with("http://")
            }) else {
                return Err(Doubt::no(
                    "The address has to begin with https:// or http://",
                ));
            };
            cursor.at += 1;
            json!(token.raw)
        }
        Hole::Rest => json!(rest(cursor)?),
        Hole::Calendar => return Ok(calendar::event(cursor)?.map(Value::from)),
        Hole::Guests | Hole::Guest | Hole::Order => return Ok(None),
    }))
}

/// A node, with its cluster where `of_all` asks for it and two have it.
fn node(cursor: &mut Cursor<'_>, of_all: bool) -> Reading<String> {
    const NOUNS: &[&str] = &["node", "host", "hypervisor"];
    if let Some(node) = &cursor.focus.node
        && cursor
            .take_any(&["this node", "this host", "here"])
            .is_some()
    {
        return Ok(node.clone());
    }
    cursor.take("the");
    cursor.take_any(NOUNS);
    if let Some((cluster, node)) = cursor.token().and_then(|token| token.raw.split_once('/')) {
        let vocabulary = cursor.vocabulary;
        let known = vocabulary
            .entry(Kind::Cluster, cluster)
            .zip(vocabulary.entry(Kind::Node, node))
            .map(|(cluster, node)| {
                if of_all {
                    format!("{cluster}/{node}")
                } else {
                    node.to_owned()
                }
            });
        if known.is_some() {
            cursor.at += 1;
        }
        return known.ok_or_else(|| unknown_place(cursor, &[Kind::Node], 1));
    }
    let from = cursor.at;
    let node = entry(cursor, Kind::Node, NOUNS)?;
    if of_all && cursor.vocabulary.node_is_ambiguous(&node) {
        let options = cursor
            .vocabulary
            .clusters()
            .iter()
            .map(|cluster| {
                let full = format!("{cluster}/{node}");
                choice(full.clone(), cursor.replaced(from, cursor.at, &full))
            })
            .collect();
        return Err(Doubt::ask(
            format!("More than one cluster has a node {node}. Which one?"),
            options,
        ));
    }
    Ok(node)
}

/// "pve1 and pve2", "all nodes".
fn places(cursor: &mut Cursor<'_>) -> Reading<Vec<String>> {
    const ALL: &[&str] = &[
        "all nodes",
        "all the nodes",
        "all of the nodes",
        "every node",
        "each node",
        "all hosts",
    ];
    if cursor.take_longest(ALL).is_some() {
        return Ok(vec!["all".to_owned()]);
    }
    cursor.take("the");
    cursor.take_any(&["nodes", "hosts"]);
    let mut found = vec![node(cursor, true)?];
    loop {
        let here = cursor.at;
        if !take_list_link(cursor) {
            return Ok(found);
        }
        match node(cursor, true) {
            Ok(more) => found.push(more),
            Err(_) => {
                cursor.at = here;
                return Ok(found);
            }
        }
    }
}

/// An entry of the inventory's words, with a noun before or behind it.
fn entry(cursor: &mut Cursor<'_>, kind: Kind, nouns: &[&'static str]) -> Reading<String> {
    cursor.take("the");
    cursor.take_any(nouns);
    for length in [2, 1] {
        let Some(typed) = words_typed(cursor, length) else {
            continue;
        };
        if let Some(known) = cursor.vocabulary.entry(kind, typed) {
            cursor.at += length;
            cursor.take_any(nouns);
            return Ok(known.to_owned());
        }
    }
    if cursor.ended() {
        return Err(left_over(cursor));
    }
    Err(unknown_place(cursor, &[kind], 1))
}

/// A pool is said with its noun: a bare word could be a node, a storage or a tag as well.
fn pool(cursor: &mut Cursor<'_>) -> Reading<String> {
    cursor.take("the");
    if !matches!(cursor.word(), "pool") && cursor.word_at(1) != "pool" {
        return Err(left_over(cursor));
    }
    entry(cursor, Kind::Pool, &["pool"])
}

/// Tags, known and new: "blue", "blue and green".
fn tags(cursor: &mut Cursor<'_>) -> Reading<Vec<String>> {
    cursor.take("the");
    cursor.take_any(&["tags", "tag"]);
    let mut found = vec![tag(cursor)?];
    loop {
        let here = cursor.at;
        if !take_list_link(cursor) {
            return Ok(found);
        }
        let another = cursor.token().is_some_and(|token| {
            token.kind == TokenKind::Quoted
                || (!orders::begins(cursor) && !is_reserved(&token.text))
        });
        if !another {
            cursor.at = here;
            return Ok(found);
        }
        if let Some(token) = cursor.token()
            && token.kind == TokenKind::Word
            && !cursor.vocabulary.guests(&token.raw).is_empty()
        {
            return Err(Doubt::no(format!(
                "\"{}\" is the name of a guest; write a tag of that name in quotes",
                shortened(&token.raw)
            )));
        }
        found.push(tag(cursor)?);
    }
}

fn tag(cursor: &mut Cursor<'_>) -> Reading<String> {
    let fits = |text: &str| {
        text.len() <= 64
            && text.starts_with(|sign: char| sign.is_ascii_alphanumeric() || sign == '_')
            && text
                .bytes()
                .all(|sign| sign.is_ascii_alphanumeric() || b"_-+.".contains(&sign))
    };
    let token = cursor.token().filter(|token| token.kind != TokenKind::Mark);
    let Some(token) = token else {
        return Err(Doubt::no("The sentence does not say which tag"));
    };
    if token.kind == TokenKind::Word && is_reserved(&token.text) {
        return Err(left_over(cursor));
    }
    if !fits(&token.raw) {
        return Err(Doubt::no(format!(
            "\"{}\" cannot be a tag: letters, digits, and + - _ . inside",
            shortened(&token.raw)
        )));
    }
    cursor.at += 1;
    // PVE compares tags without regard to case.
    Ok(cursor
        .vocabulary
        .entry(Kind::Tag, &token.raw)
        .filter(|known| known.eq_ignore_ascii_case(&token.raw))
        .map_or_else(|| token.raw.to_lowercase(), str::to_owned))
}

/// The name of a guest that is to be.
fn host_name(cursor: &mut Cursor<'_>) -> Reading<String> {
    let token = cursor.token().filter(|token| {
        token.kind == TokenKind::Quoted
            || (token.kind == TokenKind::Word && !token.possessive && !is_reserved(&token.text))
    });
    let Some(token) = token else {
        return Err(left_over(cursor));
    };
    let edge = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_alphanumeric());
    let name = token.raw.as_str();
    let fits = name.len() <= 255
        && name
            .bytes()
            .all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'.'))
        && edge(name.chars().next())
        && edge(name.chars().last());
    if !fits {
        return Err(Doubt::no(format!(
            "\"{}\" cannot be the name of a guest: letters, digits, - and dots",
            shortened(name)
        )));
    }
    cursor.at += 1;
    Ok(name.to_owned())
}

/// The name of a schedule, a runbook, a service, a run.
fn plain_word(cursor: &mut Cursor<'_>) -> Reading<String> {
    let token = cursor.token().filter(|token| {
        token.kind == TokenKind::Quoted
            || (token.kind == TokenKind::Word && !token.possessive && !is_reserved(&token.text))
    });
    let fits = |text: &str| {
        (1..=120).contains(&text.len())
            && text
                .bytes()
                .all(|sign| sign.is_ascii_alphanumeric() || b"_-.@/+".contains(&sign))
    };
    let Some(token) = token.filter(|token| fits(&token.raw)) else {
        return Err(left_over(cursor));
    };
    cursor.at += 1;
    Ok(token.raw.clone())
}

/// Everything up to the end of the sentence; quotes around the whole are no part of it.
fn rest(cursor: &mut Cursor<'_>) -> Reading<String> {
    cursor.take(":");
    let typed = cursor.typed(cursor.at, cursor.tokens.len());
    let alone = cursor.at + 1 == cursor.tokens.len();
    let text = match cursor.token() {
        Some(token) if alone => token.raw.as_str(),
        _ => typed.trim_end_matches(['.', '!']).trim(),
    };
    if text.is_empty() {
        return Err(left_over(cursor));
    }
    cursor.at = cursor.tokens.len();
    Ok(text.to_owned())
}

fn text(cursor: &mut Cursor<'_>) -> Reading<String> {
    cursor.take(":");
    let quoted = cursor
        .token()
        .filter(|token| token.kind == TokenKind::Quoted);
    let Some(token) = quoted else {
        return Err(Doubt::ask("Write the text in quotes.", Vec::new()));
    };
    cursor.at += 1;
    Ok(token.raw.clone())
}
