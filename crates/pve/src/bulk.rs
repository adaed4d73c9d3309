//! Many guests at once: of one node (`startall`, …), and of the whole cluster from 9.1 on
//! (`/cluster/bulk-action`).
//!
//! PVE takes a missing or an empty list of guests for ALL of them. Here all must be said, and an
//! empty list is refused.

use std::time::Duration;

use crate::client::Client;
use crate::differences::{Differences, Feature};
use crate::error::Result;
use crate::guests::whole_seconds;
use crate::ids::{NodeName, Vmid};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

/// Which guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkGuests {
    /// These.
    These(Vec<Vmid>),
    /// All: of the node or of the whole cluster. Starting all of a node starts only those that
    /// start with it (`onboot`), unless forced.
    All,
}

/// What to do with the guests of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeBulkAction {
    /// Starts them in their order.
    Start {
        /// Also those that do not start with the node.
        force: bool,
    },
    /// Shuts them down, in the reverse order.
    Stop {
        /// How long each may take; PVE's default is 180 s, or what the guest says.
        timeout: Option<Duration>,
        /// Pulls the plug of those that did not. PVE's default is yes.
        force_stop: Option<bool>,
    },
    /// Hibernates the virtual machines.
    Suspend,
    /// Moves them to another node.
    Migrate {
        /// The node.
        target: NodeName,
        /// Copies local volumes of running machines too.
        with_local_disks: bool,
    },
}

/// What to do with guests of the whole cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterBulkAction {
    /// Starts them.
    Start {
        /// How long each may take.
        timeout: Option<Duration>,
    },
    /// Shuts them down.
    Shutdown {
        /// How long each may take; PVE's default is 180 s.
        timeout: Option<Duration>,
        /// Pulls the plug of those that did not. PVE's default is yes.
        force_stop: Option<bool>,
    },
    /// Pauses the virtual machines, or hibernates them.
    Suspend {
        /// Hibernates them.
        to_disk: bool,
        /// Where the memory goes.
        storage: Option<String>,
    },
    /// Moves them. One to a node that does not exist fails only in the task.
    Migrate {
        /// The node.
        target: NodeName,
        /// Moves running machines while they run.
        online: bool,
        /// Copies local volumes of running machines too.
        with_local_disks: bool,
    },
}

impl NodeBulkAction {
    fn verb(&self) -> &'static str {
        match self {
            Self::Start { .. } => "startall",
            Self::Stop { .. } => "stopall",
            Self::Suspend => "suspendall",
            Self::Migrate { .. } => "migrateall",
        }
    }

    fn params(&self) -> Params {
        let on = |flag: bool| flag.then_some(true);
        match self {
            Self::Start { force } => Params::new().with_some("force", on(*force)),
            Self::Stop {
                timeout,
                force_stop,
            } => Params::new()
                .with_some("timeout", timeout.map(whole_seconds))
                .with_some("force-stop", *force_stop),
            Self::Suspend => Params::new(),
            Self::Migrate {
                target,
                with_local_disks,
            } => Params::new()
                .with("target", target)
                .with_some("with-local-disks", on(*with_local_disks)),
        }
    }
}

impl ClusterBulkAction {
    fn verb(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Shutdown { .. } => "shutdown",
            Self::Suspend { .. } => "suspend",
            Self::Migrate { .. } => "migrate",
        }
    }

    fn params(&self) -> Params {
        let on = |flag: bool| flag.then_some(true);
        match self {
            Self::Start { timeout } => {
                Params::new().with_some("timeout", timeout.map(whole_seconds))
            }
            Self::Shutdown {
                timeout,
                force_stop,
            } => Params::new()
                .with_some("timeout", timeout.map(whole_seconds))
                .with_some("force-stop", *force_stop),
            Self::Suspend { to_disk, storage } => Params::new()
                .with("to-disk", *to_disk)
                .with_some("statestorage", storage.as_deref()),
            Self::Migrate {
                target,
                online,
                with_local_disks,
            } => Params::new()
                .with("target", target)
                .with_some("online", on(*online))
                .with_some("with-local-disks", on(*with_local_disks)),
        }
    }
}

impl Client {
    /// Does something with guests of a node, in one task that starts one for each (PVE:
    /// `/nodes/{node}/startall` and so on). `workers` at once: moving needs it, or the option
    /// `max_workers` of the cluster; for the others it exists from 9.1 on. The task ends well also
    /// when the one of a guest did not.
    pub async fn bulk_on_node(
        &self,
        node: &NodeName,
        guests: &BulkGuests,
        action: &NodeBulkAction,
        workers: Option<u32>,
        differences: Differences,
    ) -> Result<Upid> {
        let path = ApiPath::node(node, &[action.verb()]);
        let mut params = action.params();
        if let BulkGuests::These(list) = guests {
            let numbers: Vec<String> = list.iter().map(ToString::to_string).collect();
            params = params.with("vms", self.some_guests(numbers)?.join(","));
        }
        if let Some(workers) = workers {
            if !matches!(action, NodeBulkAction::Migrate { .. }) {
                differences.require(Feature::MaxWorkers, self, Method::Post, &path)?;
            }
            params = params.with(differences.migrate_all_workers(), workers);
        }
        self.begin(Method::Post, path, params).await
    }

    /// Does something with guests of the whole cluster, in one task that starts one for each
    /// (PVE: `/cluster/bulk-action/guest/…`, from 9.1). `workers` at once; PVE's default is 4, or
    /// 1 for moving.
    pub async fn bulk_in_cluster(
        &self,
        guests: &BulkGuests,
        action: &ClusterBulkAction,
        workers: Option<u32>,
        differences: Differences,
    ) -> Result<Upid> {
        let path = ApiPath::fixed(&["cluster", "bulk-action", "guest", action.verb()]);
        differences.require(Feature::BulkActions, self, Method::Post, &path)?;
        let mut params = action.params();
        if let BulkGuests::These(list) = guests {
            let numbers = list.iter().map(ToString::to_string).collect();
            for number in self.some_guests(numbers)? {
                params = params.with("vms", number);
            }
        }
        let params = params.with_some("max-workers", workers);
        self.begin(Method::Post, path, params).await
    }

    fn some_guests(&self, numbers: Vec<String>) -> Result<Vec<String>> {
        if numbers.is_empty() {
            let text = "the list of guests is empty, which PVE takes for all of them";
            return Err(self.invalid(text.to_owned()));
        }
        Ok(numbers)
    }
}
