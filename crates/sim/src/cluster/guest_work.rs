//! What tasks do to the power of a guest, and changes of its configuration that run as a task.

use std::collections::BTreeMap;

use super::Cluster;
use super::guest::{GIB, Guest, GuestKind, RunState};
use super::volumes::DiskName;
use super::work::{Job, Takes, TaskContext};

/// The work of a task on one guest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GuestWork {
    pub(crate) kind: GuestKind,
    pub(crate) vmid: u32,
    pub(crate) action: Action,
    /// Root may ignore the lock in the configuration.
    pub(crate) skip_lock: bool,
}

/// What is done to a guest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Start,
    Stop {
        /// Shutdowns that were ended for it.
        overruled: Vec<String>,
    },
    Shutdown {
        timeout_s: u64,
        force: bool,
    },
    Reboot {
        timeout_s: u64,
    },
    Reset,
    Suspend {
        to_disk: bool,
    },
    Resume,
    CreateSnapshot {
        name: String,
        description: String,
        with_ram: bool,
    },
    DeleteSnapshot {
        name: String,
    },
    RollBack {
        name: String,
        start: bool,
    },
}

impl Job for GuestWork {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((self.kind, self.vmid))
    }

    fn keeps_lock_file(&self) -> bool {
        // Such work gives the lock file back at once: others find the lock in the configuration.
        !matches!(
            self.action,
            Action::CreateSnapshot { .. }
                | Action::DeleteSnapshot { .. }
                | Action::RollBack { .. }
                | Action::Suspend { to_disk: true }
        )
    }

    fn is_shutdown(&self) -> bool {
        matches!(self.action, Action::Shutdown { .. })
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        self.refuse(cluster, task)?;
        if let Action::Stop { overruled } = &self.action
            && !overruled.is_empty()
        {
            let line = format!("overruled qmshutdown tasks: {}", overruled.join(", "));
            cluster.tasks.say(task.number, line);
        }
        let Some(guest) = cluster.guests.get_mut(&self.vmid) else {
            return Err(Guest::missing(&task.node, self.kind, self.vmid));
        };
        let (takes, force_line) = limit(self, guest, guest.natural_ms(&self.action) * task.pace);
        let deaf = matches!(self.action, Action::Shutdown { .. } | Action::Reboot { .. })
            && guest.run.is_running()
            && guest.has_agent_option()
            && !guest.agent_is_there();
        let lock = match &self.action {
            Action::CreateSnapshot { .. } => Some("snapshot"),
            Action::DeleteSnapshot { .. } => Some("snapshot-delete"),
            Action::RollBack { .. } => Some("rollback"),
            Action::Suspend { to_disk: true } => Some("suspending"),
            _ => None,
        };
        match &self.action {
            Action::CreateSnapshot {
                name,
                description,
                with_ram,
            } => {
                guest.prepare_snapshot(
                    name,
                    description,
                    *with_ram,
                    task.start_ms.div_euclid(1000),
                );
            }
            Action::DeleteSnapshot { name } => {
                if let Some(snapshot) = guest.snapshots.get_mut(name) {
                    snapshot.state = Some("delete");
                }
            }
            Action::RollBack { .. } if !task.is_spoiled => {
                guest.set_run(RunState::Stopped, task.at_ms);
            }
            _ => {}
        }
        if let Some(lock) = lock {
            guest.lock = Some(lock.to_owned());
            guest.lock_owner = Some(task.number);
        }
        if deaf {
            let line = format!(
                "QEMU Guest Agent is not running - VM {} qga command 'guest-ping' failed - got timeout",
                self.vmid
            );
            cluster.tasks.say(task.number, line);
        }
        if force_line {
            cluster.tasks.say(
                task.number,
                "VM still running - terminating now with SIGTERM",
            );
        }
        // QEMU quits before the call that asked for it is answered: a client that does not wait for the
        // task finds the VM stopped, and may start it again.
        if matches!(self.action, Action::Stop { .. })
            && self.kind == GuestKind::Qemu
            && !task.is_spoiled
        {
            cluster.power_off(self.vmid);
        }
        Ok(takes)
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        match &self.action {
            Action::Start => cluster.start_guest(self.vmid, task),
            Action::Stop { .. } | Action::Shutdown { .. } => cluster.power_off(self.vmid),
            Action::Reboot { .. } => {
                cluster.power_off(self.vmid);
                cluster.power_on(self.vmid, task.at_ms);
            }
            Action::Reset => cluster.change_run(self.vmid, |run| match run {
                RunState::Stopped => RunState::Stopped,
                _ => RunState::Running {
                    since_ms: task.at_ms,
                },
            }),
            Action::Suspend { to_disk: false } => {
                cluster.change_run(self.vmid, |run| match run.since_ms() {
                    Some(since_ms) => RunState::Paused { since_ms },
                    None => RunState::Stopped,
                });
            }
            Action::Suspend { to_disk: true } => cluster.hibernate(self.vmid, task),
            Action::Resume => cluster.change_run(self.vmid, |run| match run.since_ms() {
                Some(since_ms) => RunState::Running { since_ms },
                None => RunState::Stopped,
            }),
            Action::CreateSnapshot { name, with_ram, .. } => {
                cluster.commit_snapshot(self.vmid, name, *with_ram, task);
            }
            Action::DeleteSnapshot { name } => cluster.remove_snapshot(self.vmid, name),
            Action::RollBack { name, start } => {
                return cluster.roll_back(self.vmid, name, *start, task);
            }
        }
        Ok(())
    }

    fn undo(&self, cluster: &mut Cluster, _: &TaskContext) {
        if let Some(guest) = cluster.guests.get_mut(&self.vmid) {
            guest.undo_snapshot_work(&self.action);
        }
    }
}

