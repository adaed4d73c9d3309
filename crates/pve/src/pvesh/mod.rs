//! The command `pvesh`, which makes API calls on a node without HTTP: what both transports that
//! run it have in common. How they run it is a [`Runner`].

mod answer;
mod command;
mod output;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout};

pub(crate) use self::output::{Gathered, Output};
use crate::error::{Error, ErrorKind, Phase};
use crate::meter::{Meter, Purpose, RequestCounters};
use crate::reply::RawReply;
use crate::transport::{Method, Request};

/// How `pvesh` is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PveshOptions {
    /// The program: `pvesh`, or where it is.
    pub program: String,
    /// Runs it by `sudo -n`, for a user that may do that without being asked for a password.
    pub sudo: bool,
    /// `pvesh` takes every parameter on its command line, where all users of the node can read it
    /// while it runs. Parameters that are secrets (`password`, `cipassword`, …) are therefore
    /// refused, unless this is set.
    pub secrets_on_command_line: bool,
    /// Longest wait for a read.
    pub read_limit: Duration,
    /// Longest wait for a write. `pvesh` stays until the task that it started has ended.
    pub write_limit: Duration,
    /// Longest wait for one of the places of `at_once`.
    pub queue_limit: Duration,
    /// How many reads run at once, and how many writes beside them; each run costs a processor
    /// core for about a second, and writes stay as long as their tasks. At least 1.
    pub at_once: usize,
    /// Largest answer that is read, in bytes.
    pub body_limit_bytes: u64,
}

impl Default for PveshOptions {
    /// `pvesh` without sudo and without secrets, 90 s for reads, a day for writes, four at once
    /// after at most 30 s in the queue, 64 MiB.
    fn default() -> Self {
        Self {
            program: "pvesh".to_owned(),
            sudo: false,
            secrets_on_command_line: false,
            read_limit: Duration::from_secs(90),
            write_limit: Duration::from_hours(24),
            queue_limit: Duration::from_secs(30),
            at_once: 4,
            body_limit_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Starts a program and gathers what it prints. The wait for its end is bounded by the caller.
#[async_trait]
pub(crate) trait Runner: Send + Sync + 'static {
    /// Runs a program with its arguments; the first word is the program.
    async fn run(&self, words: Vec<String>, limit_bytes: u64) -> Result<Output, ErrorKind>;
}

/// API calls by `pvesh`.
pub(crate) struct Pvesh<R> {
    runner: Arc<R>,
    options: PveshOptions,
    endpoint: String,
    /// Apart, so that long tasks do not keep their own states from being read.
    read_places: Arc<Semaphore>,
    write_places: Arc<Semaphore>,
    meter: Meter,
}

impl<R: Runner> Pvesh<R> {
    pub(crate) fn new(runner: R, options: PveshOptions, endpoint: String) -> Self {
        Self {
            runner: Arc::new(runner),
            read_places: Arc::new(Semaphore::new(options.at_once.max(1))),
            write_places: Arc::new(Semaphore::new(options.at_once.max(1))),
            options,
            endpoint,
            meter: Meter::default(),
        }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn counters(&self) -> RequestCounters {
        self.meter.counters()
    }

    pub(crate) async fn send(&self, request: &Request) -> Result<RawReply, Error> {
        self.attempt(request)
            .await
            .map_err(|kind| Error::of_call(&self.endpoint, request.method, &request.path, kind))
    }

    async fn attempt(&self, request: &Request) -> Result<RawReply, ErrorKind> {
        let words = command::words(request, &self.options)?;
        let after = self.options.queue_limit;
        let places = match request.method {
            Method::Get => &self.read_places,
            Method::Post | Method::Put | Method::Delete => &self.write_places,
        };
        let waiting = timeout(after, Arc::clone(places).acquire_owned()).await;
        let Ok(Ok(place)) = waiting else {
            let phase = Phase::Queue;
            return Err(ErrorKind::Timeout { phase, after });
        };
        self.meter.sending(match request.method {
            Method::Get => Purpose::Read,
            Method::Post | Method::Put | Method::Delete => Purpose::Write,
        });
        let started = Instant::now();
        let reply = match self.run(request.method, words, place).await {
            Ok(output) => {
                self.meter.received(output.stdout.len());
                answer::judge(output)
            }
            Err(kind) => Err(kind),
        };
        let (method, path) = (request.method, &request.path);
        let duration_ms = started.elapsed().as_millis() as u64;
        match &reply {
            Ok(_) => tracing::debug!(%method, %path, duration_ms, "pvesh answered"),
            Err(kind) => {
                self.meter.failed();
                tracing::debug!(%method, %path, reason = %kind, duration_ms, "pvesh failed");
            }
        }
        reply
    }

    /// A read ends with its caller. A write runs on when its caller stops waiting: `pvesh` does
    /// the work of the task itself, so ending it would break the work off in the middle.
    async fn run(
        &self,
        method: Method,
        words: Vec<String>,
        place: OwnedSemaphorePermit,
    ) -> Result<Output, ErrorKind> {
        let runner = Arc::clone(&self.runner);
        let limit_bytes = self.options.body_limit_bytes;
        let after = match method {
            Method::Get => self.options.read_limit,
            Method::Post | Method::Put | Method::Delete => self.options.write_limit,
        };
        let running = async move {
            let _place = place;
            let phase = Phase::Body;
            timeout(after, runner.run(words, limit_bytes))
                .await
                .unwrap_or(Err(ErrorKind::Timeout { phase, after }))
        };
        if method == Method::Get {
            return running.await;
        }
        let reason = "the run of pvesh was broken off";
        detached(running).await.unwrap_or_else(|_| {
            Err(ErrorKind::ConnectionLost {
                reason: reason.into(),
            })
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a write outlives its caller; it is bounded by its time limit and by the places"
)]
fn detached<T: Send + 'static>(
    running: impl Future<Output = T> + Send + 'static,
) -> oneshot::Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        if sender.send(running.await).is_err() {
            tracing::debug!("the caller of a pvesh write has gone before its end");
        }
    });
    receiver
}
