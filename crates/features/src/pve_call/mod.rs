//! Any call of the PVE API, by its path: what the typed operations do not cover yet.
//!
//! A call that changes something is an action like every other: planned, consented to by typing its path,
//! run and followed by the engine. What it does is known to the cluster alone, so its risk is the worst
//! there is, and its verdict says that the cluster accepted it and no more.

mod answer;
mod create;
mod delete;
mod get;
mod guest_path;
mod raw_call;
mod raw_step;
pub(crate) mod sealed;
mod set;
mod traces;

use std::sync::Arc;

use ops::RegistryBuilder;

pub use answer::take_answer;
pub(crate) use get::the_only_cluster;
use raw_call::RawCalls;
pub use raw_step::UPLOAD_PROGRESS;
pub use sealed::{is_secret, keep_stand_ins};

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<get::Get>(ctx)
        .action::<RawCalls<create::Create>>(ctx)
        .action::<RawCalls<set::Set>>(ctx)
        .action::<RawCalls<delete::Delete>>(ctx)
}
