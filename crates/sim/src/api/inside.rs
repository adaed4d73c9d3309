//! What guests show of themselves besides the agent: the monitor, cloud-init, addresses of containers.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{Guest, GuestKind, RunState, value_json};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/nodes/{node}/qemu/{vmid}/monitor", monitor)
            .checked("/vms/{vmid}", &["Sys.Audit", "VM.Monitor", "Sys.Modify"]),
        Route::get("/nodes/{node}/qemu/{vmid}/cloudinit", cloud_init)
            .checked("/vms/{vmid}", &["VM.Audit"]),
        Route::put("/nodes/{node}/qemu/{vmid}/cloudinit", regenerate)
            .checked("/vms/{vmid}", &["VM.Config.Cloudinit"])
            .records("guest.regenerate_cloudinit", "guest/{vmid}"),
        Route::get("/nodes/{node}/qemu/{vmid}/cloudinit/dump", dump)
            .checked("/vms/{vmid}", &["VM.Audit"]),
        Route::get("/nodes/{node}/lxc/{vmid}/interfaces", interfaces)
            .checked("/vms/{vmid}", &["VM.Audit"]),
    ]
}

fn monitor(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let vmid = request.vmid();
    let guest = cluster.guest_at(request.node(), GuestKind::Qemu, vmid)?;
    let command = request.text("command").unwrap_or_default();
    let text = match (&guest.run, command.trim()) {
        (RunState::Stopped, _) => format!("ERROR: VM {vmid} not running\n"),
        (RunState::Running { .. }, "info status") => "VM status: running\r\n".to_owned(),
        (RunState::Paused { .. }, "info status") => "VM status: paused\r\n".to_owned(),
        (_, "info version") => format!(
            "{}pve-qemu-kvm_{}\r\n",
            cluster.version.qemu(),
            cluster.version.qemu()
        ),
        (_, command) if !is_monitor_command(command) => {
            format!("unknown command: '{command}'\r\n")
        }
        _ => {
            return Err(Refusal::not_simulated(format!(
                "the monitor command '{command}' is not simulated"
            )));
        }
    };
    Ok(Value::from(text).into())
}

/// Whether QEMU's monitor knows the first word.
fn is_monitor_command(command: &str) -> bool {
    let word = command.split([' ', '/']).next().unwrap_or_default();
    MONITOR_COMMANDS.contains(&word)
}

const MONITOR_COMMANDS: &[&str] = &[
    "announce_self",
    "backup",
    "backup_cancel",
    "balloon",
    "block_job_cancel",
    "block_job_complete",
    "block_job_pause",
    "block_job_resume",
    "block_job_set_speed",
    "block_resize",
    "block_set_io_throttle",
    "boot_set",
    "c",
    "calc_dirty_rate",
    "cancel_vcpu_dirty_limit",
    "change",
    "chardev-add",
    "chardev-change",
    "chardev-remove",
    "chardev-send-break",
    "client_migrate_info",
    "closefd",
    "commit",
    "cont",
    "cpu",
    "delete-snapshot-drive",
    "delvm",
    "device_add",
    "device_del",
    "drive_add",
    "drive_backup",
    "drive_del",
    "drive_mirror",
    "dump-guest-memory",
    "dumpdtb",
    "eject",
    "exit_preconfig",
    "expire_password",
    "gdbserver",
    "getfd",
    "gpa2hpa",
    "gpa2hva",
    "gva2gpa",
    "help",
    "hostfwd_add",
    "hostfwd_remove",
    "i",
    "info",
    "loadvm",
    "log",
    "logfile",
    "mce",
    "memsave",
    "migrate",
    "migrate_cancel",
    "migrate_continue",
    "migrate_incoming",
    "migrate_pause",
    "migrate_recover",
    "migrate_set_capability",
    "migrate_set_parameter",
    "migrate_start_postcopy",
    "mouse_button",
    "mouse_move",
    "mouse_set",
    "nbd_server_add",
    "nbd_server_remove",
    "nbd_server_start",
    "nbd_server_stop",
    "netdev_add",
    "netdev_del",
    "nmi",
    "o",
    "object_add",
    "object_del",
    "one-insn-per-tb",
    "p",
    "pcie_aer_inject_error",
    "pmemsave",
    "print",
    "q",
    "qemu-io",
    "qom-get",
    "qom-list",
    "qom-set",
    "quit",
    "replay_break",
    "replay_delete_break",
    "replay_seek",
    "ringbuf_read",
    "ringbuf_write",
    "s",
    "savevm",
    "savevm-end",
    "savevm-start",
    "screendump",
    "sendkey",
    "set_link",
    "set_password",
    "set_vcpu_dirty_limit",
    "singlestep",
    "snapshot-drive",
    "snapshot_blkdev",
    "snapshot_blkdev_internal",
    "snapshot_delete_blkdev_internal",
    "stop",
    "stopcapture",
    "sum",
    "sync-profile",
    "system_powerdown",
    "system_reset",
    "system_wakeup",
    "trace-event",
    "trace-file",
    "watchdog_action",
    "wavcapture",
    "x",
    "x_colo_lost_heartbeat",
    "xp",
    "xen-event-inject",
    "xen-event-list",
];

