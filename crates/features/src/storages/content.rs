//! `storages.content`: what is on a storage.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{Call, Query, Result};
use pve::{ContentFilter, Vmid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    model::{VolumeRow, volumes_of},
    place::{self, Narrow},
};
use crate::ctx::Ctx;

const ASK_AT_ONCE: usize = 8;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the storage.
    storage: String,
    /// As this node sees it; every node of a storage that is not shared without.
    #[arg(long)]
    node: Option<String>,
    /// Which cluster, when several are connected.
    #[arg(long)]
    cluster: Option<String>,
    /// Only this kind: images, rootdir, iso, vztmpl, backup, snippets or import.
    #[arg(long)]
    content: Option<String>,
    /// Only volumes of this guest, by its id.
    #[arg(long)]
    guest: Option<u32>,
}

/// A volume with the name of its guest.
#[derive(Serialize, JsonSchema)]
struct Row {
    #[serde(flatten)]
    volume: VolumeRow,
    /// Name of the guest with that id; null when there is none.
    guest: Option<String>,
}

/// A place that could not be read.
#[derive(Serialize, JsonSchema)]
pub(super) struct NotRead {
    pub(super) what: String,
    pub(super) reason: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    volumes: Vec<Row>,
    /// Never silently shorter: what is missing, and why.
    not_read: Vec<NotRead>,
    /// When the storage was asked.
    #[schemars(with = "String")]
    read_at: Timestamp,
}

pub(super) struct Content;

impl Query for Content {
    const NAME: &'static str = "storages.content";
    const SUMMARY: &'static str = "List the volumes on a storage";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me] [the] (content|contents|volumes) (of|on|in) {storage:storage}",
        "what is stored on {storage:storage}",
        "(which|what) isos are (on|in) {storage:storage} => content=iso",
        "(list|show) [the|all] isos (on|in|of) {storage:storage} => content=iso",
        "(list|show) [the|all] backups (on|in) {storage:storage} => content=backup",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let filter = ContentFilter {
            content: input.content.clone().map(Into::into),
            vmid: input
                .guest
                .map(|id| {
                    Vmid::try_from(id)
                        .map_err(|error| ops::Error::invalid(format!("`{id}` is no id: {error}")))
                })
                .transpose()?,
        };
        let narrow = Narrow {
            cluster: input.cluster.as_deref(),
            node: input.node.as_deref(),
        };
        let places = place::all(ctx, Some(&input.storage), narrow).await?;
        let names = guest_names(ctx).await?;
        let mut output = Output {
            volumes: Vec::new(),
            not_read: Vec::new(),
            read_at: ctx.clock.now(),
        };
        let filter = &filter;
        let readings: Vec<_> = places
            .into_iter()
            .map(|(row, place)| async move {
                let what = match &place {
                    Ok(place) => place.subject(),
                    Err(_) => format!("{} ({})", row.storage, row.nodes.join(", ")),
                };
                let volumes = match place {
                    Ok(place) => volumes_of(ctx, &place, filter).await,
                    Err(error) => Err(error),
                };
                (what, volumes)
            })
            .collect();
        let mut read = stream::iter(readings).buffered(ASK_AT_ONCE);
        while let Some((what, volumes)) = read.next().await {
            match volumes {
                Ok(volumes) => output.volumes.extend(volumes.into_iter().map(|volume| {
                    Row {
                        guest: volume
                            .vmid
                            .and_then(|id| names.get(&(volume.cluster.clone(), id)).cloned()),
                        volume,
                    }
                })),
                Err(error) => output.not_read.push(NotRead {
                    what,
                    reason: error.sentence(),
                }),
            }
        }
        Ok(output)
    }
}

async fn guest_names(ctx: &Ctx) -> Result<BTreeMap<(String, u32), String>> {
    let known = ctx.inventory.all_guests(Duration::from_secs(30)).await?;
    Ok(known
        .guests
        .into_iter()
        .map(|guest| ((guest.cluster, guest.vmid), guest.name))
        .collect())
}
