//! One step, from its lock to its verdict. Each arrow of its life is a durable row before the next begins.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use serde_json::json;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Instant,
};

use super::{execute::Active, probe::Point};
use crate::{
    contract::{BeforeState, Found, StartError, Started, TaskRef, Verdict},
    difference::in_words,
    error::{Code, Error, Result},
    plan::PlanStep,
    ports::{TaskEnd, TaskNews},
    registry::ErasedAction,
    run::{RunState, RunStep, StepMemory, StepState},
};

/// How often a step asks again for a lock that another run holds.
const LOCK_POLL: Duration = Duration::from_millis(200);
/// In how many of these rounds it is looked once whether the other run's process lives.
const LOOK_AT_HOLDER: u32 = 10;
/// News of a task are written at most this often, however fast the cluster tells them.
const NEWS_INTERVAL: Duration = Duration::from_millis(250);
/// News of all steps of a run are written this often at most.
const NEWS_OF_ALL: Duration = Duration::from_millis(100);
/// How often a running task is compared with its limit.
const LIMIT_LOOK: Duration = Duration::from_secs(1);
const NEWS_BUFFER: usize = 256;
/// Lines kept of one burst of log; the rest stays on the cluster.
const LINES_PER_EVENT: usize = 50;
/// "Certainly not sent" twice in a row means that sending does not work.
const MAX_SENDS: u32 = 2;

/// What came of following a task.
enum Followed {
    End(TaskEnd),
    TooLong(String),
}

enum Phase {
    Send,
    FindOut(Timestamp),
    Follow(TaskRef),
    Verify,
    Over,
}

impl Active {
    /// Runs one step to its end. An error means that the ledger failed or the process stops: nothing
    /// further may be done, and the rows stay as they are.
    pub(super) async fn step(
        self: Arc<Self>,
        mut step: RunStep,
        mut memory: StepMemory,
    ) -> Result<(RunStep, StepMemory)> {
        let Some(planned) = self.plan.step(&step.id).cloned() else {
            return Err(Error::internal(format!(
                "step {} is not in its plan",
                step.id
            )));
        };
        let registry = self.registry.clone();
        let Ok((_, action)) = registry.action(&planned.op) else {
            end(
                &mut step,
                StepState::NotExecuted,
                format!("this version has no `{}`", planned.op),
            );
            self.save(&mut step, &memory).await?;
            self.past_verification();
            return Ok((step, memory));
        };
        // The guest before the node: who waits for a guest must not take up a place that its holder needs.
        if self.lock(&planned, &step).await? {
            let _lanes = self.lanes(&planned).await?;
            let mut phase = resume(&step, &memory);
            let mut sends = 0;
            while !matches!(phase, Phase::Over) {
                phase = match phase {
                    Phase::Send if sends >= MAX_SENDS => {
                        let why = step.error.take().unwrap_or_default();
                        end(&mut step, StepState::NotExecuted, why);
                        Phase::Over
                    }
                    Phase::Send => {
                        sends += 1;
                        self.send(action, &planned, &mut step, &mut memory).await?
                    }
                    Phase::FindOut(sent_at) => {
                        self.settle(action, &planned, sent_at, &mut step, &mut memory)
                            .await?
                    }
                    Phase::Follow(task) => {
                        self.follow(action, &planned, &task, &mut step, &memory)
                            .await?
                    }
                    Phase::Verify => {
                        self.verify(action, &planned, &mut step, &mut memory)
                            .await?;
                        Phase::Over
                    }
                    Phase::Over => Phase::Over,
                };
            }
            self.tell_what_is_left(action, &planned, &mut step, &memory)
                .await;
        } else {
            end(
                &mut step,
                StepState::NotExecuted,
                "the run was cancelled before this step".to_owned(),
            );
        }
        if memory.sent_at.is_some() {
            registry.inner.ports.follower.changed(&planned.target);
        }
        self.save(&mut step, &memory).await?;
        registry
            .inner
            .ports
            .ledger
            .unlock(&planned.target, &self.run_id)
            .await?;
        Ok((step, memory))
    }

