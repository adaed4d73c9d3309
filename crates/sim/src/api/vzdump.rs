//! Backups: `POST /nodes/{node}/vzdump` and what its task does.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::backup_options::{Choice, check_options, selected};
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::{Archive, StoredVolume};
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::random::{Random, mix};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/nodes/{node}/vzdump", back_up).records_by(|request| {
            let target = request.text("vmid").unwrap_or_else(|| "all".to_owned());
            ("backup.create", format!("guest/{target}"))
        }),
    ]
}

fn back_up(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let options: BTreeMap<String, String> = request
        .parameters
        .iter()
        .map(|(name, given)| (name.clone(), given.text()))
        .collect();
    check_options(&options)?;
    if options.get("stdout").is_some_and(|value| value == "1") {
        return Err(Refusal::parameter(
            "stdout",
            "option is only allowed on the command line interface.",
        ));
    }
    let choice = Choice::read(|name| options.get(name).cloned());
    if request.flag("stop") {
        stop_running(cluster, request.node());
        if matches!(choice, Choice::Nothing) {
            return Ok(Value::from("OK").into());
        }
    }
    match &choice {
        Choice::Nothing => return Err(Refusal::parameter("vmid", "property is missing")),
        Choice::Pool(pool) if !cluster.pools.contains_key(pool) => {
            return Err(Refusal::died(format!("pool '{pool}' does not exist")));
        }
        _ => {}
    }
    let vmids = selected(cluster, &choice, request.node());
    for vmid in &vmids {
        let at = format!("/vms/{vmid}");
        if !cluster.may(request.who, &at, "VM.Backup") {
            return Err(Refusal::forbidden(&format!("{at}, VM.Backup")));
        }
    }
    if let Some(storage) = options.get("storage") {
        let at = format!("/storage/{storage}");
        if !cluster.may(request.who, &at, "Datastore.AllocateSpace") {
            return Err(Refusal::forbidden(&format!(
                "{at}, Datastore.AllocateSpace"
            )));
        }
    }
    if vmids.is_empty() {
        // Nothing of it is here: no task, no backup.
        return Ok(Value::from("OK").into());
    }
    let job = BackUp::new(vmids, options);
    let id = job.task_id();
    Ok(request.start(cluster, ("vzdump", &id), job))
}

/// Ends the backups that run on a node.
fn stop_running(cluster: &mut Cluster, node: &str) {
    let running: Vec<u64> = cluster
        .tasks
        .open_on(node)
        .into_iter()
        .filter(|number| {
            cluster
                .tasks
                .get(*number)
                .is_some_and(|task| task.kind == "vzdump")
        })
        .collect();
    let now_ms = cluster.now_ms;
    for number in running {
        cluster.interrupt(number, now_ms);
    }
}

/// Backs up guests, one after the other.
#[derive(Debug)]
pub(crate) struct BackUp {
    vmids: Vec<u32>,
    options: BTreeMap<String, String>,
}

impl BackUp {
    pub(crate) fn new(vmids: Vec<u32>, options: BTreeMap<String, String>) -> Self {
        Self { vmids, options }
    }

