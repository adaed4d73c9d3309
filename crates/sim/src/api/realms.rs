//! Realms: where users come from and how they prove themselves. `pam` and `pve` are always there.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use super::sections::{self, File};
use crate::cluster::Cluster;
use crate::cluster::openid::{NoAddress, REALMS};
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;

const FILE: File = File {
    name: REALMS,
    key: "realm",
    what: "domain",
    names_itself: false,
    has_digest: true,
};

/// The realms that cannot be made, with their words.
const BUILT_IN: [(&str, &str, &str); 2] = [
    ("pam", "Linux PAM standard authentication", "PVE::Auth::PAM"),
    ("pve", "Proxmox VE authentication server", "PVE::Auth::PVE"),
];

pub(crate) fn routes() -> Vec<Route> {
    const ONE: &str = "/access/domains/{realm}";
    const RIGHT: &[&str] = &["Realm.Allocate"];
    vec![
        Route::get("/access/domains", list).for_world(),
        Route::post("/access/domains", create)
            .checked("/access/realm", RIGHT)
            .records("access.create_realm", "realm/{realm}"),
        Route::get(ONE, show).checked("/access/realm", &["Realm.Allocate", "Sys.Audit"]),
        Route::put(ONE, update)
            .checked("/access/realm", RIGHT)
            .records("access.update_realm", "realm/{realm}"),
        Route::delete(ONE, delete)
            .checked("/access/realm", RIGHT)
            .records("access.delete_realm", "realm/{realm}"),
        Route::post("/access/openid/auth-url", address).for_world(),
        Route::post("/access/openid/login", login).for_world(),
    ]
}

/// A realm as its file has it, the built-in ones with what was changed of them.
fn realm(cluster: &Cluster, name: &str) -> Option<Section> {
    let stored = cluster.settings.get(REALMS, name).cloned();
    let Some((_, comment, plugin)) = BUILT_IN.iter().find(|(known, _, _)| *known == name) else {
        return stored;
    };
    let mut section = Section::from_iter([
        ("comment".to_owned(), Value::from(*comment)),
        ("plugin".to_owned(), (*plugin).into()),
    ]);
    section.extend(stored.unwrap_or_default());
    section.insert("type".to_owned(), name.into());
    Some(section)
}

/// The type of a realm; of one that is not there, its name.
pub(super) fn type_of(cluster: &Cluster, name: &str) -> String {
    cluster
        .settings
        .get(REALMS, name)
        .and_then(|section| section.get("type"))
        .and_then(Value::as_str)
        .unwrap_or(name)
        .to_owned()
}

fn names(cluster: &Cluster) -> Vec<String> {
    let built_in = BUILT_IN.iter().map(|(name, _, _)| *name);
    let stored = cluster
        .settings
        .all(REALMS)
        .map(|(name, _)| name)
        .filter(|name| BUILT_IN.iter().all(|(known, _, _)| known != name));
    built_in.chain(stored).map(str::to_owned).collect()
}

/// What the box of the login shows.
fn list(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = names(cluster)
        .into_iter()
        .filter_map(|name| {
            let section = realm(cluster, &name)?;
            let mut row = Map::from_iter([("realm".to_owned(), Value::from(name))]);
            for key in ["type", "comment", "default"] {
                if let Some(value) = section.get(key) {
                    row.insert(key.to_owned(), value.clone());
                }
            }
            // `type=oath,digits=6`: the kind alone.
            let factor = section
                .get("tfa")
                .and_then(Value::as_str)
                .and_then(|tfa| tfa.split(',').find_map(|part| part.strip_prefix("type=")));
            if let Some(factor) = factor {
                row.insert("tfa".to_owned(), factor.into());
            }
            Some(Value::Object(row))
        })
        .collect();
    Ok(rows.into())
}

fn missing(name: &str) -> Refusal {
    Refusal::died(format!("domain '{name}' does not exist"))
}

fn show(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.in_path("realm");
    let mut section = realm(cluster, name).ok_or_else(|| missing(name))?;
    section.insert("digest".to_owned(), FILE.digest(cluster).into());
    // Passwords are in a file of their own.
    section.remove("password");
    Ok(Value::Object(section).into())
}

/// What a type of realm must have and may have.
fn options(kind: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        "openid" => (
            &["issuer-url", "client-id"],
            &[
                "client-key",
                "autocreate",
                "username-claim",
                "prompt",
                "scopes",
                "acr-values",
                "groups-claim",
                "groups-autocreate",
                "groups-overwrite",
                "query-userinfo",
                "default",
                "comment",
            ],
        ),
        "ad" => (&["server1", "domain"], DIRECTORY),
        "ldap" => (&["server1", "base_dn", "user_attr"], DIRECTORY),
        _ => (&[], &["default", "comment", "tfa"]),
    }
}

const DIRECTORY: &[&str] = &[
    "server2",
    "base_dn",
    "bind_dn",
    "password",
    "port",
    "secure",
    "sslversion",
    "default",
    "comment",
    "tfa",
    "verify",
    "capath",
    "cert",
    "certkey",
    "filter",
    "sync_attributes",
    "user_classes",
    "user_attr",
    "group_dn",
    "group_name_attr",
    "group_filter",
    "group_classes",
    "sync-defaults-options",
    "mode",
    "case-sensitive",
];

