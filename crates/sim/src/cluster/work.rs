//! How tasks advance: they wait for the lock file of a guest, begin, and end. What they do stands in
//! their jobs. Errors found there appear only in the task, never in the answer of the call: that is how
//! PVE behaves, too.

use std::fmt::Debug;
use std::sync::Arc;

use super::Cluster;
use super::guest::GuestKind;
use super::tasks::{Task, TaskState};
use crate::random::{Random, mix};

/// The work of a task.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    Job(Arc<dyn Job>),
    /// A task that a world says is running: nothing of ours ends it.
    Endless,
    /// A task that ended before the world began.
    Past,
}

impl Work {
    pub(crate) fn job(job: impl Job + 'static) -> Self {
        Self::Job(Arc::new(job))
    }
}

/// Something a task does.
pub(crate) trait Job: Debug + Send + Sync {
    /// The guest whose lock file it needs before it begins.
    fn guest(&self) -> Option<(GuestKind, u32)> {
        None
    }

    /// The instant at which it looks again whether it is its turn; `None` when it is.
    fn wait_for_turn(&self, _: &mut Cluster, _: &TaskContext) -> Result<Option<i64>, String> {
        Ok(None)
    }

    /// Whether it keeps that lock file until it ends.
    fn keeps_lock_file(&self) -> bool {
        self.guest().is_some()
    }

    /// It looks whether it may work, and takes its locks.
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String>;

    /// The work takes effect.
    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String>;

    /// The work was begun and does not take effect.
    fn undo(&self, _: &mut Cluster, _: &TaskContext) {}

    /// The work never began; what the call itself had reserved is given back.
    fn drop_unbegun(&self, _: &mut Cluster) {}

    /// What the task says when it is told to stop.
    fn when_interrupted(&self) -> &'static str {
        "received interrupt"
    }

    /// Lines that begin with `WARN:` make the task end with warnings.
    fn counts_warnings(&self) -> bool {
        false
    }

    /// A shutdown may be overruled by a stop.
    fn is_shutdown(&self) -> bool {
        false
    }
}

/// The task a job works for.
#[derive(Debug, Clone)]
pub(crate) struct TaskContext {
    pub(crate) number: u64,
    pub(crate) node: Arc<str>,
    pub(crate) start_ms: i64,
    pub(crate) at_ms: i64,
    /// How this task's times differ from the usual ones.
    pub(crate) pace: f64,
    /// The task will fail because a fault says so.
    pub(crate) is_spoiled: bool,
    pub(crate) seed: u64,
}

/// How long work takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Takes {
    /// Milliseconds at natural speed.
    pub(crate) ms: f64,
    /// Not before that instant (tasks that wait for others).
    pub(crate) until_ms: Option<i64>,
    /// The work will fail with this.
    pub(crate) error: Option<String>,
}

impl Takes {
    pub(crate) fn ms(ms: f64) -> Self {
        Self {
            ms,
            until_ms: None,
            error: None,
        }
    }
}

/// How long PVE waits for the lock file of a guest.
const LOCK_WAIT_MS: i64 = 10_000;

impl Cluster {
    /// Lets everything that is due happen, in order of time: tasks take their turns, schedules come up,
    /// the HA manager looks around. Nothing else moves the state.
    pub(crate) fn settle(&mut self, now_ms: i64) {
        let until_ms = self.now_ms.max(now_ms);
        loop {
            let schedule_ms = self.next_schedule_s(until_ms.div_euclid(1000));
            let schedule_ms = schedule_ms.map(|due_s| due_s * 1000);
            let nexts = [
                self.tasks.next_due_ms(),
                schedule_ms,
                self.next_ha_ms(),
                self.next_replication_ms(),
            ];
            let Some(next_ms) = nexts.into_iter().flatten().min() else {
                break;
            };
            if next_ms > until_ms {
                break;
            }
            // A turn of the clock over days is lived through as if it had run.
            self.now_ms = self.now_ms.max(next_ms);
            if let Some((at_ms, number)) = self.tasks.pop_due(self.now_ms) {
                self.take_turn(number, at_ms);
                continue;
            }
            self.run_schedules();
            self.run_ha();
            self.run_replication();
        }
        self.now_ms = until_ms;
        self.scheduled_s = self.scheduled_s.max(until_ms.div_euclid(1000));
    }

