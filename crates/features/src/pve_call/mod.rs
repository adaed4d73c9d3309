//! Any call of the PVE API, by its path: what the typed operations do not cover yet.

mod get;

use std::sync::Arc;

use ops::RegistryBuilder;

use crate::ctx::Ctx;

pub use get::request;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder.query::<get::Get>(ctx)
}
