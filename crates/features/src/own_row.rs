//! Changes of one row of the product's own data: schedules, runbooks, facts. A plan of them is one step, a
//! row that somebody else changed meanwhile is a refusal, and what became of a lost step the row tells.

use std::{future::Future, marker::PhantomData, sync::Arc};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Observed,
    Result, Risk, Scope, Started, Target, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::ctx::Ctx;

/// An operation that makes, changes or deletes one row.
pub(crate) trait RowChange: Send + Sync + 'static {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    const PHRASES: &'static [&'static str] = &[];
    const RISK: Risk;
    const WAY_BACK: WayBack;
    /// What a row is: `schedule`.
    const NOUN: &'static str;
    type Input: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send;
    type Step: Serialize + DeserializeOwned + Clone + Send + Sync;
    type Output: Serialize + JsonSchema + Send;

    fn plan(
        ctx: &Arc<Ctx>,
        call: &Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Planned<Self::Step>>> + Send;

    /// What people call the row.
    fn name(step: &Self::Step) -> &str;

    /// The same in a sentence, behind "the".
    fn said(step: &Self::Step) -> String {
        format!("{} {}", Self::NOUN, Self::name(step))
    }

    /// Which version of the row is there; null for none.
    fn version(ctx: &Arc<Ctx>, step: &Self::Step) -> impl Future<Output = Result<Value>> + Send;

    /// Changes it, in the name of whoever consented. Nothing when the row is not the planned one any more.
    fn change(
        ctx: &Arc<Ctx>,
        step: &Self::Step,
        by: &str,
    ) -> impl Future<Output = Result<Option<Self::Output>, StartError>> + Send;

    /// Whether the row is as promised.
    fn is_so(ctx: &Arc<Ctx>, step: &Self::Step) -> impl Future<Output = Result<bool>> + Send;

    /// What is promised, as in `is gone`, and how it is said that it is not so.
    const PROMISE: (&'static str, &'static str);

    fn undo(step: &Self::Step) -> Option<Wish>;
}

/// The one step of a plan.
pub(crate) struct Planned<S> {
    pub title: String,
    pub change: Vec<Change>,
    pub step: S,
}

/// The action that a [`RowChange`] is.
pub(crate) struct OwnRow<R>(PhantomData<fn() -> R>);

impl<R: RowChange> OwnRow<R> {
    async fn observed(ctx: &Arc<Ctx>, step: &R::Step) -> Result<Observed> {
        Ok(Observed {
            subject: format!("{} {}", R::NOUN, R::name(step)),
            state: std::iter::once(("version".to_owned(), R::version(ctx, step).await?)).collect(),
            ..Observed::default()
        })
    }
}

impl<R: RowChange> Action for OwnRow<R> {
    const NAME: &'static str = R::NAME;
    const SUMMARY: &'static str = R::SUMMARY;
    const PHRASES: &'static [&'static str] = R::PHRASES;
    const RISK: Risk = R::RISK;
    const WAY_BACK: WayBack = R::WAY_BACK;
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = R::Input;
    type Step = R::Step;
    type Output = R::Output;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: R::Input) -> Result<Draft<R::Step>> {
        let planned = R::plan(ctx, call, input).await?;
        let name = R::name(&planned.step).to_owned();
        Ok(Draft {
            summary: begun_small(&planned.title),
            steps: vec![DraftStep {
                target: Target {
                    reference: format!("{}:{name}", R::NOUN),
                    name,
                    node: None,
                    storage: None,
                },
                title: planned.title,
                depends_on: Vec::new(),
                change: planned.change,
                interruption: None,
                observed: Self::observed(ctx, &planned.step).await?,
                step: planned.step,
            }],
            preflight: Vec::new(),
            left_out: Vec::new(),
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &R::Step) -> Result<Observed> {
        Self::observed(ctx, step).await
    }

    async fn start(
        ctx: &Arc<Ctx>,
        approved: &Approved<R::Step>,
    ) -> Result<Started<R::Output>, StartError> {
        let step = approved.step();
        match R::change(ctx, step, approved.by()).await? {
            Some(output) => Ok(Started::Done(output)),
            None => Err(StartError::Refused(Error::new(
                Code::Conflict,
                format!("the {} `{}` was changed meanwhile", R::NOUN, R::name(step)),
            ))),
        }
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &R::Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if R::is_so(ctx, step).await? {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &R::Step, _before: &BeforeState) -> Result<Verdict> {
        let say = |what: &str| format!("the {} {what}", R::said(step));
        let (promised, otherwise) = R::PROMISE;
        Ok(if R::is_so(ctx, step).await? {
            Verdict::ok(say(promised))
        } else {
            Verdict::not_as_promised(say(otherwise))
        })
    }

    fn undo(step: &R::Step, _before: &BeforeState) -> Option<Wish> {
        R::undo(step)
    }
}

/// What a store's refusal of a new row means.
pub(crate) fn not_inserted(error: store::Error) -> StartError {
    let error = Error::from(error);
    match error.code {
        Code::Conflict => StartError::Refused(error),
        _ => StartError::MaybeSent(error),
    }
}

/// What a failing store leaves open: the row may be changed or not.
pub(crate) fn maybe_changed(error: store::Error) -> StartError {
    StartError::MaybeSent(error.into())
}

/// A title as the rest of a sentence: "I would … keep a note".
fn begun_small(title: &str) -> String {
    let mut signs = title.chars();
    signs
        .next()
        .map(|first| first.to_lowercase().chain(signs).collect())
        .unwrap_or_default()
}
