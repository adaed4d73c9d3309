//! What PVE wants of whoever changes an option of a guest. Rights on storages, networks and single tags, which
//! it looks at besides, are no part of it.

use crate::guests::GuestConfig;
use crate::ids::{GuestAt, GuestKind};
use crate::property::{Drive, DriveSlot, HOST_PCI, PropertyString, RANDOM, Shape, USB, VIRTIO_FS};
use crate::schema::Need;

/// What PVE wants of whoever sets an option of a guest, or removes it (no `value`). [`Need::Root`] is root
/// itself: here no token stands for it. Drives and devices are judged by what they are and by what they
/// become, hence the configuration.
///
/// ```
/// use pve::{GuestAt, GuestConfig, GuestKind, Need, option_need};
/// let at = GuestAt { node: "pve1".parse()?, kind: GuestKind::Qemu, vmid: 101.try_into()? };
/// let need = option_need(&at, &GuestConfig::default(), "cores", Some("4"));
/// assert_eq!(need, Need::on("/vms/101", "VM.Config.CPU"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn option_need(at: &GuestAt, config: &GuestConfig, key: &str, value: Option<&str>) -> Need {
    let change = Change {
        path: format!("/vms/{}", at.vmid),
        config,
        key,
        value,
    };
    match at.kind {
        GuestKind::Qemu => change.of_machine(),
        GuestKind::Lxc => change.of_container(),
    }
}

struct Change<'a> {
    path: String,
    config: &'a GuestConfig,
    key: &'a str,
    value: Option<&'a str>,
}

