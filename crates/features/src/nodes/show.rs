//! `nodes.show`: one node as it is this moment.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{Call, Query, Result};
use pve::{FileSystemUse, MemoryUse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at;
use crate::{
    cluster_error::call_error,
    ctx::Ctx,
    inventory::{GuestRow, NodeRow},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the node, or cluster/node.
    node: String,
}

/// Used of something. What is not known is null.
#[derive(Serialize, JsonSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "units stand in the names of an answer"
)]
struct Use {
    used_bytes: Option<u64>,
    total_bytes: Option<u64>,
    available_bytes: Option<u64>,
}

impl From<MemoryUse> for Use {
    fn from(memory: MemoryUse) -> Self {
        Self {
            used_bytes: memory.used_bytes,
            total_bytes: memory.total_bytes,
            available_bytes: memory.available_bytes.or(memory.free_bytes),
        }
    }
}

impl From<FileSystemUse> for Use {
    fn from(root: FileSystemUse) -> Self {
        Self {
            used_bytes: root.used_bytes,
            total_bytes: root.total_bytes,
            available_bytes: root.available_bytes,
        }
    }
}

/// What the node itself tells.
#[derive(Serialize, JsonSchema)]
struct Status {
    uptime_s: Option<u64>,
    /// Use of all processors, 0 to 1.
    cpu: Option<f64>,
    /// Part of the time in which processors waited for disks, 0 to 1.
    io_wait: Option<f64>,
    /// Tasks that want to run, over 1, 5 and 15 minutes.
    load_average: Option<[f64; 3]>,
    cpu_model: Option<String>,
    cpus: Option<u64>,
    sockets: Option<u64>,
    memory: Option<Use>,
    swap: Option<Use>,
    root: Option<Use>,
    /// Memory saved by sharing pages between guests.
    shared_memory_bytes: Option<u64>,
    pve_version: Option<String>,
    kernel: Option<String>,
    /// `efi` or `legacy-bios`.
    boot_mode: Option<String>,
    secure_boot: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    node: NodeRow,
    /// Null when the node could not be asked; `error` says why.
    status: Option<Status>,
    error: Option<String>,
    guests: Vec<GuestRow>,
    #[schemars(with = "String")]
    read_at: Timestamp,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "nodes.show";
    const SUMMARY: &'static str = "Show one node: load, memory, versions and its guests";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let seen = at::one(ctx, &input.node).await?;
        // A node that is away is shown with what is known of it.
        let (status, error) = match seen.need_online() {
            Err(error) => (None, Some(error.message)),
            Ok(()) => {
                let client = seen.at.client(ctx).await?;
                match client.node_status(&seen.at.name()?).await {
                    Ok(status) => (Some(of(status)), None),
                    Err(error) => (None, Some(call_error(&seen.at.cluster, &error).sentence())),
                }
            }
        };
        Ok(Output {
            node: seen.row,
            status,
            error,
            guests: seen.guests,
            read_at: ctx.clock.now(),
        })
    }
}

fn of(status: pve::NodeStatus) -> Status {
    let cpu = status.cpu;
    Status {
        uptime_s: status.uptime_s,
        cpu: status.cpu_fraction,
        io_wait: status.io_wait_fraction,
        load_average: status.load_average,
        cpus: cpu.as_ref().and_then(|cpu| cpu.cpu_count),
        sockets: cpu.as_ref().and_then(|cpu| cpu.sockets),
        cpu_model: cpu.and_then(|cpu| cpu.model),
        memory: status.memory.map(Use::from),
        swap: status.swap.map(Use::from),
        root: status.root.map(Use::from),
        shared_memory_bytes: status.shared_memory_bytes,
        pve_version: status.manager_version,
        kernel: status.kernel.and_then(|kernel| kernel.release),
        secure_boot: status.boot.as_ref().map(|boot| boot.secure_boot),
        boot_mode: status.boot.and_then(|boot| boot.mode),
    }
}
