//! Counts what the client costs the cluster.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was asked of the cluster since the client was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestCounters {
    /// Requests sent or tried, signing in and repetitions included.
    pub count: u64,
    /// Those that ended without a success, refusals included.
    pub failed: u64,
    /// Those that changed something or tried to (everything but GET, signing in not counted).
    pub writes: u64,
    /// Times signed in or renewed a ticket.
    pub logins: u64,
    /// Bytes of answer bodies, after decompression.
    pub bytes_received: u64,
}

impl RequestCounters {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            failed: self.failed + other.failed,
            writes: self.writes + other.writes,
            logins: self.logins + other.logins,
            bytes_received: self.bytes_received + other.bytes_received,
        }
    }
}

/// The counters while they count; for implementations of [`crate::Transport`].
#[derive(Debug, Default)]
pub struct Meter {
    count: AtomicU64,
    failed: AtomicU64,
    writes: AtomicU64,
    logins: AtomicU64,
    bytes_received: AtomicU64,
}

impl Meter {
    /// A request is about to be sent.
    pub fn sending(&self, purpose: Purpose) {
        self.count.fetch_add(1, Ordering::Relaxed);
        match purpose {
            Purpose::Read => {}
            Purpose::Write => {
                self.writes.fetch_add(1, Ordering::Relaxed);
            }
            Purpose::Login => {
                self.logins.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Bytes of a body came in.
    pub fn received(&self, bytes: usize) {
        self.bytes_received
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The request ended without a success.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts now.
    pub fn counters(&self) -> RequestCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RequestCounters {
            count: read(&self.count),
            failed: read(&self.failed),
            writes: read(&self.writes),
            logins: read(&self.logins),
            bytes_received: read(&self.bytes_received),
        }
    }
}

/// Why a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To read.
    Read,
    /// To change.
    Write,
    /// To sign in or to stay so.
    Login,
}
