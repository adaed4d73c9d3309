//! Our type of a snapshot, and reading a guest's snapshots.

use jiff::Timestamp;
use ops::Result;
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
        .map(|snapshot| SnapshotRow {
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
        })
        .collect())
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
    use super::name_problem;

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
