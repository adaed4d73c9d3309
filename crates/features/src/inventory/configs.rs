//! Configurations of guests that were read lately. A plan of many guests may rest on them; whatever is about
//! to be changed is read again and forgotten here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use pve::{GuestAt, GuestConfig};

/// Guests per cluster that are kept; beyond it the oldest readings go.
const KEPT: usize = 20_000;

/// One configuration, and when it was read.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) at: Timestamp,
    pub(crate) config: Arc<GuestConfig>,
}

/// By guest: one that moved to another node is another entry, because it was read from there.
#[derive(Debug, Default)]
pub(crate) struct Configs {
    known: Mutex<HashMap<GuestAt, Known>>,
}

impl Configs {
    /// The configuration, if it was read no longer ago than `max_age`.
    pub(crate) fn get(&self, guest: &GuestAt, now: Timestamp, max_age: Duration) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes nothing young.
        known
            .get(guest)
            .filter(|known| known.at <= now && now <= known.at + max_age)
            .cloned()
    }

    pub(crate) fn keep(&self, guest: GuestAt, config: Arc<GuestConfig>, at: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT
            && let Some(oldest) = known.values().map(|known| known.at).min()
        {
            known.retain(|_, known| known.at > oldest);
        }
        known.insert(guest, Known { at, config });
    }

    /// Something is about to happen to the guest.
    pub(crate) fn forget(&self, guest: &GuestAt) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(guest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn guest(vmid: u32) -> GuestAt {
        GuestAt {
            node: "pve1".parse().unwrap(),
            kind: pve::GuestKind::Qemu,
            vmid: pve::Vmid::try_from(vmid).unwrap(),
        }
    }

    fn config() -> Arc<GuestConfig> {
        Arc::new(GuestConfig {
            digest: Some("d".to_owned()),
            values: std::collections::BTreeMap::new(),
        })
    }

    #[test]
    fn a_configuration_is_known_for_a_while_on_its_node_until_it_is_forgotten() {
        let configs = Configs::default();
        configs.keep(guest(101), config(), at(100));
        let minute = Duration::from_mins(1);
        assert!(configs.get(&guest(101), at(160), minute).is_some());
        assert!(configs.get(&guest(101), at(161), minute).is_none());
        assert!(configs.get(&guest(101), at(99), minute).is_none());
        let elsewhere = GuestAt {
            node: "pve2".parse().unwrap(),
            ..guest(101)
        };
        assert!(configs.get(&elsewhere, at(100), minute).is_none());
        configs.forget(&guest(101));
        assert!(configs.get(&guest(101), at(100), minute).is_none());
    }
}