fn check(section: &Section, kind: &str) -> Result<(), Refusal> {
    let (needed, allowed) = options(kind);
    let stray = section.keys().find(|key| {
        !matches!(key.as_str(), "type" | "plugin")
            && !needed.contains(&key.as_str())
            && !allowed.contains(&key.as_str())
    });
    if let Some(key) = stray {
        return Err(Refusal::died(format!("unexpected property '{key}'")));
    }
    match needed.iter().find(|key| !section.contains_key(**key)) {
        Some(key) => Err(Refusal::died(format!(
            "missing value for required option '{key}'"
        ))),
        None => Ok(()),
    }
}

/// One realm alone is offered first.
fn keep_one_default(cluster: &mut Cluster, chosen: &str) {
    let is_default = cluster
        .settings
        .get(REALMS, chosen)
        .and_then(|section| section.get("default"))
        .is_some_and(|value| *value == json!(1));
    if !is_default {
        return;
    }
    for name in names(cluster) {
        if name != chosen
            && let Some(section) = cluster.settings.get_mut(REALMS, &name)
        {
            section.remove("default");
        }
    }
}

/// No server of a directory is simulated: what would have to talk to one says so.
fn check_connection(request: &Request<'_>, kind: &str) -> Result<(), Refusal> {
    if !request.flag("check-connection") {
        return Ok(());
    }
    if !matches!(kind, "ad" | "ldap") {
        return Err(Refusal::died(
            "'check-connection' parameter can only be set for realms of type 'ldap' or 'ad'",
        ));
    }
    Err(Refusal::not_simulated(
        "the simulator has no directory server to check the connection with",
    ))
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.text("realm").unwrap_or_default();
    let kind = request.text("type").unwrap_or_default();
    super::users::need_quorum(cluster)?;
    if BUILT_IN.iter().any(|(known, _, _)| *known == name)
        || cluster.settings.get(REALMS, &name).is_some()
    {
        return Err(Refusal::died(format!("domain '{name}' already exists")));
    }
    if matches!(kind.as_str(), "pam" | "pve") {
        return Err(Refusal::died(format!(
            "unable to create builtin type '{kind}'"
        )));
    }
    check_connection(request, &kind)?;
    let mut section = sections::typed(request);
    section.remove("realm");
    section.remove("check-connection");
    check(&section, &kind)?;
    cluster.settings.insert(REALMS, &name, section);
    keep_one_default(cluster, &name);
    Ok(Answer::null())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.in_path("realm").to_owned();
    super::users::need_quorum(cluster)?;
    sections::check_digest(request, &FILE.digest(cluster))?;
    let before = realm(cluster, &name).ok_or_else(|| missing(&name))?;
    let kind = type_of(cluster, &name);
    check_connection(request, &kind)?;
    let mut section = cluster
        .settings
        .get(REALMS, &name)
        .cloned()
        .unwrap_or_default();
    let delete = sections::deleted(request);
    let (needed, _) = options(&kind);
    if let Some(key) = delete.iter().find(|key| needed.contains(&key.as_str())) {
        return Err(Refusal::died(format!(
            "unable to delete required option '{key}'"
        )));
    }
    section.retain(|key, _| !delete.contains(key));
    section.extend(sections::typed(request));
    section.remove("check-connection");
    section.remove("realm");
    if let Some(kind) = before.get("type") {
        section.insert("type".to_owned(), kind.clone());
    }
    check(&section, &kind)?;
    cluster.settings.insert(REALMS, &name, section);
    keep_one_default(cluster, &name);
    Ok(Answer::null())
}

/// A built-in realm loses what was changed of it; it is there again at once.
fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.in_path("realm");
    super::users::need_quorum(cluster)?;
    let is_built_in = BUILT_IN.iter().any(|(known, _, _)| *known == name);
    match cluster.settings.remove(REALMS, name) {
        None if !is_built_in => Err(missing(name)),
        _ => Ok(Answer::null()),
    }
}

fn address(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let text = |key: &str| request.text(key).unwrap_or_default();
    cluster
        .openid_address(&text("realm"), &text("redirect-url"))
        .map(|address| Value::from(address).into())
        .map_err(|refused| match refused {
            NoAddress::Died(text) => Refusal::died(text),
            NoAddress::OutOfReach(text) => Refusal::not_simulated(text),
        })
}

/// Why somebody is refused stands in the journal alone: nobody shall find out who has an account.
fn login(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let text = |key: &str| request.text(key).unwrap_or_default();
    let (state, code) = (text("state"), text("code"));
    let found = cluster.openid_user((&state, &code), &text("redirect-url"));
    let (line, priority) = match &found {
        Ok(user) => (format!("successful openid auth for user '{user}'"), 6),
        Err(why) => (
            format!("openid authentication failure; rhost=::ffff:127.0.0.1 msg={why}"),
            3,
        ),
    };
    let node = cluster.local_node().to_string();
    cluster.notes.add(crate::cluster::notes::Note {
        at_ms: cluster.now_ms,
        node,
        user: crate::cluster::access::ROOT.to_owned(),
        priority,
        text: line,
    });
    let user = found.map_err(|_| Refusal::wrong_password())?;
    Ok(super::access::logged_in(
        cluster,
        &crate::cluster::access::Identity { user, token: None },
    ))
}
