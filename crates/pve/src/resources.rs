//! The rows of `/cluster/resources`: the whole inventory in one request. Values come from
//! `pvestatd` and are up to ten seconds old.

use serde::Deserialize;

use crate::client::Client;
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::ids::{GuestAt, GuestKind, NodeName, Vmid};
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;

/// One row. Kinds this crate does not know (networks, SDN zones) are left out of lists.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Resource {
    /// A node.
    Node(NodeResource),
    /// A virtual machine or container.
    Guest(GuestResource),
    /// A storage as one node sees it; shared ones come once per node.
    Storage(StorageResource),
    /// A pool.
    Pool(PoolResource),
}

impl Resource {
    /// The guest, if it is one.
    pub fn as_guest(&self) -> Option<&GuestResource> {
        if let Self::Guest(guest) = self {
            Some(guest)
        } else {
            None
        }
    }

    /// The node, if it is one.
    pub fn as_node(&self) -> Option<&NodeResource> {
        if let Self::Node(node) = self {
            Some(node)
        } else {
            None
        }
    }

    /// The storage, if it is one.
    pub fn as_storage(&self) -> Option<&StorageResource> {
        if let Self::Storage(storage) = self {
            Some(storage)
        } else {
            None
        }
    }
}

/// An enum of known words that keeps the unknown ones.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A word this crate does not know, as it came.
            Other(String),
        }
        impl $name {
            /// PVE's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }
        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::Other(word),
                }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What a guest does. QEMU's own states show through in lists.
    GuestState {
        /// It runs.
        Running = "running",
        /// It is off.
        Stopped = "stopped",
        /// Its processors are stopped, memory is kept.
        Paused = "paused",
        /// Suspended (containers, or by the guest itself).
        Suspended = "suspended",
        /// QEMU is up, the guest is not started yet (migration, debugging).
        Prelaunch = "prelaunch",
        /// Stopped by QEMU after an error of its storage.
        IoError = "io-error",
        /// The cluster does not know, mostly because the node is offline.
        Unknown = "unknown",
    }
}

words! {
    /// Whether a node is part of the cluster now.
    NodeState {
        /// Yes.
        Online = "online",
        /// No.
        Offline = "offline",
        /// Not known to the node that answered.
        Unknown = "unknown",
    }
}

/// A node. The figures are missing when it is offline or when the caller lacks `Sys.Audit`.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeResource {
    /// Its name.
    pub node: NodeName,
    /// Part of the cluster now?
    pub status: NodeState,
    /// Use of all processors, 0 to 1.
    pub cpu_fraction: Option<f64>,
    /// Number of logical processors.
    pub cpu_count: Option<f64>,
    /// Memory in use.
    pub memory_bytes: Option<u64>,
    /// Memory installed.
    pub memory_max_bytes: Option<u64>,
    /// Use of the root file system.
    pub disk_bytes: Option<u64>,
    /// Size of the root file system.
    pub disk_max_bytes: Option<u64>,
    /// Seconds since boot.
    pub uptime_s: Option<u64>,
    /// State for the HA manager, as `online` or `maintenance` (9.2).
    pub ha_state: Option<String>,
    /// Fingerprint of its certificate (only in `/nodes`).
    pub fingerprint: Option<Fingerprint>,
}