fn is_cloud_init_key(key: &str) -> bool {
    matches!(
        key,
        "cicustom"
            | "cipassword"
            | "citype"
            | "ciupgrade"
            | "ciuser"
            | "nameserver"
            | "searchdomain"
            | "sshkeys"
    ) || key.starts_with("ipconfig")
}

fn cloud_init(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), GuestKind::Qemu, request.vmid())?;
    let rows: Value = guest
        .config
        .iter()
        .filter(|(key, _)| is_cloud_init_key(key))
        .map(|(key, value)| json!({ "key": key, "value": value_json(guest.kind, key, value) }))
        .collect();
    Ok(rows.into())
}

fn regenerate(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), GuestKind::Qemu, request.vmid())?;
    if let Some(text) = guest.locked_text() {
        return Err(Refusal::died(text));
    }
    Ok(Answer::null())
}

fn dump(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), GuestKind::Qemu, request.vmid())?;
    let text = match request.text("type").as_deref() {
        Some("user") => user_data(guest),
        Some("network") => network_data(guest),
        _ => format!("instance-id: {}\n", guest.digest()),
    };
    Ok(Value::from(text).into())
}

fn user_data(guest: &Guest) -> String {
    let name = guest.name();
    let mut text =
        format!("#cloud-config\nhostname: {name}\nmanage_etc_hosts: true\nfqdn: {name}\n");
    let get = |key: &str| {
        guest
            .config
            .get(key)
            .filter(|value| !value.trim().is_empty())
    };
    if let Some(user) = get("ciuser") {
        text.push_str("user: ");
        text.push_str(user);
        text.push('\n');
    }
    if get("cipassword").is_some() {
        text.push_str("password: **********\n");
    }
    if let Some(keys) = get("sshkeys") {
        text.push_str("ssh_authorized_keys:\n");
        let keys = percent_encoding::percent_decode_str(keys)
            .decode_utf8_lossy()
            .into_owned();
        for key in keys.lines().filter(|key| !key.trim().is_empty()) {
            text.push_str("  - ");
            text.push_str(key);
            text.push('\n');
        }
    }
    let upgrade = guest
        .config
        .get("ciupgrade")
        .is_none_or(|value| value != "0");
    text.push_str("chpasswd:\n  expire: False\nusers:\n  - default\n");
    text.push_str(if upgrade {
        "package_upgrade: true\n"
    } else {
        "package_upgrade: false\n"
    });
    text
}

fn network_data(guest: &Guest) -> String {
    let mut text = "version: 1\nconfig:\n".to_owned();
    for (key, value) in guest
        .config
        .iter()
        .filter(|(key, _)| key.starts_with("ipconfig"))
    {
        let number = key.trim_start_matches("ipconfig");
        text.push_str("    - type: physical\n      name: eth");
        text.push_str(number);
        text.push_str("\n      subnets:\n");
        for part in value.split(',').filter_map(|part| part.split_once('=')) {
            let line = match part {
                ("ip", "dhcp") => "      - type: dhcp4\n".to_owned(),
                ("ip", address) => format!("      - type: static\n        address: '{address}'\n"),
                ("gw", gateway) => format!("        gateway: '{gateway}'\n"),
                _ => continue,
            };
            text.push_str(&line);
        }
    }
    text
}

fn interfaces(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), GuestKind::Lxc, request.vmid())?;
    if !guest.run.is_running() {
        return Ok(Answer::null());
    }
    let mut rows = vec![json!({
        "name": "lo", "hwaddr": "00:00:00:00:00:00", "hardware-address": "00:00:00:00:00:00",
        "ip-addresses": [{ "ip-address": "127.0.0.1", "ip-address-type": "inet", "prefix": "8" }],
        "inet": "127.0.0.1/8",
    })];
    for (_, value) in guest.config.iter().filter(|(key, _)| {
        key.strip_prefix("net")
            .is_some_and(|number| number.parse::<u8>().is_ok())
    }) {
        let get = |name: &str| {
            value
                .split(',')
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        let mac = get("hwaddr").unwrap_or_default().to_lowercase();
        let mut row = json!({
            "name": get("name").unwrap_or("eth0"), "hwaddr": mac, "hardware-address": mac, "ip-addresses": [],
        });
        if let (Some(row), Some((address, prefix))) = (
            row.as_object_mut(),
            get("ip").and_then(|ip| ip.split_once('/')),
        ) {
            row.insert("inet".to_owned(), format!("{address}/{prefix}").into());
            row.insert(
                "ip-addresses".to_owned(),
                json!([{ "ip-address": address, "ip-address-type": "inet", "prefix": prefix }]),
            );
        }
        rows.push(row);
    }
    Ok(Value::from(rows).into())
}
