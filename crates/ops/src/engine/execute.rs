//! Carrying a run out: which steps are ready, what follows a failure, how it ends.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::roll_back::TakenBack;
use crate::{
    bus::BusEvent,
    error::{Error, Result},
    plan::{OnFailure, Plan},
    registry::Registry,
    run::{Approval, Run, RunState, RunStep, StepMemory, StepState},
};

/// A run that does not go on.
pub(crate) struct Broken {
    since: Instant,
    tried: Instant,
    error: Error,
}

/// One run while it is carried out.
pub(super) struct Active {
    pub(super) registry: Registry,
    pub(super) run_id: String,
    pub(super) plan: Plan,
    pub(super) approval: Approval,
    /// A person asked to stop: no further step is started.
    pub(super) cancel: CancellationToken,
    /// The process stops: everything is left as it is, for the next process.
    pub(super) stop: CancellationToken,
    /// Steps that have not come to their verification yet.
    unverified: AtomicUsize,
    /// Steps whose tasks are followed right now.
    pub(super) following: AtomicUsize,
}

impl Registry {
    /// Carries the run out in the background, unless this process already does.
    pub(super) fn spawn_execution(&self, run_id: String) {
        let cancel = CancellationToken::new();
        {
            let Ok(mut executing) = self.inner.executing.lock() else {
                return;
            };
            if executing.contains_key(&run_id) {
                return;
            }
            executing.insert(run_id.clone(), cancel.clone());
        }
        let registry = self.clone();
        self.inner.ports.tasks.spawn("run", move |stop| async move {
            let work = registry.execute(&run_id, cancel, stop.clone());
            let outcome = tokio::select! {
                () = stop.cancelled() => Ok(()),
                outcome = work => outcome,
            };
            if let Err(error) = &outcome {
                // The rows say how far it came; the supervisor takes the run up again.
                tracing::error!(run.id = %run_id, %error, "run {run_id} stopped before its end");
            }
            registry.note_broken(&run_id, outcome.err());
            if let Ok(mut executing) = registry.inner.executing.lock() {
                executing.remove(&run_id);
            }
        });
    }

    /// Keeps why a run does not go on here, and since when; nothing: it does.
    fn note_broken(&self, run_id: &str, error: Option<Error>) {
        let Ok(mut broken) = self.inner.broken.lock() else {
            return;
        };
        let Some(error) = error else {
            broken.remove(run_id);
            return;
        };
        match broken.get_mut(run_id) {
            Some(known) => known.error = error,
            None => {
                let now = Instant::now();
                let known = Broken {
                    since: now,
                    tried: now,
                    error,
                };
                broken.insert(run_id.to_owned(), known);
            }
        }
    }

    /// Tries a run again whose rows could not be written, and in the end says why that is given up. Not on a
    /// server: there the supervisor tries for as long as it lives.
    pub(super) fn carry_on_or_give_up(&self, run_id: &str) -> Option<Error> {
        let patience = self.inner.options.ledger_patience;
        if self.inner.options.serves || self.executing(run_id).is_some() {
            return None;
        }
        {
            let mut broken = self.inner.broken.lock().ok()?;
            let known = broken.get_mut(run_id)?;
            if known.since.elapsed() >= patience {
                return Some(known.error.clone());
            }
            if known.tried.elapsed() < patience / 4 {
                return None;
            }
            known.tried = Instant::now();
        }
        self.spawn_execution(run_id.to_owned());
        None
    }

    async fn execute(
        &self,
        run_id: &str,
        cancel: CancellationToken,
        stop: CancellationToken,
    ) -> Result<()> {
        let stored = self.stored_run(run_id).await?;
        if stored.run.state.is_final() {
            return Ok(());
        }
        if stored.cancel_requested {
            cancel.cancel();
        }
        let ledger = &self.inner.ports.ledger;
        let plan = ledger.plan(&stored.run.plan_id).await?.ok_or_else(|| {
            Error::internal(format!("run {run_id} belongs to a plan that is gone"))
        })?;
        let mut run = stored.run;
        let mut memory = stored.memory;
        memory.resize(run.steps.len(), StepMemory::default());
        let unverified = run
            .steps
            .iter()
            .filter(|step| !step.state.is_final())
            .count();
        let active = Arc::new(Active {
            registry: self.clone(),
            run_id: run_id.to_owned(),
            plan,
            approval: stored.approval,
            cancel,
            stop,
            unverified: AtomicUsize::new(unverified),
            following: AtomicUsize::new(0),
        });
        if run.started_at.is_none() {
            run.started_at = Some(self.inner.ports.clock.now());
        }
        active.run_state(&mut run, RunState::Running).await?;
        active.carry_out(&mut run, &mut memory).await?;
        let back = active.roll_back(&run, &memory).await?;
        active.finish(run, &memory, back).await
    }
}