impl GuestWork {
    fn refuse(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let node_cores = cluster.node(&task.node).map_or(0, |node| node.cores);
        let can_snapshot = cluster.can_snapshot(self.vmid);
        let not_newest = match &self.action {
            Action::RollBack { name, .. } => cluster.not_newest(self.vmid, name),
            _ => None,
        };
        let Some(guest) = cluster.guest_mut(&task.node, self.kind, self.vmid) else {
            return Err(Guest::missing(&task.node, self.kind, self.vmid));
        };
        let lock = guest.lock.clone();
        if self.skip_lock {
            guest.lock = None;
        }
        let refused = match &self.action {
            Action::Start => refuse_start(guest, node_cores),
            Action::CreateSnapshot { name, .. } => refuse_snapshot(guest, name, can_snapshot),
            Action::DeleteSnapshot { name } => refuse_known_snapshot(guest, name),
            Action::RollBack { name, .. } => refuse_known_snapshot(guest, name).or(not_newest),
            Action::Stop { .. } | Action::Shutdown { .. } | Action::Reboot { .. } => {
                match guest.lock.as_deref() {
                    Some("suspended") | None => None,
                    Some(_) => guest.locked_text(),
                }
            }
            Action::Suspend { .. } if self.kind == GuestKind::Lxc => {
                // Checkpointing needs CRIU, which does not work on a real node either.
                Some(format!(
                    "command 'lxc-checkpoint -n {} -s -D /var/lib/vz/dump' failed: exit code 1",
                    self.vmid
                ))
            }
            Action::Reset | Action::Suspend { .. } => guest.locked_text(),
            Action::Resume => guest.locked_text().or_else(|| {
                (!guest.run.is_running())
                    .then(|| format!("{} {} not running", guest.kind.noun(), guest.vmid))
            }),
        };
        guest.lock = lock;
        match refused {
            Some(text) => Err(text),
            None => Ok(()),
        }
    }
}

impl Guest {
    fn natural_ms(&self, action: &Action) -> f64 {
        let gib = self.memory_bytes() as f64 / GIB as f64;
        match action {
            Action::Start => 1200.0 + if self.lock.is_some() { 1000.0 } else { 0.0 },
            // The time a worker takes to clean up after QEMU, which is gone when it begins.
            Action::Stop { .. } if self.kind == GuestKind::Qemu => 400.0,
            Action::Stop { .. } => 600.0,
            // Nothing has to be waited for when it is off already.
            Action::Shutdown { .. } if !self.run.is_running() => 100.0,
            // Nobody hears the power button of a VM without an operating system.
            Action::Shutdown { .. } | Action::Reboot { .. }
                if self.kind == GuestKind::Qemu && !self.has_system =>
            {
                f64::from(u32::MAX)
            }
            Action::Shutdown { .. } => 4000.0,
            Action::Reboot { .. } => 6000.0,
            Action::Reset | Action::Resume => 200.0,
            Action::Suspend { to_disk: false } => 300.0,
            Action::Suspend { to_disk: true } => 1500.0 + 400.0 * gib,
            Action::CreateSnapshot { with_ram, .. } => {
                let ram = *with_ram && self.run.is_running();
                1000.0 + if ram { 500.0 * gib } else { 0.0 }
            }
            Action::DeleteSnapshot { .. } => 900.0,
            Action::RollBack { .. } => 1500.0,
        }
    }

