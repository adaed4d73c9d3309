//! Times of the week: `mon..fri 22:00-06:00`. Pure.

use std::{fmt, str::FromStr};

use jiff::civil::{DateTime, Weekday};

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];
const DAY_MINUTES: u16 = 24 * 60;

/// Days and hours that come again each week. Hours that go past midnight belong to the day they begin on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    text: String,
    days: [bool; 7],
    from: u16,
    to: u16,
}

/// Text that is no window; one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no time: {why}; write days and hours as in `mon..fri 22:00-06:00`")]
pub struct WindowError {
    text: String,
    why: String,
}

impl Window {
    /// Whether the local time lies inside. The end does not.
    pub fn holds(&self, local: DateTime) -> bool {
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let day = local.weekday();
        if self.from < self.to {
            return self.has(day) && (self.from..self.to).contains(&minute);
        }
        (self.has(day) && minute >= self.from) || (self.has(day.previous()) && minute < self.to)
    }

    fn has(&self, day: Weekday) -> bool {
        let at = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
        self.days.get(at).copied().unwrap_or(false)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let error = |why: String| WindowError {
            text: crate::registry::clip(text, 60),
            why,
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let (days, hours) = match words.as_slice() {
            [] => return Err(error("it is empty".to_owned())),
            [only] if only.contains(':') => (None, Some(*only)),
            [only] => (Some(*only), None),
            [days, hours] => (Some(*days), Some(*hours)),
            _ => return Err(error("it has more than two parts".to_owned())),
        };
        let days = days.map_or(Ok([true; 7]), read_days).map_err(error)?;
        let (from, to) = hours
            .map_or(Ok((0, DAY_MINUTES)), read_hours)
            .map_err(error)?;
        Ok(Self {
            text: text.trim().to_owned(),
            days,
            from,
            to,
        })
    }
}

fn read_days(text: &str) -> Result<[bool; 7], String> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once("..").unwrap_or((part, part));
        let (mut at, last) = (day(first)?, day(last)?);
        loop {
            if let Some(slot) = days.get_mut(at) {
                *slot = true;
            }
            if at == last {
                break;
            }
            // `sat..mon` goes round the end of the week.
            at = (at + 1) % DAYS.len();
        }
    }
    Ok(days)
}

fn day(text: &str) -> Result<usize, String> {
    let lower = text.to_lowercase();
    DAYS.iter()
        .position(|(name, _)| *name == lower)
        .ok_or_else(|| format!("`{}` is no day", crate::registry::clip(text, 20)))
}

fn read_hours(text: &str) -> Result<(u16, u16), String> {
    let Some((from, to)) = text.split_once('-') else {
        return Err("hours have a beginning and an end".to_owned());
    };
    let (from, to) = (minutes(from)?, minutes(to)?);
    if from == to {
        return Err("it ends when it begins".to_owned());
    }
    if from == DAY_MINUTES {
        return Err("a day begins at 00:00".to_owned());
    }
    Ok((from, to))
}

fn minutes(text: &str) -> Result<u16, String> {
    let wrong = || format!("`{}` is no time of day", crate::registry::clip(text, 20));
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let number = |digits: &str| {
        (digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<u16>().ok())
            .flatten()
    };
    match (number(hour), number(minute)) {
        (Some(24), Some(0)) => Ok(DAY_MINUTES),
        (Some(hour @ 0..=23), Some(minute @ 0..=59)) => Ok(hour * 60 + minute),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(window: &str, at: &str) -> bool {
        window.parse::<Window>().unwrap().holds(at.parse().unwrap())
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_begin_on() {
        // 6 March 2026 is a Friday.
        for (window, at, want) in [
            ("mon..fri 22:00-06:00", "2026-03-06T22:00:00", true),
            ("mon..fri 22:00-06:00", "2026-03-06T21:59:59", false),
            ("mon..fri 22:00-06:00", "2026-03-07T05:59:59", true),
            ("mon..fri 22:00-06:00", "2026-03-07T06:00:00", false),
            ("mon..fri 22:00-06:00", "2026-03-07T22:00:00", false),
            ("mon..fri 22:00-06:00", "2026-03-09T05:00:00", false),
            ("sat,sun", "2026-03-07T12:00:00", true),
            ("sat,sun", "2026-03-06T23:59:59", false),
            ("sat..mon", "2026-03-09T00:00:00", true),
            ("02:00-04:00", "2026-03-04T03:59:00", true),
            ("02:00-04:00", "2026-03-04T04:00:00", false),
            ("00:00-24:00", "2026-03-04T23:59:00", true),
        ] {
            assert_eq!(holds(window, at), want, "{window} at {at}");
        }
    }

    #[test]
    fn what_is_no_time_says_why_in_one_sentence() {
        for (text, why) in [
            ("", "it is empty"),
            ("noon", "`noon` is no day"),
            ("mon 22:00", "hours have a beginning and an end"),
            ("mon 22:00-25:00", "`25:00` is no time of day"),
            ("mon 22:00-22:00", "it ends when it begins"),
            ("24:00-06:00", "a day begins at 00:00"),
            ("mon tue 1:00-2:00", "it has more than two parts"),
            ("mon.. 1:00-2:00", "`` is no day"),
        ] {
            let error = text.parse::<Window>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "`{text}` is no time: {why}; write days and hours as in `mon..fri 22:00-06:00`"
                )
            );
        }
    }

    proptest! {
        #[test]
        fn a_window_and_the_one_that_fills_the_rest_of_the_day_never_hold_together(
            from in 0u16..1440, length in 1u16..1439, minute in 0u16..1440, day in 1i8..=28,
        ) {
            let to = (from + length) % 1440;
            let hour = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let at = format!("2026-02-{day:02}T{}:00", hour(minute));
            let one = holds(&format!("{}-{}", hour(from), hour(to)), &at);
            let other = holds(&format!("{}-{}", hour(to), hour(from)), &at);
            prop_assert!(one != other);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,30}") {
            let _ = text.parse::<Window>();
        }
    }
}
