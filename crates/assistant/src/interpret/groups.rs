//! Noun phrases for several guests: "all the running web boxes on pve2".

use super::Choice;
use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, choice, shortened};
use super::filters::{filters, prefix_condition, status_condition};
use super::lexer::TokenKind;
use super::lexicon::{Noun, is_reserved, noun, state};
use super::targets::{About, Condition, Group, Item, name_term};
use super::vocabulary::Kind;

/// How many guests the words before the noun claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// "web boxes", "the web boxes", "the web box": the noun decides.
    Open,
    /// "all", "every", "each"
    All,
}

/// Words before the noun at most; a longer row of unknown words is no noun phrase.
const LONGEST_ROW: usize = 8;

/// Moves over "all of the", "every", "the", …
pub(super) fn quantity(cursor: &mut Cursor<'_>) -> Quantity {
    const ALL: &[&str] = &[
        "all",
        "all of",
        "all the",
        "all of the",
        "all my",
        "all of my",
        "all our",
        "all of our",
        "every",
        "every single",
        "each",
        "each of the",
        "each of my",
        "every one of the",
    ];
    const OPEN: &[&str] = &["the", "my", "our"];
    if cursor.take_longest(ALL).is_some() {
        return Quantity::All;
    }
    if cursor.question {
        const LOOSE: &[&str] = &[
            "any",
            "any of the",
            "of the",
            "of my",
            "the",
            "my",
            "our",
            "a",
            "an",
        ];
        cursor.take_longest(LOOSE);
        return Quantity::All;
    }
    cursor.take_longest(OPEN);
    Quantity::Open
}

/// A noun for guests at a token: its meaning, whether it is plural, and its length.
pub(super) fn noun_at(cursor: &Cursor<'_>, ahead: usize) -> Option<(Noun, bool, usize)> {
    if cursor.word_at(ahead) == "virtual" {
        return match cursor.word_at(ahead + 1) {
            "machine" | "server" => Some((Noun::Machine, false, 2)),
            "machines" | "servers" => Some((Noun::Machine, true, 2)),
            _ => None,
        };
    }
    noun(cursor.word_at(ahead)).map(|(meaning, plural)| (meaning, plural, 1))
}

/// How many tokens of describing words stand before a noun, if a noun phrase begins here.
pub(super) fn words_before_noun(cursor: &Cursor<'_>) -> Option<usize> {
    for ahead in 0..LONGEST_ROW {
        if noun_at(cursor, ahead).is_some()
            || (cursor.question && is_template(cursor.word_at(ahead)))
        {
            return Some(ahead);
        }
        let token = cursor.tokens.get(cursor.at + ahead)?;
        let link = ahead > 0 && matches!(token.text.as_str(), "and" | "or" | ",");
        let describing = token.kind == TokenKind::Word
            && (state(&token.text).is_some() || !is_reserved(&token.text));
        if !link && !describing {
            return None;
        }
    }
    None
}

fn is_template(word: &str) -> bool {
    matches!(word, "template" | "templates")
}

/// A noun phrase and where its parts are.
#[derive(Debug)]
pub(super) struct Phrase {
    pub item: Item,
    /// The token after the noun: conditions that follow begin here.
    pub noun_end: usize,
}

/// The noun phrase with `before` describing words that begins here; `start` is where its
/// quantifier began.
pub(super) fn phrase(
    cursor: &mut Cursor<'_>,
    start: usize,
    quantity: Quantity,
    before: usize,
) -> Reading<Phrase> {
    let words_at = cursor.at;
    let noun_from = cursor.at + before;
    cursor.at = noun_from;
    let (meaning, plural, templates) = nouns(cursor)?;
    let noun_end = cursor.at;
    let mut group = Group {
        noun: Some(meaning),
        templates,
        ..Group::default()
    };
    describe(cursor, words_at, noun_from, noun_end, &mut group)?;
    group.conditions.extend(filters(cursor)?);
    let bare = group.heads.is_empty() && group.conditions.is_empty();
    if quantity == Quantity::Open && !cursor.question {
        if !plural {
            return single(cursor, start, noun_end, group);
        }
        if bare {
            let noun = cursor.typed(noun_from, noun_end);
            let text = cursor.replaced(start, noun_end, &format!("all {noun}"));
            let options = vec![choice(format!("all {noun}"), text)];
            return Err(Doubt::ask(
                format!("Which {noun} do you mean: all of them?"),
                options,
            ));
        }
    }
    Ok(Phrase {
        item: Item::Group(group),
        noun_end,
    })
}

