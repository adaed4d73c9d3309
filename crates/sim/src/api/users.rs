//! Users and their passwords.

use std::collections::BTreeSet;

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::access::{ROOT, User, Who};
use crate::cluster::refusal::Refusal;
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/access/users", create_user).records("access.create_user", "user/{userid}"),
        Route::put("/access/users/{userid}", update_user)
            .records("access.update_user", "user/{userid}"),
        Route::delete("/access/users/{userid}", delete_user)
            .records("access.delete_user", "user/{userid}"),
        Route::put("/access/password", set_password)
            .needs_ticket()
            .records("access.set_password", "user/{userid}"),
    ]
}

pub(super) fn need_quorum(cluster: &Cluster) -> Result<(), Refusal> {
    if cluster.quorate {
        return Ok(());
    }
    let mut refusal = Refusal::died("cfs-lock 'file-user_cfg' error: no quorum!");
    refusal.delay = std::time::Duration::from_secs(10);
    Err(refusal)
}

/// Whoever may manage users of a realm.
pub(super) fn may_manage(
    cluster: &Cluster,
    request: &Request<'_>,
    user: &str,
) -> Result<(), Refusal> {
    let realm = user.rsplit_once('@').map_or("pam", |(_, realm)| realm);
    let at = format!("/access/realm/{realm}");
    if !cluster.may(request.who, &at, "Realm.AllocateUser") {
        return Err(Refusal::forbidden(&format!("{at}, Realm.AllocateUser")));
    }
    may_modify(cluster, request)
}

pub(super) fn may_modify(cluster: &Cluster, request: &Request<'_>) -> Result<(), Refusal> {
    if cluster.may(request.who, "/access/groups", "User.Modify") {
        return Ok(());
    }
    Err(Refusal::forbidden("/access/groups, User.Modify"))
}

fn set_user(cluster: &mut Cluster, request: &Request<'_>, id: &str) -> Result<(), String> {
    let groups: Option<BTreeSet<String>> = request
        .text("groups")
        .map(|text| list_items(&text).map(str::to_owned).collect());
    if let Some(unknown) = groups
        .iter()
        .flatten()
        .find(|group| !cluster.access.groups.contains_key(*group))
    {
        return Err(format!("no such group '{unknown}'"));
    }
    let Some(user) = cluster.access.users.get_mut(id) else {
        return Ok(());
    };
    if let Some(groups) = groups {
        if !request.flag("append") {
            user.groups.clear();
        }
        user.groups.extend(groups);
    }
    if request.text("enable").is_some() {
        user.enabled = request.flag("enable");
    }
    if let Some(expire) = request.number("expire") {
        user.expire_s = expire;
    }
    if let Some(comment) = request.text("comment") {
        user.comment = (!comment.is_empty()).then_some(comment);
    }
    for key in ["email", "firstname", "lastname", "keys"] {
        if let Some(value) = request.text(key) {
            user.details.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

fn create_user(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("userid").unwrap_or_default();
    may_manage(cluster, request, &id)?;
    need_quorum(cluster)?;
    if cluster.access.users.contains_key(&id) {
        return Err(Refusal::died(format!(
            "create user failed: user '{id}' already exists"
        )));
    }
    let user = User {
        password: request.text("password"),
        ..User::default()
    };
    cluster.access.users.insert(id.clone(), user);
    set_user(cluster, request, &id)
        .map_err(|text| Refusal::died(format!("create user failed: {text}")))?;
    Ok(Answer::null())
}

fn update_user(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("userid").to_owned();
    may_modify(cluster, request)?;
    need_quorum(cluster)?;
    if !cluster.access.users.contains_key(&id) {
        return Err(Refusal::died(format!(
            "update user failed: no such user ('{id}')"
        )));
    }
    set_user(cluster, request, &id)
        .map_err(|text| Refusal::died(format!("update user failed: {text}")))?;
    Ok(Answer::null())
}

fn delete_user(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("userid").to_owned();
    may_manage(cluster, request, &id)?;
    need_quorum(cluster)?;
    if id == ROOT {
        // Root stays; its tokens go.
        if let Some(root) = cluster.access.users.get_mut(ROOT) {
            root.tokens.clear();
        }
    } else {
        cluster.access.users.remove(&id);
    }
    let token = format!("{id}!");
    cluster.access.acl.retain(|entry| match &entry.who {
        Who::User(user) => *user != id,
        Who::Token(of) => !of.starts_with(&token),
        Who::Group(_) => true,
    });
    Ok(Answer::null())
}

fn set_password(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("userid").unwrap_or_default();
    if id != request.who.user {
        may_manage(cluster, request, &id)?;
    }
    let not_root = request.who.user != ROOT;
    let Some(user) = cluster.access.users.get_mut(&id) else {
        return Err(Refusal::died(format!("no such user ('{id}')")));
    };
    // Who is not root proves that it is still the same person.
    if not_root && request.text("confirmation-password") != user.password {
        return Err(Refusal::wrong_password());
    }
    user.password = request.text("password");
    Ok(Answer::null())
}
