//! Guests by identity: ids, ranges of ids, full paths, and selectors as typed.

use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, shortened};
use super::filters::{filter_begins, filters};
use super::groups::noun_at;
use super::items::hit;
use super::lexer::TokenKind;
use super::lexicon::Noun;
use super::targets::{About, Condition, Group, Item, name_term};
use super::vocabulary::Kind;

/// PVE gives ids from 100 on.
pub(super) const LOWEST_ID: u32 = 100;
const HIGHEST_ID: u32 = 999_999_999;

/// "container 105" must be a container. "vm 105" is how people name any guest, the id is enough.
pub(super) fn kind_condition(noun: Noun) -> Option<Condition> {
    match noun {
        Noun::Container => Some(Condition::new(About::Other, "kind=lxc", "(a container)")),
        Noun::Qemu => Some(Condition::new(About::Other, "kind=qemu", "(a qemu VM)")),
        Noun::Guest | Noun::Machine => None,
    }
}

pub(super) fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|sign| sign.is_ascii_digit())
}

fn id(word: &str) -> Option<u32> {
    let word = word.strip_prefix('#').unwrap_or(word);
    if !is_number(word) || word.starts_with('0') {
        return None;
    }
    word.parse()
        .ok()
        .filter(|id| (LOWEST_ID..=HIGHEST_ID).contains(id))
}

/// Ids, ranges of ids and full guest paths, with the noun that may stand before them.
pub(super) fn identity(
    cursor: &mut Cursor<'_>,
    carried: Option<Noun>,
) -> Reading<Option<Vec<Item>>> {
    let start = cursor.at;
    let mut kind = carried;
    if let Some((meaning, _, length)) = noun_at(cursor, 0) {
        // A name such as vm-101 that fits "vm 101" is decided where names are.
        if hit(cursor).is_some_and(|found| found.length > length) {
            return Ok(None);
        }
        kind = Some(meaning);
        cursor.at += length;
    }
    cursor.take_longest(&[
        "with id",
        "with ids",
        "with the id",
        "with the ids",
        "number",
        "numbers",
        "id range",
    ]);
    cursor.take_any(&["id", "ids", "vmid", "vmids"]);
    let from = cursor.take("from") || cursor.take("between");
    if let Some(path) = guest_path(cursor)? {
        return Ok(Some(vec![path]));
    }
    if let Some((first, last)) = id_range(cursor)? {
        if first > last {
            return Err(Doubt::no(format!(
                "The range {first} to {last} is upside down"
            )));
        }
        let conditions: Vec<Condition> = kind.and_then(kind_condition).into_iter().collect();
        return Ok(Some(vec![Item::Range {
            first,
            last,
            conditions,
        }]));
    }
    if let Some(number) = id(cursor.word()).filter(|_| !from) {
        cursor.at += 1;
        let mut conditions: Vec<Condition> = kind.and_then(kind_condition).into_iter().collect();
        if !cursor.bare_names && matches!(cursor.word(), "on" | "in") && filter_begins(cursor) {
            conditions.extend(filters(cursor)?);
        }
        let selector = number.to_string();
        return Ok(Some(vec![Item::One {
            said: format!("guest {selector}"),
            selector,
            conditions,
        }]));
    }
    cursor.at = start;
    Ok(None)
}

/// "105-110", "105..110", "105 to 110", "105 and 110" after "between".
fn id_range(cursor: &mut Cursor<'_>) -> Reading<Option<(u32, u32)>> {
    let word = cursor.word();
    for sign in ["-", "..", "–"] {
        if let Some((first, last)) = word.split_once(sign)
            && let (Some(first), Some(last)) = (id(first), id(last))
        {
            cursor.at += 1;
            return Ok(Some((first, last)));
        }
    }
    let Some(first) = id(word) else {
        return Ok(None);
    };
    let between = cursor.at > 0
        && cursor
            .tokens
            .get(cursor.at - 1)
            .is_some_and(|token| token.text == "between");
    let link = cursor.word_at(1);
    let links =
        matches!(link, "to" | "through" | "thru" | "-" | ".." | "–") || (between && link == "and");
    if !links {
        return Ok(None);
    }
    let Some(last) = id(cursor.word_at(2)) else {
        return Err(Doubt::no(format!(
            "\"{}\" is not a range of ids",
            shortened(cursor.typed(cursor.at, cursor.at + 3))
        )));
    };
    cursor.at += 3;
    Ok(Some((first, last)))
}

