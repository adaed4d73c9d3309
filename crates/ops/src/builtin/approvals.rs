//! `approvals.grant`, `approvals.list`, `approvals.revoke`: consent that a person writes beforehand.
//!
//! A standing approval names one operation, guests, times and an end. It counts as that person's approval
//! of a plan, with their rights of that moment: whose account is gone or who may no longer approve such
//! work has no standing approvals either. One that was granted on the command line, which knows no accounts,
//! counts until it ends or is revoked.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Ctx, product_step};
use crate::{
    actor::{Actor, Call, Role, Surface},
    consent::{StandingApproval, role_now},
    contract::{
        Action, BeforeState, Draft, Found, Observed, Query, StartError, Started, Verdict, WayBack,
        Wish,
    },
    error::{Code, Error, Result},
    gate::Approved,
    policy::{self, Window},
    registry::{Kind, clip},
    risk::{Risk, Scope},
    selector::Selector,
};

/// Longer than this nobody foresees.
const MAX_DAYS: u64 = 366;
const NOTE_CHARACTERS: usize = 300;

/// A standing approval as it is shown.
#[derive(Serialize, JsonSchema)]
pub(super) struct Row {
    id: String,
    by: String,
    role: Role,
    surface: Surface,
    op: String,
    guests: Vec<String>,
    times: Vec<String>,
    time_zone: String,
    until: String,
    note: Option<String>,
    created_at: String,
    /// Whether it counts now; its times are another matter.
    in_force: bool,
    /// Why it does not.
    why_not: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Listed {
    approvals: Vec<Row>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "approvals.list";
    const SUMMARY: &'static str = "List standing approvals: who agreed beforehand to what";
    const PHRASES: &'static [&'static str] =
        &["[list|show|show me] [the|all|all the] standing approvals"];
    type Ctx = Ctx;
    type Input = Nothing;
    type Output = Listed;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Nothing) -> Result<Listed> {
        let mut approvals = Vec::new();
        for standing in ctx.ledger.standing_approvals().await? {
            approvals.push(row(ctx, standing).await?);
        }
        Ok(Listed { approvals })
    }
}

