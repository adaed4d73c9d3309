//! What may be looked for inside files of a storage: files of backups, guests to import. Only what refuses
//! it is here.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/storage/{storage}/file-restore/list", files).refused(),
        Route::get(
            "/nodes/{node}/storage/{storage}/import-metadata",
            importable,
        )
        .refused(),
    ]
}

fn files(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let volume = request.text("volume").unwrap_or_default();
    let storage = super::storage::usable(cluster, request.node(), request.in_path("storage"))?;
    // A name without its storage and kind is taken for that of a backup.
    let own = format!("{}:", storage.id);
    let name = match volume.strip_prefix(&own) {
        Some(name) => name.to_owned(),
        None => format!("backup/{volume}"),
    };
    storage.parse_name(&name).map_err(Refusal::died)?;
    if storage.plugin != "pbs" {
        return Err(Refusal::parameter(
            "storage",
            "Only PBS storages supported for file-restore.",
        ));
    }
    Err(Refusal::not_simulated(
        "files inside of backups are not simulated",
    ))
}

fn importable(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let volume = request.text("volume").unwrap_or_default();
    let storage = super::storage::usable(cluster, request.node(), request.in_path("storage"))?;
    storage.parse_name(&volume).map_err(Refusal::died)?;
    Err(Refusal::not_simulated(
        "reading guests out of files is not simulated",
    ))
}
