//! Disarming: the whole of high availability lets go of its watchdogs, until it is armed again.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::version::PveVersion;

pub(crate) fn routes() -> Vec<Route> {
    const CHANGE: &[&str] = &["Sys.Console"];
    let all = vec![
        Route::post("/cluster/ha/status/disarm-ha", disarm)
            .checked("/", CHANGE)
            .records("ha.disarm", "cluster"),
        Route::post("/cluster/ha/status/arm-ha", arm)
            .checked("/", CHANGE)
            .records("ha.arm", "cluster"),
    ];
    all.into_iter()
        .map(|route| route.since(PveVersion::V9_1))
        .collect()
}

fn disarm(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    cluster.disarm_ha(request.text("resource-mode").unwrap_or_default());
    Ok(Answer::null())
}

fn arm(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    cluster.arm_ha();
    Ok(Answer::null())
}