impl Active {
    async fn carry_out(self: &Arc<Self>, run: &mut Run, memory: &mut [StepMemory]) -> Result<()> {
        let mut in_flight = FuturesUnordered::new();
        let mut started = vec![false; run.steps.len()];
        let width = self.registry.inner.options.per_run.max(1);
        loop {
            let turn = self.turn(run);
            for at in 0..run.steps.len() {
                let (Some(step), Some(kept), Some(begun)) =
                    (run.steps.get(at), memory.get(at), started.get_mut(at))
                else {
                    continue;
                };
                if *begun || step.state.is_final() {
                    continue;
                }
                // What was sent is followed in any case: it is on the cluster already.
                if in_flight.len() >= width && step.state != StepState::Running {
                    continue;
                }
                let ready = match self.readiness(run, step, turn) {
                    // What was sent is followed whatever else happened.
                    _ if step.state == StepState::Running => Ok(true),
                    readiness => readiness,
                };
                if ready == Ok(false) {
                    continue;
                }
                *begun = true;
                let (active, step, kept) = (Arc::clone(self), step.clone(), kept.clone());
                // Everything that writes stands in the same set: a step that is not polled may hold the one
                // connection that whoever polls in its place waits for.
                in_flight.push(async move {
                    let outcome = match ready {
                        Ok(_) => active.step(step, kept).await,
                        Err(why) => active.leave_out(step, kept, why).await,
                    };
                    (at, outcome)
                });
            }
            let Some((at, outcome)) = in_flight.next().await else {
                if run.steps.iter().all(|step| step.state.is_final()) {
                    return Ok(());
                }
                return Err(Error::internal(format!(
                    "the steps of run {} wait for each other",
                    run.id
                )));
            };
            let (step, kept) = outcome?;
            if let (Some(slot), Some(slot_memory)) = (run.steps.get_mut(at), memory.get_mut(at)) {
                *slot = step;
                *slot_memory = kept;
            }
        }
    }

    /// A step that will never start, with the reason.
    async fn leave_out(
        &self,
        mut step: RunStep,
        memory: StepMemory,
        why: String,
    ) -> Result<(RunStep, StepMemory)> {
        step.state = StepState::NotExecuted;
        step.error = Some(why);
        self.save(&mut step, &memory).await?;
        self.past_verification();
        Ok((step, memory))
    }

    /// The turn that goes on: the first one of which a step has not ended.
    fn turn(&self, run: &Run) -> u32 {
        // The rows of a run stand in the order of its plan.
        let open = self.plan.steps.iter().zip(&run.steps);
        open.filter(|(_, step)| !step.state.is_final())
            .map(|(planned, _)| planned.turn)
            .min()
            .unwrap_or(u32::MAX)
    }

    /// Whether a step may start: `Ok(false)` while it waits, `Err` with the reason when it never will.
    fn readiness(&self, run: &Run, step: &RunStep, turn: u32) -> Result<bool, String> {
        let Some(planned) = self.plan.step(&step.id) else {
            return Err("the plan does not hold this step".to_owned());
        };
        // Even one that will never start keeps its place: a turn is over when the earlier ones are.
        if planned.turn > turn {
            return Ok(false);
        }
        let mut ready = true;
        for id in &planned.depends_on {
            let Some(earlier) = run.steps.iter().find(|earlier| &earlier.id == id) else {
                return Err(format!("step {id}, which comes first, is missing"));
            };
            match earlier.state {
                StepState::Done => {}
                StepState::Pending | StepState::Running => ready = false,
                StepState::Failed | StepState::NotExecuted | StepState::Unknown => {
                    return Err(format!(
                        "not started: `{}` comes first and was not done",
                        earlier.title
                    ));
                }
            }
        }
        if ready
            && self.plan.on_failure != OnFailure::Continue
            && let Some(failed) = first_failure(run)
        {
            return Err(format!(
                "not started: `{}` was not done, and the plan stops at its first failure",
                failed.title
            ));
        }
        if ready && self.cancel.is_cancelled() {
            return Err("the run was cancelled before this step".to_owned());
        }
        Ok(ready)
    }

