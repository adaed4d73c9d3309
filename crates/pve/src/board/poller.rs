//! The poller of a board: a list, then questions about what the list does not tell.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::pace::BoardPace;
use super::watched::Watched;
use super::{Answer, BoardError, Counting, Watch, add_one};
use crate::client::Client;
use crate::error::{Error, ErrorClass, Result};
use crate::follow::is_unknown_task;
use crate::ids::NodeName;
use crate::tasks::{TaskFilter, TaskOutcome, TaskRow, TaskSource, TaskState};
use crate::upid::Upid;

/// From this many tasks of one node on its list is cheaper than questions.
const TASKS_FOR_A_LIST: usize = 3;
const ROWS_OF_A_NODE: u32 = 500;
const AT_ONCE: usize = 8;
const LEAST_PATIENCE: Duration = Duration::from_secs(5);
const SLOW: &str = "the node did not answer in time";

type Observer = Box<dyn Fn(&[TaskRow]) + Send + Sync>;

/// Asks the cluster for a [`super::TaskBoard`]. Run one per cluster.
pub struct BoardPoller {
    client: Client,
    pace: BoardPace,
    commands: mpsc::Receiver<Watch>,
    counting: Arc<Counting>,
    watched: HashMap<Upid, Watched>,
    /// Since when nobody gives the list of the cluster.
    away_since: Option<Instant>,
    observer: Option<Observer>,
}

impl BoardPoller {
    pub(super) fn new(
        client: Client,
        pace: BoardPace,
        commands: mpsc::Receiver<Watch>,
        counting: Arc<Counting>,
    ) -> Self {
        Self {
            client,
            pace,
            commands,
            counting,
            watched: HashMap::new(),
            away_since: None,
            observer: None,
        }
    }

