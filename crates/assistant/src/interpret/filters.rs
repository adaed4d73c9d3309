//! Conditions that stand after a noun: "… on pve1", "… tagged db and prod", "… that are stopped".

use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, choice, explain, shortened};
use super::lexer::TokenKind;
use super::lexicon::{is_reserved, state};
use super::targets::{About, Condition, joined};
use super::vocabulary::{Kind, Vocabulary};

const PLACE_WORDS: &[&str] = &["on", "in", "at", "from", "of", "inside", "within"];
const HOSTED: &[&str] = &["hosted", "located", "living", "residing"];
const TAG_WORDS: &[&str] = &[
    "tagged with",
    "tagged as",
    "tagged",
    "labelled",
    "labeled",
    "with the tags",
    "with the tag",
    "with tags",
    "with tag",
    "having the tag",
    "having tag",
    "that have the tag",
    "carrying the tag",
];
const WITHOUT_TAG: &[&str] = &["without the tag", "without tag", "without a tag"];
const PREFIX_WORDS: &[&str] = &[
    "with name prefix",
    "with the name prefix",
    "with the prefix",
    "with prefix",
    "whose name starts with",
    "whose names start with",
    "whose name begins with",
    "whose names begin with",
    "starting with",
    "beginning with",
];
const GLOB_WORDS: &[&str] = &[
    "named like",
    "called like",
    "named",
    "called",
    "matching",
    "like",
];
const RELATIVES: &[&str] = &[
    "that are currently",
    "which are currently",
    "that is currently",
    "which is currently",
    "that are still",
    "which are still",
    "that is still",
    "that are",
    "which are",
    "that is",
    "which is",
    "that's",
    "currently",
];
const NEGATIVE_RELATIVES: &[&str] = &[
    "that are not",
    "which are not",
    "that is not",
    "which is not",
    "that aren't",
    "which aren't",
    "that isn't",
    "which isn't",
    "not",
    "but not",
    "and not",
];

/// All conditions from here on.
pub(super) fn filters(cursor: &mut Cursor<'_>) -> Reading<Vec<Condition>> {
    let mut found = Vec::new();
    loop {
        let here = cursor.at;
        // "running and on pve1" joins conditions as well as "running on pve1" does.
        if !found.is_empty() {
            cursor.take("and");
        }
        if !filter(cursor, &mut found)? {
            cursor.at = here;
            break;
        }
    }
    ask_which_cluster(cursor, &found)?;
    Ok(found)
}

/// Whether a condition could begin here.
pub(super) fn filter_begins(cursor: &Cursor<'_>) -> bool {
    let mut probe = cursor.clone();
    let mut found = Vec::new();
    !matches!(filter(&mut probe, &mut found), Ok(false))
}

/// One condition. `false` when none begins here; an error when one begins and cannot be understood.
fn filter(cursor: &mut Cursor<'_>, found: &mut Vec<Condition>) -> Reading<bool> {
    let here = cursor.at;
    if cursor.take_longest(NEGATIVE_RELATIVES).is_some() {
        let mut inner = Vec::new();
        let understood = if take_state(cursor, &mut inner, true) {
            true
        } else {
            plain_filter(cursor, &mut inner)?
        };
        let [only] = inner.as_slice() else {
            cursor.at = here;
            return if understood {
                Err(Doubt::no(
                    "I cannot tell what the \"not\" belongs to; say it as two sentences",
                ))
            } else {
                Ok(false)
            };
        };
        found.push(only.clone().negated());
        return Ok(true);
    }
    if cursor.take_longest(WITHOUT_TAG).is_some() {
        let mut inner = Vec::new();
        tags(cursor, &mut inner)?;
        found.extend(inner.into_iter().map(Condition::negated));
        return Ok(true);
    }
    if cursor.take_longest(RELATIVES).is_some() {
        if take_state(cursor, found, true) || plain_filter(cursor, found)? {
            return Ok(true);
        }
        cursor.at = here;
        return Ok(false);
    }
    plain_filter(cursor, found)
}

