//! Where the pages of a source go: what did not change is passed over, what changed is cut and kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ops::{Code, Error, Result, bus::BusEvent};
use pve::PageMark;
use retrieval::{Chunk, Format, titles_of_pieces};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{NewChunk, PageRow, SourceRow};

use super::{
    jobs::Job,
    marks::{Marks, READERS},
};
use crate::ctx::Ctx;

/// Problems that are kept of one reading; the first ones tell enough.
const MOST_PROBLEMS: usize = 20;
/// Progress is told on the bus at most once in so many pages.
const TELL_EVERY: usize = 10;

/// One reading of a source.
pub(super) struct Sink<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) source: &'a SourceRow,
    pub(super) job: Arc<Job>,
    kept: BTreeMap<String, PageRow>,
    marks: Marks,
    seen: BTreeSet<String>,
    /// Page and reason.
    pub(super) problems: Vec<(String, String)>,
    pub(super) failed: usize,
    pub(super) changed: usize,
}

impl<'a> Sink<'a> {
    pub(super) async fn open(ctx: &'a Ctx, source: &'a SourceRow, job: Arc<Job>) -> Result<Self> {
        let pages = ctx
            .knowledge
            .rows
            .pages(&source.id)
            .await
            .map_err(Error::from)?;
        Ok(Self {
            ctx,
            source,
            job,
            kept: pages
                .into_iter()
                .map(|page| (page.page.clone(), page))
                .collect(),
            marks: Marks::load(ctx, &source.id).await?,
            seen: BTreeSet::new(),
            problems: Vec::new(),
            failed: 0,
            changed: 0,
        })
    }

    /// Ends the reading where somebody wants that.
    pub(super) fn check(&self) -> Result<()> {
        if self.job.cancel.is_cancelled() {
            return Err(Error::new(
                Code::Cancelled,
                "the reading was stopped; what was read is kept",
            ));
        }
        Ok(())
    }

    /// The mark of a page that is kept.
    pub(super) fn known(&self, page: &str) -> Option<PageMark> {
        self.kept.get(page)?;
        self.marks.of(page)
    }

    /// The pages that are kept of the source.
    pub(super) fn pages(&self) -> Vec<String> {
        self.kept.keys().cloned().collect()
    }

    /// What a failure may promise: that something is kept, where there is something.
    pub(super) fn what_is_kept(&self) -> Option<&'static str> {
        (!self.kept.is_empty()).then_some("what was read before is kept")
    }

    pub(super) fn expect(&self, pages: usize) {
        self.job.tell(|progress| progress.of = Some(pages));
    }

    /// The server says that the page is the one that is kept.
    pub(super) fn unchanged(&mut self, page: &str) {
        self.seen.insert(page.to_owned());
        self.looked_at(page);
    }

    /// The page is there, but cannot be read: what is kept of it stays.
    pub(super) fn problem(&mut self, page: &str, reason: impl Into<String>) {
        self.seen.insert(page.to_owned());
        self.failed += 1;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push((page.to_owned(), reason.into()));
        }
        self.looked_at(page);
    }

    fn looked_at(&mut self, page: &str) {
        let changed = self.changed;
        self.job.tell(|progress| {
            progress.pages += 1;
            progress.changed = changed;
            page.clone_into(&mut progress.at);
        });
        let progress = self.job.progress();
        if progress.pages.is_multiple_of(TELL_EVERY) {
            self.ctx.bus.emit(BusEvent {
                summary: Some(self.source.name.clone()),
                state: Some(json!({
                    "source": self.source.id, "pages": progress.pages, "of": progress.of,
                    "changed": progress.changed,
                })),
                ..BusEvent::new("knowledge.progress")
            });
        }
    }

    /// A page as it came. An error is one of the store: then there is nothing to go on with.
    pub(super) async fn page(
        &mut self,
        page: &str,
        bytes: impl AsRef<[u8]> + Send + 'static,
        format: Format,
        mark: PageMark,
    ) -> Result<()> {
        let hash = hash_of(bytes.as_ref());
        let size = bytes.as_ref().len();
        if self.is_kept(page, &hash) {
            self.marks.set(page, mark);
            self.unchanged(page);
            return Ok(());
        }
        let name = page.to_owned();
        let reading =
            tokio::task::spawn_blocking(move || retrieval::read(&name, bytes.as_ref(), format));
        match reading.await {
            Ok(Ok(chunks)) if chunks.is_empty() => {
                self.problem(page, "it holds no text");
                Ok(())
            }
            Ok(Ok(chunks)) => self.keep(page, hash, size, chunks, mark).await,
            Ok(Err(error)) => {
                self.problem(page, error.to_string());
                Ok(())
            }
            Err(_) => {
                self.problem(page, "reading it was broken off");
                Ok(())
            }
        }
    }

    pub(super) fn is_kept(&self, page: &str, hash: &str) -> bool {
        self.kept.get(page).is_some_and(|row| row.hash == hash)
    }

    /// Chunks that another reader made of a page.
    pub(super) async fn keep(
        &mut self,
        page: &str,
        hash: String,
        size: usize,
        chunks: Vec<Chunk>,
        mark: PageMark,
    ) -> Result<()> {
        let row = PageRow {
            source: self.source.id.clone(),
            page: page.to_owned(),
            hash,
            title: chunks
                .first()
                .and_then(|chunk| chunk.path.first().cloned())
                .unwrap_or_else(|| page.to_owned()),
            bytes: i64::try_from(size).unwrap_or(i64::MAX),
            fetched_at: self.ctx.clock.now(),
        };
        let chunks: Vec<NewChunk> = chunks.into_iter().map(new_chunk).collect();
        self.ctx
            .knowledge
            .rows
            .replace_page(&row, &chunks)
            .await
            .map_err(Error::from)?;
        self.changed += 1;
        self.marks.set(page, mark);
        self.seen.insert(page.to_owned());
        self.looked_at(page);
        Ok(())
    }

    /// Removes what the source has no more, and keeps the marks. Only after a reading that saw all of it.
    pub(super) async fn finish(mut self) -> Result<Vec<(String, String)>> {
        let gone: Vec<String> = self
            .kept
            .keys()
            .filter(|page| !self.seen.contains(*page))
            .cloned()
            .collect();
        self.ctx
            .knowledge
            .rows
            .remove_pages(&self.source.id, &gone)
            .await
            .map_err(Error::from)?;
        for page in &gone {
            self.marks.remove(page);
        }
        self.marks.keep(self.ctx, &self.source.id).await?;
        Ok(self.problems)
    }

    /// Pages that were seen, whether they changed or not.
    pub(super) fn seen(&self) -> usize {
        self.seen.len()
    }
}

pub(super) fn hash_of(bytes: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(READERS.to_be_bytes());
    digest.update(bytes);
    hex(&digest.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Under this a text is known with the titles that a model reads with it, wherever it stands: the manual pages
/// and the guide have much in common, and what is the same is embedded once.
pub(super) fn digest_of(path: &[String], text: &str) -> String {
    let mut digest = Sha256::new();
    for title in titles_of_pieces(path) {
        digest.update(title);
        digest.update([0]);
    }
    digest.update(text);
    hex(&digest.finalize())
}

pub(super) fn new_chunk(chunk: Chunk) -> NewChunk {
    NewChunk {
        digest: digest_of(&chunk.path, &chunk.text),
        anchor: chunk.at.anchor,
        kind: chunk.kind.as_str().to_owned(),
        path: chunk.path,
        text: chunk.text,
    }
}
