//! Numbers, sizes and names of disks, as typed.

use crate::interpret::cursor::Cursor;
use crate::interpret::doubt::{Doubt, Reading};

const GIB: u64 = 1_024;

/// A whole number, in digits or as a word up to ten.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Reading<u32> {
    const WORDS: &[&str] = &[
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let word = cursor.word();
    let spelled = WORDS
        .iter()
        .position(|known| *known == word)
        .and_then(|place| u32::try_from(place + 1).ok());
    let number = spelled
        .or_else(|| digits(word))
        .filter(|number| (1..=100_000).contains(number));
    match number {
        Some(number) => {
            cursor.at += 1;
            Ok(number)
        }
        None => Err(Doubt::no("A number is missing there")),
    }
}

fn digits(word: &str) -> Option<u32> {
    let plain = !word.is_empty() && word.bytes().all(|sign| sign.is_ascii_digit());
    plain.then(|| word.parse().ok()).flatten()
}

/// "30 days", "2 weeks", "30d".
pub(super) fn days(cursor: &mut Cursor<'_>) -> Reading<u32> {
    let unit = |word: &str| match word {
        "d" | "day" | "days" => Some(1),
        "w" | "week" | "weeks" => Some(7),
        _ => None,
    };
    let (number, rest) = split(cursor.word());
    let (factor, tokens) = if rest.is_empty() {
        (unit(cursor.word_at(1)), 2)
    } else {
        (unit(rest), 1)
    };
    let days = digits(number)
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor))
        .filter(|days| (1..=36_500).contains(days));
    let Some(days) = days else {
        return Err(Doubt::no("Say an age in days or weeks, as \"30 days\""));
    };
    cursor.at += tokens;
    Ok(days)
}

/// A size as PVE writes it: `64G`.
pub(super) fn size(cursor: &mut Cursor<'_>) -> Reading<String> {
    let (number, unit) = number_and_unit(cursor)?;
    if number.contains('.') {
        return Err(Doubt::no("Say the size in whole units, as \"1536G\""));
    }
    Ok(format!("{number}{unit}"))
}

/// Memory in MiB; a number without a unit is none.
pub(super) fn mebibytes(cursor: &mut Cursor<'_>) -> Reading<u64> {
    let (number, unit) = number_and_unit(cursor)?;
    let factor = match unit {
        'M' => 1,
        'G' => GIB,
        _ => GIB * GIB,
    };
    let whole = match number.split_once('.') {
        None => number
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(factor)),
        // Halves and quarters, but nothing that leaves a fraction of a MiB.
        Some((head, tail)) => head
            .parse::<u64>()
            .ok()
            .zip(tail.parse::<u64>().ok())
            .and_then(|(head, part)| {
                let scale = 10_u64.checked_pow(u32::try_from(tail.len()).ok()?)?;
                let part = part.checked_mul(factor)?;
                (part % scale == 0).then_some(())?;
                head.checked_mul(factor)?.checked_add(part / scale)
            }),
    };
    whole
        .filter(|mib| (1..=64 * GIB * GIB).contains(mib))
        .ok_or_else(|| Doubt::no("That is no amount of memory that a guest can have"))
}

fn number_and_unit<'a>(cursor: &mut Cursor<'a>) -> Reading<(&'a str, char)> {
    let word = cursor.word().trim_start_matches('+');
    let (number, glued) = split(word);
    let (unit, tokens) = if glued.is_empty() {
        (cursor.word_at(1), 2)
    } else {
        (glued, 1)
    };
    let unit = match unit {
        "m" | "mb" | "mib" | "meg" | "megs" | "megabyte" | "megabytes" | "mebibytes" => Some('M'),
        "g" | "gb" | "gib" | "gig" | "gigs" | "gigabyte" | "gigabytes" | "gibibytes" => Some('G'),
        "t" | "tb" | "tib" | "terabyte" | "terabytes" | "tebibytes" => Some('T'),
        _ => None,
    };
    let plain = number.len() <= 9
        && (number.starts_with(|sign: char| sign.is_ascii_digit() && sign != '0')
            || number.starts_with("0."))
        && number.bytes().filter(|sign| *sign == b'.').count() <= 1
        && !number.ends_with('.');
    let Some(unit) = unit.filter(|_| plain) else {
        return Err(Doubt::no(
            "A size is missing there, with its unit, as \"16G\"",
        ));
    };
    cursor.at += tokens;
    Ok((number, unit))
}

/// The digits at the beginning, and the rest.
fn split(word: &str) -> (&str, &str) {
    let end = word
        .find(|sign: char| !sign.is_ascii_digit() && sign != '.')
        .unwrap_or(word.len());
    word.split_at(end)
}

/// `scsi0`, `rootfs`, `mp0`.
pub(super) fn disk(cursor: &mut Cursor<'_>) -> Reading<String> {
    const BUSES: &[&str] = &[
        "scsi", "virtio", "sata", "ide", "mp", "unused", "efidisk", "tpmstate",
    ];
    let word = cursor.word();
    let numbered = |bus: &&str| {
        word.strip_prefix(*bus)
            .is_some_and(|rest| (1..=3).contains(&rest.len()) && digits(rest).is_some())
    };
    if word != "rootfs" && !BUSES.iter().any(numbered) {
        return Err(Doubt::ask(
            "Which disk? Say it as PVE calls it, for example scsi0, virtio1, rootfs or mp0.",
            Vec::new(),
        ));
    }
    cursor.at += 1;
    Ok(word.to_owned())
}
