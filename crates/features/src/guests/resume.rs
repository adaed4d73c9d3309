//! `guests.resume`: lets paused and hibernated guests go on.

use std::sync::Arc;

use ops::{BeforeState, Draft, Result, Risk, Verdict, WayBack, Wish};
use pve::{Client, GuestAt, GuestState, Params, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    options::nothing_to_do,
    subject::{GuestRef, look_at_all, refuse_locked},
    words::signals,
    work::{Work, change, left_out, names_of, step_of},
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
        let rows = ctx.inventory.choose(&input.guests).await?;
        let mut fitting = Vec::new();
        let mut preflight = Vec::new();
        let mut reasons = Vec::new();
        for one in look_at_all(ctx, &rows).await? {
            let state = one.status.qemu_state.as_ref().unwrap_or(&one.status.status);
            let sleeps = matches!(state, GuestState::Paused | GuestState::Suspended)
                || one.status.is_hibernated();
            // PVE does not tell a container that sleeps from one that is off.
            let perhaps = one.guest.kind == GuestKind::Lxc && *state == GuestState::Stopped;
            if sleeps {
                fitting.push(one);
            } else {
                let why = if perhaps {
                    "is off as far as PVE tells: start it"
                } else if *state == GuestState::Stopped {
                    "is stopped: start it instead"
                } else {
                    "runs already"
                };
                preflight.push(left_out(&one, why));
                reasons.push(format!("{} {why}", one.guest.subject()));
            }
        }
        if fitting.is_empty() {
            return Err(nothing_to_do(&reasons));
        }
        // Being hibernated is itself a lock, and this ends it.
        let awake: Vec<_> = fitting
            .iter()
            .filter(|one| !one.status.is_hibernated())
            .cloned()
            .collect();
        refuse_locked(&awake)?;
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
