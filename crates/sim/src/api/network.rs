//! Network interfaces of a node: changes wait in a file until they are applied or taken back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sections::{deleted, typed};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;
use crate::cluster::work::{Job, Takes, TaskContext};

pub(crate) fn routes() -> Vec<Route> {
    const AT: &str = "/nodes/{node}";
    const CHANGE: &[&str] = &["Sys.Modify"];
    vec![
        Route::get("/nodes/{node}/network", list),
        Route::post("/nodes/{node}/network", create)
            .checked(AT, CHANGE)
            .records("node.create_network", "node/{node}"),
        Route::put("/nodes/{node}/network", apply)
            .checked(AT, CHANGE)
            .records("node.apply_network", "node/{node}"),
        Route::delete("/nodes/{node}/network", revert)
            .checked(AT, CHANGE)
            .records("node.revert_network", "node/{node}"),
        Route::get("/nodes/{node}/network/{iface}", one).checked(AT, &["Sys.Audit"]),
        Route::put("/nodes/{node}/network/{iface}", update)
            .checked(AT, CHANGE)
            .records("node.update_network", "node/{node}"),
        Route::delete("/nodes/{node}/network/{iface}", delete)
            .checked(AT, CHANGE)
            .records("node.delete_network", "node/{node}"),
    ]
}

/// The interfaces that are up.
fn active_file(node: &str) -> String {
    format!("{node}/interfaces")
}

/// The interfaces as they will be; there only while something waits.
fn pending_file(node: &str) -> String {
    format!("{node}/interfaces.new")
}

const IS_PENDING: &str = "\u{1}pending";

/// A fresh node has its own bridge, and those that its guests hang on.
fn fresh(cluster: &Cluster, node: &str) -> BTreeMap<String, Section> {
    let mut bridges: Vec<&str> = vec!["vmbr0"];
    let guests = cluster.guests.values().filter(|guest| &*guest.node == node);
    for (_, value) in guests.flat_map(|guest| &guest.config).filter(|(key, _)| {
        key.strip_prefix("net")
            .is_some_and(|number| number.parse::<u8>().is_ok())
    }) {
        bridges.extend(
            value
                .split(',')
                .filter_map(|part| part.strip_prefix("bridge="))
                .filter(|bridge| bridge.starts_with("vmbr")),
        );
    }
    let ip = cluster.node(node).map_or("", |node| node.ip.as_str());
    bridges
        .iter()
        .map(|name| {
            let mut section = Section::from_iter([
                ("type".to_owned(), Value::from("bridge")),
                ("autostart".to_owned(), 1.into()),
                ("bridge_ports".to_owned(), "".into()),
                ("bridge_stp".to_owned(), "off".into()),
                ("bridge_fd".to_owned(), "0".into()),
            ]);
            if *name == "vmbr0" {
                section.insert("cidr".to_owned(), format!("{ip}/24").into());
            }
            ((*name).to_owned(), complete(section))
        })
        .collect()
}

/// Adds what follows from what was given: address and mask, methods, families.
fn complete(mut section: Section) -> Section {
    let text = |section: &Section, key: &str| {
        section.get(key).map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
    };
    let mut families = Vec::new();
    for (cidr, address, netmask, method, family) in [
        ("cidr", "address", "netmask", "method", "inet"),
        ("cidr6", "address6", "netmask6", "method6", "inet6"),
    ] {
        if let Some((ip, mask)) = text(&section, cidr)
            .as_deref()
            .and_then(|cidr| cidr.split_once('/'))
        {
            section.insert(address.to_owned(), ip.into());
            section.insert(netmask.to_owned(), mask.into());
        } else if let (Some(ip), Some(mask)) = (text(&section, address), text(&section, netmask)) {
            section.insert(cidr.to_owned(), format!("{ip}/{mask}").into());
        }
        let is_static = section.contains_key(address);
        let is = if is_static { "static" } else { "manual" };
        section.insert(method.to_owned(), is.into());
        if is_static {
            families.push(family);
        }
    }
    if families.is_empty() {
        families.push("inet");
    }
    section.insert("families".to_owned(), families.into());
    if section.get("type").and_then(Value::as_str) == Some("bridge") {
        for (key, usual) in [
            ("bridge_stp", "off"),
            ("bridge_fd", "0"),
            ("bridge_ports", ""),
        ] {
            section
                .entry(key.to_owned())
                .or_insert_with(|| usual.into());
        }
    }
    section
}

