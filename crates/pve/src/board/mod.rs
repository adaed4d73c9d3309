//! Waiting for many tasks at once: one poller per cluster asks for the list of all tasks, instead
//! of every waiting caller asking for its own.
//!
//! `/cluster/tasks` holds what runs and the last 25 ended tasks of each node, and it is put
//! together from what the nodes tell each other, so it can be behind or, for a node that died, old.
//! Hence the rules: a task that is missing there is asked for at its node, one that runs long is
//! asked for now and then although it is listed, and a task counts as ended only when the list or
//! the node says how.

mod pace;
mod poller;
mod watched;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::error::Error;
use crate::follow::TaskEnd;
use crate::tasks::TaskOutcome;
use crate::upid::Upid;

pub use pace::BoardPace;
pub use poller::BoardPoller;

/// Commands on their way to the poller; it takes them all at once.
const QUEUE: usize = 1024;

/// Why waiting ended without an end of the task.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BoardError {
    /// The caller stopped waiting. The task goes on.
    #[error("waiting for task {0} was cancelled; the task goes on")]
    Cancelled(Upid),
    /// The poller was stopped. The task goes on.
    #[error("waiting for task {0} ended because the poller was stopped; the task goes on")]
    Stopped(Upid),
    /// More tasks than [`BoardPace::most_tasks`].
    #[error(
        "cannot wait for task {upid}: {limit} tasks are waited for; wait for some of them first"
    )]
    TooMany {
        /// The task.
        upid: Upid,
        /// The limit.
        limit: usize,
    },
    /// The cluster refused to tell about the task.
    #[error("cannot find out about task {upid}: {error}")]
    Refused {
        /// The task.
        upid: Upid,
        /// Its answer.
        error: Arc<Error>,
    },
}

type Answer = Result<TaskOutcome, BoardError>;

struct Watch {
    upid: Upid,
    answer: oneshot::Sender<Answer>,
}

/// What waiting cost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BoardCounters {
    /// Requests for the list of the cluster.
    pub cluster_lists: u64,
    /// Requests for the list of one node, for several of its tasks at once.
    pub node_lists: u64,
    /// Requests for the state of one task.
    pub checks: u64,
    /// Tasks whose end was found.
    pub ended: u64,
    /// Tasks that are waited for now.
    pub waiting: u64,
}

impl BoardCounters {
    /// All requests together; repetitions by the client come on top.
    pub fn requests(&self) -> u64 {
        self.cluster_lists + self.node_lists + self.checks
    }
}

#[derive(Debug, Default)]
struct Counting {
    cluster_lists: AtomicU64,
    node_lists: AtomicU64,
    checks: AtomicU64,
    ended: AtomicU64,
    waiting: AtomicU64,
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Where callers wait for tasks of one cluster. Clones share the poller.
///
/// ```no_run
/// # async fn example(client: pve::Client, upids: Vec<pve::Upid>) -> Result<(), pve::BoardError> {
/// use tokio_util::sync::CancellationToken;
/// let cancel = CancellationToken::new();
/// let (board, poller) = pve::TaskBoard::new(client.in_background(), pve::BoardPace::default());
/// let waiting = async {
///     let ends = board.ended_all(upids, &mut |end| println!("{} {}", end.upid, end.outcome), &cancel).await;
///     cancel.cancel(); // the poller is not needed any more
///     ends
/// };
/// let (ends, ()) = tokio::join!(waiting, poller.run(&cancel));
/// println!("{} tasks for {} requests", ends?.len(), board.counters().requests());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TaskBoard {
    commands: mpsc::Sender<Watch>,
    counting: Arc<Counting>,
}

impl fmt::Debug for TaskBoard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskBoard({:?})", self.counters())
    }
}

impl TaskBoard {
    /// A board and its poller. Nothing is asked before the poller runs and a task is waited for.
    pub fn new(client: Client, pace: BoardPace) -> (Self, BoardPoller) {
        let (commands, receiver) = mpsc::channel(QUEUE);
        let counting = Arc::new(Counting::default());
        let poller = BoardPoller::new(client, pace, receiver, Arc::clone(&counting));
        (Self { commands, counting }, poller)
    }

    /// What waiting cost so far.
    pub fn counters(&self) -> BoardCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        BoardCounters {
            cluster_lists: read(&self.counting.cluster_lists),
            node_lists: read(&self.counting.node_lists),
            checks: read(&self.counting.checks),
            ended: read(&self.counting.ended),
            waiting: read(&self.counting.waiting),
        }
    }

    /// Waits for the end of a task. A task that its node does not know, or whose node cannot be
    /// asked for [`BoardPace::give_up`], ends as [`TaskOutcome::Unknown`]. Dropping the future or
    /// firing `cancel` ends the waiting, not the task.
    pub async fn ended(
        &self,
        upid: &Upid,
        cancel: &CancellationToken,
    ) -> Result<TaskEnd, BoardError> {
        let cancelled = || Err(BoardError::Cancelled(upid.clone()));
        let waiting = cancel.run_until_cancelled(self.outcome_of(upid)).await;
        let outcome = waiting.unwrap_or_else(cancelled)?;
        Ok(TaskEnd::new(upid, outcome))
    }

    /// Waits for all of them and tells `on_end` about each as it ends; the answer is in that order
    /// too. The first task that cannot be waited for ends the waiting for all.
    pub async fn ended_all(
        &self,
        upids: impl IntoIterator<Item = Upid>,
        on_end: &mut (dyn FnMut(&TaskEnd) + Send),
        cancel: &CancellationToken,
    ) -> Result<Vec<TaskEnd>, BoardError> {
        let mut waiting: FuturesUnordered<_> = upids
            .into_iter()
            .map(|upid| async move { self.ended(&upid, cancel).await })
            .collect();
        let mut ends = Vec::with_capacity(waiting.len());
        while let Some(end) = waiting.next().await {
            let end = end?;
            on_end(&end);
            ends.push(end);
        }
        Ok(ends)
    }

    async fn outcome_of(&self, upid: &Upid) -> Answer {
        let stopped = || BoardError::Stopped(upid.clone());
        let (answer, receiver) = oneshot::channel();
        let watch = Watch {
            upid: upid.clone(),
            answer,
        };
        self.commands.send(watch).await.map_err(|_| stopped())?;
        receiver.await.map_err(|_| stopped())?
    }
}
