//! The marks that retention gives to backups.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::prune::KeepOptions;

/// A backup that retention looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PruneCandidate {
    /// Backups are kept per group: kind and number of the guest, as `qemu/100`.
    pub group: String,
    /// When it was made, seconds since 1970.
    pub created_seconds: i64,
    /// Protected backups are neither counted nor removed.
    pub is_protected: bool,
    /// Has it a name that vzdump gives? Others are neither counted nor removed.
    pub is_standard: bool,
}

/// What retention would do with a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PruneMark {
    /// It stays.
    Keep,
    /// It goes.
    Remove,
    /// It stays, as it is protected.
    Protected,
    /// It stays, as its name is none of vzdump's.
    Renamed,
}

impl PruneMark {
    /// As PVE writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Protected => "protected",
            Self::Renamed => "renamed",
        }
    }
}

impl fmt::Display for PruneMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The hour, day, week … a backup counts for, by the clock on the node's wall.
fn period(option: &str, created_seconds: i64, zone: &TimeZone) -> String {
    let Ok(instant) = Timestamp::from_second(created_seconds) else {
        return created_seconds.to_string();
    };
    let local: Zoned = instant.to_zoned(zone.clone());
    let (year, month, day) = (local.year(), local.month(), local.day());
    match option {
        "keep-hourly" => format!("{year}/{month}/{day}/{}", local.hour()),
        "keep-daily" => format!("{year}/{month}/{day}"),
        "keep-weekly" => {
            let week = local.date().iso_week_date();
            format!("{}/{}", week.year(), week.week())
        }
        "keep-monthly" => format!("{year}/{month}"),
        "keep-yearly" => year.to_string(),
        _ => created_seconds.to_string(),
    }
}

/// Marks backups as PVE does, in the order given. `zone` is the zone of the node: what a day is
/// depends on it.
///
/// ```
/// use pve::{PruneCandidate, PruneMark, prune_marks};
/// let backup = |created_seconds| PruneCandidate {
///     group: "qemu/100".to_owned(),
///     created_seconds,
///     is_protected: false,
///     is_standard: true,
/// };
/// let marks = prune_marks(
///     &[backup(1_700_000_000), backup(1_700_086_400)],
///     &"keep-last=1".parse()?,
///     &jiff::tz::TimeZone::UTC,
/// );
/// assert_eq!(marks, [PruneMark::Remove, PruneMark::Keep]);
/// # Ok::<(), pve::PropertyError>(())
/// ```
pub fn prune_marks(
    backups: &[PruneCandidate],
    keep: &KeepOptions,
    zone: &TimeZone,
) -> Vec<PruneMark> {
    let mut marks: Vec<Option<PruneMark>> = backups
        .iter()
        .map(|backup| {
            if backup.is_protected {
                Some(PruneMark::Protected)
            } else {
                (!backup.is_standard).then_some(PruneMark::Renamed)
            }
        })
        .collect();
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, backup) in backups.iter().enumerate() {
        if backup.is_standard {
            groups.entry(&backup.group).or_default().push(index);
        }
    }
    for mut group in groups.into_values() {
        group.sort_by_key(|index| Reverse(backups.get(*index).map(|b| b.created_seconds)));
        for (option, count) in keep.counts() {
            if count > 0 {
                mark_periods(&mut marks, &group, count, |index| {
                    let created = backups.get(index).map_or(0, |b| b.created_seconds);
                    period(option, created, zone)
                });
            }
        }
    }
    let rest = if keep.keeps_all() {
        PruneMark::Keep
    } else {
        PruneMark::Remove
    };
    marks.into_iter().map(|mark| mark.unwrap_or(rest)).collect()
}

