//! Replication of guests' volumes to other nodes (ZFS only).

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{NodeName, Vmid};
use crate::params::Params;
use crate::path::ApiPath;
use crate::tasks::LogLine;
use crate::transport::{Method, Request};
use crate::upid::Upid;

answers! {
    /// A job, as it is configured.
    ReplicationJob {
        /// Guest number and job number, as `100-0`.
        id: String = "id",
        /// The guest.
        guest: Option<Vmid> = "guest",
        /// The node it goes to.
        target: Option<NodeName> = "target",
        /// The node it comes from; for finding jobs of stolen guests.
        source: Option<NodeName> = "source",
        /// When, as a calendar event; by default every 15 minutes.
        schedule: Option<String> = "schedule",
        /// Limit in MB/s.
        rate_mb_s: Option<f64> = "rate",
        /// Is it switched off?
        disabled: bool = "disable",
        /// A note.
        comment: Option<String> = "comment",
        /// `local` or `full` while it is being removed.
        removing: Option<String> = "remove_job",
        /// Hash of the configuration (single jobs only).
        digest: Option<String> = "digest",
    }

    /// How a job does, on the node its guest is on.
    ReplicationStatus {
        /// Guest number and job number.
        id: String = "id",
        /// The guest.
        guest: Option<Vmid> = "guest",
        /// The node it goes to.
        target: Option<NodeName> = "target",
        /// When it last worked, seconds since 1970; 0 or nothing when it never did.
        last_sync_s: Option<u64> = "last_sync",
        /// When it was last tried.
        last_try_s: Option<u64> = "last_try",
        /// When it is due.
        next_sync_s: Option<u64> = "next_sync",
        /// How long it took last, in seconds.
        duration_s: Option<f64> = "duration",
        /// Failures in a row.
        fail_count: Option<u64> = "fail_count",
        /// PVE's text of the last failure.
        error: Option<String> = "error",
        /// The process that runs it now.
        pid: Option<u64> = "pid",
    }
}

/// A line of a job's log.
struct Line(LogLine);

impl Row for Line {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let text = Option::<String>::loose(map.get("t"))?;
        Some(Self(LogLine {
            number: u64::loose(map.get("n"))?,
            text: text.unwrap_or_default(),
        }))
    }
}

/// A job to make.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReplicationJob {
    /// The guest.
    pub guest: Vmid,
    /// Tells jobs of one guest apart.
    pub number: u32,
    /// The node it goes to.
    pub target: NodeName,
    /// When, as a calendar event.
    pub schedule: Option<String>,
    /// Limit in MB/s.
    pub rate_mb_s: Option<f64>,
    /// A note.
    pub comment: Option<String>,
    /// Makes it switched off.
    pub disabled: bool,
}

/// A change of a job.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReplicationChange {
    /// When.
    pub schedule: Option<String>,
    /// Limit in MB/s.
    pub rate_mb_s: Option<f64>,
    /// A note.
    pub comment: Option<String>,
    /// Switched off or on.
    pub disabled: Option<bool>,
    /// Keys that go back to their default.
    pub delete: Vec<String>,
    /// Only if the configuration still has this digest.
    pub digest: Option<String>,
}

/// How a job is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoveReplication {
    /// With the copies on the other node. Only marks it: the job removes itself when it next runs.
    WithCopies,
    /// Keeps the copies.
    KeepCopies,
    /// Removes the entry at once and cleans nothing up.
    EntryOnly,
}

impl Client {
    /// All jobs (PVE: GET `/cluster/replication`).
    pub async fn replication_jobs(&self) -> Result<Vec<ReplicationJob>> {
        let path = ApiPath::fixed(&["cluster", "replication"]);
        self.list_of(path, Params::new()).await
    }

    /// One job, with the digest.
    pub async fn replication_job(&self, id: &str) -> Result<ReplicationJob> {
        let path = self.api_path(&["cluster", "replication", id])?;
        self.one_of(path, Params::new()).await
    }

    /// Makes a job. A volume that cannot be replicated is refused at once.
    pub async fn create_replication_job(&self, job: &NewReplicationJob) -> Result<()> {
        let params = Params::new()
            .with("id", format!("{}-{}", job.guest, job.number))
            .with("type", "local")
            .with("target", &job.target)
            .with_some("schedule", job.schedule.as_deref())
            .with_some("rate", job.rate_mb_s.map(|rate| rate.to_string()))
            .with_some("comment", job.comment.as_deref())
            .with_some("disable", job.disabled.then_some(true));
        let path = ApiPath::fixed(&["cluster", "replication"]);
        self.tell(Method::Post, path, params).await
    }

    /// Changes a job.
    pub async fn update_replication_job(&self, id: &str, change: &ReplicationChange) -> Result<()> {
        let delete = (!change.delete.is_empty()).then(|| change.delete.join(","));
        let params = Params::new()
            .with_some("schedule", change.schedule.as_deref())
            .with_some("rate", change.rate_mb_s.map(|rate| rate.to_string()))
            .with_some("comment", change.comment.as_deref())
            .with_some("disable", change.disabled)
            .with_some("delete", delete)
            .with_some("digest", change.digest.as_deref());
        let path = self.api_path(&["cluster", "replication", id])?;
        self.tell(Method::Put, path, params).await
    }

    /// Removes a job.
    pub async fn delete_replication_job(&self, id: &str, how: RemoveReplication) -> Result<()> {
        let params = match how {
            RemoveReplication::WithCopies => Params::new(),
            RemoveReplication::KeepCopies => Params::new().with("keep", true),
            RemoveReplication::EntryOnly => Params::new().with("force", true),
        };
        let path = self.api_path(&["cluster", "replication", id])?;
        self.tell(Method::Delete, path, params).await
    }

    /// How the jobs of the guests of a node do (PVE: `/nodes/{node}/replication`).
    pub async fn replication_status(
        &self,
        node: &NodeName,
        guest: Option<Vmid>,
    ) -> Result<Vec<ReplicationStatus>> {
        let params = Params::new().with_some("guest", guest);
        let path = ApiPath::node(node, &["replication"]);
        self.list_of(path, params).await
    }

    /// How one job does.
    pub async fn replication_job_status(
        &self,
        node: &NodeName,
        id: &str,
    ) -> Result<ReplicationStatus> {
        let path = self.replication_path(node, id, "status")?;
        self.one_of(path, Params::new()).await
    }

    /// Lines of the log of a job's last run, and how many there are.
    pub async fn replication_log(
        &self,
        node: &NodeName,
        id: &str,
        start: u64,
        limit: u32,
    ) -> Result<(Vec<LogLine>, Option<u64>)> {
        let path = self.replication_path(node, id, "log")?;
        let params = Params::new().with("start", start).with("limit", limit);
        let (lines, total) = self.page_of(path, params).await?;
        Ok((lines.into_iter().map(|Line(line)| line).collect(), total))
    }

    /// Lets a job run as soon as possible. The answer is not the task of the run: that starts
    /// within the next minute.
    pub async fn run_replication_now(&self, node: &NodeName, id: &str) -> Result<Option<Upid>> {
        let request = Request {
            method: Method::Post,
            path: self.replication_path(node, id, "schedule_now")?,
            params: Params::new(),
        };
        let data: Value = self.fetch(request).await?.data;
        Ok(data.as_str().and_then(|text| text.parse().ok()))
    }

    fn replication_path(&self, node: &NodeName, id: &str, last: &str) -> Result<ApiPath> {
        self.api_path(&["nodes", node.as_str(), "replication", id, last])
    }
}
