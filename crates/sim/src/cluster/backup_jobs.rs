//! Backup jobs, and the scheduler that starts them when they are due.

use std::collections::BTreeMap;

use super::Cluster;
use super::NewTask;
use super::access::ROOT;
use super::faults::Spoil;
use super::work::Work;
use crate::api::backup_options::{Choice, selected};
use crate::api::vzdump::BackUp;
use crate::calendar::Event;

/// A backup job as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BackupJob {
    /// Options as texts; property strings as they were given.
    pub(crate) options: BTreeMap<String, String>,
}

impl BackupJob {
    pub(crate) fn is_enabled(&self) -> bool {
        self.options.get("enabled").is_none_or(|value| value != "0")
    }

    pub(crate) fn schedule(&self) -> Option<Event> {
        Event::parse(self.options.get("schedule")?).ok()
    }

    /// When it comes up after an instant, in seconds since 1970.
    fn next_after(&self, at_s: i64) -> Option<i64> {
        if !self.is_enabled() {
            return None;
        }
        self.schedule()?.next_after(at_s)
    }

    /// Which guests it is about.
    pub(crate) fn choice(&self) -> Choice {
        Choice::read(|name| self.options.get(name).cloned())
    }
}

impl Cluster {
    /// When the next job comes up, if not after `until_s` (seconds since 1970).
    pub(crate) fn next_schedule_s(&self, until_s: i64) -> Option<i64> {
        if self.scheduled_s >= until_s {
            return None;
        }
        self.backup_jobs
            .values()
            .filter_map(|job| job.next_after(self.scheduled_s))
            .filter(|next| *next <= until_s)
            .min()
    }

    /// Starts the jobs that became due since this was last done.
    pub(crate) fn run_schedules(&mut self) {
        let now_s = self.now_ms.div_euclid(1000);
        let since_s = self.scheduled_s;
        if since_s >= now_s {
            return;
        }
        self.scheduled_s = now_s;
        let due: Vec<String> = self
            .backup_jobs
            .iter()
            .filter(|(_, job)| job.next_after(since_s).is_some_and(|next| next <= now_s))
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            self.run_backup_job(&id);
        }
    }

    /// Backs up what a job selects, on every node that has some of it.
    fn run_backup_job(&mut self, id: &str) {
        let Some(job) = self.backup_jobs.get(id).cloned() else {
            return;
        };
        let only = job.options.get("node").cloned();
        let nodes: Vec<_> = self
            .nodes
            .iter()
            .filter(|node| node.online && only.as_ref().is_none_or(|only| *only == *node.name))
            .map(|node| node.name.clone())
            .collect();
        for node in nodes {
            let vmids = selected(self, &job.choice(), &node);
            if vmids.is_empty() {
                continue;
            }
            let work = BackUp::new(vmids, job.options.clone());
            self.start_task(NewTask {
                node: &node,
                kind: "vzdump",
                id: &work.task_id(),
                user: ROOT,
                work: Work::job(work),
                spoil: Spoil::default(),
            });
        }
    }
}
