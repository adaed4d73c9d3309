//! The order of chunks: scores of all, then a second look at the best.

use crate::{
    chunk::{Chunk, Kind},
    index::Index,
    manuals::Manuals,
    query::{Guests, Query},
};

/// A chunk, by its place in the library, with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) at: usize,
    pub(crate) score: f32,
}

/// So many of the best are looked at a second time.
const LOOKED_AT: usize = 60;
/// What holding every word of the question is worth, as a share of the score.
const COMPLETE: f32 = 0.5;
/// What a section lends to those that stand directly in it: a short part of a chapter often leaves unsaid what
/// the chapter is about.
const LENT: f32 = 0.2;

/// What a command is worth to who asks for something to type.
const ASKED_FOR: f32 = 1.4;
/// What a page about the other kind of guests is worth.
const OTHER_GUESTS: f32 = 0.8;

/// The score of every chunk by the words of a question.
pub(crate) fn by_words(index: &Index, query: &Query) -> Vec<f32> {
    let mut scores = vec![0.0; index.len()];
    for (term, weight) in query.terms() {
        index.score(term, weight, &mut scores);
    }
    scores
}

/// The `most` best chunks by their scores, which may come of words alone or of words and vectors, after a
/// second look at the best. Equal scores stand in the order of the library.
pub(crate) fn best(
    scores: &[f32],
    index: &Index,
    chunks: &[Chunk],
    manuals: &Manuals,
    query: &Query,
    most: usize,
) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = scores
        .iter()
        .enumerate()
        .filter(|(_, score)| **score > 0.0)
        .map(|(at, score)| Ranked { at, score: *score })
        .collect();
    keep_best(&mut ranked, most.max(LOOKED_AT));
    let rest = ranked.split_off(LOOKED_AT.min(ranked.len()));
    for one in &mut ranked {
        if let Some(chunk) = chunks.get(one.at) {
            one.score *= (1.0 + COMPLETE * share_held(index, query, one.at))
                * prior(chunk)
                * guest_factor(query, chunk)
                * if query.wants_command && chunk.kind == Kind::Command {
                    ASKED_FOR
                } else {
                    1.0
                }
                * manuals.factor(query, index, chunk, one.at);
        }
    }
    lend(&mut ranked, chunks);
    keep_best(&mut ranked, LOOKED_AT);
    // A second look only ever raises, so that what was not looked at stays behind: its score is the old one.
    let last = ranked.last().map_or(f32::MAX, |one| one.score);
    ranked.extend(rest.into_iter().map(|one| Ranked {
        score: one.score.min(last),
        ..one
    }));
    ranked.truncate(most);
    ranked
}

/// Sorts, best first, and cuts; only what is kept is sorted.
fn keep_best(ranked: &mut Vec<Ranked>, most: usize) {
    let order = |a: &Ranked, b: &Ranked| b.score.total_cmp(&a.score).then(a.at.cmp(&b.at));
    if ranked.len() > most && most > 0 {
        ranked.select_nth_unstable_by(most - 1, order);
    }
    ranked.truncate(most);
    ranked.sort_unstable_by(order);
}

/// The share of the question's weight in typed words that a chunk holds.
fn share_held(index: &Index, query: &Query, at: usize) -> f32 {
    let (mut all, mut held) = (0.0, 0.0);
    for term in &query.typed {
        let weight = index.rarity(term);
        all += weight;
        if index.holds(at, term) {
            held += weight;
        }
    }
    if all > 0.0 { held / all } else { 0.0 }
}

/// A section explains; an option and a synopsis are short, and therefore rank higher than they should. A
/// chapter says more than the manual page that repeats a part of it.
fn prior(chunk: &Chunk) -> f32 {
    let kind = match chunk.kind {
        Kind::Option => 0.85,
        Kind::Command => 0.9,
        Kind::Section | Kind::Endpoint | Kind::Note => 1.0,
    };
    let is_chapter = chunk.at.page.starts_with("chapter-");
    kind * if is_chapter { 1.07 } else { 1.0 }
}

/// A question about containers is seldom answered by what is said of virtual machines, and the other way
/// round, where both are described in the same words.
fn guest_factor(query: &Query, chunk: &Chunk) -> f32 {
    let of_page = |name: &str| {
        let page = chunk
            .at
            .page
            .strip_prefix("chapter-")
            .unwrap_or(&chunk.at.page);
        page.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    let is_other = match query.guests {
        Guests::Containers => of_page("qm"),
        Guests::Machines => of_page("pct"),
        Guests::Any => false,
    };
    if is_other { OTHER_GUESTS } else { 1.0 }
}

fn lend(ranked: &mut [Ranked], chunks: &[Chunk]) {
    let before: Vec<Ranked> = ranked.to_vec();
    for one in ranked {
        let Some(chunk) = chunks.get(one.at) else {
            continue;
        };
        let lent = before
            .iter()
            .filter(|other| {
                chunks
                    .get(other.at)
                    .is_some_and(|other| holds_directly(other, chunk))
            })
            .map(|other| other.score)
            .fold(0.0, f32::max);
        one.score += LENT * lent;
    }
}

fn holds_directly(section: &Chunk, part: &Chunk) -> bool {
    section.at.page == part.at.page
        && section.path.len() + 1 == part.path.len()
        && part.path.starts_with(&section.path)
}
