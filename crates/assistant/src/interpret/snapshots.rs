//! The parts of orders that speak of snapshots: making them and deleting them.

use serde_json::{Value, json};

use super::Wish;
use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, choice, left_over, shortened};
use super::items::target;
use super::lexer::{Token, TokenKind};
use super::lexicon::{Hindrance, hindrance, is_reserved};
use super::targets::Target;

/// What PVE allows as the name of a snapshot.
const LONGEST_NAME: usize = 40;

pub(super) const AFTER_A_SNAPSHOT: &[&str] = &[
    "after a snapshot",
    "after taking a snapshot",
    "after making a snapshot",
    "after creating a snapshot",
    "with a snapshot first",
    "but take a snapshot first",
    "but snapshot it first",
    "but first take a snapshot",
];
const OF: &[&str] = &["of", "from", "on", "for"];
const CALLED: &[&str] = &[
    "called",
    "named",
    "with the name",
    "with name",
    "and call it",
    "and name it",
    "call it",
    "name it",
    "name",
];
const WITH_MEMORY: &[&str] = &[
    "with memory",
    "with the memory",
    "including memory",
    "including the memory",
    "with ram",
    "including ram",
    "with the ram",
    "including the ram",
    "and memory",
    "with vmstate",
];
const WITHOUT_MEMORY: &[&str] = &[
    "without memory",
    "without the memory",
    "without ram",
    "without the ram",
    "without vmstate",
];
const DESCRIPTION: &[&str] = &[
    "with the description",
    "with description",
    "with a comment",
    "with comment",
    "with the note",
    "with note",
    "description",
    "described as",
    "comment",
    "note",
];

/// How a snapshot is to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Details {
    name: Option<String>,
    description: Option<String>,
    memory: Option<bool>,
}

/// "a snapshot" after "take", "make", "create".
pub(super) fn take_noun(cursor: &mut Cursor<'_>) -> Reading<()> {
    const NOUNS: &[&str] = &[
        "a snapshot",
        "a new snapshot",
        "a fresh snapshot",
        "new snapshot",
        "new snapshots",
        "another snapshot",
        "snapshot",
        "snapshots",
        "one snapshot",
        "me a snapshot",
        "the snapshot",
    ];
    if cursor.take_longest(NOUNS).is_some() {
        return Ok(());
    }
    if cursor.ended() {
        return Err(left_over(cursor));
    }
    let typed = shortened(cursor.typed(cursor.at, cursor.tokens.len()));
    Err(Doubt::no(format!(
        "Snapshots are all I can make; I cannot make \"{typed}\""
    )))
}

/// The name between "a snapshot" and "of": "a snapshot called before-upgrade of web-01".
pub(super) fn name_before_target(cursor: &mut Cursor<'_>) -> Reading<Details> {
    let mut details = Details::default();
    if cursor.take_longest(CALLED).is_some() {
        details.name = Some(given_name(cursor)?);
    } else if OF.contains(&cursor.word_at(1))
        && cursor.word_at(2) != "me"
        && !OF.contains(&cursor.word())
        && let Some(name) = cursor.token().filter(|token| loose(token)).and_then(valid)
    {
        cursor.at += 1;
        details.name = Some(name);
    }
    if cursor.take_any(OF).is_none() {
        if cursor.ended() {
            return Err(Doubt::ask("A snapshot of which guest?", Vec::new()));
        }
        return Err(left_over(cursor));
    }
    Ok(details)
}

/// One detail behind the targets. `false` when none stands here.
pub(super) fn detail(cursor: &mut Cursor<'_>, details: &mut Details) -> Reading<bool> {
    if details.name.is_none() && cursor.take_longest(CALLED).is_some() {
        details.name = Some(given_name(cursor)?);
        return Ok(true);
    }
    if details.name.is_none()
        && cursor.word() == "as"
        && let Some(name) = cursor
            .tokens
            .get(cursor.at + 1)
            .filter(|token| loose(token))
            .and_then(valid)
    {
        cursor.at += 2;
        details.name = Some(name);
        return Ok(true);
    }
    for (phrases, memory) in [(WITH_MEMORY, true), (WITHOUT_MEMORY, false)] {
        if details.memory.is_none() && cursor.take_longest(phrases).is_some() {
            details.memory = Some(memory);
            return Ok(true);
        }
    }
    let here = cursor.at;
    if details.description.is_none() && cursor.take_longest(DESCRIPTION).is_some() {
        cursor.take(":");
        if let Some(token) = cursor
            .token()
            .filter(|token| token.kind == TokenKind::Quoted)
        {
            cursor.at += 1;
            details.description = Some(token.raw.clone());
            return Ok(true);
        }
        cursor.at = here;
        return Err(Doubt::no("Write the description of a snapshot in quotes"));
    }
    Ok(false)
}

/// The name after "called": any word that PVE takes.
fn given_name(cursor: &mut Cursor<'_>) -> Reading<String> {
    let Some(token) = cursor.token().filter(|token| token.kind != TokenKind::Mark) else {
        return Err(Doubt::no("The name of the snapshot is missing"));
    };
    if let Some(name) = valid(token) {
        cursor.at += 1;
        return Ok(name);
    }
    let mut proposal: String = token
        .raw
        .chars()
        .map(|sign| {
            if sign.is_ascii_alphanumeric() || sign == '_' {
                sign
            } else {
                '-'
            }
        })
        .skip_while(|sign| !sign.is_ascii_alphabetic())
        .take(LONGEST_NAME)
        .collect();
    proposal.truncate(proposal.trim_end_matches('-').len());
    let text = cursor.replaced(cursor.at, cursor.at + 1, &proposal);
    let options = if proposal.len() < 2 {
        Vec::new()
    } else {
        vec![choice(proposal.clone(), text)]
    };
    Err(Doubt::ask(
        format!(
            "\"{}\" cannot be the name of a snapshot: letters, digits, - and _, beginning with a letter. \
             What should it be called?",
            shortened(&token.raw)
        ),
        options,
    ))
}

