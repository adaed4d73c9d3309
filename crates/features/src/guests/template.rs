//! `guests.template`: makes templates of guests. There is no way back.

use std::sync::Arc;

use ops::{BeforeState, Draft, Result, Risk, Verdict, WayBack, Wish};
use pve::{Client, GuestAt, GuestState, Params, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    choose::{Chosen, OneOf, already, choose, pass, rest_of},
    subject::{GuestRef, Looked},
    words::{no_way_back, signals},
    work::{Work, change, names_of, step_of, why_not},
};
use crate::{ctx::Ctx, snapshots::snapshots_of};

const WHY: &str =
    "PVE has no way from a template to a guest; a full copy of it is an ordinary guest";

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
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.Allocate"];

pub(super) struct Template;

impl Work for Template {
    const NAME: &'static str = "guests.template";
    const SUMMARY: &'static str = "Convert guests to templates; this cannot be undone";
    const PHRASES: &'static [&'static str] =
        &["(convert|turn) {guests:guests} (to|into) (a template|templates)"];
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None { why: WHY };
    const TASKS: &'static [&'static str] = &["qmtemplate", "vztemplate"];
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
            if one.status.template {
                let why = "is a template already";
                already(&mut sorting, &one, why);
                continue;
            }
            let checked = check(ctx, &one).await;
            if pass(&mut sorting, &one, checked)?.is_some() {
                fitting.push(one);
            }
        }
        let left_out = rest_of(&fitting, sorting)?;
        let mut steps = Vec::new();
        for one in &fitting {
            preflight.extend(signals(one, false));
            let title = format!(
                "Convert {} ({}) to a template",
                one.guest.name, one.guest.vmid
            );
            let step = Step {
                guest: one.guest.clone(),
            };
            steps.push(step_of(
                one,
                title,
                vec![change("template", false, true)],
                step,
            ));
        }
        preflight.push(no_way_back(None, WHY));
        Ok(Draft {
            summary: format!("convert {} to templates", names_of(&fitting)),
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
        client.convert_to_template(at, None).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let status = step.guest.status(ctx).await?;
        let name = &step.guest.name;
        Ok(if status.template {
            Verdict::ok(format!("{name} is a template"))
        } else {
            Verdict::not_as_promised(format!("{name} is no template"))
        })
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

async fn check(ctx: &Ctx, one: &Looked) -> Result<()> {
    if one.status.status != GuestState::Stopped {
        return Err(why_not(
            one,
            "runs and cannot become a template",
            "stop it first",
        ));
    }
    let snapshots = snapshots_of(ctx, &one.guest).await?.len();
    if snapshots > 0 {
        let plural = if snapshots == 1 { "" } else { "s" };
        return Err(why_not(
            one,
            &format!("has {snapshots} snapshot{plural} and cannot become a template"),
            "delete them first, or clone it and convert the copy",
        ));
    }
    Ok(())
}
