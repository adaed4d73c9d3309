//! Measured values over time. They are computed from the load curves, so that they repeat exactly and
//! cost no memory. A guest that was off then has no values: the keys are missing.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/rrddata", of_node).checked("/nodes/{node}", &["Sys.Audit"]),
        Route::get("/nodes/{node}/{kind}/{vmid}/rrddata", of_guest)
            .checked("/vms/{vmid}", &["VM.Audit"]),
        Route::get("/nodes/{node}/storage/{storage}/rrddata", of_storage).checked(
            "/storage/{storage}",
            &["Datastore.Audit", "Datastore.AllocateSpace"],
        ),
    ]
}

/// Seconds between rows, and their number.
fn grid(cluster: &Cluster, request: &Request<'_>) -> (i64, i64) {
    let frame = request.text("timeframe").unwrap_or_default();
    if cluster.version.is_nine() {
        return match frame.as_str() {
            "day" => (60, 1440),
            "week" => (1800, 336),
            "month" => (1800, 1440),
            "year" => (21_600, 1440),
            "decade" => (604_800, 570),
            _ => (60, 60),
        };
    }
    let step = match frame.as_str() {
        "day" => 1800,
        "week" => 10_800,
        "month" => 43_200,
        "year" => 604_800,
        _ => 60,
    };
    (step, 70)
}

fn rows(
    cluster: &Cluster,
    request: &Request<'_>,
    values: &dyn Fn(i64) -> Vec<(&'static str, f64)>,
) -> Result<Answer, Refusal> {
    let (step, count) = grid(cluster, request);
    let last = cluster.now_ms.div_euclid(1000) / step * step;
    let rows: Vec<Row> = (0..count)
        .map(|index| last - (count - 1 - index) * step)
        .map(|at_s| Row {
            at_s,
            values: values(at_s * 1000),
        })
        .collect();
    Answer::written(&rows)
}

/// Values at an instant. Written as text at once: a month of one guest has some twenty thousand.
struct Row {
    at_s: i64,
    values: Vec<(&'static str, f64)>,
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len() + 1))?;
        map.serialize_entry("time", &self.at_s)?;
        for (key, value) in &self.values {
            // Whole numbers without a point, as PVE writes them.
            if value.fract() == 0.0 && value.abs() < 9e15 {
                map.serialize_entry(key, &(*value as i64))?;
            } else {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

fn of_node(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let Some(node) = cluster.node(request.node()) else {
        return Err(Refusal::died(format!("no such node '{}'", request.node())));
    };
    let is_nine = cluster.version.is_nine();
    let values = |at_ms: i64| {
        if at_ms < node.boot_ms && node.runs.start_of(at_ms).is_none() {
            return Vec::new();
        }
        let mut cpu = node.load.cpu(at_ms);
        let mut memory = 3.0 * f64::from(1 << 30);
        for guest in cluster
            .guests
            .values()
            .filter(|guest| guest.node == node.name)
        {
            if let Some(since_ms) = guest.run_start(at_ms) {
                let uptime_s = u64::try_from((at_ms - since_ms) / 1000).unwrap_or(0);
                cpu += guest.load.cpu(at_ms) * guest.cpus() as f64 / node.cores.max(1) as f64;
                memory += guest.load.memory(at_ms, uptime_s) * guest.memory_bytes() as f64;
            }
        }
        if let Some((fixed_cpu, fixed_memory)) = node.fixed_at(at_ms) {
            cpu = fixed_cpu;
            memory = fixed_memory * node.memory_bytes as f64;
        }
        let cpu = cpu.clamp(0.0, 1.0);
        let total = node.memory_bytes as f64;
        let memory = memory.min(total * 0.985);
        let mut all = vec![
            ("cpu", cpu),
            ("iowait", cpu / 50.0),
            ("loadavg", cpu * node.cores as f64),
            ("maxcpu", node.cores as f64),
            ("memtotal", total),
            ("memused", memory),
            ("swaptotal", 8_589_930_496.0),
            ("swapused", 0.0),
            ("roottotal", node.disk_bytes as f64),
            (
                "rootused",
                node.load.disk_fraction(at_ms) * node.disk_bytes as f64,
            ),
            ("netin", cpu * 120_000.0),
            ("netout", cpu * 90_000.0),
        ];
        if is_nine {
            all.extend([
                ("memavailable", total - memory),
                ("arcsize", 0.0),
                ("pressurecpusome", cpu * 2.0),
                ("pressureiosome", 0.0),
                ("pressureiofull", 0.0),
                ("pressurememorysome", 0.0),
                ("pressurememoryfull", 0.0),
            ]);
        }
        all
    };
    rows(cluster, request, &values)
}

/// What a guest has; the same in all rows.
#[derive(Clone, Copy)]
struct Sizes {
    cpus: f64,
    memory: f64,
    disk: f64,
}

fn guest_values(
    guest: &Guest,
    sizes: Sizes,
    is_nine: bool,
    at_ms: i64,
) -> Vec<(&'static str, f64)> {
    let Some(since_ms) = guest.run_start(at_ms) else {
        return Vec::new();
    };
    let uptime_s = u64::try_from((at_ms - since_ms) / 1000).unwrap_or(0);
    let now = guest.load.counters(at_ms - since_ms);
    let before = guest.load.counters(at_ms - since_ms - 60_000);
    let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / 60.0;
    let cpu = guest.load.cpu(at_ms);
    let memory = guest.load.memory(at_ms, uptime_s) * sizes.memory;
    let mut all = vec![
        ("cpu", cpu),
        ("maxcpu", sizes.cpus),
        ("mem", memory.floor()),
        ("maxmem", sizes.memory),
        (
            "disk",
            match guest.kind {
                GuestKind::Qemu => 0.0,
                GuestKind::Lxc => (guest.load.disk_fraction(at_ms) * sizes.disk).floor(),
            },
        ),
        ("maxdisk", sizes.disk),
        ("netin", rate(now.net_in, before.net_in)),
        ("netout", rate(now.net_out, before.net_out)),
        ("diskread", rate(now.disk_read, before.disk_read)),
        ("diskwrite", rate(now.disk_write, before.disk_write)),
    ];
    if is_nine {
        all.extend([
            (
                "memhost",
                if guest.kind == GuestKind::Qemu {
                    memory.floor()
                } else {
                    0.0
                },
            ),
            ("pressurecpusome", cpu * 2.0),
            ("pressurecpufull", cpu),
            ("pressureiosome", 0.0),
            ("pressureiofull", 0.0),
            ("pressurememorysome", 0.0),
            ("pressurememoryfull", 0.0),
        ]);
    }
    all
}

fn of_guest(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    let is_nine = cluster.version.is_nine();
    let sizes = Sizes {
        cpus: guest.cpus() as f64,
        memory: guest.memory_bytes() as f64,
        disk: guest.disk_bytes() as f64,
    };
    rows(cluster, request, &|at_ms| {
        guest_values(guest, sizes, is_nine, at_ms)
    })
}

fn of_storage(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("storage");
    let storage = super::storage::usable(cluster, request.node(), id)?;
    let node_id = cluster.node(request.node()).map_or(0, |node| node.id);
    let total = storage.total_on(request.node()) as f64;
    rows(cluster, request, &|at_ms| {
        let used = storage.used_on(request.node(), node_id, at_ms);
        vec![("total", total), ("used", used as f64)]
    })
}