fn valid(token: &Token) -> Option<String> {
    let name = token.raw.as_str();
    let first = name.bytes().next()?;
    let fits = token.kind != TokenKind::Mark
        && !token.possessive
        && (2..=LONGEST_NAME).contains(&name.len())
        && first.is_ascii_alphabetic()
        && name.bytes().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_'))
        // PVE's own word for the present state.
        && name != "current";
    fits.then(|| name.to_owned())
}

/// Where no "called" announces the name, function words cannot be one.
fn loose(token: &Token) -> bool {
    token.kind == TokenKind::Quoted
        || !is_reserved(&token.text)
        || hindrance(&token.text) == Some(Hindrance::Time) && token.text != "soon"
}

/// The wish for a new snapshot.
pub(super) fn create(cursor: &Cursor<'_>, target: &Target, details: &Details) -> Reading<Wish> {
    let Some(name) = details
        .name
        .clone()
        .or_else(|| cursor.focus.snapshot_name.clone())
    else {
        return Err(Doubt::ask(
            "What should the snapshot be called? Add for example \"called before-upgrade\".",
            Vec::new(),
        ));
    };
    let selectors = target.selectors();
    let mut input = json!({ "guests": selectors, "name": name });
    if let Some(fields) = input.as_object_mut() {
        if let Some(description) = &details.description {
            fields.insert("description".to_owned(), Value::from(description.as_str()));
        }
        if let Some(memory) = details.memory {
            fields.insert("memory".to_owned(), Value::from(memory));
        }
    }
    let memory = if details.memory == Some(true) {
        " with memory"
    } else {
        ""
    };
    let said = format!("snapshot {}{memory} as {name}", target.said());
    Ok(Wish {
        op: "snapshots.create",
        input,
        selectors,
        said,
    })
}

/// "… the snapshot before-upgrade of web-01", after a verb of deletion.
pub(super) fn delete(cursor: &mut Cursor<'_>) -> Reading<Vec<Wish>> {
    let speaks_of_snapshots =
        |word: &str| matches!(word, "snapshot" | "snapshots" | "snap" | "snaps");
    let rest = cursor.tokens.get(cursor.at..).unwrap_or_default();
    if !rest.iter().any(|token| speaks_of_snapshots(&token.text)) {
        return Err(Doubt::no(
            "I cannot delete guests or anything else but snapshots",
        ));
    }
    cursor.take_any(&["the", "my", "our"]);
    if cursor.take("all") {
        return Err(Doubt::no(
            "I delete snapshots by name, not all of a guest at once",
        ));
    }
    let mut names = Vec::new();
    let target;
    if cursor.token().is_some_and(|token| token.possessive) {
        target = spoken(cursor)?;
        names.push(name_beside_noun(cursor)?);
    } else {
        if cursor.take("snapshot") || cursor.take("snapshots") {
            if cursor.take_any(OF).is_some() {
                target = spoken(cursor)?;
                cursor
                    .take_longest(CALLED)
                    .map(|_| ())
                    .ok_or_else(missing_name)?;
                names.push(given_name(cursor)?);
                return Ok(deletions(&target, names));
            }
            cursor.take_longest(CALLED);
            names.push(announced_name(cursor)?);
            while super::items::take_list_link(cursor) {
                names.push(announced_name(cursor)?);
            }
        } else if cursor.word_at(1) == "snapshot" {
            names.push(announced_name(cursor)?);
            cursor.at += 1;
        } else {
            return Err(left_over(cursor));
        }
        if cursor.take_any(OF).is_none() {
            return Err(if cursor.ended() {
                Doubt::ask("The snapshot of which guest?", Vec::new())
            } else {
                left_over(cursor)
            });
        }
        target = spoken(cursor)?;
    }
    Ok(deletions(&target, names))
}

fn spoken(cursor: &mut Cursor<'_>) -> Reading<Target> {
    let target = target(cursor)?;
    cursor.antecedent = Some(target.clone());
    Ok(target)
}

fn missing_name() -> Doubt {
    Doubt::ask(
        "Which snapshot? Say its name, for example \"delete snapshot before-upgrade of web-01\".",
        Vec::new(),
    )
}

/// "snapshot before-upgrade" or "before-upgrade snapshot".
fn name_beside_noun(cursor: &mut Cursor<'_>) -> Reading<String> {
    if cursor.take("snapshot") {
        cursor.take_longest(CALLED);
        return announced_name(cursor);
    }
    let name = announced_name(cursor)?;
    if cursor.take("snapshot") {
        Ok(name)
    } else {
        Err(left_over(cursor))
    }
}

pub(super) fn announced_name(cursor: &mut Cursor<'_>) -> Reading<String> {
    let Some(token) = cursor.token() else {
        return Err(missing_name());
    };
    match valid(token).filter(|_| loose(token)) {
        Some(name) => {
            cursor.at += 1;
            Ok(name)
        }
        None => Err(left_over(cursor)),
    }
}

fn deletions(target: &Target, names: Vec<String>) -> Vec<Wish> {
    names
        .into_iter()
        .map(|name| {
            let selectors = target.selectors();
            Wish {
                op: "snapshots.delete",
                input: json!({ "guests": selectors, "name": name }),
                said: format!("delete snapshot {name} of {}", target.said()),
                selectors,
            }
        })
        .collect()
}
