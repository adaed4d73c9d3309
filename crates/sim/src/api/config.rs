//! The configuration of guests: reading, changing, what waits for the next start.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::check::list_items;
use super::route::{ANY_INTEGER, Answer, Form, Parameter, Request, Route, TEXT, may, may_for};
use crate::cluster::guest::GuestKind::{self, Lxc, Qemu};
use crate::cluster::guest::{Guest, value_json};
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Action, GuestWork, Work};
use crate::cluster::{Cluster, NewTask};

const PATH: &str = "/nodes/{node}/{kind}/{vmid}/config";

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, show)
            .with(
                const {
                    &[
                        may("current", Form::Boolean),
                        may("snapshot", Form::ConfigId { max: 40 }),
                    ]
                },
            )
            .checked("/vms/{vmid}", &["VM.Audit"]),
        Route::get("/nodes/{node}/{kind}/{vmid}/pending", pending)
            .checked("/vms/{vmid}", &["VM.Audit"]),
        Route::put(PATH, update)
            .with(OPTIONS)
            .checked("/vms/{vmid}", CHANGE)
            .records("guest.config", "guest/{vmid}"),
        Route::post("/nodes/{node}/qemu/{vmid}/config", update_as_task)
            .with(OPTIONS)
            .checked("/vms/{vmid}", CHANGE)
            .records("guest.config", "guest/{vmid}"),
    ]
}

const CHANGE: &[&str] = &[
    "VM.Config.Disk",
    "VM.Config.CDROM",
    "VM.Config.CPU",
    "VM.Config.Memory",
    "VM.Config.Network",
    "VM.Config.HWType",
    "VM.Config.Options",
    "VM.Config.Cloudinit",
];

const AT_LEAST_ONE: Form = Form::Integer {
    min: Some(1),
    max: None,
};
const OPTIONS: &[Parameter] = &[
    may("delete", TEXT),
    may("revert", TEXT),
    may("digest", Form::Text { max: 64 }),
    may_for(Qemu, "force", Form::Boolean),
    may_for(Qemu, "skiplock", Form::Boolean),
    may_for(
        Qemu,
        "background_delay",
        Form::Integer {
            min: Some(1),
            max: Some(30),
        },
    ),
    may("description", TEXT),
    may("tags", Form::TagList),
    may("onboot", Form::Boolean),
    may("protection", Form::Boolean),
    may("startup", TEXT),
    may("cores", AT_LEAST_ONE),
    may(
        "cpulimit",
        Form::Number {
            min: 0.0,
            max: 8192.0,
        },
    ),
    may("cpuunits", ANY_INTEGER),
    may("nameserver", TEXT),
    may("searchdomain", TEXT),
    may_for(Qemu, "name", Form::DnsName),
    may_for(Qemu, "memory", Form::VmMemory),
    may_for(
        Qemu,
        "balloon",
        Form::Integer {
            min: Some(0),
            max: None,
        },
    ),
    may_for(
        Qemu,
        "shares",
        Form::Integer {
            min: Some(0),
            max: Some(50_000),
        },
    ),
    may_for(Qemu, "sockets", AT_LEAST_ONE),
    may_for(Qemu, "vcpus", AT_LEAST_ONE),
    may_for(Qemu, "cpu", TEXT),
    may_for(Qemu, "numa", Form::Boolean),
    may_for(Qemu, "kvm", Form::Boolean),
    may_for(Qemu, "acpi", Form::Boolean),
    may_for(Qemu, "tablet", Form::Boolean),
    may_for(Qemu, "agent", TEXT),
    may_for(Qemu, "hotplug", TEXT),
    may_for(Qemu, "vga", TEXT),
    may_for(Qemu, "machine", TEXT),
    may_for(Qemu, "bios", Form::OneOf(&["seabios", "ovmf"])),
    may_for(Qemu, "ostype", TEXT),
    may_for(Qemu, "scsihw", TEXT),
    may_for(Qemu, "boot", TEXT),
    may_for(Qemu, "ciuser", TEXT),
    may_for(Qemu, "cipassword", TEXT),
    may_for(Qemu, "ciupgrade", Form::Boolean),
    may_for(Qemu, "sshkeys", TEXT),
    may_for(Qemu, "ipconfig[n]", TEXT),
    may_for(Lxc, "hostname", Form::DnsName),
    may_for(
        Lxc,
        "memory",
        Form::Integer {
            min: Some(16),
            max: None,
        },
    ),
    may_for(
        Lxc,
        "swap",
        Form::Integer {
            min: Some(0),
            max: None,
        },
    ),
    may_for(
        Lxc,
        "tty",
        Form::Integer {
            min: Some(0),
            max: Some(6),
        },
    ),
    may_for(Lxc, "console", Form::Boolean),
    may_for(Lxc, "debug", Form::Boolean),
    may_for(Lxc, "features", TEXT),
    may_for(Lxc, "timezone", TEXT),
];

fn show(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    if let Some(name) = request.text("snapshot") {
        let mut map = super::snapshots::snapshot_config(guest, &name)?;
        map.insert("digest".to_owned(), guest.digest().into());
        return Ok(Value::Object(map).into());
    }
    Ok(Value::Object(guest.config_json(!request.flag("current"))).into())
}

