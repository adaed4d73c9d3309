//! Tasks: UPIDs, their states, logs, and the queue by which they advance. What a task does to the
//! cluster stands in `work`; here is only the book-keeping.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::faults::Spoil;
use super::work::Work;

/// A task that was started.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) number: u64,
    pub(crate) upid: String,
    pub(crate) node: Arc<str>,
    pub(crate) pid: u32,
    pub(crate) pstart: u64,
    pub(crate) start_ms: i64,
    pub(crate) kind: String,
    pub(crate) id: String,
    /// Who started it, with the token id when it was a token.
    pub(crate) user: String,
    pub(crate) state: TaskState,
    /// Its work began: what was prepared has to be undone when it fails.
    pub(crate) has_begun: bool,
    pub(crate) log: Vec<String>,
    pub(crate) work: Work,
    pub(crate) spoil: Spoil,
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TaskState {
    /// Has not got the guest's lock file yet; looks again at that instant.
    Waiting { due_ms: i64 },
    /// Works until that instant; `error` says how it will end.
    Working { due_ms: i64, error: Option<String> },
    /// Ended.
    Ended { at_ms: i64, exit: String },
}

impl Task {
    pub(crate) fn exit(&self) -> Option<&str> {
        match &self.state {
            TaskState::Ended { exit, .. } => Some(exit),
            TaskState::Waiting { .. } | TaskState::Working { .. } => None,
        }
    }

    pub(crate) fn ended_ms(&self) -> Option<i64> {
        match self.state {
            TaskState::Ended { at_ms, .. } => Some(at_ms),
            TaskState::Waiting { .. } | TaskState::Working { .. } => None,
        }
    }

    pub(crate) fn due_ms(&self) -> Option<i64> {
        match self.state {
            TaskState::Waiting { due_ms } | TaskState::Working { due_ms, .. } => Some(due_ms),
            TaskState::Ended { .. } => None,
        }
    }

    pub(crate) fn start_s(&self) -> i64 {
        self.start_ms.div_euclid(1000)
    }

    /// The user without the token id, and the token id.
    pub(crate) fn user_and_token(&self) -> (&str, Option<&str>) {
        match self.user.split_once('!') {
            Some((user, token)) => (user, Some(token)),
            None => (&self.user, None),
        }
    }
}

/// All tasks of the cluster.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    all: BTreeMap<u64, Task>,
    by_upid: HashMap<String, u64>,
    queue: BTreeSet<(i64, u64)>,
    next: u64,
}

/// Ended tasks that are kept; older ones are forgotten, as log rotation does.
const KEPT: usize = 5000;

impl Tasks {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn insert(&mut self, task: Task) {
        if let Some(due_ms) = task.due_ms() {
            self.queue.insert((due_ms, task.number));
        }
        self.by_upid.insert(task.upid.clone(), task.number);
        self.all.insert(task.number, task);
        if self.all.len() > KEPT {
            let oldest = self
                .all
                .values()
                .find(|task| task.exit().is_some())
                .map(|task| task.number);
            if let Some(task) = oldest.and_then(|number| self.all.remove(&number)) {
                self.by_upid.remove(&task.upid);
            }
        }
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Task> {
        self.all.get(&number)
    }

    pub(crate) fn by_upid(&self, upid: &str) -> Option<&Task> {
        self.all.get(self.by_upid.get(upid)?)
    }

    /// Newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Task> {
        self.all.values().rev()
    }

    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = &Task> {
        self.all.values()
    }

    /// The task whose turn comes next, if it is due.
    pub(crate) fn pop_due(&mut self, now_ms: i64) -> Option<(i64, u64)> {
        let first = *self.queue.first()?;
        (first.0 <= now_ms).then(|| {
            self.queue.remove(&first);
            first
        })
    }