    /// The guest's number when it is one, else nothing.
    pub(crate) fn task_id(&self) -> String {
        match self.vmids.as_slice() {
            [one] => one.to_string(),
            _ => String::new(),
        }
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    fn storage(&self) -> &str {
        self.option("storage").unwrap_or("local")
    }

    fn refuse(&self, cluster: &Cluster, node: &str) -> Option<String> {
        if !cluster.quorate {
            return Some("cluster not ready - no quorum?".to_owned());
        }
        if let Some(directory) = self.option("dumpdir")
            && directory != "/var/lib/vz/dump"
        {
            return Some(format!("directory '{directory}' does not exist"));
        }
        let id = self.storage();
        let problem = match super::storage::usable(cluster, node, id) {
            Ok(storage) if storage.content.iter().any(|kind| kind == "backup") => return None,
            Ok(_) => {
                return Some(format!(
                    "could not get storage information for '{id}': can't use storage '{id}' for backups - wrong content type"
                ));
            }
            Err(refusal) => refusal.reason().to_owned(),
        };
        Some(format!(
            "could not activate storage '{id}': {problem}\ncould not get storage information for '{id}': {problem}"
        ))
    }
}

/// How long a backup waits for others.
const USUAL_WAIT_MIN: i64 = 180;

/// Backups of a node take turns.
const TURNS: &str = "INFO: trying to get global lock - waiting...";

impl Job for BackUp {
    fn wait_for_turn(
        &self,
        cluster: &mut Cluster,
        task: &TaskContext,
    ) -> Result<Option<i64>, String> {
        let busy_until = cluster
            .tasks
            .open_on(&task.node)
            .into_iter()
            .filter_map(|number| cluster.tasks.get(number))
            .filter(|other| {
                other.number != task.number && other.kind == "vzdump" && other.has_begun
            })
            .filter_map(crate::cluster::tasks::Task::due_ms)
            .max();
        let has_waited = cluster
            .tasks
            .get(task.number)
            .is_some_and(|task| task.log.last().is_some_and(|line| line == TURNS));
        let Some(busy_until) = busy_until else {
            if has_waited {
                cluster.tasks.say(task.number, "INFO: got global lock");
            }
            return Ok(None);
        };
        let minutes = self
            .option("lockwait")
            .and_then(|wait| wait.parse::<i64>().ok());
        let give_up_ms = task.start_ms + minutes.unwrap_or(USUAL_WAIT_MIN) * 60_000;
        if task.at_ms >= give_up_ms {
            return Err(format!(
                "can't acquire lock '/var/run/vzdump.lock' (wait = {})",
                minutes.unwrap_or(USUAL_WAIT_MIN)
            ));
        }
        if !has_waited {
            cluster.tasks.say(task.number, TURNS);
        }
        // The lock is free a moment after the other has ended.
        Ok(Some((busy_until + 1).clamp(task.at_ms + 1, give_up_ms)))
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        if let Some(text) = self.refuse(cluster, &task.node) {
            return Err(text);
        }
        let mut takes = Takes::ms(800.0);
        let words: Vec<String> = self
            .options
            .iter()
            .filter(|(name, _)| {
                !matches!(
                    name.as_str(),
                    "vmid" | "schedule" | "id" | "enabled" | "comment"
                )
            })
            .map(|(name, value)| {
                let quoted = value.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-');
                if quoted {
                    format!("--{name} '{value}'")
                } else {
                    format!("--{name} {value}")
                }
            })
            .collect();
        let vmids: Vec<String> = self.vmids.iter().map(u32::to_string).collect();
        cluster.tasks.say(
            task.number,
            format!(
                "INFO: starting new backup job: vzdump {} {}",
                vmids.join(" "),
                words.join(" ")
            ),
        );
        let limit = self
            .option("bwlimit")
            .and_then(|limit| limit.parse::<f64>().ok())
            .filter(|limit| *limit > 0.0);
        for vmid in &self.vmids {
            let Some(guest) = cluster.guests.get_mut(vmid) else {
                continue;
            };
            let bytes: u64 = guest.disks().map(|(_, volume)| volume.size_bytes).sum();
            let read = if guest.has_system { bytes } else { bytes / 8 };
            let speed_ms = match limit {
                Some(limit) => bytes as f64 / (limit * 1024.0) * 1000.0,
                None => super::drives::gib(read) * 300.0,
            };
            takes.ms += 700.0 + speed_ms;
            if guest.lock.is_none() {
                guest.lock = Some("backup".to_owned());
                guest.lock_owner = Some(task.number);
            }
        }
        Ok(takes)
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let mut failed = false;
        for (index, vmid) in self.vmids.iter().enumerate() {
            let at_ms = task.start_ms + i64::try_from(index).unwrap_or(0) * 1000;
            if let Err(text) = self.back_up(cluster, task, *vmid, at_ms) {
                failed = true;
                let stamp = crate::api::time_text(at_ms, "%Y-%m-%d %H:%M:%S");
                for line in [
                    format!("ERROR: Backup of VM {vmid} failed - {text}"),
                    format!("INFO: Failed at {stamp}"),
                ] {
                    cluster.tasks.say(task.number, line);
                }
            }
        }
        let last = if failed {
            "INFO: Backup job finished with errors"
        } else {
            "INFO: Backup job finished successfully"
        };
        cluster.tasks.say(task.number, last);
        for line in super::notifications::mail_problems(cluster) {
            cluster.tasks.say(task.number, line);
        }
        self.release(cluster, task);
        if failed {
            Err("job errors".to_owned())
        } else {
            Ok(())
        }
    }

