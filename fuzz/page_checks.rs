//! What must hold of every page that a reader of `retrieval` is given: it does not panic, each chunk has a
//! title and a place on its page, and reading twice finds the same.
//!
//! Shared by the fuzz targets and by the tests that replay the corpus.

use retrieval::{Format, links, read};

/// What is done with a page.
pub(crate) type Check = fn(&[u8]);

/// All checks by the name of their target.
pub(crate) const CHECKS: [(&str, Check); 5] = [
    ("page_asciidoc", asciidoc),
    ("page_html", html),
    ("page_markdown", markdown),
    ("page_pdf", pdf),
    ("page_plain", plain),
];

fn check(bytes: &[u8], format: Format) {
    let Ok(chunks) = read("page", bytes, format) else {
        return;
    };
    for chunk in &chunks {
        assert!(!chunk.title().is_empty());
        assert_eq!(chunk.at.page, "page");
        assert!(chunk.path.iter().all(|title| title.chars().count() <= 161));
    }
    assert_eq!(Ok(chunks), read("page", bytes, format));
}

pub(crate) fn asciidoc(bytes: &[u8]) {
    check(bytes, Format::AsciiDoc);
}

pub(crate) fn html(bytes: &[u8]) {
    check(bytes, Format::Html);
    for link in links(&String::from_utf8_lossy(bytes)) {
        assert!(!link.contains('#'));
    }
}

pub(crate) fn markdown(bytes: &[u8]) {
    check(bytes, Format::Markdown);
}

/// What is told of a file does not hang on how often it is read. The mark that it begins with is put in front
/// where it is missing: without it nothing is read.
pub(crate) fn pdf(bytes: &[u8]) {
    if bytes.starts_with(b"%PDF-") {
        check(bytes, Format::Pdf);
    } else {
        check(&[b"%PDF-1.7\n", bytes].concat(), Format::Pdf);
    }
}

pub(crate) fn plain(bytes: &[u8]) {
    check(bytes, Format::Plain);
}