    /// When the next turn of a task is due.
    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.queue.first().map(|(due_ms, _)| *due_ms)
    }

    /// Sets the state and keeps the queue in step.
    pub(crate) fn set_state(&mut self, number: u64, state: TaskState) {
        let Some(task) = self.all.get_mut(&number) else {
            return;
        };
        if let Some(due_ms) = task.due_ms() {
            self.queue.remove(&(due_ms, number));
        }
        task.state = state;
        if let Some(due_ms) = task.due_ms() {
            self.queue.insert((due_ms, number));
        }
    }

    pub(crate) fn mark_begun(&mut self, number: u64) {
        if let Some(task) = self.all.get_mut(&number) {
            task.has_begun = true;
        }
    }

    pub(crate) fn say(&mut self, number: u64, line: impl Into<String>) {
        if let Some(task) = self.all.get_mut(&number) {
            task.log.push(line.into());
        }
    }

    /// Numbers of the tasks that have not ended on a node.
    /// Tasks of the same kind on the same node that wait look again: it may be their turn now.
    pub(crate) fn wake_those_like(&mut self, number: u64, at_ms: i64) {
        let Some(ended) = self.all.get(&number) else {
            return;
        };
        let waiting: Vec<u64> = self
            .all
            .values()
            .filter(|task| matches!(task.state, TaskState::Waiting { .. }))
            .filter(|task| task.kind == ended.kind && task.node == ended.node)
            .map(|task| task.number)
            .collect();
        for number in waiting {
            self.set_state(number, TaskState::Waiting { due_ms: at_ms });
        }
    }

    pub(crate) fn open_on(&self, node: &str) -> Vec<u64> {
        self.all
            .values()
            .filter(|task| task.exit().is_none() && &*task.node == node)
            .map(|task| task.number)
            .collect()
    }
}

/// The parts of a UPID, in PVE's spelling.
pub(crate) fn upid(
    node: &str,
    (pid, pstart): (u32, u64),
    start_ms: i64,
    (kind, id): (&str, &str),
    user: &str,
) -> String {
    let start = start_ms.div_euclid(1000);
    format!("UPID:{node}:{pid:08X}:{pstart:08X}:{start:08X}:{kind}:{id}:{user}:")
}

/// Whether a text has the form of a UPID, and of which node it is.
pub(crate) fn upid_node(text: &str) -> Option<&str> {
    let mut parts = text.strip_prefix("UPID:")?.split(':');
    let node = parts.next()?;
    let is_hex = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_name = !node.is_empty()
        && node
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let numbers = is_hex(parts.next()?, &[8])
        && is_hex(parts.next()?, &[8, 9])
        && is_hex(parts.next()?, &[8]);
    let kind = parts.next()?;
    let id = parts.next()?;
    let user = parts.next()?;
    let end = parts.next()?;
    let is_word = |part: &str| !part.bytes().any(|byte| byte == b' ' || byte == b'/');
    let fits = is_name
        && numbers
        && !kind.is_empty()
        && is_word(kind)
        && is_word(id)
        && user.contains('@')
        && is_word(user)
        && end.is_empty()
        && parts.next().is_none();
    fits.then_some(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_upid_has_the_spelling_of_pve() {
        let text = upid(
            "pve1",
            (0x1117, 0x4E408),
            0x6B03_87C5_i64 * 1000,
            ("qmcreate", "100"),
            "root@pam",
        );
        assert_eq!(
            text,
            "UPID:pve1:00001117:0004E408:6B0387C5:qmcreate:100:root@pam:"
        );
        assert_eq!(upid_node(&text), Some("pve1"));
    }

    #[test]
    fn texts_that_are_no_upid_are_refused() {
        for text in [
            "UPID:bad",
            "hello",
            "upid:pve1:000088a1:000c0d8e:6b039a1a:vzdump:9395:root@pam:",
            "UPID:pve1:000088A1:000C0D8E:6B039A1A:vzdump:9395:root@pam",
            "UPID:pve1:000088A1:000C0D8E:6B039A1A:vzdump:9395:root@pam:y",
        ] {
            assert_eq!(upid_node(text), None, "{text}");
        }
    }
}
