//! Mappings: names for devices and directories that are called differently on each node.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sections::{File, typed};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::version::PveVersion;

/// The five methods of one kind of mapping.
macro_rules! mapping {
    ($kind:literal, $file:expr) => {
        [
            Route::get(concat!("/cluster/mapping/", $kind), |c, r| {
                list(c, r, $file, $kind)
            }),
            Route::post(concat!("/cluster/mapping/", $kind), |c, r| {
                create(c, r, $file)
            })
            .checked(concat!("/mapping/", $kind), MODIFY)
            .records("mapping.create", "cluster"),
            Route::get(concat!("/cluster/mapping/", $kind, "/{id}"), |c, r| {
                $file.show(c, r)
            })
            .checked(concat!("/mapping/", $kind, "/{id}"), SEE),
            Route::put(concat!("/cluster/mapping/", $kind, "/{id}"), |c, r| {
                update(c, r, $file)
            })
            .checked(concat!("/mapping/", $kind, "/{id}"), MODIFY)
            .records("mapping.update", "cluster"),
            Route::delete(concat!("/cluster/mapping/", $kind, "/{id}"), |c, r| {
                $file.delete(c, r)
            })
            .checked(concat!("/mapping/", $kind), MODIFY)
            .records("mapping.delete", "cluster"),
        ]
    };
}

const MODIFY: &[&str] = &["Mapping.Modify"];
const SEE: &[&str] = &["Mapping.Use", "Mapping.Modify", "Mapping.Audit"];

const fn file(name: &'static str) -> File {
    File {
        name,
        key: "id",
        what: "mapping",
        names_itself: false,
        has_digest: true,
    }
}

const PCI: File = file("mapping/pci.cfg");
const USB: File = file("mapping/usb.cfg");
const DIR: File = file("mapping/dir.cfg");

pub(crate) fn routes() -> Vec<Route> {
    let mut all = [mapping!("pci", PCI), mapping!("usb", USB)].concat();
    all.extend(mapping!("dir", DIR).map(|route| route.since(PveVersion::V8_4)));
    all
}

fn list(
    cluster: &mut Cluster,
    request: &Request<'_>,
    file: File,
    kind: &str,
) -> Result<Answer, Refusal> {
    let digest = file.digest(cluster);
    let check = request.text("check-node");
    let rows: Value = cluster
        .settings
        .all(file.name)
        .filter(|(id, _)| {
            let at = format!("/mapping/{kind}/{id}");
            SEE.iter()
                .any(|privilege| cluster.may(request.who, &at, privilege))
        })
        .map(|(id, section)| {
            let mut row = section.clone();
            row.insert("id".to_owned(), id.into());
            row.insert("digest".to_owned(), digest.as_str().into());
            if let Some(node) = &check {
                let checks = problems(cluster, section.get("map"), kind, node);
                row.insert("checks".to_owned(), checks);
            }
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

/// What is wrong with a mapping on a node: it has none there, or the device is not in it.
fn problems(cluster: &Cluster, map: Option<&Value>, kind: &str, node: &str) -> Value {
    let here: Vec<&str> = entries(map)
        .filter(|entry| key_of(entry, "node") == Some(node))
        .collect();
    if here.is_empty() {
        let text = format!("No mapping for node {node}.");
        return json!([{ "severity": "warning", "message": text }]);
    }
    let is_there = |entry: &&str| {
        kind != "pci"
            || key_of(entry, "path")
                .is_some_and(|path| super::hardware::has_pci(cluster, node, path))
    };
    here.into_iter()
        .filter(|entry| !is_there(entry))
        .map(|entry| {
            let path = key_of(entry, "path").unwrap_or_default();
            json!({ "severity": "error", "message": format!("Invalid configuration: pci device '{path}' not found") })
        })
        .collect()
}

fn entries(map: Option<&Value>) -> impl Iterator<Item = &str> {
    map.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn key_of<'a>(entry: &'a str, key: &str) -> Option<&'a str> {
    entry
        .split(',')
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value)
}

/// Each entry says its node and its device; a node of the cluster stands in it at most once per path.
fn check_map(request: &Request<'_>, file: File) -> Result<(), Refusal> {
    let typed = typed(request);
    let needed: &[&str] = match file.name {
        "mapping/dir.cfg" => &["node", "path"],
        _ => &["node", "id"],
    };
    for entry in entries(typed.get("map")) {
        for key in needed {
            if key_of(entry, key).is_none() {
                let text = format!(
                    "invalid format - format error\nmap.{key}: property is missing and it is not optional\n"
                );
                return Err(Refusal::parameter("map", text));
            }
        }
    }
    Ok(())
}

fn create(cluster: &mut Cluster, request: &Request<'_>, file: File) -> Result<Answer, Refusal> {
    check_map(request, file)?;
    file.create(cluster, request, |id| {
        Refusal::died(format!(
            "create mapping failed: mapping '{id}' already exists"
        ))
    })
}

fn update(cluster: &mut Cluster, request: &Request<'_>, file: File) -> Result<Answer, Refusal> {
    check_map(request, file)?;
    file.update(cluster, request)
}
