//! Guests as a rehearsal needs them: the configuration as it was read a moment ago, or is read now.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::Result;
use pve::GuestConfig;

use super::subject::{GuestRef, config_of};
use crate::{ctx::Ctx, inventory::GuestKind};

/// A guest's configuration, when it was read, and whether that was for this caller.
#[derive(Clone, Debug)]
pub struct GuestFacts {
    pub config: Arc<GuestConfig>,
    pub at: Timestamp,
    pub asked: bool,
}

/// The configuration of a guest, no older than `max_age`.
pub async fn read_facts(
    ctx: &Ctx,
    (cluster, node, vmid): (&str, &str, u32),
    kind: GuestKind,
    max_age: Duration,
) -> Result<GuestFacts> {
    let guest = GuestRef {
        cluster: cluster.to_owned(),
        node: node.to_owned(),
        kind,
        vmid,
        name: String::new(),
    };
    let (known, asked) = config_of(ctx, &guest, max_age).await?;
    Ok(GuestFacts {
        config: known.config,
        at: known.at,
        asked,
    })
}
