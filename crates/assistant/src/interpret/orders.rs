//! Orders: one or more clauses of verb, targets and how to do it.

use serde_json::{Value, json};

use super::Wish;
use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, choice, left_over};
use super::items::{hit, target};
use super::lexicon::{Manner, OPENINGS, POLITE_QUESTIONS, Power, Verb};
use super::targets::Target;
use super::{phrases, snapshots};

const THEN: &[&str] = &[
    "and then",
    "then",
    "after that",
    "and after that",
    "afterwards",
    "and afterwards",
];
/// A shutdown that may take longer than this is a mistake in the unit.
const LONGEST_TIMEOUT_S: u64 = 86_400;

/// What may follow the targets.
#[derive(Debug, Default)]
pub(super) struct Tail {
    manner: Option<Manner>,
    timeout_s: Option<u64>,
    /// "… after a snapshot": first snapshot, then do it.
    snapshot_first: bool,
    pub snapshot: snapshots::Details,
}

/// A clause's wishes and whether a "then" stands before it.
struct Clause {
    wishes: Vec<Wish>,
    ordered: bool,
    /// The tokens of the link before it.
    link: (usize, usize),
}

/// The whole sentence as orders. `None` when it does not begin like an order at all; the cursor then keeps
/// what a phrase had to say.
pub(super) fn sentence(cursor: &mut Cursor<'_>) -> Reading<Option<Vec<Wish>>> {
    let polite = opening(cursor);
    let wishes = match start_of_order(cursor) {
        Some(_) => clause(cursor)?,
        None => match phrases::order(cursor) {
            Ok(wish) => vec![wish],
            Err(halt) => {
                cursor.halt = halt;
                return Ok(None);
            }
        },
    };
    let mut clauses = vec![Clause {
        wishes,
        ordered: false,
        link: (0, 0),
    }];
    while !cursor.finish() {
        let from = cursor.at;
        let Some(ordered) = take_link(cursor) else {
            return Err(unread(cursor));
        };
        let link = (from, cursor.at);
        opening(cursor);
        if !begins(cursor) {
            cursor.halt = cursor.halt.take().filter(|(at, _)| *at > cursor.at);
            return Err(unread(cursor));
        }
        clauses.push(Clause {
            wishes: clause(cursor)?,
            ordered,
            link,
        });
    }
    ask_about_contradictions(cursor, &clauses)?;
    if !polite
        && cursor
            .tokens
            .iter()
            .any(|token| token.text == "?" && token.raw == "?")
    {
        let order = cursor.text.replace('?', " ");
        let order = order.split_whitespace().collect::<Vec<_>>().join(" ");
        return Err(Doubt::ask(
            "Is that an order?",
            vec![choice("yes, plan it", order)],
        ));
    }
    Ok(Some(
        clauses
            .into_iter()
            .flat_map(|clause| clause.wishes)
            .collect(),
    ))
}

/// Moves over greetings and polite introductions; true when one of them asks ("can you …").
pub(super) fn opening(cursor: &mut Cursor<'_>) -> bool {
    let mut polite = false;
    loop {
        cursor.skip_fillers();
        let Some(phrase) = cursor.take_longest(OPENINGS) else {
            let here = cursor.at;
            let marks = cursor.take_any(&[",", ".", "!", ";"]).is_some();
            if !marks || here == 0 {
                cursor.at = here;
                return polite;
            }
            continue;
        };
        polite |= POLITE_QUESTIONS.contains(&phrase);
    }
}

/// Whether an order begins here.
pub(super) fn begins(cursor: &Cursor<'_>) -> bool {
    start_of_order(cursor).is_some() || phrases::begins(cursor)
}

/// Whether what stands here joins another order to the one before.
pub(super) fn another_order_begins(cursor: &Cursor<'_>) -> bool {
    let mut probe = cursor.clone();
    take_link(&mut probe).is_some() && {
        opening(&mut probe);
        begins(&probe)
    }
}

