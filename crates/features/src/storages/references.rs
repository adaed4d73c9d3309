//! Which volumes guests refer to: in their configurations, in what waits for a restart, in their snapshots.
//! What could not be read is told apart from what is not there.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use ops::Result;
use pve::{Client, GuestAt};

use super::model::VolumeRow;
use crate::{cluster_error::call_error, ctx::Ctx, guests::GuestRef, inventory::GuestRow};

const ASK_AT_ONCE: usize = 16;
const AGE: Duration = Duration::from_secs(3);
/// Whoever lacks it on all guests does not even see which ones there are.
const AUDIT: &str = "VM.Audit";

/// What all guests of one cluster refer to.
#[derive(Debug, Default)]
pub(super) struct References {
    /// VolumeRow to who refers to it and where: `web-01 (main/pve1/101): scsi0`.
    used: BTreeMap<String, Vec<String>>,
    /// Guests by id, as far as they are known to exist.
    guests: BTreeMap<u32, GuestRow>,
    /// Guests whose references are not known, with the reason.
    unread: BTreeMap<u32, String>,
    /// Why there may be guests nobody sees.
    blind: Option<String>,
    /// Guest and node to which its volumes are replicated.
    replicas: BTreeSet<(u32, String)>,
}

/// What is known of the use of one volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// Who uses it.
    Used(Vec<String>),
    /// Nobody, and why that is sure.
    Unused(String),
    /// It cannot be told, and why.
    NotKnown(String),
}

impl References {
    /// Reads every guest of a cluster: two requests each, one more for each snapshot.
    pub(super) async fn read(ctx: &Ctx, cluster: &str) -> Result<Self> {
        let client = ctx.inventory.client(cluster).await?;
        let said = |error: pve::Error| call_error(cluster, &error);
        let rights = client.permissions_on("/vms").await.map_err(said)?;
        let mut out = Self::default();
        if !rights.contains(AUDIT) {
            out.blind = Some(format!(
                "we lack {AUDIT} on /vms, so there may be guests that we do not see"
            ));
        }
        for job in client.replication_jobs().await.map_err(said)? {
            if let (Some(guest), Some(target)) = (job.guest, job.target) {
                out.replicas
                    .insert((guest.get(), target.as_str().to_owned()));
            }
        }
        let all = ctx.inventory.all_guests(AGE).await?;
        let guests: Vec<GuestRow> = all
            .guests
            .into_iter()
            .filter(|guest| guest.cluster == cluster)
            .collect();
        let client = &client;
        let readings: Vec<_> = guests
            .iter()
            .map(|row| async move { (row, of_guest(client, row).await) })
            .collect();
        let mut read = stream::iter(readings).buffered(ASK_AT_ONCE);
        while let Some((row, references)) = read.next().await {
            match references {
                Ok(references) => {
                    for (volume, place) in references {
                        let user = format!("{} ({}): {place}", row.name, row.reference());
                        out.used.entry(volume).or_default().push(user);
                    }
                }
                Err(why) => {
                    out.unread
                        .insert(row.vmid, format!("{} could not be read: {why}", row.name));
                }
            }
        }
        drop(read);
        out.guests = guests.into_iter().map(|row| (row.vmid, row)).collect();
        Ok(out)
    }

    /// Adds what linked clones build on, from the volumes of one storage.
    pub(super) fn add_parents(&mut self, volumes: &[VolumeRow]) {
        for volume in volumes {
            for base in bases(volume, volumes) {
                self.used
                    .entry(base)
                    .or_default()
                    .push(format!("{}: builds on it", volume.volume));
            }
        }
    }

    /// Who uses a volume. `shared`: any guest could; otherwise those of its node, and replication.
    pub(super) fn usage(&self, volume: &VolumeRow, shared: bool) -> Usage {
        if let Some(users) = self.used.get(&volume.volume) {
            let here: Vec<String> = users
                .iter()
                .filter(|user| shared || self.is_on(user, &volume.node))
                .cloned()
                .collect();
            if !here.is_empty() {
                return Usage::Used(here);
            }
        }
        if let Some(vmid) = volume.vmid
            && self.replicas.contains(&(vmid, volume.node.clone()))
        {
            return Usage::Used(vec![format!(
                "replication of guest {vmid} to {}",
                volume.node
            )]);
        }
        if let Some(why) = &self.blind {
            return Usage::NotKnown(why.clone());
        }
        let owner = volume.vmid.and_then(|id| self.guests.get(&id));
        if let Some(owner) = owner
            && let Some(lock) = &owner.lock
        {
            return Usage::NotKnown(format!(
                "{} is locked ({lock}): something works on it",
                owner.name
            ));
        }
        let unread = self.unread.iter().find(|(id, _)| {
            shared
                || volume.vmid == Some(**id)
                || self
                    .guests
                    .get(*id)
                    .is_none_or(|row| row.node == volume.node)
        });
        if let Some((_, why)) = unread {
            return Usage::NotKnown(why.clone());
        }
        Usage::Unused(match (volume.vmid, owner) {
            (Some(_), Some(owner)) => format!(
                "{} ({}) does not refer to it",
                owner.name,
                owner.reference()
            ),
            (Some(vmid), None) => format!("there is no guest {vmid}"),
            (None, _) => "no guest refers to it".to_owned(),
        })
    }

