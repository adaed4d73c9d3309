//! The keys of drives, by the bus they are plugged in. Servers differ: keys that 8.4 has and 9 has
//! not any more (the geometry) are taken, as the texts of older guests hold them.

use crate::formats::NamedFormat;
use crate::property::{Key, Rule, Shape};

const FORMATS: &[&str] = &["raw", "qcow", "qed", "qcow2", "vmdk", "cloop"];

const FILE: &[Key] = &[
    Key::named("file", NamedFormat::VolumeOrDevice)
        .default_key()
        .required(),
    Key::new("volume", Rule::Alias("file")),
    Key::size("size"),
];

const IMPORT: &[Key] = &[Key::named("import-from", NamedFormat::VolumeOrPath)];

const DISK_FORMAT: &[Key] = &[Key::one_of("format", FORMATS)];

const DISK: &[Key] = &[
    Key::one_of("media", &["cdrom", "disk"]),
    Key::switch("snapshot"),
    Key::one_of(
        "cache",
        &["none", "writethrough", "writeback", "unsafe", "directsync"],
    ),
    Key::one_of("werror", &["enospc", "ignore", "report", "stop"]),
    Key::one_of("rerror", &["ignore", "report", "stop"]),
    Key::one_of("aio", &["native", "threads", "io_uring"]),
    Key::one_of("discard", &["ignore", "on"]),
    Key::switch("detect_zeroes"),
    Key::switch("backup"),
    Key::switch("replicate"),
    Key::switch("shared"),
    Key::new("serial", Rule::Short(NamedFormat::UrlEncoded, 60)),
    Key::integer("cyls", None, None),
    Key::integer("heads", None, None),
    Key::integer("secs", None, None),
    Key::one_of("trans", &["none", "lba", "auto"]),
];

const LIMITS: &[Key] = &[
    Key::integer("bps", None, None),
    Key::integer("bps_rd", None, None),
    Key::integer("bps_wr", None, None),
    Key::integer("bps_max_length", Some(1), None),
    Key::integer("bps_rd_max_length", Some(1), None),
    Key::integer("bps_wr_max_length", Some(1), None),
    Key::new("bps_rd_length", Rule::Alias("bps_rd_max_length")),
    Key::new("bps_wr_length", Rule::Alias("bps_wr_max_length")),
    Key::number("mbps", None, None),
    Key::number("mbps_rd", None, None),
    Key::number("mbps_wr", None, None),
    Key::number("mbps_max", None, None),
    Key::number("mbps_rd_max", None, None),
    Key::number("mbps_wr_max", None, None),
    Key::integer("iops", None, None),
    Key::integer("iops_rd", None, None),
    Key::integer("iops_wr", None, None),
    Key::integer("iops_max", None, None),
    Key::integer("iops_rd_max", None, None),
    Key::integer("iops_wr_max", None, None),
    Key::integer("iops_max_length", Some(1), None),
    Key::integer("iops_rd_max_length", Some(1), None),
    Key::integer("iops_wr_max_length", Some(1), None),
    Key::new("iops_rd_length", Rule::Alias("iops_rd_max_length")),
    Key::new("iops_wr_length", Rule::Alias("iops_wr_max_length")),
];

const SSD: &[Key] = &[Key::switch("ssd")];
const WWN: &[Key] = &[Key::new("wwn", Rule::Matches(is_world_wide_name))];
const MODEL: &[Key] = &[Key::new("model", Rule::Short(NamedFormat::UrlEncoded, 120))];
const IO_THREAD: &[Key] = &[Key::switch("iothread"), Key::switch("ro")];
const SCSI_ONLY: &[Key] = &[
    Key::integer("queues", Some(2), None),
    Key::switch("scsiblock"),
    Key::new("product", Rule::Matches(|text| is_inquiry_text(text, 16))),
    Key::new("vendor", Rule::Matches(|text| is_inquiry_text(text, 8))),
];
const EFI_ONLY: &[Key] = &[
    Key::one_of("efitype", &["2m", "4m"]),
    Key::switch("pre-enrolled-keys"),
    Key::one_of("ms-cert", &["2011", "2023", "2023w", "2023k"]),
];
const TPM_ONLY: &[Key] = &[
    Key::one_of("version", &["v1.2", "v2.0"]),
    Key::one_of("format", &["raw", "qcow2", "vmdk"]),
];

/// `ideN`.
pub(crate) static IDE: Shape = Shape::new(
    "ide",
    &[FILE, IMPORT, DISK_FORMAT, DISK, LIMITS, SSD, WWN, MODEL],
);
/// `sataN`.
pub(crate) static SATA: Shape =
    Shape::new("sata", &[FILE, IMPORT, DISK_FORMAT, DISK, LIMITS, SSD, WWN]);
/// `scsiN`.
pub(crate) static SCSI: Shape = Shape::new(
    "scsi",
    &[
        FILE,
        IMPORT,
        DISK_FORMAT,
        DISK,
        LIMITS,
        SSD,
        WWN,
        IO_THREAD,
        SCSI_ONLY,
    ],
);
/// `virtioN`.
pub(crate) static VIRTIO: Shape = Shape::new(
    "virtio",
    &[FILE, IMPORT, DISK_FORMAT, DISK, LIMITS, IO_THREAD],
);
/// `efidisk0`.
pub(crate) static EFI_DISK: Shape = Shape::new("efidisk", &[FILE, IMPORT, DISK_FORMAT, EFI_ONLY]);
/// `tpmstate0`.
pub(crate) static TPM_STATE: Shape = Shape::new("tpmstate", &[FILE, IMPORT, TPM_ONLY]);
/// `unusedN` of a virtual machine.
pub(crate) static UNUSED: Shape = Shape::new(
    "unused",
    &[&[
        Key::named("file", NamedFormat::Volume)
            .default_key()
            .required(),
        Key::new("volume", Rule::Alias("file")),
    ]],
);

fn is_world_wide_name(text: &str) -> bool {
    text.strip_prefix("0x")
        .is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_inquiry_text(text: &str, longest: usize) -> bool {
    text.len() <= longest
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || c.is_ascii_whitespace())
}