/// Why the rest was not understood: a phrase that came further knows best.
fn unread(cursor: &Cursor<'_>) -> Doubt {
    match &cursor.halt {
        Some((at, doubt)) if *at > cursor.at => doubt.clone(),
        _ => left_over(cursor),
    }
}

/// The manner and verb that begin here.
fn start_of_order(cursor: &Cursor<'_>) -> Option<(Option<Manner>, Verb, usize)> {
    let mut probe = cursor.clone();
    let manner = take_manner(&mut probe);
    if manner.is_some() {
        probe.take("-");
    }
    let (verb, length) = probe.verb()?;
    let length = probe.at + length - cursor.at;
    Some((manner, verb, length))
}

fn take_manner(cursor: &mut Cursor<'_>) -> Option<Manner> {
    const HARD: &[&str] = &[
        "hard",
        "force",
        "forcibly",
        "forcefully",
        "by force",
        "with force",
    ];
    const GRACEFUL: &[&str] = &[
        "gracefully",
        "graceful",
        "cleanly",
        "nicely",
        "safely",
        "softly",
    ];
    if cursor.take_longest(HARD).is_some() {
        return Some(Manner::Hard);
    }
    cursor.take_longest(GRACEFUL).map(|_| Manner::Graceful)
}

/// Moves over what joins two clauses; `Some(true)` when it says in which order.
fn take_link(cursor: &mut Cursor<'_>) -> Option<bool> {
    let from = cursor.at;
    while cursor.take_any(&[",", ";", "."]).is_some() {}
    if cursor.take_longest(THEN).is_some() {
        cursor.take(",");
        return Some(true);
    }
    cursor.take_any(&["and also", "and", "&"]);
    (cursor.at > from).then_some(false)
}

/// One clause, as a phrase or by the rules of this file; what came further says what is wrong.
pub(super) fn clause(cursor: &mut Cursor<'_>) -> Reading<Vec<Wish>> {
    let halt = match phrases::order(cursor) {
        Ok(wish) => return Ok(vec![wish]),
        Err(halt) => halt,
    };
    match power_or_snapshot(cursor) {
        Ok(wishes) => {
            cursor.halt = halt;
            Ok(wishes)
        }
        Err(doubt) => match halt {
            Some((at, said)) if at >= cursor.at => {
                cursor.at = at;
                Err(said)
            }
            _ => Err(doubt),
        },
    }
}

/// "snapshot and restart web-01", "turn the db boxes on pve2 off".
fn power_or_snapshot(cursor: &mut Cursor<'_>) -> Reading<Vec<Wish>> {
    let mut verbs = Vec::new();
    loop {
        let Some((manner, verb, length)) = start_of_order(cursor) else {
            return Err(left_over(cursor));
        };
        cursor.at += length;
        verbs.push((verb, manner));
        let here = cursor.at;
        let ordered = take_link(cursor);
        let next = start_of_order(cursor).map(|(_, verb, _)| verb);
        match (ordered, next) {
            (Some(ordered), Some(Verb::Power(..) | Verb::Snapshot)) if hit(cursor).is_none() => {
                let powers = |verb: &Verb| matches!(verb, Verb::Power(..));
                if !ordered && powers(&verb) && next.as_ref().is_some_and(powers) {
                    return Err(Doubt::no(
                        "The sentence asks for two different things with the same guests",
                    ));
                }
            }
            _ => {
                cursor.at = here;
                break;
            }
        }
    }
    match verbs.as_slice() {
        [(Verb::Cannot(what), _)] => Err(Doubt::no(format!("I cannot {what}"))),
        [(Verb::Delete, None)] => snapshots::delete(cursor),
        [(Verb::Make, None)] => {
            snapshots::take_noun(cursor)?;
            let mut tail = Tail {
                snapshot: snapshots::name_before_target(cursor)?,
                ..Tail::default()
            };
            let target = spoken_target(cursor)?;
            read_tail(cursor, &mut tail, None, true)?;
            Ok(vec![snapshots::create(cursor, &target, &tail.snapshot)?])
        }
        [(Verb::Separable(particles), manner)] => {
            let target = spoken_target(cursor)?;
            let mut tail = Tail {
                manner: *manner,
                ..Tail::default()
            };
            let power = read_tail(cursor, &mut tail, Some(particles), false)?;
            let Some(power) = power else {
                return Err(left_over(cursor));
            };
            wishes(cursor, &[Verb::Power(power, None)], &target, &tail)
        }
        several => {
            let mut tail = Tail::default();
            for (_, manner) in several {
                merge(&mut tail, *manner)?;
            }
            let verbs: Vec<Verb> = several.iter().map(|(verb, _)| *verb).collect();
            let snapshots = verbs.contains(&Verb::Snapshot);
            if let Some(manner) = take_manner(cursor) {
                merge(&mut tail, Some(manner))?;
            }
            if snapshots {
                cursor.take_any(&["of", "for"]);
            }
            let target = spoken_target(cursor)?;
            read_tail(cursor, &mut tail, None, snapshots)?;
            wishes(cursor, &verbs, &target, &tail)
        }
    }
}

