//! Groups, roles, and the access list.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use super::users::need_quorum;
use crate::cluster::Cluster;
use crate::cluster::access::{AclEntry, Who};
use crate::cluster::privileges::BUILT_IN;
use crate::cluster::refusal::Refusal;
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/access/groups", groups),
        Route::post("/access/groups", create_group)
            .checked("/access/groups", &["Group.Allocate"])
            .records("access.create_group", "group/{groupid}"),
        Route::get("/access/groups/{groupid}", group)
            .checked("/access/groups", &["Sys.Audit", "Group.Allocate"]),
        Route::put("/access/groups/{groupid}", update_group)
            .checked("/access/groups", &["Group.Allocate"])
            .records("access.update_group", "group/{groupid}"),
        Route::delete("/access/groups/{groupid}", delete_group)
            .checked("/access/groups", &["Group.Allocate"])
            .records("access.delete_group", "group/{groupid}"),
        Route::post("/access/roles", create_role)
            .checked("/access", &["Sys.Modify"])
            .records("access.create_role", "role/{roleid}"),
        Route::put("/access/roles/{roleid}", update_role)
            .checked("/access", &["Sys.Modify"])
            .records("access.update_role", "role/{roleid}"),
        Route::delete("/access/roles/{roleid}", delete_role)
            .checked("/access", &["Sys.Modify"])
            .records("access.delete_role", "role/{roleid}"),
        Route::put("/access/acl", update_acl).records("access.update_acl", "acl{path}"),
    ]
}

fn members<'a>(cluster: &'a Cluster, group: &str) -> Vec<&'a str> {
    cluster
        .access
        .users
        .iter()
        .filter(|(_, user)| user.groups.contains(group))
        .map(|(id, _)| id.as_str())
        .collect()
}

fn groups(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = cluster.may(request.who, "/access/groups", "Sys.Audit")
        || cluster.may(request.who, "/access/groups", "Group.Allocate");
    let rows: Value = cluster
        .access
        .groups
        .iter()
        .filter(|_| all)
        .map(|(id, comment)| {
            let mut row = json!({ "groupid": id, "users": members(cluster, id).join(",") });
            if let (Some(row), Some(comment)) = (row.as_object_mut(), comment) {
                row.insert("comment".to_owned(), comment.as_str().into());
            }
            row
        })
        .collect();
    Ok(rows.into())
}

fn create_group(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("groupid").unwrap_or_default();
    need_quorum(cluster)?;
    if cluster.access.groups.contains_key(&id) {
        return Err(Refusal::died(format!(
            "create group failed: group '{id}' already exists"
        )));
    }
    cluster.access.groups.insert(id, request.text("comment"));
    Ok(Answer::null())
}

fn group(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("groupid");
    let Some(comment) = cluster.access.groups.get(id) else {
        return Err(Refusal::died(format!("group '{id}' does not exist")));
    };
    let mut map = Map::from_iter([("members".to_owned(), Value::from(members(cluster, id)))]);
    if let Some(comment) = comment {
        map.insert("comment".to_owned(), comment.as_str().into());
    }
    Ok(Value::Object(map).into())
}

fn update_group(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("groupid");
    let Some(comment) = cluster.access.groups.get_mut(id) else {
        return Err(Refusal::died(format!(
            "update group failed: group '{id}' does not exist"
        )));
    };
    if let Some(text) = request.text("comment") {
        *comment = Some(text);
    }
    Ok(Answer::null())
}

fn delete_group(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("groupid");
    if cluster.access.groups.remove(id).is_none() {
        return Err(Refusal::died(format!(
            "delete group failed: group '{id}' does not exist"
        )));
    }
    for user in cluster.access.users.values_mut() {
        user.groups.remove(id);
    }
    cluster
        .access
        .acl
        .retain(|entry| entry.who != Who::Group(id.to_owned()));
    Ok(Answer::null())
}

fn privileges(request: &Request<'_>) -> Vec<String> {
    let text = request.text("privs").unwrap_or_default();
    list_items(&text).map(str::to_owned).collect()
}

fn create_role(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("roleid").unwrap_or_default();
    if id.to_uppercase().starts_with("PVE") {
        return Err(Refusal::parameter(
            "roleid",
            "cannot use role ID starting with the (case-insensitive) 'PVE' namespace",
        ));
    }
    if BUILT_IN.contains(&id.as_str()) || cluster.access.roles.contains_key(&id) {
        return Err(Refusal::died(format!(
            "create role failed: role '{id}' already exists"
        )));
    }
    cluster.access.roles.insert(id, privileges(request));
    Ok(Answer::null())
}

