//! Who may change which option of a guest: PVE decides by the option, and for drives and devices also by what
//! they are and by what they become.

use std::collections::BTreeSet;

use crate::cluster::Cluster;
use crate::cluster::access::{Identity, ROOT};
use crate::cluster::disk::{is_disk_key, is_volume_key};
use crate::cluster::guest::GuestKind;
use crate::cluster::refusal::Refusal;

/// Options of virtual machines without their number, with the privileges of which one is needed.
const MACHINE: &[(&[&str], &[&str])] = &[
    (
        &["VM.Config.CPU"],
        &[
            "cores", "cpu", "cpulimit", "cpuunits", "numa", "smp", "sockets", "vcpus",
        ],
    ),
    (
        &["VM.Config.Memory"],
        &["allow-ksm", "balloon", "memory", "shares"],
    ),
    (
        &["VM.Config.HWType"],
        &[
            "acpi", "audio", "hotplug", "kvm", "machine", "rng", "scsihw", "serial", "smbios",
            "tablet", "usb", "hostpci", "vga", "watchdog",
        ],
    ),
    (
        &["VM.Config.Options"],
        &[
            "agent",
            "autostart",
            "bios",
            "description",
            "keyboard",
            "localtime",
            "migrate_downtime",
            "migrate_speed",
            "name",
            "onboot",
            "ostype",
            "protection",
            "reboot",
            "startdate",
            "startup",
            "tags",
            "tdf",
            "template",
        ],
    ),
    (
        &["VM.Config.Disk"],
        &["boot", "bootdisk", "virtiofs", "vmstatestorage"],
    ),
    (&["VM.Config.Network"], &["net"]),
    (
        &["VM.Config.Cloudinit", "VM.Config.Network"],
        &[
            "cicustom",
            "cipassword",
            "citype",
            "ciupgrade",
            "ciuser",
            "ipconfig",
            "nameserver",
            "searchdomain",
            "sshkeys",
        ],
    ),
    (&["VM.PowerMgmt"], &["freeze"]),
];

/// The same for containers; what is not listed needs `VM.Config.Options`.
const CONTAINER: &[(&[&str], &[&str])] = &[
    (&["VM.Config.CPU"], &["cores", "cpulimit", "cpuunits"]),
    (&["VM.Config.Memory"], &["memory", "swap"]),
    (
        &["VM.Config.Network"],
        &["hostname", "nameserver", "net", "searchdomain"],
    ),
    (&["VM.Config.Disk"], &["mp", "rootfs"]),
];

/// Whose options are changed, and by whom.
pub(crate) struct Editor<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) who: &'a Identity,
    pub(crate) kind: GuestKind,
    pub(crate) vmid: u32,
    /// The pool that a new guest is made in.
    pub(crate) pool: Option<String>,
    /// The guest runs as an ordinary user of the node.
    pub(crate) unprivileged: bool,
}

