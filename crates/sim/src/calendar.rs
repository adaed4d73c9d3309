//! Calendar events, PVE's schedules: `mon..fri 02:30`, `*/15`, `*-1/3-1`, `daily`. Times are UTC.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// A calendar event that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Monday is 0; empty is every day.
    weekdays: Vec<i8>,
    years: Field,
    months: Field,
    days: Field,
    hours: Field,
    minutes: Field,
    seconds: Field,
}

/// Values of a field; `None` is any.
type Field = Option<Vec<u16>>;

fn no_time(word: &str) -> String {
    format!("at '{word}' - Context(\"date or time specification\")")
}

/// Years in which nothing matched before it is given up.
const YEARS: i16 = 40;

impl Event {
    /// Reads an event; the error says where it cannot be read, in the words of PVE's parser.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = match text {
            "minutely" => "*:*",
            "hourly" => "*:00",
            "daily" => "00:00",
            "weekly" => "mon 00:00",
            "monthly" => "*-*-1 00:00",
            "yearly" | "annually" => "*-1-1 00:00",
            "quarterly" => "*-1,4,7,10-1 00:00",
            "semiannually" | "semi-annually" => "*-1,7-1 00:00",
            other => other,
        };
        let mut words: Vec<&str> = text.split_whitespace().collect();
        if words.last() == Some(&"UTC") {
            words.pop();
        }
        let mut event = Self {
            weekdays: Vec::new(),
            years: None,
            months: None,
            days: None,
            hours: Some(vec![0]),
            minutes: Some(vec![0]),
            seconds: Some(vec![0]),
        };
        let mut rest = words.as_slice();
        if let Some((first, others)) = rest.split_first()
            && first.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            event.weekdays =
                weekdays(first).ok_or_else(|| format!("at '{first}' - Context(\"weekday\")"))?;
            rest = others;
        }
        if let Some((first, others)) = rest.split_first()
            && first.contains('-')
        {
            event.read_date(first).ok_or_else(|| no_time(first))?;
            rest = others;
        }
        if let Some((first, others)) = rest.split_first() {
            event.read_time(first).ok_or_else(|| no_time(first))?;
            rest = others;
        }
        if words.is_empty() {
            return Err("- event is empty".to_owned());
        }
        if rest.is_empty() {
            return Ok(event);
        }
        Err(format!("at ' {}' - Nom(Eof)", rest.join(" ")))
    }

    fn read_date(&mut self, text: &str) -> Option<()> {
        let parts: Vec<&str> = text.split('-').collect();
        let (year, month, day) = match parts.as_slice() {
            [month, day] => ("*", *month, *day),
            [year, month, day] => (*year, *month, *day),
            _ => return None,
        };
        self.years = field(year, 0, 2200)?;
        self.months = field(month, 1, 12)?;
        self.days = field(day, 1, 31)?;
        Some(())
    }

    fn read_time(&mut self, text: &str) -> Option<()> {
        let parts: Vec<&str> = text.split(':').collect();
        let (hour, minute, second) = match parts.as_slice() {
            [minute] => ("*", *minute, "0"),
            [hour, minute] if field(hour, 0, 23).is_some() => (*hour, *minute, "0"),
            // An hour that is none: minutes and seconds.
            [minute, second] => ("*", *minute, *second),
            [hour, minute, second] => (*hour, *minute, *second),
            _ => return None,
        };
        self.hours = field(hour, 0, 23)?;
        self.minutes = field(minute, 0, 59)?;
        self.seconds = field(second, 0, 59)?;
        Some(())
    }

    /// The first instant after this one (seconds since 1970) at which it is due.
    pub(crate) fn next_after(&self, at_s: i64) -> Option<i64> {
        let start = Timestamp::from_second(at_s + 1).ok()?;
        let start = start.to_zoned(TimeZone::UTC).datetime();
        let mut date = start.date();
        let last_year = date.year().saturating_add(YEARS);
        let mut from = Some(start);
        while date.year() < last_year {
            if self.is_on(date)
                && let Some(at) = self.time_on(date, from)
            {
                return Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second());
            }
            from = None;
            date = match &self.years {
                // Years that are over cannot come again.
                Some(years)
                    if years
                        .iter()
                        .all(|year| i32::from(*year) < i32::from(date.year())) =>
                {
                    return None;
                }
                _ => date.checked_add(1.day()).ok()?,
            };
        }
        None
    }

    fn is_on(&self, date: Date) -> bool {
        let number = |value: i16| u16::try_from(value).unwrap_or(0);
        (self.weekdays.is_empty()
            || self
                .weekdays
                .contains(&date.weekday().to_monday_zero_offset()))
            && holds(&self.years, number(date.year()))
            && holds(&self.months, number(date.month().into()))
            && holds(&self.days, number(date.day().into()))
    }

    fn time_on(&self, date: Date, from: Option<DateTime>) -> Option<DateTime> {
        let day = date.at(0, 0, 0, 0);
        let begin = from.unwrap_or(day);
        for hour in values(&self.hours, 24) {
            if i32::from(hour) < i32::from(begin.hour()) {
                continue;
            }
            for minute in values(&self.minutes, 60) {
                for second in values(&self.seconds, 60) {
                    let at = date.at(
                        i8::try_from(hour).ok()?,
                        i8::try_from(minute).ok()?,
                        i8::try_from(second).ok()?,
                        0,
                    );
                    if at >= begin {
                        return Some(at);
                    }
                }
            }
        }
        None
    }
}

