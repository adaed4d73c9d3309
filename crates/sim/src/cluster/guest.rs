//! A guest: its configuration as stored in the cluster file system, whether it runs, its snapshots and
//! locks. Virtual machines and containers are one type; [`GuestKind`] says where they differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::disk::{Volume, is_disk_key};
use super::guest_config::GuestConfig;
use super::load::Load;
use super::runs::Runs;

/// Virtual machine or container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GuestKind {
    /// A virtual machine.
    Qemu,
    /// A container.
    Lxc,
}

impl GuestKind {
    /// As in paths and in `type`: `qemu` or `lxc`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Lxc => "lxc",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "qemu" => Some(Self::Qemu),
            "lxc" => Some(Self::Lxc),
            _ => None,
        }
    }

    /// How PVE's error texts call it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Qemu => "VM",
            Self::Lxc => "CT",
        }
    }

    /// Start of task types: `qm` or `vz`.
    pub(crate) fn task_prefix(self) -> &'static str {
        match self {
            Self::Qemu => "qm",
            Self::Lxc => "vz",
        }
    }

    /// The configuration key that holds the name.
    pub(crate) fn name_key(self) -> &'static str {
        match self {
            Self::Qemu => "name",
            Self::Lxc => "hostname",
        }
    }

    /// What a guest without a name is called.
    pub(crate) fn default_name(self, vmid: u32) -> String {
        match self {
            Self::Qemu => format!("VM {vmid}"),
            Self::Lxc => format!("CT{vmid}"),
        }
    }

    /// The configuration file, as error texts name it.
    pub(crate) fn config_file(self, node: &str, vmid: u32) -> String {
        match self {
            Self::Qemu => format!("nodes/{node}/qemu-server/{vmid}.conf"),
            Self::Lxc => format!("nodes/{node}/lxc/{vmid}.conf"),
        }
    }

    /// The file that a worker holds while it changes the guest, as error texts name it.
    pub(crate) fn lock_file(self, vmid: u32) -> String {
        match self {
            Self::Qemu => format!("/var/lock/qemu-server/lock-{vmid}.conf"),
            Self::Lxc => format!("/run/lock/lxc/pve-config-{vmid}.lock"),
        }
    }

    /// Keys whose values PVE's JSON shows as numbers.
    fn is_number_key(self, key: &str) -> bool {
        let both = matches!(
            key,
            "cores" | "onboot" | "protection" | "template" | "snaptime" | "cpuunits"
        );
        both || match self {
            Self::Qemu => matches!(
                key,
                "sockets"
                    | "kvm"
                    | "balloon"
                    | "numa"
                    | "tablet"
                    | "acpi"
                    | "vcpus"
                    | "shares"
                    | "autostart"
                    | "ciupgrade"
                    | "freeze"
                    | "localtime"
                    | "allow-ksm"
                    | "keephugepages"
                    | "migrate_speed"
                    | "reboot"
                    | "smp"
                    | "tdf"
            ),
            Self::Lxc => {
                matches!(
                    key,
                    "memory" | "swap" | "unprivileged" | "tty" | "console" | "debug"
                )
            }
        }
    }
}

/// Whether a guest runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunState {
    /// Switched off.
    Stopped,
    /// Running since that instant (milliseconds on the simulated clock).
    Running {
        /// Start of the current run.
        since_ms: i64,
    },
    /// Paused in memory; the run began at that instant.
    Paused {
        /// Start of the current run.
        since_ms: i64,
    },
}

impl RunState {
    /// `running` or `stopped`, as in `status`: a paused VM is running.
    pub(crate) fn as_status(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Running { .. } | Self::Paused { .. } => "running",
        }
    }

    /// `qmpstatus`: the finer state.
    pub(crate) fn as_qmp_status(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Running { .. } => "running",
            Self::Paused { .. } => "paused",
        }
    }

    pub(crate) fn since_ms(self) -> Option<i64> {
        match self {
            Self::Stopped => None,
            Self::Running { since_ms } | Self::Paused { since_ms } => Some(since_ms),
        }
    }

    pub(crate) fn is_running(self) -> bool {
        !matches!(self, Self::Stopped)
    }
}

/// A snapshot of a guest.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) description: String,
    /// Seconds since 1970.
    pub(crate) time_s: i64,
    pub(crate) parent: Option<String>,
    pub(crate) with_ram: bool,
    /// The volume that holds the memory.
    pub(crate) state_volume: Option<String>,
    /// Version of QEMU that ran, when the memory is included.
    pub(crate) running: Option<String>,
    /// Set while the snapshot is being made or removed: `prepare` or `delete`.
    pub(crate) state: Option<&'static str>,
    /// The configuration at that time, without the description.
    pub(crate) config: BTreeMap<String, String>,
}

/// How often `pvestatd` looks at the guests.
const LOOKED_EVERY_MS: i64 = 10_000;

