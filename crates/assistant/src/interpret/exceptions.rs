//! "… except web-03 and the db boxes": what an order must leave alone.
//!
//! An exception that cannot be resolved stops the whole order: acting on more than was meant is the
//! one mistake that must not happen.

use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, choice, left_over};
use super::filters::{filter_begins, filters};
use super::groups::{Quantity, phrase, quantity, words_before_noun};
use super::identities::identity;
use super::items::{hit, item_may_begin};
use super::targets::{About, Condition, Item, Target, name_term};

const EXCEPT: &[&str] = &[
    "except",
    "except for",
    "excepting",
    "excluding",
    "exclude",
    "but not",
    "but",
    "without",
    "other than",
    "apart from",
    "aside from",
    "minus",
    "save for",
    "not including",
    "leaving out",
    "skipping",
    "skip",
    "not",
    "and not",
    "with the exception of",
];

/// Moves over an exception word, unless it starts something else ("without memory").
fn take_except(cursor: &mut Cursor<'_>) -> bool {
    let here = cursor.at;
    cursor.take(",");
    if cursor.take_longest(EXCEPT).is_some()
        && !matches!(
            cursor.word(),
            "memory" | "ram" | "vmstate" | "state" | "then" | "first"
        )
    {
        return true;
    }
    cursor.at = here;
    false
}

/// The exceptions that stand here, if any, added to the target.
pub(super) fn exceptions(cursor: &mut Cursor<'_>, target: &mut Target) -> Reading<()> {
    let from = cursor.at;
    if !take_except(cursor) {
        return Ok(());
    }
    loop {
        cursor.bare_names = true;
        let found = exception(cursor);
        cursor.bare_names = false;
        target.exceptions.push(found?);
        let here = cursor.at;
        if !super::items::take_list_link(cursor) && !cursor.take("or") {
            if take_except(cursor) {
                continue;
            }
            break;
        }
        // "not a or b" and "except a or b" leave out both.
        cursor.take_any(&["except", "not"]);
        if cursor.ended() || !(item_may_begin(cursor) || filter_begins(cursor)) {
            cursor.at = here;
            break;
        }
    }
    for exception in &target.exceptions {
        let same = |item: &Item| matches!(item, Item::One { selector, .. } if exception.term == format!("!{selector}"));
        if target.items.iter().any(same) {
            return Err(Doubt::no(
                "The sentence names the same guest as a target and as an exception",
            ));
        }
    }
    if !target.has_set() {
        return Err(Doubt::no(
            "There is nothing to except from: the targets are named one by one",
        ));
    }
    ask_where_a_place_belongs(cursor, from)
}

/// One exception, as a negated condition.
fn exception(cursor: &mut Cursor<'_>) -> Reading<Condition> {
    let start = cursor.at;
    if cursor
        .take_any(&["anything", "everything", "any", "those", "the ones", "ones"])
        .is_some()
        && filter_begins(cursor)
    {
        return only(&filters(cursor)?);
    }
    cursor.at = start;
    if filter_begins(cursor) {
        return only(&filters(cursor)?);
    }
    if let Some((items, _)) = super::items::pronoun(cursor)? {
        return negated_item(items.items.as_slice());
    }
    let amount = quantity(cursor);
    cursor.take("any");
    let found = hit(cursor);
    let before = words_before_noun(cursor);
    // "the db boxes", "containers": a group, unless the words before the noun are a guest's name.
    if let Some(before) = before
        && found.as_ref().is_none_or(|found| found.length < before)
        && identity(&mut cursor.clone(), None)?.is_none()
    {
        let amount = match super::groups::noun_at(cursor, before) {
            Some((_, true, _)) => Quantity::All,
            _ => amount,
        };
        let phrase = phrase(cursor, start, amount, before)?;
        return match phrase.item {
            Item::Group(group) => {
                let mut parts = group.heads;
                if group
                    .noun
                    .is_some_and(|noun| noun != super::lexicon::Noun::Guest)
                {
                    let kind = if group.noun == Some(super::lexicon::Noun::Container) {
                        "lxc"
                    } else {
                        "qemu"
                    };
                    parts.push(Condition::new(
                        About::Other,
                        format!("kind={kind}"),
                        format!("{kind} guests"),
                    ));
                }
                parts.extend(group.conditions);
                only(&parts)
            }
            item @ (Item::One { .. } | Item::Range { .. }) => negated_item(&[item]),
        };
    }
    let items = super::items::plain_item(cursor, start)?;
    negated_item(&items)
}

/// A negated term can hold one condition: "not (tagged a and on b)" has no selector.
fn only(conditions: &[Condition]) -> Reading<Condition> {
    let [condition] = conditions else {
        return Err(Doubt::no(
            "An exception can have one condition only; name those guests instead",
        ));
    };
    if condition.term.starts_with('!') {
        return Err(Doubt::no(
            "An exception that is itself negated is not certain enough",
        ));
    }
    let said = match condition.said.split_once(' ') {
        Some(("tagged" | "on" | "in" | "whose" | "that" | "named", _)) => {
            format!("those {}", condition.said)
        }
        _ => condition.said.clone(),
    };
    Ok(Condition {
        said,
        ..condition.clone()
    }
    .negated())
}

fn negated_item(items: &[Item]) -> Reading<Condition> {
    let condition = match items {
        [Item::One { selector, said, .. }] => {
            Condition::new(About::Identity, selector.clone(), said.clone())
        }
        [
            Item::Range {
                first,
                last,
                conditions,
            },
        ] if conditions.is_empty() => Condition::new(
            About::Identity,
            format!("{first}-{last}"),
            format!("guests {first} to {last}"),
        ),
        // A range of names: alternatives inside one term.
        several if several.len() > 1 => {
            let mut names = Vec::new();
            for item in several {
                let Item::One { said, .. } = item else {
                    return Err(Doubt::no("I cannot tell what is excepted"));
                };
                names.push(name_term(said));
            }
            Condition::new(About::Identity, names.join(","), names.join(", "))
        }
        _ => return Err(Doubt::no("I cannot tell what is excepted")),
    };
    Ok(condition.negated())
}

/// "all web boxes except web-03 on pve2": only the web boxes on pve2, or every web box?
fn ask_where_a_place_belongs(cursor: &mut Cursor<'_>, from: usize) -> Reading<()> {
    let end = cursor.at;
    if cursor.ended() || !filter_begins(cursor) {
        return Ok(());
    }
    let mut probe = cursor.clone();
    if filters(&mut probe).is_err() || probe.at == end {
        return Err(left_over(cursor));
    }
    let exception = cursor.typed(from, end);
    let condition = cursor.typed(end, probe.at);
    let options = vec![
        choice(
            format!("only those {condition}"),
            cursor.replaced(from, probe.at, &format!("{condition} {exception}")),
        ),
        choice(
            format!("all of them, {exception}"),
            cursor.replaced(from, probe.at, exception),
        ),
    ];
    Err(Doubt::ask(
        format!("Does \"{condition}\" belong to all of them?"),
        options,
    ))
}