    pub(crate) fn has_agent_option(&self) -> bool {
        self.config
            .get("agent")
            .is_some_and(|agent| agent.starts_with('1') || agent.starts_with("enabled=1"))
    }

    pub(crate) fn agent_is_there(&self) -> bool {
        self.agent_answers && self.has_system && self.run.is_running() && self.has_agent_option()
    }
}

/// A shutdown takes no longer than its caller allows. The flag says that it is forced at the end.
fn limit(work: &GuestWork, guest: &Guest, natural_ms: f64) -> (Takes, bool) {
    let (timeout_s, force) = match (work.kind, &work.action) {
        (GuestKind::Qemu, Action::Shutdown { timeout_s, force }) => (*timeout_s, *force),
        (GuestKind::Qemu, Action::Reboot { timeout_s }) => (*timeout_s, false),
        _ => return (Takes::ms(natural_ms), false),
    };
    let limit_ms = timeout_s as f64 * 1000.0;
    if natural_ms <= limit_ms || !guest.run.is_running() {
        return (Takes::ms(natural_ms), false);
    }
    let mut takes = Takes::ms(limit_ms);
    if !force {
        takes.error = Some("VM quit/powerdown failed - got timeout".to_owned());
    }
    (takes, force)
}

fn refuse_start(guest: &Guest, node_cores: u64) -> Option<String> {
    if guest.is_template() {
        let a_guest = match guest.kind {
            GuestKind::Qemu => "a vm",
            GuestKind::Lxc => "a CT",
        };
        return Some(format!("you can't start {a_guest} if it's a template"));
    }
    // A VM that sleeps on disk is locked, and starting it is what wakes it.
    if guest.lock.as_deref() != Some("suspended")
        && let Some(text) = guest.locked_text()
    {
        return Some(text);
    }
    if guest.run.is_running() {
        return Some(format!(
            "{} {} already running",
            guest.kind.noun(),
            guest.vmid
        ));
    }
    let cpus =
        guest.pending_number("cores").unwrap_or(1) * guest.pending_number("sockets").unwrap_or(1);
    (guest.kind == GuestKind::Qemu && cpus > node_cores)
        .then(|| format!("MAX {node_cores} vcpus allowed per VM on this node"))
}

fn refuse_snapshot(guest: &Guest, name: &str, can_snapshot: bool) -> Option<String> {
    if let Some(text) = guest.locked_text() {
        return Some(text);
    }
    if guest.is_template() {
        return Some("you can't take a snapshot if it's a template".to_owned());
    }
    if guest.snapshots.contains_key(name) {
        return Some(format!("snapshot name '{name}' already used"));
    }
    (!can_snapshot).then(|| "snapshot feature is not available".to_owned())
}

fn refuse_known_snapshot(guest: &Guest, name: &str) -> Option<String> {
    if let Some(text) = guest.locked_text() {
        return Some(text);
    }
    (!guest.snapshots.contains_key(name)).then(|| format!("snapshot '{name}' does not exist"))
}

impl Cluster {
    fn change_run(&mut self, vmid: u32, change: impl FnOnce(RunState) -> RunState) {
        let now_ms = self.now_ms;
        if let Some(guest) = self.guests.get_mut(&vmid) {
            guest.set_run(change(guest.run), now_ms);
        }
    }