    /// Compares the world once more, writes "about to send", sends.
    async fn send(
        &self,
        action: &dyn ErasedAction,
        planned: &PlanStep,
        step: &mut RunStep,
        memory: &mut StepMemory,
    ) -> Result<Phase> {
        if self.cancel.is_cancelled() {
            end(
                step,
                StepState::NotExecuted,
                "the run was cancelled before this step".to_owned(),
            );
            self.past_verification();
            return Ok(Phase::Over);
        }
        let observed = match action.observe(&planned.input).await {
            Ok(observed) => observed,
            Err(error) => {
                end(step, StepState::NotExecuted, error.sentence());
                self.past_verification();
                return Ok(Phase::Over);
            }
        };
        let alone = !self.plan.follows_on_same_target(planned);
        let differences = planned.preconditions.differences(&observed, alone);
        if !differences.is_empty() {
            memory.refused = true;
            end(
                step,
                StepState::NotExecuted,
                format!(
                    "the cluster changed since the plan was made: {}; plan again",
                    in_words(&differences)
                ),
            );
            self.past_verification();
            return Ok(Phase::Over);
        }
        match action.before(&planned.input, &observed).await {
            Ok(before) => memory.before = Some(before),
            Err(error) => {
                end(step, StepState::NotExecuted, error.sentence());
                self.past_verification();
                return Ok(Phase::Over);
            }
        }
        let now = self.registry.inner.ports.clock.now();
        step.state = StepState::Running;
        step.started_at = step.started_at.or(Some(now));
        step.error = None;
        memory.sent_at = Some(now);
        memory.task = None;
        memory.answered = false;
        self.save(step, memory).await?;
        self.reached(Point::BeforeSend, step).await;

        match action
            .start(
                &self.registry.inner.gate,
                &self.plan,
                &self.approval,
                planned,
            )
            .await
        {
            Ok(Started::Task(task)) => {
                self.reached(Point::AfterAnswer, step).await;
                self.keep_task(task.clone(), step, memory).await?;
                self.reached(Point::AfterRow, step).await;
                Ok(Phase::Follow(task))
            }
            Ok(Started::Done(output)) => {
                self.reached(Point::AfterAnswer, step).await;
                memory.output = Some(output);
                memory.answered = true;
                self.save(step, memory).await?;
                self.reached(Point::AfterRow, step).await;
                Ok(Phase::Verify)
            }
            Err(StartError::NotSent(error)) => {
                // The gate said no: rules, a freeze or a right changed since the approval.
                memory.refused = error.code == Code::Forbidden;
                end(step, StepState::NotExecuted, error.sentence());
                self.past_verification();
                Ok(Phase::Over)
            }
            Err(StartError::Refused(error)) => {
                end(step, StepState::Failed, error.sentence());
                self.past_verification();
                Ok(Phase::Over)
            }
            Err(StartError::MaybeSent(error)) => {
                tracing::warn!(run.id = %self.run_id, step.id = %step.id, %error, "the answer of the cluster was lost");
                step.error = Some(error.message);
                self.reached(Point::AfterSend, step).await;
                Ok(Phase::FindOut(now))
            }
        }
    }

    /// A step that began and was not done may have left something in the world; whoever reads of the failure
    /// has to know.
    async fn tell_what_is_left(
        &self,
        action: &dyn ErasedAction,
        planned: &PlanStep,
        step: &mut RunStep,
        memory: &StepMemory,
    ) {
        let has_begun = memory.task.is_some() || memory.answered;
        let (true, StepState::Failed | StepState::Unknown, Some(before)) =
            (has_begun, step.state, &memory.before)
        else {
            return;
        };
        let left = match action.left_behind(&planned.input, before).await {
            Ok(None) => return,
            Ok(Some(left)) => left,
            // That nobody knows how it ended was said already, and why.
            Err(_) if step.state == StepState::Unknown => return,
            Err(error) => format!(
                "whether it left something behind could not be looked at: {}",
                error.sentence()
            ),
        };
        step.error = Some(match step.error.take() {
            Some(error) => format!("{error}; {left}"),
            None => left,
        });
    }

    async fn reached(&self, point: Point, step: &RunStep) {
        if let Some(probe) = &self.registry.inner.options.probe {
            probe.reached(point, &self.run_id, &step.id).await;
        }
    }

