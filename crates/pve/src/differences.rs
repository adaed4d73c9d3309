//! What differs between the versions of PVE, 8.4 to 9.2: the one place where it is written down.
//!
//! Typed calls ask [`Differences`] and never compare version numbers. In a cluster whose nodes
//! run different versions the version of the node that does the work counts, so ask
//! [`Client::differences_at`] for calls below `/nodes/{node}` and [`Client::differences`] for the
//! rest.

use crate::client::Client;
use crate::cluster::Version;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

/// Major and minor number.
type Number = (u32, u32);

/// Something that not every version of PVE has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// Groups of nodes for HA (`/cluster/ha/groups`), up to 8. A cluster that was upgraded keeps
    /// them until its last node runs 9; then they have become rules.
    HaGroups,
    /// Rules for HA (`/cluster/ha/rules`).
    HaRules,
    /// `failback` of HA resources; before, `nofailback` of their group.
    HaFailback,
    /// Removing a HA resource from its rules with it (`purge`).
    HaPurge,
    /// Switching HA off and on for the whole cluster (`arm-ha`, `disarm-ha`).
    HaArming,
    /// `auto-rebalance` of HA resources.
    HaAutoRebalance,
    /// Moving a HA resource answers with the resources that come along or are in the way.
    HaMoveAnswer,
    /// A new guest can be handed to HA in the same call (`ha-managed`).
    HaManagedCreate,
    /// Bulk actions over the whole cluster (`/cluster/bulk-action/guest`).
    BulkActions,
    /// `max-workers` of the bulk actions of a node; before, `maxworkers`, and only of
    /// `migrateall`.
    MaxWorkers,
    /// What stands against moving a container can be asked (GET `…/lxc/{vmid}/migrate`).
    LxcMigratePreconditions,
    /// Connections that the firewall tracks come along when a machine is moved
    /// (`with-conntrack-state`).
    ConntrackState,
    /// Pressure figures (PSI) in states and statistics, and the memory the host spends on a
    /// guest (`memhost`).
    PressureFigures,
    /// Parts of a file in a guest can be read, and raw (`count`, `offset`, `decode` of
    /// `file-read`).
    AgentFileParts,
    /// Container images from OCI registries (`oci-registry-pull`), `entrypoint` and `env`.
    OciImages,
    /// Statistics of ten years (`timeframe=decade`, nodes only).
    RrdDecade,
    /// Statistics with many more points: 1440 of a minute for a day, where 8 has 70.
    RrdFineGrained,
    /// Passwords of their own for consoles of containers (`password` in the answer).
    LxcConsolePassword,
    /// `VM.Monitor` is the privilege for everything about the guest agent.
    MonitorPrivilege,
    /// Privileges of their own for the guest agent (`VM.GuestAgent.…`) and `VM.Replicate`.
    AgentPrivileges,
    /// Scanning for GlusterFS, storages of that kind, and `notification-policy` of backups.
    LegacyStorage,
    /// Fabrics, locks and rollback of software defined networks.
    SdnFabrics,
    /// Metrics can be asked for some nodes only (`node-list` of the metrics export).
    MetricsNodeList,
    /// Console tickets of the access API (`/access/vncticket`).
    VncTicketCheck,
    /// Processor models of one's own (`/cluster/qemu/custom-cpu-models`).
    CustomCpuModels,
    /// The identity of the device behind a storage (`…/storage/{storage}/identity`).
    StorageIdentity,
    /// A token can get a new secret (`regenerate`).
    TokenRegenerate,
}

impl Feature {
    /// First version that has it, and first version that does not any more.
    const fn span(self) -> (Option<Number>, Option<Number>) {
        match self {
            Self::HaGroups | Self::MonitorPrivilege | Self::LegacyStorage => (None, Some((9, 0))),
            Self::HaRules
            | Self::HaFailback
            | Self::HaMoveAnswer
            | Self::LxcMigratePreconditions
            | Self::ConntrackState
            | Self::PressureFigures
            | Self::RrdDecade
            | Self::RrdFineGrained
            | Self::AgentPrivileges
            | Self::SdnFabrics => (Some((9, 0)), None),
            Self::HaPurge
            | Self::HaArming
            | Self::HaManagedCreate
            | Self::BulkActions
            | Self::MaxWorkers
            | Self::AgentFileParts
            | Self::OciImages
            | Self::MetricsNodeList
            | Self::VncTicketCheck => (Some((9, 1)), None),
            Self::HaAutoRebalance
            | Self::LxcConsolePassword
            | Self::CustomCpuModels
            | Self::StorageIdentity
            | Self::TokenRegenerate => (Some((9, 2)), None),
        }
    }

