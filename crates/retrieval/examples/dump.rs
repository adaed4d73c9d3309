//! What doubt is told by, one JSON object for each question: `dump DOCS QUESTIONS`. Weights are fitted on it.
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
        let answer = library.search(row["question"].as_str().unwrap(), 10);
        let rank = shared::rank(&answer, &row);
        println!(
            "{}",
            serde_json::json!({ "id": row["id"], "answerable": row["answerable"], "signs": answer.signs.as_array(),
            "confidence": answer.confidence, "rank": rank, "question": row["question"] })
        );
    }
}
