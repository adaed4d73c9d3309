//! The chunks in memory with their index: read from the store when they are first asked for, and made anew
//! in the background when the store has others, while questions are answered from what is there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ops::{Error, Result};
use retrieval::{Chunk, Kind, Library, Location};
use store::SourceRow;
use tokio::time::Instant;

use super::{
    directions::{self, Elsewhere},
    source::{self, PRODUCT},
};
use crate::ctx::Ctx;

/// Between the page and its source in [`Location::page`]: ranks look at how a page is called, and two
/// sources may have pages of one name.
const AT: char = '\u{1f}';
/// Chunks that are held in memory at most, some 3 KiB each with their index; what is more is left out, and said.
const MOST_CHUNKS: usize = 250_000;
/// Chunks that are read from the store in one go.
const BATCH: u32 = 2_000;
/// Libraries that are held: one for each release that somebody asks about, the product's, single sources.
const MOST_LIBRARIES: usize = 4;
/// While a source is read or embedded, the store changes with every page; a library is made anew once in a while then.
const WHILE_READING: Duration = Duration::from_secs(10);

/// What is searched together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// The documentation of a release with everything that people added; without a release what they added.
    Pve(Option<String>),
    /// One source alone.
    Source(String),
}

/// A library with what its chunks come from.
pub(super) struct Shelved {
    pub(super) library: Library,
    /// Where its vectors are, when it does not hold them itself.
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) sources: BTreeMap<String, SourceRow>,
    /// Chunks that did not fit.
    pub(super) left_out: u64,
    revision: i64,
    vectors_revision: i64,
    built_at: Instant,
}

#[derive(Default)]
pub(super) struct Shelf {
    held: Mutex<Held>,
    /// A library is made once, however many ask for it.
    building: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Held {
    libraries: BTreeMap<Scope, (u64, Arc<Shelved>)>,
    /// Counts askings; the library that was not asked for the longest goes first.
    asked: u64,
    rebuilding: Vec<Scope>,
}

impl Shelf {
    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, scope: &Scope) -> Option<Arc<Shelved>> {
        let mut held = self.held();
        held.asked += 1;
        let asked = held.asked;
        let (last, shelved) = held.libraries.get_mut(scope)?;
        *last = asked;
        Some(Arc::clone(shelved))
    }

    fn put(&self, scope: &Scope, shelved: &Arc<Shelved>) {
        let mut held = self.held();
        held.asked += 1;
        let asked = held.asked;
        held.libraries
            .insert(scope.clone(), (asked, Arc::clone(shelved)));
        while held.libraries.len() > MOST_LIBRARIES {
            let oldest = held
                .libraries
                .iter()
                .min_by_key(|(_, (asked, _))| *asked)
                .map(|(scope, _)| scope.clone());
            let Some(oldest) = oldest else { break };
            held.libraries.remove(&oldest);
        }
    }
}

/// The library for a scope: the one that is held, or a new one.
pub(super) async fn library(ctx: &Arc<Ctx>, scope: &Scope) -> Result<Arc<Shelved>> {
    let shelf = &ctx.knowledge.shelf;
    let revision = ctx.knowledge.rows.revision().await.map_err(Error::from)?;
    let vectors_revision = vectors_revision(ctx).await?;
    if let Some(shelved) = shelf.find(scope) {
        if (shelved.revision, shelved.vectors_revision) != (revision, vectors_revision) {
            rebuild(ctx, scope, &shelved);
        }
        return Ok(shelved);
    }
    let _building = shelf.building.lock().await;
    // Whoever waited finds what the first one made.
    if let Some(shelved) = shelf.find(scope) {
        return Ok(shelved);
    }
    let shelved = Arc::new(build(ctx, scope).await?);
    shelf.put(scope, &shelved);
    Ok(shelved)
}

/// Of the vectors that are kept, where a library has such.
async fn vectors_revision(ctx: &Ctx) -> Result<i64> {
    if !ctx.knowledge.embedding.keeps_vectors() {
        return Ok(0);
    }
    let revision = ctx.knowledge.rows.vectors_revision().await;
    revision.map_err(Error::from)
}

/// Makes a library anew in the background, once at a time.
fn rebuild(ctx: &Arc<Ctx>, scope: &Scope, old: &Shelved) {
    let is_busy = ctx.knowledge.jobs.are_busy() || ctx.knowledge.embedding.is_working();
    if is_busy && old.built_at.elapsed() < WHILE_READING {
        return;
    }
    {
        let mut held = ctx.knowledge.shelf.held();
        if held.rebuilding.contains(scope) {
            return;
        }
        held.rebuilding.push(scope.clone());
    }
    let (ctx, scope) = (Arc::clone(ctx), scope.clone());
    let tasks = ctx.tasks.clone();
    tasks.spawn("library of knowledge", move |_stop| async move {
        let shelf = &ctx.knowledge.shelf;
        match build(&ctx, &scope).await {
            Ok(shelved) => shelf.put(&scope, &Arc::new(shelved)),
            Err(error) => {
                tracing::warn!(%error, "the library could not be made anew; the old one is used");
            }
        }
        shelf.held().rebuilding.retain(|other| *other != scope);
    });
}

