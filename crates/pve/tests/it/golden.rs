//! Recordings of a real server, where they are present.

use std::path::PathBuf;

use serde_json::Value;

/// The recorded files, or nothing with a printed reason.
pub(crate) fn files() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/pve/golden");
    if folder.is_dir() {
        return Some(folder);
    }
    println!(
        "skipped: the recordings are not present at {}",
        folder.display()
    );
    None
}

/// The rows of one file.
pub(crate) fn rows(name: &str) -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(files()?.join(name)).unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

/// All recorded API calls with a JSON formatter, in the order of files and rows.
pub(crate) fn calls() -> Option<Vec<Value>> {
    let mut names: Vec<String> = std::fs::read_dir(files()?)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".jsonl") && !name.starts_with("vectors_"))
        .collect();
    names.sort();
    let all = names.iter().filter_map(|name| rows(name)).flatten();
    let is_call = |row: &Value| {
        let path = row["path"].as_str().unwrap_or_default();
        path.starts_with("/api2/json/") && row["status"].is_u64() && row["reason"].is_string()
    };
    Some(all.filter(is_call).collect())
}
