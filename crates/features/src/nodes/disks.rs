//! `nodes.disks`: the disks of a node and how they feel; of one disk what it keeps about itself.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Call, Code, Error, Query, Result};
use pve::{Disk, DiskFilter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at;
use crate::{cluster_error::call_error, ctx::Ctx};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the node, or cluster/node.
    node: String,
    /// Only this disk, such as /dev/sda, with all that it keeps about itself.
    #[arg(long)]
    disk: Option<String>,
}

/// One disk. What is not known is null.
#[derive(Serialize, JsonSchema)]
struct Row {
    device: String,
    /// `hdd`, `ssd`, `nvme`, `usb`.
    kind: Option<String>,
    size_bytes: Option<u64>,
    vendor: Option<String>,
    model: Option<String>,
    serial: Option<String>,
    /// What uses it: `LVM`, `ZFS`, `mounted`, `partitions` …
    used_by: Option<String>,
    /// The disk's own judgement: `PASSED`, `OK`, `FAILED`.
    health: Option<String>,
    /// Percent of its life that is left, where it tells.
    life_left_percent: Option<f64>,
}

/// One value that a disk keeps about itself.
#[derive(Serialize, JsonSchema)]
struct Attribute {
    id: Option<u64>,
    name: String,
    /// Compared with the threshold; higher is better.
    value: Option<u64>,
    worst: Option<u64>,
    threshold: Option<u64>,
    /// What was counted, as the maker writes it.
    raw: Option<String>,
    /// When it failed, or null.
    failed: Option<String>,
}

/// What one disk keeps about itself.
#[derive(Serialize, JsonSchema)]
struct Smart {
    health: Option<String>,
    attributes: Vec<Attribute>,
    /// What the tool printed of disks without attributes.
    text: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    disks: Vec<Row>,
    smart: Option<Smart>,
    #[schemars(with = "String")]
    read_at: Timestamp,
}

pub(super) struct Disks;

impl Query for Disks {
    const NAME: &'static str = "nodes.disks";
    const SUMMARY: &'static str = "List the disks of a node with their health";
    const PHRASES: &'static [&'static str] =
        &["[list|show|show me] [the] disks (of|in) [the] (node|host) {node:place}"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let seen = at::one(ctx, &input.node).await?;
        seen.need_online()?;
        let (client, node) = (seen.at.client(ctx).await?, seen.at.name()?);
        let said = |error: pve::Error| call_error(&seen.at.cluster, &error);
        let mut disks: Vec<Row> = client
            .disks(&node, &DiskFilter::default())
            .await
            .map_err(said)?
            .into_iter()
            .map(row)
            .collect();
        disks.sort_by(|a, b| a.device.cmp(&b.device));
        let mut smart = None;
        if let Some(device) = &input.disk {
            if !disks.iter().any(|disk| &disk.device == device) {
                let known: Vec<&str> = disks.iter().map(|disk| disk.device.as_str()).collect();
                return Err(Error::new(
                    Code::NoMatch,
                    format!("node {} has no disk `{device}`", seen.at.node),
                )
                .hint(format!("it has {}", known.join(", "))));
            }
            disks.retain(|disk| &disk.device == device);
            let report = client.smart(&node, device).await.map_err(said)?;
            smart = Some(Smart {
                health: report.health.filter(|word| word != "UNKNOWN"),
                text: report.text,
                attributes: report
                    .attributes
                    .into_iter()
                    .map(|row| Attribute {
                        id: row.id,
                        name: row.name,
                        value: row.normalized,
                        worst: row.worst,
                        threshold: row.threshold,
                        raw: row.raw,
                        failed: row.failed.filter(|text| text != "-"),
                    })
                    .collect(),
            });
        }
        Ok(Output {
            disks,
            smart,
            read_at: ctx.clock.now(),
        })
    }
}

fn row(disk: Disk) -> Row {
    Row {
        device: disk.device,
        kind: disk.kind.filter(|word| word != "unknown"),
        size_bytes: disk.size_bytes,
        vendor: disk.vendor,
        model: disk.model,
        serial: disk.serial,
        used_by: disk.used_by,
        health: disk.health.filter(|word| word != "UNKNOWN"),
        life_left_percent: disk.life_left_percent,
    }
}
