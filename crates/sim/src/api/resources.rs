//! `GET /cluster/resources`: the whole inventory in one answer. Rows are written as JSON at once, because
//! large clusters ask for ten thousand of them every few seconds.

use std::collections::HashMap;

use serde::Serialize;

use super::route::{Answer, Request, Route, cannot_encode};
use crate::cluster::Cluster;
use crate::cluster::figures::GuestFigures;
use crate::cluster::guest::{Guest, RunState};
use crate::cluster::guest_config::Summary;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/cluster/resources", list)]
}

/// An array of objects in JSON, written row by row.
struct Rows(Vec<u8>);

impl Rows {
    fn for_guests(count: usize) -> Self {
        // Rows of guests take less than that; memory that is not touched costs nothing.
        let mut text = Vec::with_capacity((count + 64) * 640);
        text.push(b'[');
        Self(text)
    }

    fn push(&mut self, row: &impl Serialize) -> Result<(), Refusal> {
        self.separate();
        serde_json::to_writer(&mut self.0, row).map_err(|cause| cannot_encode(&cause))
    }

    /// A row whose first columns are known as text.
    fn push_with(&mut self, columns: &str, row: &impl Serialize) -> Result<(), Refusal> {
        self.separate();
        self.0.push(b'{');
        self.0.extend_from_slice(columns.as_bytes());
        let begin = self.0.len();
        serde_json::to_writer(&mut self.0, row).map_err(|cause| cannot_encode(&cause))?;
        // The brace of the second part becomes the comma between the two.
        if let Some(brace) = self.0.get_mut(begin) {
            *brace = b',';
        }
        Ok(())
    }

    fn separate(&mut self) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
    }

    fn end(mut self) -> Answer {
        self.0.push(b']');
        Answer::of_text(self.0)
    }
}

/// What changes about a guest without a change of its configuration.
#[derive(Serialize)]
struct GuestRow<'a> {
    node: &'a str,
    status: &'static str,
    cpu: f64,
    mem: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    memhost: Option<u64>,
    disk: u64,
    netin: u64,
    netout: u64,
    diskread: u64,
    diskwrite: u64,
    uptime: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hastate: Option<&'a str>,
}

#[derive(Serialize)]
struct NodeRow<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    node: &'a str,
    status: &'static str,
    level: &'static str,
    #[serde(rename = "cgroup-mode")]
    cgroup_mode: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxcpu: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxmem: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxdisk: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mem: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disk: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime: Option<u64>,
}

#[derive(Serialize)]
struct StorageRow<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    storage: &'a str,
    node: &'a str,
    status: &'static str,
    plugintype: &'a str,
    content: String,
    shared: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    disk: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxdisk: Option<u64>,
}

#[derive(Serialize)]
struct PoolRow<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    pool: &'a str,
    #[serde(flatten)]
    sums: Option<PoolSums>,
}

#[derive(Serialize, Default)]
struct PoolSums {
    cpu: f64,
    maxcpu: u64,
    mem: u64,
    maxmem: u64,
    uptime: u64,
}

#[derive(Serialize)]
struct NetworkRow<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    node: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<&'static str>,
    #[serde(rename = "network-type", skip_serializing_if = "Option::is_none")]
    network_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sdn: Option<&'static str>,
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let only = request.text("type");
    let wants = |kind: &str| only.as_deref().is_none_or(|only| only == kind);
    let at_ms = cluster.inventory_ms();
    let seen: Vec<Seen> = if wants("vm") || wants("node") {
        let guests = cluster.guests.values();
        guests.map(|guest| Seen::of(guest, at_ms)).collect()
    } else {
        Vec::new()
    };
    let mut rows = Rows::for_guests(seen.len());
    if only.is_none() {
        pools(cluster, request, &seen, &mut rows)?;
    }
    if wants("vm") {
        guests(cluster, request, &seen, &mut rows)?;
    }
    if wants("node") {
        nodes(cluster, request, &seen, &mut rows)?;
    }
    if wants("storage") {
        storages(cluster, request, &mut rows)?;
    }
    if wants("sdn") {
        networks(cluster, request, &mut rows)?;
    }
    Ok(rows.end())
}

/// A guest as the inventory sees it: worked out once, shown in rows of guests, nodes and pools.
#[derive(Clone, Copy)]
struct Seen<'a> {
    guest: &'a Guest,
    run: RunState,
    config: &'a Summary,
    figures: GuestFigures,
}

impl<'a> Seen<'a> {
    fn of(guest: &'a Guest, at_ms: i64) -> Self {
        let run = guest.run_at(at_ms);
        let config = guest.summary();
        Self {
            guest,
            run,
            config,
            figures: guest.figures_of(run, at_ms, (config.memory_bytes, config.disk_bytes)),
        }
    }
}

