//! Changes of a guest's configuration as callers ask for them: what they may not ask, and what comes of it.

use std::collections::BTreeMap;

use super::drives::{Drive, check_drive, with_address};
use super::route::Request;
use crate::cluster::Cluster;
use crate::cluster::disk::{is_disk_key, is_volume_key};
use crate::cluster::guest::{Guest, GuestKind};
use crate::cluster::refusal::Refusal;
use crate::random::{Random, mix, text_seed};
use crate::schema::check::list_items;

/// What a request wants of a configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) drives: BTreeMap<String, Drive>,
    pub(crate) delete: Vec<String>,
    pub(crate) revert: Vec<String>,
    /// Disks that are deleted are destroyed, not kept as unused.
    pub(crate) force: bool,
}

impl Wanted {
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
            && self.drives.is_empty()
            && self.delete.is_empty()
            && self.revert.is_empty()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.values
            .keys()
            .chain(self.drives.keys())
            .chain(&self.delete)
            .map(String::as_str)
    }
}

/// Parameters that say how, not what.
const HOW: &[&str] = &[
    "delete",
    "revert",
    "digest",
    "force",
    "skiplock",
    "background_delay",
    "import-working-storage",
    "vmid",
    "archive",
    "ostemplate",
    "bwlimit",
    "ha-managed",
    "live-restore",
    "pool",
    "start",
    "storage",
    "unique",
    "restore",
    "password",
    "ssh-public-keys",
    "ignore-unpack-errors",
];

/// Whether a parameter says how, not what.
pub(crate) fn says_how(name: &str) -> bool {
    HOW.contains(&name)
}

/// Reads the options of a request, in the order of PVE's checks.
pub(crate) fn read(
    cluster: &Cluster,
    request: &Request<'_>,
    (kind, vmid): (GuestKind, u32),
) -> Result<Wanted, Refusal> {
    let list = |name: &str| -> Vec<String> {
        let text = request.text(name).unwrap_or_default();
        list_items(&text).map(str::to_owned).collect()
    };
    let mut wanted = Wanted {
        delete: list("delete"),
        revert: list("revert"),
        force: request.flag("force"),
        ..Wanted::default()
    };
    let given = |key: &String| request.parameters.contains_key(key);
    let known = |key: &str| key == "meta" || request.route_knows(key) && !HOW.contains(&key);
    for key in &mut wanted.delete {
        if kind == GuestKind::Qemu && key == OLD_CD_DRIVE.0 {
            OLD_CD_DRIVE.1.clone_into(key);
        }
    }
    for (orders, name) in [(&wanted.revert, "revert"), (&wanted.delete, "delete")] {
        for key in orders {
            if given(key) {
                return Err(Refusal::parameter(
                    "delete",
                    format!("you can't use '-{key}' and -{name} {key}' at the same time"),
                ));
            }
            if !known(key) && !is_volume_key(kind, key) {
                return Err(Refusal::parameter(name, format!("unknown option '{key}'")));
            }
        }
    }
    let place = (request.node(), kind, vmid);
    for (name, given) in &request.parameters {
        if HOW.contains(&name.as_str()) {
            continue;
        }
        let (name, value) = placed(kind, name, given.text());
        if is_drive(kind, name) {
            let drive = check_drive(cluster, place, name, &value)?;
            wanted.drives.insert(name.to_owned(), drive);
            continue;
        }
        check_value(cluster, request, kind, name, &value)?;
        let value = stored(cluster, (kind, vmid), name, &value);
        wanted.values.insert(name.to_owned(), value);
    }
    Ok(wanted)
}

/// The CD drive of old has a fixed place.
const OLD_CD_DRIVE: (&str, &str) = ("cdrom", "ide2");

/// An option and its value under the name that it has in a configuration.
fn placed(kind: GuestKind, name: &str, value: String) -> (&str, String) {
    if kind != GuestKind::Qemu || name != OLD_CD_DRIVE.0 {
        return (name, value);
    }
    let is_disc = value.contains("media=");
    let value = if is_disc {
        value
    } else {
        format!("{value},media=cdrom")
    };
    (OLD_CD_DRIVE.1, value)
}

/// What a request says of an option, if it sets it.
pub(crate) fn given(request: &Request<'_>, key: &str) -> Option<String> {
    let of_old = || {
        let value = request.text(OLD_CD_DRIVE.0)?;
        let (place, value) = placed(request.kind(), OLD_CD_DRIVE.0, value);
        (place == key).then_some(value)
    };
    request.text(key).or_else(of_old)
}

fn is_drive(kind: GuestKind, name: &str) -> bool {
    is_disk_key(kind, name) || (kind == GuestKind::Qemu && matches!(name, "efidisk0" | "tpmstate0"))
}

