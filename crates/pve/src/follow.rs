//! Following a task to its end: state, new log lines and progress, with pauses that grow.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::error::{Error, ErrorClass, ErrorKind, Result};
use crate::path::ApiPath;
use crate::progress::{LogProgress, TaskProgress};
use crate::tasks::{LogLine, TaskOutcome, TaskState};
use crate::transport::Method;
use crate::upid::Upid;

/// Many tasks are over at once, and long ones need no hurry.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const LINES_PER_REQUEST: u32 = 500;
/// A node that restarts its API is away for some seconds; with the growing pauses this many
/// failures in a row are at least ten.
const FAILURES_IN_A_ROW: u32 = 10;

/// Something new about a task.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskEvent {
    /// A line of its log. Each line comes once, in order.
    Log(LogLine),
    /// It is this far. Tasks with several disks or guests count each; comes after its line.
    Progress(TaskProgress),
}

/// How far the log was read.
struct Reading {
    lines_seen: u64,
    progress: LogProgress,
    since: Instant,
}

/// What the end of a task means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskEffect {
    /// What it had to do is done (when its outcome says so).
    Done,
    /// It only told the HA manager what is wanted. The guest follows some ten seconds later by
    /// another task: look at the guest itself.
    OnlyRequested,
}

/// The end of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskEnd {
    /// The task.
    pub upid: Upid,
    /// How it ended.
    pub outcome: TaskOutcome,
    /// What that means.
    pub effect: TaskEffect,
}

impl TaskEnd {
    pub(crate) fn new(upid: &Upid, outcome: TaskOutcome) -> Self {
        let effect = if upid.only_requests() {
            TaskEffect::OnlyRequested
        } else {
            TaskEffect::Done
        };
        Self {
            upid: upid.clone(),
            outcome,
            effect,
        }
    }
}

impl Client {
    /// Waits for the end of a task and reports its log and progress on the way. A node that does
    /// not answer for a while is asked again. A task the node does not know ends as
    /// [`TaskOutcome::Unknown`]. When `cancel` fires, following ends with
    /// [`ErrorKind::Cancelled`]; the task goes on (see [`Client::stop_task`]).
    ///
    /// ```no_run
    /// # async fn example(client: pve::Client, guest: pve::GuestAt) -> pve::Result<()> {
    /// let upid = client.start(&guest).await?;
    /// let cancel = tokio_util::sync::CancellationToken::new();
    /// let mut show = |event| println!("{event:?}");
    /// let end = client.follow_task(&upid, &mut show, &cancel).await?;
    /// println!("{}", end.outcome);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn follow_task(
        &self,
        upid: &Upid,
        on_event: &mut (dyn FnMut(TaskEvent) + Send),
        cancel: &CancellationToken,
    ) -> Result<TaskEnd> {
        // Reads only, so stopping between any two steps loses nothing.
        let ended = cancel
            .run_until_cancelled(self.follow(upid, on_event))
            .await;
        let outcome = ended.unwrap_or_else(|| {
            let path = ApiPath::task(upid, &["status"]);
            Err(Error::of_call(
                self.endpoint(),
                Method::Get,
                &path,
                ErrorKind::Cancelled,
            ))
        })?;
        Ok(TaskEnd::new(upid, outcome))
    }

    async fn follow(
        &self,
        upid: &Upid,
        on_event: &mut (dyn FnMut(TaskEvent) + Send),
    ) -> Result<TaskOutcome> {
        let mut reading = Reading {
            lines_seen: 0,
            progress: LogProgress::new(),
            since: Instant::now(),
        };
        let mut pause = FIRST_PAUSE;
        let mut failures = 0;
        loop {
            match self.look(upid, &mut reading, on_event).await {
                Ok(TaskState::Ended(outcome)) => return Ok(outcome),
                Ok(TaskState::Running) => failures = 0,
                Err(error) if is_unknown_task(&error) => {
                    return Ok(TaskOutcome::Unknown(
                        "the node does not know this task".into(),
                    ));
                }
                Err(error) if error.class() == ErrorClass::NotSent => {
                    failures += 1;
                    if failures >= FAILURES_IN_A_ROW {
                        return Err(error);
                    }
                    tracing::debug!(%error, failures, "following a task");
                }
                Err(error) => return Err(error),
            }
            sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// The state first, the log after it: so the last look has the whole log.
    async fn look(
        &self,
        upid: &Upid,
        reading: &mut Reading,
        on_event: &mut (dyn FnMut(TaskEvent) + Send),
    ) -> Result<TaskState> {
        let status = self.task_status(upid).await?;
        loop {
            let start = reading.lines_seen;
            let (lines, _) = self.task_log(upid, start, LINES_PER_REQUEST).await?;
            let full = lines.len() >= LINES_PER_REQUEST as usize;
            for line in lines {
                reading.lines_seen += 1;
                let at = reading.since.elapsed();
                let progress = reading.progress.read(&line.text, at);
                on_event(TaskEvent::Log(line));
                if let Some(progress) = progress {
                    on_event(TaskEvent::Progress(progress));
                }
            }
            if !full {
                return Ok(status.state);
            }
        }
    }
}

/// `400 {"upid": "no such task"}`: the node's task list is kept for a limited time.
pub(crate) fn is_unknown_task(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Parameters { errors, .. }
        if errors.get("upid").is_some_and(|text| text == "no such task"))
}