fn plain_filter(cursor: &mut Cursor<'_>, found: &mut Vec<Condition>) -> Reading<bool> {
    if take_state(cursor, found, false) {
        return Ok(true);
    }
    if cursor.take_longest(TAG_WORDS).is_some() {
        return tags(cursor, found).map(|()| true);
    }
    if cursor.take_longest(PREFIX_WORDS).is_some() {
        return prefix(cursor, found).map(|()| true);
    }
    let here = cursor.at;
    if cursor.take_longest(GLOB_WORDS).is_some() {
        if let Some(condition) = glob(cursor)? {
            found.push(condition);
            return Ok(true);
        }
        // "called nightly" after a snapshot's target is the snapshot's name.
        cursor.at = here;
        return Ok(false);
    }
    if cursor.question && matches!(cursor.word(), "here") {
        cursor.at += 1;
        found.push(this_node(cursor)?);
        return Ok(true);
    }
    place(cursor, found)
}

/// A state word. Beside a noun only those that cannot be the second half of a verb ("turn … off").
fn take_state(cursor: &mut Cursor<'_>, found: &mut Vec<Condition>, after_are: bool) -> bool {
    let word = cursor.word();
    let Some(meaning) = state(word) else {
        return false;
    };
    if !after_are && !matches!(word, "running" | "stopped" | "paused" | "suspended") {
        return false;
    }
    cursor.at += 1;
    found.push(status_condition(meaning));
    true
}

pub(super) fn status_condition(status: &str) -> Condition {
    Condition::new(
        About::Other,
        format!("status={status}"),
        format!("that are {status}"),
    )
}

fn place(cursor: &mut Cursor<'_>, found: &mut Vec<Condition>) -> Reading<bool> {
    let here = cursor.at;
    if HOSTED.contains(&cursor.word()) && PLACE_WORDS.contains(&cursor.word_at(1)) {
        cursor.at += 1;
    }
    let preposition = cursor.word();
    if !PLACE_WORDS.contains(&preposition) {
        cursor.at = here;
        return Ok(false);
    }
    cursor.at += 1;
    let articled = cursor.take_any(&["the", "my", "our"]).is_some();
    if cursor.take("this node") || cursor.take("this host") {
        found.push(this_node(cursor)?);
        return Ok(true);
    }
    let named = take_place_noun(cursor);
    let starts = cursor.token().is_some_and(|token| {
        token.kind == TokenKind::Quoted
            || (token.kind == TokenKind::Word && !is_reserved(&token.text))
            // A place that a noun announces may be called like a function word.
            || (named.is_some() && token.kind == TokenKind::Word)
    });
    if !starts {
        cursor.at = here;
        if named.is_some() || articled {
            return Err(Doubt::no("I cannot tell which place is meant"));
        }
        return Ok(false);
    }
    let first_at = cursor.at;
    let (kind, first, length) = place_name(cursor, preposition, named)?;
    cursor.at += length;
    let trailing = take_place_noun(cursor);
    if trailing.is_some_and(|trailing| trailing != kind) {
        cursor.at = first_at;
        return Err(unknown_place(
            cursor,
            trailing.map_or(&[] as &[Kind], |_| &[]),
            1,
        ));
    }
    let mut values = vec![first];
    more_places(cursor, kind, preposition, &mut values)?;
    let joined_values: Vec<String> = values.clone();
    found.push(Condition::new(
        About::Place,
        format!("{}={}", kind.key(), values.join(",")),
        format!(
            "{} {} {}",
            if kind == Kind::Pool || kind == Kind::Cluster {
                "in"
            } else {
                "on"
            },
            kind.key(),
            joined(&joined_values)
        ),
    ));
    Ok(true)
}

fn this_node(cursor: &Cursor<'_>) -> Reading<Condition> {
    let Some(node) = &cursor.focus.node else {
        return Err(Doubt::ask("Which node do you mean?", Vec::new()));
    };
    Ok(Condition::new(
        About::Place,
        format!("node={node}"),
        format!("on node {node}"),
    ))
}