async fn row(ctx: &Ctx, standing: StandingApproval) -> Result<Row> {
    let now = ctx.clock.now();
    let why_not = if let Some(by) = &standing.revoked_by {
        Some(format!("revoked by {by}"))
    } else if now >= standing.until {
        Some("its end has come".to_owned())
    } else if role_now(ctx.ledger.as_ref(), &standing.by).await?.is_none() {
        Some(format!("{} has no account any more", standing.by.person()))
    } else {
        None
    };
    Ok(Row {
        by: standing.by.person().to_owned(),
        role: standing.by.role,
        surface: standing.by.surface,
        id: standing.id,
        op: standing.op,
        guests: standing.guests,
        times: standing.times,
        time_zone: standing.time_zone,
        until: standing.until.to_string(),
        note: standing.note,
        created_at: standing.created_at.to_string(),
        in_force: why_not.is_none(),
        why_not,
    })
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantInput {
    /// The operation, such as guests.reboot.
    op: String,
    /// Guests: ids, names or selectors such as `tag=batch`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Until when, such as 2026-06-01T00:00:00Z; at most a year.
    #[arg(long)]
    #[schemars(with = "String")]
    until: Timestamp,
    /// Times of the week such as `mon..fri 22:00-06:00`; without, any time.
    #[arg(long)]
    #[serde(default)]
    times: Vec<String>,
    /// Zone of the times, such as Europe/Berlin (default: that of the policy, else UTC).
    #[arg(long)]
    time_zone: Option<String>,
    /// What it is for.
    #[arg(long)]
    note: Option<String>,
}

pub(super) struct Grant;

impl Action for Grant {
    const NAME: &'static str = "approvals.grant";
    const SUMMARY: &'static str = "Approve one operation on some guests beforehand, for some times";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "approvals.revoke",
        note: "",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = GrantInput;
    type Step = StandingApproval;
    type Output = Row;

    async fn plan(
        ctx: &Arc<Ctx>,
        call: &Call,
        input: GrantInput,
    ) -> Result<Draft<StandingApproval>> {
        let registry = ctx.registry()?;
        let policy = registry.gate().policy().await;
        let now = ctx.clock.now();
        let actor = &call.actor;
        let entry = registry.entry(&input.op)?;
        if entry.kind() != Kind::Action || entry.scope != Scope::Cluster {
            return Err(Error::invalid(format!(
                "`{}` changes no cluster: there is nothing to approve beforehand",
                entry.name
            )));
        }
        registry
            .action(entry.name)
            .map_err(|error| error.hint("approve the operations that it is made of, one by one"))?;
        if input.guests.is_empty() {
            return Err(Error::invalid(
                "guests: a standing approval names its guests",
            ));
        }
        for text in &input.guests {
            let selector = Selector::strict(text)
                .map_err(|error| Error::invalid(format!("guests: {error}")))?;
            if let Some(key) = selector.rests_on_what_passes() {
                return Err(Error::invalid(format!(
                    "guests: a standing approval cannot rest on `{key}`, which changes by itself or is not known of every guest"
                )));
            }
        }
        for text in &input.times {
            text.parse::<Window>()
                .map_err(|error| Error::invalid(format!("times: {error}")))?;
        }
        let time_zone = input
            .time_zone
            .unwrap_or_else(|| policy.zone.iana_name().unwrap_or("UTC").to_owned());
        if TimeZone::get(&time_zone).is_err() {
            return Err(Error::invalid(format!(
                "time_zone: there is no time zone `{}`",
                clip(&time_zone, 60)
            )));
        }
        if input.until <= now {
            return Err(Error::invalid(format!(
                "until: {} is over already; it is {now}",
                input.until
            )));
        }
        if input.until > now + std::time::Duration::from_hours(24 * MAX_DAYS) {
            return Err(Error::invalid(format!(
                "until: a standing approval ends within {MAX_DAYS} days"
            )));
        }
        if input
            .note
            .as_ref()
            .is_some_and(|note| note.chars().count() > NOTE_CHARACTERS)
        {
            return Err(Error::invalid(format!(
                "note: at most {NOTE_CHARACTERS} characters"
            )));
        }
        // What is wrong with the wish is told before who may grant it. A machine may propose one; it is whoever
        // approves that proposal who stands behind it.
        if actor.surface.is_a_persons() {
            is_theirs_to_give(ctx, actor, entry.risk, policy.standing_destructive).await?;
        }
        let standing = StandingApproval {
            id: format!("sa_{}", Uuid::now_v7().simple()),
            by: actor.clone(),
            op: entry.name.to_owned(),
            guests: input.guests,
            times: input.times,
            time_zone,
            until: input.until,
            note: input.note,
            created_at: now,
            revoked_at: None,
            revoked_by: None,
        };
        let title = format!(
            "Approve {} of {} beforehand until {}",
            standing.op,
            clip(&standing.guests.join(" and "), 80),
            standing.until
        );
        let reference = standing.id.clone();
        Ok(product_step::draft(
            &reference,
            title,
            standing,
            Observed::default(),
        ))
    }

    async fn observe(_ctx: &Arc<Ctx>, _step: &StandingApproval) -> Result<Observed> {
        Ok(Observed::default())
    }

    async fn start(
        ctx: &Arc<Ctx>,
        step: &Approved<StandingApproval>,
    ) -> Result<Started<Row>, StartError> {
        let registry = ctx.registry().map_err(StartError::NotSent)?;
        let mut standing = step.step().clone();
        // Whoever approved it is whose consent it is.
        standing.by = step.approver().clone();
        let risk = registry
            .entry(&standing.op)
            .map_err(StartError::NotSent)?
            .risk;
        let destructive = registry.gate().policy().await.standing_destructive;
        is_theirs_to_give(ctx, &standing.by, risk, destructive)
            .await
            .map_err(StartError::Refused)?;
        ctx.ledger
            .insert_standing_approval(&standing)
            .await
            .map_err(StartError::MaybeSent)?;
        let row = row(ctx, standing).await.map_err(StartError::MaybeSent)?;
        Ok(Started::Done(row))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &StandingApproval,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(match ctx.ledger.standing_approval(&step.id).await? {
            Some(_) => Found::Done(None),
            None => Found::NotSent,
        })
    }

    async fn verify(
        ctx: &Arc<Ctx>,
        step: &StandingApproval,
        _before: &BeforeState,
    ) -> Result<Verdict> {
        Ok(match ctx.ledger.standing_approval(&step.id).await? {
            Some(_) => Verdict::ok(format!("standing approval {} is in force", step.id)),
            None => Verdict::not_as_promised("it was not kept"),
        })
    }

    fn undo(step: &StandingApproval, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: Revoke::NAME.to_owned(),
            input: json!({ "id": step.id }),
        })
    }
}

