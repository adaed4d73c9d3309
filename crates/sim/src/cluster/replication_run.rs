//! One run of a replication job: what it says, what it copies, and how it ends.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Cluster;
use super::guest::{GIB, Guest, GuestKind, MIB};
use super::replication::{JOBS, Run, text, vmid_of};
use super::settings::Section;
use super::volumes::StoredVolume;
use crate::random::{Random, mix, text_seed};

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
    fn say_replicating(&mut self, id: &str, line: &str) {
        let stamp = crate::api::time_text(self.now_ms, "%Y-%m-%d %H:%M:%S");
        if let Some(state) = self.replication.get_mut(id) {
            state.log.push(format!("{stamp} {id}: {line}"));
        }
    }

    pub(super) fn begin_replication(&mut self, id: &str) {
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
                known.total_on(&target).saturating_sub(known.used_on(
                    &target,
                    there.id,
                    cluster.now_ms,
                ))
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

    pub(super) fn end_replication(&mut self, id: &str) {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_zfs_does() {
        assert_eq!(zfs_size(624), "624B");
        assert_eq!(zfs_size(3 * GIB / 2), "1.50G");
    }
}
