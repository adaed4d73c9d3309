//! By what servers tell whether a page is the one that was read before, kept beside the pages.

use std::collections::BTreeMap;

use ops::{Error, Result};
use pve::PageMark;
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;

/// Raised when the readers find other chunks in the same bytes, or know them by other digests: every page is
/// read again then.
pub(super) const READERS: u32 = 3;

/// Marks of the pages of a source.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Marks {
    readers: u32,
    pages: BTreeMap<String, (Option<String>, Option<String>)>,
}

fn name(source: &str) -> String {
    format!("knowledge.marks.{source}")
}

impl Marks {
    /// What is kept for a source. Marks that cannot be read cost a page, never an answer.
    pub(super) async fn load(ctx: &Ctx, source: &str) -> Result<Self> {
        let kept = ctx.settings.get(&name(source)).await.map_err(Error::from)?;
        let marks: Option<Self> = kept.and_then(|value| serde_json::from_value(value).ok());
        Ok(marks
            .filter(|marks| marks.readers == READERS)
            .unwrap_or_default())
    }

    pub(super) async fn keep(mut self, ctx: &Ctx, source: &str) -> Result<()> {
        self.readers = READERS;
        let value =
            serde_json::to_value(&self).map_err(|error| Error::internal(error.to_string()))?;
        ctx.settings
            .set(&name(source), &value)
            .await
            .map_err(Error::from)
    }

    pub(super) async fn forget(ctx: &Ctx, source: &str) -> Result<()> {
        ctx.settings
            .delete(&name(source))
            .await
            .map(drop)
            .map_err(Error::from)
    }

    pub(super) fn of(&self, page: &str) -> Option<PageMark> {
        let (etag, last_modified) = self.pages.get(page)?.clone();
        Some(PageMark {
            etag,
            last_modified,
        })
    }

    pub(super) fn set(&mut self, page: &str, mark: PageMark) {
        if mark == PageMark::default() {
            self.pages.remove(page);
        } else {
            self.pages
                .insert(page.to_owned(), (mark.etag, mark.last_modified));
        }
    }

    pub(super) fn remove(&mut self, page: &str) {
        self.pages.remove(page);
    }
}
