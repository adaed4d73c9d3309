//! Deleting guests, with their volumes.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::delete("/nodes/{node}/{kind}/{vmid}", destroy)
            .checked("/vms/{vmid}", &["VM.Allocate"])
            .records("guest.delete", "guest/{vmid}"),
    ]
}

fn destroy(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    let noun = kind.noun();
    if guest.is_flag_set("protection") {
        return Err(Refusal::died(format!(
            "can't remove {noun} {vmid} - protection mode enabled"
        )));
    }
    let force = request.flag("force");
    if kind == GuestKind::Lxc
        && let Some(text) = guest.locked_text()
    {
        return Err(Refusal::died(text));
    }
    let purge = request.flag("purge");
    let is_managed = cluster
        .ha
        .iter()
        .any(|resource| resource.vmid() == Some(vmid));
    if is_managed && !purge {
        return Err(Refusal::died(format!(
            "unable to remove {noun} {vmid} - used in HA resources and purge parameter not set."
        )));
    }
    let copied_by = cluster.replication_of(vmid).filter(|_| !purge);
    if let Some(job) = copied_by {
        return Err(Refusal::died(format!(
            "There is a replication job '{job}' for guest '{vmid}' - Please remove that first."
        )));
    }
    if guest.run.is_running() && !force {
        return Err(Refusal::died(match kind {
            GuestKind::Qemu => format!("VM {vmid} is running - destroy failed"),
            GuestKind::Lxc => format!("unable to destroy CT {vmid} - container is running"),
        }));
    }
    let job = Destroy {
        kind,
        vmid,
        purge,
        unreferenced: request.flag("destroy-unreferenced-disks"),
        skip_lock: request.flag("skiplock"),
        force,
    };
    let task = format!("{}destroy", kind.task_prefix());
    Ok(request.start(cluster, (&task, &vmid.to_string()), job))
}

/// Deletes a guest.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the method has that many switches"
)]
struct Destroy {
    kind: GuestKind,
    vmid: u32,
    purge: bool,
    unreferenced: bool,
    skip_lock: bool,
    force: bool,
}

impl Job for Destroy {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((self.kind, self.vmid))
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let Some(guest) = cluster.guest_mut(&task.node, self.kind, self.vmid) else {
            return Err(Guest::missing(&task.node, self.kind, self.vmid));
        };
        // A VM that sleeps is locked and can be deleted all the same.
        if !self.skip_lock
            && guest.lock.as_deref() != Some("suspended")
            && let Some(text) = guest.locked_text()
        {
            return Err(text);
        }
        if guest.run.is_running() && !self.force {
            return Err(match self.kind {
                GuestKind::Qemu => format!("VM {} is running - destroy failed", self.vmid),
                GuestKind::Lxc => {
                    format!("unable to destroy CT {} - container is running", self.vmid)
                }
            });
        }
        let volumes: Vec<String> = guest.owned_volumes().map(str::to_owned).collect();
        for volid in volumes {
            if cluster.has_linked_clones(&volid) {
                return Err(format!(
                    "base volume '{volid}' is still in use by linked cloned"
                ));
            }
        }
        Ok(Takes::ms(600.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let vmid = self.vmid;
        if self.purge {
            let noun = self.kind.noun();
            let line = format!("purging {noun} {vmid} from related configurations..");
            cluster.tasks.say(task.number, line);
            cluster.forget_guest(vmid);
        }
        let Some(guest) = cluster.guests.remove(&vmid) else {
            return Ok(());
        };
        let own: Vec<String> = guest
            .owned_volumes()
            .map(str::to_owned)
            .chain(
                guest
                    .snapshots
                    .values()
                    .filter_map(|snapshot| snapshot.state_volume.clone()),
            )
            .chain(guest.config.values().filter_map(|value| {
                let volid = value.split(',').next()?;
                volid.contains("cloudinit").then(|| volid.to_owned())
            }))
            .collect();
        for volid in own {
            let line = volid
                .split_once(':')
                .filter(|(id, _)| {
                    cluster
                        .storage(id)
                        .is_some_and(|storage| matches!(storage.plugin.as_str(), "lvm" | "lvmthin"))
                })
                .map(|(_, name)| format!("  Logical volume \"{name}\" successfully removed."));
            if cluster.remove_volume(&task.node, &volid).is_some()
                && let Some(line) = line
            {
                cluster.tasks.say(task.number, line);
            }
        }
        if self.unreferenced {
            cluster.remove_volumes_of(&task.node, vmid);
        }
        cluster
            .access
            .acl
            .retain(|entry| entry.path != format!("/vms/{vmid}"));
        cluster.settings.forget(&super::agent::inside_of(vmid));
        Ok(())
    }
}

impl Cluster {
    /// Whether another volume is a linked clone of this one.
    pub(crate) fn has_linked_clones(&self, volid: &str) -> bool {
        let Some((storage, name)) = volid.split_once(':') else {
            return false;
        };
        self.volumes
            .iter()
            .any(|((on, _, _), volume)| on == storage && volume.parent.as_deref() == Some(name))
    }

    /// Takes a guest out of backup jobs and high availability.
    fn forget_guest(&mut self, vmid: u32) {
        self.ha.retain(|resource| resource.vmid() != Some(vmid));
        self.forget_replication(vmid);
        let text = vmid.to_string();
        for job in self.backup_jobs.values_mut() {
            for key in ["vmid", "exclude"] {
                if let Some(list) = job.options.get_mut(key) {
                    let left: Vec<&str> = list.split(',').filter(|one| *one != text).collect();
                    *list = left.join(",");
                }
            }
        }
        self.backup_jobs
            .retain(|_, job| job.options.get("vmid").is_none_or(|list| !list.is_empty()));
    }
}
