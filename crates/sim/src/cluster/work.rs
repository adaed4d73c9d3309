//! What tasks do: checks and locks when a task begins, changes when it ends. Errors found here appear
//! only in the task, never in the answer of the call: that is how PVE behaves, too.

use std::collections::BTreeMap;

use super::Cluster;
use super::guest::{Guest, GuestKind, RunState, Snapshot};
use super::tasks::TaskState;
use crate::random::{Random, mix};

/// The work of a task on one guest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GuestWork {
    pub(crate) kind: GuestKind,
    pub(crate) vmid: u32,
    pub(crate) action: Action,
    /// Root may ignore the lock in the configuration.
    pub(crate) skip_lock: bool,
}

/// The work of a task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Work {
    Guest(GuestWork),
    /// A task that a world says is running: nothing of ours ends it.
    Endless,
    /// A task that ended before the world began.
    Past,
}

/// What is done to a guest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Start,
    Stop,
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
    Configure {
        changes: BTreeMap<String, Option<String>>,
    },
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

/// How a task goes on after it got its turn.
enum Turn {
    Wait { until_ms: i64 },
    Fail(String),
    Work { takes_ms: f64 },
}

/// How long PVE waits for the lock file of a guest.
const LOCK_WAIT_MS: i64 = 10_000;

impl Cluster {
    /// Lets every task that is due take its turn, in order of time. Nothing else moves the state.
    pub(crate) fn settle(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        while let Some((at_ms, number)) = self.tasks.pop_due(self.now_ms) {
            let Some(task) = self.tasks.get(number) else {
                continue;
            };
            match task.state.clone() {
                TaskState::Waiting { .. } => self.begin(number, at_ms),
                TaskState::Working { error, .. } => self.end(number, at_ms, error.as_deref()),
                TaskState::Ended { .. } => {}
            }
        }
    }

    /// A task looks whether it may work, takes its locks and says how long it will take.
    pub(crate) fn begin(&mut self, number: u64, at_ms: i64) {
        let Some(task) = self.tasks.get(number) else {
            return;
        };
        let Work::Guest(work) = task.work.clone() else {
            return;
        };
        let (start_ms, spoil) = (task.start_ms, task.spoil.clone());
        let mut random = Random::new(mix(self.seed, &[number, task.pstart]));
        let turn = self.turn(number, &work, start_ms, at_ms);
        let state = match turn {
            Turn::Wait { until_ms } => TaskState::Waiting { due_ms: until_ms },
            Turn::Fail(text) => {
                let takes_ms = self.scaled(random.between(60.0, 250.0));
                TaskState::Working {
                    due_ms: at_ms + takes_ms,
                    error: Some(text),
                }
            }
            Turn::Work { takes_ms } => {
                let natural_ms = takes_ms * random.between(0.8, 1.25);
                let (natural_ms, late) = limit(&work, natural_ms);
                if let Some(Late::Forced) = late {
                    self.tasks
                        .say(number, "VM still running - terminating now with SIGTERM");
                }
                let too_late = late
                    .filter(|late| *late == Late::GivenUp)
                    .map(|_| "VM quit/powerdown failed - got timeout".to_owned());
                let (takes_ms, too_late) = match spoil.seconds {
                    // Given in simulated seconds; the scale does not shorten it.
                    Some(seconds) => ((seconds * 1000.0) as i64, None),
                    None => (self.scaled(natural_ms), too_late),
                };
                TaskState::Working {
                    due_ms: at_ms + takes_ms,
                    error: spoil.error.or(too_late),
                }
            }
        };
        self.tasks.set_state(number, state);
    }

    fn scaled(&self, ms: f64) -> i64 {
        (ms * self.time_scale).round() as i64
    }

