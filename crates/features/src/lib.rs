//! The slices: what the product means. Each folder is one noun; each file one operation.
//!
//! A slice sees the contract (`ops`), the PVE client and the store, through [`Ctx`]; never a surface, a
//! simulator or a model. It uses another slice only through that slice's `mod.rs`.

mod cluster_error;
mod ctx;
mod follow;
mod given;
pub mod guests;
pub mod inventory;
pub mod knowledge;
mod memory;
mod node_work;
pub mod nodes;
mod own_row;
pub mod pve_call;
pub mod runbooks;
#[cfg(test)]
#[expect(dead_code, reason = "compiled so that what is copied cannot rot")]
mod scaffold;
pub mod schedules;
pub mod settings;
pub mod snapshots;
pub mod storages;

use std::sync::Arc;

use ops::RegistryBuilder;

pub use cluster_error::{call_error, start_error};
pub use ctx::Ctx;
pub use follow::Follower;

/// Every operation of the product, one line each.
pub fn registry(ctx: &Arc<Ctx>) -> RegistryBuilder {
    let builder = RegistryBuilder::new()
        .late(&ctx.registry)
        .facts(Arc::new(inventory::GuestFacts::new(ctx)));
    let builder = inventory::register(builder, ctx);
    let builder = guests::register(builder, ctx);
    let builder = snapshots::register(builder, ctx);
    let builder = storages::register(builder, ctx);
    let builder = nodes::register(builder, ctx);
    let builder = pve_call::register(builder, ctx);
    let builder = runbooks::register(builder, ctx);
    let builder = schedules::register(builder, ctx);
    let builder = knowledge::register(builder, ctx);
    let builder = memory::register(builder, ctx);
    settings::register(builder, ctx)
}