    /// A reference of a guest on another node is to that node's own storage.
    fn is_on(&self, user: &str, node: &str) -> bool {
        // A volume that builds on it lies on the same storage.
        user.ends_with(": builds on it")
            || self
                .guests
                .values()
                .any(|row| row.node == node && user.contains(&format!("({})", row.reference())))
    }
}

/// Every volume that a guest refers to, with the place where: `scsi0`, `before: scsi0`.
async fn of_guest(client: &Client, row: &GuestRow) -> Result<Vec<(String, String)>, String> {
    if row.status == "unknown" {
        return Err(format!("its node {} is not online", row.node));
    }
    let at = GuestRef::of(row).at().map_err(|error| error.message)?;
    read_guest(client, &at)
        .await
        .map_err(|error| call_error(&row.cluster, &error).message)
}

async fn read_guest(client: &Client, at: &GuestAt) -> pve::Result<Vec<(String, String)>> {
    let (pending, snapshots) = tokio::try_join!(client.guest_pending(at), client.snapshots(at))?;
    let mut out = Vec::new();
    for value in &pending.values {
        for text in [&value.value, &value.pending].into_iter().flatten() {
            out.extend(volumes_in(text).map(|volume| (volume, value.key.clone())));
        }
    }
    for snapshot in snapshots {
        let config = client.snapshot_config(at, &snapshot.name).await?;
        for (key, text) in &config.values {
            out.extend(
                volumes_in(text)
                    .map(|volume| (volume, format!("snapshot {}, {key}", snapshot.name))),
            );
        }
    }
    out.sort();
    out.dedup();
    Ok(out)
}

/// The references of one guest alone: what is looked at again right before its volume goes.
pub(super) async fn owners(ctx: &Ctx, volume: &VolumeRow) -> Result<Vec<String>> {
    let Some(vmid) = volume.vmid else {
        return Ok(Vec::new());
    };
    let Some(row) = ctx.inventory.find(&volume.cluster, vmid).await? else {
        return Ok(Vec::new());
    };
    let client = ctx.inventory.client(&volume.cluster).await?;
    let references = of_guest(&client, &row).await.map_err(|why| {
        ops::Error::new(
            ops::Code::ClusterRefused,
            format!("{} may use {}: {why}", row.name, volume.volume),
        )
    })?;
    Ok(references
        .into_iter()
        .filter(|(used, _)| used == &volume.volume)
        .map(|(_, place)| format!("{} ({}): {place}", row.name, row.reference()))
        .collect())
}

/// All texts in a value that have the form of a volume: a disk, an image, a hook script, a cloud-init file.
fn volumes_in(value: &str) -> impl Iterator<Item = String> + '_ {
    value
        .split([',', ';', ' ', '\n'])
        .flat_map(|part| {
            let behind = part.split_once('=').map(|(_, rest)| rest);
            [Some(part), behind]
        })
        .flatten()
        .filter(|text| text.parse::<pve::VolumeId>().is_ok())
        .map(str::to_owned)
}

