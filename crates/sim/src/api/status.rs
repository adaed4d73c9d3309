//! The present state of one guest, in the detail that PVE shows.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::version::PveVersion;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/{kind}/{vmid}/status/current", current)
            .checked("/vms/{vmid}", &["VM.Audit"]),
    ]
}

fn current(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    let mut map = list_row(guest, cluster.now_ms, cluster.version, true);
    let managed = cluster
        .ha
        .iter()
        .find(|resource| resource.vmid() == Some(guest.vmid));
    let ha = match managed {
        // What HA is to ignore behaves as if it were not managed.
        Some(resource) if resource.state == "ignored" => json!({ "managed": 0 }),
        Some(resource) => json!({ "managed": 1, "state": resource.state }),
        None => json!({ "managed": 0 }),
    };
    map.insert("ha".to_owned(), ha);
    if guest.kind == GuestKind::Qemu {
        add_vm_details(guest, cluster.now_ms, &mut map);
    }
    Ok(Value::Object(map).into())
}

fn add_vm_details(guest: &Guest, now_ms: i64, map: &mut Map<String, Value>) {
    if guest
        .config
        .get("agent")
        .is_some_and(|agent| agent.starts_with('1') || agent.contains("enabled=1"))
    {
        map.insert("agent".to_owned(), json!(1));
    }
    if !guest.run.is_running() {
        return;
    }
    let figures = guest.figures(now_ms);
    let memory = guest.memory_bytes();
    let nics: Map<String, Value> = guest
        .config
        .keys()
        .filter_map(|key| key.strip_prefix("net")?.parse::<u32>().ok())
        .enumerate()
        .map(|(index, card)| {
            let (received, sent) = match index {
                0 => (figures.counters.net_in, figures.counters.net_out),
                _ => (0, 0),
            };
            let name = format!("tap{}i{card}", guest.vmid);
            (name, json!({ "netin": received, "netout": sent }))
        })
        .collect();
    if !nics.is_empty() {
        map.insert("nics".to_owned(), nics.into());
    }
    let blocks: Map<String, Value> = guest
        .disks()
        .enumerate()
        .map(|(index, (key, _))| {
            let (read, written) = match index {
                0 => (figures.counters.disk_read, figures.counters.disk_write),
                _ => (0, 0),
            };
            (key.to_owned(), block_statistics(read, written))
        })
        .collect();
    let mut balloon = json!({ "actual": memory, "max_mem": memory });
    if guest.agent_answers {
        let free = memory.saturating_sub(figures.memory_bytes);
        map.insert("freemem".to_owned(), free.into());
        if let Some(balloon) = balloon.as_object_mut() {
            balloon.insert("free_mem".to_owned(), free.into());
            balloon.insert("total_mem".to_owned(), memory.into());
            balloon.insert("last_update".to_owned(), now_ms.div_euclid(1000).into());
        }
    }
    let qemu = guest.running_qemu.as_deref().unwrap_or("10.0.13");
    let machine: String = qemu
        .rsplit_once('.')
        .map_or(qemu, |(short, _)| short)
        .to_owned();
    let details = [
        ("diskread", json!(figures.counters.disk_read)),
        ("diskwrite", json!(figures.counters.disk_write)),
        ("balloon", json!(memory)),
        ("ballooninfo", balloon),
        ("blockstat", Value::Object(blocks)),
        (
            "running-machine",
            format!("pc-i440fx-{machine}+pve1").into(),
        ),
        ("running-qemu", qemu.into()),
        (
            "proxmox-support",
            json!({
                "backup-access-api": true,
                "backup-fleecing": true,
                "backup-max-workers": true,
                "pbs-dirty-bitmap": true,
                "pbs-dirty-bitmap-migration": true,
                "pbs-dirty-bitmap-savevm": true,
                "pbs-library-version": "1.5.2",
                "pbs-masterkey": true,
                "query-bitmap-info": true,
            }),
        ),
    ];
    map.extend(
        details
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value)),
    );
}