    /// The answer is missing: what became of the request?
    async fn settle(
        &self,
        action: &dyn ErasedAction,
        planned: &PlanStep,
        sent_at: Timestamp,
        step: &mut RunStep,
        memory: &mut StepMemory,
    ) -> Result<Phase> {
        let before = memory.before.clone().unwrap_or_default();
        let found = self
            .registry
            .find_out(action, planned, &before, sent_at, &self.stop)
            .await;
        let Some(found) = found else {
            return Err(stopping());
        };
        Ok(match found {
            Found::NotSent => Phase::Send,
            Found::Running(task) => {
                self.keep_task(task.clone(), step, memory).await?;
                Phase::Follow(task)
            }
            Found::Done(task) => {
                if let Some(task) = task {
                    self.keep_task(task, step, memory).await?;
                }
                Phase::Verify
            }
            Found::Failed { task, text } => {
                if let Some(task) = task {
                    self.keep_task(task, step, memory).await?;
                }
                end(step, StepState::Failed, text);
                self.past_verification();
                Phase::Over
            }
            Found::Unknown(text) => {
                end(step, StepState::Unknown, text);
                self.past_verification();
                Phase::Over
            }
        })
    }

    async fn keep_task(
        &self,
        task: TaskRef,
        step: &mut RunStep,
        memory: &mut StepMemory,
    ) -> Result<()> {
        step.upid = Some(task.id.clone());
        step.error = None;
        memory.task = Some(task);
        self.save(step, memory).await
    }

    /// Follows the task on the cluster to its end, whatever happens to the connection meanwhile.
    async fn follow(
        &self,
        action: &dyn ErasedAction,
        planned: &PlanStep,
        task: &TaskRef,
        step: &mut RunStep,
        memory: &StepMemory,
    ) -> Result<Phase> {
        let longest = self.registry.inner.options.step_limit;
        // A step of another version that cannot be read any more is followed all the same: it was sent.
        let own = action.time_limit(&planned.input).ok().flatten();
        let limit = own.unwrap_or(longest);
        let limit = Limit {
            // A process that takes the step up later does not begin to count anew.
            from: memory
                .sent_at
                .unwrap_or_else(|| self.registry.inner.ports.clock.now()),
            time: limit.min(longest),
        };
        let end_of_task = match self.task_end(task, step, limit).await? {
            Followed::End(end) => end,
            // It may still end well: neither done nor failed would be true.
            Followed::TooLong(text) => {
                end(step, StepState::Unknown, text);
                self.past_verification();
                return Ok(Phase::Over);
            }
        };
        Ok(match end_of_task {
            TaskEnd::Ok => Phase::Verify,
            TaskEnd::Warnings(count) => {
                let text = format!("the task ended with {count} warnings");
                self.event("step.log", json!({ "step": step.id, "lines": [text] }))
                    .await?;
                Phase::Verify
            }
            TaskEnd::Failed(text) => {
                end(step, StepState::Failed, text);
                self.past_verification();
                Phase::Over
            }
            // The task is lost, the world is not: it tells whether the step took effect.
            TaskEnd::Unknown(text)
                if memory.before.is_some()
                    && action.world_tells(&planned.input).unwrap_or(true) =>
            {
                step.error = Some(text);
                Phase::Verify
            }
            TaskEnd::Unknown(text) => {
                end(step, StepState::Unknown, text);
                self.past_verification();
                Phase::Over
            }
        })
    }

