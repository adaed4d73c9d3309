//! What happens in the product, for whoever listens. Lossy by design: a slow listener misses events and
//! reads the ledger instead.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast;

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BusEvent {
    /// `plan.proposed`, `plan.approved`, `plan.rejected`, `plan.expired`, `plan.rehearsed`, `run.started`, `run.event`,
    /// `run.finished`, `inventory.changed`, `upload.progress`, `knowledge.progress`, `knowledge.changed`.
    #[serde(rename = "type")]
    pub kind: String,
    pub plan_id: Option<String>,
    pub run_id: Option<String>,
    pub cluster: Option<String>,
    pub thread: Option<String>,
    pub summary: Option<String>,
    pub state: Option<Value>,
}

impl BusEvent {
    pub fn new(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            plan_id: None,
            run_id: None,
            cluster: None,
            thread: None,
            summary: None,
            state: None,
        }
    }
}

/// The event bus; cheap to clone.
#[derive(Clone, Debug)]
pub struct EventBus {
    sender: broadcast::Sender<BusEvent>,
}

impl EventBus {
    pub fn new() -> Self {
        Self {
            sender: broadcast::Sender::new(1024),
        }
    }

    /// Tells all listeners; nobody listening is fine.
    pub fn emit(&self, event: BusEvent) {
        let _ = self.sender.send(event);
    }

    pub fn listen(&self) -> broadcast::Receiver<BusEvent> {
        self.sender.subscribe()
    }
}

impl Default for EventBus {
    fn default() -> Self {
        Self::new()
    }
}
