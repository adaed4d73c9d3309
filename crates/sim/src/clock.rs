//! The simulated clock: starts at a chosen instant and runs with the real one, at its pace or another, or
//! stands until it is turned. All times inside the simulator are milliseconds since 1970 on this clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    hands: Arc<Mutex<Hands>>,
}

/// Where the clock stood when it was last touched, and how fast it has run since.
#[derive(Debug, Clone, Copy)]
struct Hands {
    at_ms: i64,
    since: Instant,
    pace: f64,
}

impl Hands {
    fn now_ms(&self) -> i64 {
        if self.pace == 0.0 {
            return self.at_ms;
        }
        let run_ms = self.since.elapsed().as_secs_f64() * 1000.0 * self.pace;
        self.at_ms.saturating_add(run_ms as i64)
    }
}

impl Clock {
    /// A clock that shows `start` now.
    pub fn new(mode: ClockMode, start: Timestamp) -> Self {
        let hands = Hands {
            at_ms: start.as_millisecond(),
            since: Instant::now(),
            pace: match mode {
                ClockMode::Running => 1.0,
                ClockMode::Manual => 0.0,
            },
        };
        Self {
            hands: Arc::new(Mutex::new(hands)),
        }
    }

    /// A clock that starts at the real time.
    pub fn from_wall(mode: ClockMode) -> Self {
        Self::new(mode, wall_now())
    }

    /// Milliseconds since 1970 on the simulated clock.
    pub fn now_ms(&self) -> i64 {
        self.hands().now_ms()
    }

    /// The simulated instant.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms()).unwrap_or_default()
    }

    /// Turns the clock forward. Works on a running clock too.
    pub fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        let mut hands = self.hands();
        hands.at_ms = hands.at_ms.saturating_add(by_ms);
    }

    /// Simulated seconds per real second; 0 stops the clock. Negative paces count as 0.
    pub fn set_pace(&self, pace: f64) {
        let mut hands = self.hands();
        *hands = Hands {
            at_ms: hands.now_ms(),
            since: Instant::now(),
            pace: if pace.is_finite() { pace.max(0.0) } else { 0.0 },
        };
    }

    /// Simulated seconds per real second.
    pub fn pace(&self) -> f64 {
        self.hands().pace
    }

    /// Whether it stands until it is turned.
    pub fn is_standing(&self) -> bool {
        self.pace() == 0.0
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        // The three numbers are written at once; a panic elsewhere cannot leave them half changed.
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn a_stopped_clock_stands_and_a_fast_one_runs_ahead() {
        let clock = Clock::new(ClockMode::Running, Timestamp::UNIX_EPOCH);
        clock.set_pace(0.0);
        let stood = clock.now_ms();
        assert!(clock.is_standing());
        assert_eq!(clock.now_ms(), stood);
        clock.set_pace(1e6);
        while clock.now_ms() < stood + 1_000_000 {
            std::thread::yield_now();
        }
        clock.set_pace(0.0);
        let hands = clock.now_ms();
        clock.advance(Duration::from_millis(5));
        assert_eq!(clock.now_ms(), hands + 5);
    }
}
