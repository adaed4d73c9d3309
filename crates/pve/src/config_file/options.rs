//! Which options guests have, and what they may hold.

use crate::formats::NamedFormat;
use crate::ids::GuestKind;
use crate::property::{
    AUDIO, AgentOptions, CLOUD_INIT_FILES, CT_UNUSED, DEVICE, DISPLAY, Drive, DriveSlot, FEATURES,
    HOST_PCI, IpConfig, LXC_NET, MACHINE, MEMORY, MountPoint, NOT_DEFINED, NUMA, PropertyString,
    QEMU_NET, RANDOM, Rule, Shape, USB, VIRTIO_FS, WATCHDOG, slot_number,
};

/// What an option may hold.
enum Holds {
    Rule(Rule),
    List(NamedFormat),
    AtMost(usize),
    Shape(&'static Shape),
    Drive,
    Mount,
    Agent,
    IpConfig,
}

const fn integer(least: i64, most: i64) -> Holds {
    Holds::Rule(Rule::Integer(Some(least), Some(most)))
}

const fn at_least(least: i64) -> Holds {
    Holds::Rule(Rule::Integer(Some(least), None))
}

const fn named(format: NamedFormat) -> Holds {
    Holds::Rule(Rule::Named(format))
}

/// Would PVE take the option for a guest of this kind? If not, why, in PVE's words. Only the value
/// is looked at: whether a bridge, storage or volume is there, only the server knows.
///
/// ```
/// use pve::{GuestKind, check_option};
/// assert_eq!(check_option(GuestKind::Qemu, "cores", "4"), Ok(()));
/// assert_eq!(
///     check_option(GuestKind::Qemu, "cores", "many").unwrap_err(),
///     "type check ('integer') failed - got 'many'"
/// );
/// assert!(check_option(GuestKind::Lxc, "kvm", "1").is_err());
/// ```
pub fn check_option(kind: GuestKind, key: &str, value: &str) -> Result<(), String> {
    let holds = match kind {
        GuestKind::Qemu => qemu_option(key),
        GuestKind::Lxc => lxc_option(key),
    };
    let holds = holds
        .or_else(|| either_option(key))
        .ok_or_else(|| NOT_DEFINED.to_owned())?;
    match holds {
        Holds::Rule(rule) => rule.refusal(value).map_or(Ok(()), Err),
        Holds::List(format) => format
            .check_list(value)
            .map_err(|error| format!("invalid format - {error}")),
        Holds::AtMost(length) => {
            if value.chars().count() <= length {
                Ok(())
            } else {
                Err(format!("value may only be {length} characters long"))
            }
        }
        Holds::Shape(shape) => PropertyString::parse(shape, value)
            .map(|_| ())
            .map_err(|error| error.within(key).to_string()),
        Holds::Drive => {
            let slot: DriveSlot = drive_place(key)
                .parse()
                .map_err(|_| NOT_DEFINED.to_owned())?;
            Drive::parse(slot, value)
                .map(|_| ())
                .map_err(|error| error.within(key).to_string())
        }
        Holds::Mount => MountPoint::parse(key, value)
            .map(|_| ())
            .map_err(|error| error.within(key).to_string()),
        Holds::Agent => value
            .parse::<AgentOptions>()
            .map(|_| ())
            .map_err(|error| error.within(key).to_string()),
        Holds::IpConfig => value
            .parse::<IpConfig>()
            .map(|_| ())
            .map_err(|error| error.within(key).to_string()),
    }
}

/// The CD drive of old has a fixed place.
fn drive_place(key: &str) -> &str {
    if key == "cdrom" { "ide2" } else { key }
}

/// Is it `{name}{number}` with a number up to `last`?
fn is_slot(key: &str, name: &str, last: u16) -> bool {
    key.strip_prefix(name)
        .and_then(slot_number::<u16>)
        .is_some_and(|number| number <= last)
}

/// Options that both kinds have.
fn either_option(key: &str) -> Option<Holds> {
    Some(match key {
        "onboot" | "protection" | "template" => Holds::Rule(Rule::Switch),
        "description" => Holds::AtMost(8192),
        "tags" => Holds::List(NamedFormat::Tag),
        "startup" => named(NamedFormat::StartupOrder),
        "hookscript" => named(NamedFormat::Volume),
        "parent" => named(NamedFormat::ConfigId),
        "snaptime" => at_least(0),
        "snapstate" => Holds::Rule(Rule::OneOf(&["prepare", "delete"])),
        _ => return None,
    })
}

fn qemu_option(key: &str) -> Option<Holds> {
    if drive_place(key).parse::<DriveSlot>().is_ok() {
        return Some(Holds::Drive);
    }
    Some(match key {
        "acpi" | "allow-ksm" | "autostart" | "ciupgrade" | "freeze" | "keephugepages" | "kvm"
        | "localtime" | "numa" | "reboot" | "tablet" | "tdf" => Holds::Rule(Rule::Switch),
        "cores" | "sockets" | "vcpus" | "smp" => at_least(1),
        "balloon" | "migrate_speed" => at_least(0),
        "shares" => integer(0, 50_000),
        "cpuunits" => integer(1, 262_144),
        "cpulimit" => Holds::Rule(Rule::Number(Some(0), Some(128))),
        "migrate_downtime" => Holds::Rule(Rule::Number(Some(0), None)),
        "name" => named(NamedFormat::DnsName),
        "vmstatestorage" => named(NamedFormat::Storage),
        "vmstate" => named(NamedFormat::Volume),
        "affinity" => named(NamedFormat::CpuSet),
        "hotplug" => named(NamedFormat::HotplugFeatures),
        "sshkeys" => named(NamedFormat::UrlEncoded),
        "nameserver" => Holds::List(NamedFormat::Address),
        "memory" => Holds::Shape(&MEMORY),
        "machine" => Holds::Shape(&MACHINE),
        "vga" => Holds::Shape(&DISPLAY),
        "audio0" => Holds::Shape(&AUDIO),
        "rng0" => Holds::Shape(&RANDOM),
        "watchdog" => Holds::Shape(&WATCHDOG),
        "cicustom" => Holds::Shape(&CLOUD_INIT_FILES),
        "agent" => Holds::Agent,
        "bios" => Holds::Rule(Rule::OneOf(&["seabios", "ovmf"])),
        "citype" => Holds::Rule(Rule::OneOf(&["configdrive2", "nocloud", "opennebula"])),
        "hugepages" => Holds::Rule(Rule::OneOf(&["any", "2", "1024"])),
        "lock" => Holds::Rule(Rule::OneOf(&[
            "backup",
            "clone",
            "create",
            "migrate",
            "rollback",
            "snapshot",
            "snapshot-delete",
            "suspending",
            "suspended",
        ])),
        "ostype" => Holds::Rule(Rule::OneOf(&[
            "other", "wxp", "w2k", "w2k3", "w2k8", "wvista", "win7", "win8", "win10", "win11",
            "l24", "l26", "solaris",
        ])),
        "scsihw" => Holds::Rule(Rule::OneOf(&[
            "lsi",
            "lsi53c810",
            "virtio-scsi-pci",
            "virtio-scsi-single",
            "megasas",
            "pvscsi",
        ])),
        "vmgenid" => Holds::Rule(Rule::Matches(is_generation_id)),
        "bootdisk" => named(NamedFormat::BootDisk),
        "smbios1" => Holds::AtMost(512),
        "amd-sev"
        | "arch"
        | "args"
        | "boot"
        | "cipassword"
        | "ciuser"
        | "cpu"
        | "intel-tdx"
        | "ivshmem"
        | "keyboard"
        | "meta"
        | "runningcpu"
        | "runningmachine"
        | "running-nets-host-mtu"
        | "searchdomain"
        | "spice_enhancements"
        | "startdate" => Holds::Rule(Rule::Text),
        _ if is_slot(key, "net", 31) => Holds::Shape(&QEMU_NET),
        _ if is_slot(key, "ipconfig", 31) => Holds::IpConfig,
        _ if is_slot(key, "hostpci", 15) => Holds::Shape(&HOST_PCI),
        _ if is_slot(key, "usb", 13) => Holds::Shape(&USB),
        _ if is_slot(key, "numa", 7) => Holds::Shape(&NUMA),
        _ if is_slot(key, "virtiofs", 9) => Holds::Shape(&VIRTIO_FS),
        _ if is_slot(key, "serial", 3) => {
            Holds::Rule(Rule::Matches(|text| text == "socket" || is_device(text)))
        }
        _ if is_slot(key, "parallel", 2) => Holds::Rule(Rule::Matches(is_parallel_port)),
        _ => return None,
    })
}

fn lxc_option(key: &str) -> Option<Holds> {
    Some(match key {
        "console" | "debug" | "unprivileged" => Holds::Rule(Rule::Switch),
        "cores" => integer(1, 8192),
        "cpulimit" => Holds::Rule(Rule::Number(Some(0), Some(8192))),
        "cpuunits" => integer(0, 500_000),
        "memory" => at_least(16),
        "swap" => at_least(0),
        "tty" => integer(0, 6),
        "hostname" => named(NamedFormat::DnsName),
        "searchdomain" => Holds::List(NamedFormat::DnsName),
        "arch" => Holds::Rule(Rule::OneOf(&[
            "amd64", "i386", "arm64", "armhf", "riscv32", "riscv64",
        ])),
        "cmode" => Holds::Rule(Rule::OneOf(&["shell", "console", "tty"])),
        "lock" => Holds::Rule(Rule::OneOf(&[
            "backup",
            "create",
            "destroyed",
            "disk",
            "fstrim",
            "migrate",
            "mounted",
            "rollback",
            "snapshot",
            "snapshot-delete",
        ])),
        "ostype" => Holds::Rule(Rule::OneOf(&[
            "debian",
            "devuan",
            "ubuntu",
            "centos",
            "fedora",
            "opensuse",
            "archlinux",
            "alpine",
            "gentoo",
            "nixos",
            "unmanaged",
        ])),
        "features" => Holds::Shape(&FEATURES),
        "rootfs" => Holds::Mount,
        "entrypoint" | "env" | "nameserver" | "timezone" => Holds::Rule(Rule::Text),
        _ if is_slot(key, "mp", 255) => Holds::Mount,
        _ if is_slot(key, "net", 31) => Holds::Shape(&LXC_NET),
        _ if is_slot(key, "dev", 255) => Holds::Shape(&DEVICE),
        _ if is_slot(key, "unused", 255) => Holds::Shape(&CT_UNUSED),
        _ => return None,
    })
}

fn is_device(text: &str) -> bool {
    text.strip_prefix("/dev/")
        .is_some_and(|rest| !rest.is_empty())
}

fn is_parallel_port(text: &str) -> bool {
    ["/dev/parport", "/dev/usb/lp"].iter().any(|front| {
        text.strip_prefix(front)
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// `0`, `1` or a UUID.
fn is_generation_id(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let is_uuid = parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
    is_uuid || matches!(text, "0" | "1")
}
