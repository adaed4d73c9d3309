//! Two chunks that give different values for the same thing.

use std::collections::BTreeSet;

use crate::{
    chunk::Kind,
    extract::{Candidate, Wanted},
};

/// Passages speak of the same thing when they share this much of what the better of them holds of the
/// question.
const SHARED: f32 = 0.75;
/// And at least so many words of it.
const LEAST_SHARED: usize = 2;

/// Whether the passages of two chunks that fit the question best give quantities of one kind (sizes, times)
/// without a common value, or the two are one option with two defaults.
pub(crate) fn differ(first: &Candidate<'_>, other: &Candidate<'_>, wanted: &Wanted) -> bool {
    if first.chunk.kind == Kind::Option && other.chunk.kind == Kind::Option {
        return one_option_with_two_defaults(first, other);
    }
    let (Some((one, held)), Some((two, also))) = (best(first, wanted), best(other, wanted)) else {
        return false;
    };
    let shared: Vec<usize> = held
        .iter()
        .filter(|at| also.contains(at))
        .copied()
        .collect();
    let weight = |held: &[usize]| held.iter().map(|at| wanted.weight(*at)).sum::<f32>();
    let most = weight(held).max(weight(also));
    if shared.len() < LEAST_SHARED || weight(&shared) < SHARED * most {
        return false;
    }
    let (one, two) = (quantities(one), quantities(two));
    KINDS.iter().any(|kind| {
        let of = |all: &BTreeSet<(&'static str, u64)>| -> BTreeSet<u64> {
            all.iter()
                .filter(|(name, _)| name == kind)
                .map(|(_, value)| *value)
                .collect()
        };
        let (one, two) = (of(&one), of(&two));
        !one.is_empty() && !two.is_empty() && one.is_disjoint(&two)
    })
}

/// The passage that holds most of the question, with what it holds.
fn best<'a>(candidate: &'a Candidate<'a>, wanted: &Wanted) -> Option<(&'a str, &'a [usize])> {
    let weight = |held: &[usize]| held.iter().map(|at| wanted.weight(*at)).sum::<f32>();
    candidate
        .passages
        .iter()
        .filter(|(passage, held)| passage.has_number && !held.is_empty())
        .max_by(|(_, a), (_, b)| weight(a).total_cmp(&weight(b)))
        .map(|(passage, held)| (passage.of(candidate.whole), held.as_slice()))
}

fn one_option_with_two_defaults(first: &Candidate<'_>, other: &Candidate<'_>) -> bool {
    let name = |candidate: &Candidate<'_>| {
        candidate
            .chunk
            .title()
            .trim_start_matches('-')
            .to_lowercase()
    };
    // Under two commands one name may mean two things: only what explains it in the same words is the same.
    let explained = |candidate: &Candidate<'_>| {
        candidate
            .chunk
            .text
            .split_once("\n\n")
            .map(|(_, rest)| rest.to_owned())
    };
    match (default_of(&first.chunk.text), default_of(&other.chunk.text)) {
        (Some(one), Some(two)) => {
            one != two && name(first) == name(other) && explained(first) == explained(other)
        }
        _ => false,
    }
}

/// `3` of `speed: <integer> (default = 3)`.
fn default_of(text: &str) -> Option<&str> {
    let (_, rest) = text.lines().next()?.split_once("(default")?;
    let (value, _) = rest.split_once(')')?;
    Some(value.trim_start_matches([' ', '=']).trim())
}

const KINDS: [&str; 3] = ["bytes", "seconds", "percent"];

/// Quantities with a unit: 128 MiB, 30 seconds, 80 %.
fn quantities(text: &str) -> BTreeSet<(&'static str, u64)> {
    let spaced: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '.' | '%') {
                c
            } else {
                ' '
            }
        })
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut all = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let digits = word
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(word.len());
        let (number, unit) = word.split_at(digits);
        let Ok(number) = number.trim_end_matches('.').parse::<f64>() else {
            continue;
        };
        let unit = if unit.is_empty() {
            words.get(at + 1).copied().unwrap_or_default()
        } else {
            unit
        };
        if let Some((kind, factor)) = unit_of(unit) {
            all.insert((kind, (number * factor) as u64));
        }
    }
    all
}

fn unit_of(unit: &str) -> Option<(&'static str, f64)> {
    const KI: f64 = 1024.0;
    Some(match unit.trim_end_matches('.') {
        "KiB" | "KB" | "kB" => ("bytes", KI),
        "MiB" | "MB" => ("bytes", KI * KI),
        "GiB" | "GB" => ("bytes", KI * KI * KI),
        "TiB" | "TB" => ("bytes", KI * KI * KI * KI),
        "ms" | "milliseconds" => ("seconds", 0.001),
        "s" | "second" | "seconds" => ("seconds", 1.0),
        "minute" | "minutes" | "min" => ("seconds", 60.0),
        "hour" | "hours" => ("seconds", 3_600.0),
        "day" | "days" => ("seconds", 86_400.0),
        "%" | "percent" => ("percent", 1.0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_with_their_units() {
        assert_eq!(
            quantities("at most 128 MiB, after 2 minutes (80%), 5 nodes"),
            BTreeSet::from([("bytes", 128 << 20), ("percent", 80), ("seconds", 120)])
        );
    }

    #[test]
    fn the_default_of_an_option_stands_in_its_first_line() {
        assert_eq!(
            default_of("speed: <integer> (default = 3)\n\nText."),
            Some("3")
        );
        assert_eq!(default_of("speed: <integer>\n\nText (default = 3)."), None);
    }
}