fn take_place_noun(cursor: &mut Cursor<'_>) -> Option<Kind> {
    let kind = match cursor.word() {
        "node" | "nodes" | "host" | "hosts" | "hypervisor" | "hypervisors" => Kind::Node,
        "pool" | "pools" => Kind::Pool,
        "cluster" | "clusters" => Kind::Cluster,
        "storage" | "storages" | "datastore" => Kind::Storage,
        _ => return None,
    };
    cursor.at += 1;
    Some(kind)
}

/// The kinds a place may be, by its preposition and the nouns around it.
fn place_name(
    cursor: &Cursor<'_>,
    preposition: &str,
    named: Option<Kind>,
) -> Reading<(Kind, String, usize)> {
    let by_preposition: &[Kind] = match preposition {
        "on" => &[Kind::Node, Kind::Cluster, Kind::Storage],
        _ => &[Kind::Node, Kind::Pool, Kind::Cluster],
    };
    let one;
    let kinds: &[Kind] = match named {
        Some(kind) => {
            one = [kind];
            &one
        }
        None => by_preposition,
    };
    for length in [2, 1] {
        let Some(typed) = words_typed(cursor, length) else {
            continue;
        };
        let mut fitting: Vec<(Kind, &str)> = kinds
            .iter()
            .filter_map(|kind| Some((*kind, cursor.vocabulary.entry(*kind, typed)?)))
            .collect();
        // "the prod pool": the noun behind decides.
        if named.is_none() && fitting.len() != 1 {
            let mut probe = cursor.clone();
            probe.at += length;
            if let Some(kind) = take_place_noun(&mut probe) {
                fitting = cursor
                    .vocabulary
                    .entry(kind, typed)
                    .map(|entry| (kind, entry))
                    .into_iter()
                    .collect();
            }
        }
        match fitting.as_slice() {
            [] => {}
            [(kind, entry)] => return Ok((*kind, (*entry).to_owned(), length)),
            several => {
                let options = several
                    .iter()
                    .map(|(kind, entry)| {
                        choice(
                            format!("{} {entry}", kind.key()),
                            cursor.replaced(
                                cursor.at,
                                cursor.at + length,
                                &format!("{} {entry}", kind.key()),
                            ),
                        )
                    })
                    .collect();
                return Err(Doubt::ask(
                    format!("What is \"{}\"?", shortened(typed)),
                    options,
                ));
            }
        }
    }
    Err(unknown_place(cursor, kinds, 1))
}

pub(super) fn unknown_place(cursor: &Cursor<'_>, kinds: &[Kind], length: usize) -> Doubt {
    if let Some(doubt) = explain(cursor.tokens.get(cursor.at..).unwrap_or_default()) {
        return doubt;
    }
    let typed = cursor.typed(cursor.at, cursor.at + length);
    let options: Vec<_> = kinds
        .iter()
        .flat_map(|kind| {
            cursor
                .vocabulary
                .near_entries(*kind, typed)
                .into_iter()
                .map(|entry| (*kind, entry))
        })
        .map(|(kind, entry)| {
            choice(
                format!("{} {entry}", kind.key()),
                cursor.replaced(cursor.at, cursor.at + length, entry),
            )
        })
        .collect();
    let words: Vec<&str> = kinds.iter().map(|kind| kind.key()).collect();
    let what = if words.is_empty() {
        "place".to_owned()
    } else {
        words.join(" or ")
    };
    let typed = shortened(typed);
    if options.is_empty() {
        return Doubt::no(format!("There is no {what} called \"{typed}\""));
    }
    let names: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
    Doubt::ask(
        format!(
            "There is no {what} called \"{typed}\". Did you mean {}?",
            names.join(" or ")
        ),
        options,
    )
}

