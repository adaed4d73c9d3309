//! Replication: a guest's volumes on local ZFS storages are copied to another node, again and again. The
//! scheduler looks once a minute; a node works on one job at a time. A job that failed is tried again
//! later each time; one that is to be removed takes its copies along. What one run does stands in
//! `replication_run`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Cluster;
use super::disk::{Volume, is_volume_key, owner_of};
use super::guest::Guest;
use super::settings::Section;
use crate::calendar::Event;

/// The file of jobs.
pub(crate) const JOBS: &str = "replication.cfg";

/// How often a job runs that does not say.
const USUAL: &str = "*/15";

const MINUTE_MS: i64 = 60_000;

/// What is known of a job besides its definition.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct JobState {
    /// Begin of the last try, seconds since 1970; 0 is never.
    pub(crate) last_try_s: i64,
    /// Begin of the last try that ended well.
    pub(crate) last_sync_s: i64,
    pub(crate) fail_count: u32,
    pub(crate) error: Option<String>,
    pub(crate) duration_s: Option<f64>,
    pub(crate) log: Vec<String>,
    pub(crate) running: Option<Run>,
    /// Volumes whose copy is that of the last sync.
    pub(crate) synced: BTreeSet<String>,
    /// The scheduler looks at it from then on.
    pub(crate) asked_ms: i64,
    /// When its next turn comes, as the schedule and failures say; `None` is never.
    pub(crate) next_s: Option<i64>,
}

/// A run under way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub(crate) pid: u32,
    pub(super) start_ms: i64,
    pub(super) until_ms: i64,
    pub(super) node: String,
    pub(super) target: String,
    /// What will be copied; the error with which it will fail instead.
    pub(super) outcome: Result<Vec<String>, String>,
}

/// The guest of a job: its number stands before the dash of the job's name.
pub(crate) fn vmid_of(id: &str) -> u32 {
    id.split_once('-')
        .and_then(|(vmid, _)| vmid.parse().ok())
        .unwrap_or(0)
}

pub(crate) fn text<'a>(section: &'a Section, key: &str) -> &'a str {
    section.get(key).and_then(Value::as_str).unwrap_or("")
}

fn is_disabled(section: &Section) -> bool {
    section.get("disable").and_then(Value::as_i64) == Some(1)
}

