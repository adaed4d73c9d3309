//! Moving a guest to another cluster. There is no other one: what passes the checks is not simulated.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/nodes/{node}/{kind}/{vmid}/remote_migrate", migrate)
            .checked("/vms/{vmid}", &["VM.Migrate"])
            .refused(),
    ]
}

fn migrate(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    Err(Refusal::not_simulated("other clusters are not simulated"))
}
