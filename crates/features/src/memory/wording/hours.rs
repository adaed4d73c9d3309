//! Times of the week, as sentences say them and as rules do. Pure.

const DAY: u16 = 24 * 60;
const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Days of the week, Monday first.
pub(super) type Days = [bool; 7];

/// When something holds: some days, some hours of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When {
    /// All where no day is said.
    pub days: Option<Days>,
    /// Minutes; hours that go past midnight belong to the day on which they begin.
    pub hours: Option<(u16, u16)>,
}

impl When {
    /// As windows of a rule: none where it always holds.
    pub(super) fn windows(self) -> Vec<String> {
        match (self.days, self.hours) {
            (None, None) => Vec::new(),
            (Some(days), None) => vec![days_text(days)],
            (None, Some(hours)) => vec![hours_text(hours)],
            (Some(days), Some(hours)) => {
                vec![format!("{} {}", days_text(days), hours_text(hours))]
            }
        }
    }

    /// Every other time of the week; nothing where there is none.
    pub(super) fn others(self) -> Vec<String> {
        let days = self.days.unwrap_or([true; 7]);
        let (from, to) = self.hours.unwrap_or((0, DAY));
        let mut taken: [Vec<(u16, u16)>; 7] = Default::default();
        for (at, _) in days.iter().enumerate().filter(|(_, has)| **has) {
            let mut take = |at: usize, from: u16, to: u16| {
                if let Some(day) = taken.get_mut(at % 7)
                    && from < to
                {
                    day.push((from, to));
                }
            };
            if from < to {
                take(at, from, to);
            } else {
                take(at, from, DAY);
                take(at + 1, 0, to);
            }
        }
        let free: Vec<Vec<(u16, u16)>> = taken.iter_mut().map(|day| gaps(day)).collect();
        // Days with the same gaps share their windows.
        let mut windows = Vec::new();
        let mut done = [false; 7];
        for (at, gaps) in free.iter().enumerate() {
            if done.get(at).copied().unwrap_or(true) || gaps.is_empty() {
                continue;
            }
            let mut alike = [false; 7];
            for (other, slot) in alike.iter_mut().enumerate() {
                *slot = free.get(other) == Some(gaps);
            }
            for (slot, same) in done.iter_mut().zip(alike) {
                *slot |= same;
            }
            for &hours in gaps {
                windows.push(match (alike == [true; 7], hours == (0, DAY)) {
                    (true, _) => hours_text(hours),
                    (false, true) => days_text(alike),
                    (false, false) => format!("{} {}", days_text(alike), hours_text(hours)),
                });
            }
        }
        windows
    }
}

/// What is free of a day of which some is taken.
fn gaps(taken: &mut [(u16, u16)]) -> Vec<(u16, u16)> {
    taken.sort_unstable();
    let mut free = Vec::new();
    let mut at = 0;
    for &(from, to) in taken.iter() {
        if at < from {
            free.push((at, from));
        }
        at = at.max(to);
    }
    if at < DAY {
        free.push((at, DAY));
    }
    free
}

/// `mon..fri,sun`: runs of three and more are written with their ends.
fn days_text(days: Days) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at = 0;
    while at < NAMES.len() {
        let run = days.iter().skip(at).take_while(|has| **has).count();
        let name = |at: usize| NAMES.get(at).copied().unwrap_or_default();
        match run {
            0 => {}
            1 | 2 => parts.extend((at..at + run).map(|at| name(at).to_owned())),
            _ => parts.push(format!("{}..{}", name(at), name(at + run - 1))),
        }
        at += run.max(1);
    }
    parts.join(",")
}

fn hours_text((from, to): (u16, u16)) -> String {
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    format!("{}-{}", clock(from), clock(to))
}

/// The days of a table: `mon..fri` or a single one, as bits from Monday on.
pub(super) fn days_of(bits: &str) -> Days {
    let mut days = [false; 7];
    for (slot, bit) in days.iter_mut().zip(bits.chars()) {
        *slot = bit != '-';
    }
    days
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use ops::policy::Window;
    use proptest::prelude::*;

    use super::*;

    fn when(days: &str, hours: Option<(u16, u16)>) -> When {
        When {
            days: (!days.is_empty()).then(|| days_of(days)),
            hours,
        }
    }

    #[test]
    fn the_other_times_of_a_week_are_written_shortly() {
        for (said, others) in [
            (
                when("------s", Some((120, 240))),
                vec!["mon..sat", "sun 00:00-02:00", "sun 04:00-24:00"],
            ),
            (when("", Some((0, 1320))), vec!["22:00-24:00"]),
            (when("mtwtf--", None), vec!["sat,sun"]),
            (
                when("-----s-", Some((1320, 360))),
                vec!["mon..fri", "sat 00:00-22:00", "sun 06:00-24:00"],
            ),
            (when("", None), vec![]),
        ] {
            assert_eq!(said.others(), others, "{said:?}");
        }
    }

    proptest! {
        #[test]
        fn each_minute_of_the_week_is_either_said_or_another(
            days in proptest::array::uniform7(any::<bool>()), all in any::<bool>(),
            hours in proptest::option::of((0u16..1440, 1u16..=1440)), minute in 0u16..1440, day in 0i8..7,
        ) {
            let some = days.iter().any(|has| *has);
            let hours = hours.filter(|(from, to)| from != to);
            let when = When { days: (!all && some).then_some(days), hours };
            let at = date(2026, 3, 2 + day).at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
            let holds = |windows: &[String]| windows.iter().any(|text| text.parse::<Window>().unwrap().holds(at));
            let said = when.windows();
            let said = said.is_empty() || holds(&said);
            prop_assert_ne!(said, holds(&when.others()), "{:?} {:?}", when, at);
        }
    }
}
