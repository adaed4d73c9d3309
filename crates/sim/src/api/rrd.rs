//! Measured values over time. They are computed from the load curves, so that they repeat exactly and
//! cost no memory. A guest that was off then has no values: the keys are missing.

use serde_json::{Map, Value};

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
) -> Answer {
    let (step, count) = grid(cluster, request);
    let last = cluster.now_ms.div_euclid(1000) / step * step;
    let rows: Value = (0..count)
        .map(|index| last - (count - 1 - index) * step)
        .map(|at_s| {
            let mut row = Map::from_iter([("time".to_owned(), Value::from(at_s))]);
            for (key, value) in values(at_s * 1000) {
                row.insert(key.to_owned(), number(value));
            }
            Value::Object(row)
        })
        .collect();
    rows.into()
}

/// Whole numbers without a point, as PVE writes them.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return Value::from(value as i64);
    }
    Value::from(value)
}

fn of_node(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let Some(node) = cluster.node(request.node()) else {
        return Err(Refusal::died(format!("no such node '{}'", request.node())));
    };
    let is_nine = cluster.version.is_nine();
    let values = |at_ms: i64| {
        if at_ms < node.boot_ms {
            return Vec::new();
        }
        let mut cpu = node.load.cpu(at_ms);
        let mut memory = 3.0 * f64::from(1 << 30);
        for guest in cluster
            .guests
            .values()
            .filter(|guest| guest.node == node.name)
        {
            if guest
                .run
                .since_ms()
                .is_some_and(|since_ms| since_ms <= at_ms)
            {
                cpu += guest.load.cpu(at_ms) * guest.cpus() as f64 / node.cores.max(1) as f64;
                memory += guest.load.memory(at_ms, 3600) * guest.memory_bytes() as f64;
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
    Ok(rows(cluster, request, &values))
}

fn guest_values(guest: &Guest, is_nine: bool, at_ms: i64) -> Vec<(&'static str, f64)> {
    let Some(since_ms) = guest.run.since_ms().filter(|since_ms| *since_ms <= at_ms) else {
        return Vec::new();
    };
    let uptime_s = u64::try_from((at_ms - since_ms) / 1000).unwrap_or(0);
    let rate = |pick: &dyn Fn(crate::cluster::load::Counters) -> u64| {
        let now = pick(guest.load.counters(at_ms - since_ms));
        let before = pick(guest.load.counters(at_ms - since_ms - 60_000));
        now.saturating_sub(before) as f64 / 60.0
    };
    let memory = guest.load.memory(at_ms, uptime_s) * guest.memory_bytes() as f64;
    let mut all = vec![
        ("cpu", guest.load.cpu(at_ms)),
        ("maxcpu", guest.cpus() as f64),
        ("mem", memory.floor()),
        ("maxmem", guest.memory_bytes() as f64),
        (
            "disk",
            match guest.kind {
                GuestKind::Qemu => 0.0,
                GuestKind::Lxc => {
                    (guest.load.disk_fraction(at_ms) * guest.disk_bytes() as f64).floor()
                }
            },
        ),
        ("maxdisk", guest.disk_bytes() as f64),
        ("netin", rate(&|counters| counters.net_in)),
        ("netout", rate(&|counters| counters.net_out)),
        ("diskread", rate(&|counters| counters.disk_read)),
        ("diskwrite", rate(&|counters| counters.disk_write)),
    ];
    if is_nine {
        let cpu = guest.load.cpu(at_ms);
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
    Ok(rows(cluster, request, &|at_ms| {
        guest_values(guest, is_nine, at_ms)
    }))
}

fn of_storage(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("storage");
    let storage = super::storage::usable(cluster, request.node(), id)?;
    let node_id = cluster.node(request.node()).map_or(0, |node| node.id);
    let used = storage.used_on(request.node(), node_id) as f64;
    let total = storage.total_bytes as f64;
    let now_ms = cluster.now_ms;
    Ok(rows(cluster, request, &|at_ms| {
        // It fills slowly, by a thousandth a day.
        let days = (now_ms - at_ms) as f64 / 86_400_000.0;
        vec![
            ("total", total),
            ("used", (used * (1.0 - days / 1000.0)).max(0.0).floor()),
        ]
    }))
}