impl Change<'_> {
    fn on_guest(&self, privilege: &str) -> Need {
        Need::on(&self.path, privilege)
    }

    /// What is wanted for the value that is there and for the one that comes.
    fn for_both(&self, need: impl Fn(&str) -> Need) -> Need {
        let present = self.config.get(self.key);
        Need::All(present.into_iter().chain(self.value).map(need).collect())
    }

    /// The option without its number.
    fn slot(&self) -> &str {
        self.key
            .trim_end_matches(|letter: char| letter.is_ascii_digit())
    }

    fn of_machine(&self) -> Need {
        if self.key == "cdrom" {
            return self.old_cd_drive();
        }
        if let Ok(slot) = self.key.parse::<DriveSlot>() {
            return self.for_both(|value| self.drive(slot, value));
        }
        let privilege = match self.slot() {
            "cores" | "cpu" | "cpulimit" | "cpuunits" | "numa" | "smp" | "sockets" | "vcpus" => {
                "VM.Config.CPU"
            }
            "allow-ksm" | "balloon" | "memory" | "shares" => "VM.Config.Memory",
            "acpi" | "audio" | "hotplug" | "kvm" | "machine" | "scsihw" | "smbios" | "tablet"
            | "vga" | "watchdog" => "VM.Config.HWType",
            "agent" | "autostart" | "bios" | "description" | "keyboard" | "localtime"
            | "migrate_downtime" | "migrate_speed" | "name" | "onboot" | "ostype"
            | "protection" | "reboot" | "startdate" | "tags" | "tdf" | "template" => {
                "VM.Config.Options"
            }
            "boot" | "bootdisk" | "vmstatestorage" => "VM.Config.Disk",
            "freeze" => "VM.PowerMgmt",
            "net" => "VM.Config.Network",
            "cicustom" | "cipassword" | "citype" | "ciupgrade" | "ciuser" | "ipconfig"
            | "nameserver" | "searchdomain" | "sshkeys" => {
                return Need::one_of(&self.path, &["VM.Config.Cloudinit", "VM.Config.Network"]);
            }
            // It changes what the node does.
            "startup" => {
                return Need::All(vec![
                    self.on_guest("VM.Config.Options"),
                    Need::on("/", "Sys.Modify"),
                ]);
            }
            "hostpci" => return self.for_both(|value| self.device(&HOST_PCI, "pci", value)),
            "rng" => return self.for_both(|value| self.random(value)),
            "serial" => return self.for_both(|value| self.serial(value)),
            "usb" => return self.for_both(|value| self.device(&USB, "usb", value)),
            "virtiofs" => return self.for_both(|value| self.shared_folder(value)),
            _ => return Need::Root,
        };
        self.on_guest(privilege)
    }

    fn of_container(&self) -> Need {
        let privilege = match self.slot() {
            "cores" | "cpulimit" | "cpuunits" => "VM.Config.CPU",
            "memory" | "swap" => "VM.Config.Memory",
            "hostname" | "nameserver" | "net" | "searchdomain" => "VM.Config.Network",
            // A folder or device of the node.
            "mp" | "rootfs" if self.value.is_some_and(names_a_path) => return Need::Root,
            "mp" | "rootfs" => "VM.Config.Disk",
            "dev" | "hookscript" => return Need::Root,
            "features" => return self.features(),
            _ => "VM.Config.Options",
        };
        self.on_guest(privilege)
    }

    fn drive(&self, slot: DriveSlot, value: &str) -> Need {
        let drive = Drive::parse(slot, value).ok();
        if drive.as_ref().is_some_and(Drive::is_cloud_init) {
            return Need::All(vec![
                self.on_guest("VM.Config.Cloudinit"),
                self.on_guest("VM.Config.CDROM"),
            ]);
        }
        self.on_guest(match drive {
            Some(drive) if drive.is_cdrom() => "VM.Config.CDROM",
            _ => "VM.Config.Disk",
        })
    }

    /// Another name of `ide2`, which holds nothing but discs.
    fn old_cd_drive(&self) -> Need {
        let disc = self.value.map(|value| {
            let media = if value.contains("media=") {
                ""
            } else {
                ",media=cdrom"
            };
            format!("{value}{media}")
        });
        let drive = Change {
            path: self.path.clone(),
            key: "ide2",
            value: disc.as_deref(),
            ..*self
        };
        drive.of_machine()
    }

    /// A device of the node is root's, unless somebody who may gave it a name of the cluster.
    fn device(&self, shape: &'static Shape, kind: &str, value: &str) -> Need {
        let device = PropertyString::parse(shape, value).ok();
        let get = |key: &str| device.as_ref().and_then(|device| device.get(key));
        let hardware = self.on_guest("VM.Config.HWType");
        match (get("host"), get("mapping")) {
            (Some(host), _) if kind == "usb" && host.eq_ignore_ascii_case("spice") => hardware,
            (None, Some(name)) if get("romfile").is_none() => Need::All(vec![
                hardware,
                Need::on(&format!("/mapping/{kind}/{name}"), "Mapping.Use"),
            ]),
            _ => Need::Root,
        }
    }

    fn random(&self, value: &str) -> Need {
        let hardware = self.on_guest("VM.Config.HWType");
        let of_node = PropertyString::parse(&RANDOM, value)
            .is_ok_and(|random| random.get("source") == Some("/dev/hwrng"));
        if of_node {
            Need::All(vec![hardware, Need::on("/mapping/hwrng", "Mapping.Use")])
        } else {
            hardware
        }
    }

    fn serial(&self, value: &str) -> Need {
        if value == "socket" {
            self.on_guest("VM.Config.HWType")
        } else {
            Need::Root
        }
    }

    fn shared_folder(&self, value: &str) -> Need {
        let folder = PropertyString::parse(&VIRTIO_FS, value).ok();
        let name = folder.as_ref().and_then(|folder| folder.get("dirid"));
        Need::All(vec![
            self.on_guest("VM.Config.Disk"),
            Need::on(
                &format!("/mapping/dir/{}", name.unwrap_or_default()),
                "Mapping.Use",
            ),
        ])
    }

    /// Nesting in an unprivileged container is all that anybody but root may switch.
    fn features(&self) -> Need {
        let sorted = |text: Option<&str>| {
            let (mut nesting, mut others) = (Vec::new(), Vec::new());
            for part in text.into_iter().flat_map(|text| text.split(',')) {
                let list = if part.starts_with("nesting=") {
                    &mut nesting
                } else {
                    &mut others
                };
                list.push(part.to_owned());
            }
            others.sort_unstable();
            (nesting, others)
        };
        let (nesting, others) = sorted(self.config.get("features"));
        let (new_nesting, new_others) = sorted(self.value);
        if self.config.get("unprivileged") != Some("1") || others != new_others {
            Need::Root
        } else if nesting == new_nesting {
            Need::nothing()
        } else {
            self.on_guest("VM.Allocate")
        }
    }
}

