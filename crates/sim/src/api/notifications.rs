//! Notifications: endpoints, matchers, and the targets that both make.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use super::sections::{check_digest, deleted, digest, typed};
use crate::cluster::Cluster;
use crate::cluster::refusal::{Refusal, RefusalBody};
use crate::cluster::settings::Section;

const ENDPOINTS: &str = "notifications.cfg/endpoint";
const MATCHERS: &str = "notifications.cfg/matcher";
/// Keys whose values are shown to nobody: PVE keeps them in a file of root's.
const SECRET: &[&str] = &["token", "password", "secret"];

/// The five methods of one kind of endpoint.
macro_rules! endpoint {
    ($kind:literal) => {
        [
            Route::get(
                concat!("/cluster/notifications/endpoints/", $kind),
                |c, r| list(c, r, $kind),
            ),
            Route::post(
                concat!("/cluster/notifications/endpoints/", $kind),
                |c, r| create(c, r, $kind),
            )
            .checked(AT, CHANGE)
            .records("notification.create_endpoint", "cluster"),
            Route::get(
                concat!("/cluster/notifications/endpoints/", $kind, "/{name}"),
                |c, r| show(c, r, $kind),
            )
            .checked(AT, SEE),
            Route::put(
                concat!("/cluster/notifications/endpoints/", $kind, "/{name}"),
                |c, r| update(c, r, $kind),
            )
            .checked(AT, CHANGE)
            .records("notification.update_endpoint", "cluster"),
            Route::delete(
                concat!("/cluster/notifications/endpoints/", $kind, "/{name}"),
                |c, r| delete(c, r, $kind),
            )
            .checked(AT, CHANGE)
            .records("notification.delete_endpoint", "cluster"),
        ]
    };
}

const AT: &str = "/mapping/notifications";
const SEE: &[&str] = &["Mapping.Modify", "Mapping.Audit"];
const CHANGE: &[&str] = &["Mapping.Modify"];

pub(crate) fn routes() -> Vec<Route> {
    let mut all = [
        endpoint!("sendmail"),
        endpoint!("gotify"),
        endpoint!("smtp"),
        endpoint!("webhook"),
    ]
    .concat();
    all.extend([
        Route::get("/cluster/notifications/matchers", matchers),
        Route::post("/cluster/notifications/matchers", create_matcher)
            .checked(AT, CHANGE)
            .records("notification.create_matcher", "cluster"),
        Route::get("/cluster/notifications/matchers/{name}", matcher).checked(AT, SEE),
        Route::put("/cluster/notifications/matchers/{name}", update_matcher)
            .checked(AT, CHANGE)
            .records("notification.update_matcher", "cluster"),
        Route::delete("/cluster/notifications/matchers/{name}", delete_matcher)
            .checked(AT, CHANGE)
            .records("notification.delete_matcher", "cluster"),
        Route::get("/cluster/notifications/targets", targets).checked(AT, USE),
        Route::post("/cluster/notifications/targets/{name}/test", test)
            .checked(AT, USE)
            .records("notification.test", "cluster"),
        Route::get("/cluster/notifications/matcher-fields", |_, _| {
            Ok(json!([{ "name": "type" }, { "name": "hostname" }, { "name": "job-id" }]).into())
        })
        .checked(AT, SEE)
        .constant(),
        Route::get("/cluster/notifications/matcher-field-values", field_values).checked(AT, SEE),
    ]);
    all
}

const USE: &[&str] = &["Mapping.Modify", "Mapping.Audit", "Mapping.Use"];

