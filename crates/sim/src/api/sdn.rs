//! Networks of software: zones, networks, subnets, controllers, IPAM and DNS. Changes wait until they are
//! applied, or are taken back.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use super::sections::{check_digest, deleted, digest, typed};
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;
use crate::cluster::work::{Job, Takes, TaskContext, Work};
use crate::cluster::{Cluster, NewTask};
use crate::version::PveVersion;

/// The five methods of one kind of thing.
macro_rules! things {
    ($kind:literal, $key:literal) => {
        [
            Route::get(concat!("/cluster/sdn/", $kind), |c, r| {
                list(c, r, ($kind, $key))
            }),
            Route::post(concat!("/cluster/sdn/", $kind), |c, r| {
                create(c, r, ($kind, $key))
            })
            .checked(concat!("/sdn/", $kind), CHANGE)
            .records(concat!("sdn.create_", $key), "cluster"),
            Route::get(concat!("/cluster/sdn/", $kind, "/{", $key, "}"), |c, r| {
                show(c, r, ($kind, $key))
            }),
            Route::put(concat!("/cluster/sdn/", $kind, "/{", $key, "}"), |c, r| {
                update(c, r, ($kind, $key))
            })
            .checked(concat!("/sdn/", $kind), CHANGE)
            .records(concat!("sdn.update_", $key), "cluster"),
            Route::delete(concat!("/cluster/sdn/", $kind, "/{", $key, "}"), |c, r| {
                delete(c, r, ($kind, $key))
            })
            .checked(concat!("/sdn/", $kind), CHANGE)
            .records(concat!("sdn.delete_", $key), "cluster"),
        ]
    };
}

const CHANGE: &[&str] = &["SDN.Allocate"];

/// What the cluster keeps in files of sections, and whether its changes wait.
const KINDS: &[(&str, bool)] = &[
    ("zones", true),
    ("vnets", true),
    ("subnets", true),
    ("controllers", true),
    (super::sdn_fabrics::FABRICS, true),
    (super::sdn_fabrics::NODES, true),
    ("ipams", false),
    ("dns", false),
];

pub(crate) fn routes() -> Vec<Route> {
    const SUBNETS: &str = "/cluster/sdn/vnets/{vnet}/subnets";
    const SUBNET: &str = "/cluster/sdn/vnets/{vnet}/subnets/{subnet}";
    let mut all = [
        things!("zones", "zone"),
        things!("vnets", "vnet"),
        things!("controllers", "controller"),
        things!("ipams", "ipam"),
        things!("dns", "dns"),
    ]
    .concat();
    all.extend([
        Route::get(SUBNETS, |c, r| list(c, r, ("subnets", "subnet"))),
        Route::post(SUBNETS, |c, r| create(c, r, ("subnets", "subnet")))
            .checked("/sdn/zones", CHANGE)
            .records("sdn.create_subnet", "cluster"),
        Route::get(SUBNET, |c, r| show(c, r, ("subnets", "subnet"))),
        Route::put(SUBNET, |c, r| update(c, r, ("subnets", "subnet")))
            .checked("/sdn/zones", CHANGE)
            .records("sdn.update_subnet", "cluster"),
        Route::delete(SUBNET, |c, r| delete(c, r, ("subnets", "subnet")))
            .checked("/sdn/zones", CHANGE)
            .records("sdn.delete_subnet", "cluster"),
        Route::put("/cluster/sdn", apply)
            .checked("/sdn", CHANGE)
            .records("sdn.apply", "cluster"),
        Route::post("/cluster/sdn/rollback", roll_back)
            .checked("/sdn", CHANGE)
            .since(PveVersion::V9_1)
            .records("sdn.rollback", "cluster"),
        Route::get("/nodes/{node}/sdn/zones", zones_of_node),
    ]);
    all
}

pub(super) fn file(kind: &str) -> String {
    format!("sdn/{kind}")
}

fn running(kind: &str) -> String {
    format!("sdn/running {kind}")
}

fn waits(kind: &str) -> bool {
    KINDS.iter().any(|(known, waits)| *known == kind && *waits)
}

/// What is always there: the address management of PVE itself.
fn builtin(kind: &str) -> Option<(&'static str, Section)> {
    (kind == "ipams").then(|| {
        let section = Section::from_iter([("type".to_owned(), Value::from("pve"))]);
        ("pve", section)
    })
}

pub(super) fn stored(cluster: &Cluster, kind: &str) -> BTreeMap<String, Section> {
    let mut all = cluster.settings.file(&file(kind));
    if let Some((name, section)) = builtin(kind) {
        all.entry(name.to_owned()).or_insert(section);
    }
    all
}