    fn undo(&self, cluster: &mut Cluster, task: &TaskContext) {
        self.release(cluster, task);
    }

    fn when_interrupted(&self) -> &'static str {
        "interrupted by signal"
    }
}

impl BackUp {
    fn release(&self, cluster: &mut Cluster, task: &TaskContext) {
        for vmid in &self.vmids {
            if let Some(guest) = cluster.guests.get_mut(vmid)
                && guest.lock_owner == Some(task.number)
            {
                guest.lock = None;
                guest.lock_owner = None;
            }
        }
    }

    fn back_up(
        &self,
        cluster: &mut Cluster,
        task: &TaskContext,
        vmid: u32,
        at_ms: i64,
    ) -> Result<(), String> {
        let Some(guest) = cluster.guests.get(&vmid) else {
            return Err(format!("unable to find VM '{vmid}'"));
        };
        let kind = guest.kind;
        let mut say = vec![
            format!("INFO: Starting Backup of VM {vmid} ({})", kind.as_str()),
            format!(
                "INFO: Backup started at {}",
                crate::api::time_text(at_ms, "%Y-%m-%d %H:%M:%S")
            ),
            format!("INFO: status = {}", guest.run.as_status()),
        ];
        if guest.lock_owner != Some(task.number)
            && let Some(text) = guest.locked_text()
        {
            for line in say {
                cluster.tasks.say(task.number, line);
            }
            return Err(text);
        }
        let mode = if guest.run.is_running() {
            self.option("mode").unwrap_or("snapshot")
        } else {
            "stop"
        };
        let of_mode = [
            format!("INFO: backup mode: {mode}"),
            "INFO: ionice priority: 7".to_owned(),
        ];
        // Modes that need no look at the disks are told first.
        let is_told_first = mode != "snapshot";
        if is_told_first {
            say.extend(of_mode.clone());
        }
        let name_of = match kind {
            GuestKind::Qemu => "VM Name",
            GuestKind::Lxc => "CT Name",
        };
        say.push(format!("INFO: {name_of}: {}", guest.name()));
        for (key, volume) in guest.disks() {
            let excluded = guest
                .config
                .get(key)
                .is_some_and(|value| value.contains("backup=0"));
            let size = crate::cluster::volumes::exact_size(volume.size_bytes);
            say.push(match (kind, excluded) {
                (GuestKind::Qemu, false) => {
                    format!("INFO: include disk '{key}' '{}' {size}", volume.id)
                }
                (GuestKind::Qemu, true) => {
                    format!("INFO: exclude disk '{key}' '{}' (backup=no)", volume.id)
                }
                (GuestKind::Lxc, false) => format!("INFO: including mount point {key} in backup"),
                (GuestKind::Lxc, true) => {
                    format!("INFO: excluding volume mount point {key} from backup (disabled)")
                }
            });
        }
        if !is_told_first {
            say.extend(of_mode);
        }
        if !guest.snapshots.is_empty() {
            say.push("INFO: snapshots found (not included into backup)".to_owned());
        }
        let mut config = guest.config.to_map();
        config.remove("vmstate");
        let archive = Archive {
            kind,
            config,
            has_system: guest.has_system,
        };
        let bytes: u64 = guest.disks().map(|(_, volume)| volume.size_bytes).sum();
        let size_bytes = if guest.has_system {
            // A third of a disk is in use, and packed it is half of that.
            bytes / 6 + 60_000
        } else {
            42_039
        };
        let notes = self.notes(cluster, guest, &task.node);
        let (volid, format) = self.archive_name(cluster, (kind, vmid), at_ms);
        let path = volid
            .split_once(':')
            .and_then(|(id, name)| Some(cluster.storage(id)?.path_of(name)));
        if !cluster.has_room(&task.node, self.storage(), size_bytes) {
            say.push(format!(
                "INFO: creating vzdump archive '{}'",
                path.unwrap_or_default()
            ));
            say.push(
                "zstd: error 70 : Write error : cannot write block : No space left on device"
                    .to_owned(),
            );
            let text = match kind {
                GuestKind::Qemu => "vma_queue_write: write error - Broken pipe",
                GuestKind::Lxc => "command 'tar cpf -' failed: exit code 70",
            };
            if kind == GuestKind::Qemu {
                say.push(format!("ERROR: {text}"));
                say.push("INFO: aborting backup job".to_owned());
            }
            for line in say {
                cluster.tasks.say(task.number, line);
            }
            return Err(text.to_owned());
        }
        let is_suspended = mode == "suspend";
        if is_suspended {
            say.push("INFO: suspending guest".to_owned());
        }
        say.push(format!(
            "INFO: creating vzdump archive '{}'",
            path.unwrap_or_default()
        ));
        if kind == GuestKind::Qemu {
            let uuid = Random::new(mix(task.seed, &[u64::from(vmid)])).uuid();
            say.extend(copied(guest, mode, &uuid, bytes));
        } else {
            say.push(format!(
                "INFO: Total bytes written: {bytes} ({}, 92MiB/s)",
                short_size(bytes)
            ));
        }
        say.push(format!(
            "INFO: archive file size: {}",
            short_size(size_bytes)
        ));
        if notes.is_some() {
            say.push("INFO: adding notes to backup".to_owned());
        }
        if self.option("protected") == Some("1") {
            say.push("INFO: marking backup as protected".to_owned());
        }
        if is_suspended {
            say.push("INFO: resume vm".to_owned());
        }
        cluster.add_volume(
            &task.node,
            &volid,
            StoredVolume {
                content: "backup",
                format,
                size_bytes,
                used_bytes: size_bytes,
                vmid: Some(vmid),
                created_s: at_ms.div_euclid(1000),
                parent: None,
                notes,
                protected: self.option("protected") == Some("1"),
                archive: Some(Arc::new(archive)),
            },
        );
        let removed = self.prune(cluster, task, vmid);
        say.extend(removed);
        say.push(format!("INFO: Finished Backup of VM {vmid} (00:00:02)"));
        say.push(format!(
            "INFO: Backup finished at {}",
            crate::api::time_text(task.at_ms, "%Y-%m-%d %H:%M:%S")
        ));
        for line in say {
            cluster.tasks.say(task.number, line);
        }
        Ok(())
    }

