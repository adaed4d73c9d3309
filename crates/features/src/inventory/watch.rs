//! `inventory.watch`: guests as they change, one item per reading that differs.

use std::{collections::HashMap, sync::Arc};

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use jiff::Timestamp;
use ops::{Call, Feed, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{AsOf, GuestRow};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Item {
    /// When the newest reading was made.
    #[schemars(with = "Option<String>")]
    at: Option<Timestamp>,
    guests: usize,
    guests_running: usize,
    nodes_online: usize,
    /// Rows that are new or differ from the item before; the first item holds none.
    changed: Vec<GuestRow>,
    /// `cluster/vmid` of guests that are gone.
    removed: Vec<String>,
    /// Source and age, per cluster.
    as_of: Vec<AsOf>,
}

pub(super) struct Watch;

struct State {
    ctx: Arc<Ctx>,
    call: Call,
    seen: Option<HashMap<(String, u32), GuestRow>>,
    news: tokio::sync::broadcast::Receiver<ops::BusEvent>,
}

impl Feed for Watch {
    const NAME: &'static str = "inventory.watch";
    const SUMMARY: &'static str = "Watch guests as their state changes";
    type Ctx = Ctx;
    type Input = Input;
    type Item = Item;

    fn open(ctx: Arc<Ctx>, call: Call, _input: Input) -> Result<BoxStream<'static, Item>> {
        let news = ctx.bus.listen();
        let state = State {
            ctx,
            call,
            seen: None,
            news,
        };
        Ok(stream::unfold(state, |mut state| async move {
            loop {
                if let Some(item) = state.next_item() {
                    return Some((item, state));
                }
                let tick = state.ctx.inventory.options().tick;
                tokio::select! {
                    () = state.call.cancel.cancelled() => return None,
                    () = tokio::time::sleep(tick) => {}
                    // Whatever happened, the comparison with what was seen decides.
                    _ = state.news.recv() => {}
                }
            }
        })
        .boxed())
    }
}

impl State {
    fn as_of(&self) -> Vec<AsOf> {
        let inventory = &self.ctx.inventory;
        inventory
            .connected()
            .iter()
            .map(|connected| inventory.as_of(connected))
            .collect()
    }

    /// Nothing when all is as it was seen.
    fn next_item(&mut self) -> Option<Item> {
        let snapshots: Vec<_> = self
            .ctx
            .inventory
            .connected()
            .iter()
            .filter_map(|connected| connected.snapshot())
            .collect();
        let now: HashMap<(String, u32), GuestRow> = snapshots
            .iter()
            .flat_map(|snapshot| &snapshot.guests)
            .map(|guest| ((guest.cluster.clone(), guest.vmid), guest.clone()))
            .collect();
        let mut changed = Vec::new();
        let mut removed = Vec::new();
        if let Some(seen) = &self.seen {
            changed.extend(
                now.iter()
                    .filter(|(key, row)| seen.get(*key) != Some(*row))
                    .map(|(_, row)| row.clone()),
            );
            removed.extend(
                seen.keys()
                    .filter(|key| !now.contains_key(*key))
                    .map(|(cluster, vmid)| format!("{cluster}/{vmid}")),
            );
            if changed.is_empty() && removed.is_empty() {
                return None;
            }
        }
        changed.sort_by(|a, b| (&a.cluster, a.vmid).cmp(&(&b.cluster, b.vmid)));
        let item = Item {
            at: snapshots.iter().map(|snapshot| snapshot.at).max(),
            guests: now.len(),
            guests_running: now.values().filter(|guest| guest.is_running()).count(),
            nodes_online: snapshots
                .iter()
                .flat_map(|snapshot| &snapshot.nodes)
                .filter(|node| node.status == "online")
                .count(),
            changed,
            removed,
            as_of: self.as_of(),
        };
        self.seen = Some(now);
        Some(item)
    }
}
