//! What must hold of every page and every question that `retrieval` is given.
//!
//! Shared by the fuzz targets and by the tests that replay the corpus.

use retrieval::{Chunk, Kind, Library, Location, MOST_CHARACTERS, MOST_CITATIONS, html};

/// What is done with a text.
pub(crate) type Check = fn(&str);

/// All checks by the name of their target.
pub(crate) const CHECKS: [(&str, Check); 2] = [("page", page), ("question", question)];

/// A page: each chunk has a title, stands on the page, and is found by its own title where that has a word.
pub(crate) fn page(text: &str) {
    let chunks = html::chunks("page.html", text);
    for chunk in &chunks {
        assert!(!chunk.title().is_empty());
        assert_eq!(chunk.at.page, "page.html");
        assert!(!chunk.text.contains("\n\n\n"));
    }
    let title = chunks.first().map(|chunk| chunk.title().to_owned());
    let library = Library::new(chunks);
    if let Some(title) = title {
        check_reply(&library, &title);
    }
}

/// A question, put to a small documentation.
pub(crate) fn question(text: &str) {
    let chunk = |title: &str, text: &str| Chunk {
        at: Location {
            page: "guide.html".to_owned(),
            anchor: None,
        },
        kind: Kind::Section,
        path: vec!["Guide".to_owned(), title.to_owned()],
        text: text.to_owned(),
        also: Vec::new(),
    };
    let library = Library::new(vec![
        chunk(
            "Backup",
            "A backup holds 128 MiB. Restore it with `restore --all`.",
        ),
        chunk(
            "Migration",
            "Guests move to another node, online or offline.",
        ),
        chunk(
            "Limits",
            "The maximum size of a backup is 30 MB in Proxmox VE 9.1.",
        ),
    ]);
    let query = library.understand(text);
    assert!(query.typed.len() <= 96 && query.meant.len() <= 96 && query.asked.len() <= 96);
    check_reply(&library, text);
}

fn check_reply(library: &Library, question: &str) {
    let answer = library.search(question, 5);
    assert!(answer.found.len() <= 5);
    assert!(answer.found.is_sorted_by(|a, b| a.score >= b.score));
    assert!((0.0..=1.0).contains(&answer.confidence));
    let reply = library.reply(question);
    assert!(reply.text.chars().count() <= MOST_CHARACTERS);
    assert!(reply.citations.len() <= MOST_CITATIONS);
    assert_eq!(reply.abstained, reply.citations.is_empty());
    for cited in &reply.citations {
        assert!(cited.chunk.text.contains(cited.quote));
        assert!(reply.text.contains(cited.quote));
    }
}