fn spoken_target(cursor: &mut Cursor<'_>) -> Reading<Target> {
    let target = target(cursor)?;
    cursor.antecedent = Some(target.clone());
    Ok(target)
}

fn merge(tail: &mut Tail, manner: Option<Manner>) -> Reading<()> {
    match (tail.manner, manner) {
        (Some(known), Some(other)) if known != other => Err(Doubt::no(
            "The sentence says to do it gracefully and by force",
        )),
        (known, other) => {
            tail.manner = known.or(other);
            Ok(())
        }
    }
}

/// Everything that may stand behind the targets. Returns the verb that a particle completed.
fn read_tail(
    cursor: &mut Cursor<'_>,
    tail: &mut Tail,
    particles: Option<&'static [(&'static str, Power)]>,
    snapshots: bool,
) -> Reading<Option<Power>> {
    let mut completed = None;
    loop {
        let here = cursor.at;
        cursor.skip_fillers();
        if completed.is_none()
            && let Some((_, power)) = particles
                .unwrap_or_default()
                .iter()
                .find(|(particle, _)| cursor.take(particle))
        {
            completed = Some(*power);
            continue;
        }
        if let Some(manner) = take_manner(cursor) {
            merge(tail, Some(manner))?;
            continue;
        }
        if let Some(timeout_s) = timeout(cursor)? {
            tail.timeout_s = Some(timeout_s);
            continue;
        }
        if snapshots {
            if snapshots::detail(cursor, &mut tail.snapshot)? {
                continue;
            }
        } else if cursor.take_longest(snapshots::AFTER_A_SNAPSHOT).is_some() {
            tail.snapshot_first = true;
            snapshots::detail(cursor, &mut tail.snapshot)?;
            continue;
        }
        cursor.at = here;
        return Ok(completed);
    }
}

/// "with a timeout of 2 minutes"
fn timeout(cursor: &mut Cursor<'_>) -> Reading<Option<u64>> {
    const PHRASES: &[&str] = &[
        "with a timeout of",
        "with timeout of",
        "with timeout",
        "with a time-out of",
        "timeout",
    ];
    if cursor.take_longest(PHRASES).is_none() {
        return Ok(None);
    }
    let word = cursor.word();
    let digits = word.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
    let glued = word.get(digits.len()..).unwrap_or_default();
    let Ok(number) = digits.parse::<u64>() else {
        return Err(Doubt::no("The time-out has no number"));
    };
    cursor.at += 1;
    let unit = if glued.is_empty() {
        cursor.word()
    } else {
        glued
    };
    let factor = match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        _ => {
            return Err(Doubt::no(
                "The time-out has no unit: write seconds or minutes",
            ));
        }
    };
    if glued.is_empty() {
        cursor.at += 1;
    }
    number
        .checked_mul(factor)
        .filter(|seconds| (1..=LONGEST_TIMEOUT_S).contains(seconds))
        .map(Some)
        .ok_or_else(|| Doubt::no("The time-out must be between a second and a day"))
}

