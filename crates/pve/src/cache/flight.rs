//! One request on the way, and everybody who waits for its answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use tokio::sync::watch;
use tokio::time::Instant;

use super::about::About;
use super::{Shelf, Stored};
use crate::error::Error;

/// How a request ended, for all who waited.
pub(super) type Outcome = Result<Arc<Stored>, Arc<Error>>;

/// What a caller has to do.
pub(super) enum Begin {
    /// Nothing: this is the answer.
    Kept(Arc<Stored>),
    /// Wait for somebody else's request.
    Join(watch::Receiver<Option<Outcome>>),
    /// Ask.
    Lead(Lead),
}

/// A request on the way, as others see it.
pub(super) struct Flight {
    number: u64,
    about: About,
    answer: watch::Receiver<Option<Outcome>>,
    outdated: Arc<AtomicBool>,
}

impl Flight {
    pub(super) fn new(number: u64, about: About) -> (Self, watch::Sender<Option<Outcome>>) {
        let (sender, answer) = watch::channel(None);
        let flight = Self {
            number,
            about,
            answer,
            outdated: Arc::default(),
        };
        (flight, sender)
    }

    pub(super) fn about(&self) -> &About {
        &self.about
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Option<Outcome>> {
        self.answer.clone()
    }

    pub(super) fn outdated(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.outdated)
    }

    /// Something changed since it began.
    pub(super) fn outdate(&self) {
        self.outdated.store(true, Ordering::Release);
    }
}

/// The caller that asks. When it is dropped, finished or not, the flight is over; those who wait
/// without an answer then ask themselves.
pub(super) struct Lead {
    pub(super) number: u64,
    pub(super) key: Box<str>,
    pub(super) answer: watch::Sender<Option<Outcome>>,
    pub(super) outdated: Arc<AtomicBool>,
    pub(super) started: Instant,
    pub(super) fetched_at: SystemTime,
    pub(super) shelf: Weak<Mutex<Shelf>>,
}

impl Lead {
    pub(super) fn is_outdated(&self) -> bool {
        self.outdated.load(Ordering::Acquire)
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let Some(shelf) = self.shelf.upgrade() else {
            return;
        };
        let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
        // A newer flight may have taken its place.
        let own = shelf.flights.get(&*self.key);
        if own.is_some_and(|flight| flight.number == self.number) {
            shelf.flights.remove(&*self.key);
        }
    }
}
