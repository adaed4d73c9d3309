//! Which snapshots a rule removes. Pure.

use std::time::Duration;

use jiff::Timestamp;
use ops::{Error, Result};

use super::model::SnapshotRow;

/// Only snapshots whose name begins so are ever pruned, unless somebody says otherwise.
pub(super) const PREFIX: &str = "auto-";
const DAY: Duration = Duration::from_hours(24);

/// What stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Names of the snapshots that the rule is about begin so.
    pub(super) prefix: String,
    /// So many of the newest stay.
    pub(super) keep_last: Option<u32>,
    /// Only what is older goes.
    pub(super) older_than_days: Option<u32>,
}

/// What a rule says about the snapshots of one guest.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict<'a> {
    /// Oldest first.
    pub(super) go: Vec<&'a SnapshotRow>,
    /// They fit the rule, and stay because nobody knows their age or because they are unfinished.
    pub(super) left: Vec<(&'a SnapshotRow, &'static str)>,
}

impl Rule {
    pub(super) fn check(&self) -> Result<()> {
        if self.prefix.is_empty() {
            return Err(Error::invalid(
                "an empty `prefix` would prune every snapshot, also those that people made",
            )
            .hint(format!("name how they begin, such as `{PREFIX}`")));
        }
        if self.keep_last.is_none() && self.older_than_days.is_none() {
            return Err(Error::invalid("nothing says what to keep")
                .hint("give `keep_last`, `older_than_days`, or both"));
        }
        Ok(())
    }

    pub(super) fn judge<'a>(&self, rows: &'a [SnapshotRow], now: Timestamp) -> Verdict<'a> {
        let mut dated: Vec<(Timestamp, &SnapshotRow)> = Vec::new();
        let mut left = Vec::new();
        for row in rows.iter().filter(|row| row.name.starts_with(&self.prefix)) {
            match (row.created_at, &row.unfinished) {
                (_, Some(_)) => left.push((row, "it is unfinished")),
                (None, None) => left.push((row, "its age is not known")),
                (Some(at), None) => dated.push((at, row)),
            }
        }
        // The newest first; of one second the later in PVE's list counts as newer.
        dated.reverse();
        dated.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let keep = usize::try_from(self.keep_last.unwrap_or(0)).unwrap_or(usize::MAX);
        let limit = self.older_than_days.map(|days| DAY * days);
        let mut go: Vec<&SnapshotRow> = dated
            .into_iter()
            .skip(keep)
            .filter(|(at, _)| limit.is_none_or(|limit| now > *at + limit))
            .map(|(_, row)| row)
            .collect();
        go.reverse();
        Verdict { go, left }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(name: &str, days_ago: Option<i64>) -> SnapshotRow {
        SnapshotRow {
            cluster: "main".to_owned(),
            node: "pve1".to_owned(),
            vmid: 101,
            guest: "web".to_owned(),
            name: name.to_owned(),
            description: None,
            created_at: days_ago.map(|days| now() - DAY * u32::try_from(days).unwrap()),
            parent: None,
            memory: false,
            unfinished: None,
        }
    }

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn rule(keep_last: Option<u32>, older_than_days: Option<u32>) -> Rule {
        Rule {
            prefix: PREFIX.to_owned(),
            keep_last,
            older_than_days,
        }
    }

    fn names<'a>(verdict: &Verdict<'a>) -> Vec<&'a str> {
        verdict.go.iter().map(|row| row.name.as_str()).collect()
    }

    #[test]
    fn the_newest_stay_and_what_people_made_is_never_touched() {
        let rows = [
            row("auto-1", Some(9)),
            row("before-update", Some(90)),
            row("auto-3", Some(1)),
            row("auto-2", Some(5)),
            row("auto-x", None),
            SnapshotRow {
                unfinished: Some("delete".to_owned()),
                ..row("auto-0", Some(20))
            },
        ];
        assert_eq!(
            names(&rule(Some(1), None).judge(&rows, now())),
            ["auto-1", "auto-2"]
        );
        assert_eq!(names(&rule(None, Some(6)).judge(&rows, now())), ["auto-1"]);
        assert_eq!(
            names(&rule(Some(3), Some(1)).judge(&rows, now())),
            Vec::<&str>::new()
        );
        assert_eq!(
            names(&rule(Some(0), None).judge(&rows, now())),
            ["auto-1", "auto-2", "auto-3"]
        );
        let left: Vec<(&str, &str)> = rule(Some(0), None)
            .judge(&rows, now())
            .left
            .iter()
            .map(|(row, why)| (row.name.as_str(), *why))
            .collect();
        assert_eq!(
            left,
            [
                ("auto-x", "its age is not known"),
                ("auto-0", "it is unfinished")
            ]
        );
    }

    #[test]
    fn a_rule_that_keeps_nothing_or_names_nothing_is_refused() {
        assert!(rule(None, None).check().is_err());
        assert!(rule(Some(0), None).check().is_ok());
        let all = Rule {
            prefix: String::new(),
            ..rule(Some(1), None)
        };
        assert!(all.check().is_err());
    }

    proptest! {
        #[test]
        fn as_many_stay_as_the_rule_says_and_all_that_go_are_older(
            ages in prop::collection::vec(0..40_i64, 0..20), keep in 0..6_u32
        ) {
            let rows: Vec<SnapshotRow> = ages
                .iter()
                .enumerate()
                .map(|(at, days)| row(&format!("auto-{at}"), Some(*days)))
                .collect();
            let verdict = rule(Some(keep), None).judge(&rows, now());
            let stay: Vec<&SnapshotRow> =
                rows.iter().filter(|row| !verdict.go.contains(row)).collect();
            prop_assert_eq!(stay.len(), rows.len().min(usize::try_from(keep).unwrap()));
            let newest_gone = verdict.go.iter().map(|row| row.created_at).max();
            let oldest_kept = stay.iter().map(|row| row.created_at).min();
            if let (Some(gone), Some(kept)) = (newest_gone, oldest_kept) {
                prop_assert!(gone <= kept);
            }
        }
    }
}