/// One option: the newest backup of each of `count` periods that no kept backup is in yet.
fn mark_periods(
    marks: &mut [Option<PruneMark>],
    newest_first: &[usize],
    count: u64,
    period_of: impl Fn(usize) -> String,
) {
    let mark_at = |marks: &[Option<PruneMark>], index: usize| marks.get(index).copied().flatten();
    let covered: BTreeSet<String> = newest_first
        .iter()
        .filter(|index| mark_at(marks, **index) == Some(PruneMark::Keep))
        .map(|index| period_of(*index))
        .collect();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for index in newest_first {
        if mark_at(marks, *index).is_some() {
            continue;
        }
        let period = period_of(*index);
        if covered.contains(&period) {
            continue;
        }
        let mark = if kept.contains(&period) {
            PruneMark::Remove
        } else if kept.len() as u64 >= count {
            break;
        } else {
            kept.insert(period);
            PruneMark::Keep
        };
        if let Some(slot) = marks.get_mut(*index) {
            *slot = Some(mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn backup(group: &str, created_seconds: i64) -> PruneCandidate {
        PruneCandidate {
            group: group.to_owned(),
            created_seconds,
            is_protected: false,
            is_standard: true,
        }
    }

    #[test]
    fn guests_are_counted_apart_and_odd_names_stay() {
        let mut renamed = backup("qemu/100", 50);
        renamed.is_standard = false;
        let backups = [
            backup("qemu/100", 10),
            backup("lxc/200", 20),
            backup("qemu/100", 30),
            renamed,
        ];
        let marks = prune_marks(&backups, &"keep-last=1".parse().unwrap(), &TimeZone::UTC);
        assert_eq!(
            marks,
            [
                PruneMark::Remove,
                PruneMark::Keep,
                PruneMark::Keep,
                PruneMark::Renamed
            ]
        );
    }

    #[test]
    fn days_are_days_of_the_zone() {
        // 22:30 and 23:30 UTC of one day are 23:30 and 00:30 in Berlin.
        let backups = [
            backup("qemu/100", 1_700_001_000),
            backup("qemu/100", 1_700_004_600),
        ];
        let keep: KeepOptions = "keep-daily=2".parse().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(
            prune_marks(&backups, &keep, &TimeZone::UTC),
            [PruneMark::Remove, PruneMark::Keep]
        );
        assert_eq!(
            prune_marks(&backups, &keep, &berlin),
            [PruneMark::Keep, PruneMark::Keep]
        );
    }

    fn counts() -> impl Strategy<Value = KeepOptions> {
        let count = || proptest::option::of(0_u64..4);
        (count(), count(), count(), count(), count(), count()).prop_map(
            |(last, hourly, daily, weekly, monthly, yearly)| KeepOptions {
                last,
                hourly,
                daily,
                weekly,
                monthly,
                yearly,
                ..KeepOptions::default()
            },
        )
    }

    fn backups() -> impl Strategy<Value = Vec<PruneCandidate>> {
        let one = (
            "qemu/100|lxc/200",
            1_600_000_000_i64..1_700_000_000,
            0_u8..8,
        );
        proptest::collection::vec(one, 0..60).prop_map(|all| {
            all.into_iter()
                .map(|(group, created_seconds, odd)| PruneCandidate {
                    group,
                    created_seconds,
                    is_protected: odd == 0,
                    is_standard: odd != 1,
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_newest_is_never_removed(backups in backups(), keep in counts()) {
            let marks = prune_marks(&backups, &keep, &TimeZone::UTC);
            prop_assert_eq!(marks.len(), backups.len());
            for group in ["qemu/100", "lxc/200"] {
                let counted = backups
                    .iter()
                    .zip(&marks)
                    .filter(|(b, _)| b.group == group && b.is_standard && !b.is_protected);
                let newest = counted.clone().map(|(b, _)| b.created_seconds).max();
                let kept = counted
                    .filter(|(_, mark)| **mark == PruneMark::Keep)
                    .map(|(b, _)| b.created_seconds)
                    .max();
                prop_assert_eq!(kept, newest);
            }
        }

        #[test]
        fn protected_and_renamed_backups_stay_whatever_is_kept(backups in backups(), keep in counts()) {
            for (backup, mark) in backups.iter().zip(prune_marks(&backups, &keep, &TimeZone::UTC)) {
                let expected = match (backup.is_protected, backup.is_standard) {
                    (true, _) => Some(PruneMark::Protected),
                    (false, false) => Some(PruneMark::Renamed),
                    (false, true) => None,
                };
                if let Some(expected) = expected {
                    prop_assert_eq!(mark, expected);
                } else {
                    prop_assert!(matches!(mark, PruneMark::Keep | PruneMark::Remove));
                }
            }
        }

        #[test]
        fn no_more_are_kept_than_the_options_say(backups in backups(), keep in counts()) {
            let most: u64 = keep.counts().iter().map(|(_, count)| count).sum();
            let marks = prune_marks(&backups, &keep, &TimeZone::UTC);
            if !keep.keeps_all() {
                for group in ["qemu/100", "lxc/200"] {
                    let kept = backups.iter().zip(&marks)
                        .filter(|(b, mark)| b.group == group && **mark == PruneMark::Keep)
                        .count();
                    prop_assert!(kept as u64 <= most);
                }
            }
        }
    }
}
