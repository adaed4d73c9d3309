//! The time has come: one process takes it, plans afresh, and writes down what became of it.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{Acted, Actor, Because, Call, Code, Error, PlanState, Registry, Result, Surface};
use serde_json::{Value, json};
use store::{Firing, ScheduleRow};

use super::model::{LATE, Missed, Schedule, What};
use crate::ctx::Ctx;

/// How often the calendar is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Schedules fired in one look; the rest comes with the next.
const AT_ONCE: u32 = 50;
/// Of so many times before the plan may still wait; each time leaves one at most.
const EARLIER: u32 = 5;
/// Planning takes a cluster's time, not for ever.
const PATIENCE: Duration = Duration::from_mins(5);

/// Looks at the calendar until the process stops.
pub fn watch_the_calendar(ctx: &Arc<Ctx>) {
    let ctx = Arc::clone(ctx);
    let tasks = ctx.tasks.clone();
    tasks.spawn("schedules", move |stop| async move {
        loop {
            if let Err(error) = fire_due(&ctx).await {
                tracing::warn!(%error, "the schedules could not be looked at");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    });
}

/// One look: fires what is due and nobody else took. How many this process fired.
pub async fn fire_due(ctx: &Ctx) -> Result<usize> {
    let now = ctx.clock.now();
    let due = ctx
        .schedules
        .list_due(now, AT_ONCE)
        .await
        .map_err(Error::from)?;
    let registry = ctx.registry.get()?;
    let mut fired = 0;
    for row in due {
        let id = row.id.clone();
        match fire(ctx, &registry, row, now).await {
            Ok(true) => fired += 1,
            Ok(false) => {}
            // One that is broken must not hold the others up.
            Err(error) => {
                tracing::error!(schedule.id = %id, %error, "a schedule could not be fired");
            }
        }
    }
    Ok(fired)
}

async fn fire(ctx: &Ctx, registry: &Registry, row: ScheduleRow, now: Timestamp) -> Result<bool> {
    let Some(due_at) = row.due_at else {
        return Ok(false);
    };
    let schedule = Schedule::of(&row)?;
    let next = schedule.next_after(&row.id, now)?;
    let mut firing = Firing {
        schedule_id: row.id.clone(),
        due_at,
        fired_at: now,
        outcome: "firing".to_owned(),
        plan_id: None,
        run_id: None,
        text: "being planned; if this stays, the process ended meanwhile".to_owned(),
    };
    let left_out = why_not(&schedule, due_at, now)?;
    if let Some((outcome, text)) = &left_out {
        (firing.outcome, firing.text) = ((*outcome).to_owned(), text.clone());
    }
    if !ctx
        .schedules
        .take(&row, next, &firing)
        .await
        .map_err(Error::from)?
    {
        return Ok(false);
    }
    if left_out.is_some() {
        return Ok(true);
    }
    let planned = tokio::time::timeout(PATIENCE, plan(registry, &schedule))
        .await
        .unwrap_or_else(|_| {
            Err(Error::new(
                Code::TimedOut,
                format!("it was not planned within {} s", PATIENCE.as_secs()),
            ))
        });
    match planned {
        Ok(Acted::Planned(plan)) => {
            (firing.outcome, firing.text) = match plan.state {
                PlanState::Approved => ("runs".to_owned(), plan.summary.clone()),
                PlanState::Proposed | PlanState::Rejected | PlanState::Expired => (
                    "waits".to_owned(),
                    format!("{}: waits for a person", plan.summary),
                ),
            };
            withdraw_earlier(ctx, registry, &firing).await?;
            firing.plan_id = Some(plan.id);
            firing.run_id = plan.run_id;
        }
        Ok(Acted::Done(_)) => {
            (firing.outcome, firing.text) = ("done".to_owned(), schedule.what.words());
        }
        Err(error) => {
            let all_is_so = !error.left_out.is_empty()
                && error
                    .left_out
                    .iter()
                    .all(|one| one.because == Because::Already);
            let outcome = match error.code {
                _ if all_is_so => "nothing_to_do",
                Code::Forbidden => "refused",
                _ => "failed",
            };
            if !all_is_so {
                tracing::warn!(schedule.name = %row.name, %error, "a schedule came to nothing");
            }
            (firing.outcome, firing.text) = (outcome.to_owned(), error.sentence());
        }
    }
    ctx.schedules.finish(&firing).await.map_err(Error::from)?;
    Ok(true)
}

/// The plan of the time before, if it still waits: nobody is to approve the same work twice.
async fn withdraw_earlier(ctx: &Ctx, registry: &Registry, firing: &Firing) -> Result<()> {
    let earlier = ctx
        .schedules
        .firings(&firing.schedule_id, EARLIER)
        .await
        .map_err(Error::from)?;
    for mut before in earlier {
        let (Some(plan), "waits") = (&before.plan_id, before.outcome.as_str()) else {
            continue;
        };
        if registry.withdraw(plan).await?.state == PlanState::Expired {
            "unanswered".clone_into(&mut before.outcome);
            before.text = format!("nobody answered before the next time, {}", firing.due_at);
            ctx.schedules.finish(&before).await.map_err(Error::from)?;
        }
    }
    Ok(())
}

/// Why a time is left out, if it is.
fn why_not(
    schedule: &Schedule,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<Option<(&'static str, String)>> {
    if now > due_at + LATE && schedule.missed == Missed::Skip {
        return Ok(Some((
            "missed",
            format!("nobody looked at {due_at}; it is left out"),
        )));
    }
    if !schedule.is_in_a_window(now)? {
        return Ok(Some((
            "outside_window",
            "this is no time for it: it lies outside of its maintenance windows".to_owned(),
        )));
    }
    Ok(None)
}

async fn plan(registry: &Registry, schedule: &Schedule) -> Result<Acted> {
    let call = Call::new(wisher(registry, &schedule.by).await?);
    match &schedule.what {
        What::Operation { op, input } => registry.act(&call, op, input.clone()).await,
        What::Runbook { name, parameters } => {
            let input = json!({ "name": name, "parameters": Value::Object(parameters.clone()) });
            registry.act(&call, "runbooks.run", input).await
        }
    }
}

/// Whoever made the schedule, with the rights of today, speaking through the calendar.
async fn wisher(registry: &Registry, by: &Actor) -> Result<Actor> {
    let role = match registry.role_of(by.person()).await? {
        Some(role) => role.min(by.role),
        // The command line knows no accounts: whoever may write the data directory owns the product.
        None if by.surface == Surface::Cli => by.role,
        None => {
            return Err(Error::forbidden(format!(
                "{}, who made it, has no account any more",
                by.person()
            )));
        }
    };
    Ok(Actor {
        role,
        ..by.through(Surface::Schedule)
    })
}
