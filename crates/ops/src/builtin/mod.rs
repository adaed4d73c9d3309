//! What the contract itself offers: its operations, plans, runs and events, as queries and a feed.

mod approvals;
mod audit;
mod beside_chain;
mod events;
mod incident;
mod newest;
mod operations;
mod plans;
mod policy;
mod product_step;
mod receipt;
mod rehearse;
mod runs;
mod undo;

pub(crate) use undo::way_back;

use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    bus::EventBus,
    error::Result,
    ports::{Anchor, Clock, Ledger, Rehearsal},
    registry::{Entry, Kind, LateRegistry, Registry, RegistryBuilder, SchemaFn},
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
    clock: Arc<dyn Clock>,
    /// Where plans are rehearsed, if anywhere.
    rehearsal: Option<Arc<dyn Rehearsal>>,
    operations: OnceLock<Vec<(OperationRow, SchemaFn)>>,
    /// The registry these operations are part of.
    pub(crate) registry: LateRegistry,
}

impl Ctx {
    pub(crate) fn new(
        ledger: Arc<dyn Ledger>,
        anchor: Option<Arc<dyn Anchor>>,
        bus: EventBus,
        clock: Arc<dyn Clock>,
        rehearsal: Option<Arc<dyn Rehearsal>>,
    ) -> Self {
        Self {
            ledger,
            anchor,
            bus,
            clock,
            rehearsal,
            operations: OnceLock::new(),
            registry: LateRegistry::default(),
        }
    }

    fn registry(&self) -> Result<Registry> {
        self.registry.get()
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
        .query::<plans::Show>(ctx)
        .query::<rehearse::Rehearse>(ctx)
        .query::<runs::List>(ctx)
        .query::<receipt::Receipt>(ctx)
        .composite::<undo::Undo>(ctx)
        .query::<audit::List>(ctx)
        .query::<audit::Verify>(ctx)
        .feed::<audit::Export>(ctx)
        .query::<policy::Show>(ctx)
        .query::<policy::Check>(ctx)
        .query::<incident::Show>(ctx)
        .action::<incident::Freeze>(ctx)
        .action::<incident::Thaw>(ctx)
        .query::<approvals::List>(ctx)
        .action::<approvals::Grant>(ctx)
        .action::<approvals::Revoke>(ctx)
        .feed::<events::Watch>(ctx)
}
