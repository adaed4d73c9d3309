//! `guests.reset`: presses the reset button of running virtual machines.

use std::{sync::Arc, time::Duration};

use ops::{BeforeState, Draft, Result, Risk, Verdict, WayBack, Wish};
use pve::{Client, GuestAt, GuestState, Params, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    choose::{Chosen, OneOf, choose, pass, rest_of, unfit},
    subject::GuestRef,
    words::{no_way_back, signals},
    work::{Work, change, names_of, step_of, why_not},
};
use crate::{ctx::Ctx, inventory::GuestKind};

const BOOT_ESTIMATE: Duration = Duration::from_mins(1);
const WHY: &str = "a reset throws away what was in memory";

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Virtual machines: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.PowerMgmt"];

pub(super) struct Reset;

impl Work for Reset {
    const NAME: &'static str = "guests.reset";
    const SUMMARY: &'static str = "Reset virtual machines hard, like their button";
    const PHRASES: &'static [&'static str] = &[
        "(reset|hard-reset|hard reset) {guests:guests} [hard]",
        "press [the] reset [button] (of|on) {guests:guests}",
    ];
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::None { why: WHY };
    const TASKS: &'static [&'static str] = &["qmreset"];
    // A machine runs after a reset as it did before.
    const WORLD_TELLS: bool = false;
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        let mut fitting = Vec::new();
        for one in guests {
            let checked = if one.guest.kind == GuestKind::Lxc {
                Err(why_not(
                    &one,
                    "is a container, which has no reset button",
                    "reboot it (`guests.reboot`), or leave it out with `!NAME`",
                ))
            } else {
                Ok(())
            };
            if pass(&mut sorting, &one, checked)?.is_none() {
                continue;
            }
            if one.status.status == GuestState::Running {
                fitting.push(one);
            } else {
                unfit(&mut sorting, &one, "is not running: start it instead");
            }
        }
        let left_out = rest_of(&fitting, sorting)?;
        let mut steps = Vec::new();
        for one in &fitting {
            preflight.extend(signals(one, true));
            let title = format!("Reset {} ({})", one.guest.name, one.guest.vmid);
            let step = Step {
                guest: one.guest.clone(),
            };
            let mut drafted = step_of(one, title, vec![change("memory", "as it is", "lost")], step);
            drafted.interruption = Some(BOOT_ESTIMATE);
            steps.push(drafted);
        }
        preflight.push(no_way_back(None, WHY));
        Ok(Draft {
            summary: format!("reset {}", names_of(&fitting)),
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
        _step: &Step,
        _prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        client.reset(at).await.map(Some)
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let status = step.guest.status(ctx).await?;
        let text = format!("{} is {}", step.guest.name, status.status.as_str());
        Ok(if status.status == GuestState::Running {
            Verdict::ok(text)
        } else {
            Verdict::not_as_promised(text)
        })
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}