    fn prune(&self, cluster: &mut Cluster, task: &TaskContext, vmid: u32) -> Vec<String> {
        let own = self.option("prune-backups").map(str::to_owned);
        let of_storage = || {
            cluster
                .storage(self.storage())
                .and_then(|storage| storage.settings.get("prune-backups").cloned())
        };
        let Some(keep) = own
            .or_else(of_storage)
            .filter(|_| self.option("remove") != Some("0"))
        else {
            return Vec::new();
        };
        let Some(kind) = cluster.guests.get(&vmid).map(|guest| guest.kind) else {
            return Vec::new();
        };
        let start = self.archive_start(cluster, (kind, vmid));
        let place = (&*task.node, self.storage(), &*start);
        let rows = super::prune::marks(cluster, place, &keep, &|volume| volume.vmid == Some(vmid));
        let gone: Vec<String> = rows
            .into_iter()
            .filter(|row| row.mark == "remove")
            .map(|row| row.volid)
            .collect();
        if gone.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![format!("INFO: prune older backups with retention: {keep}")];
        for volid in &gone {
            cluster.remove_volume(&task.node, volid);
            lines.push(format!("INFO: removing backup '{volid}'"));
        }
        lines.push(format!(
            "INFO: pruned {} backup(s) not covered by keep-retention policy",
            gone.len()
        ));
        lines
    }

    fn notes(&self, cluster: &Cluster, guest: &Guest, node: &str) -> Option<String> {
        let template = self.option("notes-template")?;
        let text = template
            .replace("{{guestname}}", &guest.name())
            .replace("{{vmid}}", &guest.vmid.to_string())
            .replace("{{node}}", node)
            .replace(
                "{{cluster}}",
                cluster.name.as_deref().unwrap_or("standalone node"),
            )
            .replace("\\n", "\n")
            .replace("\\\\", "\\");
        Some(text)
    }

