//! Nodes: how they are, what runs on them, and taking them down without taking their guests along.
//!
//! Invariants: a node goes down only when the guests that the plan moves away are gone; what becomes of the
//! others, and of the quorum, stands in the plan; a lost answer to a reboot is never answered by a second one.

mod at;
mod certificates;
mod disks;
mod evacuate;
mod going_down;
mod power;
mod reboot;
mod refresh_updates;
mod service;
mod services;
mod show;
mod shutdown;
mod tasks;
mod updates;
mod wake;

use std::sync::Arc;

use ops::RegistryBuilder;

use crate::ctx::Ctx;

pub(crate) fn register(builder: RegistryBuilder, ctx: &Arc<Ctx>) -> RegistryBuilder {
    builder
        .query::<show::Show>(ctx)
        .query::<services::Services>(ctx)
        .query::<updates::Updates>(ctx)
        .query::<disks::Disks>(ctx)
        .query::<certificates::Certificates>(ctx)
        .query::<tasks::Tasks>(ctx)
        .action::<service::Service>(ctx)
        .action::<refresh_updates::RefreshUpdates>(ctx)
        .action::<power::Power>(ctx)
        .action::<wake::Wake>(ctx)
        .composite::<evacuate::Evacuate>(ctx)
        .composite::<reboot::Reboot>(ctx)
        .composite::<shutdown::Shutdown>(ctx)
}
