//! `guests.shutdown`: asks guests to shut down.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Found, Observed, Result, Risk, Started, Verdict,
    WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    fit::Power,
    power::{self, PowerStep},
    subject::{left_locked, observe},
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Seconds the guest may take to shut down (PVE's default without: 60).
    #[arg(long)]
    timeout_s: Option<u32>,
}

pub(super) struct Shutdown;

impl Action for Shutdown {
    const NAME: &'static str = "guests.shutdown";
    const SUMMARY: &'static str = "Shut guests down properly, through agent or ACPI";
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.start",
        note: "",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = PowerStep;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<PowerStep>> {
        power::plan((ctx, call), Power::Shutdown, &input.guests, input.timeout_s).await
    }

    async fn observe(ctx: &Arc<Ctx>, step: &PowerStep) -> Result<Observed> {
        observe(ctx, &step.guest).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &PowerStep, observed: &Observed) -> Result<BeforeState> {
        power::before(ctx, step, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<PowerStep>) -> Result<Started<()>, StartError> {
        let PowerStep { guest, timeout_s } = step.step();
        let timeout = timeout_s.map(|seconds| Duration::from_secs(u64::from(seconds)));
        power::start(ctx, guest, |client, at| async move {
            client.shutdown(&at, timeout).await
        })
        .await
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &PowerStep,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        power::recover(ctx, Power::Shutdown, step, before).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &PowerStep, before: &BeforeState) -> Result<Verdict> {
        power::verify(ctx, Power::Shutdown, step, before).await
    }

    fn time_limit(step: &PowerStep) -> Option<Duration> {
        Some(power::time_limit(step))
    }

    async fn left_behind(
        ctx: &Arc<Ctx>,
        step: &PowerStep,
        before: &BeforeState,
    ) -> Result<Option<String>> {
        left_locked(ctx, &step.guest, before).await
    }

    fn undo(step: &PowerStep, _before: &BeforeState) -> Option<Wish> {
        let guests = [step.guest.reference()];
        Some(Wish {
            op: "guests.start".to_owned(),
            input: json!({ "guests": guests }),
        })
    }
}
