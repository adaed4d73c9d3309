//! Fabrics: the routed networks beneath the networks of software, and the nodes that take part in them.
//! Like the rest of SDN they wait until they are applied; which routes come of them is not simulated.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sdn::{asked, digest_of, file, stored};
use super::sections::{check_digest, deleted, typed};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;
use crate::version::PveVersion;

pub(super) const FABRICS: &str = "fabrics";
pub(super) const NODES: &str = "fabric nodes";

pub(crate) fn routes() -> Vec<Route> {
    const FABRIC: &str = "/cluster/sdn/fabrics/fabric/{id}";
    const OF: &str = "/cluster/sdn/fabrics/node/{fabric_id}";
    const MEMBER: &str = "/cluster/sdn/fabrics/node/{fabric_id}/{node_id}";
    const CHANGE: &[&str] = &["SDN.Allocate"];
    const SEE: &[&str] = &["SDN.Audit"];
    let routes = [
        Route::get("/cluster/sdn/fabrics/fabric", fabrics),
        Route::post("/cluster/sdn/fabrics/fabric", create)
            .checked("/sdn/fabrics", CHANGE)
            .records("sdn.create_fabric", "cluster"),
        Route::get(FABRIC, fabric).checked("/sdn/fabrics/{id}", &["SDN.Audit", "SDN.Allocate"]),
        Route::put(FABRIC, update)
            .checked("/sdn/fabrics/{id}", CHANGE)
            .records("sdn.update_fabric", "cluster"),
        Route::delete(FABRIC, delete)
            .checked("/sdn/fabrics/{id}", CHANGE)
            .records("sdn.delete_fabric", "cluster"),
        Route::get("/cluster/sdn/fabrics/node", members),
        Route::get(OF, members).checked("/sdn/fabrics/{fabric_id}", SEE),
        Route::post(OF, join)
            .checked("/sdn/fabrics/{fabric_id}", CHANGE)
            .records("sdn.create_fabric_node", "cluster"),
        Route::get(MEMBER, member)
            .checked("/sdn/fabrics/{fabric_id}", &["SDN.Audit", "SDN.Allocate"]),
        Route::put(MEMBER, change_member)
            .checked("/sdn/fabrics/{fabric_id}", CHANGE)
            .records("sdn.update_fabric_node", "cluster"),
        Route::delete(MEMBER, leave)
            .checked("/sdn/fabrics/{fabric_id}", CHANGE)
            .records("sdn.delete_fabric_node", "cluster"),
        Route::get("/cluster/sdn/fabrics/all", all),
    ];
    routes
        .into_iter()
        .map(|route| route.since(PveVersion::V9_1))
        .collect()
}

fn may_see(cluster: &Cluster, request: &Request<'_>, fabric: &str) -> bool {
    let at = format!("/sdn/fabrics/{fabric}");
    ["SDN.Audit", "SDN.Allocate"]
        .iter()
        .any(|privilege| cluster.may(request.who, &at, privilege))
}

fn no_fabric(id: &str) -> Refusal {
    Refusal::died(format!("fabric '{id}' does not exist in configuration"))
}

fn no_member(request: &Request<'_>) -> Refusal {
    Refusal::died(format!(
        "node '{}' does not exist in fabric '{}'",
        request.in_path("node_id"),
        request.in_path("fabric_id")
    ))
}

fn fabric_row(id: &str, mut section: Section, digest: &str) -> Value {
    section.insert("id".to_owned(), id.into());
    section.insert("digest".to_owned(), digest.into());
    Value::Object(section)
}

fn member_row(name: &str, mut section: Section, digest: &str) -> Value {
    let (fabric, node) = name.split_once('/').unwrap_or((name, ""));
    section.insert("fabric_id".to_owned(), fabric.into());
    section.insert("node_id".to_owned(), node.into());
    section.insert("digest".to_owned(), digest.into());
    Value::Object(section)
}

/// One file holds both, so both have one digest.
fn digest(cluster: &Cluster) -> String {
    let parts = [FABRICS, NODES].map(|kind| digest_of(cluster, kind));
    super::sections::digest(parts.into_iter())
}

fn fabric_rows(cluster: &Cluster, request: &Request<'_>) -> Vec<Value> {
    let digest = digest(cluster);
    asked(cluster, request, FABRICS)
        .into_iter()
        .filter(|(id, _)| may_see(cluster, request, id))
        .map(|(id, section)| fabric_row(&id, section, &digest))
        .collect()
}

fn member_rows(cluster: &Cluster, request: &Request<'_>) -> Vec<Value> {
    let digest = digest(cluster);
    let wanted = request.in_path("fabric_id");
    asked(cluster, request, NODES)
        .into_iter()
        .filter(|(name, _)| {
            let (fabric, node) = name.split_once('/').unwrap_or((name, ""));
            let at = format!("/nodes/{node}");
            (wanted.is_empty() || fabric == wanted)
                && may_see(cluster, request, fabric)
                && ["Sys.Audit", "Sys.Modify"]
                    .iter()
                    .any(|privilege| cluster.may(request.who, &at, privilege))
        })
        .map(|(name, section)| member_row(&name, section, &digest))
        .collect()
}

