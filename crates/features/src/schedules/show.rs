//! `schedules.show`: one schedule, its next times, and what became of the last ones.

use std::sync::Arc;

use ops::{Call, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    find,
    list::{ScheduleRow, row},
    model::{Missed, Schedule, What},
};
use crate::ctx::Ctx;

const TIMES: usize = 5;
const FIRINGS: u32 = 20;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The schedule: its name or id.
    schedule: String,
}

/// What became of one time.
#[derive(Serialize, JsonSchema)]
struct FiringRow {
    due_at: String,
    fired_at: String,
    /// runs, waits, unanswered, done, nothing_to_do, failed, refused, missed, outside_window; firing while it is being planned.
    outcome: String,
    text: String,
    plan_id: Option<String>,
    run_id: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    #[serde(flatten)]
    schedule: ScheduleRow,
    does: What,
    missed: Missed,
    jitter_s: u32,
    windows: Vec<String>,
    /// As the calendar says, without jitter.
    next_times: Vec<String>,
    /// Newest first.
    firings: Vec<FiringRow>,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "schedules.show";
    const SUMMARY: &'static str = "Show a schedule, its next times and what became of the last";
    const PHRASES: &'static [&'static str] = &["show [me] [the] schedule {schedule:word}"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let found = find(ctx, &input.schedule).await?;
        let schedule = Schedule::of(&found)?;
        let firings = ctx
            .schedules
            .firings(&found.id, FIRINGS)
            .await
            .map_err(Error::from)?;
        Ok(Output {
            next_times: schedule
                .times_after(ctx.clock.now(), TIMES)?
                .iter()
                .map(ToString::to_string)
                .collect(),
            schedule: row(&found)?,
            missed: schedule.missed,
            jitter_s: schedule.jitter_s,
            windows: schedule.windows,
            does: schedule.what,
            firings: firings
                .into_iter()
                .map(|firing| FiringRow {
                    due_at: firing.due_at.to_string(),
                    fired_at: firing.fired_at.to_string(),
                    outcome: firing.outcome,
                    text: firing.text,
                    plan_id: firing.plan_id,
                    run_id: firing.run_id,
                })
                .collect(),
        })
    }
}