/// One noun or several that belong together: "lxc containers", "vms and containers".
fn nouns(cursor: &mut Cursor<'_>) -> Reading<(Noun, bool, bool)> {
    if cursor.question && is_template(cursor.word()) {
        cursor.at += 1;
        return Ok((Noun::Guest, true, true));
    }
    let Some((mut meaning, mut plural, length)) = noun_at(cursor, 0) else {
        return Err(Doubt::no("The sentence does not say which guests"));
    };
    cursor.at += length;
    loop {
        if let Some((next, next_plural, length)) = noun_at(cursor, 0) {
            meaning = match (meaning, next) {
                (Noun::Guest, other) | (other, Noun::Guest) => other,
                (Noun::Container, Noun::Container) => Noun::Container,
                (Noun::Machine | Noun::Qemu, Noun::Machine | Noun::Qemu) => Noun::Qemu,
                (Noun::Container, _) | (_, Noun::Container) => {
                    return Err(Doubt::no("A guest is either a VM or a container, not both"));
                }
            };
            plural = next_plural;
            cursor.at += length;
            continue;
        }
        if cursor.question && is_template(cursor.word()) {
            cursor.at += 1;
            return Ok((meaning, true, true));
        }
        let joins = matches!(cursor.word(), "and" | "or");
        match noun_at(cursor, 1) {
            Some((next, true, length)) if joins && plural && next != meaning => {
                meaning = Noun::Guest;
                cursor.at += 1 + length;
            }
            _ => return Ok((meaning, plural, false)),
        }
    }
}

/// The describing words: states, and words for groups.
fn describe(
    cursor: &Cursor<'_>,
    from: usize,
    to: usize,
    noun_end: usize,
    group: &mut Group,
) -> Reading<()> {
    let mut heads = Vec::new();
    let mut linked = false;
    let mut mixed = false;
    let mut after_link = true;
    for at in from..to {
        let Some(token) = cursor.tokens.get(at) else {
            continue;
        };
        if matches!(token.text.as_str(), "and" | "or" | ",") {
            linked = true;
            after_link = true;
            continue;
        }
        if let Some(meaning) = state(&token.text) {
            group.conditions.push(status_condition(meaning));
            mixed = true;
            continue;
        }
        mixed |= !after_link;
        after_link = false;
        heads.push(group_word(cursor, at, noun_end)?);
    }
    if linked && (mixed || heads.len() < 2) {
        return Err(Doubt::no(format!(
            "I cannot tell how the words \"{}\" belong together; name the groups one by one",
            shortened(cursor.typed(from, to))
        )));
    }
    if linked {
        group.heads = heads;
    } else {
        heads.append(&mut group.conditions);
        group.conditions = heads;
    }
    Ok(())
}

/// What a word before the noun stands for: a tag, the beginning of names, or a place.
fn group_word(cursor: &Cursor<'_>, at: usize, noun_end: usize) -> Reading<Condition> {
    let Some(token) = cursor.tokens.get(at) else {
        return Err(Doubt::no("The sentence does not say which guests"));
    };
    let word = token.raw.as_str();
    let vocabulary = cursor.vocabulary;
    let behind = |words: &str| {
        let between = cursor.typed(at + 1, noun_end);
        cursor.replaced(at, noun_end, &format!("{between} {words}"))
    };
    let mut meanings: Vec<(Condition, Choice)> = Vec::new();
    let tag = vocabulary.entry(Kind::Tag, word);
    let prefix = prefix_condition(vocabulary, word);
    if let Some(tag) = tag {
        let condition = Condition::new(About::Other, format!("tag={tag}"), format!("tagged {tag}"));
        let option = choice(
            format!("guests tagged {tag}"),
            behind(&format!("tagged {tag}")),
        );
        meanings.push((condition, option));
    }
    if let Some((condition, names)) = prefix
        && !tag.is_some_and(|tag| same_guests(vocabulary.guests_tagged(tag), &names))
    {
        let option = choice(
            format!("guests whose name begins with {word}"),
            behind(&format!("with name prefix {word}")),
        );
        meanings.push((condition, option));
    }
    for kind in [Kind::Pool, Kind::Node, Kind::Cluster] {
        if let Some(entry) = vocabulary.entry(kind, word) {
            let key = kind.key();
            let said = format!(
                "{} {key} {entry}",
                if kind == Kind::Node { "on" } else { "in" }
            );
            let option = choice(format!("guests {said}"), behind(&said));
            meanings.push((
                Condition::new(About::Place, format!("{key}={entry}"), said),
                option,
            ));
        }
    }
    match meanings.len() {
        0 => Err(unknown_word(cursor, at)),
        1 => meanings
            .pop()
            .map(|(condition, _)| condition)
            .ok_or_else(|| unknown_word(cursor, at)),
        _ => Err(Doubt::ask(
            format!(
                "\"{}\" can mean different guests. Which ones?",
                shortened(word)
            ),
            meanings.into_iter().map(|(_, option)| option).collect(),
        )),
    }
}

