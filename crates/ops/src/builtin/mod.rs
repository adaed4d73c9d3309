//! What the contract itself offers: its operations, plans, runs and events, as queries and a feed.

mod audit;
mod events;
mod operations;
mod plans;
mod receipt;
mod runs;
mod undo;

use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    bus::EventBus,
    ports::{Anchor, Ledger},
    registry::{Entry, Kind, RegistryBuilder, SchemaFn},
    risk::{Risk, Scope},
};

/// One operation, as `operations.list` shows it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OperationRow {
    pub name: String,
    pub summary: String,
    pub kind: Kind,
    pub risk: Risk,
    pub scope: Scope,
}

/// What the built-in operations may reach.
pub struct Ctx {
    ledger: Arc<dyn Ledger>,
    anchor: Option<Arc<dyn Anchor>>,
    bus: EventBus,
    operations: OnceLock<Vec<(OperationRow, SchemaFn)>>,
}

impl Ctx {
    pub(crate) fn new(
        ledger: Arc<dyn Ledger>,
        anchor: Option<Arc<dyn Anchor>>,
        bus: EventBus,
    ) -> Self {
        Self {
            ledger,
            anchor,
            bus,
            operations: OnceLock::new(),
        }
    }

    /// Tells the list of operations, which is complete only after the last registration.
    pub(crate) fn publish<'a>(&self, entries: impl Iterator<Item = &'a Entry>) {
        let rows = entries
            .map(|entry| {
                let row = OperationRow {
                    name: entry.name.to_owned(),
                    summary: entry.summary.to_owned(),
                    kind: entry.kind(),
                    risk: entry.risk,
                    scope: entry.scope,
                };
                (row, entry.input)
            })
            .collect();
        // Set once per registry, right after it was built.
        let _ = self.operations.set(rows);
    }

    fn operations(&self) -> impl Iterator<Item = &OperationRow> {
        self.operations
            .get()
            .into_iter()
            .flatten()
            .map(|(row, _)| row)
    }

    fn operation(&self, name: &str) -> Option<(&OperationRow, SchemaFn)> {
        self.operations
            .get()?
            .iter()
            .find(|(row, _)| row.name == name)
            .map(|(row, input)| (row, *input))
    }
}

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<operations::List>(ctx)
        .query::<operations::Search>(ctx)
        .query::<operations::Show>(ctx)
        .query::<plans::List>(ctx)
        .query::<runs::List>(ctx)
        .query::<receipt::Receipt>(ctx)
        .composite::<undo::Undo>(ctx)
        .query::<audit::List>(ctx)
        .query::<audit::Verify>(ctx)
        .feed::<audit::Export>(ctx)
        .feed::<events::Watch>(ctx)
}
