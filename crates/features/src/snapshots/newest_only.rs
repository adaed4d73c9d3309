//! Storages that can only go back to their newest snapshot, and which younger ones stand in the way.

use std::collections::BTreeSet;

use ops::{Code, Error, Result};
use pve::{Client, DriveSlot, GuestAt, GuestConfig, StorageConfig, StoragePlugin};

use super::model::SnapshotRow;
use crate::{cluster_error::call_error, ctx::Ctx, guests::GuestRef};

/// Refuses what PVE refuses inside the task: ZFS, and volumes whose snapshots are a chain of files, go back
/// to the newest snapshot only.
pub(super) async fn refuse_older(
    ctx: &Ctx,
    guest: &GuestRef,
    rows: &[SnapshotRow],
    target: &SnapshotRow,
) -> Result<()> {
    let younger: Vec<&SnapshotRow> = rows
        .iter()
        .filter(|row| row.name != target.name && row.created_at > target.created_at)
        .collect();
    if younger.is_empty() {
        return Ok(());
    }
    let client = guest.client(ctx).await?;
    let at = guest.at()?;
    let said = |error: pve::Error| call_error(&guest.cluster, &error);
    let strict: Vec<StorageConfig> = client
        .storage_configs()
        .await
        .map_err(said)?
        .into_iter()
        .filter(goes_back_to_newest_only)
        .collect();
    if strict.is_empty() {
        return Ok(());
    }
    let volumes = volumes_of_snapshot(&client, &at, &target.name, &strict)
        .await
        .map_err(said)?;
    let Some(volume) = volumes.iter().next() else {
        return Ok(());
    };
    let mut blockers = Vec::new();
    for row in younger {
        let held = volumes_of_snapshot(&client, &at, &row.name, &strict)
            .await
            .map_err(said)?;
        if !held.is_disjoint(&volumes) {
            blockers.push(row.name.clone());
        }
    }
    if blockers.is_empty() {
        return Ok(());
    }
    let storage = volume
        .split_once(':')
        .map_or("", |(storage, _)| storage)
        .to_owned();
    Err(Error::new(
        Code::Conflict,
        format!(
            "{} cannot go back to `{}`: storage {storage} only goes back to the newest snapshot, and {} came \
             later",
            guest.subject(),
            target.name,
            names(&blockers)
        ),
    )
    .hint(format!(
        "delete {} first, or clone the guest from `{}`",
        names(&blockers),
        target.name
    )))
}

/// Whether a safety snapshot of this guest would stand in the way of the rollback that it is for.
pub(super) async fn safety_blocks(
    ctx: &Ctx,
    guest: &GuestRef,
    config: &GuestConfig,
) -> Result<Option<String>> {
    let strict: Vec<StorageConfig> = guest
        .client(ctx)
        .await?
        .storage_configs()
        .await
        .map_err(|error| call_error(&guest.cluster, &error))?
        .into_iter()
        .filter(goes_back_to_newest_only)
        .collect();
    Ok(volumes_on(&guest.at()?, config, &strict)
        .into_iter()
        .next()
        .and_then(|volume| {
            volume
                .split_once(':')
                .map(|(storage, _)| storage.to_owned())
        }))
}

fn goes_back_to_newest_only(storage: &StorageConfig) -> bool {
    matches!(storage.plugin, StoragePlugin::ZfsPool | StoragePlugin::Zfs)
        || storage
            .options
            .get("snapshot-as-volume-chain")
            .is_some_and(|flag| flag == "1")
}

async fn volumes_of_snapshot(
    client: &Client,
    at: &GuestAt,
    name: &str,
    strict: &[StorageConfig],
) -> pve::Result<BTreeSet<String>> {
    let config = client.snapshot_config(at, name).await?;
    Ok(volumes_on(at, &config, strict))
}

/// The volumes of a configuration on these storages, by their names in the cluster.
fn volumes_on(at: &GuestAt, config: &GuestConfig, strict: &[StorageConfig]) -> BTreeSet<String> {
    let is_volume = |key: &str| match at.kind {
        pve::GuestKind::Qemu => key.parse::<DriveSlot>().is_ok(),
        pve::GuestKind::Lxc => key == "rootfs" || key.starts_with("mp"),
    };
    config
        .values
        .iter()
        .filter(|(key, _)| is_volume(key) && !key.starts_with("unused"))
        .filter(|(_, text)| !text.contains("media=cdrom"))
        .filter_map(|(_, text)| text.split(',').next())
        .map(|volume| {
            volume
                .trim_start_matches("file=")
                .trim_start_matches("volume=")
        })
        .filter(|volume| {
            volume
                .split_once(':')
                .is_some_and(|(storage, _)| strict.iter().any(|row| row.storage == storage))
        })
        .map(str::to_owned)
        .collect()
}

/// `a`, `b` and 3 more.
fn names(list: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = list
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match list.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
