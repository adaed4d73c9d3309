//! Looking into backups, and at files that could become guests. Only servers for backups give out single
//! files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::GuestKind;
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::{Archive, StoredVolume};

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

/// The volume of a request, which the caller may read. `below` is where a bare name lies.
fn volume<'a>(
    cluster: &'a Cluster,
    request: &Request<'_>,
    below: &str,
) -> Result<(String, &'a StoredVolume), Refusal> {
    let id = request.in_path("storage");
    super::storage::usable(cluster, request.node(), id)?;
    let given = request.text("volume").unwrap_or_default();
    let name = match given.strip_prefix(&format!("{id}:")) {
        Some(name) => name.to_owned(),
        None => format!("{below}{given}"),
    };
    let volid = format!("{id}:{name}");
    let found = cluster
        .volume_key(request.node(), &volid)
        .and_then(|key| cluster.volumes.get(&key))
        .ok_or_else(|| Refusal::died(format!("unable to parse directory volume name '{name}'")))?;
    let may = cluster.may(request.who, &format!("/storage/{id}"), "Datastore.Allocate")
        || found
            .vmid
            .is_some_and(|vmid| cluster.may(request.who, &format!("/vms/{vmid}"), "VM.Backup"));
    if may {
        Ok((volid, found))
    } else {
        Err(Refusal::forbidden(&format!(
            "/storage/{id}, Datastore.Allocate"
        )))
    }
}

/// A backup on a server for backups.
fn archive<'a>(cluster: &'a Cluster, request: &Request<'_>) -> Result<&'a Archive, Refusal> {
    let (volid, found) = volume(cluster, request, "backup/")?;
    let id = request.in_path("storage");
    let is_server = cluster
        .storage(id)
        .is_some_and(|storage| storage.plugin == "pbs");
    if !is_server {
        return Err(Refusal::parameter(
            "storage",
            "Only PBS storages supported for file-restore.",
        ));
    }
    found
        .archive
        .as_deref()
        .ok_or_else(|| Refusal::died(format!("'{volid}' is no backup")))
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

/// Only appliances say what guest they would become, and what is in an uploaded one is not looked at.
fn import_metadata(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let given = request.text("volume").unwrap_or_default();
    let no_import = || Refusal::died(format!("unable to parse directory volume name '{given}'"));
    let (_, found) = volume(cluster, request, "").map_err(|refusal| {
        if refusal.status == 403 {
            refusal
        } else {
            no_import()
        }
    })?;
    if found.content != "import" {
        return Err(no_import());
    }
    Err(Refusal::not_simulated(
        "the inside of an appliance is not simulated",
    ))
}
