//! Ceph, as far as it can be asked: no node of a simulated cluster has it installed.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit", "Datastore.Audit"];
    [
        "/cluster/ceph/status",
        "/cluster/ceph/flags",
        "/cluster/ceph/metadata",
        "/nodes/{node}/ceph/status",
        "/nodes/{node}/ceph/mon",
        "/nodes/{node}/ceph/mgr",
        "/nodes/{node}/ceph/mds",
        "/nodes/{node}/ceph/osd",
        "/nodes/{node}/ceph/pool",
        "/nodes/{node}/ceph/fs",
        "/nodes/{node}/ceph/rules",
        "/nodes/{node}/ceph/crush",
    ]
    .into_iter()
    .map(|path| Route::get(path, absent).checked("/", SEE).constant())
    .collect()
}

fn absent(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    Err(Refusal::died("binary not installed: /usr/bin/ceph-mon"))
}
