//! Answers of a cluster that are kept for a while: many callers cost one request, what a task or
//! an own write changed is asked for anew, and while the cluster cannot be reached the last answer
//! is shown with its age and the reason.
//!
//! A cache belongs to one client and so to one account: PVE shortens its lists to what the account
//! may see, so answers must not be shared between accounts.

mod about;
mod flight;
mod freshness;
mod store;
mod touch;
mod weight;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::params::Params;
use crate::path::ApiPath;
use crate::reply::Reply;
use crate::tasks::{TaskRow, TaskState};
use crate::transport::Method;
use crate::upid::Upid;

use about::About;
use flight::{Begin, Flight, Lead, Outcome};
use store::Store;
use touch::Touch;

pub use freshness::{CacheFamily, cache_freshness};

/// Ended tasks remembered, so that a list that shows them again does not drop anything twice.
const REMEMBERED_TASKS: usize = 8192;

/// The time of day, for [`Cached::fetched_at`]. Ages are measured with the clock of the runtime.
pub trait CacheClock: Send + Sync {
    /// Now.
    fn now(&self) -> SystemTime;
}

impl<F: Fn() -> SystemTime + Send + Sync> CacheClock for F {
    fn now(&self) -> SystemTime {
        self()
    }
}

/// How much a cache keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheLimits {
    /// More answers push out the one that was used longest ago.
    pub most_entries: usize,
    /// Memory of all kept answers, estimated. An answer that needs more than a quarter of it is
    /// not kept.
    pub most_bytes: usize,
    /// An older answer is not shown, also when the cluster cannot be reached.
    pub longest_stale: Duration,
}

impl Default for CacheLimits {
    /// 2,048 answers, 64 MiB, a day.
    fn default() -> Self {
        Self {
            most_entries: 2048,
            most_bytes: 64 << 20,
            longest_stale: Duration::from_hours(24),
        }
    }
}

/// An answer and where it comes from.
#[derive(Debug, Clone)]
pub struct Cached {
    /// What the cluster said.
    pub reply: Arc<Reply>,
    /// When it was asked.
    pub fetched_at: SystemTime,
    /// How long ago that is.
    pub age: Duration,
    /// Where it comes from.
    pub source: CacheSource,
}

/// Where an answer comes from.
#[derive(Debug, Clone)]
pub enum CacheSource {
    /// Asked for by this call.
    Fetched,
    /// Asked for by another call at the same time.
    Shared,
    /// Kept, and as fresh as its kind has to be.
    Kept,
    /// Kept, and too old, but the cluster cannot be asked now.
    Stale {
        /// Why not.
        error: Arc<Error>,
        /// A task or a write has changed something since: it is not only old but most likely wrong.
        outdated: bool,
    },
}

impl CacheSource {
    /// True for answers that must be shown with their age.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }
}

/// What a cache did so far, and what it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheCounters {
    /// Answers asked of the cluster, failures included.
    pub fetched: u64,
    /// Answers of a request that another caller made.
    pub shared: u64,
    /// Kept answers given.
    pub kept: u64,
    /// Stale answers given.
    pub stale: u64,
    /// Kept answers that a task or a write made worthless.
    pub outdated: u64,
    /// Answers pushed out by the limits.
    pub evicted: u64,
    /// Answers held now.
    pub entries: u64,
    /// Their memory, estimated.
    pub bytes: u64,
}

/// One answer as it was.
struct Stored {
    reply: Arc<Reply>,
    /// When the request began: the answer is at least as new.
    started: Instant,
    fetched_at: SystemTime,
}

/// A cache in front of a [`Client`]. Clones share it.
///
/// ```no_run
/// # async fn example(client: pve::Client, clock: impl pve::CacheClock + 'static) -> Result<(), Box<dyn std::error::Error>> {
/// let cache = pve::Cache::new(client, pve::CacheLimits::default(), clock);
/// let path = "/cluster/resources".parse()?;
/// let cached = cache.get(&path, &pve::Params::new()).await?;
/// if let pve::CacheSource::Stale { error, .. } = &cached.source {
///     println!("as of {} s ago: {error}", cached.age.as_secs());
/// }
/// println!("{} rows", cached.reply.data.as_array().map_or(0, Vec::len));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cache {
    client: Client,
    clock: Arc<dyn CacheClock>,
    limits: CacheLimits,
    shelf: Arc<Mutex<Shelf>>,
}

/// Everything that changes.
struct Shelf {
    store: Store,
    flights: HashMap<Box<str>, Flight>,
    next_flight: u64,
    counters: CacheCounters,
    ended: HashSet<Upid>,
    ended_order: VecDeque<Upid>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache({:?}, {:?})", self.client, self.counters())
    }
}