/// Checks that need to know the cluster.
fn check_value(
    cluster: &Cluster,
    request: &Request<'_>,
    kind: GuestKind,
    name: &str,
    value: &str,
) -> Result<(), Refusal> {
    match name {
        "hookscript" => {
            let text = if cluster.volume(request.node(), value).is_none() {
                format!("script '{value}' does not exist\n")
            } else if !value.contains(":snippets/") {
                format!("'{value}' is not in the snippets directory\n")
            } else {
                return Ok(());
            };
            Err(match kind {
                GuestKind::Qemu => Refusal::parameter(name, text),
                GuestKind::Lxc => Refusal::died(text),
            })
        }
        "sshkeys" => {
            let keys = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            let all_good = keys
                .lines()
                .filter(|line| !line.trim().is_empty())
                .all(|line| {
                    line.starts_with("ssh-")
                        || line.starts_with("ecdsa-")
                        || line.starts_with("sk-")
                });
            if all_good {
                return Ok(());
            }
            Err(Refusal::died("SSH public key validation error"))
        }
        "unprivileged" => Err(Refusal::died(
            "unable to modify read-only option: 'unprivileged'",
        ))
        .or_else(|refusal| {
            if request.route_creates() {
                Ok(())
            } else {
                Err(refusal)
            }
        }),
        _ if kind == GuestKind::Lxc && name.starts_with("net") && !value.contains("bridge=") => {
            Err(Refusal::died("bridge '' does not exist"))
        }
        _ if kind == GuestKind::Lxc && name.starts_with("dev") => check_device(value),
        _ => Ok(()),
    }
}

fn check_device(value: &str) -> Result<(), Refusal> {
    let path = value
        .split(',')
        .map(|part| part.strip_prefix("path=").unwrap_or(part))
        .find(|part| part.starts_with("/dev/"))
        .unwrap_or_default();
    let name = path.trim_start_matches("/dev/");
    let usual = [
        "null", "zero", "full", "random", "urandom", "kvm", "fuse", "tty", "dri/", "net/tun",
        "video", "input/", "snd/", "bus/usb/", "nvidia", "apex_", "loop",
    ];
    if usual.iter().any(|start| name.starts_with(start)) {
        return Ok(());
    }
    Err(Refusal::died(format!("Device {path} does not exist")))
}

/// A value in the spelling in which it is stored.
fn stored(cluster: &Cluster, (kind, vmid): (GuestKind, u32), name: &str, value: &str) -> String {
    let value = match name {
        "tags" => sorted_tags(value),
        "memory" => value.trim_start_matches("current=").to_owned(),
        "smbios1" if value == "1" => format!("uuid={}", Random::new(cluster.seed).uuid()),
        _ if name
            .strip_prefix("net")
            .is_some_and(|number| number.parse::<u8>().is_ok()) =>
        {
            let seed = mix(
                cluster.seed,
                &[
                    u64::from(vmid),
                    text_seed(name),
                    cluster.now_ms.unsigned_abs(),
                ],
            );
            with_address(kind, value, &Random::new(seed).mac())
        }
        _ => value.to_owned(),
    };
    // An empty value is kept as a blank.
    if value.is_empty() {
        " ".to_owned()
    } else {
        value
    }
}

/// Lower case, each once, sorted, joined by semicolons: PVE's default tag style.
fn sorted_tags(text: &str) -> String {
    let mut tags: Vec<String> = list_items(text).map(str::to_lowercase).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.join(";")
}

/// Checks against the guest as it is.
pub(crate) fn check_against(guest: &Guest, wanted: &Wanted) -> Result<(), Refusal> {
    if guest.is_flag_set("protection") {
        for key in &wanted.delete {
            if is_disk_key(guest.kind, key) || key.starts_with("unused") {
                return Err(Refusal::died(match guest.kind {
                    GuestKind::Qemu => {
                        format!("can't remove drive '{key}' - protection mode enabled")
                    }
                    GuestKind::Lxc => format!(
                        "can't remove CT {} drive '{key}' - protection mode enabled",
                        guest.vmid
                    ),
                }));
            }
        }
    }
    match guest.kind {
        GuestKind::Qemu => check_machine(guest, wanted),
        GuestKind::Lxc => {
            for key in &wanted.delete {
                if matches!(key.as_str(), "rootfs" | "memory" | "ostype") {
                    return Err(Refusal::died(format!(
                        "unable to delete required option '{key}'"
                    )));
                }
                if key == "unprivileged" {
                    return Err(Refusal::died(
                        "unable to delete read-only option: 'unprivileged'",
                    ));
                }
            }
            Ok(())
        }
    }
}

fn check_machine(guest: &Guest, wanted: &Wanted) -> Result<(), Refusal> {
    let number = |key: &str| {
        wanted
            .values
            .get(key)
            .and_then(|value| value.parse::<u64>().ok())
    };
    let memory = number("memory")
        .or_else(|| guest.pending_number("memory"))
        .unwrap_or(512);
    let balloon = number("balloon").or_else(|| {
        // Looked at only when one of the two is changed.
        number("memory").and_then(|_| guest.pending_number("balloon"))
    });
    if balloon.is_some_and(|balloon| balloon > memory) {
        return Err(Refusal::died(
            "balloon value too large (must be smaller than assigned memory)",
        ));
    }
    let order = wanted
        .values
        .get("boot")
        .and_then(|boot| boot.split(',').find_map(|part| part.strip_prefix("order=")))
        .unwrap_or_default();
    for device in order.split(';').filter(|device| !device.is_empty()) {
        let there = guest.config.contains_key(device)
            || guest.pending.contains_key(device)
            || wanted.drives.contains_key(device)
            || wanted.values.contains_key(device);
        if !there || wanted.delete.iter().any(|key| key == device) {
            return Err(Refusal::died(format!(
                "invalid bootorder: device '{device}' does not exist'"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_back_sorted_and_joined_by_semicolons() {
        assert_eq!(sorted_tags("prod,web new,Web"), "new;prod;web");
    }
}
