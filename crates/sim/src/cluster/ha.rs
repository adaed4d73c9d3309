//! The HA manager: requests are carried out a while after they were made, by tasks on the guest's node.

use super::access::ROOT;
use super::faults::Spoil;
use super::guest::GuestKind;
use super::guest_work::{Action, GuestWork};
use super::settings::Section;
use super::work::Work;
use super::{Cluster, NewTask};
use crate::api::migrate::Migrate;

/// Something the manager has to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct HaRequest {
    pub(crate) due_ms: i64,
    pub(crate) vmid: u32,
    /// Where the guest shall be; `None`: only its state changes.
    pub(crate) target: Option<String>,
}

/// Where it is kept that high availability is disarmed.
const DISARMED: (&str, &str) = ("ha manager", "disarmed");
const MODE: &str = "resource-mode";

/// The manager looks around every ten seconds.
const ROUND_MS: f64 = 10_000.0;

impl Cluster {
    pub(crate) fn ask_ha(&mut self, vmid: u32, target: Option<String>) {
        let due_ms = self.now_ms + self.scaled(ROUND_MS);
        self.ha_requests.push(HaRequest {
            due_ms,
            vmid,
            target,
        });
    }

    /// How resources are treated while high availability is disarmed: `freeze` or `ignore`.
    pub(crate) fn ha_disarmed(&self) -> Option<&str> {
        let section = self.settings.get(DISARMED.0, DISARMED.1)?;
        section.get(MODE)?.as_str()
    }

    /// The manager lets go of everything; what it was asked for waits.
    pub(crate) fn disarm_ha(&mut self, mode: String) {
        let section = Section::from_iter([(MODE.to_owned(), mode.into())]);
        self.settings.insert(DISARMED.0, DISARMED.1, section);
    }

    pub(crate) fn arm_ha(&mut self) {
        self.settings.remove(DISARMED.0, DISARMED.1);
        // What waited is looked at in the next round.
        let soonest_ms = self.now_ms + self.scaled(ROUND_MS);
        for request in &mut self.ha_requests {
            request.due_ms = request.due_ms.max(soonest_ms);
        }
    }

    /// When the manager has something to do next.
    pub(crate) fn next_ha_ms(&self) -> Option<i64> {
        if self.ha_disarmed().is_some() {
            return None;
        }
        self.ha_requests.iter().map(|request| request.due_ms).min()
    }

    /// Carries out what is due.
    pub(crate) fn run_ha(&mut self) {
        let now_ms = self.now_ms;
        if self.ha_disarmed().is_some() {
            return;
        }
        if self
            .ha_requests
            .iter()
            .all(|request| request.due_ms > now_ms)
        {
            return;
        }
        let (due, later) = std::mem::take(&mut self.ha_requests)
            .into_iter()
            .partition::<Vec<_>, _>(|request| request.due_ms <= now_ms);
        self.ha_requests = later;
        for request in due {
            self.carry_out_ha(&request);
        }
    }

    fn carry_out_ha(&mut self, request: &HaRequest) {
        let vmid = request.vmid;
        let Some(resource) = self
            .ha
            .iter()
            .find(|resource| resource.vmid() == Some(vmid))
        else {
            return;
        };
        let wanted = resource.state.clone();
        let Some(guest) = self.guests.get(&vmid) else {
            return;
        };
        let (kind, node, running) = (guest.kind, guest.node.clone(), guest.run.is_running());
        if wanted == "ignored" || resource.in_error || guest.holder.is_some() {
            return;
        }
        let prefix = kind.task_prefix();
        let act = |action| {
            Work::job(GuestWork {
                kind,
                vmid,
                action,
                skip_lock: false,
            })
        };
        let (task, work) = match (&request.target, wanted.as_str()) {
            (Some(target), _) if **target != *node && self.node(target).is_some() => {
                let task = match kind {
                    GuestKind::Qemu => "qmigrate",
                    GuestKind::Lxc => "vzmigrate",
                };
                let job = Migrate {
                    kind,
                    vmid,
                    target: target.clone(),
                    storage: None,
                    with_disks: true,
                    restart: true,
                    limit_kib: None,
                };
                (task.to_owned(), Work::job(job))
            }
            (_, "started" | "enabled") if !running => {
                (format!("{prefix}start"), act(Action::Start))
            }
            (_, "stopped" | "disabled") if running => (
                format!("{prefix}shutdown"),
                act(Action::Shutdown {
                    timeout_s: 60,
                    force: true,
                }),
            ),
            _ => return,
        };
        let upid = self.start_task(NewTask {
            node: &node,
            kind: &task,
            id: &vmid.to_string(),
            user: ROOT,
            work,
            spoil: Spoil::default(),
        });
        if let Some(number) = self.tasks.by_upid(&upid).map(|task| task.number) {
            self.tasks.say(number, "task started by HA resource agent");
        }
    }
}
