//! `storages.orphans`: volumes of guests that no guest refers to.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{Call, Query, Result};
use pve::ContentFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    content::NotRead,
    model::{VolumeRow, volumes_of},
    place::{self, Narrow, Place},
    references::{References, Usage},
};
use crate::ctx::Ctx;

/// Something may just be making it: a copy enters the configuration of its guest at its end.
const YOUNG: Duration = Duration::from_hours(1);

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Only of this storage.
    #[serde(default)]
    storage: Option<String>,
    /// Only what this node sees.
    #[arg(long)]
    node: Option<String>,
    /// Only of this cluster.
    #[arg(long)]
    cluster: Option<String>,
}

/// A volume, and what is known of its use.
#[derive(Clone, Serialize, JsonSchema)]
pub(super) struct Judged {
    #[serde(flatten)]
    pub(super) volume: VolumeRow,
    pub(super) reason: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// No configuration, no snapshot, no replication and no linked clone refers to these.
    pub(super) orphans: Vec<Judged>,
    /// What all orphans take, as far as their sizes are known.
    pub(super) orphans_bytes: u64,
    /// Nobody refers to these as far as could be read, and that is not far enough.
    pub(super) not_known: Vec<Judged>,
    /// Storages that could not be read.
    pub(super) not_read: Vec<NotRead>,
    #[schemars(with = "String")]
    pub(super) read_at: Timestamp,
}

pub(super) struct Orphans;

impl Query for Orphans {
    const NAME: &'static str = "storages.orphans";
    const SUMMARY: &'static str = "Find disks that no guest refers to";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me|find|look for] [the|all|any] (orphans|orphaned disks|orphaned volumes) [on {storage:storage}]",
        "are there [any] (orphans|orphaned disks|orphaned volumes) [(on|in) {storage:storage}]",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let narrow = Narrow {
            cluster: input.cluster.as_deref(),
            node: input.node.as_deref(),
        };
        find(ctx, input.storage.as_deref(), narrow).await
    }
}

pub(super) async fn find(ctx: &Ctx, storage: Option<&str>, narrow: Narrow<'_>) -> Result<Output> {
    let places = place::all(ctx, storage, narrow).await?;
    let mut output = Output {
        orphans: Vec::new(),
        orphans_bytes: 0,
        not_known: Vec::new(),
        not_read: Vec::new(),
        read_at: ctx.clock.now(),
    };
    let mut by_cluster: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for (row, place) in places {
        let disks = ["images", "rootdir"];
        if !row
            .content
            .iter()
            .any(|content| disks.contains(&content.as_str()))
        {
            continue;
        }
        match place {
            Ok(place) => by_cluster.entry(row.cluster).or_default().push(place),
            Err(error) => output.not_read.push(NotRead {
                what: format!("{} ({})", row.storage, row.nodes.join(", ")),
                reason: error.sentence(),
            }),
        }
    }
    for (cluster, places) in by_cluster {
        let mut references = References::read(ctx, &cluster).await?;
        let mut found = Vec::new();
        for place in places {
            match volumes_of(ctx, &place, &ContentFilter::default()).await {
                Ok(volumes) => {
                    references.add_parents(&volumes);
                    found.push((place, volumes));
                }
                Err(error) => output.not_read.push(NotRead {
                    what: place.subject(),
                    reason: error.sentence(),
                }),
            }
        }
        for (place, volumes) in found {
            for volume in volumes {
                if volume.content.is_some() && volume.holds_a_guests_data() {
                    sort(&mut output, &references, volume, place.shared);
                }
            }
        }
    }
    Ok(output)
}

fn sort(output: &mut Output, references: &References, volume: VolumeRow, shared: bool) {
    let now = output.read_at;
    match references.usage(&volume, shared) {
        Usage::Used(_) => {}
        Usage::NotKnown(reason) => output.not_known.push(Judged { volume, reason }),
        Usage::Unused(reason) => match volume.created_at {
            Some(at) if at <= now && now < at + YOUNG => output.not_known.push(Judged {
                reason: format!(
                    "it is only {} minutes old: something may still be making it",
                    now.duration_since(at).as_secs() / 60
                ),
                volume,
            }),
            Some(_) | None => {
                output.orphans_bytes = output
                    .orphans_bytes
                    .saturating_add(volume.size_bytes.unwrap_or(0));
                output.orphans.push(Judged { volume, reason });
            }
        },
    }
}
