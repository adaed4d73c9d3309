//! Snapshots of guests.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{GuestKind, values_json};
use crate::cluster::guest_work::{Action, GuestWork};
use crate::cluster::refusal::Refusal;

const PATH: &str = "/nodes/{node}/{kind}/{vmid}/snapshot";
const ONE: &str = "/nodes/{node}/{kind}/{vmid}/snapshot/{snapname}";

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, list).checked("/vms/{vmid}", &["VM.Audit"]),
        Route::post(PATH, create)
            .checked("/vms/{vmid}", &["VM.Snapshot"])
            .records("snapshot.create", "snapshot/{vmid}/{snapname}"),
        Route::delete(ONE, delete)
            .checked("/vms/{vmid}", &["VM.Snapshot"])
            .records("snapshot.delete", "snapshot/{vmid}/{snapname}"),
        Route::get(
            "/nodes/{node}/{kind}/{vmid}/snapshot/{snapname}/config",
            show,
        )
        .checked(
            "/vms/{vmid}",
            &["VM.Snapshot", "VM.Snapshot.Rollback", "VM.Audit"],
        ),
        Route::put(
            "/nodes/{node}/{kind}/{vmid}/snapshot/{snapname}/config",
            update,
        )
        .checked("/vms/{vmid}", &["VM.Snapshot"])
        .records("snapshot.config", "snapshot/{vmid}/{snapname}"),
        Route::post(
            "/nodes/{node}/{kind}/{vmid}/snapshot/{snapname}/rollback",
            roll_back,
        )
        .checked("/vms/{vmid}", &["VM.Snapshot", "VM.Snapshot.Rollback"])
        .records("snapshot.rollback", "snapshot/{vmid}/{snapname}"),
        Route::get("/nodes/{node}/{kind}/{vmid}/feature", feature)
            .checked("/vms/{vmid}", &["VM.Audit"]),
    ]
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    let mut rows: Vec<Value> = guest
        .snapshots
        .iter()
        .map(|(name, snapshot)| {
            let mut row = Map::from_iter([
                ("name".to_owned(), Value::from(name.as_str())),
                (
                    "description".to_owned(),
                    snapshot.description.as_str().into(),
                ),
                ("snaptime".to_owned(), snapshot.time_s.into()),
            ]);
            if guest.kind == GuestKind::Qemu {
                row.insert("vmstate".to_owned(), u8::from(snapshot.with_ram).into());
            }
            if let Some(parent) = &snapshot.parent {
                row.insert("parent".to_owned(), parent.as_str().into());
            }
            if let Some(state) = snapshot.state {
                row.insert("snapstate".to_owned(), state.into());
            }
            Value::Object(row)
        })
        .collect();
    let mut current = json!({
        "name": "current",
        "description": "You are here!",
        "digest": guest.digest(),
        "running": u8::from(guest.run.is_running()),
    });
    if let (Some(parent), Some(current)) = (&guest.parent, current.as_object_mut()) {
        current.insert("parent".to_owned(), parent.as_str().into());
    }
    rows.push(current);
    Ok(Value::from(rows).into())
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let kind = request.kind();
    let name = request.text("snapname").unwrap_or_default();
    let reserved = match kind {
        GuestKind::Qemu => matches!(name.as_str(), "current" | "pending"),
        GuestKind::Lxc => matches!(name.as_str(), "current" | "pending" | "vzdump"),
    };
    if reserved {
        return Err(Refusal::died(format!(
            "unable to use snapshot name '{name}' (reserved name)"
        )));
    }
    cluster.guest_at(request.node(), kind, request.vmid())?;
    let action = Action::CreateSnapshot {
        name,
        description: request.text("description").unwrap_or_default(),
        with_ram: request.flag("vmstate"),
    };
    begin(cluster, request, "snapshot", action)
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.in_path("snapname").to_owned();
    begin(
        cluster,
        request,
        "delsnapshot",
        Action::DeleteSnapshot { name },
    )
}

fn roll_back(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.in_path("snapname").to_owned();
    let start = request.flag("start");
    begin(
        cluster,
        request,
        "rollback",
        Action::RollBack { name, start },
    )
}

fn begin(
    cluster: &mut Cluster,
    request: &Request<'_>,
    suffix: &str,
    action: Action,
) -> Result<Answer, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let suffix = format!("{}{suffix}", kind.task_prefix());
    Ok(request.start(
        cluster,
        (&suffix, &vmid.to_string()),
        GuestWork {
            kind,
            vmid,
            action,
            skip_lock: false,
        },
    ))
}

fn missing(name: &str) -> Refusal {
    Refusal::died(format!("snapshot '{name}' does not exist"))
}

fn show(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    snapshot_config(guest, request.in_path("snapname")).map(|map| Value::Object(map).into())
}

/// The configuration a guest had at a snapshot, with what the snapshot adds to it.
pub(crate) fn snapshot_config(
    guest: &crate::cluster::guest::Guest,
    name: &str,
) -> Result<Map<String, Value>, Refusal> {
    let snapshot = guest.snapshots.get(name).ok_or_else(|| missing(name))?;
    let mut map = values_json(guest.kind, &snapshot.config);
    map.insert("snaptime".to_owned(), snapshot.time_s.into());
    if !snapshot.description.is_empty() {
        map.insert(
            "description".to_owned(),
            snapshot.description.as_str().into(),
        );
    }
    if let Some(parent) = &snapshot.parent {
        map.insert("parent".to_owned(), parent.as_str().into());
    }
    if let Some(volume) = &snapshot.state_volume {
        map.insert("vmstate".to_owned(), volume.as_str().into());
    }
    if let Some(qemu) = &snapshot.running {
        let short = qemu
            .rsplit_once('.')
            .map_or(qemu.as_str(), |(short, _)| short);
        map.insert(
            "runningmachine".to_owned(),
            format!("pc-i440fx-{short}+pve1").into(),
        );
        let cpu = guest.config.get("cpu").map_or("kvm64", String::as_str);
        map.insert(
            "runningcpu".to_owned(),
            format!("{cpu},enforce,+kvm_pv_eoi,+kvm_pv_unhalt").into(),
        );
    }
    Ok(map)
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let name = request.in_path("snapname");
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    if let Some(text) = guest.locked_text() {
        return Err(Refusal::died(text));
    }
    if !guest.snapshots.contains_key(name) {
        return Err(missing(name));
    }
    let snapshot = cluster
        .guest_mut(request.node(), kind, vmid)
        .and_then(|guest| guest.snapshots.get_mut(name));
    if let (Some(snapshot), Some(description)) = (snapshot, request.text("description")) {
        snapshot.description = description;
    }
    Ok(Answer::null())
}

fn feature(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let kind = request.kind();
    let guest = cluster.guest_at(request.node(), kind, request.vmid())?;
    let has = match request.text("feature").as_deref() {
        Some("snapshot") => cluster.can_snapshot(request.vmid()),
        Some("clone") => guest.is_template(),
        _ => true,
    };
    let all_shared = guest.disks().all(|(_, volume)| {
        cluster
            .storage(volume.storage)
            .is_some_and(|storage| storage.shared)
    });
    let mut answer = json!({ "hasFeature": u8::from(has) });
    if kind == GuestKind::Qemu {
        let nodes: Vec<&str> = cluster
            .nodes
            .iter()
            .map(|node| &*node.name)
            .filter(|name| all_shared || *name == request.node())
            .collect();
        if let Some(map) = answer.as_object_mut() {
            map.insert("nodes".to_owned(), nodes.into());
        }
    }
    Ok(answer.into())
}
