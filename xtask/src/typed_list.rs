//! Keeps the list of typed calls in the crate `pve` as its sources are.

use anyhow::{Context as _, Result};

use crate::finding::Finding;
use crate::typed_calls::{render, scan};
use crate::workspace::Workspace;

const SOURCES: &str = "crates/pve/src/";
const LIST: &str = "crates/pve/src/schema/typed_calls.rs";

fn wanted(workspace: &Workspace) -> String {
    let files: Vec<(String, String)> = workspace
        .files
        .iter()
        .filter_map(|file| {
            let name = file.path.strip_prefix(SOURCES)?;
            (file.extension() == "rs").then(|| (name.to_owned(), file.text.clone()))
        })
        .collect();
    render(&scan(&files))
}

pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let place = workspace.root.join(LIST);
    let text = wanted(workspace);
    if std::fs::read_to_string(&place).ok().as_deref() != Some(text.as_str()) {
        std::fs::write(&place, text).with_context(|| format!("cannot write {LIST}"))?;
        crate::say(&format!("wrote {LIST}"));
    }
    Ok(())
}

pub(crate) fn stale(workspace: &Workspace) -> Option<Finding> {
    let stored = std::fs::read_to_string(workspace.root.join(LIST)).unwrap_or_default();
    (stored != wanted(workspace)).then(|| {
        Finding::failure(
            "stale",
            LIST,
            "is out of date: run `cargo xtask typed-calls`",
        )
    })
}