/// The volumes that this one builds on: by its own name, and by what the storage calls its parent.
fn bases(volume: &VolumeRow, all: &[VolumeRow]) -> Vec<String> {
    let mut out = Vec::new();
    if let Ok(id) = volume.volume.parse::<pve::VolumeId>()
        && let pve::VolumeKind::Disk {
            base: Some(base), ..
        } = id.kind()
    {
        out.push(format!("{}:{base}", id.storage()));
    }
    if let Some(parent) = &volume.parent {
        let name = parent
            .trim_start_matches("../")
            .split('@')
            .next()
            .unwrap_or_default();
        out.extend(
            all.iter()
                .filter(|other| other.storage == volume.storage)
                .filter(|other| {
                    let own = other.volume.split_once(':').map_or("", |(_, own)| own);
                    own == name || own.rsplit('/').next() == Some(name)
                })
                .map(|other| other.volume.clone()),
        );
    }
    out.retain(|base| base != &volume.volume);
    out.sort();
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::GuestKind;

    fn volume(name: &str, parent: Option<&str>) -> VolumeRow {
        VolumeRow {
            cluster: "main".to_owned(),
            node: "pve1".to_owned(),
            storage: "local".to_owned(),
            volume: format!("local:{name}"),
            content: Some("images".to_owned()),
            format: None,
            size_bytes: None,
            used_bytes: None,
            created_at: None,
            vmid: Some(101),
            parent: parent.map(str::to_owned),
            notes: None,
            protected: false,
        }
    }

    fn guest(vmid: u32, node: &str) -> GuestRow {
        GuestRow {
            cluster: "main".to_owned(),
            node: node.to_owned(),
            vmid,
            name: format!("vm{vmid}"),
            kind: GuestKind::Qemu,
            status: "stopped".to_owned(),
            template: false,
            tags: Vec::new(),
            pool: None,
            lock: None,
            ha_state: None,
            cpu: None,
            cores: None,
            memory_used_bytes: None,
            memory_bytes: None,
            disk_bytes: None,
            uptime_s: None,
        }
    }

    #[test]
    fn volumes_are_found_wherever_a_value_names_one() {
        let found = |text| volumes_in(text).collect::<Vec<_>>();
        assert_eq!(
            found("fast:vm-101-disk-0,size=8G,aio=native"),
            ["fast:vm-101-disk-0"]
        );
        assert_eq!(
            found("file=fast:vm-101-disk-0,size=8G"),
            ["fast:vm-101-disk-0"]
        );
        assert_eq!(
            found("user=local:snippets/u.yaml,network=local:snippets/n.yaml"),
            ["local:snippets/u.yaml", "local:snippets/n.yaml"]
        );
        assert_eq!(
            found("local:iso/debian.iso,media=cdrom"),
            ["local:iso/debian.iso"]
        );
        assert_eq!(found("none,media=cdrom"), Vec::<String>::new());
        assert_eq!(found("/dev/sdb"), Vec::<String>::new());
    }

    #[test]
    fn a_base_is_found_by_the_name_of_its_clone_and_by_the_parent() {
        let all = [
            volume("9000/base-9000-disk-0.qcow2", None),
            volume("9000/base-9000-disk-0.qcow2/101/vm-101-disk-0.qcow2", None),
            volume(
                "101/vm-101-disk-1.qcow2",
                Some("../9000/base-9000-disk-0.qcow2"),
            ),
            volume("vm-101-disk-2", Some("base-9000-disk-0.qcow2@__base__")),
            volume("vm-101-disk-3", None),
        ];
        let base = "local:9000/base-9000-disk-0.qcow2".to_owned();
        for at in [1, 2, 3] {
            assert_eq!(bases(&all[at], &all), vec![base.clone()], "{at}");
        }
        assert_eq!(bases(&all[4], &all), Vec::<String>::new());
    }

    #[test]
    fn what_could_not_be_read_is_not_known_and_never_unused() {
        let mut references = References {
            guests: [(101, guest(101, "pve1")), (102, guest(102, "pve2"))].into(),
            ..References::default()
        };
        let local = volume("vm-101-disk-9", None);
        assert_eq!(
            references.usage(&local, false),
            Usage::Unused("vm101 (main/pve1/101) does not refer to it".to_owned())
        );
        // Guest 102 is on another node and cannot hold a volume of pve1.
        references
            .unread
            .insert(102, "vm102 could not be read".to_owned());
        assert!(matches!(references.usage(&local, false), Usage::Unused(_)));
        assert_eq!(
            references.usage(&local, true),
            Usage::NotKnown("vm102 could not be read".to_owned())
        );
        references.blind = Some("blind".to_owned());
        assert_eq!(
            references.usage(&local, false),
            Usage::NotKnown("blind".to_owned())
        );
        references.replicas.insert((101, "pve1".to_owned()));
        assert!(matches!(references.usage(&local, false), Usage::Used(_)));
    }

    #[test]
    fn a_reference_of_another_node_does_not_count_for_a_storage_of_this_one() {
        let user = "vm102 (main/pve2/102): scsi0".to_owned();
        let references = References {
            guests: [(102, guest(102, "pve2"))].into(),
            used: [("local:vm-101-disk-9".to_owned(), vec![user.clone()])].into(),
            ..References::default()
        };
        let local = volume("vm-101-disk-9", None);
        assert!(matches!(references.usage(&local, false), Usage::Unused(_)));
        assert_eq!(references.usage(&local, true), Usage::Used(vec![user]));
    }
}