pub(super) fn digest_of(cluster: &Cluster, kind: &str) -> String {
    digest(
        cluster
            .settings
            .all(&file(kind))
            .map(|(name, section)| format!("{name} {}\n", Value::Object(section.clone()))),
    )
}

/// Which version of the configuration is asked for.
pub(super) fn asked(
    cluster: &Cluster,
    request: &Request<'_>,
    kind: &str,
) -> Vec<(String, Section)> {
    if request.flag("running") && waits(kind) {
        return cluster.settings.file(&running(kind)).into_iter().collect();
    }
    let now = stored(cluster, kind);
    if !request.flag("pending") || !waits(kind) {
        return now.into_iter().collect();
    }
    let was = cluster.settings.file(&running(kind));
    let names: std::collections::BTreeSet<&String> = now.keys().chain(was.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let mut row = was.get(name).or_else(|| now.get(name))?.clone();
            let state = match (was.get(name), now.get(name)) {
                (None, Some(_)) => "new",
                (Some(_), None) => "deleted",
                (Some(old), Some(new)) if old != new => "changed",
                _ => return Some((name.clone(), row)),
            };
            row.insert("state".to_owned(), state.into());
            let waiting: Map<String, Value> = now
                .get(name)
                .into_iter()
                .flatten()
                .filter(|(key, value)| was.get(name).and_then(|old| old.get(*key)) != Some(*value))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            row.insert("pending".to_owned(), waiting.into());
            Some((name.clone(), row))
        })
        .collect()
}

/// Zones are seen by those who may see them; the rest follows the same rule.
fn may_see(cluster: &Cluster, request: &Request<'_>, kind: &str, name: &str) -> bool {
    let at = match kind {
        "zones" => format!("/sdn/zones/{name}"),
        "vnets" | "subnets" => "/sdn/zones".to_owned(),
        _ => format!("/sdn/{kind}/{name}"),
    };
    ["SDN.Audit", "SDN.Allocate"]
        .iter()
        .any(|privilege| cluster.may(request.who, &at, privilege))
}

fn is_in_network(request: &Request<'_>, section: &Section) -> bool {
    let network = request.in_path("vnet");
    network.is_empty()
        || section
            .get("vnet")
            .is_none_or(|own| own.as_str() == Some(network))
}

fn list(
    cluster: &mut Cluster,
    request: &Request<'_>,
    (kind, key): (&'static str, &'static str),
) -> Result<Answer, Refusal> {
    let digest = digest_of(cluster, kind);
    let wanted = request.text("type");
    let rows: Value = asked(cluster, request, kind)
        .into_iter()
        .filter(|(name, section)| {
            may_see(cluster, request, kind, name)
                && (kind != "subnets" || is_in_network(request, section))
                && wanted.as_deref().is_none_or(|wanted| {
                    section.get("type").and_then(Value::as_str) == Some(wanted)
                })
        })
        .map(|(name, mut section)| {
            section.insert(key.to_owned(), name.into());
            section.insert("digest".to_owned(), digest.as_str().into());
            Value::Object(section)
        })
        .collect();
    Ok(rows.into())
}

fn missing(key: &str, name: &str) -> Refusal {
    Refusal::died(format!("sdn '{name}' does not exist ({key})"))
}

fn show(
    cluster: &mut Cluster,
    request: &Request<'_>,
    (kind, key): (&'static str, &'static str),
) -> Result<Answer, Refusal> {
    let name = request.in_path(key);
    let (_, mut section) = asked(cluster, request, kind)
        .into_iter()
        .find(|(known, _)| known == name)
        .ok_or_else(|| missing(key, name))?;
    section.insert(key.to_owned(), name.into());
    section.insert("digest".to_owned(), digest_of(cluster, kind).into());
    Ok(Value::Object(section).into())
}

/// A network lies in a zone that is there, a zone's controller and helpers are there.
fn check_links(cluster: &Cluster, kind: &str, section: &Section) -> Result<(), Refusal> {
    let links: &[(&str, &str, &str)] = match kind {
        "vnets" => &[("zone", "zones", "zone")],
        "zones" => &[
            ("controller", "controllers", "controller"),
            ("ipam", "ipams", "ipam"),
            ("dns", "dns", "dns"),
        ],
        _ => &[],
    };
    for (key, other, what) in links {
        if let Some(name) = section.get(*key).and_then(Value::as_str)
            && !stored(cluster, other).contains_key(name)
        {
            return Err(Refusal::died(format!("{what} '{name}' does not exist")));
        }
    }
    Ok(())
}

