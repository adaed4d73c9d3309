//! The three changing calls as actions: they differ in their method alone.

use std::{marker::PhantomData, sync::Arc};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, Found, Observed, Result, Risk, Started, Verdict,
    WayBack, Wish, contract::StartError,
};
use pve::Method;

use super::raw_step::{self, Input, Step};
use crate::ctx::Ctx;

/// One of the methods that change something.
pub(super) trait RawCall: Send + Sync + 'static {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    const METHOD: Method;
}

/// The action that a [`RawCall`] is.
pub(super) struct RawCalls<C>(PhantomData<fn() -> C>);

impl<C: RawCall> Action for RawCalls<C> {
    const NAME: &'static str = C::NAME;
    const SUMMARY: &'static str = C::SUMMARY;
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "only the cluster knows what the call did",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<Step>> {
        raw_step::plan(ctx, call, C::METHOD, input).await
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        raw_step::observe(ctx, step).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        raw_step::before(ctx, step, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        raw_step::start(ctx, C::METHOD, step).await
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
