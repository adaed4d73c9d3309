//! Actions on many guests: each starts the usual tasks and waits for them.

use serde_json::{Value, json};

use super::migrate::Migrate;
use super::route::{Answer, Given, Request, Route};
use crate::cluster::access::Identity;
use crate::cluster::faults::Spoil;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::guest_work::{Action, GuestWork};
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext, Work};
use crate::cluster::{Cluster, NewTask};
use crate::schema::check::list_items;
use crate::version::PveVersion;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/cluster/bulk-action", |_, _| {
            Ok(json!([{ "name": "guest" }]).into())
        })
        .since(PveVersion::V9_1)
        .constant(),
        Route::get("/cluster/bulk-action/guest", |_, _| {
            Ok(json!([
                { "name": "start" }, { "name": "shutdown" }, { "name": "migrate" }, { "name": "suspend" }
            ])
            .into())
        })
        .since(PveVersion::V9_1)
        .constant(),
        whole("/cluster/bulk-action/guest/start", |c, r| {
            begin(c, r, Verb::Start)
        }),
        whole("/cluster/bulk-action/guest/shutdown", |c, r| {
            begin(c, r, Verb::Shutdown)
        }),
        whole("/cluster/bulk-action/guest/suspend", |c, r| {
            begin(c, r, Verb::Suspend)
        }),
        whole("/cluster/bulk-action/guest/migrate", |c, r| {
            begin(c, r, Verb::Migrate)
        }),
        Route::post("/nodes/{node}/startall", |c, r| begin(c, r, Verb::Start))
            .records("node.start_all", "node/{node}"),
        Route::post("/nodes/{node}/stopall", |c, r| begin(c, r, Verb::Shutdown))
            .records("node.stop_all", "node/{node}"),
        Route::post("/nodes/{node}/suspendall", |c, r| {
            begin(c, r, Verb::Suspend)
        })
        .records("node.suspend_all", "node/{node}"),
        Route::post("/nodes/{node}/migrateall", |c, r| {
            begin(c, r, Verb::Migrate)
        })
        .records("node.migrate_all", "node/{node}"),
    ]
}