    fn turn(&mut self, number: u64, work: &GuestWork, start_ms: i64, at_ms: i64) -> Turn {
        let Some(task) = self.tasks.get(number) else {
            return Turn::Fail(String::new());
        };
        let (node, spoiled) = (task.node.clone(), task.spoil.error.is_some());
        let node_cores = self.node(&node).map_or(0, |node| node.cores);
        let holder_due = self
            .guests
            .get(&work.vmid)
            .and_then(|guest| guest.holder)
            .and_then(|holder| self.tasks.get(holder))
            .and_then(super::tasks::Task::due_ms);
        let can_snapshot = self.can_snapshot(work.vmid);
        let Some(guest) = self.guest_mut(&node, work.kind, work.vmid) else {
            return Turn::Fail(Guest::missing(&node, work.kind, work.vmid));
        };
        if let Some(due_ms) = holder_due {
            let give_up_ms = start_ms + LOCK_WAIT_MS;
            if at_ms >= give_up_ms {
                let file = work.kind.lock_file(work.vmid);
                return Turn::Fail(format!("can't lock file '{file}' - got timeout"));
            }
            return Turn::Wait {
                until_ms: due_ms.clamp(at_ms + 1, give_up_ms.max(at_ms + 1)),
            };
        }
        let lock = guest.lock.clone();
        if work.skip_lock {
            guest.lock = None;
        }
        let refused = match &work.action {
            Action::Start => refuse_start(guest, node_cores),
            Action::CreateSnapshot { name, .. } => refuse_snapshot(guest, name, can_snapshot),
            Action::DeleteSnapshot { name } | Action::RollBack { name, .. } => {
                refuse_known_snapshot(guest, name)
            }
            Action::Stop | Action::Shutdown { .. } | Action::Reboot { .. } => {
                refuse_power_while_locked(guest)
            }
            Action::Suspend { .. } if work.kind == GuestKind::Lxc => {
                // Checkpointing needs CRIU, which does not work on a real node either.
                Some(format!(
                    "command 'lxc-checkpoint -n {} -s -D /var/lib/vz/dump' failed: exit code 1",
                    work.vmid
                ))
            }
            Action::Reset | Action::Suspend { .. } | Action::Configure { .. } => {
                guest.locked_text()
            }
            Action::Resume => refuse_resume(guest),
        };
        guest.lock = lock;
        if let Some(text) = refused {
            return Turn::Fail(text);
        }
        let gib = guest.memory_bytes() as f64 / super::guest::GIB as f64;
        let takes_ms = match &work.action {
            Action::Start => 1800.0 + if guest.lock.is_some() { 2000.0 } else { 0.0 },
            Action::Stop => 900.0,
            // Nothing has to be waited for when it is off already.
            Action::Shutdown { .. } if !guest.run.is_running() => 100.0,
            Action::Shutdown { .. } => 5000.0,
            Action::Reboot { .. } => 7500.0,
            Action::Reset | Action::Resume => 200.0,
            Action::Suspend { to_disk: false } => 300.0,
            Action::Suspend { to_disk: true } => 2500.0 + 400.0 * gib,
            Action::Configure { .. } => 150.0,
            Action::CreateSnapshot { with_ram, .. } => {
                1500.0
                    + if *with_ram && guest.run.is_running() {
                        500.0 * gib
                    } else {
                        0.0
                    }
            }
            Action::DeleteSnapshot { .. } => 1200.0,
            Action::RollBack { .. } => 2600.0,
        };
        let lock = match &work.action {
            Action::CreateSnapshot {
                name,
                description,
                with_ram,
            } => {
                guest.prepare_snapshot(name, description, *with_ram, start_ms.div_euclid(1000));
                Some("snapshot")
            }
            Action::DeleteSnapshot { name } => {
                if let Some(snapshot) = guest.snapshots.get_mut(name) {
                    snapshot.state = Some("delete");
                }
                Some("snapshot-delete")
            }
            Action::RollBack { .. } => {
                if !spoiled {
                    guest.run = RunState::Stopped;
                }
                Some("rollback")
            }
            Action::Suspend { to_disk: true } => Some("suspending"),
            _ => None,
        };
        match lock {
            // Such work gives the lock file back at once: others find the lock in the configuration.
            Some(lock) => {
                guest.lock = Some(lock.to_owned());
                guest.lock_owner = Some(number);
            }
            None => guest.holder = Some(number),
        }
        Turn::Work { takes_ms }
    }