    /// The versions that have it, for people: `from 9.1`.
    pub fn versions(self) -> String {
        match self.span() {
            (Some((major, minor)), None) => format!("from {major}.{minor}"),
            (None, Some((major, minor))) => format!("before {major}.{minor}"),
            (Some(since), Some(until)) => {
                format!(
                    "from {}.{} before {}.{}",
                    since.0, since.1, until.0, until.1
                )
            }
            (None, None) => "always".to_owned(),
        }
    }
}

/// What one version of PVE has and how it calls it.
///
/// ```
/// use pve::{Differences, Feature};
/// let (old, new) = (Differences::of_numbers(8, 4), Differences::of_numbers(9, 1));
/// assert!(old.has(Feature::HaGroups) && !old.has(Feature::HaRules));
/// assert!(new.has(Feature::HaRules) && !new.has(Feature::HaGroups));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Differences {
    number: Number,
}

impl Differences {
    /// Of a version. One whose numbers cannot be read is taken for the newest.
    pub fn of(version: &Version) -> Self {
        let number = version.numbers().unwrap_or((u32::MAX, 0));
        Self { number }
    }

    /// Of a version by its numbers.
    pub const fn of_numbers(major: u32, minor: u32) -> Self {
        Self {
            number: (major, minor),
        }
    }

    /// Of the older of two. While a cluster is being upgraded it behaves as its oldest node in
    /// what belongs to all: groups of HA become rules only when the last node runs 9, and until
    /// then rules are refused.
    #[must_use]
    pub fn oldest(self, other: Self) -> Self {
        if self.number <= other.number {
            self
        } else {
            other
        }
    }

    /// Has it this?
    pub fn has(self, feature: Feature) -> bool {
        let (since, until) = feature.span();
        since.is_none_or(|since| self.number >= since)
            && until.is_none_or(|until| self.number < until)
    }

    /// The parameter that limits how many workers `migrateall` has.
    pub fn migrate_all_workers(self) -> &'static str {
        if self.has(Feature::MaxWorkers) {
            "max-workers"
        } else {
            "maxworkers"
        }
    }

    /// Refuses a call that needs what this version does not have, before it is sent.
    pub(crate) fn require(
        self,
        feature: Feature,
        client: &Client,
        method: Method,
        path: &ApiPath,
    ) -> Result<()> {
        if self.has(feature) {
            return Ok(());
        }
        let (major, minor) = self.number;
        let kind = ErrorKind::NotImplemented {
            text: format!(
                "{feature:?} exists {}, this is {major}.{minor}",
                feature.versions()
            ),
        };
        Err(Error::of_call(client.endpoint(), method, path, kind))
    }
}

impl Client {
    /// The differences of the node that answers.
    pub async fn differences(&self) -> Result<Differences> {
        self.version()
            .await
            .map(|version| Differences::of(&version))
    }

    /// The differences of one node (PVE: `/nodes/{node}/version`): in a cluster that is being
    /// upgraded it is the node that does the work that counts.
    pub async fn differences_at(&self, node: &NodeName) -> Result<Differences> {
        let path = ApiPath::node(node, &["version"]);
        let version: Version = self.get(path, Params::new()).await?;
        Ok(Differences::of(&version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_begin_and_end_with_their_versions() {
        let has = |feature| {
            [(8, 4), (9, 0), (9, 1), (9, 2)]
                .map(|(a, b)| Differences::of_numbers(a, b).has(feature))
        };
        assert_eq!(has(Feature::HaGroups), [true, false, false, false]);
        assert_eq!(has(Feature::HaRules), [false, true, true, true]);
        assert_eq!(has(Feature::BulkActions), [false, false, true, true]);
        assert_eq!(has(Feature::HaAutoRebalance), [false, false, false, true]);
        assert_eq!(Feature::BulkActions.versions(), "from 9.1");
        assert_eq!(Feature::HaGroups.versions(), "before 9.0");
    }

    #[test]
    fn a_cluster_that_is_being_upgraded_is_as_old_as_its_oldest_node() {
        let (old, new) = (Differences::of_numbers(8, 4), Differences::of_numbers(9, 0));
        assert_eq!(new.oldest(old), old);
        assert_eq!(old.oldest(new), old);
    }

    #[test]
    fn an_unreadable_version_counts_as_the_newest() {
        let version = Version {
            version: "next".into(),
            release: None,
            repository_id: None,
        };
        assert!(Differences::of(&version).has(Feature::HaAutoRebalance));
        assert!(!Differences::of(&version).has(Feature::HaGroups));
    }
}
