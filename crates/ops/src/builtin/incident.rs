//! `incident.freeze`, `incident.thaw`, `incident.show`: the one switch that stops every change.
//!
//! The freeze is a row of the ledger: it is in force in every process on the data directory at once,
//! because the gate asks for it before each step. What a cluster already does is followed to its end.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Ctx, product_step};
use crate::{
    actor::{Actor, Call, Role},
    bus::BusEvent,
    consent,
    contract::{
        Action, BeforeState, Draft, Found, Observed, Query, StartError, Started, Verdict, WayBack,
        Wish,
    },
    error::{Code, Error, Result},
    gate::Approved,
    registry::clip,
    risk::{Risk, Scope},
};

const TARGET: &str = "incident";
const REASON_CHARACTERS: usize = 300;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Shown {
    frozen: bool,
    freeze: Option<consent::Freeze>,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "incident.show";
    const SUMMARY: &'static str = "Show whether all changes are frozen, by whom and why";
    const PHRASES: &'static [&'static str] = &[
        "is (everything|anything) frozen",
        "show [me] the freeze",
        "are [all] changes frozen",
    ];
    type Ctx = Ctx;
    type Input = Nothing;
    type Output = Shown;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Nothing) -> Result<Shown> {
        let freeze = ctx.ledger.frozen(ctx.clock.now()).await?;
        Ok(Shown {
            frozen: freeze.is_some(),
            freeze,
        })
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct FreezeInput {
    /// Why; everybody who is refused reads it.
    reason: String,
    /// When it ends by itself, such as 2026-03-01T06:00:00Z; without, somebody has to thaw.
    #[arg(long)]
    #[schemars(with = "Option<String>")]
    until: Option<Timestamp>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct FreezeStep {
    id: String,
    reason: String,
    until: Option<Timestamp>,
}

pub(super) struct Freeze;

impl Action for Freeze {
    const NAME: &'static str = "incident.freeze";
    const SUMMARY: &'static str = "Stop every change on every surface until somebody thaws";
    const PHRASES: &'static [&'static str] = &[
        "freeze (all|every|the) (changes|change) because [of] {reason:text}",
        "freeze (all|the) changes {reason:text}",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "incident.thaw",
        note: "",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = FreezeInput;
    type Step = FreezeStep;
    type Output = Shown;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: FreezeInput) -> Result<Draft<FreezeStep>> {
        let reason = input
            .reason
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS {
            return Err(Error::invalid(format!(
                "reason: a freeze says why in 1 to {REASON_CHARACTERS} characters"
            )));
        }
        let now = ctx.clock.now();
        if let Some(until) = input.until.filter(|until| *until <= now) {
            return Err(Error::invalid(format!(
                "until: {until} is over already; it is {now}"
            )));
        }
        if let Some(freeze) = ctx.ledger.frozen(now).await? {
            return Err(Error::new(Code::Conflict, freeze.sentence())
                .hint("`incident.thaw` ends this freeze; then freeze anew"));
        }
        let step = FreezeStep {
            id: format!("f_{}", Uuid::now_v7().simple()),
            reason: reason.clone(),
            until: input.until,
        };
        let title = format!("Freeze all changes: {}", clip(&reason, 80));
        Ok(product_step::draft(
            TARGET,
            title,
            step,
            observed(ctx).await?,
        ))
    }

    async fn observe(ctx: &Arc<Ctx>, _step: &FreezeStep) -> Result<Observed> {
        observed(ctx).await
    }

    async fn start(
        ctx: &Arc<Ctx>,
        step: &Approved<FreezeStep>,
    ) -> Result<Started<Shown>, StartError> {
        let FreezeStep { id, reason, until } = step.step().clone();
        let freeze = consent::Freeze {
            id,
            reason,
            by: step.approver().name.clone(),
            owner: step.approver().owner.clone(),
            at: ctx.clock.now(),
            until,
        };
        if !ctx
            .ledger
            .freeze(&freeze)
            .await
            .map_err(StartError::MaybeSent)?
        {
            return Err(StartError::Refused(Error::new(
                Code::Conflict,
                "somebody else froze at the same time",
            )));
        }
        announce(ctx, "incident.frozen", &freeze.sentence());
        Ok(Started::Done(Shown {
            frozen: true,
            freeze: Some(freeze),
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &FreezeStep,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if is_in_force(ctx, &step.id).await? {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &FreezeStep, _before: &BeforeState) -> Result<Verdict> {
        Ok(if is_in_force(ctx, &step.id).await? {
            Verdict::ok("all changes are frozen")
        } else {
            Verdict::not_as_promised("the freeze is not in force")
        })
    }

    fn undo(_step: &FreezeStep, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: Thaw::NAME.to_owned(),
            input: json!({}),
        })
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ThawStep {
    freeze: String,
}

pub(super) struct Thaw;

impl Action for Thaw {
    const NAME: &'static str = "incident.thaw";
    const SUMMARY: &'static str = "End the freeze, so that approved changes go ahead again";
    const PHRASES: &'static [&'static str] = &[
        "(thaw|unfreeze) [all|the] [changes]",
        "(end|lift) the freeze",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::None {
        why: "a freeze has a reason and an end of its own: freeze again",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Nothing;
    type Step = ThawStep;
    type Output = Shown;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, _input: Nothing) -> Result<Draft<ThawStep>> {
        let Some(freeze) = ctx.ledger.frozen(ctx.clock.now()).await? else {
            return Err(Error::new(Code::Conflict, "nothing is frozen"));
        };
        if call.actor.role < Role::Admin && !is_theirs(ctx, &freeze, &call.actor).await? {
            return Err(Error::forbidden(format!(
                "{} froze all changes: they or an admin may thaw",
                freeze.by
            )));
        }
        let title = format!(
            "Thaw what {} froze: {}",
            freeze.by,
            clip(&freeze.reason, 80)
        );
        let step = ThawStep { freeze: freeze.id };
        Ok(product_step::draft(
            TARGET,
            title,
            step,
            observed(ctx).await?,
        ))
    }

    async fn observe(ctx: &Arc<Ctx>, _step: &ThawStep) -> Result<Observed> {
        observed(ctx).await
    }

    async fn start(
        ctx: &Arc<Ctx>,
        step: &Approved<ThawStep>,
    ) -> Result<Started<Shown>, StartError> {
        let id = &step.step().freeze;
        if !ctx
            .ledger
            .thaw(id, &step.approver().name, ctx.clock.now())
            .await
            .map_err(StartError::MaybeSent)?
        {
            return Err(StartError::Refused(Error::new(
                Code::Conflict,
                "this freeze is not in force any more",
            )));
        }
        let by = &step.approver().name;
        announce(ctx, "incident.thawed", &format!("{by} thawed"));
        Ok(Started::Done(Shown {
            frozen: false,
            freeze: None,
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &ThawStep,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if is_in_force(ctx, &step.freeze).await? {
            Found::NotSent
        } else {
            Found::Done(None)
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &ThawStep, _before: &BeforeState) -> Result<Verdict> {
        Ok(if is_in_force(ctx, &step.freeze).await? {
            Verdict::not_as_promised("the freeze is still in force")
        } else {
            Verdict::ok("changes go ahead again")
        })
    }

    /// A freeze has a reason, and the old one is over.
    fn undo(_step: &ThawStep, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

/// Whether somebody froze themselves, with their account or with a token of theirs.
async fn is_theirs(ctx: &Ctx, freeze: &consent::Freeze, actor: &Actor) -> Result<bool> {
    let records = ctx.ledger.audit(0, Some(&freeze.id), 1).await?;
    let owner = records
        .first()
        .and_then(|record| record.data.get("owner")?.as_str());
    Ok(owner.unwrap_or(&freeze.by) == actor.person())
}

async fn observed(ctx: &Ctx) -> Result<Observed> {
    let freeze = ctx.ledger.frozen(ctx.clock.now()).await?;
    let id = freeze.map(|freeze| freeze.id);
    Ok(product_step::observed("the freeze", "in_force", json!(id)))
}

async fn is_in_force(ctx: &Ctx, id: &str) -> Result<bool> {
    let freeze = ctx.ledger.frozen(ctx.clock.now()).await?;
    Ok(freeze.is_some_and(|freeze| freeze.id == id))
}

fn announce(ctx: &Ctx, kind: &str, summary: &str) {
    ctx.bus.emit(BusEvent {
        summary: Some(summary.to_owned()),
        ..BusEvent::new(kind)
    });
}
