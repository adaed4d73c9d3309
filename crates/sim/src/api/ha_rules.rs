//! Rules of high availability: which nodes, and which guests together or apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::ha::digest_of;
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::schema::check::list_items;
use crate::version::PveVersion;

type Rule = BTreeMap<String, String>;

pub(crate) fn routes() -> Vec<Route> {
    const CHANGE: &[&str] = &["Sys.Console"];
    let all = vec![
        Route::get("/cluster/ha/rules", list).checked("/", &["Sys.Audit"]),
        Route::post("/cluster/ha/rules", create)
            .checked("/", CHANGE)
            .records("ha.create_rule", "ha_rule/{rule}"),
        Route::get("/cluster/ha/rules/{rule}", one).checked("/", &["Sys.Audit"]),
        Route::put("/cluster/ha/rules/{rule}", update)
            .checked("/", CHANGE)
            .records("ha.update_rule", "ha_rule/{rule}"),
        Route::delete("/cluster/ha/rules/{rule}", delete)
            .checked("/", CHANGE)
            .records("ha.delete_rule", "ha_rule/{rule}"),
    ];
    // Before release 9 there were groups instead.
    all.into_iter()
        .map(|route| route.since(PveVersion::V9_1))
        .collect()
}

fn row(cluster: &Cluster, id: &str, rule: &Rule) -> Value {
    let digest = digest_of(
        cluster
            .ha_rules
            .iter()
            .map(|(id, rule)| format!("{id}{rule:?}")),
    );
    let order = cluster
        .ha_rules
        .keys()
        .position(|key| key == id)
        .unwrap_or(0)
        + 1;
    let mut map = Map::from_iter([
        ("rule".to_owned(), Value::from(id)),
        ("order".to_owned(), order.into()),
        ("digest".to_owned(), digest.into()),
    ]);
    for (key, value) in rule {
        let value = match key.as_str() {
            "disable" | "strict" => value.parse::<i64>().unwrap_or(0).into(),
            _ => Value::from(value.as_str()),
        };
        map.insert(key.clone(), value);
    }
    Value::Object(map)
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let kind = request.text("type");
    let resource = request.text("resource");
    let rows: Value = cluster
        .ha_rules
        .iter()
        .filter(|(_, rule)| {
            kind.as_ref()
                .is_none_or(|kind| rule.get("type") == Some(kind))
        })
        .filter(|(_, rule)| {
            resource
                .as_ref()
                .is_none_or(|resource| resources(rule).contains(resource.as_str()))
        })
        .map(|(id, rule)| row(cluster, id, rule))
        .collect();
    Ok(rows.into())
}

fn resources(rule: &Rule) -> BTreeSet<&str> {
    rule.get("resources")
        .map(|list| list_items(list).collect())
        .unwrap_or_default()
}

fn one(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("rule");
    match cluster.ha_rules.get(id) {
        Some(rule) => Ok(row(cluster, id, rule).into()),
        None => Err(Refusal::died(format!("no such ha rule '{id}'"))),
    }
}

fn values(request: &Request<'_>) -> Rule {
    request
        .parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "rule" | "delete" | "digest"))
        .map(|(name, given)| (name.clone(), given.text()))
        .collect()
}

/// What makes a rule impossible.
fn check(cluster: &Cluster, id: &str, rule: &Rule) -> Result<(), String> {
    let kind = rule.get("type").map_or("", String::as_str);
    let unmanaged: Vec<&str> = resources(rule)
        .into_iter()
        .filter(|sid| !cluster.ha.iter().any(|resource| resource.sid == *sid))
        .collect();
    if !unmanaged.is_empty() {
        return Err(format!(
            "cannot use unmanaged resource(s) {}.",
            unmanaged.join(", ")
        ));
    }
    let nodes = rule.get("nodes").map_or("", String::as_str);
    let unknown: Vec<&str> = list_items(nodes)
        .map(|node| node.split(':').next().unwrap_or(node))
        .filter(|node| cluster.node(node).is_none())
        .collect();
    if !unknown.is_empty() {
        return Err(format!(
            "cannot use non-existent node(s) {}.",
            unknown.join(", ")
        ));
    }
    if rule.get("disable").is_some_and(|value| value == "1") {
        return Ok(());
    }
    let mut problems = Vec::new();
    let others = || {
        cluster.ha_rules.iter().filter(|(other, rule)| {
            *other != id && rule.get("disable").is_none_or(|value| value != "1")
        })
    };
    let in_node_rules = |sid: &str| {
        others()
            .filter(|(_, other)| {
                other
                    .get("type")
                    .is_some_and(|kind| kind == "node-affinity")
                    && resources(other).contains(sid)
            })
            .collect::<Vec<_>>()
    };
    if kind == "node-affinity" {
        for sid in resources(rule) {
            if !in_node_rules(sid).is_empty() {
                problems.push(format!(
                    "resource '{sid}' is already used in another node affinity rule"
                ));
            }
        }
    } else {
        if resources(rule).len() < 2 {
            problems.push("rule is ineffective as there are less than two resources".to_owned());
        }
        let rules: BTreeMap<&String, &Rule> = resources(rule)
            .into_iter()
            .flat_map(in_node_rules)
            .collect();
        let several = rules.values().any(|other| {
            let priorities: BTreeSet<&str> = other
                .get("nodes")
                .into_iter()
                .flat_map(|nodes| list_items(nodes))
                .map(|node| node.split_once(':').map_or("0", |(_, priority)| priority))
                .collect();
            priorities.len() > 1
        });
        if several {
            problems
                .push("resources are in node affinity rules with multiple priorities".to_owned());
        }
        if rules.len() > 1
            && rule
                .get("affinity")
                .is_some_and(|affinity| affinity == "positive")
        {
            problems.push("resources are in multiple node affinity rules".to_owned());
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!(
        "400 Rule '{id}' is invalid.\nresources: {}\n",
        problems.join(", ")
    ))
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("rule").unwrap_or_default();
    let rule = values(request);
    let needed = match rule.get("type").map(String::as_str) {
        Some("node-affinity") => "nodes",
        _ => "affinity",
    };
    if !rule.contains_key(needed) {
        return Err(Refusal::died(format!(
            "missing value for required option '{needed}'"
        )));
    }
    let failed = |text: String| Refusal::died(format!("create ha rule failed: {text}"));
    if cluster.ha_rules.contains_key(&id) {
        return Err(failed(format!("HA rule '{id}' already defined")));
    }
    check(cluster, &id, &rule).map_err(failed)?;
    cluster.ha_rules.insert(id, rule);
    Ok(Answer::null())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("rule");
    let failed = |text: String| Refusal::died(format!("update HA rules failed: {text}"));
    let Some(rule) = cluster.ha_rules.get(id) else {
        return Err(failed(format!("HA rule '{id}' does not exist")));
    };
    let changes = values(request);
    let foreign = match rule.get("type").map(String::as_str) {
        Some("node-affinity") => ["affinity"].as_slice(),
        _ => ["nodes", "strict"].as_slice(),
    };
    if let Some(name) = foreign.iter().find(|name| changes.contains_key(**name)) {
        return Err(failed(format!("unexpected property '{name}'")));
    }
    let mut rule = rule.clone();
    let delete = request.text("delete").unwrap_or_default();
    for key in list_items(&delete) {
        rule.remove(key);
    }
    rule.extend(changes);
    check(cluster, id, &rule).map_err(failed)?;
    cluster.ha_rules.insert(id.to_owned(), rule);
    Ok(Answer::null())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    cluster.ha_rules.remove(request.in_path("rule"));
    Ok(Answer::null())
}
