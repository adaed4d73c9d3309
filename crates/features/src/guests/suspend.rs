//! `guests.suspend`: pauses running guests, or writes their memory to a disk and turns them off.

use std::sync::Arc;

use ops::{BeforeState, Draft, Error, Result, Risk, Verdict, WayBack, Wish};
use pve::{Client, GuestAt, GuestState, Params, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    choose::{Chosen, OneOf, already, choose, pass, rest_of, unfit},
    fit::Fit,
    subject::{GuestRef, Looked},
    words::signals,
    work::{Work, change, names_of, step_of, warning, why_not},
};
use crate::{ctx::Ctx, inventory::GuestKind};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Hibernates: the memory goes to a storage and the virtual machine is off until it is resumed.
    #[arg(long)]
    #[serde(default)]
    to_disk: bool,
    /// The storage for the memory; by default as the guest is configured.
    #[arg(long, requires = "to_disk")]
    storage: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    to_disk: bool,
    storage: Option<String>,
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.PowerMgmt"];

pub(super) struct Suspend;

impl Work for Suspend {
    const NAME: &'static str = "guests.suspend";
    const SUMMARY: &'static str = "Pause guests, or hibernate them to disk";
    const PHRASES: &'static [&'static str] = &[
        "(suspend|pause) {guests:guests}",
        "hibernate {guests:guests} => to_disk=true",
        "suspend {guests:guests} to disk => to_disk=true",
    ];
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.resume",
        note: "",
    };
    const TASKS: &'static [&'static str] = &["qmpause", "qmsuspend", "vzsuspend"];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        if input.storage.is_some() && !input.to_disk {
            return Err(Error::invalid(
                "`storage` is for hibernating: give `to_disk` too",
            ));
        }
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        let mut steps = Vec::new();
        let mut fitting = Vec::new();
        for one in guests {
            let Some(fit) = pass(&mut sorting, &one, fit(&one, input.to_disk))? else {
                continue;
            };
            match fit {
                Fit::Fits => {}
                Fit::Already(why) => {
                    already(&mut sorting, &one, why);
                    continue;
                }
                Fit::No(why) => {
                    unfit(&mut sorting, &one, why);
                    continue;
                }
            }
            preflight.extend(signals(&one, true));
            if one.guest.kind == GuestKind::Lxc {
                let text = format!(
                    "{}: suspending containers is experimental in PVE",
                    one.guest.name
                );
                preflight.push(warning(&one, "experimental", text));
            }
            let (verb, after) = if input.to_disk {
                ("Hibernate", "hibernated")
            } else {
                ("Pause", "paused")
            };
            let title = format!("{verb} {} ({})", one.guest.name, one.guest.vmid);
            let step = Step {
                guest: one.guest.clone(),
                to_disk: input.to_disk,
                storage: input.storage.clone(),
            };
            steps.push(step_of(
                &one,
                title,
                vec![change("status", "running", after)],
                step,
            ));
            fitting.push(one);
        }
        let left_out = rest_of(&steps, sorting)?;
        let verb = if input.to_disk { "hibernate" } else { "pause" };
        Ok(Draft {
            summary: format!("{verb} {}", names_of(&fitting)),
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
        if step.to_disk {
            client
                .hibernate(at, step.storage.as_deref())
                .await
                .map(Some)
        } else {
            client.pause(at).await.map(Some)
        }
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let status = step.guest.status(ctx).await?;
        let name = &step.guest.name;
        let state = status.qemu_state.as_ref().unwrap_or(&status.status);
        let sleeps = if step.to_disk {
            status.is_hibernated()
        } else {
            // A container that sleeps is off for PVE.
            matches!(
                (step.guest.kind, state),
                (_, GuestState::Paused | GuestState::Suspended)
                    | (GuestKind::Lxc, GuestState::Stopped)
            )
        };
        Ok(match (sleeps, step.to_disk) {
            (true, true) => Verdict::ok(format!("{name} is hibernated")),
            (true, false) => Verdict::ok(format!("{name} is paused")),
            (false, _) => Verdict::not_as_promised(format!("{name} is {}", state.as_str())),
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: "guests.resume".to_owned(),
            input: json!({ "guests": [step.guest.anywhere()] }),
        })
    }
}

/// Whether the guest can be suspended as it is.
fn fit(looked: &Looked, to_disk: bool) -> Result<Fit> {
    let status = &looked.status;
    if to_disk && looked.guest.kind == GuestKind::Lxc {
        return Err(why_not(
            looked,
            "is a container: PVE hibernates virtual machines only",
            "leave it out with `!NAME`, or pause it without `to_disk`",
        ));
    }
    if status.template {
        return Ok(Fit::No("is a template and never runs"));
    }
    let state = status.qemu_state.as_ref().unwrap_or(&status.status);
    Ok(match state {
        GuestState::Running => Fit::Fits,
        GuestState::Paused | GuestState::Suspended if !to_disk => Fit::Already("is paused already"),
        GuestState::Paused | GuestState::Suspended => {
            Fit::No("is paused: resume it before it is hibernated")
        }
        _ => Fit::No("does not run"),
    })
}
