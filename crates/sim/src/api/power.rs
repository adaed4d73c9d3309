//! Switching guests: one path for virtual machines and containers. What is refused here is refused at
//! once; everything else goes wrong inside the task only.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::GuestKind::{Lxc, Qemu};
use crate::cluster::guest::RunState;
use crate::cluster::guest_work::{Action, GuestWork};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route("start", "guest.start", start),
        route("stop", "guest.stop", stop),
        route("shutdown", "guest.shutdown", shutdown),
        route("reboot", "guest.reboot", reboot),
        route("reset", "guest.reset", reset),
        route("suspend", "guest.suspend", suspend),
        route("resume", "guest.resume", resume),
    ]
}

fn route(action: &str, op: &'static str, handler: super::route::Handler) -> Route {
    let template = match action {
        "start" => "/nodes/{node}/{kind}/{vmid}/status/start",
        "stop" => "/nodes/{node}/{kind}/{vmid}/status/stop",
        "shutdown" => "/nodes/{node}/{kind}/{vmid}/status/shutdown",
        "reboot" => "/nodes/{node}/{kind}/{vmid}/status/reboot",
        "reset" => "/nodes/{node}/qemu/{vmid}/status/reset",
        "suspend" => "/nodes/{node}/{kind}/{vmid}/status/suspend",
        _ => "/nodes/{node}/{kind}/{vmid}/status/resume",
    };
    Route::post(template, handler)
        .checked("/vms/{vmid}", &["VM.PowerMgmt"])
        .records(op, "guest/{vmid}")
}

/// Whether the guest runs; `None` when there is none (which only the task finds out).
fn running(cluster: &Cluster, request: &Request<'_>) -> Option<bool> {
    cluster
        .guest_at(request.node(), request.kind(), request.vmid())
        .ok()
        .map(|guest| guest.run.is_running())
}

fn not_running(noun: &str, request: &Request<'_>) -> Refusal {
    Refusal::died(format!("{noun} {} not running", request.vmid()))
}

fn need_quorum(cluster: &Cluster) -> Result<(), Refusal> {
    if cluster.quorate {
        Ok(())
    } else {
        Err(Refusal::died("cluster not ready - no quorum?"))
    }
}

fn begin(
    cluster: &mut Cluster,
    request: &Request<'_>,
    suffix: &str,
    action: Action,
) -> Result<Answer, Refusal> {
    let kind = request.kind();
    let vmid = request.vmid();
    let suffix = format!("{}{suffix}", kind.task_prefix());
    Ok(request.start(
        cluster,
        (&suffix, &vmid.to_string()),
        GuestWork {
            kind,
            vmid,
            action,
            skip_lock: request.flag("skiplock"),
        },
    ))
}

fn start(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    need_quorum(cluster)?;
    if request.kind() == Lxc && running(cluster, request) == Some(true) {
        return Err(Refusal::died(format!(
            "CT {} already running",
            request.vmid()
        )));
    }
    if let Some(answer) = super::ha::request_state(cluster, request, "started") {
        return Ok(answer);
    }
    begin(cluster, request, "start", Action::Start)
}

fn stop(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if request.kind() == Lxc && running(cluster, request) != Some(true) {
        return Err(not_running("CT", request));
    }
    if let Some(answer) = super::ha::request_state(cluster, request, "stopped") {
        return Ok(answer);
    }
    let overruled = if request.flag("overrule-shutdown") {
        cluster.interrupt_shutdowns(request.vmid())
    } else {
        Vec::new()
    };
    begin(cluster, request, "stop", Action::Stop { overruled })
}

fn shutdown(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    match (request.kind(), running(cluster, request)) {
        (Lxc, Some(false) | None) => return Err(not_running("CT", request)),
        (Qemu, Some(true)) => {
            let guest = cluster.guest_at(request.node(), Qemu, request.vmid())?;
            if matches!(guest.run, RunState::Paused { .. }) && !request.flag("forceStop") {
                return Err(Refusal::died("VM is paused - cannot shutdown"));
            }
        }
        _ => {}
    }
    if let Some(answer) = super::ha::request_state(cluster, request, "stopped") {
        return Ok(answer);
    }
    let timeout_s = request.number("timeout").map_or(60, i64::unsigned_abs);
    let force = request.flag("forceStop");
    begin(
        cluster,
        request,
        "shutdown",
        Action::Shutdown { timeout_s, force },
    )
}

fn reboot(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if running(cluster, request) != Some(true) {
        // PVE says "VM" for containers, too.
        return Err(not_running("VM", request));
    }
    let timeout_s = request.number("timeout").map_or(60, i64::unsigned_abs);
    begin(cluster, request, "reboot", Action::Reboot { timeout_s })
}

fn reset(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if running(cluster, request) != Some(true) {
        return Err(not_running("VM", request));
    }
    begin(cluster, request, "reset", Action::Reset)
}

fn suspend(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if running(cluster, request) != Some(true) {
        return Err(not_running(request.kind().noun(), request));
    }
    let to_disk = request.flag("todisk");
    let suffix = if request.kind() == Qemu && !to_disk {
        "pause"
    } else {
        "suspend"
    };
    begin(cluster, request, suffix, Action::Suspend { to_disk })
}

fn resume(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    match (request.kind(), running(cluster, request)) {
        (Qemu, Some(false) | None) => return Err(not_running("VM", request)),
        (Lxc, Some(true)) => {
            return Err(Refusal::died(format!(
                "CT {} already running",
                request.vmid()
            )));
        }
        _ => {}
    }
    begin(cluster, request, "resume", Action::Resume)
}
