//! What a source is: where knowledge comes from, and how it is called.

use ops::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::SourceRow;

use crate::ctx::Ctx;

/// The source that holds what people wrote down.
pub(super) const NOTES: &str = "notes";
/// The source that holds the product's own pages.
pub(super) const PRODUCT: &str = "proxmox-ai";
/// What the documentation of a cluster is about.
pub(super) const PVE: &str = "pve";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Documentation and API description of a connected cluster, from its own node.
    Cluster,
    /// A folder of the machine that the product runs on.
    Folder,
    /// Pages below an address.
    Url,
    /// What people wrote down.
    Notes,
    /// The product's own pages.
    Product,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Folder => "folder",
            Self::Url => "url",
            Self::Notes => "notes",
            Self::Product => "product",
        }
    }

    pub(super) fn of(row: &SourceRow) -> Result<Self> {
        [
            Self::Cluster,
            Self::Folder,
            Self::Url,
            Self::Notes,
            Self::Product,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == row.kind)
        .ok_or_else(|| {
            Error::internal(format!(
                "the source `{}` is of a kind that is not known here: {}",
                row.id, row.kind
            ))
        })
    }
}

/// How a source is, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody read it yet.
    New,
    Working,
    Ready,
    Failed,
}

impl State {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Working => "working",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

/// `cluster-main`: the id of a cluster's documentation.
pub(super) fn id_of_cluster(cluster: &str) -> String {
    format!("cluster-{cluster}")
}

/// A row of a source that nobody read yet.
pub(super) fn new_row(ctx: &Ctx, id: &str, kind: Kind, name: &str, place: &str) -> SourceRow {
    SourceRow {
        id: id.to_owned(),
        kind: kind.as_str().to_owned(),
        name: name.to_owned(),
        place: place.to_owned(),
        product: PVE.to_owned(),
        version: None,
        refresh: None,
        state: State::New.as_str().to_owned(),
        error: None,
        created_by: "proxmox-ai".to_owned(),
        created_at: ctx.clock.now(),
        tried_at: None,
        refreshed_at: None,
    }
}

pub(super) async fn find(ctx: &Ctx, id: &str) -> Result<SourceRow> {
    ctx.knowledge
        .rows
        .source(id)
        .await
        .map_err(Error::from)?
        .ok_or_else(|| {
            let id: String = id.chars().take(64).collect();
            Error::not_found(format!("there is no source of knowledge `{id}`"))
                .hint("`knowledge.sources` shows what there is")
        })
}

/// Why a file, a folder or a server cannot be read, without the numbers of the operating system.
pub(super) fn reason_of(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

/// Whether somebody wrote a release.
pub(super) fn check_version(version: &str) -> Result<()> {
    if version.split('.').all(|part| part.parse::<u32>().is_ok()) {
        return Ok(());
    }
    let version: String = version.chars().take(64).collect();
    Err(Error::invalid(format!(
        "version: `{version}` is no release; write it as 9.1"
    )))
}

/// `9.1` of `9.1.7`: versions of one release have one documentation.
pub(super) fn release(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) => format!("{major}.{minor}"),
        _ => version.to_owned(),
    }
}

/// Orders releases by their numbers: 9.10 comes after 9.2.
pub(super) fn release_order(release: &str) -> Vec<u32> {
    release
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_ordered_by_their_numbers() {
        let mut all = ["9.10", "8.4", "9.2"];
        all.sort_by_key(|one| release_order(one));
        assert_eq!(all, ["8.4", "9.2", "9.10"]);
        assert_eq!(release("9.1.7"), "9.1");
        assert_eq!(release("9"), "9");
    }
}