/// Whether somebody may approve such work beforehand at all.
async fn is_theirs_to_give(ctx: &Ctx, actor: &Actor, risk: Risk, destructive: bool) -> Result<()> {
    if risk == Risk::Destructive && !destructive {
        return Err(Error::forbidden(
            "what loses data is not approved beforehand: the policy file does not say so",
        )
        .hint("set `destructive = true` under [standing_approvals] in the policy file"));
    }
    policy::may_consent(risk, actor)?;
    if role_now(ctx.ledger.as_ref(), actor).await?.is_none() {
        return Err(Error::forbidden(format!(
            "there is no account `{}`: a standing approval is of a person whose rights can end",
            actor.person()
        ))
        .hint("sign in to the web console, use a token of an account, or grant it on the command line"));
    }
    Ok(())
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeInput {
    /// The standing approval, such as `sa_…`.
    id: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RevokeStep {
    id: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Revoked {
    id: String,
    revoked: bool,
}

pub(super) struct Revoke;

impl Action for Revoke {
    const NAME: &'static str = "approvals.revoke";
    const SUMMARY: &'static str =
        "Take a standing approval back; runs that rest on it stop before their next step";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::None {
        why: "a consent is given anew by a person, never by a machine",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = RevokeInput;
    type Step = RevokeStep;
    type Output = Revoked;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: RevokeInput) -> Result<Draft<RevokeStep>> {
        let Some(standing) = ctx.ledger.standing_approval(&input.id).await? else {
            return Err(Error::not_found(format!(
                "there is no standing approval `{}`",
                clip(&input.id, 60)
            )));
        };
        if let Some(by) = &standing.revoked_by {
            return Err(Error::new(
                Code::Conflict,
                format!("{} was revoked by {by} already", standing.id),
            ));
        }
        let title = format!(
            "Revoke the standing approval of {} for {}",
            standing.by.person(),
            standing.op
        );
        let step = RevokeStep {
            id: standing.id.clone(),
        };
        let observed = state(ctx, &standing.id).await?;
        Ok(product_step::draft(&standing.id, title, step, observed))
    }

    async fn observe(ctx: &Arc<Ctx>, step: &RevokeStep) -> Result<Observed> {
        state(ctx, &step.id).await
    }

    async fn start(
        ctx: &Arc<Ctx>,
        step: &Approved<RevokeStep>,
    ) -> Result<Started<Revoked>, StartError> {
        let id = &step.step().id;
        ctx.ledger
            .revoke_standing_approval(id, step.by(), ctx.clock.now())
            .await
            .map_err(StartError::MaybeSent)?;
        Ok(Started::Done(Revoked {
            id: id.clone(),
            revoked: true,
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &RevokeStep,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if is_revoked(ctx, &step.id).await? {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &RevokeStep, _before: &BeforeState) -> Result<Verdict> {
        Ok(if is_revoked(ctx, &step.id).await? {
            Verdict::ok("it does not count any more")
        } else {
            Verdict::not_as_promised("it still counts")
        })
    }

    /// A consent comes from its person alone; nobody else brings it back.
    fn undo(_step: &RevokeStep, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

async fn is_revoked(ctx: &Ctx, id: &str) -> Result<bool> {
    let standing = ctx.ledger.standing_approval(id).await?;
    Ok(standing.is_none_or(|standing| standing.revoked_at.is_some()))
}

async fn state(ctx: &Ctx, id: &str) -> Result<Observed> {
    let revoked = is_revoked(ctx, id).await?;
    Ok(product_step::observed(id, "revoked", json!(revoked)))
}