fn create(
    cluster: &mut Cluster,
    request: &Request<'_>,
    (kind, key): (&'static str, &'static str),
) -> Result<Answer, Refusal> {
    let given = request.text(key).unwrap_or_default();
    let mut section = typed(request);
    section.remove(key);
    let mut name = given.clone();
    if kind == "subnets" {
        let network = request.in_path("vnet");
        let Some(zone) = stored(cluster, "vnets").get(network).and_then(|section| {
            section
                .get("zone")
                .and_then(Value::as_str)
                .map(str::to_owned)
        }) else {
            return Err(missing("vnet", network));
        };
        // A subnet is called after its zone and its address.
        name = format!("{zone}-{}", given.replace('/', "-"));
        section.insert("vnet".to_owned(), network.into());
        section.insert("zone".to_owned(), zone.into());
        section.insert("cidr".to_owned(), given.as_str().into());
    }
    if stored(cluster, kind).contains_key(&name) {
        return Err(Refusal::died(format!(
            "sdn {key} object ID '{name}' already defined"
        )));
    }
    check_links(cluster, kind, &section)?;
    cluster.settings.insert(&file(kind), &name, section);
    Ok(Answer::null())
}

fn update(
    cluster: &mut Cluster,
    request: &Request<'_>,
    (kind, key): (&'static str, &'static str),
) -> Result<Answer, Refusal> {
    let name = request.in_path(key);
    check_digest(request, &digest_of(cluster, kind))?;
    let Some(mut section) = stored(cluster, kind).remove(name) else {
        return Err(missing(key, name));
    };
    let delete = deleted(request);
    section.retain(|key, _| !delete.contains(key));
    section.extend(typed(request));
    check_links(cluster, kind, &section)?;
    cluster.settings.insert(&file(kind), name, section);
    Ok(Answer::null())
}

fn delete(
    cluster: &mut Cluster,
    request: &Request<'_>,
    (kind, key): (&'static str, &'static str),
) -> Result<Answer, Refusal> {
    let name = request.in_path(key);
    // What others hang on stays.
    let users: &[(&str, &str)] = match kind {
        "zones" => &[("vnets", "zone")],
        "vnets" => &[("subnets", "vnet")],
        "controllers" => &[("zones", "controller")],
        "ipams" => &[("zones", "ipam")],
        "dns" => &[("zones", "dns")],
        _ => &[],
    };
    for (other, link) in users {
        let user = stored(cluster, other)
            .into_iter()
            .find(|(_, section)| section.get(*link).and_then(Value::as_str) == Some(name));
        if let Some((user, _)) = user {
            return Err(Refusal::died(format!(
                "{key} {name} is used by {} {user}",
                other.trim_end_matches('s')
            )));
        }
    }
    cluster
        .settings
        .remove(&file(kind), name)
        .map(|_| Answer::null())
        .ok_or_else(|| missing(key, name))
}

fn apply(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node = cluster.local_node();
    let upid = cluster.start_task(NewTask {
        node: &node,
        kind: "reloadnetworkall",
        id: "",
        user: &request.who.full(),
        work: Work::job(Apply),
        spoil: request.spoil.clone(),
    });
    Ok(Value::from(upid).into())
}

/// Brings the waiting configuration to all nodes.
#[derive(Debug)]
struct Apply;

impl Job for Apply {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let names: Vec<String> = cluster
            .nodes
            .iter()
            .filter(|node| node.online)
            .map(|node| node.name.to_string())
            .collect();
        for name in names {
            cluster
                .tasks
                .say(task.number, format!("{name}: reloading network config"));
        }
        Ok(Takes::ms(3000.0))
    }

    fn finish(&self, cluster: &mut Cluster, _: &TaskContext) -> Result<(), String> {
        for (kind, _) in KINDS.iter().filter(|(_, waits)| *waits) {
            let now = cluster.settings.file(&file(kind));
            cluster.settings.replace(&running(kind), now);
        }
        Ok(())
    }
}

fn roll_back(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    for (kind, _) in KINDS.iter().filter(|(_, waits)| *waits) {
        let was = cluster.settings.file(&running(kind));
        cluster.settings.replace(&file(kind), was);
    }
    Ok(Answer::null())
}

fn zones_of_node(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = cluster
        .settings
        .all(&running("zones"))
        .filter(|(name, section)| {
            let nodes = section.get("nodes").and_then(Value::as_str);
            may_see(cluster, request, "zones", name)
                && nodes.is_none_or(|nodes| {
                    crate::schema::check::list_items(nodes).any(|node| node == request.node())
                })
        })
        .map(|(name, _)| json!({ "zone": name, "status": "available" }))
        .collect();
    Ok(rows.into())
}