/// A guest. Do not trust `status` without the status of its node: a minute after a node died its
/// guests are still listed as running. Figures are missing when nothing was measured yet.
#[derive(Debug, Clone, PartialEq)]
pub struct GuestResource {
    /// Where it is.
    pub at: GuestAt,
    /// Its name; missing in the first seconds after creation.
    pub name: Option<String>,
    /// What it does.
    pub status: GuestState,
    /// A template cannot run.
    pub template: bool,
    /// Sorted tags.
    pub tags: Vec<String>,
    /// The pool it is in.
    pub pool: Option<String>,
    /// Why it is locked, as `backup`.
    pub lock: Option<String>,
    /// State for the HA manager; missing when HA does not manage it.
    pub ha_state: Option<String>,
    /// Use of its processors, 0 to 1 for all of them.
    pub cpu_fraction: Option<f64>,
    /// Its processors; fractions are possible with container limits.
    pub cpu_count: Option<f64>,
    /// Memory in use, as the guest sees it when it tells, else as the host does.
    pub memory_bytes: Option<u64>,
    /// Memory it may use.
    pub memory_max_bytes: Option<u64>,
    /// Memory the host spends on it (virtual machines, 9.x); may exceed the maximum.
    pub memory_host_bytes: Option<u64>,
    /// Space in use (containers); always 0 for virtual machines.
    pub disk_bytes: Option<u64>,
    /// Size of the boot disk or root volume.
    pub disk_max_bytes: Option<u64>,
    /// Received since its start.
    pub net_in_bytes: Option<u64>,
    /// Sent since its start.
    pub net_out_bytes: Option<u64>,
    /// Read since its start.
    pub disk_read_bytes: Option<u64>,
    /// Written since its start.
    pub disk_write_bytes: Option<u64>,
    /// Seconds since its start, 0 when off.
    pub uptime_s: Option<u64>,
}

/// A storage on one node.
#[derive(Debug, Clone, PartialEq)]
pub struct StorageResource {
    /// The node that sees it.
    pub node: NodeName,
    /// Its id.
    pub storage: String,
    /// `available` or `unknown`.
    pub status: Option<String>,
    /// The same data on every node?
    pub shared: bool,
    /// `dir`, `zfspool`, …
    pub plugin: Option<String>,
    /// Kinds of content it takes, as `images`.
    pub content: Vec<String>,
    /// Space in use.
    pub used_bytes: Option<u64>,
    /// Its size.
    pub size_bytes: Option<u64>,
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolResource {
    /// Its id; nested ones hold slashes.
    pub pool: String,
}

/// The row of all kinds as it comes, read in one pass; keys not named here cost nothing.
#[derive(Deserialize)]
pub(crate) struct Row {
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    node: Option<String>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    vmid: Option<u64>,
    #[serde(default, deserialize_with = "lenient::filled")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    template: bool,
    #[serde(default, deserialize_with = "lenient::filled")]
    tags: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    pool: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    lock: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    hastate: Option<String>,
    #[serde(default, deserialize_with = "lenient::float")]
    cpu: Option<f64>,
    #[serde(default, deserialize_with = "lenient::float")]
    maxcpu: Option<f64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    mem: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    maxmem: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    memhost: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    disk: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    maxdisk: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    netin: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    netout: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    diskread: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    diskwrite: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    uptime: Option<u64>,
    #[serde(default, deserialize_with = "lenient::filled")]
    storage: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    shared: bool,
    #[serde(default, deserialize_with = "lenient::filled")]
    plugintype: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    content: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    ssl_fingerprint: Option<String>,
}

impl Row {
    pub(crate) fn resource(self) -> Option<Resource> {
        match self.kind.as_deref()? {
            "node" => self.node().map(Resource::Node),
            "qemu" => self.guest(GuestKind::Qemu).map(Resource::Guest),
            "lxc" => self.guest(GuestKind::Lxc).map(Resource::Guest),
            "storage" => self.storage().map(Resource::Storage),
            "pool" => self.pool.map(|pool| Resource::Pool(PoolResource { pool })),
            _ => None,
        }
    }

    pub(crate) fn node(self) -> Option<NodeResource> {
        Some(NodeResource {
            node: self.node?.parse().ok()?,
            status: self.status.map_or(NodeState::Unknown, NodeState::from),
            cpu_fraction: self.cpu,
            cpu_count: self.maxcpu,
            memory_bytes: self.mem,
            memory_max_bytes: self.maxmem,
            disk_bytes: self.disk,
            disk_max_bytes: self.maxdisk,
            uptime_s: self.uptime,
            ha_state: self.hastate,
            fingerprint: self.ssl_fingerprint.and_then(|text| text.parse().ok()),
        })
    }

