//! `guests.resume`: lets paused and hibernated guests go on.

use std::sync::Arc;

use ops::{BeforeState, Draft, Result, Risk, Verdict, WayBack, Wish};
use pve::{Client, GuestAt, GuestState, Params, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    choose::{Chosen, OneOf, already, choose_any, pass, rest_of, unfit},
    subject::{GuestRef, lock_error},
    words::signals,
    work::{Work, change, names_of, step_of},
};
use crate::{ctx::Ctx, inventory::GuestKind};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    hibernated: bool,
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.PowerMgmt"];

pub(super) struct Resume;

impl Work for Resume {
    const NAME: &'static str = "guests.resume";
    const SUMMARY: &'static str = "Resume paused and hibernated guests";
    const PHRASES: &'static [&'static str] = &["(resume|unpause) {guests:guests}"];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.suspend",
        note: "what the guest did meanwhile stays done",
    };
    const TASKS: &'static [&'static str] = &["qmresume", "vzresume", "qmstart", "hastart"];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose_any(ctx, &input.guests, NEEDS).await?;
        let mut fitting = Vec::new();
        for one in guests {
            let state = one.status.qemu_state.as_ref().unwrap_or(&one.status.status);
            let sleeps = matches!(state, GuestState::Paused | GuestState::Suspended)
                || one.status.is_hibernated();
            // PVE does not tell a container that sleeps from one that is off.
            let perhaps = one.guest.kind == GuestKind::Lxc && *state == GuestState::Stopped;
            if sleeps {
                // Being hibernated is itself a lock, and this ends it.
                let locked = lock_error(&one).filter(|_| !one.status.is_hibernated());
                if pass(&mut sorting, &one, locked.map_or(Ok(()), Err))?.is_some() {
                    fitting.push(one);
                }
            } else if perhaps {
                unfit(&mut sorting, &one, "is off as far as PVE tells: start it");
            } else if *state == GuestState::Stopped {
                unfit(&mut sorting, &one, "is stopped: start it instead");
            } else {
                already(&mut sorting, &one, "runs already");
            }
        }
        let left_out = rest_of(&fitting, sorting)?;
        let mut steps = Vec::new();
        for one in &fitting {
            preflight.extend(signals(one, false));
            let hibernated = one.status.is_hibernated();
            let before = if hibernated { "hibernated" } else { "paused" };
            let step = Step {
                guest: one.guest.clone(),
                hibernated,
            };
            let title = format!("Resume {} ({})", one.guest.name, one.guest.vmid);
            steps.push(step_of(
                one,
                title,
                vec![change("status", before, "running")],
                step,
            ));
        }
        Ok(Draft {
            summary: format!("resume {}", names_of(&fitting)),
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
        // PVE refuses to resume what is off; its start goes on where the memory was written.
        if step.hibernated {
            client.start(at).await.map(Some)
        } else {
            client.resume(at).await.map(Some)
        }
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let status = step.guest.status(ctx).await?;
        let state = status.qemu_state.as_ref().unwrap_or(&status.status);
        let text = format!("{} is {}", step.guest.name, state.as_str());
        Ok(if *state == GuestState::Running {
            Verdict::ok(text)
        } else {
            Verdict::not_as_promised(text)
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        let guests = [step.guest.anywhere()];
        Some(Wish {
            op: "guests.suspend".to_owned(),
            input: if step.hibernated {
                json!({ "guests": guests, "to_disk": true })
            } else {
                json!({ "guests": guests })
            },
        })
    }
}
