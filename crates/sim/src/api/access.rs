//! Login, users, roles, the access list, and what somebody may do.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::access::{FactorKind, Identity, ROOT};
use crate::cluster::privileges::{BUILT_IN, of_role};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/access/ticket", |_, _| Ok(Answer::null())).for_world(),
        Route::post("/access/ticket", login).for_world(),
        Route::get("/access/openid", |_, _| {
            Ok(json!([{ "subdir": "auth-url" }, { "subdir": "login" }]).into())
        }),
        Route::post("/access/vncticket", check_console_ticket)
            .since(crate::version::PveVersion::V9_1),
        Route::get("/access/users", users),
        Route::get("/access/users/{userid}", user),
        Route::get("/access/users/{userid}/token", tokens),
        Route::get("/access/roles", roles),
        Route::get("/access/roles/{roleid}", role),
        Route::get("/access/acl", acl),
        Route::get("/access/permissions", permissions),
    ]
}

fn login(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.text("username").unwrap_or_default();
    let user = match request.text("realm") {
        Some(realm) if !name.contains('@') => format!("{name}@{realm}"),
        _ => name,
    };
    let password = request.text("password").unwrap_or_default();
    let account = cluster
        .access
        .users
        .get(&user)
        .filter(|account| account.is_good(cluster.now_ms));
    let by_ticket = || {
        cluster
            .ticket_user(&password)
            .is_some_and(|of| of == user || of == ROOT)
    };
    // The second step: the answer to the challenge stands where the password stood.
    if let Some(challenge) = request.text("tfa-challenge") {
        let is_ours = cluster
            .challenge_user(&challenge)
            .is_some_and(|of| of == user);
        if account.is_none() || !is_ours {
            return Err(Refusal::wrong_password());
        }
        return finish_second_step(cluster, &user, &password);
    }
    let is_good = account.is_some_and(|account| {
        (!password.is_empty() && account.password.as_ref() == Some(&password)) || by_ticket()
    });
    let (text, priority) = if is_good {
        (format!("successful auth for user '{user}'"), 6)
    } else {
        (
            format!("authentication failure; rhost=::ffff:127.0.0.1 user={user}"),
            3,
        )
    };
    let node = cluster.local_node().to_string();
    cluster.notes.add(crate::cluster::notes::Note {
        at_ms: cluster.now_ms,
        node,
        user: user.clone(),
        priority,
        text,
    });
    if !is_good {
        return Err(Refusal::wrong_password());
    }
    if let Some(answer) = second_factor(cluster, request, &user)? {
        return Ok(answer);
    }
    let who = Identity {
        user: user.clone(),
        token: None,
    };
    Ok(logged_in(cluster, &who))
}

/// A login with one step asks for the second factor, unless it came along.
fn second_factor(
    cluster: &mut Cluster,
    request: &Request<'_>,
    user: &str,
) -> Result<Option<Answer>, Refusal> {
    let now_s = cluster.now_ms.div_euclid(1000);
    let ticket_again = cluster
        .ticket_user(&request.text("password").unwrap_or_default())
        .is_some();
    let Some(account) = cluster.access.users.get_mut(user) else {
        return Ok(None);
    };
    let enabled = || account.factors.values().filter(|factor| factor.enabled);
    if ticket_again || enabled().next().is_none() {
        return Ok(None);
    }
    let has = |kind: &str| enabled().any(|factor| factor.kind.as_str() == kind);
    let mut challenge = Map::new();
    if has("totp") {
        challenge.insert("totp".to_owned(), true.into());
    }
    // The places of the keys that are left on the list the user has.
    let left: Vec<usize> = enabled()
        .filter_map(|factor| match &factor.kind {
            FactorKind::Recovery { keys } => Some(keys),
            FactorKind::Totp { .. } => None,
        })
        .flat_map(|keys| keys.iter().enumerate())
        .filter(|(_, key)| !key.is_empty())
        .map(|(place, _)| place)
        .collect();
    if !left.is_empty() {
        challenge.insert("recovery".to_owned(), left.into());
    }
    if let Some(code) = request.text("otp") {
        if super::two_factor::accept(account, &code, now_s) {
            return Ok(None);
        }
        return Err(Refusal::wrong_password());
    }
    let ticket = cluster.new_challenge(user, &Value::Object(challenge).to_string());
    Ok(Some(
        json!({
            "ticket": ticket,
            "CSRFPreventionToken": cluster.new_csrf_token(user),
            "username": user,
            "NeedTFA": 1,
        })
        .into(),
    ))
}

