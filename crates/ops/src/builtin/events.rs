//! `events.watch`: what happens in the product, live.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream::BoxStream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_stream::wrappers::BroadcastStream;

use super::Ctx;
use crate::{actor::Call, bus::BusEvent, contract::Feed, error::Result};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

pub(super) struct Watch;

impl Feed for Watch {
    const NAME: &'static str = "events.watch";
    const SUMMARY: &'static str = "Watch plans, runs and the inventory as they change";
    type Ctx = Ctx;
    type Input = Input;
    type Item = BusEvent;

    fn open(ctx: Arc<Ctx>, call: Call, _input: Input) -> Result<BoxStream<'static, BusEvent>> {
        let events = BroadcastStream::new(ctx.bus.listen());
        Ok(events
            // A listener that was too slow misses events; the next one tells it to read again anyway.
            .filter_map(|event| async { event.ok() })
            // Steps of runs have a stream of their own.
            .filter(|event| std::future::ready(event.kind != "run.event"))
            .take_until(async move { call.cancel.cancelled().await })
            .boxed())
    }
}
