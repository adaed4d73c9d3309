//! Consoles that were asked for and wait to be connected to: one port each, for one user, for a short
//! time. The worker that waits is a task as on a node.

use super::Cluster;
use super::guest::GuestKind;
use super::tasks::TaskState;
use super::work::{Job, Takes, TaskContext};

/// Ports of consoles.
const PORTS: std::ops::RangeInclusive<u16> = 5900..=5999;

/// How long a worker waits for its client.
pub(crate) const WAIT_MS: i64 = 10_000;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// The screen, in the protocol of VNC.
    Screen,
    /// A terminal.
    Terminal,
}

/// A console that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Console {
    pub(crate) user: String,
    /// What the ticket is good for: `/vms/101` or `/nodes/pve1`.
    pub(crate) path: String,
    pub(crate) node: String,
    pub(crate) guest: Option<(GuestKind, u32)>,
    pub(crate) face: Face,
    /// The password of a screen.
    pub(crate) password: String,
    /// The task of its worker.
    pub(crate) task: u64,
}

/// The worker that waits for a client, for so long.
#[derive(Debug)]
pub(crate) struct WaitForClient {
    pub(crate) ms: i64,
}

impl Job for WaitForClient {
    fn begin(&self, _: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        Ok(Takes {
            ms: 0.0,
            until_ms: Some(task.at_ms + self.ms),
            error: Some("connection timed out".to_owned()),
        })
    }

    fn finish(&self, _: &mut Cluster, _: &TaskContext) -> Result<(), String> {
        Ok(())
    }
}

impl Cluster {
    /// A port that no console has; those whose worker has given up are free again.
    pub(crate) fn free_console_port(&mut self) -> Option<u16> {
        let tasks = &self.tasks;
        self.consoles.retain(|_, console| {
            tasks
                .get(console.task)
                .is_some_and(|task| task.exit().is_none())
        });
        PORTS
            .into_iter()
            .find(|port| !self.consoles.contains_key(port))
    }

    /// A client connects: the worker stops waiting. `None` when nobody waits on that port.
    pub(crate) fn connect_console(&mut self, port: u16, user: &str, path: &str) -> Option<Console> {
        let console = self.consoles.get(&port)?;
        if console.user != user || console.path != path {
            return None;
        }
        let task = self.tasks.get(console.task)?;
        if task.exit().is_some() {
            return None;
        }
        let console = self.consoles.remove(&port)?;
        let talking = TaskState::Working {
            due_ms: i64::MAX,
            error: None,
        };
        self.tasks.set_state(console.task, talking);
        Some(console)
    }

    /// The client has gone.
    pub(crate) fn disconnect_console(&mut self, console: &Console) {
        let is_open = self
            .tasks
            .get(console.task)
            .is_some_and(|task| task.exit().is_none());
        if is_open {
            self.end(console.task, self.now_ms, None);
        }
    }
}