fn update_role(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("roleid");
    if BUILT_IN.contains(&id) {
        return Err(Refusal::died(format!(
            "auto-generated role '{id}' cannot be modified"
        )));
    }
    let Some(role) = cluster.access.roles.get_mut(id) else {
        return Err(Refusal::died(format!(
            "update role failed: role '{id}' does not exist"
        )));
    };
    if !request.flag("append") {
        role.clear();
    }
    role.extend(privileges(request));
    role.sort_unstable();
    role.dedup();
    Ok(Answer::null())
}

fn delete_role(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("roleid");
    if BUILT_IN.contains(&id) {
        return Err(Refusal::died(format!(
            "auto-generated role '{id}' cannot be deleted"
        )));
    }
    if cluster.access.roles.remove(id).is_none() {
        return Err(Refusal::died(format!(
            "delete role failed: role '{id}' does not exist"
        )));
    }
    cluster.access.acl.retain(|entry| entry.role != id);
    Ok(Answer::null())
}

/// Paths that the access list can be about.
fn is_path(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => path == "/",
        ["access", ..] => matches!(parts.get(1), None | Some(&("groups" | "realm"))),
        ["nodes" | "pool" | "sdn" | "storage" | "mapping", ..] | ["vms"] => true,
        ["vms", vmid] => vmid.parse::<u32>().is_ok_and(|vmid| vmid >= 100),
        _ => false,
    }
}

fn update_acl(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let path = request.text("path").unwrap_or_default();
    if !cluster.may(request.who, &path, "Permissions.Modify") {
        return Err(Refusal::forbidden(&format!("{path}, Permissions.Modify")));
    }
    if !is_path(&path) {
        return Err(Refusal::parameter(
            "path",
            format!("invalid ACL path '{path}'"),
        ));
    }
    need_quorum(cluster)?;
    let failed = |text: String| Refusal::died(format!("ACL update failed: {text}"));
    let list = |name: &str| -> Vec<String> {
        let text = request.text(name).unwrap_or_default();
        list_items(&text).map(str::to_owned).collect()
    };
    let (users, groups, tokens) = (list("users"), list("groups"), list("tokens"));
    if users.is_empty() && groups.is_empty() && tokens.is_empty() {
        return Err(Refusal::parameters(BTreeMap::from_iter(
            ["users", "groups", "tokens"].map(|name| {
                (
                    name.to_owned(),
                    "either 'users', 'groups' or 'tokens' is required.".to_owned(),
                )
            }),
        )));
    }
    let mut whom = Vec::new();
    for role in list("roles") {
        if !BUILT_IN.contains(&role.as_str()) && !cluster.access.roles.contains_key(&role) {
            return Err(failed(format!("role '{role}' does not exist")));
        }
        for group in &groups {
            if !cluster.access.groups.contains_key(group) {
                return Err(failed(format!("group '{group}' does not exist")));
            }
            whom.push((role.clone(), Who::Group(group.clone())));
        }
        for user in &users {
            if !cluster.access.users.contains_key(user) {
                return Err(failed(format!("user '{user}' does not exist")));
            }
            whom.push((role.clone(), Who::User(user.clone())));
        }
        for token in &tokens {
            let known = token.split_once('!').is_some_and(|(user, name)| {
                cluster
                    .access
                    .users
                    .get(user)
                    .is_some_and(|user| user.tokens.contains_key(name))
            });
            if !known {
                return Err(failed(format!("token '{token}' does not exist")));
            }
            whom.push((role.clone(), Who::Token(token.clone())));
        }
    }
    let delete = request.flag("delete");
    let propagate = request.text("propagate").is_none_or(|value| value == "1");
    let path = if path == "/" {
        path
    } else {
        path.trim_end_matches('/').to_owned()
    };
    for (role, who) in whom {
        cluster
            .access
            .acl
            .retain(|entry| !(entry.path == path && entry.role == role && entry.who == who));
        if !delete {
            cluster.access.acl.push(AclEntry {
                path: path.clone(),
                role,
                propagate,
                who,
            });
        }
    }
    Ok(Answer::null())
}
