//! Login, realms, users, roles, the access list, and what somebody may do.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::route::{Answer, Form, Parameter, Request, Route, TEXT, may, must};
use crate::cluster::Cluster;
use crate::cluster::access::{Identity, ROOT};
use crate::cluster::privileges::{BUILT_IN, of_role};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/access/ticket", |_, _| Ok(Answer::null())).for_world(),
        Route::post("/access/ticket", login).with(LOGIN).for_world(),
        Route::get("/access/domains", domains).for_world(),
        Route::get("/access/users", users)
            .with(const { &[may("full", Form::Boolean), may("enabled", Form::Boolean)] }),
        Route::get("/access/users/{userid}", user),
        Route::get("/access/users/{userid}/token", tokens),
        Route::get("/access/roles", roles),
        Route::get("/access/roles/{roleid}", role),
        Route::get("/access/acl", acl),
        Route::get("/access/permissions", permissions)
            .with(const { &[may("path", TEXT), may("userid", Form::Text { max: 130 })] }),
    ]
}

const LOGIN: &[Parameter] = &[
    must("username", Form::Text { max: 64 }),
    must("password", Form::Text { max: 4096 }),
    may("realm", Form::Text { max: 32 }),
    may("otp", TEXT),
    may("path", Form::Text { max: 64 }),
    may("privs", Form::Text { max: 64 }),
    may("new-format", Form::Boolean),
    may("tfa-challenge", Form::Text { max: 4096 }),
];

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
        .filter(|account| account.enabled);
    let by_ticket = || {
        cluster
            .ticket_user(&password)
            .is_some_and(|of| of == user || of == ROOT)
    };
    let is_good = account.is_some_and(|account| {
        (!password.is_empty() && account.password.as_ref() == Some(&password)) || by_ticket()
    });
    if !is_good {
        return Err(Refusal::wrong_password());
    }
    let who = Identity {
        user: user.clone(),
        token: None,
    };
    let mut answer = Map::from_iter([
        ("ticket".to_owned(), Value::from(cluster.new_ticket(&user))),
        (
            "CSRFPreventionToken".to_owned(),
            cluster.new_csrf_token(&user).into(),
        ),
        ("username".to_owned(), user.into()),
        ("cap".to_owned(), capabilities(cluster, &who)),
    ]);
    if let Some(name) = &cluster.name
        && cluster.may(&who, "/", "Sys.Audit")
    {
        answer.insert("clustername".to_owned(), name.as_str().into());
    }
    Ok(Value::Object(answer).into())
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
            let held: Map<String, Value> = cluster
                .privileges(who, path)
                .into_keys()
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

fn domains(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(json!([
        { "realm": "pam", "type": "pam", "comment": "Linux PAM standard authentication" },
        { "realm": "pve", "type": "pve", "comment": "Proxmox VE authentication server" },
    ])
    .into())
}

fn realm_type(user: &str) -> &str {
    user.rsplit_once('@').map_or("pam", |(_, realm)| realm)
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
                ("realm-type".to_owned(), realm_type(id).into()),
            ]);
            if let Some(comment) = &user.comment {
                row.insert("comment".to_owned(), comment.as_str().into());
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
            json!({ "tokenid": name, "privsep": u8::from(token.separated), "expire": token.expire_s })
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
        .map(|(name, token)| {
            (
                name,
                json!({ "privsep": u8::from(token.separated), "expire": token.expire_s }),
            )
        })
        .collect();
    Ok(json!({
        "enable": u8::from(user.enabled),
        "groups": user.groups,
        "tokens": tokens,
    })
    .into())
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
