//! `schedules.list`: what the calendar holds.

use std::sync::Arc;

use ops::{Call, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::ScheduleRow as Row;

use super::model::Schedule;
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct ScheduleRow {
    id: String,
    name: String,
    enabled: bool,
    /// What is wished for.
    what: String,
    calendar: String,
    time_zone: String,
    /// The next time with its jitter; null when it never comes again.
    next_at: Option<String>,
    by: String,
    note: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    schedules: Vec<ScheduleRow>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "schedules.list";
    const SUMMARY: &'static str = "List schedules with their next times";
    const PHRASES: &'static [&'static str] = &[
        "[list|show|show me] [the|my|all|all the] schedules",
        "what is scheduled",
    ];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        let rows = ctx.schedules.list().await.map_err(Error::from)?;
        Ok(Output {
            schedules: rows.iter().map(row).collect::<Result<_>>()?,
        })
    }
}

pub(super) fn row(row: &Row) -> Result<ScheduleRow> {
    let schedule = Schedule::of(row)?;
    Ok(ScheduleRow {
        id: row.id.clone(),
        name: row.name.clone(),
        enabled: row.enabled,
        what: schedule.what.words(),
        calendar: schedule.calendar,
        time_zone: schedule.time_zone,
        next_at: row
            .due_at
            .filter(|_| row.enabled)
            .map(|due_at| due_at.to_string()),
        by: schedule.by.person().to_owned(),
        note: schedule.note,
    })
}
