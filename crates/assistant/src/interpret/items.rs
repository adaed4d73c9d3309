//! Lists of targets: names, ids, ranges and groups joined by "and".

use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, choice, explain, left_over, shortened};
use super::exceptions::exceptions;
use super::filters::{filter_begins, filters, glob};
use super::groups::{Quantity, noun_at, phrase, quantity, words_before_noun};
use super::identities::{LOWEST_ID, identity, is_number, kind_condition, typed_selector};
use super::lexer::TokenKind;
use super::lexicon::{Noun, is_reserved, noun, verb};
use super::phrases;
use super::targets::{About, Condition, Group, Item, Target, name_term};
use super::vocabulary::Kind;

/// A range of names stands for at most this many guests.
const LONGEST_NAME_RANGE: u64 = 500;

/// One member of a list and where it stands in the sentence.
struct Member {
    start: usize,
    end: usize,
    /// Where the conditions behind a group's noun begin; `end` when there are none.
    conditions_from: usize,
    group: bool,
}

/// The targets of an order.
pub(super) fn target(cursor: &mut Cursor<'_>) -> Reading<Target> {
    let both = cursor.phrase_at(0, "both").is_some() && {
        let mut probe = cursor.clone();
        probe.at += 1;
        hit(&probe).is_some()
    };
    if both {
        cursor.at += 1;
    }
    let list_start = cursor.at;
    let mut target = Target::default();
    let mut members: Vec<Member> = Vec::new();
    let mut carried = None;
    loop {
        let start = cursor.at;
        if let Some((spoken_of, alone)) = pronoun(cursor)? {
            if !spoken_of.exceptions.is_empty() {
                if !members.is_empty() {
                    return Err(Doubt::no("I cannot join \"them\" with other targets here"));
                }
                return Ok(spoken_of);
            }
            target.items.extend(spoken_of.items);
            members.push(Member {
                start,
                end: cursor.at,
                conditions_from: cursor.at,
                group: !alone,
            });
        } else {
            let (items, conditions_from) = item(cursor, &mut carried)?;
            let group = matches!(items.as_slice(), [Item::Group(_)]);
            target.items.extend(items);
            members.push(Member {
                start,
                end: cursor.at,
                conditions_from,
                group,
            });
        }
        let here = cursor.at;
        if cursor.take("or") {
            ask_which_of_two(cursor, list_start, here)?;
            cursor.at = here;
            break;
        }
        if !take_list_link(cursor) {
            break;
        }
        if cursor.ended() || !item_may_begin(cursor) {
            cursor.at = here;
            break;
        }
    }
    if both && !(target.items.len() == 2 && members.iter().all(|member| !member.group)) {
        return Err(Doubt::no("\"Both\" must be followed by exactly two guests"));
    }
    ask_whose_condition(cursor, &members, &target)?;
    exceptions(cursor, &mut target)?;
    Ok(target)
}

/// Moves over ", ", " and ", ", and ", " plus ".
pub(super) fn take_list_link(cursor: &mut Cursor<'_>) -> bool {
    let comma = cursor.take(",");
    cursor
        .take_any(&["and", "&", "+", "plus", "as well as"])
        .is_some()
        || comma
}

/// Whether the words after a link are another target rather than the next verb or a filler.
pub(super) fn item_may_begin(cursor: &Cursor<'_>) -> bool {
    const OTHERS: &[&str] = &[
        "then",
        "also",
        "please",
        "but",
        "except",
        "not",
        "with",
        "without",
        "including",
        "called",
        "named",
        "as",
        "call",
        "name",
        "after",
        "thanks",
        "pls",
        "plz",
        "thank",
        "now",
        "excluding",
        "it's",
    ];
    hit(cursor).is_some()
        || (cursor.verb().is_none() && !phrases::begins(cursor) && !OTHERS.contains(&cursor.word()))
}

fn ask_which_of_two(cursor: &mut Cursor<'_>, start: usize, first_end: usize) -> Reading<()> {
    let second = cursor.at;
    item(cursor, &mut None)?;
    let options = [(start, first_end), (second, cursor.at)]
        .into_iter()
        .map(|(from, to)| {
            let typed = cursor.typed(from, to);
            choice(typed, cursor.replaced(start, cursor.at, typed))
        })
        .collect();
    Err(Doubt::ask("Which one do you mean?", options))
}

