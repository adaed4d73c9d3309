//! Snapshots of guests: look, make, remove.
//!
//! Invariants: a name is taken or free at planning time, and again right before the act; memory is kept only
//! of running virtual machines; removing a snapshot cannot be taken back and says so.

mod create;
mod delete;
mod list;
mod model;

use std::sync::Arc;

use ops::RegistryBuilder;

pub(crate) use model::{SnapshotRow, snapshots_of};

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<list::List>(ctx)
        .action::<create::Create>(ctx)
        .action::<delete::Delete>(ctx)
}
