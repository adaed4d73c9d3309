//! Figures and fields that questions ask for: their words, and numbers with units.

use super::cursor::Cursor;
use super::doubt::{Doubt, Reading};

/// A figure or field of a guest, node or storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Share of the cores in use, 0..1.
    Cpu,
    /// Number of cores.
    Cores,
    /// Memory it has, in bytes.
    Memory,
    /// Memory in use, in bytes.
    MemoryUsed,
    /// Disk size, in bytes.
    Disk,
    /// Seconds since the start.
    Uptime,
    /// The node it is on.
    Node,
    /// Its pool.
    Pool,
    /// Its tags.
    Tags,
    /// Its id.
    Id,
    /// Its kind, qemu or lxc.
    Kind,
    /// Free bytes of a storage.
    Free,
    /// Used share of a storage, 0..1.
    Used,
}

/// How a figure is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// More than the value.
    Over,
    /// Less than the value.
    Under,
}

const WORDS: &[(&str, Measure)] = &[
    ("cpu usage", Measure::Cpu),
    ("cpu load", Measure::Cpu),
    ("cpu", Measure::Cpu),
    ("load", Measure::Cpu),
    ("cores", Measure::Cores),
    ("cpu cores", Measure::Cores),
    ("cpus", Measure::Cores),
    ("vcpus", Measure::Cores),
    ("memory usage", Measure::MemoryUsed),
    ("ram usage", Measure::MemoryUsed),
    ("memory", Measure::Memory),
    ("ram", Measure::Memory),
    ("disk size", Measure::Disk),
    ("disk space", Measure::Disk),
    ("disk", Measure::Disk),
    ("uptime", Measure::Uptime),
    ("node", Measure::Node),
    ("host", Measure::Node),
    ("pool", Measure::Pool),
    ("tags", Measure::Tags),
    ("tag", Measure::Tags),
    ("vmid", Measure::Id),
    ("id", Measure::Id),
    ("kind", Measure::Kind),
    ("type", Measure::Kind),
];

/// Moves over the words of a measure.
pub(super) fn take_measure(cursor: &mut Cursor<'_>) -> Option<Measure> {
    let (length, measure) = WORDS
        .iter()
        .filter_map(|(words, measure)| Some((cursor.phrase_at(0, words)?, *measure)))
        .max_by_key(|(length, _)| *length)?;
    cursor.at += length;
    Some(measure)
}

/// Using means the used part: "how much memory does it use".
pub(super) fn in_use(measure: Measure) -> Measure {
    if measure == Measure::Memory {
        Measure::MemoryUsed
    } else {
        measure
    }
}

/// "more than 4 GB of memory", "over 80% cpu", "at least" is not among them: it is another number.
pub(super) fn take_comparison(
    cursor: &mut Cursor<'_>,
) -> Reading<Option<(Measure, Comparison, f64)>> {
    const OVER: &[&str] = &["more than", "over", "above", "greater than"];
    const UNDER: &[&str] = &["less than", "under", "below", "fewer than"];
    let comparison = if cursor.take_longest(OVER).is_some() {
        Comparison::Over
    } else if cursor.take_longest(UNDER).is_some() {
        Comparison::Under
    } else {
        return Ok(None);
    };
    let word = cursor.word();
    let digits = word.trim_end_matches(|sign: char| !sign.is_ascii_digit());
    let glued = word.get(digits.len()..).unwrap_or_default();
    let Ok(number) = digits.parse::<f64>() else {
        return Err(Doubt::no("The comparison has no number"));
    };
    cursor.at += 1;
    let unit = if glued.is_empty() {
        cursor.word()
    } else {
        glued
    };
    let scale = scale(unit);
    if glued.is_empty() && scale.is_some() {
        cursor.at += 1;
    }
    cursor.take("of");
    let measure = take_measure(cursor);
    let value = number * scale.map_or(1.0, |(factor, _)| factor);
    let fits = |measure: Measure| match scale.map(|(_, dimension)| dimension) {
        Some(Dimension::Bytes) => matches!(
            measure,
            Measure::Memory | Measure::MemoryUsed | Measure::Disk
        ),
        Some(Dimension::Share) => matches!(measure, Measure::Cpu),
        Some(Dimension::Seconds) => measure == Measure::Uptime,
        None => measure == Measure::Cores,
    };
    let measure = match (measure, scale.map(|(_, dimension)| dimension)) {
        (None, Some(Dimension::Seconds)) => Some(Measure::Uptime),
        (measure, _) => measure,
    };
    match measure.filter(|measure| fits(*measure)) {
        Some(measure) => Ok(Some((measure, comparison, value))),
        None => Err(Doubt::no(
            "I cannot tell which figure is compared, or its unit is missing",
        )),
    }
}

#[derive(Clone, Copy)]
enum Dimension {
    Bytes,
    Share,
    Seconds,
}

fn scale(unit: &str) -> Option<(f64, Dimension)> {
    const KIB: f64 = 1024.0;
    const DAY: f64 = 86_400.0;
    Some(match unit {
        "mb" | "mib" | "m" => (KIB * KIB, Dimension::Bytes),
        "gb" | "gib" | "g" | "gigs" | "gigabytes" => (KIB * KIB * KIB, Dimension::Bytes),
        "tb" | "tib" | "t" | "terabytes" => (KIB * KIB * KIB * KIB, Dimension::Bytes),
        "%" | "percent" => (0.01, Dimension::Share),
        "minute" | "minutes" => (60.0, Dimension::Seconds),
        "hour" | "hours" => (3_600.0, Dimension::Seconds),
        "day" | "days" => (DAY, Dimension::Seconds),
        "week" | "weeks" => (7.0 * DAY, Dimension::Seconds),
        _ => return None,
    })
}
