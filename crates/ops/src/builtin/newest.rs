//! `last` in place of an id: the caller's own newest run or plan, so that "undo the last run" means theirs
//! and nobody else's.

use super::Ctx;
use crate::{
    actor::Call,
    error::{Error, Result},
    plan::Plan,
    ports::StoredRun,
    registry::clip,
};

const LAST: &str = "last";
/// How far back the caller's own is looked for.
const LOOKED_AT: u32 = 200;

/// The run with this id, or the newest one that the caller wished for or approved.
pub(super) async fn run(ctx: &Ctx, call: &Call, id: &str) -> Result<StoredRun> {
    let id = if id == LAST {
        let name = &call.actor.name;
        ctx.ledger
            .runs(LOOKED_AT)
            .await?
            .into_iter()
            .find(|run| run.created_by == *name || run.approved_by == *name)
            .map(|run| run.id)
            .ok_or_else(|| {
                Error::not_found(format!(
                    "none of the latest {LOOKED_AT} runs is one of {name}"
                ))
                .hint("`runs.list` has them all: say which")
            })?
    } else {
        id.to_owned()
    };
    ctx.ledger
        .run(&id)
        .await?
        .ok_or_else(|| Error::not_found(format!("there is no run `{}`", clip(&id, 60))))
}

/// The plan with this id, or the newest one that the caller wished for.
pub(super) async fn plan(ctx: &Ctx, call: &Call, id: &str) -> Result<Plan> {
    if id == LAST {
        let name = &call.actor.name;
        return ctx
            .ledger
            .plans(None, LOOKED_AT)
            .await?
            .into_iter()
            .find(|plan| plan.created_by.name == *name)
            .ok_or_else(|| {
                Error::not_found(format!(
                    "none of the latest {LOOKED_AT} plans is one of {name}"
                ))
                .hint("`plans.list` has them all: say which")
            });
    }
    ctx.ledger
        .plan(id)
        .await?
        .ok_or_else(|| Error::not_found(format!("there is no plan `{}`", clip(id, 60))))
}
