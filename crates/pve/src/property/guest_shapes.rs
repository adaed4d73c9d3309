//! The shapes of guest options other than drives.

use crate::formats::NamedFormat;
use crate::property::{Key, Rule, Shape};

/// `agent`.
pub(crate) static AGENT: Shape = Shape::new(
    "agent",
    &[&[
        Key::switch("enabled").default_key().required(),
        Key::switch("freeze-fs"),
        Key::new("freeze-fs-on-backup", Rule::Alias("freeze-fs")),
        Key::new("guest-fsfreeze", Rule::Alias("freeze-fs")),
        Key::switch("fstrim_cloned_disks"),
        Key::one_of("type", &["virtio", "isa"]),
    ]],
);

/// `fleecing` of a backup.
pub(crate) static FLEECING: Shape = Shape::new(
    "backup-fleecing",
    &[&[
        Key::switch("enabled").default_key(),
        Key::named("storage", NamedFormat::Storage),
    ]],
);

/// `performance` of a backup.
pub(crate) static PERFORMANCE: Shape = Shape::new(
    "backup-performance",
    &[&[
        Key::integer("max-workers", Some(1), Some(256)),
        Key::integer("pbs-entries-max", Some(1), None),
    ]],
);

/// `prune-backups`.
pub(crate) static PRUNE_BACKUPS: Shape = Shape::new(
    "prune-backups",
    &[&[
        Key::switch("keep-all"),
        Key::integer("keep-last", Some(0), None),
        Key::integer("keep-hourly", Some(0), None),
        Key::integer("keep-daily", Some(0), None),
        Key::integer("keep-weekly", Some(0), None),
        Key::integer("keep-monthly", Some(0), None),
        Key::integer("keep-yearly", Some(0), None),
    ]],
);

/// `ipconfigN`.
pub(crate) static IP_CONFIG: Shape = Shape::new(
    "pve-qm-ipconfig",
    &[&[
        Key::named("ip", NamedFormat::Ipv4Config),
        Key::named("gw", NamedFormat::Ipv4).needs("ip"),
        Key::named("ip6", NamedFormat::Ipv6Config),
        Key::named("gw6", NamedFormat::Ipv6).needs("ip6"),
    ]],
);

const fn model(name: &'static str) -> Key {
    Key::new(
        name,
        Rule::ShortForm {
            value: "macaddr",
            name: "model",
        },
    )
}

const CARD_MODELS: &[&str] = &[
    "e1000",
    "e1000-82540em",
    "e1000-82544gc",
    "e1000-82545em",
    "e1000e",
    "i82551",
    "i82557b",
    "i82559er",
    "ne2k_isa",
    "ne2k_pci",
    "pcnet",
    "rtl8139",
    "virtio",
    "vmxnet3",
];

/// `netN` of a virtual machine.
pub(crate) static QEMU_NET: Shape = Shape::new(
    "qemu-net",
    &[&[
        Key::one_of("model", CARD_MODELS).default_key().required(),
        Key::named("macaddr", NamedFormat::MacAddress),
        Key::named("bridge", NamedFormat::Bridge),
        Key::switch("firewall"),
        Key::switch("link_down"),
        Key::integer("mtu", Some(1), Some(65520)),
        Key::integer("queues", Some(0), Some(64)),
        Key::number("rate", Some(0), None),
        Key::integer("tag", Some(1), Some(4094)),
        Key::new("trunks", Rule::Matches(is_range_list)),
        model("e1000"),
        model("e1000-82540em"),
        model("e1000-82544gc"),
        model("e1000-82545em"),
        model("e1000e"),
        model("i82551"),
        model("i82557b"),
        model("i82559er"),
        model("ne2k_isa"),
        model("ne2k_pci"),
        model("pcnet"),
        model("rtl8139"),
        model("virtio"),
        model("vmxnet3"),
    ]],
);

