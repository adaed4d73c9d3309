//! The life of guests: power for now, virtual machines and containers alike.
//!
//! Invariants: an action is planned against the guest as its node describes it this moment; the consent
//! rests on who the guest is (incarnation) and how it is (status, lock, node, configuration digest); a locked
//! guest is never planned for; what only asks the HA manager says so.

mod bridges;
mod choose;
mod clone;
mod config;
mod create;
mod create_checks;
mod create_input;
mod delete;
mod edit;
mod effect;
mod exec;
mod facts;
mod fit;
mod glance;
mod ha;
mod ha_state;
mod migrate;
mod move_disk;
mod notes;
mod options;
mod places;
mod pool;
mod power;
mod protect;
mod reboot;
mod rename;
mod reset;
mod resize;
mod resume;
mod set_options;
mod show;
mod shutdown;
mod spread;
mod start;
mod startup;
mod stop;
mod subject;
mod suspend;
mod tag;
mod template;
mod traces;
mod untouched;
mod words;
mod work;

use std::sync::Arc;

use ops::RegistryBuilder;

pub(crate) use choose::{Chosen, choose, choose_rows, fitting, rest_of, unlocked, with_right};
pub use facts::{GuestFacts, read_facts};
pub(crate) use glance::glance;
pub use subject::{CONFIGURATION, LOOKING};
pub(crate) use subject::{GuestRef, Looked, left_locked, look_at, look_at_all, observe};
pub(crate) use traces::{before_with_traces, new_traces};
pub(crate) use words::{listing, signals};

use crate::ctx::Ctx;
use power::Switches;
use set_options::Edits;
use work::Works;
pub(crate) use work::also;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<show::Show>(ctx)
        .action::<Works<Switches<start::Start>>>(ctx)
        .action::<Works<Switches<stop::Stop>>>(ctx)
        .action::<Works<Switches<shutdown::Shutdown>>>(ctx)
        .action::<Works<Switches<reboot::Reboot>>>(ctx)
        .action::<Edits<config::Config>>(ctx)
        .action::<Edits<rename::Rename>>(ctx)
        .action::<Edits<tag::Tag>>(ctx)
        .action::<Edits<notes::Notes>>(ctx)
        .action::<Edits<protect::Protect>>(ctx)
        .action::<Edits<edit::Edit>>(ctx)
        .action::<Edits<startup::Startup>>(ctx)
        .action::<pool::Pool>(ctx)
        .action::<Works<delete::Delete>>(ctx)
        .action::<Works<suspend::Suspend>>(ctx)
        .action::<Works<resume::Resume>>(ctx)
        .action::<Works<reset::Reset>>(ctx)
        .action::<Works<create::Create>>(ctx)
        .action::<Works<clone::Clone>>(ctx)
        .action::<Works<template::Template>>(ctx)
        .action::<Works<resize::Resize>>(ctx)
        .action::<Works<move_disk::MoveDisk>>(ctx)
        .action::<Works<migrate::Migrate>>(ctx)
        .action::<Works<ha::Ha>>(ctx)
        .action::<exec::Exec>(ctx)
}