fn finish_second_step(
    cluster: &mut Cluster,
    user: &str,
    response: &str,
) -> Result<Answer, Refusal> {
    let now_s = cluster.now_ms.div_euclid(1000);
    let accepted = cluster
        .access
        .users
        .get_mut(user)
        .is_some_and(|account| super::two_factor::accept(account, response, now_s));
    if !accepted {
        return Err(Refusal::wrong_password());
    }
    let who = Identity {
        user: user.to_owned(),
        token: None,
    };
    Ok(logged_in(cluster, &who))
}

pub(super) fn logged_in(cluster: &Cluster, who: &Identity) -> Answer {
    let user = who.user.clone();
    let mut answer = Map::from_iter([
        ("ticket".to_owned(), Value::from(cluster.new_ticket(&user))),
        (
            "CSRFPreventionToken".to_owned(),
            cluster.new_csrf_token(&user).into(),
        ),
        ("username".to_owned(), user.into()),
        ("cap".to_owned(), capabilities(cluster, who)),
    ]);
    if let Some(name) = &cluster.name
        && cluster.may(who, "/", "Sys.Audit")
    {
        answer.insert("clustername".to_owned(), name.as_str().into());
    }
    Value::Object(answer).into()
}

/// What the web interface shows or hides: privileges by area.
fn capabilities(cluster: &Cluster, who: &Identity) -> Value {
    let areas: &[(&str, &str, &[&str])] = &[
        ("vms", "/vms", &["VM."]),
        ("access", "/access", &["User.", "Group."]),
        ("storage", "/storage", &["Datastore."]),
        ("nodes", "/nodes", &["Sys."]),
        ("sdn", "/sdn", &["SDN."]),
        ("dc", "/", &["Sys.Audit", "Sys.Modify", "SDN."]),
        ("mapping", "/mapping", &["Mapping."]),
    ];
    areas
        .iter()
        .map(|(area, path, starts)| {
            // Rights on a single guest count as well: they are what a console shows menus for.
            let below = format!("{}/", path.trim_end_matches('/'));
            let paths = cluster
                .access
                .acl
                .iter()
                .map(|entry| entry.path.as_str())
                .filter(|defined| *area != "dc" && defined.starts_with(&below));
            let held: Map<String, Value> = std::iter::once(*path)
                .chain(paths)
                .flat_map(|path| cluster.privileges(who, path).into_keys())
                .filter(|name| {
                    starts.iter().any(|start| name.starts_with(start))
                        || (*area != "dc" && name == "Permissions.Modify")
                })
                .map(|name| (name, json!(1)))
                .collect();
            ((*area).to_owned(), Value::Object(held))
        })
        .collect::<Map<_, _>>()
        .into()
}

/// Tickets of consoles are not given out, so none is good.
fn check_console_ticket(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let text = |name: &str| request.text(name).unwrap_or_default();
    let (user, path) = (text("authid"), text("path"));
    if !cluster.console_ticket_is_good(&text("vncticket"), &user, &path) {
        return Err(Refusal::wrong_password());
    }
    let (name, token) = match user.split_once('!') {
        Some((name, token)) => (name.to_owned(), Some(token.to_owned())),
        None => (user, None),
    };
    let who = Identity { user: name, token };
    let privileges = text("privs");
    let has_all = privileges
        .split([',', ';', ' '])
        .filter(|privilege| !privilege.is_empty())
        .all(|privilege| cluster.may(&who, &path, privilege));
    if has_all {
        return Ok(Answer::null());
    }
    Err(Refusal::forbidden(&format!("{path}, {privileges}")))
}

fn realm_type(cluster: &Cluster, user: &str) -> String {
    let realm = user.rsplit_once('@').map_or("pam", |(_, realm)| realm);
    super::realms::type_of(cluster, realm)
}

fn may_see_users(cluster: &Cluster, who: &Identity) -> bool {
    let held = cluster.privileges(who, "/access/groups");
    cluster.is_root(who) || held.contains_key("User.Modify") || held.contains_key("Sys.Audit")
}

