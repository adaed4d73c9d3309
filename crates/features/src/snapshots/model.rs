//! Our type of a snapshot, and reading a guest's snapshots.

use jiff::Timestamp;
use ops::{Code, Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{cluster_error::call_error, ctx::Ctx, guests::GuestRef};

/// PVE's limit for names.
const NAME_CHARACTERS: usize = 40;
/// Names that PVE keeps for itself.
const RESERVED: [&str; 3] = ["current", "pending", "vzdump"];

/// One snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SnapshotRow {
    pub(crate) cluster: String,
    pub(crate) node: String,
    pub(crate) vmid: u32,
    /// Name of the guest.
    pub(crate) guest: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// By the node's clock.
    #[schemars(with = "Option<String>")]
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) parent: Option<String>,
    /// Whether it holds the memory of the running machine.
    pub(crate) memory: bool,
    /// `prepare` or `delete`: being made or removed, or left like that by an error.
    pub(crate) unfinished: Option<String>,
}

/// The snapshots of a guest, oldest first as PVE tells them.
pub(crate) async fn snapshots_of(ctx: &Ctx, guest: &GuestRef) -> Result<Vec<SnapshotRow>> {
    let client = guest.client(ctx).await?;
    let snapshots = client
        .snapshots(&guest.at()?)
        .await
        .map_err(|error| call_error(&guest.cluster, &error))?;
    Ok(snapshots
        .into_iter()
        .map(|snapshot| SnapshotRow::of(guest, snapshot))
        .collect())
}

impl SnapshotRow {
    pub(super) fn of(guest: &GuestRef, snapshot: pve::Snapshot) -> Self {
        Self {
            cluster: guest.cluster.clone(),
            node: guest.node.clone(),
            vmid: guest.vmid,
            guest: guest.name.clone(),
            name: snapshot.name,
            description: snapshot.description,
            created_at: snapshot
                .time
                .and_then(|seconds| i64::try_from(seconds).ok())
                .and_then(|seconds| Timestamp::from_second(seconds).ok()),
            parent: snapshot.parent,
            memory: snapshot.with_memory,
            unfinished: snapshot.unfinished,
        }
    }
}

/// The snapshot of this name.
pub(super) fn find<'a>(
    guest: &GuestRef,
    rows: &'a [SnapshotRow],
    name: &str,
) -> Result<&'a SnapshotRow> {
    rows.iter().find(|row| row.name == name).ok_or_else(|| {
        let known: Vec<&str> = rows.iter().take(10).map(|row| row.name.as_str()).collect();
        Error::new(
            Code::NoMatch,
            format!("{} has no snapshot `{name}`", guest.subject()),
        )
        .hint(if known.is_empty() {
            "it has no snapshots at all".to_owned()
        } else {
            format!("it has {}", known.join(", "))
        })
    })
}

/// Seconds since a snapshot was made; nothing where it is not known, or the node's clock is ahead.
pub(super) fn age_s(created_at: Option<Timestamp>, now: Timestamp) -> Option<u64> {
    u64::try_from(now.duration_since(created_at?).as_secs()).ok()
}

/// The same in a word for people: `3 days`.
pub(super) fn age(created_at: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let seconds = age_s(created_at, now)?;
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    Some(format!(
        "{count} {unit}{}",
        if count == 1 { "" } else { "s" }
    ))
}

/// PVE's rule for names (`pve-configid`): why `name` is none, if it is none.
pub(super) fn name_problem(name: &str) -> Option<String> {
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let goes_on = characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !begins || !goes_on || name.len() < 2 {
        return Some(
            "it needs at least two characters: a letter, then letters, digits, `_` or `-`"
                .to_owned(),
        );
    }
    if name.len() > NAME_CHARACTERS {
        return Some(format!("it is longer than {NAME_CHARACTERS} characters"));
    }
    RESERVED
        .contains(&name)
        .then(|| "PVE keeps this name for itself".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_that_fits_and_never_below_zero() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let ago = |seconds: i64| Timestamp::from_second(1_000_000 - seconds).ok();
        assert_eq!(age(ago(1), now).as_deref(), Some("1 second"));
        assert_eq!(age(ago(600), now).as_deref(), Some("10 minutes"));
        assert_eq!(age(ago(7_200), now).as_deref(), Some("2 hours"));
        assert_eq!(age(ago(400_000), now).as_deref(), Some("4 days"));
        assert_eq!((age(ago(-1), now), age(None, now)), (None, None));
    }

    #[test]
    fn names_follow_pves_rule() {
        for good in ["ab", "before-update", "Nightly_2026", &"a".repeat(40)] {
            assert_eq!(name_problem(good), None, "{good}");
        }
        for bad in [
            "",
            "x",
            "1st",
            "a b",
            "a.b",
            "-a",
            "current",
            "pending",
            "vzdump",
            &"a".repeat(41),
        ] {
            assert!(name_problem(bad).is_some(), "{bad}");
        }
    }
}