/// What a fresh installation has: mails to root, and all that is told goes there.
fn builtin(file: &str) -> (&'static str, Section) {
    let section = if file == ENDPOINTS {
        json!({
            "type": "sendmail", "mailto-user": ["root@pam"],
            "comment": "Send mails to root@pam's email address",
        })
    } else {
        json!({
            "mode": "all", "target": [MAIL_TO_ROOT],
            "comment": "Route all notifications to mail-to-root",
        })
    };
    let name = if file == ENDPOINTS {
        MAIL_TO_ROOT
    } else {
        "default-matcher"
    };
    let map = match section {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    (name, map)
}

const MAIL_TO_ROOT: &str = "mail-to-root";

/// All sections with where they come from; a changed built-in one hides the original.
fn sections(cluster: &Cluster, file: &str) -> Vec<(String, &'static str, Section)> {
    let (builtin_name, original) = builtin(file);
    let mut all: Vec<_> = cluster
        .settings
        .all(file)
        .map(|(name, section)| {
            let origin = if name == builtin_name {
                "modified-builtin"
            } else {
                "user-created"
            };
            (name.to_owned(), origin, section.clone())
        })
        .collect();
    if cluster.settings.get(file, builtin_name).is_none() {
        all.push((builtin_name.to_owned(), "builtin", original));
    }
    all
}

fn row(name: &str, origin: &str, section: &Section) -> Map<String, Value> {
    let mut row = section.clone();
    row.retain(|key, _| !SECRET.contains(&key.as_str()) && key != "type");
    row.insert("name".to_owned(), name.into());
    row.insert("origin".to_owned(), origin.into());
    row
}

fn refused(status: u16, text: &str) -> Refusal {
    Refusal::new(status, format!("{text}\n"), RefusalBody::Json)
}

fn missing(what: &str, name: &str) -> Refusal {
    refused(404, &format!("{what} '{name}' not found"))
}

fn file_digest(cluster: &Cluster) -> String {
    digest([ENDPOINTS, MATCHERS].into_iter().flat_map(|file| {
        cluster
            .settings
            .all(file)
            .map(|(name, section)| format!("{name} {}\n", Value::Object(section.clone())))
    }))
}

fn kind_of(section: &Section) -> &str {
    section.get("type").and_then(Value::as_str).unwrap_or("")
}

fn list(cluster: &mut Cluster, request: &Request<'_>, kind: &str) -> Result<Answer, Refusal> {
    if !may_see(cluster, request) {
        return Ok(json!([]).into());
    }
    let rows: Value = sections(cluster, ENDPOINTS)
        .iter()
        .filter(|(_, _, section)| kind_of(section) == kind)
        .map(|(name, origin, section)| Value::Object(row(name, origin, section)))
        .collect();
    Ok(rows.into())
}

fn may_see(cluster: &Cluster, request: &Request<'_>) -> bool {
    SEE.iter()
        .any(|privilege| cluster.may(request.who, AT, privilege))
}

/// The section of the path.
fn found(
    cluster: &Cluster,
    request: &Request<'_>,
    kind: &str,
) -> Result<(String, &'static str, Section), Refusal> {
    let name = request.in_path("name");
    sections(cluster, ENDPOINTS)
        .into_iter()
        .find(|(known, _, section)| known == name && kind_of(section) == kind)
        .ok_or_else(|| missing(&format!("{kind} endpoint"), name))
}

fn show(cluster: &mut Cluster, request: &Request<'_>, kind: &str) -> Result<Answer, Refusal> {
    let (name, origin, section) = found(cluster, request, kind)?;
    let mut map = row(&name, origin, &section);
    map.insert("digest".to_owned(), file_digest(cluster).into());
    Ok(Value::Object(map).into())
}

/// Endpoints and matchers share their names.
fn check_free(cluster: &Cluster, name: &str) -> Result<(), Refusal> {
    let is_taken = [ENDPOINTS, MATCHERS].into_iter().any(|file| {
        sections(cluster, file)
            .iter()
            .any(|(known, _, _)| known == name)
    });
    if is_taken {
        let text = format!("Cannot create '{name}', an entity with the same name already exists");
        return Err(refused(400, &text));
    }
    Ok(())
}

fn create(cluster: &mut Cluster, request: &Request<'_>, kind: &str) -> Result<Answer, Refusal> {
    let name = request.text("name").unwrap_or_default();
    check_free(cluster, &name)?;
    let mut section = typed(request);
    section.remove("name");
    section.insert("type".to_owned(), kind.into());
    check_recipients(&section)?;
    cluster.settings.insert(ENDPOINTS, &name, section);
    Ok(Answer::null())
}

fn check_recipients(section: &Section) -> Result<(), Refusal> {
    let needs = matches!(kind_of(section), "sendmail" | "smtp");
    if needs && !section.contains_key("mailto") && !section.contains_key("mailto-user") {
        let text = "must at least provide one recipient, either in mailto or in mailto-user";
        return Err(refused(400, text));
    }
    Ok(())
}

fn update(cluster: &mut Cluster, request: &Request<'_>, kind: &str) -> Result<Answer, Refusal> {
    let (name, _, mut section) = found(cluster, request, kind)?;
    check_digest(request, &file_digest(cluster))?;
    let delete = deleted(request);
    section.retain(|key, _| !delete.contains(key));
    section.extend(typed(request));
    check_recipients(&section)?;
    cluster.settings.insert(ENDPOINTS, &name, section);
    Ok(Answer::null())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>, kind: &str) -> Result<Answer, Refusal> {
    let (name, _, _) = found(cluster, request, kind)?;
    let users: Vec<String> = sections(cluster, MATCHERS)
        .into_iter()
        .filter(|(_, _, section)| names(section, "target").any(|target| target == name))
        .map(|(matcher, _, _)| matcher)
        .collect();
    if name != MAIL_TO_ROOT && !users.is_empty() {
        let text = format!(
            "cannot delete '{name}', referenced by: {}",
            users.join(", ")
        );
        return Err(refused(400, &text));
    }
    cluster.settings.remove(ENDPOINTS, &name);
    Ok(Answer::null())
}

fn names<'a>(section: &'a Section, key: &str) -> impl Iterator<Item = &'a str> {
    section
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn matchers(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if !may_see(cluster, request) {
        return Ok(json!([]).into());
    }
    let rows: Value = sections(cluster, MATCHERS)
        .iter()
        .map(|(name, origin, section)| Value::Object(row(name, origin, section)))
        .collect();
    Ok(rows.into())
}

