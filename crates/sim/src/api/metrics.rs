//! Metric servers, and the figures of the whole cluster for collectors.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sections::File;
use crate::cluster::Cluster;
use crate::cluster::guest::GuestKind;
use crate::cluster::refusal::Refusal;

const SERVERS: File = File {
    name: "status.cfg",
    key: "id",
    what: "status server entry",
    names_itself: false,
    has_digest: false,
};

pub(crate) fn routes() -> Vec<Route> {
    const SERVER: &str = "/cluster/metrics/server/{id}";
    vec![
        Route::get("/cluster/metrics/server", list).checked("/", &["Sys.Audit"]),
        Route::get(SERVER, |c, r| SERVERS.show(c, r)).checked("/", &["Sys.Audit"]),
        Route::post(SERVER, create)
            .checked("/", &["Sys.Modify"])
            .records("metrics.create_server", "cluster"),
        Route::put(SERVER, |c, r| SERVERS.update(c, r))
            .checked("/", &["Sys.Modify"])
            .records("metrics.update_server", "cluster"),
        Route::delete(SERVER, |c, r| SERVERS.delete(c, r))
            .checked("/", &["Sys.Modify"])
            .records("metrics.delete_server", "cluster"),
        Route::get("/cluster/metrics/export", export).checked("/", &["Sys.Audit"]),
    ]
}

/// The list shows where a server is, not how it is spoken to.
fn list(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = cluster
        .settings
        .all(SERVERS.name)
        .map(|(id, section)| {
            let mut row = section.clone();
            row.retain(|key, _| matches!(key.as_str(), "server" | "type" | "disable" | "port"));
            row.insert("id".to_owned(), id.into());
            row.entry("disable".to_owned()).or_insert(0.into());
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    SERVERS.create(cluster, request, |id| {
        Refusal::died(format!(
            "create status server failed: Metric server '{id}' already exists"
        ))
    })
}

/// How often the daemon of each node notes its figures.
const STEP_S: i64 = 10;
/// What `history` goes back.
const HISTORY_S: i64 = 30 * 60;

/// Collects the rows of one instant.
struct Rows {
    at_s: i64,
    rows: Vec<Value>,
}

impl Rows {
    fn add(&mut self, id: &str, kind: &str, metric: &str, value: impl Into<Value>) {
        self.rows.push(json!({
            "timestamp": self.at_s, "id": id, "type": kind, "metric": metric, "value": value.into(),
        }));
    }
}

fn export(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let now_s = cluster.now_ms.div_euclid(1000);
    let last_s = now_s - now_s.rem_euclid(STEP_S);
    let first_s = if request.flag("history") {
        last_s - HISTORY_S + STEP_S
    } else {
        last_s
    };
    let after_s = request.number("start-time").unwrap_or(i64::MIN);
    let only = request.text("node-list");
    let local = cluster.local_node();
    let wanted = |node: &str| {
        (!request.flag("local-only") || node == &*local)
            && only.as_deref().is_none_or(|names| {
                crate::schema::check::list_items(names).any(|name| name == node)
            })
    };
    let mut rows = Rows {
        at_s: first_s,
        rows: Vec::new(),
    };
    while rows.at_s <= last_s {
        if rows.at_s > after_s {
            at(cluster, &wanted, &mut rows);
        }
        rows.at_s += STEP_S;
    }
    Ok(json!({ "data": rows.rows }).into())
}

fn at(cluster: &Cluster, wanted: &impl Fn(&str) -> bool, rows: &mut Rows) {
    let at_ms = rows.at_s * 1000;
    for (node, figures) in cluster.nodes.iter().zip(cluster.all_node_figures()) {
        if !node.online || !wanted(&node.name) {
            continue;
        }
        let id = format!("node/{}", node.name);
        let counters = node.load.counters(at_ms - node.boot_ms);
        let busy = figures.cpu * node.cores as f64;
        let two = |value: f64| (value * 100.0).round() / 100.0;
        rows.add(&id, "gauge", "uptime", (at_ms - node.boot_ms).max(0) / 1000);
        rows.add(&id, "derive", "net_in", counters.net_in);
        rows.add(&id, "derive", "net_out", counters.net_out);
        rows.add(&id, "gauge", "cpu_avg1", two(busy * 1.05));
        rows.add(&id, "gauge", "cpu_avg5", two(busy * 0.98));
        rows.add(&id, "gauge", "cpu_avg15", two(busy * 0.93));
        rows.add(&id, "gauge", "cpu_max", node.cores);
        rows.add(&id, "gauge", "cpu_current", figures.cpu);
        rows.add(
            &id,
            "gauge",
            "cpu_iowait",
            (figures.cpu * 1e4).round() / 1e6,
        );
        rows.add(&id, "gauge", "mem_total", node.memory_bytes);
        rows.add(&id, "gauge", "mem_used", figures.memory_bytes);
        rows.add(&id, "gauge", "swap_total", super::nodes::SWAP_BYTES);
        rows.add(&id, "gauge", "swap_used", 0);
        rows.add(&id, "gauge", "disk_total", node.disk_bytes);
        rows.add(&id, "gauge", "disk_used", figures.disk_bytes);
        for storage in cluster.storages.iter().filter(|storage| {
            storage.enabled && storage.is_active_on(&node.name) && storage.is_on(&node.name)
        }) {
            let id = format!("storage/{}/{}", node.name, storage.id);
            rows.add(&id, "gauge", "disk_total", storage.total_on(&node.name));
            let used = storage.used_on(&node.name, node.id, cluster.now_ms);
            rows.add(&id, "gauge", "disk_used", used);
        }
    }
    for guest in cluster.guests.values() {
        let is_reached = cluster.node(&guest.node).is_some_and(|node| node.online);
        if !is_reached || !wanted(&guest.node) {
            continue;
        }
        let id = format!("{}/{}", guest.kind.as_str(), guest.vmid);
        let started = guest
            .run
            .since_ms()
            .is_some_and(|since_ms| since_ms <= at_ms);
        let figures = if started {
            guest.figures(at_ms)
        } else {
            crate::cluster::figures::GuestFigures::default()
        };
        rows.add(&id, "gauge", "cpu_current", figures.cpu);
        rows.add(&id, "gauge", "mem_used", figures.memory_bytes);
        rows.add(&id, "derive", "disk_read", figures.counters.disk_read);
        rows.add(&id, "derive", "disk_write", figures.counters.disk_write);
        rows.add(&id, "derive", "net_in", figures.counters.net_in);
        rows.add(&id, "derive", "net_out", figures.counters.net_out);
        rows.add(&id, "gauge", "uptime", figures.uptime_s);
        rows.add(&id, "gauge", "cpu_max", guest.cpus());
        rows.add(&id, "gauge", "mem_total", guest.memory_bytes());
        rows.add(&id, "gauge", "disk_total", guest.disk_bytes());
        if guest.kind == GuestKind::Lxc {
            rows.add(&id, "gauge", "disk_used", figures.disk_bytes);
        }
    }
}
