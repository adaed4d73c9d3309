//! From a question to the library that it is about, and from a chunk to the place that a person can open.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use ops::{Error, Result};
use retrieval::{Chunk, Location};
use schemars::JsonSchema;
use serde::Serialize;
use store::SourceRow;

use super::{
    due,
    shelf::{self, Scope, Shelved},
    source::{self, Kind, State},
};
use crate::ctx::Ctx;

/// Longer questions are cut: an error message pasted whole fits.
pub(super) const MOST_QUESTION: usize = 4_000;

/// A library, and whom it is about.
pub(super) struct Opened {
    pub(super) shelved: Arc<Shelved>,
    pub(super) about: About,
    /// Of the node whose pages are linked: `https://pve1:8006`.
    node: Option<String>,
}

/// Which documentation answered.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(super) struct About {
    /// Release of Proxmox VE that the documentation belongs to, as 9.1.
    pub(super) release: Option<String>,
    /// Releases of other connected clusters; ask with `version` for what holds there.
    pub(super) other_releases: Vec<String>,
    /// What stands in the way of a better answer: a documentation that is not read yet, or could not be.
    pub(super) note: Option<String>,
}

/// The library for a question about a cluster, a release, or neither.
pub(super) async fn open(
    ctx: &Arc<Ctx>,
    cluster: Option<&str>,
    version: Option<&str>,
) -> Result<Opened> {
    if let Some(version) = version {
        source::check_version(version)?;
    }
    if let Some(cluster) = cluster {
        // An unknown name is told with the names that there are.
        ctx.inventory.cluster(cluster).await?;
    } else if ctx.inventory.connected().is_empty() {
        ctx.inventory.reload().await?;
    }
    let mut rows: Vec<SourceRow> = ctx.knowledge.rows.sources().await.map_err(Error::from)?;
    let known: Vec<&SourceRow> = rows.iter().collect();
    let missing = due::missing(ctx, &known);
    rows.extend(missing);
    let documented: Vec<&SourceRow> = rows
        .iter()
        .filter(|row| row.kind == Kind::Cluster.as_str())
        .collect();
    let mut releases: BTreeSet<(Vec<u32>, String)> = documented
        .iter()
        .filter_map(|row| row.version.as_deref())
        .map(source::release)
        .map(|release| (source::release_order(&release), release))
        .collect();
    let of_cluster = |id: &str| {
        documented
            .iter()
            .find(|row| row.place == id)
            .and_then(|row| row.version.as_deref().map(source::release))
    };
    let release = match (version, cluster) {
        (Some(version), _) => Some(source::release(version)),
        (None, Some(cluster)) => of_cluster(cluster),
        // Without a word about it, the newest release that is connected.
        (None, None) => releases.last().map(|(_, release)| release.clone()),
    };
    let known = release
        .as_ref()
        .is_some_and(|release| releases.iter().any(|(_, one)| one == release));
    if let Some(release) = &release {
        releases.retain(|(_, one)| one != release);
    }
    let node = node_of(ctx, &documented, cluster, release.as_deref());
    let note = note(&documented, cluster, release.as_deref(), known);
    let shelved = shelf::library(ctx, &Scope::Pve(release.clone())).await?;
    Ok(Opened {
        shelved,
        about: About {
            release,
            other_releases: releases.into_iter().map(|(_, release)| release).collect(),
            note,
        },
        node,
    })
}

/// The product's own pages, whether they are read yet or not.
pub(super) async fn open_product(ctx: &Arc<Ctx>) -> Result<Opened> {
    Ok(Opened {
        shelved: shelf::library(ctx, &Scope::Source(source::PRODUCT.to_owned())).await?,
        about: About::default(),
        node: None,
    })
}

/// One source alone, whatever else says the same.
pub(super) async fn open_source(ctx: &Arc<Ctx>, id: &str) -> Result<Opened> {
    let row = source::find(ctx, id).await?;
    if ctx.inventory.connected().is_empty() {
        ctx.inventory.reload().await?;
    }
    let is_documentation = row.kind == Kind::Cluster.as_str();
    let cluster = is_documentation.then_some(row.place.as_str());
    let documented = [&row];
    let release = row
        .version
        .as_deref()
        .filter(|_| row.product == source::PVE);
    Ok(Opened {
        shelved: shelf::library(ctx, &Scope::Source(row.id.clone())).await?,
        about: About {
            release: release.map(source::release),
            other_releases: Vec::new(),
            note: row.refreshed_at.is_none().then(|| unread(&row)),
        },
        node: cluster.and_then(|cluster| node_of(ctx, &documented, Some(cluster), None)),
    })
}