fn block_statistics(read: u64, written: u64) -> Value {
    const ZERO: &[&str] = &[
        "failed_flush_operations",
        "failed_rd_operations",
        "failed_unmap_operations",
        "failed_wr_operations",
        "failed_zone_append_operations",
        "invalid_flush_operations",
        "invalid_rd_operations",
        "invalid_unmap_operations",
        "invalid_wr_operations",
        "invalid_zone_append_operations",
        "rd_merged",
        "unmap_bytes",
        "unmap_merged",
        "unmap_operations",
        "unmap_total_time_ns",
        "wr_merged",
        "zone_append_bytes",
        "zone_append_merged",
        "zone_append_operations",
        "zone_append_total_time_ns",
    ];
    let mut map: Map<String, Value> = ZERO
        .iter()
        .map(|key| ((*key).to_owned(), json!(0)))
        .collect();
    let known = [
        ("account_failed", json!(true)),
        ("account_invalid", json!(true)),
        ("flush_operations", json!(written / 65_536)),
        ("flush_total_time_ns", json!(written / 64)),
        ("rd_bytes", json!(read)),
        ("rd_operations", json!(read / 16_384)),
        ("rd_total_time_ns", json!(read / 4)),
        ("timed_stats", json!([])),
        ("wr_bytes", json!(written)),
        ("wr_highest_offset", json!(0)),
        ("wr_operations", json!(written / 16_384)),
        ("wr_total_time_ns", json!(written / 2)),
    ];
    map.extend(
        known
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value)),
    );
    // Since the last operation: a disk that was never used does not say it.
    if read + written > 0 {
        map.insert("idle_time_ns".to_owned(), json!(12_000_000));
    }
    Value::Object(map)
}

/// A guest as in the list of its node, which is also the base of its present state.
pub(crate) fn list_row(
    guest: &Guest,
    now_ms: i64,
    version: PveVersion,
    full: bool,
) -> Map<String, Value> {
    let figures = guest.figures(now_ms);
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
    put("vmid", guest.vmid.into());
    put("name", guest.name().into());
    put("status", guest.run.as_status().into());
    put(
        "cpu",
        if guest.run.is_running() {
            figures.cpu.into()
        } else {
            json!(0)
        },
    );
    put("cpus", guest.cpus().into());
    put("mem", figures.memory_bytes.into());
    put("maxmem", guest.memory_bytes().into());
    put("disk", figures.disk_bytes.into());
    put("maxdisk", guest.disk_bytes().into());
    put("netin", figures.counters.net_in.into());
    put("netout", figures.counters.net_out.into());
    put("uptime", figures.uptime_s.into());
    if let Some(tags) = guest.tags().filter(|tags| !tags.is_empty()) {
        put("tags", tags.into());
    }
    if let Some(lock) = &guest.lock {
        put("lock", lock.as_str().into());
    }
    if guest.is_template() {
        put("template", json!(1));
    }
    let running = guest.run.is_running();
    if running {
        put("pid", guest.pid.into());
    }
    if guest.kind == GuestKind::Lxc {
        put("diskread", figures.counters.disk_read.into());
        put("diskwrite", figures.counters.disk_write.into());
    }
    match guest.kind {
        GuestKind::Qemu => {
            if version.is_nine() {
                put("memhost", figures.host_memory_bytes.into());
            }
            if full {
                put("qmpstatus", guest.run.as_qmp_status().into());
            }
        }
        GuestKind::Lxc => {
            put("type", "lxc".into());
            put("swap", json!(0));
            put("maxswap", guest.swap_bytes().into());
        }
    }
    if running && version.is_nine() {
        for (resource, some) in [("cpu", figures.cpu * 2.0), ("io", 0.0), ("memory", 0.0)] {
            for (extent, percent) in [("some", some), ("full", some / 2.0)] {
                // Containers carry these as texts.
                let value = match guest.kind {
                    GuestKind::Qemu => json!((percent * 100.0).round() / 100.0),
                    GuestKind::Lxc => format!("{percent:.2}").into(),
                };
                put(&format!("pressure{resource}{extent}"), value);
            }
        }
    }
    map
}
