//! Pools: named sets of guests and storages that permissions can be given on.
//!
//! The pool is a parameter here (`/pools?poolid=…`) and no part of the path: the older path
//! (`/pools/{poolid}`) cannot name pools within pools, whose names hold slashes.

use serde_json::Value;

use crate::answer::{Loose, answers};
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::ids::Vmid;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::{self, Resource};
use crate::transport::{Method, Request};

answers! {
    /// A pool.
    Pool {
        /// Its name; pools within pools have slashes in it.
        id: String = "poolid",
        /// A note.
        comment: Option<String> = "comment",
        /// What is in it, with the figures of the cluster resources. Empty in lists.
        members: PoolMembers = "members",
    }
}

/// What is in a pool.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PoolMembers(pub Vec<Resource>);

impl Loose for PoolMembers {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let rows = value
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let members = rows.iter().filter_map(|row| {
            let row: resources::Row = serde::Deserialize::deserialize(row).ok()?;
            row.resource()
        });
        Some(Self(members.collect()))
    }
}

/// A change of a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolChange {
    /// A new note.
    pub comment: Option<String>,
    /// Guests to put in or take out. One that does not exist is taken without a word.
    pub guests: Vec<Vmid>,
    /// Storages to put in or take out.
    pub storages: Vec<String>,
    /// Takes them out instead of putting them in.
    pub remove: bool,
    /// Takes guests from the pool they are in: a guest can be in one only. Without it PVE refuses.
    pub allow_move: bool,
}

impl Client {
    /// The pools the caller may see, without what is in them (PVE: GET `/pools`).
    pub async fn pools(&self) -> Result<Vec<Pool>> {
        self.list_of(ApiPath::fixed(&["pools"]), Params::new())
            .await
    }

    /// A pool and what is in it (PVE: GET `/pools?poolid=`).
    pub async fn pool(&self, id: &str) -> Result<Pool> {
        let request = Request {
            method: Method::Get,
            path: ApiPath::fixed(&["pools"]),
            params: Params::new().with("poolid", id),
        };
        let rows: crate::answer::Listed<Pool> = self.fetch(request.clone()).await?.data;
        rows.0.into_iter().next().ok_or_else(|| {
            let text = format!("no pool came back for `{id}`");
            self.fail(&request, ErrorKind::Unexpected(text))
        })
    }

    /// Makes a pool. The ones above it must exist.
    pub async fn create_pool(&self, id: &str, comment: Option<&str>) -> Result<()> {
        let params = Params::new()
            .with("poolid", id)
            .with_some("comment", comment);
        self.tell(Method::Post, ApiPath::fixed(&["pools"]), params)
            .await
    }

    /// Changes a pool.
    pub async fn update_pool(&self, id: &str, change: &PoolChange) -> Result<()> {
        let list = |words: Vec<String>| (!words.is_empty()).then(|| words.join(","));
        let guests = change.guests.iter().map(ToString::to_string).collect();
        let params = Params::new()
            .with("poolid", id)
            .with_some("comment", change.comment.as_deref())
            .with_some("vms", list(guests))
            .with_some("storage", list(change.storages.clone()))
            .with_some("delete", change.remove.then_some(true))
            .with_some("allow-move", change.allow_move.then_some(true));
        self.tell(Method::Put, ApiPath::fixed(&["pools"]), params)
            .await
    }

    /// Removes a pool; only an empty one.
    pub async fn delete_pool(&self, id: &str) -> Result<()> {
        let params = Params::new().with("poolid", id);
        self.tell(Method::Delete, ApiPath::fixed(&["pools"]), params)
            .await
    }
}