fn found_matcher(
    cluster: &Cluster,
    request: &Request<'_>,
) -> Result<(String, &'static str, Section), Refusal> {
    let name = request.in_path("name");
    sections(cluster, MATCHERS)
        .into_iter()
        .find(|(known, _, _)| known == name)
        .ok_or_else(|| missing("matcher", name))
}

fn matcher(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, origin, section) = found_matcher(cluster, request)?;
    let mut map = row(&name, origin, &section);
    map.insert("digest".to_owned(), file_digest(cluster).into());
    Ok(Value::Object(map).into())
}

fn check_targets(cluster: &Cluster, section: &Section) -> Result<(), Refusal> {
    let known = sections(cluster, ENDPOINTS);
    match names(section, "target").find(|target| !known.iter().any(|(name, _, _)| name == target)) {
        Some(target) => Err(missing("endpoint", target)),
        None => Ok(()),
    }
}

fn create_matcher(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.text("name").unwrap_or_default();
    check_free(cluster, &name)?;
    let mut section = typed(request);
    section.remove("name");
    check_targets(cluster, &section)?;
    cluster.settings.insert(MATCHERS, &name, section);
    Ok(Answer::null())
}

fn update_matcher(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, _, mut section) = found_matcher(cluster, request)?;
    check_digest(request, &file_digest(cluster))?;
    let delete = deleted(request);
    section.retain(|key, _| !delete.contains(key));
    section.extend(typed(request));
    check_targets(cluster, &section)?;
    cluster.settings.insert(MATCHERS, &name, section);
    Ok(Answer::null())
}

fn delete_matcher(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, _, _) = found_matcher(cluster, request)?;
    cluster.settings.remove(MATCHERS, &name);
    Ok(Answer::null())
}

fn targets(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = sections(cluster, ENDPOINTS)
        .iter()
        .map(|(name, origin, section)| {
            let mut row = section.clone();
            row.retain(|key, _| matches!(key.as_str(), "type" | "comment" | "disable"));
            row.insert("name".to_owned(), name.as_str().into());
            row.insert("origin".to_owned(), (*origin).into());
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

/// Whether a mail has somebody to go to.
fn has_address(cluster: &Cluster, section: &Section) -> bool {
    names(section, "mailto").next().is_some()
        || names(section, "mailto-user").any(|user| {
            cluster.access.users.get(user).is_some_and(|user| {
                user.details
                    .get("email")
                    .is_some_and(|email| !email.is_empty())
            })
        })
}

/// Mails go to the node's own queue. Everything else would leave the cluster, and nothing listens in
/// the network of a simulated one.
fn test(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.in_path("name");
    let Some((_, _, section)) = sections(cluster, ENDPOINTS)
        .into_iter()
        .find(|(known, _, _)| known == name)
    else {
        return Err(missing("endpoint", name));
    };
    if kind_of(&section) != "sendmail" {
        return Err(Refusal::died(
            "Could not test target: io: Connection refused (os error 111)",
        ));
    }
    if has_address(cluster, &section) {
        return Ok(Answer::null());
    }
    Err(Refusal::died(format!(
        "Could not test target: could not notify via endpoint(s): {name}: no recipients provided for the mail, cannot send it."
    )))
}

/// What a task says when its mail to root cannot be sent: root has no address.
pub(crate) fn mail_problems(cluster: &Cluster) -> Vec<String> {
    let all = sections(cluster, ENDPOINTS);
    let Some((name, _, section)) = all.iter().find(|(name, _, _)| name == MAIL_TO_ROOT) else {
        return Vec::new();
    };
    let is_used = sections(cluster, MATCHERS)
        .iter()
        .any(|(_, _, matcher)| names(matcher, "target").any(|target| target == name));
    if !is_used
        || section.get("disable").and_then(Value::as_i64) == Some(1)
        || has_address(cluster, section)
    {
        return Vec::new();
    }
    vec![
        "WARN: 'root@pam' does not have a configured email address in the user configuration - not sending an email to this user".to_owned(),
        format!("ERROR: could not notify via target `{name}`: could not notify via endpoint(s): {name}: no recipients provided for the mail, cannot send it."),
    ]
}

fn field_values(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let types = [
        "package-updates",
        "fencing",
        "replication",
        "vzdump",
        "system-mail",
    ];
    let rows: Value = types
        .iter()
        .map(|kind| json!({ "field": "type", "value": kind }))
        .chain(
            cluster
                .nodes
                .iter()
                .map(|node| json!({ "field": "hostname", "value": &*node.name })),
        )
        .chain(
            cluster
                .backup_jobs
                .keys()
                .map(|id| json!({ "field": "job-id", "value": id })),
        )
        .collect();
    Ok(rows.into())
}
