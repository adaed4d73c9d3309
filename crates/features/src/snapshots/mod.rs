//! Snapshots of guests: look, make, go back, remove, and do so by rule.
//!
//! Invariants: a name is taken or free at planning time, and again right before the act; memory is kept only
//! of running virtual machines; removing a snapshot cannot be taken back and says so; a rollback is refused
//! where the storage would refuse it; pruning touches only names that begin as the rule says.

mod apply_policy;
mod create;
mod delete;
mod delete_policy;
mod list;
mod model;
mod newest_only;
mod policies;
mod policy;
mod policy_step;
mod prune;
mod pruning;
mod removing;
mod rollback;
mod set_policy;
mod taking;
mod tree;

use std::sync::Arc;

use ops::RegistryBuilder;

pub(crate) use model::{SnapshotRow, snapshots_of};

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<list::List>(ctx)
        .query::<tree::Show>(ctx)
        .query::<policies::List>(ctx)
        .action::<create::Create>(ctx)
        .action::<delete::Delete>(ctx)
        .action::<rollback::Rollback>(ctx)
        .action::<prune::Prune>(ctx)
        .action::<set_policy::SetPolicy>(ctx)
        .action::<delete_policy::DeletePolicy>(ctx)
        .composite::<apply_policy::ApplyPolicy>(ctx)
}
