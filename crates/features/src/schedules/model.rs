//! What a schedule is, and when its time comes. Pure.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use ops::{Actor, Error, Result, policy::Window};
use pve::{CalendarError, CalendarEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use store::ScheduleRow;

/// A time that is so much over counts as missed: no process looked.
pub(super) const LATE: Duration = Duration::from_mins(2);
const MAX_JITTER_S: u32 = 6 * 3600;
const NOTE_CHARACTERS: usize = 300;

/// What is wished for when the time comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Operation {
        op: String,
        input: Value,
    },
    Runbook {
        name: String,
        parameters: Map<String, Value>,
    },
}

impl What {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Operation { op, .. } => op.clone(),
            Self::Runbook { name, .. } => format!("the runbook {name}"),
        }
    }
}

/// What happens to a time at which no process looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Missed {
    /// It is left out.
    Skip,
    /// It comes once, as soon as somebody looks, however many were missed.
    RunOnce,
}

impl Missed {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_value(Value::from(text))
            .map_err(|_| "expected skip or run_once".to_owned())
    }
}

/// The body of a schedule's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Schedule {
    pub(super) what: What,
    /// A calendar event in PVE's words.
    pub(super) calendar: String,
    pub(super) time_zone: String,
    pub(super) missed: Missed,
    pub(super) jitter_s: u32,
    /// Maintenance windows: outside of them nothing is fired; none for any time.
    pub(super) windows: Vec<String>,
    /// Who made it; it wishes with their rights of the moment.
    pub(super) by: Actor,
    pub(super) note: Option<String>,
}

/// Its parts, read.
struct Parts {
    event: CalendarEvent,
    zone: TimeZone,
    windows: Vec<Window>,
}

impl Schedule {
    pub(super) fn of(row: &ScheduleRow) -> Result<Self> {
        serde_json::from_value(row.body.clone()).map_err(|error| {
            Error::internal(format!(
                "the schedule `{}` cannot be read by this version: {error}",
                row.name
            ))
        })
    }

    /// One sentence for the first thing that cannot be meant.
    pub(super) fn check(&self, now: Timestamp) -> Result<()> {
        let parts = self.parts()?;
        if self.jitter_s > MAX_JITTER_S {
            return Err(Error::invalid(format!("jitter_s: at most {MAX_JITTER_S}")));
        }
        if self
            .note
            .as_ref()
            .is_some_and(|note| note.chars().count() > NOTE_CHARACTERS)
        {
            return Err(Error::invalid(format!(
                "note: at most {NOTE_CHARACTERS} characters"
            )));
        }
        if parts
            .event
            .next_after(now.as_second(), &parts.zone)
            .is_none()
        {
            return Err(Error::invalid(format!(
                "calendar: `{}` never comes",
                self.calendar
            )));
        }
        // Jitter may carry a time into a window.
        if self.jitter_s == 0 && !comes_in_a_window(&parts, now) {
            return Err(Error::invalid(format!(
                "windows: `{}` never comes within {}",
                self.calendar,
                self.windows.join(" or ")
            )));
        }
        Ok(())
    }

    fn parts(&self) -> Result<Parts> {
        Ok(Parts {
            event: self.calendar.parse().map_err(|error: CalendarError| {
                Error::invalid(format!("calendar: {}", error.in_words()))
            })?,
            zone: TimeZone::get(&self.time_zone).map_err(|_| {
                let name: String = self.time_zone.chars().take(60).collect();
                Error::invalid(format!("time_zone: there is no time zone `{name}`"))
            })?,
            windows: self
                .windows
                .iter()
                .map(|text| {
                    text.parse()
                        .map_err(|error| Error::invalid(format!("windows: {error}")))
                })
                .collect::<Result<_>>()?,
        })
    }

    /// The next time after `now`, with its share of the jitter: always the same for one schedule and one
    /// time, so that two processes agree.
    pub(super) fn next_after(&self, id: &str, now: Timestamp) -> Result<Option<Timestamp>> {
        let parts = self.parts()?;
        let Some(second) = parts.event.next_after(now.as_second(), &parts.zone) else {
            return Ok(None);
        };
        let late = self.share_of_jitter(id, second);
        Ok(Timestamp::from_second(second.saturating_add(late)).ok())
    }

    fn share_of_jitter(&self, id: &str, second: i64) -> i64 {
        let digest = Sha256::digest(format!("{id} {second}"));
        let number = digest
            .iter()
            .take(4)
            .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        i64::from(number % (self.jitter_s.saturating_add(1)))
    }

    /// The next times as they stand in the calendar.
    pub(super) fn times_after(&self, now: Timestamp, count: usize) -> Result<Vec<Timestamp>> {
        let parts = self.parts()?;
        Ok(parts
            .event
            .iter_after(now.as_second(), &parts.zone)
            .take(count)
            .filter_map(|second| Timestamp::from_second(second).ok())
            .collect())
    }

    /// Whether something may be fired now.
    pub(super) fn is_in_a_window(&self, now: Timestamp) -> Result<bool> {
        let parts = self.parts()?;
        let local = parts.zone.to_datetime(now);
        Ok(parts.windows.is_empty() || parts.windows.iter().any(|window| window.holds(local)))
    }
}