    /// A task ends: its work takes effect, or its error does; locks it holds are given back.
    pub(crate) fn end(&mut self, number: u64, at_ms: i64, error: Option<&str>) {
        let Some(task) = self.tasks.get(number) else {
            return;
        };
        let (work, node, spoil) = (task.work.clone(), task.node.clone(), task.spoil.clone());
        let mut lines = Vec::new();
        let mut exit = error.map(str::to_owned);
        if let Work::Guest(work) = &work {
            let pid = self.next_pid(&node);
            let qemu = self.version.qemu().to_owned();
            let seed = mix(self.seed, &[number, 77]);
            if let Some(guest) = self.guest_mut(&node, work.kind, work.vmid) {
                let owned = guest.lock_owner == Some(number);
                if guest.holder == Some(number) {
                    guest.holder = None;
                }
                if owned {
                    guest.lock = None;
                    guest.lock_owner = None;
                }
                if exit.is_none() {
                    let mut hand = Hand {
                        lines: &mut lines,
                        at_ms,
                        pid,
                        qemu,
                        seed,
                    };
                    exit = guest.carry_out(&work.action, &mut hand).err();
                } else if owned {
                    guest.undo_preparation(&work.action);
                }
            }
        }
        for line in lines {
            self.tasks.say(number, line);
        }
        let exit = match exit {
            None => {
                self.tasks.say(number, "TASK OK");
                "OK".to_owned()
            }
            Some(text) => {
                self.tasks.say(number, format!("TASK ERROR: {text}"));
                text.replace('\n', " ")
            }
        };
        self.tasks
            .set_state(number, TaskState::Ended { at_ms, exit });
        if error.is_none() {
            for effect in &spoil.after {
                self.apply_effect(effect, at_ms);
            }
        }
    }

    /// Ends running shutdowns of a guest, for a stop that shall not wait for them.
    pub(crate) fn interrupt_shutdowns(&mut self, vmid: u32) {
        let Some(holder) = self.guests.get(&vmid).and_then(|guest| guest.holder) else {
            return;
        };
        let is_shutdown = self.tasks.get(holder).is_some_and(|task| {
            matches!(&task.work, Work::Guest(work) if matches!(work.action, Action::Shutdown { .. }))
        });
        if is_shutdown {
            self.interrupt(holder, self.now_ms);
        }
    }

    /// A task is told to stop: what it had not finished does not happen.
    pub(crate) fn interrupt(&mut self, number: u64, at_ms: i64) {
        let Some(task) = self.tasks.get(number) else {
            return;
        };
        if task.exit().is_some() {
            return;
        }
        let text = if task.kind == "vzdump" {
            "interrupted by signal"
        } else {
            "received interrupt"
        };
        self.end(number, at_ms, Some(text));
    }
}

/// What happens when a VM does not shut down in the time it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Late {
    GivenUp,
    Forced,
}