/// `netN` of a container.
pub(crate) static LXC_NET: Shape = Shape::new(
    "lxc-net",
    &[&[
        Key::new("name", Rule::Matches(is_interface_word)).required(),
        Key::new("bridge", Rule::Matches(is_interface_word)),
        Key::switch("firewall"),
        Key::named("gw", NamedFormat::Ipv4),
        Key::named("gw6", NamedFormat::Ipv6),
        Key::switch("host-managed"),
        Key::named("hwaddr", NamedFormat::MacAddress),
        Key::named("ip", NamedFormat::Ipv4Config),
        Key::named("ip6", NamedFormat::Ipv6Config),
        Key::switch("link_down"),
        Key::integer("mtu", Some(64), Some(65535)),
        Key::number("rate", None, None),
        Key::integer("tag", Some(1), Some(4094)),
        Key::new("trunks", Rule::Matches(is_number_list)),
        Key::one_of("type", &["veth"]),
    ]],
);

const MOUNT: &[Key] = &[
    Key::named("volume", NamedFormat::MountPointSource)
        .default_key()
        .required(),
    Key::switch("acl"),
    Key::new("idmap", Rule::Text),
    Key::new("mountoptions", Rule::Matches(are_mount_options)),
    Key::switch("quota"),
    Key::switch("replicate"),
    Key::switch("ro"),
    Key::switch("shared"),
    Key::size("size"),
];

/// `rootfs`.
pub(crate) static ROOT_FS: Shape = Shape::new("rootfs", &[MOUNT]);

/// `mpN`.
pub(crate) static MOUNT_POINT: Shape = Shape::new(
    "mp",
    &[
        MOUNT,
        &[
            Key::named("mp", NamedFormat::MountPointSource).required(),
            Key::switch("backup"),
            Key::switch("keepattrs"),
        ],
    ],
);

/// `unusedN` of a container.
pub(crate) static CT_UNUSED: Shape = Shape::new(
    "ct-unused",
    &[&[Key::named("volume", NamedFormat::Volume)
        .default_key()
        .required()]],
);

/// `features`.
pub(crate) static FEATURES: Shape = Shape::new(
    "features",
    &[&[
        Key::switch("force_rw_sys"),
        Key::switch("fuse"),
        Key::switch("keyctl"),
        Key::switch("mknod"),
        Key::new("mount", Rule::Text),
        Key::switch("nesting"),
    ]],
);

/// `devN` of a container.
pub(crate) static DEVICE: Shape = Shape::new(
    "dev",
    &[&[
        Key::text("path").default_key(),
        Key::switch("deny-write"),
        Key::integer("gid", Some(0), None),
        Key::new("mode", Rule::Matches(is_octal_mode)),
        Key::integer("uid", Some(0), None),
    ]],
);

/// `audio0`.
pub(crate) static AUDIO: Shape = Shape::new(
    "audio",
    &[&[
        Key::one_of("device", &["ich9-intel-hda", "intel-hda", "AC97"]).required(),
        Key::one_of("driver", &["spice", "none"]),
    ]],
);

/// `memory` of a virtual machine.
pub(crate) static MEMORY: Shape = Shape::new(
    "memory",
    &[&[Key::integer("current", Some(16), None)
        .default_key()
        .required()]],
);

/// `machine`.
pub(crate) static MACHINE: Shape = Shape::new(
    "machine",
    &[&[
        Key::text("type").default_key(),
        Key::number("aw-bits", Some(32), Some(64)),
        Key::switch("enable-s3"),
        Key::switch("enable-s4"),
        Key::one_of("viommu", &["intel", "virtio"]),
    ]],
);

/// `numaN`.
pub(crate) static NUMA: Shape = Shape::new(
    "numa",
    &[&[
        Key::new("cpus", Rule::Matches(is_range_list)).required(),
        Key::new("hostnodes", Rule::Matches(is_range_list)),
        Key::number("memory", None, None),
        Key::one_of("policy", &["preferred", "bind", "interleave"]),
    ]],
);

/// `rng0`.
pub(crate) static RANDOM: Shape = Shape::new(
    "pve-qm-rng",
    &[&[
        Key::one_of("source", &["/dev/urandom", "/dev/random", "/dev/hwrng"])
            .default_key()
            .required(),
        Key::integer("max_bytes", None, None),
        Key::integer("period", None, None),
    ]],
);

/// `usbN`.
pub(crate) static USB: Shape = Shape::new(
    "usb",
    &[&[
        Key::text("host").default_key(),
        Key::named("mapping", NamedFormat::ConfigId),
        Key::switch("usb3"),
    ]],
);

