//! Tasks: most of what PVE does happens in one, after the call that started it was answered.

use std::fmt;

use serde::Deserialize;

use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::ids::{NodeName, Vmid};
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};
use crate::upid::Upid;

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskOutcome {
    /// Well.
    Ok,
    /// Well, with this many warnings in its log.
    Warnings(u32),
    /// Not; PVE's text.
    Failed(String),
    /// Not known: the process was killed before it could write a last line, or the log cannot be
    /// read. What it did or did not do must be looked at.
    Unknown(String),
}

impl TaskOutcome {
    /// Reads the `exitstatus` of a task (in lists: its `status`).
    pub fn from_exit_text(text: &str) -> Self {
        match text {
            "OK" => Self::Ok,
            "" | "unexpected status" => Self::Unknown(text.to_owned()),
            _ if text.starts_with("unable to get last line from task log") => {
                Self::Unknown(text.to_owned())
            }
            _ => text
                .strip_prefix("WARNINGS: ")
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|digits| digits.parse().ok())
                .map_or_else(|| Self::Failed(text.to_owned()), Self::Warnings),
        }
    }

    /// Did it do what it should, warnings included?
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Ok | Self::Warnings(_))
    }
}

impl fmt::Display for TaskOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Warnings(count) => write!(f, "OK with {count} warnings"),
            Self::Failed(text) => write!(f, "failed: {text}"),
            Self::Unknown(text) if text.is_empty() => f.write_str("unknown"),
            Self::Unknown(text) => write!(f, "unknown: {text}"),
        }
    }
}

/// Whether a task goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState {
    /// It does.
    Running,
    /// It ended like this.
    Ended(TaskOutcome),
}

/// State of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskStatus {
    /// The task.
    pub upid: Upid,
    /// Whether it goes on.
    pub state: TaskState,
}

/// A line of a task's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Counted from 1.
    pub number: u64,
    /// The line; comes from the cluster and its guests, not to be trusted.
    pub text: String,
}

/// A task in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// The task; holds kind, object, user and start.
    pub upid: Upid,
    /// Whether it goes on.
    pub state: TaskState,
    /// When it ended, seconds since 1970 by the node's clock.
    pub end_time: Option<u64>,
}

/// Which tasks of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFilter {
    /// Running ones, ended ones or both.
    pub source: TaskSource,
    /// Of this guest.
    pub vmid: Option<Vmid>,
    /// Started at or after, seconds since 1970.
    pub since: Option<u64>,
    /// Started before, seconds since 1970.
    pub until: Option<u64>,
    /// Of this kind, as `qmstart`.
    pub kind: Option<String>,
    /// Skip the newest.
    pub start: u32,
    /// At most this many.
    pub limit: u32,
}

impl Default for TaskFilter {
    /// The newest 50, running and ended.
    fn default() -> Self {
        Self {
            source: TaskSource::All,
            vmid: None,
            since: None,
            until: None,
            kind: None,
            start: 0,
            limit: 50,
        }
    }
}

/// Which of a node's two task lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskSource {
    /// Ended ones (what PVE gives by default).
    Archive,
    /// Running ones.
    Active,
    /// Both.
    All,
}

impl TaskSource {
    fn as_str(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Active => "active",
            Self::All => "all",
        }
    }
}

#[derive(Deserialize)]
struct StatusAnswer {
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    exitstatus: Option<String>,
}

#[derive(Deserialize)]
struct LogRow {
    #[serde(default, deserialize_with = "lenient::unsigned")]
    n: Option<u64>,
    #[serde(default, deserialize_with = "lenient::text")]
    t: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "lenient::text")]
    upid: Option<String>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    endtime: Option<u64>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
}

