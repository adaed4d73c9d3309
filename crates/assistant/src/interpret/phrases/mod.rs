//! Sentences that operations declare for themselves: `(migrate|move) {guests:guests} to {target:node}`.
//!
//! The phrases come from the registry ([`ops::phrase`]). They are words to be met one by one, without
//! spelling mistakes, and holes that the same rules read which read everything else. What this module adds
//! is the choice: the longest reading behind which the sentence ends or another order begins. Two different
//! meanings of the same words are asked back, and so is what is missing.

mod amounts;
mod book;
mod calendar;
mod holes;
mod missing;
mod walk;

use ops::Risk;

pub use book::Phrasebook;

use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, choice, left_over};
use super::lexicon::mistyped_word;
use super::orders::another_order_begins;
use super::{Answer, Question, Wish};
use walk::{Found, Walked};

/// A doubt and how far the reading came before it.
pub(super) type Halt = (usize, Doubt);

/// Whether an order could begin with the word here, as far as phrases go.
pub(super) fn begins(cursor: &Cursor<'_>) -> bool {
    let orders = &cursor.vocabulary.phrases().orders;
    orders.begins_with(cursor.word())
        || (!cursor.within_order && orders.begins_with_a_time() && calendar::begins(cursor))
}

/// The order that begins here. The cursor moves only when there is one.
pub(super) fn order(cursor: &mut Cursor<'_>) -> Result<Wish, Option<Halt>> {
    let book = cursor.vocabulary.phrases();
    let mut found = Found::default();
    walk::through(&book.orders, cursor, &mut found);
    let walked = longest(&mut found, |end| {
        cursor.within_order || end.clone().finish() || another_order_begins(end)
    });
    let Some(walked) = walked else {
        return Err(found.halt.or_else(|| mistyped(cursor)));
    };
    let from = cursor.at;
    let at = walked.path.cursor.at;
    let wish = wish(book, &walked, cursor.typed(from, at)).map_err(|doubt| Some((at, doubt)))?;
    *cursor = Cursor {
        bare_names: cursor.bare_names,
        within_order: cursor.within_order,
        antecedent: walked.path.target.clone().or(cursor.antecedent.take()),
        ..walked.path.cursor
    };
    Ok(wish)
}

/// The question that the whole rest of the sentence is.
pub(super) fn question(cursor: &mut Cursor<'_>) -> Result<Question, Option<Halt>> {
    let book = cursor.vocabulary.phrases();
    let mut found = Found::default();
    walk::through(&book.questions, cursor, &mut found);
    let Some(walked) = longest(&mut found, |end| end.clone().finish()) else {
        return Err(found.halt);
    };
    let at = walked.path.cursor.at;
    let said = cursor.typed(cursor.at, at);
    let wish = wish(book, &walked, said).map_err(|doubt| Some((at, doubt)))?;
    cursor.at = at;
    Ok(Question {
        op: wish.op,
        input: wish.input,
        answer: Answer::Told,
        said: wish.said,
    })
}

/// The longest reading that the sentence allows; all of that length, when they mean the same, are one.
fn longest<'a>(found: &mut Found<'a>, allowed: impl Fn(&Cursor<'a>) -> bool) -> Option<Walked<'a>> {
    let ends = std::mem::take(&mut found.ends);
    let (allowed, rest): (Vec<_>, Vec<_>) =
        ends.into_iter().partition(|end| allowed(&end.path.cursor));
    let Some(at) = allowed.iter().map(|end| end.path.cursor.at).max() else {
        for end in rest {
            found.note(end.path.cursor.at, left_over(&end.path.cursor));
        }
        return None;
    };
    let mut same = allowed.into_iter().filter(|end| end.path.cursor.at == at);
    let first = same.next()?;
    let mut others: Vec<&'static str> = Vec::new();
    for other in same {
        if (other.op, &other.path.fields) != (first.op, &first.path.fields) {
            others.push(other.summary);
        }
    }
    if others.is_empty() {
        return Some(first);
    }
    others.insert(0, first.summary);
    others.dedup();
    let meanings = others.join("\", or \"");
    found.note(
        at,
        Doubt::ask(
            format!("That could mean \"{meanings}\". Say it in other words"),
            Vec::new(),
        ),
    );
    None
}

/// The wish of a reading. What cannot be taken back needs more certainty than the rest.
fn wish(book: &Phrasebook, walked: &Walked<'_>, typed: &str) -> Reading<Wish> {
    if book.risk(walked.op) == Risk::Destructive {
        if let Some((from, to, said)) = &walked.path.pointed {
            let text = walked.path.cursor.replaced(*from, *to, said);
            return Err(Doubt::ask(
                format!("Do you mean {said}?"),
                vec![choice(said, text)],
            ));
        }
        if walked
            .path
            .target
            .as_ref()
            .is_some_and(super::targets::Target::has_all)
        {
            return Err(Doubt::no(
                "I do not plan what cannot be taken back for every guest there is; name them, or say which",
            ));
        }
    }
    let mut input = serde_json::Map::new();
    for (field, value) in &walked.path.fields {
        input.insert((*field).to_owned(), value.clone());
    }
    for value in input.values_mut() {
        if value.as_str() == Some("@said") {
            *value = missing::short_name(typed).into();
        }
    }
    Ok(Wish {
        op: walked.op,
        input: input.into(),
        selectors: walked
            .path
            .target
            .as_ref()
            .map(super::targets::Target::selectors)
            .unwrap_or_default(),
        said: walked.path.said.join(" "),
    })
}

/// A slip of the finger in the first word is asked back: phrases are taken by the letter.
fn mistyped(cursor: &Cursor<'_>) -> Option<Halt> {
    let words = cursor.vocabulary.phrases().orders.first_words();
    let meant = mistyped_word(cursor.word(), words)?;
    let text = cursor.replaced(cursor.at, cursor.at + 1, meant);
    let doubt = Doubt::ask(
        format!("Did you mean \"{meant}\"?"),
        vec![choice(meant, text)],
    );
    Some((cursor.at + 1, doubt))
}

#[cfg(test)]
mod tests;
