//! Certificates from a public authority: plug-ins that prove that a name is one's own, and accounts. The
//! authorities themselves are out of reach: nothing of a simulated cluster leaves the machine.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sections::File;
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::schema::table::Kind;

const PLUGINS: File = File {
    name: "priv/acme/plugins.cfg",
    key: "plugin",
    what: "ACME plugin",
    names_itself: true,
    has_digest: true,
};

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Modify"];
    vec![
        Route::get("/cluster/acme/plugins", plugins).checked("/", CHANGE),
        Route::post("/cluster/acme/plugins", create)
            .checked("/", CHANGE)
            .records("acme.create_plugin", "cluster"),
        Route::get("/cluster/acme/plugins/{id}", plugin).checked("/", CHANGE),
        Route::put("/cluster/acme/plugins/{id}", update)
            .checked("/", CHANGE)
            .records("acme.update_plugin", "cluster"),
        Route::delete("/cluster/acme/plugins/{id}", delete)
            .checked("/", CHANGE)
            .records("acme.delete_plugin", "cluster"),
        Route::get("/cluster/acme/account", |_, _| Ok(json!([]).into())).constant(),
        Route::post("/cluster/acme/account", register)
            .checked("/", CHANGE)
            .records("acme.register", "cluster"),
        Route::get("/cluster/acme/directories", |_, _| {
            Ok(json!([
                { "name": "Let's Encrypt V2", "url": DIRECTORY },
                { "name": "Let's Encrypt V2 Staging", "url": "https://acme-staging-v02.api.letsencrypt.org/directory" },
            ])
            .into())
        })
        .constant(),
        Route::get("/cluster/acme/challenge-schema", challenges).constant(),
        Route::get("/cluster/acme/tos", |_, r| Err(Refusal::died(unreachable(&directory(r)))))
            .checked("/", SEE)
            .constant(),
        Route::get("/cluster/acme/meta", |_, r| Err(Refusal::died(unreachable(&directory(r)))))
            .checked("/", SEE)
            .constant(),
    ]
}

const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

fn directory(request: &Request<'_>) -> String {
    request
        .text("directory")
        .unwrap_or_else(|| DIRECTORY.to_owned())
}

fn unreachable(directory: &str) -> String {
    let host = directory.split('/').nth(2).unwrap_or_default();
    format!(
        "GET {directory} failed: 500 Can't connect to {host}:443 (Temporary failure in name resolution)"
    )
}

/// The plug-in that every cluster has.
const STANDALONE: &str = "standalone";

fn plugins(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let digest = PLUGINS.digest(cluster);
    let wanted = request.text("type");
    let own = json!({ "plugin": STANDALONE, "type": STANDALONE, "digest": digest });
    let rows: Value = std::iter::once(own)
        .chain(
            cluster
                .settings
                .all(PLUGINS.name)
                .map(|(id, section)| PLUGINS.row(id, section, &digest)),
        )
        .filter(|row| {
            wanted
                .as_deref()
                .is_none_or(|wanted| row.get("type").and_then(Value::as_str) == Some(wanted))
        })
        .collect();
    Ok(rows.into())
}

/// In the path a plug-in is called `id`.
fn missing(id: &str) -> Refusal {
    Refusal::died(format!("ACME plugin '{id}' not defined"))
}

fn plugin(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    let digest = PLUGINS.digest(cluster);
    if id == STANDALONE {
        return Ok(json!({ "plugin": STANDALONE, "type": STANDALONE, "digest": digest }).into());
    }
    let section = cluster
        .settings
        .get(PLUGINS.name, id)
        .ok_or_else(|| missing(id))?;
    Ok(PLUGINS.row(id, section, &digest).into())
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("id").unwrap_or_default();
    if id == STANDALONE || cluster.settings.get(PLUGINS.name, &id).is_some() {
        return Err(Refusal::died(format!(
            "ACME plugin ID '{id}' already exists"
        )));
    }
    let mut section = super::sections::typed(request);
    section.remove("id");
    cluster.settings.insert(PLUGINS.name, &id, section);
    Ok(Answer::null())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    super::sections::check_digest(request, &PLUGINS.digest(cluster))?;
    let delete = super::sections::deleted(request);
    let section = cluster
        .settings
        .get_mut(PLUGINS.name, id)
        .ok_or_else(|| missing(id))?;
    section.retain(|key, _| !delete.contains(key));
    section.extend(super::sections::typed(request));
    Ok(Answer::null())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("id");
    cluster
        .settings
        .remove(PLUGINS.name, id)
        .map(|_| Answer::null())
        .ok_or_else(|| missing(id))
}

/// The services for which a plug-in can be made; which keys each wants is not known here.
fn challenges(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let known = crate::schema::table::Tables::read().of("POST /cluster/acme/plugins");
    let rows: Value = known
        .iter()
        .filter(|parameter| parameter.name == "api")
        .filter_map(|parameter| match parameter.kind {
            Kind::OneOf(words) => Some(words),
            _ => None,
        })
        .flat_map(|words| words.split('|'))
        .map(|id| json!({ "id": id, "name": id, "type": "dns", "schema": {} }))
        .collect();
    Ok(rows.into())
}

fn register(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let job = Register {
        directory: directory(request),
    };
    let node = cluster.local_node();
    let upid = cluster.start_task(crate::cluster::NewTask {
        node: &node,
        kind: "acmeregister",
        id: "",
        user: &request.who.full(),
        work: crate::cluster::work::Work::job(job),
        spoil: request.spoil.clone(),
    });
    Ok(Value::from(upid).into())
}

/// Asks an authority for an account.
#[derive(Debug)]
struct Register {
    directory: String,
}

impl Job for Register {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        cluster.tasks.say(
            task.number,
            format!(
                "Registering new ACME account with directory '{}'..",
                self.directory
            ),
        );
        Ok(Takes {
            error: Some(unreachable(&self.directory)),
            ..Takes::ms(5000.0)
        })
    }

    fn finish(&self, _: &mut Cluster, _: &TaskContext) -> Result<(), String> {
        Err(unreachable(&self.directory))
    }
}