/// A shutdown takes no longer than its caller allows.
fn limit(work: &GuestWork, natural_ms: f64) -> (f64, Option<Late>) {
    let (timeout_s, late) = match (work.kind, &work.action) {
        (
            GuestKind::Qemu,
            Action::Shutdown {
                timeout_s,
                force: true,
            },
        ) => (*timeout_s, Late::Forced),
        (
            GuestKind::Qemu,
            Action::Shutdown {
                timeout_s,
                force: false,
            }
            | Action::Reboot { timeout_s },
        ) => (*timeout_s, Late::GivenUp),
        _ => return (natural_ms, None),
    };
    let limit_ms = timeout_s as f64 * 1000.0;
    if natural_ms <= limit_ms {
        (natural_ms, None)
    } else {
        (limit_ms, Some(late))
    }
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

fn refuse_power_while_locked(guest: &Guest) -> Option<String> {
    match guest.lock.as_deref() {
        Some("suspended") | None => None,
        Some(_) => guest.locked_text(),
    }
}

fn refuse_resume(guest: &Guest) -> Option<String> {
    if let Some(text) = guest.locked_text() {
        return Some(text);
    }
    (!guest.run.is_running()).then(|| format!("{} {} not running", guest.kind.noun(), guest.vmid))
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

/// What the end of a task brings along.
struct Hand<'a> {
    lines: &'a mut Vec<String>,
    at_ms: i64,
    pid: u32,
    qemu: String,
    seed: u64,
}

impl Guest {
    fn pending_number(&self, key: &str) -> Option<u64> {
        match self.pending.get(key) {
            Some(Some(value)) => value.parse().ok(),
            Some(None) => None,
            None => self.number(key),
        }
    }

    fn carry_out(&mut self, action: &Action, hand: &mut Hand<'_>) -> Result<(), String> {
        match action {
            Action::Start => {
                if self.lock.as_deref() == Some("suspended") {
                    hand.lines.push("Resuming suspended VM".to_owned());
                    self.lock = None;
                    self.config.remove("vmstate");
                }
                self.power_on(hand);
            }
            Action::Stop | Action::Shutdown { .. } => self.power_off(),
            Action::Reboot { .. } => {
                self.power_off();
                self.power_on(hand);
            }
            Action::Reset => {
                if self.run.is_running() {
                    self.run = RunState::Running {
                        since_ms: hand.at_ms,
                    };
                }
            }
            Action::Suspend { to_disk: false } => {
                if let Some(since_ms) = self.run.since_ms() {
                    self.run = RunState::Paused { since_ms };
                }
            }
            Action::Suspend { to_disk: true } => {
                let storage = self
                    .disks()
                    .next()
                    .map_or("local", |(_, volume)| volume.storage)
                    .to_owned();
                let date = crate::api::time_text(hand.at_ms, "%Y-%m-%d");
                let state = format!("{storage}:vm-{}-state-suspend-{date}", self.vmid);
                hand.lines.push("State saved, quitting".to_owned());
                self.power_off();
                self.config.insert("vmstate".to_owned(), state);
                self.lock = Some("suspended".to_owned());
            }
            Action::Resume => {
                if let Some(since_ms) = self.run.since_ms() {
                    self.run = RunState::Running { since_ms };
                }
            }
            Action::Configure { changes } => {
                hand.lines.push(update_line(self.vmid, changes));
                self.change_config(changes);
            }
            Action::CreateSnapshot { name, with_ram, .. } => {
                self.commit_snapshot(name, *with_ram, hand);
            }
            Action::DeleteSnapshot { name } => self.remove_snapshot(name),
            Action::RollBack { name, start } => return self.roll_back(name, *start, hand),
        }
        Ok(())
    }

    fn power_on(&mut self, hand: &Hand<'_>) {
        self.apply_pending();
        self.run = RunState::Running {
            since_ms: hand.at_ms,
        };
        self.pid = hand.pid;
        self.running_qemu = (self.kind == GuestKind::Qemu).then(|| hand.qemu.clone());
    }

    fn power_off(&mut self) {
        self.run = RunState::Stopped;
        self.apply_pending();
        self.running_qemu = None;
    }

    fn apply_pending(&mut self) {
        for (key, value) in std::mem::take(&mut self.pending) {
            match value {
                Some(value) => self.config.insert(key, value),
                None => self.config.remove(&key),
            };
        }
    }

    /// Sets and removes options; what a running VM cannot take at once waits for its next start.
    pub(crate) fn change_config(&mut self, changes: &BTreeMap<String, Option<String>>) {
        for (key, value) in changes {
            let waits = self.kind == GuestKind::Qemu
                && self.run.is_running()
                && !is_hot_option(key)
                && self.config.get(key) != value.as_ref();
            if waits {
                self.pending.insert(key.clone(), value.clone());
                continue;
            }
            self.pending.remove(key);
            match value {
                Some(value) => self.config.insert(key.clone(), value.clone()),
                None => self.config.remove(key),
            };
        }
    }

    fn prepare_snapshot(&mut self, name: &str, description: &str, with_ram: bool, time_s: i64) {
        let mut config = self.config.clone();
        config.remove("description");
        let snapshot = Snapshot {
            description: description.to_owned(),
            time_s,
            parent: self.parent.clone(),
            with_ram: with_ram && self.run.is_running() && self.kind == GuestKind::Qemu,
            state: Some("prepare"),
            config,
        };
        self.snapshots.insert(name.to_owned(), snapshot);
    }

    fn undo_preparation(&mut self, action: &Action) {
        if let Action::CreateSnapshot { name, .. } = action {
            self.snapshots
                .retain(|other, snapshot| other != name || snapshot.state.is_none());
        }
        for snapshot in self.snapshots.values_mut() {
            snapshot.state = None;
        }
    }

    fn commit_snapshot(&mut self, name: &str, with_ram: bool, hand: &mut Hand<'_>) {
        let volumes: Vec<(String, String, String)> = self
            .disks()
            .map(|(key, volume)| {
                (
                    key.to_owned(),
                    volume.id.to_owned(),
                    volume.storage.to_owned(),
                )
            })
            .collect();
        let running = self.run.is_running() && self.kind == GuestKind::Qemu;
        if with_ram && running {
            let storage = volumes.first().map_or("local", |(_, _, storage)| storage);
            hand.lines
                .push(format!("saving VM state and RAM using storage '{storage}'"));
            hand.lines.push(format!(
                "completed saving the VM state in 2s, saved {:.2} GiB",
                self.memory_bytes() as f64 * 0.6 / super::guest::GIB as f64
            ));
        }
        for (key, id, _) in &volumes {
            match self.kind {
                GuestKind::Qemu => hand
                    .lines
                    .push(format!("snapshotting 'drive-{key}' ({id})")),
                GuestKind::Lxc => hand.lines.push(format!("snapshotting volume '{id}'")),
            }
        }
        if let Some(snapshot) = self.snapshots.get_mut(name) {
            snapshot.state = None;
        }
        self.parent = Some(name.to_owned());
    }

    fn remove_snapshot(&mut self, name: &str) {
        let Some(gone) = self.snapshots.remove(name) else {
            return;
        };
        for snapshot in self.snapshots.values_mut() {
            if snapshot.parent.as_deref() == Some(name) {
                snapshot.parent.clone_from(&gone.parent);
            }
        }
        if self.parent.as_deref() == Some(name) {
            self.parent = gone.parent;
        }
    }

    fn roll_back(&mut self, name: &str, start: bool, hand: &Hand<'_>) -> Result<(), String> {
        let snapshot = self
            .snapshots
            .get(name)
            .ok_or_else(|| format!("snapshot '{name}' does not exist"))?;
        let (mut config, with_ram) = (snapshot.config.clone(), snapshot.with_ram);
        // The notes of today survive; everything else is as it was.
        if let Some(description) = self.config.get("description") {
            config.insert("description".to_owned(), description.clone());
        }
        if self.kind == GuestKind::Qemu {
            config.insert("vmgenid".to_owned(), Random::new(hand.seed).uuid());
        }
        self.config = config;
        self.pending.clear();
        self.parent = Some(name.to_owned());
        if with_ram || start {
            self.power_on(hand);
        }
        Ok(())
    }
}

/// `update VM 100: -delete onboot -memory 320`
pub(crate) fn update_line(vmid: u32, changes: &BTreeMap<String, Option<String>>) -> String {
    let mut line = format!("update VM {vmid}:");
    let removed: Vec<&str> = changes
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(key, _)| key.as_str())
        .collect();
    let mut words = BTreeMap::new();
    if !removed.is_empty() {
        words.insert("delete", removed.join(","));
    }
    for (key, value) in changes {
        if let Some(value) = value {
            let shown = if key == "cipassword" {
                "<hidden>"
            } else {
                value
            };
            words.insert(key, shown.to_owned());
        }
    }
    for (key, value) in words {
        for word in [" -", key, " ", &value] {
            line.push_str(word);
        }
    }
    line
}

/// Options that a running VM takes at once.
fn is_hot_option(key: &str) -> bool {
    matches!(
        key,
        "description"
            | "hookscript"
            | "lock"
            | "migrate_downtime"
            | "migrate_speed"
            | "name"
            | "onboot"
            | "protection"
            | "shares"
            | "startup"
            | "tags"
            | "ciuser"
            | "cipassword"
            | "ciupgrade"
            | "sshkeys"
            | "nameserver"
            | "searchdomain"
    ) || key.starts_with("ipconfig")
}
