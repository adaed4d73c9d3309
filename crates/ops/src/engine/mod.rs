//! The engine: from a wish to a plan, from a consent to a run, from a crash back to the truth.
//!
//! Order of things, for each step: lock the target, compare the world with what was consented to, keep the
//! state before, write "about to send" into the ledger, send, write the task, follow it, verify, write the
//! verdict. A process that dies anywhere in between leaves rows from which the next one finds out what
//! really happened ([`recover`]); it never sends a step again unless the cluster certainly never got it.

mod approve;
mod draft;
mod execute;
mod passed_over;
mod probe;
mod recover;
mod roll_back;
mod step;
mod supervise;
mod watch;

use std::time::Duration;

pub(crate) use draft::ON_FAILURE;
pub(crate) use draft::confirm;
pub use draft::verb_of;
pub(crate) use execute::Broken;
pub use probe::{Point, Probe};
pub use watch::RunningTasks;

/// Limits and times of the engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How long a plan waits for consent.
    pub plan_expiry: Duration,
    /// Steps of one run at once, whatever they touch.
    pub per_run: usize,
    /// How long a plan that a schedule made waits: whoever is to approve it may be asleep.
    pub scheduled_plan_expiry: Duration,
    /// Steps at once on one node.
    pub per_node: usize,
    /// Steps at once on one storage.
    pub per_storage: usize,
    /// How often a process says that it lives.
    pub heartbeat: Duration,
    /// A heartbeat of another host older than this is a dead process.
    pub foreign_owner_patience: Duration,
    /// A request sent less than this ago may still arrive: only later is "not there" believed.
    pub arrival_grace: Duration,
    /// How long an unreachable cluster is asked what became of a step.
    pub recover_patience: Duration,
    /// A step whose task takes longer is not followed any longer.
    pub step_limit: Duration,
    /// How long the world may take to look as promised after a task ended.
    pub verify_patience: Duration,
    /// So long a command tries to write what becomes of its run; then it says why it cannot, and leaves the
    /// run to the next process.
    pub ledger_patience: Duration,
    /// Told at the points of a step where a process may die; for tests.
    pub probe: Option<Probe>,
    /// True for servers: they carry out what commands hand over, and take up what dead processes left.
    pub serves: bool,
    /// Everything stays a plan: consent that a call is, or that somebody gave beforehand, is not used. For
    /// whoever asks to see what would be done.
    pub plans_only: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            plan_expiry: Duration::from_mins(15),
            // No less than a plan can hold: nodes and storages are the usual limit.
            per_run: 2_000,
            scheduled_plan_expiry: Duration::from_hours(16),
            per_node: 4,
            per_storage: 8,
            heartbeat: Duration::from_secs(2),
            foreign_owner_patience: Duration::from_secs(30),
            arrival_grace: Duration::from_secs(2),
            recover_patience: Duration::from_mins(10),
            step_limit: Duration::from_hours(24),
            verify_patience: Duration::from_secs(15),
            ledger_patience: Duration::from_secs(4),
            probe: None,
            serves: false,
            plans_only: false,
        }
    }
}
