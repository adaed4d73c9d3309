//! The next time of a calendar event.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::calendar::CalendarEvent;
use crate::calendar::grammar::Parts;

/// After so many steps PVE gives up: the event never comes (31 February).
const STEPS: u32 = 1000;

impl CalendarEvent {
    /// The first time strictly after the given second (since 1970), or nothing if there is none
    /// within reach. `zone` is the zone of the node; events in UTC do not look at it.
    ///
    /// A local time that a change of the clock leaves out does not come that day. One that comes
    /// twice comes the first time; of an hour that comes twice the second pass is entered only
    /// when the given second lies in it.
    pub fn next_after(&self, seconds: i64, zone: &TimeZone) -> Option<i64> {
        let utc = TimeZone::UTC;
        let zone = if self.parts.utc { &utc } else { zone };
        let after = Timestamp::from_second(seconds).ok()?;
        let mut at = Timestamp::from_second(seconds.checked_add(1)?)
            .ok()?
            .to_zoned(zone.clone())
            .datetime();
        for _ in 0..STEPS {
            at = match step(&self.parts, at)? {
                Step::Later(later) => later,
                Step::Fits => match instant_after(at, zone, after) {
                    Some(found) => return Some(found.as_second()),
                    None => end_of_gap(at, zone)?,
                },
            };
        }
        None
    }

    /// The next times, one after the other.
    pub fn iter_after<'a>(
        &'a self,
        seconds: i64,
        zone: &'a TimeZone,
    ) -> impl Iterator<Item = i64> + 'a {
        std::iter::successors(self.next_after(seconds, zone), |last| {
            self.next_after(*last, zone)
        })
    }
}

/// The instant with this local time, if there is one after the given.
fn instant_after(at: DateTime, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(at);
    let first = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => return None,
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
            ambiguous.earlier().ok()?
        }
    };
    if first > after {
        return Some(first);
    }
    ambiguous.later().ok().filter(|second| *second > after)
}

/// The first local time behind the gap that this one is in.
fn end_of_gap(at: DateTime, zone: &TimeZone) -> Option<DateTime> {
    let before = zone.to_ambiguous_timestamp(at).earlier().ok()?;
    let change = zone
        .following(before.checked_sub(1.second()).ok()?)
        .next()?;
    Some(zone.to_datetime(change.timestamp())).filter(|end| *end > at)
}

enum Step {
    Fits,
    Later(DateTime),
}

fn midnight(date: Date) -> DateTime {
    DateTime::from_parts(date, Time::midnight())
}

/// Compares with the event from years down to seconds, and at the first part that does not fit goes
/// to the next time at which it may.
fn step(event: &Parts, at: DateTime) -> Option<Step> {
    let date = at.date();
    let later = |date: Date| Some(Step::Later(midnight(date)));
    let year = u32::try_from(at.year()).ok()?;
    if !event.year.contains(year) {
        let next = event.year.first_from(year, 9999)?;
        return later(Date::new(i16::try_from(next).ok()?, 1, 1).ok()?);
    }
    let month = u32::try_from(at.month()).ok()?;
    if !event.month.contains(month) {
        return later(match event.month.first_from(month, 12) {
            Some(next) => Date::new(at.year(), i8::try_from(next).ok()?, 1).ok()?,
            None => date.last_of_year().tomorrow().ok()?,
        });
    }
    let day = u32::try_from(at.day()).ok()?;
    let days = u32::try_from(date.days_in_month()).ok()?;
    if !event.day.contains(day) {
        return later(match event.day.first_from(day, days) {
            Some(next) => Date::new(at.year(), at.month(), i8::try_from(next).ok()?).ok()?,
            None => date.last_of_month().tomorrow().ok()?,
        });
    }
    if !event.weekdays.is_empty() && !event.weekdays.contains(date.weekday()) {
        return later(date.tomorrow().ok()?);
    }
    let hour = u32::try_from(at.hour()).ok()?;
    if !event.hour.contains(hour) {
        return match event.hour.first_from(hour, 23) {
            Some(next) => Some(Step::Later(clock(date, next, 0, 0)?)),
            None => later(date.tomorrow().ok()?),
        };
    }
    let minute = u32::try_from(at.minute()).ok()?;
    if !event.minute.contains(minute) {
        return Some(Step::Later(match event.minute.first_from(minute, 59) {
            Some(next) => clock(date, hour, next, 0)?,
            None => clock(date, hour, 0, 0)?.checked_add(1.hour()).ok()?,
        }));
    }
    let second = u32::try_from(at.second()).ok()?;
    if !event.second.contains(second) {
        return Some(Step::Later(match event.second.first_from(second, 59) {
            Some(next) => clock(date, hour, minute, next)?,
            None => clock(date, hour, minute, 0)?.checked_add(1.minute()).ok()?,
        }));
    }
    Some(Step::Fits)
}

