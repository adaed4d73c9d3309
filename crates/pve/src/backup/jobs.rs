//! Jobs that make backups by a schedule (PVE: `/cluster/backup`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{NodeName, Vmid};
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::prune::KeepOptions;
use crate::transport::Method;

use super::{BackupCompression, BackupMode, BackupOptions, BackupSelection};

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupJob {
    /// Its id.
    pub id: String,
    /// Does it run by its schedule?
    pub enabled: bool,
    /// A calendar event, as `sat 02:00`.
    pub schedule: Option<String>,
    /// When it runs next, seconds since 1970 (lists only; missing when it does not).
    pub next_run_s: Option<u64>,
    /// Runs when it was missed while nothing scheduled?
    pub repeat_missed: bool,
    /// What somebody wrote about it.
    pub comment: Option<String>,
    /// On this node only.
    pub node: Option<NodeName>,
    /// Which guests. Nothing for a job that names none: it backs up nobody.
    pub selection: Option<BackupSelection>,
    /// Where to; nothing: the folder of the node.
    pub storage: Option<String>,
    /// How running guests are backed up.
    pub mode: Option<BackupMode>,
    /// How it is compressed.
    pub compression: Option<BackupCompression>,
    /// What is kept, instead of what the storage says.
    pub keep: Option<KeepOptions>,
    /// Are its backups protected?
    pub protected: bool,
    /// Notes of new backups.
    pub notes_template: Option<String>,
    /// All other options by PVE's names.
    pub options: BTreeMap<String, String>,
}

/// Keys that have fields of their own.
const OWN_KEYS: [&str; 19] = [
    "id",
    "type",
    "enabled",
    "schedule",
    "next-run",
    "repeat-missed",
    "comment",
    "node",
    "vmid",
    "all",
    "exclude",
    "pool",
    "storage",
    "mode",
    "compress",
    "prune-backups",
    "protected",
    "notes-template",
    "digest",
];

fn selection(map: &Map<String, Value>) -> Option<BackupSelection> {
    let guests = |key| Vec::<Vmid>::loose(pick(map, &[key])).unwrap_or_default();
    let pool: Option<String> = Loose::loose(pick(map, &["pool"]));
    if let Some(pool) = pool {
        return Some(BackupSelection::Pool(pool));
    }
    // Older releases wrote `exclude` without `all`.
    let except = guests("exclude");
    if bool::loose(pick(map, &["all"])) == Some(true) || !except.is_empty() {
        return Some(BackupSelection::AllExcept(except));
    }
    let named = guests("vmid");
    (!named.is_empty()).then_some(BackupSelection::Guests(named))
}

impl Row for BackupJob {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let get = |key: &str| pick(map, &[key]);
        let options = map
            .iter()
            .filter(|(key, _)| !OWN_KEYS.contains(&key.as_str()));
        Some(Self {
            id: Loose::loose(get("id"))?,
            // A job without the key runs.
            enabled: Option::<bool>::loose(get("enabled"))?.unwrap_or(true),
            schedule: Loose::loose(get("schedule"))?,
            next_run_s: Loose::loose(get("next-run"))?,
            repeat_missed: Loose::loose(get("repeat-missed"))?,
            comment: Loose::loose(get("comment"))?,
            node: Loose::loose(get("node"))?,
            selection: selection(map),
            storage: Loose::loose(get("storage"))?,
            mode: Loose::loose(get("mode"))?,
            compression: Loose::loose(get("compress"))?,
            keep: Loose::loose(get("prune-backups"))?,
            protected: Loose::loose(get("protected"))?,
            notes_template: Loose::loose(get("notes-template"))?,
            options: options
                .map(|(key, value)| (key.clone(), lenient::value_text(value)))
                .collect(),
        })
    }
}

/// A job to make.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBackupJob {
    /// Its id; nothing: PVE makes one up, and its answer does not say which.
    pub id: Option<String>,
    /// A calendar event, as `sat 02:00`.
    pub schedule: String,
    /// Does it run by its schedule?
    pub enabled: bool,
    /// A note.
    pub comment: Option<String>,
    /// On this node only.
    pub node: Option<NodeName>,
    /// Which guests.
    pub selection: BackupSelection,
    /// How.
    pub options: BackupOptions,
}

/// What to change of a job; what is missing stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobChange {
    /// Run by its schedule, or not.
    pub enabled: Option<bool>,
    /// Another schedule.
    pub schedule: Option<String>,
    /// Another note.
    pub comment: Option<String>,
    /// Other guests. What named them before is taken out in the same change.
    pub selection: Option<BackupSelection>,
    /// Other options.
    pub options: BackupOptions,
    /// Options by PVE's names to take back to their defaults.
    pub reset: Vec<String>,
}

impl Client {
    /// All jobs.
    pub async fn backup_jobs(&self) -> Result<Vec<BackupJob>> {
        let path = ApiPath::fixed(&["cluster", "backup"]);
        self.list_of(path, Params::new()).await
    }

    /// One job. The next run is only in the list.
    pub async fn backup_job(&self, id: &str) -> Result<BackupJob> {
        let path = self.api_path(&["cluster", "backup", id])?;
        self.one_of(path, Params::new()).await
    }

    /// Makes a job. PVE does not look whether the storage and the guests are there.
    pub async fn create_backup_job(&self, job: &NewBackupJob) -> Result<()> {
        if job.selection.is_empty() {
            return Err(self.invalid("the job names no guest".to_owned()));
        }
        let own = Params::new()
            .with_some("id", job.id.as_deref())
            .with("schedule", job.schedule.as_str())
            .with("enabled", job.enabled)
            .with_some("comment", job.comment.as_deref())
            .with_some("node", job.node.as_ref());
        let params = job.options.add_to(job.selection.add_to(own));
        let path = ApiPath::fixed(&["cluster", "backup"]);
        self.tell(Method::Post, path, params).await
    }

    /// Changes a job.
    pub async fn update_backup_job(&self, id: &str, change: &JobChange) -> Result<()> {
        let path = self.api_path(&["cluster", "backup", id])?;
        let mut reset: Vec<&str> = change.reset.iter().map(String::as_str).collect();
        let mut params = Params::new()
            .with_some("enabled", change.enabled)
            .with_some("schedule", change.schedule.as_deref())
            .with_some("comment", change.comment.as_deref());
        if let Some(selection) = &change.selection {
            if selection.is_empty() {
                return Err(self.invalid("the job would name no guest".to_owned()));
            }
            params = selection.add_to(params);
            // What named guests before must not stay beside it: a job has one way of naming them.
            reset.extend(match selection {
                BackupSelection::Guests(_) => &["all", "exclude", "pool"][..],
                BackupSelection::AllExcept(except) if except.is_empty() => {
                    &["vmid", "exclude", "pool"][..]
                }
                BackupSelection::AllExcept(_) => &["vmid", "pool"][..],
                BackupSelection::Pool(_) => &["vmid", "all", "exclude"][..],
            });
        }
        let reset = (!reset.is_empty()).then(|| reset.join(","));
        let params = change.options.add_to(params).with_some("delete", reset);
        self.tell(Method::Put, path, params).await
    }

    /// Removes a job. Its backups stay.
    pub async fn delete_backup_job(&self, id: &str) -> Result<()> {
        let path = self.api_path(&["cluster", "backup", id])?;
        self.tell(Method::Delete, path, Params::new()).await
    }
}
