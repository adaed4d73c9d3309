//! What the operations share that start a task for a guest: asking, finding a lost answer by the task's
//! traces and by the world, verifying.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Action, Along, Approved, BeforeState, Call, Change, Claims, Code, Draft, DraftStep, Error,
    Found, Level, Observed, Result, Risk, Signal, Started, TaskRef, Verdict, WayBack, Wish,
    contract::StartError,
};
use pve::{Client, GuestAt, TaskOutcome, TaskRow, TaskState, Upid};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    ha_state::request_at,
    subject::{GuestRef, Looked, left_locked, observe},
    traces::{before_with_traces, new_traces},
    words::listing,
};
use crate::{cluster_error::start_error, ctx::Ctx};

/// An operation of which each step is one call for one guest that starts a task, or is done at once.
pub(super) trait Work: Send + Sync + 'static {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    const PHRASES: &'static [&'static str] = &[];
    const RISK: Risk;
    const WAY_BACK: WayBack;
    /// Kinds of tasks that the call makes, as `qmstart`.
    const TASKS: &'static [&'static str];
    /// Whether a world as promised can only come of the step.
    const WORLD_TELLS: bool = true;
    /// Whether a call whose task is lost is taken for done when the world is as promised.
    const FOUND_BY_WORLD: bool = Self::WORLD_TELLS;
    type Input: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send;
    type Step: Serialize + DeserializeOwned + Clone + Send + Sync;

    fn plan(
        ctx: &Arc<Ctx>,
        input: Self::Input,
    ) -> impl Future<Output = Result<Draft<Self::Step>>> + Send;

    /// As [`Work::plan`], for what must not choose what earlier wishes of the same plan chose.
    fn plan_beside(
        ctx: &Arc<Ctx>,
        input: Self::Input,
        _claims: &Claims,
    ) -> impl Future<Output = Result<Draft<Self::Step>>> + Send {
        Self::plan(ctx, input)
    }

    /// Whose task list shows the call.
    fn guest(step: &Self::Step) -> &GuestRef;

    fn assess(_step: &Self::Step) -> Risk {
        Self::RISK
    }

    /// As which other operations a step comes to its guest: a container is restarted when it moves.
    fn also(_step: &Self::Step) -> &'static [&'static str] {
        &[]
    }

    fn observe(ctx: &Arc<Ctx>, step: &Self::Step) -> impl Future<Output = Result<Observed>> + Send {
        async move { observe(ctx, Self::guest(step)).await }
    }

    /// What verify and undo need to know besides the facts.
    fn remember(
        _ctx: &Arc<Ctx>,
        _step: &Self::Step,
        _before: &mut BeforeState,
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// What must be at hand before the call; whatever fails here was not sent.
    fn prepare(
        _ctx: &Arc<Ctx>,
        _step: &Self::Step,
    ) -> impl Future<Output = Result<pve::Params>> + Send {
        std::future::ready(Ok(pve::Params::new()))
    }

    /// Makes the call; no task means that it is done. `prepared` is what [`Work::prepare`] gave.
    fn send(
        client: &Client,
        at: &GuestAt,
        step: &Self::Step,
        prepared: pve::Params,
    ) -> impl Future<Output = pve::Result<Option<Upid>>> + Send;

    /// After the call was made, whatever came of it: forgets what was kept for it.
    fn sent(_ctx: &Arc<Ctx>, _step: &Self::Step) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    fn verify(
        ctx: &Arc<Ctx>,
        step: &Self::Step,
        before: &BeforeState,
    ) -> impl Future<Output = Result<Verdict>> + Send;

    /// See [`Action::time_limit`].
    fn time_limit(_step: &Self::Step) -> Option<Duration> {
        None
    }

    /// See [`Action::left_behind`].
    fn left_behind(
        ctx: &Arc<Ctx>,
        step: &Self::Step,
        before: &BeforeState,
    ) -> impl Future<Output = Result<Option<String>>> + Send {
        async move { left_locked(ctx, Self::guest(step), before).await }
    }

    fn undo(step: &Self::Step, before: &BeforeState) -> Option<Wish>;
}

/// The action that a [`Work`] is.
pub(super) struct Works<W>(PhantomData<fn() -> W>);

