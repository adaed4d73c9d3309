//! How fast and how many at once: a limit per second and lane, and a limit per node in flight.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

/// Limits of one client. Clones of the client share them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Requests per second that somebody waits for. At least 1.
    pub foreground_per_second: u32,
    /// Requests per second of collectors. At least 1.
    pub background_per_second: u32,
    /// Requests at once to paths of the same node. At least 1.
    pub in_flight_per_node: usize,
    /// Longest wait for a turn; longer ones fail at once with a time-out.
    pub longest_queue: Duration,
}

impl Default for Budget {
    /// 100 per second in the foreground, 5 in the background, 8 at once per node, 30 s in the queue.
    fn default() -> Self {
        Self {
            foreground_per_second: 100,
            background_per_second: 5,
            in_flight_per_node: 8,
            longest_queue: Duration::from_secs(30),
        }
    }
}

/// Which of the two limits per second a client draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Foreground,
    Background,
}

/// The queue was too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QueueTooLong;

/// A turn: while it is held, one place of the node is taken.
pub(crate) struct Turn {
    _place: Option<OwnedSemaphorePermit>,
}

pub(crate) struct Gate {
    limits: Budget,
    foreground: Mutex<Bucket>,
    background: Mutex<Bucket>,
    places: Mutex<HashMap<Box<str>, Arc<Semaphore>>>,
}

/// Nodes remembered before the idle ones are forgotten; paths can name nodes that do not exist.
const REMEMBERED_NODES: usize = 256;

impl Gate {
    pub(crate) fn new(limits: Budget) -> Self {
        Self {
            limits,
            foreground: Mutex::new(Bucket::new(limits.foreground_per_second)),
            background: Mutex::new(Bucket::new(limits.background_per_second)),
            places: Mutex::new(HashMap::new()),
        }
    }

    pub(crate) fn longest_queue(&self) -> Duration {
        self.limits.longest_queue
    }

    /// Waits for a turn: first for the rate, then for a place at the node. The other way round,
    /// collectors waiting for their slow rate would hold the places that people wait for.
    pub(crate) async fn turn(&self, lane: Lane, node: Option<&str>) -> Result<Turn, QueueTooLong> {
        let longest = self.limits.longest_queue;
        let started = Instant::now();
        let bucket = match lane {
            Lane::Foreground => &self.foreground,
            Lane::Background => &self.background,
        };
        let wait = bucket
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reserve(started, longest)
            .ok_or(QueueTooLong)?;
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let Some(node) = node else {
            return Ok(Turn { _place: None });
        };
        let places = self.places_of(node);
        match timeout_at(started + longest, places.acquire_owned()).await {
            Ok(Ok(place)) => Ok(Turn {
                _place: Some(place),
            }),
            Ok(Err(_)) | Err(_) => Err(QueueTooLong),
        }
    }

    fn places_of(&self, node: &str) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = places.get(node) {
            return Arc::clone(known);
        }
        if places.len() >= REMEMBERED_NODES {
            // A place in use holds a second reference.
            places.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        let fresh = Arc::new(Semaphore::new(self.limits.in_flight_per_node.max(1)));
        places.insert(node.into(), Arc::clone(&fresh));
        fresh
    }
}

/// A bucket that fills at the rate and holds one second's worth.
struct Bucket {
    per_second: f64,
    tokens: f64,
    at: Option<Instant>,
}

impl Bucket {
    fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self {
            per_second,
            tokens: per_second,
            at: None,
        }
    }

    /// Takes a token, also one that is not there yet, and says how long to wait for it. `None`,
    /// and nothing taken, when that is longer than `longest`.
    fn reserve(&mut self, now: Instant, longest: Duration) -> Option<Duration> {
        if let Some(before) = self.at {
            let filled = now.saturating_duration_since(before).as_secs_f64() * self.per_second;
            self.tokens = (self.tokens + filled).min(self.per_second);
        }
        self.at = Some(now);
        let missing = 1.0 - self.tokens;
        let wait = Duration::try_from_secs_f64(missing.max(0.0) / self.per_second).ok()?;
        if wait > longest {
            return None;
        }
        self.tokens -= 1.0;
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_one_second_is_free_and_the_rest_is_spread() {
        let mut bucket = Bucket::new(5);
        let start = Instant::now();
        let longest = Duration::from_secs(1);
        let waits: Vec<_> = (0..12).map(|_| bucket.reserve(start, longest)).collect();
        let free = Some(Duration::ZERO);
        let spread = |n: u64| Some(Duration::from_millis(200 * n));
        assert_eq!(waits[..5], [free; 5]);
        for (n, wait) in waits[5..10].iter().enumerate() {
            let difference = wait.unwrap().abs_diff(spread(n as u64 + 1).unwrap());
            assert!(difference < Duration::from_millis(1), "{wait:?}");
        }
        assert_eq!(waits[10..], [None, None]);
        assert_eq!(
            bucket.reserve(start + Duration::from_secs(10), longest),
            free
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_node_lets_the_other_nodes_pass() {
        let limits = Budget {
            in_flight_per_node: 1,
            ..Budget::default()
        };
        let gate = Gate::new(limits);
        let held = gate.turn(Lane::Foreground, Some("pve1")).await.ok();
        assert!(held.is_some());
        assert!(gate.turn(Lane::Foreground, Some("pve2")).await.is_ok());
        assert!(gate.turn(Lane::Foreground, None).await.is_ok());
        let started = Instant::now();
        assert_eq!(
            gate.turn(Lane::Foreground, Some("pve1")).await.err(),
            Some(QueueTooLong)
        );
        assert_eq!(started.elapsed().as_secs(), limits.longest_queue.as_secs());
        drop(held);
        assert!(gate.turn(Lane::Foreground, Some("pve1")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn collectors_that_wait_for_their_rate_hold_no_place() {
        let limits = Budget {
            in_flight_per_node: 1,
            ..Budget::default()
        };
        let gate = Gate::new(limits);
        for _ in 0..5 {
            assert!(gate.turn(Lane::Background, Some("pve1")).await.is_ok());
        }
        let started = Instant::now();
        let (collector, person) = tokio::join!(gate.turn(Lane::Background, Some("pve1")), async {
            gate.turn(Lane::Foreground, Some("pve1"))
                .await
                .map(|_| started.elapsed())
        });
        assert!(collector.is_ok());
        assert_eq!(person, Ok(Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn collectors_do_not_use_up_what_people_wait_for() {
        let gate = Gate::new(Budget::default());
        let started = Instant::now();
        for _ in 0..10 {
            assert!(gate.turn(Lane::Background, None).await.is_ok());
        }
        assert_eq!(started.elapsed().as_millis() / 10, 100);
        assert!(gate.turn(Lane::Foreground, None).await.is_ok());
        assert_eq!(started.elapsed().as_millis() / 10, 100);
    }
}