fn users(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = may_see_users(cluster, request.who);
    let rows: Value = cluster
        .access
        .users
        .iter()
        .filter(|(id, user)| {
            (all || **id == request.who.user) && (!request.flag("enabled") || user.enabled)
        })
        .map(|(id, user)| {
            let mut row = Map::from_iter([
                ("userid".to_owned(), Value::from(id.as_str())),
                ("enable".to_owned(), u8::from(user.enabled).into()),
                ("realm-type".to_owned(), realm_type(cluster, id).into()),
            ]);
            if let Some(comment) = &user.comment {
                row.insert("comment".to_owned(), comment.as_str().into());
            }
            if id != ROOT || user.expire_s > 0 {
                row.insert("expire".to_owned(), user.expire_s.into());
            }
            for (key, value) in &user.details {
                row.insert(key.clone(), value.as_str().into());
            }
            if request.flag("full") {
                let groups: Vec<&str> = user.groups.iter().map(String::as_str).collect();
                row.insert("groups".to_owned(), groups.join(",").into());
                row.insert("tokens".to_owned(), token_rows(user));
            }
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

/// `null` without tokens, as PVE lists it.
fn token_rows(user: &crate::cluster::access::User) -> Value {
    if user.tokens.is_empty() {
        return Value::Null;
    }
    user.tokens
        .iter()
        .map(|(name, token)| {
            let mut row = super::api_tokens::token_json(token);
            row.insert("tokenid".to_owned(), name.as_str().into());
            Value::Object(row)
        })
        .collect()
}

fn known<'a>(
    cluster: &'a Cluster,
    request: &Request<'_>,
) -> Result<&'a crate::cluster::access::User, Refusal> {
    let id = request.in_path("userid");
    if id != request.who.user && !may_see_users(cluster, request.who) {
        return Err(Refusal::forbidden("/access/groups, User.Modify|Sys.Audit"));
    }
    cluster
        .access
        .users
        .get(id)
        .ok_or_else(|| Refusal::died(format!("no such user ('{id}')")))
}

fn user(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let user = known(cluster, request)?;
    let tokens: BTreeMap<&String, Value> = user
        .tokens
        .iter()
        .map(|(name, token)| (name, Value::Object(super::api_tokens::token_json(token))))
        .collect();
    let mut map = Map::from_iter([
        ("enable".to_owned(), Value::from(u8::from(user.enabled))),
        ("expire".to_owned(), user.expire_s.into()),
        ("groups".to_owned(), json!(user.groups)),
        (
            "tokens".to_owned(),
            if tokens.is_empty() {
                Value::Null
            } else {
                json!(tokens)
            },
        ),
    ]);
    if let Some(comment) = &user.comment {
        map.insert("comment".to_owned(), comment.as_str().into());
    }
    for (key, value) in &user.details {
        map.insert(key.clone(), value.as_str().into());
    }
    Ok(Value::Object(map).into())
}

fn tokens(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let user = known(cluster, request)?;
    Ok(if user.tokens.is_empty() {
        json!([])
    } else {
        token_rows(user)
    }
    .into())
}

fn roles(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let built_in = BUILT_IN.iter().map(|id| {
        let privileges = of_role(id, cluster.version).unwrap_or_default().join(",");
        json!({ "roleid": id, "privs": privileges, "special": 1 })
    });
    let own = cluster.access.roles.iter().map(
        |(id, privileges)| json!({ "roleid": id, "privs": privileges.join(","), "special": 0 }),
    );
    Ok(built_in.chain(own).collect::<Value>().into())
}

fn role(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("roleid");
    if !BUILT_IN.contains(&id) && !cluster.access.roles.contains_key(id) {
        return Err(Refusal::died(format!("role '{id}' does not exist")));
    }
    let privileges: Map<String, Value> = cluster
        .access
        .role_privileges(id, cluster.version)
        .into_iter()
        .map(|name| (name, json!(1)))
        .collect();
    Ok(Value::Object(privileges).into())
}

fn acl(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = cluster
        .access
        .acl
        .iter()
        .filter(|entry| {
            cluster.may(request.who, &entry.path, "Permissions.Modify")
                || cluster.may(request.who, "/access", "Sys.Audit")
        })
        .map(|entry| {
            let (kind, id) = entry.who.kind_and_id();
            json!({
                "path": entry.path,
                "roleid": entry.role,
                "propagate": u8::from(entry.propagate),
                "type": kind,
                "ugid": id,
            })
        })
        .collect();
    Ok(rows.into())
}

fn permissions(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let who = match request.text("userid") {
        Some(id) if id != request.who.full() => {
            let own_token = id.starts_with(&format!("{}!", request.who.user));
            if !own_token && !cluster.may(request.who, "/access", "Sys.Audit") {
                return Err(Refusal::forbidden("/access, Sys.Audit"));
            }
            match id.split_once('!') {
                Some((user, token)) => Identity {
                    user: user.to_owned(),
                    token: Some(token.to_owned()),
                },
                None => Identity {
                    user: id,
                    token: None,
                },
            }
        }
        _ => request.who.clone(),
    };
    let paths = match request.text("path") {
        Some(path) => [path].into(),
        None => cluster.permission_paths(),
    };
    let map: Map<String, Value> = paths
        .into_iter()
        .filter_map(|path| {
            let held: Map<String, Value> = cluster
                .privileges(&who, &path)
                .into_iter()
                .map(|(name, propagate)| (name, u8::from(propagate).into()))
                .collect();
            (!held.is_empty()).then_some((path, Value::Object(held)))
        })
        .collect();
    Ok(Value::Object(map).into())
}
