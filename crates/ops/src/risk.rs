//! How bad the worst outcome of an operation is, and whom it touches.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The worst outcome of an operation. Every surface derives its behaviour from it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Changes nothing.
    Read,
    /// Changes state that one further call takes back (start, create a snapshot, add a tag).
    Reversible,
    /// Interrupts a workload (stop, reboot, migrate).
    Disruptive,
    /// Loses data (delete, roll back, restore over, prune).
    Destructive,
}

impl Risk {
    pub const ALL: [Self; 4] = [
        Self::Read,
        Self::Reversible,
        Self::Disruptive,
        Self::Destructive,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Reversible => "reversible",
            Self::Disruptive => "disruptive",
            Self::Destructive => "destructive",
        }
    }
}

/// What an action changes: a cluster, or only the product's own data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Needs a plan that somebody approved, on every surface.
    Cluster,
    /// Notes, alert rules, schedules: on `cli`, `web` and `api` the call itself is the consent.
    Product,
}
