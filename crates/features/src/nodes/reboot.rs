//! `nodes.reboot`: reboots a node, with its guests moved away before or not, and waits until it is back.

use std::sync::Arc;

use ops::{Call, Composed, Composite, Result, Risk, WhenUnfit, WishOrder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{going_down, power::Command};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the node, or cluster/node.
    node: String,
    /// First move the guests that run to other nodes, by free memory; otherwise they shut down.
    #[arg(long)]
    #[serde(default)]
    evacuate: bool,
    /// Copy disks too that only this node has.
    #[arg(long)]
    #[serde(default)]
    with_local_disks: bool,
}

pub(super) struct Reboot;

impl Composite for Reboot {
    const NAME: &'static str = "nodes.reboot";
    const SUMMARY: &'static str = "Reboot a node, after moving its guests away if wished";
    const PHRASES: &'static [&'static str] = &[
        "(reboot|restart) [the] (node|host) {node:place}",
        "+ (after evacuating it|after moving its guests away|and evacuate it first) => evacuate=true",
        "+ with local disks => with_local_disks=true",
    ];
    const RISK: Risk = Risk::Disruptive;
    const ORDER: WishOrder = WishOrder::OneAfterAnother;
    // A guest that cannot leave would go down with the node.
    const UNFIT: WhenUnfit = WhenUnfit::Refuses;
    type Ctx = Ctx;
    type Input = Input;

    async fn wishes(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Composed> {
        going_down::wishes(
            ctx,
            &input.node,
            Command::Reboot,
            input.evacuate,
            input.with_local_disks,
        )
        .await
    }
}