fn whole(path: &'static str, handler: super::route::Handler) -> Route {
    let name = match path.rsplit('/').next() {
        Some("start") => "guest.start",
        Some("shutdown") => "guest.shutdown",
        Some("suspend") => "guest.suspend",
        _ => "guest.migrate",
    };
    Route::post(path, handler)
        .since(PveVersion::V9_1)
        .records(name, "guest/{vms}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Start,
    Shutdown,
    Suspend,
    Migrate,
}

fn begin(cluster: &mut Cluster, request: &Request<'_>, verb: Verb) -> Result<Answer, Refusal> {
    let on_node = Some(request.node().to_owned()).filter(|node| !node.is_empty());
    if !cluster.quorate {
        return Err(Refusal::died("cluster not ready - no quorum?"));
    }
    if verb == Verb::Migrate && on_node.is_some() {
        let given = request
            .text("max-workers")
            .or_else(|| request.text("maxworkers"));
        if given.is_none() && !cluster.options.contains_key("max_workers") {
            return Err(Refusal::died(
                "either 'max-workers' parameter or max_workers in datacenter.cfg must be set!",
            ));
        }
    }
    let named: Vec<u32> = match request.parameters.get("vms") {
        Some(Given::Many(list)) => list.iter().filter_map(|id| id.parse().ok()).collect(),
        Some(Given::One(list)) => list_items(list).filter_map(|id| id.parse().ok()).collect(),
        None => Vec::new(),
    };
    let privilege = if verb == Verb::Migrate {
        "VM.Migrate"
    } else {
        "VM.PowerMgmt"
    };
    let everywhere = cluster.may(request.who, "/", privilege);
    for vmid in &named {
        let at = format!("/vms/{vmid}");
        if !everywhere && !cluster.may(request.who, &at, privilege) {
            return Err(Refusal::forbidden(&format!("{at}, {privilege}")));
        }
    }
    if named.is_empty() && !everywhere {
        return Err(Refusal::forbidden(&format!("/, {privilege}")));
    }
    // A node starts only what starts at boot, of the guests that are named too, unless it is forced to.
    let only_boot = verb == Verb::Start && on_node.is_some() && !request.flag("force");
    let may_start = |guest: &Guest| !only_boot || guest.is_flag_set("onboot");
    let vmids: Vec<u32> = if named.is_empty() {
        cluster
            .guests
            .values()
            .filter(|guest| on_node.as_ref().is_none_or(|node| *node == *guest.node))
            .filter(|guest| !guest.is_template() && may_start(guest))
            .map(|guest| guest.vmid)
            .collect()
    } else {
        let starts = |vmid: &u32| cluster.guests.get(vmid).is_none_or(may_start);
        named.into_iter().filter(starts).collect()
    };
    let job = Bulk {
        verb,
        vmids,
        on_node: on_node.clone(),
        timeout_s: request
            .number("timeout")
            .and_then(|s| u64::try_from(s).ok())
            .unwrap_or(180),
        force: request.text("force-stop").is_none_or(|force| force == "1"),
        to_disk: request.flag("to-disk"),
        target: request.text("target").unwrap_or_default(),
        online: request.flag("online"),
        with_disks: request.flag("with-local-disks"),
        who: request.who.clone(),
    };
    let kind = match (verb, on_node.is_some()) {
        (Verb::Start, true) => "startall",
        (Verb::Shutdown, true) => "stopall",
        (Verb::Suspend, true) => "suspendall",
        (Verb::Migrate, true) => "migrateall",
        (Verb::Start, false) => "bulk-start",
        (Verb::Shutdown, false) => "bulk-shutdown",
        (Verb::Suspend, false) => "bulk-suspend",
        (Verb::Migrate, false) => "bulk-migrate",
    };
    let node = on_node.unwrap_or_else(|| cluster.local_node().to_string());
    let upid = cluster.start_task(NewTask {
        node: &node,
        kind,
        id: "",
        user: &request.who.full(),
        work: Work::job(job),
        spoil: request.spoil.clone(),
    });
    Ok(Value::from(upid).into())
}

/// One action on many guests.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the switches of the calls that it makes"
)]
struct Bulk {
    verb: Verb,
    vmids: Vec<u32>,
    on_node: Option<String>,
    timeout_s: u64,
    force: bool,
    to_disk: bool,
    target: String,
    online: bool,
    with_disks: bool,
    who: Identity,
}

impl Job for Bulk {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        if self.on_node.is_none() {
            let list: Vec<String> = self.vmids.iter().map(u32::to_string).collect();
            let what = match self.verb {
                Verb::Start => "Starting guests".to_owned(),
                Verb::Shutdown => "Shutting down guests".to_owned(),
                Verb::Suspend => "Suspending guests".to_owned(),
                Verb::Migrate => format!("Migrating guests to {}", self.target),
            };
            cluster
                .tasks
                .say(task.number, format!("{what}: {}", list.join(", ")));
        }
        let mut takes = Takes::ms(200.0);
        let mut failed = Vec::new();
        let mut started = 0;
        for vmid in &self.vmids {
            let Some(guest) = cluster.guests.get(vmid).cloned() else {
                continue;
            };
            if self
                .on_node
                .as_ref()
                .is_some_and(|node| **node != *guest.node)
            {
                continue;
            }
            match self.work_on(&guest) {
                Err(text) => {
                    if !text.is_empty() {
                        cluster.tasks.say(task.number, text);
                    }
                    if self.verb == Verb::Migrate {
                        failed.push(vmid.to_string());
                    }
                }
                Ok((line, kind, job)) => {
                    cluster.tasks.say(task.number, line);
                    if let Some(problem) = self.refuse_migration(cluster, &guest) {
                        cluster.tasks.say(task.number, problem);
                        failed.push(vmid.to_string());
                        continue;
                    }
                    started += 1;
                    let upid = cluster.start_task(NewTask {
                        node: &guest.node,
                        kind: &kind,
                        id: &vmid.to_string(),
                        user: &self.who.full(),
                        work: job,
                        spoil: Spoil::default(),
                    });
                    let due_ms = cluster
                        .tasks
                        .by_upid(&upid)
                        .and_then(crate::cluster::tasks::Task::due_ms);
                    takes.until_ms = takes.until_ms.max(due_ms);
                }
            }
        }
        if self.verb == Verb::Migrate && started == 0 && self.on_node.is_some() {
            takes.error = Some("no migrations worker started...".to_owned());
        } else if !failed.is_empty() && self.verb == Verb::Migrate {
            takes.error = Some(format!(
                "Some guests failed to migrate {}",
                failed.join(", ")
            ));
        }
        Ok(takes)
    }

    fn finish(&self, _: &mut Cluster, _: &TaskContext) -> Result<(), String> {
        Ok(())
    }

    fn counts_warnings(&self) -> bool {
        true
    }
}

