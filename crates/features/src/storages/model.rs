//! Our type of a volume.

use jiff::Timestamp;
use ops::Result;
use pve::ContentFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::Place;
use crate::{cluster_error::call_error, ctx::Ctx};

/// One volume. What is not known is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct VolumeRow {
    pub(super) cluster: String,
    /// The node that told of it; of a shared storage one of several that see it.
    pub(super) node: String,
    pub(super) storage: String,
    /// `storage:name`.
    pub(super) volume: String,
    /// PVE's word: `images`, `rootdir`, `iso`, `vztmpl`, `backup`, `snippets`, `import`.
    pub(super) content: Option<String>,
    pub(super) format: Option<String>,
    pub(super) size_bytes: Option<u64>,
    /// What it takes, where the storage tells.
    pub(super) used_bytes: Option<u64>,
    #[schemars(with = "Option<String>")]
    pub(super) created_at: Option<Timestamp>,
    /// The guest that it is named after.
    pub(super) vmid: Option<u32>,
    /// The volume that it builds on, as the storage names it.
    pub(super) parent: Option<String>,
    pub(super) notes: Option<String>,
    /// Whether PVE refuses to remove it.
    pub(super) protected: bool,
}

impl VolumeRow {
    pub(super) fn holds_a_guests_data(&self) -> bool {
        matches!(self.content.as_deref(), Some("images" | "rootdir") | None)
    }
}

/// What is on a storage.
pub(super) async fn volumes_of(
    ctx: &Ctx,
    place: &Place,
    filter: &ContentFilter,
) -> Result<Vec<VolumeRow>> {
    let rows = place
        .client(ctx)
        .await?
        .storage_content(&place.node()?, &place.storage, filter)
        .await
        .map_err(|error| call_error(&place.cluster, &error))?;
    let mut volumes: Vec<VolumeRow> = rows
        .into_iter()
        .map(|row| VolumeRow {
            cluster: place.cluster.clone(),
            node: place.node.clone(),
            storage: place.storage.clone(),
            volume: row.volume.to_string(),
            vmid: row
                .vmid
                .or_else(|| row.volume.kind().owner())
                .map(pve::Vmid::get),
            content: row.content.map(|content| content.as_str().to_owned()),
            format: row.format,
            size_bytes: row.size_bytes,
            used_bytes: row.used_bytes,
            created_at: row
                .created_s
                .filter(|seconds| *seconds > 0)
                .and_then(|seconds| i64::try_from(seconds).ok())
                .and_then(|seconds| Timestamp::from_second(seconds).ok()),
            parent: row.parent,
            notes: row.notes,
            protected: row.protected,
        })
        .collect();
    // PVE's order is that of a hash.
    volumes.sort_by(|a, b| a.volume.cmp(&b.volume));
    Ok(volumes)
}

/// One volume; nothing when it is not there.
pub(super) async fn volume(ctx: &Ctx, place: &Place, volume: &str) -> Result<Option<VolumeRow>> {
    Ok(volumes_of(ctx, place, &ContentFilter::default())
        .await?
        .into_iter()
        .find(|row| row.volume == volume))
}