fn pending(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    let mut rows: BTreeMap<String, Map<String, Value>> = guest
        .config_json(false)
        .into_iter()
        .map(|(key, value)| {
            let row = Map::from_iter([
                ("key".to_owned(), Value::from(key.as_str())),
                ("value".to_owned(), value),
            ]);
            (key, row)
        })
        .collect();
    for (key, change) in &guest.pending {
        let row = rows
            .entry(key.clone())
            .or_insert_with(|| Map::from_iter([("key".to_owned(), Value::from(key.as_str()))]));
        match change {
            Some(value) => row.insert("pending".to_owned(), value_json(guest.kind, key, value)),
            None => row.insert("delete".to_owned(), json!(1)),
        };
    }
    Ok(rows
        .into_values()
        .map(Value::Object)
        .collect::<Value>()
        .into())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let changes = changes(cluster, request)?;
    if let Some(text) = &request.spoil.error {
        return Err(Refusal::died(text.clone()));
    }
    if let Some(guest) = cluster.guest_mut(request.node(), request.kind(), request.vmid()) {
        for key in request
            .text("revert")
            .iter()
            .flat_map(|text| list_items(text))
        {
            guest.pending.remove(key);
        }
        guest.change_config(&changes);
    }
    Ok(Answer::null())
}

fn update_as_task(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let changes = changes(cluster, request)?;
    let vmid = request.vmid();
    let upid = cluster.start_task(NewTask {
        node: request.node(),
        kind: "qmconfig",
        id: &vmid.to_string(),
        user: &request.who.full(),
        work: Work::Guest(GuestWork {
            kind: Qemu,
            vmid,
            action: Action::Configure { changes },
            skip_lock: request.flag("skiplock"),
        }),
        spoil: request.spoil.clone(),
    });
    Ok(Value::from(upid).into())
}

/// What the request changes, after the checks that PVE makes in this order.
fn changes(
    cluster: &Cluster,
    request: &Request<'_>,
) -> Result<BTreeMap<String, Option<String>>, Refusal> {
    let kind = request.kind();
    let mut changes = BTreeMap::new();
    for (name, given) in &request.parameters {
        let is_order = matches!(
            name.as_str(),
            "delete" | "revert" | "digest" | "force" | "skiplock" | "background_delay"
        );
        if !is_order {
            let value = given.text();
            let value = if name == "tags" {
                sorted_tags(&value)
            } else {
                value
            };
            changes.insert(name.clone(), Some(value));
        }
    }
    for key in request
        .text("delete")
        .iter()
        .flat_map(|text| list_items(text))
    {
        if changes.contains_key(key) {
            return Err(Refusal::parameter(
                "delete",
                format!("you can't use '-{key}' and -delete {key}' at the same time"),
            ));
        }
        if !is_known(kind, key) {
            return Err(Refusal::parameter(
                "delete",
                format!("unknown option '{key}'"),
            ));
        }
        changes.insert(key.to_owned(), None);
    }
    if changes.is_empty() && request.text("revert").is_none() {
        return Err(Refusal::died("no options specified"));
    }
    let guest = cluster.guest_at(request.node(), kind, request.vmid())?;
    check_digest(guest, request.text("digest").as_deref())?;
    if !request.flag("skiplock")
        && let Some(text) = guest.locked_text()
    {
        return Err(Refusal::died(text));
    }
    need_lock_file(cluster, guest)?;
    Ok(changes)
}

fn is_known(kind: GuestKind, key: &str) -> bool {
    let order = matches!(
        key,
        "delete" | "revert" | "digest" | "force" | "skiplock" | "background_delay"
    );
    !order
        && OPTIONS.iter().any(|option| {
            (option.only.is_none() || option.only == Some(kind))
                && (option.name == key
                    || option
                        .name
                        .strip_suffix("[n]")
                        .is_some_and(|start| key.starts_with(start)))
        })
}

fn check_digest(guest: &Guest, digest: Option<&str>) -> Result<(), Refusal> {
    match digest {
        Some(digest) if digest != guest.digest() => Err(Refusal::died(match guest.kind {
            Qemu => "checksum mismatch (file change by other user?)",
            Lxc => "detected modified configuration - file changed by other user? Try again.",
        })),
        _ => Ok(()),
    }
}

/// A worker that holds the lock file for longer than PVE waits makes the change fail.
fn need_lock_file(cluster: &Cluster, guest: &Guest) -> Result<(), Refusal> {
    const WAIT_MS: i64 = 10_000;
    let due_ms = guest
        .holder
        .and_then(|holder| cluster.tasks.get(holder))
        .and_then(crate::cluster::tasks::Task::due_ms);
    match due_ms {
        Some(due_ms) if due_ms - cluster.now_ms > WAIT_MS => {
            let file = guest.kind.lock_file(guest.vmid);
            let mut refusal = Refusal::died(format!("can't lock file '{file}' - got timeout"));
            refusal.delay = std::time::Duration::from_millis(WAIT_MS.unsigned_abs());
            Err(refusal)
        }
        _ => Ok(()),
    }
}

/// Lower case, each once, sorted, joined by semicolons: PVE's default tag style.
fn sorted_tags(text: &str) -> String {
    let mut tags: Vec<String> = list_items(text).map(str::to_lowercase).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_back_sorted_and_joined_by_semicolons() {
        assert_eq!(sorted_tags("prod,web new,Web"), "new;prod;web");
    }
}
