//! Replication: a guest's volumes on local ZFS storages are copied to another node, again and again. The
//! scheduler looks once a minute; a node works on one job at a time. A job that failed is tried again
//! later each time; one that is to be removed takes its copies along.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Cluster;
use super::disk::{Volume, is_volume_key, owner_of};
use super::guest::{GIB, Guest, GuestKind, MIB};
use super::settings::Section;
use super::volumes::StoredVolume;
use crate::calendar::Event;
use crate::random::{Random, mix, text_seed};

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
    start_ms: i64,
    until_ms: i64,
    node: String,
    target: String,
    /// What will be copied; the error with which it will fail instead.
    outcome: Result<Vec<String>, String>,
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

fn snapshot_name(id: &str, at_s: i64) -> String {
    format!("__replicate_{id}_{at_s}__")
}

/// A size as `zfs send` tells it.
fn zfs_size(bytes: u64) -> String {
    for (unit, factor) in [("G", GIB), ("M", MIB), ("K", 1024)] {
        if bytes >= factor {
            return format!("{:.2}{unit}", bytes as f64 / factor as f64);
        }
    }
    format!("{bytes}B")
}

/// What is said when the stream of a volume breaks off.
fn broken_pipe(volid: &str, target: &str, ip: &str) -> String {
    format!(
        "command 'set -o pipefail && pvesm export {volid} zfs - -with-snapshots 1 | /usr/bin/ssh \
         -e none -o 'BatchMode=yes' -o 'HostKeyAlias={target}' root@{ip} -- pvesm import {volid} \
         zfs - -with-snapshots 1' failed: exit code 1"
    )
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

    fn say_replicating(&mut self, id: &str, line: &str) {
        let stamp = crate::api::time_text(self.now_ms, "%Y-%m-%d %H:%M:%S");
        if let Some(state) = self.replication.get_mut(id) {
            state.log.push(format!("{stamp} {id}: {line}"));
        }
    }

    fn begin_replication(&mut self, id: &str) {
        let now_ms = self.now_ms;
        let (Some(section), Some(guest)) = (
            self.settings.get(JOBS, id).cloned(),
            self.guests.get(&vmid_of(id)).cloned(),
        ) else {
            return;
        };
        // Who moves holds the lock that a run needs; the scheduler comes again in a minute.
        if guest.lock.as_deref() == Some("migrate") {
            if let Some(state) = self.replication.get_mut(id) {
                state.asked_ms = now_ms + 1;
            }
            return;
        }
        let pid = self.next_pid(&guest.node);
        let state = self.replication.entry(id.to_owned()).or_default();
        let base_s = state.last_sync_s;
        state.log.clear();
        state.last_try_s = now_ms.div_euclid(1000);
        self.after_try(id);
        let running = u8::from(guest.run.is_running());
        self.say_replicating(id, "start replication job");
        let noun = guest.kind.noun();
        self.say_replicating(
            id,
            &format!("guest => {noun} {}, running => {running}", guest.vmid),
        );
        let seed = mix(self.seed, &[text_seed(id), now_ms.unsigned_abs()]);
        let mut ms = Random::new(seed).between(1400.0, 3200.0);
        let outcome = self.prepare_run(id, &section, &guest, base_s);
        if let Ok(volumes) = &outcome {
            let bytes: u64 = volumes
                .iter()
                .map(|volid| self.to_send(id, &guest, volid, base_s))
                .sum();
            let per_s = section
                .get("rate")
                .and_then(Value::as_f64)
                .map_or(180e6, |rate| rate * 1e6);
            ms += bytes as f64 / per_s * 1000.0;
        }
        let until_ms = now_ms + self.scaled(ms);
        if let Some(state) = self.replication.get_mut(id) {
            state.running = Some(Run {
                pid,
                start_ms: now_ms,
                until_ms,
                node: guest.node.to_string(),
                target: text(&section, "target").to_owned(),
                outcome,
            });
        }
        if until_ms <= now_ms {
            self.end_replication(id);
        }
    }

    /// What a run will copy, after the lines that it begins with.
    fn prepare_run(
        &mut self,
        id: &str,
        section: &Section,
        guest: &Guest,
        base_s: i64,
    ) -> Result<Vec<String>, String> {
        let removal = text(section, "remove_job").to_owned();
        let volumes = match self.replicated_volumes(guest) {
            Err(_) if !removal.is_empty() => BTreeSet::new(),
            found => found?,
        };
        let volumes: Vec<String> = volumes.into_iter().collect();
        self.say_replicating(id, &format!("volumes => {}", volumes.join(",")));
        if !removal.is_empty() {
            self.say_replicating(id, &format!("start job removal - mode '{removal}'"));
            return Ok(Vec::new());
        }
        let target = text(section, "target").to_owned();
        let Some(there) = self.node(&target).cloned() else {
            return Err(format!("no such cluster node '{target}'"));
        };
        let scan: BTreeSet<&str> = volumes
            .iter()
            .filter_map(|volid| Some(volid.split_once(':')?.0))
            .collect();
        let scan: Vec<String> = scan.into_iter().map(str::to_owned).collect();
        let failed = format!(
            "command '/usr/bin/ssh -e none -o 'BatchMode=yes' -o 'HostKeyAlias={target}' root@{} -- \
             pvesr prepare-local-job {id} --scan {} {} --last_sync {base_s}' failed: exit code 255",
            there.ip,
            scan.join(","),
            volumes.join(" "),
        );
        if !there.online {
            let line = format!(
                "(remote_prepare_local_job) ssh: connect to host {} port 22: No route to host",
                there.ip
            );
            self.say_replicating(id, &line);
            return Err(failed);
        }
        for storage in &scan {
            if let Err(refusal) = crate::api::storage::usable(self, &target, storage) {
                let line = format!("(remote_prepare_local_job) {}", refusal.reason());
                self.say_replicating(id, &line);
                return Err(failed);
            }
            crate::api::storage::usable(self, &guest.node, storage)
                .map_err(|refusal| refusal.reason().to_owned())?;
        }
        let synced = self
            .replication
            .get(id)
            .map(|state| state.synced.clone())
            .unwrap_or_default();
        // Something of that name lies there and is no copy of ours.
        if volumes
            .iter()
            .any(|volid| !synced.contains(volid) && self.volume(&target, volid).is_some())
        {
            return Err(format!(
                "No common base to restore the job state\n\
                 please delete jobid: {id} and create the job again"
            ));
        }
        let is_frozen =
            guest.run.is_running() && (guest.kind == GuestKind::Lxc || guest.agent_answers);
        if is_frozen {
            self.say_replicating(id, "freeze guest filesystem");
        }
        let name = snapshot_name(id, self.now_ms.div_euclid(1000));
        for volid in &volumes {
            self.say_replicating(id, &format!("create snapshot '{name}' on {volid}"));
        }
        if is_frozen {
            self.say_replicating(id, "thaw guest filesystem");
        }
        let rate = section
            .get("rate")
            .and_then(Value::as_f64)
            .map_or("none".to_owned(), |rate| format!("{rate} MByte/s"));
        let how = match self.options.get("migration") {
            Some(migration) if migration.contains("insecure") => "insecure",
            _ => "secure",
        };
        self.say_replicating(id, &format!("using {how} transmission, rate limit: {rate}"));
        let free = |cluster: &Self, storage: &str| {
            cluster.storage(storage).map_or(0, |known| {
                known
                    .total_bytes
                    .saturating_sub(known.used_on(&target, there.id))
            })
        };
        for volid in &volumes {
            let bytes = self.to_send(id, guest, volid, base_s);
            let is_incremental = synced.contains(volid) && self.volume(&target, volid).is_some();
            let line = if is_incremental {
                let base = snapshot_name(id, base_s);
                format!("incremental sync '{volid}' ({base} => {name})")
            } else {
                format!("full sync '{volid}' ({name})")
            };
            self.say_replicating(id, &line);
            let (storage, volume) = volid.split_once(':').unwrap_or((volid, ""));
            let pool = self
                .storage(storage)
                .and_then(|known| known.settings.get("pool"))
                .cloned()
                .unwrap_or_else(|| "rpool".to_owned());
            let line = if is_incremental {
                let base = snapshot_name(id, base_s);
                format!(
                    "send from @{base} to {pool}/{volume}@{name} estimated size is {}",
                    zfs_size(bytes)
                )
            } else {
                format!(
                    "full send of {pool}/{volume}@{name} estimated size is {}",
                    zfs_size(bytes)
                )
            };
            self.say_replicating(id, &line);
            self.say_replicating(id, &format!("total estimated size is {}", zfs_size(bytes)));
            if !is_incremental && bytes > free(self, storage) {
                let line = format!(
                    "cannot receive new filesystem stream: out of space in '{pool}/{volume}'"
                );
                self.say_replicating(id, &line);
                return Err(broken_pipe(volid, &target, &there.ip));
            }
        }
        Ok(volumes)
    }

    /// Bytes that a run sends of a volume: all of it, or what was written since the last.
    fn to_send(&self, id: &str, guest: &Guest, volid: &str, base_s: i64) -> u64 {
        let used = self
            .volume(&guest.node, volid)
            .map_or(0, |volume| volume.used_bytes);
        let is_synced = self
            .replication
            .get(id)
            .is_some_and(|state| state.synced.contains(volid));
        if !is_synced {
            return used;
        }
        if !guest.run.is_running() {
            return 624;
        }
        let passed_s = (self.now_ms.div_euclid(1000) - base_s)
            .max(0)
            .unsigned_abs();
        let seed = mix(self.seed, &[text_seed(volid), passed_s]);
        let per_s = 8 * 1024 + Random::new(seed).below(48 * 1024);
        used.min(passed_s.saturating_mul(per_s))
    }

    fn end_replication(&mut self, id: &str) {
        let Some(run) = self
            .replication
            .get_mut(id)
            .and_then(|state| state.running.take())
        else {
            return;
        };
        // The node went down with the run: nobody wrote down how it ended.
        if !self.node(&run.node).is_some_and(|node| node.online) {
            self.after_try(id);
            return;
        }
        let section = self.settings.get(JOBS, id).cloned();
        let (Some(section), true) = (section, self.guests.contains_key(&vmid_of(id))) else {
            self.replication.remove(id);
            return;
        };
        let removal = text(&section, "remove_job");
        let was_removal = matches!(&run.outcome, Ok(volumes) if volumes.is_empty());
        if !removal.is_empty() && was_removal {
            if removal == "full" {
                self.remove_copies(id, &run.target);
            }
            self.settings.remove(JOBS, id);
            self.replication.remove(id);
            return;
        }
        let outcome = match run.outcome.clone() {
            Ok(volumes) => self.copy_volumes(id, &run, volumes),
            Err(text) => Err(text),
        };
        let duration_s = (self.now_ms - run.start_ms) as f64 / 1000.0;
        let started_s = run.start_ms.div_euclid(1000);
        match outcome {
            Ok(volumes) => {
                let before_s = self
                    .replication
                    .get(id)
                    .map_or(0, |state| state.last_sync_s);
                for volid in &volumes {
                    self.say_replicating(id, &format!("successfully imported '{volid}'"));
                }
                let old = snapshot_name(id, before_s);
                let known = self
                    .replication
                    .get(id)
                    .map(|state| state.synced.clone())
                    .unwrap_or_default();
                for volid in volumes.iter().filter(|volid| known.contains(*volid)) {
                    let line = format!("delete previous replication snapshot '{old}' on {volid}");
                    self.say_replicating(id, &line);
                }
                for volid in volumes.iter().filter(|volid| known.contains(*volid)) {
                    let line = format!(
                        "(remote_finalize_local_job) delete stale replication snapshot '{old}' on {volid}"
                    );
                    self.say_replicating(id, &line);
                }
                self.say_replicating(id, "end replication job");
                if let Some(state) = self.replication.get_mut(id) {
                    state.synced = volumes.into_iter().collect();
                    state.last_sync_s = started_s;
                    state.fail_count = 0;
                    state.error = None;
                }
            }
            Err(text) => {
                self.say_replicating(id, &format!("end replication job with error: {text}"));
                if let Some(state) = self.replication.get_mut(id) {
                    state.fail_count += 1;
                    state.error = Some(text);
                }
            }
        }
        if let Some(state) = self.replication.get_mut(id) {
            state.duration_s = Some(duration_s);
        }
        self.after_try(id);
    }

    /// The next turn follows from the last try.
    fn after_try(&mut self, id: &str) {
        let next_s = self.next_turn_s(id);
        if let Some(state) = self.replication.get_mut(id) {
            state.next_s = next_s;
        }
    }

    /// The copies are there from now on, or the error that came in between.
    fn copy_volumes(
        &mut self,
        id: &str,
        run: &Run,
        volumes: Vec<String>,
    ) -> Result<Vec<String>, String> {
        let there = self
            .node(&run.target)
            .map(|node| (node.online, node.ip.clone()));
        let Some((true, ip)) = there.clone().filter(|(online, _)| *online) else {
            let ip = there.map(|(_, ip)| ip).unwrap_or_default();
            let volid = volumes.first().cloned().unwrap_or_default();
            return Err(broken_pipe(&volid, &run.target, &ip));
        };
        for volid in &volumes {
            let Some(copy) = self.volume(&run.node, volid).cloned() else {
                return Err(broken_pipe(volid, &run.target, &ip));
            };
            self.put_copy(&run.target, volid, copy);
        }
        let kept: BTreeSet<&String> = volumes.iter().collect();
        // What the guest no longer has is taken away over there, too.
        let gone: Vec<String> = self
            .replication
            .get(id)
            .map(|state| {
                state
                    .synced
                    .iter()
                    .filter(|volid| !kept.contains(volid))
                    .cloned()
            })
            .into_iter()
            .flatten()
            .collect();
        for volid in gone {
            self.remove_volume(&run.target, &volid);
        }
        Ok(volumes)
    }

    fn put_copy(&mut self, target: &str, volid: &str, copy: StoredVolume) {
        let created_s = self
            .remove_volume(target, volid)
            .map_or(self.now_ms.div_euclid(1000), |old| old.created_s);
        self.add_volume(target, volid, StoredVolume { created_s, ..copy });
    }

    fn remove_copies(&mut self, id: &str, target: &str) {
        let is_home = self
            .guests
            .get(&vmid_of(id))
            .is_some_and(|guest| *guest.node == *target);
        let synced = self
            .replication
            .get(id)
            .map(|state| state.synced.clone())
            .unwrap_or_default();
        if is_home || !self.node(target).is_some_and(|node| node.online) {
            return;
        }
        for volid in synced {
            self.remove_volume(target, &volid);
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

    #[test]
    fn sizes_are_told_as_zfs_does() {
        assert_eq!(zfs_size(624), "624B");
        assert_eq!(zfs_size(3 * GIB / 2), "1.50G");
    }
}