    fn take_turn(&mut self, number: u64, at_ms: i64) {
        let Some(task) = self.tasks.get(number) else {
            return;
        };
        match task.state.clone() {
            TaskState::Waiting { .. } => self.begin(number, at_ms),
            TaskState::Working { .. } if task.spoil.killed && task.has_begun => {
                self.kill_worker(number, at_ms);
            }
            TaskState::Working { error, .. } => self.end(number, at_ms, error.as_deref()),
            TaskState::Ended { .. } => {}
        }
    }

    fn context(&self, task: &Task, at_ms: i64) -> TaskContext {
        let seed = mix(self.seed, &[task.number, task.pstart]);
        TaskContext {
            number: task.number,
            node: task.node.clone(),
            start_ms: task.start_ms,
            at_ms,
            pace: Random::new(seed).between(0.8, 1.25),
            is_spoiled: task.spoil.error.is_some(),
            seed,
        }
    }

    /// A task looks whether it may work, takes its locks and says how long it will take.
    fn begin(&mut self, number: u64, at_ms: i64) {
        let Some(task) = self.tasks.get(number) else {
            return;
        };
        let Work::Job(job) = task.work.clone() else {
            return;
        };
        let (context, spoil) = (self.context(task, at_ms), task.spoil.clone());
        let waits = match job.wait_for_turn(self, &context) {
            Ok(None) => self.wait_for_lock_file(&*job, &context),
            waits => waits,
        };
        let state = match waits {
            Err(text) => self.failing(&context, text),
            Ok(Some(due_ms)) => TaskState::Waiting { due_ms },
            Ok(None) => match job.begin(self, &context) {
                Err(text) => self.failing(&context, text),
                Ok(takes) => {
                    self.tasks.mark_begun(number);
                    if job.keeps_lock_file() {
                        self.hold(&*job, Some(number));
                    }
                    let (due_ms, late) = match spoil.seconds {
                        // Given in simulated seconds; the scale does not shorten it.
                        Some(seconds) => (at_ms + (seconds * 1000.0) as i64, None),
                        None => (at_ms + self.scaled(takes.ms), takes.error),
                    };
                    let due_ms = due_ms.max(takes.until_ms.unwrap_or(due_ms));
                    let part = spoil.after_part.unwrap_or(1.0);
                    TaskState::Working {
                        due_ms: at_ms + ((due_ms - at_ms) as f64 * part) as i64,
                        error: spoil.error.or(late),
                    }
                }
            },
        };
        self.tasks.set_state(number, state);
    }

    fn failing(&self, context: &TaskContext, text: String) -> TaskState {
        let takes_ms = Random::new(context.seed).between(60.0, 250.0);
        TaskState::Working {
            due_ms: context.at_ms + self.scaled(takes_ms),
            error: Some(text),
        }
    }

    pub(crate) fn scaled(&self, ms: f64) -> i64 {
        (ms * self.time_scale).round() as i64
    }

    /// The instant to look again, `None` when the lock file is free, PVE's text when it took too long.
    fn wait_for_lock_file(
        &mut self,
        job: &dyn Job,
        context: &TaskContext,
    ) -> Result<Option<i64>, String> {
        let Some((kind, vmid)) = job.guest() else {
            return Ok(None);
        };
        let waited = self
            .tasks
            .get(context.number)
            .is_some_and(|task| task.log.last().is_some_and(|line| line == TRYING));
        let holder_due = self
            .guests
            .get(&vmid)
            .and_then(|guest| guest.holder)
            .and_then(|holder| self.tasks.get(holder))
            .and_then(Task::due_ms);
        let Some(due_ms) = holder_due else {
            if waited {
                self.tasks.say(context.number, " OK");
            }
            return Ok(None);
        };
        if !waited {
            self.tasks.say(context.number, TRYING);
        }
        let give_up_ms = context.start_ms + LOCK_WAIT_MS;
        if context.at_ms >= give_up_ms {
            let file = kind.lock_file(vmid);
            return Err(format!("can't lock file '{file}' - got timeout"));
        }
        let soonest = context.at_ms + 1;
        Ok(Some(due_ms.clamp(soonest, give_up_ms.max(soonest))))
    }