impl Row {
    fn task(self) -> Option<TaskRow> {
        let upid = self.upid?.parse().ok()?;
        let state = match (self.status.as_deref(), self.endtime) {
            (Some("RUNNING"), _) | (None, None) => TaskState::Running,
            (text, _) => TaskState::Ended(TaskOutcome::from_exit_text(text.unwrap_or_default())),
        };
        Some(TaskRow {
            upid,
            state,
            end_time: self.endtime,
        })
    }
}

impl Client {
    /// State of a task, asked at the node that runs it.
    pub async fn task_status(&self, upid: &Upid) -> Result<TaskStatus> {
        let path = ApiPath::task(upid, &["status"]);
        let answer: StatusAnswer = self.get(path, Params::new()).await?;
        let state = if answer.status.as_deref() == Some("running") {
            TaskState::Running
        } else {
            let text = answer.exitstatus.unwrap_or_default();
            TaskState::Ended(TaskOutcome::from_exit_text(&text))
        };
        Ok(TaskStatus {
            upid: upid.clone(),
            state,
        })
    }

    /// Lines of a task's log from `start` (0 is the first), at most `limit` (0: all), and the
    /// number of all lines. A task the node does not know is the same error as for its status,
    /// although PVE answers with a line that says so.
    pub async fn task_log(
        &self,
        upid: &Upid,
        start: u64,
        limit: u32,
    ) -> Result<(Vec<LogLine>, u64)> {
        let path = ApiPath::task(upid, &["log"]);
        let params = Params::new().with("start", start).with("limit", limit);
        let request = Request {
            method: Method::Get,
            path,
            params,
        };
        let reply = self.fetch::<Vec<LogRow>>(request.clone()).await?;
        let lines: Vec<LogLine> = (start + 1..)
            .zip(reply.data)
            .map(|(expected, row)| LogLine {
                number: row.n.unwrap_or(expected),
                text: row.t.unwrap_or_default(),
            })
            .collect();
        let total = reply.total.unwrap_or(start + lines.len() as u64);
        // PVE's own interface needs a line, so an empty log is given one.
        match lines.as_slice() {
            [only] if total <= 1 && only.text == "no content" => Ok((Vec::new(), 0)),
            [only] if total <= 1 && only.text.starts_with("unable to open file - ") => {
                let kind = ErrorKind::Parameters {
                    text: only.text.clone(),
                    errors: [("upid".to_owned(), "no such task".to_owned())].into(),
                };
                Err(self.fail(&request, kind))
            }
            _ => Ok((lines, total)),
        }
    }

    /// Tasks of a node, the newest first. Without `Sys.Audit` on the node only one's own.
    pub async fn node_tasks(&self, node: &NodeName, filter: &TaskFilter) -> Result<Vec<TaskRow>> {
        let params = Params::new()
            .with("source", filter.source.as_str())
            .with("start", filter.start)
            .with("limit", filter.limit)
            .with_some("vmid", filter.vmid)
            .with_some("since", filter.since)
            .with_some("until", filter.until)
            .with_some("typefilter", filter.kind.as_deref());
        let rows: Vec<Row> = self.get(ApiPath::node(node, &["tasks"]), params).await?;
        Ok(rows.into_iter().filter_map(Row::task).collect())
    }

    /// Running tasks and up to 25 ended ones per node, in one request. Some seconds behind.
    pub async fn cluster_tasks(&self) -> Result<Vec<TaskRow>> {
        let path = ApiPath::fixed(&["cluster", "tasks"]);
        let rows: Vec<Row> = self.get(path, Params::new()).await?;
        Ok(rows.into_iter().filter_map(Row::task).collect())
    }

    /// Asks a task to stop (TERM, after five seconds KILL). It may still end well, and what it
    /// was doing may be left half done.
    pub async fn stop_task(&self, upid: &Upid) -> Result<()> {
        let path = ApiPath::task(upid, &[]);
        let request = Request {
            method: Method::Delete,
            path,
            params: Params::new(),
        };
        self.fetch::<serde_json::Value>(request).await.map(|_| ())
    }
}
