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

use ops::{Error, Observed, RegistryBuilder, Result, Target};
use serde_json::json;
use store::ScheduleRow;

pub use fire::{fire_due, watch_the_calendar};

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<list::List>(ctx)
        .query::<show::Show>(ctx)
        .action::<create::Create>(ctx)
        .action::<set::Set>(ctx)
        .action::<delete::Delete>(ctx)
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

fn target(name: &str) -> Target {
    Target {
        reference: format!("schedule:{name}"),
        name: name.to_owned(),
        node: None,
        storage: None,
    }
}

/// The fact a change of a schedule rests on: which version of it is there.
async fn observed(ctx: &Ctx, name: &str) -> Result<Observed> {
    let there = ctx.schedules.find(name).await.map_err(Error::from)?;
    let version = there.map(|row| (row.id, row.version));
    Ok(Observed {
        subject: format!("schedule {name}"),
        state: std::iter::once(("version".to_owned(), json!(version))).collect(),
        ..Observed::default()
    })
}
