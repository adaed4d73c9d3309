//! What stands against a guest that is to be made, and what may: looked at before anything is asked.

use std::collections::BTreeMap;

use ops::{Level, Result, Signal};
use pve::{NodeName, format_size};

use super::{
    bridges::Bridges,
    create_input::{Input, Plan},
    places::{about, disk_content, need_storage, need_volume, too_much_memory},
    pool::refuse_unknown,
    subject::GuestRef,
    work::warning_of,
};
use crate::{ctx::Ctx, inventory::GuestKind};

/// Storages, media and the pool must be there. What PVE accepts and what does no good afterwards is told.
pub(super) async fn check_places(
    ctx: &Ctx,
    new: &GuestRef,
    node: &NodeName,
    input: &Input,
    plan: &Plan,
) -> Result<Vec<Signal>> {
    let mut signals = Vec::new();
    let content = disk_content(input.kind);
    for (storage, needed) in &plan.storages {
        let status = need_storage(ctx, &new.cluster, node, storage, &content).await?;
        if let Some(left) = status.available_bytes.filter(|left| left < needed) {
            // Thin volumes are made all the same; what is written into them needs the room.
            let text = format!(
                "the disks of {} take up to {} and storage {storage} has {} left",
                new.name,
                format_size(*needed),
                about(left)
            );
            signals.push(warning_of(new, "space", text));
        }
    }
    for volume in input.sources() {
        need_volume(ctx, &new.cluster, node, volume).await?;
    }
    if let Some(pool) = &input.pool {
        refuse_unknown(ctx, &new.cluster, pool).await?;
    }
    signals.extend(may_not_start(ctx, new, node, &plan.set).await?);
    signals.extend(not_checked(input));
    Ok(signals)
}

/// What PVE writes down without a word, and finds out when the guest starts.
pub(super) async fn may_not_start(
    ctx: &Ctx,
    new: &GuestRef,
    node: &NodeName,
    set: &BTreeMap<String, String>,
) -> Result<Vec<Signal>> {
    let memory = too_much_memory(ctx, new, set.get("memory")).await?;
    let bridges = Bridges::default()
        .missing(ctx, new, set.iter(), node)
        .await?;
    Ok(memory.into_iter().chain(bridges).collect())
}

fn not_checked(input: &Input) -> Vec<Signal> {
    let tell = |text: &str| Signal {
        signal: "check_skipped".to_owned(),
        level: Level::Info,
        text: text.to_owned(),
        target: None,
    };
    let mut signals = vec![tell("not checked: quotas")];
    if input.kind == GuestKind::Lxc {
        signals.push(tell(
            "maps of user ids (`lxc.idmap`) and other lines for LXC itself cannot be set over the API: only in the \
             file on the node",
        ));
    }
    signals
}
