//! Files that are made here, read as pages of a documentation are.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use proptest::prelude::*;

use crate::{Chunk, Format, PageError, read};

/// A file while it is written.
#[derive(Default)]
struct Made {
    objects: Vec<Vec<u8>>,
}

impl Made {
    /// The number of a new object.
    fn add(&mut self, body: impl AsRef<[u8]>) -> usize {
        self.objects.push(body.as_ref().to_vec());
        self.objects.len()
    }

    fn set(&mut self, number: usize, body: &str) {
        self.objects[number - 1] = body.as_bytes().to_vec();
    }

    fn stream(&mut self, about: &str, bytes: &[u8]) -> usize {
        let head = format!("<< {about} /Length {} >>\nstream\n", bytes.len());
        self.add([head.as_bytes(), bytes, b"\nendstream"].concat())
    }

    /// The file, with the table that readers of other kinds want.
    fn finish(&self, trailer: &str) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.objects.len() + 1);
        for (at, object) in self.objects.iter().enumerate() {
            table += &format!("{:010} 00000 n \n", file.len());
            file.extend(format!("{} 0 obj\n", at + 1).bytes());
            file.extend(object);
            file.extend(b"\nendobj\n");
        }
        let start = file.len();
        let size = self.objects.len() + 1;
        file.extend(
            format!("{table}trailer\n<< /Size {size} {trailer} >>\nstartxref\n{start}\n%%EOF\n")
                .bytes(),
        );
        file
    }

    /// The same objects packed into one stream, as newer programs write files.
    fn finish_packed(&self, root: usize) -> Vec<u8> {
        let (mut head, mut body) = (String::new(), Vec::new());
        let mut file = b"%PDF-1.7\n".to_vec();
        for (at, object) in self.objects.iter().enumerate() {
            if object.windows(6).any(|window| window == b"stream") {
                file.extend(format!("{} 0 obj\n", at + 1).bytes());
                file.extend(object);
                file.extend(b"\nendobj\n");
            } else {
                head += &format!("{} {} ", at + 1, body.len());
                body.extend(object);
                body.push(b'\n');
            }
        }
        let packed = zlib(&[head.as_bytes(), &body].concat());
        let (count, size) = (head.split(' ').count() / 2, self.objects.len());
        file.extend(
            format!(
                "{} 0 obj\n<< /Type /ObjStm /N {count} /First {} /Filter /FlateDecode /Length {} >>\nstream\n",
                size + 1,
                head.len(),
                packed.len()
            )
            .bytes(),
        );
        file.extend(packed);
        let about = format!("/Type /XRef /Root {root} 0 R /W [1 2 1] /Length 0");
        file.extend(
            format!("\nendstream\nendobj\n{} 0 obj\n<< {about} >>\nstream\n\nendstream\nendobj\nstartxref\n0\n%%EOF", size + 2)
                .bytes(),
        );
        file
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Lines from the top of a page; the first one large.
fn content(lines: &[&str]) -> String {
    let mut text = String::from("BT\n");
    for (at, line) in lines.iter().enumerate() {
        let size = if at == 1 { 18 } else { 10 };
        let down = if at == 0 { 0 } else { -14 };
        let across = if at == 0 { "72 780" } else { "0" };
        text += &format!(
            "/F1 {size} Tf {across} {} Td ({line}) Tj\n",
            if at == 0 {
                String::new()
            } else {
                down.to_string()
            }
        );
    }
    text + "ET"
}

/// A book: its pages are lists of lines. Says the number of the catalogue and of the pages.
fn book(made: &mut Made, pages: &[Vec<&str>]) -> (usize, Vec<usize>) {
    let catalog = made.add("");
    let tree = made.add("");
    let font = made
        .add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
    let numbers: Vec<usize> = pages
        .iter()
        .map(|lines| {
            let packed = zlib(content(lines).as_bytes());
            let content = made.stream("/Filter /FlateDecode", &packed);
            made.add(format!(
                "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R >>"
            ))
        })
        .collect();
    let kids: Vec<String> = numbers.iter().map(|kid| format!("{kid} 0 R")).collect();
    made.set(
        tree,
        &format!(
            "<< /Type /Pages /Count {} /Kids [{}] /Resources << /Font << /F1 {font} 0 R >> >> >>",
            kids.len(),
            kids.join(" ")
        ),
    );
    made.set(catalog, &format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    (catalog, numbers)
}

fn pages() -> Vec<Vec<&'static str>> {
    vec![
        vec![
            "House rules",
            "Storage",
            "Archives are pruned on sun-",
            "days. Ask anna first.",
            "1",
        ],
        vec![
            "House rules",
            "Copies",
            "A copy of a guest takes",
            "two hours \\(or more\\).",
            "2",
        ],
        vec![
            "House rules",
            "Nights",
            "Call bert at night.",
            "Gr\\366\\337e does not matter.",
            "3",
        ],
    ]
}

fn rows(chunks: &[Chunk]) -> Vec<(String, String, &str)> {
    chunks
        .iter()
        .map(|chunk| (chunk.section(), chunk.at.link(), chunk.text.as_str()))
        .collect()
}

fn row<'a>(section: &str, link: &str, text: &'a str) -> (String, String, &'a str) {
    (section.to_owned(), link.to_owned(), text)
}

