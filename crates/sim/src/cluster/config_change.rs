//! Changes of a guest's configuration: what takes effect at once, what waits, and what becomes of disks.

use std::collections::BTreeMap;

use super::Cluster;
use super::disk::{Volume, is_disk_key, is_volume_key, owner_of};
use super::guest::{Guest, GuestKind};

/// What a change of an option does to a running guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    AtOnce,
    AtNextStart,
    /// It was tried and the guest does not let go of the device.
    Refused,
    /// It was tried and the device did not come up: it sits behind a bridge that nobody set up.
    NotSeen,
}

/// Texts by option, of changes that could not be made on the running guest.
pub(crate) type Problems = BTreeMap<String, String>;

impl Guest {
    pub(crate) fn pending_number(&self, key: &str) -> Option<u64> {
        match self.pending.get(key) {
            Some(Some(value)) => value.parse().ok(),
            Some(None) => None,
            None => self.number(key),
        }
    }

    /// Sets or removes an option; a disk that loses its place is kept as unused.
    pub(crate) fn set_option(&mut self, key: &str, value: Option<&str>) {
        let old = match value {
            Some(value) => self.config.insert(key.to_owned(), value.to_owned()),
            None => self.config.remove(key),
        };
        if !is_volume_key(self.kind, key) {
            return;
        }
        if let Some(new) = value.and_then(Volume::parse) {
            let is_this =
                |other: &str| Volume::parse(other).is_some_and(|other| other.id == new.id);
            self.config
                .retain(|other, value| !other.starts_with("unused") || !is_this(value));
        }
        let Some(old) = old.as_deref().and_then(Volume::parse) else {
            return;
        };
        let is_still_there = self
            .config
            .values()
            .any(|value| Volume::parse(value).is_some_and(|volume| volume.id == old.id));
        let is_kept = owner_of(old.id) == Some(self.vmid) && !old.id.contains("cloudinit");
        if is_kept && !is_still_there && !key.starts_with("unused") {
            self.add_unused(old.id);
        }
    }

    fn effect(&self, key: &str, value: Option<&str>) -> Effect {
        if !self.run.is_running() {
            return Effect::AtOnce;
        }
        match self.kind {
            GuestKind::Lxc => container_effect(key),
            GuestKind::Qemu if is_hot_option(key) => Effect::AtOnce,
            GuestKind::Qemu => self.device_effect(key, value),
        }
    }

    fn has_own_controllers(&self) -> bool {
        self.config
            .get("scsihw")
            .is_some_and(|model| model == "virtio-scsi-single")
    }

    fn device_effect(&self, key: &str, value: Option<&str>) -> Effect {
        let features = self
            .config
            .get("hotplug")
            .map_or("network,disk,usb", String::as_str);
        let can = |feature: &str| features == "1" || features.split(',').any(|one| one == feature);
        let present = self.config.get(key);
        if key.starts_with("net") && can("network") {
            return match (present, value) {
                (Some(old), Some(new)) if card(old) == card(new) => Effect::AtOnce,
                (Some(_), _) if !self.has_system => Effect::Refused,
                _ => Effect::AtOnce,
            };
        }
        if key.starts_with("usb") && can("usb") {
            return Effect::AtOnce;
        }
        if key == "balloon" && self.config.get("balloon").is_some_and(|value| value != "0") {
            return Effect::AtOnce;
        }
        if !is_disk_key(self.kind, key) || !can("disk") {
            return Effect::AtNextStart;
        }
        let is_medium = |value: &str| value.contains("media=cdrom");
        match (present, value) {
            // A medium is changed in a drive that is there.
            (Some(old), Some(new)) if is_medium(old) && is_medium(new) => Effect::AtOnce,
            // Every disk of this kind brings a controller of its own, which sits behind a bridge. Where the
            // processor was never let go, no firmware has set up the bridge.
            (None, Some(_))
                if key.starts_with("scsi")
                    && self.is_flag_set("freeze")
                    && self.has_own_controllers() =>
            {
                Effect::NotSeen
            }
            (None, Some(_)) if key.starts_with("scsi") || key.starts_with("virtio") => {
                Effect::AtOnce
            }
            (Some(_), None) if key.starts_with("scsi") || key.starts_with("virtio") => {
                if self.has_system {
                    Effect::AtOnce
                } else {
                    Effect::Refused
                }
            }
            (Some(old), Some(new)) if file(old) == file(new) => Effect::AtOnce,
            _ => Effect::AtNextStart,
        }
    }
}

/// Model and address of a network card.
fn card(value: &str) -> Option<&str> {
    value.split(',').find(|part| part.contains(':'))
}

fn file(value: &str) -> Option<&str> {
    value.split(',').next()
}