/// `hostpciN`.
pub(crate) static HOST_PCI: Shape = Shape::new(
    "pve-qm-hostpci",
    &[&[
        Key::new("host", Rule::Matches(are_pci_addresses)).default_key(),
        Key::text("device-id"),
        Key::one_of("driver", &["vfio", "keep"]),
        Key::switch("legacy-igd"),
        Key::named("mapping", NamedFormat::ConfigId),
        Key::text("mdev"),
        Key::switch("pcie"),
        Key::switch("rombar"),
        Key::text("romfile"),
        Key::text("sub-device-id"),
        Key::text("sub-vendor-id"),
        Key::text("vendor-id"),
        Key::switch("x-vga"),
    ]],
);

/// `vga`.
pub(crate) static DISPLAY: Shape = Shape::new(
    "vga",
    &[&[
        Key::one_of(
            "type",
            &[
                "cirrus",
                "qxl",
                "qxl2",
                "qxl3",
                "qxl4",
                "none",
                "serial0",
                "serial1",
                "serial2",
                "serial3",
                "std",
                "virtio",
                "virtio-gl",
                "vmware",
            ],
        )
        .default_key(),
        Key::one_of("clipboard", &["vnc"]),
        Key::integer("memory", Some(4), Some(512)),
    ]],
);

/// `virtiofsN`.
pub(crate) static VIRTIO_FS: Shape = Shape::new(
    "virtiofs",
    &[&[
        Key::named("dirid", NamedFormat::ConfigId)
            .default_key()
            .required(),
        Key::one_of("cache", &["auto", "always", "metadata", "never"]),
        Key::switch("direct-io"),
        Key::switch("expose-acl"),
        Key::switch("expose-xattr"),
    ]],
);

/// `watchdog`.
pub(crate) static WATCHDOG: Shape = Shape::new(
    "pve-qm-watchdog",
    &[&[
        Key::one_of("model", &["i6300esb", "ib700"]).default_key(),
        Key::one_of(
            "action",
            &["reset", "shutdown", "poweroff", "pause", "debug", "none"],
        ),
    ]],
);

/// `cicustom`.
pub(crate) static CLOUD_INIT_FILES: Shape = Shape::new(
    "pve-qm-cicustom",
    &[&[
        Key::named("meta", NamedFormat::Volume),
        Key::named("network", NamedFormat::Volume),
        Key::named("user", NamedFormat::Volume),
        Key::named("vendor", NamedFormat::Volume),
    ]],
);

const NAMED_SHAPES: [&Shape; 8] = [
    &FLEECING,
    &PERFORMANCE,
    &PRUNE_BACKUPS,
    &IP_CONFIG,
    &RANDOM,
    &HOST_PCI,
    &WATCHDOG,
    &CLOUD_INIT_FILES,
];

/// The shape of a format that the API description knows by name, as `prune-backups`.
pub fn shape_by_format(name: &str) -> Option<&'static Shape> {
    NAMED_SHAPES.into_iter().find(|shape| shape.name() == name)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1;3-5`.
fn is_range_list(text: &str) -> bool {
    text.split(';').all(|part| match part.split_once('-') {
        Some((from, to)) => is_number(from) && is_number(to),
        None => is_number(part),
    })
}

/// `0000:01:00.0;01:00`.
fn are_pci_addresses(text: &str) -> bool {
    let hex = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    text.split(';').all(|address| {
        let parts: Vec<&str> = address.split(':').collect();
        let (bus, device) = match parts.as_slice() {
            [domain, bus, device] if hex(domain, 4..=8) => (bus, device),
            [bus, device] => (bus, device),
            _ => return false,
        };
        let (device, function) = device.split_once('.').unwrap_or((device, "0"));
        hex(bus, 2..=2) && hex(device, 2..=2) && hex(function, 1..=1)
    })
}

fn is_number_list(text: &str) -> bool {
    text.split(';').all(is_number)
}

fn is_interface_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn are_mount_options(text: &str) -> bool {
    text.split(';').all(|option| {
        matches!(
            option,
            "discard" | "lazytime" | "noatime" | "nodev" | "noexec" | "nosuid"
        )
    })
}

fn is_octal_mode(text: &str) -> bool {
    text.len() == 4 && text.starts_with('0') && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'))
}