    fn hold(&mut self, job: &dyn Job, holder: Option<u64>) {
        if let Some(guest) = job.guest().and_then(|(_, vmid)| self.guests.get_mut(&vmid)) {
            guest.holder = holder;
        }
    }

    /// A task ends: its work takes effect, or its error does; locks it holds are given back.
    pub(crate) fn end(&mut self, number: u64, at_ms: i64, error: Option<&str>) {
        let Some(task) = self.tasks.get(number) else {
            return;
        };
        let has_begun = task.has_begun;
        let (work, spoil, context) = (
            task.work.clone(),
            task.spoil.clone(),
            self.context(task, at_ms),
        );
        let mut exit = error.map(str::to_owned);
        if let Work::Job(job) = &work {
            let vmid = job.guest().map(|(_, vmid)| vmid);
            let mut owned = false;
            if let Some(guest) = vmid.and_then(|vmid| self.guests.get_mut(&vmid)) {
                if guest.holder == Some(number) {
                    guest.holder = None;
                }
                owned = guest.lock_owner == Some(number);
                if owned {
                    guest.lock = None;
                    guest.lock_owner = None;
                }
            }
            match &exit {
                None => exit = job.finish(self, &context).err(),
                Some(_) if has_begun || owned => job.undo(self, &context),
                Some(_) => job.drop_unbegun(self),
            }
        }
        let warnings = match &work {
            Work::Job(job) if job.counts_warnings() => self.tasks.get(number).map_or(0, |task| {
                task.log
                    .iter()
                    .filter(|line| line.starts_with("WARN: "))
                    .count()
            }),
            _ => 0,
        };
        let exit = match exit {
            None if warnings > 0 => {
                let text = format!("WARNINGS: {warnings}");
                self.tasks.say(number, format!("TASK {text}"));
                text
            }
            None => {
                self.tasks.say(number, "TASK OK");
                "OK".to_owned()
            }
            Some(text) => {
                self.tasks.say(number, format!("TASK ERROR: {text}"));
                text.trim_end().replace('\n', " ")
            }
        };
        self.tasks
            .set_state(number, TaskState::Ended { at_ms, exit });
        self.tasks.wake_those_like(number, at_ms);
        if error.is_none() {
            for effect in &spoil.after {
                self.apply_effect(effect, at_ms);
            }
        }
    }

    /// Ends running shutdowns of a guest, for a stop that shall not wait for them; gives their UPIDs.
    pub(crate) fn interrupt_shutdowns(&mut self, vmid: u32) -> Vec<String> {
        let Some(holder) = self.guests.get(&vmid).and_then(|guest| guest.holder) else {
            return Vec::new();
        };
        let upid = self
            .tasks
            .get(holder)
            .filter(|task| matches!(&task.work, Work::Job(job) if job.is_shutdown()))
            .map(|task| task.upid.clone());
        if upid.is_some() {
            self.interrupt(holder, self.now_ms);
        }
        upid.into_iter().collect()
    }

    /// A task is told to stop: what it had not finished does not happen.
    pub(crate) fn interrupt(&mut self, number: u64, at_ms: i64) {
        let Some(task) = self.tasks.get(number) else {
            return;
        };
        if task.exit().is_some() {
            return;
        }
        let text = match &task.work {
            Work::Job(job) => job.when_interrupted(),
            Work::Endless if task.kind == "vzdump" => "interrupted by signal",
            Work::Endless | Work::Past => "received interrupt",
        };
        self.end(number, at_ms, Some(text));
    }
}

const TRYING: &str = "trying to acquire lock...";