/// "the web boxes and the db boxes on pve2": does the place belong to both?
fn ask_whose_condition(cursor: &Cursor<'_>, members: &[Member], target: &Target) -> Reading<()> {
    let Some((last, earlier)) = members.split_last() else {
        return Ok(());
    };
    let Some(first) = earlier
        .iter()
        .find(|member| member.group && member.conditions_from == member.end)
    else {
        return Ok(());
    };
    let placed_name = matches!(
        target.items.last(),
        Some(Item::One { conditions, .. } | Item::Range { conditions, .. })
            if conditions.iter().any(|condition| condition.about == About::Place)
    );
    if placed_name {
        return Err(Doubt::no(
            "I cannot tell whether the place belongs to all of the targets; say it in two sentences",
        ));
    }
    if !last.group || last.conditions_from >= last.end || earlier.len() > 1 {
        return if last.group && last.conditions_from < last.end && earlier.len() > 1 {
            Err(Doubt::no(
                "I cannot tell which of the groups the last words belong to; say it in two sentences",
            ))
        } else {
            Ok(())
        };
    }
    let condition = cursor.typed(last.conditions_from, last.end);
    let (one, two) = (
        cursor.typed(first.start, first.end),
        cursor.typed(last.start, last.end),
    );
    let both = cursor.replaced(
        first.start,
        last.end,
        &format!("{one} {condition} and {two}"),
    );
    let swapped = cursor.replaced(first.start, last.end, &format!("{two} and {one}"));
    Err(Doubt::ask(
        format!("Does \"{condition}\" belong to both groups?"),
        vec![
            choice("to both", both),
            choice("only to the last one", swapped),
        ],
    ))
}

/// "it", "that one", "them": what was spoken of, and whether it is one guest.
pub(super) fn pronoun(cursor: &mut Cursor<'_>) -> Reading<Option<(Target, bool)>> {
    let start = cursor.at;
    let many = match cursor.word() {
        "it" => {
            cursor.at += 1;
            false
        }
        "this" | "that" => {
            cursor.at += 1;
            if let Some((_, false, length)) = noun_at(cursor, 0) {
                cursor.at += length;
            }
            false
        }
        "them" | "these" | "those" => {
            cursor.at += 1;
            if let Some((_, true, length)) = noun_at(cursor, 0) {
                cursor.at += length;
            }
            true
        }
        "all" | "both" if cursor.word_at(1) == "of" && cursor.word_at(2) == "them" => {
            cursor.at += 3;
            true
        }
        _ => return Ok(None),
    };
    if many && filter_begins(cursor) {
        // "those on pve2" is a description, not a reference.
        let conditions = filters(cursor)?;
        let group = Group {
            noun: Some(Noun::Guest),
            conditions,
            ..Group::default()
        };
        return Ok(Some((
            Target {
                items: vec![Item::Group(group)],
                ..Target::default()
            },
            false,
        )));
    }
    if let Some(spoken_of) = &cursor.antecedent {
        if many || spoken_of.is_single() {
            return Ok(Some((spoken_of.clone(), spoken_of.is_single())));
        }
        let text = cursor.replaced(start, cursor.at, "them");
        return Err(Doubt::ask(
            "\"It\" could mean several guests. All of them?",
            vec![choice("all of them", text)],
        ));
    }
    let guests = &cursor.focus.guests;
    if guests.is_empty() || (!many && guests.len() > 1) {
        let options = guests
            .iter()
            .map(|guest| choice(guest.clone(), cursor.replaced(start, cursor.at, guest)))
            .collect();
        return Err(Doubt::ask("Which guest do you mean?", options));
    }
    let items = guests
        .iter()
        .map(|guest| Item::One {
            selector: guest.clone(),
            said: guest.clone(),
            conditions: Vec::new(),
        })
        .collect();
    Ok(Some((
        Target {
            items,
            ..Target::default()
        },
        guests.len() == 1,
    )))
}

/// One member of the list; the second value is where its conditions begin.
fn item(cursor: &mut Cursor<'_>, carried: &mut Option<Noun>) -> Reading<(Vec<Item>, usize)> {
    let start = cursor.at;
    if cursor.take("everything") || (cursor.question && cursor.take("anything")) {
        let conditions_from = cursor.at;
        let conditions = filters(cursor)?;
        return Ok((
            vec![Item::Group(Group {
                conditions,
                ..Group::default()
            })],
            conditions_from,
        ));
    }
    let amount = quantity(cursor);
    if let Some(items) = identity(cursor, *carried)? {
        *carried = noun_at(
            &Cursor {
                at: start,
                ..cursor.clone()
            },
            0,
        )
        .filter(|(_, plural, _)| *plural)
        .map_or(*carried, |(meaning, _, _)| Some(meaning));
        return Ok((items, cursor.at));
    }
    let found = hit(cursor);
    if let Some(before) = words_before_noun(cursor) {
        let plural = noun_at(cursor, before).is_none_or(|(_, plural, _)| plural);
        match &found {
            Some(found) if found.length > before => {}
            None if before == 0 && !plural && names_follow(cursor) => {}
            // "the web-01 vm" names one guest.
            Some(found)
                if found.length == before
                    && !plural
                    && (cursor.question || amount == Quantity::Open) => {}
            // "web-01 and db boxes" is a guest and a group, if the first word is not a group too.
            Some(found) if matches!(cursor.word_at(found.length), "and" | "or" | ",") => {
                ask_name_or_group(cursor, found.length)?;
            }
            _ => {
                let phrase = phrase(cursor, start, amount, before)?;
                return Ok((vec![phrase.item], phrase.noun_end));
            }
        }
    }
    if found.is_none() && amount == Quantity::All && !cursor.question {
        return all_alone(cursor, start);
    }
    plain_item(cursor, start).map(|items| (items, cursor.at))
}