/// A guest and all that belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    pub(crate) vmid: u32,
    pub(crate) kind: GuestKind,
    pub(crate) node: Arc<str>,
    pub(crate) config: GuestConfig,
    /// Changes that wait for the next start; `None` removes the key.
    pub(crate) pending: BTreeMap<String, Option<String>>,
    pub(crate) snapshots: BTreeMap<String, Snapshot>,
    pub(crate) parent: Option<String>,
    pub(crate) lock: Option<String>,
    /// The task whose work set the lock.
    pub(crate) lock_owner: Option<u64>,
    /// The task that holds the guest's lock file, until it ends.
    pub(crate) holder: Option<u64>,
    pub(crate) run: RunState,
    /// The state it had until an instant not long ago, for those who look late.
    pub(crate) was: Option<(i64, RunState)>,
    /// The runs before this one.
    pub(crate) runs: Runs,
    pub(crate) pid: u32,
    pub(crate) pool: Option<String>,
    pub(crate) load: Load,
    /// The guest agent answers while the guest runs.
    pub(crate) agent_answers: bool,
    /// An operating system is installed. A VM that was just made has empty disks: nobody hears its power
    /// button.
    pub(crate) has_system: bool,
    /// Version of QEMU that the running process was started with.
    pub(crate) running_qemu: Option<String>,
    /// In a twin: a computed digest, and the one the live cluster shows for the same configuration.
    pub(crate) digest_shown: Option<(String, String)>,
}

impl Guest {
    /// A guest that was just made: switched off, nothing installed.
    pub(crate) fn new(
        (kind, vmid): (GuestKind, u32),
        node: Arc<str>,
        config: BTreeMap<String, String>,
        seed: u64,
    ) -> Self {
        Self {
            vmid,
            kind,
            node,
            config: config.into(),
            pending: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            parent: None,
            lock: None,
            lock_owner: None,
            holder: None,
            run: RunState::Stopped,
            was: None,
            runs: Runs::default(),
            pid: 0,
            pool: None,
            load: Load::around(0.05, 0.3, seed),
            agent_answers: false,
            has_system: kind == GuestKind::Lxc,
            running_qemu: None,
            digest_shown: None,
        }
    }

    /// Starts, stops or pauses; those who look late see the state before for a while.
    pub(crate) fn set_run(&mut self, run: RunState, at_ms: i64) {
        let is_recent = self
            .was
            .is_some_and(|(until_ms, _)| at_ms - until_ms < LOOKED_EVERY_MS);
        if !is_recent {
            self.was = Some((at_ms, self.run));
        }
        if let Some(since_ms) = self.run.since_ms()
            && run.since_ms() != Some(since_ms)
        {
            self.runs.add(since_ms, at_ms);
        }
        self.run = run;
        if !run.is_running() {
            self.running_qemu = None;
        }
    }

    /// The start of the run that an instant belongs to, the present one or one before.
    pub(crate) fn run_start(&self, at_ms: i64) -> Option<i64> {
        let now = self.run.since_ms().filter(|since_ms| *since_ms <= at_ms);
        now.or_else(|| self.runs.start_of(at_ms))
    }

    /// The state as it was at an instant of the last seconds.
    pub(crate) fn run_at(&self, at_ms: i64) -> RunState {
        match self.was {
            Some((until_ms, before)) if until_ms > at_ms => before,
            _ => self.run,
        }
    }

    pub(crate) fn name(&self) -> String {
        match self.config.get(self.kind.name_key()) {
            Some(name) => name.clone(),
            None => self.kind.default_name(self.vmid),
        }
    }