/// `cluster/node/id` or `cluster/id`.
fn guest_path(cursor: &mut Cursor<'_>) -> Reading<Option<Item>> {
    let Some(token) = cursor
        .token()
        .filter(|token| token.kind == TokenKind::Word && token.text.contains('/'))
    else {
        return Ok(None);
    };
    let vocabulary = cursor.vocabulary;
    let parts: Vec<&str> = token.raw.split('/').collect();
    let path = match parts.as_slice() {
        [cluster, number] => vocabulary
            .entry(Kind::Cluster, cluster)
            .zip(id(number))
            .map(|(cluster, number)| format!("{cluster}/{number}")),
        [cluster, node, number] => vocabulary
            .entry(Kind::Cluster, cluster)
            .zip(vocabulary.entry(Kind::Node, node))
            .zip(id(number))
            .map(|((cluster, node), number)| format!("{cluster}/{node}/{number}")),
        _ => None,
    };
    let Some(selector) = path else {
        return Err(Doubt::no(format!(
            "\"{}\" is not a guest; a full path is cluster/node/id",
            shortened(&token.raw)
        )));
    };
    cursor.at += 1;
    Ok(Some(Item::One {
        said: format!("guest {selector}"),
        selector,
        conditions: Vec::new(),
    }))
}

/// Terms of the selector grammar as typed: `tag=web node=pve1 !web-03`.
pub(super) fn typed_selector(cursor: &mut Cursor<'_>) -> Reading<Option<Group>> {
    let mut conditions = Vec::new();
    while let Some(token) = cursor.token()
        && token.kind == TokenKind::Word
    {
        let (negated, body) = match token.raw.strip_prefix('!') {
            Some(body) => (true, body),
            None => (false, token.raw.as_str()),
        };
        let condition = if let Some((key, value)) = body.split_once('=') {
            typed_term(cursor, key, value)?
        } else if negated {
            match (cursor.vocabulary.guests(body).as_slice(), id(body)) {
                ([only], _) => Condition::new(About::Identity, name_term(only), *only),
                (_, Some(number)) => Condition::new(
                    About::Identity,
                    number.to_string(),
                    format!("guest {number}"),
                ),
                _ => {
                    return Err(Doubt::no(format!(
                        "There is no guest called \"{}\"",
                        shortened(body)
                    )));
                }
            }
        } else {
            break;
        };
        conditions.push(if negated {
            condition.negated()
        } else {
            condition
        });
        cursor.at += 1;
    }
    Ok((!conditions.is_empty()).then(|| Group {
        conditions,
        ..Group::default()
    }))
}

fn typed_term(cursor: &Cursor<'_>, key: &str, value: &str) -> Reading<Condition> {
    let kind = match key {
        "tag" => Some(Kind::Tag),
        "node" => Some(Kind::Node),
        "pool" => Some(Kind::Pool),
        "cluster" => Some(Kind::Cluster),
        "storage" => Some(Kind::Storage),
        _ => None,
    };
    let known = |part: &str| match (kind, key) {
        (Some(kind), _) => cursor
            .vocabulary
            .entry(kind, part)
            .is_some_and(|entry| entry == part),
        (None, "kind") => matches!(part, "qemu" | "lxc"),
        (None, "status") => matches!(part, "running" | "stopped" | "paused" | "suspended"),
        (None, "name") => !part.is_empty() && !cursor.vocabulary.guests_like(part).is_empty(),
        (None, "id") => id(part).is_some(),
        (None, _) => false,
    };
    if !value.split(',').all(known) {
        return Err(Doubt::no(format!(
            "\"{}\" selects nothing that I know",
            shortened(&format!("{key}={value}"))
        )));
    }
    Ok(Condition::new(
        About::Other,
        format!("{key}={value}"),
        format!("with {key}={value}"),
    ))
}
