//! Extractive answers to a set of questions, one JSON object a line: `replies DOCS QUESTIONS`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement for developers"
)]

#[path = "shared/mod.rs"]
mod shared;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let library = shared::library(&arguments[1]);
    for row in shared::rows(&arguments[2]) {
        let reply = library.reply(row["question"].as_str().unwrap());
        let sources: Vec<_> = reply
            .citations
            .iter()
            .map(|cited| serde_json::json!({ "html": cited.chunk.at.link(), "section": cited.chunk.section() }))
            .collect();
        let line = serde_json::json!({
            "id": row["id"], "answer": reply.text, "abstained": reply.abstained, "sources": sources,
        });
        println!("{line}");
    }
}
