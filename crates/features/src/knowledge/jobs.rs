//! Readings that are on their way in this process: one for each source, with their progress.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ops::{
    Error, Result,
    ports::{TaskEnd, TaskNews},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::source::State;

/// Ids of tasks of this slice begin so; those of clusters begin with `UPID:`.
pub(super) const PREFIX: &str = "knowledge:";
/// Readings that ended are remembered, so that whoever follows one late learns how it ended.
const REMEMBERED: usize = 64;

/// How far a reading is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Progress {
    /// Pages looked at.
    pub(super) pages: usize,
    /// As far as is known; a crawl finds more on its way.
    pub(super) of: Option<usize>,
    /// Pages that were read anew.
    pub(super) changed: usize,
    /// What is being read.
    pub(super) at: String,
    pub(super) ended: Option<TaskEnd>,
}

/// One reading.
pub(super) struct Job {
    pub(super) id: String,
    pub(super) cancel: CancellationToken,
    progress: watch::Sender<Progress>,
}

impl Job {
    pub(super) fn tell(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }
}

#[derive(Default)]
pub(super) struct Jobs {
    jobs: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    count: u64,
    /// By source.
    running: HashMap<String, Arc<Job>>,
    ended: Vec<Arc<Job>>,
    /// By source: how a reading ended, where the store could not keep it yet.
    unkept: HashMap<String, (State, Option<String>)>,
}

/// What came of asking for a reading.
pub(super) enum Begun {
    New(Arc<Job>),
    /// Somebody was faster; the source is read once.
    Running(Arc<Job>),
}

impl Jobs {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, source: &str, cancel: CancellationToken) -> Begun {
        let mut known = self.known();
        if let Some(job) = known.running.get(source) {
            return Begun::Running(Arc::clone(job));
        }
        known.count += 1;
        let job = Arc::new(Job {
            id: format!("{PREFIX}{source}:{}", known.count),
            cancel,
            progress: watch::Sender::new(Progress::default()),
        });
        known.running.insert(source.to_owned(), Arc::clone(&job));
        Begun::New(job)
    }

    pub(super) fn end(&self, source: &str, end: TaskEnd) {
        let mut known = self.known();
        if let Some(job) = known.running.remove(source) {
            job.tell(|progress| progress.ended = Some(end));
            known.ended.push(job);
            if known.ended.len() > REMEMBERED {
                known.ended.remove(0);
            }
        }
    }

    /// The reading of a source that is on its way.
    pub(super) fn of(&self, source: &str) -> Option<Arc<Job>> {
        self.known().running.get(source).cloned()
    }

    pub(super) fn remember_unkept(&self, source: &str, ending: (State, Option<String>)) {
        self.known().unkept.insert(source.to_owned(), ending);
    }

    pub(super) fn forget_unkept(&self, source: &str) {
        self.known().unkept.remove(source);
    }

    /// How the last reading of a source ended, if its row cannot say it yet.
    pub(super) fn unkept(&self, source: &str) -> Option<(State, Option<String>)> {
        self.known().unkept.get(source).cloned()
    }

    pub(super) fn are_busy(&self) -> bool {
        !self.known().running.is_empty()
    }

    fn find(&self, id: &str) -> Option<Arc<Job>> {
        let known = self.known();
        known
            .running
            .values()
            .chain(&known.ended)
            .find(|job| job.id == id)
            .cloned()
    }

    pub(super) fn stop(&self, id: &str) {
        if let Some(job) = self.find(id) {
            job.cancel.cancel();
        }
    }

    pub(super) async fn follow(
        &self,
        id: &str,
        on_news: &mut (dyn FnMut(TaskNews) + Send),
        cancel: &CancellationToken,
    ) -> Result<TaskEnd> {
        let Some(job) = self.find(id) else {
            return Ok(TaskEnd::Unknown(
                "the process that read the source has ended; `knowledge.sources` shows what was kept"
                    .to_owned(),
            ));
        };
        let mut news = job.progress.subscribe();
        loop {
            let progress = news.borrow_and_update().clone();
            if let Some(end) = progress.ended {
                return Ok(end);
            }
            if let Some(of) = progress.of.filter(|of| *of > 0) {
                on_news(TaskNews::Progress {
                    percent: (progress.pages as f64 / of as f64 * 100.0).min(99.0),
                    rate: None,
                    eta_s: None,
                });
            }
            tokio::select! {
                changed = news.changed() => if changed.is_err() {
                    return Err(Error::internal("a reading ended without telling how"));
                },
                () = cancel.cancelled() => {
                    return Ok(TaskEnd::Unknown("nobody follows it any more".to_owned()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_source_is_read_once_at_a_time_and_everybody_learns_how_it_ended() {
        let jobs = Jobs::default();
        let Begun::New(job) = jobs.begin("a", CancellationToken::new()) else {
            panic!("the first reading");
        };
        assert!(
            matches!(jobs.begin("a", CancellationToken::new()), Begun::Running(same) if same.id == job.id)
        );
        job.tell(|progress| (progress.pages, progress.of) = (1, Some(4)));
        let mut told = Vec::new();
        let mut on_news = |news| told.push(news);
        let cancel = CancellationToken::new();
        let (end, ()) = tokio::join!(jobs.follow(&job.id, &mut on_news, &cancel), async {
            tokio::task::yield_now().await;
            jobs.end("a", TaskEnd::Ok);
        });
        assert_eq!(end.unwrap(), TaskEnd::Ok);
        assert_eq!(
            told,
            [TaskNews::Progress {
                percent: 25.0,
                rate: None,
                eta_s: None
            }]
        );
        let late = jobs.follow(&job.id, &mut |_| {}, &cancel).await.unwrap();
        assert_eq!(late, TaskEnd::Ok);
        assert!(matches!(
            jobs.follow("knowledge:b:9", &mut |_| {}, &cancel).await,
            Ok(TaskEnd::Unknown(_))
        ));
    }
}
