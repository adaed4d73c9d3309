//! PDF in a folder: found by its text, cited by its page; files that cannot be read say why.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::World;

use crate::knowledge::source;

/// A file of pages, each a title and lines. With an outline, each page is a section by its title.
pub(crate) fn made(pages: &[&[&str]], outline: bool) -> Vec<u8> {
    let number = |page: usize| 4 + page * 3;
    let kids: Vec<String> = (0..pages.len())
        .map(|page| format!("{} 0 R", number(page)))
        .collect();
    let mut objects = vec![
        format!(
            "<< /Type /Catalog /Pages 2 0 R {} >>",
            if outline {
                "/Outlines << /First 6 0 R >>"
            } else {
                ""
            }
        ),
        format!(
            "<< /Type /Pages /Count {} /Kids [{}] >>",
            kids.len(),
            kids.join(" ")
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    for (page, lines) in pages.iter().enumerate() {
        let mut text = "BT /F1 16 Tf 14 TL 72 780 Td".to_owned();
        for (at, line) in lines.iter().enumerate() {
            let size = if at == 1 { "/F1 10 Tf" } else { "" };
            text.push_str(&format!(" {size} ({line}) '"));
        }
        text.push_str(" ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            number(page) + 1
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{text}\nendstream",
            text.len()
        ));
        objects.push(format!(
            "<< /Title ({}) /Dest [{} 0 R /XYZ 0 800 0] {} >>",
            lines[0],
            number(page),
            if page + 1 < pages.len() {
                format!("/Next {} 0 R", number(page + 1) + 2)
            } else {
                String::new()
            }
        ));
    }
    let mut file = "%PDF-1.7\n".to_owned();
    for (at, object) in objects.iter().enumerate() {
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    file.push_str("trailer\n<< /Root 1 0 R >>\n%%EOF\n");
    file.into_bytes()
}

/// The first result, once the library holds what was read.
async fn first(world: &World, question: &str) -> Value {
    world
        .until_seen("a library with what was read", async || {
            let found = world
                .query("knowledge.search", json!({ "question": question }))
                .await
                .unwrap();
            let first = found["results"][0].clone();
            (first["source"] == "house").then_some(first)
        })
        .await
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

#[tokio::test]
async fn a_pdf_is_found_by_its_text_and_cited_by_its_page() {
    let world = World::builder().without_background().build().await;
    let home = TempDir::new().unwrap();
    let folder = home.path();
    let storage = [
        "Storage",
        "The archives are pruned on sun-",
        "days by the zebra job.",
    ];
    let nights = ["Night shift", "Call anna when the zebra job stops."];
    write(folder, "rules.pdf", &made(&[&storage, &nights], true));
    write(
        folder,
        "loose.pdf",
        &made(&[&["Fire drill", "Walk down the quagga stairs."]], false),
    );
    // The last page of the same file does not come through, and others not at all.
    let whole = made(
        &[
            &["Okapi", "Only the first page of okapi."],
            &["Gone", "Gone."],
        ],
        false,
    );
    let cut = whole.windows(7).position(|it| it == b"7 0 obj").unwrap();
    write(folder, "cut.pdf", &whole[..cut]);
    write(
        folder,
        "secret.pdf",
        &[whole.as_slice(), b"trailer << /Encrypt << /V 4 >> >>"].concat(),
    );
    write(folder, "scan.pdf", &made(&[&[""]], false));
    write(
        folder,
        "word.pdf",
        b"PK\x03\x04 a document of another program",
    );
    let input = json!({ "place": folder.to_str().unwrap(), "id": "house" });
    world.done("knowledge.add_source", input).await.unwrap();
    let source = source(&world, "house").await;
    assert_eq!(
        (&source["state"], &source["pages"]),
        (&json!("ready"), &json!(3))
    );
    assert_eq!(
        source["error"],
        "3 pages were not read, the first is scan.pdf: the PDF holds no text, only pictures: run it through OCR first, for instance with ocrmypdf"
    );
    let row = first(&world, "on which days are archives pruned by the zebra job").await;
    assert_eq!(
        (&row["page"], &row["section"], &row["text"]),
        (
            &json!("rules.pdf#page=1"),
            &json!("Storage > Storage"),
            &json!("The archives are pruned on sundays by the zebra job."),
        )
    );
    let row = first(&world, "who is called at night when the zebra job stops").await;
    assert_eq!(row["page"], "rules.pdf#page=2");
    assert_eq!(row["section"], "Storage > Night shift");
    let row = first(&world, "quagga stairs").await;
    assert_eq!(row["page"], "loose.pdf#page=1");
    assert_eq!(row["section"], "Fire drill > Page 1");
    let row = first(&world, "okapi").await;
    assert_eq!(row["page"], "cut.pdf#page=1");
    assert_eq!(world.changes(), Vec::<String>::new());
}
