//! Following a wish to the HA manager to what really came of it.
//!
//! Start, stop and migration of a guest that HA manages are tasks (`hastart`, `hastop`,
//! `hamigrate`) that end at once: they only write the wish down. The manager looks at it every ten
//! seconds, and then starts a task of its own (`qmstart`, `qmigrate`, …) whose log begins with
//! `task started by HA resource agent`. What it thinks is in `/cluster/ha/status/current`; that is
//! ahead of and behind the guest, so the guest itself is asked too.

mod seen;
mod wish;

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::error::{Error, ErrorClass, ErrorKind, Result};
use crate::follow::is_unknown_task;
use crate::ids::NodeName;
use crate::path::ApiPath;
use crate::tasks::{TaskOutcome, TaskState};
use crate::transport::Method;
use crate::upid::Upid;

pub use seen::HaSeen;
pub use wish::HaWish;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const FAILURES_IN_A_ROW: u32 = 10;

/// What came of a wish.
#[derive(Debug, Clone, PartialEq)]
pub enum HaOutcome {
    /// The guest is as wished.
    Reached {
        /// Where it is.
        node: NodeName,
    },
    /// The wish could not be written down; nothing will follow.
    NotRequested(TaskOutcome),
    /// The manager tried and will not try again: its task failed with this text.
    Failed {
        /// The task.
        upid: Upid,
        /// Its text.
        text: String,
        /// Where things stood then.
        seen: HaSeen,
    },
    /// The manager gave up: the resource is in the state `error` until somebody disables it and
    /// starts it again.
    InError(HaSeen),
    /// HA does not manage the guest (any more).
    NotManaged,
    /// Somebody asked the manager for something else in between.
    Overruled(HaSeen),
    /// Not as wished, and not given up, when the time was over. Wishes for an unknown node end
    /// like this too: PVE accepts them and the manager passes over them.
    NotInTime(HaSeen),
}

/// The end of following a wish.
#[derive(Debug, Clone, PartialEq)]
pub struct HaEnd {
    /// The task that wrote the wish down.
    pub request: Upid,
    /// What was wished for; missing when the request failed or its log could not be understood.
    pub wish: Option<HaWish>,
    /// The newest task of the manager that was found for it.
    pub task: Option<Upid>,
    /// What came of it.
    pub outcome: HaOutcome,
}

/// News on the way.
#[derive(Debug, Clone, PartialEq)]
pub enum HaEvent {
    /// The manager or the guest is in another state.
    State(HaSeen),
    /// The manager started this task; follow it for its log and progress.
    Task(Upid),
}

/// Everything that is known on the way.
struct Following {
    wish: HaWish,
    seen: HaSeen,
    /// The manager has taken notice: from now on another wish is somebody else's.
    noticed: bool,
    task: Option<Upid>,
    /// Tasks that are no doing of the manager's.
    foreign: Vec<Upid>,
}

