//! `pve.create`: one POST of the PVE API.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Found, Observed, Result, Risk, Started, Verdict,
    WayBack, Wish, contract::StartError,
};
use pve::Method;

use super::raw_step::{self, Input, Step};
use crate::ctx::Ctx;

pub(super) struct Create;

impl Action for Create {
    const NAME: &'static str = "pve.create";
    const SUMMARY: &'static str = "Call the PVE API: create or start something by its path (POST)";
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "only the cluster knows what the call did",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<Step>> {
        raw_step::plan(ctx, call, Method::Post, input).await
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        raw_step::observe(ctx, step).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        raw_step::before(ctx, step, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        raw_step::start(ctx, Method::Post, step).await
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        sent_at: Timestamp,
    ) -> Result<Found> {
        raw_step::recover(ctx, step, before, sent_at).await
    }

    async fn verify(_ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(raw_step::verdict(step))
    }

    /// Only the cluster knows what the call does.
    fn world_tells(_step: &Step) -> bool {
        false
    }

    fn not_rehearsable(step: &Step) -> Option<String> {
        raw_step::not_rehearsable(step)
    }

    /// Only the cluster knows what the call does.
    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}