fn read_pdf(bytes: &[u8]) -> Result<Vec<Chunk>, PageError> {
    read("a.pdf", bytes, Format::Pdf)
}

fn expected_by_page() -> Vec<(String, String, &'static str)> {
    vec![
        row(
            "Storage > Page 1",
            "a.pdf#page=1",
            "Storage\n\nArchives are pruned on sundays. Ask anna first.",
        ),
        row(
            "Storage > Page 2",
            "a.pdf#page=2",
            "Copies\n\nA copy of a guest takes two hours (or more).",
        ),
        row(
            "Storage > Page 3",
            "a.pdf#page=3",
            "Nights\n\nCall bert at night. Größe does not matter.",
        ),
    ]
}

#[test]
fn a_file_without_an_outline_is_read_page_by_page() {
    let mut made = Made::default();
    let (catalog, _) = book(&mut made, &pages());
    let root = format!("/Root {catalog} 0 R");
    let chunks = read_pdf(&made.finish(&root)).unwrap();
    assert_eq!(rows(&chunks), expected_by_page());
    // Packed objects are the same objects.
    let chunks = read_pdf(&made.finish_packed(catalog)).unwrap();
    assert_eq!(rows(&chunks), expected_by_page());
    // So is a file without its end.
    let whole = made.finish(&root);
    let end = whole.windows(4).position(|it| it == b"xref").unwrap();
    let chunks = read_pdf(&whole[..end]).unwrap();
    assert_eq!(rows(&chunks), expected_by_page());
    let packed = made.finish_packed(catalog);
    let end = packed.windows(5).rposition(|it| it == b"/XRef").unwrap();
    let chunks = read_pdf(&packed[..end]).unwrap();
    assert_eq!(rows(&chunks), expected_by_page());
}