/// Whether a singular noun introduces a name: "the container web-01", "vm called web-01".
fn names_follow(cursor: &Cursor<'_>) -> bool {
    let mut probe = cursor.clone();
    probe.at += noun_at(cursor, 0).map_or(0, |(_, _, length)| length);
    probe.take_any(&["called", "named"]);
    hit(&probe).is_some()
        || probe.token().is_some_and(|token| {
            token.kind == TokenKind::Word
                && !is_reserved(&token.text)
                && noun(&token.text).is_none()
        })
}

/// "all on pve2", "all tagged web"; "all" by itself says too little.
fn all_alone(cursor: &mut Cursor<'_>, start: usize) -> Reading<(Vec<Item>, usize)> {
    let conditions_from = cursor.at;
    if filter_begins(cursor) && cursor.word() != "not" && cursor.word() != "but" {
        let conditions = filters(cursor)?;
        let group = Group {
            noun: Some(Noun::Guest),
            conditions,
            ..Group::default()
        };
        return Ok((vec![Item::Group(group)], conditions_from));
    }
    let ends = cursor.ended()
        || cursor
            .token()
            .is_some_and(|token| token.kind == TokenKind::Mark || is_reserved(&token.text));
    if !ends {
        return Err(unknown_name(cursor));
    }
    let text = cursor.replaced(start, cursor.at, "all guests");
    Err(Doubt::ask("All of what?", vec![choice("all guests", text)]))
}

fn ask_name_or_group(cursor: &Cursor<'_>, length: usize) -> Reading<()> {
    let word = cursor.typed(cursor.at, cursor.at + length);
    let is_group = cursor.vocabulary.entry(Kind::Tag, word).is_some()
        || cursor.vocabulary.guests_with_prefix(word).len() > 1;
    if !is_group {
        return Ok(());
    }
    let (from, to) = (cursor.at, cursor.at + length);
    Err(Doubt::ask(
        format!("Is \"{}\" the guest or a group?", shortened(word)),
        vec![
            choice(
                format!("the guest {word}"),
                cursor.replaced(from, to, &format!("guest {word}")),
            ),
            choice(
                format!("the {word} guests"),
                cursor.replaced(from, to, &format!("the {word} guests")),
            ),
        ],
    ))
}

/// A guest by name, a glob, or selectors as typed; with the doubt when there is no such guest.
pub(super) fn plain_item(cursor: &mut Cursor<'_>, start: usize) -> Reading<Vec<Item>> {
    if let Some(items) = identity(cursor, None)? {
        return Ok(items);
    }
    if let Some(condition) = glob(cursor)? {
        let mut conditions = vec![condition];
        conditions.extend(filters(cursor)?);
        return Ok(vec![Item::Group(Group {
            conditions,
            ..Group::default()
        })]);
    }
    if let Some(group) = typed_selector(cursor)? {
        return Ok(vec![Item::Group(group)]);
    }
    // "guest web-01", "the container web-01", "the vm called web-01"
    let mut kind = None;
    if let Some((meaning, false, length)) = noun_at(cursor, 0)
        && hit(cursor).is_none_or(|found| found.length <= length)
    {
        let mut probe = cursor.clone();
        probe.at += length;
        probe.take_any(&["called", "named"]);
        if hit(&probe).is_some() || probe.at > cursor.at + length || probe.word() != "" {
            cursor.at = probe.at;
            kind = Some(meaning);
        }
    }
    let Some(found) = hit(cursor) else {
        if start < cursor.at && cursor.ended() {
            cursor.at = start;
        }
        return Err(unknown_name(cursor));
    };
    let name = the_one(cursor, &found)?;
    let alone = found.length == 1 && kind.is_none();
    let at = cursor.at;
    cursor.at += found.length;
    let possessive = cursor
        .tokens
        .get(cursor.at - 1)
        .is_some_and(|token| token.possessive);
    if possessive && noun_at(cursor, 0).is_some() && !cursor.question {
        // "mail's server": the guest, or what it runs on?
        return Err(left_over(cursor));
    }
    if let Some((meaning, false, length)) = noun_at(cursor, 0) {
        cursor.at += length;
        kind = Some(meaning);
    } else if alone && cursor.vocabulary.entry(Kind::Node, &name).is_some() && !cursor.question {
        let text = cursor.replaced(at, cursor.at, &format!("guest {name}"));
        return Err(Doubt::ask(
            format!(
                "\"{name}\" is a node and a guest. I can only act on the guest; is that meant?"
            ),
            vec![choice(format!("guest {name}"), text)],
        ));
    }
    if alone && kind.is_none() && at > start {
        ask_about_an_activity(cursor, at, &name)?;
    }
    if let Some(more) = name_range(cursor, &name)? {
        return Ok(more);
    }
    let mut conditions: Vec<Condition> = kind.and_then(kind_condition).into_iter().collect();
    if !cursor.bare_names && matches!(cursor.word(), "on" | "in") && filter_begins(cursor) {
        conditions.extend(filters(cursor)?);
    }
    Ok(vec![Item::One {
        selector: name_term(&name),
        said: name,
        conditions,
    }])
}

