//! Pages that a node serves beside its API: its documentation, for the very version it runs.

use bytes::Bytes;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::path::ApiPath;

/// By what a server tells whether a page is the one that was read before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageMark {
    /// The server's own mark of a page's content.
    pub etag: Option<String>,
    /// When the page was changed last, as the server writes times.
    pub last_modified: Option<String>,
}

/// A page as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Unpacked.
    pub bytes: Bytes,
    /// What the server calls it.
    pub content_type: Option<String>,
    /// For the next time; empty where the server gives none.
    pub mark: PageMark,
}

/// What came of asking for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageAnswer {
    /// It is the page that was read before.
    Unchanged,
    /// A page.
    Page(Page),
}

impl Client {
    /// A page of the documentation that the node serves (`chapter-qm.html`), which is the one of
    /// its own version. With `known`, a page that is still the same is not sent again. Nobody is
    /// signed in for it; it takes a turn as any request. Not over `pvesh`.
    pub async fn documentation(&self, page: &str, known: Option<&PageMark>) -> Result<PageAnswer> {
        let mut path = ApiPath::fixed(&["pve-docs"]);
        for segment in page.split('/') {
            path = path.join(segment).map_err(|error| {
                Error::of_endpoint(self.endpoint(), ErrorKind::Invalid(error.to_string()))
            })?;
        }
        self.page(&path, known).await
    }
}
