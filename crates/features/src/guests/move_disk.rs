//! `guests.move_disk`: moves a disk of guests to another storage or format.

use std::sync::Arc;

use ops::{BeforeState, Draft, Result, Risk, Verdict, WayBack, Wish};
use pve::{Client, GuestAt, GuestState, MoveVolume, Params, StorageStatus, Upid, VolumeTarget};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    choose::{Chosen, OneOf, already, choose, pass, rest_of},
    places::{disk_content, need_node, need_storage, volume_of},
    subject::{GuestRef, Looked, look_at},
    words::signals,
    work::{Work, change, names_of, step_of, warning, why_not},
};
use crate::{ctx::Ctx, inventory::GuestKind, snapshots::snapshots_of};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// The disk, as `scsi0`, `rootfs` or `mp0`.
    #[arg(long)]
    disk: String,
    /// The storage it goes to.
    #[arg(long)]
    storage: String,
    /// raw, qcow2 or vmdk (virtual machines on storages of files).
    #[arg(long)]
    format: Option<String>,
    /// Deletes the original instead of keeping it as `unusedN`.
    #[arg(long)]
    #[serde(default)]
    delete_source: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    disk: String,
    storage: String,
    format: Option<String>,
    delete_source: bool,
    from: String,
    from_format: Option<String>,
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.Config.Disk"];

pub(super) struct MoveDisk;

impl Work for MoveDisk {
    const NAME: &'static str = "guests.move_disk";
    const SUMMARY: &'static str = "Move a disk of guests to another storage or format";
    const PHRASES: &'static [&'static str] = &[
        "move [the] [disk] {disk:disk} of {guests:guests} to {storage:storage}",
        "move {guests:guests} [disk] {disk:disk} to {storage:storage}",
        "+ and delete the (original|source) => delete_source=true",
        "+ as qcow2 => format=qcow2",
        "+ as raw => format=raw",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.move_disk",
        note: "an original that was kept stays as `unusedN`",
    };
    const TASKS: &'static [&'static str] = &["qmmove", "move_volume"];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        let mut fitting = Vec::new();
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        let mut steps = Vec::new();
        for one in guests {
            let found = volume_of(&one, &input.disk);
            let Some(volume) = pass(&mut sorting, &one, found)? else {
                continue;
            };
            if volume.storage == input.storage
                && (input.format.is_none() || input.format == volume.format)
            {
                let why = format!("has `{}` on {} already", input.disk, input.storage);
                already(&mut sorting, &one, &why);
                continue;
            }
            let found = room_for(ctx, &input, &one, volume.cdrom).await;
            let Some(target) = pass(&mut sorting, &one, found)? else {
                continue;
            };
            preflight.extend(signals(&one, false));
            if let (Some(free), Some(needed)) = (target.available_bytes, volume.size_bytes)
                && free < needed
            {
                let text = format!(
                    "{} of {} needs up to {} and storage {} has {} left",
                    input.disk,
                    one.guest.name,
                    pve::format_size(needed),
                    input.storage,
                    pve::format_size(free)
                );
                preflight.push(warning(&one, "space", text));
            }
            let title = format!(
                "Move {} of {} ({}) to {}",
                input.disk, one.guest.name, one.guest.vmid, input.storage
            );
            let changes = vec![change(
                &input.disk,
                volume.storage.as_str(),
                input.storage.as_str(),
            )];
            let step = Step {
                guest: one.guest.clone(),
                disk: input.disk.clone(),
                storage: input.storage.clone(),
                format: input.format.clone(),
                delete_source: input.delete_source,
                from: volume.storage,
                from_format: volume.format,
            };
            let mut drafted = step_of(&one, title, changes, step);
            drafted.target.storage = Some(input.storage.clone());
            steps.push(drafted);
            fitting.push(one);
        }
        let left_out = rest_of(&steps, sorting)?;
        Ok(Draft {
            summary: format!(
                "move {} of {} to {}",
                input.disk,
                names_of(&fitting),
                input.storage
            ),
            steps,
            preflight,
            left_out,
        })
    }

    fn guest(step: &Step) -> &GuestRef {
        &step.guest
    }

    async fn send(
        client: &Client,
        at: &GuestAt,
        step: &Step,
        _prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        let volume = MoveVolume {
            key: step.disk.clone(),
            target: VolumeTarget::Storage {
                storage: step.storage.clone(),
                format: step.format.clone(),
            },
            delete_source: step.delete_source,
            bandwidth_limit_kib_s: None,
            digest: None,
        };
        client.move_volume(at, &volume).await.map(Some)
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let looked = look_at(ctx, step.guest.clone()).await?;
        let volume = volume_of(&looked, &step.disk)?;
        let text = format!(
            "{} of {} is on {}",
            step.disk, step.guest.name, volume.storage
        );
        // A storage of one form alone does not name it.
        let is_form =
            step.format.is_none() || volume.format.is_none() || volume.format == step.format;
        Ok(if volume.storage == step.storage && is_form {
            Verdict::ok(text)
        } else {
            Verdict::not_as_promised(text)
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        let mut input = json!({
            "guests": [step.guest.anywhere()], "disk": step.disk, "storage": step.from,
            "delete_source": true,
        });
        if let (Some(fields), Some(format)) = (input.as_object_mut(), &step.from_format) {
            fields.insert("format".to_owned(), json!(format));
        }
        Some(Wish {
            op: "guests.move_disk".to_owned(),
            input,
        })
    }
}

async fn refuse(ctx: &Ctx, input: &Input, looked: &Looked, cdrom: bool) -> Result<()> {
    let guest = &looked.guest;
    if cdrom {
        let why = format!("has a CD drive at `{}`, which is not moved", input.disk);
        return Err(why_not(looked, &why, "name one of its disks"));
    }
    if guest.kind == GuestKind::Lxc && looked.status.status == GuestState::Running {
        return Err(why_not(
            looked,
            "is a running container: its volumes are moved while it is off",
            "shut it down first",
        ));
    }
    if guest.kind == GuestKind::Lxc && input.format.is_some() {
        return Err(why_not(
            looked,
            "is a container: its volumes take no format",
            "leave `format` out",
        ));
    }
    if input.delete_source && !snapshots_of(ctx, guest).await?.is_empty() {
        return Err(why_not(
            looked,
            "has snapshots: the original of a disk cannot be deleted then",
            "keep it (without `delete_source`), or delete the snapshots first",
        ));
    }
    Ok(())
}

/// The storage that the disk goes to, where nothing stands against it.
async fn room_for(ctx: &Ctx, input: &Input, one: &Looked, cdrom: bool) -> Result<StorageStatus> {
    refuse(ctx, input, one, cdrom).await?;
    let cluster = &one.guest.cluster;
    let node = need_node(ctx, cluster, &one.guest.node).await?;
    let content = disk_content(one.guest.kind);
    need_storage(ctx, cluster, &node, &input.storage, &content).await
}
