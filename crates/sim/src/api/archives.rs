//! What is inside archives and images of a storage. The simulator keeps no content of them: it checks what
//! a node checks first, and then says so.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::NameParts;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/storage/{storage}/file-restore/list", files),
        Route::get(
            "/nodes/{node}/storage/{storage}/file-restore/download",
            files,
        ),
        Route::get("/nodes/{node}/storage/{storage}/import-metadata", metadata),
    ]
}

/// The volume, when it is there and the caller may look at it.
fn seen(
    cluster: &Cluster,
    request: &Request<'_>,
    name: &str,
) -> Result<(String, NameParts), Refusal> {
    let id = request.in_path("storage");
    let storage = cluster
        .storage(id)
        .ok_or_else(|| Refusal::died(format!("storage '{id}' does not exist")))?;
    let parts = storage.parse_name(name).map_err(Refusal::died)?;
    let at = format!("/storage/{id}");
    let own = parts
        .vmid
        .is_some_and(|vmid| cluster.may(request.who, &format!("/vms/{vmid}"), "VM.Backup"));
    let has = |privilege| cluster.may(request.who, &at, privilege);
    let may = has("Datastore.Allocate") || (own && has("Datastore.AllocateSpace"));
    if !may {
        return Err(Refusal::forbidden(&format!("{at}, Datastore.Allocate")));
    }
    Ok((format!("{id}:{name}"), parts))
}

/// Files inside a backup. Only a backup server can show them.
fn files(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
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
    let (volid, _) = seen(cluster, request, &name)?;
    let storage = super::storage::usable(cluster, request.node(), request.in_path("storage"))?;
    if storage.plugin != "pbs" {
        return Err(Refusal::parameter(
            "storage",
            "Only PBS storages supported for file-restore.",
        ));
    }
    if cluster.volume(request.node(), &volid).is_none() {
        return Err(Refusal::died(format!("volume '{volid}' does not exist")));
    }
    Err(Refusal::not_simulated(format!(
        "the simulator keeps no files inside the backup '{volid}'"
    )))
}

/// What a machine in an image would be made with.
fn metadata(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.text("volume").unwrap_or_default();
    let (volid, parts) = seen(cluster, request, &name)?;
    let storage = super::storage::usable(cluster, request.node(), request.in_path("storage"))?;
    let can_import = storage.plugin == "esxi" || parts.content == "import";
    if !can_import {
        return Err(Refusal::died(format!(
            "volume '{volid}' is not an importable guest"
        )));
    }
    if cluster.volume(request.node(), &volid).is_none() {
        return Err(Refusal::died(format!("volume '{volid}' does not exist")));
    }
    Err(Refusal::not_simulated(format!(
        "the simulator does not know which machine is in '{volid}'"
    )))
}
