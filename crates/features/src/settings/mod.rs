//! The effective configuration, readable on every surface. Secrets are `***` before they get here.

mod show;

use std::sync::Arc;

use ops::RegistryBuilder;

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder.query::<show::Show>(ctx)
}