/// "… and pve2", "…, pve2 or on pve3". Stops before what is no place of this kind.
fn more_places(
    cursor: &mut Cursor<'_>,
    kind: Kind,
    preposition: &str,
    values: &mut Vec<String>,
) -> Reading<()> {
    loop {
        let here = cursor.at;
        let comma = cursor.take(",");
        let word = cursor.take("and") || cursor.take("or");
        if !comma && !word {
            return Ok(());
        }
        cursor.take(preposition);
        let noun = take_place_noun(cursor);
        let entry = [2, 1].into_iter().find_map(|length| {
            let typed = words_typed(cursor, length)?;
            Some((
                cursor.vocabulary.entry(kind, typed)?.to_owned(),
                typed,
                length,
            ))
        });
        let Some((entry, typed, length)) = entry.filter(|_| noun.is_none_or(|noun| noun == kind))
        else {
            cursor.at = here;
            return Ok(());
        };
        if noun.is_none() && !cursor.vocabulary.guests(typed).is_empty() {
            return Err(Doubt::no(format!(
                "\"{}\" is the name of a {} and of a guest; write \"{} {entry}\" or \"guest {entry}\"",
                shortened(typed),
                kind.key(),
                kind.key()
            )));
        }
        cursor.at += length;
        if !values.contains(&entry) {
            values.push(entry);
        }
    }
}

/// The text of the next `length` tokens when all are words (or one is quoted).
pub(super) fn words_typed<'a>(cursor: &Cursor<'a>, length: usize) -> Option<&'a str> {
    let tokens = cursor.tokens.get(cursor.at..cursor.at + length)?;
    if let [token] = tokens {
        return (token.kind != TokenKind::Mark).then_some(token.raw.as_str());
    }
    tokens
        .iter()
        .all(|token| token.kind == TokenKind::Word && !is_reserved(&token.text))
        .then(|| cursor.typed(cursor.at, cursor.at + length))
}

/// A node that two clusters have, without a cluster beside it.
fn ask_which_cluster(cursor: &Cursor<'_>, found: &[Condition]) -> Reading<()> {
    let has_cluster = found
        .iter()
        .any(|condition| condition.term.starts_with("cluster="));
    let Some(node) = found
        .iter()
        .filter_map(|condition| condition.term.strip_prefix("node="))
        .flat_map(|nodes| nodes.split(','))
        .find(|node| cursor.vocabulary.node_is_ambiguous(node))
    else {
        return Ok(());
    };
    if has_cluster {
        return Ok(());
    }
    let options = cursor
        .vocabulary
        .clusters()
        .iter()
        .map(|cluster| {
            let text = cursor.replaced(cursor.at, cursor.at, &format!(" in cluster {cluster} "));
            choice(format!("cluster {cluster}"), text)
        })
        .collect();
    Err(Doubt::ask(
        format!("More than one cluster has a node {node}. Which cluster?"),
        options,
    ))
}

fn tags(cursor: &mut Cursor<'_>, found: &mut Vec<Condition>) -> Reading<()> {
    #[derive(PartialEq, Clone, Copy)]
    enum Link {
        And,
        Or,
        Comma,
    }
    cursor.take("both");
    let mut values = vec![tag(cursor)?];
    let mut links = Vec::new();
    let mut last_certain = (cursor.at, 1);
    loop {
        let comma = cursor.take(",");
        let link = match () {
            () if cursor.take("and") => Link::And,
            () if cursor.take("or") => Link::Or,
            () if comma => Link::Comma,
            () => break,
        };
        let tagged = cursor.take("tagged");
        let Some(typed) = words_typed(cursor, 1) else {
            break;
        };
        let Some(entry) = cursor.vocabulary.entry(Kind::Tag, typed) else {
            break;
        };
        if !tagged && !cursor.vocabulary.guests(typed).is_empty() {
            return Err(Doubt::no(format!(
                "\"{}\" is a tag and a guest; write \"tagged {entry}\" or \"guest {entry}\"",
                shortened(typed)
            )));
        }
        // "the web boxes tagged a and db boxes": the second word starts another group.
        if super::lexicon::noun(cursor.word_at(1)).is_some() {
            break;
        }
        cursor.at += 1;
        values.push(entry.to_owned());
        links.push(link);
        if link != Link::Comma {
            last_certain = (cursor.at, values.len());
        }
    }
    // A list that ends in a bare comma is no list of tags: the rest belongs to something else.
    cursor.at = last_certain.0;
    values.truncate(last_certain.1);
    links.truncate(last_certain.1 - 1);
    let said = |word: &str| format!("tagged {}", values.join(word));
    if !links.contains(&Link::Or) {
        for value in &values {
            found.push(Condition::new(
                About::Other,
                format!("tag={value}"),
                format!("tagged {value}"),
            ));
        }
        return Ok(());
    }
    if links.contains(&Link::And) {
        return Err(Doubt::no(
            "I cannot tell how \"and\" and \"or\" belong together in the tags",
        ));
    }
    found.push(Condition::new(
        About::Other,
        format!("tag={}", values.join(",")),
        said(" or "),
    ));
    Ok(())
}

