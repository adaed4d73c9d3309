//! The guest agent: absent for some guests, as in life; the others answer a few questions.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    const AUDIT: &[&str] = &[
        "VM.GuestAgent.Audit",
        "VM.GuestAgent.Unrestricted",
        "VM.Monitor",
    ];
    vec![
        Route::post("/nodes/{node}/qemu/{vmid}/agent/ping", ping).checked("/vms/{vmid}", AUDIT),
        Route::get("/nodes/{node}/qemu/{vmid}/agent/get-host-name", host_name)
            .checked("/vms/{vmid}", AUDIT),
        Route::get(
            "/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces",
            interfaces,
        )
        .checked("/vms/{vmid}", AUDIT),
    ]
}

/// The guest, when its agent answers.
fn answering<'a>(cluster: &'a Cluster, request: &Request<'_>) -> Result<&'a Guest, Refusal> {
    let guest = cluster.guest_at(request.node(), GuestKind::Qemu, request.vmid())?;
    if !guest.run.is_running() {
        return Err(Refusal::died(format!("VM {} is not running", guest.vmid)));
    }
    let configured = guest
        .config
        .get("agent")
        .is_some_and(|agent| agent.starts_with('1'));
    if !configured || !guest.agent_answers {
        return Err(Refusal::died("QEMU guest agent is not running"));
    }
    Ok(guest)
}

fn ping(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    answering(cluster, request)?;
    Ok(json!({ "result": {} }).into())
}

fn host_name(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = answering(cluster, request)?;
    Ok(json!({ "result": { "host-name": guest.name() } }).into())
}

fn interfaces(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = answering(cluster, request)?;
    let mac = guest
        .config
        .get("net0")
        .and_then(|net| {
            net.split([',', '='])
                .find(|part| part.len() == 17 && part.contains(':'))
        })
        .unwrap_or("BC:24:11:00:00:01")
        .to_lowercase();
    let address = |kind: &str, text: String, prefix: u8| json!({ "ip-address-type": kind, "ip-address": text, "prefix": prefix });
    let counters = guest.figures(cluster.now_ms).counters;
    let rows: Value = json!([
        {
            "name": "lo",
            "hardware-address": "00:00:00:00:00:00",
            "ip-addresses": [address("ipv4", "127.0.0.1".to_owned(), 8)],
            "statistics": statistics(0, 0),
        },
        {
            "name": "eth0",
            "hardware-address": mac,
            "ip-addresses": [address("ipv4", format!("10.1.{}.{}", guest.vmid / 250 % 250, guest.vmid % 250 + 2), 16)],
            "statistics": statistics(counters.net_in, counters.net_out),
        },
    ]);
    Ok(json!({ "result": rows }).into())
}

fn statistics(received: u64, sent: u64) -> Value {
    json!({
        "rx-bytes": received, "rx-packets": received / 900, "rx-errs": 0, "rx-dropped": 0,
        "tx-bytes": sent, "tx-packets": sent / 900, "tx-errs": 0, "tx-dropped": 0,
    })
}