    /// Shows every list, of tasks of all origins, to `observer`; a cache learns there what changed.
    #[must_use]
    pub fn observed_by(mut self, observer: impl Fn(&[TaskRow]) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Asks as long as somebody waits, and rests otherwise. Ends when `cancel` fires or when all
    /// boards are gone; who still waits then gets [`BoardError::Stopped`].
    pub async fn run(mut self, cancel: &CancellationToken) {
        // Reads only, so stopping between any two steps loses nothing.
        cancel.run_until_cancelled(self.poll()).await;
        for (upid, watched) in std::mem::take(&mut self.watched) {
            watched.answer(&Err(BoardError::Stopped(upid)));
        }
        self.counting.waiting.store(0, Ordering::Relaxed);
    }

    async fn poll(&mut self) {
        let mut pause = self.pace.shortest_pause;
        loop {
            if self.watched.is_empty() {
                let Some(watch) = self.commands.recv().await else {
                    return;
                };
                self.add(watch);
                pause = self.pace.pause(pause, true);
            }
            while let Ok(watch) = self.commands.try_recv() {
                self.add(watch);
            }
            self.watched.retain(|_, watched| watched.is_wanted());
            self.count_waiting();
            if self.watched.is_empty() {
                continue;
            }
            let before = self.watched.len();
            self.round().await;
            pause = self.pace.pause(pause, self.watched.len() < before);
            self.count_waiting();
            self.rest(Instant::now(), pause).await;
        }
    }

    /// Takes new tasks while it rests; they make the rest short.
    async fn rest(&mut self, from: Instant, mut pause: Duration) {
        loop {
            tokio::select! {
                () = sleep_until(from + pause) => return,
                watch = self.commands.recv(), if !self.commands.is_closed() => {
                    let Some(watch) = watch else { continue };
                    self.add(watch);
                    pause = self.pace.pause(pause, true);
                }
            }
        }
    }

    fn add(&mut self, watch: Watch) {
        let Watch { upid, answer } = watch;
        let limit = self.pace.most_tasks;
        if self.watched.len() >= limit && !self.watched.contains_key(&upid) {
            answer.send(Err(BoardError::TooMany { upid, limit })).ok();
            return;
        }
        let fresh = || Watched::new(Instant::now(), &self.pace);
        self.watched.entry(upid).or_insert_with(fresh).add(answer);
    }

    fn count_waiting(&self) {
        let waiting = self.watched.len() as u64;
        self.counting.waiting.store(waiting, Ordering::Relaxed);
    }

    async fn round(&mut self) {
        add_one(&self.counting.cluster_lists);
        match self.client.cluster_tasks().await {
            Ok(rows) => {
                self.away_since = None;
                self.compare(&rows);
            }
            Err(error) if error.class() == ErrorClass::NotSent => {
                // Questions would fail too.
                self.nobody_answers(&error);
                return;
            }
            // Without a list every task is missing, and is asked for one by one.
            Err(error) => {
                tracing::warn!(%error, "no list of the cluster's tasks");
                self.compare(&[]);
            }
        }
        self.ask_nodes().await;
        self.ask_for_tasks().await;
    }

    fn compare(&mut self, rows: &[TaskRow]) {
        self.observe(rows);
        let states: HashMap<&Upid, &TaskState> =
            rows.iter().map(|row| (&row.upid, &row.state)).collect();
        let now = Instant::now();
        let mut ended = Vec::new();
        for (upid, watched) in &mut self.watched {
            match states.get(upid) {
                Some(TaskState::Ended(TaskOutcome::Unknown(_))) => watched.ended_somehow(now),
                Some(TaskState::Ended(outcome)) => ended.push((upid.clone(), outcome.clone())),
                Some(TaskState::Running) => watched.seen_running(now, &self.pace),
                None => watched.missing(now, &self.pace),
            }
        }
        for (upid, outcome) in ended {
            self.finish(&upid, &Ok(outcome));
        }
    }

    fn nobody_answers(&mut self, error: &Error) {
        let now = Instant::now();
        let since = *self.away_since.get_or_insert(now);
        tracing::debug!(%error, "no list of the cluster's tasks");
        if now.saturating_duration_since(since) < self.pace.give_up {
            return;
        }
        let outcome = self.not_answered(&error.to_string());
        for upid in self.watched.keys().cloned().collect::<Vec<_>>() {
            self.finish(&upid, &Ok(outcome.clone()));
        }
        self.away_since = None;
    }

    fn not_answered(&self, error: &str) -> TaskOutcome {
        let seconds = self.pace.give_up.as_secs();
        TaskOutcome::Unknown(format!("nobody could be asked for {seconds} s: {error}"))
    }

    fn due(&self, now: Instant) -> Vec<(Upid, Instant)> {
        let due = self
            .watched
            .iter()
            .filter(|(_, watched)| watched.is_due(now));
        let mut due: Vec<_> = due
            .map(|(upid, watched)| (upid.clone(), watched.due_since()))
            .collect();
        due.sort_by(|(upid, since), (other, later)| {
            since
                .cmp(later)
                .then_with(|| upid.as_str().cmp(other.as_str()))
        });
        due
    }

    /// Many short tasks push each other out of the list, and many long ones are due at the same
    /// time: their node tells about all of them in one answer.
    async fn ask_nodes(&mut self) {
        let mut due: HashMap<NodeName, (usize, u32)> = HashMap::new();
        for (upid, _) in self.due(Instant::now()) {
            let (count, oldest) = due.entry(upid.node().clone()).or_insert((0, u32::MAX));
            *count += 1;
            *oldest = (*oldest).min(upid.start_time());
        }
        due.retain(|_, (count, _)| *count >= TASKS_FOR_A_LIST);
        let lists: Vec<(NodeName, Option<Result<Vec<TaskRow>>>)> = {
            let this = &*self;
            let asking = due.into_iter().map(|(node, (_, since))| async move {
                let list = timeout(this.patience(), this.list_of(&node, since)).await;
                (node, list.ok())
            });
            stream::iter(asking)
                .buffer_unordered(AT_ONCE)
                .collect()
                .await
        };
        for (node, list) in lists {
            match list {
                Some(Ok(rows)) => self.read_node(&rows),
                Some(Err(error)) if error.class() != ErrorClass::NotSent => {
                    // Its tasks are still due, so they are asked for one by one.
                    tracing::debug!(%error, "no list of a node's tasks");
                }
                Some(Err(error)) => self.node_is_silent(&node, &error.to_string()),
                None => self.node_is_silent(&node, SLOW),
            }
        }
    }

    /// One node that does not answer must not hold up the others for long.
    fn patience(&self) -> Duration {
        self.pace.longest_pause.max(LEAST_PATIENCE)
    }

    fn node_is_silent(&mut self, node: &NodeName, reason: &str) {
        let due = self.due(Instant::now());
        for (upid, _) in due.iter().filter(|(upid, _)| upid.node() == node) {
            self.not_asked(upid, reason);
        }
    }

    fn not_asked(&mut self, upid: &Upid, reason: &str) {
        let now = Instant::now();
        let watched = self.watched.get_mut(upid);
        if watched.is_some_and(|watched| watched.not_asked(now, &self.pace)) {
            let outcome = self.not_answered(reason);
            self.finish(upid, &Ok(outcome));
        }
    }

    async fn list_of(&self, node: &NodeName, since: u32) -> Result<Vec<TaskRow>> {
        add_one(&self.counting.node_lists);
        let filter = TaskFilter {
            source: TaskSource::All,
            since: Some(u64::from(since)),
            limit: ROWS_OF_A_NODE,
            ..TaskFilter::default()
        };
        self.client.node_tasks(node, &filter).await
    }

    fn read_node(&mut self, rows: &[TaskRow]) {
        self.observe(rows);
        let now = Instant::now();
        for row in rows {
            match &row.state {
                // How it ended is asked of the task itself.
                TaskState::Ended(TaskOutcome::Unknown(_)) => {}
                TaskState::Ended(outcome) => self.finish(&row.upid, &Ok(outcome.clone())),
                TaskState::Running => {
                    if let Some(watched) = self.watched.get_mut(&row.upid)
                        && watched.is_due(now)
                    {
                        watched.goes_on(now, &self.pace);
                    }
                }
            }
        }
    }

    async fn ask_for_tasks(&mut self) {
        let mut due = self.due(Instant::now());
        due.truncate(self.pace.checks_per_round.max(1));
        let answers: Vec<(Upid, Option<Result<TaskState>>)> = {
            let this = &*self;
            let asking = due.into_iter().map(|(upid, _)| async move {
                add_one(&this.counting.checks);
                let state = timeout(this.patience(), this.client.task_status(&upid)).await;
                let state = state.ok();
                (upid, state.map(|state| state.map(|status| status.state)))
            });
            stream::iter(asking)
                .buffer_unordered(AT_ONCE)
                .collect()
                .await
        };
        for (upid, state) in answers {
            match state {
                Some(state) => self.take_state(&upid, state),
                None => self.not_asked(&upid, SLOW),
            }
        }
    }

    fn take_state(&mut self, upid: &Upid, state: Result<TaskState>) {
        let now = Instant::now();
        let Some(watched) = self.watched.get_mut(upid) else {
            return;
        };
        match state {
            Ok(TaskState::Running) => watched.goes_on(now, &self.pace),
            Ok(TaskState::Ended(outcome)) => {
                self.observe(&[TaskRow {
                    upid: upid.clone(),
                    state: TaskState::Ended(outcome.clone()),
                    end_time: None,
                }]);
                self.finish(upid, &Ok(outcome));
            }
            Err(error) if is_unknown_task(&error) => {
                let outcome = TaskOutcome::Unknown("the node does not know this task".into());
                self.finish(upid, &Ok(outcome));
            }
            Err(error) if error.class() == ErrorClass::NotSent => {
                self.not_asked(upid, &error.to_string());
            }
            Err(error) => {
                let error = Arc::new(error);
                self.finish(
                    upid,
                    &Err(BoardError::Refused {
                        upid: upid.clone(),
                        error,
                    }),
                );
            }
        }
    }

    fn finish(&mut self, upid: &Upid, answer: &Answer) {
        if let Some(watched) = self.watched.remove(upid) {
            add_one(&self.counting.ended);
            watched.answer(answer);
        }
    }

    fn observe(&self, rows: &[TaskRow]) {
        if let Some(observer) = &self.observer {
            observer(rows);
        }
    }
}
