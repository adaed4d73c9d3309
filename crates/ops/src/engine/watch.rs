//! Looking at runs: rows, streams with replay, waiting, cancelling.

use std::{collections::VecDeque, time::Duration};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    actor::Actor,
    bus::BusEvent,
    error::{Code, Error, Result},
    ports::StoredRun,
    registry::{Registry, clip},
    run::{Run, RunEvent, StepState},
};

/// Another process may write the events: without news on the bus the ledger is read this often.
const LEDGER_POLL: Duration = Duration::from_millis(300);
const EVENTS_AT_ONCE: u32 = 256;
/// The row of a run is final a moment before its last event is there.
const LAST_WORD: Duration = Duration::from_secs(2);

/// What becomes of the tasks that a cancelled run has on the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunningTasks {
    /// They are followed to their end.
    GoOn,
    /// The cluster is asked to end them. What they were doing may be half done.
    Stop,
}

/// A watcher is told of progress this often at most, of however many steps; what is left out is newer soon.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

impl Registry {
    pub async fn run(&self, id: &str) -> Result<Run> {
        Ok(self.stored_run(id).await?.run)
    }

    pub(super) async fn stored_run(&self, id: &str) -> Result<StoredRun> {
        self.inner
            .ports
            .ledger
            .run(id)
            .await?
            .ok_or_else(|| Error::not_found(format!("there is no run `{}`", clip(id, 60))))
    }

    /// The run's events after number `after`: replayed from the ledger, then live, ending behind
    /// `run.finished`. It does not matter which process carries the run out.
    pub fn watch_run(
        &self,
        id: &str,
        after: u64,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<RunEvent>> {
        struct Watch {
            registry: Registry,
            id: String,
            last: u64,
            ready: VecDeque<RunEvent>,
            news: tokio::sync::broadcast::Receiver<BusEvent>,
            cancel: CancellationToken,
            over: bool,
            next_progress: Instant,
            /// Until when the last event of a final run is waited for.
            last_word: Option<Instant>,
        }

        impl Watch {
            /// Whether the event that was given out last is the last one of the run.
            async fn is_told(&self) -> bool {
                let ledger = &self.registry.inner.ports.ledger;
                let before = self.last.saturating_sub(1);
                ledger
                    .events_after(&self.id, before, 1)
                    .await
                    .is_ok_and(|events| {
                        events
                            .first()
                            .is_some_and(|event| event.kind == "run.finished")
                    })
            }
        }

        let watch = Watch {
            news: self.bus().listen(),
            registry: self.clone(),
            id: id.to_owned(),
            last: after,
            ready: VecDeque::new(),
            cancel,
            over: false,
            next_progress: Instant::now(),
            last_word: None,
        };
        stream::unfold(watch, |mut watch| async move {
            loop {
                if watch.over {
                    return None;
                }
                if let Some(event) = watch.ready.pop_front() {
                    watch.last = event.id;
                    if event.kind == "step.progress" {
                        let now = Instant::now();
                        if now < watch.next_progress {
                            continue;
                        }
                        watch.next_progress = now + PROGRESS_EVERY;
                    }
                    watch.over = event.kind == "run.finished";
                    return Some((Ok(event), watch));
                }
                let ledger = &watch.registry.inner.ports.ledger;
                match ledger
                    .events_after(&watch.id, watch.last, EVENTS_AT_ONCE)
                    .await
                {
                    Ok(events) if events.is_empty() => {}
                    Ok(events) => {
                        watch.ready.extend(events);
                        continue;
                    }
                    Err(error) => {
                        watch.over = true;
                        return Some((Err(error), watch));
                    }
                }
                // A final run without further events: its last event is on its way, or somebody asked for
                // numbers past it.
                match watch.registry.run(&watch.id).await {
                    Ok(run) if run.state.is_final() => {
                        let until = *watch.last_word.get_or_insert(Instant::now() + LAST_WORD);
                        if Instant::now() >= until || watch.is_told().await {
                            return None;
                        }
                    }
                    Ok(_) => {}
                    Err(error) => {
                        watch.over = true;
                        return Some((Err(error), watch));
                    }
                }
                if let Some(error) = watch.registry.carry_on_or_give_up(&watch.id) {
                    watch.over = true;
                    return Some((Err(error), watch));
                }
                tokio::select! {
                    () = watch.cancel.cancelled() => return None,
                    () = tokio::time::sleep(LEDGER_POLL) => {}
                    // What the event says does not matter, only that there was one.
                    _ = watch.news.recv() => {}
                }
            }
        })
        .boxed()
    }

    /// Waits until the run has ended, whichever process carries it out.
    pub async fn wait_for(&self, id: &str, cancel: &CancellationToken) -> Result<Run> {
        Ok(self.wait(id, cancel).await?.run)
    }

    /// Waits until the run has ended.
    pub(super) async fn wait(&self, id: &str, cancel: &CancellationToken) -> Result<StoredRun> {
        let mut events = self.watch_run(id, 0, cancel.clone());
        while let Some(event) = events.next().await {
            event?;
        }
        self.stored_run(id).await
    }

    /// Stops a run: no further step is started. What the cluster already does is followed to its end, or
    /// stopped where somebody says so; the steps tell how their tasks ended in either case.
    pub async fn cancel_run(&self, id: &str, actor: &Actor, running: RunningTasks) -> Result<Run> {
        if actor.role == crate::Role::Viewer || !actor.surface.is_a_persons() {
            return Err(Error::forbidden(format!(
                "{} may not cancel runs here",
                actor.name
            )));
        }
        self.stored_run(id).await?;
        if !self.inner.ports.ledger.request_cancel(id).await? {
            return Err(Error::new(
                Code::Conflict,
                format!("run {id} has already ended"),
            ));
        }
        if let Ok(executing) = self.inner.executing.lock()
            && let Some(token) = executing.get(id)
        {
            token.cancel();
        }
        if running == RunningTasks::Stop {
            self.stop_tasks(id).await?;
        }
        // What a dead process left is brought to its end here, unless a server does.
        self.take_up_abandoned(id).await?;
        self.run(id).await
    }

    /// Asks the cluster to end the tasks of a run. One that cannot be stopped is told and goes on.
    async fn stop_tasks(&self, id: &str) -> Result<()> {
        let ports = &self.inner.ports;
        let stored = self.stored_run(id).await?;
        for (step, memory) in stored.run.steps.iter().zip(&stored.memory) {
            let (StepState::Running, Some(task)) = (step.state, &memory.task) else {
                continue;
            };
            let line = match ports.follower.stop(task).await {
                Ok(()) => "somebody asked to stop this task".to_owned(),
                Err(error) => format!("the task could not be stopped: {}", error.sentence()),
            };
            let data = json!({ "step": step.id, "lines": [line] });
            ports
                .ledger
                .append_event(id, "step.log", &data, ports.clock.now())
                .await?;
            self.bus().emit(BusEvent {
                run_id: Some(id.to_owned()),
                ..BusEvent::new("run.event")
            });
        }
        Ok(())
    }
}
