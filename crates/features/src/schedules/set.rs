//! `schedules.set`: changes when a schedule comes, or whether at all.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Observed,
    Result, Risk, Scope, Started, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::ScheduleRow;

use super::{
    find, list,
    model::{Missed, Schedule},
    observed, target,
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The schedule: its name or id.
    schedule: String,
    /// When, as in PVE: `daily`, `mon..fri 02:30`.
    #[arg(long)]
    calendar: Option<String>,
    /// Zone of the times.
    #[arg(long)]
    time_zone: Option<String>,
    /// What happens to a time at which nobody looked: skip or run_once.
    #[arg(long, value_parser = Missed::parse)]
    missed: Option<Missed>,
    /// Up to so many seconds later.
    #[arg(long)]
    jitter_s: Option<u32>,
    /// Maintenance windows in place of the present ones; `any` for none.
    #[arg(long)]
    #[serde(default)]
    windows: Vec<String>,
    /// Whether it comes at all.
    #[arg(long)]
    enabled: Option<bool>,
    /// What it is for.
    #[arg(long)]
    note: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    name: String,
    version: i64,
    enabled: bool,
    schedule: Schedule,
    was: Schedule,
    was_enabled: bool,
}

pub(super) struct Set;

impl Action for Set {
    const NAME: &'static str = "schedules.set";
    const SUMMARY: &'static str = "Change when a schedule comes, or switch it on or off";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "schedules.set",
        note: "",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = list::ScheduleRow;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<Step>> {
        let row = find(ctx, &input.schedule).await?;
        let was = Schedule::of(&row)?;
        let mut new = was.clone();
        new.calendar = input
            .calendar
            .map_or(new.calendar, |text| text.trim().to_owned());
        new.time_zone = input.time_zone.unwrap_or(new.time_zone);
        new.missed = input.missed.unwrap_or(new.missed);
        new.jitter_s = input.jitter_s.unwrap_or(new.jitter_s);
        match input.windows.as_slice() {
            [] => {}
            [any] if any == "any" => new.windows = Vec::new(),
            _ => new.windows = input.windows,
        }
        new.note = input.note.or(new.note);
        let enabled = input.enabled.unwrap_or(row.enabled);
        new.check(ctx.clock.now())?;
        let change = changes(&was, row.enabled, &new, enabled);
        if change.is_empty() {
            return Err(Error::new(
                Code::Conflict,
                format!("the schedule `{}` is so already", row.name),
            ));
        }
        // Whoever changes it answers for it from now on.
        new.by = call.actor.clone();
        let title = format!("Change the schedule {}", row.name);
        Ok(Draft {
            left_out: Vec::new(),
            summary: title.clone(),
            steps: vec![DraftStep {
                target: target(&row.name),
                title,
                depends_on: Vec::new(),
                change,
                interruption: None,
                observed: observed(ctx, &row.name).await?,
                step: Step {
                    id: row.id,
                    name: row.name,
                    version: row.version,
                    enabled,
                    schedule: new,
                    was,
                    was_enabled: row.enabled,
                },
            }],
            preflight: Vec::new(),
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observed(ctx, &step.name).await
    }

    async fn start(
        ctx: &Arc<Ctx>,
        step: &Approved<Step>,
    ) -> Result<Started<list::ScheduleRow>, StartError> {
        let step = step.step();
        let now = ctx.clock.now();
        let row = ScheduleRow {
            id: step.id.clone(),
            name: step.name.clone(),
            body: serde_json::to_value(&step.schedule)
                .map_err(|error| StartError::NotSent(Error::internal(error.to_string())))?,
            enabled: step.enabled,
            due_at: step
                .schedule
                .next_after(&step.id, now)
                .map_err(StartError::NotSent)?,
            version: step.version + 1,
            created_at: now,
            changed_at: now,
        };
        let changed = ctx
            .schedules
            .update(&row, step.version)
            .await
            .map_err(|error| StartError::MaybeSent(error.into()))?;
        if !changed {
            return Err(StartError::Refused(Error::new(
                Code::Conflict,
                format!("the schedule `{}` was changed meanwhile", step.name),
            )));
        }
        list::row(&row)
            .map(Started::Done)
            .map_err(StartError::MaybeSent)
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if is_so(ctx, step).await? {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(if is_so(ctx, step).await? {
            Verdict::ok(format!("the schedule {} is changed", step.name))
        } else {
            Verdict::not_as_promised(format!("the schedule {} is not as wished", step.name))
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        let was = &step.was;
        let windows = if was.windows.is_empty() {
            vec!["any".to_owned()]
        } else {
            was.windows.clone()
        };
        Some(Wish {
            op: Self::NAME.to_owned(),
            input: json!({
                "schedule": step.name, "calendar": was.calendar, "time_zone": was.time_zone,
                "missed": was.missed, "jitter_s": was.jitter_s, "windows": windows,
                "enabled": step.was_enabled, "note": was.note,
            }),
        })
    }
}

fn changes(was: &Schedule, was_enabled: bool, new: &Schedule, enabled: bool) -> Vec<Change> {
    let rows: [(&str, Value, Value); 7] = [
        ("calendar", json!(was.calendar), json!(new.calendar)),
        ("time_zone", json!(was.time_zone), json!(new.time_zone)),
        ("missed", json!(was.missed), json!(new.missed)),
        ("jitter_s", json!(was.jitter_s), json!(new.jitter_s)),
        ("windows", json!(was.windows), json!(new.windows)),
        ("enabled", json!(was_enabled), json!(enabled)),
        ("note", json!(was.note), json!(new.note)),
    ];
    rows.into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| Change {
            field: field.to_owned(),
            before,
            after,
        })
        .collect()
}

async fn is_so(ctx: &Ctx, step: &Step) -> Result<bool> {
    let row = ctx.schedules.find(&step.id).await.map_err(Error::from)?;
    let Some(row) = row else {
        return Ok(false);
    };
    Ok(row.enabled == step.enabled && Schedule::of(&row)? == step.schedule)
}
