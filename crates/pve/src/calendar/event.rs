//! A calendar event and its parts.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use crate::calendar::grammar::{self, Parts};
use crate::calendar::{CalendarError, Field};

/// When a job runs. Displays the text it was read from, which is what PVE stores too.
///
/// ```
/// use jiff::tz::TimeZone;
/// let event: pve::CalendarEvent = "mon..fri 02:30".parse()?;
/// assert_eq!(event.next_after(1_700_000_000, &TimeZone::UTC), Some(1_700_015_400));
/// assert_eq!(event.normalized(), "mon,tue,wed,thu,fri *-*-* 2:30:0");
/// # Ok::<(), pve::CalendarError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CalendarEvent {
    text: Box<str>,
    pub(super) parts: Parts,
}

const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "mon"),
    (Weekday::Tuesday, "tue"),
    (Weekday::Wednesday, "wed"),
    (Weekday::Thursday, "thu"),
    (Weekday::Friday, "fri"),
    (Weekday::Saturday, "sat"),
    (Weekday::Sunday, "sun"),
];

impl CalendarEvent {
    /// The text it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The days of the week, Monday first; none for any day. Together with a date both must fit.
    pub fn weekdays(&self) -> Vec<Weekday> {
        WEEKDAYS
            .into_iter()
            .filter(|(day, _)| self.parts.weekdays.contains(*day))
            .map(|(day, _)| day)
            .collect()
    }

    /// Years, months and days of the month.
    pub fn date(&self) -> [&Field; 3] {
        [&self.parts.year, &self.parts.month, &self.parts.day]
    }

    /// Hours, minutes and seconds.
    pub fn time(&self) -> [&Field; 3] {
        [&self.parts.hour, &self.parts.minute, &self.parts.second]
    }

    /// Is it in UTC whatever the zone of the node?
    pub fn is_utc(&self) -> bool {
        self.parts.utc
    }

    /// The same event with every part written out; means the same to PVE.
    pub fn normalized(&self) -> String {
        let days: Vec<&str> = WEEKDAYS
            .into_iter()
            .filter(|(day, _)| self.parts.weekdays.contains(*day))
            .map(|(_, name)| name)
            .collect();
        let mut text = String::new();
        if !days.is_empty() {
            text = format!("{} ", days.join(","));
        }
        let [year, month, day] = self.date();
        let [hour, minute, second] = self.time();
        text.push_str(&format!("{year}-{month}-{day} {hour}:{minute}:{second}"));
        if self.parts.utc {
            text.push_str(" UTC");
        }
        text
    }
}

impl FromStr for CalendarEvent {
    type Err = CalendarError;
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        Ok(Self {
            text: text.into(),
            parts: grammar::parse(text)?,
        })
    }
}

impl fmt::Display for CalendarEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for CalendarEvent {
    type Error = CalendarError;
    fn try_from(text: String) -> Result<Self, CalendarError> {
        text.parse()
    }
}

impl From<CalendarEvent> for String {
    fn from(event: CalendarEvent) -> String {
        event.text.into()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stand_for_events() {
        let normalized = |text: &str| text.parse::<CalendarEvent>().unwrap().normalized();
        assert_eq!(normalized("minutely"), "*-*-* *:*:0");
        assert_eq!(normalized("hourly"), "*-*-* *:0:0");
        assert_eq!(normalized("daily"), "*-*-* 0:0:0");
        assert_eq!(normalized("weekly"), "mon *-*-* 0:0:0");
        assert_eq!(normalized("monthly"), "*-*-1 0:0:0");
        assert_eq!(normalized("yearly"), "*-1-1 0:0:0");
        assert_eq!(normalized("quarterly"), "*-1,4,7,10-1 0:0:0");
        assert_eq!(normalized("semi-annually"), "*-1,7-1 0:0:0");
        assert_eq!(normalized("Monday 5"), "mon *-*-* *:5:0");
        assert_eq!(normalized("sat..mon"), "mon,sat,sun *-*-* 0:0:0");
        assert_eq!(normalized("*/2:0 UTC"), "*-*-* 0/2:0:0 UTC");
        assert_eq!(normalized("*-*/2-*"), "*-1/2-* 0:0:0");
    }

    fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
        let number = least..most;
        let item =
            (number.clone(), number.clone(), 1..most, 0..4_u8).prop_map(|(a, b, step, form)| {
                match form {
                    0 => a.to_string(),
                    1 => format!("{}..{}", a.min(b), a.max(b)),
                    2 => format!("{a}/{step}"),
                    _ => format!("{}..{}/{step}", a.min(b), a.max(b)),
                }
            });
        prop_oneof![
            Just("*".to_owned()),
            proptest::collection::vec(item, 1..3).prop_map(|items| items.join(",")),
        ]
    }

    /// Events of every form.
    pub(in crate::calendar) fn events() -> impl Strategy<Value = String> {
        let days = proptest::option::of("(mon|wed|sun)(\\.\\.(tue|fri|sat))?(,thu)?");
        let date = proptest::option::of(
            (field(2020, 2030), field(1, 13), field(1, 32))
                .prop_map(|(y, m, d)| format!("{y}-{m}-{d}")),
        );
        let time =
            (field(0, 24), field(0, 60), field(0, 60)).prop_map(|(h, m, s)| format!("{h}:{m}:{s}"));
        (days, date, time, any::<bool>()).prop_map(|(days, date, time, utc)| {
            let utc = utc.then(|| "UTC".to_owned());
            let parts: Vec<String> = [days, date, Some(time), utc]
                .into_iter()
                .flatten()
                .collect();
            parts.join(" ")
        })
    }

    proptest! {
        #[test]
        fn writing_out_changes_nothing(text in events()) {
            let event: CalendarEvent = text.parse().unwrap();
            prop_assert_eq!(event.to_string(), text);
            let again: CalendarEvent = event.normalized().parse().unwrap();
            prop_assert_eq!(&again.parts, &event.parts);
            prop_assert_eq!(again.normalized(), event.normalized());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[a-z0-9*/.,: -]{0,30}( UTC)?|\\PC{0,20}") {
            if let Ok(event) = text.parse::<CalendarEvent>() {
                let again: CalendarEvent = event.normalized().parse().unwrap();
                prop_assert_eq!(again.parts, event.parts);
            }
        }
    }
}