fn fabrics(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(Value::from(fabric_rows(cluster, request)).into())
}

fn members(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let wanted = request.in_path("fabric_id");
    if !wanted.is_empty() && !stored(cluster, FABRICS).contains_key(wanted) {
        return Err(no_fabric(wanted));
    }
    Ok(Value::from(member_rows(cluster, request)).into())
}

fn all(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (fabrics, nodes) = (fabric_rows(cluster, request), member_rows(cluster, request));
    Ok(json!({ "fabrics": fabrics, "nodes": nodes }).into())
}

fn fabric(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    let section = stored(cluster, FABRICS)
        .remove(id)
        .ok_or_else(|| no_fabric(id))?;
    Ok(fabric_row(id, section, &digest(cluster)).into())
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    check_digest(request, &digest(cluster))?;
    let id = request.text("id").unwrap_or_default();
    if stored(cluster, FABRICS).contains_key(&id) {
        return Err(Refusal::died(format!(
            "fabric '{id}' already exists in configuration"
        )));
    }
    let mut section = typed(request);
    section.remove("id");
    cluster.settings.insert(&file(FABRICS), &id, section);
    Ok(Answer::null())
}

/// A fabric speaks one protocol for as long as it is there.
fn check_protocol(request: &Request<'_>, section: &Section) -> Result<(), Refusal> {
    let own = section.get("protocol").and_then(Value::as_str);
    let given = request.text("protocol");
    if given.is_some() && given.as_deref() != own {
        return Err(Refusal::died(
            "node has a different protocol than the referenced fabric",
        ));
    }
    Ok(())
}

fn changed(request: &Request<'_>, mut section: Section) -> Section {
    let delete = deleted(request);
    section.retain(|key, _| !delete.contains(key));
    section.extend(typed(request));
    for key in ["id", "fabric_id", "node_id"] {
        section.remove(key);
    }
    section
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    check_digest(request, &digest(cluster))?;
    let id = request.in_path("id");
    let section = stored(cluster, FABRICS)
        .remove(id)
        .ok_or_else(|| no_fabric(id))?;
    check_protocol(request, &section)?;
    let section = changed(request, section);
    cluster.settings.insert(&file(FABRICS), id, section);
    Ok(Answer::null())
}

/// Its nodes go with it.
fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    cluster
        .settings
        .remove(&file(FABRICS), id)
        .ok_or_else(|| no_fabric(id))?;
    let start = format!("{id}/");
    let mut nodes = cluster.settings.file(&file(NODES));
    nodes.retain(|name, _| !name.starts_with(&start));
    cluster.settings.replace(&file(NODES), nodes);
    Ok(Answer::null())
}

fn member_name(request: &Request<'_>) -> String {
    format!(
        "{}/{}",
        request.in_path("fabric_id"),
        request.in_path("node_id")
    )
}

fn member(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = member_name(request);
    let section = stored(cluster, NODES)
        .remove(&name)
        .ok_or_else(|| no_member(request))?;
    Ok(member_row(&name, section, &digest(cluster)).into())
}

fn join(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    check_digest(request, &digest(cluster))?;
    let id = request.in_path("fabric_id");
    let node = request.text("node_id").unwrap_or_default();
    let at = format!("/nodes/{node}");
    if !cluster.may(request.who, &at, "Sys.Modify") {
        return Err(Refusal::forbidden(&format!("{at}, Sys.Modify")));
    }
    let fabric = stored(cluster, FABRICS)
        .remove(id)
        .ok_or_else(|| no_fabric(id))?;
    check_protocol(request, &fabric)?;
    let name = format!("{id}/{node}");
    if stored(cluster, NODES).contains_key(&name) {
        return Err(Refusal::died(format!(
            "node '{node}' already exists in config for fabric {id}"
        )));
    }
    let section = changed(request, Section::new());
    cluster.settings.insert(&file(NODES), &name, section);
    Ok(Answer::null())
}

fn change_member(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    check_digest(request, &digest(cluster))?;
    let name = member_name(request);
    let section = stored(cluster, NODES)
        .remove(&name)
        .ok_or_else(|| no_member(request))?;
    check_protocol(request, &section)?;
    let section = changed(request, section);
    cluster.settings.insert(&file(NODES), &name, section);
    Ok(Answer::null())
}

fn leave(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = member_name(request);
    cluster
        .settings
        .remove(&file(NODES), &name)
        .map(|_| Answer::null())
        .ok_or_else(|| no_member(request))
}
