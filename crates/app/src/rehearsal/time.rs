//! The time of a rehearsal: nobody waits, the twin's clock is turned instead.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use ops::{
    Error, Result, TaskRef,
    ports::{Clock, TaskEnd, TaskFollower, TaskNews},
};
use pve::{TaskOutcome, Upid};
use sim::Sim;
use tokio_util::sync::CancellationToken;

/// The finest look at a guest while time passes: an interruption is told this exactly.
const TICK: Duration = Duration::from_millis(500);
/// A task that takes longer is not followed to its end: something on the twin waits for somebody.
const LONGEST_TASK: Duration = Duration::from_hours(48);
/// Longer tasks are followed in steps that grow with them, so that a day takes no more looks than an hour.
const PARTS: u32 = 50;

/// The twins of one rehearsal, and how long their guests were away.
pub(super) struct Twinned {
    sims: BTreeMap<String, Sim>,
    watch: Mutex<Watch>,
}

#[derive(Default)]
struct Watch {
    /// The guest that a step works on right now.
    current: Option<(String, u32)>,
    away: BTreeMap<(String, u32), Duration>,
}

impl Twinned {
    pub(super) fn new(sims: BTreeMap<String, Sim>) -> Arc<Self> {
        Arc::new(Self {
            sims,
            watch: Mutex::default(),
        })
    }

    pub(super) fn sim(&self, cluster: &str) -> Option<&Sim> {
        self.sims.get(cluster)
    }

    pub(super) fn clusters(&self) -> impl Iterator<Item = &str> {
        self.sims.keys().map(String::as_str)
    }

    pub(super) fn now(&self) -> Timestamp {
        // All twins are turned together.
        self.sims
            .values()
            .next()
            .map_or(Timestamp::UNIX_EPOCH, |sim| sim.clock().now())
    }

    /// How long a guest did not run while a step worked on it.
    pub(super) fn away(&self, cluster: &str, vmid: u32) -> Duration {
        self.watch()
            .away
            .get(&(cluster.to_owned(), vmid))
            .copied()
            .unwrap_or_default()
    }

    /// Lets time pass on all twins.
    fn turn(&self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let tick = left.min(TICK.max(time / PARTS));
            for sim in self.sims.values() {
                sim.clock().advance(tick);
            }
            left -= tick;
            self.look(tick);
        }
    }

    fn look(&self, passed: Duration) {
        let mut watch = self.watch();
        let Some((cluster, vmid)) = watch.current.clone() else {
            return;
        };
        let runs = self
            .sims
            .get(&cluster)
            .and_then(|sim| sim.guest(vmid))
            .is_some_and(|guest| guest.status == "running");
        if !runs {
            *watch.away.entry((cluster, vmid)).or_default() += passed;
        }
    }

    fn watch(&self) -> std::sync::MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine's clock on the twin: to sleep is to turn it.
pub(super) struct TwinClock(pub(super) Arc<Twinned>);

impl Clock for TwinClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let twinned = Arc::clone(&self.0);
        Box::pin(async move {
            twinned.turn(time);
            tokio::task::yield_now().await;
        })
    }
}

/// Follows tasks by turning the clock until they have ended.
pub(super) struct TwinFollower(pub(super) Arc<Twinned>);

#[async_trait]
impl TaskFollower for TwinFollower {
    async fn follow(
        &self,
        task: &TaskRef,
        _on_news: &mut (dyn FnMut(TaskNews) + Send),
        _cancel: &CancellationToken,
    ) -> Result<TaskEnd> {
        let sim = self
            .0
            .sim(&task.cluster)
            .ok_or_else(|| Error::internal("a task of a cluster that has no twin"))?;
        let vmid = task
            .id
            .parse::<Upid>()
            .ok()
            .and_then(|upid| upid.id().parse().ok());
        self.0.watch().current = vmid.map(|vmid| (task.cluster.clone(), vmid));
        let mut waited = Duration::ZERO;
        loop {
            let Some(seen) = sim.task(&task.id) else {
                return Ok(TaskEnd::Unknown(
                    "the twin does not know its task".to_owned(),
                ));
            };
            if let Some(exit) = seen.exit {
                return Ok(match TaskOutcome::from_exit_text(&exit) {
                    TaskOutcome::Ok => TaskEnd::Ok,
                    TaskOutcome::Warnings(count) => TaskEnd::Warnings(count),
                    TaskOutcome::Failed(text) => TaskEnd::Failed(text),
                    TaskOutcome::Unknown(text) => TaskEnd::Unknown(text),
                });
            }
            if waited >= LONGEST_TASK {
                return Ok(TaskEnd::Failed(format!(
                    "had not ended on the twin after {} hours",
                    LONGEST_TASK.as_secs() / 3600
                )));
            }
            let tick = TICK.max(waited / PARTS);
            self.0.turn(tick);
            waited += tick;
            tokio::task::yield_now().await;
        }
    }
}
