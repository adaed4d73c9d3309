//! `schedules.set`: changes when a schedule comes, or whether at all.

use std::sync::Arc;

use ops::{
    Call, Change, Code, Error, Result, Risk, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::ScheduleRow;

use super::{
    find, list,
    model::{Missed, Schedule},
    version,
};
use crate::{
    ctx::Ctx,
    own_row::{Planned, RowChange, maybe_changed},
};

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

impl RowChange for Set {
    const NAME: &'static str = "schedules.set";
    const SUMMARY: &'static str = "Change when a schedule comes, or switch it on or off";
    const PHRASES: &'static [&'static str] = &[
        "(disable|pause|switch off) [the] schedule {schedule:word} => enabled=false",
        "(enable|resume|switch on) [the] schedule {schedule:word} => enabled=true",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "schedules.set",
        note: "",
    };
    const NOUN: &'static str = "schedule";
    const PROMISE: (&'static str, &'static str) = ("is changed", "is not as wished");
    type Input = Input;
    type Step = Step;
    type Output = list::ScheduleRow;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Planned<Step>> {
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
        Ok(Planned {
            title: format!("Change the schedule {}", row.name),
            change,
            step: Step {
                id: row.id,
                name: row.name,
                version: row.version,
                enabled,
                schedule: new,
                was,
                was_enabled: row.enabled,
            },
        })
    }

    fn name(step: &Step) -> &str {
        &step.name
    }

    async fn version(ctx: &Arc<Ctx>, step: &Step) -> Result<Value> {
        version(ctx, &step.name).await
    }

    async fn change(
        ctx: &Arc<Ctx>,
        step: &Step,
        _by: &str,
    ) -> Result<Option<list::ScheduleRow>, StartError> {
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
            .map_err(maybe_changed)?;
        if !changed {
            return Ok(None);
        }
        list::row(&row).map(Some).map_err(StartError::MaybeSent)
    }

    async fn is_so(ctx: &Arc<Ctx>, step: &Step) -> Result<bool> {
        let row = ctx.schedules.find(&step.id).await.map_err(Error::from)?;
        let Some(row) = row else {
            return Ok(false);
        };
        Ok(row.enabled == step.enabled && Schedule::of(&row)? == step.schedule)
    }

    fn undo(step: &Step) -> Option<Wish> {
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
