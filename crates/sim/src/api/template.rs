//! Making a template of a guest: its disks become bases of linked clones.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::disk::Volume;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::DiskName;
use crate::cluster::work::{Job, Takes, TaskContext};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/nodes/{node}/{kind}/{vmid}/template", template)
            .checked("/vms/{vmid}", &["VM.Allocate"])
            .records("guest.template", "guest/{vmid}"),
    ]
}

fn template(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    if let Some(text) = guest.locked_text() {
        return Err(Refusal::died(text));
    }
    let noun = kind.noun();
    if !guest.snapshots.is_empty() {
        return Err(Refusal::died(format!(
            "unable to create template, because {noun} contains snapshots"
        )));
    }
    if guest.is_template() {
        return Err(Refusal::died("you can't convert a template to a template"));
    }
    if guest.run.is_running() {
        return Err(Refusal::died(format!(
            "you can't convert a {noun} to template if {noun} is running"
        )));
    }
    let task = format!("{}template", kind.task_prefix());
    let answer = request.start(cluster, (&task, &vmid.to_string()), Template { kind, vmid });
    // For a container the task is not named: the answer says nothing.
    Ok(match (kind, answer.upid()) {
        (GuestKind::Lxc, Some(upid)) => Answer::null_of_task(upid),
        (GuestKind::Lxc | GuestKind::Qemu, _) => answer,
    })
}

/// Turns a guest into a template.
#[derive(Debug)]
struct Template {
    kind: GuestKind,
    vmid: u32,
}

impl Job for Template {
    fn guest(&self) -> Option<(GuestKind, u32)> {
        Some((self.kind, self.vmid))
    }

    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        match cluster.guest_mut(&task.node, self.kind, self.vmid) {
            Some(guest) => match guest.locked_text() {
                Some(text) => Err(text),
                None => Ok(Takes::ms(500.0)),
            },
            None => Err(Guest::missing(&task.node, self.kind, self.vmid)),
        }
    }

    fn finish(&self, cluster: &mut Cluster, _: &TaskContext) -> Result<(), String> {
        make_template(cluster, self.vmid);
        Ok(())
    }
}

fn make_template(cluster: &mut Cluster, vmid: u32) {
    let Some(guest) = cluster.guests.get(&vmid) else {
        return;
    };
    let (node, kind) = (guest.node.clone(), guest.kind);
    let disks: Vec<(String, String, String)> = guest
        .disks()
        .map(|(key, volume)| {
            (
                key.to_owned(),
                volume.id.to_owned(),
                volume.storage.to_owned(),
            )
        })
        .collect();
    for (key, volid, storage) in disks {
        let Some(stored) = cluster.volume(&node, &volid).cloned() else {
            continue;
        };
        // Containers on plain files keep the names of theirs.
        let can_be_base = cluster
            .storage(&storage)
            .is_some_and(|storage| storage.can_snapshot(kind, &volid));
        if !can_be_base {
            continue;
        }
        cluster.remove_volume(&node, &volid);
        let base = cluster.free_name(
            &node,
            &storage,
            (kind, vmid),
            (DiskName::Base, &stored.format),
        );
        cluster.add_volume(&node, &base, stored);
        if let Some(value) = cluster
            .guests
            .get_mut(&vmid)
            .and_then(|guest| guest.config.get_mut(&key))
            && let Some(rest) =
                Volume::parse(value).map(|volume| value.replacen(volume.id, &base, 1))
        {
            *value = rest;
        }
    }
    cluster.set_option(vmid, "template", Some("1"));
}
