//! Small files and facts of a node: hosts, time zone, report, wake-on-LAN.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sections::{check_digest, digest};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    const AT: &str = "/nodes/{node}";
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Modify"];
    vec![
        Route::get("/nodes/{node}/hosts", hosts).checked(AT, SEE),
        Route::post("/nodes/{node}/hosts", set_hosts)
            .checked(AT, CHANGE)
            .records("node.hosts", "node/{node}"),
        Route::put("/nodes/{node}/time", set_time)
            .checked(AT, CHANGE)
            .records("node.time", "node/{node}"),
        Route::get("/nodes/{node}/report", report).checked(AT, SEE),
        Route::get("/nodes/{node}/netstat", super::network::netstat).checked(AT, SEE),
        Route::post("/nodes/{node}/wakeonlan", wake)
            .anywhere()
            .checked(AT, &["Sys.PowerMgmt"])
            .records("node.wake", "node/{node}"),
    ]
}

/// The fact that holds a node's hosts file once it was written.
const HOSTS: &str = "hosts file";

fn hosts_text(cluster: &Cluster, name: &str) -> String {
    if let Some(text) = cluster.node(name).and_then(|node| node.facts.get(HOSTS)) {
        return text.clone();
    }
    let mut text = String::from("127.0.0.1 localhost\n");
    for node in &cluster.nodes {
        text.push_str(&format!("{} {}\n", node.ip, node.name));
    }
    text
}

fn hosts(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let text = hosts_text(cluster, request.node());
    let digest = digest(std::iter::once(text.clone()));
    Ok(json!({ "data": text, "digest": digest }).into())
}

fn set_hosts(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let now = hosts_text(cluster, request.node());
    check_digest(request, &digest(std::iter::once(now)))?;
    let text = request.text("data").unwrap_or_default();
    if let Some(node) = cluster.node_mut(request.node()) {
        node.facts.insert(HOSTS.to_owned(), text);
    }
    Ok(Answer::null())
}

/// The fact that holds a node's time zone once it was set.
pub(crate) const TIME_ZONE: &str = "time zone";

fn set_time(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let zone = request.text("timezone").unwrap_or_default();
    if jiff::tz::TimeZone::get(&zone).is_err() {
        return Err(Refusal::died(format!("No such timezone: '{zone}'")));
    }
    if let Some(node) = cluster.node_mut(request.node()) {
        node.facts.insert(TIME_ZONE.to_owned(), zone);
    }
    Ok(Answer::null())
}

/// What people send along with a question: the state of the node as text.
fn report(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let figures = cluster.node_figures(request.node());
    let Some(node) = cluster.node(request.node()) else {
        return Err(Refusal::died(format!("no such node '{}'", request.node())));
    };
    let date = super::time_text(cluster.now_ms, "%a, %d %b %Y %H:%M:%S +0000");
    let mut text = format!(
        "\n==== general system info ====\n\n# hostname\n{}\n\n# date -R\n{date}\n\n# uname -r\n{}\n\n# uptime\n{} seconds\n",
        node.name,
        cluster.version.kernel(),
        figures.uptime_s
    );
    text.push_str(&format!(
        "\n# pveversion --verbose\npve-manager: {}\n\n# cat /etc/hosts\n{}\n==== overall system load info ====\n\n# top -b -c -w512 -n 1 -o TIME | head -n 30\ncpu {:.2} of {}, memory {} of {}\n",
        cluster.version.full(),
        hosts_text(cluster, &node.name),
        figures.cpu,
        node.cores,
        figures.memory_bytes,
        node.memory_bytes
    ));
    text.push_str("\n==== info about storage ====\n\n# cat /etc/pve/storage.cfg\n");
    for storage in &cluster.storages {
        text.push_str(&format!(
            "{}: {}\n\tcontent {}\n\n",
            storage.plugin,
            storage.id,
            storage.content_text()
        ));
    }
    text.push_str("==== info about virtual guests ====\n\n# qm list / pct list\n");
    for guest in cluster
        .guests
        .values()
        .filter(|guest| guest.node == node.name)
    {
        text.push_str(&format!(
            "{} {} {} {}\n",
            guest.vmid,
            guest.kind.as_str(),
            guest.name(),
            guest.run.as_status()
        ));
    }
    Ok(Value::from(text).into())
}

fn wake(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.node();
    if *name == *cluster.local_node() {
        return Err(Refusal::died(format!(
            "'{name}' is local node, cannot wake my self!"
        )));
    }
    let address = cluster
        .node(name)
        .and_then(|node| node.facts.get("wakeonlan"))
        .map(|value| {
            value
                .split(',')
                .next()
                .unwrap_or_default()
                .trim_start_matches("mac=")
                .to_owned()
        })
        .ok_or_else(|| {
            Refusal::died(format!("No wake on LAN MAC address defined for '{name}'!"))
        })?;
    cluster.bring_node_online(name);
    Ok(Value::from(address).into())
}
