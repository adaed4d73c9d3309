//! What is inside a guest, as its agent tells it: a small Linux system.

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::cluster::guest::{Guest, GuestKind};

/// Memory is given to Linux in blocks of that size.
pub(crate) const MEMORY_BLOCK_BYTES: u64 = 128 << 20;

const KERNEL: &str = "6.1.0-28-amd64";
const KERNEL_BUILD: &str = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)";

/// Name and version of the system.
pub(crate) fn system(_: &Cluster, _: &Guest) -> Value {
    json!({
        "id": "debian", "name": "Debian GNU/Linux", "pretty-name": "Debian GNU/Linux 12 (bookworm)",
        "version": "12 (bookworm)", "version-id": "12", "machine": "x86_64",
        "kernel-release": KERNEL, "kernel-version": KERNEL_BUILD,
    })
}

/// Where file systems are mounted: the first disk is the root.
pub(crate) fn mounts(guest: &Guest) -> Vec<String> {
    guest
        .disks()
        .filter(|(_, volume)| !volume.is_cdrom)
        .enumerate()
        .map(|(index, _)| match index {
            0 => "/".to_owned(),
            index => format!("/srv/disk{index}"),
        })
        .collect()
}

pub(crate) fn filesystems(cluster: &Cluster, guest: &Guest) -> Value {
    let sizes: Vec<u64> = guest
        .disks()
        .filter(|(_, volume)| !volume.is_cdrom)
        .map(|(_, volume)| volume.size_bytes)
        .collect();
    mounts(guest)
        .iter()
        .zip(sizes)
        .enumerate()
        .map(|(index, (mount, size))| {
            let letter = char::from(b'a' + u8::try_from(index).unwrap_or(0).min(25));
            json!({
                "name": format!("sd{letter}1"), "mountpoint": mount, "type": "ext4", "total-bytes": size / 100 * 97,
                "used-bytes": (size as f64 * guest.load.disk_fraction(cluster.now_ms)) as u64,
                "disk": [{
                    "bus-type": "scsi", "bus": 0, "unit": index, "target": 0, "dev": format!("/dev/sd{letter}1"),
                    "pci-controller": { "domain": 0, "bus": 0, "slot": 5, "function": 0 },
                }],
            })
        })
        .collect()
}

pub(crate) fn processors(_: &Cluster, guest: &Guest) -> Value {
    (0..guest.cpus())
        .map(|number| json!({ "logical-id": number, "online": true, "can-offline": number > 0 }))
        .collect()
}

pub(crate) fn memory_blocks(_: &Cluster, guest: &Guest) -> Value {
    (0..guest.memory_bytes() / MEMORY_BLOCK_BYTES)
        .map(|number| json!({ "phys-index": number, "online": true, "can-offline": true }))
        .collect()
}

/// The commands that the agent takes.
pub(crate) fn commands(_: &Cluster, _: &Guest) -> Value {
    const NAMES: &[&str] = &[
        "guest-exec",
        "guest-exec-status",
        "guest-file-close",
        "guest-file-open",
        "guest-file-read",
        "guest-file-write",
        "guest-fsfreeze-freeze",
        "guest-fsfreeze-status",
        "guest-fsfreeze-thaw",
        "guest-fstrim",
        "guest-get-fsinfo",
        "guest-get-host-name",
        "guest-get-memory-block-info",
        "guest-get-memory-blocks",
        "guest-get-osinfo",
        "guest-get-time",
        "guest-get-timezone",
        "guest-get-users",
        "guest-get-vcpus",
        "guest-info",
        "guest-network-get-interfaces",
        "guest-ping",
        "guest-set-user-password",
        "guest-shutdown",
        "guest-suspend-ram",
    ];
    let known: Vec<Value> = NAMES
        .iter()
        .map(|name| json!({ "name": name, "enabled": true, "success-response": *name != "guest-shutdown" }))
        .collect();
    json!({ "version": "7.2.13", "supported_commands": known })
}

pub(crate) fn interfaces(cluster: &Cluster, guest: &Guest) -> Value {
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
    json!([
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
    ])
}

fn statistics(received: u64, sent: u64) -> Value {
    json!({
        "rx-bytes": received, "rx-packets": received / 900, "rx-errs": 0, "rx-dropped": 0,
        "tx-bytes": sent, "tx-packets": sent / 900, "tx-errs": 0, "tx-dropped": 0,
    })
}

/// Files that every such system has.
pub(crate) fn file(guest: &Guest, path: &str) -> Option<String> {
    Some(match path {
        "/etc/hostname" => format!("{}\n", guest.name()),
        "/etc/os-release" => "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n".to_owned(),
        "/etc/passwd" => "root:x:0:0:root:/root:/bin/bash\ndebian:x:1000:1000::/home/debian:/bin/bash\n".to_owned(),
        _ => return None,
    })
}

/// How a program ended.
pub(crate) struct Program {
    pub(crate) output: String,
    pub(crate) exit_code: i32,
}

/// Runs one of the programs that are known here; `None` for all others.
pub(crate) fn run(
    cluster: &Cluster,
    guest: &Guest,
    words: &[String],
    input: &str,
) -> Option<Program> {
    debug_assert_eq!(guest.kind, GuestKind::Qemu);
    let (program, arguments) = words.split_first()?;
    let name = program.rsplit('/').next().unwrap_or_default();
    let ends = |output: String| {
        Some(Program {
            output,
            exit_code: 0,
        })
    };
    match name {
        "uname" => ends(format!(
            "Linux {} {KERNEL} {KERNEL_BUILD} x86_64 GNU/Linux\n",
            guest.name()
        )),
        "hostname" => ends(format!("{}\n", guest.name())),
        "cat" if arguments.is_empty() => ends(input.to_owned()),
        "cat" => {
            let texts: Option<Vec<String>> =
                arguments.iter().map(|path| file(guest, path)).collect();
            match texts {
                Some(texts) => ends(texts.concat()),
                None => Some(Program {
                    output: String::new(),
                    exit_code: 1,
                }),
            }
        }
        "echo" => ends(format!("{}\n", arguments.join(" "))),
        "true" => ends(String::new()),
        // Without an operand it says how it is used, and fails.
        "false" => Some(Program {
            output: String::new(),
            exit_code: 1,
        }),
        "sleep" => Some(Program {
            output: String::new(),
            exit_code: i32::from(arguments.is_empty()),
        }),
        "uptime" => {
            let seconds = guest.figures(cluster.now_ms).uptime_s;
            ends(format!(
                " up {} days, {}:{:02}\n",
                seconds / 86_400,
                seconds / 3600 % 24,
                seconds / 60 % 60
            ))
        }
        _ => None,
    }
}