fn tag(cursor: &mut Cursor<'_>) -> Reading<String> {
    let Some(typed) = words_typed(cursor, 1) else {
        return Err(Doubt::no("The sentence does not say which tag"));
    };
    let Some(entry) = cursor.vocabulary.entry(Kind::Tag, typed) else {
        return Err(unknown_place(cursor, &[Kind::Tag], 1));
    };
    cursor.at += 1;
    Ok(entry.to_owned())
}

fn prefix(cursor: &mut Cursor<'_>, found: &mut Vec<Condition>) -> Reading<()> {
    let Some(typed) = words_typed(cursor, 1) else {
        return Err(Doubt::no(
            "The sentence does not say what the names begin with",
        ));
    };
    let word = typed.trim_end_matches(['-', '_', '.', '*']);
    let Some((condition, _)) = prefix_condition(cursor.vocabulary, word) else {
        return Err(Doubt::no(format!(
            "No guest has a name that begins with \"{}\"",
            shortened(typed)
        )));
    };
    cursor.at += 1;
    found.push(condition);
    Ok(())
}

/// The condition "the name begins with this word", and the names it fits.
pub(super) fn prefix_condition<'a>(
    vocabulary: &'a Vocabulary,
    word: &str,
) -> Option<(Condition, Vec<&'a str>)> {
    if word.is_empty() || !word.is_ascii() {
        return None;
    }
    let names = vocabulary.guests_with_prefix(word);
    let first = names.first()?;
    let spelled = first.get(..word.len())?;
    // The selector compares without regard to case.
    let mut pattern = format!("^{}", escaped(spelled));
    let followers: Vec<Option<u8>> = names
        .iter()
        .map(|name| name.as_bytes().get(word.len()).copied())
        .collect();
    match followers.first().copied().flatten() {
        Some(sign @ (b'-' | b'_')) if followers.iter().all(|other| *other == Some(sign)) => {
            pattern.push(char::from(sign));
        }
        _ => pattern.push_str("([^A-Za-z]|$)"),
    }
    let term = if pattern
        .bytes()
        .any(|sign| matches!(sign, b'(' | b'[' | b'\\'))
    {
        format!("name~\"{pattern}\"")
    } else {
        format!("name~{pattern}")
    };
    Some((
        Condition::new(
            About::Other,
            term,
            format!("whose name begins with {spelled}"),
        ),
        names,
    ))
}

fn escaped(literal: &str) -> String {
    literal.replace('.', "[.]").replace('+', "[+]")
}

/// A pattern such as `web-*`.
pub(super) fn glob(cursor: &mut Cursor<'_>) -> Reading<Option<Condition>> {
    let Some(typed) = words_typed(cursor, 1).filter(|typed| typed.contains('*')) else {
        return Ok(None);
    };
    let plain =
        |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'*' | b'-' | b'_' | b'.');
    let lower = typed.to_lowercase();
    let pattern = [typed, lower.as_str()].into_iter().find(|pattern| {
        pattern.bytes().all(plain)
            && pattern.bytes().any(|sign| sign != b'*')
            && !cursor.vocabulary.guests_like(pattern).is_empty()
    });
    let Some(pattern) = pattern else {
        return Err(Doubt::no(format!(
            "No guest has a name like \"{}\"",
            shortened(typed)
        )));
    };
    let condition = Condition::new(
        About::Other,
        format!("name={pattern}"),
        format!("named {pattern}"),
    );
    cursor.at += 1;
    Ok(Some(condition))
}