fn guests(
    cluster: &Cluster,
    request: &Request<'_>,
    all: &[Seen<'_>],
    rows: &mut Rows,
) -> Result<(), Refusal> {
    let is_nine = cluster.version.is_nine();
    let ha: HashMap<u32, &str> = cluster
        .ha
        .iter()
        .filter_map(|resource| Some((resource.vmid()?, resource.shown())))
        .collect();
    for seen in all {
        let Seen {
            guest,
            run,
            figures,
            ..
        } = *seen;
        if !cluster.may_guest(request.who, guest, "VM.Audit") {
            continue;
        }
        let row = GuestRow {
            node: &guest.node,
            status: run.as_qmp_status(),
            cpu: figures.cpu,
            mem: figures.memory_bytes,
            memhost: is_nine.then_some(figures.host_memory_bytes),
            disk: figures.disk_bytes,
            netin: figures.counters.net_in,
            netout: figures.counters.net_out,
            diskread: figures.counters.disk_read,
            diskwrite: figures.counters.disk_write,
            uptime: figures.uptime_s,
            lock: guest.lock.as_deref(),
            pool: guest.pool.as_deref(),
            hastate: ha.get(&guest.vmid).copied(),
        };
        rows.push_with(&seen.config.columns, &row)?;
    }
    Ok(())
}

fn nodes(
    cluster: &Cluster,
    request: &Request<'_>,
    all: &[Seen<'_>],
    rows: &mut Rows,
) -> Result<(), Refusal> {
    let running = all.iter().filter(|seen| seen.run.is_running());
    let figures =
        cluster.node_figures_with(running.map(|seen| (seen.guest, seen.config.cpus, seen.figures)));
    for (node, figures) in cluster.nodes.iter().zip(figures) {
        // A node is always listed; its figures need a privilege, and a node that answers.
        let may = cluster.may(request.who, &format!("/nodes/{}", node.name), "Sys.Audit");
        let live = may && node.online;
        rows.push(&NodeRow {
            id: format!("node/{}", node.name),
            kind: "node",
            node: &node.name,
            status: if node.online { "online" } else { "offline" },
            level: "",
            cgroup_mode: 2,
            maxcpu: may.then_some(node.cores),
            maxmem: may.then_some(node.memory_bytes),
            maxdisk: may.then_some(node.disk_bytes),
            cpu: live.then_some(figures.cpu),
            mem: live.then_some(figures.memory_bytes),
            disk: live.then_some(figures.disk_bytes),
            uptime: live.then_some(figures.uptime_s),
        })?;
    }
    Ok(())
}

/// A storage on each of its nodes, as pools list it.
pub(crate) fn storage_rows(cluster: &Cluster, id: &str) -> Vec<serde_json::Value> {
    let Some(storage) = cluster.storage(id) else {
        return Vec::new();
    };
    cluster
        .nodes
        .iter()
        .filter(|node| storage.enabled && storage.is_on(&node.name))
        .map(|node| {
            serde_json::json!({
                "id": format!("storage/{}/{id}", node.name), "type": "storage", "storage": id,
                "node": &*node.name, "status": if storage.is_active_on(&node.name) { "available" } else { "unknown" },
                "plugintype": storage.plugin, "content": storage.content_text(),
                "shared": u8::from(storage.shared), "disk": storage.used_on(&node.name, node.id, cluster.now_ms),
                "maxdisk": storage.total_on(&node.name),
            })
        })
        .collect()
}

fn storages(cluster: &Cluster, request: &Request<'_>, rows: &mut Rows) -> Result<(), Refusal> {
    for storage in &cluster.storages {
        if !cluster.may(
            request.who,
            &format!("/storage/{}", storage.id),
            "Datastore.Audit",
        ) {
            continue;
        }
        for node in cluster
            .nodes
            .iter()
            .filter(|node| storage.enabled && storage.is_on(&node.name))
        {
            rows.push(&StorageRow {
                id: format!("storage/{}/{}", node.name, storage.id),
                kind: "storage",
                storage: &storage.id,
                node: &node.name,
                status: if storage.is_active_on(&node.name) {
                    "available"
                } else {
                    "unknown"
                },
                plugintype: &storage.plugin,
                content: storage.content_text(),
                shared: u8::from(storage.shared),
                disk: storage
                    .is_active_on(&node.name)
                    .then(|| storage.used_on(&node.name, node.id, cluster.inventory_ms())),
                maxdisk: storage
                    .is_active_on(&node.name)
                    .then(|| storage.total_on(&node.name)),
            })?;
        }
    }
    Ok(())
}

fn pools(
    cluster: &Cluster,
    request: &Request<'_>,
    all: &[Seen<'_>],
    rows: &mut Rows,
) -> Result<(), Refusal> {
    let mut sums: HashMap<&str, PoolSums> = HashMap::new();
    for seen in all {
        let Some(pool) = seen.guest.pool.as_deref() else {
            continue;
        };
        let sums = sums.entry(pool).or_default();
        sums.maxcpu += seen.config.cpus;
        sums.maxmem += seen.config.memory_bytes;
        sums.mem += seen.figures.memory_bytes;
        sums.cpu += seen.figures.cpu * seen.config.cpus as f64;
        sums.uptime = sums.uptime.max(seen.figures.uptime_s);
    }
    for id in cluster.pools.keys() {
        if !cluster.may(request.who, &format!("/pool/{id}"), "Pool.Audit") {
            continue;
        }
        let mut sums = sums.remove(id.as_str());
        if let Some(sums) = &mut sums {
            sums.cpu /= sums.maxcpu.max(1) as f64;
        }
        rows.push(&PoolRow {
            id: format!("/pool/{id}"),
            kind: "pool",
            pool: id,
            sums,
        })?;
    }
    Ok(())
}

fn networks(cluster: &Cluster, request: &Request<'_>, rows: &mut Rows) -> Result<(), Refusal> {
    if !cluster.may(request.who, "/sdn/zones/localnetwork", "SDN.Audit") {
        return Ok(());
    }
    for node in &cluster.nodes {
        let status = if node.online { "ok" } else { "unknown" };
        let row = if cluster.version.is_nine() {
            NetworkRow {
                id: format!("network/{}/zone/localnetwork", node.name),
                kind: "network",
                node: &node.name,
                status,
                network: Some("localnetwork"),
                network_type: Some("zone"),
                sdn: None,
            }
        } else {
            NetworkRow {
                id: format!("sdn/{}/localnetwork", node.name),
                kind: "sdn",
                node: &node.name,
                status,
                network: None,
                network_type: None,
                sdn: Some("localnetwork"),
            }
        };
        rows.push(&row)?;
    }
    Ok(())
}
