//! Small facts about nodes: time, name service, notes, services, subscription, log.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::ha::digest_of;
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::random::{Random, mix, text_seed};
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Modify"];
    const AT: &str = "/nodes/{node}";
    vec![
        Route::get("/nodes/{node}/time", time).checked(AT, SEE),
        Route::get("/nodes/{node}/config", config).checked(AT, SEE),
        Route::put("/nodes/{node}/config", set_config)
            .checked(AT, CHANGE)
            .records("node.config", "node/{node}"),
        Route::get("/nodes/{node}/dns", dns).checked(AT, SEE),
        Route::put("/nodes/{node}/dns", set_dns)
            .checked(AT, CHANGE)
            .records("node.dns", "node/{node}"),
        Route::get("/nodes/{node}/subscription", subscription),
        Route::get("/nodes/{node}/services", services).checked(AT, SEE),
        Route::get("/nodes/{node}/services/{service}/state", service).checked(AT, SEE),
        Route::post("/nodes/{node}/services/{service}/start", |c, r| {
            act(c, r, "start")
        })
        .checked(AT, CHANGE)
        .records("node.service_start", "node/{node}"),
        Route::post("/nodes/{node}/services/{service}/stop", |c, r| {
            act(c, r, "stop")
        })
        .checked(AT, CHANGE)
        .records("node.service_stop", "node/{node}"),
        Route::post("/nodes/{node}/services/{service}/restart", |c, r| {
            act(c, r, "restart")
        })
        .checked(AT, CHANGE)
        .records("node.service_restart", "node/{node}"),
        Route::post("/nodes/{node}/services/{service}/reload", |c, r| {
            act(c, r, "reload")
        })
        .checked(AT, CHANGE)
        .records("node.service_reload", "node/{node}"),
    ]
}

fn time(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let skew_ms = cluster.node(request.node()).map_or(0, |node| node.skew_ms);
    let now_s = (cluster.now_ms + skew_ms).div_euclid(1000);
    let zone = facts(cluster, request)?
        .get(super::node_files::TIME_ZONE)
        .cloned()
        .unwrap_or_else(|| "Etc/UTC".to_owned());
    let offset_s = jiff::tz::TimeZone::get(&zone)
        .ok()
        .zip(jiff::Timestamp::from_second(now_s).ok())
        .map_or(0, |(zone, now)| i64::from(zone.to_offset(now).seconds()));
    Ok(json!({ "time": now_s, "localtime": now_s + offset_s, "timezone": zone }).into())
}

fn facts<'a>(
    cluster: &'a mut Cluster,
    request: &Request<'_>,
) -> Result<&'a mut BTreeMap<String, String>, Refusal> {
    let name = request.node().to_owned();
    match cluster.node_mut(&name) {
        Some(node) => Ok(&mut node.facts),
        None => Err(Refusal::died(format!("no such node '{name}'"))),
    }
}

const CONFIG: &[&str] = &[
    "description",
    "wakeonlan",
    "startall-onboot-delay",
    "ballooning-target",
];

fn config(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let facts = facts(cluster, request)?;
    let mut map: Map<String, Value> = facts
        .iter()
        .filter(|(key, _)| CONFIG.contains(&key.as_str()))
        .map(|(key, value)| {
            let shown = match key.as_str() {
                "description" => format!("{value}\n").into(),
                "wakeonlan" => value.as_str().into(),
                _ => value.parse::<i64>().unwrap_or(0).into(),
            };
            (key.clone(), shown)
        })
        .collect();
    if !map.is_empty() {
        let digest = digest_of(facts.iter().map(|(key, value)| format!("{key}{value}")));
        map.insert("digest".to_owned(), digest.into());
    }
    Ok(Value::Object(map).into())
}

fn set_config(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let delete = request.text("delete").unwrap_or_default();
    let facts = facts(cluster, request)?;
    for (name, given) in &request.parameters {
        if CONFIG.contains(&name.as_str()) {
            facts.insert(name.clone(), given.text());
        }
    }
    for key in list_items(&delete) {
        facts.remove(key);
    }
    Ok(Answer::null())
}

const DNS: &[&str] = &["search", "dns1", "dns2", "dns3"];

fn dns(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let facts = facts(cluster, request)?;
    let mut map: Map<String, Value> = facts
        .iter()
        .filter(|(key, _)| DNS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.as_str().into()))
        .collect();
    map.entry("dns1".to_owned())
        .or_insert_with(|| "10.0.0.1".into());
    Ok(Value::Object(map).into())
}

fn set_dns(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let facts = facts(cluster, request)?;
    facts.retain(|key, _| !DNS.contains(&key.as_str()));
    for (name, given) in &request.parameters {
        if DNS.contains(&name.as_str()) {
            facts.insert(name.clone(), given.text());
        }
    }
    Ok(Answer::null())
}

