//! Where guests and volumes can go: nodes, storages, free ids, looked at before anything is asked.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ops::{Claims, Code, Error, Result, Signal};
use pve::{ContentFilter, NodeName, StorageContent, StorageFilter, StorageStatus, Vmid};

use super::{
    options::shown,
    subject::{GuestRef, Looked},
    work::warning_of,
};
use crate::{
    cluster_error::call_error,
    ctx::Ctx,
    inventory::{Connected, GuestKind},
};

/// A plan must not rest on an older list of nodes than this.
const PLAN_AGE: Duration = Duration::from_secs(3);

/// A node of the cluster that is online.
pub(super) async fn need_node(ctx: &Ctx, cluster: &str, node: &str) -> Result<NodeName> {
    let connected = fresh(ctx, cluster).await?;
    let Some(snapshot) = connected.snapshot() else {
        return Err(connected.error().unwrap_or_else(|| {
            Error::new(
                Code::ClusterUnreachable,
                format!("the nodes of cluster {cluster} are not known"),
            )
        }));
    };
    if !snapshot.nodes.iter().any(|one| one.node == node) {
        let names: Vec<&str> = snapshot.nodes.iter().map(|one| one.node.as_str()).collect();
        return Err(Error::new(
            Code::NoMatch,
            format!("cluster {cluster} has no node `{}`", shown(node)),
        )
        .hint(format!("its nodes are {}", names.join(", "))));
    }
    if !snapshot.node_is_online(node) {
        return Err(Error::new(
            Code::ClusterUnreachable,
            format!("node {node} is not online"),
        )
        .hint("bring it back, or choose another node"));
    }
    node.parse()
        .map_err(|error| Error::invalid(format!("`{}` is no node: {error}", shown(node))))
}

/// The cluster, its list of nodes read just now.
pub(super) async fn fresh(ctx: &Ctx, cluster: &str) -> Result<Arc<Connected>> {
    // Makes sure that such a cluster is connected.
    ctx.inventory.client(cluster).await?;
    let clusters = ctx.inventory.fresh_for_a_plan(PLAN_AGE).await?;
    clusters
        .into_iter()
        .find(|one| one.row.id == cluster)
        .ok_or_else(|| Error::not_found(format!("there is no cluster `{}`", shown(cluster))))
}

/// A storage of the node that takes such content and is there right now.
pub(super) async fn need_storage(
    ctx: &Ctx,
    cluster: &str,
    node: &NodeName,
    storage: &str,
    content: &StorageContent,
) -> Result<StorageStatus> {
    let client = ctx.inventory.client(cluster).await?;
    let all = client
        .node_storages(node, &StorageFilter::default())
        .await
        .map_err(|error| call_error(cluster, &error))?;
    let takes = |one: &StorageStatus| one.content.contains(content);
    let Some(found) = all
        .iter()
        .find(|one| one.storage.as_deref() == Some(storage))
    else {
        let names: Vec<&str> = all
            .iter()
            .filter(|one| takes(one))
            .filter_map(|one| one.storage.as_deref())
            .collect();
        return Err(Error::new(
            Code::NoMatch,
            format!("node {node} has no storage `{}`", shown(storage)),
        )
        .hint(format!("these would do: {}", names.join(", "))));
    };
    if !takes(found) {
        return Err(Error::new(
            Code::Conflict,
            format!(
                "storage {storage} on node {node} does not take content `{}`",
                content.as_str()
            ),
        )
        .hint("choose another storage, or allow the content in the storage's configuration"));
    }
    if !found.enabled || !found.active {
        return Err(Error::new(
            Code::Conflict,
            format!("storage {storage} is not available on node {node}"),
        )
        .hint("switch it on or repair it first, or choose another storage"));
    }
    Ok(found.clone())
}