/// Title, place, and the same of what lies inside.
type Item<'a> = (&'a str, String, Option<(&'a str, String)>);

/// Puts an outline in.
fn outline(made: &mut Made, catalog: usize, about: &str, items: &[Item<'_>]) {
    let root = made.add("");
    let first = made.objects.len() + 1;
    for (at, (title, place, inside)) in items.iter().enumerate() {
        let number = first + at * 2;
        let next = if at + 1 < items.len() {
            format!("/Next {} 0 R", number + 2)
        } else {
            String::new()
        };
        let child = inside
            .as_ref()
            .map_or(String::new(), |_| format!("/First {} 0 R", number + 1));
        assert_eq!(
            made.add(format!("<< /Title ({title}) {place} {next} {child} >>")),
            number
        );
        let inside = inside.as_ref().map_or(String::new(), |(title, place)| {
            format!("<< /Title ({title}) {place} >>")
        });
        made.add(if inside.is_empty() {
            "null".to_owned()
        } else {
            inside
        });
    }
    made.set(root, &format!("<< /First {first} 0 R >>"));
    let before = String::from_utf8(made.objects[catalog - 1].clone()).unwrap();
    let body = before.trim_end_matches(">>");
    made.set(catalog, &format!("{body} /Outlines {root} 0 R {about} >>"));
}

#[test]
fn the_outline_makes_the_sections_and_each_page_is_cited_by_itself() {
    let mut made = Made::default();
    let long =
        "Nobody restarts a node alone, and nobody does it before the others have been asked.";
    let mut all = pages();
    all[2].splice(4..4, [long, long, long]);
    let mut four = vec!["House rules"];
    four.extend([long; 4]);
    four.push("4");
    all.push(four);
    let (catalog, pages) = book(&mut made, &all);
    let names = made.add(format!("<< /Names [(copies) [{} 0 R /Fit]] >>", pages[1]));
    let info = made.add("<< /Title (\\376\\377\\000R\\000\\344\\000t) >>");
    let item = |title, place: String| (title, place, None);
    outline(
        &mut made,
        catalog,
        &format!("/Names << /Dests {names} 0 R >>"),
        &[
            (
                "1 Storage",
                format!("/Dest [{} 0 R /XYZ 0 800 0]", pages[0]),
                Some(("Copies", "/Dest (copies)".to_owned())),
            ),
            item(
                "Nights",
                format!("/A << /S /GoTo /D [{} 0 R /FitH 800] >>", pages[2]),
            ),
            item("Nowhere", "/Dest (nowhere)".to_owned()),
        ],
    );
    let chunks = read_pdf(&made.finish(&format!("/Root {catalog} 0 R /Info {info} 0 R"))).unwrap();
    let third = format!("Call bert at night. Größe does not matter. {long} {long} {long}");
    let fourth = [long; 4].join(" ");
    let got = rows(&chunks);
    assert_eq!(
        got[..3],
        [
            row(
                "Rät > 1 Storage",
                "a.pdf#page=1",
                "Archives are pruned on sundays. Ask anna first.",
            ),
            row(
                "Rät > 1 Storage > Copies",
                "a.pdf#page=2",
                "A copy of a guest takes two hours (or more).",
            ),
            row("Rät > Nights", "a.pdf#page=3", &third),
        ]
    );
    assert_eq!(got[3].1, "a.pdf#page=4");
    assert_eq!(got.len(), 4);
    // The first line of that page is the large one here.
    assert_eq!(got[3].2.replace("\n\n", " "), fourth);
}

#[test]
fn a_file_that_names_itself_in_its_outline_says_its_title_once() {
    let mut made = Made::default();
    let (catalog, pages) = book(&mut made, &pages());
    let info = made.add("<< /Title (Rules of the house) >>");
    let about = format!("/Dest [{} 0 R /Fit]", pages[0]);
    let inside = Some(("Nights", format!("/Dest [{} 0 R /Fit]", pages[2])));
    outline(
        &mut made,
        catalog,
        "",
        &[("Rules of the House", about, inside)],
    );
    let chunks = read_pdf(&made.finish(&format!("/Root {catalog} 0 R /Info {info} 0 R"))).unwrap();
    let mut expected = expected_by_page();
    for (row, section) in expected.iter_mut().zip(["Page 1", "Page 2", "Nights"]) {
        row.0 = format!("Rules of the house > {section}");
    }
    expected[2].2 = "Call bert at night. Größe does not matter.";
    assert_eq!(rows(&chunks), expected);
}

#[test]
fn letters_come_from_the_font_and_ligatures_are_spelled_out() {
    let mut made = Made::default();
    let (catalog, pages) = book(&mut made, &[vec!["x"]]);
    let map = made.stream(
        "",
        b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0001> <0003> [<0063006F006E> <FB01> <0067>] endbfrange endcmap",
    );
    let inner =
        made.add("<< /Type /Font /Subtype /CIDFontType2 /DW 500 /W [1 [1500 500] 3 3 500] >>");
    let wide = made.add(format!(
        "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [{inner} 0 R] /ToUnicode {map} 0 R >>"
    ));
    let named = made.add("<< /Type /Font /Subtype /Type1 /FirstChar 1 /Widths [500 500 500] /Encoding << /Differences [1 /f_f_i /uni00E4 /odieresis.alt] >> >>");
    let content = made.stream(
        "",
        // The second string begins where the first one ends; the third one is a word of its own.
        b"BT /W 10 Tf 72 700 Td <00010002> Tj 20 0 Td <0003> Tj 12 0 Td [<0003> -300 <0003>] TJ 0 -14 Td /N 10 Tf <010203> Tj ET",
    );
    made.set(
        pages[0],
        &format!("<< /Type /Page /Contents [{content} 0 R] /Resources << /Font << /W {wide} 0 R /N {named} 0 R >> >> >>"),
    );
    let chunks = read_pdf(&made.finish(&format!("/Root {catalog} 0 R"))).unwrap();
    assert_eq!(chunks[0].text, "config g g ffiäö");
}

#[test]
fn columns_forms_turned_pages_and_marked_footers_are_read_as_they_are_meant() {
    let mut made = Made::default();
    let (catalog, pages) = book(&mut made, &[vec!["x"], vec!["y"]]);
    let form = made.stream(
        "/Type /XObject /Subtype /Form /Matrix [1 0 0 1 300 0]",
        b"BT /F1 10 Tf 0 700 Td (second column goes) Tj 0 -12 Td (on here.) Tj ET /Self Do",
    );
    let content = made.stream(
        "",
        b"q 1 0 0 1 50 0 cm BT /F1 10 Tf 0 700 Td (The first column and the) Tj 0 -12 Td (others. The) Tj ET Q /Right Do
BI /W 1 /H 1 ID \x01(no text) Tj EI
/Artifact << /Type /Pagination >> BDC BT /F1 10 Tf 50 20 Td (Secret footer) Tj ET EMC",
    );
    let turned = made.stream(
        "",
        b"BT /F1 10 Tf 0 1 -1 0 100 50 Tm (Turned) Tj 0 -12 Td (text.) Tj ET",
    );
    let parts = format!("/XObject << /Right {form} 0 R /Self {form} 0 R >>");
    made.set(
        pages[0],
        &format!("<< /Type /Page /Contents {content} 0 R /Resources << /Font << /F1 3 0 R >> {parts} >> >>"),
    );
    made.set(
        pages[1],
        &format!("<< /Type /Page /Rotate 90 /Contents {turned} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"),
    );
    let chunks = read_pdf(&made.finish(&format!("/Root {catalog} 0 R"))).unwrap();
    let texts: Vec<&str> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
    // The form shows itself again, which ends after some levels and repeats its text to the right.
    assert!(
        texts[0].starts_with("The first column and the others. The second column goes on here."),
        "{texts:?}"
    );
    assert!(
        !texts[0].contains("Secret") && !texts[0].contains("no text"),
        "{texts:?}"
    );
    assert_eq!(texts[1], "Turned text.");
}

#[test]
fn an_appended_change_counts() {
    let mut made = Made::default();
    let (catalog, pages) = book(&mut made, &[vec!["Old rules.", "Nothing."]]);
    let mut file = made.finish(&format!("/Root {catalog} 0 R"));
    let new = content(&["New rules.", "Something."]);
    file.extend(
        format!(
            "90 0 obj\n<< /Length {} >>\nstream\n{new}\nendstream\nendobj\n\
             {} 0 obj\n<< /Type /Page /Parent 2 0 R /Contents 90 0 R >>\nendobj\ntrailer\n<< /Prev 9 /Root {catalog} 0 R >>\n%%EOF",
            new.len(),
            pages[0],
        )
        .bytes(),
    );
    let chunks = read_pdf(&file).unwrap();
    assert_eq!(chunks[0].text, "New rules.\n\nSomething.");
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let reason = |bytes: &[u8]| read_pdf(bytes).unwrap_err().to_string();
    let mut made = Made::default();
    let (catalog, pages) = book(&mut made, &[vec!["x"], vec!["y"]]);
    let root = format!("/Root {catalog} 0 R");
    assert_eq!(
        reason(&made.finish(&format!("{root} /Encrypt << /Filter /Standard >>"))),
        "the PDF is encrypted: add a copy that was saved without a password"
    );
    assert_eq!(
        reason(b"%PDF-1.7 and nothing"),
        "the PDF is broken, no page of it can be found: open it in a viewer and save it again"
    );
    let picture = made.stream("/Subtype /Image /Filter /DCTDecode", b"\xff\xd8\xff\xe0");
    let content = made.stream("", b"q 595 0 0 842 0 0 cm /Scan Do Q");
    for page in &pages {
        made.set(
            *page,
            &format!("<< /Type /Page /Contents {content} 0 R /Resources << /XObject << /Scan {picture} 0 R >> >> >>"),
        );
    }
    assert_eq!(
        reason(&made.finish(&root)),
        "the PDF holds no text, only pictures: run it through OCR first, for instance with ocrmypdf"
    );
    let font = made.add("<< /Subtype /Type0 /Encoding /Identity-H >>");
    let content = made.stream("", b"BT /F 9 Tf <00010002> Tj ET");
    made.set(
        pages[0],
        &format!(
            "<< /Type /Page /Contents {content} 0 R /Resources << /Font << /F {font} 0 R >> >> >>"
        ),
    );
    assert_eq!(
        reason(&made.finish(&root)),
        "the fonts of the PDF do not say which letters they draw: run it through OCR first, for instance with ocrmypdf --force-ocr"
    );
}

#[test]
fn a_small_file_that_unpacks_to_much_is_refused() {
    let bomb = zlib(&vec![b' '; 40 * 1024 * 1024]);
    let mut made = Made::default();
    let (catalog, pages) = book(&mut made, &[vec!["x"]]);
    let content = made.stream("/Filter /FlateDecode", &bomb);
    made.set(
        pages[0],
        &format!("<< /Type /Page /Contents {content} 0 R >>"),
    );
    let root = format!("/Root {catalog} 0 R");
    assert_eq!(read_pdf(&made.finish(&root)), Err(PageError::PdfTooMuch));
    // Also where objects are kept, and where one stream is shown again and again.
    let mut made = Made::default();
    let (catalog, _) = book(&mut made, &[vec!["x"]]);
    made.stream("/Type /ObjStm /N 9 /First 9 /Filter /FlateDecode", &bomb);
    assert_eq!(read_pdf(&made.finish(&root)), Err(PageError::PdfTooMuch));
    let half = zlib(&vec![b' '; 20 * 1024 * 1024]);
    let mut made = Made::default();
    let (catalog_again, pages) = book(&mut made, &[vec!["x"]]);
    assert_eq!(catalog_again, catalog);
    let content = made.stream("/Filter /FlateDecode", &half);
    let parts = format!("{content} 0 R ").repeat(50);
    made.set(pages[0], &format!("<< /Type /Page /Contents [{parts}] >>"));
    assert_eq!(read_pdf(&made.finish(&root)), Err(PageError::PdfTooMuch));
}

#[test]
fn what_leads_around_in_circles_ends() {
    let mut made = Made::default();
    let (catalog, pages) = book(&mut made, &[vec!["Rules.", "Rules."]]);
    made.set(
        2,
        &format!(
            "<< /Kids [{} 0 R 2 0 R {catalog} 0 R] /Resources << /Font << /F1 3 0 R >> >> >>",
            pages[0]
        ),
    );
    let around = made.add("");
    made.set(around, &format!("{around} 0 R"));
    let item = made.add("");
    made.set(
        item,
        &format!("<< /Title (Again) /Dest [{around} 0 R] /Next {item} 0 R /First {item} 0 R >>"),
    );
    made.set(
        catalog,
        &format!("<< /Pages 2 0 R /Outlines << /First {item} 0 R >> /Dests {around} 0 R >>"),
    );
    let chunks = read_pdf(&made.finish(&format!("/Root {catalog} 0 R"))).unwrap();
    assert_eq!(chunks[0].text, "Rules.\n\nRules.");
}

fn whole() -> Vec<u8> {
    let mut made = Made::default();
    let (catalog, numbers) = book(&mut made, &pages());
    outline(
        &mut made,
        catalog,
        "",
        &[("Storage", format!("/Dest [{} 0 R /Fit]", numbers[0]), None)],
    );
    made.finish(&format!("/Root {catalog} 0 R"))
}

/// Chunks have titles and places, and the same bytes are read the same.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let read = read_pdf(bytes);
    for chunk in read.iter().flatten() {
        prop_assert!(!chunk.title().is_empty());
        prop_assert_eq!(&chunk.at.page, "a.pdf");
    }
    prop_assert_eq!(read, read_pdf(bytes));
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_behind_the_mark_are_chunks_or_a_reason(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        check(&[b"%PDF-1.7\n".as_slice(), &bytes].concat())?;
    }

    #[test]
    fn any_words_of_the_format_are_chunks_or_a_reason(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "1 0 obj ", "2 0 obj ", "3 0 obj ", "endobj ", "<<", ">>", "[", "]", "(", ")", "<41>", "/Type ", "/Page ",
            "/Pages ", "/Kids ", "/Root ", "/Catalog ", "/Contents ", "/Resources ", "/Font ", "/F1 ", "1 0 R ", "2 0 R ",
            "3 0 R ", "stream\n", "endstream ", "trailer ", "BT ", "Tf ", "Tj ", "TJ ", "Do ", "q ", "Q ", "-1 ", "9 ",
            "1e9 ", "/Outlines ", "/First ", "/Next ", "/Title ", "/Dest ", "/ObjStm ", "/N ", "/Length ", "/Filter ",
            "/FlateDecode ", "/W ", "/Differences ", "/Encoding ", "/ToUnicode ", "beginbfrange ", "endbfrange ", "'", "\" ",
        ]), 0..200),
    ) {
        check(format!("%PDF-1.7\n{}", words.concat()).as_bytes())?;
    }

    #[test]
    fn a_file_with_broken_bytes_is_read_as_far_as_it_goes(
        breaks in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        length in any::<prop::sample::Index>(),
    ) {
        let mut file = whole();
        for (at, byte) in breaks {
            let at = at.index(file.len());
            file[at] = byte;
        }
        check(&file)?;
        file.truncate(length.index(file.len()));
        check(&file)?;
    }
}
