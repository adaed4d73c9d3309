//! The operation contract of proxmox-ai.
//!
//! Everything the product can do is declared once, in a slice, as an [`Action`] (changes something),
//! a [`Query`] (looks) or a [`Feed`] (is watched). A [`Registry`] holds all of them; the command line,
//! REST, MCP, chat and the web console are projections of it.
//!
//! The unit of work is the *step*: an action drafts steps, a person consents to the digest of the whole
//! plan, and the engine carries the steps out one by one, with a ledger row before each act. Only the
//! [`gate`] can make an [`Approved`] step, and only an approved step can be started.
//!
//! This crate knows nothing of Proxmox VE, SQL, HTTP or models. What it needs from outside stands in
//! [`ports`].

pub mod actor;
pub mod audit;
pub mod builtin;
pub mod bus;
pub mod consent;
pub mod contract;
mod difference;
pub mod engine;
pub mod error;
pub mod gate;
pub mod kept;
pub mod left_out;
pub mod phrase;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod project;
pub mod registry;
pub mod rehearsal;
pub mod risk;
pub mod run;
pub mod selector;
pub mod tasks;

pub use actor::{Actor, Call, Claims, Role, Surface};
pub use audit::{AuditEntry, AuditHead, AuditRecord};
pub use bus::{BusEvent, EventBus};
pub use consent::{Freeze, StandingApproval};
pub use contract::{
    Action, Along, BeforeState, Change, Composed, Composite, Draft, DraftStep, Feed, Found, Level,
    Observed, Query, Signal, Started, Target, TaskRef, Verdict, WayBack, WhenUnfit, Wish,
    WishOrder,
};
pub use engine::EngineOptions;
pub use error::{Code, Difference, Error, Result, Retry};
pub use gate::{Approved, Consent, Gate, Policy};
pub use kept::{Kept, KeptFact};
pub use left_out::{Because, LeftOut, Sorting};
pub use plan::{OnFailure, Plan, PlanState, PlanStep};
pub use policy::{FactSource, PolicySource, Ruling, TargetFacts};
pub use registry::{Acted, Consented, Kind, Registry, RegistryBuilder};
pub use rehearsal::Rehearsed;
pub use risk::{Risk, Scope};
pub use run::{Run, RunEvent, RunState, RunStep, StepState};
