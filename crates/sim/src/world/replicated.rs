//! Replication jobs as the neutral JSON of a world lists them, with how their last runs went.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::GuestSpec;
use crate::cluster::Cluster;
use crate::cluster::replication::{JOBS, JobState, vmid_of};
use crate::cluster::settings::Section;

/// A job of a world.
#[derive(Debug, Clone)]
pub(crate) struct ReplicationSpec {
    pub(crate) id: String,
    pub(crate) section: Section,
    pub(crate) state: JobState,
}

fn text(row: &Map<String, Value>, key: &str) -> Option<String> {
    row.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Seconds since 1970, given as such or as an instant.
fn seconds(row: &Map<String, Value>, key: &str) -> i64 {
    match row.get(key) {
        Some(Value::String(text)) => text.parse::<Timestamp>().map_or(0, Timestamp::as_second),
        Some(value) => value.as_i64().unwrap_or(0),
        None => 0,
    }
}

/// Reads the jobs; for one that cannot be, the sentence that says so.
pub(super) fn jobs(
    rows: &[Map<String, Value>],
    guests: &[GuestSpec],
    nodes: &[String],
) -> (Vec<ReplicationSpec>, Vec<String>) {
    let mut jobs: Vec<ReplicationSpec> = Vec::new();
    let mut warnings = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match job(row, &jobs, guests, nodes) {
            Ok(job) => jobs.push(job),
            Err(why) => {
                warnings.push(format!("replication_jobs[{index}] is left out: {why}"));
            }
        }
    }
    (jobs, warnings)
}

fn job(
    row: &Map<String, Value>,
    others: &[ReplicationSpec],
    guests: &[GuestSpec],
    nodes: &[String],
) -> Result<ReplicationSpec, String> {
    let given = ["vmid", "guest"]
        .iter()
        .find_map(|key| row.get(*key)?.as_u64());
    let id = match (text(row, "id").filter(|id| vmid_of(id) > 0), given) {
        (Some(id), _) => id,
        (None, Some(vmid)) => (0_u32..1000)
            .map(|number| format!("{vmid}-{number}"))
            .find(|id| others.iter().all(|other| other.id != *id))
            .unwrap_or_default(),
        (None, None) => return Err("`id` is not GUEST-NUMBER and no `vmid` is given".to_owned()),
    };
    let vmid = vmid_of(&id);
    let guest = guests
        .iter()
        .find(|guest| guest.vmid == vmid)
        .ok_or_else(|| format!("there is no guest {vmid}"))?;
    let target = text(row, "target").unwrap_or_default();
    if !nodes.contains(&target) || target == guest.node {
        return Err(format!("`target` '{target}' is no other node"));
    }
    if others.iter().any(|other| {
        other.id == id
            || (vmid_of(&other.id) == vmid
                && text(&other.section, "target") == Some(target.clone()))
    }) {
        return Err(format!("guest {vmid} is copied to '{target}' already"));
    }
    let mut section = Section::from_iter([
        ("type".to_owned(), Value::from("local")),
        ("target".to_owned(), target.into()),
        ("source".to_owned(), guest.node.as_str().into()),
    ]);
    for key in ["schedule", "comment", "remove_job"] {
        if let Some(value) = text(row, key).filter(|value| !value.is_empty()) {
            section.insert(key.to_owned(), value.into());
        }
    }
    if let Some(rate) = row.get("rate").filter(|rate| rate.is_number()) {
        section.insert("rate".to_owned(), rate.clone());
    }
    let is_off = row.get("enabled") == Some(&Value::Bool(false))
        || row
            .get("disable")
            .is_some_and(|off| *off == 1 || *off == true);
    if is_off {
        section.insert("disable".to_owned(), 1.into());
    }
    let last_sync_s = seconds(row, "last_sync");
    let state = JobState {
        last_sync_s,
        last_try_s: seconds(row, "last_try").max(last_sync_s),
        fail_count: row
            .get("fail_count")
            .and_then(Value::as_u64)
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(0),
        error: text(row, "error"),
        duration_s: row.get("duration").and_then(Value::as_f64),
        log: row
            .get("log")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        ..JobState::default()
    };
    Ok(ReplicationSpec { id, section, state })
}

impl Cluster {
    /// Puts the jobs of a world in force.
    pub(super) fn take_replication(&mut self, jobs: Vec<ReplicationSpec>, is_export: bool) {
        for job in jobs {
            self.settings.insert(JOBS, &job.id, job.section);
            self.adopt_replication(&job.id, job.state, is_export);
        }
    }

    /// The jobs as a world lists them.
    pub(super) fn neutral_replication(&self) -> Value {
        self.settings
            .all(JOBS)
            .map(|(id, section)| {
                let mut row = section.clone();
                row.retain(|key, _| !matches!(key.as_str(), "type" | "source" | "disable"));
                row.insert("id".to_owned(), id.into());
                row.insert("vmid".to_owned(), vmid_of(id).into());
                row.insert(
                    "enabled".to_owned(),
                    (!section.contains_key("disable")).into(),
                );
                let Some(state) = self.replication.get(id) else {
                    return Value::Object(row);
                };
                for (key, value) in [
                    ("last_sync", state.last_sync_s),
                    ("last_try", state.last_try_s),
                    ("fail_count", i64::from(state.fail_count)),
                ] {
                    row.insert(key.to_owned(), value.into());
                }
                if let Some(error) = &state.error {
                    row.insert("error".to_owned(), error.as_str().into());
                }
                if let Some(duration_s) = state.duration_s {
                    row.insert("duration".to_owned(), duration_s.into());
                }
                if !state.log.is_empty() {
                    row.insert("log".to_owned(), state.log.clone().into());
                }
                Value::Object(row)
            })
            .collect()
    }
}
