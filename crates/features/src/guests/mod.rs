//! The life of guests: power for now, virtual machines and containers alike.
//!
//! Invariants: an action is planned against the guest as its node describes it this moment; the consent
//! rests on who the guest is (incarnation) and how it is (status, lock, node, configuration digest); a locked
//! guest is never planned for; what only asks the HA manager says so.

mod facts;
mod fit;
mod power;
mod reboot;
mod show;
mod shutdown;
mod start;
mod stop;
mod subject;
mod traces;
mod words;

use std::sync::Arc;

use ops::RegistryBuilder;

pub use facts::{GuestFacts, read_facts};
pub use subject::{CONFIGURATION, LOOKING};
pub(crate) use subject::{GuestRef, Looked, look_at, look_at_all, observe, refuse_locked};
pub(crate) use traces::{before_with_traces, new_traces};
pub(crate) use words::{listing, signals};

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<show::Show>(ctx)
        .action::<start::Start>(ctx)
        .action::<stop::Stop>(ctx)
        .action::<shutdown::Shutdown>(ctx)
        .action::<reboot::Reboot>(ctx)
}