async fn build(ctx: &Ctx, scope: &Scope) -> Result<Shelved> {
    let rows = &ctx.knowledge.rows;
    // Before the chunks are read: what changes meanwhile makes the library old.
    let revision = rows.revision().await.map_err(Error::from)?;
    let vectors_revision = vectors_revision(ctx).await?;
    let all = rows.sources().await.map_err(Error::from)?;
    let chosen = chosen(scope, all.into_iter());
    let (mut chunks, mut left_out) = (Vec::new(), 0);
    for source in chosen.values() {
        let mut after = 0;
        loop {
            let batch = rows
                .chunks_after(&source.id, after, BATCH)
                .await
                .map_err(Error::from)?;
            let Some(last) = batch.last() else { break };
            after = last.id;
            for row in batch {
                if chunks.len() >= MOST_CHUNKS {
                    left_out += 1;
                    continue;
                }
                chunks.push(chunk(row));
            }
        }
    }
    let library = tokio::task::spawn_blocking(move || Library::new(chunks))
        .await
        .map_err(|_| Error::internal("making the library was broken off"))?;
    let (library, elsewhere) = directions::add(ctx, library).await?;
    if left_out > 0 {
        tracing::warn!(
            left_out,
            "more is kept than is searched: {MOST_CHUNKS} sections fit"
        );
    }
    Ok(Shelved {
        library,
        elsewhere,
        sources: chosen,
        left_out,
        revision,
        vectors_revision,
        built_at: Instant::now(),
    })
}

/// The sources of a scope. Two clusters of one release have one documentation: the first one's is enough.
fn chosen(scope: &Scope, all: impl Iterator<Item = SourceRow>) -> BTreeMap<String, SourceRow> {
    let mut has_cluster = false;
    all.filter(|row| match scope {
        Scope::Source(id) => row.id == *id,
        Scope::Pve(_) if row.product == PRODUCT => false,
        Scope::Pve(release) => {
            let fits = match (&row.version, release) {
                (Some(version), Some(release)) => source::release(version) == *release,
                (None, _) => true,
                (Some(_), None) => false,
            };
            if row.kind != source::Kind::Cluster.as_str() {
                return fits;
            }
            let first = fits && row.version.is_some() && !has_cluster;
            has_cluster |= first;
            first
        }
    })
    .map(|row| (row.id.clone(), row))
    .collect()
}

fn chunk(row: store::ChunkRow) -> Chunk {
    let kind = [
        Kind::Option,
        Kind::Command,
        Kind::Endpoint,
        Kind::Note,
        Kind::Section,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == row.kind)
    .unwrap_or(Kind::Section);
    Chunk {
        at: Location {
            page: format!("{}{AT}{}", row.page, row.source),
            anchor: row.anchor,
        },
        kind,
        path: row.path,
        text: row.text,
        also: Vec::new(),
    }
}

/// Page and source of a place in a library.
pub(super) fn place(at: &Location) -> (&str, &str) {
    at.page.rsplit_once(AT).unwrap_or((at.page.as_str(), ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, kind: &str, version: Option<&str>) -> SourceRow {
        SourceRow {
            id: id.to_owned(),
            kind: kind.to_owned(),
            name: id.to_owned(),
            place: String::new(),
            product: if kind == "product" { PRODUCT } else { "pve" }.to_owned(),
            version: version.map(str::to_owned),
            refresh: None,
            state: "ready".to_owned(),
            error: None,
            created_by: "anna".to_owned(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            tried_at: None,
            refreshed_at: None,
        }
    }

    #[test]
    fn a_scope_holds_one_documentation_of_its_release_and_what_people_added() {
        let all = || {
            [
                row("a", "cluster", Some("9.1.7")),
                row("b", "cluster", Some("9.1.2")),
                row("c", "cluster", Some("8.4.21")),
                row("d", "cluster", None),
                row("house", "folder", None),
                row("old", "folder", Some("8.4")),
                row("proxmox-ai", "product", Some("0.1")),
            ]
            .into_iter()
        };
        let names = |scope: Scope| chosen(&scope, all()).into_keys().collect::<Vec<_>>();
        assert_eq!(names(Scope::Pve(Some("9.1".to_owned()))), ["a", "house"]);
        assert_eq!(
            names(Scope::Pve(Some("8.4".to_owned()))),
            ["c", "house", "old"]
        );
        assert_eq!(names(Scope::Pve(None)), ["house"]);
        for id in ["b", "proxmox-ai"] {
            assert_eq!(names(Scope::Source(id.to_owned())), [id]);
        }
    }
}