    pub(crate) fn tags(&self) -> Option<&str> {
        self.config.get("tags").map(String::as_str)
    }

    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.config.get(key)?.parse().ok()
    }

    pub(crate) fn is_flag_set(&self, key: &str) -> bool {
        self.config.get(key).is_some_and(|value| value == "1")
    }

    pub(crate) fn is_template(&self) -> bool {
        self.is_flag_set("template")
    }

    /// Virtual processors.
    pub(crate) fn cpus(&self) -> u64 {
        self.number("cores").unwrap_or(1) * self.number("sockets").unwrap_or(1)
    }

    pub(crate) fn memory_bytes(&self) -> u64 {
        self.number("memory").unwrap_or(512) * MIB
    }

    pub(crate) fn swap_bytes(&self) -> u64 {
        self.number("swap").unwrap_or(512) * MIB
    }

    /// The disks: key and value, cdroms and unused ones left out, sorted by key.
    pub(crate) fn disks(&self) -> impl Iterator<Item = (&str, Volume<'_>)> {
        self.config.iter().filter_map(|(key, value)| {
            is_disk_key(self.kind, key).then_some(())?;
            let volume = Volume::parse(value)?;
            (!volume.is_cdrom).then_some((key.as_str(), volume))
        })
    }

    /// Size of the boot disk (VM) or the root file system (CT).
    pub(crate) fn disk_bytes(&self) -> u64 {
        let wanted = match self.kind {
            GuestKind::Lxc => Some("rootfs"),
            GuestKind::Qemu => None,
        };
        self.disks()
            .find(|(key, _)| wanted.is_none_or(|wanted| *key == wanted))
            .map_or(0, |(_, volume)| volume.size_bytes)
    }

    /// 40 hex digits that change with every change of the configuration file.
    pub(crate) fn digest(&self) -> String {
        let computed = self.computed_digest();
        match &self.digest_shown {
            Some((of, shown)) if *of == computed => shown.clone(),
            _ => computed,
        }
    }

    /// Until its next change, the configuration shows the digest that the live cluster showed.
    pub(crate) fn show_digest(&mut self, digest: String) {
        self.digest_shown = Some((self.computed_digest(), digest));
    }

    /// The digest that was taken over, while it counts.
    pub(crate) fn shown_digest(&self) -> Option<String> {
        let (of, shown) = self.digest_shown.as_ref()?;
        (*of == self.computed_digest()).then(|| shown.clone())
    }

    fn computed_digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut feed = |key: &str, value: &str| {
            hash.update(key.as_bytes());
            hash.update(b": ");
            hash.update(value.as_bytes());
            hash.update(b"\n");
        };
        for (key, value) in &self.config {
            feed(key, value);
        }
        if let Some(lock) = &self.lock {
            feed("lock", lock);
        }
        if let Some(parent) = &self.parent {
            feed("parent", parent);
        }
        for (key, value) in &self.pending {
            feed("[PENDING]", key);
            feed(key, value.as_deref().unwrap_or("delete"));
        }
        for (name, snapshot) in &self.snapshots {
            feed("[snapshot]", name);
            feed("description", &snapshot.description);
            feed("snaptime", &snapshot.time_s.to_string());
            feed("parent", snapshot.parent.as_deref().unwrap_or(""));
            feed("snapstate", snapshot.state.unwrap_or(""));
        }
        let digest = hash.finalize();
        digest
            .iter()
            .take(20)
            .fold(String::with_capacity(40), |mut text, byte| {
                use std::fmt::Write as _;
                let _ = write!(text, "{byte:02x}");
                text
            })
    }

    /// The answer of `GET …/config`. With `pending`, waiting changes are merged in, as PVE does unless
    /// the running values are asked for.
    pub(crate) fn config_json(&self, with_pending: bool) -> Map<String, Value> {
        let mut shown = self.config.to_map();
        if with_pending {
            for (key, value) in &self.pending {
                match value {
                    Some(value) => shown.insert(key.clone(), value.clone()),
                    None => shown.remove(key),
                };
            }
        }
        let mut map = values_json(self.kind, &shown);
        if let Some(lock) = &self.lock {
            map.insert("lock".to_owned(), lock.clone().into());
        }
        if let Some(parent) = &self.parent {
            map.insert("parent".to_owned(), parent.clone().into());
        }
        map.insert("digest".to_owned(), self.digest().into());
        map
    }

    /// The text `Configuration file '…' does not exist`.
    pub(crate) fn missing(node: &str, kind: GuestKind, vmid: u32) -> String {
        format!(
            "Configuration file '{}' does not exist",
            kind.config_file(node, vmid)
        )
    }

    /// `VM is locked (backup)`.
    pub(crate) fn locked_text(&self) -> Option<String> {
        let lock = self.lock.as_deref()?;
        Some(format!("{} is locked ({lock})", self.kind.noun()))
    }
}

pub(crate) const MIB: u64 = 1024 * 1024;
pub(crate) const GIB: u64 = 1024 * MIB;

/// Stored values as PVE's JSON shows them.
pub(crate) fn values_json(
    kind: GuestKind,
    values: &BTreeMap<String, String>,
) -> Map<String, Value> {
    values
        .iter()
        .map(|(key, value)| (key.clone(), value_json(kind, key, value)))
        .collect()
}

/// One stored value as PVE's JSON shows it: numbers for numeric options, the password masked.
pub(crate) fn value_json(kind: GuestKind, key: &str, value: &str) -> Value {
    if key == "cipassword" {
        return "**********".into();
    }
    if kind.is_number_key(key)
        && let Ok(number) = value.parse::<i64>()
    {
        return number.into();
    }
    if kind == GuestKind::Lxc && key == "description" && !value.ends_with('\n') {
        // The container's notes are kept as comment lines, so they come back with a line end.
        return format!("{value}\n").into();
    }
    value.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_a_text_for_vms_and_a_number_for_containers() {
        assert_eq!(
            value_json(GuestKind::Qemu, "memory", "320"),
            Value::from("320")
        );
        assert_eq!(
            value_json(GuestKind::Lxc, "memory", "128"),
            Value::from(128)
        );
        assert_eq!(value_json(GuestKind::Qemu, "cores", "2"), Value::from(2));
    }
}