/// The address of the cluster that was asked about, else of one that runs the release.
fn node_of(
    ctx: &Ctx,
    documented: &[&SourceRow],
    cluster: Option<&str>,
    release: Option<&str>,
) -> Option<String> {
    let connected = ctx.inventory.connected();
    let id = cluster.or_else(|| {
        documented
            .iter()
            .find(|row| row.version.as_deref().map(source::release).as_deref() == release)
            .map(|row| row.place.as_str())
    })?;
    let found = connected.iter().find(|one| one.row.id == id)?;
    Some(found.row.url.trim_end_matches('/').to_owned())
}

fn note(
    documented: &[&SourceRow],
    cluster: Option<&str>,
    release: Option<&str>,
    known: bool,
) -> Option<String> {
    if known {
        return None;
    }
    let row = documented
        .iter()
        .find(|row| cluster.is_none_or(|cluster| row.place == cluster));
    Some(match (row, release) {
        (None, _) => "no cluster is connected, so there is no documentation of Proxmox VE to look into; connect one with `proxmox-ai connect https://NODE:8006`".to_owned(),
        (Some(_), Some(release)) => {
            format!("no connected cluster runs release {release}, so its documentation is not here")
        }
        (Some(row), None) => unread(row),
    })
}

/// What is known of a source that nothing was read of.
fn unread(row: &SourceRow) -> String {
    let what = if row.kind == Kind::Cluster.as_str() {
        format!("the documentation of {}", row.place)
    } else {
        row.name.clone()
    };
    match &row.error {
        Some(error) if row.state == State::Failed.as_str() => {
            format!("{what} could not be read: {error}")
        }
        None if row.state == State::Failed.as_str() => {
            format!("{what} could not be read: the reason is not known")
        }
        _ => format!(
            "{what} is not read yet; the server reads it by itself, and `proxmox-ai knowledge refresh {}` does at once",
            row.id
        ),
    }
}

/// Where something stands, for people and programs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Place {
    /// Its own title: a section, an option, a command, an endpoint.
    pub(super) title: String,
    /// The titles above it and its own, joined by ` > `.
    pub(super) section: String,
    /// section, option, command, endpoint or note.
    pub(super) kind: &'static str,
    /// Opens the section, for a cluster on its own node; null for what has no address.
    pub(super) url: Option<String>,
    /// The page and, behind `#`, the place in it.
    pub(super) page: String,
    /// Id of the source.
    pub(super) source: String,
    pub(super) source_name: String,
    /// Version that the source belongs to, where it belongs to one.
    pub(super) version: Option<String>,
    /// When the source was read last.
    #[schemars(with = "Option<String>")]
    pub(super) read_at: Option<Timestamp>,
}

impl Opened {
    pub(super) fn place(&self, chunk: &Chunk) -> Place {
        let (page, id) = shelf::place(&chunk.at);
        let row = self.shelved.sources.get(id);
        Place {
            title: chunk.title().to_owned(),
            section: chunk.section(),
            kind: chunk.kind.as_str(),
            url: row.and_then(|row| self.url(row, page, chunk.at.anchor.as_deref())),
            page: with_anchor(page, chunk.at.anchor.as_deref()),
            source: id.to_owned(),
            source_name: row.map(|row| row.name.clone()).unwrap_or_default(),
            version: row.and_then(|row| row.version.clone()),
            read_at: row.and_then(|row| row.refreshed_at),
        }
    }

    fn url(&self, row: &SourceRow, page: &str, anchor: Option<&str>) -> Option<String> {
        match Kind::of(row).ok()? {
            Kind::Cluster => {
                let node = self.node.as_ref()?;
                Some(with_anchor(&format!("{node}/pve-docs/{page}"), anchor))
            }
            Kind::Url => Some(with_anchor(page, anchor)),
            Kind::Folder | Kind::Notes | Kind::Product => None,
        }
    }
}

/// Other places that say the same.
pub(super) fn others(also: &[Location]) -> Vec<String> {
    also.iter()
        .map(|at| with_anchor(shelf::place(at).0, at.anchor.as_deref()))
        .collect()
}

fn with_anchor(page: &str, anchor: Option<&str>) -> String {
    match anchor {
        Some(anchor) => format!("{page}#{anchor}"),
        None => page.to_owned(),
    }
}

/// A question without what no question needs.
pub(super) fn question(text: &str) -> Result<String> {
    let text: String = text.trim().chars().take(MOST_QUESTION).collect();
    if text.is_empty() {
        return Err(Error::invalid("question: say what you want to know"));
    }
    Ok(text)
}

/// The beginning of a text, cut at a word.
pub(super) fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => {
            let head = text.get(..end).unwrap_or_default();
            let cut = head.rfind(char::is_whitespace).unwrap_or(end);
            format!("{} …", head.get(..cut).unwrap_or(head).trim_end())
        }
    }
}
