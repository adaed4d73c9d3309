//! The simulated clock: starts at a chosen instant and either runs with the real one or stands until a
//! test turns it. All times inside the simulator are milliseconds since 1970 on this clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Whether the clock runs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockMode {
    /// Runs at the pace of the real clock.
    #[default]
    Running,
    /// Stands still; only [`Clock::advance`] moves it.
    Manual,
}

/// A shared handle on the simulated time.
#[derive(Debug, Clone)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    mode: ClockMode,
    start_ms: i64,
    started: Instant,
    moved_ms: AtomicI64,
}

impl Clock {
    /// A clock that shows `start` now.
    pub fn new(mode: ClockMode, start: Timestamp) -> Self {
        Self {
            inner: Arc::new(Inner {
                mode,
                start_ms: start.as_millisecond(),
                started: Instant::now(),
                moved_ms: AtomicI64::new(0),
            }),
        }
    }

    /// A clock that starts at the real time.
    pub fn from_wall(mode: ClockMode) -> Self {
        Self::new(mode, wall_now())
    }

    /// Milliseconds since 1970 on the simulated clock.
    pub fn now_ms(&self) -> i64 {
        let run = match self.inner.mode {
            ClockMode::Manual => 0,
            ClockMode::Running => {
                i64::try_from(self.inner.started.elapsed().as_millis()).unwrap_or(i64::MAX / 4)
            }
        };
        self.inner
            .start_ms
            .saturating_add(run)
            .saturating_add(self.inner.moved_ms.load(Ordering::SeqCst))
    }

    /// The simulated instant.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms()).unwrap_or_default()
    }

    /// Turns the clock forward. Works on a running clock too.
    pub fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        self.inner.moved_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the simulated clock takes its start from the real one here and nowhere else"
)]
fn wall_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_it_is_turned() {
        let clock = Clock::new(ClockMode::Manual, Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now_ms(), 0);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now_ms(), 90_000);
    }
}
