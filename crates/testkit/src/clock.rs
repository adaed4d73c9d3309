//! A clock that runs and can be turned forward: a quarter of an hour passes in no time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use ops::ports::{Clock, SystemClock};

/// The time of the machine, plus what it was turned by.
#[derive(Debug, Default)]
pub struct TurnedClock {
    ahead: Mutex<Duration>,
}

impl TurnedClock {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Turns the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
