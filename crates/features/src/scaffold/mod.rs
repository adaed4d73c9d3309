//! The operations that `cargo xtask new-operation` copies. They are compiled with the tests and are in no
//! product: whoever copies them begins with something that builds.

mod change;
mod look;

use std::sync::Arc;

use ops::RegistryBuilder;

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<look::Look>(ctx)
        .action::<change::Change>(ctx)
}