/// A volume that something is made of: an image of a disc, a cloud image, a template.
pub(super) async fn need_volume(
    ctx: &Ctx,
    cluster: &str,
    node: &NodeName,
    volume: &str,
) -> Result<()> {
    let Some((storage, _)) = volume
        .split_once(':')
        .filter(|(storage, _)| !storage.is_empty())
    else {
        return Err(
            Error::invalid(format!("`{}` names no volume", shown(volume)))
                .hint("a volume is written with its storage: `local:iso/debian.iso`"),
        );
    };
    let client = ctx.inventory.client(cluster).await?;
    let content = client
        .storage_content(node, storage, &ContentFilter::default())
        .await
        .map_err(|error| call_error(cluster, &error))?;
    if content.iter().any(|row| row.volume.to_string() == volume) {
        return Ok(());
    }
    Err(Error::new(
        Code::NoMatch,
        format!(
            "storage {storage} on node {node} holds no `{}`",
            shown(volume)
        ),
    )
    .hint(format!(
        "`pve.get /nodes/{node}/storage/{storage}/content` shows what is there"
    )))
}

/// What is left of a storage as a node sees it, as far as the inventory tells.
pub(super) async fn left_on(
    ctx: &Ctx,
    cluster: &str,
    node: &str,
    storage: &str,
) -> Result<Option<u64>> {
    let Some(snapshot) = fresh(ctx, cluster).await?.snapshot() else {
        return Ok(None);
    };
    let row = snapshot
        .storages
        .iter()
        .find(|row| row.storage == storage && row.nodes.iter().any(|one| one == node));
    Ok(row.and_then(|row| Some(row.total_bytes?.saturating_sub(row.used_bytes?))))
}

/// A size in words: what is left of a storage is not read to the byte.
pub(super) fn about(bytes: u64) -> String {
    let unit = if bytes >= 10 << 30 { 1 << 30 } else { 1 << 20 };
    pve::format_size(bytes - bytes % unit)
}

/// What is to be said of a machine with more memory than its node has: PVE writes it down, and starting fails.
pub(super) async fn too_much_memory(
    ctx: &Ctx,
    guest: &GuestRef,
    memory: Option<&String>,
) -> Result<Option<Signal>> {
    let wanted = memory.and_then(|text| {
        let mebibytes: u64 = text.trim_start_matches("current=").parse().ok()?;
        mebibytes.checked_mul(1 << 20)
    });
    let (Some(wanted), GuestKind::Qemu) = (wanted, guest.kind) else {
        return Ok(None);
    };
    let snapshot = fresh(ctx, &guest.cluster).await?.snapshot();
    let has = snapshot.and_then(|snapshot| {
        let node = snapshot.nodes.iter().find(|row| row.node == guest.node)?;
        node.memory_bytes
    });
    Ok(has.filter(|has| *has < wanted).map(|has| {
        warning_of(
            guest,
            "memory",
            format!(
                "{} gets {} of memory and node {} has {} in all: it may not start there",
                guest.name,
                pve::format_size(wanted),
                guest.node,
                pve::format_size(has)
            ),
        )
    }))
}

/// Where disks of guests of this kind go.
pub(super) fn disk_content(kind: GuestKind) -> StorageContent {
    match kind {
        GuestKind::Qemu => StorageContent::Images,
        GuestKind::Lxc => StorageContent::RootDir,
    }
}

