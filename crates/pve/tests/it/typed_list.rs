//! The list of typed calls says what the sources do, neither more nor less.

use std::path::{Path, PathBuf};

#[path = "../../../../xtask/src/typed_calls/mod.rs"]
mod typed_calls;

fn sources(folder: &Path, within: &str, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{within}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            sources(&entry.path(), &format!("{name}/"), all);
        } else if entry.path().extension().is_some_and(|kind| kind == "rs") {
            all.push((name, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

#[test]
fn the_list_of_typed_calls_is_as_the_sources_are() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&folder, "", &mut files);
    let stored = std::fs::read_to_string(folder.join("schema/typed_calls.rs")).unwrap();
    let wanted = typed_calls::render(&typed_calls::scan(&files));
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    assert_eq!(
        lines(&stored),
        lines(&wanted),
        "run `cargo xtask typed-calls`"
    );
}
