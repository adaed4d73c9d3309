//! The ports a slice may reach. A struct, no globals.

use std::sync::Arc;

use ops::{EventBus, ports::Clock, registry::LateRegistry, tasks::Tasks};
use serde_json::Value;

use crate::{inventory::Inventory, knowledge::Knowledge};

/// What every slice gets.
pub struct Ctx {
    /// The connected clusters and their last known state.
    pub inventory: Inventory,
    /// What must not lie in clear in plans and runs.
    pub secrets: store::Secrets,
    pub schedules: store::Schedules,
    pub runbooks: store::Runbooks,
    /// Sources, what was read of them, and the library in memory.
    pub knowledge: Knowledge,
    /// What people want kept.
    pub memory: store::Memory,
    /// Small documents of the product itself.
    pub settings: store::Settings,
    pub clock: Arc<dyn Clock>,
    pub bus: EventBus,
    pub tasks: Tasks,
    /// The whole, for what wishes for any operation: schedules and runbooks.
    pub registry: LateRegistry,
    /// The effective configuration with secrets as `***`, for `config.show`.
    pub config: Value,
}