fn minute_from(at_ms: i64) -> i64 {
    at_ms.saturating_add(MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS
}

impl Cluster {
    /// Volumes of a guest that a job copies; the error is PVE's text about one that it cannot.
    pub(crate) fn replicated_volumes(&self, guest: &Guest) -> Result<BTreeSet<String>, String> {
        let mut volumes = BTreeSet::new();
        let of_snapshots = guest
            .snapshots
            .values()
            .flat_map(|snapshot| &snapshot.config);
        for (key, value) in guest.config.iter().chain(of_snapshots) {
            let Some(volume) = is_volume_key(guest.kind, key)
                .then(|| Volume::parse(value))
                .flatten()
            else {
                continue;
            };
            let is_left_out = value.split(',').any(|part| part == "replicate=0");
            if is_left_out || volume.is_cdrom || owner_of(volume.id) != Some(guest.vmid) {
                continue;
            }
            let Some(storage) = self
                .storage(volume.storage)
                .filter(|storage| !storage.shared)
            else {
                continue;
            };
            if storage.plugin != "zfspool" {
                return Err(format!(
                    "missing replicate feature on volume '{}'",
                    volume.id
                ));
            }
            volumes.insert(volume.id.to_owned());
        }
        Ok(volumes)
    }

    /// A job was made or changed: the scheduler sees it at its next look.
    pub(crate) fn replication_changed(&mut self, id: &str) {
        let now_ms = self.now_ms;
        let next_s = self.next_turn_s(id);
        let state = self.replication.entry(id.to_owned()).or_default();
        state.asked_ms = now_ms + 1;
        state.next_s = next_s;
    }

    /// The next run shall be soon, whatever the schedule says.
    pub(crate) fn replicate_soon(&mut self, id: &str) {
        if let Some(state) = self.replication.get_mut(id) {
            state.last_try_s = 0;
        }
        self.replication_changed(id);
    }

    /// When a job's turn comes by its schedule and its failures.
    fn next_turn_s(&self, id: &str) -> Option<i64> {
        let section = self.settings.get(JOBS, id)?;
        if section.contains_key("remove_job") {
            return Some(1);
        }
        let (last_try_s, fails) = self
            .replication
            .get(id)
            .map_or((0, 0), |state| (state.last_try_s, state.fail_count));
        match fails {
            0 => {
                let event = match text(section, "schedule") {
                    "" => USUAL,
                    given => given,
                };
                Event::parse(event).ok()?.next_after(last_try_s)
            }
            1..=3 => Some(last_try_s + 300 * i64::from(fails)),
            _ => Some(last_try_s + 1800),
        }
    }

    /// The `next_sync` that a job's status shows: 0 while a target that is off keeps it from retrying.
    pub(crate) fn next_sync_s(&self, id: &str) -> i64 {
        let Some(state) = self.replication.get(id) else {
            return self.next_turn_s(id).unwrap_or(0);
        };
        if state.fail_count > 0 && !self.target_is_online(id) {
            return 0;
        }
        state.next_s.unwrap_or(0)
    }

    fn target_is_online(&self, id: &str) -> bool {
        self.settings
            .get(JOBS, id)
            .and_then(|section| self.node(text(section, "target")))
            .is_some_and(|node| node.online)
    }

    /// When a job that does not run begins, unless it is kept from it.
    fn start_ms(&self, id: &str, state: &JobState) -> Option<i64> {
        let section = self.settings.get(JOBS, id)?;
        let guest = self.guests.get(&vmid_of(id))?;
        let is_removal = section.contains_key("remove_job");
        let is_here = self.node(&guest.node).is_some_and(|node| node.online);
        let to_itself = *text(section, "target") == *guest.node;
        if !is_here || (is_disabled(section) && !is_removal) || (to_itself && !is_removal) {
            return None;
        }
        if state.fail_count > 0 && !is_removal && !self.target_is_online(id) {
            return None;
        }
        // A node works on one job after the other.
        let is_busy = self
            .replication
            .values()
            .filter_map(|other| other.running.as_ref())
            .any(|run| run.node == *guest.node);
        if is_busy {
            return None;
        }
        let due_ms = state.next_s?.saturating_mul(1000);
        Some(minute_from(due_ms.max(state.asked_ms)))
    }

    /// When replication has something to do next.
    pub(crate) fn next_replication_ms(&self) -> Option<i64> {
        self.replication
            .iter()
            .filter_map(|(id, state)| match &state.running {
                Some(run) => Some(run.until_ms),
                None => self.start_ms(id, state),
            })
            .min()
    }

    /// Ends what is over and begins what is due.
    pub(crate) fn run_replication(&mut self) {
        let now_ms = self.now_ms;
        let over: Vec<String> = self
            .replication
            .iter()
            .filter(|(_, state)| {
                state
                    .running
                    .as_ref()
                    .is_some_and(|run| run.until_ms <= now_ms)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in over {
            self.end_replication(&id);
        }
        // One begins at a time: it makes its node busy for the others.
        loop {
            let due = self
                .replication
                .iter()
                .filter(|(_, state)| state.running.is_none())
                .filter_map(|(id, state)| {
                    let start_ms = self.start_ms(id, state)?;
                    (start_ms <= now_ms).then(|| (state.next_s, vmid_of(id), id.clone()))
                })
                .min();
            let Some((_, _, id)) = due else {
                return;
            };
            self.begin_replication(&id);
        }
    }

    /// The next turn follows from the last try.
    pub(super) fn after_try(&mut self, id: &str) {
        let next_s = self.next_turn_s(id);
        if let Some(state) = self.replication.get_mut(id) {
            state.next_s = next_s;
        }
    }

    /// A job that is in force at the start of a world: the copies of its last sync are there.
    /// What was exported lists its copies itself.
    pub(crate) fn adopt_replication(&mut self, id: &str, state: JobState, is_export: bool) {
        let target = self
            .settings
            .get(JOBS, id)
            .map(|section| text(section, "target").to_owned())
            .unwrap_or_default();
        let mut state = state;
        if state.last_sync_s > 0
            && let Some(guest) = self.guests.get(&vmid_of(id)).cloned()
        {
            state.synced = self.replicated_volumes(&guest).unwrap_or_default();
            for volid in state.synced.clone() {
                if !is_export
                    && self.volume(&target, &volid).is_none()
                    && let Some(copy) = self.volume(&guest.node, &volid).cloned()
                {
                    self.add_volume(&target, &volid, copy);
                }
            }
        }
        let there = |volid: &String| self.volume(&target, volid).is_some();
        state.synced = std::mem::take(&mut state.synced)
            .into_iter()
            .filter(there)
            .collect();
        self.replication.insert(id.to_owned(), state);
        let next_s = self.next_turn_s(id);
        if let Some(state) = self.replication.get_mut(id) {
            state.next_s = next_s;
        }
    }

    /// The job that copies a guest to a node.
    pub(crate) fn replication_to(&self, vmid: u32, target: &str) -> Option<(&str, &Section)> {
        self.settings
            .all(JOBS)
            .find(|(id, section)| vmid_of(id) == vmid && text(section, "target") == target)
    }

    /// A job of a guest.
    pub(crate) fn replication_of(&self, vmid: u32) -> Option<&str> {
        self.settings
            .all(JOBS)
            .map(|(id, _)| id)
            .find(|id| vmid_of(id) == vmid)
    }

    /// Volumes whose copies lie on the target, so that a move there sends only what changed.
    pub(crate) fn copies_on(&self, vmid: u32, target: &str) -> BTreeSet<String> {
        self.replication_to(vmid, target)
            .and_then(|(id, _)| self.replication.get(id))
            .map(|state| state.synced.clone())
            .unwrap_or_default()
    }

    /// A guest went to another node: the job to that node now goes back to where it was.
    pub(crate) fn turn_replication(&mut self, vmid: u32, old: &str, new: &str) {
        let ids: Vec<String> = self
            .settings
            .all(JOBS)
            .map(|(id, _)| id.to_owned())
            .filter(|id| vmid_of(id) == vmid)
            .collect();
        for id in ids {
            if let Some(section) = self.settings.get_mut(JOBS, &id) {
                if text(section, "target") == new {
                    section.insert("target".to_owned(), old.into());
                }
                section.insert("source".to_owned(), new.into());
            }
        }
    }

    /// The jobs of a guest that is gone.
    pub(crate) fn forget_replication(&mut self, vmid: u32) {
        let ids: Vec<String> = self
            .settings
            .all(JOBS)
            .map(|(id, _)| id.to_owned())
            .filter(|id| vmid_of(id) == vmid)
            .collect();
        for id in ids {
            self.settings.remove(JOBS, &id);
            self.replication.remove(&id);
        }
    }
}

/// The states of all jobs.
pub(crate) type Replication = BTreeMap<String, JobState>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheduler_looks_at_full_minutes() {
        assert_eq!(minute_from(0), 0);
        assert_eq!(minute_from(1), 60_000);
        assert_eq!(minute_from(60_000), 60_000);
    }
}
