//! The places of a virtual machine that hold drives: `scsi0`, `ide2`, `efidisk0`, `unused1`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{InvalidName, text_conversions};
use crate::property::{Shape, drive_keys};

/// Where a drive is plugged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiskBus {
    /// IDE: 0 to 3.
    Ide,
    /// SATA: 0 to 5.
    Sata,
    /// SCSI: 0 to 30.
    Scsi,
    /// VirtIO block: 0 to 15.
    Virtio,
    /// The variables of UEFI; one only.
    Efi,
    /// The state of the TPM; one only.
    Tpm,
    /// Not plugged in: 0 to 255.
    Unused,
}

impl DiskBus {
    const ALL: [Self; 7] = [
        Self::Ide,
        Self::Sata,
        Self::Scsi,
        Self::Virtio,
        Self::Efi,
        Self::Tpm,
        Self::Unused,
    ];

    /// The name without a number, as `scsi`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ide => "ide",
            Self::Sata => "sata",
            Self::Scsi => "scsi",
            Self::Virtio => "virtio",
            Self::Efi => "efidisk",
            Self::Tpm => "tpmstate",
            Self::Unused => "unused",
        }
    }

    /// The highest number.
    pub fn last(self) -> u8 {
        match self {
            Self::Ide => 3,
            Self::Sata => 5,
            Self::Scsi => 30,
            Self::Virtio => 15,
            Self::Efi | Self::Tpm => 0,
            Self::Unused => 255,
        }
    }

    /// What a drive there may say.
    pub fn shape(self) -> &'static Shape {
        match self {
            Self::Ide => &drive_keys::IDE,
            Self::Sata => &drive_keys::SATA,
            Self::Scsi => &drive_keys::SCSI,
            Self::Virtio => &drive_keys::VIRTIO,
            Self::Efi => &drive_keys::EFI_DISK,
            Self::Tpm => &drive_keys::TPM_STATE,
            Self::Unused => &drive_keys::UNUSED,
        }
    }
}

/// A place for a drive, as `scsi0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DriveSlot {
    bus: DiskBus,
    index: u8,
}

impl DriveSlot {
    /// The place with this number, if the bus has one.
    pub fn new(bus: DiskBus, index: u8) -> Option<Self> {
        (index <= bus.last()).then_some(Self { bus, index })
    }

    /// The bus.
    pub fn bus(self) -> DiskBus {
        self.bus
    }

    /// The number on the bus.
    pub fn index(self) -> u8 {
        self.index
    }
}

impl FromStr for DriveSlot {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        DiskBus::ALL
            .into_iter()
            .find_map(|bus| {
                let digits = text.strip_prefix(bus.as_str())?;
                Self::new(bus, crate::property::slot_number(digits)?)
            })
            .ok_or_else(|| InvalidName::new(text, "a place for a drive such as `scsi0`"))
    }
}

impl fmt::Display for DriveSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.bus.as_str(), self.index)
    }
}

text_conversions!(DriveSlot);
