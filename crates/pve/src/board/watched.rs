//! What the poller knows about one task that is waited for.

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Answer;
use super::pace::BoardPace;

/// One task and everybody who waits for it.
pub(super) struct Watched {
    waiting: Vec<oneshot::Sender<Answer>>,
    /// It was in the last list.
    listed: bool,
    /// Not asked for at its node before this.
    next_check: Instant,
    check_pause: std::time::Duration,
    failing_since: Option<Instant>,
}

impl Watched {
    pub(super) fn new(now: Instant, pace: &BoardPace) -> Self {
        Self {
            waiting: Vec::new(),
            listed: false,
            next_check: now + pace.grace,
            check_pause: pace.grace,
            failing_since: None,
        }
    }

    pub(super) fn add(&mut self, answer: oneshot::Sender<Answer>) {
        self.waiting.push(answer);
    }

    /// Does anybody still wait?
    pub(super) fn is_wanted(&mut self) -> bool {
        self.waiting.retain(|answer| !answer.is_closed());
        !self.waiting.is_empty()
    }

    pub(super) fn answer(self, answer: &Answer) {
        for waiting in self.waiting {
            // One that has gone does not want to know.
            waiting.send(answer.clone()).ok();
        }
    }

    /// The list shows it running: believed for a while.
    pub(super) fn seen_running(&mut self, now: Instant, pace: &BoardPace) {
        if !self.listed {
            self.listed = true;
            self.check_pause = pace.first_check;
            self.next_check = now + pace.first_check;
        }
    }

    /// The list does not show it. What was there before has ended and was pushed out.
    pub(super) fn missing(&mut self, now: Instant, pace: &BoardPace) {
        if self.listed {
            self.listed = false;
            self.check_pause = pace.grace;
            self.next_check = now;
        }
    }

    /// The list shows its end without saying how it ended: only the node can tell.
    pub(super) fn ended_somehow(&mut self, now: Instant) {
        self.next_check = self.next_check.min(now);
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.next_check <= now
    }

    pub(super) fn due_since(&self) -> Instant {
        self.next_check
    }

    /// The node says that it goes on.
    pub(super) fn goes_on(&mut self, now: Instant, pace: &BoardPace) {
        self.failing_since = None;
        self.wait_longer(now, pace);
    }

    /// Nobody could be asked. True when that has been so for too long.
    pub(super) fn not_asked(&mut self, now: Instant, pace: &BoardPace) -> bool {
        let since = *self.failing_since.get_or_insert(now);
        self.wait_longer(now, pace);
        now.saturating_duration_since(since) >= pace.give_up
    }

    fn wait_longer(&mut self, now: Instant, pace: &BoardPace) {
        self.next_check = now + self.check_pause;
        self.check_pause = (self.check_pause * 2).min(pace.longest_check);
    }
}