/// Whether tag and name prefix mean the same guests. Where the inventory does not tell who carries
/// the tag, the tag, which somebody set on purpose, counts.
fn same_guests(tagged: Option<&[String]>, named: &[&str]) -> bool {
    let Some(tagged) = tagged else { return true };
    let mut tagged: Vec<&str> = tagged.iter().map(String::as_str).collect();
    let mut named = named.to_vec();
    tagged.sort_unstable();
    tagged.dedup();
    named.sort_unstable();
    tagged == named
}

fn unknown_word(cursor: &Cursor<'_>, at: usize) -> Doubt {
    let word = cursor.tokens.get(at).map_or("", |token| token.raw.as_str());
    let options: Vec<Choice> = [Kind::Tag, Kind::Pool, Kind::Node]
        .into_iter()
        .flat_map(|kind| cursor.vocabulary.near_entries(kind, word))
        .map(|entry| choice(entry, cursor.replaced(at, at + 1, entry)))
        .collect();
    let word = shortened(word);
    if options.is_empty() {
        return Doubt::no(format!(
            "I know no tag, pool, node or beginning of guest names called \"{word}\""
        ));
    }
    Doubt::ask(
        format!("There is no group called \"{word}\". Did you mean one of these?"),
        options,
    )
}

/// "the web box": one guest, so exactly one must fit.
fn single(cursor: &Cursor<'_>, start: usize, noun_end: usize, group: Group) -> Reading<Phrase> {
    let Group {
        noun, conditions, ..
    } = group;
    if noun_end - start <= 2 && conditions.is_empty() {
        let options = cursor
            .focus
            .guests
            .iter()
            .map(|guest| choice(guest.clone(), cursor.replaced(start, noun_end, guest)))
            .collect();
        return Err(Doubt::ask("Which guest do you mean?", options));
    }
    // The word right before the noun, by names that begin with it.
    let word = conditions
        .first()
        .map(|condition| condition.term.as_str())
        .unwrap_or_default();
    let mut names: Vec<String> = match word.strip_prefix("tag=") {
        Some(tag) => match cursor.vocabulary.guests_tagged(tag) {
            Some(tagged) => tagged.to_vec(),
            None => owned(&cursor.vocabulary.guests_with_prefix(tag)),
        },
        None => prefix_word(cursor, start, noun_end)
            .map(|word| owned(&cursor.vocabulary.guests_with_prefix(word)))
            .unwrap_or_default(),
    };
    names.sort_unstable();
    names.dedup();
    let certain = conditions.len() == 1
        && noun.is_some_and(|noun| matches!(noun, Noun::Guest | Noun::Machine));
    if let [only] = names.as_slice()
        && certain
        && (word.starts_with("name~") || cursor.vocabulary.guests_tagged("").is_some())
    {
        let item = Item::One {
            selector: name_term(only),
            said: only.clone(),
            conditions: Vec::new(),
        };
        return Ok(Phrase { item, noun_end });
    }
    let mut options: Vec<Choice> = Vec::new();
    if names.len() <= 5 {
        options.extend(
            names
                .iter()
                .map(|name| choice(name, cursor.replaced(start, noun_end, name))),
        );
    }
    let phrase = cursor.typed(start, noun_end);
    let phrase = phrase.strip_prefix("the ").unwrap_or(phrase);
    options.push(choice(
        format!("every {phrase}"),
        cursor.replaced(start, noun_end, &format!("every {phrase}")),
    ));
    Err(Doubt::ask(
        format!("Which \"{}\" do you mean?", shortened(phrase)),
        options,
    ))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn prefix_word<'a>(cursor: &Cursor<'a>, start: usize, noun_end: usize) -> Option<&'a str> {
    let tokens = cursor.tokens.get(start..noun_end)?;
    tokens
        .iter()
        .rev()
        .find(|token| noun(&token.text).is_none() && token.kind == TokenKind::Word)
        .map(|token| token.raw.as_str())
}