fn holds(field: &Field, value: u16) -> bool {
    field.as_ref().is_none_or(|values| values.contains(&value))
}

fn values(field: &Field, end: u16) -> Vec<u16> {
    field.clone().unwrap_or_else(|| (0..end).collect())
}

/// `*`, `*/n`, `a`, `a..b`, `a/n`, `a..b/n`, and lists of these.
fn field(text: &str, low: u16, high: u16) -> Option<Field> {
    if text == "*" {
        return Some(None);
    }
    let number = |text: &str| {
        text.parse::<u16>()
            .ok()
            .filter(|number| (low..=high).contains(number))
    };
    let mut all = Vec::new();
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (
                range,
                Some(step.parse::<u16>().ok().filter(|step| *step <= high)?),
            ),
            None => (item, None),
        };
        let (first, last) = match (range, range.split_once("..")) {
            ("*", _) => (low, high),
            (_, Some((first, last))) => (number(first)?, number(last)?),
            (one, None) => {
                let first = number(one)?;
                (
                    first,
                    if step.is_some_and(|step| step > 0) {
                        high
                    } else {
                        first
                    },
                )
            }
        };
        let step = usize::from(step.unwrap_or(1).max(1));
        all.extend((first..=last).step_by(step));
    }
    all.sort_unstable();
    all.dedup();
    Some(Some(all))
}

fn weekdays(text: &str) -> Option<Vec<i8>> {
    let number = |name: &str| {
        let names = [
            ("monday", Weekday::Monday),
            ("tuesday", Weekday::Tuesday),
            ("wednesday", Weekday::Wednesday),
            ("thursday", Weekday::Thursday),
            ("friday", Weekday::Friday),
            ("saturday", Weekday::Saturday),
            ("sunday", Weekday::Sunday),
        ];
        let name = name.to_lowercase();
        names
            .into_iter()
            .find(|(full, _)| *full == name || (name.len() == 3 && full.starts_with(&name)))
            .map(|(_, day)| day.to_monday_zero_offset())
    };
    let mut all = Vec::new();
    for item in text.split(',') {
        match item.split_once("..") {
            Some((first, last)) => all.extend(number(first)?..=number(last)?),
            None => all.push(number(item)?),
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_times_are_those_of_a_real_server() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/facts/pve/golden/vectors_calendar_events.jsonl");
        let Ok(text) = std::fs::read_to_string(path) else {
            return;
        };
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let input = row["input"].as_str().unwrap();
            let parsed = Event::parse(input);
            assert_eq!(parsed.is_ok(), row["error"].is_null(), "{input}");
            let Ok(event) = parsed else { continue };
            let mut at = row["start"].as_i64().unwrap();
            for expected in row["next"].as_array().unwrap() {
                let next = event.next_after(at);
                assert_eq!(next, expected.as_i64(), "{input}");
                at = next.unwrap();
            }
        }
    }

    #[test]
    fn a_day_that_never_comes_has_no_next_time() {
        assert_eq!(Event::parse("*-2-31").unwrap().next_after(0), None);
    }
}