fn container_effect(key: &str) -> Effect {
    let hot = matches!(
        key,
        "memory"
            | "swap"
            | "cores"
            | "cpulimit"
            | "cpuunits"
            | "hostname"
            | "nameserver"
            | "searchdomain"
            | "description"
            | "onboot"
            | "startup"
            | "tags"
            | "protection"
            | "lock"
            | "template"
            | "timezone"
            | "hookscript"
    ) || key.starts_with("net")
        || key.starts_with("mp")
        || key.starts_with("unused");
    if hot {
        Effect::AtOnce
    } else {
        Effect::AtNextStart
    }
}

/// Options that a running VM takes at once.
fn is_hot_option(key: &str) -> bool {
    matches!(
        key,
        "description"
            | "cpulimit"
            | "cpuunits"
            | "hookscript"
            | "hotplug"
            | "lock"
            | "migrate_downtime"
            | "migrate_speed"
            | "name"
            | "onboot"
            | "protection"
            | "shares"
            | "startup"
            | "tags"
            | "vmstatestorage"
            | "cicustom"
            | "ciuser"
            | "cipassword"
            | "citype"
            | "ciupgrade"
            | "sshkeys"
            | "nameserver"
            | "searchdomain"
    ) || key.starts_with("ipconfig")
        || key.starts_with("unused")
}

impl Cluster {
    /// Makes the changes that can be made now; the others wait. Gives the texts of those that failed.
    pub(crate) fn change_config(
        &mut self,
        vmid: u32,
        changes: &BTreeMap<String, Option<String>>,
    ) -> Problems {
        let mut problems = Problems::new();
        for (key, value) in changes {
            let Some(guest) = self.guests.get_mut(&vmid) else {
                break;
            };
            if key == "lock" {
                guest.lock.clone_from(value);
                continue;
            }
            if guest.config.get(key) == value.as_ref() {
                guest.pending.remove(key);
                continue;
            }
            match guest.effect(key, value.as_deref()) {
                Effect::AtOnce => {
                    guest.pending.remove(key);
                    self.set_option(vmid, key, value.as_deref());
                }
                Effect::AtNextStart => {
                    guest.pending.insert(key.clone(), value.clone());
                }
                Effect::Refused => {
                    guest.pending.insert(key.clone(), value.clone());
                    problems.insert(
                        key.clone(),
                        format!(
                            "hotplug problem - error on hot-unplugging device '{key}' - still busy in guest?\n"
                        ),
                    );
                }
                Effect::NotSeen => {
                    guest.pending.insert(key.clone(), value.clone());
                    problems.insert(
                        key.clone(),
                        format!("hotplug problem - error on hotplug device 'virtio{key}'\n"),
                    );
                }
            }
        }
        problems
    }

    /// A container does not keep a volume as unused that is not there.
    fn forget_missing(&mut self, vmid: u32, old: Option<&str>) {
        let Some(guest) = self.guests.get(&vmid) else {
            return;
        };
        let gone = old
            .and_then(Volume::parse)
            .filter(|old| {
                guest.kind == GuestKind::Lxc && self.volume(&guest.node, old.id).is_none()
            })
            .map(|old| old.id.to_owned());
        if let (Some(gone), Some(guest)) = (gone, self.guests.get_mut(&vmid)) {
            guest
                .config
                .retain(|key, value| !key.starts_with("unused") || *value != gone);
        }
    }

    /// Sets an option now, and lets go of the volume of an unused disk that is removed.
    pub(crate) fn set_option(&mut self, vmid: u32, key: &str, value: Option<&str>) {
        let Some(guest) = self.guests.get_mut(&vmid) else {
            return;
        };
        let node = guest.node.clone();
        let old = guest.config.get(key).cloned();
        guest.set_option(key, value);
        self.forget_missing(vmid, old.as_deref());
        let Some(guest) = self.guests.get(&vmid) else {
            return;
        };
        let gone = old
            .as_deref()
            .filter(|old| key.starts_with("unused") || old.contains("cloudinit"))
            .and_then(Volume::parse)
            .filter(|old| owner_of(old.id) == Some(vmid) && !guest.names_volume(old.id))
            .map(|old| old.id.to_owned());
        if let Some(volid) = gone {
            self.remove_volume(&node, &volid);
        }
    }
}

/// `update VM 100: -delete onboot -memory 320`
pub(crate) fn update_line(vmid: u32, changes: &BTreeMap<String, Option<String>>) -> String {
    let mut line = format!("update VM {vmid}:");
    let removed: Vec<&str> = changes
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(key, _)| key.as_str())
        .collect();
    let mut words = BTreeMap::new();
    if !removed.is_empty() {
        words.insert("delete", removed.join(","));
    }
    for (key, value) in changes {
        if let Some(value) = value {
            let shown = if key == "cipassword" {
                "<hidden>"
            } else {
                value
            };
            words.insert(key, shown.to_owned());
        }
    }
    for (key, value) in words {
        for word in [" -", key, " ", &value] {
            line.push_str(word);
        }
    }
    line
}
