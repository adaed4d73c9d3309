//! What exists: clusters, nodes, guests, storages, and the last known state of each.
//!
//! Invariants: one request per cluster and tick for everything; a value that is not known is nothing, never
//! zero; every answer says how old it is; a guest on a node that is not online has no known status.

mod clusters;
mod collector;
mod configs;
mod connections;
mod facts;
mod list;
mod model;
mod nodes;
mod rights;
mod select;
mod snapshot;
mod storages;
mod vocabulary;
mod watch;

use std::sync::Arc;

use ops::RegistryBuilder;

pub use collector::collect;
pub(crate) use configs::Known;
pub use connections::{Connected, Inventory, InventoryOptions, connect_options};
pub use facts::GuestFacts;
pub use model::{AsOf, Freshness, GuestKind, GuestRow, NodeRow, StorageRow};
pub(crate) use rights::lacking;
pub use select::Chosen;

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<list::List>(ctx)
        .query::<vocabulary::Vocabulary>(ctx)
        .query::<clusters::List>(ctx)
        .query::<nodes::List>(ctx)
        .query::<storages::List>(ctx)
        .feed::<watch::Watch>(ctx)
}
