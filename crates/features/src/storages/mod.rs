//! Storages: what is on them, what nobody refers to, what comes and goes.
//!
//! Invariants: a disk counts as an orphan only when every guest that could use it was read; what is in use
//! is never deleted; a file never replaces another one; what is deleted cannot be taken back and says so.

mod arrival;
mod clean_up;
mod content;
mod delete_volume;
mod download;
mod model;
mod orphans;
mod place;
mod references;
mod set;
mod show;
mod upload;

use std::sync::Arc;

use ops::RegistryBuilder;

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<show::Show>(ctx)
        .query::<content::Content>(ctx)
        .query::<orphans::Orphans>(ctx)
        .action::<download::Download>(ctx)
        .action::<upload::Upload>(ctx)
        .action::<delete_volume::DeleteVolume>(ctx)
        .action::<set::Set>(ctx)
        .composite::<clean_up::CleanUp>(ctx)
}
