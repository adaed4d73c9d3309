//! What tasks do with snapshots: make, remove, go back.

use super::Cluster;
use super::guest::{GIB, Guest, GuestKind, Snapshot};
use super::guest_work::Action;
use super::work::TaskContext;
use crate::random::{Random, mix};

impl Guest {
    pub(crate) fn prepare_snapshot(
        &mut self,
        name: &str,
        description: &str,
        with_ram: bool,
        time_s: i64,
    ) {
        let mut config = self.config.to_map();
        config.retain(|key, _| key != "description" && !key.starts_with("unused"));
        let with_ram = with_ram && self.run.is_running() && self.kind == GuestKind::Qemu;
        let snapshot = Snapshot {
            description: description.to_owned(),
            time_s,
            parent: self.parent.clone(),
            with_ram,
            state_volume: None,
            running: with_ram.then(|| self.running_qemu.clone()).flatten(),
            state: Some("prepare"),
            config,
        };
        self.snapshots.insert(name.to_owned(), snapshot);
    }

    pub(crate) fn undo_snapshot_work(&mut self, action: &Action) {
        if let Action::CreateSnapshot { name, .. } = action {
            self.snapshots
                .retain(|other, snapshot| other != name || snapshot.state.is_none());
        }
        if matches!(
            action,
            Action::CreateSnapshot { .. } | Action::DeleteSnapshot { .. }
        ) {
            for snapshot in self.snapshots.values_mut() {
                snapshot.state = None;
            }
        }
    }
}

impl Cluster {
    pub(crate) fn commit_snapshot(
        &mut self,
        vmid: u32,
        name: &str,
        with_ram: bool,
        task: &TaskContext,
    ) {
        let Some(guest) = self.guests.get(&vmid) else {
            return;
        };
        let kind = guest.kind;
        let running = guest.run.is_running() && kind == GuestKind::Qemu;
        let saved = guest.memory_bytes() as f64 * 0.6 / GIB as f64;
        let disks: Vec<(String, String)> = guest
            .disks()
            .map(|(key, volume)| (key.to_owned(), volume.id.to_owned()))
            .collect();
        let mut state = None;
        if with_ram && running {
            state = self.allocate_state(vmid, name, task.number);
            let storage = state
                .as_deref()
                .and_then(|volid| volid.split_once(':'))
                .map_or("local", |(storage, _)| storage)
                .to_owned();
            self.tasks.say(
                task.number,
                format!("saving VM state and RAM using storage '{storage}'"),
            );
            self.tasks.say(
                task.number,
                format!("completed saving the VM state in 2s, saved {saved:.2} GiB"),
            );
        }
        for (key, id) in &disks {
            let line = match kind {
                GuestKind::Qemu => format!("snapshotting 'drive-{key}' ({id})"),
                GuestKind::Lxc => format!("snapshotting volume '{id}'"),
            };
            self.tasks.say(task.number, line);
        }
        if let Some(guest) = self.guests.get_mut(&vmid) {
            if let Some(snapshot) = guest.snapshots.get_mut(name) {
                snapshot.state = None;
                snapshot.state_volume = state;
            }
            guest.parent = Some(name.to_owned());
        }
    }

    pub(crate) fn remove_snapshot(&mut self, vmid: u32, name: &str) {
        let Some(guest) = self.guests.get_mut(&vmid) else {
            return;
        };
        let Some(gone) = guest.snapshots.remove(name) else {
            return;
        };
        for snapshot in guest.snapshots.values_mut() {
            if snapshot.parent.as_deref() == Some(name) {
                snapshot.parent.clone_from(&gone.parent);
            }
        }
        if guest.parent.as_deref() == Some(name) {
            guest.parent = gone.parent;
        }
        let node = guest.node.clone();
        if let Some(state) = gone.state_volume {
            self.remove_volume(&node, &state);
        }
    }

    /// ZFS only goes back to the newest snapshot of a volume; the text of the refusal.
    pub(crate) fn not_newest(&self, vmid: u32, name: &str) -> Option<String> {
        let guest = self.guests.get(&vmid)?;
        let target = guest.snapshots.get(name)?;
        let (_, volume) = guest.disks().find(|(key, volume)| {
            let on_zfs = self
                .storage(volume.storage)
                .is_some_and(|storage| matches!(storage.plugin.as_str(), "zfspool" | "zfs"));
            let holds = |snapshot: &Snapshot| {
                let text = snapshot.config.get(*key);
                text.is_some_and(|text| text.split(',').next() == Some(volume.id))
            };
            let later = |snapshot: &Snapshot| snapshot.time_s > target.time_s && holds(snapshot);
            on_zfs && holds(target) && guest.snapshots.values().any(later)
        })?;
        let disk = volume
            .id
            .split_once(':')
            .map_or(volume.id, |(_, disk)| disk);
        Some(format!(
            "can't rollback, '{name}' is not most recent snapshot on '{disk}'"
        ))
    }

    pub(crate) fn roll_back(
        &mut self,
        vmid: u32,
        name: &str,
        start: bool,
        task: &TaskContext,
    ) -> Result<(), String> {
        let missing = || format!("snapshot '{name}' does not exist");
        let guest = self.guests.get_mut(&vmid).ok_or_else(missing)?;
        let snapshot = guest.snapshots.get(name).ok_or_else(missing)?;
        let (mut config, with_ram) = (snapshot.config.clone(), snapshot.with_ram);
        // The notes of today survive; everything else is as it was.
        if let Some(description) = guest.config.get("description") {
            config.insert("description".to_owned(), description.clone());
        }
        if guest.kind == GuestKind::Qemu {
            let seed = mix(task.seed, &[77]);
            config.insert("vmgenid".to_owned(), Random::new(seed).uuid());
        }
        // Disks that came later are kept, without a place in the configuration.
        let now: Vec<String> = guest.owned_volumes().map(str::to_owned).collect();
        *guest.config = config;
        guest.pending.clear();
        guest.parent = Some(name.to_owned());
        for volid in now {
            if !guest.owned_volumes().any(|kept| kept == volid) {
                guest.add_unused(&volid);
            }
        }
        if with_ram || start {
            self.power_on(vmid, task.at_ms);
        }
        Ok(())
    }
}
