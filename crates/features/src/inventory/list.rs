//! `inventory.list`: guests, all or selected.

use std::sync::Arc;

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{AsOf, GuestKind, GuestRow};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Ids, names or selectors such as `tag=web node=pve1`; all guests without.
    #[serde(default)]
    guests: Vec<String>,
    /// Only qemu or only lxc.
    #[arg(long, value_parser = parse_kind)]
    kind: Option<GuestKind>,
    /// Only this status, for instance running.
    #[arg(long)]
    status: Option<String>,
    /// At most this many.
    #[arg(long)]
    limit: Option<u32>,
}

fn parse_kind(text: &str) -> Result<GuestKind, String> {
    match text {
        "qemu" => Ok(GuestKind::Qemu),
        "lxc" => Ok(GuestKind::Lxc),
        _ => Err("expected qemu or lxc".to_owned()),
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    guests: Vec<GuestRow>,
    /// How many there are without the limit.
    total: usize,
    /// Source and age, per cluster.
    as_of: Vec<AsOf>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "inventory.list";
    const SUMMARY: &'static str = "List guests (virtual machines and containers) with their state";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let mut chosen = ctx.inventory.look(&input.guests).await?;
        chosen.guests.retain(|guest| {
            input.kind.is_none_or(|kind| guest.kind == kind)
                && input
                    .status
                    .as_ref()
                    .is_none_or(|status| &guest.status == status)
        });
        let total = chosen.guests.len();
        if let Some(limit) = input.limit {
            chosen
                .guests
                .truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(Output {
            guests: chosen.guests,
            total,
            as_of: chosen.as_of,
        })
    }
}
