//! Guests of one node.

use serde_json::Value;

use super::route::{Answer, Request, Route};
use super::status::list_row;
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/nodes/{node}/{kind}", list)]
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let full = request.flag("full");
    let rows: Value = cluster
        .guests
        .values()
        .filter(|guest| &*guest.node == request.node() && guest.kind == request.kind())
        .filter(|guest| cluster.may_guest(request.who, guest, "VM.Audit"))
        .map(|guest| Value::Object(list_row(guest, cluster.now_ms, cluster.version, full)))
        .collect();
    Ok(rows.into())
}
