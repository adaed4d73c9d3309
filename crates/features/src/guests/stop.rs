//! `guests.stop`: pulls the plug.

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
}

pub(super) struct Stop;

impl Action for Stop {
    const NAME: &'static str = "guests.stop";
    const SUMMARY: &'static str = "Stop guests at once, like pulling the plug";
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.start",
        note: "what was in memory is lost",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = PowerStep;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<PowerStep>> {
        power::plan((ctx, call), Power::Stop, &input.guests, None).await
    }

    async fn observe(ctx: &Arc<Ctx>, step: &PowerStep) -> Result<Observed> {
        observe(ctx, &step.guest).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &PowerStep, observed: &Observed) -> Result<BeforeState> {
        power::before(ctx, step, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<PowerStep>) -> Result<Started<()>, StartError> {
        let guest = &step.step().guest;
        power::start(
            ctx,
            guest,
            |client, at| async move { client.stop(&at).await },
        )
        .await
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &PowerStep,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        power::recover(ctx, Power::Stop, step, before).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &PowerStep, before: &BeforeState) -> Result<Verdict> {
        power::verify(ctx, Power::Stop, step, before).await
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
