//! When a change of a guest's option takes effect: at once, or at its next start. Pure.
//!
//! PVE says nothing of what waits; the rules are its own: some options are read again while a guest runs,
//! some devices can be plugged while it runs if `hotplug` says so, the rest waits.

use pve::GuestConfig;

use crate::inventory::GuestKind;

/// What a change of one option does to a guest as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Now,
    AtRestart,
    /// At once if the system inside lets go of the device, at the next start otherwise.
    IfReleased,
}

/// Options of virtual machines that PVE reads while they run.
const QEMU_NOW: [&str; 24] = [
    "cicustom",
    "cipassword",
    "citype",
    "ciupgrade",
    "ciuser",
    "cpulimit",
    "cpuunits",
    "description",
    "hookscript",
    "hotplug",
    "lock",
    "migrate_downtime",
    "migrate_speed",
    "name",
    "nameserver",
    "onboot",
    "protection",
    "searchdomain",
    "shares",
    "sshkeys",
    "startup",
    "tags",
    "template",
    "vmstatestorage",
];

/// Options of containers that need a restart.
const LXC_LATER: [&str; 12] = [
    "arch",
    "cmode",
    "console",
    "debug",
    "entrypoint",
    "env",
    "features",
    "ostype",
    "parent",
    "rootfs",
    "tty",
    "unprivileged",
];

/// What setting (`Some`) or removing (`None`) an option does.
pub(super) fn takes(
    kind: GuestKind,
    config: &GuestConfig,
    running: bool,
    key: &str,
    value: Option<&str>,
) -> Takes {
    if !running || slot_of(key) == "unused" {
        return Takes::Now;
    }
    match kind {
        GuestKind::Lxc if LXC_LATER.contains(&key) || slot_of(key) == "dev" => Takes::AtRestart,
        GuestKind::Lxc => Takes::Now,
        GuestKind::Qemu if QEMU_NOW.contains(&key) || slot_of(key) == "ipconfig" => Takes::Now,
        GuestKind::Qemu => device(config, key, value),
    }
}

fn device(config: &GuestConfig, key: &str, value: Option<&str>) -> Takes {
    let features = config.get("hotplug").unwrap_or("network,disk,usb");
    let can = |feature: &str| features == "1" || features.split(',').any(|one| one == feature);
    let present = config.get(key);
    match slot_of(key) {
        "net" if can("network") => match (present, value) {
            // The same card on another bridge or with another tag stays plugged in.
            (Some(old), Some(new)) if card(old) == card(new) => Takes::Now,
            (None, Some(_)) => Takes::Now,
            (_, _) => Takes::IfReleased,
        },
        "usb" if can("usb") => Takes::Now,
        "scsi" | "virtio" if can("disk") => match (present, value) {
            (Some(old), Some(new)) if first(old) == first(new) || both_media(old, new) => {
                Takes::Now
            }
            (None, Some(_)) => Takes::Now,
            (Some(_), None) => Takes::IfReleased,
            (_, _) => Takes::AtRestart,
        },
        "ide" | "sata" => match (present, value) {
            (Some(old), Some(new)) if both_media(old, new) || first(old) == first(new) => {
                Takes::Now
            }
            (_, _) => Takes::AtRestart,
        },
        "balloon" if present.is_some_and(|size| size != "0") && value.is_some_and(|v| v != "0") => {
            Takes::Now
        }
        "memory" if can("memory") && config.get("numa") == Some("1") => Takes::IfReleased,
        "vcpus" if can("cpu") => Takes::Now,
        _ => Takes::AtRestart,
    }
}

/// `scsi` of `scsi0`; a name without a number is itself.
pub(super) fn slot_of(key: &str) -> &str {
    key.trim_end_matches(|letter: char| letter.is_ascii_digit())
}

/// Whether the option is a device that somebody inside may use right now.
pub(super) fn is_device(kind: GuestKind, key: &str) -> bool {
    match kind {
        GuestKind::Qemu => matches!(
            slot_of(key),
            "net" | "scsi" | "virtio" | "ide" | "sata" | "usb" | "hostpci"
        ),
        GuestKind::Lxc => matches!(slot_of(key), "net" | "mp" | "dev"),
    }
}

/// Model and address of a network card.
fn card(value: &str) -> Option<&str> {
    value.split(',').find(|part| part.contains(':'))
}

fn first(value: &str) -> Option<&str> {
    value.split(',').next()
}

fn both_media(old: &str, new: &str) -> bool {
    old.contains("media=cdrom") && new.contains("media=cdrom")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn config(pairs: &[(&str, &str)]) -> GuestConfig {
        GuestConfig {
            digest: None,
            values: pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
        }
    }

    #[test]
    fn what_a_running_machine_takes_at_once_and_what_waits() {
        let config = config(&[
            ("net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0"),
            ("scsi0", "fast:vm-101-disk-0,size=8G"),
            ("ide2", "none,media=cdrom"),
            ("balloon", "1024"),
        ]);
        let rows = [
            ("description", Some("x"), Takes::Now),
            ("ipconfig0", Some("ip=dhcp"), Takes::Now),
            ("cores", Some("4"), Takes::AtRestart),
            ("memory", Some("4096"), Takes::AtRestart),
            ("balloon", Some("512"), Takes::Now),
            (
                "net0",
                Some("virtio=BC:24:11:00:00:01,bridge=vmbr1"),
                Takes::Now,
            ),
            (
                "net0",
                Some("e1000=BC:24:11:00:00:01,bridge=vmbr0"),
                Takes::IfReleased,
            ),
            ("net0", None, Takes::IfReleased),
            ("net1", Some("virtio,bridge=vmbr0"), Takes::Now),
            (
                "scsi0",
                Some("fast:vm-101-disk-0,size=8G,discard=on"),
                Takes::Now,
            ),
            (
                "scsi0",
                Some("fast:vm-101-disk-7,size=8G"),
                Takes::AtRestart,
            ),
            ("scsi1", Some("fast:4"), Takes::Now),
            ("scsi0", None, Takes::IfReleased),
            ("ide2", Some("local:iso/debian.iso,media=cdrom"), Takes::Now),
            ("sata0", Some("fast:4"), Takes::AtRestart),
            ("unused0", None, Takes::Now),
        ];
        for (key, value, expected) in rows {
            let found = takes(GuestKind::Qemu, &config, true, key, value);
            assert_eq!(found, expected, "{key} {value:?}");
            let off = takes(GuestKind::Qemu, &config, false, key, value);
            assert_eq!(off, Takes::Now, "{key} of a stopped machine");
        }
    }

    #[test]
    fn nothing_is_plugged_where_hotplug_is_off() {
        let config = config(&[("hotplug", "0")]);
        for key in ["net1", "scsi1", "usb0", "memory"] {
            let found = takes(GuestKind::Qemu, &config, true, key, Some("x"));
            assert_eq!(found, Takes::AtRestart, "{key}");
        }
    }

    #[test]
    fn a_running_container_takes_nearly_all_at_once() {
        let config = config(&[]);
        let of = |key| takes(GuestKind::Lxc, &config, true, key, Some("x"));
        for key in ["memory", "cores", "hostname", "net0", "mp0", "tags"] {
            assert_eq!(of(key), Takes::Now, "{key}");
        }
        for key in ["features", "rootfs", "dev0", "unprivileged"] {
            assert_eq!(of(key), Takes::AtRestart, "{key}");
        }
    }
}