impl Client {
    /// Follows the task of a request to the HA manager (see [`Upid::only_requests`]) until the
    /// guest is as wished, the manager gave up, or `within` is over. Two to four requests every
    /// one to five seconds. Without `Sys.Audit` on `/` the manager's state is read from the list of
    /// resources, which is some seconds behind, and its tasks are not seen. Allow a start or a stop a minute, a migration as long as its disks
    /// take, and two minutes more when a node may have to be fenced.
    ///
    /// ```no_run
    /// # async fn example(client: pve::Client, guest: pve::GuestAt) -> pve::Result<()> {
    /// use std::time::Duration;
    /// let upid = client.start(&guest).await?;
    /// if upid.only_requests() {
    ///     let cancel = tokio_util::sync::CancellationToken::new();
    ///     let mut show = |event| println!("{event:?}");
    ///     let end = client.follow_ha(&upid, Duration::from_secs(90), &mut show, &cancel).await?;
    ///     println!("{:?}", end.outcome);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn follow_ha(
        &self,
        request: &Upid,
        within: Duration,
        on_event: &mut (dyn FnMut(HaEvent) + Send),
        cancel: &CancellationToken,
    ) -> Result<HaEnd> {
        let until = Instant::now() + within;
        // Reads only, so stopping between any two steps loses nothing.
        let following = self.follow_wish(request, until, on_event, cancel);
        let ended = cancel.run_until_cancelled(following).await;
        ended.unwrap_or_else(|| Err(self.ha_error(ErrorKind::Cancelled)))
    }

    fn ha_error(&self, kind: ErrorKind) -> Error {
        let path = ApiPath::fixed(&["cluster", "ha", "status", "current"]);
        Error::of_call(self.endpoint(), Method::Get, &path, kind)
    }

    async fn follow_wish(
        &self,
        request: &Upid,
        until: Instant,
        on_event: &mut (dyn FnMut(HaEvent) + Send),
        cancel: &CancellationToken,
    ) -> Result<HaEnd> {
        if !request.only_requests() {
            let text = format!("{request} is no request to the HA manager; follow the task itself");
            return Err(self.ha_error(ErrorKind::Invalid(text)));
        }
        let written = self.follow_task(request, &mut |_| (), cancel).await?;
        if !written.outcome.is_success() {
            return Ok(HaEnd {
                request: request.clone(),
                wish: None,
                task: None,
                outcome: HaOutcome::NotRequested(written.outcome),
            });
        }
        let wish = self.wish_of(request).await?;
        let mut following = Following {
            wish,
            seen: HaSeen::default(),
            noticed: false,
            task: None,
            foreign: Vec::new(),
        };
        let outcome = self
            .until_reached(request, until, &mut following, on_event)
            .await?;
        Ok(HaEnd {
            request: request.clone(),
            wish: Some(following.wish),
            task: following.task,
            outcome,
        })
    }

    /// The node of a migration is only in the log of the request.
    async fn wish_of(&self, request: &Upid) -> Result<HaWish> {
        let (lines, _) = self.task_log(request, 0, 20).await?;
        let texts = lines.iter().map(|line| line.text.as_str());
        HaWish::of_request(request.kind(), texts).ok_or_else(|| {
            let text = format!("the log of {request} does not say what was requested");
            self.ha_error(ErrorKind::Unexpected(text))
        })
    }

    async fn until_reached(
        &self,
        request: &Upid,
        until: Instant,
        following: &mut Following,
        on_event: &mut (dyn FnMut(HaEvent) + Send),
    ) -> Result<HaOutcome> {
        let mut pause = FIRST_PAUSE;
        let mut failures = 0;
        loop {
            match self.look_at_ha(request, following, on_event).await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => failures = 0,
                Err(error) if error.class() == ErrorClass::NotSent => {
                    failures += 1;
                    if failures >= FAILURES_IN_A_ROW {
                        return Err(error);
                    }
                    tracing::debug!(%error, failures, "following the HA manager");
                }
                Err(error) => return Err(error),
            }
            if Instant::now() >= until {
                return Ok(HaOutcome::NotInTime(following.seen.clone()));
            }
            sleep(pause.min(until.saturating_duration_since(Instant::now()))).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    async fn look_at_ha(
        &self,
        request: &Upid,
        following: &mut Following,
        on_event: &mut (dyn FnMut(HaEvent) + Send),
    ) -> Result<Option<HaOutcome>> {
        let Some(mut seen) = self.ha_seen(request.id()).await? else {
            return Ok(Some(HaOutcome::NotManaged));
        };
        seen.last_failure.clone_from(&following.seen.last_failure);
        if following.wish.may_be_reached(&seen) {
            seen.guest = self.ha_guest(request.id(), &seen).await?;
        }
        let news = seen != following.seen;
        following.seen = seen.clone();
        if news {
            on_event(HaEvent::State(seen.clone()));
        }
        if let Some(node) = following.wish.reached_at(&seen) {
            self.newest_task(request, following, on_event).await?;
            return Ok(Some(HaOutcome::Reached { node }));
        }
        if seen.state.as_deref() == Some("error") {
            return Ok(Some(HaOutcome::InError(seen)));
        }
        if following.wish.is_requested(&seen) {
            following.noticed = true;
        } else if following.noticed && seen.requested.is_some() {
            return Ok(Some(HaOutcome::Overruled(seen)));
        }
        let failed = self.newest_task(request, following, on_event).await?;
        match failed {
            // Starts and stops are tried again, at another node if need be; migrations are not.
            Some((upid, text)) if matches!(following.wish, HaWish::On(_)) && seen.is_settled() => {
                Ok(Some(HaOutcome::Failed { upid, text, seen }))
            }
            _ => Ok(None),
        }
    }

    /// Finds the manager's newest task for the wish; gives its text when it failed.
    async fn newest_task(
        &self,
        request: &Upid,
        following: &mut Following,
        on_event: &mut (dyn FnMut(HaEvent) + Send),
    ) -> Result<Option<(Upid, String)>> {
        let mut rows = self.cluster_tasks().await?;
        rows.retain(|row| {
            let upid = &row.upid;
            // The manager works in rounds of ten seconds; clocks of a cluster differ by less.
            let after = upid.start_time().saturating_add(5) >= request.start_time();
            after && upid.id() == request.id() && following.wish.is_done_by(upid.kind())
        });
        rows.sort_by_key(|row| std::cmp::Reverse(row.upid.start_time()));
        for row in rows {
            if following.foreign.contains(&row.upid) {
                continue;
            }
            if following.task.as_ref() != Some(&row.upid) {
                if !self.is_of_the_manager(&row.upid).await? {
                    following.foreign.push(row.upid);
                    continue;
                }
                following.task = Some(row.upid.clone());
                on_event(HaEvent::Task(row.upid.clone()));
            }
            return Ok(match row.state {
                TaskState::Ended(TaskOutcome::Failed(text) | TaskOutcome::Unknown(text)) => {
                    following.seen.last_failure = Some(text.clone());
                    Some((row.upid, text))
                }
                TaskState::Ended(_) => {
                    following.seen.last_failure = None;
                    None
                }
                TaskState::Running => None,
            });
        }
        Ok(None)
    }

    async fn is_of_the_manager(&self, upid: &Upid) -> Result<bool> {
        let (lines, _) = match self.task_log(upid, 0, 1).await {
            Err(error) if is_unknown_task(&error) => return Ok(false),
            read => read?,
        };
        let first = lines.first().map(|line| line.text.as_str());
        Ok(first == Some("task started by HA resource agent"))
    }
}
