//! A clock that runs and can be turned forward: a quarter of an hour passes in no time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use ops::ports::{Clock, SystemClock};

/// How often whoever sleeps looks whether the clock was turned.
const LOOK: Duration = Duration::from_millis(5);

/// The time of the machine, plus what it was turned by.
#[derive(Debug, Default)]
pub struct TurnedClock {
    ahead: Arc<Mutex<Duration>>,
}

fn turned(ahead: &Mutex<Duration>) -> Timestamp {
    SystemClock.now() + *ahead.lock().unwrap_or_else(PoisonError::into_inner)
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
        turned(&self.ahead)
    }

    /// Ends as soon as the clock shows it, so also when the clock is turned over it.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let ahead = Arc::clone(&self.ahead);
        let until = turned(&ahead) + time;
        Box::pin(async move {
            while let Ok(left) = Duration::try_from(until.duration_since(turned(&ahead)))
                && !left.is_zero()
            {
                tokio::time::sleep(left.min(LOOK)).await;
            }
        })
    }
}
