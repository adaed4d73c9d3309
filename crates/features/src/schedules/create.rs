//! `schedules.create`: puts an operation or a runbook into the calendar.

use std::sync::Arc;

use ops::{
    Call, Code, Error, Result, Risk, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::ScheduleRow;
use uuid::Uuid;

use super::{
    list,
    model::{Missed, Schedule, What},
    version,
};
use crate::{
    ctx::Ctx,
    given::parse_json,
    own_row::{Planned, RowChange, not_inserted},
    runbooks,
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateInput {
    /// Its name: small letters, digits and `-`.
    name: String,
    /// When, as in PVE: `daily`, `mon..fri 02:30`, `*:0/15`.
    calendar: String,
    /// The operation, such as guests.reboot; or a runbook instead.
    #[arg(long)]
    op: Option<String>,
    /// Guests of the operation: ids, names or selectors such as `tag=batch`.
    #[arg(long)]
    #[serde(default)]
    guests: Vec<String>,
    /// What else the operation needs, as JSON.
    #[arg(long, value_parser = parse_json)]
    input: Option<Value>,
    /// The runbook.
    #[arg(long)]
    runbook: Option<String>,
    /// Parameters of the runbook as JSON.
    #[arg(long, value_parser = parse_json)]
    parameters: Option<Value>,
    /// Zone of the times, such as Europe/Berlin (default UTC).
    #[arg(long)]
    time_zone: Option<String>,
    /// What happens to a time at which nobody looked: skip (default) or run_once.
    #[arg(long, value_parser = Missed::parse)]
    missed: Option<Missed>,
    /// Up to so many seconds later, spread over schedules.
    #[arg(long)]
    jitter_s: Option<u32>,
    /// Maintenance windows such as `sat,sun 01:00-05:00`: outside of them nothing happens.
    #[arg(long)]
    #[serde(default)]
    windows: Vec<String>,
    /// What it is for.
    #[arg(long)]
    note: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    name: String,
    schedule: Schedule,
}

pub(super) struct Create;

impl RowChange for Create {
    const NAME: &'static str = "schedules.create";
    const SUMMARY: &'static str = "Schedule an operation or a runbook by a calendar event";
    const PHRASES: &'static [&'static str] = &[
        "{calendar:calendar} {order} => name=@said",
        "{order} {calendar:calendar} => name=@said",
        "schedule {order} {calendar:calendar} => name=@said",
        "(run|schedule) the runbook {runbook:word} {calendar:calendar} => name=@said",
        "{calendar:calendar} run the runbook {runbook:word} => name=@said",
        "+ (called|named) {name:word}",
        "+ in time zone {time_zone:word}",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "schedules.delete",
        note: "",
    };
    const NOUN: &'static str = "schedule";
    const PROMISE: (&'static str, &'static str) = ("is set", "is not there");
    type Input = CreateInput;
    type Step = Step;
    type Output = list::ScheduleRow;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: CreateInput) -> Result<Planned<Step>> {
        check_name(&input.name)?;
        if ctx
            .schedules
            .find(&input.name)
            .await
            .map_err(Error::from)?
            .is_some()
        {
            return Err(Error::new(
                Code::Conflict,
                format!("there is already a schedule `{}`", input.name),
            )
            .hint("`schedules.set` changes it"));
        }
        let what = what(
            ctx,
            input.op,
            input.guests,
            input.input,
            input.runbook,
            input.parameters,
        )
        .await?;
        let schedule = Schedule {
            what,
            calendar: input.calendar.trim().to_owned(),
            time_zone: input.time_zone.unwrap_or_else(|| "UTC".to_owned()),
            missed: input.missed.unwrap_or(Missed::Skip),
            jitter_s: input.jitter_s.unwrap_or(0),
            windows: input.windows,
            by: call.actor.clone(),
            note: input.note,
        };
        schedule.check(ctx.clock.now())?;
        let title = format!(
            "Schedule {} as {}: {}",
            schedule.what.words(),
            input.name,
            schedule.calendar
        );
        Ok(Planned {
            title,
            change: Vec::new(),
            step: Step {
                id: format!("sch_{}", Uuid::now_v7().simple()),
                name: input.name,
                schedule,
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
        let Step { id, name, schedule } = step;
        let now = ctx.clock.now();
        let row = ScheduleRow {
            id: id.clone(),
            name: name.clone(),
            body: serde_json::to_value(schedule)
                .map_err(|error| StartError::NotSent(Error::internal(error.to_string())))?,
            enabled: true,
            due_at: schedule.next_after(id, now).map_err(StartError::NotSent)?,
            version: 1,
            created_at: now,
            changed_at: now,
        };
        ctx.schedules.insert(&row).await.map_err(not_inserted)?;
        list::row(&row).map(Some).map_err(StartError::MaybeSent)
    }

    async fn is_so(ctx: &Arc<Ctx>, step: &Step) -> Result<bool> {
        let row = ctx.schedules.find(&step.id).await.map_err(Error::from)?;
        Ok(row.is_some())
    }

    fn undo(step: &Step) -> Option<Wish> {
        Some(Wish {
            op: super::delete::Delete::NAME.to_owned(),
            input: json!({ "schedule": step.name }),
        })
    }
}

fn check_name(name: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.len() > 64
        || !name.starts_with(|c: char| c.is_ascii_lowercase())
        || !name.bytes().all(plain)
        || name.starts_with("sch_")
    {
        return Err(Error::invalid(
            "name: 1 to 64 small letters, digits and `-`, beginning with a letter",
        ));
    }
    Ok(())
}

/// What is wished for, as far as it can be checked before its time comes.
async fn what(
    ctx: &Ctx,
    op: Option<String>,
    guests: Vec<String>,
    input: Option<Value>,
    runbook: Option<String>,
    parameters: Option<Value>,
) -> Result<What> {
    match (op, runbook) {
        (Some(op), None) => {
            if parameters.is_some() {
                return Err(Error::invalid("parameters: only a runbook has parameters"));
            }
            let registry = ctx.registry.get()?;
            let entry = registry.entry(&op)?;
            if !registry.has_steps(entry.name) {
                return Err(Error::invalid(format!(
                    "op: `{}` cannot be scheduled: it changes nothing by itself",
                    entry.name
                )));
            }
            let mut input = input.unwrap_or_else(|| json!({}));
            let Some(object) = input.as_object_mut() else {
                return Err(Error::invalid("input: a JSON object is expected"));
            };
            if !guests.is_empty() {
                for text in &guests {
                    text.parse::<ops::selector::Selector>()
                        .map_err(|error| Error::invalid(format!("guests: {error}")))?;
                }
                object.insert("guests".to_owned(), json!(guests));
            }
            let names_none = |guests: &Value| guests.as_array().is_some_and(Vec::is_empty);
            if entry.fields().iter().any(|(field, _)| field == "guests")
                && input.get("guests").is_none_or(names_none)
            {
                return Err(Error::invalid(format!(
                    "guests: say of which guests; `{}` does nothing without",
                    entry.name
                ))
                .hint("give ids, names or selectors such as `tag=batch`"));
            }
            // What is wrong is told now, not at night.
            entry.takes(&input)?;
            Ok(What::Operation {
                op: entry.name.to_owned(),
                input,
            })
        }
        (None, Some(name)) => {
            if !guests.is_empty() || input.is_some() {
                return Err(Error::invalid(
                    "guests and input belong to an operation; a runbook has `parameters`",
                ));
            }
            let parameters = runbooks::run::object(parameters)?;
            // A missing or wrong parameter is told now, not at night.
            runbooks::compose(ctx, &name, &parameters, &[]).await?;
            Ok(What::Runbook { name, parameters })
        }
        (None, None) | (Some(_), Some(_)) => Err(Error::invalid(
            "give either `op`, with its `guests` and `input`, or `runbook`",
        )),
    }
}
