//! `guests.resize`: grows a disk of guests. PVE never shrinks one.

use std::{collections::BTreeMap, sync::Arc};

use ops::{BeforeState, Draft, Error, Level, Result, Risk, Signal, Verdict, WayBack, Wish};
use pve::{Client, GuestAt, NewSize, Params, Upid, format_size, parse_size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    choose::{Chosen, OneOf, already, choose, pass, rest_of},
    options::shown,
    places::{VolumeOf, about, left_on, volume_of},
    subject::{GuestRef, Looked, look_at},
    words::{no_way_back, signals},
    work::{Work, change, names_of, step_of, warning, why_not},
};
use crate::{ctx::Ctx, inventory::GuestKind};

const WHY: &str = "a disk only grows; what was added stays until the disk is replaced";

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// The disk, as `scsi0`, `rootfs` or `mp0`.
    #[arg(long)]
    disk: String,
    /// The new size (`64G`), or how much is added (`+16G`).
    #[arg(long)]
    size: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    disk: String,
    /// The whole new size: asked twice, it grows once.
    bytes: u64,
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.Config.Disk"];

pub(super) struct Resize;

impl Work for Resize {
    const NAME: &'static str = "guests.resize";
    const SUMMARY: &'static str = "Grow a disk of guests; it never shrinks again";
    const PHRASES: &'static [&'static str] = &[
        "(grow|resize|expand|extend|enlarge|increase) [the] [disk] {disk:disk} of {guests:guests} to {size:size}",
        "(grow|resize|expand|extend|enlarge|increase) [the] [disk] {disk:disk} of {guests:guests} by {size:more}",
        "(grow|resize|expand|extend|enlarge) {guests:guests} [disk] {disk:disk} (to {size:size}|by {size:more})",
        "add {size:more} to [the] [disk] {disk:disk} of {guests:guests}",
    ];
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::None { why: WHY };
    const TASKS: &'static [&'static str] = &["resize"];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        let (added, text) = match input.size.strip_prefix('+') {
            Some(text) => (true, text),
            None => (false, input.size.as_str()),
        };
        let given = parse_size(text).filter(|bytes| *bytes > 0).ok_or_else(|| {
            Error::invalid(format!("`{}` is no size", shown(&input.size)))
                .hint("write for instance `64G`, or `+16G` to add")
        })?;
        let mut fitting = Vec::new();
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        let mut steps = Vec::new();
        let mut grows: BTreeMap<(String, String, String), u64> = BTreeMap::new();
        for one in guests {
            let found = growth(&one, &input.disk, (added, given));
            let Some((volume, now, bytes)) = pass(&mut sorting, &one, found)? else {
                continue;
            };
            if bytes == now {
                let why = format!("has {} at `{}` already", format_size(now), input.disk);
                already(&mut sorting, &one, &why);
                continue;
            }
            preflight.extend(signals(&one, false));
            if one.guest.kind == GuestKind::Qemu {
                preflight.push(warning(
                    &one,
                    "inside",
                    format!(
                        "{}: partition and file system inside must be grown there",
                        one.guest.name
                    ),
                ));
            }
            let title = format!(
                "Grow {} of {} ({}) to {}",
                input.disk,
                one.guest.name,
                one.guest.vmid,
                format_size(bytes)
            );
            let changes = vec![change(&input.disk, format_size(now), format_size(bytes))];
            let step = Step {
                guest: one.guest.clone(),
                disk: input.disk.clone(),
                bytes,
            };
            let at = (
                one.guest.cluster.clone(),
                volume.storage.clone(),
                one.guest.node.clone(),
            );
            let all = grows.entry(at).or_default();
            *all = all.saturating_add(bytes - now);
            let mut drafted = step_of(&one, title, changes, step);
            drafted.target.storage = Some(volume.storage);
            steps.push(drafted);
            fitting.push(one);
        }
        let left_out = rest_of(&steps, sorting)?;
        for ((cluster, storage, node), needed) in &grows {
            let left = left_on(ctx, cluster, node, storage).await?;
            preflight.extend(too_full((storage, node), *needed, left));
        }
        preflight.push(no_way_back(None, WHY));
        Ok(Draft {
            summary: format!(
                "grow {} of {} ({})",
                input.disk,
                names_of(&fitting),
                input.size
            ),
            steps,
            preflight,
            left_out,
        })
    }

    fn guest(step: &Step) -> &GuestRef {
        &step.guest
    }

    /// Nothing is interrupted.
    fn assess(_step: &Step) -> Risk {
        Risk::Reversible
    }

    async fn send(
        client: &Client,
        at: &GuestAt,
        step: &Step,
        _prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        client
            .resize_volume(at, &step.disk, NewSize::To(step.bytes), None)
            .await
            .map(Some)
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let looked = look_at(ctx, step.guest.clone()).await?;
        let (name, disk) = (&step.guest.name, &step.disk);
        let now = volume_of(&looked, disk)?.size_bytes;
        Ok(match now {
            Some(now) if now >= step.bytes => {
                Verdict::ok(format!("{disk} of {name} has {}", format_size(now)))
            }
            Some(now) => {
                Verdict::not_as_promised(format!("{disk} of {name} has {}", format_size(now)))
            }
            None => Verdict::not_as_promised(format!("the size of {disk} of {name} is not known")),
        })
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

/// Thin volumes grow beyond what is there; what is written into them does not.
fn too_full((storage, node): (&str, &str), needed: u64, left: Option<u64>) -> Option<Signal> {
    let left = left.filter(|left| *left < needed)?;
    Some(Signal {
        signal: "space".to_owned(),
        level: Level::Warning,
        text: format!(
            "the disks grow by {} and storage {storage} on node {node} has {} left",
            format_size(needed),
            about(left)
        ),
        target: None,
    })
}

/// The disk, its size now and its size afterwards.
fn growth(one: &Looked, disk: &str, (added, given): (bool, u64)) -> Result<(VolumeOf, u64, u64)> {
    let volume = volume_of(one, disk)?;
    if volume.cdrom {
        return Err(why_not(
            one,
            &format!("has a CD drive at `{disk}`"),
            "name one of its disks",
        ));
    }
    let Some(now) = volume.size_bytes else {
        return Err(why_not(
            one,
            &format!("does not tell the size of `{disk}`"),
            "`qm rescan` (or `pct rescan`) on its node writes it down",
        ));
    };
    let bytes = if added {
        now.saturating_add(given)
    } else {
        given
    };
    if bytes < now {
        return Err(why_not(
            one,
            &format!(
                "has {} at `{disk}`: a disk cannot shrink to {}",
                format_size(now),
                format_size(bytes)
            ),
            "make a smaller disk, copy the data inside the guest, and delete the old one",
        ));
    }
    Ok((volume, now, bytes))
}
