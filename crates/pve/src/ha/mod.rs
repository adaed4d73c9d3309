//! High availability: which guests the HA manager keeps running, where, and what it is doing.
//!
//! Its changes are wishes: the manager follows some ten seconds later. Groups of nodes (8.x) have
//! become rules (9.x); see [`crate::Differences`].

mod groups;
mod moves;
mod resources;
mod rules;
mod status;

use std::fmt;

use serde_json::Value;

pub use groups::{HaGroup, HaGroupChange};
pub use moves::{HaMove, HaMoveAnswer};
pub use resources::{HaRequest, HaResource, HaResourceChange};
pub use rules::{HaAffinity, HaNode, HaRule, HaRuleKind, HaRuleSpec};
pub use status::{HaDisarmMode, HaLrm, HaManagerStatus, HaService, HaStatus, HaStatusRow};

use crate::answer::Loose;
use crate::ids::{GuestKind, Vmid};

/// The name of a HA resource: `vm:100`, `ct:200`.
///
/// ```
/// use pve::{GuestKind, HaSid};
/// let sid = HaSid::from("ct:200".to_owned());
/// assert_eq!(sid, HaSid::of(GuestKind::Lxc, "200".parse()?));
/// # Ok::<(), pve::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HaSid {
    /// A guest.
    Guest {
        /// Virtual machine or container.
        kind: GuestKind,
        /// Its number.
        vmid: Vmid,
    },
    /// Another kind of resource, as it came.
    Other(String),
}

impl HaSid {
    /// The resource of a guest.
    pub const fn of(kind: GuestKind, vmid: Vmid) -> Self {
        Self::Guest { kind, vmid }
    }
}

impl From<String> for HaSid {
    fn from(text: String) -> Self {
        let parts = text.split_once(':').and_then(|(kind, number)| {
            let kind = match kind {
                "vm" => GuestKind::Qemu,
                "ct" => GuestKind::Lxc,
                _ => return None,
            };
            Some((kind, number.parse().ok()?))
        });
        match parts {
            Some((kind, vmid)) => Self::Guest { kind, vmid },
            None => Self::Other(text),
        }
    }
}

impl fmt::Display for HaSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest { kind, vmid } => {
                let kind = match kind {
                    GuestKind::Qemu => "vm",
                    GuestKind::Lxc => "ct",
                };
                write!(f, "{kind}:{vmid}")
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl Loose for HaSid {
    fn loose(value: Option<&Value>) -> Option<Self> {
        String::loose(value).map(Self::from)
    }
}

/// Names of HA resources.
pub(crate) type Sids = Vec<HaSid>;

impl Loose for Sids {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let words = Vec::<String>::loose(value)?;
        Some(words.into_iter().map(HaSid::from).collect())
    }
}

fn sid_list(sids: &[HaSid]) -> String {
    let words: Vec<String> = sids.iter().map(ToString::to_string).collect();
    words.join(",")
}