/// A system without a subscription key.
fn subscription(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut random = Random::new(mix(cluster.seed, &[text_seed(request.node()), 41]));
    let id = (0..16)
        .map(|_| format!("{:02X}", random.below(256)))
        .collect::<Vec<_>>()
        .concat();
    Ok(json!({
        "status": "notfound",
        "message": "There is no subscription key",
        "serverid": id,
        "url": "https://www.proxmox.com/en/proxmox-virtual-environment/pricing",
    })
    .into())
}

/// Name, description, and whether it runs on a fresh node.
const SERVICES: &[(&str, &str, bool)] = &[
    ("chrony", "chrony, an NTP client/server", true),
    ("corosync", "Corosync Cluster Engine", true),
    ("cron", "Regular background program processing daemon", true),
    (
        "ksmtuned",
        "Kernel Samepage Merging (KSM) Tuning Daemon",
        true,
    ),
    ("lxcfs", "FUSE filesystem for LXC", true),
    ("postfix", "Postfix Mail Transport Agent", true),
    ("proxmox-firewall", "Proxmox nftables firewall", true),
    ("pve-cluster", "The Proxmox VE cluster filesystem", true),
    ("pve-firewall", "Proxmox VE firewall", true),
    ("pve-ha-crm", "PVE Cluster HA Resource Manager Daemon", true),
    ("pve-ha-lrm", "PVE Local HA Resource Manager Daemon", true),
    ("pve-lxc-syscalld", "Proxmox VE LXC Syscall Daemon", true),
    ("pvedaemon", "PVE API Daemon", true),
    ("pvefw-logger", "Proxmox VE firewall logger", true),
    ("pveproxy", "PVE API Proxy Server", true),
    ("pvescheduler", "Proxmox VE scheduler", true),
    ("pvestatd", "PVE Status Daemon", true),
    ("qmeventd", "PVE Qemu Event Daemon", true),
    ("spiceproxy", "PVE SPICE Proxy Server", true),
    ("sshd", "OpenBSD Secure Shell server", true),
    ("syslog", "syslog.service", false),
    ("systemd-journald", "Journal Service", true),
    ("systemd-timesyncd", "systemd-timesyncd.service", false),
];

fn service_json(
    facts: &BTreeMap<String, String>,
    (name, description, usual): (&str, &str, bool),
) -> Value {
    let runs = facts
        .get(&format!("service {name}"))
        .map_or(usual, |state| state == "running");
    json!({
        "service": name, "name": name, "desc": description,
        "state": if runs { "running" } else { "dead" },
        "active-state": if runs { "active" } else { "inactive" },
        "unit-state": if usual { "enabled" } else { "not-found" },
    })
}

fn services(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let facts = facts(cluster, request)?;
    let rows: Value = SERVICES
        .iter()
        .map(|service| service_json(facts, *service))
        .collect();
    Ok(rows.into())
}

fn known(request: &Request<'_>) -> Result<(&'static str, &'static str, bool), Refusal> {
    let name = request.in_path("service");
    if let Some(found) = SERVICES.iter().find(|(known, _, _)| *known == name) {
        return Ok(*found);
    }
    let names: Vec<&str> = SERVICES.iter().map(|(name, _, _)| *name).collect();
    Err(Refusal::parameter(
        "service",
        format!(
            "value '{name}' does not have a value in the enumeration '{}'",
            names.join(", ")
        ),
    ))
}

fn service(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let service = known(request)?;
    let facts = facts(cluster, request)?;
    Ok(service_json(facts, service).into())
}

fn act(
    cluster: &mut Cluster,
    request: &Request<'_>,
    verb: &'static str,
) -> Result<Answer, Refusal> {
    let (name, _, _) = known(request)?;
    let job = Act { name, verb };
    let kind = format!("srv{verb}");
    Ok(request.start(cluster, (&kind, name), job))
}

/// Starts or stops a service.
#[derive(Debug)]
struct Act {
    name: &'static str,
    verb: &'static str,
}

impl Job for Act {
    fn begin(&self, _: &mut Cluster, _: &TaskContext) -> Result<Takes, String> {
        let needed = ["pveproxy", "pvedaemon", "pve-cluster"];
        if self.verb == "stop" && needed.contains(&self.name) {
            return Err(format!(
                "invalid service cmd '{} stop': ERROR: required for API",
                self.name
            ));
        }
        Ok(Takes::ms(500.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        if let Some(node) = cluster.node_mut(&task.node) {
            let state = if self.verb == "stop" {
                "dead"
            } else {
                "running"
            };
            node.facts
                .insert(format!("service {}", self.name), state.to_owned());
        }
        Ok(())
    }
}

/// Name and description of the services that run on a node.
pub(crate) fn running_services(
    node: &crate::cluster::node::Node,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    SERVICES
        .iter()
        .filter(|(name, _, usual)| {
            node.facts
                .get(&format!("service {name}"))
                .map_or(*usual, |state| state == "running")
        })
        .map(|(name, description, _)| (*name, *description))
}
