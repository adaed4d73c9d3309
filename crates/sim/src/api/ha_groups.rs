//! Groups of nodes for high availability: what releases before 9 have where later ones have rules.

use serde_json::Value;

use super::route::{Answer, Request, Route};
use super::sections::{File, with};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

const GROUPS: File = File {
    name: "ha groups",
    key: "group",
    what: "ha group",
    names_itself: true,
    has_digest: true,
};

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Console"];
    const ONE: &str = "/cluster/ha/groups/{group}";
    vec![
        Route::get("/cluster/ha/groups", list).checked("/", SEE),
        Route::post("/cluster/ha/groups", create)
            .checked("/", CHANGE)
            .records("ha.create_group", "ha_group/{group}"),
        Route::get(ONE, one).checked("/", SEE),
        Route::put(ONE, update)
            .checked("/", CHANGE)
            .records("ha.update_group", "ha_group/{group}"),
        Route::delete(ONE, delete)
            .checked("/", CHANGE)
            .records("ha.delete_group", "ha_group/{group}"),
    ]
}

fn only_before_nine(cluster: &Cluster, what: &str) -> Result<(), Refusal> {
    if cluster.version.is_nine() {
        return Err(Refusal::died(format!(
            "cannot {what}: ha groups have been migrated to rules"
        )));
    }
    Ok(())
}

fn list(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    only_before_nine(cluster, "index groups")?;
    let digest = GROUPS.digest(cluster);
    let rows: Value = cluster
        .settings
        .all(GROUPS.name)
        .map(|(name, section)| with(GROUPS.row(name, section, &digest), "type", "group"))
        .collect();
    Ok(rows.into())
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    only_before_nine(cluster, "create group")?;
    GROUPS.create(cluster, request, |name| {
        Refusal::died(format!(
            "create ha group failed: group ID '{name}' already defined"
        ))
    })
}

fn one(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    only_before_nine(cluster, "read group")?;
    GROUPS.show(cluster, request)
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    only_before_nine(cluster, "update group")?;
    GROUPS.update(cluster, request)
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    only_before_nine(cluster, "delete group")?;
    let name = GROUPS.name_of(request);
    let user = cluster
        .ha
        .iter()
        .find(|resource| resource.settings.get("group") == Some(&name));
    if let Some(resource) = user {
        return Err(Refusal::died(format!(
            "delete ha group failed: ha group is used by service '{}'",
            resource.sid
        )));
    }
    GROUPS.delete(cluster, request)
}