impl<W: Work> Action for Works<W> {
    const NAME: &'static str = W::NAME;
    const SUMMARY: &'static str = W::SUMMARY;
    const PHRASES: &'static [&'static str] = W::PHRASES;
    const RISK: Risk = W::RISK;
    const WAY_BACK: WayBack = W::WAY_BACK;
    type Ctx = Ctx;
    type Input = W::Input;
    type Step = W::Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: W::Input) -> Result<Draft<W::Step>> {
        W::plan_beside(ctx, input, &call.claims).await
    }

    fn world_tells(_step: &W::Step) -> bool {
        W::WORLD_TELLS
    }

    fn assess(step: &W::Step) -> Risk {
        W::assess(step)
    }

    fn along(step: &W::Step, _observed: &Observed) -> Vec<Along> {
        also(W::guest(step), W::also(step))
    }

    async fn observe(ctx: &Arc<Ctx>, step: &W::Step) -> Result<Observed> {
        W::observe(ctx, step).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &W::Step, observed: &Observed) -> Result<BeforeState> {
        let mut before = before_with_traces(ctx, W::guest(step), observed).await?;
        W::remember(ctx, step, &mut before).await?;
        Ok(before)
    }

    async fn start(
        ctx: &Arc<Ctx>,
        approved: &Approved<W::Step>,
    ) -> Result<Started<()>, StartError> {
        let step = approved.step();
        let guest = W::guest(step);
        let client = guest.client(ctx).await.map_err(StartError::NotSent)?;
        let at = guest.at().map_err(StartError::NotSent)?;
        let prepared = W::prepare(ctx, step).await.map_err(StartError::NotSent)?;
        let sent = W::send(&client, &at, step, prepared).await;
        W::sent(ctx, step).await;
        let upid = sent.map_err(|error| start_error(&guest.cluster, &error))?;
        Ok(match upid {
            None => Started::Done(()),
            Some(upid) => Started::Task(TaskRef {
                cluster: guest.cluster.clone(),
                id: upid.as_str().to_owned(),
            }),
        })
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &W::Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        let guest = W::guest(step);
        let traces = new_traces(ctx, guest, W::TASKS, before).await?;
        match found_in(&traces, guest) {
            // The task is lost, or there was none: the world tells.
            found @ (Found::Unknown(_) | Found::NotSent)
                if W::FOUND_BY_WORLD && traces.len() < 2 =>
            {
                let is_so = W::verify(ctx, step, before).await?.ok;
                Ok(if is_so { Found::Done(None) } else { found })
            }
            found => Ok(found),
        }
    }

    async fn verify(ctx: &Arc<Ctx>, step: &W::Step, before: &BeforeState) -> Result<Verdict> {
        W::verify(ctx, step, before).await
    }

    fn time_limit(step: &W::Step) -> Option<Duration> {
        W::time_limit(step)
    }

    async fn left_behind(
        ctx: &Arc<Ctx>,
        step: &W::Step,
        before: &BeforeState,
    ) -> Result<Option<String>> {
        W::left_behind(ctx, step, before).await
    }

    fn undo(step: &W::Step, before: &BeforeState) -> Option<Wish> {
        W::undo(step, before)
    }
}

/// What new tasks of ours say about a call: none, the one that it made, or too many to tell.
pub(super) fn found_in(traces: &[(TaskRef, TaskRow)], guest: &GuestRef) -> Found {
    match traces {
        [] => Found::NotSent,
        [(task, _)] if request_at(task) => Found::Running(task.clone()),
        [(task, row)] => match &row.state {
            TaskState::Running => Found::Running(task.clone()),
            TaskState::Ended(TaskOutcome::Ok | TaskOutcome::Warnings(_)) => {
                Found::Done(Some(task.clone()))
            }
            TaskState::Ended(TaskOutcome::Failed(text)) => Found::Failed {
                task: Some(task.clone()),
                text: text.clone(),
            },
            TaskState::Ended(TaskOutcome::Unknown(text)) => Found::Unknown(text.clone()),
        },
        several => Found::Unknown(format!(
            "{} new tasks of this kind run under our name on {}",
            several.len(),
            guest.subject()
        )),
    }
}

/// A step for a guest that others of the same plan do not wait for.
pub(super) fn step_of<S>(
    looked: &Looked,
    title: String,
    change: Vec<Change>,
    step: S,
) -> DraftStep<S> {
    DraftStep {
        target: looked.guest.target(),
        title,
        depends_on: Vec::new(),
        change,
        interruption: None,
        observed: looked.observed.clone(),
        step,
    }
}

pub(super) fn change(field: &str, before: impl Into<Value>, after: impl Into<Value>) -> Change {
    Change {
        field: field.to_owned(),
        before: before.into(),
        after: after.into(),
    }
}

/// `web-02 and 3 more` for the summary of a plan.
pub(super) fn names_of(looked: &[Looked]) -> String {
    let names: Vec<&str> = looked.iter().map(|one| one.guest.name.as_str()).collect();
    listing(&names)
}

/// What PVE would refuse, told before anything is asked.
pub(super) fn why_not(looked: &Looked, why: &str, instead: &str) -> Error {
    Error::new(Code::Conflict, format!("{} {why}", looked.guest.subject())).hint(instead)
}

pub(super) fn warning(looked: &Looked, signal: &str, text: String) -> Signal {
    warning_of(&looked.guest, signal, text)
}

pub(super) fn warning_of(guest: &GuestRef, signal: &str, text: String) -> Signal {
    Signal {
        signal: signal.to_owned(),
        level: Level::Warning,
        text,
        target: Some(guest.reference()),
    }
}

/// A guest that a step is about, as other operations come to it.
pub(crate) fn also(guest: &GuestRef, ops: &[&str]) -> Vec<Along> {
    if ops.is_empty() {
        return Vec::new();
    }
    vec![Along {
        target: guest.reference(),
        ops: ops.iter().map(|op| (*op).to_owned()).collect(),
    }]
}