/// Free ids: the wished one, or the next ones. Nobody keeps them free: a plan is bound to them, and the
/// cluster refuses who comes second. Those of earlier wishes of the same plan are theirs already.
pub(super) async fn free_ids(
    ctx: &Ctx,
    cluster: &str,
    wished: Option<u32>,
    count: usize,
    claims: &Claims,
) -> Result<Vec<Vmid>> {
    let client = ctx.inventory.client(cluster).await?;
    let said = |error: pve::Error| call_error(cluster, &error);
    let claim = |id: Vmid| format!("{cluster}/guest id {id}");
    if let Some(wished) = wished {
        let id = Vmid::try_from(wished)
            .map_err(|error| Error::invalid(format!("{wished} is no id of a guest: {error}")))?;
        if !client.vmid_is_free(id).await.map_err(said)? {
            return Err(Error::new(
                Code::Conflict,
                format!("id {wished} belongs to another guest of cluster {cluster}"),
            )
            .hint("leave the id out: the next free one is taken"));
        }
        if !claims.take(claim(id)) {
            return Err(Error::new(
                Code::Conflict,
                format!("two guests of this plan would both get id {wished}"),
            )
            .hint("name another id, or put the wish with an id before those without"));
        }
        return Ok(vec![id]);
    }
    let next = client.next_vmid().await.map_err(said)?;
    let mut ids = Vec::with_capacity(count);
    let mut candidate = u32::from(next);
    while ids.len() < count {
        let id = Vmid::try_from(candidate)
            .map_err(|_| Error::new(Code::Conflict, "there is no free id any more"))?;
        candidate += 1;
        // The cluster has just said that the first one is free.
        let is_free = !claims.hold(&claim(id))
            && (id == next || client.vmid_is_free(id).await.map_err(said)?);
        if is_free && claims.take(claim(id)) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// A volume of a guest, as its option names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VolumeOf {
    pub(super) storage: String,
    pub(super) size_bytes: Option<u64>,
    pub(super) cdrom: bool,
    /// `qcow2` of a file; nothing where the storage has but one form.
    pub(super) format: Option<String>,
}

/// The volume behind an option, or which ones there are.
pub(super) fn volume_of(looked: &Looked, key: &str) -> Result<VolumeOf> {
    let volumes = volumes_of(looked);
    volumes.get(key).cloned().ok_or_else(|| {
        let names: Vec<&str> = volumes
            .iter()
            .filter(|(_, volume)| !volume.cdrom)
            .map(|(key, _)| key.as_str())
            .collect();
        Error::new(
            Code::NoMatch,
            format!("{} has no disk `{}`", looked.guest.subject(), shown(key)),
        )
        .hint(format!("its disks are {}", names.join(", ")))
    })
}

/// All volumes of a guest by their options; unused ones and empty drives are left out.
pub(super) fn volumes_of(looked: &Looked) -> BTreeMap<String, VolumeOf> {
    looked
        .config
        .values
        .iter()
        .filter(|(key, _)| {
            super::options::is_volume(looked.guest.kind, key) && !key.starts_with("unused")
        })
        .filter_map(|(key, value)| Some((key.clone(), read_volume(value)?)))
        .collect()
}

fn read_volume(value: &str) -> Option<VolumeOf> {
    let mut parts = value.split(',');
    let first = parts.next()?;
    let volume = first
        .strip_prefix("file=")
        .or_else(|| first.strip_prefix("volume="))
        .unwrap_or(first);
    let (storage, name) = volume.split_once(':')?;
    if storage.is_empty() || storage.starts_with('/') {
        return None;
    }
    let mut read = VolumeOf {
        storage: storage.to_owned(),
        size_bytes: None,
        cdrom: false,
        format: name
            .rsplit_once('.')
            .map(|(_, format)| format)
            .filter(|format| matches!(*format, "raw" | "qcow2" | "vmdk"))
            .map(str::to_owned),
    };
    for part in parts {
        match part.split_once('=') {
            Some(("size", size)) => read.size_bytes = pve::parse_size(size),
            Some(("media", "cdrom")) => read.cdrom = true,
            _ => {}
        }
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_read_from_options() {
        let read = |value| read_volume(value).unwrap();
        let disk = read("local:101/vm-101-disk-0.qcow2,size=8G,ssd=1");
        assert_eq!(
            (
                disk.storage.as_str(),
                disk.size_bytes,
                disk.cdrom,
                disk.format.as_deref()
            ),
            ("local", Some(8 << 30), false, Some("qcow2"))
        );
        let medium = read("local:iso/debian.iso,media=cdrom,size=600M");
        assert!(medium.cdrom && medium.format.is_none());
        assert_eq!(read_volume("none,media=cdrom"), None);
        assert_eq!(read_volume("/srv/data,mp=/data"), None);
    }
}