fn clock(date: Date, hour: u32, minute: u32, second: u32) -> Option<DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    Some(DateTime::from_parts(date, time))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next(text: &str, after: &str, zone: &TimeZone) -> Option<String> {
        let event: CalendarEvent = text.parse().unwrap();
        let after: Timestamp = after.parse().unwrap();
        let seconds = event.next_after(after.as_second(), zone)?;
        let instant = Timestamp::from_second(seconds).unwrap();
        Some(
            instant
                .to_zoned(zone.clone())
                .strftime("%F %T %Z")
                .to_string(),
        )
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(
            next("02:30", "2024-01-10T12:00:00Z", &berlin).as_deref(),
            Some("2024-01-11 02:30:00 CET")
        );
        assert_eq!(
            next("02:30 UTC", "2024-01-10T12:00:00Z", &berlin).as_deref(),
            Some("2024-01-11 03:30:00 CET")
        );
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_does_not_come() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(
            next("02:30", "2024-03-30T12:00:00Z", &berlin).as_deref(),
            Some("2024-04-01 02:30:00 CEST")
        );
        assert_eq!(
            next("*:30", "2024-03-31T00:45:00Z", &berlin).as_deref(),
            Some("2024-03-31 03:30:00 CEST")
        );
        assert_eq!(
            next("*:*:*", "2024-03-31T00:59:59Z", &berlin).as_deref(),
            Some("2024-03-31 03:00:00 CEST")
        );
    }

    #[test]
    fn a_time_that_comes_twice_comes_first() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(
            next("02:30", "2024-10-26T12:00:00Z", &berlin).as_deref(),
            Some("2024-10-27 02:30:00 CEST")
        );
    }

    #[test]
    fn an_event_that_never_comes_has_no_next_time() {
        for never in ["*-2-31", "2001-1-1", "*-4-31 12:00"] {
            assert_eq!(next(never, "2024-01-01T00:00:00Z", &TimeZone::UTC), None);
        }
        assert_eq!(
            next("2024-2-29", "2023-01-01T00:00:00Z", &TimeZone::UTC).as_deref(),
            Some("2024-02-29 00:00:00 UTC")
        );
        let hourly: CalendarEvent = "hourly".parse().unwrap();
        for far in [i64::MAX, i64::MIN, i64::MAX - 1] {
            assert_eq!(hourly.next_after(far, &TimeZone::UTC), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn the_next_time_is_later_and_fits(
            text in crate::calendar::event::tests::events(),
            seconds in 1_500_000_000_i64..1_900_000_000,
            zone in "UTC|Europe/Berlin|America/New_York|Asia/Kathmandu",
        ) {
            let event: CalendarEvent = text.parse().unwrap();
            let zone = TimeZone::get(&zone).unwrap();
            if let Some(found) = event.next_after(seconds, &zone) {
                prop_assert!(found > seconds);
                let zone = if event.is_utc() { TimeZone::UTC } else { zone };
                let local = Timestamp::from_second(found).unwrap().to_zoned(zone);
                let fits = step(&event.parts, local.datetime());
                prop_assert!(matches!(fits, Some(Step::Fits)));
            }
        }

        #[test]
        fn no_second_makes_the_search_panic(text in crate::calendar::event::tests::events(), seconds: i64) {
            let event: CalendarEvent = text.parse().unwrap();
            if let Some(found) = event.next_after(seconds, &TimeZone::UTC) {
                prop_assert!(found > seconds);
            }
        }
    }
}
