//! Snapshots of guests.

use serde::Deserialize;

use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::ids::{GuestAt, GuestKind};
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};
use crate::upid::Upid;

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// What somebody wrote about it.
    pub description: Option<String>,
    /// When it was made, seconds since 1970 by the node's clock.
    pub time: Option<u64>,
    /// The snapshot before it; the first one has none.
    pub parent: Option<String>,
    /// Does it hold the memory of the running machine?
    pub with_memory: bool,
    /// `prepare` or `delete` while it is being made or removed, or when that broke.
    pub unfinished: Option<String>,
}

/// All snapshots of a guest and where the guest stands among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshots {
    /// The snapshots, as PVE orders them.
    pub list: Vec<Snapshot>,
    /// The snapshot the guest was last on; nothing when it has none.
    pub current_parent: Option<String>,
    /// Hash of the configuration file.
    pub digest: Option<String>,
    /// Does the guest run?
    pub running: bool,
}

/// A snapshot to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSnapshot {
    /// A letter, then letters, digits, `_` or `-`: at least 2, at most 40 characters.
    pub name: String,
    /// A note.
    pub description: Option<String>,
    /// With the memory of a running virtual machine?
    pub memory: SnapshotMemory,
}

/// Whether a snapshot holds the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotMemory {
    /// Yes: a rollback continues where the machine was. Not for containers.
    Include,
    /// No: only the disks and the configuration.
    Exclude,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    snaptime: Option<u64>,
    #[serde(default, deserialize_with = "lenient::filled")]
    parent: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    vmstate: bool,
    #[serde(default, deserialize_with = "lenient::filled")]
    snapstate: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    digest: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    running: bool,
}

/// `current` is a reserved name: that row is the guest itself.
fn tree_of(rows: Vec<Row>) -> Snapshots {
    let mut tree = Snapshots {
        list: Vec::new(),
        current_parent: None,
        digest: None,
        running: false,
    };
    for row in rows {
        match row.name {
            Some(name) if name == "current" => {
                tree.current_parent = row.parent;
                tree.digest = row.digest;
                tree.running = row.running;
            }
            Some(name) => tree.list.push(Snapshot {
                name,
                // PVE ends stored descriptions with a line feed.
                description: row.description.map(|text| text.trim_end().to_owned()),
                time: row.snaptime,
                parent: row.parent,
                with_memory: row.vmstate,
                unfinished: row.snapstate,
            }),
            None => {}
        }
    }
    tree
}

impl Client {
    /// The snapshots of a guest (PVE: `…/snapshot`).
    pub async fn snapshots(&self, guest: &GuestAt) -> Result<Vec<Snapshot>> {
        self.snapshot_tree(guest).await.map(|tree| tree.list)
    }

    /// The snapshots of a guest and where it stands among them, in the same one request.
    pub async fn snapshot_tree(&self, guest: &GuestAt) -> Result<Snapshots> {
        let path = ApiPath::guest(guest, &["snapshot"]);
        self.get::<Vec<Row>>(path, Params::new()).await.map(tree_of)
    }

    /// Makes a snapshot. A name in use or a locked guest shows only in the task.
    pub async fn create_snapshot(&self, guest: &GuestAt, snapshot: &NewSnapshot) -> Result<Upid> {
        let path = ApiPath::guest(guest, &["snapshot"]);
        let params = Params::new()
            .with("snapname", snapshot.name.as_str())
            .with_some("description", snapshot.description.as_deref());
        let params = match (snapshot.memory, guest.kind) {
            (SnapshotMemory::Exclude, _) => params,
            (SnapshotMemory::Include, GuestKind::Qemu) => params.with("vmstate", true),
            (SnapshotMemory::Include, GuestKind::Lxc) => {
                let kind = ErrorKind::Invalid("snapshots of containers cannot hold memory".into());
                return Err(self.fail(
                    &Request {
                        method: Method::Post,
                        path,
                        params,
                    },
                    kind,
                ));
            }
        };
        self.start_task(Request {
            method: Method::Post,
            path,
            params,
        })
        .await
    }

    /// Removes a snapshot. Every reason against it shows only in the task.
    pub async fn delete_snapshot(&self, guest: &GuestAt, name: &str) -> Result<Upid> {
        let path = ApiPath::guest(guest, &["snapshot"]);
        let mut request = Request {
            method: Method::Delete,
            path,
            params: Params::new(),
        };
        request.path = match request.path.clone().join(name) {
            Ok(path) => path,
            Err(error) => return Err(self.fail(&request, ErrorKind::Invalid(error.to_string()))),
        };
        self.start_task(request).await
    }
}
