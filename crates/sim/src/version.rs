//! The simulated releases of Proxmox VE and what differs between them.

use std::str::FromStr;

use crate::error::SimError;

/// A release of Proxmox VE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum PveVersion {
    /// 8.4
    V8_4,
    /// 9.1
    #[default]
    V9_1,
    /// 9.2
    V9_2,
}

impl PveVersion {
    /// `version` of `GET /version`, such as `9.1.7`.
    pub fn full(self) -> &'static str {
        match self {
            Self::V8_4 => "8.4.21",
            Self::V9_1 => "9.1.7",
            Self::V9_2 => "9.2.11",
        }
    }

    /// `release` of `GET /version`, such as `9.1`.
    pub fn release(self) -> &'static str {
        match self {
            Self::V8_4 => "8.4",
            Self::V9_1 => "9.1",
            Self::V9_2 => "9.2",
        }
    }

    /// `repoid` of `GET /version`.
    pub(crate) fn repository_id(self) -> &'static str {
        match self {
            Self::V8_4 => "a1c94e2f00000000",
            Self::V9_1 => "0307225d00000000",
            Self::V9_2 => "5d2b7c1900000000",
        }
    }

    /// Kernel release shown by nodes.
    pub(crate) fn kernel(self) -> &'static str {
        match self {
            Self::V8_4 => "6.8.12-15-pve",
            Self::V9_1 => "6.17.2-1-pve",
            Self::V9_2 => "6.17.13-2-pve",
        }
    }

    /// Version of QEMU that starts guests.
    pub(crate) fn qemu(self) -> &'static str {
        match self {
            Self::V8_4 => "9.2.0",
            Self::V9_1 => "10.0.13",
            Self::V9_2 => "10.1.2",
        }
    }

    /// Major 9 and later: `memhost`, pressure figures, agent privileges.
    pub(crate) fn is_nine(self) -> bool {
        self >= Self::V9_1
    }
}

impl FromStr for PveVersion {
    type Err = SimError;

    fn from_str(text: &str) -> Result<Self, SimError> {
        match text {
            "8.4" => Ok(Self::V8_4),
            "9.1" => Ok(Self::V9_1),
            "9.2" => Ok(Self::V9_2),
            _ => Err(SimError::Version(text.to_owned())),
        }
    }
}