impl Bulk {
    fn refuse_migration(&self, cluster: &Cluster, guest: &Guest) -> Option<String> {
        if self.verb != Verb::Migrate {
            return None;
        }
        if cluster.node(&self.target).is_none() {
            return Some(format!("WARN: 500 no such cluster node '{}'", self.target));
        }
        let is_live = guest.run.is_running() && guest.kind == GuestKind::Qemu;
        (is_live && !self.online && self.on_node.is_none())
            .then(|| "WARN: 500 can't migrate running VM without --online".to_owned())
    }

    /// Line, task type and work for a guest, or the line that says why it is left out.
    fn work_on(&self, guest: &Guest) -> Result<(String, String, Work), String> {
        let noun = guest.kind.noun();
        let vmid = guest.vmid;
        let prefix = guest.kind.task_prefix();
        let running = guest.run.is_running();
        // The older methods of a node pass over what needs nothing without a word.
        let is_older = self.on_node.is_some();
        let skip = |why: &str| {
            Err(if is_older && self.verb != Verb::Suspend {
                String::new()
            } else {
                format!("WARN: Skipping {noun} {vmid}, {why}.")
            })
        };
        let work = |action| {
            Work::job(GuestWork {
                kind: guest.kind,
                vmid,
                action,
                skip_lock: false,
            })
        };
        match self.verb {
            Verb::Start if running => skip("already running"),
            Verb::Start => Ok((
                format!("Starting {noun} {vmid}"),
                format!("{prefix}start"),
                work(Action::Start),
            )),
            Verb::Shutdown if !running => skip("not running"),
            Verb::Shutdown => Ok((
                if is_older {
                    format!(
                        "Stopping {noun} {vmid} (timeout = {} seconds)",
                        self.timeout_s
                    )
                } else {
                    format!(
                        "Shutting down {noun} {vmid} (Timeout = {} seconds)",
                        self.timeout_s
                    )
                },
                format!("{prefix}shutdown"),
                work(Action::Shutdown {
                    timeout_s: self.timeout_s,
                    force: self.force,
                }),
            )),
            Verb::Suspend if guest.kind == GuestKind::Lxc => skip("only VMs can be suspended"),
            Verb::Suspend if !running => skip("not running"),
            Verb::Suspend => {
                // The older methods of a node always save to disk.
                let to_disk = self.to_disk || self.on_node.is_some();
                let kind = if to_disk { "qmsuspend" } else { "qmpause" };
                Ok((
                    format!("Suspending {noun} {vmid}"),
                    kind.to_owned(),
                    work(Action::Suspend { to_disk }),
                ))
            }
            Verb::Migrate => {
                if let Some(text) = guest.locked_text() {
                    return Err(format!("Check {noun} {vmid}: {text}"));
                }
                let kind = match guest.kind {
                    GuestKind::Qemu => "qmigrate",
                    GuestKind::Lxc => "vzmigrate",
                };
                let job = Migrate {
                    kind: guest.kind,
                    vmid,
                    target: self.target.clone(),
                    storage: None,
                    with_disks: self.with_disks,
                    restart: guest.kind == GuestKind::Lxc,
                    limit_kib: None,
                };
                Ok((
                    format!("Migrating {noun} {vmid}"),
                    kind.to_owned(),
                    Work::job(job),
                ))
            }
        }
    }
}
