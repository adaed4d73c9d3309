//! A page of any format as chunks, or why it is none.

use crate::{asciidoc, chunk::Chunk, html, latin1, markdown, pdf, plain};

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Html,
    Markdown,
    AsciiDoc,
    Plain,
    Pdf,
}

/// Why a page cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    #[error("it has {}; pages of more than {} are not read", size(*bytes), size(*limit))]
    TooLarge { bytes: u64, limit: u64 },
    /// A picture, an archive, a program.
    #[error("it is no text, whatever its name says")]
    Binary,
    #[error("it is written in {0}: save it as UTF-8")]
    OtherLetters(String),
    #[error(
        "it is not UTF-8, and which letters its bytes stand for cannot be told: save it as UTF-8"
    )]
    UnknownLetters,
    #[error("it is no PDF, whatever its name says")]
    NoPdf,
    #[error("the PDF is encrypted: add a copy that was saved without a password")]
    PdfEncrypted,
    #[error("the PDF is broken, no page of it can be found: open it in a viewer and save it again")]
    PdfBroken,
    /// Scans.
    #[error(
        "the PDF holds no text, only pictures: run it through OCR first, for instance with ocrmypdf"
    )]
    PdfPictures,
    #[error(
        "the fonts of the PDF do not say which letters they draw: run it through OCR first, for instance with ocrmypdf --force-ocr"
    )]
    PdfLetters,
    #[error("the PDF has more than 5000 pages or unpacks to more than 256 MiB: split it")]
    PdfTooMuch,
    #[error("it has more than {limit} sections")]
    TooManySections { limit: usize },
    #[error("it nests elements more than {limit} deep")]
    TooDeep { limit: usize },
}

/// The largest page that is read. The whole manual of a PVE version is a page of some 4 MB.
pub const MOST_PAGE_BYTES: u64 = 16 * 1024 * 1024;
/// A book with its pictures.
const MOST_PDF_BYTES: u64 = 64 * 1024 * 1024;
/// More sections than this come from no manual.
const MOST_SECTIONS: usize = 20_000;
/// A parser of HTML takes time that grows with the square of this.
const MOST_NESTED: usize = 10_000;
/// Text that is no text shows itself early.
const LOOKED_AT: usize = 64 * 1024;

impl Format {
    /// By the name of a file; nothing for what holds no text that is read.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "md" | "markdown" | "mdx" => Some(Self::Markdown),
            "adoc" | "asciidoc" | "asc" => Some(Self::AsciiDoc),
            "txt" | "text" => Some(Self::Plain),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    /// By what a server calls it.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next()?.trim().to_ascii_lowercase();
        match kind.as_str() {
            "text/html" | "application/xhtml+xml" => Some(Self::Html),
            "text/markdown" | "text/x-markdown" => Some(Self::Markdown),
            "text/asciidoc" | "text/x-asciidoc" => Some(Self::AsciiDoc),
            "text/plain" => Some(Self::Plain),
            "application/pdf" | "application/x-pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    /// The largest page of this format that is read.
    pub fn most_bytes(self) -> u64 {
        match self {
            Self::Html | Self::Markdown | Self::AsciiDoc | Self::Plain => MOST_PAGE_BYTES,
            Self::Pdf => MOST_PDF_BYTES,
        }
    }
}

/// The chunks of a page. Broken text and broken marks are read as far as they go.
pub fn read(page: &str, bytes: &[u8], format: Format) -> Result<Vec<Chunk>, PageError> {
    let limit = format.most_bytes();
    if bytes.len() as u64 > limit {
        return Err(PageError::TooLarge {
            bytes: bytes.len() as u64,
            limit,
        });
    }
    // PDF is known by its first bytes, whatever its name says.
    let format = match format {
        Format::Pdf if !pdf::is_pdf(bytes) => return Err(PageError::NoPdf),
        _ if bytes.starts_with(b"%PDF-") => Format::Pdf,
        format => format,
    };
    let chunks = match format {
        Format::Html => {
            let text = text_of(bytes)?;
            if html::is_nested_beyond(&text, MOST_NESTED) {
                return Err(PageError::TooDeep { limit: MOST_NESTED });
            }
            html::chunks(page, &text)
        }
        Format::Markdown => markdown::chunks(page, &text_of(bytes)?),
        Format::AsciiDoc => asciidoc::chunks(page, &text_of(bytes)?),
        Format::Plain => plain::chunks(page, &text_of(bytes)?),
        Format::Pdf => pdf::chunks(page, bytes)?,
    };
    if chunks.len() > MOST_SECTIONS {
        return Err(PageError::TooManySections {
            limit: MOST_SECTIONS,
        });
    }
    Ok(chunks)
}

/// As people say it; what is a little more is rounded up.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    if bytes < MIB {
        return format!("{} KiB", bytes.div_ceil(1024));
    }
    let tenths = (bytes * 10).div_ceil(MIB);
    match tenths % 10 {
        0 => format!("{} MiB", tenths / 10),
        rest => format!("{}.{rest} MiB", tenths / 10),
    }
}