/// The interfaces that are up, made on first use.
fn active(cluster: &mut Cluster, node: &str) -> BTreeMap<String, Section> {
    let file = active_file(node);
    let there = cluster.settings.file(&file);
    if !there.is_empty() {
        return there;
    }
    let fresh = fresh(cluster, node);
    cluster.settings.replace(&file, fresh.clone());
    fresh
}

/// The interfaces as they will be, without the mark that says so.
fn wanted(cluster: &mut Cluster, node: &str) -> BTreeMap<String, Section> {
    let mut pending = cluster.settings.file(&pending_file(node));
    if pending.remove(IS_PENDING).is_some() {
        return pending;
    }
    active(cluster, node)
}

fn keep(cluster: &mut Cluster, node: &str, mut wanted: BTreeMap<String, Section>) {
    wanted.insert(IS_PENDING.to_owned(), Section::new());
    cluster.settings.replace(&pending_file(node), wanted);
}

fn row(
    name: &str,
    section: &Section,
    (position, is_active): (usize, bool),
    with_name: bool,
) -> Value {
    let mut row = section.clone();
    if with_name {
        row.insert("iface".to_owned(), name.into());
    }
    row.insert("priority".to_owned(), (position + 3).into());
    if is_active {
        row.insert("active".to_owned(), 1.into());
    }
    Value::Object(row)
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node = request.node();
    let up = active(cluster, node);
    let wanted = wanted(cluster, node);
    let kind = request.text("type");
    let is_asked = |section: &Section| {
        let is = section.get("type").and_then(Value::as_str).unwrap_or("");
        match kind.as_deref() {
            None | Some("include_sdn") => true,
            Some("any_bridge" | "any_local_bridge") => matches!(is, "bridge" | "OVSBridge"),
            Some(kind) => kind == is,
        }
    };
    let rows: Value = wanted
        .iter()
        .enumerate()
        .filter(|(_, (_, section))| is_asked(section))
        .map(|(position, (name, section))| {
            row(name, section, (position, up.contains_key(name)), true)
        })
        .collect();
    let mut answer = Answer::from(rows);
    if wanted != up {
        answer.changes = Some(difference(&up, &wanted));
    }
    Ok(answer)
}

/// The stanza of an interface in the file.
fn stanza(name: &str, section: &Section) -> Vec<String> {
    let text = |key: &str| section.get(key).and_then(Value::as_str);
    let mut lines = Vec::new();
    if section.get("autostart").and_then(Value::as_i64) == Some(1) {
        lines.push(format!("auto {name}"));
    }
    let method = text("method").unwrap_or("manual");
    lines.push(format!("iface {name} inet {method}"));
    for key in [
        "address",
        "gateway",
        "bridge_ports",
        "bridge_stp",
        "bridge_fd",
    ] {
        let shown = match key {
            "address" => text("cidr"),
            "bridge_ports" => text(key).map(|ports| if ports.is_empty() { "none" } else { ports }),
            _ => text(key),
        };
        if let Some(value) = shown {
            lines.push(format!("\t{} {value}", key.replace('_', "-")));
        }
    }
    lines.push(String::new());
    lines
}

/// What changes, as a unified difference of the file.
fn difference(up: &BTreeMap<String, Section>, wanted: &BTreeMap<String, Section>) -> String {
    let mut text = String::from("--- /etc/network/interfaces\n+++ /etc/network/interfaces.new\n");
    let names: std::collections::BTreeSet<&String> = up.keys().chain(wanted.keys()).collect();
    for name in names {
        let (old, new) = (up.get(name), wanted.get(name));
        if old == new {
            continue;
        }
        for (sign, section) in [('-', old), ('+', new)] {
            for line in section
                .map(|section| stanza(name, section))
                .into_iter()
                .flatten()
            {
                // Writing into a text cannot fail.
                let _ = writeln!(text, "{sign}{line}");
            }
        }
    }
    text
}