    async fn task_end(&self, task: &TaskRef, step: &RunStep, limit: Limit) -> Result<Followed> {
        let ports = &self.registry.inner.ports;
        let begun = ports.clock.now();
        // First the task is asked: one that has ended was not too slow, whatever a clock says that jumped.
        let mut look = tokio::time::interval_at(Instant::now() + LIMIT_LOOK, LIMIT_LOOK);
        let mut wait = Duration::from_millis(500);
        let _following = Following::one_more(&self.following);
        loop {
            let (sender, mut receiver) = mpsc::channel(NEWS_BUFFER);
            let mut on_news = move |news| {
                // A full buffer means that the cluster tells faster than anybody reads.
                let _ = sender.try_send(news);
            };
            let follow = ports.follower.follow(task, &mut on_news, &self.stop);
            tokio::pin!(follow);
            let mut pending = Pending::default();
            let outcome = loop {
                tokio::select! {
                    outcome = &mut follow => break outcome,
                    Some(news) = receiver.recv() => pending.take(news),
                    _ = look.tick() => {
                        if ports.clock.now() >= limit.from + limit.time {
                            return Ok(Followed::TooLong(format!(
                                "no end of its task was seen within {}, and it is not followed any longer; the \
                                 cluster may go on with it: {}",
                                span(limit.time),
                                task.id
                            )));
                        }
                    }
                    () = tokio::time::sleep_until(pending.next), if pending.any() => {
                        self.tell(step, &mut pending).await?;
                    }
                }
            };
            while let Ok(news) = receiver.try_recv() {
                pending.take(news);
            }
            self.tell(step, &mut pending).await?;
            if self.stop.is_cancelled() {
                return Err(stopping());
            }
            match outcome {
                Ok(end) => return Ok(Followed::End(end)),
                Err(error) if !matches!(error.code, Code::ClusterUnreachable | Code::TimedOut) => {
                    return Ok(Followed::End(TaskEnd::Unknown(error.sentence())));
                }
                Err(error)
                    if ports.clock.now()
                        >= begun + self.registry.inner.options.recover_patience =>
                {
                    return Ok(Followed::End(TaskEnd::Unknown(error.sentence())));
                }
                Err(error) => {
                    tracing::warn!(run.id = %self.run_id, %error, "the task cannot be followed right now");
                }
            }
            ports.clock.sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }

    async fn tell(&self, step: &RunStep, pending: &mut Pending) -> Result<()> {
        if let Some((percent, rate, eta_s)) = pending.progress.take() {
            let data = json!({ "step": step.id, "percent": percent, "rate": rate, "eta_s": eta_s });
            self.event("step.progress", data).await?;
        }
        if !pending.lines.is_empty() {
            let mut lines = std::mem::take(&mut pending.lines);
            if lines.len() > LINES_PER_EVENT {
                let left_out = lines.len() - LINES_PER_EVENT;
                lines.drain(..left_out);
                lines.insert(0, format!("({left_out} lines left out)"));
            }
            self.event("step.log", json!({ "step": step.id, "lines": lines }))
                .await?;
        }
        // All steps of a run together tell about as much as one of them would.
        let steps = u32::try_from(self.following.load(Ordering::Acquire)).unwrap_or(u32::MAX);
        pending.next = Instant::now() + NEWS_INTERVAL.max(NEWS_OF_ALL.saturating_mul(steps));
        Ok(())
    }

    /// Looks until the world is as promised, or patience ends.
    async fn verify(
        &self,
        action: &dyn ErasedAction,
        planned: &PlanStep,
        step: &mut RunStep,
        memory: &mut StepMemory,
    ) -> Result<()> {
        let ports = &self.registry.inner.ports;
        if self.past_verification() {
            ports
                .ledger
                .update_run(&self.run_id, RunState::Verifying, None, None)
                .await?;
            self.event("run.state", json!({ "state": RunState::Verifying }))
                .await?;
        }
        let before = memory
            .before
            .clone()
            .unwrap_or_else(|| BeforeState::from(&planned.preconditions));
        let begun = ports.clock.now();
        let usual = self.registry.inner.options.verify_patience;
        let patience = usual.max(action.verify_patience());
        let mut wait = Duration::from_millis(100);
        let outcome: Result<Verdict> = loop {
            let outcome = action.verify(&planned.input, &before).await;
            let over = ports.clock.now() >= begun + patience;
            match outcome {
                Ok(verdict) if verdict.ok || over => break Ok(verdict),
                Err(error) if over => break Err(error),
                Ok(_) | Err(_) => {}
            }
            tokio::select! {
                () = self.stop.cancelled() => return Err(stopping()),
                () = ports.clock.sleep(wait) => {}
            }
            wait = (wait * 2).min(Duration::from_secs(2));
        };
        match outcome {
            Ok(verdict) if verdict.ok => {
                // The inverse rests on the world before, which only this moment knows.
                memory.undo = action.undo(&planned.input, &before)?;
                step.state = StepState::Done;
                step.error = None;
                step.verify = Some(verdict);
            }
            Ok(verdict) => {
                end(
                    step,
                    StepState::Failed,
                    format!("not as promised: {}", verdict.text),
                );
                step.verify = Some(verdict);
            }
            Err(error) => {
                end(
                    step,
                    StepState::Unknown,
                    format!("it could not be verified: {}", error.sentence()),
                );
            }
        }
        Ok(())
    }

    /// Waits for the target's lock; false when the run was cancelled meanwhile.
    async fn lock(&self, planned: &PlanStep, step: &RunStep) -> Result<bool> {
        let ledger = &self.registry.inner.ports.ledger;
        // The run that was told of last.
        let mut told = None;
        let mut round = 0_u32;
        loop {
            if ledger.lock(&planned.target, &self.run_id).await? {
                return Ok(true);
            }
            if round.is_multiple_of(LOOK_AT_HOLDER)
                && let Some(holder) = ledger.lock_holder(&planned.target).await?
            {
                // Without a server nobody else would end it.
                self.registry.take_up_abandoned(&holder).await?;
                if told.as_ref() != Some(&holder) {
                    let line = format!("waiting: another run works on {}", planned.target_name);
                    let data = json!({ "step": step.id, "lines": [line], "waits_for": holder });
                    self.event("step.log", data).await?;
                    told = Some(holder);
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => return Err(stopping()),
                () = self.cancel.cancelled() => {
                    self.past_verification();
                    return Ok(false);
                }
                () = tokio::time::sleep(LOCK_POLL) => {}
            }
            round = round.wrapping_add(1);
        }
    }

    /// Takes a place on the node and on the storage of the step.
    async fn lanes(&self, planned: &PlanStep) -> Result<Vec<OwnedSemaphorePermit>> {
        let options = &self.registry.inner.options;
        let cluster = planned.target.split('/').next().unwrap_or_default();
        let wanted = [
            planned
                .node
                .as_ref()
                .map(|node| (format!("{cluster}/node/{node}"), options.per_node)),
            planned
                .storage
                .as_ref()
                .map(|s| (format!("{cluster}/storage/{s}"), options.per_storage)),
        ];
        let mut permits = Vec::new();
        for (key, width) in wanted.into_iter().flatten() {
            let lane = {
                let mut lanes = self
                    .registry
                    .inner
                    .lanes
                    .lock()
                    .map_err(|_| Error::internal("the table of lanes is broken"))?;
                Arc::clone(
                    lanes
                        .entry(key)
                        .or_insert_with(|| Arc::new(Semaphore::new(width.max(1)))),
                )
            };
            let permit = lane
                .acquire_owned()
                .await
                .map_err(|_| Error::internal("a lane was closed"))?;
            permits.push(permit);
        }
        Ok(permits)
    }
}

/// How long a task is followed, and since when.
#[derive(Clone, Copy)]
struct Limit {
    from: Timestamp,
    time: Duration,
}

/// Counts a step whose task is followed, until it is not.
struct Following<'a>(&'a AtomicUsize);

impl<'a> Following<'a> {
    fn one_more(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A length of time for people: `24 h`, `90 s`.
fn span(time: Duration) -> String {
    match time.as_secs() {
        hours if hours >= 7200 => format!("{} h", hours / 3600),
        minutes if minutes >= 120 => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}

/// News of a task that wait to be written.
struct Pending {
    progress: Option<(f64, Option<String>, Option<u64>)>,
    lines: Vec<String>,
    next: Instant,
}

impl Default for Pending {
    fn default() -> Self {
        Self {
            progress: None,
            lines: Vec::new(),
            next: Instant::now(),
        }
    }
}

impl Pending {
    fn any(&self) -> bool {
        self.progress.is_some() || !self.lines.is_empty()
    }

    fn take(&mut self, news: TaskNews) {
        match news {
            TaskNews::Progress {
                percent,
                rate,
                eta_s,
            } => self.progress = Some((percent, rate, eta_s)),
            TaskNews::Log(lines) => self.lines.extend(lines),
        }
    }
}

/// Where a step goes on that an earlier process left.
fn resume(step: &RunStep, memory: &StepMemory) -> Phase {
    match (step.state, &memory.task, memory.sent_at) {
        (StepState::Running, Some(task), _) => Phase::Follow(task.clone()),
        (StepState::Running, None, Some(_)) if memory.answered || memory.output.is_some() => {
            Phase::Verify
        }
        (StepState::Running, None, Some(sent_at)) => Phase::FindOut(sent_at),
        _ => Phase::Send,
    }
}

fn end(step: &mut RunStep, state: StepState, error: String) {
    step.state = state;
    step.error = Some(error);
}

fn stopping() -> Error {
    Error::new(Code::Cancelled, "the process is stopping")
}
