//! What rebooting and shutting down a node share: moving its guests away first, if wished.

use ops::{Composed, Level, Result, Signal, Wish};
use serde_json::json;

use super::{
    at,
    power::{Command, moving, to_move},
};
use crate::{ctx::Ctx, guests::listing};

pub(super) async fn wishes(
    ctx: &Ctx,
    node: &str,
    command: Command,
    evacuate: bool,
    with_local_disks: bool,
) -> Result<Composed> {
    let seen = at::one(ctx, node).await?;
    seen.need_online()?;
    let moved = if evacuate {
        to_move(&seen, false)
    } else {
        Vec::new()
    };
    let mut wishes = Vec::new();
    let mut preflight = Vec::new();
    let mut summary = format!("{} node {}", command.verb(), seen.at.node);
    if !moved.is_empty() {
        let names: Vec<&str> = moved.iter().map(|guest| guest.name.as_str()).collect();
        summary = format!("move {} away, then {summary}", listing(&names));
        wishes.push(moving(&moved, with_local_disks));
        preflight.push(Signal {
            signal: "moved_back".to_owned(),
            level: Level::Info,
            text: "`runs.undo` of this run moves the guests back when the node is up again"
                .to_owned(),
            target: Some(seen.at.reference()),
        });
    }
    let ids: Vec<u32> = moved.iter().map(|guest| guest.vmid).collect();
    wishes.push(Wish {
        op: "nodes.power".to_owned(),
        input: json!({ "node": seen.at.reference(), "command": command, "without": ids }),
    });
    Ok(Composed {
        summary,
        wishes,
        preflight,
        left_out: Vec::new(),
    })
}