    fn guest(self, kind: GuestKind) -> Option<GuestResource> {
        let node: NodeName = self.node?.parse().ok()?;
        let vmid = Vmid::try_from(u32::try_from(self.vmid?).ok()?).ok()?;
        Some(GuestResource {
            at: GuestAt { node, kind, vmid },
            name: self.name,
            status: self.status.map_or(GuestState::Unknown, GuestState::from),
            template: self.template,
            tags: words_of(self.tags.as_deref()),
            pool: self.pool,
            lock: self.lock,
            ha_state: self.hastate,
            cpu_fraction: self.cpu,
            cpu_count: self.maxcpu,
            memory_bytes: self.mem,
            memory_max_bytes: self.maxmem,
            memory_host_bytes: self.memhost,
            disk_bytes: self.disk,
            disk_max_bytes: self.maxdisk,
            net_in_bytes: self.netin,
            net_out_bytes: self.netout,
            disk_read_bytes: self.diskread,
            disk_write_bytes: self.diskwrite,
            uptime_s: self.uptime,
        })
    }

    fn storage(self) -> Option<StorageResource> {
        Some(StorageResource {
            node: self.node?.parse().ok()?,
            storage: self.storage?,
            status: self.status,
            shared: self.shared,
            plugin: self.plugintype,
            content: words_of(self.content.as_deref()),
            used_bytes: self.disk,
            size_bytes: self.maxdisk,
        })
    }
}

/// Lists in strings are separated by `;`, `,` or blanks, depending on the place.
pub(crate) fn words_of(text: Option<&str>) -> Vec<String> {
    let separators = [';', ',', ' ', '\0'];
    let words = text
        .unwrap_or_default()
        .split(separators)
        .filter(|word| !word.is_empty());
    words.map(ToOwned::to_owned).collect()
}

impl Client {
    /// Everything in the cluster the caller may see, in one request (PVE: `/cluster/resources`).
    /// Rows the caller has no right to are left out by PVE without a sign.
    pub async fn cluster_resources(&self) -> Result<Vec<Resource>> {
        let path = ApiPath::fixed(&["cluster", "resources"]);
        let rows: Vec<Row> = self.get(path, Params::new()).await?;
        Ok(rows.into_iter().filter_map(Row::resource).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Resource> {
        serde_json::from_str::<Row>(json).unwrap().resource()
    }

    #[test]
    fn a_row_of_a_new_kind_or_without_its_name_is_left_out() {
        assert_eq!(read(r#"{"type":"network","node":"pve1"}"#), None);
        assert_eq!(read(r#"{"type":"qemu","node":"pve1"}"#), None);
        assert_eq!(read(r#"{"node":"pve1"}"#), None);
        assert_eq!(read(r#"{"type":"node","node":"bad_node!"}"#), None);
    }

    #[test]
    fn a_guest_of_a_dead_node_has_a_place_and_nothing_else() {
        let Some(Resource::Guest(guest)) = read(
            r#"{"status":"unknown","type":"lxc","vmid":"9393","id":"lxc/9393","node":"pve2"}"#,
        ) else {
            panic!("not a guest");
        };
        assert_eq!(guest.at.to_string(), "pve2/lxc/9393");
        assert_eq!(guest.status, GuestState::Unknown);
        assert_eq!(
            (guest.name, guest.memory_bytes, guest.uptime_s),
            (None, None, None)
        );
    }

    #[test]
    fn unknown_states_keep_their_word() {
        let state = GuestState::from("guest-panicked".to_owned());
        assert_eq!(state, GuestState::Other("guest-panicked".into()));
        assert_eq!(state.to_string(), "guest-panicked");
    }
}