    fn start_guest(&mut self, vmid: u32, task: &TaskContext) {
        let Some(guest) = self.guests.get_mut(&vmid) else {
            return;
        };
        let mut lines = Vec::new();
        let mut state = None;
        if guest.lock.as_deref() == Some("suspended") {
            lines.push("Resuming suspended VM".to_owned());
            guest.lock = None;
            state = guest.config.remove("vmstate");
        }
        if guest
            .config
            .values()
            .any(|value| value.contains("cloudinit"))
        {
            lines.push("generating cloud-init ISO".to_owned());
        }
        if let Some(state) = state {
            lines.push(format!("activating and using '{state}' as vmstate"));
            lines.push("Resumed VM, removing state".to_owned());
            self.remove_volume(&task.node, &state);
        }
        for line in lines {
            self.tasks.say(task.number, line);
        }
        self.power_on(vmid, task.at_ms);
    }

    pub(crate) fn power_on(&mut self, vmid: u32, at_ms: i64) {
        let Some(node) = self.guests.get(&vmid).map(|guest| guest.node.clone()) else {
            return;
        };
        let pid = self.next_pid(&node);
        let qemu = self.version.qemu().to_owned();
        self.apply_pending(vmid);
        if let Some(guest) = self.guests.get_mut(&vmid) {
            guest.set_run(RunState::Running { since_ms: at_ms }, at_ms);
            guest.pid = pid;
            guest.running_qemu = (guest.kind == GuestKind::Qemu).then_some(qemu);
        }
    }

    pub(crate) fn power_off(&mut self, vmid: u32) {
        let now_ms = self.now_ms;
        if let Some(guest) = self.guests.get_mut(&vmid) {
            guest.set_run(RunState::Stopped, now_ms);
        }
        self.apply_pending(vmid);
    }

    fn hibernate(&mut self, vmid: u32, task: &TaskContext) {
        let date = crate::api::time_text(task.at_ms, "%Y-%m-%d");
        let name = format!("suspend-{date}");
        let Some(state) = self.allocate_state(vmid, &name, task.number) else {
            return;
        };
        self.tasks.say(task.number, "State saved, quitting");
        self.power_off(vmid);
        if let Some(guest) = self.guests.get_mut(&vmid) {
            guest.config.insert("vmstate".to_owned(), state);
            guest.lock = Some("suspended".to_owned());
        }
    }

    /// A volume for the memory of a VM, and the line about it.
    pub(crate) fn allocate_state(&mut self, vmid: u32, name: &str, task: u64) -> Option<String> {
        let guest = self.guests.get(&vmid)?;
        let (node, kind) = (guest.node.clone(), guest.kind);
        let size_bytes = guest.memory_bytes() * 2 + 526 * 1024 * 1024;
        let storage = guest
            .config
            .get("vmstatestorage")
            .cloned()
            .or_else(|| {
                guest
                    .disks()
                    .next()
                    .map(|(_, volume)| volume.storage.to_owned())
            })
            .unwrap_or_else(|| "local".to_owned());
        let volid = self.allocate(
            &node,
            &storage,
            (kind, vmid),
            (DiskName::State(name), "raw"),
            size_bytes,
        );
        if let Some(line) = self.allocation_line(&volid, "raw", size_bytes) {
            self.tasks.say(task, line);
        }
        Some(volid)
    }

    /// What the tool that makes a volume prints.
    pub(crate) fn allocation_line(
        &self,
        volid: &str,
        format: &str,
        size_bytes: u64,
    ) -> Option<String> {
        let (storage, name) = volid.split_once(':')?;
        let storage = self.storage(storage)?;
        if storage.is_file_based() {
            let path = storage.path_of(name);
            return Some(match format {
                "qcow2" => format!(
                    "Formatting '{path}', fmt=qcow2 cluster_size=65536 extended_l2=off preallocation=metadata compression_type=zlib size={size_bytes} lazy_refcounts=off refcount_bits=16"
                ),
                _ => {
                    format!("Formatting '{path}', fmt={format} size={size_bytes} preallocation=off")
                }
            });
        }
        matches!(storage.plugin.as_str(), "lvm" | "lvmthin")
            .then(|| format!("  Logical volume \"{name}\" created."))
    }

    /// Waiting changes become the configuration; disks that fall out of it become unused.
    pub(crate) fn apply_pending(&mut self, vmid: u32) {
        let Some(guest) = self.guests.get_mut(&vmid) else {
            return;
        };
        let changes: BTreeMap<String, Option<String>> = std::mem::take(&mut guest.pending);
        for (key, value) in changes {
            self.set_option(vmid, &key, value.as_deref());
        }
    }
}
