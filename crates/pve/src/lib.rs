//! A client for the Proxmox VE API: typed calls over any [`Transport`], and every other call by
//! its path.
//!
//! It is written against the behaviour of real servers (8.4 and 9.x), which differs from what one
//! would expect of HTTP: error texts are in the reason phrase, nearly every refusal is status 500,
//! most failures happen after the `200` inside a task, and lists are silently shortened to what the
//! caller may see. It must not know anything about the programs that use it.
//!
//! Start at [`Client`]. Errors say whether a retry is safe: [`Error::class`].

#![warn(missing_docs)]

mod budget;
mod client;
mod cluster;
mod connect;
mod endpoint;
mod error;
mod fingerprint;
mod follow;
mod guests;
mod https;
mod ids;
mod lenient;
mod meter;
mod params;
mod path;
mod permissions;
mod progress;
mod refusal;
mod reply;
mod resources;
mod session;
mod snapshots;
mod tasks;
mod transport;
mod trust;
mod upid;

pub use budget::Budget;
pub use client::Client;
pub use cluster::{ClusterInfo, ClusterMember, ClusterStatus, Version};
pub use connect::{Auth, ConnectOptions, Timeouts};
pub use endpoint::parse_endpoint;
pub use error::{BodyProblem, Error, ErrorClass, ErrorKind, Phase, Result};
pub use fingerprint::Fingerprint;
pub use follow::{TaskEffect, TaskEnd, TaskEvent};
pub use guests::{GuestConfig, GuestState, GuestStatus};
pub use https::HttpsTransport;
pub use ids::{GuestAt, GuestKind, InvalidName, NodeName, TokenId, UserId, Vmid};
pub use meter::{Meter, Purpose, RequestCounters};
pub use params::{ParamValue, Params};
pub use path::ApiPath;
pub use permissions::{MissingPrivilege, Permissions};
pub use reply::{RawReply, Reply, Wrapping};
pub use resources::{
    GuestResource, NodeResource, NodeState, PoolResource, Resource, StorageResource,
};
pub use snapshots::{NewSnapshot, Snapshot, SnapshotMemory, Snapshots};
pub use tasks::{LogLine, TaskFilter, TaskOutcome, TaskRow, TaskSource, TaskState, TaskStatus};
pub use transport::{Method, Request, Transport};
pub use trust::{Trust, check_trust, fetch_fingerprint};
pub use upid::{Upid, UpidParts};

/// The example of the README is compiled, so that it stays true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
