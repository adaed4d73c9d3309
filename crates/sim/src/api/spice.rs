//! Consoles over SPICE: what refuses them. The protocol itself is not spoken here.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{GuestKind, RunState};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/nodes/{node}/qemu/{vmid}/spiceproxy", screen)
            .checked("/vms/{vmid}", &["VM.Console"])
            .refused(),
        Route::post("/nodes/{node}/spiceshell", |_, _| Err(not_spoken()))
            .checked("/nodes/{node}", &["Sys.Console"])
            .refused(),
    ]
}

fn screen(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let vmid = request.vmid();
    let guest = cluster.guest_at(request.node(), GuestKind::Qemu, vmid)?;
    if guest.run == RunState::Stopped {
        return Err(Refusal::died(format!("VM {vmid} not running")));
    }
    let has_spice = guest
        .config
        .get("vga")
        .is_some_and(|vga| vga.trim_start_matches("type=").starts_with("qxl"));
    if has_spice {
        return Err(not_spoken());
    }
    Err(Refusal::died("no spice port"))
}

fn not_spoken() -> Refusal {
    Refusal::not_simulated("SPICE is not simulated")
}