impl Editor<'_> {
    /// Refuses the change of an option from one value to another, as PVE would.
    pub(crate) fn permit(
        &self,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Result<(), Refusal> {
        // A token of root is not root here.
        if self.who.user == ROOT && self.who.token.is_none() {
            return Ok(());
        }
        match self.kind {
            GuestKind::Qemu => self.permit_machine(key, old, new),
            GuestKind::Lxc => self.permit_container(key, old, new),
        }
    }

    fn permit_machine(
        &self,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Result<(), Refusal> {
        let values = || old.into_iter().chain(new);
        if is_volume_key(self.kind, key) {
            return values().try_for_each(|value| self.permit_drive(value));
        }
        let name = key.trim_end_matches(|c: char| c.is_ascii_digit());
        let Some((any_of, _)) = MACHINE.iter().find(|(_, names)| names.contains(&name)) else {
            return Err(Refusal::died(format!("only root can set '{key}' config")));
        };
        self.need(any_of)?;
        match name {
            "startup" => self.need_on("/", &["Sys.Modify"]),
            "serial" if values().any(|value| value != "socket") => Err(Refusal::died(format!(
                "only root can {} '{key}' config for real devices",
                if new.is_some() { "modify" } else { "delete" }
            ))),
            "usb" | "hostpci" => {
                values().try_for_each(|value| self.permit_device(key, name, value))
            }
            "rng" if values().any(|value| value.contains("/dev/hwrng")) => {
                self.need_on("/mapping/hwrng", &["Mapping.Use"])
            }
            "virtiofs" => values().try_for_each(|value| {
                let folder = part(value, "dirid").unwrap_or_default();
                self.need_on(&format!("/mapping/dir/{folder}"), &["Mapping.Use"])
            }),
            _ => Ok(()),
        }
    }

    fn permit_drive(&self, value: &str) -> Result<(), Refusal> {
        let file = part(value, "file").unwrap_or_default();
        if file.contains("cloudinit") {
            self.need(&["VM.Config.Cloudinit"])?;
            return self.need(&["VM.Config.CDROM"]);
        }
        let is_disc = value.split(',').any(|part| part == "media=cdrom");
        self.need(&[if is_disc {
            "VM.Config.CDROM"
        } else {
            "VM.Config.Disk"
        }])
    }

    fn permit_device(&self, key: &str, name: &str, value: &str) -> Result<(), Refusal> {
        let what = match name {
            "usb" => "real devices",
            _ => "non-mapped devices",
        };
        let roots_own = || Refusal::died(format!("only root can set '{key}' config for {what}"));
        if let Some(mapping) = part(value, "mapping") {
            let kind = if name == "usb" { "usb" } else { "pci" };
            self.need_on(&format!("/mapping/{kind}/{mapping}"), &["Mapping.Use"])?;
            return match part(value, "romfile") {
                Some(_) => Err(Refusal::parameter(
                    key,
                    "only root@pam can set 'romfile' option",
                )),
                None => Ok(()),
            };
        }
        match part(value, "host") {
            Some(host) if name == "usb" && host.eq_ignore_ascii_case("spice") => Ok(()),
            _ => Err(roots_own()),
        }
    }

    fn permit_container(
        &self,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Result<(), Refusal> {
        let name = key.trim_end_matches(|c: char| c.is_ascii_digit());
        let roots_own = |what: &str| {
            Err(Refusal::forbidden(&format!(
                "{what} is only allowed for root@pam"
            )))
        };
        match name {
            "dev" => return roots_own("configuring device passthrough"),
            "hookscript" => return roots_own("changing the hookscript"),
            "features" => return self.permit_features(old, new),
            _ => {}
        }
        let listed = CONTAINER.iter().find(|(_, names)| names.contains(&name));
        self.need(listed.map_or(&["VM.Config.Options"], |(any_of, _)| any_of))?;
        let volume = new.and_then(|value| part(value, "volume"));
        match volume {
            Some(path) if is_disk_key(self.kind, key) && path.starts_with('/') => {
                let kind = if path.starts_with("/dev/") {
                    "device"
                } else {
                    "bind"
                };
                roots_own(&format!("mount point type {kind}"))
            }
            _ => Ok(()),
        }
    }

    fn permit_features(&self, old: Option<&str>, new: Option<&str>) -> Result<(), Refusal> {
        if !self.unprivileged {
            return Err(Refusal::forbidden(
                "changing feature flags for privileged container is only allowed for root@pam",
            ));
        }
        let flags = |text: Option<&'_ str>| -> BTreeSet<String> {
            let text = text.unwrap_or_default();
            text.split(',')
                .filter(|flag| !flag.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let (old, new) = (flags(old), flags(new));
        let mut changed = old.symmetric_difference(&new).peekable();
        if changed.peek().is_none() {
            return Ok(());
        }
        if changed.any(|flag| !flag.starts_with("nesting=")) {
            return Err(Refusal::forbidden(
                "changing feature flags (except nesting) is only allowed for root@pam",
            ));
        }
        self.need(&["VM.Allocate"])
    }

    /// One of the privileges on the guest, or on the pool that it is made in.
    fn need(&self, any_of: &[&str]) -> Result<(), Refusal> {
        let in_pool = self.pool.as_ref().is_some_and(|pool| {
            let at = format!("/pool/{pool}");
            any_of
                .iter()
                .any(|privilege| self.cluster.may(self.who, &at, privilege))
        });
        if in_pool {
            return Ok(());
        }
        self.need_on(&format!("/vms/{}", self.vmid), any_of)
    }

    fn need_on(&self, at: &str, any_of: &[&str]) -> Result<(), Refusal> {
        self.cluster.need_any(self.who, at, any_of)
    }
}

/// A part of a property string; `file`, `volume`, `host` and `dirid` are also what stands bare.
fn part<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value
        .split(',')
        .find_map(|part| match part.split_once('=') {
            Some((key, value)) => (key == name).then_some(value),
            None => matches!(name, "file" | "volume" | "host" | "dirid").then_some(part),
        })
}