    /// How the names of a guest's archives begin.
    fn archive_start(&self, cluster: &Cluster, (kind, vmid): (GuestKind, u32)) -> String {
        let is_server = cluster
            .storage(self.storage())
            .is_some_and(|storage| storage.plugin == "pbs");
        match (is_server, kind) {
            (true, GuestKind::Qemu) => format!("backup/vm/{vmid}/"),
            (true, GuestKind::Lxc) => format!("backup/ct/{vmid}/"),
            (false, kind) => format!("backup/vzdump-{}-{vmid}-", kind.as_str()),
        }
    }

    fn archive_name(
        &self,
        cluster: &Cluster,
        (kind, vmid): (GuestKind, u32),
        at_ms: i64,
    ) -> (String, String) {
        let storage = self.storage();
        let start = self.archive_start(cluster, (kind, vmid));
        let word = match kind {
            GuestKind::Qemu => "vm",
            GuestKind::Lxc => "ct",
        };
        if start.starts_with(&format!("backup/{word}/")) {
            let stamp = crate::api::time_text(at_ms, "%Y-%m-%dT%H:%M:%SZ");
            return (format!("{storage}:{start}{stamp}"), format!("pbs-{word}"));
        }
        let base = match kind {
            GuestKind::Qemu => "vma",
            GuestKind::Lxc => "tar",
        };
        let format = match self.option("compress") {
            Some("zstd") => format!("{base}.zst"),
            Some("gzip" | "1") => format!("{base}.gz"),
            Some("lzo") => format!("{base}.lzo"),
            _ => base.to_owned(),
        };
        let stamp = crate::api::time_text(at_ms, "%Y_%m_%d-%H_%M_%S");
        (format!("{storage}:{start}{stamp}.{format}"), format)
    }
}

/// What QEMU says while it copies the disks of a virtual machine.
fn copied(guest: &Guest, mode: &str, uuid: &str, bytes: u64) -> Vec<String> {
    let mut lines = Vec::new();
    let freezes = mode != "stop" && guest.agent_is_there();
    if mode == "stop" {
        lines.push("INFO: starting kvm to execute backup task".to_owned());
    } else if freezes {
        lines.push("INFO: issuing guest-agent 'fs-freeze' command".to_owned());
    } else {
        let why = if guest.has_agent_option() {
            "agent configured but not running?"
        } else {
            "agent not configured in VM options"
        };
        lines.push(format!("INFO: skipping guest-agent 'fs-freeze', {why}"));
    }
    lines.push("INFO: starting backup via QMP command".to_owned());
    if freezes {
        lines.push("INFO: issuing guest-agent 'fs-thaw' command".to_owned());
    }
    lines.push(format!("INFO: started backup task '{uuid}'"));
    match mode {
        "snapshot" => lines.push("INFO: resuming VM again".to_owned()),
        "suspend" => lines.push("INFO: resuming VM again after 1 seconds".to_owned()),
        _ => {}
    }
    let all = super::clone::human(bytes);
    let zero = if guest.has_system { 60 } else { 100 };
    lines.push(format!(
        "INFO: 100% ({all} of {all}) in 2s, read: 576.0 MiB/s, write: 2.0 KiB/s"
    ));
    lines.push(format!(
        "INFO: backup is sparse: {} ({zero}%) total zero data",
        super::clone::human(bytes / 100 * zero)
    ));
    lines.push(format!(
        "INFO: transferred {all} in 2 seconds (576.0 MiB/s)"
    ));
    if mode == "stop" {
        lines.push("INFO: stopping kvm after backup task".to_owned());
    }
    lines
}

fn short_size(bytes: u64) -> String {
    if bytes < 1 << 20 {
        format!("{}KB", bytes / 1024)
    } else if bytes < 1 << 30 {
        format!("{}MB", bytes >> 20)
    } else {
        format!("{:.2}GB", bytes as f64 / f64::from(1 << 30))
    }
}
