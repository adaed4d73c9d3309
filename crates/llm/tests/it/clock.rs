//! A clock that stands still until a test turns it.

use std::sync::mpsc;
use std::time::Duration;

/// While this lives, time only passes by [`StoppedClock::turn`]. The runtime would otherwise turn
/// a paused clock by itself whenever it waits for a socket.
pub(crate) struct StoppedClock {
    _release: mpsc::Sender<()>,
}

impl StoppedClock {
    pub(crate) fn new() -> Self {
        let (release, released) = mpsc::channel::<()>();
        // The runtime does not turn the clock while a blocking task runs.
        tokio::task::spawn_blocking(move || released.recv());
        Self { _release: release }
    }

    /// A millisecond more than asked: timers fire at the next whole one.
    pub(crate) async fn turn(&self, by: Duration) {
        tokio::time::advance(by + Duration::from_millis(1)).await;
    }
}
