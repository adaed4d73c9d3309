//! The product's own pages, as they are when it is built.

use ops::Result;
use pve::PageMark;
use retrieval::Format;

use super::sink::Sink;

/// Guide first, then the references that are generated from the program.
const PAGES: [(&str, &str); 5] = [
    ("README.md", include_str!("../../../../README.md")),
    ("SECURITY.md", include_str!("../../../../SECURITY.md")),
    (
        "docs/reference/operations.md",
        include_str!("../../../../docs/reference/operations.md"),
    ),
    (
        "docs/reference/config.md",
        include_str!("../../../../docs/reference/config.md"),
    ),
    (
        "docs/reference/undo.md",
        include_str!("../../../../docs/reference/undo.md"),
    ),
];

pub(super) async fn read(sink: &mut Sink<'_>) -> Result<()> {
    sink.expect(PAGES.len());
    for (page, text) in PAGES {
        sink.check()?;
        sink.page(page, text, Format::Markdown, PageMark::default())
            .await?;
    }
    Ok(())
}
