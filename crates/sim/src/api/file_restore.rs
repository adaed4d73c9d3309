//! Looking into backups, and at files that could become guests. Only servers for backups give out single
//! files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::GuestKind;
use crate::cluster::node::Storage;
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::{Archive, NameParts, StoredVolume};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/storage/{storage}/file-restore/list", list),
        Route::get(
            "/nodes/{node}/storage/{storage}/file-restore/download",
            download,
        ),
        Route::get(
            "/nodes/{node}/storage/{storage}/import-metadata",
            import_metadata,
        ),
    ]
}

/// A volume that the caller may look at, with what its name says.
fn seen<'a>(
    cluster: &'a Cluster,
    request: &Request<'_>,
    name: &str,
) -> Result<(&'a Storage, NameParts), Refusal> {
    let id = request.in_path("storage");
    let storage = cluster
        .storage(id)
        .ok_or_else(|| Refusal::died(format!("storage '{id}' does not exist")))?;
    let parts = storage.parse_name(name).map_err(Refusal::died)?;
    let at = format!("/storage/{id}");
    let has = |privilege| cluster.may(request.who, &at, privilege);
    let own = parts
        .vmid
        .is_some_and(|vmid| cluster.may(request.who, &format!("/vms/{vmid}"), "VM.Backup"));
    if has("Datastore.Allocate") || (own && has("Datastore.AllocateSpace")) {
        Ok((storage, parts))
    } else {
        Err(Refusal::forbidden(&format!("{at}, Datastore.Allocate")))
    }
}

/// A volume that is there.
fn there<'a>(
    cluster: &'a Cluster,
    request: &Request<'_>,
    name: &str,
) -> Result<&'a StoredVolume, Refusal> {
    let id = request.in_path("storage");
    super::storage::usable(cluster, request.node(), id)?;
    let volid = format!("{id}:{name}");
    cluster
        .volume(request.node(), &volid)
        .ok_or_else(|| Refusal::died(format!("volume '{volid}' does not exist")))
}

/// A backup on a server for backups. A name without its storage and kind is taken for that of a backup.
fn archive<'a>(cluster: &'a Cluster, request: &Request<'_>) -> Result<&'a Archive, Refusal> {
    let given = request.text("volume").unwrap_or_default();
    let id = request.in_path("storage");
    let name = match given.split_once(':') {
        Some((other, _)) if other != id => {
            let text = format!("storage ID mismatch ({other} != {id}).");
            return Err(Refusal::parameter("volume", text));
        }
        Some((_, name)) => name.to_owned(),
        None if given.starts_with("backup/") => given,
        None => format!("backup/{given}"),
    };
    let (storage, _) = seen(cluster, request, &name)?;
    if storage.plugin != "pbs" {
        return Err(Refusal::parameter(
            "storage",
            "Only PBS storages supported for file-restore.",
        ));
    }
    there(cluster, request, &name)?
        .archive
        .as_deref()
        .ok_or_else(|| Refusal::died(format!("'{id}:{name}' is no backup")))
}

/// The images of a backup; what lies inside of them is not simulated.
fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let archive = archive(cluster, request)?;
    let path = request.text("filepath").unwrap_or_default();
    if path != "/" {
        return Err(Refusal::not_simulated(
            "the files inside of a backup are not simulated",
        ));
    }
    let names: Vec<String> = match archive.kind {
        GuestKind::Lxc => vec!["root.pxar.didx".to_owned()],
        GuestKind::Qemu => archive
            .config
            .keys()
            .filter(|key| crate::cluster::disk::is_disk_key(archive.kind, key))
            .map(|key| format!("drive-{key}.img.fidx"))
            .collect(),
    };
    let rows: Value = names
        .iter()
        .map(|name| {
            let path = STANDARD.encode(format!("/{name}"));
            json!({ "filepath": path, "text": name, "type": "v", "leaf": 0 })
        })
        .collect();
    Ok(rows.into())
}

fn download(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    archive(cluster, request)?;
    Err(Refusal::not_simulated(
        "the files inside of a backup are not simulated",
    ))
}

/// Only appliances and hosts of machines say what guest they would become. The name is one without its
/// storage; what is in an uploaded appliance is not looked at.
fn import_metadata(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.text("volume").unwrap_or_default();
    let (storage, parts) = seen(cluster, request, &name)?;
    if storage.plugin != "esxi" && parts.content != "import" {
        let id = request.in_path("storage");
        return Err(Refusal::died(format!(
            "volume '{id}:{name}' is not an importable guest"
        )));
    }
    there(cluster, request, &name)?;
    Err(Refusal::not_simulated(
        "the inside of an appliance is not simulated",
    ))
}
