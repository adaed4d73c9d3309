//! One value as a person reads it: times to the second, sizes and durations in units, unknown as `-`.

use jiff::Timestamp;
use serde_json::Value;

/// What stands for what is not known or not there: unknown is never zero.
pub(super) const UNKNOWN: &str = "-";

/// The value of a field, on one line; what has parts of its own is not for a cell.
pub(super) fn cell(field: &str, value: &Value) -> String {
    match value {
        Value::Null => UNKNOWN.to_owned(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number
            .as_f64()
            .and_then(|number| measure(field, number))
            .unwrap_or_else(|| {
                let text = number.to_string();
                text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
            }),
        Value::String(text) => text_of(text),
        Value::Array(list) => list
            .iter()
            .map(|item| cell(field, item))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !is_empty(value))
            .map(|(name, value)| format!("{} {}", label(name), cell(name, value)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// What the name of a field says to a person: the unit stands with the number.
pub(super) fn label(field: &str) -> String {
    ["_bytes", "_s", "_percent"]
        .iter()
        .find_map(|unit| field.strip_suffix(unit))
        .unwrap_or(field)
        .replace('_', " ")
}

/// Whether there is nothing to tell: null, or a list or object without anything in it.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Text for a terminal, which control characters must not steer; lines stay lines.
pub(super) fn harmless(text: &str) -> String {
    text.chars()
        .filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\t'))
        .collect()
}

/// A number in the unit that its field is named after.
fn measure(field: &str, number: f64) -> Option<String> {
    if field == "cpu" {
        Some(format!("{:.0} %", number * 100.0))
    } else if field.ends_with("_percent") {
        Some(format!("{number:.0} %"))
    } else if field.ends_with("_bytes") {
        Some(size(number))
    } else if field.ends_with("_s") {
        Some(duration(number))
    } else {
        None
    }
}

fn size(bytes: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut amount = bytes;
    let mut chosen = "B";
    for unit in units {
        chosen = unit;
        if amount.abs() < 1_024.0 {
            break;
        }
        if unit != "TiB" {
            amount /= 1_024.0;
        }
    }
    if chosen == "B" {
        format!("{amount:.0} B")
    } else {
        format!("{amount:.1} {chosen}")
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..120.0 => format!("{seconds:.0} s"),
        ..7_200.0 => format!("{:.0} min", (seconds / 60.0).floor()),
        ..172_800.0 => format!("{:.0} h", (seconds / 3_600.0).floor()),
        _ => format!("{:.0} d", (seconds / 86_400.0).floor()),
    }
}

/// Text as it is; an instant to the second.
fn text_of(text: &str) -> String {
    let is_instant = text.len() >= 20
        && text.as_bytes().get(10) == Some(&b'T')
        && text.starts_with(|sign: char| sign.is_ascii_digit());
    match is_instant.then(|| text.parse::<Timestamp>()) {
        Some(Ok(at)) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Some(Err(_)) | None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_told_in_the_unit_of_its_field_and_what_is_unknown_is_no_number() {
        for (field, value, told) in [
            (
                "at",
                json!("2026-11-30T03:40:05.144380098Z"),
                "2026-11-30 03:40:05 UTC",
            ),
            (
                "text",
                json!("2026-11-30Tomorrow morning"),
                "2026-11-30Tomorrow morning",
            ),
            ("cpu", json!(0.13248), "13 %"),
            ("cpu", json!("host"), "host"),
            ("cpu", json!(null), "-"),
            ("used_bytes", json!(null), "-"),
            ("used_bytes", json!(0), "0 B"),
            ("used_bytes", json!(34_359_738_368_u64), "32.0 GiB"),
            ("size_bytes", json!(3_u64 << 50), "3072.0 TiB"),
            ("age_s", json!(26), "26 s"),
            ("uptime_s", json!(892_214), "10 d"),
            ("life_left_percent", json!(99.0), "99 %"),
            ("vmid", json!(100), "100"),
            ("cores", json!(2.0), "2"),
            ("template", json!(false), "no"),
            ("tags", json!(["db", "prod"]), "db, prod"),
            (
                "restriction",
                json!({ "operations": ["guests.stop"], "times": [], "until": null }),
                "operations guests.stop",
            ),
        ] {
            assert_eq!(cell(field, &value), told, "{field}: {value}");
        }
    }

    #[test]
    fn a_terminal_is_not_steered_by_what_others_wrote() {
        assert_eq!(harmless("a\u{1b}[2Jb\r\n\tc\u{9b}"), "a[2Jb\n\tc");
    }
}
