//! Stopping a task and finding out what became of it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::error::{ErrorClass, Result};
use crate::follow::is_unknown_task;
use crate::tasks::{TaskOutcome, TaskState};
use crate::upid::Upid;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What became of a task that was to be stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopEnd {
    /// It was over before; nothing was done.
    WasOver(TaskOutcome),
    /// The signal ended it. What it was doing may be half done, and a lock of its guest may be
    /// left: look at the guest.
    Interrupted(TaskOutcome),
    /// It came to its own end before the signal did anything.
    EndedFirst(TaskOutcome),
    /// It still runs after all the patience. PVE kills it five seconds after it was asked to end,
    /// so it hangs in the kernel, mostly in a storage that does not answer.
    StillRuns,
}

/// Texts of a task that a signal ended (PVE's `RESTEnvironment`): its own handler's, and what is
/// said about one that was killed before it wrote a last line.
fn is_of_a_signal(outcome: &TaskOutcome) -> bool {
    match outcome {
        TaskOutcome::Failed(text) => {
            text.contains("received interrupt")
                || text.contains("interrupted by signal")
                || text.contains("got signal")
        }
        TaskOutcome::Unknown(_) => true,
        TaskOutcome::Ok | TaskOutcome::Warnings(_) => false,
    }
}

impl Client {
    /// Stops a task and waits at most `patience` for its end; PVE sends TERM and after five
    /// seconds KILL, so ten seconds are enough mostly. PVE answers the same whether or not the
    /// task ran, so its state is asked for before and after.
    ///
    /// Needs to be the owner of the task, or `Sys.Modify` on the node.
    pub async fn end_task(&self, upid: &Upid, patience: Duration) -> Result<StopEnd> {
        match self.task_status(upid).await {
            Ok(status) => {
                if let TaskState::Ended(outcome) = status.state {
                    return Ok(StopEnd::WasOver(outcome));
                }
            }
            Err(error) if is_unknown_task(&error) => {
                let text = "the node does not know this task".into();
                return Ok(StopEnd::WasOver(TaskOutcome::Unknown(text)));
            }
            Err(error) => return Err(error),
        }
        self.stop_task(upid).await?;
        let until = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.task_status(upid).await {
                Ok(status) => {
                    if let TaskState::Ended(outcome) = status.state {
                        let interrupted = is_of_a_signal(&outcome);
                        return Ok(if interrupted {
                            StopEnd::Interrupted(outcome)
                        } else {
                            StopEnd::EndedFirst(outcome)
                        });
                    }
                }
                Err(error) if error.class() != ErrorClass::NotSent || Instant::now() >= until => {
                    return Err(error);
                }
                Err(error) => tracing::debug!(%error, "waiting for the end of a stopped task"),
            }
            if Instant::now() >= until {
                return Ok(StopEnd::StillRuns);
            }
            sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}
