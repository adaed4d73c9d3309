//! Vectors of texts, for measurements: `embed SPEC TEXTS VECTORS [questions]`. TEXTS holds one JSON
//! string a line; VECTORS gets the numbers as little-endian 32-bit floats, row after row.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement for developers"
)]

use std::time::Instant;

use llm::embed::{EmbedderSettings, EmbedderSpec, open_embedder};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let spec: EmbedderSpec = arguments[1].parse().unwrap();
    let texts: Vec<String> = std::fs::read_to_string(&arguments[2])
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let begin = Instant::now();
    let embedder = open_embedder(&spec, &EmbedderSettings::default())
        .await
        .unwrap()
        .unwrap();
    println!("{} loaded in {:?}", embedder.id(), begin.elapsed());
    let begin = Instant::now();
    let vectors = match arguments.get(4).map(String::as_str) {
        Some("questions") => embedder.embed_questions(&texts).await.unwrap(),
        _ => embedder.embed(&texts).await.unwrap(),
    };
    println!("{} texts in {:?}", texts.len(), begin.elapsed());
    let bytes: Vec<u8> = vectors
        .iter()
        .flatten()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    std::fs::write(&arguments[3], bytes).unwrap();
}