/// "stop the backup": a guest of that name, or what the word says?
fn ask_about_an_activity(cursor: &Cursor<'_>, at: usize, name: &str) -> Reading<()> {
    let typed = cursor
        .tokens
        .get(at)
        .filter(|token| token.kind == TokenKind::Word);
    let activity = typed.is_some_and(|token| verb(&[token.text.as_str()]).is_some());
    if !activity || cursor.question {
        return Ok(());
    }
    let text = cursor.replaced(at, at + 1, &format!("guest {name}"));
    Err(Doubt::ask(
        format!("Do you mean the guest called {name}?"),
        vec![choice(format!("the guest {name}"), text)],
    ))
}

/// A guest's name that stands here.
#[derive(Debug)]
pub(super) struct Hit {
    pub names: Vec<String>,
    /// In tokens.
    pub length: usize,
}

/// The longest run of words here that is a guest's name, up to case, separators and leading zeros.
pub(super) fn hit(cursor: &Cursor<'_>) -> Option<Hit> {
    let first = cursor.token()?;
    if first.kind == TokenKind::Quoted {
        let names = cursor.vocabulary.guests(&first.raw);
        let exact = names.iter().any(|name| *name == first.raw);
        return exact.then(|| Hit {
            names: vec![first.raw.clone()],
            length: 1,
        });
    }
    if first.kind != TokenKind::Word || is_number(&first.text) {
        return None;
    }
    for length in [3, 2, 1] {
        let Some(tokens) = cursor.tokens.get(cursor.at..cursor.at + length) else {
            continue;
        };
        let usable = tokens.iter().enumerate().all(|(place, token)| {
            token.kind == TokenKind::Word
                && !is_reserved(&token.text)
                && (place + 1 == length || !token.possessive)
        });
        if !usable || (length == 1 && noun(&first.text).is_some()) {
            continue;
        }
        let typed = if length == 1 {
            first.raw.clone()
        } else {
            tokens
                .iter()
                .map(|token| token.raw.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let names = cursor.vocabulary.guests(&typed);
        if !names.is_empty() {
            return Some(Hit {
                names: names.into_iter().map(str::to_owned).collect(),
                length,
            });
        }
    }
    None
}

fn the_one(cursor: &Cursor<'_>, found: &Hit) -> Reading<String> {
    let to = cursor.at + found.length;
    match found.names.as_slice() {
        [only] => {
            // "vm 101" with a guest named vm-101: the id or the name?
            if found.length == 2 && noun(cursor.word()).is_some() && is_number(cursor.word_at(1)) {
                let id = cursor.word_at(1);
                return Err(Doubt::ask(
                    format!("Do you mean the guest with the id {id} or the one named {only}?"),
                    vec![
                        choice(
                            format!("id {id}"),
                            cursor.replaced(cursor.at, to, &format!("id {id}")),
                        ),
                        choice(only, cursor.replaced(cursor.at, to, only)),
                    ],
                ));
            }
            Ok(only.clone())
        }
        several => Err(Doubt::ask(
            format!(
                "More than one guest fits \"{}\". Which one?",
                shortened(cursor.typed(cursor.at, to))
            ),
            several
                .iter()
                .map(|name| choice(name, cursor.replaced(cursor.at, to, name)))
                .collect(),
        )),
    }
}

/// "web-01 to web-05": the guests that exist in between.
fn name_range(cursor: &mut Cursor<'_>, first: &str) -> Reading<Option<Vec<Item>>> {
    let here = cursor.at;
    if cursor.take_any(&["to", "through", "thru"]).is_none() {
        return Ok(None);
    }
    let Some(found) = hit(cursor) else {
        cursor.at = here;
        return Ok(None);
    };
    let last = the_one(cursor, &found)?;
    cursor.at += found.length;
    let bounds = numbered(first).zip(numbered(&last));
    let Some(((head, from), (other_head, to))) = bounds else {
        return Err(Doubt::no(
            "A range of names needs names that end in a number",
        ));
    };
    if head != other_head || from >= to || to - from > LONGEST_NAME_RANGE {
        return Err(Doubt::no(format!(
            "\"{first} to {last}\" is not a range of names"
        )));
    }
    let mut names: Vec<(u64, String)> = cursor
        .vocabulary
        .guests_like(&format!("{head}*"))
        .into_iter()
        .filter_map(|name| {
            Some((
                numbered(name).filter(|(other, _)| *other == head)?.1,
                name.to_owned(),
            ))
        })
        .filter(|(number, _)| (from..=to).contains(number))
        .collect();
    names.sort_unstable();
    let items = names
        .into_iter()
        .map(|(_, name)| Item::One {
            selector: name_term(&name),
            said: name,
            conditions: Vec::new(),
        })
        .collect();
    Ok(Some(items))
}

fn numbered(name: &str) -> Option<(&str, u64)> {
    let head = name.trim_end_matches(|sign: char| sign.is_ascii_digit());
    if head.is_empty() {
        return None;
    }
    Some((head, name.get(head.len()..)?.parse().ok()?))
}

/// There is no such guest: what else the word could be.
fn unknown_name(cursor: &Cursor<'_>) -> Doubt {
    let Some(token) = cursor.token() else {
        return Doubt::no("The sentence does not say which guests");
    };
    if token.kind != TokenKind::Word || is_reserved(&token.text) {
        return left_over(cursor);
    }
    let typed = token.raw.as_str();
    let shown = shortened(typed);
    if is_number(typed) {
        return explain(cursor.tokens.get(cursor.at..).unwrap_or_default()).unwrap_or_else(|| {
            Doubt::no(format!(
                "\"{shown}\" is not the id of a guest: ids begin at {LOWEST_ID}"
            ))
        });
    }
    let vocabulary = cursor.vocabulary;
    if let Some(node) = vocabulary.entry(Kind::Node, typed) {
        // What can be done to a node is said with the word.
        return Doubt::ask(
            format!("{node} is a node. Is the node meant, or all guests on it?"),
            vec![
                choice(
                    format!("node {node}"),
                    cursor.replaced(cursor.at, cursor.at + 1, &format!("node {node}")),
                ),
                choice(
                    format!("all guests on {node}"),
                    cursor.replaced(cursor.at, cursor.at + 1, &format!("all guests on {node}")),
                ),
            ],
        );
    }
    let (from, to) = (cursor.at, cursor.at + 1);
    let option = |label: String, words: &str| choice(label, cursor.replaced(from, to, words));
    let mut options = Vec::new();
    for (kind, words) in [
        (Kind::Tag, "tagged"),
        (Kind::Pool, "in pool"),
        (Kind::Cluster, "in cluster"),
    ] {
        if let Some(entry) = vocabulary.entry(kind, typed) {
            options.push(option(
                format!("all guests {words} {entry}"),
                &format!("all guests {words} {entry}"),
            ));
        }
    }
    if vocabulary.guests_with_prefix(typed).len() > 1 {
        let label = format!("all guests whose name begins with {typed}");
        options.push(option(
            label,
            &format!("all guests with name prefix {typed}"),
        ));
    }
    let mut names = vocabulary.near_guests(typed, 4);
    for name in vocabulary.guests_with_part(typed, 5) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    options.extend(names.iter().map(|name| option((*name).to_owned(), name)));
    if options.is_empty() {
        return explain(cursor.tokens.get(cursor.at..).unwrap_or_default())
            .unwrap_or_else(|| Doubt::no(format!("There is no guest called \"{shown}\"")));
    }
    let question = match options.as_slice() {
        [only] => format!(
            "There is no guest called \"{shown}\". Did you mean {}?",
            only.label
        ),
        _ => format!("There is no guest called \"{shown}\". Which one did you mean?"),
    };
    Doubt::ask(question, options)
}
