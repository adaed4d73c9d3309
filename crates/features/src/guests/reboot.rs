//! `guests.reboot`: shuts guests down and starts them again.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Found, Observed, Result, Risk, Started, Verdict,
    WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

pub(super) struct Reboot;

impl Action for Reboot {
    const NAME: &'static str = "guests.reboot";
    const SUMMARY: &'static str = "Restart guests properly";
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "a guest that was restarted cannot go on where it was",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = PowerStep;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<PowerStep>> {
        power::plan((ctx, call), Power::Reboot, &input.guests, input.timeout_s).await
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
            client.reboot(&at, timeout).await
        })
        .await
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &PowerStep,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        power::recover(ctx, Power::Reboot, step, before).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &PowerStep, before: &BeforeState) -> Result<Verdict> {
        power::verify(ctx, Power::Reboot, step, before).await
    }

    /// What was interrupted stays interrupted.
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

    fn undo(_step: &PowerStep, _before: &BeforeState) -> Option<Wish> {
        None
    }
}