/// The wishes of one clause.
fn wishes(cursor: &Cursor<'_>, verbs: &[Verb], target: &Target, tail: &Tail) -> Reading<Vec<Wish>> {
    let mut made = Vec::new();
    if tail.snapshot_first {
        made.push(snapshots::create(cursor, target, &tail.snapshot)?);
    }
    let powers = verbs
        .iter()
        .filter(|verb| matches!(verb, Verb::Power(..)))
        .count();
    if powers == 0 && (tail.manner.is_some() || tail.timeout_s.is_some()) {
        return Err(Doubt::no("A snapshot has neither a manner nor a time-out"));
    }
    for verb in verbs {
        match verb {
            Verb::Snapshot => made.push(snapshots::create(cursor, target, &tail.snapshot)?),
            Verb::Power(power, own) => {
                let mut tail_manner = Tail {
                    manner: *own,
                    ..Tail::default()
                };
                merge(&mut tail_manner, tail.manner)?;
                made.push(power_wish(
                    effective(*power, tail_manner.manner)?,
                    target,
                    tail.timeout_s,
                )?);
            }
            Verb::Separable(_) | Verb::Make | Verb::Delete => {
                return Err(Doubt::no("I cannot tell how the verbs belong together"));
            }
            Verb::Cannot(what) => return Err(Doubt::no(format!("I cannot {what}"))),
        }
    }
    Ok(made)
}

/// The operation that verb and manner make together.
fn effective(power: Power, manner: Option<Manner>) -> Reading<Power> {
    match (power, manner) {
        (power, None) => Ok(power),
        (Power::Stop | Power::Shutdown, Some(Manner::Hard)) => Ok(Power::Stop),
        (Power::Stop | Power::Shutdown, Some(Manner::Graceful)) => Ok(Power::Shutdown),
        (Power::Reboot, Some(Manner::Graceful)) => Ok(Power::Reboot),
        (Power::Reboot, Some(Manner::Hard)) => Err(Doubt::no(
            "I cannot reset a guest hard; stop it, then start it",
        )),
        (Power::Start, Some(_)) => Err(Doubt::no("A start is neither graceful nor hard")),
    }
}

fn power_wish(power: Power, target: &Target, timeout_s: Option<u64>) -> Reading<Wish> {
    let selectors = target.selectors();
    let mut input = json!({ "guests": selectors });
    let mut said = format!("{} {}", power.said(), target.said());
    if let Some(seconds) = timeout_s {
        if !matches!(power, Power::Shutdown | Power::Reboot) {
            return Err(Doubt::no("Only a shutdown and a restart have a time-out"));
        }
        if let Some(fields) = input.as_object_mut() {
            fields.insert("timeout_s".to_owned(), Value::from(seconds));
        }
        said = format!("{said} with a time-out of {seconds} s");
    }
    Ok(Wish {
        op: power.operation(),
        input,
        selectors,
        said,
    })
}

/// "stop web-01 and start web-01": an order in time or a contradiction?
fn ask_about_contradictions(cursor: &Cursor<'_>, clauses: &[Clause]) -> Reading<()> {
    for (later, clause) in clauses.iter().enumerate() {
        let before = clauses.iter().take(later);
        let clash = |one: &Wish| {
            clause.wishes.iter().any(|other| {
                one.op != other.op
                    && one.op.starts_with("guests.")
                    && other.op.starts_with("guests.")
                    && one
                        .selectors
                        .iter()
                        .any(|selector| other.selectors.contains(selector))
            })
        };
        if !clause.ordered && before.flat_map(|clause| &clause.wishes).any(clash) {
            let (from, to) = clause.link;
            let text = cursor.replaced(from, to, " and then ");
            return Err(Doubt::ask(
                "The sentence asks for two different things with the same guest. One after the other?",
                vec![choice("one after the other", text)],
            ));
        }
    }
    Ok(())
}
