//! Schedules: operations and runbooks that are wished for by the calendar.
//!
//! Invariants: a time is fired once, by whichever process takes it; the plan is made fresh each time and
//! judged like any other, on the surface `schedule`, which consents to nothing; what became of each time is
//! a row; "now" is the clock's.

mod create;
mod delete;
mod fire;
mod list;
mod model;
mod run;
mod set;
mod show;

use std::sync::Arc;

use ops::{Error, RegistryBuilder, Result};
use serde_json::{Value, json};
use store::ScheduleRow;

pub use fire::{fire_due, watch_the_calendar};

use crate::{ctx::Ctx, own_row::OwnRow};

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<list::List>(ctx)
        .query::<show::Show>(ctx)
        .action::<OwnRow<create::Create>>(ctx)
        .action::<OwnRow<set::Set>>(ctx)
        .action::<OwnRow<delete::Delete>>(ctx)
        .composite::<run::Run>(ctx)
}

async fn find(ctx: &Ctx, which: &str) -> Result<ScheduleRow> {
    ctx.schedules
        .find(which)
        .await
        .map_err(Error::from)?
        .ok_or_else(|| {
            let which: String = which.chars().take(64).collect();
            Error::not_found(format!("there is no schedule `{which}`"))
                .hint("`schedules.list` shows what there is")
        })
}

/// The fact a change of a schedule rests on: which version of it is there.
async fn version(ctx: &Ctx, name: &str) -> Result<Value> {
    let there = ctx.schedules.find(name).await.map_err(Error::from)?;
    Ok(json!(there.map(|row| (row.id, row.version))))
}
