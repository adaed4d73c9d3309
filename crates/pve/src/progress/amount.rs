//! Sizes, rates and durations as PVE and its tools print them in logs.

use std::time::Duration;

/// Longer ones are no durations of tasks but a reading error.
const LONGEST: f64 = 10.0 * 365.0 * 86_400.0;

/// A plain decimal number: `parse` alone would take `inf`, `1e3` and `+1`.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

/// A percentage from 0 to 100.
pub(super) fn percent(text: &str) -> Option<f32> {
    let value = number(text)?;
    (0.0..=100.0).contains(&value).then_some(value as f32)
}

/// `1.1 GiB`, `2.5MiB`, `0 B`, `108 MB`, `1.2G`, `4096`. `KB` and its kin are powers of 1000, as
/// `dd` means them; single letters are powers of 1024, as `zfs` and `wget` mean them.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (value, unit) = text.split_at_checked(end)?;
    let binary = |power| 1024_f64.powi(power);
    let decimal = |power| 1000_f64.powi(power);
    let factor = match unit.trim() {
        "" | "B" | "bytes" => 1.0,
        "K" | "KiB" => binary(1),
        "M" | "MiB" => binary(2),
        "G" | "GiB" => binary(3),
        "T" | "TiB" => binary(4),
        "P" | "PiB" => binary(5),
        "kB" | "KB" => decimal(1),
        "MB" => decimal(2),
        "GB" => decimal(3),
        "TB" => decimal(4),
        "PB" => decimal(5),
        _ => return None,
    };
    let all = number(value)? * factor;
    (all < 1e18).then_some(all.round() as u64)
}

/// `375.3 MiB/s`.
pub(super) fn rate(text: &str) -> Option<u64> {
    bytes(text.trim().strip_suffix("/s")?)
}

/// `5s`, `1h 2m 3s`, `0 sec`, `120 seconds`, `0.61 s`, `<1 seconds`, `00:01:05`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let text = text.strip_prefix('<').unwrap_or(text);
    let seconds = if text.contains(':') {
        text.split(':')
            .try_fold(0.0, |all, part| Some(all * 60.0 + number(part)?))?
    } else {
        words(text)?
    };
    (0.0..LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

fn words(text: &str) -> Option<f64> {
    let mut all = 0.0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (value, tail) = rest.split_at_checked(end)?;
        let tail = tail.trim_start();
        let end = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        all += number(value)?
            * match unit {
                "s" | "sec" | "second" | "seconds" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                "w" => 604_800.0,
                _ => return None,
            };
        rest = tail.trim_start();
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_every_tool_are_read() {
        let sizes = [
            ("0.0 B", Some(0)),
            ("1.5 KiB", Some(1536)),
            ("2.5MiB", Some(2_621_440)),
            ("108 MB", Some(108_000_000)),
            ("1G", Some(1 << 30)),
            ("4096", Some(4096)),
            ("1.2 XiB", None),
            ("-1 B", None),
            ("", None),
            ("1e30 B", None),
            ("é", None),
        ];
        for (text, expected) in sizes {
            assert_eq!(bytes(text), expected, "{text}");
        }
        assert_eq!(rate("341.0 KiB/s"), Some(349_184));
        assert_eq!(rate("341.0 KiB"), None);
        let durations = [
            ("5s", Some(5.0)),
            ("1h 2m 3s", Some(3723.0)),
            ("1m", Some(60.0)),
            ("0 sec", Some(0.0)),
            ("<1 seconds", Some(1.0)),
            ("0.5 s", Some(0.5)),
            ("00:01:05", Some(65.0)),
            ("5", None),
            ("s", None),
            ("", None),
            ("99999999999999d", None),
        ];
        for (text, expected) in durations {
            assert_eq!(duration(text).map(|d| d.as_secs_f64()), expected, "{text}");
        }
    }
}