/// UTF-8, UTF-16 with its mark, what nearly is UTF-8, or Latin-1.
fn text_of(bytes: &[u8]) -> Result<String, PageError> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => return Ok(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => return Ok(utf16(rest, u16::from_be_bytes)),
        _ => {}
    }
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let controls = head
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
        .count();
    if head.contains(&0) || controls * 50 > head.len() {
        return Err(PageError::Binary);
    }
    let text = String::from_utf8_lossy(bytes);
    let text = if is_nearly_utf8(&text) {
        text
    } else {
        latin1::read(bytes)?.into()
    };
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// Whether more letters beyond ASCII are whole than broken, as in a text that was cut or damaged somewhere.
fn is_nearly_utf8(text: &str) -> bool {
    let broken = text.matches(char::REPLACEMENT_CHARACTER).count();
    broken == 0 || {
        let whole = text.chars().filter(|c| !c.is_ascii()).count() - broken;
        whole > broken
    }
}

fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
        .map(join)
        .collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_text_is_refused_whatever_its_name_says() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(read("a.html", png, Format::Html), Err(PageError::Binary));
        assert_eq!(
            read("a.txt", &[0xd8, 0xe0, 0x10, 0x4a].repeat(99), Format::Plain),
            Err(PageError::Binary)
        );
        assert_eq!(
            read("a.txt", b"%PDF-1.7 ...", Format::Plain),
            Err(PageError::PdfBroken)
        );
        assert_eq!(
            read("a.pdf", b"<html>not here</html>", Format::Pdf),
            Err(PageError::NoPdf)
        );
        let large = vec![b' '; 16 * 1024 * 1024 + 1];
        assert_eq!(
            read("a.html", &large, Format::Html),
            Err(PageError::TooLarge {
                bytes: 16 * 1024 * 1024 + 1,
                limit: MOST_PAGE_BYTES
            })
        );
    }

    #[test]
    fn a_page_that_nests_without_end_is_refused_and_one_that_leaves_tags_open_is_not() {
        let of = |page: String| read("a.html", page.as_bytes(), Format::Html).map(|_| ());
        assert_eq!(
            of("<div>".repeat(MOST_NESTED + 1)),
            Err(PageError::TooDeep { limit: MOST_NESTED })
        );
        assert_eq!(of("<p>One.<li>Two.<td>Three.".repeat(MOST_NESTED)), Ok(()));
        assert_eq!(of("<div><i>a</i> < b </div>".repeat(MOST_NESTED)), Ok(()));
    }

    #[test]
    fn other_encodings_are_read_as_far_as_they_go() {
        let text = |bytes: &[u8]| -> Option<String> {
            read("a.txt", bytes, Format::Plain)
                .ok()?
                .first()
                .map(|chunk| chunk.text.clone())
        };
        assert_eq!(text(b"Gr\xfc\xdfe im Rechenzentrum."), {
            Some("Grüße im Rechenzentrum.".to_owned())
        });
        // Every third letter.
        assert_eq!(text(b"\xdcb\xe4rpr\xfc\xdfe \x80 5"), {
            Some("Übärprüße € 5".to_owned())
        });
        // A text of UTF-8 that was cut in the middle of a letter stays one.
        let cut = "Grüße aus dem Süden, schöne grü".as_bytes();
        assert_eq!(
            text(&cut[..cut.len() - 1]),
            Some("Grüße aus dem Süden, schöne gr\u{fffd}".to_owned())
        );
        assert_eq!(text(b"\xff\xfeh\0i\0.\0"), Some("hi.".to_owned()));
        assert_eq!(text("\u{feff}hi.".as_bytes()), Some("hi.".to_owned()));
    }

    #[test]
    fn formats_are_known_by_name_and_by_content_type() {
        assert_eq!(Format::of_name("a/b.HTML"), Some(Format::Html));
        assert_eq!(Format::of_name("a.adoc"), Some(Format::AsciiDoc));
        assert_eq!(Format::of_name("a.png"), None);
        assert_eq!(
            Format::of_content_type("text/html; charset=utf-8"),
            Some(Format::Html)
        );
        assert_eq!(Format::of_name("Guide.PDF"), Some(Format::Pdf));
        assert_eq!(
            Format::of_content_type("application/pdf"),
            Some(Format::Pdf)
        );
        assert_eq!(Format::of_content_type("image/png"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_chunks_or_a_reason(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            format in proptest::sample::select(vec![Format::Html, Format::Markdown, Format::AsciiDoc, Format::Plain, Format::Pdf]),
        ) {
            if let Ok(chunks) = read("x", &bytes, format) {
                for chunk in chunks {
                    prop_assert!(!chunk.title().is_empty());
                }
            }
        }
    }
}
