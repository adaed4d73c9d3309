//! A sentence along the tree of phrases: every reading, and where the furthest one stopped.

use serde_json::Value;

use super::Halt;
use super::book::{End, Phrasebook, Tree};
use super::{holes, missing};
use crate::interpret::cursor::Cursor;
use crate::interpret::doubt::Doubt;
use crate::interpret::targets::Target;

/// What a walk brought.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub ends: Vec<Walked<'a>>,
    pub halt: Option<Halt>,
}

/// A complete reading.
#[derive(Debug, Clone)]
pub(super) struct Walked<'a> {
    pub op: &'static str,
    pub summary: &'static str,
    pub path: Path<'a>,
}

/// A reading on its way.
#[derive(Debug, Clone)]
pub(super) struct Path<'a> {
    pub cursor: Cursor<'a>,
    pub fields: Vec<(&'static str, Value)>,
    pub said: Vec<String>,
    pub target: Option<Target>,
    /// "it" and "them" that mean what the conversation spoke of: from, to, and what that is.
    pub pointed: Option<(usize, usize, String)>,
}

impl<'a> Path<'a> {
    fn from(cursor: &Cursor<'a>) -> Self {
        Self {
            cursor: cursor.clone(),
            fields: Vec::new(),
            said: Vec::new(),
            target: None,
            pointed: None,
        }
    }

    /// This way and a tail behind it; nothing when the tail says a field again.
    fn with_tail(&self, tail: Self) -> Option<Self> {
        let said_before = |field: &str| {
            self.fields
                .iter()
                .any(|(known, value)| *known == field && value.as_str() != Some("@said"))
        };
        if tail.fields.iter().any(|(field, _)| said_before(field)) {
            return None;
        }
        let mut all = self.clone();
        all.cursor = tail.cursor;
        all.fields
            .retain(|(field, _)| !tail.fields.iter().any(|(other, _)| other == field));
        all.fields.extend(tail.fields);
        all.said.extend(tail.said);
        Some(all)
    }
}

impl Found<'_> {
    /// Keeps the doubt that is furthest along; of two at one place a question back.
    pub(super) fn note(&mut self, at: usize, doubt: Doubt) {
        note(&mut self.halt, at, doubt);
    }
}

fn note(halt: &mut Option<Halt>, at: usize, doubt: Doubt) {
    let better = match halt {
        None => true,
        Some((known, Doubt::No { .. })) => {
            at > *known || (at == *known && matches!(doubt, Doubt::Ask { .. }))
        }
        Some((known, Doubt::Ask { .. })) => at > *known,
    };
    if better {
        *halt = Some((at, doubt));
    }
}

/// Every reading of the sentence from the cursor on.
pub(super) fn through<'a>(tree: &'a Tree, cursor: &Cursor<'a>, found: &mut Found<'a>) {
    let book = cursor.vocabulary.phrases();
    for (end, path) in ways(tree, cursor, &mut found.halt) {
        complete(book, end, path, found);
    }
}

/// A phrase is complete: what its words say, and what may follow.
fn complete<'a>(book: &'a Phrasebook, end: &End, mut path: Path<'a>, found: &mut Found<'a>) {
    let Some(spoken) = book.spoken.get(end.spoken) else {
        return;
    };
    path.fields.extend(end.set.iter().cloned());
    let mut open = vec![path];
    while let Some(path) = open.pop() {
        for (end, mut tail) in ways(&spoken.tails, &path.cursor, &mut found.halt) {
            tail.fields.extend(end.set.iter().cloned());
            open.extend(path.with_tail(tail));
        }
        found.ends.push(Walked {
            op: spoken.op,
            summary: spoken.summary,
            path,
        });
    }
}

/// All ways through a tree, each with the end that it came to.
fn ways<'a>(
    tree: &'a Tree,
    cursor: &Cursor<'a>,
    halt: &mut Option<Halt>,
) -> Vec<(&'a End, Path<'a>)> {
    let mut done = Vec::new();
    let mut open = vec![(0, Path::from(cursor))];
    while let Some((at, path)) = open.pop() {
        let Some(node) = tree.node(at) else {
            continue;
        };
        done.extend(node.ends.iter().map(|end| (end, path.clone())));
        if path.cursor.at > cursor.at && path.cursor.clone().finish() {
            if node.ends.is_empty()
                && let Some(doubt) = missing::part(tree, at, &path.cursor)
            {
                note(halt, path.cursor.at, doubt);
            }
            continue;
        }
        for (word, next) in &node.words {
            if let Some(after) = behind(word, &path.cursor) {
                let mut on = path.clone();
                on.cursor = after;
                on.said.push((*word).to_owned());
                open.push((*next, on));
            }
        }
        for (field, hole, next) in &node.holes {
            let (fillings, doubt) = holes::fillings(*hole, field, &path.cursor);
            if let Some((at, doubt)) = doubt {
                note(halt, at, doubt);
            }
            for filling in fillings {
                let mut on = path.clone();
                on.cursor = filling.cursor;
                on.fields.extend(filling.fields);
                on.said.push(filling.said);
                if let Some(target) = filling.target {
                    on.cursor.antecedent = Some(target.clone());
                    on.target = Some(target);
                    on.pointed = filling.pointed;
                }
                open.push((*next, on));
            }
        }
    }
    done
}

/// The place behind a word, with the fillers before it passed over.
fn behind<'a>(word: &str, cursor: &Cursor<'a>) -> Option<Cursor<'a>> {
    let mut after = cursor.clone();
    if after.take(word) {
        return Some(after);
    }
    after.take(",");
    after.skip_fillers();
    after.take(word).then_some(after)
}