impl Cache {
    /// An empty cache.
    pub fn new(client: Client, limits: CacheLimits, clock: impl CacheClock + 'static) -> Self {
        let shelf = Shelf {
            store: Store::new(limits),
            flights: HashMap::new(),
            next_flight: 1,
            counters: CacheCounters::default(),
            ended: HashSet::new(),
            ended_order: VecDeque::new(),
        };
        Self {
            client,
            clock: Arc::new(clock),
            limits,
            shelf: Arc::new(Mutex::new(shelf)),
        }
    }

    /// The client behind it, for what must not be kept.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What it did so far, and what it holds.
    pub fn counters(&self) -> CacheCounters {
        let shelf = self.shelf();
        CacheCounters {
            entries: shelf.store.len() as u64,
            bytes: shelf.store.bytes() as u64,
            ..shelf.counters
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads, or gives what is kept when that is fresh enough (see [`cache_freshness`]). Callers
    /// that ask for the same at the same time share one request, as long as nothing was changed
    /// since it began. Paths that must not be kept are always asked for.
    ///
    /// The error is the one of the request; it is shared by all who waited for it.
    pub async fn get(&self, path: &ApiPath, params: &Params) -> Result<Cached, Arc<Error>> {
        let about = About::of(path);
        let Some(fresh_for) = about.family.map(CacheFamily::fresh_for) else {
            return self.pass(path, params).await;
        };
        let key = key_of(path, params);
        loop {
            match self.begin(&key, &about, fresh_for) {
                Begin::Kept(stored) => return Ok(Cached::new(&stored, CacheSource::Kept)),
                Begin::Join(mut answer) => {
                    // The caller that asks may have been dropped: then somebody else asks.
                    if let Ok(outcome) = answer.wait_for(Option::is_some).await
                        && let Some(outcome) = outcome.clone()
                    {
                        self.shelf().counters.shared += 1;
                        return self.settle(&key, outcome, CacheSource::Shared);
                    }
                }
                Begin::Lead(lead) => {
                    let reply = self.client.call(Method::Get, path, params).await;
                    let outcome = self.land(&lead, &key, about, reply);
                    return self.settle(&key, outcome, CacheSource::Fetched);
                }
            }
        }
    }

    /// Reads anew, whatever is kept.
    pub async fn refresh(&self, path: &ApiPath, params: &Params) -> Result<Cached, Arc<Error>> {
        {
            let key = key_of(path, params);
            let mut shelf = self.shelf();
            shelf.store.outdate_key(&key);
            if let Some(flight) = shelf.flights.remove(&*key) {
                flight.outdate();
            }
        }
        self.get(path, params).await
    }

    /// Makes a call that changes something, and forgets what it may have changed: before it is
    /// sent, so that nobody joins a read from before, and again when it is over, also when it
    /// failed or was dropped half-way. What the task of the call changes later is forgotten by
    /// [`Cache::task_ended`] or [`Cache::notice`].
    pub async fn write(&self, method: Method, path: &ApiPath, params: &Params) -> Result<Reply> {
        let after = Outdating {
            cache: self,
            touch: Touch::of_call(method, path),
        };
        self.touch(&after.touch);
        let reply = self.client.call(method, path, params).await;
        drop(after);
        reply
    }

    /// Forgets what this task may have changed.
    pub fn task_ended(&self, upid: &Upid) {
        let is_new = self.shelf().remember(upid);
        if is_new {
            self.touch(&Touch::of_task(upid));
        }
    }

    /// Forgets what ended tasks of a list may have changed; tasks that were shown before do not
    /// count again. For [`crate::BoardPoller::observed_by`], which sees the tasks of everybody.
    pub fn notice(&self, rows: &[TaskRow]) {
        for row in rows {
            if matches!(row.state, TaskState::Ended(_)) {
                self.task_ended(&row.upid);
            }
        }
    }

    /// Forgets everything of these kinds; for changes that come to light another way.
    pub fn outdate(&self, families: &[CacheFamily]) {
        self.touch(&Touch::families(families));
    }

    fn touch(&self, touch: &Touch) {
        let mut shelf = self.shelf();
        let outdated = shelf.store.outdate(touch);
        shelf.counters.outdated += outdated;
        // Whoever asked before goes on and gets the answer; whoever comes from now on asks anew.
        shelf.flights.retain(|_, flight| {
            let touched = touch.concerns(flight.about());
            if touched {
                flight.outdate();
            }
            !touched
        });
    }

    async fn pass(&self, path: &ApiPath, params: &Params) -> Result<Cached, Arc<Error>> {
        self.shelf().counters.fetched += 1;
        let (started, fetched_at) = (Instant::now(), self.clock.now());
        let reply = self.client.call(Method::Get, path, params).await;
        let stored = Stored {
            reply: Arc::new(reply.map_err(Arc::new)?),
            started,
            fetched_at,
        };
        Ok(Cached::new(&stored, CacheSource::Fetched))
    }

    fn begin(&self, key: &str, about: &About, fresh_for: Duration) -> Begin {
        let mut shelf = self.shelf();
        if let Some(stored) = shelf.store.fresh(key, fresh_for) {
            shelf.counters.kept += 1;
            return Begin::Kept(stored);
        }
        if let Some(flight) = shelf.flights.get(key) {
            return Begin::Join(flight.subscribe());
        }
        shelf.counters.fetched += 1;
        let number = shelf.next_flight;
        shelf.next_flight += 1;
        let (flight, answer) = Flight::new(number, about.clone());
        let lead = Lead {
            number,
            key: key.into(),
            answer,
            outdated: flight.outdated(),
            started: Instant::now(),
            fetched_at: self.clock.now(),
            shelf: Arc::downgrade(&self.shelf),
        };
        shelf.flights.insert(key.into(), flight);
        Begin::Lead(lead)
    }

    /// Keeps the answer and gives it to everybody who waits for it.
    fn land(&self, lead: &Lead, key: &str, about: About, reply: Result<Reply>) -> Outcome {
        let outcome = match reply {
            Ok(reply) => {
                let stored = Arc::new(Stored {
                    reply: Arc::new(reply),
                    started: lead.started,
                    fetched_at: lead.fetched_at,
                });
                let mut shelf = self.shelf();
                // Under the lock, so that a change is seen here or finds the entry.
                let outdated = lead.is_outdated();
                let kept = Arc::clone(&stored);
                let evicted = shelf.store.put(key, about, kept, lead.number, outdated);
                shelf.counters.evicted += evicted;
                Ok(stored)
            }
            Err(error) => Err(Arc::new(error)),
        };
        // Nobody may be waiting.
        lead.answer.send(Some(outcome.clone())).ok();
        outcome
    }

    /// The answer for one caller.
    fn settle(
        &self,
        key: &str,
        outcome: Outcome,
        source: CacheSource,
    ) -> Result<Cached, Arc<Error>> {
        let error = match outcome {
            Ok(stored) => return Ok(Cached::new(&stored, source)),
            Err(error) => error,
        };
        if !cannot_be_asked(&error) {
            return Err(error);
        }
        let stale = {
            let mut shelf = self.shelf();
            let stale = shelf.store.stale(key, self.limits.longest_stale);
            shelf.counters.stale += u64::from(stale.is_some());
            stale
        };
        match stale {
            Some((stored, outdated)) => {
                Ok(Cached::new(&stored, CacheSource::Stale { error, outdated }))
            }
            None => Err(error),
        }
    }
}

impl Cached {
    fn new(stored: &Stored, source: CacheSource) -> Self {
        Self {
            reply: Arc::clone(&stored.reply),
            fetched_at: stored.fetched_at,
            age: stored.started.elapsed(),
            source,
        }
    }
}

impl Shelf {
    /// False when it was known.
    fn remember(&mut self, upid: &Upid) -> bool {
        if !self.ended.insert(upid.clone()) {
            return false;
        }
        self.ended_order.push_back(upid.clone());
        while self.ended_order.len() > REMEMBERED_TASKS {
            if let Some(oldest) = self.ended_order.pop_front() {
                self.ended.remove(&oldest);
            }
        }
        true
    }
}

/// Forgets when it is dropped.
struct Outdating<'a> {
    cache: &'a Cache,
    touch: Touch,
}

impl Drop for Outdating<'_> {
    fn drop(&mut self) {
        self.cache.touch(&self.touch);
    }
}

fn key_of(path: &ApiPath, params: &Params) -> Box<str> {
    format!("{}?{}", path.encoded(), params.encoded()).into()
}

/// Nobody was there to answer, in contrast to an answer that says no. A certificate or a password
/// that is not accepted is no reason to show something old as if nothing were wrong.
fn cannot_be_asked(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unreachable { .. }
            | ErrorKind::ConnectionLost { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::NodeUnreachable { .. }
            | ErrorKind::Refused {
                status: 502..=504,
                ..
            }
    )
}
