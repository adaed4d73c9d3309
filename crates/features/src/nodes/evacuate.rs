//! `nodes.evacuate`: moves the guests of a node to the other nodes, by free memory.

use std::sync::Arc;

use ops::{Call, Code, Composed, Composite, Error, Result, Risk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    at,
    power::{moving, to_move},
};
use crate::{ctx::Ctx, guests::listing};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the node, or cluster/node.
    node: String,
    /// Move guests too that do not run; templates stay.
    #[arg(long)]
    #[serde(default)]
    stopped: bool,
    /// Copy disks too that only this node has.
    #[arg(long)]
    #[serde(default)]
    with_local_disks: bool,
}

pub(super) struct Evacuate;

impl Composite for Evacuate {
    const NAME: &'static str = "nodes.evacuate";
    const SUMMARY: &'static str = "Move the guests of a node to the other nodes";
    const PHRASES: &'static [&'static str] = &[
        "(evacuate|drain) {node:place}",
        "move (all|the|all the|its) guests (away from|off) {node:place}",
        "+ including (stopped guests|the stopped guests|stopped ones) => stopped=true",
        "+ with [their|the] local disks => with_local_disks=true",
    ];
    const RISK: Risk = Risk::Disruptive;
    type Ctx = Ctx;
    type Input = Input;

    async fn wishes(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Composed> {
        let seen = at::one(ctx, &input.node).await?;
        seen.need_online()?;
        let guests = to_move(&seen, input.stopped);
        if guests.is_empty() {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "nothing to do: no guest {} on node {}",
                    if input.stopped { "is" } else { "runs" },
                    seen.at.node
                ),
            ));
        }
        let names: Vec<&str> = guests.iter().map(|guest| guest.name.as_str()).collect();
        Ok(Composed {
            summary: format!("move {} away from node {}", listing(&names), seen.at.node),
            wishes: vec![moving(&guests, input.with_local_disks)],
            preflight: Vec::new(),
            left_out: Vec::new(),
        })
    }
}