/// Whether some time of the calendar lies within a window. Windows repeat each week; where that many times are
/// less than a week, it is not known and believed.
fn comes_in_a_window(parts: &Parts, now: Timestamp) -> bool {
    const TIMES: usize = 12_000;
    const WEEK: i64 = 7 * 24 * 3600;
    // A calendar of dates and weekdays has shown each of them with each other by then.
    const FAR: i64 = 30 * 366 * 24 * 3600;
    if parts.windows.is_empty() {
        return true;
    }
    let begin = now.as_second();
    let mut second = begin;
    for _ in 0..TIMES {
        let Some(next) = parts.event.next_after(second, &parts.zone) else {
            return false;
        };
        let is_within = Timestamp::from_second(next).is_ok_and(|at| {
            let local = parts.zone.to_datetime(at);
            parts.windows.iter().any(|window| window.holds(local))
        });
        if is_within {
            return true;
        }
        if next > begin + FAR {
            return false;
        }
        second = next;
    }
    second < begin + WEEK
}

#[cfg(test)]
mod tests {
    use ops::{Role, Surface};
    use proptest::prelude::*;

    use super::*;

    fn schedule(calendar: &str) -> Schedule {
        Schedule {
            what: What::Operation {
                op: "guests.reboot".into(),
                input: Value::Null,
            },
            calendar: calendar.into(),
            time_zone: "Europe/Berlin".into(),
            missed: Missed::Skip,
            jitter_s: 0,
            windows: Vec::new(),
            by: Actor::new("anna", Role::Operator, Surface::Web),
            note: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_those_of_the_zone_of_the_schedule() {
        let next = schedule("mon..fri 02:30").next_after("s", at("2026-03-06T12:00:00Z"));
        assert_eq!(next.unwrap(), Some(at("2026-03-09T01:30:00Z")));
        let windowed = Schedule {
            windows: vec!["02:00-04:00".into()],
            ..schedule("hourly")
        };
        assert!(windowed.is_in_a_window(at("2026-03-06T01:30:00Z")).unwrap());
        assert!(!windowed.is_in_a_window(at("2026-03-06T03:30:00Z")).unwrap());
    }

    #[test]
    fn what_cannot_be_meant_is_one_sentence() {
        let now = at("2026-03-06T12:00:00Z");
        let rows = [
            (schedule("*-2-31"), "calendar: `*-2-31` never comes"),
            (
                schedule(""),
                "calendar: no calendar event is given; write it as PVE does: `daily`, `mon..fri 02:30`, `*/6:00`",
            ),
            (
                Schedule {
                    time_zone: "Moon".into(),
                    ..schedule("daily")
                },
                "time_zone: there is no time zone `Moon`",
            ),
            (
                Schedule {
                    jitter_s: 30_000,
                    ..schedule("daily")
                },
                "jitter_s: at most 21600",
            ),
            (
                Schedule {
                    windows: vec!["noon".into()],
                    ..schedule("daily")
                },
                "windows: `noon` is no time: `noon` is no day; write days and hours as in `mon..fri 22:00-06:00`",
            ),
        ];
        for (schedule, want) in rows {
            assert_eq!(schedule.check(now).unwrap_err().message, want);
        }
        assert!(schedule("daily").check(now).is_ok());
    }

    #[test]
    fn a_time_that_never_comes_within_its_windows_is_told() {
        let now = at("2026-03-06T12:00:00Z");
        for (calendar, window, comes) in [
            ("02:00", "mon..fri 10:00-11:00", false),
            ("02:00", "01:00-03:00", true),
            ("sat 02:00", "mon..fri 00:00-24:00", false),
            ("*:0/1", "sun 03:00-03:10", true),
            // The first of May is a Saturday in 2027.
            ("*-5-1 02:00", "sat 01:00-03:00", true),
        ] {
            let windowed = Schedule {
                windows: vec![window.into()],
                ..schedule(calendar)
            };
            let checked = windowed.check(now).map_err(|error| error.message);
            let want = if comes {
                Ok(())
            } else {
                Err(format!("windows: `{calendar}` never comes within {window}"))
            };
            assert_eq!(checked, want, "{calendar} in {window}");
        }
    }

    proptest! {
        #[test]
        fn the_share_of_jitter_is_within_it_and_the_same_for_everybody(
            jitter_s in 0_u32..4000, id in "[a-z]{1,8}", second in 1_700_000_000_i64..1_900_000_000,
        ) {
            let schedule = Schedule { jitter_s, ..schedule("*:0/15") };
            let now = Timestamp::from_second(second).unwrap();
            let plain = Schedule { jitter_s: 0, ..schedule.clone() }.next_after(&id, now).unwrap().unwrap();
            let next = schedule.next_after(&id, now).unwrap().unwrap();
            prop_assert!(next >= plain && next <= plain + Duration::from_secs(u64::from(jitter_s)));
            prop_assert_eq!(schedule.next_after(&id, now).unwrap(), Some(next));
        }
    }
}
