//! Firewall rules and options of the cluster, of nodes and of guests.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::ha::digest_of;
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::firewall::{Firewall, Options};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    let mut all = Vec::new();
    let scopes: [(&'static str, &'static str, &'static str, &'static str); 3] = [
        (
            "/cluster/firewall/rules",
            "/cluster/firewall/rules/{pos}",
            "/cluster/firewall/options",
            "/",
        ),
        (
            "/nodes/{node}/firewall/rules",
            "/nodes/{node}/firewall/rules/{pos}",
            "/nodes/{node}/firewall/options",
            "/nodes/{node}",
        ),
        (
            "/nodes/{node}/{kind}/{vmid}/firewall/rules",
            "/nodes/{node}/{kind}/{vmid}/firewall/rules/{pos}",
            "/nodes/{node}/{kind}/{vmid}/firewall/options",
            "/vms/{vmid}",
        ),
    ];
    for (rules, one, options, at) in scopes {
        let (see, change): (&'static [&'static str], &'static [&'static str]) =
            if at == "/vms/{vmid}" {
                (&["VM.Audit"], &["VM.Config.Network"])
            } else {
                (&["Sys.Audit"], &["Sys.Modify"])
            };
        let target = match at {
            "/" => "cluster",
            "/nodes/{node}" => "node/{node}",
            _ => "guest/{vmid}",
        };
        all.extend([
            Route::get(rules, list).checked(at, see),
            Route::post(rules, create)
                .checked(at, change)
                .records("firewall.create_rule", target),
            Route::get(one, show).checked(at, see),
            Route::put(one, update)
                .checked(at, change)
                .records("firewall.update_rule", target),
            Route::delete(one, delete)
                .checked(at, change)
                .records("firewall.delete_rule", target),
            Route::get(options, show_options).checked(at, see),
            Route::put(options, update_options)
                .checked(at, change)
                .records("firewall.update_options", target),
        ]);
    }
    all
}

/// Whose firewall a request is about.
pub(super) fn scope(cluster: &Cluster, request: &Request<'_>) -> Result<String, Refusal> {
    if !request.in_path("vmid").is_empty() {
        cluster.guest_at(request.node(), request.kind(), request.vmid())?;
        return Ok(format!("guest/{}", request.vmid()));
    }
    let group = request.in_path("group");
    if !group.is_empty() {
        if !super::firewall_sets::has_group(cluster, group) {
            return Err(Refusal::died(format!("no such security group '{group}'")));
        }
        return Ok(format!("group/{group}"));
    }
    Ok(match request.node() {
        "" => "cluster".to_owned(),
        node => format!("node/{node}"),
    })
}

fn digest(rules: &[Options]) -> String {
    digest_of(rules.iter().map(|rule| format!("{rule:?}")))
}

fn shown(options: &Options) -> Map<String, Value> {
    options
        .iter()
        .map(|(key, value)| {
            let number = value.parse::<i64>().ok().filter(|_| {
                matches!(
                    key.as_str(),
                    "enable"
                        | "pos"
                        | "dhcp"
                        | "macfilter"
                        | "ipfilter"
                        | "ndp"
                        | "radv"
                        | "ebtables"
                )
            });
            (
                key.clone(),
                number.map_or_else(|| Value::from(value.as_str()), Value::from),
            )
        })
        .collect()
}

fn rule_json(firewall: &Firewall, pos: usize, rule: &Options) -> Value {
    let mut map = shown(rule);
    map.insert("pos".to_owned(), pos.into());
    map.insert("digest".to_owned(), digest(&firewall.rules).into());
    Value::Object(map)
}

pub(super) fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let scope = scope(cluster, request)?;
    let Some(firewall) = cluster.firewalls.get(&scope) else {
        return Ok(json!([]).into());
    };
    let rows: Value = firewall
        .rules
        .iter()
        .enumerate()
        .map(|(pos, rule)| rule_json(firewall, pos, rule))
        .collect();
    Ok(rows.into())
}

fn values(request: &Request<'_>) -> Result<Options, Refusal> {
    let values: BTreeMap<String, String> = request
        .parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "digest" | "delete" | "pos" | "moveto"))
        .map(|(name, given)| (name.clone(), given.text()))
        .collect();
    let is_group = values.get("type").is_some_and(|kind| kind == "group");
    if let Some(action) = values.get("action")
        && !is_group
        && !matches!(action.as_str(), "ACCEPT" | "DROP" | "REJECT")
    {
        return Err(Refusal::parameter(
            "action",
            format!("unknown action '{action}'"),
        ));
    }
    Ok(values)
}

pub(super) fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let scope = scope(cluster, request)?;
    let rule = values(request)?;
    let firewall = cluster.firewalls.entry(scope).or_default();
    let at = request
        .number("pos")
        .and_then(|pos| usize::try_from(pos).ok())
        .unwrap_or(0)
        .min(firewall.rules.len());
    firewall.rules.insert(at, rule);
    Ok(Answer::null())
}

/// Scope and position of a rule that is there.
fn position(cluster: &Cluster, request: &Request<'_>) -> Result<(String, usize), Refusal> {
    let scope = scope(cluster, request)?;
    let pos = request
        .in_path("pos")
        .parse::<usize>()
        .unwrap_or(usize::MAX);
    let there = cluster
        .firewalls
        .get(&scope)
        .is_some_and(|firewall| pos < firewall.rules.len());
    if there {
        return Ok((scope, pos));
    }
    Err(Refusal::parameter(
        "pos",
        format!("no rule at position {}", request.in_path("pos")),
    ))
}

pub(super) fn show(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (scope, pos) = position(cluster, request)?;
    let found = cluster
        .firewalls
        .get(&scope)
        .and_then(|firewall| Some(rule_json(firewall, pos, firewall.rules.get(pos)?)));
    Ok(found.unwrap_or_default().into())
}

pub(super) fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (scope, pos) = position(cluster, request)?;
    let changes = values(request)?;
    let delete = request.text("delete").unwrap_or_default();
    let move_to = request
        .number("moveto")
        .and_then(|pos| usize::try_from(pos).ok());
    let Some(firewall) = cluster.firewalls.get_mut(&scope) else {
        return Ok(Answer::null());
    };
    if let Some(to) = move_to {
        let rule = firewall.rules.remove(pos);
        let at = if to > pos { to - 1 } else { to }.min(firewall.rules.len());
        firewall.rules.insert(at, rule);
    } else if let Some(rule) = firewall.rules.get_mut(pos) {
        rule.extend(changes);
        for key in crate::schema::check::list_items(&delete) {
            rule.remove(key);
        }
    }
    Ok(Answer::null())
}

pub(super) fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (scope, pos) = position(cluster, request)?;
    if let Some(firewall) = cluster.firewalls.get_mut(&scope) {
        firewall.rules.remove(pos);
    }
    Ok(Answer::null())
}

fn show_options(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let scope = scope(cluster, request)?;
    let options = cluster
        .firewalls
        .get(&scope)
        .map(|firewall| firewall.options.clone())
        .unwrap_or_default();
    let mut map = shown(&options);
    map.insert("digest".to_owned(), digest(&[options]).into());
    Ok(Value::Object(map).into())
}

fn update_options(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let scope = scope(cluster, request)?;
    let changes = values(request)?;
    let delete = request.text("delete").unwrap_or_default();
    let firewall = cluster.firewalls.entry(scope).or_default();
    firewall.options.extend(changes);
    for key in crate::schema::check::list_items(&delete) {
        firewall.options.remove(key);
    }
    Ok(Answer::null())
}