    async fn finish(
        &self,
        mut run: Run,
        memory: &[StepMemory],
        back: Option<TakenBack>,
    ) -> Result<()> {
        let mut state = self.final_state(&run, memory);
        run.finished_at = Some(self.registry.inner.ports.clock.now());
        let mut summary = summary(&run);
        if let Some(back) = back {
            // Nothing of it is left.
            if back.is_whole && state == RunState::Partial {
                state = RunState::Failed;
            }
            summary.push_str("; ");
            summary.push_str(&back.text);
        }
        self.registry
            .inner
            .ports
            .ledger
            .unlock_all(&self.run_id)
            .await?;
        // The state first: whoever reads `run.finished` finds a final run.
        self.run_state(&mut run, state).await?;
        self.event(
            "run.finished",
            json!({ "state": state, "summary": summary }),
        )
        .await?;
        self.registry.bus().emit(BusEvent {
            plan_id: Some(run.plan_id.clone()),
            run_id: Some(run.id.clone()),
            thread: self.plan.thread.clone(),
            summary: Some(summary),
            state: Some(json!(state)),
            ..BusEvent::new("run.finished")
        });
        Ok(())
    }

    fn final_state(&self, run: &Run, memory: &[StepMemory]) -> RunState {
        let count = |state| run.steps.iter().filter(|step| step.state == state).count();
        let done = count(StepState::Done);
        if done == run.steps.len() {
            RunState::Succeeded
        } else if self.cancel.is_cancelled() {
            RunState::Cancelled
        } else if done > 0 {
            RunState::Partial
        } else if count(StepState::NotExecuted) == run.steps.len()
            && memory.iter().any(|memory| memory.refused)
        {
            RunState::Refused
        } else {
            RunState::Failed
        }
    }

    async fn run_state(&self, run: &mut Run, state: RunState) -> Result<()> {
        run.state = state;
        self.registry
            .inner
            .ports
            .ledger
            .update_run(&run.id, state, run.started_at, run.finished_at)
            .await?;
        self.event("run.state", json!({ "state": state })).await
    }

    /// A step came to its verification or ended before it. With the last one the whole run only verifies.
    pub(super) fn past_verification(&self) -> bool {
        self.unverified
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |open| {
                open.checked_sub(1)
            })
            .is_ok_and(|before| before == 1)
    }

    /// Writes a step and tells everybody.
    pub(super) async fn save(&self, step: &mut RunStep, memory: &StepMemory) -> Result<()> {
        if step.state.is_final() && step.finished_at.is_none() {
            step.finished_at = Some(self.registry.inner.ports.clock.now());
        }
        self.registry
            .inner
            .ports
            .ledger
            .update_step(&self.run_id, step, memory)
            .await?;
        self.event(
            "step.state",
            json!({
                "step": step.id, "state": step.state, "upid": step.upid, "error": step.error,
                "verify": step.verify,
            }),
        )
        .await
    }

    pub(super) async fn event(&self, kind: &str, data: Value) -> Result<()> {
        let ports = &self.registry.inner.ports;
        ports
            .ledger
            .append_event(&self.run_id, kind, &data, ports.clock.now())
            .await?;
        ports.bus.emit(BusEvent {
            run_id: Some(self.run_id.clone()),
            ..BusEvent::new("run.event")
        });
        Ok(())
    }
}

/// The first step, in the order of the plan, that ended without being done.
pub(super) fn first_failure(run: &Run) -> Option<&RunStep> {
    run.steps
        .iter()
        .find(|step| step.state.is_final() && step.state != StepState::Done)
}

/// One sentence for the verdict: counts first, then the first thing that went wrong.
fn summary(run: &Run) -> String {
    let count = |state| run.steps.iter().filter(|step| step.state == state).count();
    let done = count(StepState::Done);
    let total = run.steps.len();
    if done == total {
        return match run.steps.as_slice() {
            [only] => only.verify.as_ref().map_or_else(
                || format!("{}: done", only.title),
                |verdict| verdict.text.clone(),
            ),
            _ => format!("all {total} steps done and verified"),
        };
    }
    let parts: Vec<String> = [
        (done, "done"),
        (count(StepState::Failed), "failed"),
        (count(StepState::NotExecuted), "not executed"),
        (count(StepState::Unknown), "of unknown outcome"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, what)| format!("{n} {what}"))
    .collect();
    let trouble = run
        .steps
        .iter()
        .find(|step| step.state != StepState::Done && step.error.is_some())
        .and_then(|step| {
            step.error
                .as_deref()
                .map(|error| format!("; {}: {error}", step.title))
        })
        .unwrap_or_default();
    format!(
        "of {total} {}: {}{trouble}",
        if total == 1 { "step" } else { "steps" },
        parts.join(", ")
    )
}
