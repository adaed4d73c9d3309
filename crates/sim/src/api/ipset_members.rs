//! The addresses of one set, one by one.

use serde_json::Value;

use super::firewall_sets::{file, file_digest, no_set};
use super::route::{Answer, Request, Route};
use super::sections::{check_digest, with};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    const WHOLE: &str = "/cluster/firewall/ipset/{name}/{cidr}";
    const GUEST: &str = "/nodes/{node}/{kind}/{vmid}/firewall/ipset/{name}/{cidr}";
    const SEE: &[&str] = &["VM.Audit"];
    const CHANGE: &[&str] = &["VM.Config.Network"];
    vec![
        Route::get(WHOLE, show).checked("/", &["Sys.Audit"]),
        Route::put(WHOLE, update)
            .checked("/", &["Sys.Modify"])
            .records("firewall.update_in_ipset", "cluster"),
        Route::delete(WHOLE, delete)
            .checked("/", &["Sys.Modify"])
            .records("firewall.delete_from_ipset", "cluster"),
        Route::get(GUEST, show).checked("/vms/{vmid}", SEE),
        Route::put(GUEST, update)
            .checked("/vms/{vmid}", CHANGE)
            .records("firewall.update_in_ipset", "guest/{vmid}"),
        Route::delete(GUEST, delete)
            .checked("/vms/{vmid}", CHANGE)
            .records("firewall.delete_from_ipset", "guest/{vmid}"),
    ]
}

fn is_asked_for(request: &Request<'_>, member: &Value) -> bool {
    member.get("cidr").and_then(Value::as_str) == Some(request.in_path("cidr"))
}

fn no_member() -> Refusal {
    Refusal::parameter("cidr", "no such IP/Network")
}

/// The members of the set, to be changed.
fn members<'a>(
    cluster: &'a mut Cluster,
    request: &Request<'_>,
) -> Result<&'a mut Vec<Value>, Refusal> {
    let file = file(cluster, request, "ipset")?;
    let name = request.in_path("name");
    cluster
        .settings
        .get_mut(&file, name)
        .and_then(|section| section.get_mut("members"))
        .and_then(Value::as_array_mut)
        .ok_or_else(|| no_set(name))
}

fn show(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let digest = file_digest(cluster, &file(cluster, request, "ipset")?);
    let member = members(cluster, request)?
        .iter()
        .find(|member| is_asked_for(request, member))
        .cloned()
        .ok_or_else(no_member)?;
    Ok(with(member, "digest", digest.as_str()).into())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let digest = file_digest(cluster, &file(cluster, request, "ipset")?);
    check_digest(request, &digest)?;
    let mut changes = super::sections::typed(request);
    changes.retain(|key, _| matches!(key.as_str(), "comment" | "nomatch"));
    let member = members(cluster, request)?
        .iter_mut()
        .find(|member| is_asked_for(request, member))
        .and_then(Value::as_object_mut)
        .ok_or_else(no_member)?;
    // What is not said again is gone: the call states the whole entry.
    member.retain(|key, _| key == "cidr");
    member.extend(changes);
    Ok(Answer::null())
}

/// An address that is not in the set is as good as taken out.
fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let digest = file_digest(cluster, &file(cluster, request, "ipset")?);
    check_digest(request, &digest)?;
    members(cluster, request)?.retain(|member| !is_asked_for(request, member));
    Ok(Answer::null())
}