fn names_a_path(mount: &str) -> bool {
    mount.trim_start_matches("volume=").starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(kind: GuestKind, present: &[(&str, &str)], key: &str, value: Option<&str>) -> Need {
        let at = GuestAt {
            node: "pve1".parse().unwrap(),
            kind,
            vmid: 101.try_into().unwrap(),
        };
        let text = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let config = GuestConfig {
            values: present.iter().map(text).collect(),
            ..GuestConfig::default()
        };
        option_need(&at, &config, key, value)
    }

    #[test]
    fn a_drive_is_judged_by_what_it_is_and_by_what_it_becomes() {
        let on = |privilege| Need::on("/vms/101", privilege);
        let disk = [("ide2", "local-lvm:vm-101-disk-0,size=8G")];
        let of = |present: &[(&str, &str)], value| need(GuestKind::Qemu, present, "ide2", value);
        assert_eq!(
            of(&disk, Some("none,media=cdrom")),
            Need::All(vec![on("VM.Config.Disk"), on("VM.Config.CDROM")])
        );
        assert_eq!(of(&disk, None), Need::All(vec![on("VM.Config.Disk")]));
        assert_eq!(
            of(&[], Some("local-lvm:cloudinit")),
            Need::All(vec![Need::All(vec![
                on("VM.Config.Cloudinit"),
                on("VM.Config.CDROM")
            ])])
        );
    }

    #[test]
    fn a_device_of_the_node_is_roots_and_a_mapped_one_is_not() {
        let of = |key, value| need(GuestKind::Qemu, &[], key, Some(value));
        let root = Need::All(vec![Need::Root]);
        assert_eq!(of("hostpci0", "0000:01:00.0,pcie=1"), root);
        assert_eq!(of("usb0", "host=1234:5678"), root);
        assert_eq!(of("serial0", "/dev/ttyS0"), root);
        let mapped = Need::All(vec![
            Need::on("/vms/101", "VM.Config.HWType"),
            Need::on("/mapping/pci/gpu", "Mapping.Use"),
        ]);
        assert_eq!(of("hostpci0", "mapping=gpu"), Need::All(vec![mapped]));
        let hardware = Need::All(vec![Need::on("/vms/101", "VM.Config.HWType")]);
        assert_eq!(of("usb0", "spice"), hardware);
        assert_eq!(of("serial0", "socket"), hardware);
        assert_eq!(of("args", "-S"), Need::Root);
    }

    #[test]
    fn only_nesting_is_switched_by_others_than_root() {
        let of = |present: &[(&str, &str)], value| need(GuestKind::Lxc, present, "features", value);
        let unprivileged = [("unprivileged", "1"), ("features", "keyctl=1")];
        let allocate = Need::on("/vms/101", "VM.Allocate");
        assert_eq!(of(&unprivileged, Some("nesting=1,keyctl=1")), allocate);
        assert_eq!(of(&unprivileged, Some("nesting=1")), Need::Root);
        assert_eq!(of(&unprivileged, None), Need::Root);
        assert_eq!(of(&[], Some("nesting=1")), Need::Root);
    }
}
