//! Memory: what a person or the team wants kept about guests, clusters, and how they work.
//!
//! Invariants: a fact of a user is seen by that user alone; what is deleted is gone, so no wording is in a
//! plan, a run or the audit chain; a fact restricts nothing by itself: it becomes a rule when a person takes
//! the proposed rule over into the policy file; a fact about a guest is about that guest and not about
//! another one that got its id.

mod add;
mod change;
mod delete;
mod edit;
mod export;
mod list;
mod model;
mod propose;
mod recall;
mod relevance;
mod sealed;
mod wording;

use std::sync::Arc;

use ops::{Call, Error, RegistryBuilder, Result, Role};
use store::{FactFilter, FactRow};

use crate::{ctx::Ctx, own_row::OwnRow};
use model::{Fact, ScopeKind};

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<list::List>(ctx)
        .query::<recall::Recall>(ctx)
        .query::<export::Export>(ctx)
        .query::<propose::Propose>(ctx)
        .action::<OwnRow<add::Add>>(ctx)
        .action::<OwnRow<edit::Edit>>(ctx)
        .action::<OwnRow<delete::Delete>>(ctx)
}

/// Who speaks: a token speaks for whoever made it.
fn person(call: &Call) -> &str {
    call.actor.owner.as_deref().unwrap_or(&call.actor.name)
}

/// Whether the caller may see a fact.
fn may_see(call: &Call, row: &FactRow) -> bool {
    row.scope_kind != ScopeKind::User.as_str() || row.scope == person(call)
}

/// Everything that the caller may see, the oldest first.
async fn visible(ctx: &Ctx, call: &Call) -> Result<Vec<Fact>> {
    let rows = ctx
        .memory
        .list(&FactFilter::default())
        .await
        .map_err(Error::from)?;
    rows.into_iter()
        .filter(|row| may_see(call, row))
        .map(|row| Fact::of(row, ctx.clock.now()))
        .collect()
}

/// A fact that the caller may see; one of somebody else is not there.
async fn find(ctx: &Ctx, call: &Call, id: &str) -> Result<FactRow> {
    let row = ctx.memory.find(id).await.map_err(Error::from)?;
    row.filter(|row| may_see(call, row)).ok_or_else(|| {
        let id: String = id.chars().take(64).collect();
        Error::not_found(format!("there is no fact `{id}`"))
            .hint("the list of what is kept shows which there are")
    })
}

/// What several people see is changed by its author or an admin.
async fn find_to_change(ctx: &Ctx, call: &Call, id: &str) -> Result<FactRow> {
    let row = find(ctx, call, id).await?;
    if row.author != person(call) && call.actor.role < Role::Admin {
        return Err(
            Error::forbidden(format!("the fact `{}` was kept by {}", row.id, row.author))
                .hint("its author or an admin can change it"),
        );
    }
    Ok(row)
}