fn one(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (node, name) = (request.node(), request.in_path("iface"));
    let up = active(cluster, node);
    let wanted = wanted(cluster, node);
    wanted
        .iter()
        .enumerate()
        .find(|(_, (known, _))| *known == name)
        .map(|(position, (name, section))| {
            row(name, section, (position, up.contains_key(name)), false).into()
        })
        .ok_or_else(absent)
}

fn absent() -> Refusal {
    Refusal::parameter("iface", "interface does not exist")
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node = request.node();
    let name = request.text("iface").unwrap_or_default();
    let mut wanted = wanted(cluster, node);
    if wanted.contains_key(&name) {
        return Err(Refusal::parameter("iface", "interface already exists"));
    }
    let mut section = typed(request);
    section.remove("iface");
    check_address(&wanted, &name, &section)?;
    wanted.insert(name, complete(section));
    keep(cluster, node, wanted);
    Ok(Answer::null())
}

/// A node has one way out, and no address twice.
fn check_address(
    wanted: &BTreeMap<String, Section>,
    name: &str,
    section: &Section,
) -> Result<(), Refusal> {
    let others = wanted.iter().filter(|(other, _)| *other != name);
    for (other, theirs) in others {
        if section.contains_key("gateway") && theirs.contains_key("gateway") {
            return Err(Refusal::parameter(
                "gateway",
                format!("Default gateway already exists on interface '{other}'."),
            ));
        }
    }
    Ok(())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (node, name) = (request.node(), request.in_path("iface"));
    let mut wanted = wanted(cluster, node);
    let mut section = wanted.get(name).cloned().ok_or_else(absent)?;
    let changes = typed(request);
    for key in deleted(request) {
        section.remove(&key);
        for follows in match key.as_str() {
            "cidr" => &["address", "netmask"][..],
            "address" => &["cidr", "netmask"],
            "cidr6" => &["address6", "netmask6"],
            "address6" => &["cidr6", "netmask6"],
            _ => &[],
        } {
            section.remove(*follows);
        }
    }
    if changes.contains_key("address") {
        section.remove("cidr");
    }
    section.extend(changes);
    check_address(&wanted, name, &section)?;
    wanted.insert(name.to_owned(), complete(section));
    keep(cluster, node, wanted);
    Ok(Answer::null())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (node, name) = (request.node(), request.in_path("iface"));
    let mut wanted = wanted(cluster, node);
    wanted.remove(name).ok_or_else(absent)?;
    keep(cluster, node, wanted);
    Ok(Answer::null())
}

fn revert(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    cluster
        .settings
        .replace(&pending_file(request.node()), BTreeMap::new());
    Ok(Answer::null())
}

fn apply(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(request.start(cluster, ("srvreload", "networking"), Apply))
}

/// Puts the waiting changes into effect.
#[derive(Debug)]
struct Apply;

impl Job for Apply {
    fn begin(&self, _: &mut Cluster, _: &TaskContext) -> Result<Takes, String> {
        Ok(Takes::ms(1800.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let wanted = wanted(cluster, &task.node);
        cluster.settings.replace(&active_file(&task.node), wanted);
        cluster
            .settings
            .replace(&pending_file(&task.node), BTreeMap::new());
        Ok(())
    }
}

/// Kernel counters of the interfaces of running guests.
pub(crate) fn netstat(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = cluster
        .guests
        .values()
        .filter(|guest| &*guest.node == request.node() && guest.run.is_running())
        .flat_map(|guest| {
            let counters = guest.figures(cluster.now_ms).counters;
            guest
                .config
                .keys()
                .filter_map(|key| key.strip_prefix("net")?.parse::<u8>().ok())
                .enumerate()
                .map(move |(position, number)| {
                    // The load of a guest goes through its first interface.
                    let share = u64::from(position == 0);
                    json!({
                        "vmid": guest.vmid.to_string(), "dev": format!("net{number}"),
                        "in": (counters.net_in * share).to_string(), "out": (counters.net_out * share).to_string(),
                    })
                })
                .collect::<Vec<_>>()
        })
        .collect();
    Ok(rows.into())
}
