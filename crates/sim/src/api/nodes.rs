//! Nodes: the list, the state and the version of one.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::random::{Random, mix, text_seed};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        // The calls of a batch are carried out where all calls are.
        Route::post("/nodes/{node}/execute", |_, _| Ok(json!([]).into())),
        Route::get("/nodes", list),
        Route::get("/nodes/{node}/status", status).checked("/nodes/{node}", &["Sys.Audit"]),
        Route::get("/nodes/{node}/version", version),
    ]
}

/// Swap space of every node.
pub(crate) const SWAP_BYTES: u64 = 8_589_930_496;

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = cluster
        .nodes
        .iter()
        .zip(cluster.all_node_figures())
        .map(|(node, figures)| {
            let mut row = Map::from_iter([
                ("id".to_owned(), Value::from(format!("node/{}", node.name))),
                ("type".to_owned(), "node".into()),
                ("node".to_owned(), (&*node.name).into()),
                ("level".to_owned(), "".into()),
                (
                    "status".to_owned(),
                    if node.online { "online" } else { "offline" }.into(),
                ),
                (
                    "ssl_fingerprint".to_owned(),
                    node.fingerprint.as_str().into(),
                ),
            ]);
            if cluster.may(request.who, &format!("/nodes/{}", node.name), "Sys.Audit") {
                row.insert("maxcpu".to_owned(), node.cores.into());
                row.insert("maxmem".to_owned(), node.memory_bytes.into());
                row.insert("maxdisk".to_owned(), node.disk_bytes.into());
                // An offline node has no figures at all.
                if node.online {
                    row.insert("cpu".to_owned(), figures.cpu.into());
                    row.insert("mem".to_owned(), figures.memory_bytes.into());
                    row.insert("disk".to_owned(), figures.disk_bytes.into());
                    row.insert("uptime".to_owned(), figures.uptime_s.into());
                }
            }
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

fn status(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let figures = cluster.node_figures(request.node());
    let Some(node) = cluster.node(request.node()) else {
        return Err(Refusal::died(format!("no such node '{}'", request.node())));
    };
    let mut random = Random::new(mix(cluster.seed, &[text_seed(&node.name), 9]));
    let busy = figures.cpu * node.cores as f64;
    let load = |factor: f64| format!("{:.2}", busy * factor);
    let free = node.memory_bytes.saturating_sub(figures.memory_bytes);
    let kernel = cluster.version.kernel();
    let build = "#1 SMP PREEMPT_DYNAMIC PMX";
    let disk_free = node.disk_bytes.saturating_sub(figures.disk_bytes);
    Ok(json!({
        "uptime": figures.uptime_s,
        "idle": 0,
        "cpu": figures.cpu,
        "wait": (figures.cpu * 1e4).round() / 1e6,
        "loadavg": [load(1.05), load(0.98), load(0.93)],
        "cpuinfo": {
            "model": "AMD EPYC 7543P 32-Core Processor",
            "vendor": "AuthenticAMD",
            "family": "25",
            "cpus": node.cores,
            "cores": node.cores / 2,
            "sockets": 1,
            "mhz": format!("{:.3}", random.between(2795.0, 2800.0)),
            "hvm": "1",
            "user_hz": 100,
            "flags": "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr svm sse4_1 sse4_2 aes avx avx2",
        },
        "memory": {
            "total": node.memory_bytes,
            "used": figures.memory_bytes,
            "free": free / 10 * 7,
            "available": free,
        },
        "swap": { "total": SWAP_BYTES, "used": 0, "free": SWAP_BYTES },
        "rootfs": {
            "total": node.disk_bytes,
            "used": figures.disk_bytes,
            "avail": disk_free / 100 * 95,
            "free": disk_free,
        },
        "ksm": { "shared": 0 },
        "pveversion": format!("pve-manager/{}/{}", cluster.version.full(), cluster.version.repository_id()),
        "kversion": format!("Linux {kernel} {build}"),
        "current-kernel": { "sysname": "Linux", "release": kernel, "version": build, "machine": "x86_64" },
        "boot-info": { "mode": "legacy-bios" },
    })
    .into())
}

fn version(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(super::cluster::version_json(cluster.version).into())
}
